"""Scenarios of what comes of an update at each of the three providers."""

import json

from box import Box
from checks import equal, scenario, true
from signing import decoded_query
from upstreams import CREDENTIALS, DEFAULT_LINE, LOOKS, NAMES, OTHER_ZONE, ZONE, form

OLD, NEW = "192.0.2.5", "192.0.2.77"
VALUE_KEY = {"cloudflare": "content", "aliyun": "Value", "tencent": "Value"}
TTL_KEY = {"cloudflare": "ttl", "aliyun": "TTL", "tencent": "TTL"}
COMMENT_KEY = {"cloudflare": "comment", "aliyun": "Remark", "tencent": "Remark"}
ID_KEY = {"cloudflare": "id", "aliyun": "RecordId", "tencent": "RecordId"}
# What a zone's owner may have set by hand, which no update may touch.
OWN = {"cloudflare": {"proxied": True, "tags": ["owner:me"], "comment": "by hand", "ttl": 1,
                      "settings": {"ipv4_only": True}},
       "aliyun": {"Line": "telecom", "Remark": "by hand", "TTL": 900},
       "tencent": {"Line": "电信", "LineId": "10=0", "Remark": "by hand", "TTL": 900,
                   "Weight": 7, "Status": "DISABLE", "MX": 0}}


def comment_of(name, record):
    """The comment, or None where there is none."""
    return record.get(COMMENT_KEY[name]) or None


def request_of(call):
    """The fields of a write."""
    return decoded_query(call.query) if call.provider == "aliyun" else json.loads(call.body)


def check_metadata(name, found, record):
    """The record's number stands in the answer, and what leads to the provider's own log."""
    metadata = found["provider_metadata"]
    equal("record_id", metadata["record_id"], str(record[ID_KEY[name]]))
    if name == "cloudflare":
        true("zone_id", len(metadata["zone_id"]) == 32, metadata)
        equal("keys of extra", list(metadata["extra"]), ["cf_ray"])
        true("cf_ray", metadata["extra"]["cf_ray"].endswith("-TPE"), metadata)
    else:
        true("request_id", "0000-" in metadata["request_id"], metadata)


@scenario
def create():
    """No record: one is made with the provider's own ttl, and all of the answer is right."""
    with Box() as box:
        for name in NAMES:
            found = box.done("created", name)
            record, = box.upstreams.records(name)
            equal("value", record[VALUE_KEY[name]], NEW)
            equal("ttl", record[TTL_KEY[name]], 1 if name == "cloudflare" else 600)
            equal("comment", comment_of(name, record), None)
            equal("warnings", found["warnings"], [])
            check_metadata(name, found, record)
            equal("writes", len(box.upstreams.writes(name)), 1)
            if name == "tencent":
                equal("line", record["Line"], DEFAULT_LINE)
            if name == "cloudflare":
                equal("proxied", record["proxied"], False)


@scenario
def create_with_all():
    """A new record with ttl and comment gets both."""
    with Box() as box:
        for name in NAMES:
            found = box.done("created", name, ttl=1200, comment="Grüße & <1> 默认")
            record, = box.upstreams.records(name)
            equal("ttl", (record[TTL_KEY[name]], found["data"].get("ttl")), (1200, 1200))
            equal("comment", comment_of(name, record), "Grüße & <1> 默认")
            equal("warnings", found["warnings"], [])
            equal("writes", len(box.upstreams.writes(name)), 2 if name == "aliyun" else 1)


@scenario
def update():
    """Another value: it is changed in one write, and the answer has the one before."""
    with Box() as box:
        for name in NAMES:
            before, = box.upstreams.have(name, "home", "A", OLD)
            found = box.done("updated", name, previous=OLD)
            record, = box.upstreams.records(name)
            equal("the record", record, before | {VALUE_KEY[name]: NEW})
            equal("ttl told", found["data"].get("ttl"), before[TTL_KEY[name]])
            check_metadata(name, found, record)
            equal("writes", len(box.upstreams.writes(name)), 1)


@scenario
def update_keeps_the_rest():
    """What the zone's owner has set stays: proxied, tags, line, remark, weight, status, ttl."""
    with Box() as box:
        for name in NAMES:
            before, = box.upstreams.have(name, "home", "A", OLD, **OWN[name])
            box.done("updated", name, previous=OLD)
            record, = box.upstreams.records(name)
            equal("the record", record, before | {VALUE_KEY[name]: NEW})
            if name == "cloudflare":
                call, = box.upstreams.writes(name)
                equal("fields of the patch", set(request_of(call)) - {"ttl"}, {"content"})


