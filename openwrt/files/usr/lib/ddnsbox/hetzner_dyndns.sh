# Sections of the type hetzner_dyndns: validation, keys, files, instance.
# shellcheck shell=busybox disable=SC2154 # load_section has the variables

# Options that become a variable of the same name in upper case, if set.
HETZNER_NUMBERS="record_ttl zone_cache_ttl request_cache_ttl lost_connection_timeout"
HETZNER_NUMBERS="$HETZNER_NUMBERS connection_check_interval log_max_bytes log_backup_count"
HETZNER_TEXTS="hetzner_token hetzner_api_url listen_host ntfy_url ntfy_topic ntfy_username"
HETZNER_TEXTS="$HETZNER_TEXTS ntfy_password basic_auth_username basic_auth_password log_file"

validate_hetzner_dyndns() {
	load_section hetzner_dyndns "$1" "$2" \
		'enabled:bool:0' \
		'hetzner_token:string' \
		'hetzner_api_url:string' \
		'registered_fqdn:list(string)' \
		'allowed_fqdn:list(string)' \
		'key_file:string' \
		'listen_host:ipaddr:127.0.0.1' \
		'listen_port:range(1, 65535):38081' \
		'trusted_proxy:list(string)' \
		'basic_auth_username:string' \
		'basic_auth_password:string' \
		'ntfy_url:string' \
		'ntfy_topic:string' \
		'ntfy_username:string' \
		'ntfy_password:string' \
		'record_ttl:range(60, 2147483647):21600' \
		'zone_cache_ttl:range(0, 2147483647):86400' \
		'request_cache_ttl:range(0, 2147483647):300' \
		'lost_connection_timeout:range(0, 2147483647):10800' \
		'connection_check_interval:range(0, 2147483647):60' \
		'log_file:string' \
		'log_max_bytes:range(0, 2147483647):1048576' \
		'log_backup_count:range(0, 100):3' \
		'debug_logging:bool:0'
}

start_hetzner_dyndns() {
	local name="$1" job="$DDNSBOX_JOBS/$1" registered allowed proxies keys
	have "$name" hetzner-dyndns ddnsbox || return 0
	need "$name" hetzner_token "$hetzner_token" &&
		unprivileged_port "$name" listen_port "$listen_port" || return 0
	# shellcheck disable=SC2086 # words
	decimals "$name" $HETZNER_NUMBERS && quotables "$name" $HETZNER_TEXTS &&
		log_place "$name" "$log_file" &&
		registered=$(items "$name" registered_fqdn) &&
		need "$name" registered_fqdn "$registered" &&
		allowed=$(items "$name" allowed_fqdn) &&
		proxies=$(items "$name" trusted_proxy) || return 0
	keys=${key_file:-$DDNSBOX_ETC/$name.keys}
	quotable "$name" key_file "$keys" && keys_hetzner_dyndns "$name" "$keys" || return 0
	put "$job.type" hetzner_dyndns
	put "$job.env" "$(env_hetzner_dyndns "$job.keys")"
	daemon_open "$name" "env keys" /usr/bin/hetzner-dyndns --env-file "$job.env"
	gateway_close "$log_file"
}

# keys_hetzner_dyndns NAME FILE: generates missing keys in FILE. The daemon, which is not root, gets
# a copy, so that only root can read or change the file in flash.
keys_hetzner_dyndns() {
	local job="$DDNSBOX_JOBS/$1" words failed='' line
	[ "${2%/*}" != "$DDNSBOX_ETC" ] || mkdir -p "$DDNSBOX_ETC"
	put "$job.env" "$(env_hetzner_dyndns "$2")"
	# With a clean environment.
	words=$(env -i PATH="$PATH" /usr/bin/hetzner-dyndns --env-file "$job.env" --make-keys \
		2>&1 </dev/null) || failed="no keys in $2"
	[ -n "$failed" ] || cat "$2" >"$job.keys.new" 2>/dev/null || failed="cannot read $2"
	if [ -n "$failed" ]; then
		rm -f "$job.keys.new"
		words=$(echo "${words#ERROR: }" | tr '\n' ' ')
		refuse "$1" "$failed${words:+: ${words% }}"
		return 1
	fi
	mv "$job.keys.new" "$job.keys"
	[ -z "$words" ] || printf '%s\n' "$words" | while IFS= read -r line; do
		ddnsbox_log info "$1: $line"
	done
}

# quotables NAME OPTION...: checks that options, by their variables, can be quoted in the file.
quotables() {
	local name="$1" option value
	shift
	for option in "$@"; do
		eval "value=\$$option"
		quotable "$name" "$option" "$value" || return 1
	done
}

# quotable NAME OPTION VALUE: the file has two kinds of quotes and no escapes, so a value must not
# have line breaks or both kinds.
quotable() {
	case "$3" in
	*[[:cntrl:]]*) refuse "$1" "option $2 has a control character in it" ;;
	*\'*\"* | *\"*\'*) refuse "$1" "option $2 has both ' and \" in it" ;;
	*) return 0 ;;
	esac
	return 1
}

# variable NAME VALUE: prints a line of the file unless the value is empty.
variable() {
	case "$2" in
	'') ;;
	*\'*) printf '%s="%s"\n' "$1" "$2" ;;
	*) printf "%s='%s'\n" "$1" "$2" ;;
	esac
}

# env_hetzner_dyndns KEY-FILE: prints the configuration.
env_hetzner_dyndns() {
	local option value
	for option in $HETZNER_TEXTS $HETZNER_NUMBERS listen_port debug_logging; do
		eval "value=\$$option"
		# shellcheck disable=SC2018,SC2019 # the names are ASCII; OpenWrt's tr has no classes
		variable "$(echo "$option" | tr a-z A-Z)" "$value"
	done
	variable PRE_SHARED_KEY_FILE "$1"
	variable REGISTERED_FQDNS "$(commas "$registered")"
	variable ALLOWED_FQDNS "$(commas "$allowed")"
	variable TRUSTED_PROXIES "$(commas "$proxies")"
}

# commas LINES: prints lines joined with commas.
commas() {
	printf '%s' "$1" | tr '\n' ,
}
