"""Scenarios of choice: which of the machine's addresses may be published, and which one is."""

from box import A, B, Box
from checks import Skipped, equal, scenario
from netns import CannotBuild

ULA = "fd12:3456:789a::1"
TEREDO, SIX_TO_FOUR = "2001:0:5ef5:79fd::1", "2002:cb00:7107::1"


def chosen(address, wans=1, setup=(), **settings):
    """With these addresses at the start, this one is published."""
    with Box(wans=wans, start=False) as box:
        box.net.ip(*setup)
        box.start(**settings)
        box.synced(address, "created", caused=False)
        box.quiet()


def none_chosen(setup=(), wans=1, **settings):
    """With these addresses at the start, none is published, and nothing is asked."""
    with Box(wans=wans, start=False) as box:
        if setup:
            box.net.ip(*setup)
        box.start(**settings)
        box.warned()
        box.holds()


@scenario
def longest_lifetime():
    """Of several, the one with the longest preferred lifetime, though higher in all else."""
    chosen(B, wans=2, setup=[f"addr add {A}/128 dev wan0 nodad preferred_lft 1000 valid_lft 9000",
                             f"addr add {B}/128 dev wan1 nodad preferred_lft 2000 valid_lft 3000"])


@scenario
def default_route_first():
    """The interface of the default route goes before one whose address is good for ever."""
    chosen(B, wans=2, setup=[f"addr add {A}/128 dev wan0 nodad",
                             f"addr add {B}/128 dev wan1 nodad valid_lft 900 preferred_lft 600",
                             "route add ::/0 dev wan1 metric 512",
                             "route add ::/0 dev wan0 metric 1024"])


@scenario
def default_route_from_a_prefix():
    """Default routes from one prefix, as OpenWrt has them, count as well."""
    setup = [f"addr add {A}/128 dev wan0 nodad",
             f"addr add {B}/128 dev wan1 nodad valid_lft 900 preferred_lft 600"]
    route = "route add ::/0 from 2001:db8::/56 dev wan1 metric 512"
    with Box(wans=2, start=False) as box:
        box.net.ip(*setup)
        try:
            box.net.ip(route)
        except CannotBuild as error:
            raise Skipped("this kernel has no such routes") from error
        box.start()
        box.synced(B, "created", caused=False)


@scenario
def default_route_that_is_down():
    """A default route that leads nowhere, as no cable is in, is none."""
    with Box(wans=2, start=False) as box:
        box.net.ip(f"addr add {A}/128 dev wan1 nodad", f"addr add {B}/128 dev wan0 nodad",
                   "route add ::/0 dev wan1 metric 512", "route add ::/0 dev wan0 metric 1024")
        box.net.unplug(1)
        box.start()
        box.synced(B, "created", caused=False)


@scenario
def named_before_default_route():
    """Where interfaces are named, their order counts, and no default route."""
    chosen(B, wans=2, interface=["wan1", "wan0"],
           setup=[f"addr add {A}/128 dev wan0 nodad", f"addr add {B}/128 dev wan1 nodad",
                  "route add ::/0 dev wan0"])


@scenario
def native_before_tunnels():
    """A native address goes before 6to4, that before Teredo, and that before a local one."""
    with Box(start=False) as box:
        box.add(ULA)
        box.start(allow_ula=True)
        box.synced(ULA, "created", caused=False)
        for better in (TEREDO, SIX_TO_FOUR, B):
            # What is published is still there, and good for ever.
            box.add(better, options="nodad valid_lft 900 preferred_lft 600")
            box.synced(better, "updated")
        box.remove(B)
        box.synced(SIX_TO_FOUR, "updated")


@scenario
def withdrawn_prefix():
    """An address below a prefix that is withdrawn gives way, whatever its own lifetime."""
    old, made, new = "2001:db8:0:1::1", "2001:db8:0:1::a", "2001:db8:0:2::1"
    with Box(start=False) as box:
        box.add(old, options="nodad valid_lft 9000 preferred_lft 9000")
        box.add(f"{made}/64", options="nodad valid_lft 900 preferred_lft 600")
        box.start()
        box.synced(old, "created", caused=False)
        box.add(f"{new}/64", options="nodad valid_lft 300 preferred_lft 200")
        box.quiet()
        box.change(f"{made}/64", "valid_lft 900 preferred_lft 0")
        box.synced(new, "updated")


