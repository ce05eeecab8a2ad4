"""The library that turns a program's clocks (clock.c), and what has to stand before a program."""

import os
import subprocess

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clock.c")


class NoCompiler(Exception):
    """No shared library can be made here."""


def built(directory, *flags):
    """The library, made in that directory if it is not there yet; gives its path."""
    path = os.path.join(directory, "clock.so")
    if not os.path.exists(path):
        done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", *flags, "-o", path, SOURCE],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoCompiler(f"cc: {done.stderr.strip()}")
    return path


def preload(directory, **variables):
    """The words for `env` that give a program such clocks: `preload(dir, CLOCK_SPEED=60)`."""
    return [f"LD_PRELOAD={built(directory)}",
            *(f"{name}={value}" for name, value in variables.items())]
