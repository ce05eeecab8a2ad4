# shellcheck shell=bash
# Counting for the scripts of the tests, which source this: each check is one test, sum_up ends.
passed=0
failed=0

pass() {
    passed=$((passed + 1))
    echo "ok $1"
}

# What is on standard input is shown as the reason.
flunk() {
    failed=$((failed + 1))
    echo "not ok $1"
    sed 's/^/    /'
}

# check NAME COMMAND ARGS…: the command must succeed; what it said is shown where it does not.
check() {
    local name=$1 said
    shift
    if said=$("$@" 2>&1); then
        pass "$name"
    else
        flunk "$name" <<<"$said"
    fi
}

# sum_up WHAT [SKIPPED]: the line that tests/run adds up; fails if a check has.
sum_up() {
    echo "$1: $passed passed, $failed failed, ${2:-0} skipped"
    [ "$failed" = 0 ]
}
