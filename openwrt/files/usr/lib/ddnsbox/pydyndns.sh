# Sections of the type pydyndns: validation, files, arguments.
# shellcheck shell=busybox disable=SC2034,SC2154 # load_section and run have the variables

TSIG_ALGORITHMS='"hmac-md5", "hmac-sha1", "hmac-sha224"'
TSIG_ALGORITHMS="$TSIG_ALGORITHMS, \"hmac-sha256\", \"hmac-sha384\", \"hmac-sha512\""

validate_pydyndns() {
	load_section pydyndns "$1" "$2" \
		'enabled:bool:0' \
		'config:string' \
		'hostname:string' \
		'server:string' \
		'zone:string' \
		'transport:or("tcp", "udp"):tcp' \
		'interface:list(string)' \
		'ttl:range(0, 2147483647):300' \
		'ipv4:bool:1' \
		'ipv6:bool:1' \
		'teredo:bool:0' \
		'preserve_other_records:bool:0' \
		"tsig_algorithm:or($TSIG_ALGORITHMS):hmac-sha256" \
		'tsig_keyname:string' \
		'tsig_key:string' \
		'verbose:bool:0'
}

start_pydyndns() {
	local name="$1" job="$DDNSBOX_JOBS/$1"
	have "$name" pydyndns "ddnsbox or ddnsbox-rfc2136" || return 0
	if [ -n "$config" ]; then
		rm -f "$job.json"
	else
		usable_pydyndns "$name" || return 0
		mkdir -p "$DDNSBOX_CACHE"
		put "$job.json" "$(json_pydyndns "$name")"
		config="$job.json"
	fi
	set -- /usr/bin/pydyndns "--config=$config" "--transport=$transport"
	[ -z "$hostname" ] || set -- "$@" "--hostname=$hostname"
	[ -z "$server" ] || set -- "$@" "--server=$server"
	[ -z "$zone" ] || set -- "$@" "--zone=$zone"
	# shellcheck disable=SC2086 # a list, which holds no white space
	put "$job.sources" $interface
	put "$job.verbose" "$verbose"
	put "$job.type" pydyndns
	put "$job.args" "$@"
	one_shot "$name" "$config"
}

# Checks the options for the configuration.
usable_pydyndns() {
	decimal "$1" ttl "$ttl" || return 1
	[ -z "$tsig_keyname$tsig_key" ] ||
		{ need "$1" tsig_keyname "$tsig_keyname" && need "$1" tsig_key "$tsig_key"; }
}

# Prints the configuration. Not with jshn, which passes values in the environment.
json_pydyndns() {
	cat <<-EOT
		{
			"cache": $(json_string "$DDNSBOX_CACHE/$1.cache"),
			"ttl": $ttl,
			"ipv4": $(json_bool "$ipv4"),
			"ipv6": {"enable": $(json_bool "$ipv6"), "teredo": $(json_bool "$teredo")},
			"preserve_other_records": $(json_bool "$preserve_other_records"),
	EOT
	[ -z "$tsig_key" ] || cat <<-EOT
		"tsig": {
			"algorithm": $(json_string "$tsig_algorithm"),
			"keyname": $(json_string "$tsig_keyname"),
			"key": $(json_string "$tsig_key")
		},
	EOT
	# The format that `run` reads; it drops the details unless option verbose is set.
	cat <<-'EOT'
			"logging": {
				"version": 1,
				"formatters": {"log": {"format": "%(levelname)s: %(message)s"}},
				"handlers": {"log": {"class": "logging.StreamHandler", "formatter": "log"}},
				"root": {"level": "DEBUG", "handlers": ["log"]}
			}
		}
	EOT
}

# Prints the arguments that depend on the state of the network. current_devices fails rather than
# print none, which would mean all interfaces.
arguments_pydyndns() {
	current_devices ''
}
