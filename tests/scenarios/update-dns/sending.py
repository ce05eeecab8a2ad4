"""Scenarios of update-dns: once or for ever, well or badly answered, with nothing to be seen."""

import json
import os
import signal
import time

from applet import Applet
from backend import GOOD, Backend, said
from box import A, A_V6, B, HOST, KEY, KEY_V6, PORT, Box
from checks import between, equal, scenario, took, true
from net import LOCAL, LOCAL_V6, PROXY
from processes import read_proc
from program import wait_until
from subject import limit, patience

URL = f"http://{LOCAL}:{PORT}"
BUSY_SECONDS = 3
KEY_OF_CLIENT = "ClientKey_0123456789abcdefghijABCDEFGHIJ-xyz"


def client(box, *arguments, **environment):
    """Starts update-dns with the settings it needs; those that are None are left out."""
    given = {"BACKEND_URL": URL, "FQDN": HOST, "INTERVAL": "0"} | environment
    if "PRE_SHARED_KEY" not in given and os.path.exists(box.net.path("pre-shared-key")):
        given["PRE_SHARED_KEY"] = box.keys()[HOST]
    program = Applet(box.net, "update-dns", *arguments, environment={
        name: value for name, value in given.items() if value is not None})
    program.secrets = {given["PRE_SHARED_KEY"]} if given.get("PRE_SHARED_KEY") else set()
    return program


def once(box, status, *arguments, **environment):
    """One run to its end; gives the program."""
    program = client(box, *arguments, **environment)
    program.ended(status, 60)
    return program


def busy(pid):
    """Seconds for which a process has worked."""
    fields = read_proc(pid, "stat").rpartition(b")")[2].split()
    return sum(int(one) for one in fields[11:13]) / os.sysconf("SC_CLK_TCK")


@scenario
def sends_once():
    """INTERVAL=0: one request, one line on stdout, exit 0; the backend sees the address."""
    with Box() as box:
        for status in ("created", "unchanged"):
            program = once(box, 0)
            equal("lines", len(program.printed()), 1)
            line = program.printed()[0]
            true("host and address", HOST in line and LOCAL in line, line)
            true(status, status in line.lower(), line)
        equal(KEY, box.hetzner.values(KEY), [LOCAL])
        return line


@scenario
def sends_an_address():
    """An explicit address goes with its type, by environment and by argument."""
    with Box() as box:
        once(box, 0, IP=A)
        equal("A", box.hetzner.values(KEY), [A])
        once(box, 0, IP=A_V6)
        equal("AAAA", box.hetzner.values(KEY_V6), [A_V6])
        once(box, 0, URL, HOST, B, BACKEND_URL=None, FQDN=None)
        equal("A", box.hetzner.values(KEY), [B])
        # Arguments before the environment.
        once(box, 0, URL, HOST, A, BACKEND_URL="http://192.0.2.99", FQDN="x.example.com", IP=B)
        equal("A", box.hetzner.values(KEY), [A])


@scenario
def what_is_sent():
    """POST /update with the document and the key in its header; slashes of the URL do not pile."""
    with Box(start=False) as box, Backend(box, GOOD) as backend:
        for url, path in ((backend.url, "/update"), (backend.url + "/", "/update"),
                          (backend.url + "/below", "/below/update"),
                          (backend.url + "/below/", "/below/update")):
            once(box, 0, BACKEND_URL=url, PRE_SHARED_KEY=KEY_OF_CLIENT)
            request = backend.requests[-1]
            equal("request", (request.method, request.target), ("POST", path))
            equal("document", json.loads(request.body), {"fqdn": HOST})
            equal("key", request.all("x-pre-shared-key"), [KEY_OF_CLIENT])
            equal("type", request.one("content-type"), "application/json")
            true("an agent", request.one("user-agent"), request.headers)
        for address, kind in ((A, "A"), (A_V6, "AAAA"), ("2001:DB8:1:0::1", "AAAA")):
            once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, IP=address)
            document = json.loads(backend.requests[-1].body)
            equal("type", document["type"], kind)
            true("address", document["ip"] in (address, A_V6), document)


