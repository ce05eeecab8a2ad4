#!/usr/bin/env python3
"""Starts one command many times at once, waits for all, tells what each did and left behind.

Reads {"argv", "env", "count", "timeout", "kill_after"} as JSON from stdin and prints
{"runs": [{"exit", "seconds", "out", "err"}…], "orphans": […]} on stdout. It runs inside the
router's namespace. It makes itself the reaper of its grandchildren, so a child that the program
did not wait for ends up here and is counted instead of vanishing into process 1.
"""

import ctypes
import json
import os
import signal
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.002
GRACE_SECONDS = 0.2


def command_of(pid):
    """What a process was started as; empty for one that is only a zombie."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def start(spec, directory, number):
    """Starts the command once, with its output in files: a pipe would be held by its children."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0)]
    for descriptor, name in ((1, "out"), (2, "err")):
        path = os.path.join(directory, f"{number}.{name}")
        actions.append((os.POSIX_SPAWN_OPEN, descriptor, path, flags, 0o600))
    argv = spec["argv"]
    return os.posix_spawn(argv[0], argv, spec["env"], file_actions=actions)


def stop_late(running, spec):
    """Kills what has reached its time: the moment asked for, or when it counts as hung."""
    now = time.monotonic()
    for run in running.values():
        age = now - run["started"]
        wanted = spec.get("kill_after")
        if wanted is not None and age >= wanted and not run["killed"]:
            run["killed"] = True
            os.kill(run["pid"], signal.SIGKILL)
        elif age >= spec["timeout"] and not run["hung"]:
            run["hung"] = True
            os.kill(run["pid"], signal.SIGKILL)


def collect(running, spec):
    """Waits for all runs; returns what came here as an orphan meanwhile."""
    orphans = []
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            stop_late(running, spec)
            time.sleep(POLL_SECONDS)
            continue
        run = running.pop(pid, None)
        if run is None:
            orphans.append(f"pid {pid} was not waited for")
            continue
        run["seconds"] = time.monotonic() - run["started"]
        run["exit"] = "hung" if run["hung"] else os.waitstatus_to_exitcode(status)
    return orphans


def leftovers():
    """Children of the runs that are still here, dead or alive, once all runs have ended."""
    found = []
    ends = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < ends:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid:
            found.append(f"pid {pid} was not waited for")
        else:
            time.sleep(POLL_SECONDS)
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        for pid in file.read().split():
            found.append(f"pid {pid} still runs: {command_of(pid)}")
    return found


def text(path):
    """What a run wrote; bytes that are no UTF-8 stay visible."""
    with open(path, "rb") as file:
        return file.read().decode(errors="backslashreplace")


def main():
    """One herd."""
    spec = json.load(sys.stdin)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as directory:
        running, runs = {}, []
        for number in range(spec["count"]):
            pid = start(spec, directory, number)
            run = {"pid": pid, "started": time.monotonic(), "killed": False, "hung": False}
            running[pid] = run
            runs.append(run)
        orphans = collect(running, spec) + leftovers()
        for number, run in enumerate(runs):
            for name in ("out", "err"):
                run[name] = text(os.path.join(directory, f"{number}.{name}"))
    json.dump({"runs": runs, "orphans": orphans}, sys.stdout)


main()
