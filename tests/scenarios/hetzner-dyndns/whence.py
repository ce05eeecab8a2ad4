"""Scenarios of where an address comes from: body, X-Real-Ip, X-Forwarded-For, the peer."""

from box import A, A_V6, B, C, HOST, KEY_V6, Box
from checks import equal, scenario, true
from net import ELSEWHERE, HOME, HOME_V6, LOCAL, LOCAL_V6, PROXY, PROXY_V6

REAL, FORWARDED = "X-Real-Ip", "X-Forwarded-For"


def address_of(box, headers=(), source=HOME, host=None, **document):
    """The address that an update without one gets."""
    answer = box.update(headers=dict(headers), source=source, host=host, fqdn=HOST, **document)
    equal("status", (answer.status, answer.text), (200, answer.text))
    return answer.document["ip"]


@scenario
def order_of_sources():
    """Body before X-Real-Ip before the first of X-Forwarded-For before the peer."""
    with Box() as box:
        for headers, document, wanted in (
                ({}, {}, HOME),
                ({REAL: A}, {}, A),
                ({"x-REAL-ip": A}, {}, A),
                ({FORWARDED: B}, {}, B),
                ({FORWARDED: f"{B}, {C}, 10.0.0.1"}, {}, B),
                ({FORWARDED: f" {B} ,{C}"}, {}, B),
                ({REAL: A, FORWARDED: B}, {}, A),
                ({REAL: "", FORWARDED: B}, {}, B),
                ({REAL: "", FORWARDED: ""}, {}, HOME),
                ({REAL: A, FORWARDED: B}, {"ip": C}, C),
                ({REAL: A}, {"ip": ""}, A),
                ({REAL: A}, {"ip": None}, A),
                ({REAL: A_V6}, {"type": "AAAA"}, A_V6)):
            got = address_of(box, headers, **document)
            equal(f"address with {headers} {document}", got, wanted)


@scenario
def order_for_dyndns():
    """/nic/update goes by the same order where `myip` is absent or empty."""
    with Box() as box:
        for headers, wanted in (({}, HOME), ({REAL: A}, A), ({FORWARDED: f"{B}, {C}"}, B),
                                ({REAL: A_V6}, A_V6)):
            answer = box.nic(hostname=HOST, source=HOME, headers=headers)
            equal("line", answer.lines[0].split()[1], wanted)
        answer = box.nic(hostname=HOST, myip="", source=HOME, headers={REAL: C})
        box.told(answer, f"good {C}")


@scenario
def nobody_else_can_reach_it():
    """A loopback address that is given is refused; the caller's own is taken, with a warning."""
    with Box() as box:
        for address, kind in (("127.0.0.1", "A"), ("0.0.0.0", "A"), ("169.254.3.4", "A"),
                              ("::1", "AAAA"), ("::", "AAAA"), ("fe80::1", "AAAA"),
                              ("::ffff:127.0.0.1", "A")):
            shown = address.rpartition("ffff:")[2] if "ffff" in address else address
            document = box.refused(box.update(fqdn=HOST, ip=address, type=kind), 400, "Invalid IP")
            equal("detail", document["detail"], f"{shown} is not reachable from other hosts")
            box.told(box.nic(hostname=HOST, myip=address), "dnserr")
            box.service.wait_for(f"Update of {HOST} .*refused: .*{shown} is not reachable")
        box.untouched()
        for status in ("created", "unchanged"):
            answer = box.update(fqdn=HOST)
            equal("answer", answer.document, {"status": status, "ip": LOCAL, "warning":
                                              f"{LOCAL} is not reachable from other hosts"})
        box.service.wait_for(f"WARNING {HOST} A: the caller's address {LOCAL} is not reachable")
        box.told(box.nic(hostname=HOST), f"nochg {LOCAL}")
        equal("A", box.hetzner.values("example.com/home/A"), [LOCAL])


