# shellcheck shell=bash
# How the parts of the tests are run, one after the other or side by side; tests/run sources this.

# How many parts run side by side.
LANES=${DDNSBOX_TEST_LANES:-2}
# The longest, cold and on a busy machine: all the compiling for MIPS.
PART_SECONDS_MAX=3600

# "PASSED FAILED SKIPPED" of a part: what cargo and the scripts of the tests say at their ends.
counts() {
    local n='([0-9]+)'
    sed -nE -e "s/^test result: .* $n passed; $n failed; $n ignored.*/\1 \2 \3/p" \
        -e "s/^[a-z0-9 -]+: $n passed, $n failed, $n skipped\$/\1 \2 \3/p" "$1" |
        awk '{ p += $1; f += $2; s += $3 } END { print p + 0, f + 0, s + 0 }'
}

# What has failed in a part's log: each item and the lines below it.
FAILURE_LINES=15
failures_of() {
    awk -v below="$FAILURE_LINES" '
        /^(ok|skipped|again|failed beside others) |^test .* \.\.\. ok$/ { left = 0 }
        /^test result: FAILED|^failures:$|: [0-9]+ passed, [0-9]+ failed, / { left = 0; next }
        /over the gate/ && !left { print; next }
        /^tests\/cases\/.*:$/ { left = below + 1 }
        /^not ok |FAILED|^---- .* stdout ----$|^error(\[|:)/ { left = below + 1 }
        left > 0 { print; left-- }' "$1"
}

# show_failures PART…: those of all parts together, as the end of the output may be all that is
# seen of it. A part that does not say what failed shows how it ended.
show_failures() {
    local part found title=$'\n== failures\n'
    for part in "$@"; do
        grep -q FAILED "$LOGS/$part.result" || continue
        found=$(failures_of "$LOGS/$part.log")
        [ -n "$found" ] || found=$(tail -n "$FAILURE_LINES" "$LOGS/$part.log")
        printf '%s-- %s\n%s\n' "$title" "$part" "$found"
        title=
    done
}

# What has failed beside others and passed alone: it says how near the machine is to its limits.
show_again() {
    local part
    for part in "$@"; do
        sed -n "s/^again /again $part /p" "$LOGS/$part.log"
    done
}

# One part in a process of its own: there `set -e` holds, which it would not behind an `if`. What it
# says is in $LOGS/PART.log, and what came of it in PART.result.
run_part() {
    local part=$1 began=$SECONDS status=0 log=$LOGS/$1.log one
    timeout --kill-after=30 "$PART_SECONDS_MAX" tests/run --part "$part" </dev/null >"$log" 2>&1 &
    at_work=$!
    wait "$at_work" || status=$?
    read -ra one < <(counts "$log")
    if [ "$status" = "$SKIPPED" ]; then
        one[2]=$((one[2] + 1))
        status=skipped
    elif [ "$status" != 0 ]; then
        # It may have ended before it could count.
        [ "${one[1]}" -gt 0 ] || one[1]=1
        status="FAILED ($status)"
    elif [ "${one[1]}" -gt 0 ]; then
        status=FAILED
    else
        status=ok
    fi
    printf '%s\n%-20s %-14s %5d s %6d %6d %7d\n' "${one[*]}" "$part" "$status" \
        "$((SECONDS - began))" "${one[@]}" >"$LOGS/$part.result"
}

# The same, shown as it goes on.
show_part() {
    local shown at_work=
    printf '\n== %s\n' "$1"
    : >"$LOGS/$1.log"
    tail -f "$LOGS/$1.log" --pid="$$" 2>/dev/null &
    shown=$!
    trap 'kill "$shown" $at_work; exit 1' INT TERM
    run_part "$1"
    trap - INT TERM
    # What it said last is shown within a second.
    sleep 1.1
    kill "$shown"
    wait "$shown" 2>/dev/null || :
}

# A lane: does the part that is next until there is none, and shows each when it has ended.
lane() {
    local part at_work=
    trap 'kill $at_work; exit 1' TERM
    while part=$(flock "$LOGS/next.lock" sed -i -e '1{w /dev/stdout' -e 'd}' "$LOGS/next") &&
        [ -n "$part" ]; do
        echo "== $part begins"
        run_part "$part"
        { printf '\n== %s\n' "$part" && cat "$LOGS/$part.log"; } | flock "$LOGS/shown" cat
    done
}

side_by_side() {
    local lanes=() number
    printf '%s\n' "$@" >"$LOGS/next"
    for ((number = 0; number < LANES; number++)); do
        lane &
        lanes+=("$!")
    done
    trap 'kill "${lanes[@]}" 2>/dev/null; exit 1' INT TERM
    wait "${lanes[@]}"
    trap - INT TERM
}
