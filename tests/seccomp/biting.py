"""Scenarios of what the list forbids: a call that is not on it kills the process by SIGSYS."""

import functools
import signal
import subprocess

import built
from checks import equal, scenario, true

FORBIDDEN = ("ptrace", "mount", "setns", "unshare", "chroot", "mknodat", "init_module", "bpf",
             "keyctl", "add_key", "io_uring_setup", "personality", "reboot", "perf_event_open",
             "process_vm_readv", "setresuid", "setresgid", "setgroups")
AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 0, 1, 2, 10, 16
AF_MAX = 46
CLONE_NEW = {"NEWNS": 0x00020000, "NEWCGROUP": 0x02000000, "NEWUTS": 0x04000000,
             "NEWIPC": 0x08000000, "NEWUSER": 0x10000000, "NEWPID": 0x20000000,
             "NEWNET": 0x40000000}


@functools.cache
def tools():
    """What puts the list in force, and what makes the calls."""
    return built.under(), built.forbidden()


def calls(*words, is_filtered=True):
    """Makes a call; gives how the process ended and what it said of it."""
    under, forbidden = tools()
    before = [under, built.FILTER] if is_filtered else []
    done = subprocess.run([*before, forbidden, *map(str, words)], capture_output=True, text=True,
                          check=False, timeout=20)
    return done.returncode, done.stdout.strip()


@scenario
def forbidden_calls():
    """ptrace, mount, setns and their like end in SIGSYS; without the list they return."""
    equal("a call that is on the list", calls("getpid"), (0, "done"))
    for name in FORBIDDEN:
        equal(name, calls(name), (-signal.SIGSYS, ""))
        status, said = calls(name, is_filtered=False)
        equal(f"{name} without the list", status, 0)
        true(f"{name} says nothing", said, said)


@scenario
def kinds_of_sockets():
    """UNIX, IPv4, IPv6 and netlink sockets can be had; one of any other kind kills."""
    for family in (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK):
        equal(f"family {family}", calls("socket", family), (0, "done"))
    # It is on the list for big-endian routers, where all look like this one to procd's filters.
    status, said = calls("socket", AF_UNSPEC)
    equal("no family", (status, "not supported" in said), (0, True))
    # The upper half of a number is not looked at by the kernel either.
    for family in (*set(range(3, AF_MAX)) - {AF_INET6, AF_NETLINK}, -1, 1 << 16):
        equal(f"family {family}", calls("socket", family), (-signal.SIGSYS, ""))


@scenario
def new_namespaces():
    """A child can be made, but none in namespaces of its own."""
    equal("a child", calls("clone", int(signal.SIGCHLD)), (0, "done"))
    for name, flag in CLONE_NEW.items():
        equal(name, calls("clone", flag | signal.SIGCHLD), (-signal.SIGSYS, ""))
