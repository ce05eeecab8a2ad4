# Sections of the type update_dns: validation, files, instance.
# shellcheck shell=busybox disable=SC2154 # load_section has the variables

validate_update_dns() {
	load_section update_dns "$1" "$2" \
		'enabled:bool:0' \
		'backend_url:string' \
		'fqdn:string' \
		'pre_shared_key:string' \
		'ip:string' \
		'interface:list(string)' \
		'interval:range(1, 2147483647):60' \
		'ca_bundle:string' \
		'verify_ssl:bool:1'
}

start_update_dns() {
	local name="$1" job="$DDNSBOX_JOBS/$1"
	have "$name" update-dns ddnsbox || return 0
	need "$name" backend_url "$backend_url" && need "$name" fqdn "$fqdn" &&
		need "$name" pre_shared_key "$pre_shared_key" &&
		decimal "$name" interval "$interval" &&
		bundle_update_dns "$name" || return 0
	# shellcheck disable=SC2086 # a list, which holds no white space
	put "$job.sources" $interface
	put "$job.type" update_dns
	put "$job.key" "$pre_shared_key"
	# These are never options, whatever their values.
	set -- "$backend_url" "$fqdn"
	[ -z "$ip" ] || set -- "$@" "$ip"
	daemon_open "$name" key /usr/bin/update-dns --key-file "$job.key" -- "$@"
	# Visible through ubus, so no secrets here.
	procd_append_param env "INTERVAL=$interval" "VERIFY_SSL=$verify_ssl"
	if [ -n "$ca_bundle" ]; then
		procd_append_param env "CA_BUNDLE=$ca_bundle"
		procd_append_param file "$ca_bundle"
		[ ! -x /sbin/ujail ] || procd_add_jail_mount "$ca_bundle"
	fi
	procd_close_instance
}

# bundle_update_dns NAME: checks that ca_bundle, if set, is a file that can be mounted in a jail.
bundle_update_dns() {
	case "$ca_bundle" in
	'') ;;
	*[!!-~]* | [!/]*)
		refuse "$1" "option ca_bundle must be the full path of a file, without blanks, not $ca_bundle"
		return 1
		;;
	*)
		[ ! -f "$ca_bundle" ] || return 0
		refuse "$1" "option ca_bundle: file $ca_bundle does not exist"
		return 1
		;;
	esac
}
