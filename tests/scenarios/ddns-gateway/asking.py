"""Scenarios of the parameters: what is asked for, how it is written, and what is refused."""

import json

from box import Box, query
from checks import equal, scenario, true
from upstreams import ADDRESS_FIELDS as FIELDS, CREDENTIALS, ZONE

SECRET = {"X-Upstream-Authorization": CREDENTIALS["cloudflare"]}
JSON = SECRET | {"Content-Type": "application/json"}
REQUIRED = ("provider", "zone", "record", "type", "value")


def with_fields(**more):
    """The fields of a good request, some of them changed; None: left out."""
    fields = FIELDS | more
    return {key: value for key, value in fields.items() if value is not None}


@scenario
def missing_fields():
    """Each field that is missing is named, in the order of the seed's table."""
    with Box() as box:
        for post in (False, True):
            for name in REQUIRED:
                box.raw_update(with_fields(**{name: None}), post).expect(
                    422, f"Missing required fields: {name}")
            box.raw_update({}, post).expect(
                422, "Missing required fields: " + ", ".join(REQUIRED))
            box.raw_update(with_fields(zone=None, value=None), post).expect(
                422, "Missing required fields: zone, value")
        box.raw_update(with_fields(zone="", value="")).expect(
            422, "Missing required fields: zone, value")
        box.raw_update({**FIELDS, "value": None}, True).expect(
            422, "Missing required fields: value")
        box.ask("GET", "/update", SECRET).expect_error(422, "Missing required fields: provider")
        equal("requests", box.upstreams.calls(), [])


INVALID = {
    "provider": ("nobody", "Cloud flare", "hetzner"),
    "type": ("MX", "NS", "A AAAA", "*"),
    "zone": ("exa mple.com", ".", "-", "example..com", "a" * 64 + ".com", "x." * 140 + "com"),
    "record": ("ho me", "a..b", "a" * 64, "home/"),
    "value": ("1.2.3", "1.2.3.256", "2001:db8::1", "localhost", "0x7f.1", "1.2.3.4/32", "01.2.3.4"),
    "ttl": ("0", "-1", "86401", "x", "1.5", "1e3", "99999999999999999999", "0x10"),
    "comment": ("x" * 501, "ü" * 501),
}


@scenario
def invalid_fields():
    """Each field that is wrong is named with its reason, and nobody is asked."""
    with Box() as box:
        for post in (False, True):
            for name, values in INVALID.items():
                for value in values:
                    reply = box.raw_update(with_fields(**{name: value}), post)
                    true(f"status for {name} {value[:40]!r}", reply.status == 422, reply)
                    reply.expect_error(422, f"Invalid fields: {name}: ")
        equal("requests", box.upstreams.calls(), [])


@scenario
def missing_and_invalid():
    """Fields that are missing and fields that are wrong are told in one message."""
    with Box() as box:
        for post in (False, True):
            message = box.raw_update(with_fields(zone=None, ttl="x"), post).expect_error(422)
            true("both", message.startswith("Missing required fields: zone. Invalid fields: ttl: "),
                 message)
            message = box.raw_update(with_fields(type="MX", ttl="x"), post).expect_error(
                422, "type: ", "ttl: ")
            true("missing", "Missing" not in message, message)


@scenario
def values_by_type():
    """A value is checked against the type of the record."""
    with Box() as box:
        for kind, values in {
                "A": ("::1", "home.example.com", "text"),
                "AAAA": ("192.0.2.1", "2001:db8::g", "fe80::1%eth0", "text", "1::2::3"),
                "CNAME": ("exa mple.com", "a..b", "x" * 64 + ".com", ".")}.items():
            for value in values:
                box.raw_update(with_fields(type=kind, value=value)).expect_error(
                    422, "Invalid fields: value: ")
        box.done("created", "cloudflare", kind="AAAA", value="2001:DB8:0:0::1",
                 shows="2001:db8::1")
        equal("value", box.upstreams.values("cloudflare"), ["2001:db8::1"])
        box.done("unchanged", "cloudflare", kind="AAAA", value="2001:db8::1")


@scenario
def types_in_json():
    """Values of another JSON type: a ttl may be a number or digits; the rest is text."""
    with Box() as box:
        for name, value in (("zone", 5), ("zone", ["example.com"]), ("record", {"a": 1}),
                            ("value", True), ("ttl", True), ("ttl", [600]), ("ttl", {}),
                            ("ttl", 600.5), ("comment", 5), ("provider", 1), ("type", False),
                            ("ttl", 1e300), ("ttl", -0.1)):
            text = json.dumps(with_fields(**{name: value}))
            box.ask("POST", "/update", JSON, text).expect_error(422, f"{name}: ")
        equal("requests", box.upstreams.calls(), [])
        for ttl in (600, "600"):
            box.raw_update(with_fields(ttl=ttl), True).expect(200)
        equal("ttl", box.upstreams.records("cloudflare")[0]["ttl"], 600)


@scenario
def empty_options():
    """A ttl or comment that is null is as one not given at all; an empty ttl at most is refused."""
    with Box() as box:
        box.upstreams.have("cloudflare", "home", "A", FIELDS["value"], ttl=700, comment="mine")
        for fields in ({**FIELDS, "ttl": None}, {**FIELDS, "comment": None}):
            reply = box.raw_update(fields, True)
            equal(f"action of {reply}", reply.document().get("action"), "unchanged")
        reply = box.raw_update(FIELDS | {"ttl": ""})
        true("status", reply.status in (200, 422), reply)
        equal("the record's ttl", box.upstreams.records("cloudflare")[0]["ttl"], 700)


