"""Scenarios of the health endpoint: every state, both families, and clients of all kinds."""

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from box import A, B, Box
from checks import between, equal, scenario, took, true
from netns import inside
from subject import patience

PORT = 8099
CLIENT_SECONDS_MAX, ANSWER_SECONDS_MAX = 5, 20
CLIENTS_MAX = 8
V4, V6 = "127.0.0.1", "::1"


def connect(box, host=V4):
    """A connection to the endpoint."""
    return inside(box.net.machine, lambda: socket.create_connection((host, PORT), 10))


def read_all(sock):
    """All that comes until the end of the connection."""
    sock.settimeout(patience(ANSWER_SECONDS_MAX))
    data = b""
    try:
        while more := sock.recv(4096):
            data += more
    except ConnectionResetError:
        pass
    return data


def ask(box, request=b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", host=V4):
    """(status, headers, body) of a request; (None, {}, b"") where nothing is answered."""
    with connect(box, host) as sock:
        sock.sendall(request)
        data = read_all(sock)
    if not data:
        return None, {}, b""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    if "content-length" in headers:
        equal("Content-Length", int(headers["content-length"]), len(body))
    return int(lines[0].split()[1]), headers, body


def healthy(box, status, state, address=None, failures=0, succeeded=None):
    """Both families answer with this status and document; gives last_success."""
    answers = [ask(box, host=host) for host in (V4, V6)]
    for got, headers, body in answers:
        equal("status", got, status)
        equal("type", headers.get("content-type"), "application/json")
        document = json.loads(body)
        equal("keys", sorted(document), [
            "address", "error_count", "failures", "healthy", "last_success",
            "last_sync_seconds_ago", "state", "status", "sync_state"])
        original = {key: document[key]
                    for key in ("status", "sync_state", "error_count", "healthy")}
        well = state == "synced"
        equal("the original's keys", original, {
            "status": "ok" if well else "degraded", "sync_state": state, "error_count": failures,
            "healthy": well})
        evidence = {key: document[key] for key in ("state", "address", "failures")}
        equal("health", evidence, {"state": state, "address": address, "failures": failures})
        if succeeded is not None:
            equal("last_success is null", document["last_success"] is None, not succeeded)
        if succeeded:
            between("age of the success", time.time() - document["last_success"], -1, 60)
            between("last_sync_seconds_ago", document["last_sync_seconds_ago"], 0, 60)
        else:
            equal("last_sync_seconds_ago is null", document["last_sync_seconds_ago"] is None,
                  document["last_success"] is None)
    return document["last_success"]


@scenario
def states():
    """Unknown, Detected, Synced and Error, each with its status and document."""
    with Box(health_port=PORT, timeout=30) as box:
        box.warned()
        healthy(box, 200, "unknown", succeeded=False)
        box.api.faults("* silent-after")
        box.add(A)
        box.daemon.wait_for_child()
        status, _, body = ask(box)
        equal("while it asks", (status, json.loads(body)["state"]), (200, "detected"))
        os.kill(box.daemon.wait_for_child(), signal.SIGKILL)
        box.failed()
        status, _, body = ask(box)
        found = json.loads(body)
        equal("in error", (status, found["state"], found["failures"], found["last_success"]),
              (503, "error", 1, None))
        equal("in error, as the original says it", {key: found[key] for key in (
            "status", "sync_state", "last_sync_seconds_ago", "error_count", "healthy")}, {
                "status": "degraded", "sync_state": "error", "last_sync_seconds_ago": None,
                "error_count": 1, "healthy": False})
        box.api.faults()
        box.calls()
        box.daemon.wait_for("^Synced: ", box.told)
        healthy(box, 200, "synced", A, succeeded=True)
        box.lines()
        box.calls()
        box.api.faults("* reply 500 body={}")
        box.add(B)
        box.remove(A)
        box.failed()
        status, _, body = ask(box, host=V6)
        found = json.loads(body)
        equal("in error again", (status, found["state"], found["failures"]), (503, "error", 1))
        true("the last success is forgotten", found["last_success"], found)
        box.api.faults()


@scenario
def requests():
    """Paths, methods, versions and garbage."""
    with Box([A], health_port=PORT) as box:
        box.synced(A, "created", caused=False)
        for request, status in (
                (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", 200),
                (b"GET /health HTTP/1.0\r\n\r\n", 200),
                (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"GET /health/ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"GET /healthy HTTP/1.1\r\nHost: x\r\n\r\n", 404),
                (b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", 405),
                (b"DELETE /health HTTP/1.1\r\nHost: x\r\n\r\n", 405),
                (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
                (b"GET\r\n\r\n", 400),
                (b"GET /health\r\n\r\n", 400),
                (b"\r\n\r\n\r\n\r\nhello\r\n\r\n", 400)):
            got, _, _ = ask(box, request)
            equal(f"status for {request!r}", got, status)
        # Longer than any request has to be: refused, not kept.
        got, _, _ = ask(box, b"GET /health HTTP/1.1\r\nX: " + b"a" * 70000)
        true("an endless header", got in (None, 400, 413, 431), got)
        # Gone before the answer.
        for _ in range(20):
            with connect(box) as sock:
                sock.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        got, _, _ = ask(box)
        equal("status after all that", got, 200)
        box.quiet(allowed="^DEBUG")


@scenario
def byte_by_byte():
    """A request that comes in pieces is answered; one that never ends is dropped after 5 s."""
    with Box([A], health_port=PORT) as box:
        box.synced(A, "created", caused=False)
        with connect(box) as sock:
            for byte in b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n":
                sock.sendall(bytes([byte]))
                time.sleep(0.01)
            true("no answer", read_all(sock).startswith(b"HTTP/1.1 200 "))
        began = time.monotonic()
        with connect(box) as sock:
            sock.sendall(b"GET /hea")
            read_all(sock)
        took("seconds until it is dropped", time.monotonic() - began, CLIENT_SECONDS_MAX - 1,
             CLIENT_SECONDS_MAX + patience(1))


@scenario
def twenty_at_once():
    """Twenty clients at once are all answered, beside as many idle ones as it takes."""
    with Box([A], health_port=PORT) as box:
        box.synced(A, "created", caused=False)
        files = box.daemon.descriptors()
        with ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(lambda number: ask(box, host=(V4, V6)[number % 2])[0],
                                     range(20)))
        equal("statuses", statuses, [200] * 20)
        idle = [connect(box, (V4, V6)[number % 2]) for number in range(2 * CLIENTS_MAX)]
        time.sleep(0.3)
        true("more clients than eight are let in", box.daemon.descriptors() <= files + CLIENTS_MAX,
             box.daemon.descriptors() - files)
        began = time.monotonic()
        status, _, _ = ask(box)
        equal("status beside idle clients", status, 200)
        took = time.monotonic() - began
        for sock in idle:
            sock.close()
        time.sleep(patience(0.5))
        true("descriptors that stay", box.daemon.descriptors() <= files, box.daemon.descriptors())
        return f"answered after {took:.1f} s"


@scenario
def dripping_clients():
    """Clients that drip do not delay a synchronisation."""
    with Box([A], health_port=PORT) as box:
        box.synced(A, "created", caused=False)
        clients = [connect(box) for _ in range(CLIENTS_MAX - 1)]
        with ThreadPoolExecutor(CLIENTS_MAX) as pool:
            running = [pool.submit(drip, sock) for sock in clients]
            box.add(B)
            box.remove(A)
            box.synced(B, "updated")
            true("no client was dripping any more", any(not one.done() for one in running))


def drip(sock):
    """Sends a byte now and then until the endpoint has had enough."""
    with sock:
        try:
            for byte in b"GET /health HTTP/1.1\r\nX: " + b"a" * 20:
                sock.sendall(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass


@scenario
def asks_nothing():
    """Asking for the health asks nothing of the API, and only loopback can."""
    with Box([A], health_port=PORT) as box:
        box.synced(A, "created", caused=False)
        for _ in range(10):
            ask(box)
        box.quiet(allowed="^DEBUG")
        try:
            with connect(box, A):
                reached = True
        except OSError:
            reached = False
        equal("reached from outside", reached, False)


@scenario
def port_taken():
    """The port is in use: it says so and names it."""
    with Box([A], start=False) as box:
        taken = inside(box.net.machine, lambda: socket.create_server((V4, PORT)))
        with taken:
            box.start(health_port=PORT)
            line = box.daemon.wait_for("^(ERROR|WARNING): ")
            true("the port is not named", str(PORT) in line, line)
            box.daemon.stop()
