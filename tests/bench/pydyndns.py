#!/usr/bin/env python3
"""Prints what pydyndns costs, beside the original under Python and beside nsupdate.

All talk to `named` in a network namespace, as the same machine, with one configuration and one key:
runs in which nothing has changed, and runs that are made to update. Figures with a gate are judged;
the others are there to be compared, and those made of times are medians of runs in turn.
DDNSBOX_BENCH_ROUNDS is how often the timed commands run (default 25, and never more here).
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../scenarios", one) for one in ("pydyndns", "common")]

# pylint: disable=wrong-import-position
import original  # noqa: E402
from daemons import DEFAULT, ZONE, Daemon, secret  # noqa: E402
from net import RESOLVER, SERVER, WAN, WAN_V6, Net, can_build  # noqa: E402
from netns import CannotBuild, command  # noqa: E402
from wire import PACKET_OUTGOING, Wire  # noqa: E402

ROUNDS_MAX = 25
ROUNDS = min(ROUNDS_MAX, int(os.environ.get("DDNSBOX_BENCH_ROUNDS", ROUNDS_MAX)))
NATIVE, MIPS = (os.path.join(original.ROOT, "target/openwrt", arch, "rfc2136/ddnsbox")
                for arch in ("x86_64", "mips"))
TTL = 300
MACHINE, HOST = "host", "host." + ZONE.rstrip(".")
TOOLS = ("ip", "unshare", "named", "nsupdate", "dig", "cc", "valgrind", "strace", "qemu-mips")
# The machine's name is its own; `exec` keeps the process the one that was started.
PRELUDE = f'echo {MACHINE} >/proc/sys/kernel/hostname; exec "$@"'
RUN_SECONDS_MAX = 60
# How long the last packets of a connection may take once the program has ended.
SETTLE_SECONDS = 0.1
OURS, THEIRS, NSUPDATE = "ddnsbox", "original", "nsupdate"
CALLS, TASKS = "system calls (strace -f -c)", "processes and threads"
PEAK, PACKETS = "peak RSS in KiB", "packets, both ways"
# As the router's scripts write it.
LOGGING = {"version": 1, "formatters": {"log": {"format": "%(levelname)s: %(message)s"}},
           "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "log"}},
           "root": {"level": "DEBUG", "handlers": ["log"]}}


class Broken(Exception):
    """A figure cannot be taken because something failed that must not."""


class Table:
    """Prints figures; those with a gate are counted as passed or failed."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    @staticmethod
    def head(*names):
        """A new table, with its columns."""
        print()
        Table.line(*names)

    @staticmethod
    def line(figure, *columns):
        """One line of it."""
        print(f"{figure:58}" + "".join(f" {column:>10}" for column in columns), flush=True)

    def row(self, figure, measured, gate, aim):
        """A figure and how it stands to its gate and its aim."""
        if measured > gate:
            self.failed += 1
        else:
            self.passed += 1
        verdict = ("over the gate" if measured > gate else
                   "gate met" if measured > aim else "aim met")
        print(f"{figure:58} {measured:>10} {gate:>9} {aim:>9}  {verdict}", flush=True)

    def check(self, name, fine, why=""):
        """Something that has to be so, or the figures would compare different things."""
        self.passed += fine
        self.failed += not fine
        print(f"ok {name}" if fine else f"not ok {name}\n    {why}", flush=True)

    def skip(self, why):
        """Figures that cannot be taken here."""
        self.skipped += 1
        print(f"skipped: {why}", flush=True)

    def compare(self, figure, measured, form="{}"):
        """Ours beside the others, and what part of theirs it is; who is not there has a `-`."""
        shown = [form.format(measured[name]) if name in measured else "-"
                 for name in (OURS, THEIRS, NSUPDATE)]
        for name in (THEIRS, NSUPDATE):
            whole = measured.get(name)
            shown.append(f"{measured[OURS] / whole:.4f}" if whole else "-")
        self.line(figure, *shown)


