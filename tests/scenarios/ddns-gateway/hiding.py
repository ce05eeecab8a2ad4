"""Scenarios of secrets and of the log: nothing is shown, nothing can be forged, files reopen."""

import os
import re
import signal
import time

from box import OTHER_TOKEN, TOKEN, Box, query
from checks import equal, scenario, true
from processes import read_proc
from subject import let_in, patience
from upstreams import ADDRESS_FIELDS, CF_TOKEN, CREDENTIALS, NAMES

LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (DEBUG|INFO|WARNING|ERROR|CRITICAL) +"
                  r"\[ddns_gateway\.[a-z_.]+\] [ -~\u00a0-\uffff]*")
AUTH = {"enabled": True, "tokens": [TOKEN, OTHER_TOKEN]}
SECRET = {"X-Upstream-Authorization": CREDENTIALS["cloudflare"]}


def check_lines(lines):
    """Each line has the form of a log line, and no control character."""
    for line in lines:
        true("a line of another form", LINE.fullmatch(line), repr(line))


def wait_for_text(path, words):
    """Waits until a file has these words."""
    ends = time.monotonic() + patience(10)
    text = ""
    while words not in text:
        true(f"no {words!r} in {path}", time.monotonic() < ends, text)
        time.sleep(0.02)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                text = file.read()


@scenario
def secrets():
    """With DEBUG no token or secret is shown: log, file, arguments, environment, answers."""
    with Box(auth=AUTH, logging={"level": "DEBUG", "file_enabled": True,
                                 "file_path": "log"}) as box:
        for name in NAMES:
            for value in (TOKEN, OTHER_TOKEN, "wrongTokenOfSomebodyElse01"):
                box.update(name, headers={"Authorization": "Bearer " + value})
                box.look_at_processes()
            credentials = CREDENTIALS[name].replace("ApiKey", "Apikey x,")
            box.update(name, credentials=credentials,
                       headers={"Authorization": "Bearer " + TOKEN})
        # Whoever gives it away in the wrong header does not find it in the log.
        box.ask("GET", "/update?" + query(ADDRESS_FIELDS), {"Authorization": "Bearer " + CF_TOKEN})
        box.ask("GET", "/update?" + query(ADDRESS_FIELDS),
                {"Authorization": "Bearer " + TOKEN, "X-Upstream-Authorization": CF_TOKEN})
        box.ask("GET", "/update?secret=" + CF_TOKEN, {"Authorization": "Bearer " + TOKEN})
        true("children", box.watched, "none was seen")
        check_lines(box.gateway.lines)


@scenario
def masked():
    """The masked form shows the first four characters and the last two."""
    with Box() as box:
        box.done("created", "cloudflare")
        box.gateway.wait_for(re.escape(f"{CF_TOKEN[:4]}…{CF_TOKEN[-2:]}"))


@scenario
def short_secrets():
    """A secret so short that six characters would show most of it is not shown at all."""
    short = "abc123xyz"
    with Box(auth={"enabled": True, "tokens": [short]}) as box:
        box.update("cloudflare", credentials=f'ApiKey secret="{short}"',
                   headers={"Authorization": f"Bearer {short}"})
        box.update("aliyun", credentials=f'ApiKey id="{short}", secret="{short}"',
                   headers={"Authorization": f"Bearer {short}"})
        said = "\n".join(box.gateway.lines)
        true("shown", short not in said and short[:6] not in said, said)


