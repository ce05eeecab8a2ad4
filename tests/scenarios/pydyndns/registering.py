"""Scenarios of the machine's own addresses: which interfaces count, IPv4, order, cache."""

from checks import Skipped, equal, scenario, true
from machine import NAME, Site, ordered

# So many that no single netlink message of 32 KiB holds one family's.
MANY = 450
NO_ADDRESS = "No usable address on "


@scenario
def registers_both_families():
    """An IPv4 and an IPv6 address are registered, the IPv4 address first, and remembered."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 2001:db8:0:1::1/64 dev wan0 nodad")
        site.registers(v4=["192.0.2.1"], v6=["2001:db8:0:1::1"])


@scenario
def registers_over_udp():
    """--transport udp sends the same message in a datagram."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers("--transport", "udp", v4=["192.0.2.1"], via="udp")


@scenario
def registers_beside_other_records():
    """preserve_other_records deletes only addresses, and only where no CNAME is in the way."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers(v4=["192.0.2.1"], preserve_other_records=True)


@scenario
def registers_one_family():
    """A family that is not enabled is neither sent nor remembered."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 2001:db8::1/64 dev wan0 nodad")
        site.registers(v4=["192.0.2.1"], ipv6={"enable": False, "teredo": False})
        site.registers(v6=["2001:db8::1"], ipv4=False)


@scenario
def registers_once():
    """Unchanged addresses: the server is not asked at all; a forced run sends them again."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 2001:db8::1/64 dev wan0 nodad")
        both = {"v4": ["192.0.2.1"], "v6": ["2001:db8::1"]}
        site.registers(**both)
        site.elides(addresses=["192.0.2.1", "2001:db8::1"])
        site.registers("-f", **both)
        site.elides("wan0", addresses=["192.0.2.1", "2001:db8::1"])


@scenario
def registers_without_cache():
    """Without a cache every run sends."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0")
        for _ in range(2):
            run = site.run(cache=False)
            equal("exit and updates", (run.exit, len(run.received)), (0, 1))
        true("a cache was made", site.cache_state() is None)


@scenario
def registers_a_change():
    """An address that changes between two runs is sent, and so is one that merely goes."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 2001:db8::1/64 dev wan0 nodad")
        site.registers(v4=["192.0.2.1"], v6=["2001:db8::1"])
        site.ip("addr del 192.0.2.1/24 dev wan0", "addr add 192.0.2.2/24 dev wan0")
        site.registers(v4=["192.0.2.2"], v6=["2001:db8::1"])
        site.ip("addr del 2001:db8::1/64 dev wan0")
        site.registers(v4=["192.0.2.2"])


@scenario
def registers_several_per_interface():
    """Several addresses go out in the order of their values, whatever order they came in."""
    with Site() as site:
        v4 = ["192.0.2.10", "192.0.2.9", "10.0.0.1"]
        v6 = ["2001:db8:0:2::1", "2001:db8:0:1::a", "2001:db8:0:1::9", "2001:db8:0:1:1:1:1:1"]
        site.ip(*(f"addr add {one}/24 dev wan0" for one in v4),
                *(f"addr add {one}/64 dev wan0 nodad" for one in v6))
        site.registers(v4=ordered(v4), v6=ordered(v6))
        # The kernel lists them in another order now.
        site.ip("addr del 192.0.2.10/24 dev wan0", "addr add 192.0.2.9/24 dev wan0",
                "addr add 192.0.2.10/24 dev wan0")
        site.elides(addresses=ordered(v4) + ordered(v6))


@scenario
def registers_the_interfaces_named():
    """All interfaces, or those named, in any order and however often."""
    with Site(wans=3) as site:
        site.ip(*(f"addr add 192.0.2.{number}/24 dev wan{number}" for number in range(3)))
        site.registers(v4=["192.0.2.0", "192.0.2.1", "192.0.2.2"])
        site.registers("wan1", v4=["192.0.2.1"])
        site.registers("wan2", "wan0", v4=["192.0.2.0", "192.0.2.2"])
        site.elides("wan0", "wan2", "wan0", addresses=["192.0.2.0", "192.0.2.2"])


@scenario
def registers_nothing_for_unknown_interfaces():
    """Interfaces that are not there: the first is named in an error."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers(v4=["192.0.2.1"])
        site.ip("addr del 192.0.2.1/24 dev wan0", "addr add 192.0.2.2/24 dev wan0")
        for name in ("wan9", "wan", "wan00", "WAN0"):
            site.refuses(name, "wan8", says=f"{name}: no such interface.")