@scenario
def refused_once():
    """In one-shot mode each refusal is exit 1 with its reason, and no second try."""
    with Box(start=False) as box:
        for answer, words in ((said(401, {"error": "Unauthorized"}), "Unauthorized"),
                              (said(403, {"error": "FQDN not allowed"}), "FQDN not allowed"),
                              (said(404, {"error": "Zone not found"}), "Zone not found"),
                              (said(400, {"error": "Invalid IP"}), "Invalid IP"),
                              (said(500, {"error": "x", "detail": "words of Hetzner"}),
                               "words of Hetzner"),
                              (said(500, "<html>Sorry</html>"), "500"),
                              (said(200, "<html>Sorry</html>"), ""),
                              (said(200, {"status": "great"}), ""), (said(200, []), ""),
                              (said(302, "", "Location: http://127.0.0.1/"), "302"),
                              ("garbage\r\n\r\n", ""), ("", ""),
                              (said(401, {"error": "a\r\nOK\u001b[31m" * 500}), "a")):
            with Backend(box, answer) as backend:
                program = once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT)
                text = "\n".join(program.printed() + program.said())
                true(f"{words!r} is told", words in text and text, text)
                true("control characters", all(line.isprintable() for line in text.splitlines()),
                     text)
                equal("requests", len(backend.requests), 1)


@scenario
def nobody_there():
    """Nobody listens, or a name that is none: exit 1, soon."""
    with Box(start=False) as box:
        for url in (f"http://{LOCAL}:9", "http://no-such-host.invalid"):
            began = time.monotonic()
            program = once(box, 1, BACKEND_URL=url, PRE_SHARED_KEY=KEY_OF_CLIENT)
            true("something is told", program.printed() or program.said())
            took("seconds", time.monotonic() - began, 0, patience(30))


@scenario
def silent_backend():
    """A backend that never answers: exit 1 in time."""
    with Box(start=False) as box, Backend(box, None) as backend:
        began = time.monotonic()
        once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT)
        took("seconds", time.monotonic() - began, 1, patience(60))


silent_backend.seconds = 40


@scenario
def every_few_seconds():
    """INTERVAL: again and again, a little less or more than that, a line for each."""
    with Box(start=False) as box, Backend(box, GOOD) as backend:
        program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, INTERVAL="2")
        backend.wait(6, 20)
        for gap in backend.gaps():
            took("seconds", gap, 1.75, 2.3 + patience(0.2))
        true("lines", len(program.printed()) >= 5, program.printed())
        true("no jitter", max(backend.gaps()) - min(backend.gaps()) > 0.01, backend.gaps())
        program.end()


every_few_seconds.seconds = 14


@scenario
def failure_and_recovery():
    """Failures are told and waited out, longer each time; after a success all is as before."""
    bad = said(500, {"error": "x", "detail": "words of Hetzner"})
    with Box(start=False) as box, Backend(box, bad, bad, bad, GOOD) as backend:
        program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, INTERVAL="1")
        backend.wait(6, 60)
        gaps = backend.gaps()
        true("it waits longer", gaps[2] > gaps[0] * 1.4 and gaps[2] > 1.5, gaps)
        took("after the success", gaps[4], 0.8, 1.3 + patience(0.2))
        text = "\n".join(program.said() + program.printed())
        true("the reason is told", "words of Hetzner" in text, text)
        program.end()
        return " ".join(f"{gap:.1f}" for gap in gaps)


failure_and_recovery.seconds = 20


@scenario
def retry_after():
    """Retry-After is kept, in seconds."""
    answer = said(503, {"error": "busy"}, "Retry-After: 7")
    with Box(start=False) as box, Backend(box, answer, GOOD) as backend:
        program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, INTERVAL="1")
        backend.wait(2, 20)
        took("seconds", backend.gaps()[0], 6.9, 9 + patience(0.5))
        program.end()


retry_after.seconds = 9


