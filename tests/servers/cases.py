"""Scenarios that are played with several servers, and what is told of them."""

import threading

from checks import Wrong

CASES = []
SERVERS = ("named", "knotd")


# What the programs said in the scenario that this thread plays.
_told = threading.local()


def transcript(start=False):
    """The list of what was said since this thread's scenario started."""
    if start:
        _told.lines = []
    return _told.lines


class Case:
    """One scenario with what it is played with; `slow` ones wait for deadlines of the program."""

    def __init__(self, function, *arguments, slow=False):
        words = [str(argument) for argument in arguments]
        self.name = function.__name__ + (f"[{' '.join(words)}]" if words else "")
        self.shows = function.__doc__.strip().splitlines()[0]
        self.function, self.arguments, self.slow = function, arguments, slow

    def play(self):
        """Plays it; Wrong and Skipped tell how it ended where it did not pass."""
        self.function(*self.arguments)


def scenario(*variants, slow=False):
    """Adds a function once for each variant, a tuple of its arguments; without any, once."""
    def add(function):
        CASES.extend(Case(function, *arguments, slow=slow) for arguments in variants or ((),))
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
