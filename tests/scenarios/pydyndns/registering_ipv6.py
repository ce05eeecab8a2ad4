"""Scenarios of the machine's own IPv6 addresses: kinds, states, lifetimes, advertised prefixes."""

import os
import shutil

from checks import Skipped, scenario, true
from machine import Site
from netns import command

STEADY = "addr add 2001:db8::1/64 dev wan0 nodad"
KEPT = ["2001:db8::1"]
UNDECIDED = "2001:db8:0:2::1 of wan0"
# `dad_transmits` so high that detection outlives any scenario.
DAD_TRANSMITS = 600
RADVD = """
interface peer0 {
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 0;
  %s
};
"""
PREFIX = "prefix 2001:db8:%s::/64 { AdvPreferredLifetime %d; AdvValidLifetime 600; };"


def has(address, *flags):
    """A condition: the address is there with these flags."""
    return lambda listed: address in listed and all(flag in listed[address] for flag in flags)


@scenario
def registers_teredo_if_asked():
    """2001::/32 counts only where the configuration says so; 2001:1::/32 always."""
    with Site() as site:
        site.ip("addr add 2001:0:1:2::3/64 dev wan0 nodad")
        site.refuses(says="No usable address on ")
        site.ip("addr add 2001:1::1/64 dev wan0 nodad")
        site.registers(v6=["2001:1::1"])
        site.registers(v6=["2001:0:1:2::3", "2001:1::1"], ipv6={"enable": True, "teredo": True})


@scenario
def registers_without_mapped():
    """An IPv4-mapped address does not count."""
    with Site() as site:
        if not site.takes("addr add ::ffff:192.0.2.5/128 dev wan0 nodad"):
            raise Skipped("this kernel takes no mapped address")
        site.refuses(says="No usable address on ")
        site.ip(STEADY)
        site.registers(v6=KEPT)


@scenario
def registers_without_temporary():
    """Of a stable address and the temporary one made from it (RFC 8981) only the stable counts."""
    with Site() as site:
        site.set("ipv6/conf/wan0/use_tempaddr", 2)
        site.ip("addr add 2001:db8:0:2::20/64 dev wan0 mngtmpaddr nodad")
        listed = site.wait_for("a temporary address past its detection", lambda listed: any(
            one.get("temporary") and not one.get("tentative") for one in listed.values()))
        true("the stable one is there", "2001:db8:0:2::20" in listed, listed)
        site.registers(v6=["2001:db8:0:2::20"])


@scenario
def registers_without_deprecated():
    """An address with preferred lifetime 0 does not count, and does again when it is renewed."""
    with Site() as site:
        site.ip("addr add 2001:db8:0:2::1/64 dev wan0 nodad preferred_lft 0 valid_lft 600")
        site.refuses(says="No usable address on ")
        site.ip(STEADY)
        site.registers(v6=KEPT)
        site.ip("addr change 2001:db8:0:2::1/64 dev wan0 nodad preferred_lft 600 valid_lft 600")
        site.registers(v6=["2001:db8::1", "2001:db8:0:2::1"])


@scenario
def registers_until_preference_runs_out():
    """An address is taken out once its preferred lifetime has run out by itself."""
    with Site() as site:
        site.ip(STEADY, "addr add 2001:db8:0:2::1/64 dev wan0 nodad preferred_lft 5 valid_lft 600")
        site.registers(v6=["2001:db8::1", "2001:db8:0:2::1"])
        site.wait_for("the end of the preference", has("2001:db8:0:2::1", "deprecated"))
        site.registers(v6=KEPT)


@scenario
def registers_when_detection_ends():
    """A tentative address is waited for until duplicate address detection is through."""
    with Site() as site:
        site.ip(STEADY, "addr add 2001:db8:0:2::1/64 dev wan0")
        site.registers(v6=["2001:db8::1", "2001:db8:0:2::1"])


