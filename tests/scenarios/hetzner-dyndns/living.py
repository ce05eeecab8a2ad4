"""Scenarios of a service that lives long: children killed, crowds, signals, clocks, memory."""

import json
import os
import re
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from asking import composed, receive_one
from box import A, B, C, HOST, KEY, OTHER, PORT, Box
from checks import Skipped, Wrong, between, equal, scenario, took, true
from clock import built
from net import LOCAL
from processes import children_of
from program import wait_until
from subject import is_by_itself, is_emulated, limit, patience

IDLE = 200
GROWTH_KIB_MAX = 1024


@scenario
def child_is_killed():
    """A child that dies in the middle: the request fails, the next one is good."""
    for number in (signal.SIGKILL, signal.SIGSEGV):
        with Box({"home/A": [C]}) as box:
            box.hetzner.fault("slow", when="^GET .*/rrsets", seconds=2)
            with ThreadPoolExecutor(1) as pool:
                late = pool.submit(box.update, fqdn=HOST, ip=A)
                wait_until("a look", lambda: "rrsets" in str(box.hetzner.every_call()))
                os.kill(box.service.wait_for_child(), number)
                answer = late.result()
            equal("status", (answer.status, answer.text), (500, answer.text))
            box.hetzner.well()
            box.did(box.update(fqdn=HOST, ip=A), "updated", A)


@scenario
def child_is_stopped():
    """A child that hangs is killed in time, and the next request gets another."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("slow", when="^GET .*/rrsets", seconds=1)
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(box.update, fqdn=HOST, ip=A)
            wait_until("a look", lambda: "rrsets" in str(box.hetzner.every_call()))
            child = box.service.wait_for_child()
            os.kill(child, signal.SIGSTOP)
            began = time.monotonic()
            answer = late.result()
        took("seconds to the answer", time.monotonic() - began, 0, patience(60))
        equal("status", (answer.status, answer.text), (500, answer.text))
        wait_until("the child is gone", lambda: not os.path.exists(f"/proc/{child}"))
        box.hetzner.well()
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)


child_is_stopped.seconds = 60


@scenario
def children_go():
    """Children that have nothing to do end by themselves, and no zombie stays."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        true("children", box.service.children())
        wait_until("they have gone", lambda: not children_of(box.service.pid), 15)
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)


children_go.seconds = 14


@scenario
def ends_with_work_under_way():
    """SIGTERM: what is under way is answered, nothing new is taken, and it ends with 0."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("slow", when="^GET .*/rrsets", seconds=2)
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(box.update, fqdn=HOST, ip=A)
            wait_until("a look", lambda: "rrsets" in str(box.hetzner.every_call()))
            taken = box.service.end(seconds=11)
            answer = late.result()
        equal("status", (answer.status, answer.text), (200, answer.text))
        equal(KEY, box.hetzner.values(KEY), [A])
        return f"{taken:.1f} s"


@scenario
def ends_with_nothing_to_do():
    """SIGTERM and SIGINT: at once, also with connections that are open and say nothing."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Box() as box:
            idle = [box.net.connect(LOCAL, PORT) for _ in range(5)]
            idle[0].sendall(b"GET /nic/up")
            time.sleep(0.2)
            box.service.end(number, seconds=3)
            for one in idle:
                one.close()


@scenario
def ends_although_hetzner_hangs():
    """SIGTERM while Hetzner is silent: ended within 10 s and a bit."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("silent")
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(box.update, fqdn=HOST, ip=A)
            wait_until("a request", box.hetzner.every_call)
            taken = box.service.end(seconds=12)
            try:
                late.result()
            except Wrong:
                pass
        return f"{taken:.1f} s"


ends_although_hetzner_hangs.seconds = 12


@scenario
def hang_up():
    """SIGHUP does not end it."""
    with Box() as box:
        box.service.process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


def held(box):
    """The memory that is the service's own, in KiB."""
    with open(f"/proc/{box.service.pid}/status", encoding="ascii") as file:
        return int(re.search(r"^RssAnon:\s+(\d+) kB$", file.read(), re.M).group(1))


