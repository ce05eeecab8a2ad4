#!/usr/bin/env python3
"""Prints what ddnsbox costs beside what people use instead: tests/bench/peers.py [--markdown].

A router in a network namespace keeps one name: at Cloudflare by ddnsbox, inadyn, ddclient, ddns of
PyPI, and a shell script with dig and curl; at `named` by pydyndns of ddnsbox and by nsupdate.
Measured are a run in which nothing has changed, one in which the address has, and daemons that
have nothing to do. Only whether all of them do their work is judged. The table is Markdown; with
--markdown nothing else is printed on standard output.
DDNSBOX_BENCH_ROUNDS is how often the timed commands run (default 15, and never more here).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../scenarios", one)
                for one in ("pydyndns", "cf-ddns-sync", "common")]

# pylint: disable=wrong-import-position
import original  # noqa: E402
import peers_tools as tools  # noqa: E402
import pydyndns  # noqa: E402
from netns import CannotBuild, why_not  # noqa: E402
from peers_stage import (  # noqa: E402
    INSTRUCTIONS, OWN_V6, PEAK_OWN, Broken, Gauge, Net, Stage, Tool)
from peers_tools import DDCLIENT, INADYN, OURS, PYPI, SHELL  # noqa: E402

ROUNDS_MAX = 15
ROUNDS = min(ROUNDS_MAX, int(os.environ.get("DDNSBOX_BENCH_ROUNDS", ROUNDS_MAX)))
NEEDED = ("ip", "cc", "openssl", "strace", "valgrind", "qemu-x86_64", "named", "nsupdate")
BEFORE, STEADY, BEFORE_V6 = "192.0.2.9", "203.0.113.200", "2001:db8::99"
REQUESTS, PACKETS = "requests to the API", "packets, both ways"
INSTALLED = "bytes to install, with all dependencies but libc"
LOADED = "programs and the libraries they load, but libc"
# Our child ends when it has not been needed for some time.
FIRST_SECONDS_MAX, SETTLE_SECONDS, IDLE_SECONDS = 20, 12, 30
TOKEN_SHOWN = re.compile(tools.TOKEN)
RFC2136 = ("ddnsbox pydyndns", "nsupdate")
IS_MARKDOWN = "--markdown" in sys.argv[1:]


class Table:
    """Collects the rows, and counts checks."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    @staticmethod
    def say(words):
        """What is no part of the table."""
        print(words, file=sys.stderr if IS_MARKDOWN else sys.stdout, flush=True)

    def check(self, name, fine, why=""):
        """Something that has to be so, or the figures would compare different things."""
        self.passed += bool(fine)
        self.failed += not fine
        self.say(f"ok {name}" if fine else f"not ok {name}\n    {TOKEN_SHOWN.sub('…', why)}")

    def skip(self, why):
        """Figures that cannot be taken here."""
        self.skipped += 1
        self.say(f"skipped: {why}")

    def head(self, title, names):
        """Begins a table with a column for each."""
        self.lines += ["", "| " + " | ".join([title, *names]) + " |",
                       "|---" + "|---:" * len(names) + "|"]

    def part(self, title, names):
        """Begins a part of it."""
        self.lines.append("| " + " | ".join([f"**{title}**", *[""] * len(names)]) + " |")

    def row(self, title, measured, names):
        """One figure of each; behind it how many times that of the first it is."""
        cells, first = [], measured.get(names[0])
        for name in names:
            value = measured.get(name)
            cell = "–" if value is None else shown(value)
            if value is not None and first and name != names[0]:
                cell += f" (×{shown(value / first, 2)})"
            cells.append(cell)
        self.lines.append("| " + " | ".join([title, *cells]) + " |")


def shown(value, digits=3):
    """A number as people read it: with so many digits, or whole where it has more."""
    if isinstance(value, int):
        return f"{value:,}"
    whole = len(str(int(value))) if value >= 1 else 0
    return f"{value:,.{max(digits - whole, 0)}f}" if value else "0"


def available(table, stage):
    """The tools that are here; the first is ours."""
    found = [tools.ours(stage)]
    for name, make in ((INADYN, tools.inadyn), (DDCLIENT, tools.ddclient), (SHELL, tools.shell)):
        missing = tools.missing(name)
        if missing:
            table.skip(f"{name}: not installed: {' '.join(missing)}")
        else:
            found.append(make(stage))
    try:
        tools.install_pypi()
        found.append(tools.pypi(stage))
    except original.Missing as why:
        table.skip(f"{PYPI}: {why}")
    return found


