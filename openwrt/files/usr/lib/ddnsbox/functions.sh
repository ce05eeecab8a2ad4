# What the scripts of ddnsbox share: where things are, and how the log is written.
# shellcheck shell=busybox disable=SC2034 # used by those who read this file

# For each enabled section NAME there are in memory:
#   NAME.type                     the section's type
#   NAME.args NAME.sources        arguments and interfaces, one a line
#   NAME.token or NAME.json       a secret, or a configuration that may hold one
#   NAME.verbose                  0 or 1
#   NAME.sum NAME.done            a digest of all that, and the one for which `run` has started
#   NAME.changed                  the next run is the first with what they say now
#   NAME.events NAME.state        what called for a run since the last began; how that one ended
#   NAME.waiting NAME.running     the locks of its runs
DDNSBOX_JOBS=/var/run/ddnsbox
DDNSBOX_CACHE=/var/cache/ddnsbox
DDNSBOX_CRONTAB=/etc/crontabs/root
DDNSBOX_LIB=/usr/lib/ddnsbox

# Section types. For a type T the file T.sh has validate_T (the options, as procd's validation takes
# them) and start_T NAME RESULT, which makes the job and its instance: one_shot or daemon. For `run`
# a one_shot has arguments_T and hear_T too.
DDNSBOX_TYPES="cf_ddns_sync pydyndns"

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
