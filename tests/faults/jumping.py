"""The clock jumps both ways, before a run, in the middle of it, and with each look at it."""

import os
import struct
import time

import worlds
from calling import CallOnce
from campaign import Limits
from checks import Wrong, equal, scenario, took, true
from clock import preload
from following import NEW, Follow
from registering import Register
from running import Program, faults_of
from syncing import GONE, OTHERS, OURS, Sync
from updating import Gateway, Hosts

DAY, YEAR = 86_400, 31_557_600
# Back to 1970 and before, forth beyond what 32 bits hold.
JUMPS = (-100 * YEAR, -30 * YEAR, -DAY, DAY, 30 * YEAR, 200 * YEAR)


class Clock:
    """`clock.set(wall=DAY)`; `clock.before` are the words put before a program."""

    def __init__(self):
        self.dir = worlds.directory("clock")
        self.file = os.path.join(self.dir, "shift")
        self.set()
        self.before = ["env", *preload(self.dir, CLOCK_FILE=self.file)]

    def set(self, wall=0, boot=0, swing=0):
        """From now on the clocks are so."""
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb") as file:
            file.write(struct.pack("=qqq", wall, boot, swing))


def played(play, clock):
    """One run of a play under the clock; what is wrong with it, and the run."""
    play.prepare()
    limit = Limits(*clock.before)
    done = play.run(limit.before, None)
    return play.all_faults(done, limit), done


def each_way(play, past=None):
    """A run at each time, and one with a clock that swings; `past` are words of one that is not."""
    clock, wrong = Clock(), []
    for shift in [{"wall": jump} for jump in JUMPS] + [{"swing": 20 * YEAR}, {"swing": DAY}]:
        clock.set(**shift)
        found, done = played(play, clock)
        if past and shift.get("wall", 0) <= -30 * YEAR and past not in done.err + done.out:
            found.append(f"it does not say {past!r}")
        wrong += [f"{shift}: {one}: {done}" for one in found]
    if wrong:
        raise Wrong("\n    ".join(wrong))
    return f"{len(JUMPS) + 2} clocks"


@scenario
def jumping_sync():
    """cf-ddns-sync: with a clock that cannot be right nothing is changed, and it says so."""
    return each_way(Sync((OURS, GONE), (OURS, GONE)), "system clock is not set")


@scenario
def jumping_sync_cached():
    """cf-ddns-sync with a cache that serves: no clock matters."""
    play, clock = Sync((OURS, OTHERS), (OURS, OTHERS)), Clock()
    for jump in JUMPS:
        clock.set(wall=jump)
        found, done = played(play, clock)
        equal(f"wrong {jump}: {done}", (found, done.status), ([], 0))


@scenario
def jumping_register():
    """pydyndns: it signs with the server's time, or says that the clock is not set."""
    return each_way(Register(True))


@scenario
def jumping_call():
    """update-dns: the clock of the one that waits matters to nobody."""
    return each_way(CallOnce())


def served(kind):
    """A server whose clock jumps while it serves."""
    play, clock = kind(), Clock()
    play.prepare()
    with Program(play.applet, *play.arguments(), before=clock.before, directory=play.dir,
                 environment=play.environment()) as program:
        true("it does not listen", program.wait_for(play.listens), program.said())
        for shift in [{"wall": jump} for jump in JUMPS] + [{"boot": DAY}, {"boot": 30 * DAY}]:
            clock.set(**shift)
            began = time.monotonic()
            reply = play.good()
            true(f"after {shift}: {reply}, {program.said()}", play.is_done(reply))
            equal(f"a bad request after {shift}", play.bad()[0], 404)
            took(f"seconds after {shift}", time.monotonic() - began, 0, 5)
        done = program.end()
    equal(f"wrong: {done}", faults_of(done, play.secrets, allowed=(0,)), [])


@scenario
def jumping_gateway():
    """ddns-gateway at work while the clock jumps, and after a sleep of days: it serves on."""
    return served(Gateway)


@scenario
def jumping_hosts():
    """hetzner-dyndns at work while the clock jumps, and after a sleep of days: it serves on."""
    return served(Hosts)


@scenario
def jumping_follow():
    """ipv6ddns at work while the clock jumps: no request that nothing but the clock has caused."""
    play, clock = Follow(), Clock()
    play.prepare()
    with Program("ipv6ddns", "-c", play.config, before=clock.before) as program:
        true("it does not follow", program.wait_for(lambda: "Synced" in program.said()),
             program.said())
        calls = play.api.calls()
        for jump in JUMPS:
            clock.set(wall=jump)
            time.sleep(0.3)
            equal(f"health after {jump}", play.health()["state"], "synced")
        equal("requests", play.api.calls(), calls)
        # After a sleep of a day the hourly look is due, once.
        clock.set(boot=DAY)
        play.health()
        time.sleep(2)
        equal("requests after a sleep", len(play.api.calls()) - len(calls), 1)
        equal("records", play.api.addresses(), [NEW])
        done = program.end()
    equal(f"wrong: {done}", faults_of(done, play.secrets, allowed=(0,)), [])
