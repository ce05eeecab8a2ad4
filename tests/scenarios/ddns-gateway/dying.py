"""Scenarios of children that are killed, hang or talk rubbish: the request fails, and no other."""

import os
import random
import signal
import threading
import time

from box import Box
from checks import Skipped, between, equal, scenario, took, true
from clock import preload
from processes import read_proc
from program import wait_until
from subject import is_by_itself, is_filtered, limit, patience
from upstreams import NAMES

TIMEOUT_SECONDS = 2
# A child is to tell by itself that it was too slow; only one that does not is given up.
GRACE_SECONDS = 5
KILLS_SECONDS = 8
SEED = 20260103


def in_background(function):
    """Calls it in a thread; gives the thread and the list its result goes to."""
    results = []

    def call():
        try:
            results.append(function())
        except Exception as error:  # pylint: disable=broad-except
            results.append(error)
    thread = threading.Thread(target=call)
    thread.start()
    return thread, results


def script(box, text):
    """A program of these lines of shell."""
    if is_filtered():
        raise Skipped("a shell may not be what the filter allows")
    path = os.path.join(box.dir, "via")
    with open(path, "w", encoding="ascii") as file:
        file.write("#!/bin/sh\n" + text + "\n")
    os.chmod(path, 0o755)
    return path


@scenario
def killed():
    """A child that is killed while it works: 502 at once, and the next request works."""
    with Box() as box:
        box.upstreams.misbehave("cloudflare", "delay", "GET zones", seconds=3)
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
            thread, results = in_background(lambda: box.update("cloudflare"))
            child = box.gateway.wait_for_child()
            time.sleep(0.3)
            began = time.monotonic()
            os.kill(child, number)
            thread.join()
            true(f"an answer {results}", hasattr(results[0], "expect_error"), results)
            results[0].expect_error(502)
            took("seconds after it was killed", time.monotonic() - began, 0, patience(1))
        box.upstreams.behave()
        box.done("created", "cloudflare")


@scenario
def killed_idle():
    """A child that is killed while it has nothing to do is not missed."""
    with Box() as box:
        box.done("created", "cloudflare")
        for _ in range(5):
            for child in box.gateway.upstreams():
                os.kill(child, signal.SIGKILL)
            time.sleep(0.2)
            box.done("unchanged", "cloudflare")


@scenario
def stopped():
    """A child that hangs: 504 when its time is over, it is gone then, and the next one works."""
    with Box(upstream={"timeout": int(patience(TIMEOUT_SECONDS))}) as box:
        box.upstreams.misbehave("cloudflare", "delay", "GET zones", seconds=1)
        thread, results = in_background(lambda: box.update("cloudflare"))
        child = box.gateway.wait_for_child()
        os.kill(child, signal.SIGSTOP)
        thread.join()
        results[0].expect_error(504)
        took("seconds", results[0].seconds, patience(TIMEOUT_SECONDS) - 0.2,
             patience(TIMEOUT_SECONDS) + GRACE_SECONDS + patience(1))
        box.upstreams.behave()
        box.done("created", "cloudflare")
        ends = time.monotonic() + limit(5)
        while b"upstream" in read_proc(child, "cmdline"):
            true("the one that hangs is not killed", time.monotonic() < ends)
            time.sleep(0.05)


@scenario
def stopped_idle():
    """A child that hangs while idle: the next request gets 504, or another child."""
    with Box(upstream={"timeout": int(patience(TIMEOUT_SECONDS))}) as box:
        box.done("created", "cloudflare")
        for child in box.gateway.upstreams():
            os.kill(child, signal.SIGSTOP)
        reply = box.update("cloudflare")
        true("status", reply.status in (200, 504), reply)
        box.done("unchanged", "cloudflare")


RUBBISH = {"echoes": "exec cat", "ends at once": "exit 0", "fails": "exit 1",
           "answers nonsense": "read x; echo rubbish; sleep 5",
           "answers JSON of another kind": "read x; echo '{\"a\":1}'; sleep 5",
           "answers too early": "echo '{}'; read x; sleep 5",
           "answers in part": "read x; printf '{\"action\":\"created\"'; exit 0",
           "floods": "read x; exec cat /dev/zero",
           "floods with lines": "read x; exec yes '{\"action\":\"created\",\"warnings\":[]}'",
           "does not read": "echo rubbish; exit 3",
           "says it on stderr": "read x; echo 'forged\nlines' >&2; exit 1",
           "kills itself": "read x; kill -9 $$"}


