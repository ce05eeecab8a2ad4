"""Scenarios of sets of several values, asked of the upstream helper itself: nothing else offers
them yet."""

import http.client
import json
import os
import socket
import subprocess
import sys

from checks import equal, scenario, true
from helper import NAME, ZONE, ask, job_line
from upstreams import ALI_ID, ALI_SECRET, TC_ID, TC_SECRET, Upstreams

SIGNED = {"aliyun": (ALI_ID, ALI_SECRET), "tencent": (TC_ID, TC_SECRET)}
REMOVAL = {"aliyun": "DeleteDomainRecord", "tencent": "DeleteRecord"}
ADDITION = {"aliyun": "AddDomainRecord", "tencent": "CreateRecord"}
# What an owner may have set by hand.
OWN = {"aliyun": {"Line": "telecom", "Remark": "by hand", "TTL": 900},
       "tencent": {"Line": "电信", "Remark": "by hand", "TTL": 900, "Weight": 7,
                   "Status": "DISABLE"}}
KEPT = {"aliyun": ("Line", "Remark", "TTL"),
        "tencent": ("Line", "Remark", "TTL", "Weight", "Status")}
TOKEN = "TokenOfHetzner0123456789abcdefghijABCDEFGHIJ"
HETZNER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../hetzner-dyndns/hetzner.py")


def address(last):
    """An address by its end."""
    return f"192.0.2.{last}"


class World:
    """The stand-ins, and jobs for the provider that is played."""

    def __init__(self, name):
        self.name, self.upstreams = name, Upstreams()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.upstreams.check()
        finally:
            self.upstreams.stop()

    def have(self, *lasts, **fields):
        """The provider has these addresses at the name."""
        self.upstreams.have(self.name, NAME, "A", *map(address, lasts), **fields)

    def want(self, *lasts, owned=None, **how):
        """A job for these addresses; gives its answer."""
        owned = None if owned is None else [address(last) for last in owned]
        line = job_line(self.name, self.upstreams.url(self.name), SIGNED[self.name],
                        [address(last) for last in lasts], owned=owned, **how)
        return ask(line)

    def lasts(self):
        """The addresses that the provider has."""
        return sorted(int(one.split(".")[-1]) for one in self.upstreams.values(self.name))

    def done(self, steps, *lasts):
        """The job was done so, and these addresses are there now."""
        def check(answer):
            equal("outcome", (answer.outcome, answer.error), ("done", None))
            equal("steps", answer.steps, steps.split())
            equal("records", self.lasts(), sorted(lasts))
        return check


@scenario
def sets_grow_and_shrink():
    """Values are added, changed and removed; the same again writes nothing."""
    for name in SIGNED:
        with World(name) as world:
            world.done("+1 +2", 1, 2)(world.want(1, 2))
            world.done("=1 =2 +3", 1, 2, 3)(world.want(1, 2, 3))
            world.done("=1 =3 2>4", 1, 3, 4)(world.want(1, 3, 4))
            world.done("=1 -3 -4", 1)(world.want(1))
            world.upstreams.new_calls()
            world.done("=1", 1)(world.want(1))
            equal("writes", world.upstreams.writes(name), [])
            world.done("-1")(world.want())


@scenario
def sets_with_foreign_values():
    """Foreign values stay, whatever comes and goes beside them; a mirror removes them."""
    for name in SIGNED:
        with World(name) as world:
            world.have(8, 9)
            world.done("+1 +2", 1, 2, 8, 9)(world.want(1, 2, owned=[]))
            world.done("=1 2>3", 1, 3, 8, 9)(world.want(1, 3, owned=[1, 2]))
            world.done("=1 -3", 1, 8, 9)(world.want(1, owned=[1, 3]))
            world.done("-1", 8, 9)(world.want(owned=[1]))
            world.done("8>1 -9", 1)(world.want(1))


@scenario
def sets_keep_what_owners_have_set():
    """Line, weight, status, comment and ttl stay; what is new goes to the line of the others."""
    for name, own in OWN.items():
        with World(name) as world:
            world.have(1, 2, **own)
            world.done("=1 2>3 +4", 1, 3, 4)(world.want(1, 3, 4, owned=[1, 2]))
            for one in world.upstreams.records(name):
                equal("line", one["Line"], own["Line"])
                if one["Value"] != address(4):
                    equal("kept", {key: one[key] for key in KEPT[name]}, own)


@scenario
def sets_on_several_lines():
    """Several lines, none of them the default: which is meant is for their owner to say."""
    lines = {"aliyun": ("telecom", "unicom"), "tencent": ("电信", "境外")}
    for name, (one, other) in lines.items():
        with World(name) as world:
            key = "Domain" if name == "tencent" else "DomainName"
            label = "Name" if name == "tencent" else "RR"
            world.upstreams.put(name, records=[
                {key: ZONE, label: NAME, "Type": "A", "Value": address(last), "Line": line}
                for last, line in ((1, one), (2, other))])
            answer = world.want(1, 3)
            equal("outcome", (answer.outcome, sorted(answer.lines)),
                  ("several", sorted((one, other))))
            equal("records", world.lasts(), [1, 2])


