"""Scenarios of choice: which of the machine's addresses may be published, and which one is."""

from box import A, B, Box
from checks import equal, scenario

ULA = "fd12:3456:789a::1"


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
def lowest_index():
    """Equal lifetimes: the interface with the lowest index, though its address is higher."""
    chosen(B, wans=2, setup=[f"addr add {A}/128 dev wan1 nodad",
                             f"addr add {B}/128 dev wan0 nodad"])


@scenario
def lowest_address():
    """Equal lifetimes on one interface: the lowest address, as a number and not as text."""
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
    """An interface that is named but not there yet: waited for, and followed when it comes."""
    with Box([A], interface="late0") as box:
        box.warned()
        box.net.ip("link add late0 type veth peer name late1", "link set late1 up",
                   "link set late0 up", f"addr add {B}/128 dev late0 nodad")
        box.synced(B, "created")


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