@scenario
def bad_headers():
    """A header that is no address is refused, or passed over; a port behind one may be cut."""
    with Box() as box:
        for headers in ({REAL: "unknown"}, {REAL: "192.0.2.1:80"}, {FORWARDED: "for=192.0.2.1"},
                        {FORWARDED: f"nonsense, {A}"}, {REAL: "'; DROP"}, {FORWARDED: "," * 500}):
            answer = box.update(headers=headers, source=HOME, fqdn=HOST)
            good = answer.status == 200 and answer.document["ip"] in (HOME, A)
            true(f"status with {headers}", answer.status == 400 or good, answer)
        box.refused(box.update(headers={REAL: "nonsense"}, fqdn=HOST), 400, "Invalid IP")


@scenario
def peer_over_ipv6():
    """A socket for both families: the peer's address is what the peer would call it."""
    with Box(LISTEN_HOST="::") as box:
        equal("by IPv4", address_of(box), HOME)
        equal("by IPv6", address_of(box, source=HOME_V6, host=LOCAL_V6, type="AAAA"), HOME_V6)
        answer = box.update(source=HOME_V6, host=LOCAL_V6, fqdn=HOST)
        box.refused(answer, 400, "IP version mismatch")
        equal("AAAA", box.hetzner.values(KEY_V6), [HOME_V6])


@scenario
def trusted_proxies():
    """With TRUSTED_PROXIES only what they say counts: the last entry that is none of them."""
    with Box(TRUSTED_PROXIES=f"{PROXY}, 10.0.0.0/8,{PROXY_V6}", LISTEN_HOST="::") as box:
        for source, headers, wanted in (
                (HOME, {}, HOME),
                (HOME, {FORWARDED: A}, HOME),
                (HOME, {REAL: A}, HOME),
                (HOME, {REAL: A, FORWARDED: PROXY}, HOME),
                (PROXY, {FORWARDED: A}, A),
                (PROXY, {FORWARDED: f"{A}, {B}"}, B),
                (PROXY, {FORWARDED: f"{A}, {B}, 10.1.2.3"}, B),
                (PROXY, {FORWARDED: f"{B},{PROXY},10.255.255.255"}, B),
                (PROXY, {FORWARDED: f"{A}, 11.0.0.1"}, "11.0.0.1"),
                (PROXY, {}, PROXY)):
            got = address_of(box, headers, source)
            equal(f"address of {source} with {headers}", got, wanted)
        answer = box.update(source=PROXY, headers={REAL: A}, fqdn=HOST)
        true("X-Real-Ip of a proxy", answer.document["ip"] in (A, PROXY), answer)
        got = address_of(box, {FORWARDED: f"{A}, {HOME_V6}"}, PROXY_V6, LOCAL_V6, type="AAAA")
        equal("by IPv6", got, HOME_V6)
        got = address_of(box, {FORWARDED: A_V6}, HOME_V6, LOCAL_V6, type="AAAA")
        equal("not a proxy, by IPv6", got, HOME_V6)
        answer = box.nic(hostname=HOST, source=ELSEWHERE, headers={FORWARDED: A})
        equal("dyndns2", answer.lines[0].split()[1], ELSEWHERE)


@scenario
def several_fields():
    """X-Forwarded-For that comes as several fields is one list."""
    with Box(TRUSTED_PROXIES=PROXY) as box:
        fields = [("Host", "x"), ("X-Pre-Shared-Key", box.keys()[HOST]), ("Connection", "close"),
                  ("Content-Type", "application/json"), (FORWARDED, A), (FORWARDED, B)]
        body = b'{"fqdn":"%s"}' % HOST.encode()
        fields.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        request = f"POST /update HTTP/1.1\r\n{head}\r\n".encode() + body
        answer = box.send(request, source=PROXY)[0]
        equal("what the proxy itself has added", answer.document.get("ip"), B)


@scenario
def everything_in_front():
    """TRUSTED_PROXIES of whole families: headers are believed from everywhere, the last first."""
    with Box(TRUSTED_PROXIES="0.0.0.0/0 ::/0".replace(" ", ",")) as box:
        answer = box.update(headers={FORWARDED: f"{A}, {B}"}, source=HOME, fqdn=HOST)
        true("an address", answer.status in (200, 400), answer)
