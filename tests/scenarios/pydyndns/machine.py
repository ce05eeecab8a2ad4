"""A machine that registers its own addresses, cabled to a peer, with a DNS server on its loopback.

The server is reached over loopback, so that a scenario may do to the cables whatever it likes, and
the packets counted there are those of the program alone.
"""

import ipaddress
import json
import os
import stat
import subprocess
import sys

from cabled import Cabled
from checks import Wrong, equal, true
from netns import CannotBuild, command, started
from subject import PATH, under_test

HUNG_SECONDS = 60
HERE = os.path.dirname(os.path.abspath(__file__))
NAME, ZONE, TTL = "host.example.com", "example.com", 300


def line(family, addresses):
    """The add for each address of a family, as the server shows it."""
    return [[f"{NAME}.", TTL, family, address] for address in addresses]


def told(level, words):
    """A log line in the form there is without `logging`."""
    return f"{level}:pydyndns:{words}"


class Run:
    """What one run did: exit status, lines on stderr, what the server received."""

    def __init__(self, done, received, packets):
        self.exit, self.received, self.packets = done.returncode, received, packets
        self.lines = done.stderr.splitlines()
        self.evidence = f"exit {self.exit}, received {received}, stderr {self.lines}"
        equal("stdout", done.stdout, "")
        equal("faults of what was sent", [one["faults"] for one in received if one["faults"]], [])


