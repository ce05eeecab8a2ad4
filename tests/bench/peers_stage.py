"""Where the benchmark of the peers happens: a router, all it talks to, and how a run is measured.

    router --wan0-- wan of the world, at which peers_answers.py listens
"""

import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys

from cabled import Cabled
from netns import CannotBuild, command, started
from standin import make_ca, make_leaf
from world import API_HOST

HERE = os.path.dirname(os.path.abspath(__file__))
ADDRESS, OWN, OWN_V6 = "198.51.100.1", "198.51.100.2", "2001:db8::a"
ZONE_NAME, TOKEN = "example.com", "0123456789abcdefghijABCDEFGHIJ0123456789"
RUN_SECONDS_MAX = 90
CALLGRIND = ("valgrind", "-q", "--tool=callgrind", "--trace-children=yes")
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
CPU, CALLS, PROCESSES = "CPU (user + system), ms", "system calls", "processes started"
INSTRUCTIONS, PEAK = "instructions, million", "peak memory of the largest process, KiB"
PEAK_OWN = "peak memory of the tool's own process, KiB"


class Broken(Exception):
    """A figure cannot be taken because something failed that must not."""


class Tool:
    """One of those that are compared: its command, and what has to be so before each run of it."""

    def __init__(self, name, argv, environment=None, before=None):
        self.name, self.argv = name, [str(word) for word in argv]
        self.environment, self.before = environment or {}, before or (lambda: None)

    def __repr__(self):
        return self.name


