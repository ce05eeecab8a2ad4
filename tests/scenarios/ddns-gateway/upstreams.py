"""The stand-ins as scenarios see them: what they hold, what they were asked, how they misbehave."""

import json
import os
import subprocess
import sys
import threading

from checks import Wrong, equal

ZONE = "example.com"
OTHER_ZONE = "example.org"
CF_TOKEN = "cf-tokenQW3zR8mLx0vT5yB2nH7kJ4sD9fG6aE1u"
# A good one that may see no zone.
CF_BLIND = "cf-blind0PLmOKnIJbUHvYGcTFxRDzESwAQ12345"
ALI_ID, ALI_SECRET = "LTAI5tQr7Wy2Zx9Bv4Nc8Km1", "aLs3cR3tqW8eR5tY2uI9oP4aS7dF1g"
TC_ID = "AKIDp7rZ3mQ9wX2cV5bN8hJ1kL4sD6fG0aTy"
TC_SECRET = "tcSec9Kd3Hf7Jg2Lm5Pq8Rt1Vw4Xz6Yb"
SECRETS = (CF_TOKEN, CF_BLIND, ALI_SECRET, TC_SECRET)
IDS = (ALI_ID, TC_ID)
ACCOUNTS = {"cloudflare": {CF_TOKEN: [ZONE, OTHER_ZONE], CF_BLIND: []},
            "aliyun": {ALI_ID: ALI_SECRET}, "tencent": {TC_ID: TC_SECRET}}
CREDENTIALS = {"cloudflare": f'ApiKey secret="{CF_TOKEN}"',
               "aliyun": f'ApiKey id="{ALI_ID}", secret="{ALI_SECRET}"',
               "tencent": f'ApiKey id="{TC_ID}", secret="{TC_SECRET}"'}
NAMES = tuple(ACCOUNTS)
WRITES = {"cloudflare": ("POST records", "PATCH record"),
          "aliyun": ("AddDomainRecord", "UpdateDomainRecord"),
          "tencent": ("CreateRecord", "ModifyRecord")}
LOOKS = {"cloudflare": "GET records", "aliyun": "DescribeDomainRecords",
         "tencent": "DescribeRecordList"}
DEFAULT_LINE = "默认"
# The fields of a request that is good.
ADDRESS_FIELDS = {"provider": "cloudflare", "zone": ZONE, "record": "home", "type": "A",
                  "value": "192.0.2.77"}
DIRECTORY = os.path.dirname(os.path.abspath(__file__))


class Call:
    """One request a stand-in has seen."""

    def __init__(self, document):
        self.__dict__.update(document)

    def __repr__(self):
        return f"{self.provider} {self.action} -> {self.status} {self.query}{self.body}"


class Upstreams:
    """`upstreams.have("aliyun", "home", "A", "192.0.2.1", TTL=700)`, `upstreams.calls()`."""

    def __init__(self):
        self.lock, self.seen = threading.Lock(), 0
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(DIRECTORY, "standin.py")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.ports = json.loads(self.process.stdout.readline())
        for name in NAMES:
            self.put(name, accounts=ACCOUNTS[name], zones=[ZONE, OTHER_ZONE])

    def stop(self):
        """Ends them; safe to call twice."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def url(self, name):
        """Where a provider is."""
        return f"http://127.0.0.1:{self.ports[name]}" + ("/client/v4" * (name == "cloudflare"))

    def _tell(self, **what):
        with self.lock:
            self.process.stdin.write(json.dumps(what) + "\n")
            self.process.stdin.flush()
            said = self.process.stdout.readline()
        if not said:
            raise RuntimeError("the stand-in is gone")
        return json.loads(said)

    def put(self, name, **what):
        """Sets accounts, zones, records or settings of a provider."""
        self._tell(do="put", provider=name, **what)

    def have(self, name, record, kind, *values, zone=ZONE, **fields):
        """A provider holds these records instead of those it had; gives them as it shows them."""
        self.put(name, records=[form(name, record, kind, value, zone, **fields)
                                for value in values])
        return self.records(name)

    def records(self, name):
        """All records of a provider, as it shows them."""
        return self._tell(do="records", provider=name)

    def values(self, name):
        """The contents of all its records."""
        key = {"cloudflare": "content"}.get(name, "Value")
        return [one[key] for one in self.records(name)]

    def misbehave(self, name, do, action="*", times=0, **more):
        """From now on that provider does this instead of its duty; other faults are gone."""
        self._tell(do="faults", rules=[{"provider": name, "do": do, "action": action,
                                        "times": times} | more])

    def behave(self):
        """No faults any more."""
        self._tell(do="faults", rules=[])

    def calls(self, name=None, since=0):
        """All requests so far."""
        calls = [Call(one) for one in self._tell(do="calls")[since:]]
        return [one for one in calls if name in (None, one.provider)]

    def new_calls(self, name=None):
        """The requests since this was last asked."""
        calls = self.calls()
        since, self.seen = self.seen, len(calls)
        return [one for one in calls[since:] if name in (None, one.provider)]

    def writes(self, name):
        """The requests that make or change a record, of those since this was last asked."""
        return [one for one in self.new_calls(name) if not one.action.startswith(("GET", "Desc"))]

    def open(self):
        """How many connections there are."""
        return self._tell(do="open")

    def check(self):
        """Nothing was sent that a careful client does not send."""
        if self.process.poll() is not None:
            raise Wrong(f"the stand-in has ended with {self.process.returncode}")
        equal("violations", self._tell(do="violations"), [])


def form(name, record, kind, value, zone=ZONE, **fields):
    """A record as that provider shows it."""
    if name == "cloudflare":
        whole = zone if record == "@" else f"{record}.{zone}"
        return {"name": whole, "type": kind, "content": value} | fields
    if name == "aliyun":
        return {"DomainName": zone, "RR": record, "Type": kind, "Value": value} | fields
    return {"Domain": zone, "Name": record, "Type": kind, "Value": value} | fields