@scenario
def lowest_address():
    """Equal lifetimes: the lowest address, as a number and not as text."""
    chosen("2001:db8::9", setup=["addr add 2001:db8::10/128 dev wan0 nodad",
                                 "addr add 2001:db8::9/128 dev wan0 nodad",
                                 "addr add 2001:db8::a/128 dev wan0 nodad"])


@scenario
def any_interface():
    """Without the setting, an address of any interface is published."""
    chosen(A, wans=2, setup=[f"addr add {A}/128 dev wan1 nodad"])


@scenario
def one_interface():
    """`interface` restricts to that one: what the other has or gets is no reason for anything."""
    with Box(wans=2, start=False) as box:
        box.add(A, device="wan1")
        box.start(interface="wan0")
        box.warned()
        box.add("2001:db8::1", device="wan1")
        box.quiet()
        box.add(B)
        box.synced(B, "created")
        box.remove(A, device="wan1")
        box.quiet()


@scenario
def list_of_interfaces():
    """`interface` as a list: those and no others, and the published one may move between them."""
    with Box(wans=3, start=False) as box:
        box.add(A, device="wan0")
        box.add(B, device="wan2")
        box.start(interface=["wan1", "wan2"])
        box.synced(B, "created", caused=False)
        box.add("2001:db8::c", device="wan1")
        box.quiet()
        box.remove(B, device="wan2")
        box.synced("2001:db8::c", "updated")


@scenario
def interface_that_comes_later():
    """An interface that is named but not there yet: named, waited for, followed when it comes."""
    with Box([A], interface="late0") as box:
        box.warned("interface late0 does not exist (there are: lo, wan0).",
                   "No usable IPv6 address; the record stays as it is.")
        box.net.ip("link add late0 type veth peer name late1", "link set late1 up",
                   "link set late0 up", f"addr add {B}/128 dev late0 nodad")
        box.synced(B, "created")
        box.net.ip("link del late0")
        box.daemon.wait_for(r"^WARNING: interface late0 does not exist", box.told)


@scenario
def one_of_two_interfaces_missing():
    """An interface that is not there is named, too, where another gives an address."""
    with Box([A], interface=["nc9", "wan0"]) as box:
        box.daemon.wait_for(
            r"^WARNING: interface nc9 does not exist \(there are: lo, wan0\)\.$", box.told)
        box.synced(A, "created", caused=False)
        box.net.ip("addr add fe80::1234/64 dev wan0 nodad")
        box.quiet()


@scenario
def link_local():
    """A link-local address is never published."""
    none_chosen(["addr add fe80::1/64 dev wan0 nodad"], allow_ula=True)


@scenario
def ula_off():
    """A unique local address is not published unless that is allowed."""
    none_chosen([f"addr add {ULA}/128 dev wan0 nodad"])


@scenario
def ula_on():
    """With allow_ula it is."""
    chosen(ULA, setup=[f"addr add {ULA}/128 dev wan0 nodad"], allow_ula=True)


@scenario
def loopback_off():
    """`::1` is not published unless that is allowed."""
    none_chosen()


@scenario
def loopback_on():
    """With allow_loopback it is, by the file and by the environment."""
    chosen("::1", setup=["link set lo up"], allow_loopback=True)
    chosen("::1", setup=["link set lo up"], environment={"IPV6DDNS_ALLOW_LOOPBACK": "true"})


@scenario
def environment_wins():
    """What the environment says wins over the file."""
    none_chosen(allow_loopback=True, environment={"IPV6DDNS_ALLOW_LOOPBACK": "false"})


@scenario
def verbose():
    """`-v` tells of each address why it is not used, and no secret."""
    with Box(start=False) as box:
        box.add(ULA)
        box.add(A)
        box.start(verbose=True)
        box.synced(A, "created", caused=False)
        told = "\n".join(box.said)
        equal("addresses told", [one for one in (ULA, A) if one not in told], [])
