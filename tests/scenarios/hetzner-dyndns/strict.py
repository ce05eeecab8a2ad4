"""Scenarios of the stand-ins themselves: what the real servers refuse, they refuse too."""

import http.client
import json
import time

from asking import read_answer, receive
from box import ZONE, A, B, Box, encoded
from checks import equal, scenario, true
from net import LOCAL
from netns import inside
from standins import HETZNER_PORT, NTFY_PASSWORD, NTFY_PORT, NTFY_USER, TOKEN, TOPIC

RRSETS = f"/v1/zones/{ZONE}/rrsets"


def call(box, method, path, document=None, token=TOKEN, port=HETZNER_PORT, headers=None):
    """(status, document) of a request to a stand-in."""
    def ask():
        connection = http.client.HTTPConnection(LOCAL, port, timeout=60)
        fields = {"Authorization": f"Bearer {token}", "User-Agent": "strict"} | (headers or {})
        body = document
        if document is not None and not isinstance(document, (bytes, str)):
            body = json.dumps(document)
        if body is not None and "Content-Type" not in fields:
            fields["Content-Type"] = "application/json"
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")
    return inside(box.net.machine, ask)


def noted(box, count):
    """That many violations have been noted, and are forgotten."""
    found = box.hetzner.violations()
    true(f"{count} violations", len(found) == count, found)
    box.hetzner.stop()
    box.hetzner.start()
    box.hetzner.zones({ZONE: {"home/A": [{"value": A, "comment": "c"}]}})


@scenario
def hetzner_life_of_an_rrset():
    """The stand-in for Hetzner: create, exists, replace, time to live, and the actions of each."""
    with Box(start=False) as box:
        box.hetzner.settings(seconds=0.2)
        made = {"name": "www", "type": "A", "ttl": 60, "records": [{"value": A, "comment": "c"}]}
        status, document = call(box, "POST", RRSETS, made)
        equal("created", (status, document["rrset"]["id"]), (201, "www/A"))
        action = document["action"]
        equal("action", (action["status"], action["error"]), ("running", None))
        status, document = call(box, "POST", RRSETS + "/www/A/actions/set_records",
                                {"records": [{"value": B}]})
        equal("while it runs", (status, document["error"]["code"]), (423, "locked"))
        time.sleep(0.3)
        for path in ("/v1/actions/", "/v1/zones/actions/"):
            status, document = call(box, "GET", f"{path}{action['id']}")
            equal("action", document["action"]["status"], "success")
        status, document = call(box, "POST", RRSETS, made)
        equal("again", (status, document["error"]["code"]), (409, "uniqueness_error"))
        call(box, "POST", RRSETS + "/www/A/actions/set_records", {"records": [{"value": B}]})
        time.sleep(0.3)
        status, _ = call(box, "POST", RRSETS + "/www/A/actions/change_ttl", {"ttl": 300})
        equal("ttl", status, 201)
        status, document = call(box, "GET", RRSETS + "/www/A")
        equal("rrset", (document["rrset"]["ttl"], document["rrset"]["records"]),
              (300, [{"value": B, "comment": ""}]))
        status, document = call(box, "GET", RRSETS + "?name=www&type=A&type=AAAA")
        equal("listed", [one["id"] for one in document["rrsets"]], ["www/A"])
        status, document = call(box, "POST", RRSETS + "/x/A/actions/set_records",
                                {"records": [{"value": B}]})
        equal("absent", (status, document["error"]["code"]), (404, "not_found"))
        status, _ = call(box, "GET", RRSETS + "/www/AAAA")
        equal("another type", status, 404)
        status, _ = call(box, "GET", "/v1/zones", token="x")
        equal("token", status, 401)


