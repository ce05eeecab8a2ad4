#!/usr/bin/env python3
"""Writes logging.json: what Python's logging makes of configurations, for the tests beside it.

Each case is run in a Python of its own, in an empty directory (@DIR@), with a syslog listening on
@DIR@/log and on the UDP port "@PORT@". To make it again: tests/vectors/logging.py >logging.json
"""

import json
import os
import select
import socket
import subprocess
import sys
import tempfile

LINES = [
    ["DEBUG", "Using no cache file."],
    ["INFO", "Updating DNS record for host.example.com to 192.0.2.1."],
    ["WARNING", "Something is odd: 100% äöü."],
    ["ERROR", "192.0.2.53: no answer."],
]
SHORT = [["INFO", f"line {number}"] for number in range(8)]
BASIC = {"basic": {"format": "%(levelname)s:%(name)s:%(message)s"}}
STREAM = "logging.StreamHandler"
FILE = "logging.FileHandler"
ROTATING = "logging.handlers.RotatingFileHandler"
SYSLOG = "logging.handlers.SysLogHandler"


def stream(name="err", **more):
    return {"class": STREAM, "stream": f"ext://sys.std{name}", **more}


def config(handlers, root=None, **more):
    root = {"level": "DEBUG", "handlers": sorted(handlers)} if root is None else root
    return {"version": 1, "handlers": handlers, "root": root, **more}


def formatted(text, **more):
    formatter = {"format": text, **more}
    return config({"e": stream(formatter="f")}, formatters={"f": formatter})


def rotating(size, count, lines=None, before=None, **more):
    handler = {"class": ROTATING, "filename": "@DIR@/x.log", "maxBytes": size, **more}
    if count is not None:
        handler["backupCount"] = count
    case = {"config": config({"r": handler}), "lines": lines or SHORT}
    return {**case, "before": before or {}}


def timed(when, before=None, **more):
    name = "logging.handlers.TimedRotatingFileHandler"
    handler = {"class": name, "filename": "@DIR@/x.log", "when": when, "utc": True, **more}
    # A Tuesday, at 22:13:20.
    case = {"config": config({"t": handler}), "lines": SHORT[:2], "mtime": 1700000000}
    return {**case, "before": {"x.log": "old\n", **(before or {})}}


def braced(text, style="{"):
    return formatted(text, style=style)


def pydyndns(own, root, others={}):
    handlers = {
        "a": stream(formatter="basic"),
        "b": stream("out"),
        "n": {"class": "logging.NullHandler"},
    }
    loggers = {"pydyndns": own, **others}
    formatted = {"version": 1, "formatters": BASIC, "handlers": handlers}
    return {**formatted, "root": root, "loggers": loggers}


MANUAL = {
    "version": 1,
    "formatters": {"syslog": {"format": "%(name)s: %(message)s"}},
    "handlers": {
        "syslog": {
            "class": SYSLOG,
            "address": "@DIR@/log",
            "facility": "local0",
            "formatter": "syslog",
        }
    },
    "root": {"level": "WARNING", "handlers": ["syslog"]},
}

