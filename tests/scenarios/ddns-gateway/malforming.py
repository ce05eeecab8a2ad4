"""Scenarios of what is no HTTP, or HTTP that could be read in two ways: a 4xx, and it goes on."""

import os
import random
import re
import socket
import time

from box import Box
from caller import Closed, request
from checks import Wrong, between, equal, scenario, took, true
from processes import read_proc
from subject import is_emulated, patience
from upstreams import ADDRESS_FIELDS, CREDENTIALS

SECRET = {"X-Upstream-Authorization": CREDENTIALS["cloudflare"]}
JSON = SECRET | {"Content-Type": "application/json"}
HEALTH = request("GET", "/health")
BODY = '{"provider":"cloudflare"}'
DEADLINE_SECONDS = 10
BODY_BYTES_MAX = 16384
SEED = 20260102
MUTATIONS = 400


def refused(box, data, *statuses):
    """The bytes are answered with one of these statuses, and then the connection ends."""
    with box.caller() as caller:
        caller.send(data)
        try:
            reply = caller.read()
        except Closed as closed:
            raise Wrong(f"no answer to {data[:80]!r}: {closed}") from closed
        true(f"status for {data[:80]!r}", reply.status in statuses, reply)
        reply.expect_error(reply.status)
        box.replies.append(reply)
        equal("Connection", reply.headers.get("connection"), "close")
        caller.expect_end()


NONSENSE = [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 60, b"\r\n\r\n\r\nx\r\n\r\n",
            b"GET\r\n\r\n", b"GET /health\r\n\r\n", b"/health HTTP/1.1\r\n\r\n",
            b"{}\r\n\r\n", b"\0" * 100 + b"\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
            *(line + b"\r\nHost: a\r\n\r\n" for line in (
                b"GET /health HTTP/1.1 x", b"GET  /health HTTP/1.1", b"GET\t/health\tHTTP/1.1",
                b"G@T /health HTTP/1.1", b"GET /hea\0lth HTTP/1.1", b"GET health HTTP/1.1",
                b"GET /he\xffalth HTTP/1.1", b" GET /health HTTP/1.1", b"GET /health http/1.1",
                b"GET /health HTTP/1.1x", b"GET /health HTTP/11"))]


@scenario
def nonsense():
    """TLS, SSH, and lines that are no request: 400 or 505, and the connection ends."""
    with Box() as box:
        for data in NONSENSE:
            refused(box, data, 400, 505)
        for version in ("2.0", "0.9", "1.2", "3"):
            data = request("GET", "/health", version=version)
            if version == "1.2":
                # A minor version we do not know may be answered as 1.1.
                with box.caller() as caller:
                    caller.send(data)
                    true("status", caller.read().status in (200, 400, 505))
                continue
            refused(box, data, 400, 505)
        refused(box, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, 505)
        box.alive()


@scenario
def hosts():
    """HTTP/1.1 without Host, with two, or with one that is none: 400; HTTP/1.0 needs none."""
    with Box() as box:
        refused(box, request("GET", "/health", host=None), 400)
        refused(box, request("GET", "/health", {"Host": "b"}), 400)
        refused(box, request("GET", "/health", host="a b"), 400)
        reply = box.ask("GET", "/health", host=None, version="1.0")
        equal("HTTP/1.0", reply.status, 200)
        equal("an empty one", box.ask("GET", "/health", host="").status, 200)


@scenario
def fragments():
    """A target with a fragment, which a client keeps to itself: 400."""
    with Box() as box:
        for target in ("/health#x", "/health?a=b#", "#/health", "http://gateway/health#x"):
            refused(box, request("GET", target), 400)


@scenario
def opaque_bytes():
    """Bytes from 0x80 on in a field that nobody reads are let through; in one that counts, not."""
    with Box() as box:
        equal("status", box.ask("GET", "/health", {"User-Agent": "M\xfcller \xff"}).status, 200)
        refused(box, request("GET", "/health", host="gateway\xff"), 400)
        reply = box.raw_update({"provider": "cloudflare", "zone": "example.com", "record": "home",
                                "type": "A", "value": "192.0.2.1"},
                               credentials="ApiKey secret=\xff" + "x" * 40)
        reply.expect_error(400, "X-Upstream-Authorization")
        equal("asked", box.upstreams.calls(), [])


