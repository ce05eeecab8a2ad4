"""Scenarios of a Hetzner that fails in every way: told as it is, and over when it is over."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from box import A, B, C, HOST, KEY, OTHER, Box
from checks import between, equal, scenario, took, true
from subject import patience

WRITES, LOOKS = "^POST", "^GET /v1/zones/"
# What a request may take at most; Hetzner is given that long, too.
ANSWER_SECONDS_MAX = 45


def error(code, message="words of Hetzner"):
    """A body as the API tells an error."""
    return json.dumps({"error": {"code": code, "message": message, "details": None}})


def fails(box, words=None, seconds=ANSWER_SECONDS_MAX):
    """An update fails with 500 and a detail, which has these words; nothing is written."""
    began = time.monotonic()
    answer = box.update(fqdn=HOST, ip=A)
    took("seconds to the answer", time.monotonic() - began, 0, patience(seconds))
    equal("status", (answer.status, answer.text), (500, answer.text))
    document = answer.document
    true("an error", document.get("error"), document)
    true("a detail", document.get("detail"), document)
    if words:
        true(f"{words!r} is told", words in document["detail"], document)
    return answer


def recovers(box, status="updated"):
    """Hetzner behaves again, and the next update is good."""
    box.hetzner.well()
    box.did(box.update(fqdn=HOST, ip=A), status, A)


@scenario
def refused_with_words():
    """Each refusal of Hetzner's is told with its own words, and a write is sent once."""
    for status, code in ((400, "json_error"), (401, "unauthorized"), (401, "token_readonly"),
                         (403, "forbidden"), (403, "maintenance"),
                         (403, "resource_limit_exceeded"),
                         (405, "method_not_allowed"), (410, "deprecated_api_endpoint"),
                         (412, "resource_unavailable"), (422, "invalid_input"),
                         (422, "service_error"), (423, "protected")):
        with Box({"home/A": [C]}) as box:
            box.hetzner.fault("reply", when=WRITES, status=status, body=error(code))
            fails(box, "words of Hetzner")
            writes = [one for one in box.asked() if one.startswith("POST")]
            equal(f"writes with {status} {code}", len(writes), 1)
            recovers(box)


@scenario
def refused_at_the_look():
    """A refusal of the first request already."""
    with Box({"home/A": [C]}) as box:
        for status, code in ((401, "unauthorized"), (403, "forbidden"), (403, "maintenance")):
            box.hetzner.fault("reply", status=status, body=error(code))
            fails(box, "words of Hetzner")
            true("a write", not [one for one in box.asked() if one.startswith("POST")])
        recovers(box)


@scenario
def wrong_token():
    """The token was taken back: refused by the real check of the stand-in."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.tell("token", "another")
        fails(box, "unable to authenticate")


@scenario
def protected():
    """An rrset that is protected stays as it is."""
    with Box({"home/A": {"values": [C], "protected": True}}) as box:
        fails(box, "rrset is protected")
        equal("record", box.hetzner.values(KEY), [C])


@scenario
def locked_for_a_while():
    """An action of somebody else's is under way: it is waited for, or told; never half done."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", when=WRITES, status=423, times=1, body=error("locked"))
        answer = box.update(fqdn=HOST, ip=A)
        true("an answer", answer.status in (200, 500), answer)
        if answer.status == 200:
            box.did(answer, "updated", A)
        recovers(box, "unchanged" if answer.status == 200 else "updated")
        return f"423 locked: {answer.status}"


@scenario
def conflict():
    """409 conflict and 409 uniqueness_error: the world has changed between look and write."""
    with Box() as box:
        box.hetzner.fault("reply", when=WRITES, status=409, times=1, body=error("conflict"))
        answer = box.update(fqdn=HOST, ip=A)
        true("an answer", answer.status in (200, 500), answer)
        recovers(box, "unchanged" if answer.status == 200 else "created")
    with Box({"home/A": [C]}) as box:
        # The look says there is none, the write that there is one.
        box.hetzner.fault("reply", when=LOOKS, status=404, times=1, body=error("not_found"))
        answer = box.update(fqdn=HOST, ip=A)
        true("an answer", answer.status in (200, 404, 500), answer)
        recovers(box, "unchanged" if answer.status == 200 else "updated")


