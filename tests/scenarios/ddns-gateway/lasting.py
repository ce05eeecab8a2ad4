"""Scenarios of many requests, and of the end: memory, descriptors, SIGTERM, restarts."""

import os
import signal
import socket
import threading
import time

from box import TOKEN, Box
from caller import Caller, request
from checks import between, equal, scenario, true
from subject import is_emulated, limit, patience
from upstreams import ADDRESS_FIELDS, CREDENTIALS

REQUESTS = 20_000
BATCH = 50
# Of both kinds some come first, so that every page that is touched once has been touched.
WARM_UP = 1000
GROWTH_KIB_MAX = 64
# What updates under way are given to end.
GRACE_SECONDS = 10
# Of a provider that is silent: long enough to tell the end of that from the end of the grace.
UPSTREAM_SECONDS = 120
UPDATES = 60


def held(gateway):
    """(private KiB, descriptors, children) of the program."""
    return gateway.private_memory(), gateway.descriptors(), len(gateway.children())


@scenario
def many_requests():
    """Thousands of requests, refused ones and /health: memory, descriptors, children stay level.
    """
    count = int(os.environ.get("DDNSBOX_GATEWAY_REQUESTS", REQUESTS))
    if is_emulated():
        count //= 10
    # Whoever has a wrong token so often is refused, whatever it sends.
    kinds = [(request("GET", "/health"), (200,)),
             (request("GET", "/update?provider=x", {"Authorization": "Bearer wrong"}), (403, 429)),
             (request("GET", "/update"), (401, 429)),
             (request("GET", "/update", {"Authorization": f"Bearer {TOKEN}"}), (422, 429)),
             (request("POST", "/update", {"Authorization": f"Bearer {TOKEN}"}, "{}"), (415, 429))]
    with Box(auth={"enabled": True, "tokens": [TOKEN]}, logging={"level": "CRITICAL"},
             start=False) as box:
        box.start(wait=False)
        wait_until_it_listens(box)

        def some(number):
            for start in range(0, number, BATCH):
                # Some on one connection, sent at once; then another connection.
                with Caller(box.port) as caller:
                    wanted = [kinds[(start + one) % len(kinds)] for one in range(BATCH)]
                    caller.send(b"".join(data for data, _ in wanted))
                    for _, statuses in wanted:
                        true("status", (reply := caller.read()).status in statuses, reply)
        some(WARM_UP)
        before = held(box.gateway)
        began = time.monotonic()
        some(count)
        seconds = time.monotonic() - began
        time.sleep(0.2)
        after = held(box.gateway)
        if not is_emulated():
            between("growth in KiB", after[0] - before[0], -4096, GROWTH_KIB_MAX)
        between("descriptors more", after[1] - before[1], -2, 0)
        equal("children", after[2], before[2])
        return f"{count / seconds:.0f} requests/s, {before[0]} KiB, then {after[0]} KiB"


many_requests.is_alone = True


def wait_until_it_listens(box):
    """For when it does not say so."""
    ends = time.monotonic() + limit(10)
    while True:
        try:
            box.ask("GET", "/health")
            return
        except OSError:
            true("it does not listen", time.monotonic() < ends)
            time.sleep(0.02)