BAD_HEADERS = [b"Name : x", b": x", b"no colon", b" folded: x", b"X: a\r\n b", b"X: a\0b",
               b"X: a\rb", b"X(y): z", b"X\xff: y", b"X: \x07", b"X y: z"]


@scenario
def bad_headers():
    """Header lines that are none, folded ones and control characters: 400."""
    with Box() as box:
        for line in BAD_HEADERS:
            refused(box, b"GET /health HTTP/1.1\r\nHost: a\r\n" + line + b"\r\n\r\n", 400)
        box.alive()


@scenario
def lengths():
    """Content-Length twice, in a list, negative, signed, hex, huge or none: 400 or 413."""
    with Box() as box:
        for value in ("-1", "+5", "0x5", "5,5", "5, 5", "5 5", "", "5x", "1e3", "١",
                      "25\u00a0", "\u200325", "25\u3000", "25\x85"):
            refused(box, request("POST", "/update", JSON | {"Content-Length": value.encode()
                                 .decode("latin-1")}, BODY), 400)
        for first, second in (("5", "5"), ("5", "25"), ("25", "5")):
            refused(box, request("POST", "/update", [
                *JSON.items(), ("Content-Length", first), ("Content-Length", second)], BODY), 400)
        for value in ("16385", "99999999999", "9" * 30, "18446744073709551616", "4294967296",
                      "4294967301", "18446744073709551641"):
            refused(box, request("POST", "/update", JSON | {"Content-Length": value}, BODY),
                    400, 413)
        box.alive()


@scenario
def transfer_encodings():
    """A chunked body: 411; other encodings, or with a length as well: a 4xx or 501."""
    chunked = b"5\r\nhello\r\n0\r\n\r\n"
    with Box() as box:
        refused(box, request("POST", "/update", JSON | {"Transfer-Encoding": "chunked"})
                + chunked, 411)
        for value in ("Chunked", "identity", "gzip, chunked", "chunked, identity", "xchunked",
                      "chunked\t", ""):
            refused(box, request("POST", "/update", JSON | {"Transfer-Encoding": value})
                    + chunked, 400, 411, 501)
        for first, second in ((("Transfer-Encoding", "chunked"), ("Content-Length", "5")),
                              (("Content-Length", "5"), ("Transfer-Encoding", "chunked"))):
            refused(box, request("POST", "/update", [*JSON.items(), first, second])
                    + chunked, 400, 411)
        refused(box, request("GET", "/health", {"Transfer-Encoding": "chunked"}) + chunked,
                400, 411)


@scenario
def smuggled():
    """What follows a refused request on its connection is never taken for a request."""
    with Box() as box:
        inner = request("GET", "/health")
        for headers in ([("Content-Length", "0"), ("Content-Length", str(len(inner)))],
                        [("Content-Length", str(len(inner))), ("Transfer-Encoding", "chunked")],
                        [("Transfer-Encoding", "chunked")]):
            data = request("POST", "/update", [*JSON.items(), *headers])
            refused(box, data + b"0\r\n\r\n" + inner, 400, 411)


@scenario
def body_sizes():
    """The greatest body is taken, one byte more is 413; both before the body has come."""
    with Box() as box:
        whole = BODY + " " * (BODY_BYTES_MAX - len(BODY))
        equal("greatest", box.ask("POST", "/update", JSON, whole).status, 422)
        with box.caller() as caller:
            head = request("POST", "/update", JSON | {"Content-Length": str(BODY_BYTES_MAX + 1)})
            caller.send(head)
            caller.read().expect_error(413)
            caller.send(b"x" * (BODY_BYTES_MAX + 1))
            caller.expect_end()
        refused(box, request("POST", "/update", JSON, "x" * 1_000_000), 413)
    with Box(limits={"body_bytes": 300}) as box:
        equal("small", box.ask("POST", "/update", JSON, "x" * 300).status, 422)
        refused(box, request("POST", "/update", JSON, "x" * 301), 413)


