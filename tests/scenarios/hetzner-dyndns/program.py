"""A program under test as it runs: what it says, its children, what it may not let out."""

import os
import re
import signal
import subprocess
import threading
import time

from checks import Wrong, equal, took, true
from processes import children_of, read_proc
from subject import PATH, is_emulated, limit, patience, said_by, under_test, variables

SAY_SECONDS_MAX, END_SECONDS_MAX = 10, 3
POLL_SECONDS, LOOK_SECONDS = 0.02, 0.03
# An emulator starts slowly, and a child is started for most requests.


def wait_until(what, condition, seconds=SAY_SECONDS_MAX):
    """Waits until the condition gives something; gives that."""
    ends = time.monotonic() + limit(seconds)
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > ends:
            raise Wrong(f"not within {limit(seconds)} s: {what}")
        time.sleep(POLL_SECONDS)


class Program:
    """An applet in the machine; `secrets` are never to be seen anywhere."""

    def __init__(self, net, applet, *arguments, environment=None, preload=(), bare=False):
        argv = under_test()
        # By `env`, so that nothing but the program itself is preloaded.
        before = ["env", *preload] if preload else []
        if is_emulated() and not bare:
            arguments = ("--upstream-via", argv[0], *arguments)
        self.lines, self.out, self.secrets = [], [], set()
        self.held, self.children_seen = set(), set()
        self.process = subprocess.Popen(
            net.within(*before, *argv, applet, *arguments),
            env={"PATH": PATH} | variables() | (environment or {}), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=net.dir)
        self.pid = self.process.pid
        readers = ((self._read, self.process.stderr, self.lines),
                   (self._read, self.process.stdout, self.out), (self._watch,))
        self.threads = [threading.Thread(target=one, args=rest, daemon=True)
                        for one, *rest in readers]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _read(stream, into):
        for line in said_by(stream):
            into.append((time.time(), line))

    def _watch(self):
        """Keeps what its children show of themselves to everybody else."""
        while self.process.poll() is None:
            for child in children_of(self.pid):
                arguments = read_proc(child, "cmdline")
                # Between fork and exec it still is a copy of its parent.
                if b"\0upstream\0" in arguments:
                    self.children_seen.add(child)
                    self.held |= {arguments, read_proc(child, "environ")}
            time.sleep(LOOK_SECONDS)

    def said(self, since=0):
        """The lines on stderr since that one."""
        return [line for _, line in self.lines[since:]]

    def printed(self, since=0):
        """The lines on stdout since that one."""
        return [line for _, line in self.out[since:]]

    def wait_for(self, pattern, since=0, seconds=SAY_SECONDS_MAX, out=False):
        """Waits for a line (on stderr, or stdout) with that pattern; gives (when, line)."""
        lines = self.out if out else self.lines

        def found():
            for at, line in lines[since:]:
                if re.search(pattern, line):
                    return at, line
            if self.process.poll() is not None:
                self.join()
                matching = [one for one in lines[since:] if re.search(pattern, one[1])]
                if matching:
                    return matching[0]
                raise Wrong(f"no line with {pattern!r}, it ended with {self.process.poll()}")
            return None
        return wait_until(f"a line with {pattern!r}", found, seconds)

    def join(self):
        """Waits until all it has said is known; for when it has ended."""
        for thread in self.threads:
            thread.join(5)

    def children(self):
        """The children it has now."""
        return children_of(self.pid)

    def wait_for_child(self):
        """Waits until it has a child of its own kind; gives its id."""
        return wait_until("a child", lambda: [
            one for one in self.children() if b"\0upstream\0" in read_proc(one, "cmdline")])[0]

    def ended(self, status, seconds=SAY_SECONDS_MAX):
        """It ends by itself, with this status."""
        try:
            found = self.process.wait(limit(seconds))
        except subprocess.TimeoutExpired as late:
            raise Wrong(f"still running after {limit(seconds)} s") from late
        self.join()
        equal("exit status", found, status)
        self.check_secrets()

    def end(self, number=signal.SIGTERM, seconds=END_SECONDS_MAX):
        """It ends when asked to, with status 0, and leaves no child; gives the seconds."""
        children, began = self.children(), time.monotonic()
        self.process.send_signal(number)
        self.ended(0, 10 + seconds)
        taken = time.monotonic() - began
        took("seconds to the end", taken, 0, patience(seconds))
        wait_until("the children have ended", lambda: not [
            one for one in children if os.path.exists(f"/proc/{one}")], 2)
        return taken

    def check_secrets(self, *more):
        """Nowhere is a secret to be seen: not in what it said, nor at its children."""
        texts = [("stderr", "\n".join(self.said())), ("stdout", "\n".join(self.printed())), *more]
        texts += [("a child", held.decode("latin-1")) for held in self.held]
        for secret in self.secrets:
            for where, text in texts:
                true(f"{where} has the secret {secret!r}", secret not in text, text)

    def stop(self):
        """Ends it whatever it does; safe to call twice."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
