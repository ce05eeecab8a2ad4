"""No memory: each program with address spaces from just enough to be loaded to plenty."""

import subprocess

from calling import CallOnce
from campaign import Limits, under
from checks import Wrong, scenario
from following import Follow
from registering import Register
from subject import under_test
from syncing import GONE, OTHERS, OURS, Sync
from tracing import ALL
from updating import Gateway, Hosts

PAGE = 4096
# Finest where the program is just loaded.
STEPS = [*range(0, 64, 2), *range(64, 512, 16), *range(512, 8192, 512)]
FEWER = [*range(0, 32, 4), 48, 64, 128, 256, 600, 1200, 4800]


def least():
    """The smallest address space in which the program can say what it is, in pages."""
    def is_enough(pages):
        done = subprocess.run(["prlimit", f"--as={pages * PAGE}", *under_test()],
                              capture_output=True, check=False)
        return done.returncode == 0
    low, high = 0, 1 << 16
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    if not is_enough(high):
        raise Wrong("no address space is enough")
    return high


def limits():
    """The address spaces that are tried."""
    start = least()
    return [Limits("prlimit", f"--as={(start + more) * PAGE}:") for more in
            (STEPS if ALL else FEWER)]


@scenario
def starving_sync_cached():
    """cf-ddns-sync with too little memory and nothing to do: done, or a word on why not."""
    return under(Sync((OURS, OTHERS), (OURS, OTHERS)), limits())


@scenario
def starving_sync():
    """cf-ddns-sync with too little memory and a record to change: done, or a word on why not."""
    return under(Sync((OURS, GONE), (OURS, GONE)), limits())


@scenario
def starving_register():
    """pydyndns with too little memory: sent, or a word on why not."""
    return under(Register(True), limits())


@scenario
def starving_follow():
    """ipv6ddns with too little memory: it follows, or says why not."""
    return under(Follow(), limits())


@scenario
def starving_gateway():
    """ddns-gateway with too little memory: it serves, or says why not."""
    return under(Gateway(), limits())


@scenario
def starving_hosts():
    """hetzner-dyndns with too little memory: it serves, or says why not."""
    return under(Hosts(), limits())


@scenario
def starving_call():
    """update-dns with too little memory: it calls, or says why not."""
    return under(CallOnce(), limits())


for one in (starving_follow, starving_gateway, starving_hosts, starving_sync):
    one.seconds, one.shards = 60, 3
