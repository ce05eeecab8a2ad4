"""Scenarios of power: what it gives up once it listens, and what it then still can do."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import time

from box import Box
from checks import Skipped, equal, scenario, true
from powers import expect_closed, expect_powerless, need_nobody, roots_directory, status
from subject import NOBODY, is_by_itself, is_emulated, patience, under_test

# 256 connections, its own, and those of children.
DESCRIPTORS_MAX = 300
# A group as any other.
STAFF = 50
LOGGING = {"level": "DEBUG", "file_enabled": True}


def need_root():
    """Only root has something to give."""
    if os.geteuid() != 0:
        raise Skipped("not root")
    need_nobody()


def child_of(box):
    """A child that has just worked."""
    box.done("created", "cloudflare")
    return box.gateway.children()[0]


@scenario
def powerless():
    """Started by root it is nobody, with no capability and no way back; so is its child."""
    with Box() as box:
        for pid in (child_of(box), box.gateway.pid):
            expect_powerless(pid, DESCRIPTORS_MAX)
            expect_closed(pid)


@scenario
def another_user():
    """DDNSBOX_USER names another user to become; it stays silent about what went well."""
    need_root()
    with Box(environment={"DDNSBOX_USER": "daemon"}) as box:
        for pid in (child_of(box), box.gateway.pid):
            expect_powerless(pid, DESCRIPTORS_MAX, "daemon")
        true("words about it", "daemon" not in "".join(box.gateway.lines), box.gateway.lines)


@scenario
def unknown_user():
    """A user that is not there is an error that names it, before anything is served."""
    need_root()
    with Box(start=False, environment={"DDNSBOX_USER": "who\x1b"}) as box:
        box.start(wait=False)
        equal("exit status", box.gateway.finished(), 1)
        true("words", "DDNSBOX_USER: there is no user who" in box.gateway.lines[-1]
             and "\x1b" not in box.gateway.lines[-1], box.gateway.lines)


@scenario
def stays_root():
    """DDNSBOX_USER=root: root it stays, but with none of root's capabilities."""
    need_root()
    with Box(environment={"DDNSBOX_USER": "root"}) as box:
        for pid in (child_of(box), box.gateway.pid):
            found = status(pid)
            equal("user", found["Uid"].split(), ["0"] * 4)
            equal("capabilities", {int(found[name], 16) for name in ("CapPrm", "CapEff")}, {0})
            equal("NoNewPrivs", found["NoNewPrivs"], "1")


@scenario
def may_not_become_another():
    """Where root may not become another user (a container), it says so once and serves."""
    need_root()
    preload = ("setpriv", "--bounding-set", "-setuid,-setgid")
    with Box(preload=preload) as box:
        pid = child_of(box)
        told = [line for line in box.gateway.lines if "cannot become the user nobody" in line]
        equal("warnings", len(told), 1)
        equal("capabilities", int(status(pid)["CapEff"], 16), 0)


@scenario
def not_root_but_able():
    """One who is not root but has a capability for its port keeps the port, not the capability."""
    need_root()
    preload = ("setpriv", "--reuid=1", "--regid=1", "--clear-groups",
               "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service")
    with Box(start=False, preload=preload, server={"port": 81}) as box:
        # It must be able to read its settings.
        config = os.path.join(box.dir, "gateway.toml")
        os.close(os.open(config, os.O_CREAT, 0o600))
        for path in (box.dir, config):
            os.chown(path, 1, 1)
        box.port = 81
        box.start()
        expect_powerless(child_of(box), DESCRIPTORS_MAX, "daemon")
        expect_powerless(box.gateway.pid, DESCRIPTORS_MAX, "daemon")


@scenario
def from_a_private_directory():
    """A program that only root can reach starts its children all the same."""
    need_root()
    if is_emulated():
        raise Skipped("an emulator opens the program by its name")
    with Box(start=False) as box:
        private = os.path.join(box.dir, "private")
        os.mkdir(private, 0o700)
        program = shutil.copy(under_test()[-1], private)
        # What comes first is run; the rest are arguments it has no use for.
        box.options["preload"] = (shutil.which("sh"), "-c", f'shift; exec {program} "$@"', "sh")
        box.start()
        expect_powerless(child_of(box), DESCRIPTORS_MAX)


