# Stands in for OpenWrt's /lib/functions/network.sh: /tmp/devices has a line "LOGICAL DEVICE" each.
# shellcheck shell=busybox

network_flush_cache() {
	echo flush >>/tmp/network.calls
}

# network_get_device VARIABLE LOGICAL: fails for what is no logical name, or is down.
network_get_device() {
	local _logical _device
	while read -r _logical _device; do
		[ "$_logical" = "$2" ] && [ -n "$_device" ] && eval "$1=\$_device" && return 0
	done </tmp/devices
	return 1
}

# network_get_prefixes6 VARIABLE LOGICAL: those in lines of /tmp/prefixes of the same form.
network_get_prefixes6() {
	local _logical _prefix
	while read -r _logical _prefix; do
		[ "$_logical" = "$2" ] && eval "$1=\$_prefix" && return 0
	done </tmp/prefixes
	return 1
}
