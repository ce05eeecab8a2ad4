# What the scripts of ddnsbox share: where things are, and how the log is written.
# shellcheck shell=busybox disable=SC2034 # used by those who read this file

# For each enabled section NAME: NAME.args (one argument a line), NAME.sources (one a line),
# NAME.token, NAME.state (the last run), and the locks of NAME's runs. All of it is in memory.
DDNSBOX_JOBS=/var/run/ddnsbox
DDNSBOX_CRONTAB=/etc/crontabs/root
DDNSBOX_LIB=/usr/lib/ddnsbox

# ddnsbox_log PRIORITY WORDS...
ddnsbox_log() {
	local priority="$1"
	shift
	logger -t ddnsbox -p "daemon.$priority" -- "$*"
}

# Prints the names of all enabled sections, one a line.
ddnsbox_names() {
	local file
	for file in "$DDNSBOX_JOBS"/*.args; do
		[ -f "$file" ] || continue
		file=${file##*/}
		echo "${file%.args}"
	done
}

# ddnsbox_value FILE KEY: what stands behind KEY= in a state file.
ddnsbox_value() {
	sed -n "s/^$2=//p" "$1" 2>/dev/null
}
