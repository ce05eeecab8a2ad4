# What the stand-ins for daemons do in the end: stay, and tell of SIGHUP.
# shellcheck shell=busybox
trap 'echo "looks again" >&2' HUP
trap 'exit 0' TERM
while :; do
	sleep 1 &
	wait "$!"
done