@scenario
def gone_before_the_write():
    """The rrset vanishes between look and write."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", when="set_records", status=404, times=1,
                          body=error("not_found"))
        answer = box.update(fqdn=HOST, ip=A)
        true("an answer", answer.status in (200, 500), answer)
        recovers(box, "unchanged" if answer.status == 200 else "updated")


@scenario
def throttled():
    """429, with and without Retry-After: told at once, and with the wait where one was given."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", status=429, body=error("rate_limit_exceeded"))
        fails(box, "words of Hetzner", 10)
        asked = len(box.asked())
        between("requests", asked, 1, 4)
        box.hetzner.fault("reply", status=429, headers={"Retry-After": "7"},
                          body=error("rate_limit_exceeded"))
        answer = fails(box, "words of Hetzner", 10)
        recovers(box)
        return f"Retry-After handed on: {answer.headers.get('retry-after')}"


@scenario
def server_errors():
    """5xx of every kind, with a document and with a page for people."""
    with Box({"home/A": [C]}) as box:
        page = "<html><body>Sorry</body></html>"
        for status, body in ((500, error("server_error")), (502, page), (503, ""), (503, page),
                             (504, error("timeout"))):
            box.hetzner.fault("reply", when=LOOKS, status=status, body=body)
            answer = fails(box)
            true("a page is handed on", "<html" not in answer.text, answer)
        recovers(box)


server_errors.seconds = 30


@scenario
def write_fails():
    """5xx to a write: told, sent once, and looked at again with the next request."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", when=WRITES, status=503)
        fails(box)
        equal("writes", len([one for one in box.asked() if one.startswith("POST")]), 1)
        recovers(box)


@scenario
def write_unanswered():
    """A write that was carried out and not answered is never sent twice."""
    for do in ("close", "reset", "cut"):
        with Box({"home/A": [C]}) as box:
            box.hetzner.fault(do, when=WRITES, acted=True)
            fails(box)
            equal(f"writes with {do}", len([one for one in box.asked()
                                            if one.startswith("POST")]), 1)
            recovers(box, "unchanged")


@scenario
def unreadable():
    """Answers that are none, cut, endless, of the wrong shape or a web page."""
    with Box({"home/A": [C]}) as box:
        for fault in ({"do": "raw", "text": "\x00\xff\x01garbage\r\n\x1b[31m\r\n\r\n"},
                      {"do": "raw", "text": ""}, {"do": "close"}, {"do": "reset"}, {"do": "cut"},
                      {"do": "reply", "status": 200, "body": "<html>"},
                      {"do": "reply", "status": 200, "body": "[]"},
                      {"do": "reply", "status": 200, "body": '{"rrset":null}'},
                      {"do": "reply", "status": 200, "body": '{"rrset":{"records":[]}}'},
                      {"do": "reply", "status": 200, "body": "[" * 100_000},
                      {"do": "reply", "status": 204, "body": ""},
                      {"do": "long"}):
            box.hetzner.fault(when=LOOKS, **fault)
            fails(box)
        equal("record", box.hetzner.values(KEY), [C])
        recovers(box)


unreadable.seconds = 30


@scenario
def moved_to_a_page():
    """A redirect to a web page, as the old API's host gives it, is not followed."""
    with Box({"home/A": [C]}) as box:
        for status in (301, 302, 307, 308):
            box.hetzner.fault("reply", status=status, body="",
                              headers={"Location": "http://127.0.0.1:8054/console"})
            fails(box)
        equal("requests to the other host", [call.target for call in box.ntfy.every_call()
                                             if "console" in call.target], [])
        recovers(box)


@scenario
def silent():
    """No answer at all, or one that drips: given up, and meanwhile others are served."""
    with Box({"home/A": [C], "office/A": [C]}) as box:
        box.did(box.update(fqdn=OTHER, ip=B), "updated", B, key="example.com/office/A")
        box.hetzner.fault("silent", when="home/A")
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(fails, box)
            time.sleep(0.5)
            box.did(box.update(fqdn=OTHER, ip=A), "updated", A, key="example.com/office/A")
            true("the other has waited for it", not late.done())
            box.refused(box.update(key="x", fqdn=OTHER, ip=A), 401, "Unauthorized")
            late.result()
        recovers(box)


silent.seconds = 45


