"""The program under test as it runs: what it says and when, its children, and what it holds."""

import os
import re
import signal
import subprocess
import threading
import time

from api import TOKEN, ZONE
from checks import Wrong, equal, took, true
from subject import PATH, is_emulated, limit, patience, said_by, under_test, variables

SAY_SECONDS_MAX = 12
END_SECONDS_MAX = 1
POLL_SECONDS = 0.01
# An emulator starts slowly, and the child is started for most requests.


def parents():
    """The parent of every process, by its id."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    found[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    return found


class Line:
    """One line on stderr and when it came."""

    def __init__(self, at, text):
        self.at, self.text = at, text

    def __repr__(self):
        return f"{self.at:.3f} {self.text}"


class Daemon:
    """`daemon.wait_for("Synced: ")`; ended by `stop`, which looks for secrets and orphans."""

    def __init__(self, net, environment, config=None, flags=(), preload=()):
        argv = under_test()
        # By `env`, so that nothing but the program itself is preloaded.
        before = ["env", *preload] if preload else []
        flags = list(flags)
        if is_emulated():
            flags += ["--upstream-via", argv[0]]
        if config is not None:
            path = os.path.join(net.dir, "config.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
            flags += ["-c", path]
        self.net, self.lines, self.out = net, [], []
        self.children_seen = set()
        self.process = subprocess.Popen(
            net.within(*before, *argv, "ipv6ddns", *flags),
            env={"PATH": PATH} | variables() | environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid = self.process.pid
        self.readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                        for pair in ((self.process.stderr, self.lines),
                                     (self.process.stdout, self.out))]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream, into):
        for line in said_by(stream):
            into.append(Line(time.time(), line))

    # What it says.

    def said(self, since=0):
        """The lines that have come since that one."""
        return [line.text for line in self.lines[since:]]

    def wait_for(self, words, since=0, seconds=None):
        """Waits for a line that has these words (a pattern) in it; gives it."""
        ends = time.monotonic() + limit(seconds or SAY_SECONDS_MAX)
        while True:
            self.look_at_children()
            over = time.monotonic() > ends or self.process.poll() is not None
            for line in self.lines[since:]:
                if re.search(words, line.text):
                    return line
            if over:
                ended = self.process.poll()
                state = "running" if ended is None else f"ended with {ended}"
                raise Wrong(f"no line with {words!r}, {state}; it said {self.lines[since:]}")
            time.sleep(POLL_SECONDS)

    # Its children.

    def children(self):
        """The processes that it has started and that are not yet reaped."""
        return [pid for pid, parent in parents().items() if parent == self.pid]

    def look_at_children(self):
        """None of them has a secret in its arguments or its environment."""
        for pid in self.children():
            for name in ("cmdline", "environ"):
                try:
                    with open(f"/proc/{pid}/{name}", "rb") as file:
                        held = file.read()
                except OSError:
                    continue
                # Between fork and exec it still is a copy of the daemon itself.
                if name == "cmdline" and b"upstream" not in held.split(b"\0"):
                    break
                self.children_seen.add(pid)
                for secret in (TOKEN, ZONE):
                    true(f"a child's {name} has a secret", secret.encode() not in held, held)

    def wait_for_child(self, seconds=5):
        """Waits until it has a child; gives the child's process id."""
        ends = time.monotonic() + limit(seconds)
        while time.monotonic() < ends:
            for pid in self.children():
                return pid
            time.sleep(POLL_SECONDS)
        raise Wrong(f"no child within {seconds} s; it said {self.lines}")

    # What it holds.

    def memory(self):
        """(resident, private) in KiB."""
        held = self.held()
        return held["Rss"], held["Private_Clean"] + held["Private_Dirty"]

    def held(self):
        """What the kernel says of its memory, in KiB; clean pages are the file's own."""
        with open(f"/proc/{self.pid}/smaps_rollup", encoding="ascii") as file:
            return {name: int(size) for name, size in
                    re.findall(r"^(\w+): +(\d+) kB$", file.read(), re.MULTILINE)}

    def descriptors(self):
        """How many are open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wake_ups(self):
        """How often it has waited for something so far."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", file.read(), re.M).group(1))

    # How it ends.

    def send(self, number):
        """Sends it a signal."""
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """It ends within a second, with exit status 0, and leaves no child; gives the seconds."""
        children, began = self.children(), time.monotonic()
        self.send(number)
        try:
            status = self.process.wait(limit(10))
        except subprocess.TimeoutExpired as late:
            raise Wrong(f"still running after {limit(10)} s; it said {self.lines}") from late
        seconds = time.monotonic() - began
        equal("exit status", status, 0)
        took("seconds to the end", seconds, 0, patience(END_SECONDS_MAX))
        ends = time.monotonic() + limit(0.5)
        while left := [pid for pid in children if pid in parents()]:
            true("children left behind", time.monotonic() < ends, left)
            time.sleep(POLL_SECONDS)
        self.check_said()
        return seconds

    def check_said(self):
        """Nothing on stdout, no secret anywhere; for when it has ended."""
        for reader in self.readers:
            reader.join()
        equal("stdout", [line.text for line in self.out], [])
        for line in self.lines:
            for secret in (TOKEN, ZONE):
                true("a secret is told", secret not in line.text, line.text)

    def stop(self):
        """Ends it whatever it does; safe to call twice."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
