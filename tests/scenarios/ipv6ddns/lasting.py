"""Scenarios of hours and days, with a clock that runs fast in the daemon; and without netlink."""

import time

from box import A, B, RETRY_SHARE_MIN, Box
from checks import BUSY_SECONDS_MAX, Skipped, between, equal, scenario, took, true
from clock import preload
from subject import is_by_itself

HOUR_SECONDS, DAY_HOURS = 3600, 24
# An hour is 2.5 real seconds there, of which a busy machine may need some for the look itself.
LATE_HOURS_MAX = 3
# Real seconds by which a line may be read late.
READ_LATE_SECONDS_MAX = 1
RESIDENT_GROWTH_KIB_MAX = 16


class FastBox(Box):
    """A machine whose daemon lives faster than the world."""

    def __init__(self, addresses=(), speed=1, netlink=True, **settings):
        if not is_by_itself():
            raise Skipped("the clock is preloaded, which a static program does not allow")
        super().__init__(addresses, start=False)
        self.speed = speed
        try:
            variables = {} if netlink else {"NO_NETLINK": 1}
            self.start(preload=preload(self.net.dir, CLOCK_SPEED=speed, **variables), **settings)
        except BaseException:
            self.down()
            raise


@scenario
def a_day():
    """24 hours without a change: 24 looks at the API, no write, memory and descriptors flat."""
    speed = 1440
    hour = HOUR_SECONDS / speed
    with FastBox([A], speed, timeout=300) as box:
        box.synced(A, "created", caused=False)
        began, held = time.monotonic(), []
        while (passed := time.monotonic() - began) < (DAY_HOURS + 0.5) * hour:
            time.sleep(0.2)
            box.daemon.look_at_children()
            # The child may be at work, and a pipe to it open: the least of some tries counts.
            files = min(box.daemon.descriptors() for _ in range(3))
            held.append((passed / hour, *box.daemon.memory(), files))
        calls = box.calls()
        equal("methods", {call.method for call in calls}, {"GET"})
        between("looks in a day", len(calls), DAY_HOURS / LATE_HOURS_MAX, DAY_HOURS + 1)
        for before, after in zip(calls, calls[1:]):
            between("hours between two looks", (after.at - before.at) / hour, 0.9, LATE_HOURS_MAX)
        settled = [one for one in held if one[0] > 2]
        shown = f"{len(calls)} looks; RSS {settled[0][1]}..{settled[-1][1]} KiB, private " \
            f"{settled[0][2]}..{settled[-1][2]} KiB, descriptors {settled[0][3]}..{settled[-1][3]}"
        growth = max(one[1] for one in settled) - settled[0][1]
        true("memory grows", growth <= RESIDENT_GROWTH_KIB_MAX, shown)
        true("descriptors grow", settled[-1][3] <= settled[0][3] + 2, shown)
        equal(f"lines after {shown}", box.lines(), [])
        return shown


a_day.seconds = 65


@scenario
def steps_to_the_cap():
    """With the API gone for half an hour: 5 s doubled up to 600 s, no further; then recovery."""
    speed = 60
    with FastBox([A], speed) as box:
        box.daemon.wait_for("^Synced: ")
        box.calls()
        box.lines()
        box.api.stop()
        box.remove(A)
        box.add(B)
        first, wait = box.failed(step=5)
        waits = [wait]
        for step in (10, 20, 40, 80, 160, 320, 600, 600):
            line, wait = box.failed(step=step, seconds=wait / speed + 5)
            # All since the first: a line that is read late lets one wait seem shorter than it was.
            took(f"seconds for {waits}", (line.at - first.since) * speed,
                 sum(waits) - READ_LATE_SECONDS_MAX * speed, sum(waits) + BUSY_SECONDS_MAX * speed)
            waits.append(wait)
        true("no jitter at all", len({one / 600 for one in waits[-2:]}) == 2
             or any(one % 5 for one in waits), waits)
        box.api.start()
        box.seen = 0
        box.synced(B, "created", caused=False, seconds=600 / speed + 5)
        return " ".join(f"{one:g}" for one in waits)


steps_to_the_cap.seconds = 40


@scenario
def long_retry_after():
    """A Retry-After of an hour, longer than any step, is kept to the second, events or not."""
    speed, wait = 300, 3600
    with FastBox([A], speed) as box:
        box.daemon.wait_for("^Synced: ")
        box.lines()
        box.api.faults(f"* reply 429 retry-after={wait} body={{}}")
        box.remove(A)
        box.add(B)
        line = box.daemon.wait_for(" Next try in 3[6-9]", box.told)
        box.api.faults()
        box.calls()
        box.lines()
        for address in ("2001:db8::c", "2001:db8::d"):
            time.sleep(2)
            box.add(address)
        box.daemon.wait_for("^Synced: ", box.told, 25)
        calls = box.calls()
        took("seconds to the next request", (calls[0].at - line.since) * speed,
             wait - READ_LATE_SECONDS_MAX * speed, wait * 1.05 + BUSY_SECONDS_MAX * speed)
        box.holds(B)


long_retry_after.seconds = 18


@scenario
def a_day_of_failures():
    """24 hours of an API that fails: one try in 450..600 s once at the cap, and nothing grows."""
    speed = 4320
    with FastBox([A], speed, timeout=300) as box:
        box.daemon.wait_for("^Synced: ")
        box.api.stop()
        box.remove(A)
        box.add(B)
        time.sleep(2)
        held, before = (*box.daemon.memory(), box.daemon.descriptors()), len(box.daemon.lines)
        day = DAY_HOURS * HOUR_SECONDS
        time.sleep(day / speed)
        errors = [line for line in box.daemon.said(before) if line.startswith("ERROR: ")]
        between("tries", len(errors), 0.5 * day / 600, 1.1 * day / (600 * RETRY_SHARE_MIN))
        after = (*box.daemon.memory(), box.daemon.descriptors())
        between("growth in KiB", after[0] - held[0], -1e9, RESIDENT_GROWTH_KIB_MAX)
        between("more descriptors", after[2] - held[2], -1e9, 3)
        return f"{len(errors)} tries; KiB resident/private, descriptors: {held}, {after}"


a_day_of_failures.seconds = 25


@scenario
def without_netlink():
    """Where netlink cannot be opened: it looks every poll_interval, and finds what changed."""
    speed, interval = 10, 10
    with FastBox([A], speed, netlink=False, poll_interval=interval) as box:
        box.daemon.wait_for("^Synced: ")
        equal("requests", [call.method for call in box.calls()], ["GET", "POST"])
        box.lines()
        box.quiet(3 * interval / speed)
        taken = []
        for new, old in ((B, A), (A, B), (B, A)):
            box.add(new, options="")
            box.net.wait_for("detection to end",
                             lambda listed, new=new: not listed[new].get("tentative"))
            removed = time.time()
            box.remove(old)
            box.daemon.wait_for(f"^Synced: .* has {new} ", box.told)
            calls = box.calls()
            equal("requests", [call.method for call in calls], ["GET", "PATCH"])
            box.lines()
            taken.append(calls[0].at - removed)
            took("seconds", taken[-1] * speed, 0, interval + 1 + BUSY_SECONDS_MAX * speed)
        box.change(B, "preferred_lft 0")
        box.daemon.wait_for("^WARNING: No usable", box.told)
        return "after " + ", ".join(f"{one * speed:.1f}" for one in taken) + " s"
