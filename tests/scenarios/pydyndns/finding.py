"""Scenarios of finding zone, primary and the machine's own name, with resolvers of every kind."""

import subprocess

from box import FRESH, HOST, PRELUDE, Box
from cases import each_server, scenario
from checks import equal, true
from daemons import ZONE
from message import (A, AAAA, CNAME, NXDOMAIN, RA, REFUSED, SERVFAIL, SOA, TC, answer_to, record,
                     soa)
from net import RESOLVER, SERVER, WAN
from peer import CLOSE, Peer, resolver

MNAME, ELSEWHERE = "ns." + ZONE, "elsewhere.invalid."
SECOND_RESOLVER = "127.0.0.2"


def right(request):
    """The answer that has the zone's SOA, whatever name of it was asked for."""
    at_apex = request.zone[0][0] == ZONE
    where = "answer" if at_apex else "authority"
    return answer_to(request, flags=RA, **{where: [soa(ZONE, MNAME)]})


def truncated(request, transport):
    """Only over TCP is there room for it."""
    return [right(request) if transport == "tcp" else answer_to(request, flags=RA | TC)]


def forged_first(request, _):
    """An answer with another ID names another primary; then comes the right one."""
    forged = answer_to(request, flags=RA, answer=[soa(ZONE, "ns." + ELSEWHERE)])
    return [bytes([forged[0] ^ 0x55]) + forged[1:], right(request)]


def another_question_first(request, _):
    """An answer to another question; then comes the right one."""
    forged = answer_to(request, flags=RA, answer=[soa(ZONE, "ns." + ELSEWHERE)])
    at = forged.index(b"host") if b"host" in forged else 13
    return [forged[:at] + b"X" + forged[at + 1:], right(request)]


def leads_away(request, _):
    """A CNAME at the name, with the SOA of where it leads; the zone is found one label up."""
    if request.zone[0][0] != HOST:
        return [right(request)]
    return [answer_to(request, flags=RA, answer=[record(HOST, CNAME, "www." + ELSEWHERE)],
                      authority=[soa(ELSEWHERE, "ns." + ELSEWHERE)])]


def bare_below(request, _):
    """NXDOMAIN without any SOA, but for the zone itself."""
    return [right(request) if request.zone[0][0] == ZONE else answer_to(request, NXDOMAIN, RA)]


def drops_the_first():
    """A resolver that loses the first question it gets."""
    seen = []

    def answer(request, _):
        seen.append(request)
        return [right(request)] if len(seen) > 1 else []
    return answer


GOOD = {
    "truncated": lambda: truncated, "forged-first": lambda: forged_first,
    "another-question-first": lambda: another_question_first, "leads-away": lambda: leads_away,
    "bare-below": lambda: bare_below, "drops-the-first": drops_the_first,
}

BAD = {
    "servfail": lambda request, _: [answer_to(request, SERVFAIL, RA)],
    "refused": lambda request, _: [answer_to(request, REFUSED)],
    "no-soa": lambda request, _: [answer_to(request, flags=RA)],
    "nxdomain-without-soa": lambda request, _: [answer_to(request, NXDOMAIN, RA)],
    "soa-elsewhere": lambda request, _: [
        answer_to(request, flags=RA, authority=[soa(ELSEWHERE, "ns." + ELSEWHERE)])],
    "soa-below": lambda request, _: [
        answer_to(request, flags=RA, authority=[soa("below." + HOST, MNAME)])],
    "mname-is-root": lambda request, _: [answer_to(request, flags=RA, authority=[soa(ZONE, ".")])],
    "mname-unknown": lambda request, _: [
        answer_to(request, flags=RA, authority=[soa(ZONE, "ns." + ELSEWHERE)])],
    "cut-short": lambda request, _: [right(request)[:-7]],
    "garbage": lambda request, _: [request.data[:2] + b"\x84\x00" + b"\xff" * 40],
    "truncated-and-no-tcp": lambda request, transport: [
        CLOSE if transport == "tcp" else answer_to(request, flags=RA | TC)],
}

# The program waits for these until nothing more can come.
BAD_SLOW = {
    "silent": lambda request, _: [],
    "no-answer-but-the-question": lambda request, _: [request.data],
}


@scenario(*((kind,) for kind in GOOD))
def odd_resolver(kind):
    """A resolver whose answers are odd, but tell the zone after all."""
    with Box("named", addresses=(SERVER,)) as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [SERVER], GOOD[kind]()))
        outcome = box.run().expect_sent(f"tcp {SERVER}").expect_within(0, 15)
        box.expect_registered(outcome, WAN)


@scenario(*((kind,) for kind in BAD))
def useless_resolver(kind):
    """A resolver that does not tell the zone or its primary: an error, and no update."""
    with Box("named", addresses=(SERVER,)) as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [SERVER], BAD[kind]))
        box.expect_failed(box.run(), updates=0).expect_within(0, 15)


@scenario(*((kind,) for kind in BAD_SLOW), slow=True)
def useless_resolver_slowly(kind):
    """The same where the program has to wait until nothing more can come."""
    with Box("named", addresses=(SERVER,)) as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [SERVER], BAD_SLOW[kind]))
        box.expect_failed(box.run(), updates=0).expect_within(0, 60)