@scenario
def dripping():
    """An answer that comes byte by byte is given up in time."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("drip", when=LOOKS)
        fails(box)
        recovers(box)


dripping.seconds = 45


@scenario
def slow_but_good():
    """An answer that takes three seconds is waited for."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("slow", when=WRITES, seconds=3)
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)


@scenario
def not_there():
    """Nobody listens at Hetzner's address, and then somebody does."""
    with Box() as box:
        box.hetzner.stop()
        fails(box)
        answer = box.nic(hostname=HOST, myip=A)
        true("dnserr or 911", answer.lines[0] in ("dnserr", "911"), answer)
        box.hetzner.start()
        box.hetzner.zones({"example.com": {}})
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def action_takes_long():
    """The answer comes when the action has ended."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.settings(seconds=3)
        began = time.monotonic()
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        took("seconds to the answer", time.monotonic() - began, 2, patience(15))
        polls = [call for call in box.hetzner.every_call()
                 if call.method == "GET" and "/actions/" in call.target]
        between("polls", len(polls), 1, 20)


@scenario
def action_fails():
    """An action that ends in an error is a failure, in its words, and is not remembered."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.settings(ends="error")
        answer = fails(box)
        box.hetzner.settings(ends="success")
        recovers(box, "unchanged")
        return answer.document["detail"]


@scenario
def action_fails_at_once():
    """An action that has failed when it is first shown."""
    with Box() as box:
        box.hetzner.settings(ends="error", seconds=0)
        fails(box)


@scenario
def action_never_ends():
    """An action that never ends: an answer in time, either way, and no poll after it."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.settings(seconds=100_000)
        began = time.monotonic()
        answer = box.update(fqdn=HOST, ip=A)
        taken = time.monotonic() - began
        took("seconds to the answer", taken, 1, patience(ANSWER_SECONDS_MAX))
        true("an answer", answer.status in (200, 500), answer)
        before = len(box.hetzner.every_call())
        time.sleep(2)
        equal("polls after the answer", len(box.hetzner.every_call()), before)
        return f"answered {answer.status} after {taken:.0f} s"


action_never_ends.seconds = 50


def unfinished(box):
    """The lines of the log that say that a write may still be under way."""
    box.service.wait_for("updated: ")
    return [line for line in box.service.said() if "not known to be done yet" in line]


@scenario
def action_unknown():
    """An action that nobody knows: soon good with a warning, and nothing is written twice."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", when="^GET .*/actions/", status=404, body=error("not_found"))
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        asked = [f"{one.method} {one.target}" for one in box.hetzner.calls()]
        equal("writes", len([one for one in asked if "/actions/set_records" in one]), 1)
        # Two actions, of which the first is looked for in all places and then no longer.
        looks = [one for one in asked if one.startswith("GET") and "/actions/" in one]
        equal("looks", len(looks), 5)
        equal("places", len(set(looks)), 3)
        equal("warnings", len(unfinished(box)), 1)


@scenario
def action_elsewhere():
    """An action that only the path of zones knows: looked at there, to its end."""
    for when in ("^GET /v1/actions/", "^GET /v1/(zones/)?actions/"):
        with Box({"home/A": [C]}) as box:
            box.hetzner.fault("reply", when=when, status=404, body=error("not_found"))
            box.did(box.update(fqdn=HOST, ip=A), "updated", A)
            equal("warnings", unfinished(box), [])


@scenario
def many_hosts_at_once():
    """Twenty hosts at once while Hetzner locks the zone for each: all good in the end."""
    hosts = [f"h{number}.example.com" for number in range(20)]
    with Box(hosts=hosts) as box:
        box.hetzner.settings(locks="zone", seconds=0.1)
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda host: box.update(fqdn=host, ip=A), hosts))
        equal("answers", [(one.status, one.text) for one in answers if one.status != 200], [])
        equal("records", len(box.hetzner.rrsets()), 20)


many_hosts_at_once.seconds = 20


@scenario
def same_host_at_once():
    """Ten requests for one host at once: in the end one of their addresses stands, alone."""
    with Box(REQUEST_CACHE_TTL="0") as box:
        addresses = [f"192.0.2.{number}" for number in range(10, 20)]
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda one: box.update(fqdn=HOST, ip=one), addresses))
        equal("answers", [one.text for one in answers if one.status != 200], [])
        values = box.hetzner.values(KEY)
        true("one address", len(values) == 1 and values[0] in addresses, values)
