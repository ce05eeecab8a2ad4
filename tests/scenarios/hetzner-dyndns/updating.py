"""Scenarios of POST /update: each answer, each status, and what then stands at Hetzner."""

import json

from asking import composed
from box import (A, A_V6, B, B_V6, BASIC_PASSWORD, BASIC_USER, C, HOST, KEY, KEY_V6, OTHER, Box,
                 basic)
from checks import equal, scenario, true
from net import HOME

RRSET = "/v1/zones/example.com/rrsets/home/A"
CREATE = "POST /v1/zones/example.com/rrsets"


@scenario
def created_updated_unchanged():
    """A record is made, changed and left: one look, one write, and no more than that."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        equal("requests", box.asked()[-1:], [CREATE])
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        asked = box.asked()
        equal("a write", asked[-1], f"POST {RRSET}/actions/set_records")
        box.did(box.update(fqdn=HOST, ip=B), "unchanged", B)
        box.untouched()


@scenario
def unchanged_at_hetzner():
    """What stands already is left alone, its time to live too: nothing is written."""
    with Box({"home/A": {"values": [A], "ttl": 77}}) as box:
        box.did(box.update(fqdn=HOST, ip=A), "unchanged", A)
        equal("writes", [one for one in box.asked() if one.startswith("POST")], [])
        equal("ttl", box.hetzner.rrsets()[KEY]["ttl"], 77)


@scenario
def url_for_fqdn():
    """`url` is another name of `fqdn`; names are compared without case, a last dot is none."""
    with Box() as box:
        box.did(box.update(url=HOST, ip=A), "created", A)
        box.did(box.update(fqdn=HOST.upper(), ip=B), "updated", B)
        equal("rrsets", sorted(box.hetzner.rrsets()), [KEY])


@scenario
def both_families():
    """`type` picks the record, in any case; without one it is A."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A_V6, type="AAAA"), "created", A_V6, key=KEY_V6)
        box.did(box.update(fqdn=HOST, ip=A, type="a"), "created", A)
        box.did(box.update(fqdn=HOST, ip="2001:DB8:1:0:0::2", type="aaaa"), "updated", B_V6,
                key=KEY_V6)
        box.did(box.update(fqdn=HOST, ip=B, type="A"), "updated", B)


@scenario
def other_values_replaced():
    """Other values of the rrset go; the comment of the one that stays is kept."""
    held = {"home/A": [{"value": A, "comment": "by hand"}, B, C], "home/AAAA": [A_V6],
            "office/A": [C]}
    with Box(held) as box:
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        equal("record", box.hetzner.rrsets()[KEY]["records"],
              [{"value": A, "comment": "by hand"}])
        equal("AAAA", box.hetzner.values(KEY_V6), [A_V6])
        equal("the other host", box.hetzner.values("example.com/office/A"), [C])


@scenario
def comment_kept():
    """The record's comment is kept when its value changes."""
    with Box({"home/A": [{"value": A, "comment": "caf\u00e9 \"1\""}]}) as box:
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        equal("record", box.hetzner.rrsets()[KEY]["records"],
              [{"value": B, "comment": "caf\u00e9 \"1\""}])