class Gauge:
    """Measures commands in a namespace; `wrap` makes the words that run a command there."""

    def __init__(self, folder, wrap):
        self.folder, self.wrap = folder, wrap
        for name in ("times", "peak"):
            command("cc", "-O2", "-static", "-o", self.path(name), f"{HERE}/{name}.c")
        command("cc", "-O2", "-shared", "-fPIC", "-o", self.path("insn.so"), f"{HERE}/insn.c")

    def path(self, name):
        """A file of the measuring."""
        return os.path.join(self.folder, name)

    def run(self, tool, *before, folder=None):
        """Runs a tool, behind these words, with nothing of the caller's environment."""
        tool.before()
        environment = {"PATH": PATH} | tool.environment
        if folder:
            environment["PATH"] = folder + ":" + environment["PATH"]
        # The path of what wraps it, because a tool may have another `ip` first in its own.
        first, *words = self.wrap(*before, *tool.argv)
        done = subprocess.run(
            [shutil.which(first), *words], check=False, capture_output=True, text=True,
            errors="replace", stdin=subprocess.DEVNULL, timeout=RUN_SECONDS_MAX, env=environment)
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[-800:]
            raise Broken(f"{' '.join([*before, tool.name])}: exit {done.returncode}: {said}")
        return done

    def cpu(self, tools, rounds):
        """Of each: the median of rounds in which all take their turns, in milliseconds."""
        spent = {tool.name: [] for tool in tools}
        for number in range(rounds):
            # Every other round backwards, so that nobody has always the same neighbour.
            for tool in tools[::1 - 2 * (number % 2)]:
                said = self.run(tool, self.path("times"), "1").stdout
                spent[tool.name].append(int(said.split()[0]) / 1000)
        return {name: statistics.median(all_of_it) for name, all_of_it in spent.items()}

    def calls(self, tool):
        """System calls of the command and its children."""
        self.run(tool, "strace", "-f", "-c", "-o", self.path("strace"))
        with open(self.path("strace"), encoding="ascii") as file:
            total = [line.split() for line in file if line.split()[-1:] == ["total"]]
        return int(total[0][3])

    def held(self, tool):
        """Peak RSS in KiB of the process that held most, and how many processes there were."""
        words = self.run(tool, self.path("peak"), "-f").stdout.split()
        return int(words[-3]), int(words[-1])

    def own_peak(self, tool):
        """Peak RSS in KiB without its children."""
        return int(self.run(tool, self.path("peak")).stdout.split()[-2])

    def instructions(self, tool):
        """Of the command and its children, in millions.

        Valgrind cannot work under the limit of memory that our program sets itself, so an emulator
        counts it, and valgrind the `ip` that it runs.
        """
        for path in glob.glob(self.path("callgrind.*")):
            os.unlink(path)
        if not tool.name.startswith("ddnsbox"):
            self.run(tool, *CALLGRIND, f"--callgrind-out-file={self.path('callgrind.%p')}")
            return self._by_callgrind() / 1e6
        self.run(tool, "qemu-x86_64", "-plugin", self.path("insn.so"), "-d", "plugin", "-D",
                 self.path("insn"), folder=self._counting_ip(tool))
        with open(self.path("insn"), encoding="ascii") as file:
            # A child that could not exec would print too; the program itself ends last.
            own = int(file.read().split()[-3])
        return (own + self._by_callgrind()) / 1e6

    def _counting_ip(self, tool):
        """A folder whose `ip` runs, under valgrind, the one that the tool would."""
        folder = self.path("counting")
        os.makedirs(folder, exist_ok=True)
        words = [shutil.which(CALLGRIND[0]), *CALLGRIND[1:],
                 f"--callgrind-out-file={self.path('callgrind.%p')}",
                 shutil.which("ip", path=tool.environment.get("PATH", PATH))]
        with open(f"{folder}/ip", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexec " + " ".join(words) + ' "$@"\n')
        os.chmod(f"{folder}/ip", 0o755)
        return folder

    def _by_callgrind(self):
        """The sum; a child that is forked and runs nothing else has its parent's count in it."""
        counts = {}
        for path in glob.glob(self.path("callgrind.*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
            words = re.search(r"^cmd:(.*)", text, re.M).group(1)
            count = int(re.search(r"^(?:summary|totals): (\d+)", text, re.M).group(1))
            counts[words] = max(count, counts.get(words, 0))
        return sum(counts.values())

    def all_but_instructions(self, tools, rounds):
        """The figures of runs of these tools, by their names."""
        held = {tool.name: self.held(tool) for tool in tools}
        return {CPU: self.cpu(tools, rounds), INSTRUCTIONS: {},
                CALLS: {tool.name: self.calls(tool) for tool in tools},
                PROCESSES: {name: one[1] for name, one in held.items()},
                PEAK: {name: one[0] for name, one in held.items()},
                PEAK_OWN: {tool.name: self.own_peak(tool) for tool in tools}}


class Net(Cabled):
    """The router and the world it is cabled to."""

    def __init__(self):
        super().__init__("peers")
        # Daemons that root starts are another user when they look for certificates.
        os.chmod(self.dir, 0o755)
        self.build(self._address)

    def _address(self):
        command("ip", "-n", self.peer, "addr", "add", f"{ADDRESS}/24", "dev", "peer0")
        self.ip(f"addr add {OWN}/24 dev wan0", f"addr add {OWN_V6}/64 dev wan0 nodad")
        etc = f"/etc/netns/{self.machine}"
        os.makedirs(etc)
        for name, text in (("hosts", f"127.0.0.1 localhost\n{ADDRESS} {API_HOST}\n"),
                           ("resolv.conf", f"nameserver {ADDRESS}\n")):
            with open(os.path.join(etc, name), "w", encoding="ascii") as file:
                file.write(text)

    def within(self, *argv):
        """The command as it runs on the router."""
        return ["ip", "netns", "exec", self.machine, *argv]


class Stage:
    """The two of them, with the provider at work."""

    def __init__(self):
        self.net, self.answers = Net(), None
        try:
            self.ca = make_ca(self.path("ca"), "Bench CA")
            certificate, key = make_leaf(self.path("ca"))
            self.answers = subprocess.Popen(  # pylint: disable=consider-using-with
                ["ip", "netns", "exec", self.net.peer, sys.executable, f"{HERE}/peers_answers.py",
                 ADDRESS, certificate, key, TOKEN, ZONE_NAME], text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE)
            if self.answers.stdout.readline() != "ready\n":
                raise CannotBuild("the provider does not start")
            self.gauge = Gauge(self.net.dir, self.net.within)
        except BaseException:
            self.down()
            raise

    def down(self):
        """Ends the provider and removes everything."""
        if self.answers:
            self.answers.kill()
            self.answers.communicate()
        self.net.down()

    def path(self, name):
        """A file of the stage."""
        return os.path.join(self.net.dir, name)

    def write(self, name, *lines):
        """A file that only its owner can read; its path."""
        with open(self.path(name), "w", encoding="ascii") as file:
            os.chmod(self.path(name), 0o600)
            file.write("\n".join([*lines, ""]))
        return self.path(name)

    def ask(self, words):
        """Gives the provider a line; what it answers."""
        self.answers.stdin.write(words + "\n")
        self.answers.stdin.flush()
        return json.loads(self.answers.stdout.readline())

    def daemon(self, tool):
        """Starts a tool that stays; gives the process."""
        return started(self.net.machine, ["env", "-i", f"PATH={PATH}", *(
            f"{name}={value}" for name, value in tool.environment.items()), *tool.argv],
            self.path(tool.name + ".said"), ready=None)