@scenario
def key_by_file():
    """--key-file: a key alone, or the line of the backend's own file."""
    with Box(start=False) as box, Backend(box, GOOD) as backend:
        for text in (KEY_OF_CLIENT, KEY_OF_CLIENT + "\n"):
            path = box.write("client-key", text)
            program = once(box, 0, "--key-file", path, BACKEND_URL=backend.url,
                           PRE_SHARED_KEY=None)
            program.secrets = {KEY_OF_CLIENT}
            program.check_secrets()
            equal("key", backend.requests[-1].one("x-pre-shared-key"), KEY_OF_CLIENT)
        for text in (None, "", "\n", "a\x00b", "two words"):
            path = box.net.path("no-such-file") if text is None else box.write("bad", text)
            program = client(box, "--key-file", path, BACKEND_URL=backend.url, PRE_SHARED_KEY=None)
            status = program.process.wait(limit(20))
            true(f"exit status with {text!r}", status in (1, 2), status)
        equal("requests", len(backend.requests), 2)


@scenario
def wrong_use():
    """What it cannot work with is exit 2, and nothing is sent; help and version are exit 0."""
    with Box(start=False) as box, Backend(box, GOOD) as backend:
        good = {"BACKEND_URL": backend.url, "PRE_SHARED_KEY": KEY_OF_CLIENT}
        for arguments, environment in (
                ((), {"BACKEND_URL": None, "FQDN": None}), ((), {"FQDN": None}),
                ((), {"BACKEND_URL": None}), ((), {"PRE_SHARED_KEY": None}),
                ((), {"BACKEND_URL": "nonsense"}), ((), {"BACKEND_URL": "ftp://x/"}),
                ((), {"IP": "nonsense"}), ((), {"FQDN": "a b"}), (("--nonsense",), {}),
                ((backend.url,), {"FQDN": None}), ((backend.url, HOST, A, "more"), {}),
                ((), {"PRE_SHARED_KEY": "a\r\nX: y"}), (("--key-file",), {}),
                ((), {"CA_BUNDLE": "/no/such/file", "BACKEND_URL": "https://127.0.0.1:1"})):
            program = client(box, *arguments, **(good | environment))
            status = program.process.wait(limit(20))
            wanted = (1, 2) if "CA_BUNDLE" in environment else (2,)
            true(f"exit status with {arguments} {environment}", status in wanted, status)
            program.join()
            true("nothing is said", program.said(), environment)
        for option in ("--help", "-h", "--version", "-V"):
            program = Applet(box.net, "update-dns", option, bare=True)
            program.ended(0)
            true("stdout", program.printed(), option)
        equal("requests", backend.requests, [])


@scenario
def bad_interval():
    """An INTERVAL that is no number is told, and is neither once nor for ever at once."""
    with Box(start=False) as box, Backend(box, GOOD) as backend:
        for value in ("soon", "-1", "1.5", "99999999999999999999"):
            before = len(backend.requests)
            program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                             INTERVAL=value)
            program.wait_for("WARNING: INTERVAL: must be a whole number.*using 60")
            wait_until("its line", program.printed)
            time.sleep(1.2)
            program.end()
            equal("requests", len(backend.requests) - before, 1)


@scenario
def unchanged_is_said_once():
    """That nothing has changed is said once an hour, but whoever asks for a look is told."""
    same = said(200, {"status": "unchanged", "ip": A})
    moved = said(200, {"status": "updated", "ip": B})
    late = said(200, {"status": "unchanged", "ip": B})
    with Box(start=False) as box, Backend(box, same, same, same, moved, late) as backend:
        program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, INTERVAL="1")
        backend.wait(6, 60)
        equal("lines", program.printed(), [f"{HOST}: unchanged at {A}", f"{HOST}: updated to {B}"])
        program.process.send_signal(signal.SIGHUP)
        wait_until("a line", lambda: program.printed()[2:] == [f"{HOST}: unchanged at {B}"])
        program.end()


unchanged_is_said_once.seconds = 8


@scenario
def dual_stack_backend():
    """A backend that is reached over IPv6 gets type AAAA, whatever it was reached over before."""
    with Box(LISTEN_HOST="::") as box:
        box.net.named(backend_example_com=LOCAL)
        by_name = f"http://backend.example.com:{PORT}"
        equal("IPv4", once(box, 0, BACKEND_URL=by_name).printed()[0][:34],
              f"{HOST}: created with {LOCAL}"[:34])
        program = once(box, 0, BACKEND_URL=f"http://[{LOCAL_V6}]:{PORT}")
        true("the record is not named", any("AAAA" in line for line in program.said()),
             program.said())
        equal("A", box.hetzner.values(KEY), [LOCAL])
        equal("AAAA", box.hetzner.values(KEY_V6), [LOCAL_V6])
        # An address that was given is not exchanged for another.
        program = once(box, 0, BACKEND_URL=f"http://[{LOCAL_V6}]:{PORT}", IP=A)
        equal("A", box.hetzner.values(KEY), [A])


