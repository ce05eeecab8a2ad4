"""Scenarios of what the kernel does with addresses: which is published, when, and at what cost."""

import itertools
import os
import shutil
import subprocess
import time

from box import A, B, C, Box
from checks import Skipped, equal, scenario, true

RADVD = """interface peer0 {{
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 60;
  {}
}};
"""
PREFIX = "prefix {}::/64 {{ AdvValidLifetime 600; AdvPreferredLifetime {}; }};"
OLD, NEW = "2001:db8:0:1", "2001:db8:0:2"
NUMBERS = itertools.count()
ADVERTISED_SECONDS = 5
# So many that detection outlives any scenario.
ENDLESS_TRANSMITS = 600
DETECTION_SECONDS = 3


@scenario
def plain():
    """An address is added: asked for once duplicate address detection has ended, not before."""
    with Box() as box:
        box.warned()
        box.add(A, options="")
        box.synced(A, "created")
        kinds = [bool(event.flags & 0x40) for event in box.kernel.events if event.address == A]
        equal("tentative, then not", kinds, [True, False])


@scenario
def nodad():
    """An address that is usable at once: one POST, with the time to live the API chooses."""
    with Box() as box:
        box.warned()
        box.add(A)
        calls = box.synced(A, "created")
        equal("what was created", {key: calls[1].body[key] for key in ("type", "content", "ttl")},
              {"type": "AAAA", "content": A, "ttl": 1})
        box.quiet()


@scenario
def duplicate():
    """An address that the peer has already: never asked for; the next good one is."""
    with Box() as box:
        box.warned()
        box.net.ip(f"addr add {A}/128 dev peer0 nodad", namespace=box.net.peer)
        box.add(A, options="")
        box.net.wait_for("a failed detection",
                         lambda listed: listed[A].get("dadfailed"))
        box.quiet(allowed="^WARNING: ")
        box.add(B)
        box.synced(B, "created")


@scenario
def tentative():
    """The published one goes while the next is tentative: waited for, then one PATCH."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.net.ip(f"addr add {B}/128 dev wan0", f"addr del {A}/128 dev wan0")
        box.synced(B, "updated", body={"content": B})
        equal("warnings", [one for one in box.daemon.said() if "WARNING" in one], [])


@scenario
def tentative_of_a_better_class():
    """At the start a 6to4 address is good and a native one tentative: the native one is taken."""
    with Box(start=False) as box:
        box.add("2002:cb00:7107::1")
        box.add(B, options="")
        box.start()
        box.synced(B, "created", caused=False)


@scenario
def tentative_of_the_same_class():
    """What is as good already is not kept waiting by a tentative one."""
    with Box(start=False) as box:
        box.net.set("ipv6/conf/wan0/dad_transmits", ENDLESS_TRANSMITS)
        box.add(A, options="")
        box.add(B)
        box.start()
        box.synced(B, "created", caused=False)
        true("it was tentative all the time", box.net.listed()[A].get("tentative"))


@scenario
def tentative_for_long():
    """A better address that stays tentative is waited for once, and not for ever."""
    with Box(start=False) as box:
        box.net.set("ipv6/conf/wan0/dad_transmits", ENDLESS_TRANSMITS)
        box.add("2002:cb00:7107::1")
        box.add(B, options="")
        box.start()
        begun = time.time()
        calls = box.synced("2002:cb00:7107::1", "created", caused=False)
        true("it did not wait", calls[0].at - begun > DETECTION_SECONDS - 1, calls[0].at - begun)
        true("it was tentative all the time", box.net.listed()[B].get("tentative"))
        box.remove("2002:cb00:7107::1")
        box.add("2002:cb00:7107::2")
        box.synced("2002:cb00:7107::2", "updated")


@scenario
def tentative_without_a_cable():
    """Where no cable is in, an address stays tentative for ever, and nothing waits for it."""
    with Box(wans=2, start=False) as box:
        box.net.unplug(1)
        box.add("2002:cb00:7107::1")
        box.add(B, device="wan1", options="")
        true("it is not tentative", box.net.listed("wan1")[B].get("tentative"))
        box.start(verbose=True)
        box.daemon.wait_for("^Detected 2002:cb00:7107::1 ")
        looks = [one for one in box.daemon.said() if one.startswith("Usable: ")]
        equal("looks before", len(looks), 1)


@scenario
def temporary():
    """A temporary address is never chosen, not even when it is the only one left."""
    with Box(start=False) as box:
        box.net.set("ipv6/conf/wan0/use_tempaddr", 2)
        # The peer has the stable one, so that the temporary one alone is good.
        box.net.ip("addr add 2001:db8:0:1::1/64 dev peer0 nodad", namespace=box.net.peer)
        box.net.ip("addr add 2001:db8:0:1::1/64 dev wan0 mngtmpaddr")
        box.net.wait_for("a temporary address", lambda listed: any(
            one.get("temporary") and not one.get("tentative") for one in listed.values()))
        box.start()
        box.warned()
        box.net.ip("addr add 2001:db8:0:1::2/64 dev wan0 mngtmpaddr nodad valid_lft 200 "
                   "preferred_lft 100")
        box.synced("2001:db8:0:1::2", "created")


@scenario
def deprecated():
    """The published one turns deprecated, with another there: one PATCH; its removal: nothing."""
    with Box([A, B]) as box:
        box.synced(A, "created", caused=False)
        box.change(A, "preferred_lft 0")
        box.synced(B, "updated", body={"content": B})
        box.remove(A)
        box.quiet()


@scenario
def expiring():
    """A preferred lifetime runs out: the kernel says so, and the other address is published."""
    with Box() as box:
        box.warned()
        box.add(A, options="nodad valid_lft 60 preferred_lft 4")
        box.synced(A, "created")
        box.add(B)
        box.quiet()
        box.synced(B, "updated", seconds=10)


@scenario
def expired():
    """A valid lifetime runs out with no other address there: the record stays."""
    with Box() as box:
        box.warned()
        box.add(A, options="nodad valid_lft 3 preferred_lft 3")
        box.synced(A, "created")
        warning = box.daemon.wait_for("^WARNING: No usable", box.told)
        # It may turn deprecated before it goes: still one warning.
        box.quiet(2.5, allowed="^WARNING: ")
        equal("warnings", box.daemon.lines[1:].count(warning), 1)
        box.holds(A)


@scenario
def gone_and_back():
    """No address is left: one warning, the record stays; the same one again: no request."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.remove(A)
        box.warned()
        box.holds(A)
        box.add(A)
        box.quiet(allowed="^(Detected|Synced) ")
        box.remove(A)
        box.add(B)
        box.synced(B, "updated")


