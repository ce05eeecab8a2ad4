"""A program under test as it runs: what it says and when, its children, what it holds, its end."""

import os
import re
import select
import signal
import subprocess
import threading
import time

from checks import Wrong, equal, took, true
from processes import children_of, read_proc
from subject import PATH, is_emulated, limit, patience, variables

SAY_SECONDS_MAX, END_SECONDS_MAX = 12, 3
POLL_SECONDS = 0.01
# How exactly it is known when a line was written.
LOOK_SECONDS = 0.05
READ_BYTES_MAX = 1 << 16
EMULATORS_WORDS = "no seccomp filter here"


def wait_until(what, condition, seconds=SAY_SECONDS_MAX):
    """Waits until the condition gives something; gives that."""
    ends = time.monotonic() + limit(seconds)
    while not (found := condition()):
        if time.monotonic() > ends:
            raise Wrong(f"not within {limit(seconds)} s: {what}")
        time.sleep(POLL_SECONDS)
    return found


class Line(str):
    """A line of output: when it was read (`at`), and a moment when it was not yet written."""

    def __new__(cls, text, at, since):
        line = super().__new__(cls, text)
        line.at, line.since = at, since
        return line


def lines_of(stream):
    """Each line of a stream as it comes. On a busy machine it may be read long after."""
    poll, descriptor = select.poll(), stream.fileno()
    poll.register(descriptor, select.POLLIN)
    rest, since = b"", time.time()
    while True:
        asked = time.time()
        if not poll.poll(LOOK_SECONDS * 1000):
            since = asked
            continue
        asked = time.time()
        data = os.read(descriptor, READ_BYTES_MAX)
        at = time.time()
        *whole, rest = (rest + data).split(b"\n")
        if not data and rest:
            whole, rest = [rest], b""
        for line in whole:
            yield Line(line.decode("utf-8", "replace"), at, since)
        if not data:
            return
        if len(data) < READ_BYTES_MAX:
            since = asked


class Program:
    """One process of an applet; `wait_for` looks for words it says, `end` ends it in peace."""

    def __init__(self, before, applet, flags, environment, directory=None, via=None):
        """`before` the program stand the words that run it; `via` runs its children."""
        self.lines, self.out = [], []
        self.process = subprocess.Popen(
            [*before, applet, *(["--upstream-via", via] if via else []), *flags], cwd=directory,
            env={"PATH": PATH} | variables() | environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid = self.process.pid
        self.threads = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stderr, self.lines),
                                     (self.process.stdout, self.out))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _read(stream, into):
        into.extend(line for line in lines_of(stream)
                    if not (is_emulated() and EMULATORS_WORDS in line))

    # What it says.

    def said(self, since=0):
        """The lines on stderr since that one."""
        return self.lines[since:]

    def printed(self, since=0):
        """The lines on stdout since that one."""
        return self.out[since:]

    def look(self):
        """Done again and again while something is waited for."""

    def wait_for(self, pattern, since=0, seconds=SAY_SECONDS_MAX, out=False):
        """Waits for a line on stderr (or stdout) with that pattern in it; gives the line."""
        lines = self.out if out else self.lines
        ends = time.monotonic() + limit(seconds)
        while True:
            self.look()
            status, is_late = self.process.poll(), time.monotonic() > ends
            if status is not None:
                self.join()
            for line in lines[since:]:
                if re.search(pattern, line):
                    return line
            if status is not None or is_late:
                state = "running" if status is None else f"ended with {status}"
                raise Wrong(f"no line with {pattern!r}, {state}; it said {lines[since:]}")
            time.sleep(POLL_SECONDS)

    def join(self):
        """Waits until all it has said is known; for when it has ended."""
        for thread in self.threads:
            thread.join(5)

    # Its children.

    def children(self):
        """The processes it has started that are not yet reaped."""
        return children_of(self.pid)

    def upstreams(self):
        """Those of its children that talk to providers. Just forked, one still is its copy."""
        return [pid for pid in self.children()
                if b"upstream" in read_proc(pid, "cmdline").split(b"\0")]

    def wait_for_child(self, seconds=SAY_SECONDS_MAX):
        """Waits until it has such a child; gives its process id."""
        ends = time.monotonic() + limit(seconds)
        while not (found := self.upstreams()):
            true("no child", time.monotonic() < ends, f"it said {self.lines}")
            # A short-lived one must not be missed.
            time.sleep(0.002)
        return found[0]

    # What it holds.

    def memory_by_kind(self):
        """What the kernel says of its memory, in KiB; clean pages are the file's own."""
        text = read_proc(self.pid, "smaps_rollup").decode()
        return {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB$", text, re.M)}

    def private_memory(self):
        """Resident memory that is its own, in KiB."""
        found = self.memory_by_kind()
        return found["Private_Clean"] + found["Private_Dirty"]

    def descriptors(self):
        """How many are open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    # How it ends.

    def is_running(self):
        """Whether it has not ended."""
        return self.process.poll() is None

    def send(self, number):
        """Sends it a signal."""
        self.process.send_signal(number)

    def finished(self, seconds=SAY_SECONDS_MAX):
        """Waits until it ends by itself; gives its exit status."""
        try:
            status = self.process.wait(limit(seconds))
        except subprocess.TimeoutExpired as late:
            raise Wrong(f"still running after {limit(seconds)} s; it said {self.lines}") from late
        self.join()
        return status

    def end(self, number=signal.SIGTERM, seconds=END_SECONDS_MAX):
        """It ends within that time when asked to, with status 0 and no child; gives the seconds."""
        children, began = self.children(), time.monotonic()
        self.send(number)
        equal("exit status", self.finished(10 + seconds), 0)
        taken = time.monotonic() - began
        took("seconds to the end", taken, 0, patience(seconds))
        wait_until("its children have ended", lambda: not [
            pid for pid in children if b"upstream" in read_proc(pid, "cmdline")], 2)
        self.check_said()
        return taken

    def check_said(self):
        """What has to be so of all it has said; for when it has ended."""

    def stop(self):
        """Ends it whatever it does; safe to call twice."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.join()
