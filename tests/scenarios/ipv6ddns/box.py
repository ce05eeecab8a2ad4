"""A machine, the API and the daemon in one: what a scenario changes, and what has to come of it."""

import re
import time

from api import URL, Api
from checks import between, equal, took, true
from cloudflare_api import TARGET as NAME, TOKEN, ZONE
from daemon import Daemon
from kernel import SETTLE_SECONDS, Kernel
from net import Net
from program import SAY_SECONDS_MAX, Line
from scene import Scene
from subject import is_emulated, patience

# The program's clock may be read a little before or after the stand-in's.
SETTLE_SECONDS_MIN, LATE_SECONDS_MAX = 0.2, 1.5
# How long nothing must happen until it is believed that nothing will.
QUIET_SECONDS = 1.3
SYNC_SECONDS_MAX = 8
RETRY_SHARE_MIN = 0.75
# Between the moment a wait is over and the line that tells so.
SLACK_SECONDS = 1.2
# From the order for a change to the moment it is heard of.
ORDER_SECONDS_MAX = 10
EVENTS_SHOWN = 12
# Milliseconds from the end of the settle time to the request, one for each that was caused.
LATENESS = []
NEXT_TRY = r" Next try in ([0-9.]+) s\.$"

# Documentation addresses: with 2001:db8:: in front, a letter is enough.
A, B, C = "2001:db8::a", "2001:db8::b", "2001:db8::c"


