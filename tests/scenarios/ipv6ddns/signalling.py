"""Scenarios of signals, in every state, and of the daemon's children."""

import os
import signal
import time

from box import A, B, C, Box
from checks import equal, scenario, true
from subject import is_emulated, limit, patience

CHILD_IDLE_SECONDS = 10
# For a request: longer than any busy machine needs for what is done meanwhile.
TIMEOUT_SECONDS = 200


def ends_in(reach, **settings):
    """TERM and INT each end it in the state that `reach` brings about, with nothing left."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Box(start=False) as box:
            others = box.net.pids()
            reach(box, lambda box=box: box.start(**settings))
            box.daemon.end(number)
            left = box.net.pids() - others
            equal("processes left behind", left, set())


@scenario
def ends_without_address():
    """Before anything is known, without an address: TERM and INT end it at once."""
    def reach(box, start):
        start()
        box.warned()
    ends_in(reach)


@scenario
def ends_at_once():
    """Right after it was started, ready or not."""
    def reach(box, start):
        start()
        # A signal that comes before the program has asked for it ends it by itself.
        box.daemon.wait_for("^WARNING: ")
    ends_in(reach)


@scenario
def ends_synced():
    """Synced, with an idle child that still waits for another job."""
    def reach(box, start):
        box.add(A)
        start()
        box.synced(A, "created", caused=False)
    ends_in(reach)


@scenario
def ends_in_error():
    """In Error, while it waits for the next try."""
    def reach(box, start):
        box.add(A)
        box.api.faults("* reply 500 body={}")
        start()
        box.failed()
    ends_in(reach)


@scenario
def ends_while_it_asks():
    """A child at work with an API that never answers."""
    def reach(box, start):
        box.add(A)
        box.api.faults("* silent-after")
        start()
        box.daemon.wait_for_child()
        time.sleep(patience(0.3))
    ends_in(reach)


@scenario
def ends_while_it_settles():
    """In the settle time of a burst."""
    def reach(box, start):
        start()
        box.warned()
        box.add(A)
        time.sleep(0.1)
    ends_in(reach)


def wait_for_calls(box, count, seconds=5):
    """Waits until that many requests have come; gives them."""
    ends, calls = time.monotonic() + limit(seconds), []
    while len(calls) < count:
        true("too few requests", time.monotonic() < ends, calls)
        time.sleep(0.02)
        calls += box.calls()
    return calls


@scenario
def hangup():
    """SIGHUP looks again: one GET; what its owner changed or deleted meanwhile is set right."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.daemon.send(signal.SIGHUP)
        equal("requests", [one.method for one in wait_for_calls(box, 1)], ["GET"])
        box.quiet(allowed="^(Detected|Synced)")
        box.api.forget(A)
        box.api.add(C)
        box.daemon.send(signal.SIGHUP)
        box.synced(A, "updated", caused=False)
        box.api.forget(A)
        box.daemon.send(signal.SIGHUP)
        box.synced(A, "created", caused=False)


@scenario
def hangup_in_error():
    """In Error, SIGHUP tries again at once."""
    with Box([A], faults=["* reply 500 body={}"]) as box:
        line, wait = box.failed()
        # Each try that fails makes the next wait longer, so that there is time to tell.
        for step in (10, 20, 40, 80):
            box.daemon.send(signal.SIGHUP)
            line, wait = box.failed(step=step)
        box.api.faults()
        box.calls()
        box.daemon.send(signal.SIGHUP)
        calls = box.synced(A, "created", caused=False)
        true("it waited", calls[0].at - line.at < wait / 2, calls[0].at - line.at)


@scenario
def hangup_without_address():
    """Without an address, SIGHUP looks and asks nothing of the API."""
    with Box() as box:
        box.warned()
        box.daemon.send(signal.SIGHUP)
        box.quiet(allowed="^WARNING: ")


@scenario
def many_hangups():
    """A hundred SIGHUPs in a row: at most a request each, and none once they are over."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        for _ in range(100):
            box.daemon.send(signal.SIGHUP)
            time.sleep(0.005)
        time.sleep(2)
        calls = box.calls()
        true("requests", 1 <= len(calls) <= 100 and {one.method for one in calls} == {"GET"}, calls)
        box.lines()
        box.quiet()
        return f"{len(calls)} requests"


@scenario
def child_killed_at_work():
    """kill -9 of the child at work: an Error, and recovery with another child."""
    with Box([A], faults=["* silent-after"], timeout=TIMEOUT_SECONDS) as box:
        child = box.daemon.wait_for_child()
        wait_for_calls(box, 1)
        os.kill(child, signal.SIGKILL)
        line, wait = box.failed()
        taken = line.since - box.api.calls()[0].at
        true("it took the timeout to see it", taken < TIMEOUT_SECONDS, line)
        box.api.faults()
        box.synced(A, "created", caused=False, seconds=wait + 3)
        true("the dead child is still there", child not in box.daemon.children())


@scenario
def child_killed_idle():
    """kill -9 of the idle child: the next change is published by another, without an Error."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        for child in box.daemon.children():
            os.kill(child, signal.SIGKILL)
        box.add(B)
        box.remove(A)
        box.synced(B, "updated")
        equal("errors", [line for line in box.daemon.said() if line.startswith("ERROR")], [])


@scenario
def child_stopped():
    """SIGSTOP of the child at work: killed once it is late, an Error, and recovery."""
    with Box([A], faults=["* delay 400"], timeout=2) as box:
        child = box.daemon.wait_for_child()
        os.kill(child, signal.SIGSTOP)
        began = time.time()
        line, wait = box.failed(seconds=20)
        box.api.faults()
        box.daemon.wait_for("^Synced: ", box.told, wait + 3)
        true("the late child is still there", child not in box.daemon.children())
        return f"an Error after {line.at - began:.1f} s"


@scenario
def child_ends_when_idle():
    """Idle, it has no child, no zombie, one thread, and nothing secret was given to the child."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.daemon.look_at_children()
        true("no child was seen", box.daemon.children_seen)
        time.sleep(CHILD_IDLE_SECONDS + 1)
        equal("children", box.daemon.children(), [])
        threads = len(os.listdir(f"/proc/{box.daemon.pid}/task"))
        # The emulator has one of its own.
        true("threads", threads == 1 or is_emulated(), threads)
        box.quiet()
        box.add(B)
        box.remove(A)
        box.synced(B, "updated")


child_ends_when_idle.seconds = 15
