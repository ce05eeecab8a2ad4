"""Scenarios behind a real nginx: whose address counts, and requests that mean to be two."""

import json
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from asking import read_answers
from box import A, B, C, HOST, KEY, PORT, Box
from checks import Skipped, equal, scenario, true
from net import ELSEWHERE, HOME, LOCAL, PROXY
from netns import started
from program import wait_until

FRONT_PORT = 8000
CONFIGURATION = """
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log {dir}/nginx.error warn;
events {{ worker_connections 64; }}
http {{
    access_log {dir}/nginx.access;
    client_body_temp_path {dir}/nginx-body;
    proxy_temp_path {dir}/nginx-proxy;
    fastcgi_temp_path {dir}/nginx-fastcgi;
    uwsgi_temp_path {dir}/nginx-uwsgi;
    scgi_temp_path {dir}/nginx-scgi;
    upstream backend {{
        server 127.0.0.1:{port};
        keepalive 4;
    }}
    server {{
        listen {front};
        {http}
        location / {{
            proxy_pass http://backend;
            proxy_bind {proxy};
            {headers}
        }}
    }}
}}
"""
# What people write: the address itself, the list, or both.
REAL = "proxy_set_header X-Real-Ip $remote_addr;"
LIST = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
KEPT_OPEN = 'proxy_http_version 1.1; proxy_set_header Connection "";'
QUIET_SECONDS = 0.7


class Front:
    """nginx before the service; `with` ends it."""

    def __init__(self, box, *headers, http=""):
        if shutil.which("nginx") is None:
            raise Skipped("nginx is not installed")
        self.net = box.net
        path = box.write("nginx.conf", CONFIGURATION.format(
            dir=box.net.dir, port=PORT, front=FRONT_PORT, proxy=PROXY, headers=" ".join(headers),
            http=http))
        self.process = started(self.net.machine, ["nginx", "-c", path, "-p", box.net.dir],
                               box.net.path("nginx.out"), ready=None)
        wait_until("nginx listens", self.listens)

    def listens(self):
        """Whether it takes connections."""
        try:
            self.net.connect(LOCAL, FRONT_PORT).close()
            return True
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


@scenario
def behind_nginx():
    """Clients behind nginx are known by X-Real-Ip or X-Forwarded-For, over a kept connection."""
    for headers in ((REAL,), (LIST,), (REAL, LIST), (REAL, LIST, KEPT_OPEN)):
        with Box() as box, Front(box, *headers):
            box.did(box.update(fqdn=HOST, source=HOME, port=FRONT_PORT), "created", HOME)
            box.did(box.update(fqdn=HOST, source=ELSEWHERE, port=FRONT_PORT), "updated",
                    ELSEWHERE)
            box.told(box.nic(hostname=HOST, source=HOME, port=FRONT_PORT), f"good {HOME}")
            box.told(box.nic(hostname=HOST, myip=A, method="POST", port=FRONT_PORT), f"good {A}")
            box.refused(box.update(key="x", fqdn=HOST, port=FRONT_PORT), 401, "Unauthorized")


@scenario
def forged_behind_nginx():
    """Behind nginx a client cannot pass for another one, where TRUSTED_PROXIES says who is one."""
    forged = {"X-Forwarded-For": B, "X-Real-Ip": C}
    for headers in ((LIST,), (REAL, LIST), (REAL, LIST, KEPT_OPEN)):
        with Box(TRUSTED_PROXIES=PROXY) as box, Front(box, *headers):
            answer = box.update(headers=forged, fqdn=HOST, source=HOME, port=FRONT_PORT)
            box.did(answer, "created", HOME)
            # Past nginx, straight to the service.
            answer = box.update(headers=forged, fqdn=HOST, source=ELSEWHERE)
            box.did(answer, "updated", ELSEWHERE)
            answer = box.nic(headers=forged, hostname=HOST, source=HOME, port=FRONT_PORT)
            box.told(answer, f"good {HOME}")


@scenario
def many_through_nginx():
    """A hundred requests through few connections: each gets its own answer."""
    with Box() as box, Front(box, REAL, LIST, KEPT_OPEN):
        box.did(box.update(fqdn=HOST, ip=A), "created", A)

        def one(number):
            if number % 3 == 0:
                return box.nic(hostname=HOST, myip=A, port=FRONT_PORT).text.strip()
            if number % 3 == 1:
                return box.update(fqdn=HOST, ip=A, port=FRONT_PORT).document["status"]
            return box.update(fqdn=HOST, ip="x", port=FRONT_PORT).document["error"]
        with ThreadPoolExecutor(8) as pool:
            every = list(pool.map(one, range(99)))
        equal("answers", every, [f"nochg {A}", "unchanged", "Invalid IP"] * 33)


