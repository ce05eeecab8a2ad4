"""Scenarios of many runs at once and runs that are killed: records exact, nothing left over."""

import os
import random
import shutil
import signal
import subprocess

from box import CACHE, Box
from cloudflare_api import TARGET
from checks import Skipped, Wrong, equal, scenario, true
from subject import PATH, is_emulated
from world import WAN0_MOVED, WAN0_PUBLIC, WAN1_PUBLIC

CROWD = 50
KILLS = 25
KILL_TRIES_MAX = 3 * KILLS
# Kills at every system call in turn would take minutes: all that touch the cache, and so many of
# those before.
EARLY_MOMENTS = 12
LATE_MOMENTS_MAX = 60
# Under an emulator the calls are more, and each run takes longer.
LATE_MOMENTS_MAX_EMULATED = 24


def crowd(*flags):
    """Fifty runs at once against an API that takes its time: one list, one write, fifty times 0."""
    with Box(api_delay=150) as box:
        outcomes, requests, orphans = box.herd(*flags, count=CROWD, verbose=False)
        for outcome in outcomes:
            outcome.expect(0, [])
        equal("children left behind", orphans, [])
        box.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)
        box.expect_cache(WAN1_PUBLIC, WAN0_PUBLIC)
        equal("requests", [line.split()[0] for line in requests], ["GET", "POST"])


@scenario
def fifty_at_once_dig():
    """Fifty runs started at once, with dig: exact records, no duplicate, no zombie, none hangs."""
    crowd()


@scenario
def fifty_at_once_builtin():
    """Fifty runs started at once, with our own query: the same."""
    crowd("--whoami", "builtin")


@scenario
def fifty_at_once_after_a_change():
    """Fifty runs started at once when an address has changed: one PATCH, one record each."""
    with Box(api_delay=150) as box:
        box.run().expect(0)
        box.net.move_wan0()
        outcomes, requests, orphans = box.herd(count=CROWD, verbose=False)
        for outcome in outcomes:
            outcome.expect(0, [])
        equal("children left behind", orphans, [])
        equal("requests", [line.split()[0] for line in requests], ["GET", "PATCH"])
        box.expect_records(WAN1_PUBLIC, WAN0_MOVED)


def swing(box, turn):
    """Gives WAN 0 its other public address, so that the next run has something to change."""
    ways = [(WAN0_PUBLIC, WAN0_MOVED), (WAN0_MOVED, WAN0_PUBLIC)]
    old, new = ways[turn % 2]
    box.net.move_wan0(old, new)
    return sorted([WAN1_PUBLIC, old]), sorted([WAN1_PUBLIC, new])


def expect_old_new_or_none(box, old, new):
    """After a kill the cache is whole: the old one, the new one or none."""
    document = box.cache()
    if document is None:
        return "none"
    found = [record["content"] for record in document["records"]]
    true("the cache is neither old nor new", found in (old, new), found)
    return "old" if found == old else "new"


def expect_mended(box, new):
    """The next run puts everything right, whatever the kill left."""
    box.run("--whoami", "builtin", verbose=False).expect(0, [])
    box.expect_records(*new)
    box.expect_cache(*new)
    names = sorted(os.listdir(os.path.join(box.var_cache, "cf-ddns")))
    equal("files", names, [TARGET + ".cache", TARGET + ".lock"])


@scenario
def killed_at_random_moments():
    """kill -9 at random moments: the cache is old, new or none, and the next run mends."""
    chance = random.Random(7)
    with Box(api_delay=40) as box:
        box.run("--whoami", "builtin").expect(0)
        span, cut_short = 1.0, 0
        for turn in range(KILL_TRIES_MAX):
            old, new = swing(box, turn)
            outcomes, _, _ = box.herd("--whoami", "builtin", kill_after=chance.uniform(0, span),
                                      verbose=False)
            if outcomes[0].exit == -signal.SIGKILL:
                cut_short += 1
            else:
                # It was faster than the kill: how long a run takes here and now is learnt so.
                span = min(span, outcomes[0].seconds)
            expect_old_new_or_none(box, old, new)
            expect_mended(box, new)
            if cut_short == KILLS:
                return
        raise Wrong(f"only {cut_short} of {KILL_TRIES_MAX} kills came in time")


def traced_calls(path):
    """The system calls of a trace, a line each."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line for line in file if " = " in line]


def kill_before(calls, number):
    """The rule for strace that kills before the call of that number of a trace."""
    # strace counts each system call by its name, also where it is told `all`.
    names = [line.partition("(")[0] for line in calls[:number]]
    return f"inject={names[-1]}:signal=KILL:when={names.count(names[-1])}"


def moments(calls):
    """The numbers of the calls before which to kill: few up to the first write, then most."""
    removal = f"unlink(\"{CACHE}/{TARGET}.cache\""
    first = next((number for number, line in enumerate(calls, 1) if removal in line), None)
    if first is None:
        raise Wrong("the cache was not removed before the change")
    early = [max(first * n // EARLY_MOMENTS, 1) for n in range(EARLY_MOMENTS)]
    most = LATE_MOMENTS_MAX_EMULATED if is_emulated() else LATE_MOMENTS_MAX
    late = list(range(first, len(calls) + 1))
    # The last few replace the cache: none of those is left out.
    return early + late[:-most:max(1, len(late) // most)] + late[-most:]


@scenario
def killed_at_system_calls():
    """kill -9 before system calls all along the run, each of the last ones: the next run mends."""
    if shutil.which("strace", path=PATH) is None:
        raise Skipped("strace is not installed")
    with Box() as box:
        flags = ("--whoami", "builtin")
        box.run(*flags).expect(0)
        trace = os.path.join(box.net.dir, "trace")
        swing(box, 0)
        outcomes, _, _ = box.herd(*flags, before=("strace", "-o", trace))
        outcomes[0].expect(0)
        states = set()
        calls = traced_calls(trace)
        for turn, moment in enumerate(moments(calls)):
            old, new = swing(box, turn + 1)
            inject = kill_before(calls, moment)
            box.herd(*flags, before=("strace", "-o", trace, "-e", inject), verbose=False)
            states.add(expect_old_new_or_none(box, old, new))
            expect_mended(box, new)
        equal("states seen after kills", states, {"old", "new", "none"})


@scenario
def hung_up_by_the_lock():
    """While another run holds the lock a run waits its 30 s, then exits 1 and changes nothing."""
    with Box() as box:
        box.run().expect(0)
        lock = os.path.join(box.var_cache, "cf-ddns", TARGET + ".lock")
        holder = subprocess.Popen(["flock", lock, "sleep", "50"])
        try:
            outcome = box.run(verbose=False).expect(1, requests=[]).expect_within(29, 40)
            true("no error", outcome.lines[-1].startswith("ERROR: "), outcome.lines)
        finally:
            holder.kill()
            holder.wait()