@scenario
def registers_beside_interfaces_without_an_address():
    """One that is not there or has no usable address is a warning where another has one."""
    with Site(wans=2) as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 169.254.7.7/16 dev wan1")
        others = "the addresses of the others are registered."
        site.registers("wan9", "wan0", "wan1", v4=["192.0.2.1"], warns=[
            f"wan9: no such interface; {others}", f"wan1: no usable address; {others}"])
        site.ip("addr del 192.0.2.1/24 dev wan0")
        site.refuses("wan9", "wan0", says=NO_ADDRESS)


@scenario
def registers_without_shared_addresses():
    """100.64/10 (RFC 6598) does not count; what lies beside it does."""
    with Site() as site:
        site.ip("addr add 100.64.0.0/32 dev wan0", "addr add 100.127.255.255/32 dev wan0")
        site.refuses(says=NO_ADDRESS)
        site.ip("addr add 100.63.255.255/32 dev wan0", "addr add 100.128.0.0/32 dev wan0")
        site.registers(v4=["100.63.255.255", "100.128.0.0"])


@scenario
def registers_nothing_of_an_interface_that_is_down():
    """An interface that is down keeps its IPv4 address, which does not count."""
    with Site(wans=2) as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 198.51.100.1/24 dev wan1",
                "link set wan0 down")
        site.registers(v4=["198.51.100.1"])
        site.refuses("wan0", says=NO_ADDRESS)
        site.ip("link set wan0 up")
        site.registers(v4=["192.0.2.1", "198.51.100.1"])


@scenario
def registers_without_loopback():
    """127/8 and ::1 do not count wherever they are; another address on lo does."""
    with Site() as site:
        site.ip("addr add 127.1.2.3/8 dev wan0")
        site.refuses(says=NO_ADDRESS)
        site.refuses("lo", says=NO_ADDRESS)
        site.ip("addr add 192.0.2.1/32 dev lo", "addr add 2001:db8::1/128 dev lo nodad")
        site.registers(v4=["192.0.2.1"], v6=["2001:db8::1"])


@scenario
def registers_without_link_local():
    """169.254/16 and fe80::/10 do not count; what lies beside them does."""
    with Site() as site:
        site.ip("addr add 169.254.0.1/32 dev wan0", "addr add 169.254.255.254/32 dev wan0",
                "addr add fe80::5/64 dev wan0 nodad", "addr add febf::5/64 dev wan0 nodad")
        site.refuses(says=NO_ADDRESS)
        site.ip("addr add 169.253.255.255/32 dev wan0", "addr add 169.255.0.0/32 dev wan0")
        site.registers(v4=["169.253.255.255", "169.255.0.0"])


@scenario
def registers_without_this_network():
    """0/8 does not count; 1/8 does."""
    with Site() as site:
        if not site.takes("addr add 0.1.2.3/8 dev wan0"):
            raise Skipped("this kernel takes no address in 0/8")
        site.refuses(says=NO_ADDRESS)
        site.ip("addr add 1.0.0.0/32 dev wan0")
        site.registers(v4=["1.0.0.0"])


@scenario
def registers_private_addresses():
    """A tool for the LAN: private, benchmarking, documentation and ULA all count."""
    with Site() as site:
        v4 = ["10.1.2.3", "172.16.0.1", "192.168.8.2", "198.18.0.1", "203.0.113.1"]
        v6 = ["fd12:3456:789a::1", "fc00::1", "2001:db8::1", "2606:4700::1111"]
        site.ip(*(f"addr add {one}/32 dev wan0" for one in v4),
                *(f"addr add {one}/64 dev wan0 nodad" for one in v6))
        site.registers(v4=ordered(v4), v6=ordered(v6))


