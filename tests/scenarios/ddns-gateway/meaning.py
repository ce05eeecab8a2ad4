"""Scenarios of names, texts and lines that are spelt in one way and mean what another one does."""

from box import Box
from checks import equal, scenario, true
from upstreams import CF_TOKEN, DEFAULT_LINE, NAMES, form

OLD, NEW = "192.0.2.5", "192.0.2.77"
IDN = "xn--bcher-kva.example"
LINES = {"aliyun": ("default", "telecom", "unicom"), "tencent": (DEFAULT_LINE, "电信", "境外")}


@scenario
def idn_zone():
    """A zone whose name the API shows in Unicode, and its records, which it showed so once."""
    with Box() as box:
        box.upstreams.put("cloudflare", zones=[IDN], accounts={CF_TOKEN: [IDN]})
        for settings in ({}, {"unicode_records": True}):
            box.upstreams.put("cloudflare", settings=settings, records=[])
            box.done("created", "cloudflare", zone=IDN)
            box.done("unchanged", "cloudflare", zone=IDN)
            box.done("updated", "cloudflare", zone=IDN, value=OLD, previous=NEW)
            equal("records", len(box.upstreams.records("cloudflare")), 1)
        message = box.update("cloudflare", zone="Bücher.example").expect_error(422)
        true("the form to write", message.endswith(": " + IDN), message)


@scenario
def record_with_its_zone():
    """The whole name as record: refused in words before anybody is asked."""
    with Box() as box:
        for name in NAMES:
            for record, below in (("home.example.com", "home"), ("example.com", "@")):
                message = box.update(name, record).expect_error(422)
                true("what to write", message.endswith(f"the name below the zone: {below}"),
                     message)
        equal("calls", box.upstreams.calls(), [])


@scenario
def quoted_texts():
    """A text in quotes from end to end is character-strings, and is not quoted again."""
    with Box() as box:
        for name in NAMES:
            for text, strings, plain in (
                    ('"v=spf1 -all"', '"v=spf1 -all"', "v=spf1 -all"),
                    ('"aaa" "bbb"', '"aaa" "bbb"', "aaabbb")):
                box.upstreams.put(name, records=[])
                box.done("created", name, "_dkim", "TXT", text)
                equal("value", box.upstreams.values(name),
                      [strings if name == "cloudflare" else plain])
                for same in (text, plain, f'"{plain}"'):
                    box.done("unchanged", name, "_dkim", "TXT", same)
                box.done("updated", name, "_dkim", "TXT", "another", previous=plain)
            # One that was quoted once too often is put right.
            box.upstreams.have(name, "_dkim", "TXT", r'"\"v=spf1 -all\""')
            box.done("updated", name, "_dkim", "TXT", '"v=spf1 -all"', previous='"v=spf1 -all"')
            box.done("unchanged", name, "_dkim", "TXT", "v=spf1 -all")
            box.update(name, "_dkim", "TXT", '"a" b "c"').expect_error(422, "begins and ends")


def on_lines(box, name, *lines, **fields):
    """The provider holds a record at home on each of these lines."""
    records = [form(name, "home", "A", f"198.51.100.{number}", Line=line, **fields)
               for number, line in enumerate(lines, 1)]
    box.upstreams.put(name, records=records)


@scenario
def lines():
    """Of records on several lines the default line's is managed, else the only one."""
    with Box() as box:
        for name, (default, first, second) in LINES.items():
            on_lines(box, name, first, default, second)
            box.done("updated", name, previous="198.51.100.2")
            equal("values", box.upstreams.values(name), ["198.51.100.1", NEW, "198.51.100.3"])
            box.done("unchanged", name)
            on_lines(box, name, first)
            box.done("updated", name, previous="198.51.100.1")
            record, = box.upstreams.records(name)
            equal("line", record["Line"], first)
            on_lines(box, name, first, second)
            message = box.update(name).expect_error(400)
            head = ("Multiple records (2) found for home.example.com A. Please manually clean up "
                    "duplicate records.")
            true("words of the seed", message.startswith(head), message)
            true("lines", first in message and second in message, message)
            on_lines(box, name, default, default, first)
            box.update(name).expect(400, head)
            equal("values", len(set(box.upstreams.values(name))), 3)


@scenario
def paused():
    """A paused record is updated and stays paused, with a warning each time."""
    with Box() as box:
        for name, status in (("aliyun", "DISABLE"), ("aliyun", "Disable"), ("tencent", "DISABLE")):
            box.upstreams.have(name, "home", "A", OLD, Status=status)
            for action, previous in (("updated", OLD), ("unchanged", None)):
                found = box.done(action, name, previous=previous)
                true("a warning", "paused" in str(found["warnings"]), found)
            record, = box.upstreams.records(name)
            equal("record", (record["Value"], record["Status"]), (NEW, status))


@scenario
def specific_words():
    """What the API says of the cause is told, and what comes in place of a document."""
    with Box() as box:
        chain = [{"code": 9300, "message": "DNS record has 1 tags, exceeding the quota of 0."}]
        box.upstreams.misbehave("cloudflare", "error", "POST records", code=1004,
                                message="DNS Validation Error", error_chain=chain)
        box.update("cloudflare").expect_error(
            400, "DNS Validation Error (code: 1004): DNS record has 1 tags")
        box.upstreams.behave()
        for name in NAMES:
            box.upstreams.misbehave(name, "answer", status=403, body="error code: 1034")
            box.update(name).expect_error(502, "error code: 1034")