ALL = {"level": "DEBUG", "handlers": ["a"]}
OLD = {"x.log": "old\n"}
CASES = {
    "the manual's example for syslog": MANUAL,
    "nothing but a version": {"version": 1},
    "root without handlers": {"version": 1, "root": {"level": "DEBUG"}},
    "an empty root": {"version": 1, "root": {}},
    "root's level is WARNING if not given": config({"e": stream()}, {"handlers": ["e"]}),
    "root by number": config({"e": stream()}, {"level": 40, "handlers": ["e"]}),
    "root between two numbers": config({"e": stream()}, {"level": 21, "handlers": ["e"]}),
    "root NOTSET": config({"e": stream()}, {"level": "NOTSET", "handlers": ["e"]}),
    "root FATAL": config({"e": stream()}, {"level": "FATAL", "handlers": ["e"]}),
    "root WARN": config({"e": stream()}, {"level": "WARN", "handlers": ["e"]}),
    "nulls": config(
        {"e": {"class": STREAM, "stream": None, "level": None, "formatter": None}},
        {"level": None, "handlers": ["e"]},
        disable_existing_loggers=None,
        formatters={"f": {"format": None, "datefmt": None}},
    ),
    "two handlers, two levels": config({"e": stream(level="ERROR"), "o": stream("out", level=20)}),
    "a handler of a level above all": config({"e": stream(level=99999999999)}),
    "a handler named twice": config({"e": stream()}, {"level": 10, "handlers": ["e", "e"]}),
    "only a NullHandler": config({"n": {"class": "logging.NullHandler"}}),
    "Null and others": config({"n": {"class": "logging.NullHandler"}, "e": stream()}),
    "basic": formatted("%(levelname)s:%(name)s:%(message)s"),
    "widths": formatted("[%(levelname)-8s|%(name)010s|%(message)-030s|%(message)2s]"),
    "flags": formatted("%(name)-012s|%(name)0-12s|%(levelname)--9s|%(name)00012s|"),
    "percent": formatted("100%% %%(name)s %(message)s %%"),
    "an empty format": formatted(""),
    "tabs and umlauts": formatted("ä\t%(message)s\tß"),
    "several lines": formatted("%(name)s\n  %(message)s"),
    "asctime": formatted("%(asctime)s %(message)s"),
    "asctime, wide": formatted("%(asctime)30s|%(asctime)-30s|%(message)s"),
    "an empty datefmt": formatted("%(asctime)s %(message)s", datefmt=""),
    "datefmt": formatted("%(asctime)s %(message)s", datefmt="%d.%m.%Y %H:%M:%S %% ä"),
    "datefmt without asctime": formatted("%(message)s", datefmt="%Y"),
    "style": formatted("%(message)s", style="%"),
    "formatter's class": formatted("%(message)s", **{"class": "logging.Formatter"}),
    "without validation": formatted("%(message)s", validate=False),
    "filters of no use": config({"e": stream(filters=[])}, filters={"f": {"name": "x"}}),
    "numbers": formatted("%(levelno)d|%(levelno)5s|%(levelno)-5d|%(levelno)05i|%(levelno).2f|"),
    "precision": formatted("[%(levelname).1s|%(levelname)-6.3s|%(message)4.2s]"),
    "created": formatted("%(created)f %(created).3f %(created).0f %(created)d %(asctime)s"),
    "milliseconds": formatted("%(msecs)03d %(asctime)s"),
    "braces": braced("{levelname}:{name}:{message} {{x}} {levelno}"),
    "braces with text aligned": braced(
        "[{levelname:9}|{levelname:>9}|{levelname:^10}|{levelname:.<9}|"
        "{levelname:*^9.2s}|{name:010}]"
    ),
    "braces with numbers aligned": braced(
        "[{levelno:5}|{levelno:<5d}|{levelno:^5}|{levelno:05}|{levelno:x>4}|{levelno:.1f}]"
    ),
    "braces with times": braced("{asctime} {created:.3f} {msecs:03.0f} {asctime:>25}|"),
    "an empty format in braces": braced(""),
    "dollars": braced("$levelname:${name}x $$ $message $levelno", "$"),
    "an empty format with dollars": braced("", "$"),
    "own level": pydyndns({"level": "ERROR"}, ALL),
    "own level below root's": pydyndns({"level": "DEBUG"}, {"level": "ERROR", "handlers": ["a"]}),
    "own level NOTSET": pydyndns({"level": "NOTSET"}, {"level": "ERROR", "handlers": ["a"]}),
    "own level null": pydyndns({"level": None}, {"level": "INFO", "handlers": ["a"]}),
    "own handler and root's": pydyndns({"handlers": ["b"]}, ALL),
    "own handler is root's": pydyndns({"handlers": ["a"]}, ALL),
    "no propagation": pydyndns({"handlers": ["b"], "propagate": False}, ALL),
    "no propagation, by number": pydyndns({"handlers": ["b"], "propagate": 0}, ALL),
    "no propagation and no handler": pydyndns({"level": "DEBUG", "propagate": False}, ALL),
    "no propagation and Null": pydyndns({"handlers": ["n"], "propagate": False}, ALL),
    "propagation null": pydyndns({"handlers": ["b"], "propagate": None}, ALL),
    "another logger": pydyndns({}, ALL, {"dns": {"level": "ERROR", "handlers": ["b"]}}),
    "a child's logger": pydyndns({}, ALL, {"pydyndns.x": {"level": "ERROR", "handlers": ["b"]}}),
    "the root logger by an empty name": pydyndns({}, {}, {"": ALL}),
    "the root logger by its name": pydyndns({}, {}, {"root": ALL}),
    "the root logger by its name and by its key": pydyndns(
        {}, {"handlers": ["b"]}, {"root": {"level": "INFO", "handlers": ["a"]}}
    ),
    "by both names": pydyndns({}, {}, {"": ALL, "root": {"handlers": ["b"]}}),
    "a file": {
        "config": config({"f": {"class": FILE, "filename": "@DIR@/x.log"}}),
        "before": OLD,
    },
    "a file anew": {
        "config": config({"f": {"class": FILE, "filename": "@DIR@/x.log", "mode": "w"}}),
        "before": OLD,
    },
    "a file with all arguments": config(
        {
            "f": {
                "class": FILE,
                "filename": "@DIR@/x.log",
                "mode": "a",
                "encoding": "UTF-8",
                "delay": True,
                "level": "INFO",
                "formatter": "basic",
            }
        },
        formatters=BASIC,
    ),
    "a file anew, delayed, no line": {
        "config": config(
            {"f": {"class": FILE, "filename": "@DIR@/x.log", "mode": "w", "delay": True}},
            {"level": "CRITICAL", "handlers": ["f"]},
        ),
        "before": OLD,
    },
    "a file anew, no line": {
        "config": config(
            {"f": {"class": FILE, "filename": "@DIR@/x.log", "mode": "w"}},
            {"level": "CRITICAL", "handlers": ["f"]},
        ),
        "before": OLD,
    },
    "rotation": rotating(21, 2),
    "rotation at the very byte": rotating(14, 9),
    "rotation one byte above": rotating(15, 9),
    "rotation of lines longer than the file may be": rotating(7, 9),
    "rotation counts characters": rotating(16, 3, [["INFO", "ääää"]] * 4),
    "rotation with files of before": rotating(
        8, 3, before={"x.log": "now\n", "x.log.1": "1\n", "x.log.3": "3\n", "x.log.4": "4\n"}
    ),
    "rotation without backups": rotating(10, 0),
    "rotation without a count": rotating(10, None),
    "rotation without a size": rotating(0, 3),
    "rotation, mode w with a size": rotating(1000, 3, before=OLD, mode="w"),
    "rotation, mode w without a size": rotating(0, 3, before=OLD, mode="w"),
    "rotation, delayed": rotating(21, 2, before=OLD, delay=True),
    "a watched file": {
        "config": config(
            {"w": {"class": "logging.handlers.WatchedFileHandler", "filename": "@DIR@/x.log"}}
        ),
        "before": OLD,
    },
    "rotation after a second": timed("s"),
    "rotation after minutes": timed("M", interval=5),
    "rotation after an hour": timed("h"),
    "rotation after a day": timed("D"),
    "rotation after more days than there were": timed("D", interval=90000),
    "rotation at midnight": timed("midnight"),
    "rotation on that day of the week": timed("W1"),
    "rotation on the next day of the week": timed("w2"),
    "rotation on the day of the week before": timed("W0"),
    "rotation on a Sunday": timed("W6"),
    "rotation at times where there was no file": {
        "config": timed("D")["config"], "lines": SHORT[:2]
    },
    "rotation at times over an old file": timed("D", {"x.log.2023-11-14": "older\n"}),
    "rotation at times, the oldest go": timed(
        "D",
        {
            "x.log.2023-11-12": "12\n",
            "x.log.2023-11-11": "11\n",
            "x.log.2023-11-10": "10\n",
            "x.log.2023-11": "other\n",
            "y.log.2023-11-10": "other\n",
        },
        backupCount=2,
    ),
    "a file and its rotated twin": config(
        {
            "f": {"class": FILE, "filename": "@DIR@/y.log"},
            "r": {"class": ROTATING, "filename": "@DIR@/x.log", "maxBytes": 60, "backupCount": 1},
        }
    ),
    "syslog, no facility": config({"s": {"class": SYSLOG, "address": "@DIR@/log"}}),
    "syslog, facility by number": config(
        {"s": {"class": SYSLOG, "address": "@DIR@/log", "facility": 23}}
    ),
    "syslog, facility 0": config({"s": {"class": SYSLOG, "address": "@DIR@/log", "facility": 0}}),
    "syslog, socktype": config(
        {"s": {"class": SYSLOG, "address": "@DIR@/log", "socktype": "ext://socket.SOCK_DGRAM"}}
    ),
    "syslog, socktype null": config(
        {"s": {"class": SYSLOG, "address": "@DIR@/log", "socktype": None}}
    ),
    "syslog by UDP": config(
        {"s": {"class": SYSLOG, "address": ["127.0.0.1", "@PORT@"], "facility": "authpriv"}}
    ),
}
for name in "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp".split() + [
    "security",
    "console",
    "solaris-cron",
    "local7",
]:
    handler = {"class": SYSLOG, "address": "@DIR@/log", "facility": name}
    CASES[f"facility {name}"] = {"config": config({"s": handler}), "lines": LINES[-1:]}

