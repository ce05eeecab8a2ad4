"""Children that do not end, do not listen, flood, or leave others behind that hold their pipes."""

import os

import serving
from calling import CallOnce
from campaign import Limits
from checks import Wrong, scenario
from following import Follow
from running import faults_of
from syncing import GONE, OURS, Sync, script
from tracing import ALL, SHARD, SHARDS
from updating import Gateway, Hosts

# What a shell does instead of, before or behind what it is there for; @ is that.
MISDEEDS = {
    "never ends": "@; exec sleep 1000",
    "never ends and says nothing": "exec sleep 1000",
    "does not listen": "trap '' TERM INT HUP QUIT PIPE; @; while :; do sleep 1000; done",
    "leaves one that holds its pipes": "sleep 1000 & @",
    "leaves one that does not listen": "(trap '' TERM INT HUP; sleep 1000) & @",
    "leaves one that has left the group": "setsid sleep 1000 & @",
    "leaves one behind while it never ends": "sleep 1000 & @; exec sleep 1000",
    "floods": "exec cat /dev/zero",
    "floods on both": "cat /dev/zero >&2 & exec cat /dev/zero",
    "floods behind its answer": "@; exec yes",
    "complains for ever": "yes 'some complaint' >&2 & @; wait",
    "leaves one that complains": "yes 'some complaint' >&2 & @",
    "closes its ears": "@; exec >&- 2>&-; sleep 1000",
    "stops": "@; kill -STOP $$",
    "is killed": "@; kill -9 $$",
    "cannot be run": "exec /no/such/program",
    "begets": "b() { sleep 0.2; sleep 1000 & sleep 1000 & sleep 1000; }; b & b & @",
}
# One that has left the group belongs to itself.
GOES = "leaves one that has left the group"


def misdeeds():
    """Those of this shard."""
    return list(MISDEEDS.items())[SHARD::SHARDS]


def told(wrong):
    """Fails with all that is wrong."""
    if wrong:
        raise Wrong(f"{len(wrong)}:\n    " + "\n    ".join(wrong))


def slowest(times):
    """A figure."""
    return f"{len(times)} runs, slowest {max(times)[0]:.1f} s: {max(times)[1]}"


@scenario
def begetting_sync():
    """cf-ddns-sync with such an ip or dig: records right or as they were, and nothing is left."""
    play, wrong, times = Sync((OURS, GONE), (OURS, GONE)), [], []
    good = {name: open(f"{play.bin}/{name}", encoding="ascii").read() for name in ("ip", "dig")}
    arguments = play.arguments
    for number, (what, deed) in enumerate(misdeeds()):
        for name, other in (("ip", "dig"), ("dig", "ip")):
            own = good[name].partition("\n")[2].strip()
            script(play.bin, name, "#!/bin/sh\n" + deed.replace("@", f"{{ {own}\n}}") + "\n")
            script(play.bin, other, good[other])
            for flags in ((), ("-v",)) if ALL else ((), ("-v",))[number % 2:][:1]:
                play.arguments = (*arguments, *flags)
                play.prepare()
                done = play.run([], None)
                found = [one for one in judged(play, done)
                         if what != GOES or not one.startswith("left over")]
                times.append((done.seconds, f"{name} {what}"))
                wrong += [f"{name} {what} {flags}: {one}: {done}"[:600] for one in found]
    told(wrong)
    return slowest(times)


def judged(play, done):
    """What is wrong after a run with such children, whose records may have no source."""
    found = faults_of(done, play.secrets)
    lost = set(play.records) & set(play.wanted) - set(play.api.addresses())
    return found + ["a record is lost"] * bool(lost)


class Children:
    """Plays with a program in front of the child that talks."""

    def __init__(self, play):
        self.play, self.wrong, self.times = play, [], []

    def all(self, judge):
        """Each misdeed once; `judge` gives what is wrong."""
        # A child of ours stays for another job; behind `head` it ends after the first.
        for what, deed in misdeeds():
            # Only for the first child: those that come later do their work.
            via = script("/tmp", "via", "#!/bin/sh\nif mkdir /tmp/first 2>/dev/null; then\n"
                         + deed.replace("@", 'head -n1 | "$@"') + '\nelse exec "$@"; fi\n')
            self.play.prepare()
            if os.path.isdir("/tmp/first"):
                os.rmdir("/tmp/first")
            done = self.play.run([], via)
            found = [one for one in judge(done) if what != GOES or not one.startswith("left over")]
            self.times.append((done.seconds, what))
            self.wrong += [f"{what}: {one}: {done} {done.notes}"[:800] for one in found]
        told(self.wrong)
        return slowest(self.times)


@scenario
def begetting_gateway():
    """ddns-gateway with such a child: that request fails, the next one works, nothing is left."""
    play = Gateway()
    # What a child does behind its answer is met by the next request.
    play.tries = 2
    return Children(play).all(lambda done: play.all_faults(done, Limits()))


@scenario
def begetting_hosts():
    """hetzner-dyndns with such a child: that request fails, the next one works, nothing is left."""
    play = Hosts()
    play.tries = 2
    serving.PATIENCE[0] = 45
    return Children(play).all(lambda done: play.all_faults(done, Limits()))


@scenario
def begetting_follow():
    """ipv6ddns with such a child: it says so, follows all the same, and nothing is left."""
    play = Follow()
    return Children(play).all(lambda done: play.all_faults(done, Limits()))


@scenario
def begetting_call():
    """update-dns with such a child: done, or a word on why not, and nothing is left."""
    play = CallOnce()
    # A call has half a minute.
    play.seconds = 45
    return Children(play).all(lambda done: play.all_faults(done, Limits()))


for one in (begetting_sync, begetting_gateway, begetting_hosts, begetting_follow, begetting_call):
    one.seconds, one.shards = 100, 9