@scenario
def many_updates():
    """Updates one after the other: memory and descriptors stay level, and children few."""
    with Box(logging={"level": "INFO"}) as box:
        def some(first, last):
            for number in range(first, last):
                for name in ("cloudflare", "aliyun", "tencent"):
                    if number == 0:
                        box.done("created", name, value="192.0.2.100")
                    else:
                        box.done("updated", name, value=f"192.0.2.{100 + number % 100}",
                                 previous=f"192.0.2.{100 + (number - 1) % 100}")
        some(0, UPDATES // 3)
        before = held(box.gateway)
        some(UPDATES // 3, UPDATES)
        after = held(box.gateway)
        if not is_emulated():
            between("growth in KiB", after[0] - before[0], -4096, GROWTH_KIB_MAX)
        between("descriptors more", after[1] - before[1], -12, 12)
        between("children", len(box.gateway.children()), 0, 4)


many_updates.seconds = 20


@scenario
def many_zones():
    """Hundreds of zones and tokens: what is remembered of them is bounded."""
    with Box(logging={"level": "WARNING"}, start=False) as box:
        tokens = [f"cf-token{number:032d}" for number in range(120)]
        box.upstreams.put("cloudflare", accounts={one: ["example.com"] for one in tokens})
        box.start(wait=False)
        wait_until_it_listens(box)
        for number, token in enumerate(tokens):
            reply = box.update("cloudflare", f"r{number}", credentials=f"ApiKey secret={token}")
            equal(f"status of {reply}", reply.status, 200)
        between("memory in KiB", box.gateway.private_memory(), 0, 8 * 1024)
        between("children", len(box.gateway.children()), 0, 4)


many_zones.seconds = 10


@scenario
def term_when_idle():
    """SIGTERM, and SIGINT: exit 0 at once, whoever is connected, and no child is left."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Box() as box:
            box.done("created", "cloudflare")
            idle = [box.caller() for _ in range(5)]
            idle[0].send(b"GET /hea")
            between("seconds", box.gateway.end(number), 0, GRACE_SECONDS)
            for caller in idle:
                caller.close()


@scenario
def term_finishes():
    """SIGTERM while updates are under way: each is answered, nobody new is let in, exit 0."""
    with Box() as box:
        box.upstreams.misbehave("cloudflare", "delay", "GET records", seconds=patience(1))
        replies = []

        def update(number):
            try:
                replies.append(box.update("cloudflare", f"r{number}"))
            except Exception as error:  # pylint: disable=broad-except
                replies.append(error)
        threads = [threading.Thread(target=update, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(patience(0.4))
        box.gateway.send(signal.SIGTERM)
        time.sleep(patience(0.2))
        with socket.socket() as late:
            late.settimeout(2)
            try:
                late.connect(("127.0.0.1", box.port))
                late.sendall(request("GET", "/health"))
                true("a new one is served", late.recv(100) == b"")
            except OSError:
                pass
        for thread in threads:
            thread.join()
        for reply in replies:
            true("an answer", hasattr(reply, "status") and reply.status == 200, replies)
            equal("Connection", reply.headers.get("connection"), "close")
        equal("exit status", box.gateway.finished(), 0)
        equal("records", len(box.upstreams.records("cloudflare")), 3)


@scenario
def term_does_not_wait_for_ever():
    """SIGTERM while a provider is silent: over long before its time is, and the child is gone."""
    with Box(upstream={"timeout": UPSTREAM_SECONDS}) as box:
        box.upstreams.misbehave("cloudflare", "silent")
        caller = box.caller()
        caller.send(request("POST", "/update", {
            "Content-Type": "application/json",
            "X-Upstream-Authorization": CREDENTIALS["cloudflare"]},
            str(ADDRESS_FIELDS).replace("'", '"')))
        box.gateway.wait_for_child()
        between("seconds", box.gateway.end(seconds=13), 0, UPSTREAM_SECONDS - 10)
        caller.close()


term_does_not_wait_for_ever.seconds = 11


@scenario
def twice():
    """A second SIGTERM does not do harm; SIGHUP without a file is nothing."""
    with Box() as box:
        box.gateway.send(signal.SIGHUP)
        box.gateway.send(signal.SIGPIPE)
        box.done("created", "cloudflare")
        box.gateway.send(signal.SIGTERM)
        box.gateway.send(signal.SIGTERM)
        equal("exit status", box.gateway.finished(), 0)


@scenario
def port_again():
    """Started again at once it gets its port, although connections of the old one linger."""
    with Box() as box:
        with box.caller() as caller:
            caller.ask("GET", "/health")
            box.gateway.end()
        for _ in range(3):
            box.start()
            box.alive()
            box.gateway.end()


@scenario
def port_taken():
    """A port that another has: exit 1 with the address in the message."""
    with Box(start=False) as box, socket.create_server(("127.0.0.1", box.port)):
        gateway = box.start(wait=False)
        equal("exit status", gateway.finished(), 1)
        said = "\n".join(gateway.lines)
        true("address", f"127.0.0.1:{box.port}" in said, said)


@scenario
def idle_costs_nothing():
    """Without requests it does not wake up."""
    with Box() as box:
        with box.caller() as caller:
            caller.ask("GET", "/health")
            time.sleep(1)

            def switches():
                with open(f"/proc/{box.gateway.pid}/status", encoding="ascii") as file:
                    return [int(line.split()[1]) for line in file
                            if line.startswith("voluntary_ctxt")][0]
            before = switches()
            time.sleep(3)
            between("wake-ups in 3 s", switches() - before, 0, 2)
        return f"{box.gateway.private_memory()} KiB private"


@scenario
def log_that_is_a_pipe():
    """A log that is a FIFO nobody reads: told and refused at the start, let be at a SIGHUP."""
    with Box(start=False) as box:
        path = os.path.join(box.dir, "pipe")
        os.mkfifo(path)
        box.tables["logging"] |= {"file_enabled": True, "file_path": path}
        box.start(wait=False)
        equal("exit status", box.gateway.finished(), 1)
        true("told", any("cannot log to" in one for one in box.gateway.lines), box.gateway.lines)
        os.remove(path)
        box.start()
        os.remove(path)
        os.mkfifo(path)
        os.kill(box.gateway.pid, signal.SIGHUP)
        for _ in range(3):
            equal("still there", box.ask("GET", "/health").status, 200)