class Box(Scene):
    """`with Box(addresses=[A]) as box: box.synced(A, "created")`."""

    def __init__(self, addresses=(), records=(), faults=(), wans=1, start=True, **settings):
        self.net = Net(wans)
        self.kernel = self.api = self.daemon = None
        self.seen = self.told = 0
        try:
            self.kernel = Kernel(self.net.machine)
            self.api = Api(self.net, records, faults)
            for address in addresses:
                self.add(address)
            if start:
                self.start(**settings)
        except BaseException:
            self.down()
            raise

    def close(self):
        """What has to be so at the end of every scenario."""
        if self.api.is_running():
            equal("requests that break the API's schema", self.api.violations(), [])
        if self.daemon and self.daemon.process.poll() is None:
            self.daemon.look_at_children()
            self.daemon.end()

    def evidence(self):
        """What the program said, what it asked and what the kernel did, in order of time."""
        if not self.daemon:
            return []
        calls = self.api.calls() if self.api.is_running() else []
        every = [(line.at, line) for line in self.daemon.lines]
        every += [(call.at, f"> {call}") for call in calls]
        every += [(event.at, f"kernel: {event}") for event in self.kernel.events[-EVENTS_SHOWN:]]
        return [f"{at % 1000:.3f} {words}" for at, words in sorted(every)]

    def down(self):
        """Ends everything and removes the machine."""
        for part in (self.daemon, self.api):
            if part:
                part.stop()
        if self.kernel:
            self.kernel.close()
        self.net.down()

    def start(self, environment=None, flags=(), verbose=False, preload=(),
              **settings):
        """Starts the daemon: the needful by environment, the settings by file."""
        given = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ZONE_ID": ZONE,
                 "CLOUDFLARE_RECORD_NAME": NAME}
        lines = [f"api_url = {toml(URL)}"]
        lines += [f"{key} = {toml(value)}" for key, value in settings.items()]
        flags = [*flags, *(["-v"] if verbose else [])]
        self.told = 0
        given |= self.api.environment()
        self.daemon = Daemon(self.net, given | (environment or {}), "\n".join(lines) + "\n", flags,
                             preload)

    # What happens to the machine.

    def add(self, address, device="wan0", options="nodad"):
        """The interface gets an address."""
        self.net.ip(f"addr add {with_length(address)} dev {device} {options}")

    def remove(self, address, device="wan0"):
        """The interface loses an address."""
        self.net.ip(f"addr del {with_length(address)} dev {device}")

    def change(self, address, options, device="wan0"):
        """An address of the interface gets other lifetimes."""
        self.net.ip(f"addr change {with_length(address)} dev {device} {options}")

    # What comes of it.

    def calls(self):
        """The requests since this was last asked."""
        every = self.api.calls()
        new, self.seen = every[self.seen:], len(every)
        return new

    def lines(self):
        """The lines since this was last asked."""
        new = self.daemon.said(self.told)
        self.told += len(new)
        return new

    def synced(self, address, how, methods=None, caused=True, body=None, seconds=None):
        """The name has this address after exactly these requests; gives them."""
        methods = methods or {"created": ["GET", "POST"], "updated": ["GET", "PATCH"],
                              "unchanged": ["GET"]}[how]
        said = rf"^Synced: {re.escape(NAME)} has {re.escape(address)} \({how}\)\.$"
        self.daemon.wait_for(said, self.told, seconds or SYNC_SECONDS_MAX)
        calls, self.said = self.calls(), self.lines()
        equal("requests", [call.method for call in calls], methods)
        equal("Synced lines", sum(one.startswith("Synced: ") for one in self.said), 1)
        self.holds(address)
        if body is not None:
            equal("what was written", calls[-1].body, body)
        if caused:
            self.in_time(calls[0].at)
        return calls

    def in_time(self, at):
        """The request came when its burst had settled, and soon then."""
        cause = self.kernel.cause(at)
        true("no event before the request", cause is not None, f"{at:.3f} {self.kernel.events}")
        # The kernel's words may be read late, but no event is older than the order for it.
        is_ours = cause - ORDER_SECONDS_MAX < self.net.changed <= cause
        after = at - (self.net.changed if is_ours else cause)
        took("seconds from the event to the request", after, SETTLE_SECONDS_MIN,
             patience(LATE_SECONDS_MAX))
        LATENESS.append((after - SETTLE_SECONDS) * 1000)

    def holds(self, *addresses):
        """The zone's AAAA records of the name are these."""
        found = [one["content"] for one in self.api.records()
                 if one["type"] == "AAAA" and one["name"] == NAME]
        equal("records", sorted(found), sorted(addresses))

    def quiet(self, seconds=QUIET_SECONDS, allowed="^$"):
        """Nothing is asked and nothing is said, but for lines that are allowed."""
        time.sleep(seconds + (1 if is_emulated() else 0))
        self.daemon.look_at_children()
        equal("requests", self.calls(), [])
        equal("lines", [one for one in self.lines() if not re.search(allowed, one)], [])
        equal("exit status", self.daemon.process.poll(), None)

    def warned(self, *words):
        """It has said these warnings, each once, and has asked nothing."""
        words = words or ("No usable IPv6 address; the record stays as it is.",)
        self.daemon.wait_for(f"^WARNING: {re.escape(words[-1])}$", self.told)
        self.quiet(allowed="^WARNING: ")
        warnings = [one for one in self.daemon.said() if one.startswith("WARNING: ")]
        equal("warnings", warnings, [f"WARNING: {one}" for one in words])

    def failed(self, words="", step=5, seconds=None):
        """It is in Error and will try again after that step with jitter; gives (line, wait)."""
        seconds = seconds or SAY_SECONDS_MAX
        line = self.daemon.wait_for("^ERROR: ", self.told, seconds)
        last = self.daemon.wait_for(NEXT_TRY, self.told, seconds)
        lines = self.daemon.lines
        begins, ends = (lines.index(one, self.told) for one in (line, last))
        text = "\n".join(lines[begins:ends + 1])
        self.told = ends + 1
        true(f"no {words!r} in it", re.search(words, text, re.IGNORECASE), text)
        equal("errors told", sum(one.startswith("ERROR: ") for one in text.splitlines()), 1)
        line = Line(text, line.at, line.since)
        wait = float(re.search(NEXT_TRY, text).group(1))
        # It may have been rounded to a whole second either way.
        between("next try", wait, int(step * RETRY_SHARE_MIN), step)
        return line, wait


def with_length(address):
    """The address as `ip` takes it; a prefix of its own makes it independent of others."""
    return address if "/" in address else f"{address}/128"


def toml(value):
    """A value as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
