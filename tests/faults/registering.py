"""Each system call of pydyndns fails in turn: nothing new to send, and an update for `named`."""

import json
import os
import subprocess

import worlds
from campaign import Play, campaign
from checks import scenario
from daemons import DEFAULT, ZONE, Daemon, secret
from net import LINKS, RESOLVER, SERVER, WAN, WAN_V6
from netns import command
from running import run

HOST = "host." + ZONE
OLD = ["192.0.2.200", "192.0.2.201", "2001:db8::200"]


class Machine:
    """What the servers' stand-ins ask of a namespace: this world is one already."""

    def __init__(self):
        self.dir = worlds.directory("servers")
        os.chmod(self.dir, 0o755)
        command("ip", "-batch", "-", text=LINKS)
        for name, text in (("resolv.conf", f"nameserver {RESOLVER}\n"),
                           ("hosts", "127.0.0.1 localhost\n")):
            path = os.path.join(self.dir, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            command("mount", "--bind", path, os.path.join("/etc", name))

    @staticmethod
    def within(*argv):
        """The command line that runs a command here."""
        return list(argv)


class Register(Play):
    """A run for a name whose addresses have been sent already or not."""

    secrets, settings = (secret(DEFAULT),), ()

    def __init__(self, is_new, *flags):
        self.machine, self.is_new, self.flags = Machine(), is_new, flags
        self.server = Daemon("named", self.machine, [RESOLVER, SERVER])
        self.dir = worlds.directory("register")
        self.cache = os.path.join(self.dir, "cache")
        self.config = os.path.join(self.dir, "pydyndns.conf")
        settings = {"cache": self.cache, "ipv4": True, "ttl": 300,
                    "ipv6": {"enable": True, "teredo": False},
                    "tsig": {"algorithm": DEFAULT.algorithm, "key": secret(DEFAULT),
                             "keyname": DEFAULT.name}}
        with open(self.config, "w", encoding="ascii",
                  opener=lambda *how: os.open(*how, 0o600)) as file:
            json.dump(settings, file)
        self.wanted = sorted([WAN, WAN_V6])
        self.others = self.zone()[1]

    def zone(self):
        """(the addresses of the name, everything else but the zone's SOA and what they replace)."""
        found, others = [], set()
        for line in self.server.zone():
            name, _, _, kind, *rest = line.split()
            if name == HOST and kind in ("A", "AAAA"):
                found.append(rest[0])
            elif name != HOST and kind != "SOA":
                others.add(line)
        return sorted(found), others

    def set(self, addresses):
        """The name has these."""
        if self.zone()[0] == sorted(addresses):
            return
        lines = [f"server {SERVER}", f"zone {ZONE}",
                 f"key {DEFAULT.algorithm}:{DEFAULT.name} {secret(DEFAULT)}",
                 f"update delete {HOST}"]
        lines += [f"update add {HOST} 300 {'AAAA' if ':' in one else 'A'} {one}"
                  for one in addresses]
        subprocess.run(["nsupdate"], input="\n".join(lines) + "\nsend\n", check=True, text=True)

    def document(self, addresses):
        """A cache as a run would have written it."""
        families = {"ipv4": [one for one in addresses if ":" not in one],
                    "ipv6": [one for one in addresses if ":" in one]}
        return json.dumps({"hostname": HOST, "addresses": families})

    def prepare(self):
        before = OLD if self.is_new else self.wanted
        self.set(before)
        for name in os.listdir(self.dir):
            if name.startswith("cache"):
                os.unlink(os.path.join(self.dir, name))
        with open(self.cache, "w", encoding="ascii") as file:
            file.write(self.document(sorted(before)))

    def run(self, before, via):
        return run("pydyndns", "-c", self.config, "--hostname", HOST.rstrip("."), *self.flags,
                   before=before)

    def held(self):
        """The cache's content, None where it is missing."""
        try:
            with open(self.cache, encoding="ascii") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def judge(self, done, tracer):
        wrong, (found, others) = [], self.zone()
        old = sorted(OLD) if self.is_new else self.wanted
        if found not in (old, self.wanted):
            wrong.append(f"the name has {found}")
        if others != self.others:
            wrong.append(f"other names have changed: {others ^ self.others}")
        if done.status == 0 and found != self.wanted:
            wrong.append(f"exit status 0, and the name has {found}")
        if self.held() not in (None, self.document(found)):
            wrong.append(f"the cache says {self.held()}, and the name has {found}")
        return wrong + self.mended()

    def mended(self):
        """What the next run, with nothing failing, does not put right."""
        done = self.run([], None)
        if done.status:
            return [f"the next run fails: {done}"]
        wrong = []
        if self.zone()[0] != self.wanted:
            wrong.append(f"the next run leaves {self.zone()[0]}")
        if self.held() != self.document(self.wanted):
            wrong.append(f"the next run leaves the cache {self.held()}")
        left = set(os.listdir(self.dir)) - {"cache", "cache.lock", "pydyndns.conf"}
        return wrong + [f"the next run leaves {one}" for one in left]


@scenario
def register_unchanged():
    """pydyndns with nothing new to send: each call fails once, and from its first on."""
    return campaign(Register(False))


@scenario
def register_changing():
    """pydyndns with an update to send: each call fails once, and from its first on."""
    return campaign(Register(True))


@scenario
def register_by_datagram():
    """pydyndns with an update sent in a datagram: each call on sockets fails."""
    return campaign(Register(True, "--transport", "udp"), only={
        "socket", "bind", "connect", "setsockopt", "sendto", "recvfrom", "poll", "ioctl", "fcntl"})


register_changing.seconds, register_changing.shards = 80, 3
register_by_datagram.seconds, register_by_datagram.shards = 80, 2
register_unchanged.seconds = 60
