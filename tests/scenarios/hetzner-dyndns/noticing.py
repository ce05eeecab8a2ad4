"""Scenarios of ntfy and of lost connections: what is told, how often, and that it delays nobody."""

import json
import re
import time

from box import A, B, C, HOST, OTHER, Box
from checks import between, equal, scenario, took, true
from program import wait_until
from standins import NTFY_URL, TOPIC
from subject import patience

BODY_BYTES_MAX = 4096
NOTICE = "(?i)ntfy|notification"


def lost(host):
    """A pattern of the line that tells of a host's loss."""
    name = re.escape(host)
    return f"(?i)(lost.*{name}|{name}.*lost)"


def told(box, count=1):
    """Waits for that many messages; gives all there are a moment later."""
    wait_until(f"{count} messages", lambda: len(box.ntfy.messages()) >= count)
    time.sleep(0.3)
    return box.ntfy.messages()


@scenario
def failure_is_told():
    """A failure is told once a minute at most; a success without DEBUG_LOGGING never."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        time.sleep(0.7)
        equal("messages", box.ntfy.messages(), [])
        box.hetzner.fault("reply", status=500)
        for _ in range(3):
            box.update(fqdn=HOST, ip=B)
        messages = told(box)
        equal("messages", len(messages), 1)
        title, _, text = messages[0]
        true("the host is not named", HOST in title + text, messages)
        return f"{title}: {text}"


@scenario
def success_is_told():
    """With DEBUG_LOGGING a success is told, too."""
    with Box(DEBUG_LOGGING="1") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        title, _, text = told(box)[0]
        true("host and address", HOST in text and A in text, text)
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=B)
        equal("another kind", len(told(box, 2)), 2)
        return f"{title}: {text}"


@scenario
def bad_requests_are_told():
    """What somebody asks for wrongly is a failure of one kind: it cannot flood the phone."""
    with Box() as box:
        for number in range(20):
            box.update(fqdn=HOST, ip=f"192.0.2.{number}x")
            box.update(fqdn="", ip=A)
            box.nic(hostname="x.example.com", myip=A)
        time.sleep(1)
        between("messages", len(box.ntfy.every_call()), 0, 2)


@scenario
def with_a_password():
    """NTFY_USERNAME and NTFY_PASSWORD are sent as Basic; half of them is nothing."""
    with Box(ntfy_locked=True) as box:
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)
        equal("messages", len(told(box)), 1)
    with Box(NTFY_USERNAME="notifier") as box:
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)
        equal("messages", len(told(box)), 1)
        equal("credentials", [one.headers.get("authorization") for one in box.ntfy.every_call()],
              [None])


@scenario
def wrong_password():
    """A password that ntfy refuses is told in the log, without it, and the service goes on."""
    with Box(ntfy_locked=True, NTFY_PASSWORD="another pa:ss") as box:
        box.secrets.add("another pa:ss")
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)
        box.service.wait_for(NOTICE)
        equal("tries", len(box.ntfy.every_call()), 1)
        box.hetzner.well()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def without_ntfy():
    """Without NTFY_URL nothing is sent, and nothing is missed."""
    with Box(NTFY_URL=None) as box:
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)
        box.hetzner.well()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        equal("messages", box.ntfy.every_call(), [])


@scenario
def url_with_a_slash():
    """NTFY_URL may end with a slash."""
    with Box(NTFY_URL=NTFY_URL + "/") as box:
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)
        told(box)
        equal("target", [one.target for one in box.ntfy.every_call()], [f"/{TOPIC}"])


@scenario
def url_with_the_topic():
    """NTFY_URL with a path and no NTFY_TOPIC is where messages go."""
    with Box(NTFY_URL=f"{NTFY_URL}/{TOPIC}", NTFY_TOPIC=None) as box:
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)
        told(box)
        equal("target", [one.target for one in box.ntfy.every_call()], [f"/{TOPIC}"])
    with Box(NTFY_TOPIC=None) as box:
        box.service.wait_for("WARNING NTFY_URL names no topic; .*NTFY_TOPIC")
        box.hetzner.fault("reply", status=500)
        box.update(fqdn=HOST, ip=A)


@scenario
def asking_for_credentials_is_no_news():
    """Who sends no credentials is asked for them: no line, and no message to the phone."""
    with Box(BASIC_AUTH_USERNAME="operator", BASIC_AUTH_PASSWORD="pass word") as box:
        for method, target, body in (
                ("GET", f"/nic/update?hostname={HOST}&myip={A}", b""),
                ("POST", "/update", json.dumps({"fqdn": HOST, "ip": A}).encode())):
            answer = box.ask(method, target, {"Content-Type": "application/json"}, body)
            equal("status", answer.status, 401)
            equal("challenge", answer.headers.get("www-authenticate"), 'Basic realm="dyndns"')
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.service.wait_for("created")
        equal("lines", [line for line in box.service.said() if "refused" in line], [])
        equal("messages", box.ntfy.every_call(), [])
        box.update(key="wrong", fqdn=HOST, ip=A)
        true("the wrong key", "X-Pre-Shared-Key is not the key" in told(box)[0][2])


@scenario
def long_words_are_cut():
    """Words of Hetzner's that have no end are cut, between characters; a title stays one line."""
    words = "\u00e9\u4e16\U0001f600\r\nX-Priority: 5\r\n\r\n" * 3000
    with Box() as box:
        body = '{"error":{"code":"forbidden","message":' + json.dumps(words) + "}}"
        box.hetzner.fault("reply", status=403, body=body)
        answer = box.update(fqdn=HOST, ip=A)
        equal("status", answer.status, 500)
        title, _, text = told(box)[0]
        true("length", len(text.encode()) <= BODY_BYTES_MAX, len(text.encode()))
        true("a title of one line", title.isprintable(), title)
        true("forged fields", len(box.ntfy.every_call()[0].headers) < 12,
             box.ntfy.every_call()[0].headers)


