"""One namespace with a server in it, the machine that runs the program, and what it is told."""

import errno
import json
import os
import re
import stat
import subprocess
import time

from cases import same_lines, transcript
from checks import Wrong, equal, took, true
from daemons import DEFAULT, KEYS, LIMITED, TWIN, ZONE, Daemon, secret
from message import AD, QUERY, RD, SOA, UPDATE, faults_of_signature, faults_of_update
from net import RESOLVER, SERVER, WAN, WAN_MOVED, Net
from subject import is_emulated, under_test
from wire import Wire

HUNG_SECONDS = 150
CLOCK_SLACK_SECONDS = 5
TTL = 300
HOST, FRESH = "host." + ZONE, "fresh." + ZONE
MACHINE = "machine"
# The machine's name is its own; `exec` keeps the process the one that was started.
PRELUDE = 'echo "$1" >/proc/sys/kernel/hostname; shift; exec "$@"'
TYPE_OF = {False: "A", True: "AAAA"}


def connection_refused():
    """The words for it. An emulator may hand on SO_ERROR as the host's number, nameless on MIPS."""
    return f"os error {errno.ECONNREFUSED}" if is_emulated() else "refused"


class Outcome:
    """What one run did: exit status, lines on stderr, seconds, and what it sent."""

    def __init__(self, status, out, err, seconds, sent):
        self.exit, self.seconds, self.sent = status, seconds, sent
        self.out, self.lines = out, err.splitlines()
        self.updates = [one for one in sent if one.message.opcode == UPDATE]
        self.questions = [one for one in sent if one.message.opcode == QUERY]

    def expect(self, exit_status):
        """The exit status; stdout has to be empty in any case."""
        equal("stdout", self.out, "")
        equal("exit status", self.exit, exit_status)
        return self

    def expect_lines(self, *lines):
        """These are the lines on stderr, each `LEVEL words`, beside those on addresses unused."""
        told = [line for line in self.lines if not line.startswith("DEBUG:pydyndns:Not using ")]
        equal("stderr", told, [line.replace(" ", ":pydyndns:", 1) for line in lines])
        return self

    def expect_words(self, *words):
        """The one line of level ERROR has these words in it."""
        errors = [line for line in self.lines if line.startswith("ERROR")]
        equal("number of ERROR lines", len(errors), 1)
        for word in words:
            true(f"no '{word}' in the error", word.lower() in errors[0].lower(), errors[0])
        return self

    def expect_within(self, least, most):
        """The run took so many seconds, or some more where the machine is busy."""
        took("seconds", self.seconds, least, most)
        return self

    def expect_sent(self, *places):
        """The updates went there, in this order: `tcp ADDRESS` or `udp ADDRESS`."""
        equal("updates", [f"{one.transport} {one.address}" for one in self.updates], list(places))
        return self

    def asked(self):
        """What was asked: the name and type of each question."""
        return [one.message.zone[0][:2] for one in self.questions]


