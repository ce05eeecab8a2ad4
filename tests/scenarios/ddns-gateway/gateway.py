"""ddns-gateway as it runs, at a port of its own."""

import itertools
import random
import re
import socket
import threading

from checks import equal
from program import Program
from subject import is_emulated, under_test

START_SECONDS_MAX, END_SECONDS_MAX = 15, 11
# Below what the kernel gives to outgoing connections, which could be in the way.
_ports = itertools.count(random.randrange(10_000, 30_000))
_lock = threading.Lock()
STARTED = r'DDNS Gateway starting on "([^"]+)" \(Methods: ([A-Z, ]+)\)\.'


def free_port():
    """A port nobody listens at."""
    with _lock:
        while True:
            port = 10_000 + next(_ports) % 20_000
            with socket.socket() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    one.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue


class Gateway(Program):
    """One process of it; it may take long to end, as requests come to their ends first."""

    def __init__(self, directory, flags=(), environment=None, via=None, preload=()):
        argv = under_test()
        self.bindings = None
        super().__init__([*preload, *argv], "ddns-gateway", flags,
                         {"HOME": directory} | (environment or {}), directory,
                         via or (argv[0] if is_emulated() else None))

    def started(self):
        """Waits until it listens; gives the match with the address and the methods."""
        return re.search(STARTED, self.wait_for(STARTED, seconds=START_SECONDS_MAX))

    def end(self, *number, seconds=END_SECONDS_MAX):
        """It ends with status 0, and leaves no child; gives the seconds."""
        return super().end(*number, seconds=seconds)

    def check_said(self):
        """Nothing on stdout."""
        equal("stdout", self.out, [])
