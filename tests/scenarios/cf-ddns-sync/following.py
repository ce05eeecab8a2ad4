"""Scenarios about records following the WANs: first run, cached run, changes, outages, trust."""

from box import NO_ADDRESS, Box, got, records_line
from cloudflare_api import TARGET
from checks import equal, scenario, true
from world import WAN0_LOCAL, WAN0_MOVED, WAN0_PUBLIC, WAN1_PUBLIC

FOUND = [got(WAN0_PUBLIC, "wan0"), got(WAN1_PUBLIC, "wan1")]
# 198.51.100.9 comes before 203.0.113.7.
SORTED = [WAN1_PUBLIC, WAN0_PUBLIC]
SKIPPED = [f"Skipping '{address}'." for address in SORTED]


@scenario
def two_wans_then_cached():
    """Two WANs up: both addresses inserted in one list and one write; run again: no request."""
    with Box() as box:
        box.run().expect(0, FOUND + [records_line(TARGET, [])] +
                         [f"Adding '{address}' to '{TARGET}'." for address in SORTED],
                         ["GET", "POST"])
        for record in box.expect_records(*SORTED):
            equal("ttl, proxied", (record["ttl"], record["proxied"]), (60, False))
        box.expect_cache(*SORTED)
        first = box.cache()
        box.run().expect(0, FOUND + [records_line(TARGET, SORTED, cached=True)] + SKIPPED, [])
        box.run(verbose=False).expect(0, [], [])
        equal("the cache after runs without change", box.cache()["records"], first["records"])


@scenario
def public_address_changes():
    """One WAN gets another public address: one list, one PATCH of the same record."""
    with Box() as box:
        box.run().expect(0)
        before = {one["content"]: one["id"] for one in box.api.records()}
        box.net.move_wan0()
        box.run().expect(0, [
            got(WAN0_MOVED, "wan0"), got(WAN1_PUBLIC, "wan1"),
            records_line(TARGET, SORTED),
            f"Skipping '{WAN1_PUBLIC}'.",
            f"Updating '{WAN0_MOVED}' in '{TARGET}'.",
        ], ["GET", "PATCH"])
        after = {one["content"]: one["id"] for one in box.expect_records(WAN1_PUBLIC, WAN0_MOVED)}
        equal("id of the moved record", after[WAN0_MOVED], before[WAN0_PUBLIC])
        box.expect_cache(WAN1_PUBLIC, WAN0_MOVED)
        box.run(verbose=False).expect(0, [], [])


@scenario
def local_address_changes():
    """A WAN's own address changes behind the same NAT: the new one is asked from, nothing to do."""
    with Box(policy=False) as box:
        box.run("--whoami", "builtin").expect(0)
        box.net.ip(box.net.router, f"addr del {WAN0_LOCAL}/24 dev wan0\n"
                   "addr add 192.168.8.66/24 dev wan0\n"
                   "route add default via 192.168.8.1 dev wan0 metric 10\n")
        outcome = box.run(sources=("wan0",)).expect(0, requests=["GET", "DELETE"])
        equal("first line", outcome.lines[0], FOUND[0])
        box.expect_records(WAN0_PUBLIC)


@scenario
def second_wan_comes_up():
    """First one WAN, then both: the second address is inserted by one POST."""
    with Box() as box:
        box.net.take_address("wan1")
        box.run().expect(0, requests=["GET", "POST"])
        box.expect_records(WAN0_PUBLIC)
        box.net.ip(box.net.router, "addr add 100.64.3.2/24 dev wan1\n")
        box.net.plug("wan1")
        box.run().expect(0, FOUND + [
            records_line(TARGET, [WAN0_PUBLIC]),
            f"Adding '{WAN1_PUBLIC}' to '{TARGET}'.",
            f"Skipping '{WAN0_PUBLIC}'.",
        ], ["GET", "POST"])
        box.expect_records(*SORTED)