@scenario(("servfail",), ("refused",), ("cut-short",), ("garbage",), ("truncated-and-no-tcp",))
def first_resolver_useless(kind):
    """The first resolver's answers are of no use; the second one knows."""
    with Box("named", addresses=(SERVER,)) as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, [SERVER], BAD[kind]))
        Peer(box, SECOND_RESOLVER, resolver(ZONE, MNAME, [SERVER]))
        box.net.names(RESOLVER, SECOND_RESOLVER)
        box.expect_registered(box.run().expect_within(0, 15), WAN)


@scenario()
def primary_without_address():
    """The primary has a name but no address: an error that has the name."""
    with Box() as box:
        Peer(box, RESOLVER, resolver(ZONE, MNAME, []))
        box.expect_failed(box.run(), MNAME[:-1], updates=0)


@each_server
def name_from_hosts(server):
    """The machine's short name stands in /etc/hosts beside its full one."""
    with Box(server) as box:
        box.net.names(RESOLVER, hosts=f"127.0.1.1 {FRESH[:-1]} fresh\n")
        outcome = box.run(name=None, machine="fresh", full_name=FRESH)
        box.expect_registered(outcome, WAN, name=FRESH)
        box.run(name=None, machine="fresh").expect(0).expect_sent()


@scenario(("named", "host"), ("named", "fresh"), ("knotd", "host"), ("knotd", "fresh"))
def name_from_search(server, machine):
    """The machine's name becomes full by resolv.conf's search, whether or not it has records."""
    with Box(server) as box:
        box.net.names(RESOLVER, search=ZONE[:-1])
        full = f"{machine}.{ZONE}"
        outcome = box.run(name=None, machine=machine, full_name=full)
        box.expect_registered(outcome, WAN, name=full)


# The machine's name, and the table of hosts; Python says what comes of them.
HOSTS_TABLES = {
    "short-first": ("fresh", "127.0.1.1 fresh {fresh} x.y.z\n"),
    "full-first": ("fresh", "127.0.1.1 {fresh} fresh\n"),
    "alias-of-another": ("host.dyn.example", "127.0.1.1 {fresh} host.dyn.example\n"),
    "another-line-before": ("host", "192.0.2.77 {fresh} gate\n192.0.2.77 host {host}\n"),
    "comment": ("fresh", "#127.0.1.1 {host} fresh\n127.0.1.1 fresh {fresh} # {host}\n"),
    "capitals": ("Fresh", "127.0.1.1 fRESH FRESH.dyn.example\n"),
    "ipv6": ("fresh", "fd00::1 fresh {fresh}\n"),
    "listed-in-full": ("{fresh}", "127.0.1.1 fresh {fresh}\n"),
}


@scenario(*((kind,) for kind in HOSTS_TABLES))
def name_as_python_finds_it(kind):
    """The name is that of Python's getfqdn, whatever is in /etc/hosts."""
    names = {"fresh": FRESH[:-1], "host": HOST[:-1]}
    machine, table = (text.format(**names) for text in HOSTS_TABLES[kind])
    with Box("named") as box:
        box.net.names(RESOLVER, hosts=table)
        python = subprocess.run(
            box.net.within("unshare", "-u", "sh", "-c", PRELUDE, "sh", machine,
                           "/usr/bin/python3", "-c", "import socket; print(socket.getfqdn())"),
            stdout=subprocess.PIPE, text=True, check=True)
        full = python.stdout.strip().lower()
        outcome = box.run(name=None, machine=machine, full_name=full + ".")
        box.expect_registered(outcome, WAN, name=full + ".")


@scenario()
def name_that_is_an_alias():
    """A CNAME leads from the machine's name to another's: an error, and that one's records stay."""
    def alias(request, _):
        name, kind, _ = request.zone[0]
        if kind not in (A, AAAA):
            return [right(request)]
        address = [record(HOST, A, WAN)] if kind == A else []
        return [answer_to(request, flags=RA, answer=[record(name, CNAME, HOST)] + address)]
    with Box("named", addresses=(SERVER,)) as box:
        Peer(box, RESOLVER, alias)
        outcome = box.run(name=None, machine="fresh." + ELSEWHERE[:-1])
        box.expect_failed(outcome, "alias", HOST[:-1], "--hostname", updates=0)


@scenario()
def name_without_domain():
    """A name without a dot is an error; at most the name itself was asked for."""
    with Box("named") as box:
        outcome = box.run(name=None, machine="lonely")
        box.expect_failed(outcome, "lonely", updates=0)
        true("a question for something else", {kind for _, kind in outcome.asked()} <= {A, AAAA},
             outcome.asked())
        outcome = box.run(name="lonely").expect(2).expect_words("lonely")
        equal("messages", outcome.sent, [])


@scenario()
def no_address():
    """No address to register: an error, nothing is sent, and DNS is left as it is."""
    with Box("named") as box:
        box.expect_registered(box.run(), WAN)
        cache = box.cached()
        box.net.ip("addr flush dev wan0\n")
        outcome = box.expect_failed(box.run(), "address", updates=0)
        equal("what was asked", [kind for _, kind in outcome.asked() if kind == SOA], [])
        equal("cache", box.cached(), cache)
        box.expect_failed(box.run("wan9"), "wan9", updates=0)
