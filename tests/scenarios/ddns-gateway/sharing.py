"""Scenarios of callers in each other's way: crowds, floods, guesses of one address, and others.

Each address in 127.0.0.0/8 is a peer of its own.
"""

import select
import threading
import time

from box import OTHER_TOKEN, TOKEN, Box
from caller import Caller, Closed, request
from checks import Wrong, between, equal, scenario, true
from subject import patience
from upstreams import CREDENTIALS

BAD, GOOD = "127.0.0.2", "127.0.0.3"
# An update as the good one asks for it, with another's credentials.
TARGET = "/update?provider=cloudflare&zone=example.com&record=home&type=A&value=192.0.2.77"
WRONG = {"X-Upstream-Authorization": "ApiKey secret=wrong-wrong-wrong-wrong-wrong-wrong-wron"}
CROWD = 100
ROUNDS = 10
MASS = 300
CHANGES = 20
JUNK = 4000
GUESSES = 60
WAIT_SECONDS_MAX = 90


def wait_until(what, is_so):
    """Waits for a state."""
    ends = time.monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        true(f"{what} never came", time.monotonic() < ends)
        time.sleep(0.02)


class Crowd:
    """Threads that do the same until they are told to end."""

    def __init__(self, number, do):
        self.over, self.done, self.failed = threading.Event(), 0, []
        self.threads = [threading.Thread(target=self._run, args=(do,)) for _ in range(number)]

    def _run(self, do):
        while not self.over.is_set():
            try:
                do()
            except (Closed, OSError, Wrong):
                # That it is closed is its due.
                self.failed.append(1)
            self.done += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


@scenario
def wrong_credentials_of_a_crowd():
    """100 connections of one address with wrong credentials: a good caller is served each time."""
    with Box(upstream={"timeout": int(patience(30))}) as box:
        box.upstreams.misbehave("cloudflare", "delay", seconds=0.1)
        statuses = set()

        def ask():
            with Caller(box.port, source=BAD) as caller:
                while not crowd.over.is_set():
                    statuses.add(caller.ask("GET", TARGET, WRONG).status)
        crowd = Crowd(CROWD, ask)
        with crowd:
            wait_until("a full queue", lambda: 503 in statuses)
            for number in range(ROUNDS):
                reply = box.raw_update({
                    "provider": "cloudflare", "zone": "example.com", "record": "home",
                    "type": "A", "value": f"192.0.2.{number + 1}"})
                equal(f"status of {reply}", reply.status, 200)
        true("the crowd was refused", statuses <= {400, 503}, statuses)


wrong_credentials_of_a_crowd.seconds = 20


@scenario
def new_connections_in_masses():
    """One address that connects without end displaces itself, not who needs longer to ask."""
    with Box(limits={"connections": 32}) as box:
        held = []

        def connect():
            held.append(Caller(box.port, source=BAD))
            if len(held) > CROWD:
                held.pop(0).close()
        patient = [box.caller(source=f"127.0.1.{number}") for number in range(1, 9)]
        for one in patient:
            one.send(request("GET", "/health")[:20])
        crowd = Crowd(1, connect)
        with crowd:
            for one in patient:
                so_far = crowd.done
                wait_until("a mass", lambda n=so_far: crowd.done > n + MASS)
                one.send(request("GET", "/health")[20:])
                equal("status", one.read().status, 200)
        for one in [*patient, *held]:
            one.close()


@scenario
def all_at_work():
    """One address with as many updates as there may be connections: others still get in."""
    with Box(limits={"connections": 8}, upstream={"timeout": 300}) as box:
        box.upstreams.misbehave("cloudflare", "silent")
        crowd = [box.caller(source=BAD) for _ in range(8)]
        for number, one in enumerate(crowd):
            one.send(request("GET", TARGET.replace("home", f"r{number}"),
                             {"X-Upstream-Authorization": CREDENTIALS["cloudflare"]}))
        sockets = {one.socket: one for one in crowd}

        def answered():
            return select.select(list(sockets), [], [], 0)[0]
        wait_until("the answers to those too many", lambda: len(answered()) == 2)
        equal("too many", [sockets[one].read().status for one in answered()], [503, 503])
        for _ in range(3):
            equal("status", box.ask("GET", "/health", source=GOOD).status, 200)
        # Those at work are told that it ends.
        box.gateway.end(seconds=13)
        for one in crowd:
            one.close()


all_at_work.seconds = 12


@scenario
def changes_in_a_flood_of_junk():
    """Changes are logged one and all while junk fills the log's budget; how much is told."""
    with Box(logging={"level": "INFO"}) as box:
        def junk():
            with Caller(box.port, source=BAD) as caller:
                caller.send(request("GET", "/junk") * 20)
                for _ in range(20):
                    caller.read()
        crowd = Crowd(2, junk)
        with crowd:
            wait_until("a flood", lambda: crowd.done * 20 > JUNK)
            box.done("created", "cloudflare", value="192.0.2.0")
            for number in range(1, CHANGES):
                box.done("updated", "cloudflare", value=f"192.0.2.{number}",
                         previous=f"192.0.2.{number - 1}")
            # A line of the suppressed ones is written as soon as one may be.
            wait_until("the count", lambda: any(
                "request log lines suppressed (rate limit)" in one for one in box.gateway.lines))

        def changes():
            return [one for one in box.gateway.lines if "cloudflare home.example.com A" in one]
        # The last line may be on its way when its request has been answered.
        wait_until("lines of all changes", lambda: len(changes()) >= CHANGES)
        equal("lines of changes", len(changes()), CHANGES)
        of_junk = len([one for one in box.gateway.lines if "/junk 404" in one])
        between("lines of junk", of_junk, 1, JUNK // 2)


def bearer(token):
    """The field with a token."""
    return {"Authorization": f"Bearer {token}"}


@scenario
def guesses():
    """Wrong tokens are answered 429 after a few; others, and who was right before, are not."""
    fields = {"X-Upstream-Authorization": CREDENTIALS["cloudflare"]}
    with Box(auth={"enabled": True, "tokens": [TOKEN, OTHER_TOKEN]}, secrets=["guess-00"]) as box:
        def ask(token, source=BAD):
            return box.ask("GET", TARGET, bearer(token) | fields, source=source)
        equal("right at first", ask(TOKEN).status, 200)
        statuses = [(reply := ask(f"guess-{number:02}")).status for number in range(GUESSES)]
        true("refused", set(statuses) == {403, 429}, statuses)
        between("looked at", statuses.count(403), 10, GUESSES // 2)
        reply.expect_error(429)
        true("Retry-After", reply.headers.get("retry-after", "").isdigit(), reply)
        equal("health", box.ask("GET", "/health", source=BAD).status, 200)
        equal("right before", ask(TOKEN).status, 200)
        equal("from elsewhere", ask(OTHER_TOKEN, GOOD).status, 200)
        equal("right, but new", ask(OTHER_TOKEN).status, 429)
        # It is not locked out for ever.
        wait_until("the end", lambda: ask(OTHER_TOKEN).status == 200)
        said = [one for one in box.gateway.lines if "too many wrong credentials" in one]
        true("told", said and BAD in said[0], said)
        between("told so often", len(said), 1, 3)


guesses.seconds = 60


@scenario
def short_tokens():
    """A token that can be guessed is a warning at the start, without the token."""
    with Box(auth={"enabled": True, "tokens": [TOKEN, "sevench"]}) as box:
        said = [one for one in box.gateway.lines if "can be guessed" in one]
        equal("warnings", len(said), 1)
        true("which", "[auth] tokens: number 2 has fewer than 8 characters" in said[0], said)
