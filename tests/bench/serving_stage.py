"""What the benchmark of the servers stands on: the helpers in C, servers and what they take."""

import glob
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MANY = 8
# The ways a request is sent: connections at a time, and whether each is asked over one of its own.
WAYS = {"kept": (MANY, False), "each": (MANY, True), "alone": (1, True)}
START_SECONDS_MAX, END_SECONDS_MAX, RUN_SECONDS_MAX = 60, 60, 90
TICKS = os.sysconf("SC_CLK_TCK")
PATH = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
HOST, ADDRESS = "home.example.com", "192.0.2.1"
TOKEN, KEY = secrets.token_urlsafe(32), secrets.token_urlsafe(32)


class Broken(Exception):
    """A figure cannot be taken because something failed that must not."""


class Request:
    """One kind of request, in both forms, and the status that answers it."""

    def __init__(self, stage, name, status, lines, body=""):
        self.name, self.status = name, status
        self.kept, self.each = (stage.file(f"{name}.{form}") for form in ("kept", "each"))
        for path, further in (self.kept, []), (self.each, ["Connection: close"]):
            fields = [*lines, "Host: 127.0.0.1", *further]
            if body:
                fields.append(f"Content-Length: {len(body)}")
            with open(path, "w", encoding="ascii", newline="") as file:
                file.write("\r\n".join([*fields, "", body]))


class Stage:
    """A directory, the helpers in C, and the provider."""

    def __init__(self):
        self.place = tempfile.mkdtemp(prefix="ddnsbox-serving-")
        for tool in ("load", "provider"):
            subprocess.run(["cc", "-O2", "-static", "-o", self.file(tool), f"{HERE}/{tool}.c"],
                           check=True)
        self.provider = subprocess.Popen(  # pylint: disable=consider-using-with
            [self.file("provider"), ADDRESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.provider_port = int(self.provider.stdout.readline())

    def file(self, name):
        """A file of this stage."""
        return os.path.join(self.place, name)

    def read(self, name):
        """What is in one."""
        with open(self.file(name), encoding="utf-8", errors="replace") as file:
            return file.read()

    def write(self, name, text):
        """A file that only its owner can read; its path."""
        with open(self.file(name), "w", encoding="ascii") as file:
            os.chmod(self.file(name), 0o600)
            file.write(text)
        return self.file(name)

    def asked(self):
        """How often the provider has been asked so far."""
        self.provider.stdin.write("\n")
        self.provider.stdin.flush()
        return int(self.provider.stdout.readline())

    def load(self, server, request, way, milliseconds):
        """Runs one load: answers, microseconds in all, 50th and 99th percentile of one."""
        count, is_each = WAYS[way]
        done = subprocess.run(
            [self.file("load"), str(server.port), str(count), str(milliseconds),
             str(request.status), request.each if is_each else request.kept], check=False,
            capture_output=True, text=True, errors="replace", timeout=RUN_SECONDS_MAX)
        words = [int(word) for word in done.stdout.split()]
        if done.returncode != 0 or words[1] > 0:
            raise Broken(f"{server.name}, {request.name}: {done.stderr.strip() or words}")
        return words[0], *words[2:]

    def down(self):
        """Ends the provider and removes the files."""
        self.provider.communicate(timeout=END_SECONDS_MAX)
        shutil.rmtree(self.place)


def content(path):
    """What is in a file of /proc; nothing where the process has just ended."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def free_port():
    """A port nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    """A server under test: `command` makes its words from its port, `variables` its settings."""

    def __init__(self, name, command, variables):
        self.name, self.port = name, free_port()
        # Its own group, so that its children end with it.
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            command(self.port), env=PATH | {name: form.format(port=self.port)
                                            for name, form in variables.items()},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        until = time.monotonic() + START_SECONDS_MAX
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise Broken(f"{name} does not start: {' '.join(command(self.port))}")
            time.sleep(0.02)

    def _listens(self):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def tree(self):
        """The process and those that came of it."""
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            # Each thread has children of its own.
            for path in glob.glob(f"/proc/{pid}/task/*/children"):
                waiting += [int(word) for word in content(path).split()]
        return found

    def spent(self):
        """User and system time of all of them so far, those that have ended too, in seconds."""
        ticks = 0
        for pid in self.tree():
            fields = content(f"/proc/{pid}/stat").rpartition(")")[2].split()
            ticks += sum(int(word) for word in fields[11:15])
        return ticks / TICKS

    def memory(self):
        """KiB: the most the largest held, the most all held, and what is their own (RssAnon)."""
        peaks, own = [], 0
        for pid in self.tree():
            said = content(f"/proc/{pid}/status")
            fields = dict(re.findall(r"^(\w+):\s+(\d+) kB", said, re.M))
            peaks.append(int(fields.get("VmHWM", 0)))
            own += int(fields.get("RssAnon", 0))
        return max(peaks), sum(peaks), own

    def stop(self):
        """Asks it to end, and makes it; what is left of its group goes too."""
        self.process.terminate()
        try:
            self.process.wait(END_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
