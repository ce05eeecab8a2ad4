"""Scenarios of an API that fails in every way: an Error, a wait that keeps its word, recovery."""

import json
import re
import signal
import time

from box import A, B, NEXT_TRY, SLACK_SECONDS, Box
from cloudflare_api import TARGET as NAME
from checks import between, equal, scenario, took, true
from subject import limit, patience

REFUSED = json.dumps({"success": False, "result": None, "messages": [],
                      "errors": [{"code": 9109, "message": "Invalid access token"}]})
HTML = "<html><body>Sorry</body></html>"
RETRY_AFTER = 9
RECOVERY_SECONDS_MAX = 10
# What strikes before a request is read would strike those of these tests, too.
FIRST = "1"


def recovers(box, line, wait, how="created", methods=None):
    """After that wait, and without any event, the name is synced."""
    box.synced(A, how, methods, caused=False, seconds=wait + SLACK_SECONDS + 2)
    synced = next(one for one in box.daemon.lines[::-1] if one.startswith("Synced: "))
    took("seconds from the error to the recovery", synced.at - line.since, wait - 1,
         wait + patience(SLACK_SECONDS))
    box.quiet()


def fails(fault, words="", when="*", **settings):
    """With this misbehaviour of every request: an Error; without it again: recovery."""
    with Box([A], faults=[f"{when} {fault}"], **settings) as box:
        line, wait = box.failed(words)
        # Nothing may be asked before the wait is over: what is now seen is all there was.
        box.api.faults()
        asked = box.calls()
        true("a write after a list that failed", {call.method for call in asked} <= {"GET"}, asked)
        recovers(box, line, wait)
        return line


@scenario
def token_refused():
    """The token is refused: an Error that says so, and patience; then recovery."""
    return fails(f"reply 403 body={REFUSED}", "Invalid access token")


@scenario
def other_zone():
    """A name that is not in the zone: one stray record, both names told, and no second one."""
    stray = "home.example.org.example.com"
    with Box([A], environment={"CLOUDFLARE_RECORD_NAME": "home.example.org"}) as box:
        line = box.daemon.wait_for("^ERROR: ")
        for words in (f"'{stray}'", "'home.example.org'", f"Delete '{stray}'",
                      "Nothing more is sent until the settings change."):
            true(f"no {words!r} in it", words in line, line)
        equal("records", [one["name"] for one in box.api.records()], [stray])
        equal("requests", [call.method for call in box.calls()], ["GET", "POST"])
        box.lines()
        box.add(B)
        box.remove(A)
        box.daemon.wait_for("^Detected ", box.told)
        box.daemon.send(signal.SIGHUP)
        box.quiet(allowed="^Detected |Nothing more is sent")


@scenario
def throttled():
    """429 without Retry-After."""
    return fails("reply 429 body={}")


@scenario
def server_error():
    """500 with a page for people instead of a document."""
    return fails(f"reply 500 body={HTML}", "500")


@scenario
def unavailable():
    """503, and as short a Retry-After as there is: the step of the daemon itself is longer."""
    return fails("reply 503 retry-after=1 body={}", "503")


@scenario
def silent():
    """The request is never answered: given up after `timeout`."""
    return fails("silent-after", timeout=1)


@scenario
def silent_from_the_start():
    """The connection is taken and then nothing."""
    return fails("silent-before", when=FIRST, timeout=1)


@scenario
def closed():
    """The connection is closed instead of an answer."""
    return fails("close-after")


@scenario
def reset():
    """The connection is reset."""
    return fails("reset-before", when=FIRST)


@scenario
def garbage():
    """Bytes that are no HTTP."""
    return fails(r"raw \x00\xff\x01garbage\r\n\e[31m\x07")


@scenario
def html():
    """A page for people with status 200."""
    return fails(f"reply 200 body={HTML}")


@scenario
def no_result():
    """A success without a result."""
    return fails("null-result")


@scenario
def cut():
    """An answer that ends in the middle."""
    return fails("cut-body")


@scenario
def drip():
    """An answer that comes byte by byte: given up after `timeout`."""
    return fails("drip", timeout=1)


@scenario
def endless():
    """An answer that never ends: given up long before memory does."""
    return fails("endless body-to-close", timeout=5)


@scenario
def slow():
    """An answer that takes its time but comes: no Error."""
    with Box([A], faults=["* delay 700"], timeout=10) as box:
        box.synced(A, "created", caused=False)
        equal("errors", [line for line in box.said if line.startswith("ERROR")], [])


