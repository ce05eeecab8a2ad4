# The action `status`: one line for each section, and an exit status.
# shellcheck shell=busybox disable=SC2034,SC2154 # config_get_bool sets variables

NEWLINE='
'

# ddnsbox_status [NAME]: prints a line for each section, or for the one named. Returns 1 if an
# enabled one has failed or is not running.
ddnsbox_status() {
	local type name fault
	SHOWN=
	ENABLED=
	STATUS=0
	if fault=$(config_fault); then
		echo "$fault"
		STATUS=1
	else
		config_load ddnsbox
		for type in $DDNSBOX_TYPES; do
			config_foreach show_section "$type" "$1"
		done
	fi
	# Removed from the configuration, but active until the next reload.
	for name in $(ddnsbox_names) $(ddnsbox_daemons) $(ddnsbox_refused); do
		case "$SHOWN" in
		*" $name "*) ;;
		*) show "$name" "$1" ;;
		esac
	done
	if [ -n "$1" ] && [ -z "$SHOWN" ]; then
		echo "/etc/config/ddnsbox has no section '$1'" >&2
		return 1
	elif [ -z "$ENABLED$1" ] && [ "$STATUS" = 0 ]; then
		cat <<-'EOT'
			Nothing is enabled yet. Fill in a section of /etc/config/ddnsbox, then:
			  uci set ddnsbox.NAME.enabled='1'; uci commit ddnsbox; /etc/init.d/ddnsbox reload
			All options are explained in /usr/share/doc/ddnsbox/options.
		EOT
	fi
	return "$STATUS"
}

# show_section NAME [WANTED]: shows a section of the configuration.
show_section() {
	local enabled
	config_get_bool enabled "$1" enabled 0
	show "$1" "$2" "$enabled"
}

# show NAME [WANTED [ENABLED]]: prints a section's line if it is WANTED.
show() {
	local job="$DDNSBOX_JOBS/$1"
	[ -z "$2" ] || [ "$1" = "$2" ] || return 0
	SHOWN="$SHOWN $1 "
	if [ -f "$job.refused" ]; then
		bad "$1: NOT STARTED: $(cat "$job.refused")"
	elif [ -f "$job.daemon" ]; then
		show_daemon "$1"
	elif [ ! -f "$job.args" ]; then
		if [ "$3" = 1 ]; then
			bad "$1: NOT STARTED: enabled since the last start or reload"
		else
			echo "$1: disabled"
		fi
	elif [ ! -f "$job.state" ]; then
		ENABLED=1
		echo "$1: has not run yet"
	elif [ "$(ddnsbox_value "$job.state" status)" = 0 ]; then
		ENABLED=1
		echo "$1: in step: $(ddnsbox_value "$job.state" addresses) ($(when "$job.state"))"
	else
		bad "$1: FAILED: $(ddnsbox_value "$job.state" message) ($(when "$job.state"))"
	fi
}

# The state of a daemon, and its last message in the log. Only the severity, the tag and a status
# line ("== restart in ...", as the message) are interpreted, no wording.
show_daemon() {
	local pid type level last before
	pid=$(ddnsbox_pid "$1") || {
		bad "$1: NOT RUNNING"
		return
	}
	ENABLED=1
	type=$(cat "$DDNSBOX_JOBS/$1.type")
	# Lines of the daemon have its tag; those that procd forwards from standard error, and ujail's,
	# have its process ID.
	last=$(logread |
		sed -n -e "/\[$pid]: jail: /d" -e "s/.*\.\([a-z]*\) ddnsbox: $1: /\1 /p" \
			-e "s/.*\[$pid]: /- /p" | tail -n 2)
	before=${last%%"$NEWLINE"*}
	before=${before#* }
	last=${last##*"$NEWLINE"}
	level=${last%% *}
	last=${last#* }
	if [ -z "$last" ]; then
		echo "$1: running ($pid): no message in the log"
		return
	fi
	case "$last" in
	"== restart in "* | "WARNING: == restart in "*)
		bad "$1: FAILED: ${before#ERROR: }"
		return
		;;
	esac
	case "$type $level" in
	# An error of a server may be one client's.
	ddns_gateway* | hetzner_dyndns*) echo "$1: running ($pid): $last" ;;
	*" err" | *" crit") bad "$1: FAILED ($pid): $last" ;;
	*) echo "$1: running ($pid): $last" ;;
	esac
}

bad() {
	ENABLED=1
	STATUS=1
	echo "$1"
}

when() {
	echo "$(ddnsbox_value "$1" cause), $(date -d "@$(ddnsbox_value "$1" time)" '+%F %T')"
}
