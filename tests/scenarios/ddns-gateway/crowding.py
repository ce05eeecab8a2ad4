"""Scenarios of much at once: updates side by side, slow providers, crowds of connections."""

import contextlib
import math
import selectors
import socket
import threading
import time

from box import Box
from caller import Caller, Closed, request
from checks import between, equal, scenario, took, true
from subject import patience
from upstreams import NAMES, OTHER_ZONE, WRITES, ZONE

DRIPPING = 1000
DRIP_SECONDS = 2
GOOD = 300
CROWD_SECONDS = 4
# Milliseconds on an idle machine; who is starved waits for as long as the crowd stays.
LATE_SECONDS_MAX = 15


def at_once(*functions):
    """Calls all of them side by side; gives their results in order, errors among them."""
    results = [None] * len(functions)

    def call(number, function):
        try:
            results[number] = function()
        except Exception as error:  # pylint: disable=broad-except
            results[number] = error
    threads = [threading.Thread(target=call, args=pair) for pair in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [one for one in results if isinstance(one, Exception)]
    true("errors", not failed, failed)
    return results


def actions(replies):
    """How many of each action; every one has to be a success."""
    found = [reply.document().get("action", str(reply)) for reply in replies]
    return {one: found.count(one) for one in found}


def overlap(calls):
    """Pairs of calls that were under way at one time."""
    return [(one, other) for number, one in enumerate(calls) for other in calls[number + 1:]
            if one.at < (other.ended or math.inf) and other.at < (one.ended or math.inf)]


@scenario
def aliyun_is_serial():
    """Writes to one zone of Aliyun never overlap; those to two zones do."""
    with Box(upstream={"timeout": 30}) as box:
        replies = at_once(*[lambda n=n, z=zone: box.update("aliyun", f"r{n}", zone=z, comment="x")
                            for n in range(6) for zone in (ZONE, OTHER_ZONE)])
        equal("actions", actions(replies), {"created": 12})
        writes = box.upstreams.writes("aliyun")
        equal("writes", len(writes), 24)
        zone_of = {one["RecordId"]: one["DomainName"] for one in box.upstreams.records("aliyun")}
        by_zone = {ZONE: [], OTHER_ZONE: []}
        for call in writes:
            for key, zone in [*zone_of.items(), (ZONE, ZONE), (OTHER_ZONE, OTHER_ZONE)]:
                if key in call.query:
                    by_zone[zone].append(call)
                    break
        for zone, calls in by_zone.items():
            equal(f"overlapping writes of {zone}", overlap(calls), [])
        true("two zones side by side", overlap(writes), "never")


@scenario
def others_are_side_by_side():
    """Different records of the two others are worked on side by side."""
    for name in ("cloudflare", "tencent"):
        with Box(upstream={"timeout": int(patience(10))}) as box:
            box.upstreams.misbehave(name, "delay", WRITES[name][0], seconds=0.3)
            replies = at_once(*[lambda n=n: box.update(name, f"r{n}") for n in range(8)])
            equal("actions", actions(replies), {"created": 8})
            writes = box.upstreams.writes(name)
            true("side by side", overlap(writes), writes)


@scenario
def identical_at_once():
    """The same request ten times at once: one record, made once."""
    with Box(upstream={"timeout": 30}) as box:
        for name in NAMES:
            replies = at_once(*[lambda: box.update(name) for _ in range(10)])
            equal("actions", actions(replies), {"created": 1, "unchanged": 9})
            equal("values", box.upstreams.values(name), ["192.0.2.77"])
            equal("writes", len(box.upstreams.writes(name)), 1)


@scenario
def rivals_at_once():
    """Ten values for one record at once: one record in the end, with one of them."""
    with Box(upstream={"timeout": 30}) as box:
        for name in NAMES:
            replies = at_once(*[lambda n=n: box.update(name, value=f"192.0.2.{n + 1}")
                                for n in range(10)])
            equal("actions", actions(replies), {"created": 1, "updated": 9})
            equal("records", len(box.upstreams.records(name)), 1)
            equal("overlapping writes", overlap(box.upstreams.writes(name)), [])


@scenario
def slow_beside_quick():
    """A provider that does not answer does not delay the updates of the others."""
    with Box(upstream={"timeout": 300}) as box:
        for name in ("aliyun", "tencent"):
            box.update(name)
        box.upstreams.misbehave("cloudflare", "silent")

        def update(number):
            # Until the program is ended.
            with contextlib.suppress(Closed):
                box.update("cloudflare", f"r{number}")
        slow = [threading.Thread(target=update, args=(number,)) for number in range(20)]
        for thread in slow:
            thread.start()
        time.sleep(patience(0.5))
        for name in ("aliyun", "tencent", "aliyun", "tencent"):
            reply = box.update(name)
            equal(f"status of {reply}", reply.status, 200)
        box.ask("GET", "/health").expect(200)
        # Whoever had waited for one of them would have waited for all its time.
        true("a slow one is over", all(one.is_alive() for one in slow))
        box.upstreams.behave()
        # They end one by one; ending the program ends them, too.
        box.gateway.send(9)
        for thread in slow:
            thread.join()
        # Its connections end before it can be waited for.
        equal("exit status", box.gateway.finished(), -9)


@scenario
def queue_is_full():
    """More updates than can wait: 503 with Retry-After at once for those too many."""
    with Box(upstream={"timeout": int(patience(4))}) as box:
        box.upstreams.misbehave("cloudflare", "delay", "GET zones", seconds=1)
        replies = at_once(*[lambda n=n: box.update("cloudflare", zone=f"z{n}.example")
                            for n in range(150)])
        full = [one for one in replies if one.status == 503]
        between("refused for want of room", len(full), 10, 148)
        for reply in full:
            reply.expect_error(503)
            true("Retry-After", reply.headers.get("retry-after", "").isdigit(), reply)
            took("seconds", reply.seconds, 0, patience(3))
        others = {one.status for one in replies} - {503}
        true("statuses", others <= {400, 504}, others)
        true("some were done", 400 in others, others)
        box.upstreams.behave()
        box.done("created", "cloudflare")


@scenario
def one_worker():
    """With a single worker all is done, one after the other."""
    with Box(limits={"workers": 1}, upstream={"timeout": 30}) as box:
        replies = at_once(*[lambda n=n, name=name: box.update(name, f"r{n}")
                            for n in range(3) for name in NAMES])
        equal("actions", actions(replies), {"created": 9})
        equal("overlap", overlap(box.upstreams.calls()), [])


@scenario
def workers_are_bounded():
    """However many requests wait, there are no more children than configured."""
    with Box(limits={"workers": 2}, upstream={"timeout": 30}) as box:
        box.upstreams.misbehave("cloudflare", "delay", seconds=0.2)
        most, over = [0], threading.Event()

        def watch():
            while not over.is_set():
                most[0] = max(most[0], len(box.gateway.children()))
                time.sleep(0.01)
        watching = threading.Thread(target=watch)
        watching.start()
        at_once(*[lambda n=n: box.update("cloudflare", f"r{n}") for n in range(10)])
        over.set()
        watching.join()
        between("children", most[0], 1, 2)


@scenario
def connection_limit():
    """At the limit the one that has waited longest for its request goes; a good one is served."""
    with Box(limits={"connections": 8}) as box:
        idle = []
        for number in range(8):
            idle.append(box.caller())
            idle[-1].send(b"GET /hea" if number % 2 else b"")
            time.sleep(0.05)
        time.sleep(0.2)
        for _ in range(3):
            equal("status", box.ask("GET", "/health").status, 200)
        time.sleep(0.2)
        closed = []
        for number, caller in enumerate(idle):
            caller.socket.settimeout(0.2)
            try:
                caller.more()
            except Closed:
                closed.append(number)
            except Exception:  # pylint: disable=broad-except
                pass
        true("the first goes first", closed and closed[0] == 0 and len(closed) <= 4, closed)
        for number, caller in enumerate(idle):
            if number not in closed and number % 2:
                caller.send(b"lth HTTP/1.1\r\nHost: a\r\n\r\n")
                equal("the others are served", caller.read().status, 200)
            caller.close()


@scenario
def busy_is_not_dropped():
    """At the limit those whose update is under way are not closed."""
    with Box(limits={"connections": 4}, upstream={"timeout": 30}) as box:
        box.upstreams.misbehave("cloudflare", "delay", "GET zones", seconds=2)
        thread = threading.Thread(target=lambda: box.done("created", "cloudflare"))
        failed = []

        def update():
            try:
                box.done("created", "cloudflare")
            except Exception as error:  # pylint: disable=broad-except
                failed.append(error)
        thread = threading.Thread(target=update)
        thread.start()
        time.sleep(0.5)
        crowd = [box.caller() for _ in range(12)]
        thread.join()
        equal("failed", failed, [])
        for caller in crowd:
            caller.close()


class Dripping:
    """Connections that send a byte now and then, and come again when they are closed."""

    def __init__(self, port, number):
        self.port, self.number, self.over = port, number, threading.Event()
        self.selector, self.socks, self.again, self.sent = selectors.DefaultSelector(), [], 0, 0
        for _ in range(number):
            self.open()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def open(self):
        """One more connection."""
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", self.port))
        self.selector.register(one, selectors.EVENT_READ)
        self.socks.append(one)

    def run(self):
        """Drips, each once in a while."""
        while not self.over.is_set():
            for key, _ in self.selector.select(0):
                self.selector.unregister(key.fileobj)
                self.socks.remove(key.fileobj)
                key.fileobj.close()
                self.again += 1
                self.open()
            for one in self.socks[self.sent % 10::10]:
                try:
                    one.send(b"G" if self.sent < 10 else b"E")
                except OSError:
                    pass
            self.sent += 1
            time.sleep(DRIP_SECONDS / 10)

    def stop(self):
        """Closes all."""
        self.over.set()
        self.thread.join()
        for one in self.socks:
            one.close()


def timed(port, number, headers=()):
    """So many good requests, each on a connection of its own; (seconds sorted, how many lost)."""
    seconds, lost = [], 0
    for _ in range(number):
        began = time.monotonic()
        try:
            with Caller(port) as caller:
                lost += caller.ask("GET", "/health", headers).status != 200
        except (Closed, OSError, TimeoutError):
            lost += 1
        seconds.append(time.monotonic() - began)
    return sorted(seconds), lost


def percentiles(seconds):
    """The median and the 99th percentile, in words."""
    return (f"p50 {seconds[len(seconds) // 2] * 1000:.1f} ms, "
            f"p99 {seconds[len(seconds) * 99 // 100] * 1000:.1f} ms")


@scenario
def dripping():
    """1,000 connections that drip while good requests go on: none is lost, and none is late."""
    told = []
    for limit, what in ((900, "limit 900"), (256, "limit 256")):
        with Box(limits={"connections": limit}) as box:
            quiet, lost = timed(box.port, GOOD)
            equal("lost without them", lost, 0)
            crowd = Dripping(box.port, DRIPPING)
            try:
                time.sleep(1)
                busy, lost = timed(box.port, GOOD)
                equal(f"lost, {what}", lost, 0)
                replies = [box.update(name) for name in NAMES]
                equal("updates", [one.status for one in replies], [200] * 3)
                between(f"99th percentile, {what}", busy[len(busy) * 99 // 100], 0,
                        LATE_SECONDS_MAX)
                told.append(f"{what}: {percentiles(quiet)} without, {percentiles(busy)} with, "
                            f"{crowd.again} closed")
            finally:
                crowd.stop()
            time.sleep(0.5)
            box.alive()
    return "; ".join(told)


dripping.is_alone = True


@scenario
def slow_readers():
    """Clients that do not take their answers cost nobody else anything, and go in the end."""
    with Box(logging={"level": "INFO"}) as box:
        data = request("GET", "/health") * 500
        callers = []
        for _ in range(5):
            caller = box.caller()
            caller.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            caller.socket.settimeout(0.3)
            try:
                for _ in range(20):
                    caller.socket.sendall(data)
            except OSError:
                pass
            callers.append(caller)
        # Until none of them takes anything any more.
        time.sleep(patience(1))
        seconds, lost = timed(box.port, 50)
        equal("lost", lost, 0)
        between("the longest wait", seconds[-1], 0, LATE_SECONDS_MAX)
        between("memory in KiB", box.gateway.private_memory(), 0, 16 * 1024)
        for caller in callers:
            caller.close()


slow_readers.is_alone = True


@scenario
def crowd_that_asks_without_end():
    """As many as there may be who ask on and on and hardly take an answer: others are heard."""
    with Box(limits={"connections": 32}) as box:
        crowd = []
        for _ in range(32):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.connect(("127.0.0.1", box.port))
            one.setblocking(False)
            crowd.append(one)
        waits, ends = [], time.monotonic() + CROWD_SECONDS
        while time.monotonic() < ends:
            for one in crowd:
                with contextlib.suppress(OSError):
                    while one.send(request("GET", "/nothing") * 200):
                        pass
                with contextlib.suppress(OSError):
                    one.recv(1000)
            began = time.monotonic()
            box.ask("GET", "/health").expect(200)
            waits.append(time.monotonic() - began)
        for one in crowd:
            one.close()
        between("the longest wait of others, in seconds", max(waits), 0, LATE_SECONDS_MAX)
        return f"{len(waits)} asked, the longest waited {max(waits):.2f} s"
