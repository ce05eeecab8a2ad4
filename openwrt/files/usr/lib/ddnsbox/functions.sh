# What the scripts of ddnsbox share: where things are, and how the log is written.
# shellcheck shell=busybox disable=SC2034 # used by those who read this file

# For each enabled section NAME there are in memory:
#   NAME.type                     the section's type
#   NAME.sources                  interfaces as the section names them, one a line
#   NAME.token or NAME.json       a secret, or a configuration that may hold one
#   NAME.refused                  in place of all that: why the section could not be started
# and for a job that is run now and then:
#   NAME.args                     arguments, one a line
#   NAME.verbose                  0 or 1
#   NAME.sum NAME.done            a digest of all that, and the one for which `run` has started
#   NAME.changed                  the digest for which no run has been successful yet
#   NAME.events                   what called for a run since the last began
#   NAME.state                    the outcome of the last run, as KEY=VALUE lines: time, logged
#                                 (when that outcome was last logged), cause, status (exit
#                                 status), addresses, message (warnings and errors)
#   NAME.waiting NAME.running     the locks of its runs
# and for a daemon:
#   NAME.daemon                   the one of its files that stands in its command line
#   NAME.toml or NAME.env         its configuration
#   NAME.key or NAME.keys         other secrets
#   NAME.devices                  the devices its interfaces had when it was started, one a line
#   NAME.resolv                   the name servers it knows, if its /etc/resolv.conf is a copy
#   NAME.pid                      its process, kept by procd
DDNSBOX_JOBS=/var/run/ddnsbox
DDNSBOX_CACHE=/var/cache/ddnsbox
DDNSBOX_CRONTAB=/etc/crontabs/root
DDNSBOX_LIB=/usr/lib/ddnsbox
# Where secrets that are made on the router stay, and where daemons may write a log.
DDNSBOX_ETC=/etc/ddnsbox
DDNSBOX_LOGS=/var/log/ddnsbox

# Section types. For a type T the file T.sh has validate_T (the options, as procd's validation takes
# them) and start_T NAME, which makes the job and its instance: one_shot or daemon_open. A
# one_shot type also has arguments_T, for `run`.
DDNSBOX_TYPES="cf_ddns_sync pydyndns ipv6ddns ddns_gateway hetzner_dyndns update_dns"

# ddnsbox_log PRIORITY WORDS...
ddnsbox_log() {
	local priority="$1"
	shift
	logger -t ddnsbox -p "daemon.$priority" -- "$*"
}

# Print the names of all enabled sections whose job is run now and then, of those that are daemons,
# of daemons in a jail, and of sections that could not be started, one a line.
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

# ddnsbox_pid NAME: the process of a daemon, if it is at work. The number of one that has ended may
# be another's by now.
ddnsbox_pid() {
	local pid file
	pid=$(cat "$DDNSBOX_JOBS/$1.pid" 2>/dev/null) &&
		file=$(cat "$DDNSBOX_JOBS/$1.daemon" 2>/dev/null) &&
		{ tr '\0' '\n' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qxF "$file" && echo "$pid"
}

# ddnsbox_look_again NAME: a daemon that waits for its next try no longer does.
ddnsbox_look_again() {
	local pid
	! pid=$(ddnsbox_pid "$1") || kill -HUP "$pid"
}

# Prints the name servers in use, one a line: the C library takes no more than three.
ddnsbox_nameservers() {
	sed -n 's/^nameserver[[:space:]]\{1,\}//p' /etc/resolv.conf 2>/dev/null | head -n 3
}

# ddnsbox_resolv_outdated FILE new|any: whether there are name servers that FILE does not have, or
# with `any` not just those it has. That there are none, as while a line is down, is no difference.
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

# ddnsbox_value FILE KEY: what follows KEY= in a state file.
ddnsbox_value() {
	sed -n "s/^$2=//p" "$1" 2>/dev/null
}

# json_bool OPTION: what is 1 is true.
json_bool() {
	[ "$1" = 1 ] && echo true || echo false
}

# A string as JSON has it, and TOML too. The value goes through a pipe: anybody may read a program's
# arguments.
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
