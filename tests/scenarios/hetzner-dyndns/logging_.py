"""Scenarios of the log: where it goes, how its files change places, and what never stands in it."""

import os
import re
import time

from box import A, B, HOST, KEY_FILE, LOG_FILE, Box, basic
from checks import between, equal, scenario, true
from program import wait_until


@scenario
def to_stderr():
    """Without LOG_FILE everything goes to stderr, one whole line each; nothing to stdout."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.service.wait_for(re.escape(HOST))
        equal("stdout", box.service.printed(), [])


@scenario
def to_a_file():
    """With LOG_FILE it goes there and to stderr; moved away, it is made anew with its directory."""
    with Box(start=False) as box:
        box.given["LOG_FILE"] = box.net.path("new/logs/" + LOG_FILE)
        box.start()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        path = "new/logs/" + LOG_FILE
        wait_until("the host in the file", lambda: HOST in box.read(path))
        box.service.wait_for(f"{re.escape(HOST)}.*{re.escape(A)}")
        os.rename(box.net.path("new"), box.net.path("old"))
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        wait_until("the change in the new file", lambda: os.path.exists(box.net.path(path))
                   and B in box.read(path))
        true("it is in the old one", B not in box.read("old/logs/" + LOG_FILE))
        equal("complaints", [one for one in box.service.said() if "cannot log" in one], [])


@scenario
def to_the_same_file():
    """A file that is there already is added to."""
    with Box(start=False) as box:
        box.given["LOG_FILE"] = box.net.path(LOG_FILE)
        box.start()
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.restart()
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        wait_until("both in the file", lambda: A in box.read(LOG_FILE) and B in box.read(LOG_FILE))


@scenario
def rotation():
    """At LOG_MAX_BYTES the file becomes .1, that .2 and so on, LOG_BACKUP_COUNT of them."""
    with Box(start=False) as box:
        box.given |= {"LOG_FILE": box.net.path(LOG_FILE), "LOG_MAX_BYTES": "2000",
                      "LOG_BACKUP_COUNT": "2", "REQUEST_CACHE_TTL": "0"}
        box.start()
        for number in range(120):
            box.refused(box.update(fqdn=HOST, ip=f"x{number}"), 400, "Invalid IP")
        files = sorted(one for one in os.listdir(box.net.dir) if one.startswith(LOG_FILE))
        equal("files", files, [LOG_FILE, LOG_FILE + ".1", LOG_FILE + ".2"])
        texts = [box.read(name) for name in files]
        for name, text in zip(files, texts):
            between(f"bytes of {name}", len(text.encode()), 0 if name == LOG_FILE else 1000, 2000)
            true(f"{name} ends within a line", not text or text.endswith("\n"), text[-100:])
        # The oldest are gone, the newest are all there, in order.
        lines = "".join(reversed(texts)).splitlines()
        times = [line for line in lines if re.search("(?i)invalid", line)]
        true("lines", len(times) > 10, lines)


@scenario
def no_rotation():
    """LOG_MAX_BYTES=0: the file grows; LOG_BACKUP_COUNT=0: nothing is kept beside it."""
    for settings, files in (({"LOG_MAX_BYTES": "0"}, [LOG_FILE]),
                            ({"LOG_MAX_BYTES": "1000", "LOG_BACKUP_COUNT": "0"}, [LOG_FILE])):
        with Box(start=False) as box:
            box.given |= {"LOG_FILE": box.net.path(LOG_FILE)} | settings
            box.start()
            for number in range(50):
                box.update(fqdn=HOST, ip=f"x{number}")
            found = sorted(one for one in os.listdir(box.net.dir) if one.startswith(LOG_FILE))
            equal(f"files with {settings}", found, files)


@scenario
def file_that_cannot_be():
    """A LOG_FILE that cannot be written: told, and the service either serves or ends at once."""
    with Box(start=False) as box:
        box.given["LOG_FILE"] = box.net.path(KEY_FILE) + "/no-such-directory/log"
        service = box.start(ready=False)
        service.wait_for("(?i)no-such-directory")
        time.sleep(0.3)
        if service.process.poll() is None:
            box.wait_until_ready()
            box.did(box.update(fqdn=HOST, ip=A), "created", A)
            return "it serves"
        true("exit status", service.process.poll() in (1, 2), service.process.poll())
        return f"it ends with {service.process.poll()}"


@scenario
def forged_lines():
    """Nothing that a client sends can begin a line of its own, or reach a terminal."""
    evil = "x\r\nERROR forged\x1b[31m\u202e\u2028"
    with Box(DEBUG_LOGGING="1") as box:
        box.update(key=box.keys()[HOST], fqdn=HOST, ip=evil)
        box.update(key="x", fqdn=evil, ip=A)
        box.nic(hostname=evil, myip=evil, user=evil, key=evil)
        box.ask("GET", "/nic/update?hostname=%0d%0aERROR%20forged&myip=%1b%5b31m")
        box.ask("GET", "/%0d%0aERROR%20forged")
        box.ask("POST", "/update", {"X-Real-Ip": "\x1b[31m"} | basic("x", "y"), b"{}")
        box.send(b"GET /\x1b[31m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        box.hetzner.fault("reply", status=403, body='{"error":{"code":"forbidden","message":'
                          '"no\\r\\nERROR forged\\u001b[31m"}}')
        box.update(fqdn=HOST, ip=A)
        time.sleep(0.3)
        for line in box.service.said():
            true("a forged line", not line.startswith("ERROR forged"), line)
            true("a control character", line.isprintable(), line)


@scenario
def requests_are_told():
    """A change is told with host, address and whence it came; so is a failure, with its reason."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        line = box.service.wait_for(f"{re.escape(HOST)}.*{re.escape(A)}")
        box.hetzner.fault("reply", status=403, body='{"error":{"code":"forbidden","message":'
                          '"words of Hetzner"}}')
        since = len(box.service.lines)
        box.update(fqdn=HOST, ip=B)
        failure = box.service.wait_for("words of Hetzner", since)
        true("the host is not named", HOST in failure, failure)
        since = len(box.service.lines)
        box.update(key="wrong", fqdn=HOST, ip=B)
        denied = box.service.wait_for("(?i)unauthorized|credential|key|denied", since)
        return f"{line} | {failure} | {denied}"