@scenario
def sets_half_done():
    """A failure in the middle leaves what is done and tells it; the next job goes on from there."""
    for name in SIGNED:
        with World(name) as world:
            world.have(7, 8)
            world.upstreams.misbehave(name, "html", action=ADDITION[name], status=502)
            answer = world.want(1, 2, 3, owned=[7])
            equal("outcome", (answer.outcome, answer.steps), ("failed writing", ["7>1"]))
            equal("records", world.lasts(), [1, 8])
            world.upstreams.behave()
            world.done("=1 +2 +3", 1, 2, 3, 8)(world.want(1, 2, 3, owned=[1, 7]))
            # Whether an addition without an answer was made is for the next look to find.
            world.upstreams.misbehave(name, "applied-close", action=ADDITION[name], times=1)
            answer = world.want(1, 2, 3, 4, 5, owned=[1, 2, 3])
            equal("outcome", (answer.outcome, answer.steps), ("failed writing", ["=1", "=2", "=3"]))
            world.done("=1 =2 =3 =4 +5", 1, 2, 3, 4, 5, 8)(
                world.want(1, 2, 3, 4, 5, owned=[1, 2, 3]))
            world.upstreams.misbehave(name, "html", action=REMOVAL[name], times=1, status=502)
            answer = world.want(1, owned=[2, 3, 4, 5])
            equal("outcome", (answer.outcome, answer.steps), ("failed writing", ["=1"]))
            world.done("=1 -2 -3 -4 -5", 1, 8)(world.want(1, owned=[2, 3, 4, 5]))


class Rrsets:
    """Hetzner's stand-in on a port of its own."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-B", HETZNER, "127.0.0.1", str(self.port), TOKEN],
            stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                equal("violations", self.tell("violations"), [])
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def tell(self, name, document=None):
        """Has it do something; gives what it answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", f"/_{name}", json.dumps(document))
        return json.loads(connection.getresponse().read())

    def have(self, *records, ttl=None):
        """The zone has this set only."""
        held = {f"{NAME}/A": {"values": list(records), "ttl": ttl}} if records else {}
        self.tell("zones", {ZONE: held})

    def records(self):
        """{end of the address: comment} of the set; none where there is no set."""
        found = self.tell("rrsets").get(f"{ZONE}/{NAME}/A")
        if found is None:
            return None
        return {int(one["value"].split(".")[-1]): one["comment"] for one in found["records"]}

    def want(self, *lasts, owned=None, **how):
        """A job for these addresses; gives its answer."""
        owned = None if owned is None else [address(last) for last in owned]
        return ask(job_line("hetzner", f"http://127.0.0.1:{self.port}/v1", ("", TOKEN),
                            [address(last) for last in lasts], owned=owned, **how))

    def check(self, answer, steps, records):
        """The job was done so, and this is there now."""
        equal("outcome", (answer.outcome, answer.error), ("done", None))
        equal("steps", sorted(answer.steps), sorted(steps.split()))
        equal("records", self.records(), records)


@scenario
def rrsets_are_written_whole():
    """One write for any change, values that stay are repeated with their comments."""
    with Rrsets() as world:
        world.have()
        world.check(world.want(1, 2, ttl="300"), "+1 +2", {1: "", 2: ""})
        commented = ({"value": address(last), "comment": f"c{last}"} for last in (1, 2, 9))
        world.have(*commented, ttl=300)
        world.check(world.want(1, 3, owned=[2], ttl="300"), "=1 2>3",
                    {1: "c1", 3: "c2", 9: "c9"})
        world.check(world.want(1, 3, 4, owned=[], ttl="300"), "=1 =3 +4",
                    {1: "c1", 3: "c2", 4: "", 9: "c9"})
        world.check(world.want(1, owned=[3, 4], ttl="300"), "=1 -3 -4", {1: "c1", 9: "c9"})
        # Of other ttls only that of what is written.
        world.check(world.want(1, owned=[], ttl="600"), "=1", {1: "c1", 9: "c9"})
        world.check(world.want(owned=[1]), "-1", {9: "c9"})
        world.check(world.want(5), "9>5", {5: "c9"})
        world.check(world.want(), "-5", None)
        world.check(world.want(owned=[5]), "", None)
        writes = [one for one in world.tell("calls") if one["method"] != "GET"]
        methods = [one["method"] for one in writes]
        equal("methods", methods, ["POST"] * 6 + ["DELETE"])


@scenario
def rrsets_that_fail():
    """A set that is refused is left as it is, with nothing said to be done."""
    with Rrsets() as world:
        world.tell("zones", {ZONE: {f"{NAME}/A": {"values": [address(1), address(9)],
                                                  "protected": True}}})
        answer = world.want(1, 2, owned=[])
        equal("outcome", (answer.outcome, answer.steps), ("failed writing", []))
        true("error", "protected" in answer.error, answer.error)
        equal("records", world.records(), {1: "", 9: ""})
        answer = world.want()
        equal("outcome", (answer.outcome, answer.steps), ("failed writing", []))
        equal("records", world.records(), {1: "", 9: ""})
