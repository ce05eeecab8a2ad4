#!/usr/bin/env python3
"""What the tests here are made with: compilers, the filter, and programs built from C.

Called as a program it builds the one that puts a filter in force, and prints its path.
"""

import json
import os
import subprocess
import sys

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenarios/common"))

from checks import Skipped  # noqa: E402  pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
FILTER = os.path.join(ROOT, "openwrt/files/etc/seccomp/ddnsbox.json")
MADE = os.path.join(ROOT, "target/seccomp")
# The one that links the program, as another C library has calls of its own.
ZIG = os.path.join(os.environ.get("DDNSBOX_ZIG_VENV", os.path.join(ROOT, "target/zig")),
                   "bin/python")


def headers(compiler="cc"):
    """The names of system calls that a compiler's headers have, as rows of a table in C."""
    return subprocess.run([os.path.join(HERE, "names"), compiler], check=True,
                          capture_output=True, text=True).stdout


def names_of(compiler="cc"):
    """The same as a set."""
    return {line.split('"')[1] for line in headers(compiler).splitlines()}


def under(compiler="cc"):
    """Builds what puts a filter in force, for a compiler's processor; gives its path."""
    folder = os.path.join(MADE, compiler)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "names.h"), "w", encoding="ascii") as file:
        file.write(headers(compiler))
    program = os.path.join(folder, "under")
    subprocess.run([compiler, "-O2", "-Wall", "-Wextra", "-Werror", "-static", f"-I{folder}",
                    "-o", program, os.path.join(HERE, "under.c")], check=True)
    return program


def forbidden():
    """Builds what makes calls it may not make, with the program's own C library."""
    program = os.path.join(MADE, "forbidden")
    os.makedirs(MADE, exist_ok=True)
    subprocess.run([ZIG, "-m", "ziglang", "cc", "-target", "x86_64-linux-musl", "-O1", "-static",
                    "-o", program, os.path.join(HERE, "forbidden.c")], check=True)
    return program


def program(target):
    """The program for a target, which has to be there."""
    path = os.path.join(ROOT, f"target/openwrt/{target}/full/ddnsbox")
    if not os.path.exists(path):
        raise Skipped(f"no {path}: openwrt/build {target} full makes it")
    return path


def rules():
    """The filter's rules."""
    with open(FILTER, encoding="utf-8") as file:
        return json.load(file)["syscalls"]


def allowed():
    """All names that are allowed, with or without a condition."""
    return [name for rule in rules() for name in rule["names"]]


if __name__ == "__main__":
    print(under(*sys.argv[1:]))