@scenario
def refused():
    """Nobody listens: an Error, and recovery once somebody does."""
    with Box([A], start=False) as box:
        box.api.stop()
        box.start()
        line, wait = box.failed()
        box.api.start()
        recovers(box, line, wait)


@scenario
def write_refused():
    """The list is answered, the write fails: the record is created in the second try."""
    with Box([A], faults=["POST reply 500 body={}"]) as box:
        line, wait = box.failed("500")
        equal("requests", [call.method for call in box.calls()], ["GET", "POST"])
        box.api.faults()
        recovers(box, line, wait)


@scenario
def answer_lost():
    """The write is done but its answer lost: the next look finds it, and writes nothing twice."""
    with Box([A], faults=["POST applied-close"]) as box:
        line, wait = box.failed()
        equal("requests", [call.method for call in box.calls()], ["GET", "POST"])
        box.api.faults()
        recovers(box, line, wait, "unchanged")


@scenario
def answer_lost_and_back():
    """The write is done, its answer lost, and the old address comes back: the record follows."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.api.faults("PATCH applied-close")
        box.add(B)
        box.remove(A)
        box.failed()
        box.holds(B)
        box.api.faults()
        box.add(A)
        box.remove(B)
        ends = time.monotonic() + limit(RECOVERY_SECONDS_MAX)
        while [one["content"] for one in box.api.records()] != [A]:
            true("the record has an address that is gone, and it believes itself Synced",
                 time.monotonic() < ends, box.api.records())
            time.sleep(0.2)


@scenario
def error_stays_told():
    """In Error after a look that failed, events that change nothing do not hide it: it retries."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.api.faults("* reply 500 body={}")
        box.daemon.send(1)
        line, wait = box.failed()
        box.add(B)
        time.sleep(1.5)
        box.api.faults()
        box.calls()
        recovers(box, line, wait, "unchanged")


@scenario
def error_in_one_line():
    """An Error is one line, as every other change of state is."""
    with Box([A], faults=["* reply 500 body={}"]) as box:
        line, _ = box.failed()
        equal("lines of an Error", len(line.splitlines()), 1)


@scenario
def steps():
    """The wait doubles from 5 s, with jitter, and starts anew after a success."""
    with Box([A], faults=["* reply 500 body={}"]) as box:
        before, wait = box.failed()
        for step in (10, 20):
            line, next_wait = box.failed(step=step, seconds=wait + 3)
            took("seconds between two tries", line.at - before.since, wait - 1,
                 wait + patience(SLACK_SECONDS))
            before, wait = line, next_wait
        equal("requests", len(box.calls()), 3)
        box.api.faults()
        recovers(box, before, wait)
        box.api.faults("* reply 500 body={}")
        box.remove(A)
        box.add(B)
        box.failed(step=5)


steps.seconds = 35


@scenario
def retry_after():
    """A longer Retry-After wins, and neither an event nor SIGHUP shortens it."""
    with Box([A], faults=[f"* reply 429 retry-after={RETRY_AFTER} body={{}}"]) as box:
        line = box.daemon.wait_for(NEXT_TRY)
        box.lines()
        wait = float(re.search(NEXT_TRY, line).group(1))
        between("next try", wait, RETRY_AFTER, RETRY_AFTER + 3)
        box.api.faults()
        box.calls()
        time.sleep(2)
        box.add(B)
        box.remove(A)
        box.quiet(allowed="^(Detected|DEBUG)")
        box.daemon.send(1)
        box.quiet(allowed="^(Detected|The API asked to wait|DEBUG)")
        box.daemon.wait_for("^Synced: ", box.told, RETRY_AFTER + 5)
        first = box.calls()[0].at
        took("seconds to the next request", first - line.since, RETRY_AFTER - 0.1,
             wait + patience(SLACK_SECONDS))
        box.holds(B)


retry_after.seconds = 12


@scenario
def address_lost_in_error():
    """While it waits in Error the address changes: the new one is published, the old one never."""
    with Box([A], faults=["* reply 500 body={}"]) as box:
        box.failed()
        box.api.faults()
        box.calls()
        box.add(B)
        box.remove(A)
        box.daemon.wait_for(f"^Synced: {NAME} has {B} ", box.told)
        box.holds(B)
        equal("what was created", [call.body["content"] for call in box.calls() if call.body], [B])
