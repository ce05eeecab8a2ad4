"""Scenarios of power: what it gives up once it listens, and what it then still can do."""

import os
import shutil
import signal
import time

from box import Box
from checks import Skipped, equal, scenario, true
from gateway import patience
from powers import expect_closed, expect_powerless, need_nobody, status
from subject import is_emulated, under_test

# 256 connections, its own, and those of children.
DESCRIPTORS_MAX = 300
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


@scenario
def log_of_root():
    """A log file among root's: it goes on, by another name too if one is made there for it."""
    need_root()
    with Box(start=False, logging=LOGGING) as box:
        path = log_in(box, "logs")
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
        equal("complaints", [one for one in box.gateway.lines if "cannot" in one], [])


@scenario
def log_that_may_be_anything():
    """A log file that others can have put there is not given away, but written to."""
    need_root()
    for what in ("second name", "link", "directory that is a link", "directory of others",
                 "directory for all"):
        with Box(start=False, logging=LOGGING) as box:
            path = log_in(box, "logs")
            directory, other = os.path.dirname(path), os.path.join(box.dir, "other")
            with open(other if "name" in what or what == "link" else path, "w", encoding="ascii"):
                pass
            if what == "second name":
                os.link(other, path)
            elif what == "link":
                os.symlink(other, path)
            elif what == "directory that is a link":
                os.rename(directory, directory + "2")
                os.symlink(directory + "2", directory)
            elif what == "directory of others":
                os.chown(directory, 1, 1)
            else:
                os.chmod(directory, 0o1777)
            box.start()
            box.done("created", "cloudflare")
            equal(f"owner, {what}", os.stat(path).st_uid, 0)
            true(f"nothing is in it, {what}", os.path.getsize(path) > 0)


def log_in(box, name):
    """Has it log to a file in a new directory of root's; gives the file."""
    directory = os.path.join(box.dir, name)
    os.mkdir(directory, 0o755)
    box.tables["logging"]["file_path"] = os.path.join(directory, "log")
    return box.tables["logging"]["file_path"]
