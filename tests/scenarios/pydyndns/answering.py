"""Scenarios with a server of ours, whose answers to an update are wrong in every way, or odd."""

import os
import time

from box import HOST, Box
from cases import scenario
from checks import equal, true
from daemons import DEFAULT, KEYS, LIMITED, ZONE
from message import (BADKEY, BADSIG, BADTIME, NOTAUTH, RCODES, REFUSED, TC, UPDATE, answer_to,
                     signed)
from net import SERVER, WAN, WAN_MOVED
from peer import CLOSE, Peer, Raw

HOUR = 3600
HERE = ("--server", SERVER, "--zone", ZONE)
PIECE_SECONDS = 0.5


def confirm(request, rcode=0, key=DEFAULT, data=None, off=0, **signing):
    """A signed answer; `off` seconds from now is when it says it was signed."""
    data = answer_to(request, rcode) if data is None else data
    return signed(key, data, int(time.time()) + off, request.signature().mac, **signing)


def refuse(request, error, mac=b"", **signing):
    """NOTAUTH with a TSIG error, by default without a MAC."""
    return confirm(request, NOTAUTH, error=error, mac=mac, **signing)


def bad_time(request, off=HOUR, **signing):
    """The server's clock is off: its answer is signed with the client's time and tells its own."""
    signature = request.signature()
    own = (int(time.time()) + off).to_bytes(6, "big")
    return signed(DEFAULT, answer_to(request, NOTAUTH), signature.time, signature.mac,
                  error=BADTIME, other=own, **signing)


def framed(data):
    """As TCP has it, to be cut into pieces."""
    return len(data).to_bytes(2, "big") + data


def with_id(data, difference):
    """The message with another ID in its head."""
    return bytes([data[0] ^ difference]) + data[1:]


def without_zone(request):
    """An answer that does not repeat the zone section."""
    return answer_to(request)[:4] + bytes(8)


def tampered(request):
    """Signed as a refusal, and made a success on its way."""
    data = bytearray(confirm(request, REFUSED))
    data[3] &= 0xF0
    return bytes(data)


# Message by message; each with what the error has to say.
WRONG = {
    "unsigned": (lambda request: [answer_to(request)], "sign"),
    "unsigned-refused": (lambda request: [answer_to(request, REFUSED)], "REFUSED"),
    "wrong-mac": (lambda request: [confirm(request, mac=b"\x5a" * 32)], "sign"),
    "short-mac": (lambda request: [confirm(request, mac=b"\x5a" * 10)], SERVER),
    "empty-mac": (lambda request: [confirm(request, mac=b"")], SERVER),
    "tampered": (lambda request: [tampered(request)], SERVER),
    "mac-of-another-request": (lambda request: [
        signed(DEFAULT, answer_to(request), int(time.time()), b"\0" * 32)], SERVER),
    "another-key": (lambda request: [confirm(request, key=LIMITED)], SERVER),
    "another-algorithm": (lambda request: [
        confirm(request, key=KEYS["hmac-sha512"]._replace(name=DEFAULT.name))], SERVER),
    "stale": (lambda request: [confirm(request, off=-HOUR)], SERVER),
    "badkey": (lambda request: [refuse(request, BADKEY)], "BADKEY"),
    "badsig": (lambda request: [refuse(request, BADSIG)], "BADSIG"),
    "badtime-unsigned": (lambda request: [refuse(request, BADTIME)], SERVER),
    "badtime-forged": (lambda request: [bad_time(request, mac=b"\x5a" * 32)], SERVER),
}
# What TCP alone can do wrong, and what UDP would take for a stray packet.
WRONG_TCP = {
    "another-id": (lambda request: [with_id(confirm(request), 0x55)], SERVER),
    "no-answer-but-the-request": (lambda request: [request.data], SERVER),
    "another-opcode": (lambda request: [confirm(request, data=without_opcode(request))], SERVER),
    "garbage": (lambda request: [request.data[:2] + b"\xa8\x00" + b"\xff" * 60], SERVER),
    "empty": (lambda request: [b""], SERVER),
    "closed-at-once": (lambda request: [CLOSE], SERVER),
    "closed-in-the-middle": (lambda request: [Raw(framed(confirm(request))[:50]), CLOSE], SERVER),
    "closed-within-the-length": (lambda request: [Raw(b"\0"), CLOSE], SERVER),
    "length-too-small": (lambda request: [
        Raw(b"\0\x28" + confirm(request)), CLOSE], SERVER),
    "length-too-large": (lambda request: [
        Raw(b"\xff\xff" + confirm(request)), CLOSE], SERVER),
}


