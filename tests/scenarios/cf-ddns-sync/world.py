"""Builds a router with two WANs, two ISPs that masquerade and an internet, all in namespaces.

    router --wan0-- ISP A (masquerades as 203.0.113.7)  --\\
                                                           internet: 1.1.1.1:53, 192.0.2.10:443
    router --wan1-- ISP B (masquerades as 198.51.100.9) --/

No namespace has a link to the machine's own network. The program under test runs in the router.
"""

import os

from netns import Namespaces, command, why_not

WAN0_LOCAL, WAN1_LOCAL = "192.168.8.2", "100.64.3.2"
WAN0_PUBLIC, WAN1_PUBLIC = "203.0.113.7", "198.51.100.9"
WAN0_MOVED = "203.0.113.70"
RESOLVER, API_HOST, API_ADDRESS = "1.1.1.1", "api.cloudflare.com", "192.0.2.10"

ROUTER = f"""
addr add {WAN0_LOCAL}/24 dev wan0
addr add {WAN1_LOCAL}/24 dev wan1
link set wan0 up
link set wan1 up
route add default via 192.168.8.1 dev wan0 metric 10
route add default via 100.64.3.1 dev wan1 metric 20
"""

# Without these a packet with WAN 1's address leaves by WAN 0, and its answer never comes back.
ROUTER_POLICY = f"""
rule add from {WAN0_LOCAL} lookup 100 prio 1000
rule add from {WAN1_LOCAL} lookup 101 prio 1001
route add default via 192.168.8.1 dev wan0 table 100
route add default via 100.64.3.1 dev wan1 table 101
"""

ISP_A = f"""
addr add 192.168.8.1/24 dev lan
addr add {WAN0_PUBLIC}/24 dev pub
link set lan up
link set pub up
route add default via 203.0.113.1
"""

ISP_B = f"""
addr add 100.64.3.1/24 dev lan
addr add {WAN1_PUBLIC}/24 dev pub
link set lan up
link set pub up
route add default via 198.51.100.1
"""

# Both WANs at one provider, behind one public address.
ISP_A_SECOND_CUSTOMER = """
addr add 100.64.3.1/24 dev lan1
link set lan1 up
"""

INTERNET = f"""
addr add 203.0.113.1/24 dev to-a
addr add 198.51.100.1/24 dev to-b
addr add {RESOLVER}/32 dev lo
addr add {API_ADDRESS}/32 dev lo
link set to-a up
link set to-b up
"""

MASQUERADE = """
table ip nat {
  chain post {
    type nat hook postrouting priority 100;
    oifname "pub" masquerade
  }
}
"""

BLOCK_DNS = """
table ip block {
  chain forward {
    type filter hook forward priority 0;
    udp dport 53 drop
    tcp dport 53 drop
  }
}
"""

TOOLS = ("ip", "nft", "dig", "openssl")


def can_build():
    """Whether namespaces, veth pairs and NAT can be made here: the reason why not, or None."""
    return why_not(TOOLS, Net)


class Net(Namespaces):
    """The four namespaces; `with` takes them down again."""

    def __init__(self, policy=True, bcp38=False, one_nat=False, nat_b=True):
        super().__init__("world")
        os.chmod(self.dir, 0o755)
        self.router, self.isp_a, self.isp_b, self.inet = (self.prefix + n for n in "rabi")
        self.build(self._build, policy, bcp38, one_nat, nat_b)

    def ip(self, namespace, batch):
        """Feeds lines to `ip` inside a namespace."""
        command("ip", "-n", namespace, "-batch", "-", text=batch)

    def within(self, namespace, *argv, text=None):
        """Runs a command inside a namespace and returns what it printed."""
        return command("ip", "netns", "exec", namespace, *argv, text=text)

    def _build(self, policy, bcp38, one_nat, nat_b):
        self.make(self.router, self.isp_a, self.isp_b, self.inet)
        second = (self.isp_a, "lan1") if one_nat else (self.isp_b, "lan")
        self.cable(self.router, "wan0", self.isp_a, "lan")
        self.cable(self.router, "wan1", *second)
        self.cable(self.isp_a, "pub", self.inet, "to-a")
        self.cable(self.isp_b, "pub", self.inet, "to-b")
        self.ip(self.router, ROUTER + (ROUTER_POLICY if policy else ""))
        self.ip(self.isp_a, ISP_A + (ISP_A_SECOND_CUSTOMER if one_nat else ""))
        if not one_nat:
            self.ip(self.isp_b, ISP_B)
        self.ip(self.inet, INTERNET)
        if not nat_b:
            self.ip(self.inet, f"route add 100.64.3.0/24 via {WAN1_PUBLIC}\n")
        for isp, nat in ((self.isp_a, True), (self.isp_b, nat_b)):
            self._isp(isp, nat, bcp38)
        self._names_of_router()

    def _isp(self, isp, nat, bcp38):
        self.within(isp, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        if nat:
            self.within(isp, "nft", "-f", "-", text=MASQUERADE)
        if bcp38:
            # An ISP that drops sources which are not its customer's.
            self.within(isp, "sh", "-c",
                        "for f in /proc/sys/net/ipv4/conf/lan*/rp_filter; do echo 1 >$f; done")

    def _names_of_router(self):
        # `ip netns exec` lays these files over /etc, so the router asks this world's own DNS.
        os.makedirs(f"/etc/netns/{self.router}")
        with open(f"/etc/netns/{self.router}/resolv.conf", "w", encoding="ascii") as file:
            file.write(f"nameserver {RESOLVER}\n")

    # What can happen to a router.

    def move_wan0(self, old=WAN0_PUBLIC, new=WAN0_MOVED):
        """ISP A gives its customer another public address."""
        self.ip(self.isp_a, f"addr del {old}/24 dev pub\naddr add {new}/24 dev pub\n"
                            "route replace default via 203.0.113.1\n")

    def unplug(self, wan):
        """The interface goes down; its address stays listed, as it does on a real router."""
        self.ip(self.router, f"link set {wan} down\n")

    def plug(self, wan):
        """The interface comes up again, with the routes a router would add."""
        gateway = {"wan0": "192.168.8.1", "wan1": "100.64.3.1"}[wan]
        metric, table = {"wan0": (10, 100), "wan1": (20, 101)}[wan]
        self.ip(self.router, f"link set {wan} up\n"
                f"route replace default via {gateway} dev {wan} metric {metric}\n"
                f"route replace default via {gateway} dev {wan} table {table}\n")

    def take_address(self, wan):
        """The interface is up but has lost its lease."""
        self.ip(self.router, f"addr flush dev {wan}\n")

    def deafen(self, isp):
        """This ISP loses every DNS packet: the WAN is up and has an address, but no one answers."""
        self.within(isp, "nft", "-f", "-", text=BLOCK_DNS)

    def cut_off(self):
        """No route to anywhere, as before the first WAN came up."""
        self.ip(self.router, "route flush table main\nroute flush table 100\n"
                             "route flush table 101\n")
