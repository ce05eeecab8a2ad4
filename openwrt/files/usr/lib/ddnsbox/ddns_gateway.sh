# Sections of the type ddns_gateway: validation, files, instance.
# shellcheck shell=busybox disable=SC2154 # load_section has the variables

validate_ddns_gateway() {
	load_section ddns_gateway "$1" "$2" \
		'enabled:bool:0' \
		'host:ipaddr:127.0.0.1' \
		'port:range(1, 65535):38080' \
		'auth_enabled:bool:1' \
		'auth_token:list(string)' \
		'get_enabled:bool:1' \
		'post_enabled:bool:1' \
		'health_enabled:bool:0' \
		'log_level:or("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):INFO' \
		'log_file:string' \
		'timeout:range(1, 300):30' \
		'cloudflare_url:string' \
		'aliyun_url:string' \
		'tencent_url:string' \
		'connections:range(1, 900):256' \
		'body_bytes:range(256, 65536):16384' \
		'workers:range(1, 16):4'
}

start_ddns_gateway() {
	local name="$1" job="$DDNSBOX_JOBS/$1" tokens
	have "$name" ddns-gateway ddnsbox || return 0
	unprivileged_port "$name" port "$port" &&
		decimals "$name" timeout connections body_bytes workers &&
		log_place "$name" "$log_file" &&
		tokens=$(items "$name" auth_token) || return 0
	[ "$auth_enabled" = 0 ] || need "$name" auth_token "$tokens" || return 0
	if [ "$get_enabled$post_enabled" = 00 ]; then
		refuse "$name" "options get_enabled and post_enabled must not both be 0"
		return 0
	fi
	put "$job.type" ddns_gateway
	put "$job.toml" "$(toml_ddns_gateway "$tokens")"
	daemon_open "$name" toml /usr/bin/ddns-gateway --config "$job.toml"
	gateway_close "$log_file"
}

# toml_ddns_gateway TOKENS: prints the configuration.
toml_ddns_gateway() {
	local token list=
	# Not by word splitting: a token may be a glob pattern.
	while IFS= read -r token; do
		[ -z "$token" ] || list="$list${list:+, }$(json_string "$token")"
	done <<-EOT
		$1
	EOT
	cat <<-EOT
		[server]
		host = $(json_string "$host")
		port = $port
		[auth]
		enabled = $(json_bool "$auth_enabled")
		tokens = [$list]
		[methods]
		get_enabled = $(json_bool "$get_enabled")
		post_enabled = $(json_bool "$post_enabled")
		[health]
		enabled = $(json_bool "$health_enabled")
		[logging]
		level = $(json_string "$log_level")
	EOT
	[ -z "$log_file" ] || cat <<-EOT
		file_enabled = true
		file_path = $(json_string "$log_file")
	EOT
	cat <<-EOT
		[limits]
		connections = $connections
		body_bytes = $body_bytes
		workers = $workers
		[upstream]
		timeout = $timeout
	EOT
	[ -z "$cloudflare_url" ] || echo "cloudflare_url = $(json_string "$cloudflare_url")"
	[ -z "$aliyun_url" ] || echo "aliyun_url = $(json_string "$aliyun_url")"
	[ -z "$tencent_url" ] || echo "tencent_url = $(json_string "$tencent_url")"
}