@scenario
def unchanged():
    """The same value: nothing is written, whatever ttl and comment the record has."""
    with Box() as box:
        for name in NAMES:
            before, = box.upstreams.have(name, "home", "A", NEW, **OWN[name])
            found = box.done("unchanged", name)
            check_metadata(name, found, before)
            equal("ttl told", found["data"].get("ttl"), before[TTL_KEY[name]])
            box.done("unchanged", name, comment="by hand")
            box.done("unchanged", name, ttl=before[TTL_KEY[name]])
            equal("writes", box.upstreams.writes(name), [])
            equal("the record", box.upstreams.records(name), [before])


@scenario
def ttl_alone():
    """The same value and another ttl: only the ttl changes."""
    with Box() as box:
        for name in NAMES:
            before, = box.upstreams.have(name, "home", "A", NEW, **OWN[name] | (
                {"proxied": False} if name == "cloudflare" else {}))
            found = box.done("updated", name, ttl=1200, previous=NEW)
            equal("ttl told", found["data"]["ttl"], 1200)
            record, = box.upstreams.records(name)
            equal("the record", record, before | {TTL_KEY[name]: 1200})
            equal("writes", len(box.upstreams.writes(name)), 1)


@scenario
def comment_alone():
    """The same value and another comment: only the comment changes."""
    with Box() as box:
        for name in NAMES:
            before, = box.upstreams.have(name, "home", "A", NEW, **OWN[name])
            box.done("updated", name, comment="another", previous=NEW)
            record, = box.upstreams.records(name)
            equal("the record", record, before | {COMMENT_KEY[name]: "another"})
            calls = box.upstreams.writes(name)
            equal("writes", len(calls), 1)
            if name == "aliyun":
                # UpdateDomainRecord with nothing new in it would be refused.
                equal("action", calls[0].action, "UpdateDomainRecordRemark")


@scenario
def everything_at_once():
    """Value, ttl and comment together, on a record with its own line."""
    with Box() as box:
        for name in NAMES:
            own = OWN[name] | ({"proxied": False} if name == "cloudflare" else {})
            before, = box.upstreams.have(name, "home", "A", OLD, **own)
            box.done("updated", name, ttl=1200, comment="another", previous=OLD)
            record, = box.upstreams.records(name)
            equal("the record", record, before | {
                VALUE_KEY[name]: NEW, TTL_KEY[name]: 1200, COMMENT_KEY[name]: "another"})


@scenario
def several():
    """Several records of one name and type: 400 with the seed's words, and nothing is written."""
    with Box() as box:
        for name in NAMES:
            for record, whole in (("home", "home." + ZONE), ("@", ZONE)):
                values = ("192.0.2.1", "192.0.2.2", NEW)
                before = box.upstreams.have(name, record, "A", *values)
                box.update(name, record).expect(
                    400, f"Multiple records (3) found for {whole} A. Please manually clean up "
                    "duplicate records.")
                equal("records", box.upstreams.records(name), before)
                equal("writes", box.upstreams.writes(name), [])


@scenario
def neighbours():
    """Records of like names, of other types and of other zones are not taken for it."""
    with Box() as box:
        for name in NAMES:
            kept = []
            for record in ("xhome", "home2", "a.home", "hom", "@"):
                kept += box.upstreams.have(name, record, "A", OLD)
            kept += box.upstreams.have(name, "home", "AAAA", "2001:db8::5")
            kept += box.upstreams.have(name, "home", "TXT", "words")
            kept += box.upstreams.have(name, "home", "A", OLD, zone=OTHER_ZONE)
            box.upstreams.put(name, records=kept)
            kept = box.upstreams.records(name)
            box.done("created", name)
            box.done("updated", name, value="192.0.2.99", previous=NEW)
            box.done("unchanged", name, value="192.0.2.99")
            equal("the others", box.upstreams.records(name)[:-1], kept)


@scenario
def pages():
    """A record that does not stand on the first page of a long list is found all the same."""
    with Box() as box:
        # Without an exact search these would be in the way.
        for name in NAMES:
            records = []
            for number in range(700):
                records += [(f"home{number}", f"198.51.{number // 250}.{number % 250}")]
            box.upstreams.put(name, records=[form(name, record, "A", value)
                                             for record, value in records]
                              + [form(name, "home", "A", OLD)])
            box.done("updated", name, previous=OLD)
            equal("records", len(box.upstreams.records(name)), 701)


@scenario
def apex():
    """`@` is the zone itself."""
    with Box() as box:
        for name in NAMES:
            box.done("created", name, "@")
            record, = box.upstreams.records(name)
            equal("name", record.get("name") or record.get("RR") or record.get("Name"),
                  ZONE if name == "cloudflare" else "@")
            box.done("updated", name, "@", value=OLD, previous=NEW)
            box.done("unchanged", name, "@", value=OLD)


@scenario
def deep_names():
    """Several labels, a wildcard and an underscore as record."""
    with Box() as box:
        for name in NAMES:
            for record in ("a.b", "*", "*.dyn", "_dmarc"):
                box.done("created", name, record)
                box.done("unchanged", name, record)