def works(table, stage, tool):
    """Whether a run of a tool makes its record right; how many requests that takes, or none."""
    before = stage.ask("requests")
    try:
        stage.gauge.run(tool)
    except Broken as why:
        table.check(f"{tool} does the change", False, str(why))
        return None
    wanted, got = stage.ask("told"), stage.ask("contents")[tools.host(tool.name)]
    table.check(f"{tool} does the change", got == wanted, f"wanted {wanted}, got {got}")
    return stage.ask("requests") - before if got == wanted else None


def looks(table, stage, found):
    """The figures of runs without a change and of runs with one; and the tools that work."""
    mine = found[0]
    for tool in found:
        stage.ask(f"record {tools.host(tool.name)} A {BEFORE}")
    stage.ask(f"steady {STEADY}")
    found = [tool for tool in found if works(table, stage, tool) is not None]
    if found[:1] != [mine]:
        raise Broken("without ddnsbox there is nothing to compare with")
    asked = {}
    for tool in found:
        before = stage.ask("requests")
        stage.gauge.run(tool)
        asked[tool.name] = stage.ask("requests") - before
    same = stage.gauge.all_but_instructions(found, ROUNDS) | {REQUESTS: asked}
    stage.ask("changing")
    asked = {tool.name: works(table, stage, tool) for tool in found}
    other = stage.gauge.all_but_instructions(found, ROUNDS) | {REQUESTS: asked}
    return found, same, other


def counted(stage, found, same, other):
    """Adds the instructions; they are the same however busy the machine is."""
    for figures, mode in (same, f"steady {STEADY}"), (other, "changing"):
        stage.ask(mode)
        if figures is same:
            for tool in found:
                stage.gauge.run(tool)
        figures[INSTRUCTIONS] = {tool.name: stage.gauge.instructions(tool) for tool in found}


def state(process):
    """Of a process: CPU in ms, wake-ups, and KiB of memory: the peak, and what is its own now."""
    def content(name):
        with open(f"/proc/{process.pid}/{name}", encoding="ascii") as file:
            return file.read()

    fields = {name: int(number) for name, number in
              re.findall(r"^(\w+):\s+(\d+)", content("status") + content("smaps_rollup"), re.M)}
    return (int(content("schedstat").split()[0]) / 1e6, fields["voluntary_ctxt_switches"],
            fields["VmHWM"], fields["Private_Clean"] + fields["Private_Dirty"])


class Idle:
    """Daemons that have done their first work; `with` ends them."""

    def __init__(self, table, stage, names):
        self.table, self.stage, self.processes = table, stage, {}
        self.began, self.before = None, {}
        self.tools = [tools.ours_idle(stage)]
        self.tools += [tools.inadyn(stage, is_once=False)] * (INADYN in names)
        self.tools += [tools.ddclient(stage, seconds=300)] * (DDCLIENT in names)

    def __enter__(self):
        stage = self.stage
        for tool in self.tools[1:]:
            stage.ask(f"record {tools.host(tool.name)} A {BEFORE}")
        stage.ask(f"record {tools.host(self.tools[0].name)} AAAA {BEFORE_V6}")
        stage.ask(f"steady {STEADY}")
        self.processes = {tool.name: stage.daemon(tool) for tool in self.tools}
        wanted = {tools.host(tool.name): STEADY for tool in self.tools}
        wanted[tools.host(self.tools[0].name)] = OWN_V6
        until = time.monotonic() + FIRST_SECONDS_MAX
        while time.monotonic() < until and not wanted.items() <= stage.ask("contents").items():
            time.sleep(0.1)
        got = stage.ask("contents")
        time.sleep(SETTLE_SECONDS)
        for tool in self.tools:
            name, is_there = tools.host(tool.name), self.processes[tool.name].poll() is None
            self.table.check(f"the daemon of {tool} does its work",
                             is_there and got[name] == wanted[name],
                             f"{'it stays' if is_there else 'it ended'}; {got}")
        self.processes = {name: one for name, one in self.processes.items() if one.poll() is None}
        self.began, self.before = time.monotonic(), self._states()
        return self

    def _states(self):
        return {name: state(one) for name, one in self.processes.items()}

    def figures(self):
        """What they have taken since, a minute; waits until it has been long enough."""
        time.sleep(max(0, self.began + IDLE_SECONDS - time.monotonic()))
        minutes, after = (time.monotonic() - self.began) / 60, self._states()
        result = {title: {name: after[name][at] for name in after} for at, title in (
            (2, "peak memory, KiB"), (3, "of it shared with nobody, KiB"))}
        for at, title in (0, "CPU in a minute, ms"), (1, "wake-ups in a minute"):
            result[title] = {name: (after[name][at] - self.before[name][at]) / minutes
                             for name in after}
        # ddnsbox stands first, whichever applet it is.
        return {title: {OURS if name == "ipv6ddns" else name: value
                        for name, value in measured.items()} for title, measured in result.items()}

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait()