def shapes(inner):
    """(name, bytes) of requests whose ends one can see in two ways; `inner` hides in them."""
    length = len(inner)
    chunked = b"Transfer-Encoding: chunked\r\n"
    start = b"POST /update HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    end = b"0\r\n\r\n"
    yield "CL.TE", start + b"Content-Length: %d\r\n" % (length + len(end)) + chunked + b"\r\n" \
        + end + inner
    yield "TE.CL", start + b"Content-Length: 4\r\n" + chunked + b"\r\n%x\r\n" % length + inner \
        + b"\r\n" + end
    for number, field in enumerate((
            b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding : chunked\r\n",
            b"Transfer-Encoding:\tchunked\r\n", b" Transfer-Encoding: chunked\r\n",
            b"X: y\r\n\tTransfer-Encoding: chunked\r\n", b"Transfer-Encoding:\x0bchunked\r\n",
            b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
            b"X: y\nTransfer-Encoding: chunked\r\n", b"Transfer_Encoding: chunked\r\n",
            b"Transfer-Encoding: chunked, identity\r\n")):
        yield f"TE.{number}", start + b"Content-Length: %d\r\n" % (length + len(end)) + field \
            + b"\r\n" + end + inner
    for number, field in enumerate((
            b"Content-Length: 0\r\nContent-Length: %d\r\n" % length,
            b"Content-Length: %d\r\nContent-Length: 0\r\n" % length,
            b"Content-Length: 0, %d\r\n" % length, b"Content-Length: +0\r\n",
            b"Content-Length: -1\r\n", b"Content-Length: 0x0\r\n", b"Content-Length: \r\n",
            b"Content-Length : 0\r\n", b"X: y\r\n Content-Length: 0\r\n", b"Content-Length: 0\n",
            b"Content-Length: 18446744073709551616\r\n")):
        yield f"CL.{number}", start + field + b"\r\n" + inner
    yield "bare LF", b"POST /update HTTP/1.1\nHost: x\nContent-Length: %d\n\n" % length + inner
    yield "bare CR", b"POST /update HTTP/1.1\rHost: x\r\nContent-Length: %d\r\n\r\n" % length \
        + inner
    yield "LF in a field", start + b"X: a\nContent-Length: 0\r\nContent-Length: %d\r\n\r\n" \
        % length + inner
    yield "GET with a body", b"GET /update HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" \
        % length + inner
    yield "NUL", start + b"X: a\0b\r\nContent-Length: %d\r\n\r\n" % length + inner


def hidden(box, address):
    """A good update of HOST, as it would stand in another request's body."""
    target = f"/nic/update?hostname={HOST}&myip={address}&user=home&pass={box.keys()[HOST]}"
    return f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()


def poke(box, request, port):
    """Sends bytes and gives what comes within a moment, whole answers or not."""
    with box.net.connect(LOCAL, port) as connection:
        connection.sendall(request)
        connection.settimeout(QUIET_SECONDS)
        data = b""
        try:
            while more := connection.recv(65536):
                data += more
        except (socket.timeout, ConnectionResetError):
            pass
    return data


@scenario
def smuggled_to_the_service():
    """Requests whose end is unclear are refused, and the one that hides in them is never seen."""
    with Box({"home/A": [C]}) as box:
        for name, request in shapes(hidden(box, A)):
            data = poke(box, request, PORT)
            equal(f"{name}: what stands", box.hetzner.values(KEY), [C])
            true(f"{name}: refused", b"HTTP/1.1 4" in data[:12] or b"HTTP/1.0 4" in data[:12]
                 or not data, data)
            equal(f"{name}: answers", data.count(b"HTTP/1."), 1 if data else 0)
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)


@scenario
def smuggled_through_nginx():
    """What nginx lets through is never two requests for the service."""
    with Box({"home/A": [C]}) as box, Front(box, REAL, LIST, KEPT_OPEN):
        for name, request in shapes(hidden(box, A)):
            before = len(box.read("nginx.access").splitlines())
            data = poke(box, request, FRONT_PORT)
            time.sleep(0.05)
            seen = box.read("nginx.access").splitlines()[before:]
            own = sum("GET /nic/update" in line for line in seen)
            # Nginx itself may have seen two: then they are two for everybody.
            equal(f"{name}: the one that hid", box.hetzner.values(KEY), [A] if own else [C])
            true(f"{name}: an answer for somebody else", data.count(b"HTTP/1.1 ") <= max(
                len(seen), 1), data)
            # Whoever comes next over nginx's kept connections gets the answer to his own.
            for _ in range(3):
                box.refused(box.update(fqdn=HOST, ip="x", port=FRONT_PORT), 400, "Invalid IP")
            box.did(box.update(fqdn=HOST, ip=C), "updated" if own else "unchanged", C)


@scenario
def upstream_kept_open():
    """A connection that nginx keeps is closed cleanly: no request of a client fails for that."""
    with Box() as box, Front(box, REAL, KEPT_OPEN):
        box.did(box.update(fqdn=HOST, ip=A, port=FRONT_PORT), "created", A)
        for pause in (0.5, 3, 11):
            time.sleep(pause)
            answer = box.update(fqdn=HOST, ip=A, port=FRONT_PORT)
            true(f"after {pause} s", answer.status == 200, answer)


upstream_kept_open.seconds = 15


@scenario
def chunked_bodies():
    """A chunked body is refused by the service and read by nginx for it."""
    with Box() as box, Front(box, REAL):
        body = json.dumps({"fqdn": HOST, "ip": A}).encode()
        request = (f"POST /update HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                   f"X-Pre-Shared-Key: {box.keys()[HOST]}\r\nTransfer-Encoding: chunked\r\n"
                   f"Connection: close\r\n\r\n{len(body):x}\r\n").encode() + body + b"\r\n0\r\n\r\n"
        answers = read_answers(poke(box, request, PORT))
        true("straight", len(answers) == 1 and answers[0].status in (400, 411, 501), answers)
        answers = box.send(request, port=FRONT_PORT, host=LOCAL)
        equal("through nginx", [one.status for one in answers], [200])
