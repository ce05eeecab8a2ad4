"""Scenarios of hosts in each other's way: one that floods, one that guesses, and the others."""

import threading

from box import A, B, HOST, OTHER, Box
from checks import Wrong, between, equal, scenario, true
from program import wait_until

BAD, GOOD = "127.0.0.2", "127.0.0.3"
CROWD = 100
ROUNDS = 5
GUESSES = 60


def crowd_of(box, statuses, over, source):
    """Threads that update one host with its own key, to one address and another, on and on."""
    def ask(number):
        while not over.is_set():
            try:
                statuses.add(box.update(fqdn=HOST, ip=(A, B)[number % 2], source=source).status)
            except (OSError, Wrong):
                statuses.add(0)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CROWD)]
    for thread in threads:
        thread.start()
    return threads


@scenario
def one_host_floods():
    """One host's own key on 100 connections: another host is served, from elsewhere or beside it.
    """
    with Box(REQUEST_CACHE_TTL="0") as box:
        box.hetzner.fault("slow", when="rrsets", seconds=0.05)
        statuses, over = set(), threading.Event()
        threads = crowd_of(box, statuses, over, BAD)
        try:
            wait_until("a full queue", lambda: 503 in statuses, 60)
            for number in range(ROUNDS):
                for source in (GOOD, BAD):
                    address = f"192.0.2.{100 + 2 * number + (source == BAD)}"
                    answer = box.update(fqdn=OTHER, ip=address, source=source)
                    equal("status", (answer.status, answer.text), (200, answer.text))
        finally:
            over.set()
            for thread in threads:
                thread.join()
        # 500: those that waited for too long in the queue.
        true("the crowd", statuses <= {200, 500, 503}, statuses)


one_host_floods.seconds = 30


@scenario
def guesses():
    """Wrong keys are answered 429 (dyndns2: 911) after a few; others do not notice."""
    with Box() as box:
        statuses = [(answer := box.update(key=f"guess-{number:02}", fqdn=HOST, ip=A,
                                          source=BAD)).status for number in range(GUESSES)]
        true("refused", set(statuses) == {401, 429}, statuses)
        between("looked at", statuses.count(401), 10, GUESSES // 2)
        true("Retry-After", answer.headers.get("retry-after", "").isdigit(), answer.headers)
        answer = box.nic(hostname=HOST, myip=A, key="guess", source=BAD)
        equal("dyndns2", (answer.status, answer.lines), (429, ["911"]))
        box.did(box.update(fqdn=HOST, ip=A, source=GOOD), "created", A)
        wait_until("the end", lambda: box.update(fqdn=HOST, ip=A, source=BAD).status == 200, 60)


@scenario
def guesses_behind_a_proxy():
    """With TRUSTED_PROXIES the forwarded address is the peer, an IPv6 one with all of its /64."""
    with Box(TRUSTED_PROXIES="127.0.0.0/8") as box:
        def ask(caller, key=None):
            return box.update(key=key, fqdn=HOST, ip=A, headers={"X-Forwarded-For": caller}).status
        statuses = [ask(f"2001:db8:0:1::{number:x}", f"guess-{number}")
                    for number in range(1, GUESSES)]
        true("refused", set(statuses) == {401, 429}, statuses)
        equal("from elsewhere", [ask("2001:db8:0:2::1"), ask("203.0.113.9")], [200, 200])


@scenario
def real_peer():
    """The log of what is refused names the address that connected beside the one it claims."""
    with Box() as box:
        box.update(key="wrong", fqdn=HOST, ip=A, headers={"X-Real-IP": "203.0.113.9"}, source=BAD)
        wait_until("the line", lambda: any(
            f"from 203.0.113.9 (connected from {BAD}) refused" in one
            for one in box.service.said()))


@scenario
def short_password():
    """A password that can be guessed is a warning at the start, without the password."""
    given = {"BASIC_AUTH_USERNAME": "admin", "BASIC_AUTH_PASSWORD": "abc"}
    with Box(**given) as box:
        said = [one for one in box.service.said() if "can be guessed" in one]
        equal("warnings", len(said), 1)
        true("which", "BASIC_AUTH_PASSWORD has fewer than 8 characters" in said[0], said)