@scenario
def registers_its_own_end():
    """On a point-to-point line the address is ours, not the peer's."""
    with Site() as site:
        site.ip("addr add 192.0.2.1 peer 198.51.100.1/32 dev wan0",
                "addr add 2001:db8::1 peer 2001:db8::2/128 dev wan0 nodad")
        site.registers(v4=["192.0.2.1"], v6=["2001:db8::1"])


@scenario
def registers_secondary_and_labels():
    """A second address of a subnet, and one with a label, belong to their interface."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 192.0.2.2/24 dev wan0",
                "addr add 192.0.2.3/24 dev wan0 label wan0:1")
        site.registers("wan0", v4=["192.0.2.1", "192.0.2.2", "192.0.2.3"])


@scenario
def registers_nothing_for_a_label():
    """A label is no interface, though the kernel takes it for one: it is refused like any other."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0", "addr add 192.0.2.2/24 dev wan0 label wan0:1")
        site.refuses("wan0:1", says="wan0:1: no such interface.")


@scenario
def registers_many():
    """More addresses than one message of the kernel holds: all of them, over TCP in any case."""
    with Site() as site:
        v4 = [f"10.{number // 200}.{number % 200}.1" for number in range(MANY)]
        v6 = [f"2001:db8::{number + 1:x}" for number in range(MANY)]
        site.ip(*(f"addr add {one}/32 dev wan0" for one in v4),
                *(f"addr add {one}/128 dev wan0 nodad" for one in v6))
        site.registers(v4=ordered(v4), v6=ordered(v6))
        site.elides(addresses=ordered(v4) + ordered(v6))
        site.registers("-f", "--transport", "udp", v4=ordered(v4), v6=ordered(v6))


@scenario
def registers_an_address_once():
    """The same address on two interfaces is one record."""
    with Site(wans=2) as site:
        for wan in ("wan0", "wan1"):
            site.ip(f"addr add 192.0.2.1/32 dev {wan}", f"addr add 2001:db8::1/128 dev {wan} nodad")
        site.registers(v4=["192.0.2.1"], v6=["2001:db8::1"])


@scenario
def registers_never_nothing():
    """No usable address: exit 1, no packet at all, and what is registered stays as it is."""
    with Site() as site:
        site.refuses(says=NO_ADDRESS)
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers(v4=["192.0.2.1"])
        site.ip("addr del 192.0.2.1/24 dev wan0", "addr add 169.254.1.1/16 dev wan0")
        site.refuses(says=NO_ADDRESS)
        site.refuses("wan0", says=NO_ADDRESS)
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.refuses(says=NO_ADDRESS, ipv4=False)
        site.elides(addresses=["192.0.2.1"])


@scenario
def registers_nothing_in_another_zone():
    """A zone that does not cover the name: exit 2, and neither server nor cache is touched."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0")
        site.registers(v4=["192.0.2.1"])
        site.ip("addr add 192.0.2.2/24 dev wan0")
        for zone in ("example.net", "a.host.example.com", "ample.com", "*.example.com"):
            site.refuses("--zone", zone, says=f"--zone {zone} does not hold {NAME}", status=2)


@scenario
def registers_with_any_damage_to_the_cache():
    """A cache that is no JSON, of another shape or for another name is like none."""
    with Site() as site:
        site.ip("addr add 192.0.2.1/24 dev wan0")
        good = f'{{"hostname": "{NAME}.", "addresses": {{"ipv4": ["192.0.2.1"], "ipv6": []}}}}'
        damaged = [good[:-1], good.replace("host.", "other."), "", "[]", '{"hostname": 1}',
                   good.replace('"192.0.2.1"', "1"), good.replace(', "ipv6": []', ""),
                   good.replace("192.0.2.1", "192.0.2.1, 192.0.2.2"), good + "}"]
        for text in damaged:
            with open(site.cache, "w", encoding="utf-8") as file:
                file.write(text)
            site.registers(v4=["192.0.2.1"])
        # As the original may have left it: other spaces, another order of keys.
        with open(site.cache, "w", encoding="utf-8") as file:
            file.write('{ "addresses": {"ipv6": [],"ipv4": ["192.0.2.1"]},\n'
                       f' "hostname":"{NAME}."}}\n')
        site.elides(addresses=["192.0.2.1"])