@scenario
def no_flap():
    """Two good addresses come and go in turn: no request while the published one is usable."""
    with Box([A, B]) as box:
        box.synced(A, "created", caused=False)
        for _ in range(2):
            box.remove(B)
            box.quiet()
            box.add(B)
            box.quiet()
        box.remove(A)
        box.synced(B, "updated")
        for _ in range(2):
            # The lower address, which would win if it had come first.
            box.add(A)
            box.quiet()
            box.remove(A)
            box.quiet()


@scenario
def within_the_settle_time():
    """The published one goes and comes back within half a second: no request, not a word."""
    with Box([A, B]) as box:
        box.synced(A, "created", caused=False)
        for _ in range(3):
            box.remove(A)
            time.sleep(0.15)
            box.add(A)
            box.quiet()


@scenario
def unchanged():
    """Events that change nothing of what is published: no request, not a word."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        before = len(box.kernel.events)
        for lifetime in (1000, 2000, 500):
            box.change(A, f"valid_lft 3000 preferred_lft {lifetime}")
        box.net.ip("addr add 192.0.2.1/24 dev wan0", "addr add fe80::1234/64 dev wan0 nodad")
        box.quiet()
        true("too few events", len(box.kernel.events) - before >= 3, box.kernel.events[before:])


@scenario
def link_down_and_up():
    """An interface goes down and up: the address of the other one is published and stays."""
    with Box([A], wans=2) as box:
        box.synced(A, "created", caused=False)
        box.add(B, device="wan1")
        box.quiet()
        box.net.ip("link set wan0 down")
        box.synced(B, "updated")
        box.net.ip("link set wan0 up")
        box.add(A)
        box.quiet(2.5)
        box.net.ip("link set wan0 down")
        box.quiet()


@scenario
def only_link_down():
    """The only interface goes down: a warning, the record stays; up with a new one: a PATCH."""
    with Box([A]) as box:
        box.synced(A, "created", caused=False)
        box.net.ip("link set wan0 down")
        box.warned()
        box.net.ip("link set wan0 up")
        box.add(C)
        box.synced(C, "updated")


class Radvd:
    """Router advertisements from the peer."""

    def __init__(self, box):
        if shutil.which("radvd") is None:
            raise Skipped("radvd is not installed")
        self.box, self.process = box, None
        box.net.set("ipv6/conf/all/forwarding", 1, namespace=box.net.peer)
        box.net.set("ipv6/conf/wan0/accept_ra", 1)

    def advertise(self, **prefixes):
        """From now on these prefixes, each with its preferred lifetime; the old one just ends."""
        self.stop()
        lines = [PREFIX.format(prefix, lifetime) for prefix, lifetime in prefixes["of"].items()]
        path = os.path.join(self.box.net.dir, "radvd.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(RADVD.format("\n  ".join(lines)))
        os.chmod(path, 0o644)
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", self.box.net.peer, "radvd", "-n", "-C", path, "-m", "stderr",
             # Another each time: a part of the one that was killed may still hold the lock on its.
             "-p", os.path.join(self.box.net.dir, f"radvd-{next(NUMBERS)}.pid")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        """Ends it without a word to its hosts; safe to call twice."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def address(self, prefix):
        """The address that the machine has made of that prefix."""
        listed = self.box.net.wait_for(f"an address below {prefix}", lambda listed: any(
            one.startswith(prefix) and not found.get("tentative")
            for one, found in listed.items()))
        return next(one for one in listed if one.startswith(prefix))


@scenario
def renumbering():
    """Router advertisements move the machine to another prefix: exactly one write."""
    with Box() as box:
        router = Radvd(box)
        box.warned()
        try:
            router.advertise(of={OLD: 300})
            box.synced(router.address(OLD), "created")
            router.advertise(of={OLD: 0, NEW: 300})
            box.synced(router.address(NEW), "updated")
            box.quiet(ADVERTISED_SECONDS)
        finally:
            router.stop()


@scenario
def repeated_advertisements():
    """Each advertisement repeats the address: the daemon wakes, asks nothing and says nothing."""
    with Box() as box:
        router = Radvd(box)
        box.warned()
        try:
            router.advertise(of={OLD: 300})
            address = router.address(OLD)
            box.synced(address, "created")
            wakes, before = box.daemon.wake_ups(), len(box.kernel.events)
            box.quiet(2 * ADVERTISED_SECONDS)
            events = [one for one in box.kernel.events[before:] if one.address == address]
            true("the kernel does not repeat it", len(events) >= 2, box.kernel.events[before:])
            wakes = box.daemon.wake_ups() - wakes
            true("it did not wake", wakes >= len(events), wakes)
            return f"{len(events)} events, {wakes} waits"
        finally:
            router.stop()