@scenario
def rubbish():
    """Instead of a child a program that talks rubbish or ends: 502 or 500, and it serves on."""
    for what, text in RUBBISH.items():
        with Box(start=False, upstream={"timeout": int(patience(TIMEOUT_SECONDS))}) as box:
            box.options["via"] = script(box, text)
            box.start()
            for _ in range(2):
                reply = box.update("cloudflare")
                # One that reads no job at all may as well not be there.
                wanted = {502, 500} if "read" not in text or what == "does not read" else {502}
                true(f"a child that {what}: {reply}", reply.status in wanted or
                     what.startswith("floods with lines"), reply)
            box.alive()
            equal("calls", box.upstreams.calls(), [])
            box.gateway.end()


@scenario
def silent_child():
    """Instead of a child one that says nothing, and one that ignores signals: 504 in time."""
    for text in ("exec sleep 60", "trap '' TERM HUP INT; read x; sleep 60 & wait"):
        with Box(start=False, upstream={"timeout": TIMEOUT_SECONDS}) as box:
            box.options["via"] = script(box, text)
            box.start()
            reply = box.update("cloudflare")
            reply.expect_error(504)
            took("seconds", reply.seconds, TIMEOUT_SECONDS - 0.2,
                 TIMEOUT_SECONDS + GRACE_SECONDS + patience(1))
            box.alive()


@scenario
def no_child():
    """No child can be started: an error at once, none hangs, and it serves on."""
    with Box(start=False) as box:
        box.options["via"] = "/nonexistent/program"
        box.start()
        for _ in range(3):
            reply = box.update("cloudflare")
            true("status", reply.status in (500, 502, 503), reply)
            reply.expect_error(reply.status)
        box.alive()


@scenario
def killed_at_random():
    """For some seconds children are killed at random: every request is answered, none twice."""
    dice = random.Random(SEED)
    with Box() as box:
        box.upstreams.misbehave("cloudflare", "delay", seconds=0.02)
        over, kills, replies = threading.Event(), [], []

        def kill():
            while not over.is_set():
                time.sleep(dice.uniform(0, patience(0.3)))
                for child in box.gateway.upstreams()[:1]:
                    try:
                        os.kill(child, signal.SIGKILL)
                        kills.append(child)
                    except ProcessLookupError:
                        pass

        def ask(number):
            while not over.is_set():
                replies.append(box.update("cloudflare", f"r{number}").status)
        threads = [threading.Thread(target=kill)]
        threads += [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(KILLS_SECONDS)
        over.set()
        for thread in threads:
            thread.join()
        true("statuses", set(replies) <= {200, 502}, set(replies))
        box.upstreams.behave()
        # The last may have been killed when nothing was asked: no request must find it dying.
        wait_until("the killed ones are reaped",
                   lambda: not set(kills) & set(box.gateway.children()))
        for number in range(4):
            box.done("unchanged" if 200 in replies else "created", "cloudflare", f"r{number}")
        equal("records", len(box.upstreams.records("cloudflare")), 4)
        return f"{len(kills)} killed, {replies.count(200)} of {len(replies)} done"


silent_child.seconds = 15
stopped.seconds = stopped_idle.seconds = 8
killed_at_random.seconds = KILLS_SECONDS


@scenario
def reaped():
    """Children end by themselves when they have been idle, and none stays as a zombie."""
    with Box() as box:
        threads = [in_background(lambda n=n: box.update("cloudflare", f"r{n}"))[0]
                   for n in range(8)]
        for thread in threads:
            thread.join()
        between("children", len(box.gateway.children()), 1, 4)
        ends = time.monotonic() + limit(15)
        while box.gateway.children():
            true("children stay", time.monotonic() < ends, box.gateway.children())
            time.sleep(0.2)
        box.done("unchanged", "cloudflare", "r1")


reaped.seconds = 12


@scenario
def clock_not_set():
    """Before the clock is set nothing is asked of a provider: 503."""
    if not is_by_itself():
        raise Skipped("the clock is preloaded, which a static program does not allow")
    with Box(start=False) as box:
        words = ["env", *preload(box.dir, CLOCK_OFFSET=-int(time.time()) + 86400)]
        box.options["preload"] = words
        # Children get an environment of their own.
        box.options["via"] = script(box, f"exec {' '.join(words)} \"$@\"")
        box.start()
        for name in NAMES:
            box.update(name).expect_error(503, "clock")
        equal("calls", box.upstreams.calls(), [])
        box.alive()


@scenario
def few_descriptors():
    """Fewer descriptors than connections are asked for: it says so, and serves whatever comes."""
    for most in (24, 64, 256):
        with Box(preload=["prlimit", f"--nofile={most}:{most}"]) as box:
            callers = [box.caller() for _ in range(300)]
            reply = box.ask("GET", "/health")
            equal(f"with {most}", reply.status, 200)
            if most > 100:
                box.done("created", "cloudflare")
            box.gateway.wait_for("RLIMIT_NOFILE is too low")
            for caller in callers:
                caller.close()