class Box:
    """`with Box("named") as box: box.run()`; without a server, peers of ours are put in."""

    def __init__(self, server=None, addresses=(RESOLVER, SERVER), clock=0, key=DEFAULT):
        self.net, self.server, self.peers, self.runs = Net(), None, [], 0
        # Whether some IPv6 address is still being checked for duplicates.
        self.undecided = False
        try:
            self.wire = Wire(self.net)
            self.cache = os.path.join(self.net.dir, "cache")
            self.settings = {"cache": self.cache, "ipv4": True, "ttl": TTL,
                             "ipv6": {"enable": False, "teredo": False}}
            self.use_key(key)
            if server:
                self.server = Daemon(server, self.net, addresses, clock)
        except BaseException:
            self.down()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    def down(self):
        """Ends the servers and removes the namespace."""
        for peer in self.peers:
            peer.stop()
        if self.server:
            self.server.stop()
        if hasattr(self, "wire"):
            self.wire.close()
        self.net.down()

    def use_key(self, key):
        """What the program signs with; None for not at all."""
        self.key = key
        self.settings.pop("tsig", None)
        if key:
            self.settings["tsig"] = {"algorithm": key.algorithm, "key": secret(key),
                                     "keyname": key.name}

    def move(self, old=WAN, new=WAN_MOVED):
        """The machine gets another address."""
        self.net.ip(f"addr del {old}/24 dev wan0\naddr add {new}/24 dev wan0\n")

    def command(self, *flags, name=HOST, machine=MACHINE):
        """The command line of a run, with its configuration written; `name` None: the machine's."""
        config = os.path.join(self.net.dir, "pydyndns.conf")
        with open(config, "w", encoding="ascii", opener=lambda *a: os.open(*a, 0o600)) as file:
            json.dump(self.settings, file)
        named = ["--hostname", name.rstrip(".")] if name else []
        return self.net.within("unshare", "-u", "sh", "-c", PRELUDE, "sh", machine, *under_test(),
                               "pydyndns", "-c", config, *named, *flags)

    def start(self, *flags, **options):
        """Starts a run, for `finish`; the process is the program's own."""
        return subprocess.Popen(self.command(*flags, **options), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={"PATH": os.environ["PATH"]})

    def finish(self, process):
        """Waits for a run to end and gives (exit status, stdout, stderr)."""
        try:
            out, err = process.communicate(timeout=HUNG_SECONDS)
        except subprocess.TimeoutExpired as late:
            process.kill()
            process.communicate()
            raise Wrong(f"still running after {HUNG_SECONDS} s") from late
        transcript().extend([f"exit {process.returncode}"] + (out + err).splitlines())
        for hidden in self.secrets():
            true("the secret is told", hidden not in out + err, err)
        return process.returncode, out, err

    def secrets(self):
        """The forms in which a secret must never be told."""
        secrets = {key.secret for key in [*KEYS.values(), LIMITED, *([self.key] * bool(self.key))]}
        return [form for one in secrets for form in (
            one.decode(), one.hex(), str(list(one))[1:-1],
            secret(DEFAULT._replace(secret=one)).rstrip("="))]

    def run(self, *flags, name=HOST, full_name=None, zone=ZONE, clocks=(0,), **options):
        """One run to its end; what it sends is checked to the last byte."""
        self.before = self.zones(), self.cached()
        self.wire.drain()
        began = time.monotonic()
        ended = self.finish(self.start(*flags, name=name, **options))
        seconds = time.monotonic() - began
        sent = self.wire.drain()
        for one in sent:
            true("a message that cannot be taken apart", one.message is not None, one.data.hex())
        outcome = Outcome(*ended, seconds, sent)
        self.check_sent(outcome, name or full_name, zone, clocks, flags)
        return outcome

    def check_sent(self, outcome, name, zone, clocks, flags):
        """Each question and each update is what it has to be."""
        for one in outcome.questions:
            recursion = 0 if "--server" in flags and one.message.zone[0][1] == SOA else RD
            equal("flags of a question", one.message.flags & ~AD, recursion)
        keeps = self.settings.get("preserve_other_records", False)
        for number, one in enumerate(outcome.updates):
            faults = faults_of_signature(one.message, self.key)
            faults += faults_of_update(one.message, name, zone, self.settings["ttl"], keeps,
                                       self.undecided)
            equal("what is wrong with the update", faults, [])
            signature = one.message.signature()
            if signature:
                # It may have been signed long before the run was given up.
                clock = time.time() + clocks[min(number, len(clocks) - 1)]
                off = signature.time - clock
                true("time signed", -outcome.seconds - CLOCK_SLACK_SECONDS < off
                     < CLOCK_SLACK_SECONDS, f"{off:.0f} s off")

    def zones(self):
        """The program's zone as it is now, None where there is no server that has it."""
        return self.server.zone() if self.server and self.server.process else None

    def cached(self):
        """The cache's text, or None where there is none."""
        try:
            with open(self.cache, encoding="ascii") as file:
                text = file.read()
        except FileNotFoundError:
            return None
        equal("mode of the cache", oct(stat.S_IMODE(os.stat(self.cache).st_mode)), "0o600")
        return text

    def expect_failed(self, outcome, *words, updates=None, status=1):
        """This exit status, one ERROR with these words, zone untouched, no cache or the old."""
        outcome.expect(status).expect_words(*words)
        zone, cache = self.before
        if zone is not None and self.server.process:
            same_lines("zone after a failure", self.zones(), zone)
        true("the cache after a failure", self.cached() in (None, cache), self.cached())
        if outcome.updates:
            equal("the cache after an update that was not confirmed", self.cached(), None)
        if updates is not None:
            equal("updates", len(outcome.updates), updates)
        return outcome

    def expect_registered(self, outcome, *addresses, name=HOST, keeps=False, serial=True):
        """The name has these addresses in zone and cache, and nsupdate would have done the same."""
        outcome.expect(0)
        self.expect_cache(*addresses, name=name)
        zone = self.server.zone()
        wanted = {line for line in self.before[0] if line.split()[0] != name or (
            line.split()[3] not in ("A", "AAAA") if keeps else line.split()[3] in ("SOA", "NS"))}
        wanted |= {f"{name} {self.settings['ttl']} IN {TYPE_OF[':' in one]} {one}"
                   for one in addresses}
        same_lines("zone but for its SOA", without_soa(zone), without_soa(wanted))
        self.nsupdate(name, *addresses, keeps=keeps)
        twin = {line.replace(TWIN, ZONE) for line in self.server.zone(TWIN)}
        if not serial:
            zone, twin = without_soa(zone), without_soa(twin)
        same_lines("zone, beside what nsupdate made", zone, twin)

    def expect_cache(self, *addresses, name=HOST):
        """The cache says these addresses as the original's would, byte for byte."""
        families = {}
        if self.settings["ipv4"]:
            families["ipv4"] = [one for one in addresses if ":" not in one]
        if self.settings["ipv6"]["enable"]:
            families["ipv6"] = [one for one in addresses if ":" in one]
        equal("cache", self.cached(), json.dumps({"hostname": name, "addresses": families}))

    def nsupdate(self, name, *addresses, keeps=False, zone=TWIN, transport="tcp"):
        """Does to the other zone what a run does; gives the server's refusal, '' for none."""
        name = name.replace(ZONE, zone)
        lines = [f"server {SERVER}", f"zone {zone}"]
        if self.key:
            lines.append(f"key {self.key.algorithm}:{self.key.name} {secret(self.key)}")
        if keeps:
            lines += [f"prereq nxrrset {name} CNAME", f"update delete {name} A",
                      f"update delete {name} AAAA"]
        else:
            lines.append(f"update delete {name}")
        lines += [f"update add {name} {self.settings['ttl']} {TYPE_OF[':' in one]} {one}"
                  for one in addresses]
        done = subprocess.run(self.net.within("nsupdate", *(["-v"] * (transport == "tcp"))),
                              input="\n".join(lines) + "\nsend\n", capture_output=True, text=True,
                              check=False)
        refusal = re.search(r"update failed: (\S+)", done.stderr)
        true("nsupdate fails in a way of its own", refusal or not done.returncode, done.stderr)
        return refusal.group(1) if refusal else ""


def without_soa(lines):
    """A zone but for the record that has its serial."""
    return {line for line in lines if line.split()[3] != "SOA"}