@scenario
def aaaa():
    """IPv6 addresses are compared as addresses, however they are spelt."""
    with Box() as box:
        for name in NAMES:
            box.upstreams.have(name, "home", "AAAA", "2001:0db8:0:0:0:0:0:0001")
            box.done("unchanged", name, kind="AAAA", value="2001:db8::1")
            box.done("updated", name, kind="AAAA", value="2001:db8::2",
                     previous="2001:0db8:0:0:0:0:0:0001")
            equal("value", box.upstreams.values(name), ["2001:db8::2"])


@scenario
def cname():
    """Names are compared without case and without the dot at the end."""
    with Box() as box:
        for name in NAMES:
            for spelt in ("Target.Example.net.", "Target.Example.net"):
                box.upstreams.have(name, "www", "CNAME", spelt)
                box.done("unchanged", name, "www", "CNAME", "target.example.net")
            box.done("updated", name, "www", "CNAME", "other.example.net",
                     previous=spelt)
            equal("value", box.upstreams.values(name)[0].rstrip("."), "other.example.net")
            box.done("unchanged", name, "www", "CNAME", "OTHER.example.net.",
                     shows="other.example.net")


TEXTS = ("v=spf1 include:example.net ~all", 'with "quotes" and \\ backslash', "plain", "a;b",
         "Grüße", "x" * 300, " blanks  inside ".strip())


@scenario
def txt():
    """Texts go there and back as they are, with quotes, backslashes and more than 255 bytes."""
    with Box() as box:
        for name in NAMES:
            previous = None
            for text in TEXTS:
                action = "updated" if previous is not None else "created"
                box.done(action, name, "_acme", "TXT", text, previous=previous)
                if name != "cloudflare":
                    equal("value", box.upstreams.values(name), [text])
                box.done("unchanged", name, "_acme", "TXT", text)
                previous = text
        equal("strings", box.upstreams.values("cloudflare"), ['"blanks  inside"'])


@scenario
def comment_partial():
    """Aliyun's remark call fails after the record was made: success with a warning."""
    with Box() as box:
        box.upstreams.misbehave("aliyun", "error", "UpdateDomainRecordRemark",
                                code="Forbidden.RAM", message="User not authorized to operate.",
                                status=403)
        for action, value, previous in (("created", NEW, None), ("updated", OLD, NEW)):
            found = box.done(action, "aliyun", value=value, comment="words", previous=previous)
            equal("codes", [one["code"] for one in found["warnings"]], ["comment_partial"])
            equal("record", box.upstreams.values("aliyun"), [value])
        box.upstreams.behave()
        found = box.done("updated", "aliyun", value=OLD, comment="words", previous=OLD)
        equal("warnings", found["warnings"], [])
        equal("remark", box.upstreams.records("aliyun")[0].get("Remark"), "words")


@scenario
def zone_is_remembered():
    """Cloudflare's number of a zone is looked up once for a token, and not for another token."""
    with Box() as box:
        box.done("created", "cloudflare")
        for number in range(3):
            box.done("updated", "cloudflare", value=f"192.0.2.{number + 1}",
                     previous=f"192.0.2.{number}" if number else NEW)
        box.done("created", "cloudflare", "other")
        looked = [one for one in box.upstreams.calls() if one.action == "GET zones"]
        equal("look-ups of the zone", len(looked), 1)
        blind = CREDENTIALS["cloudflare"].replace("cf-token", "cf-tokem")
        box.update("cloudflare", credentials=blind).expect_error(400, "Invalid access token")


@scenario
def zone_came_anew():
    """A zone that was removed and came back has another number: found in the same request or next.
    """
    with Box() as box:
        box.done("created", "cloudflare")
        box.upstreams.misbehave("cloudflare", "error", "GET records", times=1, code=7003,
                                message="Could not route to /zones/x, perhaps your object "
                                "identifier is invalid?", status=404)
        first = box.update("cloudflare")
        if first.status != 200:
            first.expect_error(400, "Could not route")
        box.done("unchanged", "cloudflare")
        looked = [one for one in box.upstreams.calls() if one.action == "GET zones"]
        true("the number is not looked up again", len(looked) >= 2, looked)


@scenario
def look_before_write():
    """Each request looks first: what the owner changed by hand meanwhile is not overlooked."""
    with Box() as box:
        for name in NAMES:
            box.done("created", name)
            box.upstreams.have(name, "home", "A", OLD)
            box.done("updated", name, previous=OLD)
            box.upstreams.put(name, records=[])
            box.done("created", name)
            looks = [one for one in box.upstreams.calls(name) if one.action == LOOKS[name]]
            true("looks", len(looks) >= 3, looks)
