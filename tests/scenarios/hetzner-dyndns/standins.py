"""The stand-ins for Hetzner and ntfy as a scenario drives them, each a process in its machine."""

import http.client
import json
import os
import sys

from net import LOCAL
from netns import inside, started

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "TokenOfHetzner0123456789abcdefghijABCDEFGHIJ"
TOPIC = "dyndns_topic-1"
NTFY_USER, NTFY_PASSWORD = "notifier", "pa:ss of ntfy"
HETZNER_PORT, NTFY_PORT = 8053, 8054
HETZNER_URL, NTFY_URL = f"http://{LOCAL}:{HETZNER_PORT}/v1", f"http://{LOCAL}:{NTFY_PORT}"
LOOK_SECONDS_MAX = 60


class Call:
    """One request that a stand-in was sent."""

    def __init__(self, document):
        self.at, self.method, self.target = (document[name] for name in ("at", "method", "target"))
        self.status, self.text = document["status"], document["body"]
        self.headers = {name.lower(): value for name, value in document["headers"]}

    def __repr__(self):
        return f"{self.method} {self.target} -> {self.status} {self.text}"

    @property
    def body(self):
        """The document it sent."""
        return json.loads(self.text)


class Standin:
    """A stand-in that runs; what it was asked, and how it is to misbehave."""

    def __init__(self, net, script, port, *arguments):
        self.net, self.port = net, port
        self.seen = 0
        self.argv = [sys.executable, "-B", os.path.join(HERE, script), LOCAL, str(port), *arguments]
        self.output = net.path(f"{script}.out")
        self.start()

    def start(self):
        """Starts it, and waits until it listens."""
        self.process = started(self.net.machine, self.argv, self.output)

    def stop(self):
        """Nothing listens at its port any more. Safe to call twice."""
        self.process.kill()
        self.process.wait()

    def is_running(self):
        """Whether it can be asked."""
        return self.process.poll() is None

    def tell(self, name, document=None):
        """Has it do something; gives what it answers."""
        def ask():
            connection = http.client.HTTPConnection(LOCAL, self.port, timeout=LOOK_SECONDS_MAX)
            connection.request("POST", f"/_{name}", json.dumps(document))
            return json.loads(connection.getresponse().read())
        return inside(self.net.machine, ask)

    def every_call(self):
        """All requests so far."""
        return [Call(one) for one in self.tell("calls")]

    def calls(self):
        """The requests since this was last asked."""
        every = self.every_call()
        new, self.seen = every[self.seen:], len(every)
        return new

    def fault(self, do, when="", **how):
        """From now on it misbehaves so, and in no other way."""
        self.tell("faults", [{"do": do, "when": when} | how])

    def well(self):
        """From now on it behaves."""
        self.tell("faults", [])

    def violations(self):
        """What no client of the real one may do."""
        return self.tell("violations")


class Hetzner(Standin):
    """`hetzner.zones({"example.com": {"www/A": ["192.0.2.1"]}})`, `hetzner.values("…")`."""

    def __init__(self, net, zones):
        super().__init__(net, "hetzner.py", HETZNER_PORT, TOKEN)
        self.zones(zones)

    def zones(self, zones):
        """These are all zones from now on."""
        self.tell("zones", zones)

    def settings(self, **settings):
        """How long actions run (`seconds`), how they end (`ends`) and what they lock (`locks`)."""
        self.tell("settings", settings)

    def rrsets(self):
        """Every rrset, by zone/name/type."""
        return self.tell("rrsets")

    def values(self, key):
        """The values at zone/name/type, sorted; none where there is no such rrset."""
        found = self.rrsets().get(key)
        return found and sorted(one["value"] for one in found["records"])


class Ntfy(Standin):
    """`ntfy.messages()`; with `locked` it wants a password."""

    def __init__(self, net, locked=False):
        more = (NTFY_USER, NTFY_PASSWORD) if locked else ()
        super().__init__(net, "ntfy.py", NTFY_PORT, TOPIC, *more)

    def messages(self):
        """(title, priority, message) of each that was taken."""
        return [(call.headers.get("x-title") or call.headers.get("title"),
                 call.headers.get("x-priority") or call.headers.get("priority"), call.text)
                for call in self.every_call() if call.status == 200]