@scenario
def memory_of_children():
    """Neither arguments nor environment of a child hold anything but what it needs."""
    with Box(environment={"DDNSBOX_ODD": "of the parent"}) as box:
        box.done("created", "cloudflare")
        child = box.gateway.wait_for_child()
        names = {one.partition(b"=")[0].decode() for one in
                 read_proc(child, "environ").split(b"\0") if one}
        true("names in the environment", names <= {"PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}, names)
        words = [one for one in read_proc(child, "cmdline").split(b"\0") if one]
        equal("last word of the arguments", words[-1], b"upstream")


@scenario
def injection():
    """Line ends and control characters in whatever a caller sends make no line of their own."""
    forged = "2026-01-01 00:00:00 INFO  [ddns_gateway.server] forged"
    with Box(auth=AUTH) as box:
        token = {"Authorization": "Bearer " + TOKEN}
        for raw in ("%0a", "%0d%0a", "%0d", "%00", "%1b[2J", "%c2%85", "%e2%80%a8", "%7f", "%9b"):
            text = raw + forged.replace(" ", "%20").replace("[", "%5B").replace("]", "%5D")
            for name in ADDRESS_FIELDS:
                fields = query({key: value for key, value in ADDRESS_FIELDS.items()
                                if key != name})
                box.ask("GET", f"/update?{fields}&{name}=x{text}", token | SECRET)
            box.ask("GET", f"/{text}", token)
            box.ask("GET", f"/health?{text}")
        for text in ("\x1b[2J", "\x7f", "\x85", "é", "\xff\xfe"):
            box.ask("GET", "/health", {"User-Agent": text.replace("\x1b", "e"), "X-Odd": "x"})
            box.ask("POST", "/update", token | SECRET | {"Content-Type": "application/json"},
                    '{"zone":"x\\n' + forged + '\\u001b[2J\\u0000","record":"\\r\\n","type":"'
                    + text.replace("\x1b", "\\u001b") + '","provider":"\\u2028"}')
        time.sleep(0.1)
        check_lines(box.gateway.lines)
        equal("forged", [one for one in box.gateway.lines if one.startswith("2026-01-01 00:00:00")],
              [])


@scenario
def one_line_for_each():
    """Each request has one line of level INFO or above with its status and what was done."""
    with Box(logging={"level": "INFO"}) as box:
        said = len(box.gateway.lines)
        for action in ("created", "unchanged"):
            box.done(action, "cloudflare")
            box.gateway.wait_for(action, said)
            lines = box.gateway.lines[said:]
            said = len(box.gateway.lines)
            equal(f"lines {lines}", len(lines), 1)
            true("what was done", re.search(rf"\b200\b.*{action}|{action}.*\b200\b", lines[0]),
                 lines)
            true("duration", re.search(r"\d+(\.\d+)? ?m?s\b", lines[0]), lines)
        box.raw_update({})
        box.update("cloudflare", credentials='ApiKey secret="x"')
        box.gateway.wait_for(" 422 ", said)
        box.gateway.wait_for(" 400 ", said)
        equal("lines", len(box.gateway.lines[said:]), 2)


@scenario
def levels():
    """Each level keeps what is below it out of the log."""
    for level, wanted in (("WARNING", 0), ("ERROR", 0), ("CRITICAL", 0), ("info", 1)):
        with Box(start=False, logging={"level": level}) as box:
            box.start(wait=False)
            for _ in range(200):
                try:
                    box.alive()
                    break
                except OSError:
                    time.sleep(0.05)
            box.done("created", "cloudflare")
            if wanted:
                box.gateway.wait_for("created")
            else:
                # What would be there, had it been written.
                box.gateway.end()
            lines = [one for one in box.gateway.lines if " INFO " in one or " DEBUG " in one]
            true(f"lines at {level}", bool(lines) == bool(wanted), lines)


@scenario
def log_file():
    """The file is appended to, has what stderr has, and is nobody else's to read."""
    with Box(start=False, logging={"file_enabled": True, "file_path": "~/log"}) as box:
        path = os.path.join(box.dir, "log")
        with open(path, "w", encoding="ascii") as file:
            file.write("before\n")
        let_in(path)
        box.start()
        box.done("created", "cloudflare")
        box.gateway.end()
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
        equal("first line", lines[0], "before")
        known = [one for one in box.gateway.lines if one in lines]
        true("the file has what stderr has", len(known) >= 3, lines)
        check_lines(lines[1:])


@scenario
def reopened():
    """SIGHUP opens the log file anew: what was moved away gets no more, and nothing is lost."""
    with Box(logging={"file_enabled": True, "file_path": "log"}) as box:
        path = os.path.join(box.dir, "log")
        box.done("created", "cloudflare")
        for number in range(3):
            os.rename(path, f"{path}.{number}")
            size = os.path.getsize(f"{path}.{number}")
            box.gateway.send(signal.SIGHUP)
            time.sleep(0.2)
            # It may be made with the next line only.
            box.done("unchanged", "cloudflare")
            wait_for_text(path, "unchanged")
            with open(f"{path}.{number}", encoding="utf-8") as file:
                true("the old one grew by requests", "unchanged" not in file.read()[size:])


@scenario
def reopening_fails():
    """A log file that cannot be opened anew: it says so on stderr and serves on."""
    with Box(logging={"file_enabled": True, "file_path": "logs/log"}, start=False) as box:
        directory = os.path.join(box.dir, "logs")
        os.mkdir(directory)
        let_in(directory)
        box.start()
        os.rename(directory, directory + "2")
        # A directory that is missing would be made anew, where it may be.
        with open(directory, "w", encoding="ascii"):
            pass
        said = len(box.gateway.lines)
        box.gateway.send(signal.SIGHUP)
        time.sleep(0.2)
        box.done("created", "cloudflare")
        box.gateway.wait_for("logs/log|log file", said)
        os.remove(directory)
        os.rename(directory + "2", directory)
        box.gateway.send(signal.SIGHUP)
        time.sleep(0.3)
        box.done("unchanged", "cloudflare")
        wait_for_text(os.path.join(directory, "log"), "unchanged")