@scenario
def dead_ntfy_delays_nobody():
    """ntfy is silent, slow, broken or not there: answers come as fast as ever."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=C), "created", C)
        for do, how in (("silent", {}), ("drip", {}), ("close", {}), ("raw", {"text": "garbage"})):
            box.restart()
            box.ntfy.fault(do, **how)
            box.update(fqdn="", ip=A, key="x")
            box.hetzner.fault("reply", when="^POST", status=403, times=1)
            began = time.monotonic()
            box.update(fqdn=HOST, ip=A)
            for number in range(5):
                box.did(box.update(fqdn=HOST, ip=(A, B)[number % 2]), "updated",
                        (A, B)[number % 2])
            took(f"seconds with {do}", time.monotonic() - began, 0, patience(6))
            box.did(box.update(fqdn=HOST, ip=C), "updated", C)
        box.restart()
        box.ntfy.stop()
        box.update(fqdn=HOST, ip="x")
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        box.service.wait_for(NOTICE)


dead_ntfy_delays_nobody.seconds = 25


@scenario
def dead_ntfy_and_the_end():
    """A message under way does not hold up the end."""
    with Box() as box:
        box.ntfy.fault("silent")
        box.update(fqdn=HOST, ip="x")
        wait_until("a message under way", box.ntfy.every_call)
        taken = box.service.end(seconds=12)
        return f"ended after {taken:.1f} s"


@scenario
def ntfy_refuses_for_a_while():
    """429 of ntfy is told in the log; later messages arrive."""
    with Box(LOST_CONNECTION_TIMEOUT="1", CONNECTION_CHECK_INTERVAL="1") as box:
        box.ntfy.tell("limit", 0)
        box.update(fqdn=HOST, ip="x")
        wait_until("a try", box.ntfy.every_call)
        box.service.wait_for(NOTICE)
        box.ntfy.tell("limit", None)
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.service.wait_for(lost(HOST))
        told(box)


@scenario
def lost_once():
    """A host that falls silent is told once, with priority 4, and again only after its return."""
    with Box(LOST_CONNECTION_TIMEOUT="2", CONNECTION_CHECK_INTERVAL="1",
             REQUEST_CACHE_TTL="600") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        began = time.monotonic()
        box.service.wait_for(lost(HOST))
        took("seconds to the loss", time.monotonic() - began, 1.5, patience(4.5))
        title, priority, text = told(box)[0]
        equal("priority", priority, "4")
        true("the host is not named", HOST in title + text, text)
        time.sleep(4)
        equal("lines", lost_lines(box), 1)
        # The answer from the cache counts as a return.
        box.did(box.update(fqdn=HOST, ip=A), "unchanged", A)
        wait_until("a second loss", lambda: lost_lines(box) == 2)
        return f"{title}: {text}"


lost_once.seconds = 15


def lost_lines(box):
    """How many lines tell of the loss."""
    return sum(re.search(lost(HOST), line) is not None for line in box.service.said())


@scenario
def kept_alive():
    """A host that goes on asking is not lost; refused ones never were there."""
    with Box(LOST_CONNECTION_TIMEOUT="3", CONNECTION_CHECK_INTERVAL="1") as box:
        box.told(box.nic(hostname=HOST, myip=A), f"good {A}")
        for _ in range(6):
            box.told(box.nic(hostname=HOST, myip=A), f"nochg {A}")
            box.update(key="wrong", fqdn=OTHER, ip=A)
            time.sleep(1)
        equal("lines", [line for line in box.service.said() if re.search("(?i)lost", line)], [])


kept_alive.seconds = 8


@scenario
def strangers_are_no_return():
    """Whoever calls with a wrong key does not keep a host alive."""
    with Box(LOST_CONNECTION_TIMEOUT="2", CONNECTION_CHECK_INTERVAL="1") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        for _ in range(4):
            box.update(key="wrong", fqdn=HOST, ip=B)
            box.nic(hostname=HOST, myip=B, user="home", key="wrong")
            time.sleep(1)
        wait_until("a loss", lambda: lost_lines(box) == 1)


strangers_are_no_return.seconds = 6


@scenario
def hetzner_fails_and_nobody_is_lost():
    """A host that calls is there, also while Hetzner does what it likes."""
    with Box(LOST_CONNECTION_TIMEOUT="3", CONNECTION_CHECK_INTERVAL="1",
             REQUEST_CACHE_TTL="0") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.hetzner.fault("reply", status=403)
        for _ in range(6):
            box.update(fqdn=HOST, ip=B)
            time.sleep(1)
        equal("lines", lost_lines(box), 0)


hetzner_fails_and_nobody_is_lost.seconds = 7


@scenario
def several_lost_at_once():
    """Several hosts that fall silent at once: a line for each, whatever the phone gets."""
    hosts = [f"h{number}.example.com" for number in range(5)]
    with Box(hosts=hosts, LOST_CONNECTION_TIMEOUT="2", CONNECTION_CHECK_INTERVAL="1") as box:
        for host in hosts:
            equal("status", box.update(fqdn=host, ip=A).status, 200)
        for host in hosts:
            box.service.wait_for(lost(host))
        text = " ".join(f"{title} {text}" for title, _, text in told(box))
        named = sum(host in text for host in hosts)
        return f"{len(box.ntfy.messages())} messages name {named} of 5"


@scenario
def never_checked():
    """CONNECTION_CHECK_INTERVAL=0 checks nothing, and burns nothing."""
    with Box(LOST_CONNECTION_TIMEOUT="1", CONNECTION_CHECK_INTERVAL="0") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        before = ticks(box)
        time.sleep(3)
        equal("lines", lost_lines(box), 0)
        between("clock ticks", ticks(box) - before, 0, 20)


def ticks(box):
    """The processor time of the service, in hundredths of a second."""
    with open(f"/proc/{box.service.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