@contextlib.contextmanager
def logging_among_roots():
    """A gateway, to be started, that logs to a new file among root's; and that file."""
    need_root()
    with roots_directory() as logs, Box(start=False, logging=LOGGING) as box:
        path = box.tables["logging"]["file_path"] = os.path.join(logs, "log")
        yield box, path


@scenario
def log_of_root():
    """A log file among root's: it goes on, by another name too if one is made there for it."""
    with logging_among_roots() as (box, path):
        box.start()
        equal("owner", os.stat(path).st_uid, int(status(box.gateway.pid)["Uid"].split()[0]))
        for action, is_moved in (("created", False), ("unchanged", True)):
            if is_moved:
                # As logrotate does with `create`.
                about = os.stat(path)
                os.rename(path, path + ".1")
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o640))
                os.chown(path, about.st_uid, about.st_gid)
                box.gateway.send(signal.SIGHUP)
                time.sleep(patience(0.2))
            box.done(action, "cloudflare")
            time.sleep(patience(0.1))
            with open(path, encoding="utf-8") as file:
                true(f"{action} is in the file", action in file.read())
        equal("complaints", [one for one in box.gateway.lines if "cannot log" in one], [])


@scenario
def log_that_stays_roots():
    """A new log file that is root's alone: it is told, and the old one has what comes."""
    with logging_among_roots() as (box, path):
        box.start()
        os.rename(path, path + ".1")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        box.gateway.send(signal.SIGHUP)
        time.sleep(patience(0.2))
        box.done("created", "cloudflare")
        box.gateway.wait_for("cannot log to .*ermission denied.*; still using the old file")
        time.sleep(patience(0.2))
        with open(path + ".1", encoding="utf-8") as file:
            true("the old one", "created" in file.read())


@scenario
def log_that_may_be_anything():
    """What others may have put in the log's place is neither made, written to nor given away."""
    need_root()
    for what in ("link", "link to nothing", "directory that is a link", "directory for all",
                 "directory for a group", "link of root's through theirs"):
        with roots_directory() as logs, Box(start=False, logging=LOGGING) as box:
            theirs, ours = os.path.join(logs, "theirs"), os.path.join(logs, "log")
            os.mkdir(theirs)
            path = os.path.join(theirs, "log")
            if what != "link to nothing":
                with open(ours, "w", encoding="ascii"):
                    pass
            if what.startswith("link"):
                os.symlink(ours, path)
            elif what == "directory for all":
                os.rename(ours, path)
                os.chmod(theirs, 0o1777)
                ours = path
            elif what == "directory for a group":
                # As /var/local of Debian.
                os.chown(theirs, 0, STAFF)
                os.chmod(theirs, 0o2775)
                os.symlink(ours, path)
            elif what == "link of root's through theirs":
                os.symlink(ours, path)
                path = os.path.join(logs, "through")
                os.symlink(os.path.join(theirs, "log"), path)
            else:
                os.symlink(logs, os.path.join(theirs, "to"))
                path = os.path.join(theirs, "to/log")
            if what not in ("directory for all", "directory for a group"):
                os.lchown(theirs, NOBODY, NOBODY)
            box.tables["logging"]["file_path"] = path
            box.start(wait=False)
            equal(f"exit status, {what}", box.gateway.finished(), 1)
            true(f"words, {what}", "as the user nobody" in box.gateway.lines[-1]
                 and "users other than root can change" in box.gateway.lines[-1], box.gateway.lines)
            if what == "link to nothing":
                true("it was made", not os.path.exists(ours))
            else:
                about = os.stat(ours)
                equal(f"owner and size, {what}", (about.st_uid, about.st_size), (0, 0))


@scenario
def log_of_one_that_stays_root():
    """A daemon that stays root logs only where root alone can have had a hand in it."""
    need_root()
    with roots_directory() as logs, Box(start=False, logging=LOGGING,
                                        environment={"DDNSBOX_USER": "root"}) as box:
        theirs, ours = os.path.join(logs, "theirs"), os.path.join(logs, "new/log")
        os.mkdir(theirs)
        os.symlink(os.path.join(logs, "victim"), os.path.join(theirs, "log"))
        os.chown(theirs, 0, STAFF)
        os.chmod(theirs, 0o2775)
        box.tables["logging"]["file_path"] = os.path.join(theirs, "log")
        box.start(wait=False)
        equal("exit status", box.gateway.finished(), 1)
        true("words", "users other than root can change" in box.gateway.lines[-1],
             box.gateway.lines)
        true("it was made", not os.path.exists(os.path.join(logs, "victim")))
        box.tables["logging"]["file_path"] = ours
        box.start()
        equal("owner", os.stat(ours).st_uid, 0)


