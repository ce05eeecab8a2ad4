"""Each system call of a cycle of ipv6ddns fails in turn, in the daemon and in its child."""

import http.client
import json
import os
import re
import signal
import subprocess

import worlds
from campaign import Play, campaign
from checks import scenario
from cloudflare_api import TOKEN, URL, ZONE, Cloudflare
from running import Program

NAME = "home.example.com"
OLD, NEW = "2001:db8::a", "2001:db8::b"
HEALTH_PORT = 8055
# It says at once what has become of a try; the next one is five seconds later at most.
SAID_SECONDS_MAX = 20
OUTCOME = re.compile(r"^(Synced: .*|ERROR: .*)$", re.MULTILINE)


def ip(*words):
    """Gives an order to `ip`."""
    subprocess.run(["ip", *words], check=True)


class Follow(Play):
    """Start, look, job, a second look that is asked for, end."""

    secrets, settings = (TOKEN, ZONE), ("config.toml",)

    def __init__(self, in_child=False):
        self.in_child = in_child
        self.dir = worlds.directory("follow")
        self.api = Cloudflare(worlds.directory("standin"), target=NAME).start()
        ip("link", "add", "wan0", "type", "veth", "peer", "name", "peer0")
        ip("link", "set", "peer0", "up")
        ip("link", "set", "wan0", "up")
        ip("addr", "add", f"{NEW}/64", "dev", "wan0", "nodad")
        self.config = os.path.join(self.dir, "config.toml")
        with open(self.config, "w", encoding="ascii",
                  opener=lambda *how: os.open(*how, 0o600)) as file:
            file.write(f'api_url = "{URL}"\napi_token = "{TOKEN}"\nzone_id = "{ZONE}"\n'
                       f'record_name = "{NAME}"\nhealth_port = {HEALTH_PORT}\ntimeout = 2\n'
                       'interface = ["wan0"]\n')

    def prepare(self):
        self.api.set("AAAA", [OLD])

    def run(self, before, via):
        flags = ["--upstream-via", via] if via else []
        with Program("ipv6ddns", "-c", self.config, *flags, before=before) as program:
            # What cannot say it may have done it: then the record tells.
            def outcome():
                found = OUTCOME.findall(program.said())
                return found or (self.api.addresses() == [NEW] and ["Synced: "])
            first = program.wait_for(outcome, SAID_SECONDS_MAX)
            health = self.health() if program.is_running() else None
            recovered = None
            if first and first[0].startswith("ERROR") and program.is_running():
                program.detach()
                program.process.send_signal(signal.SIGHUP)
                recovered = program.wait_for(lambda: self.api.addresses() == [NEW],
                                             SAID_SECONDS_MAX) or False
                if not program.is_running():
                    recovered = None
            done = program.end()
        done.notes = {"first": first, "recovered": recovered, "health": health}
        return done

    @staticmethod
    def health():
        """What it answers to those who ask how it is; words where it does not."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", HEALTH_PORT, timeout=8)
            connection.request("GET", "/health")
            return json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            return f"{type(error).__name__}: {error}"

    def judge(self, done, tracer):
        wrong, found = [], self.api.addresses()
        if found not in ([OLD], [NEW]):
            wrong.append(f"the records are {found}")
        notes = done.notes
        # Where it cannot write a word, it cannot give the child a job either.
        # And where no interface has a name, none has an address for it either: it says that.
        has_none = "No usable IPv6 address" in done.err and found == [OLD]
        if done.status == 0 and not notes["first"] and not tracer.silenced() and not has_none:
            wrong.append("neither done nor failed within its time")
        if notes["recovered"] is False:
            wrong.append("asked again, with nothing failing any more, it does not get there")
        if done.status == 0 and found != [NEW] and notes["first"]:
            wrong.append("the record does not follow")
        return wrong + self.api.violations()


@scenario
def follow_daemon():
    """ipv6ddns, a cycle: each call of the daemon fails once, and from its first on."""
    return campaign(Follow())


@scenario
def follow_child():
    """ipv6ddns, a cycle: each call of the child that talks fails once, and from its first on."""
    return campaign(Follow(in_child=True))


follow_daemon.seconds, follow_daemon.shards = 80, 4
follow_child.seconds, follow_child.shards = 80, 4
