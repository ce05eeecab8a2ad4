"""A machine by itself whose loopback interface has addresses of the whole world.

So requests can come from anywhere: what counts is the address they are bound to.
"""

import os
import socket

from netns import Namespaces, command, inside, why_not
from subject import let_in

TOOLS = ("ip", "openssl")
# Documentation addresses, from which clients and proxies speak.
HOME, ELSEWHERE, PROXY = "198.51.100.7", "203.0.113.9", "192.0.2.80"
HOME_V6, ELSEWHERE_V6, PROXY_V6 = "2001:db8::7", "2001:db8:9::9", "2001:db8:80::80"
LOCAL, LOCAL_V6 = "127.0.0.1", "::1"
CONNECT_SECONDS_MAX = 60


def can_build():
    """Whether such a machine can be made here: the reason why not, or None."""
    return why_not(TOOLS, Net)


class Net(Namespaces):
    """The machine; `with` takes it down again."""

    def __init__(self):
        super().__init__("hosts")
        self.machine, self.before = self.prefix + "m", []
        os.chmod(self.dir, 0o755)
        let_in(self.dir)
        self.build(self._lay)

    def _lay(self):
        self.make(self.machine)
        for address in (HOME, ELSEWHERE, PROXY):
            command("ip", "-n", self.machine, "addr", "add", f"{address}/32", "dev", "lo")
        for address in (HOME_V6, ELSEWHERE_V6, PROXY_V6):
            command("ip", "-n", self.machine, "addr", "add", f"{address}/128", "dev", "lo", "nodad")

    def within(self, *argv):
        """The command as it runs in the machine."""
        return ["ip", "netns", "exec", self.machine, *self.before, *argv]

    def by(self, *argv):
        """From now on commands are run by this one, which is in front of them."""
        self.before = list(argv)

    def connect(self, host, port, source=None):
        """A connection, from that address if one is given."""
        return inside(self.machine, lambda: socket.create_connection(
            (host, port), CONNECT_SECONDS_MAX, (source, 0) if source else None))

    def named(self, **names):
        """In this machine these names (dots as `_`) mean these addresses."""
        folder = f"/etc/netns/{self.machine}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/hosts", "w", encoding="ascii") as file:
            file.write("127.0.0.1 localhost\n")
            file.writelines(f"{address} {name.replace('_', '.')}\n"
                            for name, address in names.items())

    def path(self, name):
        """A file of the scenario's own."""
        return os.path.join(self.dir, name)