@scenario
def log_where_it_may_not_act_as_another():
    """Root that may not act as another user opens for its log only what root alone can change."""
    need_root()
    preload = ("setpriv", "--bounding-set", "-setuid")
    with roots_directory() as logs, Box(start=False, logging=LOGGING, preload=preload) as box:
        theirs, ours = os.path.join(logs, "theirs"), os.path.join(logs, "log")
        os.mkdir(theirs)
        os.symlink(ours, os.path.join(theirs, "log"))
        os.lchown(theirs, NOBODY, NOBODY)
        box.tables["logging"]["file_path"] = os.path.join(theirs, "log")
        box.start(wait=False)
        equal("exit status", box.gateway.finished(), 1)
        true("words", "cannot act as the user nobody" in box.gateway.lines[-1], box.gateway.lines)
        true("it was made", not os.path.exists(ours))
        box.tables["logging"]["file_path"] = ours
        box.start()
        box.gateway.wait_for("cannot become the user nobody")
        os.rename(ours, ours + ".1")
        os.symlink(os.path.join(theirs, "other"), ours)
        os.lchown(ours, NOBODY, NOBODY)
        box.gateway.send(signal.SIGHUP)
        box.done("created", "cloudflare")
        box.gateway.wait_for(
            "cannot log to .*users other than root can change.*; still using the old file")
        true("it was made", not os.path.exists(os.path.join(theirs, "other")))


@scenario
def nobody_reads_what_it_says():
    """A reader of stderr that stops holds up no request and no end; what was lost is counted."""
    with Box(start=False) as box:
        path = os.path.join(box.dir, "stderr")
        os.mkfifo(path)
        reader = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        box.options["preload"] = (shutil.which("sh"), "-c", f'exec "$@" 2>{path}', "sh")
        box.start(wait=False)
        try:
            text = until("DDNS Gateway starting on", reader)
            # The smallest there is, so that it is full soon; at the start there may be a warning.
            fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
            # Each is a line of the log; together they are more than the pipe holds.
            for _ in range(100):
                equal("status", box.ask("GET", "/update").status, 422)
            text = read_all(reader)
            equal("bytes in whole lines", text[-1:], "\n")
            box.alive()
            box.ask("GET", "/update")
            text += until(r"WARNING: log lines lost \(the reader is too slow\): \d+\n", reader)
            lines = text.splitlines()
            true("a line in pieces", all(re.match(r"20\d\d-|WARNING: ", one) for one in lines),
                 lines)
            for _ in range(100):
                box.ask("GET", "/update")
            box.gateway.end()
        finally:
            os.close(reader)


def until(pattern, reader):
    """What comes through a pipe until the pattern has."""
    text, ends = "", time.monotonic() + patience(15)
    while not re.search(pattern, text):
        true(f"no {pattern}", time.monotonic() < ends, text)
        text += read_all(reader)
        time.sleep(0.02)
    return text


def read_all(reader):
    """What a pipe has now."""
    text = b""
    with contextlib.suppress(BlockingIOError):
        while more := os.read(reader, 65536):
            text += more
    return text.decode()


@scenario
def log_of_two_names():
    """A log file of root's that has another name is written to, but not given away."""
    with logging_among_roots() as (box, path):
        with open(path, "w", encoding="ascii"):
            os.link(path, path + ".2")
        box.start()
        box.done("created", "cloudflare")
        equal("owner", os.stat(path).st_uid, 0)
        true("nothing is in it", os.path.getsize(path) > 0)


@scenario
def what_was_handed_down():
    """Descriptors that whoever starts it has left open are not its children's."""
    if not is_by_itself():
        raise Skipped("a shell stands before it")
    preload = (shutil.which("sh"), "-c", 'exec 7</etc/passwd 9</etc/group; exec "$@"', "sh")
    with Box(preload=preload) as box:
        pid = child_of(box)
        held = [os.readlink(f"/proc/{pid}/fd/{one}") for one in os.listdir(f"/proc/{pid}/fd")]
        true("it holds them", not {"/etc/passwd", "/etc/group"} & set(held), held)