# time.time() is what Python's records are stamped with.
PROGRAM = """
import json, logging, logging.config, sys, time
time.time = lambda: 1719792000.042
logging.config.dictConfig(json.loads(sys.argv[1]))
log = logging.getLogger("pydyndns")
for level, words in json.loads(sys.argv[2]):
    log.log(getattr(logging, level), words)
"""


def run(name, case):
    case = case if "config" in case else {"config": case}
    case.setdefault("lines", LINES)
    before = case.setdefault("before", {})
    with tempfile.TemporaryDirectory() as directory:
        for file, text in before.items():
            with open(f"{directory}/{file}", "w") as out:
                out.write(text)
        if "mtime" in case:
            os.utime(f"{directory}/x.log", (case["mtime"],) * 2)
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        unix.bind(f"{directory}/log")
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        text = json.dumps(case["config"]).replace("@DIR@", directory)
        text = text.replace('"@PORT@"', str(udp.getsockname()[1]))
        command = [sys.executable, "-c", PROGRAM, text, json.dumps(case["lines"])]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        if done.returncode != 0:
            sys.exit(f"{name}: {done.stderr}")
        datagrams = []
        for receiver in unix, udp:
            while select.select([receiver], [], [], 0)[0]:
                datagrams.append(receiver.recv(65536).decode())
        os.unlink(f"{directory}/log")
        files = {}
        for file in sorted(os.listdir(directory)):
            with open(f"{directory}/{file}") as content:
                files[file] = content.read()
    said = {"stdout": done.stdout, "stderr": done.stderr, "files": files, "datagrams": datagrams}
    return {"name": name, **case, **said}


# Beside this file, Python would take it for its own module of that name.
os.chdir("/")
results = [json.dumps(run(name, case), ensure_ascii=False) for name, case in CASES.items()]
print("[\n" + ",\n".join(results) + "\n]")
