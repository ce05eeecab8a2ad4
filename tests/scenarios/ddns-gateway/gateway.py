"""The program under test as it runs: what it says, its children, what it holds, how it ends."""

import itertools
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

from checks import Wrong, equal, true
from processes import children_of, read_proc
from subject import PATH, is_emulated, limit, said_by, under_test, variables

START_SECONDS_MAX = 15
POLL_SECONDS = 0.01
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


class Gateway:
    """One process; `wait_for` looks for words it says, `end` ends it in peace."""

    def __init__(self, directory, flags=(), environment=None, via=None, preload=()):
        argv = under_test()
        via = via or (argv[0] if is_emulated() else None)
        # First, as the last of the others may lack its value.
        flags = [*(["--upstream-via", via] if via else []), *flags]
        self.lines, self.out = [], []
        self.process = subprocess.Popen(
            [*preload, *argv, "ddns-gateway", *flags], cwd=directory,
            env={"PATH": PATH, "HOME": directory} | variables() | (environment or {}),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid, self.status, self.bindings = self.process.pid, None, None
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stderr, self.lines),
                                     (self.process.stdout, self.out))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream, into):
        for line in said_by(stream):
            into.append(line)

    # What it says.

    def wait_for(self, words, since=0, seconds=START_SECONDS_MAX):
        """Waits for a line with these words (a pattern) in it; gives the match."""
        ends = time.monotonic() + limit(seconds)
        while True:
            over = time.monotonic() > ends or self.process.poll() is not None
            if over:
                for reader in self.readers:
                    reader.join(1)
            for line in self.lines[since:]:
                if match := re.search(words, line):
                    return match
            if over:
                raise Wrong(f"no line with {words!r}, exit {self.process.poll()}; it said "
                            f"{self.lines[since:]}")
            time.sleep(POLL_SECONDS)

    def started(self):
        """Waits until it listens."""
        return self.wait_for(STARTED)

    def finished(self, seconds=20):
        """Waits until it ends by itself; gives its exit status."""
        try:
            status = self.process.wait(limit(seconds))
        except subprocess.TimeoutExpired as late:
            raise Wrong(f"still running after {limit(seconds)} s; {self.lines}") from late
        for reader in self.readers:
            reader.join(5)
        return status

    # Its children.

    def children(self):
        """The processes it has started that are not yet reaped."""
        return children_of(self.pid)

    def upstreams(self):
        """Those of its children that talk to providers."""
        return [pid for pid in self.children()
                if b"upstream" in read_proc(pid, "cmdline").split(b"\0")]

    def wait_for_child(self, seconds=10):
        """Waits until it has such a child; gives its process id."""
        ends = time.monotonic() + limit(seconds)
        while time.monotonic() < ends:
            for pid in self.upstreams():
                return pid
            time.sleep(0.002)
        raise Wrong(f"no child within {seconds} s; it said {self.lines}")

    # What it holds.

    def held(self):
        """Resident memory that is its own, in KiB."""
        text = read_proc(self.pid, "smaps_rollup").decode()
        found = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB$", text, re.M)}
        return found["Private_Clean"] + found["Private_Dirty"]

    def descriptors(self):
        """How many are open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # How it ends.

    def send(self, number):
        """Sends it a signal."""
        self.process.send_signal(number)

    def is_running(self):
        """Whether it has not ended."""
        return self.process.poll() is None

    def end(self, number=signal.SIGTERM, seconds=11):
        """It ends with status 0 within that time and leaves no child; gives the seconds."""
        children, began = self.children(), time.monotonic()
        self.send(number)
        equal("exit status", self.finished(seconds), 0)
        took = time.monotonic() - began
        ends = time.monotonic() + limit(2)
        while left := [pid for pid in children if b"upstream" in read_proc(pid, "cmdline")]:
            true("children left behind", time.monotonic() < ends, left)
            time.sleep(POLL_SECONDS)
        equal("stdout", self.out, [])
        return took

    def stop(self):
        """Ends it whatever it does; safe to call twice."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self.readers:
            reader.join(5)