class Site(Cabled):
    """`with Site() as site: site.ip("addr add …"); site.registers(v4=[…])`."""

    def __init__(self, wans=1):
        self.running = []
        super().__init__("site", wans)
        self.log, self.cache = (os.path.join(self.dir, name) for name in ("log", "cache"))
        self.build(lambda: self.start(
            self.machine, "server", sys.executable, os.path.join(HERE, "update_server.py"),
            self.log, ready="ready"))

    def down(self):
        """Ends what was started and removes the namespaces; safe to call twice."""
        while self.running:
            process = self.running.pop()
            process.kill()
            process.wait()
        super().down()

    def start(self, namespace, name, *argv, ready=None):
        """Starts a server in a namespace and waits until it says it is ready."""
        process = started(namespace, argv, os.path.join(self.dir, f"{name}.out"), ready)
        self.running.append(process)
        return process

    # The world around the program.

    def takes(self, line_of_ip):
        """Whether the kernel takes what not every kernel does."""
        try:
            self.ip(line_of_ip)
        except CannotBuild:
            return False
        return True

    def received(self):
        """All that has come to the server."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(one) for one in file]

    def packets(self):
        """How many packets have passed the loopback interface."""
        shown = command("ip", "-n", self.machine, "-j", "-s", "link", "show", "dev", "lo")
        return json.loads(shown)[0]["stats64"]["tx"]["packets"]

    # The program.

    def config(self, **changes):
        """Writes the configuration; `None` takes a key out."""
        keys = {"cache": self.cache, "ipv4": True, "ipv6": {"enable": True, "teredo": False},
                "ttl": TTL} | changes
        path = os.path.join(self.dir, "conf")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({key: value for key, value in keys.items() if value is not None}, file)
        return path

    def run(self, *words, **changes):
        """One run to its end."""
        path = self.config(**changes)
        before, packets = len(self.received()), self.packets()
        argv = under_test() + ["pydyndns", "-c", path, "--server", "127.0.0.1", "--zone", ZONE,
                               "--hostname", NAME, *words]
        done = subprocess.run(["ip", "netns", "exec", self.machine, *argv], env={"PATH": PATH},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=HUNG_SECONDS)
        return Run(done, self.received()[before:], self.packets() - packets)

    def registers(self, *words, v4=(), v6=(), via="tcp", undecided=None, warns=(), **changes):
        """One update goes out with exactly these, in this order, and the cache remembers them.

        `undecided`: an address of which is warned; then no AAAA record is deleted, and the cache
        is for the scenario to look at. `warns`: the other warnings.
        """
        run = self.run(*words, **changes)
        true("exit status is not 0", run.exit == 0, run.evidence)
        both = ", ".join([*v4, *v6])
        true("the addresses are not told", told("INFO", f"Updating DNS record for {NAME} to "
             f"{both}.") in run.lines, f"wanted {both}; {run.evidence}")
        equal("number of updates", len(run.received), 1)
        update = run.received[0]
        equal("adds", update["adds"], line("A", v4) + line("AAAA", v6))
        warned = [one for one in run.lines if one.startswith("WARNING:")]
        if undecided:
            warns = [f"{undecided} is still tentative; no AAAA record is removed."]
        equal("warnings", warned, [told("WARNING", one) for one in warns])
        if undecided:
            equal("prerequisites", update["prerequisites"], [[f"{NAME}.", "CNAME", "absent"]])
            equal("deletes", update["deletes"], [[f"{NAME}.", "A"]])
        elif changes.get("preserve_other_records"):
            equal("prerequisites", update["prerequisites"], [[f"{NAME}.", "CNAME", "absent"]])
            equal("deletes", update["deletes"], [[f"{NAME}.", "A"], [f"{NAME}.", "AAAA"]])
        else:
            equal("prerequisites", update["prerequisites"], [])
            equal("deletes", update["deletes"], [[f"{NAME}.", "ANY"]])
        equal("zone and transport", (update["zone"], update["via"]), (f"{ZONE}.", via))
        if undecided:
            return run
        enabled = {"ipv4": changes.get("ipv4", True),
                   "ipv6": changes.get("ipv6", {"enable": True})["enable"]}
        kept = {"ipv4": list(v4), "ipv6": list(v6)}
        self.expect_cache({family: kept[family] for family in kept if enabled[family]})
        return run

    def expect_cache(self, addresses):
        """The cache as Python's json.dump writes it, readable by its owner alone."""
        with open(self.cache, encoding="utf-8") as file:
            equal("cache", file.read(), json.dumps({"hostname": f"{NAME}.",
                                                    "addresses": addresses}))
        equal("mode of the cache", oct(stat.S_IMODE(os.stat(self.cache).st_mode)), "0o600")

    def cache_state(self):
        """What tells whether somebody touched the cache: the file itself, its time, its bytes."""
        if not os.path.exists(self.cache):
            return None
        about = os.stat(self.cache)
        with open(self.cache, "rb") as file:
            return about.st_ino, about.st_mtime_ns, file.read()

    def elides(self, *words, addresses, **changes):
        """Nothing has changed: it says so, sends not one packet and leaves the cache alone."""
        before = self.cache_state()
        run = self.run(*words, **changes)
        true("exit status is not 0", run.exit == 0, run.evidence)
        elided = told("INFO", f"Eliding DNS record update for {NAME} to {', '.join(addresses)} "
                      "as cache says addresses have not changed.")
        true("it does not say so", elided in run.lines, run.evidence)
        self._quiet(run, before)

    def refuses(self, *words, says, status=1, **changes):
        """This exit status, one error that has these words, no packet, and the cache as it was."""
        before = self.cache_state()
        run = self.run(*words, **changes)
        true(f"exit status is not {status}", run.exit == status, run.evidence)
        errors = [one for one in run.lines if one.startswith("ERROR:")]
        true(f"not one error with {says!r}", len(errors) == 1 and says in errors[0], run.evidence)
        self._quiet(run, before)

    def _quiet(self, run, before):
        equal("received", run.received, [])
        equal("packets on loopback", run.packets, 0)
        if self.cache_state() != before:
            raise Wrong(f"the cache was touched: {before} became {self.cache_state()}")


def ordered(addresses):
    """Addresses of one family in the order of their values."""
    return [str(one) for one in sorted(map(ipaddress.ip_address, addresses))]