@scenario
def hetzner_refuses():
    """The stand-in for Hetzner notes what no client may send, each time."""
    with Box({"home/A": [A]}, start=False) as box:
        good = {"name": "www", "type": "A", "records": [{"value": A}]}
        wrong = [good | change for change in (
            {"name": f"www.{ZONE}"}, {"name": "WWW"}, {"name": ""}, {"name": "a..b"},
            {"name": "www."}, {"type": "X"}, {"ttl": 59}, {"ttl": "60"}, {"ttl": 2**31},
            {"records": []}, {"records": [{"value": "1.2.3"}]}, {"records": [{"value": "::1"}]},
            {"records": [{"value": A}, {"value": A}]}, {"records": [{"value": A, "ttl": 60}]},
            {"records": [A]}, {"zone": ZONE}, {"records": [{"value": A, "comment": None}]},
            {"type": "AAAA", "records": [{"value": "2001:DB8::1"}]})]
        for document in (*wrong, {"name": "www"}, [], "x", "{", '{"name":"a","name":"b"}'):
            status, answer = call(box, "POST", RRSETS, document)
            equal(f"status for {document}", (status, answer["error"]["code"]),
                  (422, "invalid_input"))
        for method, path, status in (
                ("GET", "/v1/zones?per_page=51", 422), ("GET", "/v1/zones?x=1", 422),
                ("GET", "/v1/zones?page=0", 422), ("GET", "/v2/zones", 404),
                ("PUT", RRSETS + "/home/A", 404), ("GET", "/v1/zones/EXAMPLE.com", 404)):
            equal(f"{method} {path}", call(box, method, path)[0], status)
        noted(box, len(wrong) + 5 + 6)
        call(box, "POST", RRSETS + "/home/A/actions/set_records",
             {"records": [{"value": B}], "ttl": 60})
        call(box, "GET", "/v1/zones", headers={"User-Agent": ""})
        call(box, "POST", RRSETS, good, headers={"Content-Type": "text/plain"})
        noted(box, 3)


@scenario
def hetzner_pages():
    """The stand-in for Hetzner gives zones in pages."""
    zones = {f"z{number:03}.example.net": {} for number in range(120)}
    with Box(start=False, zones=zones) as box:
        found, page = [], 1
        while page:
            status, document = call(box, "GET", f"/v1/zones?page={page}&per_page=50")
            equal("status", status, 200)
            found += [one["name"] for one in document["zones"]]
            page = document["meta"]["pagination"]["next_page"]
        equal("zones", found, list(zones))
        equal("usual size", len(call(box, "GET", "/v1/zones")[1]["zones"]), 25)


@scenario
def standins_misbehave():
    """Each misbehaviour does what it says, as often as it was asked to."""
    with Box({"home/A": [A]}, start=False) as box:
        def ask():
            head = "GET /v1/zones HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\n"
            request = f"{head}Authorization: Bearer {TOKEN}\r\n\r\n".encode()
            with box.net.connect(LOCAL, HETZNER_PORT) as connection:
                connection.sendall(request)
                return receive(connection, 5)
        good = ask()
        equal("good", read_answer(good)[0].status, 200)
        box.hetzner.fault("reply", when="^GET", status=418, times=1, skip=1, body="{}")
        equal("statuses", [read_answer(ask())[0].status for _ in range(3)], [200, 418, 200])
        box.hetzner.fault("close")
        equal("closed", ask(), b"")
        box.hetzner.fault("reset")
        equal("reset", ask(), b"")
        box.hetzner.fault("raw", text="x\x00\xff")
        equal("raw", ask(), b"x\x00\xff")
        box.hetzner.fault("cut")
        true("cut", 0 < len(ask()) < len(good))
        box.hetzner.fault("slow", seconds=0.5)
        began = time.monotonic()
        ask()
        true("slow", time.monotonic() - began >= 0.5)
        box.hetzner.fault("reply", when="nothing like that", status=418)
        equal("another", read_answer(ask())[0].status, 200)


@scenario
def ntfy_refuses():
    """The stand-in for ntfy: topic, password, length and title."""
    with Box(start=False, ntfy_locked=True) as box:
        good = {"Authorization": f"Basic {encoded(NTFY_USER, NTFY_PASSWORD)}", "X-Title": "t",
                "X-Priority": "4"}
        equal("good", call(box, "POST", f"/{TOPIC}", "m", port=NTFY_PORT, headers=good)[0], 200)
        equal("messages", box.ntfy.messages(), [("t", "4", "m")])
        equal("violations", box.ntfy.violations(), [])
        for path, body, headers, status in (
                ("/other", "m", good, 403), ("/a/b", "m", good, 400),
                (f"/{TOPIC}", "m", good | {"X-Priority": "6"}, 400),
                (f"/{TOPIC}", "m" * 4097, good, 200), (f"/{TOPIC}", "", good, 200),
                (f"/{TOPIC}", "m", good | {"X-Title": ""}, 200), (f"/{TOPIC}", b"\xff", good, 200)):
            equal(f"status for {path}", call(box, "POST", path, body, port=NTFY_PORT,
                                             headers=headers)[0], status)
        equal("violations", len(box.ntfy.violations()), 7)
        bad = good | {"Authorization": "Basic eDp5"}
        equal("password", call(box, "POST", f"/{TOPIC}", "m", port=NTFY_PORT, headers=bad)[0], 401)
        box.ntfy.tell("limit", 0)
        equal("limit", call(box, "POST", f"/{TOPIC}", "m", port=NTFY_PORT, headers=good)[0], 429)
        box.ntfy.stop()