@scenario
def form_bodies():
    """The body may be a form, as a scheduled task on Windows sends it."""
    with Box() as box:
        key = {"X-Pre-Shared-Key": box.keys()[HOST]}
        form = {"Content-Type": "application/x-www-form-urlencoded"} | key
        box.did(box.ask("POST", "/update", form, f"fqdn={HOST}&ip={A}".encode()), "created", A)
        typed = {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"} | key
        body = f"url=home%2Eexample%2ecom&ip={B_V6.replace(':', '%3A')}&type=AAAA".encode()
        box.did(box.ask("POST", "/update", typed, body), "created", B_V6, key=KEY_V6)
        answer = box.ask("POST", "/update", form, f"fqdn={HOST}".encode(), source=HOME)
        box.did(answer, "updated", HOME)


@scenario
def refusals():
    """Each bad request is refused in the original's words, and Hetzner hears of none."""
    with Box(ALLOWED_FQDNS=HOST) as box:
        key = box.keys()[HOST]
        for document, status, error in (
                ({}, 400, "Missing FQDN"),
                ({"ip": A}, 400, "Missing FQDN"),
                ({"fqdn": ""}, 400, "Missing FQDN"),
                ({"fqdn": None, "ip": A}, 400, "Missing FQDN"),
                ({"fqdn": "nobody.example.com", "ip": A}, 401, "Unauthorized"),
                ({"fqdn": OTHER, "ip": A}, 401, "Unauthorized"),
                ({"fqdn": HOST, "ip": A, "type": "TXT"}, 400, "Invalid type"),
                ({"fqdn": HOST, "ip": A, "type": "MX"}, 400, "Invalid type"),
                ({"fqdn": HOST, "ip": "192.0.2.256"}, 400, "Invalid IP"),
                ({"fqdn": HOST, "ip": "192.0.2.1 "}, None, None),
                ({"fqdn": HOST, "ip": "192.0.2.01"}, 400, "Invalid IP"),
                ({"fqdn": HOST, "ip": "home"}, 400, "Invalid IP"),
                ({"fqdn": HOST, "ip": "2001:db8::g", "type": "AAAA"}, 400, "Invalid IP"),
                ({"fqdn": HOST, "ip": "fe80::1%eth0", "type": "AAAA"}, 400, "Invalid IP"),
                ({"fqdn": HOST, "ip": A_V6}, 400, "IP version mismatch"),
                ({"fqdn": HOST, "ip": A, "type": "AAAA"}, 400, "IP version mismatch")):
            if status:
                box.refused(box.update(key=key, **document), status, error)
        box.refused(box.update(fqdn=OTHER, ip=A), 403, "FQDN not allowed")
        for wrong in (key[:-1], key + "x", key.swapcase(), "", "\u00ff".encode().decode("latin-1")):
            field = {"X-Pre-Shared-Key": wrong} if wrong else {}
            box.refused(box.update(key="", headers=field, fqdn=HOST, ip=A), 401, "Unauthorized")
        box.untouched()


@scenario
def bodies_that_are_none():
    """What is no document at all is missing its name, or a bad request; never a crash."""
    with Box() as box:
        fields = {"X-Pre-Shared-Key": box.keys()[HOST], "Content-Type": "application/json"}
        for body in (b"", b"{", b"[]", b"null", b"42", b'"x"', b"\xff\xfe", b'{"fqdn":42}',
                     b'{"fqdn":["home.example.com"]}', b'{"fqdn":{"a":1}}', b"[" * 5000,
                     b'{"a":' * 2000 + b"1" + b"}" * 2000):
            answer = box.ask("POST", "/update", fields, body)
            true(f"status for {body[:40]!r}", answer.status in (400, 401), answer)
            true("an error is told", answer.document["error"], answer)
        for document in ({"fqdn": HOST, "ip": 42}, {"fqdn": HOST, "ip": ["192.0.2.1"]},
                         {"fqdn": HOST, "ip": A, "type": 1}):
            answer = box.ask("POST", "/update", fields, json.dumps(document).encode())
            equal(f"status for {document}", answer.status, 400)
        box.untouched()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def names_that_are_none():
    """Names that could be something else in a path or a log are refused or unknown."""
    with Box() as box:
        key = box.keys()[HOST]
        for name in ("../zones", "a b.example.com", "home.exa\nmple.com", "home.example.com/../x",
                     "home.example.com?x", "%2e%2e", "\u0000", "x" * 300, ".".join("ab" * 200),
                     "h\u00f6me.example.com", "home..example.com", ".home.example.com"):
            answer = box.update(key=key, fqdn=name, ip=A)
            true(f"status for {name!r}", answer.status in (400, 401, 403), answer)
        box.untouched()
        true("a line is forged", not any(one.startswith("/../x") for one in box.service.said()))


@scenario
def nothing_allowed():
    """Without ALLOWED_FQDNS nothing is ever updated."""
    for allowed in (None, "", " , "):
        with Box(ALLOWED_FQDNS=allowed) as box:
            box.refused(box.update(fqdn=HOST, ip=A), 500, "backend not configured for updates")
            box.untouched()


@scenario
def no_token():
    """Without HETZNER_TOKEN it says so at start and in every answer."""
    with Box(HETZNER_TOKEN=None) as box:
        box.service.wait_for("(?i)not configured|HETZNER_TOKEN")
        answer = box.update(fqdn=HOST, ip=A)
        equal("status", answer.status, 500)
        true("Backend not configured", "Backend not configured" in answer.text, answer)
        answer = box.nic(hostname=HOST, myip=A)
        true("a good answer", answer.status == 500 or answer.lines == ["911"], answer)
        true("it says good", "good" not in answer.text, answer)
        box.untouched()


@scenario
def basic_for_all():
    """With BASIC_AUTH_* one user may update every host, and the keys still serve."""
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=BASIC_PASSWORD) as box:
        good = basic(BASIC_USER, BASIC_PASSWORD)
        box.did(box.update(key="", headers=good, fqdn=HOST, ip=A), "created", A)
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        box.did(box.update(key="wrong", headers=good, fqdn=OTHER, ip=A), "created", A,
                key="example.com/office/A")
        lower = {"Authorization": good["Authorization"].replace("Basic", "bASIC")}
        box.did(box.update(key="", headers=lower, fqdn=HOST, ip=C), "updated", C)
        for bad in (basic(BASIC_USER, "x"), basic("x", BASIC_PASSWORD), basic("", ""),
                    {"Authorization": "Basic"}, {"Authorization": "Basic !!!"},
                    {"Authorization": "Bearer " + BASIC_PASSWORD.encode().hex()}):
            box.refused(box.update(key="", headers=bad, fqdn=HOST, ip=A), 401, "Unauthorized")
        box.refused(box.update(key="", headers=good, fqdn="x.example.com", ip=A), 403,
                    "FQDN not allowed")