@scenario
def registers_beside_a_detection_that_lasts():
    """One that stays tentative is not registered, and no AAAA record is removed meanwhile."""
    both = ["2001:db8::1", "2001:db8:0:2::1"]
    with Site() as site:
        site.ip(STEADY, "addr add 2001:db8:0:2::1/64 dev wan0 nodad")
        site.registers(v6=both)
        site.set("ipv6/conf/wan0/dad_transmits", DAD_TRANSMITS)
        site.ip("addr del 2001:db8:0:2::1/64 dev wan0", "addr add 2001:db8:0:2::1/64 dev wan0")
        # The cache says that all others stand, so there is nothing to send.
        site.elides(addresses=KEPT)
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers(v4=["192.0.2.1"], v6=KEPT, undecided=UNDECIDED)
        site.expect_cache({"ipv4": ["192.0.2.1"], "ipv6": both})
        # Where no cache says what stands, it is sent each time.
        for _ in range(2):
            site.registers("-f", v4=["192.0.2.1"], v6=KEPT, undecided=UNDECIDED)
            true("a cache that says too much", site.cache_state() is None)
        # What is not asked for is not waited for.
        off = {"enable": False, "teredo": False}
        site.registers(v4=["192.0.2.1"], ipv6=off)
        true("it was tentative all the time", has("2001:db8:0:2::1", "tentative")(site.listed()))
        site.ip("addr del 192.0.2.1/24 dev wan0", "addr del 2001:db8::1/64 dev wan0")
        site.refuses(says="No usable address on ")


@scenario
def registers_without_optimistic():
    """An optimistic address (RFC 4429) is tentative as well: it may yet have to go."""
    with Site() as site:
        if "optimistic_dad" not in os.listdir("/proc/sys/net/ipv6/conf/lo"):
            raise Skipped("this kernel has no optimistic detection")
        for key, value in (("dad_transmits", DAD_TRANSMITS), ("optimistic_dad", 1)):
            site.set(f"ipv6/conf/wan0/{key}", value)
        site.ip(STEADY, "addr add 2001:db8:0:2::1/64 dev wan0 optimistic")
        site.registers(v6=KEPT, undecided=UNDECIDED)
        true("it was optimistic all the time", has("2001:db8:0:2::1", "optimistic")(site.listed()))


@scenario
def registers_without_duplicate():
    """An address that somebody else holds stays listed, and does not count."""
    with Site() as site:
        command("ip", "-n", site.peer, "addr", "add", "2001:db8:0:2::1/64", "dev", "peer0", "nodad")
        site.ip(STEADY, "addr add 2001:db8:0:2::1/64 dev wan0")
        site.wait_for("the duplicate", has("2001:db8:0:2::1", "dadfailed"))
        site.registers(v6=KEPT)


@scenario
def registers_where_ipv6_is_off():
    """Where the kernel's IPv6 is switched off, the IPv4 addresses are registered all the same."""
    with Site() as site:
        site.set("ipv6/conf/all/disable_ipv6", 1)
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers(v4=["192.0.2.1"])
        site.refuses(says="No usable address on ", ipv4=False)


@scenario
def registers_what_is_advertised():
    """Router advertisements: the address of the prefix, and after renumbering the new one alone."""
    if shutil.which("radvd") is None:
        raise Skipped("radvd is not installed")
    with Site() as site:
        # The kind of address most systems make today: its flag must not be taken for another.
        site.ip("link set wan0 addrgenmode random")
        site.set("ipv6/conf/all/forwarding", 1, site.peer)
        config = os.path.join(site.dir, "radvd.conf")

        def advertise(*prefixes):
            with open(config, "w", encoding="ascii") as file:
                file.write(RADVD % "".join(PREFIX % one for one in prefixes))

        def settled(prefix):
            listed = site.wait_for(f"an address in {prefix}", lambda listed: any(
                one.startswith(prefix) and "tentative" not in listed[one] for one in listed))
            return [one for one in listed if one.startswith(prefix)]

        advertise(("a", 300))
        os.chmod(config, 0o644)
        radvd = site.start(site.peer, "radvd", "radvd", "-n", "-C", config, "-m", "stderr",
                           "-p", os.path.join(site.dir, "radvd.pid"))
        site.registers(v6=settled("2001:db8:a:"))
        advertise(("a", 0), ("b", 300))
        radvd.send_signal(1)
        new = settled("2001:db8:b:")
        site.wait_for("the old one deprecated", lambda listed: any(
            one.startswith("2001:db8:a:") and listed[one].get("deprecated") for one in listed))
        site.registers(v6=new)
