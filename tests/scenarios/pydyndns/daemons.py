"""`named` and `knotd` with two equal zones, of which one is the program's and one nsupdate's."""

import base64
import os
import subprocess
import time

from clock import preload
from message import ALGORITHMS, Key
from net import SERVER, SERVER_V6
from netns import CannotBuild, command

ZONE, TWIN, OPEN = "dyn.example.", "twin.example.", "open.example."
READY_SECONDS_MAX = 60

KEYS = {algorithm: Key(f"key-{algorithm}.", algorithm, f"a secret for {algorithm}, 0123".encode())
        for algorithm in ALGORITHMS}
# May change `other` and nothing else.
LIMITED = Key("limited.", "hmac-sha256", b"a secret for the limited one")
DEFAULT = KEYS["hmac-sha256"]

# `fresh` has no records. The records of a name must not be confused with those of another.
CONTENT = """$TTL 600
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
@ TXT "apex"
ns A {address}
host A 192.0.2.200
host A 192.0.2.201
host AAAA 2001:db8::200
host TXT "keep me"
host MX 10 other
below.host A 192.0.2.204
other A 192.0.2.202
alias CNAME other
away CNAME www.elsewhere.invalid.
"""

NAMED = """
{keys}
options {{
  directory "{dir}"; listen-on port 53 {{ {addresses} }}; listen-on-v6 port 53 {{ {v6}; }};
  pid-file none; session-keyfile none; recursion no; dnssec-validation no; notify no;
  allow-query {{ any; }}; allow-transfer {{ any; }};
}};
controls {{ }};
{zones}
"""
NAMED_KEY = 'key "{0.name}" {{ algorithm {0.algorithm}; secret "{1}"; }};\n'
NAMED_ZONE = 'zone "{0}" {{ type primary; file "{0}zone"; {1} }};\n'

KNOT = """
server:
  listen: [ {addresses}, "{v6}@53" ]
  rundir: {dir}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: info
database:
  storage: {dir}/db
  journal-db-max-size: 16M
  kasp-db-max-size: 16M
  timer-db-max-size: 4M
key:
{keys}
acl:
  - id: all
    key: [ {all} ]
    action: update
  - id: limited
    key: {limited}
    action: update
    update-owner: name
    update-owner-match: equal
    update-owner-name: other
  - id: read
    action: transfer
  - id: anyone
    action: [ update, transfer ]
template:
  - id: default
    storage: {dir}
    file: "%s.zone"
    zonefile-sync: -1
    journal-content: all
    zonefile-load: {load}
zone:
{zones}
"""
KNOT_KEY = "  - id: {0.name}\n    algorithm: {0.algorithm}\n    secret: {1}\n"


def secret(key):
    """A key's secret as configuration files have it."""
    return base64.b64encode(key.secret).decode()


class Daemon:
    """A server in a namespace, which loads its zones when it starts for the first time."""

    def __init__(self, kind, net, addresses, clock=0):
        self.kind, self.net, self.addresses = kind, net, addresses
        self.dir, self.process = os.path.join(net.dir, kind), None
        os.mkdir(self.dir)
        os.mkdir(os.path.join(self.dir, "db"))
        os.chmod(self.dir, 0o755)
        for zone in (ZONE, TWIN, OPEN):
            with open(os.path.join(self.dir, zone + "zone"), "w", encoding="ascii") as file:
                file.write(f"$ORIGIN {zone}\n" + CONTENT.format(address=SERVER))
        self.config = os.path.join(self.dir, "conf")
        self._configure("difference-no-serial")
        self.start(clock)
        # Once it has been read the zone file would undo what the journal has.
        self._configure("none")

    def _configure(self, load):
        with open(self.config, "w", encoding="ascii") as file:
            file.write(self._named() if self.kind == "named" else self._knot(load))

    def _named(self):
        keys = [*KEYS.values(), LIMITED]
        grants = "".join(f"grant {key.name} zonesub ANY; " for key in KEYS.values())
        policies = [f"update-policy {{ {grants} grant {LIMITED.name} name other.{zone} ANY; }};"
                    for zone in (ZONE, TWIN)]
        return NAMED.format(
            dir=self.dir, addresses="".join(f"{one}; " for one in self.addresses), v6=SERVER_V6,
            keys="".join(NAMED_KEY.format(key, secret(key)) for key in keys),
            zones=NAMED_ZONE.format(ZONE, policies[0]) + NAMED_ZONE.format(TWIN, policies[1])
            + NAMED_ZONE.format(OPEN, "allow-update { any; };"))

    def _knot(self, load):
        return KNOT.format(
            dir=self.dir, load=load, v6=SERVER_V6, limited=LIMITED.name,
            addresses=", ".join(f"{one}@53" for one in self.addresses),
            keys="".join(KNOT_KEY.format(key, secret(key)) for key in [*KEYS.values(), LIMITED]),
            all=", ".join(key.name for key in KEYS.values()),
            zones="".join(f"  - domain: {zone}\n    acl: {acl}\n" for zone, acl in (
                (ZONE, "[ all, limited, read ]"), (TWIN, "[ all, limited, read ]"),
                (OPEN, "anyone"))))

    def start(self, clock=0):
        """Starts it with its clock so many seconds off, and waits until it has its zones."""
        if self.kind == "named":
            argv, ready = ["named", "-g", "-n", "1", "-c", self.config], " running\n"
        else:
            argv, ready = ["knotd", "-c", self.config], "server started"
        if clock:
            argv = ["env", *preload(self.dir, CLOCK_OFFSET=clock), *argv]
        self.log = os.path.join(self.dir, "log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.net.within(*argv), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not self._is_ready(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.said()
                self.stop()
                raise CannotBuild(f"{self.kind} does not start: {said[-2000:]}")
            time.sleep(0.02)

    def _is_ready(self, words):
        said = self.said()
        if self.kind == "knotd":
            return words in said and all(
                f"[{zone}] loaded" in said for zone in (ZONE, TWIN, OPEN))
        return words in said

    def said(self):
        """Its log."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """Ends it; what it was told so far is in its journal."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(READY_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def zone(self, zone=ZONE):
        """All records of a zone as lines with single blanks, the SOA with its serial."""
        said = command(*self.net.within("dig", "+onesoa", "+noall", "+answer", "+time=5", "axfr",
                                        zone, f"@{self.addresses[0]}"))
        lines = {" ".join(line.split()) for line in said.splitlines() if not line.startswith(";")}
        if not lines:
            raise CannotBuild(f"{self.kind} gives no zone {zone}: {said}")
        return lines
