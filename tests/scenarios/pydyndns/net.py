"""A network namespace with loopback and two interfaces, and sockets of ours inside it.

The servers listen on loopback addresses; `wan0` and `lan0` are veth whose other ends have no
addresses, so that the machine in the namespace has addresses to register. Nothing leaves it.
"""

import os

from netns import CannotBuild, Namespaces, command, inside, why_not

# Where a resolver is asked, and where the zone's primary listens.
RESOLVER, SERVER, SERVER_V6 = "127.0.0.1", "127.0.0.53", "::1"
# Beside RESOLVER and SERVER: nobody listens there; packets to it vanish.
DEAD, BLACK_HOLE = "127.0.0.3", "127.0.0.5"
WAN, WAN_V6 = "192.0.2.1", "2001:db8::1"
WAN_MOVED = "192.0.2.7"
LAN, LAN_V6 = "10.1.2.3", "fd00:1:2::3"

LINKS = f"""
addr add {SERVER}/8 dev lo
link add wan0 type veth peer name wan0-peer
link add lan0 type veth peer name lan0-peer
link set wan0-peer up
link set lan0-peer up
link set wan0 up
link set lan0 up
addr add {WAN}/24 dev wan0
addr add {WAN_V6}/64 dev wan0 nodad
"""

SWALLOW = f"""
table ip swallow {{
  chain input {{
    type filter hook input priority 0;
    ip daddr {BLACK_HOLE} drop
  }}
}}
"""


def can_build(tools):
    """Whether a namespace can be made here and the tools are there: why not, or None."""
    return why_not(tools, Net)


class Net(Namespaces):
    """The namespace, and a directory for what belongs to it."""

    def __init__(self):
        super().__init__("servers")
        self.name = self.prefix + "s"
        self.etc = f"/etc/netns/{self.name}"
        self.build(self._build)

    def _build(self):
        self.make(self.name)
        self.ip(LINKS)
        os.makedirs(self.etc)
        self.names(RESOLVER)

    def ip(self, batch):
        """Feeds lines to `ip` inside the namespace."""
        command("ip", "-n", self.name, "-batch", "-", text=batch)

    def check_for_ever(self, address, device="wan0"):
        """The interface loses an address and gets it again, as one that stays tentative."""
        transmits = f"/proc/sys/net/ipv6/conf/{device}/dad_transmits"
        command(*self.within("sh", "-c", f"echo 600 >{transmits}"))
        self.ip(f"addr del {address}/64 dev {device}\naddr add {address}/64 dev {device}\n")

    def within(self, *argv):
        """The command line that runs a command inside the namespace."""
        return ["ip", "netns", "exec", self.name, *argv]

    def swallow(self):
        """What is sent to BLACK_HOLE gets no answer of any kind."""
        command(*self.within("nft", "-f", "-"), text=SWALLOW)

    def names(self, *resolvers, hosts="", search=""):
        """`ip netns exec` lays these files over /etc: who is asked, and what is known anyway."""
        with open(f"{self.etc}/resolv.conf", "w", encoding="ascii") as file:
            file.writelines(f"nameserver {resolver}\n" for resolver in resolvers)
            file.write(f"search {search}\n" if search else "")
        with open(f"{self.etc}/hosts", "w", encoding="ascii") as file:
            file.write(f"127.0.0.1 localhost\n{hosts}")

    def inside(self, make):
        """What a function gives that runs inside the namespace; a socket stays in it for ever."""
        try:
            return inside(self.name, make)
        except OSError as error:
            raise CannotBuild(f"inside the namespace: {error}") from error