@scenario
def neither_family():
    """A backend that finds both families wrong is asked twice, not for ever."""
    wrong = said(400, {"error": "IP version mismatch"})
    with Box(start=False) as box, Backend(box, wrong) as backend:
        program = once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT)
        true("the reason is told", "IP version mismatch" in program.printed()[0],
             program.printed())
        kinds = [json.loads(one.body).get("type") for one in backend.requests]
        equal("types", kinds, [None, "AAAA"])
        once(box, 1, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT, IP=A)
        equal("requests", len(backend.requests), 3)


@scenario
def plain_http():
    """http to another machine works, with a warning; to this one without."""
    with Box(start=False) as box:
        with Backend(box, GOOD, host=PROXY) as backend:
            program = once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT)
            true("no warning", any("http" in line.lower() for line in program.said()),
                 program.said())
            equal("requests", len(backend.requests), 1)
        with Backend(box, GOOD) as backend:
            program = once(box, 0, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT)
            return f"for loopback: {program.said()}"


@scenario
def key_nowhere():
    """The key is in no argument, no child's environment and no line."""
    with Box(start=False) as box, Backend(box, None) as backend:
        path = box.write("client-key", KEY_OF_CLIENT + "\n")
        program = client(box, "--key-file", path, BACKEND_URL=backend.url, PRE_SHARED_KEY=None,
                         INTERVAL="60")
        program.secrets = {KEY_OF_CLIENT}
        backend.wait(1)
        child = program.wait_for_child()
        own = "".join(read_proc(pid, name).decode("latin-1") for pid in (program.pid, child)
                      for name in ("cmdline", "environ"))
        program.check_secrets(("a process", own))
        wait_until("a child was looked at", lambda: program.children_seen)
        program.end(seconds=5)


@scenario
def ends_when_asked():
    """SIGTERM and SIGINT end it at once with 0, while it waits and while it asks."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Box(start=False) as box:
            for answer in (GOOD, None):
                with Backend(box, answer) as backend:
                    program = client(box, BACKEND_URL=backend.url, INTERVAL="60",
                                     PRE_SHARED_KEY=KEY_OF_CLIENT)
                    backend.wait(1)
                    time.sleep(0.3)
                    program.end(number)


@scenario
def against_the_backend():
    """With the real backend: failures of the one are the words of the other."""
    with Box() as box:
        program = once(box, 1, PRE_SHARED_KEY="wrong")
        text = "\n".join(program.printed() + program.said())
        true("Unauthorized", "Unauthorized" in text, text)
        box.hetzner.fault("reply", status=403, body=json.dumps(
            {"error": {"code": "forbidden", "message": "words of Hetzner"}}))
        program = once(box, 1)
        text = "\n".join(program.printed() + program.said())
        true("the words of Hetzner", "words of Hetzner" in text, text)
        box.hetzner.well()
        box.restart(DEBUG_LOGGING="1")
        program = client(box, INTERVAL="1")
        wait_until("several updates", lambda: sum(
            "POST /update" in line for line in box.service.said()) >= 3)
        true("the child is kept", len(program.children_seen) <= 2, program.children_seen)
        program.end()


@scenario
def waits_without_turning():
    """While a backend says nothing nobody is busy: neither the client nor its child."""
    with Box() as box, Backend(box, None) as backend:
        program = client(box, BACKEND_URL=backend.url, PRE_SHARED_KEY=KEY_OF_CLIENT,
                         INTERVAL="60")
        child = program.wait_for_child()
        wait_until("the request", lambda: backend.requests)
        before = [busy(one) for one in (child, program.pid)]
        time.sleep(BUSY_SECONDS)
        after = [busy(one) for one in (child, program.pid)]
        program.end()
    spent = [end - begin for begin, end in zip(before, after)]
    between("seconds of work in that time", max(spent), 0, BUSY_SECONDS / 4)