@scenario
def head_sizes():
    """Heads that are too long, in the target, a field or their number: 431 or 414."""
    with Box() as box:
        equal("long", box.ask("GET", "/health?" + "x" * 4000).status, 200)
        refused(box, request("GET", "/" + "x" * 100_000), 414, 431)
        refused(box, request("GET", "/health", {"X-Long": "x" * 100_000}), 431)
        refused(box, request("GET", "/health", [(f"X-{n}", "y") for n in range(5000)]), 431)
        refused(box, b"x" * 200_000, 400, 414, 431)
        box.alive()


@scenario
def tolerated():
    """What old and odd clients do: HTTP/1.0, bare LF, empty lines first, absolute targets."""
    with Box() as box:
        reply = box.ask("GET", "/health", version="1.0")
        equal("HTTP/1.0", (reply.status, reply.headers.get("connection", "close")), (200, "close"))
        with box.caller() as caller:
            caller.send(b"\r\n" + HEALTH)
            equal("empty line first", caller.read().status, 200)
        equal("absolute", box.ask("GET", "http://gateway/health").status, 200)
        with box.caller() as caller:
            caller.send(b"GET /health HTTP/1.1\nHost: a\n\n")
            true("bare LF", caller.read().status in (200, 400))


@scenario
def in_pieces():
    """A request that comes byte by byte, and one whose body comes late."""
    with Box() as box:
        data = request("POST", "/update", JSON, BODY)
        with box.caller() as caller:
            for byte in data:
                caller.send(bytes([byte]))
            caller.read().expect_error(422)
        with box.caller() as caller:
            caller.send(data[:-len(BODY)])
            time.sleep(1)
            caller.send(BODY.encode())
            caller.read().expect_error(422)


@scenario
def expectation():
    """Expect: 100-continue is answered before the body is sent; another expectation is not met."""
    with Box() as box:
        with box.caller() as caller:
            caller.send(request("POST", "/update", JSON | {
                "Expect": "100-continue", "Content-Length": str(len(BODY))}))
            equal("interim", caller.read(interim=True).status, 100)
            caller.send(BODY.encode())
            caller.read().expect_error(422)
        with box.caller() as caller:
            caller.send(request("POST", "/update", JSON | {
                "Expect": "100-continue", "Content-Length": "1000000"}))
            equal("too large", caller.read(interim=True).status, 413)


@scenario
def keep_alive():
    """Many requests on one connection; `Connection: close` and HTTP/1.0 end it."""
    with Box() as box:
        with box.caller() as caller:
            for _ in range(100):
                equal("status", caller.ask("GET", "/health").status, 200)
            caller.ask("POST", "/update", JSON, BODY).expect_error(422)
            equal("close", caller.ask("GET", "/health", {"Connection": "close"}).status, 200)
            caller.expect_end()
        with box.caller() as caller:
            reply = caller.ask("GET", "/health", {"Connection": "keep-alive"}, version="1.0")
            if reply.headers.get("connection", "").lower() == "keep-alive":
                equal("again", caller.ask("GET", "/health", version="1.0").status, 200)
            caller.expect_end()


@scenario
def pipelined():
    """Requests sent without waiting are answered in order, also where the first is the slowest."""
    with Box() as box:
        box.upstreams.misbehave("cloudflare", "delay", "GET zones", seconds=0.5)
        slow = request("POST", "/update", JSON, str(ADDRESS_FIELDS).replace("'", '"'))
        with box.caller() as caller:
            caller.send(slow + HEALTH + request("GET", "/none") + slow + HEALTH)
            statuses = [caller.read().status for _ in range(5)]
            equal("statuses", statuses, [200, 200, 404, 200, 200])
        with box.caller() as caller:
            caller.send(HEALTH * 200 + b"nonsense\r\n\r\n" + HEALTH)
            equal("statuses", [caller.read().status for _ in range(201)], [200] * 200 + [400])
            caller.expect_end()


