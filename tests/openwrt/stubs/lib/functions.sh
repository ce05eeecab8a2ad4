# Stands in for OpenWrt's /lib/functions.sh: enough of UCI to read a configuration file.
# shellcheck shell=busybox

# config_load PACKAGE: each section becomes variables CONFIG_<name>_<option>. Like the real one it
# goes on where something cannot be read.
config_load() {
	local keyword key value rest
	[ -f "/etc/config/$1" ] || return 1
	CONFIG_SECTIONS=
	_section=
	while read -r keyword key rest; do
		value=${rest#\'}
		[ "$value" = "$rest" ] || [ "${value%\'}" != "$value" ] || continue
		value=${value%\'}
		case "$keyword" in
		config)
			_section=$value
			CONFIG_SECTIONS="$CONFIG_SECTIONS $value"
			eval "CONFIG_${value}_TYPE=\$key"
			;;
		option) eval "CONFIG_${_section}_$key=\$value" ;;
		list)
			key=CONFIG_${_section}_$key
			eval "$key=\"\${$key:+\$$key }\$value\""
			eval "${key}_LENGTH=\$((\${${key}_LENGTH:-0} + 1))"
			eval "eval ${key}_ITEM\$${key}_LENGTH=\\\$value"
			;;
		esac
	done <"/etc/config/$1"
}

# config_get VARIABLE SECTION OPTION [DEFAULT]
config_get() {
	eval "$1=\${CONFIG_$2_$3:-\$4}"
}

# config_get_bool VARIABLE SECTION OPTION DEFAULT
config_get_bool() {
	config_get "$1" "$2" "$3" "$4"
	eval "case \$$1 in
	1 | on | true | yes | enabled) $1=1 ;;
	0 | off | false | no | disabled) $1=0 ;;
	*) $1=\$4 ;;
	esac"
}

# config_list_foreach SECTION OPTION FUNCTION [ARGUMENT...]
config_list_foreach() {
	local _list="CONFIG_$1_$2" _function="$3" _count=1 _length _item
	shift 3
	eval "_length=\${${_list}_LENGTH:-0}"
	while [ "$_count" -le "$_length" ]; do
		eval "_item=\$${_list}_ITEM$_count"
		"$_function" "$_item" "$@"
		_count=$((_count + 1))
	done
}

# config_foreach FUNCTION TYPE [ARGUMENT...]
config_foreach() {
	local function="$1" type="$2" section is
	shift
	[ $# = 0 ] || shift
	for section in $CONFIG_SECTIONS; do
		eval "is=\$CONFIG_${section}_TYPE"
		[ -n "$type" ] && [ "$is" != "$type" ] || "$function" "$section" "$@"
	done
}

# busybox as Debian builds it takes its own before any in PATH.
logger() {
	/usr/bin/logger "$@"
}

logread() {
	/usr/bin/logread "$@"
}