@scenario
def crowd_of_the_idle():
    """Hundreds of connections that say nothing or drip do not delay a good request."""
    with Box() as box:
        before = held(box)
        crowd = [box.net.connect(LOCAL, PORT) for _ in range(IDLE)]
        for number, one in enumerate(crowd):
            if number % 2:
                one.sendall(b"POST /update HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        began = time.monotonic()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        took("seconds", time.monotonic() - began, 0, patience(3))
        # Who never finishes is let go.
        crowd[1].settimeout(limit(20))
        data = crowd[1].recv(4096)
        true("let go", data == b"" or b" 408 " in data[:16], data)
        for one in crowd:
            one.close()
        grown = held(box) - before
        if not is_emulated():
            between("KiB more", grown, 0, GROWTH_KIB_MAX)
        return f"{grown} KiB more"


crowd_of_the_idle.seconds = 12


@scenario
def slow_upstream_and_a_queue():
    """Many requests while Hetzner is slow: each is answered, or told to come back."""
    hosts = [f"h{number}.example.com" for number in range(60)]
    with Box(hosts=hosts) as box:
        box.hetzner.fault("slow", when="rrsets", seconds=0.5)
        with ThreadPoolExecutor(60) as pool:
            answers = list(pool.map(lambda host: box.update(fqdn=host, ip=A), hosts))
        statuses = [answer.status for answer in answers]
        true("statuses", set(statuses) <= {200, 500, 503}, statuses)
        for answer in answers:
            if answer.status == 503:
                true("Retry-After", "retry-after" in answer.headers, answer.headers)
        box.hetzner.well()
        equal("later", [one.status for one in
                        (box.update(fqdn=host, ip=B) for host in hosts[:5])], [200] * 5)
        return f"{statuses.count(200)} of {len(hosts)} at once"


slow_upstream_and_a_queue.seconds = 30


@scenario
def gone_before_the_answer():
    """Clients that go before their answer: the work is done, nothing is left over."""
    with Box({"home/A": [C]}) as box:
        files = len(os.listdir(f"/proc/{box.service.pid}/fd"))
        body = json.dumps({"fqdn": HOST, "ip": A}).encode()
        request = composed("POST", "/update", {
            "Content-Type": "application/json", "X-Pre-Shared-Key": box.keys()[HOST]}, body)
        for _ in range(20):
            with box.net.connect(LOCAL, PORT) as connection:
                connection.sendall(request)
        wait_until("it is done", lambda: box.hetzner.values(KEY) == [A])
        box.did(box.update(fqdn=OTHER, ip=A), "created", A, key="example.com/office/A")
        # The children stay for a while, with a pipe each way.
        wait_until("descriptors are closed", lambda: files + 12 >= len(
            os.listdir(f"/proc/{box.service.pid}/fd")))


@scenario
def byte_by_byte():
    """A request that comes a byte at a time is answered like any other."""
    with Box() as box:
        body = json.dumps({"fqdn": HOST, "ip": A}).encode()
        request = composed("POST", "/update", {
            "Content-Type": "application/json", "X-Pre-Shared-Key": box.keys()[HOST]}, body)
        with box.net.connect(LOCAL, PORT) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in request:
                connection.sendall(bytes([byte]))
                time.sleep(0.005)
            answer = receive_one(connection)
        box.did(answer, "created", A)


@scenario
def oversized():
    """Heads and bodies that are too long are refused, and the next client does not notice."""
    with Box() as box:
        for request, statuses in (
                (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", (414, 431, 400)),
                (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", (431, 400)),
                (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n", (431, 400)),
                (b"POST /update HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n", (413,)),
                (b"POST /update HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n"
                 b"\r\n", (413, 400))):
            with box.net.connect(LOCAL, PORT) as connection:
                try:
                    connection.sendall(request)
                except OSError:
                    pass
                try:
                    answer = receive_one(connection, 20)
                    true(f"status of {request[:30]!r}", answer.status in statuses, answer)
                except (OSError, Wrong):
                    # It may close before everything was read; then the answer is lost.
                    true("an answer to a short one", len(request) > 1000, request[:50])
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def in_nineteen_seventy():
    """Before the clock is set nothing is asked for; the answer says why; then all is well."""
    if not is_by_itself():
        raise Skipped("what is preloaded is not for a static program")
    with Box(start=False) as box:
        library = built(box.net.dir, "-DCLOCK_STANDS=100")
        # The children get no environment, so they are told by a file of the machine's own.
        folder = box.net.path("etc")
        # Without the machines of other scenarios, which come and go meanwhile.
        shutil.copytree("/etc", folder, symlinks=True, ignore_dangling_symlinks=True,
                        ignore=shutil.ignore_patterns("netns"))
        with open(f"{folder}/ld.so.preload", "w", encoding="utf-8") as file:
            file.write(library + "\n")
        box.net.by("unshare", "-m", "--propagation", "private", "sh", "-c",
                   f'mount --bind "{folder}" /etc && exec "$@"', "sh")
        box.start()
        answer = box.update(fqdn=HOST, ip=A)
        equal("status", (answer.status, answer.text), (500, answer.text))
        true("the clock is named", "clock" in answer.text, answer)
        box.untouched()
