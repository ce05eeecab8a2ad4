"""Scenarios that end well: real servers, every algorithm, both transports, what stands after."""

import time

from box import FRESH, HOST, Box
from cases import SERVERS, each_server, scenario
from checks import equal, true
from daemons import KEYS, OPEN, ZONE
from message import A, AAAA, SOA
from net import LAN, LAN_V6, SERVER, SERVER_V6, WAN, WAN_MOVED, WAN_V6

HOUR = 3600
TRANSPORTS = {"tcp": (), "udp": ("--transport", "udp")}
# Debian's named and knotd accept every algorithm, hmac-md5 too.
EVERY_WAY = tuple((server, algorithm, transport) for server in SERVERS for algorithm in KEYS
                  for transport in TRANSPORTS)


def lines_of(box, name, *addresses, forced=False):
    """What a run over TCP says from its start to its end."""
    name = name.rstrip(".")
    return [f"DEBUG Using cache file {box.cache}.",
            *["DEBUG Wiping cache due to --force."] * forced,
            f"INFO Updating DNS record for {name} to {', '.join(addresses)}.",
            f"DEBUG Using nameserver ns.{ZONE[:-1]} for zone {ZONE[:-1]}.",
            f"DEBUG Update will be authenticated with TSIG {box.key.algorithm}.",
            f"DEBUG Sending update to DNS server at {SERVER}.",
            f"INFO Updated DNS record for {name}."]


@scenario(*EVERY_WAY)
def first_then_changed(server, algorithm, transport):
    """A name without records is registered, and then follows the machine's address."""
    with Box(server, key=KEYS[algorithm]) as box:
        outcome = box.run(*TRANSPORTS[transport], name=FRESH)
        box.expect_registered(outcome, WAN, name=FRESH)
        outcome.expect_sent(f"{transport} {SERVER}")
        box.move()
        outcome = box.run(*TRANSPORTS[transport], name=FRESH)
        box.expect_registered(outcome, WAN_MOVED, name=FRESH)
        outcome.expect_sent(f"{transport} {SERVER}")


@each_server
def says_what_it_does(server):
    """The lines of a whole run, of a forced one and of one that changes nothing."""
    with Box(server) as box:
        box.run().expect(0).expect_lines(*lines_of(box, HOST, WAN))
        box.run("-f").expect(0).expect_lines(*lines_of(box, HOST, WAN, forced=True))
        box.run().expect(0).expect_lines(
            f"DEBUG Using cache file {box.cache}.",
            f"INFO Eliding DNS record update for {HOST[:-1]} to {WAN} as cache says addresses "
            "have not changed.")


@each_server
def unchanged(server):
    """Nothing has changed: not one packet is sent, and the cache stays as it is."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        cache = box.cached()
        outcome = box.run().expect(0)
        equal("messages", outcome.sent, [])
        equal("cache", box.cached(), cache)
        equal("zone", box.zones(), box.before[0])


@each_server
def unchanged_by_the_machines_name(server):
    """Nothing has changed: the resolver is asked for the machine's own name and nothing else."""
    with Box(server) as box:
        machine = {"name": None, "machine": HOST[:-1], "full_name": HOST}
        box.expect_registered(box.run(**machine), WAN)
        outcome = box.run(**machine).expect(0)
        equal("updates", outcome.updates, [])
        others = [one for one in outcome.asked() if one not in ((HOST, A), (HOST, AAAA))]
        equal("questions for something else", others, [])


@each_server
def forced(server):
    """-f sends though nothing has changed, and brings back what somebody else has removed."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        equal("nsupdate's refusal", box.nsupdate(HOST, "192.0.2.99", zone=ZONE), "")
        equal("nsupdate's refusal", box.nsupdate(HOST, "192.0.2.99"), "")
        box.run().expect(0).expect_sent()
        outcome = box.run("-f").expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)
        outcome = box.run("--force").expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)


@each_server
def failed_force_then_plain(server):
    """A forced run that fails leaves no cache, so that the next plain one sends again."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        box.server.stop()
        box.run("-f", "--server", SERVER, "--zone", ZONE).expect(1)
        equal("cache", box.cached(), None)
        box.server.start()
        outcome = box.run().expect_sent(f"tcp {SERVER}")
        # The restarted server need not have kept the serial of a change that made no difference.
        box.expect_registered(outcome, WAN)


@each_server
def without_cache(server):
    """Without a cache every run sends, and none is written."""
    with Box(server) as box:
        del box.settings["cache"]
        for _ in range(2):
            outcome = box.run().expect(0).expect_sent(f"tcp {SERVER}")
            true("no such line", "DEBUG:pydyndns:Using no cache file." in outcome.lines,
                 outcome.lines)
            equal("cache", box.cached(), None)


@each_server
def two_families(server):
    """A and AAAA in one update; when a family is switched off its records go."""
    with Box(server) as box:
        box.settings["ipv6"]["enable"] = True
        outcome = box.run().expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN, WAN_V6)
        box.settings["ipv4"] = False
        box.expect_registered(box.run(), WAN_V6)


@each_server
def undecided(server):
    """While an IPv6 address is being checked for duplicates A is replaced and no AAAA goes."""
    with Box(server) as box:
        box.settings["ipv6"]["enable"] = True
        box.expect_registered(box.run(), WAN, WAN_V6)
        box.net.check_for_ever(WAN_V6)
        box.move()
        box.undecided = True
        # By the cache, then without one.
        for flags, cached in ((), (WAN_MOVED, WAN_V6)), (("-f",), ()):
            box.run(*flags).expect(0).expect_sent(f"tcp {SERVER}")
            stands = {line.split()[4] for line in box.zones() if line.split()[0] == HOST}
            equal("what stands at the name", stands, {WAN_MOVED, WAN_V6})
            if cached:
                box.expect_cache(*cached)
            else:
                equal("cache", box.cached(), None)