@scenario
def wan_without_address():
    """A WAN that lost its lease is never asked from, and its record goes."""
    with Box() as box:
        box.run().expect(0)
        box.net.take_address("wan1")
        asked = box.api.whoami_count()
        outcome = box.run().expect(0, requests=["GET", "DELETE"]).expect_within(0, 4)
        equal("messages", outcome.told(), [
            got(WAN0_PUBLIC, "wan0"), got("", "wan1"),
            records_line(TARGET, SORTED),
            f"Skipping '{WAN0_PUBLIC}'.",
            f"Removing '{WAN1_PUBLIC}' from '{TARGET}'.",
        ])
        # A dig without -b would have asked as well, by the other WAN.
        equal("questions to 1.1.1.1", box.api.whoami_count() - asked, 1)
        box.expect_records(WAN0_PUBLIC)
        box.expect_cache(WAN0_PUBLIC)


def wan_is_down(*flags):
    """The link goes down and comes back; the other WAN carries on."""
    with Box() as box:
        box.run(*flags).expect(0)
        box.net.unplug("wan0")
        outcome = box.run(*flags).expect(0, requests=["GET", "DELETE"])
        equal("sightings", outcome.sightings(), [got("", "wan0"), got(WAN1_PUBLIC, "wan1")])
        box.expect_records(WAN1_PUBLIC)
        box.net.plug("wan0")
        box.run(*flags).expect(0, requests=["GET", "POST"])
        box.expect_records(*SORTED)


@scenario
def wan_down_dig():
    """A WAN whose link is down, asked by dig: its record goes, and returns with the link."""
    wan_is_down()


@scenario
def wan_down_builtin():
    """A WAN whose link is down, asked by our own query: its record goes, and returns."""
    wan_is_down("--whoami", "builtin")


def provider_is_deaf(*flags):
    """The link is up, but no packet of this provider comes back."""
    with Box() as box:
        box.run(*flags).expect(0)
        box.net.deafen(box.net.isp_b)
        outcome = box.run(*flags).expect(0, requests=["GET", "DELETE"]).expect_within(0.5, 25)
        equal("sightings", outcome.sightings(), [got(WAN0_PUBLIC, "wan0"), got("", "wan1")])
        box.expect_records(WAN0_PUBLIC)


@scenario
def provider_deaf_dig():
    """A provider that loses every packet, asked by dig: the silent WAN's record goes."""
    provider_is_deaf()


@scenario
def provider_deaf_builtin():
    """A provider that loses every packet, asked by our own query: the record goes."""
    provider_is_deaf("--whoami", "builtin")


@scenario
def all_wans_down():
    """Both links down: exit 1, and records and cache stay as they were."""
    with Box() as box:
        box.run().expect(0)
        for wan in ("wan0", "wan1"):
            box.net.unplug(wan)
        outcome = box.run().expect(1, requests=[])
        equal("the last line", outcome.lines[-1], NO_ADDRESS)
        outcome = box.run("--whoami", "builtin", verbose=False).expect(1, requests=[])
        equal("the first line", outcome.lines[0], NO_ADDRESS)
        equal("reasons", [line.split(":")[0] for line in outcome.lines[1:]], ["wan0", "wan1"])
        box.expect_records(*SORTED)
        box.expect_cache(*SORTED)


@scenario
def api_unreachable():
    """The way to the API is lost after the addresses are known: exit 1, no cache left to trust."""
    with Box() as box:
        box.run().expect(0)
        box.net.move_wan0()
        box.net.ip(box.net.inet, "addr del 192.0.2.10/32 dev lo\n")
        outcome = box.run("--timeout", "2", verbose=False)
        outcome.expect(1, requests=[]).expect_line("api.cloudflare.com")
        true("more than one error", outcome.lines[0].startswith("ERROR: "), outcome.lines)
        box.net.ip(box.net.inet, "addr add 192.0.2.10/32 dev lo\n")
        box.run().expect(0, requests=["GET", "PATCH"])
        box.expect_records(WAN1_PUBLIC, WAN0_MOVED)


@scenario
def unknown_ca():
    """A certificate from a CA that is not known: exit 1, and no request gets through."""
    with Box() as box:
        box.trust = {"SSL_CERT_FILE": box.api.other_ca()}
        outcome = box.run(verbose=False).expect(1, requests=[])
        outcome.expect_line("certificate")
        box.expect_records()
        box.expect_cache()


@scenario
def system_roots():
    """Without SSL_CERT_FILE the system's roots in /etc/ssl/certs are read; ours is one of them."""
    with Box() as box:
        box.use_system_roots()
        box.run().expect(0, requests=["GET", "POST"])
        box.expect_records(*SORTED)
