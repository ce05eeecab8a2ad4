"""Scenarios of too much at once: storms of changes, and more events than the kernel can keep."""

import re
import signal
import time

from box import A, QUIET_SECONDS, SETTLE_SECONDS_MIN, Box
from checks import between, equal, scenario, true
from netns import command
from subject import limit, patience

STEPS = 5000
# Before the first storm some pages have not been touched yet; after it they have.
GROWTH_KIB_MAX, GROWTH_AGAIN_KIB_MAX = 128, 32
STEP_SECONDS_MAX = 40


def one_of_many(number):
    """An address of the storm."""
    return f"2001:db8:5::{number + 1:x}"


def storm(box):
    """10,000 changes: each address comes before the one before it goes; gives the one left."""
    lines = []
    for number in range(STEPS):
        lines.append(f"addr add {one_of_many(number)}/128 dev wan0 nodad")
        if number:
            lines.append(f"addr del {one_of_many(number - 1)}/128 dev wan0")
    began = time.monotonic()
    box.net.ip(*lines)
    return one_of_many(STEPS - 1), time.monotonic() - began


def wait_until_published(box, address):
    """Waits until the record has this address."""
    ends = time.monotonic() + limit(STEP_SECONDS_MAX)
    while [one["content"] for one in box.api.records()] != [address]:
        true(f"{address} is not published", time.monotonic() < ends, box.api.records())
        time.sleep(0.1)


def spaced(calls):
    """At most one synchronisation in each settle time."""
    looks = [call.at for call in calls if call.method == "GET"]
    for before, after in zip(looks, looks[1:]):
        between("seconds between two looks at the API", after - before, SETTLE_SECONDS_MIN, 1e9)
    return len(looks)


@scenario
def storm_of_others():
    """10,000 changes while the published address stays: not one request, not a word."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        last, seconds = storm(box)
        box.quiet(QUIET_SECONDS + 1)
        # Of an address that goes at once the kernel tells only that it went.
        true("too few events", len(box.kernel.events) >= STEPS, len(box.kernel.events))
        box.remove(A)
        box.synced(last, "updated")
        return f"{2 * STEPS} changes in {seconds:.1f} s"


@scenario
def storm_of_changes():
    """Twice 10,000 changes, none of which leaves the published one: in step, and memory flat."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.remove(A)
        box.add("2001:db8:4::1")
        box.synced("2001:db8:4::1", "updated")
        memory, notes, files = [box.daemon.memory()], [], box.daemon.descriptors()
        for round_ in range(2):
            box.remove("2001:db8:4::1" if round_ == 0 else A)
            last, seconds = storm(box)
            wait_until_published(box, last)
            time.sleep(patience(QUIET_SECONDS))
            looks = spaced(box.calls())
            notes.append(f"{seconds:.1f} s, {looks} synchronisations")
            memory.append(box.daemon.memory())
            box.lines()
            box.add(A)
            box.remove(last)
            box.synced(A, "updated")
        true("descriptors", box.daemon.descriptors() <= files + 3, box.daemon.descriptors())
        shown = ", ".join(f"{rss}/{private}" for rss, private in memory)
        between("growth in KiB", memory[1][0] - memory[0][0], -1e9, GROWTH_KIB_MAX)
        between("growth in KiB, again", memory[2][0] - memory[1][0], -1e9, GROWTH_AGAIN_KIB_MAX)
        return f"{'; '.join(notes)}; KiB resident/private {shown}"


def drops(box):
    """How many messages the daemon's netlink sockets have lost."""
    shown = command(*box.net.within("cat", "/proc/net/netlink")).splitlines()
    names = shown[0].split()
    found = [dict(zip(names, line.split())) for line in shown[1:]]
    ours = [one for one in found if int(one["Groups"], 16) == 0x100]
    # The listener of these tests is one of them; its buffer is large enough.
    true("no netlink socket with that group alone", len(ours) >= 2, shown)
    return sum(int(one["Drops"]) for one in ours)


@scenario
def overflow():
    """More changes than its socket holds while it is stopped: a fresh look, and it is in step."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        before = box.daemon.memory()
        box.daemon.send(signal.SIGSTOP)
        storm(box)
        box.remove(A)
        box.add("2001:db8:4::1")
        lost = drops(box)
        true("nothing was lost", lost > 0)
        box.daemon.send(signal.SIGCONT)
        wait_until_published(box, "2001:db8:4::1")
        box.daemon.wait_for("^Synced: .*2001:db8:4::1 ", box.told)
        spaced(box.calls())
        box.lines()
        # It still hears what comes after.
        box.add(A)
        box.remove("2001:db8:4::1")
        box.remove(one_of_many(STEPS - 1))
        box.synced(A, "updated")
        between("growth in KiB", box.daemon.memory()[0] - before[0], -1e9, GROWTH_KIB_MAX)
        return f"{lost} messages lost"


@scenario
def many_addresses():
    """Two thousand addresses at once: all are read, the best of them is published."""
    with Box() as box:
        box.warned()
        box.net.ip(*(f"addr add {one_of_many(number)}/128 dev wan0 nodad"
                     for number in reversed(range(2000))))
        box.daemon.wait_for("^Synced: ")
        time.sleep(patience(QUIET_SECONDS))
        spaced(box.calls())
        published = box.api.records()[0]["content"]
        true("not one of them", re.match(r"2001:db8:5::", published), published)
        # The last one of all is the lowest; what was published first may stay.
        equal("Synced lines", len([line for line in box.lines() if line.startswith("Synced")]), 1)


@scenario
def changes_while_it_asks():
    """The published address changes while the API takes its time: the last one is published."""
    with Box([A], start=False) as box:
        box.api.faults("* delay 1500")
        box.start()
        box.daemon.wait_for_child()
        for number in range(4):
            box.add(one_of_many(number))
            box.remove(A if number == 0 else one_of_many(number - 1))
            time.sleep(0.4)
        box.api.faults()
        wait_until_published(box, one_of_many(3))
        time.sleep(patience(QUIET_SECONDS))
        spaced(box.calls())
        equal("records", len(box.api.records()), 1)