def without_opcode(request):
    """An answer as if it had been a query."""
    data = bytearray(answer_to(request))
    data[2] &= 0x87
    return bytes(data)


def answering(box, steps):
    """Puts the server in; it answers every update with these steps."""
    def answer(request, _):
        equal("opcode", request.opcode, UPDATE)
        return steps(request)
    return Peer(box, SERVER, answer)


@scenario(*((kind, transport) for kind in WRONG for transport in ("tcp", "udp")),
          *((kind, "tcp") for kind in WRONG_TCP))
def wrong_answer(kind, transport):
    """An answer that proves nothing is a failure, and the update is not sent again."""
    with Box() as box:
        steps, word = (WRONG | WRONG_TCP)[kind]
        answering(box, steps)
        outcome = box.run(*HERE, "--transport", transport)
        box.expect_failed(outcome, SERVER, word, updates=1).expect_within(0, 10)


@scenario(*((word,) for word in RCODES[1:]))
def refusal_by_name(word):
    """A signed refusal is told by the name of its code."""
    with Box() as box:
        answering(box, lambda request: [confirm(request, RCODES.index(word))])
        box.expect_failed(box.run(*HERE), word, SERVER, updates=1)


@scenario()
def refusal_without_name():
    """A code that has no name is told by its number."""
    with Box() as box:
        answering(box, lambda request: [confirm(request, 13)])
        box.expect_failed(box.run(*HERE), "13", SERVER, updates=1)


def expect_confirmed(box, outcome, *places):
    """The run is content with the answer, and remembers it."""
    outcome.expect(0).expect_sent(*places)
    box.expect_cache(WAN)
    box.run(*HERE).expect(0).expect_sent()


@scenario(("tcp",), ("udp",))
def clock_off_once(transport):
    """A signed BADTIME is learned from: the second update has the server's time."""
    with Box() as box:
        seen = []

        def steps(request):
            seen.append(request)
            return [bad_time(request) if len(seen) == 1 else confirm(request, off=HOUR)]

        answering(box, steps)
        outcome = box.run(*HERE, "--transport", transport, clocks=(0, HOUR))
        expect_confirmed(box, outcome, *[f"{transport} {SERVER}"] * 2)


@scenario()
def clock_off_for_ever():
    """A server that says BADTIME again and again gets two updates, not a third."""
    with Box() as box:
        answering(box, lambda request: [bad_time(request)])
        outcome = box.run(*HERE, clocks=(0, HOUR))
        box.expect_failed(outcome, "BADTIME", SERVER, updates=2)


ODD = {
    "without-zone-section": lambda request: [confirm(request, data=without_zone(request))],
    "key-in-capitals": lambda request: [
        confirm(request, key=DEFAULT._replace(name=DEFAULT.name.upper()))],
}


def in_pieces(request):
    """The answer a few bytes at a time, the first one half of the length."""
    data = framed(confirm(request))
    cuts = [0, 1, 2, 40, len(data)]
    return [step for start, end in zip(cuts, cuts[1:])
            for step in (Raw(data[start:end]), PIECE_SECONDS)]


ODD_TCP = {
    "in-pieces": in_pieces,
    "closed-after": lambda request: [confirm(request), CLOSE],
}


@scenario(*((kind, transport) for kind in ODD for transport in ("tcp", "udp")),
          *((kind, "tcp") for kind in ODD_TCP))
