# Sections of the type ipv6ddns: validation, files, instance.
# shellcheck shell=busybox disable=SC2154 # load_section has the variables

validate_ipv6ddns() {
	load_section ipv6ddns "$1" "$2" \
		'enabled:bool:0' \
		'api_token:string' \
		'api_token_file:string' \
		'zone_id:string' \
		'record_name:string' \
		'multi_record:or("error", "first", "all"):error' \
		'interface:list(string)' \
		'timeout:range(1, 300):30' \
		'poll_interval:range(10, 3600):60' \
		'allow_ula:bool:0' \
		'allow_loopback:bool:0' \
		'ttl:or("1", range(30, 86400)):1' \
		'health_port:range(1024, 65535)' \
		'api_url:string' \
		'verbose:bool:0'
}

start_ipv6ddns() {
	local name="$1" job="$DDNSBOX_JOBS/$1" devices
	have "$name" ipv6ddns "ddnsbox or ddnsbox-ipv6ddns" || return 0
	need "$name" zone_id "$zone_id" && need "$name" record_name "$record_name" || return 0
	decimal "$name" timeout "$timeout" && decimal "$name" ttl "$ttl" &&
		decimal "$name" poll_interval "$poll_interval" &&
		decimal "$name" health_port "$health_port" || return 0
	token_ipv6ddns "$name" || return 0
	# shellcheck disable=SC2086 # a list, which holds no white space
	devices=$(devices_of $interface)
	# shellcheck disable=SC2086
	put "$job.sources" $interface
	# shellcheck disable=SC2086
	put "$job.devices" $devices
	put "$job.type" ipv6ddns
	put "$job.toml" "$(toml_ipv6ddns "$job.token" "$devices")"
	daemon_open "$name" "toml token" /usr/bin/ipv6ddns -c "$job.toml"
	procd_close_instance
}

# token_ipv6ddns NAME: copies the token to a file of the daemon's, which is not root and may not be
# able to read the section's file.
token_ipv6ddns() {
	if [ -n "$api_token" ]; then
		put "$job.token" "$api_token"
	elif ! need "$1" api_token "$api_token_file"; then
		return 1
	elif cat "$api_token_file" >"$job.token.new" 2>/dev/null; then
		mv "$job.token.new" "$job.token"
	else
		rm -f "$job.token.new"
		refuse "$1" "cannot read $api_token_file"
		return 1
	fi
}

# toml_ipv6ddns TOKEN-FILE DEVICES: prints the configuration.
toml_ipv6ddns() {
	local device list=
	for device in $2; do
		list="$list${list:+, }$(json_string "$device")"
	done
	[ -z "$list" ] || echo "interface = [$list]"
	cat <<-EOT
		api_token_file = $(json_string "$1")
		zone_id = $(json_string "$zone_id")
		record_name = $(json_string "$record_name")
		multi_record = $(json_string "$multi_record")
		timeout = $timeout
		poll_interval = $poll_interval
		ttl = $ttl
		allow_ula = $(json_bool "$allow_ula")
		allow_loopback = $(json_bool "$allow_loopback")
		verbose = $(json_bool "$verbose")
	EOT
	[ -z "$health_port" ] || echo "health_port = $health_port"
	[ -z "$api_url" ] || echo "api_url = $(json_string "$api_url")"
}

# devices_of INTERFACE...: prints the devices, each once. The daemon watches a device by name, which
# need not exist yet: for an interface that is down it is the device it will have.
devices_of() {
	local source found
	# shellcheck source=/dev/null
	. /lib/functions/network.sh
	network_flush_cache
	for source in "$@"; do
		found=
		network_get_device found "$source"
		echo "${found:-$(configured_device "$source")}"
	done | awk '!seen[$0]++'
}

# configured_device NAME: prints the device of an interface by its options; a name that is no
# interface is a device. In a subshell, because it loads another configuration.
configured_device() (
	name=$1
	config_load network 2>/dev/null
	# "@wan" is the device of wan, which may be an alias again; the depth is limited.
	for _ in 1 2 3 4 5; do
		case "$name" in
		*[!A-Za-z0-9_]*) break ;;
		esac
		config_get type "$name" TYPE
		if [ "$type" != interface ]; then
			# netifd's virtual IPv6 interface of a PPP interface has the same device.
			case "$name" in
			?*_6) name=${name%_6} ;;
			*) break ;;
			esac
			continue
		fi
		config_get proto "$name" proto
		config_get device "$name" device
		case "$proto" in
		ppp | pppoe | pppoa | pptp | l2tp | 3g | 6in4 | 6rd | 6to4)
			config_get device "$name" pppname "$proto-$name"
			name=$device
			break
			;;
		wireguard) break ;;
		esac
		[ -n "$device" ] || break
		name=${device#@}
		[ "$name" != "$device" ] || break
	done
	echo "$name"
)