class Stage:
    """The namespace with `named` in it, and how a command is measured there."""

    def __init__(self, theirs):
        self.net = Net()
        try:
            self.net.names(RESOLVER, hosts=f"127.0.1.1 {HOST} {MACHINE}\n")
            self.server = Daemon("named", self.net, (RESOLVER, SERVER))
            self.wire = Wire(self.net)
            self._helpers()
            self.commands(theirs)
        except BaseException:
            self.down()
            raise

    def down(self):
        """Ends the server and removes the namespace."""
        if hasattr(self, "wire"):
            self.wire.close()
        if hasattr(self, "server"):
            self.server.stop()
        self.net.down()

    def path(self, name):
        """A file of this stage."""
        return os.path.join(self.net.dir, name)

    def _helpers(self):
        for tool in ("times", "peak"):
            command("cc", "-O2", "-static", "-o", self.path(tool), f"{HERE}/{tool}.c")
        command("cc", "-O2", "-shared", "-fPIC", "-o", self.path("insn.so"), f"{HERE}/insn.c")

    def commands(self, theirs):
        """Writes what the three read, and sets the command lines: plain, and made to update."""
        with open(self.path("conf"), "w", encoding="ascii") as file:
            json.dump({
                "cache": self.path("cache"), "ttl": TTL, "ipv4": True,
                "ipv6": {"enable": True, "teredo": False}, "logging": LOGGING,
                "tsig": {"algorithm": DEFAULT.algorithm, "keyname": DEFAULT.name,
                         "key": secret(DEFAULT)}}, file)
        lines = (f"key {DEFAULT.algorithm}:{DEFAULT.name} {secret(DEFAULT)}",
                 f"update delete {HOST}.", f"update add {HOST}. {TTL} A {WAN}",
                 f"update add {HOST}. {TTL} AAAA {WAN_V6}", "send")
        self._write("update", *lines)
        self._write("remove", *lines[:2], "send")
        self.ours = ["pydyndns", "-c", self.path("conf")]
        self.plain = {OURS: [NATIVE, *self.ours]}
        if theirs:
            self.plain[THEIRS] = [theirs, "-c", self.path("conf")]
        self.forced = {name: [*words, "-f"] for name, words in self.plain.items()}
        # Over TCP like the others, and like them it has to find the server.
        self.forced[NSUPDATE] = ["nsupdate", "-v", self.path("update")]

    def _write(self, name, *lines):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")

    def run(self, *argv):
        """Runs a command as that machine, with nothing of the caller's environment."""
        done = subprocess.run(
            self.net.within("unshare", "-u", "sh", "-c", PRELUDE, "sh", *argv), check=False,
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
            timeout=RUN_SECONDS_MAX, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        if done.returncode != 0:
            raise Broken(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr[-800:]}")
        return done

    def records(self):
        """What the server has of the machine's name: type and address."""
        lines = (line.split() for line in self.server.zone())
        return sorted((line[3], line[4]) for line in lines if line[0] == HOST + ".")

    def packets(self, argv):
        """Packets on loopback, both ways, and their bytes with IP headers, of one run."""
        self._drain()
        self.run(*argv)
        time.sleep(SETTLE_SECONDS)
        return self._drain()

    def _drain(self):
        count = size = 0
        while True:
            try:
                packet, address = self.wire.socket.recvfrom(1 << 17)
            except BlockingIOError:
                return count, size
            # Each is seen twice there, and the other links have their own neighbour discovery.
            if address[0] == "lo" and address[2] != PACKET_OUTGOING:
                count, size = count + 1, size + len(packet)

    def calls(self, argv):
        """System calls of the command and its children."""
        self.run("strace", "-f", "-c", "-o", self.path("strace"), *argv)
        with open(self.path("strace"), encoding="ascii") as file:
            total = [line.split() for line in file if line.split()[-1:] == ["total"]]
        return int(total[0][3])

    def tasks(self, argv):
        """Processes and threads."""
        self.run("strace", "-f", "-e", "trace=none", "-o", self.path("strace"), *argv)
        with open(self.path("strace"), encoding="ascii") as file:
            return sum("+++ exited with" in line for line in file)

    def memory(self, argv):
        """Peak RSS in KiB, and what was its own at the end."""
        return [int(word) for word in self.run(self.path("peak"), *argv).stdout.split()[-2:]]

    def times(self, commands, rounds):
        """Of each: median user+sys and wall in microseconds, all in turn."""
        words = [word for argv in commands.values() for word in ("---", *argv)][1:]
        lines = self.run(self.path("times"), str(rounds), *words).stdout.splitlines()
        return {name: [int(word) for word in line.split()]
                for name, line in zip(commands, lines)}

    def instructions(self, argv):
        """Of one run, counted by callgrind."""
        self.run("valgrind", "--tool=callgrind", f"--callgrind-out-file={self.path('callgrind')}",
                 *argv)
        with open(self.path("callgrind"), encoding="utf-8", errors="replace") as file:
            return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M).group(1))

    def counts_mips(self, *flags):
        """Instructions and system calls of the big-endian program under qemu."""
        self.run("qemu-mips", "-plugin", self.path("insn.so"), "-d", "plugin", "-D",
                 self.path("insn"), MIPS, *self.ours, *flags)
        with open(self.path("insn"), encoding="ascii") as file:
            words = file.read().split()
        return int(words[-3]), int(words[-1])


def compared(table, stage, commands):
    """The rows in which ours stands beside the others; gives what ours took."""
    table.head("", OURS, THEIRS, NSUPDATE, "/original", "/nsupdate")
    spent = stage.times(commands, ROUNDS)
    memory = {name: stage.memory(argv) for name, argv in commands.items()}
    sent = {name: stage.packets(argv) for name, argv in commands.items()}
    ours = {}
    for figure, measured in (
            ("wall µs", {name: one[1] for name, one in spent.items()}),
            ("user+sys µs", {name: one[0] for name, one in spent.items()}),
            (CALLS, {name: stage.calls(argv) for name, argv in commands.items()}),
            (TASKS, {name: stage.tasks(argv) for name, argv in commands.items()}),
            (PEAK, {name: one[0] for name, one in memory.items()}),
            ("  of it no page of a file", {name: one[1] for name, one in memory.items()}),
            (PACKETS, {name: one[0] for name, one in sent.items()}),
            ("bytes in them, with IP headers", {name: one[1] for name, one in sent.items()})):
        table.compare(figure, measured)
        ours[figure] = measured[OURS]
    return ours