@each_server
def several_interfaces(server):
    """Those that are named, or all: the addresses of each, in order."""
    with Box(server) as box:
        box.settings["ipv6"]["enable"] = True
        box.net.ip(f"addr add {LAN}/24 dev lan0\naddr add {LAN_V6}/64 dev lan0 nodad\n")
        box.expect_registered(box.run("lan0"), LAN, LAN_V6)
        box.expect_registered(box.run("wan0"), WAN, WAN_V6)
        both = (LAN, WAN, WAN_V6, LAN_V6)
        box.expect_registered(box.run("wan0", "lan0"), *both)
        box.run().expect(0).expect_sent()
        box.expect_registered(box.run("-f"), *both)


@each_server
def other_records_kept(server):
    """With preserve_other_records only A and AAAA are replaced."""
    with Box(server) as box:
        box.settings["preserve_other_records"] = True
        box.expect_registered(box.run(), WAN, keeps=True)
        true("the other records are gone", any('"keep me"' in line for line in box.zones()))


@each_server
def other_records_removed(server):
    """By default all records of the name are replaced, and none of a name below it."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        true("the other records are there", not any('"keep me"' in line for line in box.zones()))
        true("the name below is gone", any(line.startswith("below.") for line in box.zones()))


@scenario(*((server, kept, name) for server in SERVERS for kept in ("replace", "preserve")
            for name in ("alias", "away")))
def cname_in_the_way(server, kept, name):
    """A CNAME is replaced by default; with preserve_other_records it is an error and stays."""
    with Box(server) as box:
        name = f"{name}.{ZONE}"
        box.settings["preserve_other_records"] = kept == "preserve"
        outcome = box.run(name=name)
        if kept == "replace":
            box.expect_registered(outcome, WAN, name=name)
        else:
            box.expect_failed(outcome, f"{name[:-1]} is a CNAME", updates=1)
            equal("nsupdate's refusal", box.nsupdate(name, WAN, keeps=True), "YXRRSET")


@each_server
def zone_several_labels_up(server):
    """A name with labels between it and its zone."""
    with Box(server) as box:
        name = "a.b.c." + ZONE
        box.expect_registered(box.run(name=name), WAN, name=name)


@each_server
def zone_apex(server):
    """The zone's own name: its addresses change, SOA and NS stay."""
    with Box(server) as box:
        box.expect_registered(box.run(name=ZONE), WAN, name=ZONE)


@each_server
def unsigned(server):
    """Without a key, to a server that wants none."""
    with Box(server, key=None) as box:
        name = "host." + OPEN
        outcome = box.run(name=name, zone=OPEN).expect(0).expect_sent(f"tcp {SERVER}")
        true("no such line", "DEBUG:pydyndns:Update will be unauthenticated." in outcome.lines,
             outcome.lines)
        found = {line for line in box.server.zone(OPEN) if line.startswith(name)}
        equal("records", found, {f"{name} 300 IN A {WAN}"})
        box.expect_cache(WAN, name=name)


@each_server
def over_ipv6(server):
    """The server is given as an IPv6 address; the machine registers an IPv4 one all the same."""
    with Box(server) as box:
        outcome = box.run("--server", f"[{SERVER_V6}]:53", "--zone", ZONE)
        outcome.expect(0).expect_sent(f"tcp {SERVER_V6}")
        equal("questions", outcome.questions, [])
        box.expect_registered(outcome, WAN)


@each_server
def server_given(server):
    """--server alone: it is asked for the zone, without recursion, and nobody else is."""
    with Box(server) as box:
        outcome = box.run("--server", SERVER).expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)
        equal("who was asked", {one.address for one in outcome.questions}, {SERVER})
        equal("what was asked", {kind for _, kind in outcome.asked()}, {SOA})


@each_server
def server_given_by_name(server):
    """--server with a name: its addresses are looked up, and it is asked for the zone."""
    with Box(server) as box:
        outcome = box.run("--server", f"ns.{ZONE[:-1]}:53").expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)


@each_server
def zone_given(server):
    """--zone alone: the resolver is asked for that zone's primary."""
    with Box(server) as box:
        outcome = box.run("--zone", ZONE).expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)


@each_server
def server_and_zone_given(server):
    """--server and --zone: no question is sent at all."""
    with Box(server) as box:
        outcome = box.run("--server", SERVER, "--zone", ZONE[:-1]).expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)
        equal("questions", outcome.questions, [])


@scenario(*((server, transport, sign) for server in SERVERS for transport in TRANSPORTS
            for sign in (-1, 1)))
def clock_off(server, transport, sign):
    """The clocks are an hour apart: learned from BADTIME, and the second update is right."""
    with Box(server, clock=sign * HOUR) as box:
        outcome = box.run(*TRANSPORTS[transport], clocks=(0, sign * HOUR))
        outcome.expect(0).expect_sent(*[f"{transport} {SERVER}"] * 2)
        zone = box.zones()
        true("not registered", f"{HOST} 300 IN A {WAN}" in zone, zone)
        box.expect_cache(WAN)
        equal("nsupdate's refusal", box.nsupdate(HOST, WAN), "NOTAUTH(BADTIME)")


@each_server
def killed_then_run(server):
    """A run that is killed while the server is silent leaves no cache; the next one sends."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        box.net.swallow()
        process = box.start("-f", "--server", "127.0.0.5", "--zone", ZONE)
        time.sleep(1)
        process.kill()
        box.finish(process)
        equal("cache", box.cached(), None)
        box.expect_registered(box.run().expect_sent(f"tcp {SERVER}"), WAN)