def sizes(table, names):
    """The rows of what has to be installed."""
    try:
        for title, is_whole in ((INSTALLED, True),
                                ("of them not on every Debian or router", False)):
            table.row(title, tools.package_bytes(names, is_whole), names)
        loaded = {name: sum(pydyndns.loaded_bytes(shutil.which(one)) for one in programs)
                  for name, programs in tools.LOADED.items() if name in names}
        table.row(LOADED, loaded | {OURS: os.path.getsize(tools.built("mini"))}, names)
    except (original.Missing, CannotBuild, OSError) as why:
        table.skip(f"installed sizes: {why}")


def keeping(table):
    """The table of those that keep a name at Cloudflare."""
    stage = Stage()
    try:
        found, same, other = looks(table, stage, available(table, stage))
        with Idle(table, stage, [tool.name for tool in found]) as idle:
            counted(stage, found, same, other)
            idle_figures = idle.figures()
    finally:
        stage.down()
    names = [tool.name for tool in found]
    table.head("one name at Cloudflare", [OURS, *(tools.titled(name) for name in names[1:])])
    sizes(table, names)
    for title, figures in (("nothing has changed", same), ("the address has changed", other),
                           ("daemon, idle (`ipv6ddns`)", idle_figures)):
        table.part(title, names)
        for figure, measured in figures.items():
            table.row(figure, measured, names)


def registering(table):
    """The table of those that send updates as RFC 2136 has them."""
    stage = pydyndns.Stage(None)
    try:
        gauge = Gauge(stage.net.dir, lambda *argv: stage.net.within(
            "unshare", "-u", "sh", "-c", pydyndns.PRELUDE, "sh", *argv))
        plain = Tool(RFC2136[0], stage.plain[pydyndns.OURS])
        forced = Tool(RFC2136[0], stage.forced[pydyndns.OURS])
        other = Tool(RFC2136[1], stage.forced[pydyndns.NSUPDATE])
        table.head("a machine's addresses at a DNS server (RFC 2136)",
                   [RFC2136[0], f"nsupdate {original.version('bind9-dnsutils')}"])
        table.row(INSTALLED, {
            RFC2136[0]: os.path.getsize(pydyndns.NATIVE),
            RFC2136[1]: original.package_bytes("bind9-dnsutils", is_whole=True)}, RFC2136)
        table.row(LOADED, {
            RFC2136[0]: os.path.getsize(pydyndns.NATIVE),
            RFC2136[1]: pydyndns.loaded_bytes(shutil.which("nsupdate"))}, RFC2136)
        stage.run(*forced.argv)
        for title, mine in (("nothing has changed (nsupdate remembers nothing)", plain),
                            ("an update", forced)):
            table.part(title, RFC2136)
            figures = gauge.all_but_instructions([mine, other], ROUNDS)
            # Neither starts another.
            del figures[PEAK_OWN]
            figures[PACKETS] = {one.name: stage.packets(one.argv)[0] for one in (mine, other)}
            figures[INSTRUCTIONS] = {one.name: gauge.instructions(one) for one in (mine, other)}
            for figure, measured in figures.items():
                table.row(figure, measured, RFC2136)
        table.check("pydyndns and nsupdate do the same update", len(stage.records()) == 2,
                    str(stage.records()))
    finally:
        stage.down()


def build():
    """The programs of ours that are compared."""
    for variant in ("mini", "ipv6ddns", "rfc2136"):
        done = subprocess.run([f"{original.ROOT}/openwrt/build", "x86_64", variant], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Broken(f"openwrt/build x86_64 {variant}: {done.stderr[-800:]}")


def main():
    """Takes the figures, prints them and sums up."""
    # So that a termination request takes everything down, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    table = Table()
    why = why_not(NEEDED, Net)
    try:
        if why:
            table.skip(f"ddnsbox and its peers: {why}")
        else:
            build()
            keeping(table)
            registering(table)
    except (Broken, CannotBuild, pydyndns.Broken, original.Missing, OSError,
            subprocess.SubprocessError) as error:
        table.check("ddnsbox and its peers", False, f"{type(error).__name__}: {error}")
    print("\n".join([tools.machine(), *table.lines]) if table.lines else "", flush=True)
    table.say(f"\nfigures of peers: {table.passed} passed, {table.failed} failed, "
              f"{table.skipped} skipped")
    sys.exit(1 if table.failed else 0)


main()
