"""Scenarios in which real servers refuse or are not there; nsupdate hears the same words."""

from box import HOST, Box, connection_refused
from cases import SERVERS, each_server, scenario
from checks import equal
from daemons import DEFAULT, KEYS, LIMITED, ZONE
from message import SOA
from net import BLACK_HOLE, DEAD, RESOLVER, SERVER, WAN, WAN_MOVED
from peer import Peer, resolver

MNAME = "ns." + ZONE
WRONG_KEYS = {
    "name": DEFAULT._replace(name="nobodys-key."),
    "secret": DEFAULT._replace(secret=b"another secret altogether"),
    "algorithm": KEYS["hmac-sha512"]._replace(name=DEFAULT.name),
}
# What the server says about each, to nsupdate as well.
REFUSALS = {"name": "BADKEY", "secret": "BADSIG", "algorithm": "BADKEY"}


@scenario(*((server, what, transport) for server in SERVERS for what in WRONG_KEYS
            for transport in ("tcp", "udp")))
def wrong_key(server, what, transport):
    """A key with a wrong name, secret or algorithm: the server's word, and nothing changes."""
    with Box(server, key=WRONG_KEYS[what]) as box:
        outcome = box.run("--transport", transport)
        box.expect_failed(outcome, REFUSALS[what], updates=1)
        equal("nsupdate's refusal", box.nsupdate(HOST, WAN, transport=transport),
              f"NOTAUTH({REFUSALS[what]})")


@scenario(("named", "REFUSED", "REFUSED"), ("knotd", "BADKEY", "NOTAUTH(BADKEY)"))
def not_allowed(server, word, said_to_nsupdate):
    """The key is good, but not for this name: named refuses, knotd says BADKEY."""
    with Box(server, key=LIMITED) as box:
        box.expect_failed(box.run(), word, updates=1)
        equal("nsupdate's refusal", box.nsupdate(HOST, WAN), said_to_nsupdate)
        other = "other." + ZONE
        box.expect_registered(box.run(name=other), WAN, name=other)


@scenario(*((server, what) for server in SERVERS for what in WRONG_KEYS))
def change_refused(server, what):
    """A change that is refused takes the cache with it, so that even a return is sent again."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        box.move()
        box.use_key(WRONG_KEYS[what])
        box.expect_failed(box.run(), REFUSALS[what], updates=1)
        box.use_key(DEFAULT)
        box.move(old=WAN_MOVED, new=WAN)
        box.expect_registered(box.run().expect_sent(f"tcp {SERVER}"), WAN)


@scenario(("named", "REFUSED"), ("knotd", "NOTAUTH"))
def unsigned_refused(server, word):
    """Without a key, to a server that wants one."""
    with Box(server, key=None) as box:
        box.expect_failed(box.run(), word, updates=1)
        equal("nsupdate's refusal", box.nsupdate(HOST, WAN), word)


@scenario(("named",), ("knotd", "unsigned"))
def unknown_zone(server, *words):
    """A zone the server does not have: NOTAUTH, which knotd does not even sign."""
    with Box(server) as box:
        outcome = box.run("--server", SERVER, "--zone", "example", zone="example.")
        box.expect_failed(outcome, "NOTAUTH", *words, updates=1)
        equal("questions", outcome.questions, [])
        equal("nsupdate's refusal", box.nsupdate(HOST, WAN, zone="example."), "NOTAUTH")


@each_server
def zone_of_another_name(server):
    """--zone with a zone the name is not in: an error before anything is sent."""
    with Box(server) as box:
        outcome = box.run("--server", SERVER, "--zone", "twin.example")
        box.expect_failed(outcome, "twin.example", HOST[:-1], updates=0, status=2)


@each_server
def no_zone_at_all(server):
    """Nobody knows a zone for the name: an error, and no update."""
    with Box(server) as box:
        outcome = box.run(name="host.nowhere.invalid.")
        box.expect_failed(outcome, "host.nowhere.invalid", updates=0)


@each_server
def server_down(server):
    """The server is not running: the error names its address and why."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        box.server.stop()
        outcome = box.run("-f", "--server", SERVER, "--zone", ZONE)
        box.expect_failed(outcome, SERVER, connection_refused())


@scenario(*((server, transport) for server in SERVERS for transport in ("tcp", "udp")))
def first_address_dead(server, transport):
    """Nobody listens at the primary's first address: the second one is tried, and does."""
    with Box(server, addresses=(SERVER,)) as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [DEAD, SERVER]))
        outcome = box.run("--transport", transport).expect(0)
        equal("where the update arrived", outcome.updates[-1].address, SERVER)
        box.expect_registered(outcome, WAN)


@scenario(("named",), ("knotd",), slow=True)
def first_address_swallowed(server):
    """The primary's first address swallows everything: after 30 s the second one is tried."""
    with Box(server, addresses=(SERVER,)) as box:
        box.net.swallow()
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [BLACK_HOLE, SERVER]))
        outcome = box.run().expect(0).expect_within(25, 40).expect_sent(f"tcp {SERVER}")
        box.expect_registered(outcome, WAN)


@each_server
def every_address_fails(server):
    """The error names each address with its own reason."""
    with Box(server, addresses=(SERVER,), key=WRONG_KEYS["secret"]) as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [DEAD, SERVER]))
        box.expect_failed(box.run(), DEAD, connection_refused(), SERVER, "BADSIG")


@each_server
def first_resolver_dead(server):
    """Of two resolvers the first is not there: the second one is asked."""
    with Box(server) as box:
        box.net.names(DEAD, RESOLVER)
        outcome = box.run().expect(0).expect_within(0, 12)
        box.expect_registered(outcome, WAN)


@each_server
def first_resolver_swallowed(server):
    """Of two resolvers the first swallows everything: the second one is asked in time."""
    with Box(server) as box:
        box.net.swallow()
        box.net.names(BLACK_HOLE, RESOLVER)
        outcome = box.run().expect(0).expect_within(0, 25)
        box.expect_registered(outcome, WAN)


@each_server
def no_resolver(server):
    """No resolver is there: no update and an error, but not where nothing has changed."""
    with Box(server) as box:
        box.expect_registered(box.run(), WAN)
        box.net.names(DEAD)
        box.run().expect(0)
        outcome = box.run("-f")
        box.expect_failed(outcome, HOST[:-1], updates=0)
        equal("what was asked", {kind for _, kind in outcome.asked()}, {SOA})
