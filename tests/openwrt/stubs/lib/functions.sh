# Stands in for OpenWrt's /lib/functions.sh: enough of UCI to read a configuration file.
# shellcheck shell=busybox

# config_load PACKAGE: each section becomes variables CONFIG_<name>_<option>.
config_load() {
	local keyword key value rest
	CONFIG_SECTIONS=
	_section=
	while read -r keyword key rest; do
		value=${rest#\'}
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
			;;
		esac
	done <"/etc/config/$1"
}

# config_get VARIABLE SECTION OPTION [DEFAULT]
config_get() {
	eval "$1=\${CONFIG_$2_$3:-\$4}"
}

# config_foreach FUNCTION TYPE [ARGUMENT...]
config_foreach() {
	local function="$1" type="$2" section is
	shift 2
	for section in $CONFIG_SECTIONS; do
		eval "is=\$CONFIG_${section}_TYPE"
		[ "$is" != "$type" ] || "$function" "$section" "$@"
	done
}

# busybox as Debian builds it takes its own before any in PATH.
logger() {
	/usr/bin/logger "$@"
}

logread() {
	/usr/bin/logread "$@"
}