@scenario
def late():
    """A head, or a body, that does not come whole within 10 s: 408, and the connection ends."""
    with Box() as box:
        data = request("POST", "/update", JSON, BODY)
        starts = (b"G", data[:40], data[:-1], data[:-len(BODY)])
        callers = [box.caller() for _ in starts]
        began = time.monotonic()
        for caller, start in zip(callers, starts):
            caller.send(start)
        # A byte now and then does not buy time.
        for _ in range(5):
            time.sleep(1)
            callers[0].send(b"E")
        for caller in callers:
            caller.read().expect_error(408)
            took("seconds", time.monotonic() - began, DEADLINE_SECONDS - 1,
                 DEADLINE_SECONDS + patience(2))
            caller.expect_end()
            caller.close()
        box.alive()


late.seconds = 12


@scenario
def gone():
    """Clients that go in the middle, in peace or with a reset, before and after the answer."""
    with Box() as box:
        data = request("POST", "/update", JSON, str(ADDRESS_FIELDS).replace("'", '"'))
        before = box.gateway.descriptors()
        for cut in (0, 1, 20, len(data) - 1, len(data)):
            for is_reset in (False, True):
                caller = box.caller()
                caller.send(data[:cut])
                if is_reset:
                    caller.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                             b"\1\0\0\0\0\0\0\0")
                caller.close()
        box.alive()
        time.sleep(patience(1.5))
        box.alive()
        between("descriptors", box.gateway.descriptors(), 0, before + 4)
        with box.caller() as caller:
            caller.send(HEALTH)
            caller.socket.shutdown(socket.SHUT_WR)
            equal("after half a close", caller.read().status, 200)
            caller.expect_end()


@scenario
def mutations():
    """Good requests with bytes flipped, cut out and repeated: it answers or ends, and goes on."""
    # The seed is printed with the failure, as it stands in the evidence.
    dice = random.Random(int(os.environ.get("DDNSBOX_GATEWAY_SEED", SEED)))
    good = [request("POST", "/update", JSON, BODY), HEALTH,
            request("GET", "/update?provider=x&zone=%41", SECRET)]
    with Box() as box:
        for number in range(MUTATIONS):
            data = bytearray(dice.choice(good))
            for _ in range(dice.randrange(1, 4)):
                at = dice.randrange(len(data))
                kind = dice.randrange(3)
                if kind == 0:
                    data[at] = dice.randrange(256)
                elif kind == 1:
                    del data[at:at + dice.randrange(1, 9)]
                else:
                    data[at:at] = data[at:at + dice.randrange(1, 40)]
            with box.caller() as caller:
                caller.send(bytes(data))
                try:
                    caller.socket.shutdown(socket.SHUT_WR)
                    while True:
                        reply = caller.read()
                        true(f"status of {number}: {bytes(data)!r}",
                             reply.status < 500 or reply.status == 505, reply)
                except (Closed, OSError):
                    pass
        box.alive()
        equal("lines that are forged",
              [one for one in box.gateway.lines if not one.startswith("20")], [])


ANSWER_BYTES = 1_000_000
CHILD_KIB_MAX = 16 * 1024


def nested(opening, closing):
    """An answer of the greatest size with lists or objects in each other."""
    levels = ANSWER_BYTES // len(opening + closing)
    return '{"result":' + opening * levels + "0" + closing * levels + "}"


@scenario
def answers_that_are_deep():
    """A megabyte of nested or many values from a provider: 502, and the child stays small."""
    bodies = [nested("[", "]"), nested('{"a":', "}"), nested('[{"a":', "}]"),
              '{"result":[' + "[]," * (ANSWER_BYTES // 3) + "0]}",
              '{"result":[' + "0," * (ANSWER_BYTES // 2) + "0]}"]
    most = 0
    with Box() as box:
        for body in bodies:
            box.upstreams.misbehave("cloudflare", "answer", status=200, body=body)
            box.update("cloudflare").expect_error(502)
            for child in box.gateway.children():
                peak = re.search(rb"^VmHWM:\s+(\d+) kB$", read_proc(child, "status"), re.M)
                most = max(most, int(peak.group(1)) if peak else 0)
        true("no child was seen", most)
        if not is_emulated():
            between("KiB of a child", most, 1, CHILD_KIB_MAX)
        box.upstreams.behave()
        box.done("created", "cloudflare")
    return f"{most} KiB"