@scenario
def basic_only_when_asked_for():
    """Without BASIC_AUTH_*, or with half of it, nobody gets in that way."""
    for given in ({}, {"BASIC_AUTH_USERNAME": BASIC_USER}, {"BASIC_AUTH_PASSWORD": BASIC_PASSWORD},
                  {"BASIC_AUTH_USERNAME": "", "BASIC_AUTH_PASSWORD": ""}):
        with Box(**given) as box:
            for user, password in ((BASIC_USER, BASIC_PASSWORD), ("", ""), (BASIC_USER, ""),
                                   ("", BASIC_PASSWORD)):
                answer = box.update(key="", headers=basic(user, password), fqdn=HOST, ip=A)
                box.refused(answer, 401, "Unauthorized")
            box.untouched()


@scenario
def other_paths_and_methods():
    """Unknown paths are 404, other methods 405; nobody needs a key to be told so."""
    with Box() as box:
        for method, path, status in (
                ("GET", "/", 404), ("GET", "/update/", 404), ("POST", "/nic", 404),
                ("GET", "/health", 404), ("POST", "/Update", 404), ("GET", "/update", 405),
                ("PUT", "/update", 405), ("DELETE", "/nic/update", 405), ("PATCH", "/update", 405)):
            equal(f"{method} {path}", box.ask(method, path).status, status)
        box.untouched()


@scenario
def head_of_answers():
    """HTTP/1.0 and 1.1, a connection that stays open, and requests one behind the other."""
    with Box() as box:
        fields = {"Content-Type": "application/json", "X-Pre-Shared-Key": box.keys()[HOST]}
        stays = fields | {"Connection": "keep-alive"}
        every = b""
        for number, address in enumerate((A, B, C)):
            body = json.dumps({"fqdn": HOST, "ip": address}).encode()
            every += composed("POST", "/update", fields if number == 2 else stays, body)
        answers = box.send(every)
        equal("answers", [one.document for one in answers],
              [{"status": "created", "ip": A}, {"status": "updated", "ip": B},
               {"status": "updated", "ip": C}])
        body = json.dumps({"fqdn": HOST, "ip": C}).encode()
        answers = box.send(composed("POST", "/update", fields, body, version="1.0"))
        equal("by HTTP/1.0", [one.status for one in answers], [200])