@scenario
def bad_json():
    """A body that is no JSON object: 422, or 400, with a message and without an echo."""
    with Box() as box:
        bodies = ("", "{", "[]", "null", '"x"', "5", "{'a':1}", '{"provider":"cloudflare"',
                  '{"a":1}}', "\0", b"\xff\xfe{}", b'{"zone":"\xff"}', '{"zone":"\\ud800"}',
                  '{"a":' * 1000, "[" * 10000, '{"a":1,}', '{"zone":"a\nb"}', "NaN", "{}{}",
                  "﻿{}".encode(), '{"ttl":' + "9" * 5000 + "}", '{"ttl":1e999999999}')
        for body in bodies:
            reply = box.ask("POST", "/update", JSON, body)
            true(f"status for {body[:30]!r}", reply.status in (400, 422), reply)
            reply.expect_error(reply.status)
        box.alive()
        equal("requests", box.upstreams.calls(), [])


@scenario
def names_in_json():
    """Unknown fields are ignored; escapes are read; a field twice does no harm."""
    with Box() as box:
        text = json.dumps(with_fields(comment="Grüße 默认 \U0001f600", unknown=[{"deep": [1]}]))
        equal("escaped", box.ask("POST", "/update", JSON, text).status, 200)
        equal("comment", box.upstreams.records("cloudflare")[0]["comment"],
              "Grüße 默认 \U0001f600")
        text = text[:-1] + ', "value": "192.0.2.99"}'
        true("twice", box.ask("POST", "/update", JSON, text).status in (200, 400, 422))


@scenario
def query_forms():
    """Percent escapes, plus for a blank, UTF-8, unknown names, empty parts, any order."""
    with Box() as box:
        def comment_of(text):
            reply = box.ask("GET", "/update?" + query(FIELDS) + "&comment=" + text, SECRET)
            equal(f"status of {reply}", reply.status, 200)
            return box.upstreams.records("cloudflare")[0]["comment"]
        for text, wanted in (("Hello%20World", "Hello World"), ("Hello+World", "Hello World"),
                             ("a%2Bb", "a+b"), ("a%26b%3Dc", "a&b=c"),
                             ("Gr%C3%BC%C3%9fe", "Grüße"), ("a=b", "a=b"),
                             ("%F0%9F%98%80", "\U0001f600"), ("a;b", "a;b"),
                             ("Hello%20World", "Hello World")):
            equal(text, comment_of(text), wanted)
        shuffled = query(list(FIELDS.items())[::-1])
        for text in (f"&&{shuffled}&", f"{shuffled}&x=y&z", f"x=%41&{shuffled}",
                     shuffled.replace("record", "%72ecord")):
            equal(text, box.ask("GET", "/update?" + text, SECRET).status, 200)


@scenario
def bad_queries():
    """Absurd escapes, bytes that are no UTF-8, NUL, fields twice: a 4xx, and nobody is asked."""
    with Box() as box:
        good = query(with_fields(record=None))
        for text in ("record=%", "record=%4", "record=%zz", "record=%ff%fe", "record=%00",
                     "record=home%00", "record=%c0%ae", "record=ho%0d%0ame", "record=%ed%a0%80",
                     "record=home&record=other", "record=%E2%80%AE", "record=" + "%41" * 300):
            reply = box.ask("GET", f"/update?{good}&{text}", SECRET)
            true(f"status for {text[:40]}", reply.status in (400, 422), reply)
            reply.expect_error(reply.status)
        for text in ("%00", "%ff", "%0a", "a%0d%0aX-Injected:%20b"):
            reply = box.ask("GET", f"/update?{query(FIELDS)}&comment={text}", SECRET)
            true(f"status for comment {text}", reply.status in (400, 422), reply)
        equal("requests", box.upstreams.calls(), [])


@scenario
def names_and_case():
    """Zone, record, provider and type in capitals, with a dot at the end, `@`, and wildcards."""
    with Box() as box:
        box.upstreams.have("cloudflare", "home", "A", FIELDS["value"])
        box.upstreams.new_calls()
        for more in ({"zone": "EXAMPLE.com"}, {"record": "HOME"}, {"zone": "example.com."}):
            reply = box.raw_update(with_fields(**more))
            equal(f"{more}: {reply}", (reply.status, reply.document().get("action")),
                  (200, "unchanged"))
        for record in ("@", "*", "*.sub", "_acme-challenge", "a.b.c", "xn--mnchen-3ya", "1"):
            box.done("created", "cloudflare", record)
            box.done("unchanged", "cloudflare", record)
        names = sorted(one["name"] for one in box.upstreams.records("cloudflare"))
        true("the apex", ZONE in names, names)


@scenario
def limits_of_fields():
    """The least and the greatest that a ttl and a comment can be, counted in characters."""
    with Box() as box:
        box.upstreams.put("cloudflare", settings={"ttl_min": 1, "comment_max": 500})
        for ttl in ("1", "86400", "0600"):
            reply = box.raw_update(with_fields(ttl=ttl))
            true(f"ttl {ttl}", reply.status == 200 or ttl == "0600" and reply.status == 422, reply)
        for comment in ("x" * 500, "ü" * 500, "默" * 500):
            equal("status", box.raw_update(with_fields(comment=comment), True).status, 200)
            equal("comment", box.upstreams.records("cloudflare")[0]["comment"], comment)


@scenario
def get_and_post_alike():
    """The same fields by GET and by POST are the same update."""
    with Box() as box:
        for name in ("cloudflare", "aliyun", "tencent"):
            box.done("created", name, post=True, ttl=600, comment="from RouterOS")
            box.done("unchanged", name, ttl="600", comment="from RouterOS")
            box.done("updated", name, value="192.0.2.99", ttl="700", comment="again",
                     previous="192.0.2.77")
            box.done("unchanged", name, value="192.0.2.99", ttl=700, comment="again", post=True)