def odd_answer(kind, transport):
    """An answer that is unusual and right."""
    with Box() as box:
        answering(box, (ODD | ODD_TCP)[kind])
        outcome = box.run(*HERE, "--transport", transport)
        expect_confirmed(box, outcome, f"{transport} {SERVER}")


FORGED = {
    "another-id": lambda request: with_id(answer_to(request, REFUSED), 0x55),
    "another-opcode": without_opcode,
    "no-answer": lambda request: request.data,
    "one-byte": lambda request: request.data[:1],
}


@scenario(*((kind,) for kind in FORGED))
def udp_forged_first(kind):
    """Over UDP what is no answer to this update is ignored; the right one counts."""
    with Box() as box:
        answering(box, lambda request: [FORGED[kind](request), confirm(request)])
        outcome = box.run(*HERE, "--transport", "udp")
        expect_confirmed(box, outcome, f"udp {SERVER}")


@scenario()
def udp_lost():
    """Over UDP what gets no answer is sent again."""
    with Box() as box:
        seen = []

        def steps(request):
            seen.append(request)
            return [confirm(request)] if len(seen) > 1 else []

        answering(box, steps)
        outcome = box.run(*HERE, "--transport", "udp")
        expect_confirmed(box, outcome, *[f"udp {SERVER}"] * 2)


@scenario()
def udp_truncated():
    """An answer over UDP that is truncated: the update goes over TCP."""
    with Box() as box:
        def answer(request, transport):
            data = answer_to(request, flags=0 if transport == "tcp" else TC)
            return [confirm(request, data=data)]

        Peer(box, SERVER, answer)
        outcome = box.run(*HERE, "--transport", "udp")
        expect_confirmed(box, outcome, f"udp {SERVER}", f"tcp {SERVER}")


@scenario()
def two_at_once():
    """Two runs side by side: one sends, the other waits for it and finds nothing to do."""
    with Box() as box:
        answering(box, lambda request: [1.5, confirm(request)])
        runs = [box.start(*HERE) for _ in range(2)]
        ended = [box.finish(run) for run in runs]
        equal("exit statuses", [status for status, _, _ in ended], [0, 0])
        updates = [one for one in box.wire.drain() if one.message.opcode == UPDATE]
        equal("number of updates", len(updates), 1)
        elided = [err for _, _, err in ended if "Eliding DNS record update" in err]
        true("none found nothing to do", len(elided) == 1, ended)
        box.expect_cache(WAN)


@scenario()
def two_configurations_with_one_cache():
    """Two files, but one cache: the second run waits, and looks at the addresses after that."""
    with Box() as box:
        answering(box, lambda request: [1.5, confirm(request)])
        first = box.start(*HERE)
        time.sleep(0.5)
        box.move()
        # The second configuration is another file, not the same one written anew.
        os.rename(os.path.join(box.net.dir, "pydyndns.conf"),
                  os.path.join(box.net.dir, "other.conf"))
        second = box.start(*HERE)
        ended = [box.finish(run) for run in (first, second)]
        equal("exit statuses", [status for status, _, _ in ended], [0, 0])
        box.expect_cache(WAN_MOVED)
        updates = [one for one in box.wire.drain() if one.message.opcode == UPDATE]
        equal("number of updates", len(updates), 2)


SILENT = {
    "tcp": lambda request: [],
    "tcp-drips": lambda request: [step for byte in framed(confirm(request))
                                  for step in (Raw(bytes([byte])), 1)],
    "udp": lambda request: [],
}
# 30 s for an address over TCP; over UDP the retries, and then perhaps TCP.
SECONDS = {"tcp": (29, 34), "tcp-drips": (29, 34), "udp": (2, 60)}


@scenario(*((kind,) for kind in SILENT), slow=True)
def silent(kind):
    """A server that is silent, or never done: given up in time, and no cache is left."""
    with Box() as box:
        answering(box, SILENT[kind])
        outcome = box.run(*HERE, "--transport", kind[:3])
        box.expect_failed(outcome, SERVER).expect_within(*SECONDS[kind])
        true("nothing was sent", outcome.updates)
        equal("sent for another name", {HOST}, {
            one.message.authority[0].name for one in outcome.updates})