def update(table, stage):
    """A run that is made to update; what it sends again makes no difference to the server."""
    print(f"\n# pydyndns -f, and the same update by nsupdate; times: median of {ROUNDS}")
    for name, argv in stage.forced.items():
        stage.run("nsupdate", "-v", stage.path("remove"))
        before = stage.records()
        stage.run(*argv)
        wanted = [("A", WAN), ("AAAA", WAN_V6)]
        table.check(f"{name} does the update", not before and stage.records() == wanted,
                    f"before: {before}, after: {stage.records()}")
    compared(table, stage, stage.forced)
    # Valgrind cannot work under the limit of memory that the program sets itself here.
    instructions, calls = stage.counts_mips("-f")
    table.line("instructions, MIPS (qemu plugin)", instructions)
    table.line("system calls, MIPS (qemu plugin)", calls)


def unchanged(table, stage):
    """A run that finds nothing to do; the cache is there from the updates."""
    print(f"\n# pydyndns, nothing has changed; times: median of {ROUNDS}")
    for name, argv in stage.plain.items():
        said = stage.run(*argv).stderr
        table.check(f"{name} finds nothing to do", "Eliding DNS record update" in said, said)
    ours = compared(table, stage, stage.plain)
    native = stage.instructions(stage.plain[OURS])
    mips, calls = stage.counts_mips()
    print(f"\n{'figure':58} {'measured':>10} {'gate':>9} {'aim':>9}  verdict")
    # But for the packets, gates and aims are those of a run of cf-ddns-sync that changes nothing.
    table.row(PACKETS, ours[PACKETS], 0, 0)
    table.row("instructions, x86_64 (callgrind)", native, 1000000, 250000)
    table.row("instructions, MIPS (qemu plugin)", mips, 1000000, 250000)
    table.row(CALLS + ", x86_64", ours[CALLS], 150, 90)
    table.row("system calls, MIPS (qemu plugin)", calls, 150, 90)
    table.row(PEAK + ", x86_64", ours[PEAK], 1024, 512)


def loaded_bytes(program):
    """A program and the shared libraries it loads, but for those of the C library."""
    libc = {os.path.realpath(path) for path in command("dpkg", "-L", original.LIBC).split()}
    paths = re.findall(r"(/\S+) \(0x", command("ldd", program))
    return sum(os.path.getsize(path) for path in
               {os.path.realpath(path) for path in (program, *paths)} - libc)


def installed(table, theirs):
    """What each takes on this machine's disk."""
    ours = os.path.getsize(NATIVE)
    try:
        packages = {OURS: ours, NSUPDATE: original.package_bytes("bind9-dnsutils")}
        files = {OURS: ours, NSUPDATE: loaded_bytes(shutil.which("nsupdate"))}
        if theirs:
            packages[THEIRS] = original.package_bytes("python3") + original.installed_bytes()
    except (original.Missing, CannotBuild, OSError) as why:
        table.skip(f"installed sizes: {why}")
        return
    print("\n# bytes installed, without what every Debian has")
    table.head("", OURS, THEIRS, NSUPDATE, "/original", "/nsupdate")
    table.compare("x86_64 program; python3 and the original; bind9-dnsutils", packages)
    table.compare("x86_64 program; nsupdate and the libraries it loads", files)


def build():
    """The program without TLS, which alone is measured here."""
    for arch in ("x86_64", "mips"):
        done = subprocess.run([f"{original.ROOT}/openwrt/build", arch, "rfc2136"], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"openwrt/build {arch} rfc2136: {done.stderr[-800:]}")


def figures(table):
    """All of them, or a word on why not."""
    why = can_build(TOOLS)
    if why:
        table.skip(f"figures of pydyndns: {why}")
        return
    build()
    try:
        theirs = original.install()
        print(f"# {original.REQUIREMENTS[0]} under {original.python_version()}")
    except original.Missing as why_not:
        theirs = None
        table.skip(f"the original beside ours: {why_not}")
    stage = Stage(theirs)
    try:
        update(table, stage)
        unchanged(table, stage)
        installed(table, theirs)
    finally:
        stage.down()


def main():
    """Takes the figures and sums up."""
    # So that a termination request takes the namespace down, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    table = Table()
    try:
        figures(table)
    except (Broken, CannotBuild, original.Missing, subprocess.TimeoutExpired) as error:
        table.check("figures of pydyndns", False, str(error))
    print(f"figures of pydyndns: {table.passed} passed, {table.failed} failed, "
          f"{table.skipped} skipped")
    sys.exit(1 if table.failed else 0)


if __name__ == "__main__":
    main()
