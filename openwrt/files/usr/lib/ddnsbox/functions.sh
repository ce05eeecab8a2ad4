# Shared by ddnsbox's scripts: paths, the files of sections, logging.
# shellcheck shell=busybox disable=SC2034 # used by the scripts that source this file

# For each enabled section NAME there are in /var/run (tmpfs):
#   NAME.type                     the section's type
#   NAME.sources                  interfaces as the section names them, one per line
#   NAME.token or NAME.json       a secret, or a configuration that may have one
#   NAME.refused                  instead of the others: why the section was not started
# and for a job that is run on events and by cron:
#   NAME.args                     arguments, one per line
#   NAME.verbose                  0 or 1
#   NAME.sum NAME.done            a digest of these, and the digest for which `run` was started
#   NAME.changed                  the digest that no successful run has had yet
#   NAME.events                   the events since the last run began
#   NAME.state                    the outcome of the last run, as KEY=VALUE lines: time, logged
#                                 (when that outcome was last logged), cause, status (exit
#                                 status), addresses, message (warnings and errors)
#   NAME.waiting NAME.running     locks
# and for a daemon:
#   NAME.daemon                   the file that is in its command line
#   NAME.toml or NAME.env         its configuration
#   NAME.key or NAME.keys         other secrets
#   NAME.devices                  the devices of its interfaces at its start, one per line
#   NAME.resolv                   its name servers, if it has a copy of /etc/resolv.conf (jail)
#   NAME.pid                      its process id, written by procd
DDNSBOX_JOBS=/var/run/ddnsbox
DDNSBOX_CACHE=/var/cache/ddnsbox
DDNSBOX_CRONTAB=/etc/crontabs/root
DDNSBOX_LIB=/usr/lib/ddnsbox
# Generated secrets, and log files of daemons.
DDNSBOX_ETC=/etc/ddnsbox
DDNSBOX_LOGS=/var/log/ddnsbox

# Section types. For a type T the file T.sh has validate_T (the options, in the form of procd's
# validation) and start_T NAME, which writes the files and opens the instance (one_shot or
# daemon_open). A
# one_shot type also has arguments_T, for `run`.
DDNSBOX_TYPES="cf_ddns_sync pydyndns ipv6ddns ddns_gateway hetzner_dyndns update_dns"

# ddnsbox_log PRIORITY MESSAGE...
ddnsbox_log() {
	local priority="$1"
	shift
	logger -t ddnsbox -p "daemon.$priority" -- "$*"
}

# Print names, one per line: of sections with jobs, of daemons, of jailed daemons, and of sections
# that were not started.
ddnsbox_names() {
	names_by args
}

ddnsbox_daemons() {
	names_by daemon
}

ddnsbox_jailed() {
	names_by resolv
}

ddnsbox_refused() {
	names_by refused
}

names_by() {
	local file
	for file in "$DDNSBOX_JOBS"/*."$1"; do
		[ -f "$file" ] || continue
		file=${file##*/}
		echo "${file%."$1"}"
	done
}

# ddnsbox_pid NAME: prints the process id of a running daemon. It is checked, as ids are reused.
ddnsbox_pid() {
	local pid file
	pid=$(cat "$DDNSBOX_JOBS/$1.pid" 2>/dev/null) &&
		file=$(cat "$DDNSBOX_JOBS/$1.daemon" 2>/dev/null) &&
		{ tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qxF "$file" && echo "$pid"
}

# ddnsbox_look_again NAME: has a daemon retry now.
ddnsbox_look_again() {
	local pid
	! pid=$(ddnsbox_pid "$1") || kill -HUP "$pid"
}

# Prints the name servers in use, one per line: the C library uses at most three.
ddnsbox_nameservers() {
	sed -n 's/^nameserver[[:space:]]\{1,\}//p' /etc/resolv.conf 2>/dev/null | head -n 3
}

# ddnsbox_resolv_outdated FILE new|any: whether there are name servers that FILE lacks, or with
# `any` whether they differ. None at all, as while a line is down, is no difference.
ddnsbox_resolv_outdated() {
	local now
	[ -f "$1" ] || return 0
	now=$(ddnsbox_nameservers)
	[ -n "$now" ] || return 1
	if [ "$2" = new ]; then
		echo "$now" | grep -qvxF -f "$1"
	else
		[ "$now" != "$(sed 1d "$1")" ]
	fi
}

# ddnsbox_value FILE KEY: prints a value of a state file.
ddnsbox_value() {
	sed -n "s/^$2=//p" "$1" 2>/dev/null
}

# json_bool OPTION: 1 is true.
json_bool() {
	[ "$1" = 1 ] && echo true || echo false
}

# Prints a string for JSON or TOML. The value goes through a pipe, since all users can read a
# program's arguments.
json_string() {
	printf '%s\n' "$1" | awk '
		BEGIN {
			for (i = 1; i < 32; i++)
				escaped[sprintf("%c", i)] = sprintf("\\u%04x", i)
			escaped["\177"] = "\\u007f"
			escaped["\""] = "\\\""
			escaped["\\"] = "\\\\"
			printf "\""
		}
		NR > 1 { printf "%s", "\\n" }
		{
			for (i = 1; i <= length($0); i++) {
				c = substr($0, i, 1)
				printf "%s", (c in escaped) ? escaped[c] : c
			}
		}
		END { print "\"" }'
}
