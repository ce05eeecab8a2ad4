"""Scenarios of what is called: all the programs call is on the list, and all on it has its cause.

The emulator of MIPS names the calls of its program, strace those of one for this machine. Both are
put before the program by a script that gives each process a file of its own.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile

import built
from checks import Skipped, Wrong, equal, scenario, true
from reasons import REASONS
from resolving import look_up

EMULATED = "exec qemu-mips-static -strace -D {folder}/$$ \"$@\""
TRACED = "exec strace -DD -f -qq -s 0 -o {folder}/$$ \"$@\""
# Of each daemon what it does of all kinds: files, logs, children, names, networks, its end.
PLAYED = {
    "ddns-gateway": ("update_keeps_the_rest", "everything_at_once", "log_file", "reopened",
                     "killed", "term_when_idle", "config_in_working_directory"),
    "hetzner-dyndns": ("made_at_first_start", "missing_ones_are_added", "rotation",
                       "success_is_told"),
    "update-dns": ("key_by_file", "plain_http", "ends_when_asked"),
    "ipv6ddns": ("plain", "requests", "stale"),
}
CALL = re.compile(rb"^\d+ +([a-z_0-9]+)\(", re.MULTILINE)
UNKNOWN = re.compile(rb"^\d+ +Unknown syscall.*$", re.MULTILINE)


@functools.cache
def called(target, name, script):
    """The names that the daemons of a target call in the scenarios."""
    program = built.program(target)
    names = set()
    with tempfile.TemporaryDirectory(prefix="ddnsbox-seccomp-") as folder:
        wrapper, logs = os.path.join(folder, name), os.path.join(folder, "logs")
        os.makedirs(logs)
        # Some of the programs are not root.
        os.chmod(folder, 0o755)
        os.chmod(logs, 0o777)
        with open(wrapper, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\n{script.format(folder=logs)}\n")
        os.chmod(wrapper, 0o755)
        for applet, scenarios in PLAYED.items():
            play(applet, scenarios, f"{wrapper} {program}")
        is_emulated = name.startswith("qemu-")
        look_up(wrapper, program, via=("--upstream-via", wrapper) if is_emulated else ())
        for log in os.scandir(logs):
            with open(log.path, "rb") as file:
                text = file.read()
            unknown = UNKNOWN.findall(text)
            true("calls the emulator has no names for", not unknown, unknown)
            names |= {one.decode() for one in CALL.findall(text)}
    return names


def play(applet, scenarios, program):
    """Plays scenarios of an applet with this program; all have to go well."""
    done = subprocess.run(
        [sys.executable, os.path.join(built.ROOT, "tests/scenarios/run"), applet, *scenarios],
        env=os.environ | {"DDNSBOX_UNDER_TEST": program, "DDNSBOX_USER": "root"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    passed = f"{applet}: {len(scenarios)} passed, 0 failed, 0 skipped"
    if done.returncode != 0 or passed not in done.stdout:
        lines = done.stdout.splitlines()
        if why := next((line for line in lines if "cannot be played here" in line), None):
            raise Skipped(why)
        raise Wrong(f"{applet}: {done.stdout[-2000:]}{done.stderr[-500:]}")


def of_mips():
    """The calls on MIPS."""
    if shutil.which("qemu-mips-static") is None:
        raise Skipped("qemu-mips-static is not installed")
    return called("mips", "qemu-mips-traced", EMULATED)


def of_this_machine():
    """The calls on x86_64."""
    if shutil.which("strace") is None:
        raise Skipped("strace is not installed")
    return called("x86_64", "strace-traced", TRACED)


@scenario
def called_on_mips():
    """Daemons and children of big-endian MIPS call nothing that is not on the list."""
    names = of_mips()
    true("hardly anything was seen", len(names) > 40, sorted(names))
    equal("called, and not on the list", sorted(names - set(built.allowed())), [])
    return f"{len(names)} names"


@scenario
def called_on_x86_64():
    """Daemons and children of x86_64 call nothing that is not on the list."""
    names = of_this_machine()
    true("hardly anything was seen", len(names) > 40, sorted(names))
    equal("called, and not on the list", sorted(names - set(built.allowed())), [])
    return f"{len(names)} names"


@scenario
def all_have_cause():
    """What is on the list was called in these runs, or there is a reason why it is there."""
    seen = of_mips() | of_this_machine()
    equal("neither called nor with a reason",
          sorted(set(built.allowed()) - seen - REASONS.keys()), [])
    return f"{len(seen)} called, {len(REASONS.keys() - seen)} for their reasons alone"
