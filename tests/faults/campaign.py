"""Plays one kind of run again and again, with another system call failing each time."""

import sys
import time

from checks import Wrong
from running import faults_of
from tracing import SHARD, SHARDS, SHOWS, Tracer, calls_of, faults_for

FAULTS_SHOWN = 30
# A call that fails more often than this is asked in circles.
STRUCK_MAX = 2000
# What a call that is made to fail leaves unread would be gone had it failed by itself.
READS = ("read", "recvfrom", "recvmsg")


class Play:
    """One kind of run. Subclasses say how it is prepared, run and judged."""

    secrets = ()
    # Whether the child that talks is made to fail rather than the program itself.
    in_child = False
    # What the settings that cannot be read are told by: then the exit status may be 2.
    settings = ()

    def prepare(self):
        """Puts everything as it is before such a run."""

    def run(self, before, via):
        """Runs it behind these words, and its children by that program; gives what came of it."""
        raise NotImplementedError

    def judge(self, done, tracer):
        """What is wrong, beside what is wrong with any run: a list of words."""
        raise NotImplementedError

    def record(self):
        """A run with nothing failing, which has to be right; gives its calls."""
        with Tracer(follows=True) as tracer:
            self.prepare()
            done = self.traced(tracer)
            wrong = self.all_faults(done, tracer)
            if wrong or done.status:
                raise Wrong(f"with no fault at all: {wrong} {done}")
            calls = calls_of(tracer.seen())
            if not calls:
                raise Wrong(f"no calls were recorded; {done}")
            return calls

    def traced(self, tracer):
        """One run under a tracer, of the program or of its child."""
        if self.in_child:
            return self.run([], tracer.via())
        return self.run(tracer.before, None)

    def all_faults(self, done, tracer):
        """What is wrong with a run."""
        allowed = (0, 1, 2) if any(one in done.err for one in self.settings) else (0, 1)
        found = faults_of(done, self.secrets, tracer.silenced(), allowed)
        return found if done.hung else found + self.judge(done, tracer)


def campaign(play, only=None, lasting=True):
    """Makes each call of a play fail in turn; gives a line of figures, or Wrong with all faults."""
    faults = faults_for(play.record(), only, lasting)[SHARD::SHARDS]
    wrong, struck, failed, slowest = [], 0, 0, (0, "")
    for fault in faults:
        with Tracer(fault) as tracer:
            play.prepare()
            done = play.traced(tracer)
            found = play.all_faults(done, tracer)
            hit = tracer.struck()
        if len(hit) > STRUCK_MAX and fault.name not in READS:
            found.append(f"it turns in circles: {len(hit)} times")
        struck += bool(hit)
        failed += done.status != 0
        slowest = max(slowest, (done.seconds, repr(fault)))
        if SHOWS or found:
            where = hit[0].strip() if hit else "not reached"
            said = (done.out + done.err).strip().replace("\n", " | ")
            line = f"{fault} {where}\n        status {done.status}, {done.seconds:.1f} s: {said}"
        if SHOWS:
            print(f"    {line} {found or ''}", file=sys.stderr, flush=True)
        if found:
            wrong.append(f"{line}" + "".join(f"\n      ! {one}" for one in found))
    figures = (f"{len(faults)} faults, {struck} struck, {failed} runs failed, slowest "
               f"{slowest[0]:.1f} s by {slowest[1]}")
    if wrong:
        more = f"\n    and {len(wrong) - FAULTS_SHOWN} more" * (len(wrong) > FAULTS_SHOWN)
        raise Wrong(f"{len(wrong)} of {figures}:\n    "
                    + "\n    ".join(wrong[:FAULTS_SHOWN]) + more)
    return figures


class Limits:
    """In a tracer's place: words put before a program that keep something from it."""

    lasts, name, in_thread = True, "limit", False

    def __init__(self, *before):
        self.before, self.fault = list(before), self

    def __repr__(self):
        return " ".join(self.before)

    @staticmethod
    def struck():
        """The calls that were made to fail: nobody has counted."""
        return []

    @staticmethod
    def silenced():
        """What it says is not kept from anybody."""
        return False

    def via(self):
        """There is no tracer to put before a child."""
        raise NotImplementedError


def under(play, limits, more=lambda done: []):
    """Plays under each of these limits; gives a line of figures, or Wrong with all faults."""
    wrong, failed, slowest = [], 0, (0, "")
    for limit in limits[SHARD::SHARDS]:
        play.prepare()
        done = play.run(limit.before, None)
        found = play.all_faults(done, limit) + more(done)
        failed += done.status != 0
        slowest = max(slowest, (done.seconds, repr(limit)))
        if SHOWS:
            print(f"    {limit}: {done} {found}", file=sys.stderr, flush=True)
        if found:
            wrong.append(f"{limit}: {done}" + "".join(f"\n      ! {one}" for one in found))
    if wrong:
        raise Wrong(f"{len(wrong)} of {len(limits)}:\n    " + "\n    ".join(wrong[:FAULTS_SHOWN]))
    return (f"{len(limits)} limits, {failed} runs failed, slowest {slowest[0]:.1f} s under "
            f"{slowest[1]}")


def wait_until(what, condition, seconds=10):
    """Waits until the condition gives something; gives that."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > ends:
            raise Wrong(f"not within {seconds} s: {what}")
        time.sleep(0.01)
    return found
