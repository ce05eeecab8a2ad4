"""Scenarios of zones: the longest that fits, the apex, many pages, lists that are old or unread."""

import json
import time
from urllib.parse import parse_qsl

from box import A, B, C, HOST, OTHER, Box
from checks import equal, scenario, took, true

APEX, DEEP = "example.com", "a.b.home.example.com"
LIST = "^GET /v1/zones(\\?|$)"


def lists(box):
    """How often the zones were listed since this was last asked; further pages do not count."""
    count = 0
    for one in box.asked():
        path, _, query = one.partition("?")
        if path == "GET /v1/zones" and dict(parse_qsl(query)).get("page", "1") == "1":
            count += 1
    return count


@scenario
def longest_zone():
    """Of several zones that fit the longest is the one; a label is never cut in two."""
    zones = {"com": {}, "example.com": {}, "home.example.com": {}, "ome.example.com": {},
             "b.example.com": {}}
    with Box(zones=zones, hosts=(DEEP, OTHER)) as box:
        box.did(box.update(fqdn=DEEP, ip=A), "created", A, key="home.example.com/a.b/A")
        box.did(box.update(fqdn=OTHER, ip=A), "created", A, key="example.com/office/A")
    with Box(zones={"ffice.example.com": {}, "office.example.com.au": {}}, hosts=(OTHER,)) as box:
        box.refused(box.update(fqdn=OTHER, ip=A), 404, "Zone not found")


@scenario
def apex():
    """The zone itself has an address, too, by both ways in."""
    with Box({"@/A": [C], "www/A": [C]}, hosts=(APEX,)) as box:
        box.did(box.update(fqdn=APEX, ip=A), "updated", A, key="example.com/@/A")
        box.told(box.nic(hostname=APEX, myip=B), f"good {B}")
        equal("apex", box.hetzner.values("example.com/@/A"), [B])
        equal("www", box.hetzner.values("example.com/www/A"), [C])


@scenario
def many_zones():
    """The zone is found on whatever page it is."""
    zones = {f"z{number:03}.example.net": {} for number in range(130)} | {"example.com": {}}
    with Box(zones=zones) as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.did(box.update(fqdn=OTHER, ip=A), "created", A, key="example.com/office/A")


@scenario
def list_is_kept():
    """The zones are listed once for all hosts while ZONE_CACHE_TTL lasts."""
    with Box(REQUEST_CACHE_TTL="0") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        equal("lists", lists(box), 1)
        box.did(box.update(fqdn=OTHER, ip=A), "created", A, key="example.com/office/A")
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        equal("lists", lists(box), 0)


@scenario
def list_grows_old():
    """After ZONE_CACHE_TTL the zones are listed again, so that a longer one is seen."""
    with Box(hosts=(DEEP,), REQUEST_CACHE_TTL="0", ZONE_CACHE_TTL="2") as box:
        box.did(box.update(fqdn=DEEP, ip=A), "created", A, key="example.com/a.b.home/A")
        box.hetzner.zones({"example.com": {}, "home.example.com": {}})
        box.did(box.update(fqdn=DEEP, ip=A), "created", A, key="example.com/a.b.home/A")
        time.sleep(2.2)
        box.did(box.update(fqdn=DEEP, ip=A), "created", A, key="home.example.com/a.b/A")


@scenario
def list_read_again():
    """Where no zone fits the list is read again, once; then the zone is really not there."""
    with Box(zones={"example.net": {}}) as box:
        box.refused(box.update(fqdn=HOST, ip=A), 404, "Zone not found")
        true("lists", 1 <= lists(box) <= 2)
        box.refused(box.update(fqdn=HOST, ip=A), 404, "Zone not found")
        equal("lists", lists(box), 1)
        box.hetzner.zones({"example.com": {}})
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def old_list_serves():
    """The old list is used when no new one can be had."""
    with Box(REQUEST_CACHE_TTL="0", ZONE_CACHE_TTL="1") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        for fault in ({"do": "reply", "status": 500}, {"do": "close"}, {"do": "cut"},
                      {"do": "raw", "text": "\x00garbage\r\n\r\n"},
                      {"do": "reply", "status": 200, "body": "<html>"},
                      {"do": "reply", "status": 200, "body": "{}"}):
            time.sleep(1.1)
            box.hetzner.fault(when=LIST, **fault)
            answer = box.update(fqdn=HOST, ip=A)
            equal(f"with {fault}", (answer.status, answer.text), (200, answer.text))


old_list_serves.seconds = 12


@scenario
def no_list_at_all():
    """Without any list it is a failure of Hetzner's and not a zone that is missing."""
    with Box() as box:
        for fault in ({"do": "reply", "status": 500}, {"do": "close"},
                      {"do": "reply", "status": 200, "body": "<html>"},
                      {"do": "reply", "status": 200, "body": json.dumps({"zones": None})}):
            box.hetzner.fault(when=LIST, **fault)
            answer = box.update(fqdn=HOST, ip=A)
            equal(f"with {fault}", (answer.status, answer.text), (500, answer.text))
            true("detail", answer.document.get("detail"), answer)
        box.hetzner.well()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def no_zones_at_all():
    """An account without zones."""
    with Box() as box:
        box.hetzner.zones({})
        box.refused(box.update(fqdn=HOST, ip=A), 404, "Zone not found")
        true("nohost or dnserr", box.nic(hostname=HOST, myip=A).lines[0] in ("nohost", "dnserr"))


@scenario
def zone_vanishes():
    """A zone that is in the list and no longer at Hetzner is not found, and found when back."""
    with Box(REQUEST_CACHE_TTL="0") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.hetzner.zones({})
        answer = box.update(fqdn=HOST, ip=B)
        true("not found or failed", answer.status in (404, 500), answer)
        box.hetzner.zones({"example.com": {}})
        box.did(box.update(fqdn=HOST, ip=B), "created", B)


@scenario
def secondary_zone():
    """A zone that is only copied to Hetzner is none that can be written."""
    with Box(zones={"example.com": {"mode": "secondary"}}) as box:
        answer = box.update(fqdn=HOST, ip=A)
        true("its words, or no such zone", "primary mode" in answer.text
             or answer.document == {"error": "Zone not found"}, answer)


@scenario
def endless_pages():
    """A list whose pages never end is given up."""
    page = json.dumps({"zones": [], "meta": {"pagination": {
        "page": 1, "per_page": 50, "previous_page": None, "next_page": 2, "last_page": 99999,
        "total_entries": 5000000}}})
    with Box() as box:
        box.hetzner.fault("reply", when=LIST, status=200, body=page)
        began = time.monotonic()
        answer = box.update(fqdn=HOST, ip=A)
        true("an answer", answer.status in (404, 500), answer)
        took("seconds", time.monotonic() - began, 0, 60)
        true("requests", len(box.hetzner.every_call()) < 500, len(box.hetzner.every_call()))
        box.hetzner.well()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
