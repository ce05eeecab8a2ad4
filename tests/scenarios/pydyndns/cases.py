"""Scenarios that are played with several servers, and what is told of them."""

import sys
import threading

from checks import SCENARIOS, Wrong
from playing import Case

SERVERS = ("named", "knotd")
# What the programs said in the scenario that this thread plays.
_told = threading.local()


def transcript(start=False):
    """The list of what was said since this thread's scenario started."""
    if start:
        _told.lines = []
    return _told.lines


def case_with(function, arguments, slow):
    """A case with the arguments it is played with."""
    def play():
        said = transcript(start=True)
        try:
            function(*arguments)
        except Exception as error:
            error.evidence = said
            raise
        if "-v" in sys.argv:
            print("".join(f"    | {one}\n" for one in said), end="")
    words = " ".join(str(argument) for argument in arguments)
    return Case(function.__name__ + (f"[{words}]" if words else ""),
                function.__doc__.strip().splitlines()[0], play, is_waiting=slow)


def scenario(*variants, slow=False):
    """Adds a function once for each variant, a tuple of its arguments; without any, once.

    `slow` ones wait for deadlines of the program.
    """
    def add(function):
        SCENARIOS.extend(case_with(function, arguments, slow) for arguments in variants or ((),))
        return function
    return add


def each_server(function):
    """Adds a function that is played with each of the servers."""
    return scenario(*((server,) for server in SERVERS))(function)


def same_lines(what, got, wanted):
    """Fails unless both sets of lines are the same; tells only what differs."""
    lost, extra = sorted(set(wanted) - set(got)), sorted(set(got) - set(wanted))
    if lost or extra:
        raise Wrong(f"{what}:" + "".join(f"\n    - {line}" for line in lost)
                    + "".join(f"\n    + {line}" for line in extra))
