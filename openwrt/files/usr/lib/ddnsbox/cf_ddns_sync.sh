# Sections of the type cf_ddns_sync: validation, files, arguments.
# shellcheck shell=busybox disable=SC2154 # load_section and run have the variables

validate_cf_ddns_sync() {
	load_section cf_ddns_sync "$1" "$2" \
		'enabled:bool:0' \
		'api_token:string' \
		'api_token_file:string' \
		'zone_id:string' \
		'target:string' \
		'source:list(string)' \
		'ttl:or("1", range(30, 86400)):60' \
		'whoami:or("auto", "dig", "builtin"):auto' \
		'resolver:string:1.1.1.1' \
		'allow_private:bool:0' \
		'timeout:range(1, 300):10' \
		'api_url:string' \
		'verbose:bool:0'
}

start_cf_ddns_sync() {
	local name="$1" job="$DDNSBOX_JOBS/$1"
	have "$name" cf-ddns-sync "ddnsbox or ddnsbox-mini" || return 0
	need "$name" zone_id "$zone_id" && need "$name" target "$target" || return 0
	if [ -n "$api_token" ]; then
		put "$job.token" "$api_token"
		api_token_file="$job.token"
	else
		rm -f "$job.token"
	fi
	need "$name" api_token "$api_token_file" || return 0
	set -- /usr/bin/cf-ddns-sync "--apiTokenFile=$api_token_file" "--zoneId=$zone_id" \
		"--target=$target" "--ttl=$ttl" "--whoami=$whoami" "--resolver=$resolver" \
		"--timeout=$timeout"
	[ "$allow_private" != 1 ] || set -- "$@" --allowPrivate
	[ -z "$api_url" ] || set -- "$@" "--apiUrl=$api_url"
	# shellcheck disable=SC2086 # a list, which holds no white space
	put "$job.sources" $source
	put "$job.verbose" "$verbose"
	put "$job.type" cf_ddns_sync
	put "$job.args" "$@"
	[ "$api_token_file" != "$job.token" ] || api_token_file=
	one_shot "$name" "$api_token_file"
}

# Prints the arguments that depend on the state of the network. With --verbose an error does not
# repeat the reasons, which are status lines already.
arguments_cf_ddns_sync() {
	current_devices --source= && echo --verbose
}
