"""A machine whose addresses come and go, cabled to a peer, each in a network namespace.

    machine --wan0-- peer0 --\\
            --wan1-- peer1 -- peer
"""

import json
import time

from netns import CannotBuild, Namespaces, command


class Cabled(Namespaces):
    """The two namespaces, with as many cables between them as are asked for."""

    def __init__(self, world, wans=1):
        super().__init__(world)
        self.machine, self.peer = self.prefix + "m", self.prefix + "p"
        # When the last change was begun.
        self.changed = 0
        self.build(self._lay, wans)

    def _lay(self, wans):
        self.make(self.machine, self.peer)
        for number in range(wans):
            wan, peer = f"wan{number}", f"peer{number}"
            # Made in this order, so that the lower number has the lower index.
            self.cable(self.machine, wan, self.peer, peer)
            command("ip", "-n", self.peer, "link", "set", peer, "up")
            command("ip", "-n", self.machine, "link", "set", wan, "up")

    def ip(self, *lines, namespace=None):
        """Gives lines to `ip` in the machine."""
        self.changed = time.time()
        command("ip", "-n", namespace or self.machine, "-batch", "-",
                text="\n".join(lines) + "\n")

    def set(self, key, value, namespace=None):
        """Sets a value below /proc/sys/net."""
        command("ip", "netns", "exec", namespace or self.machine, "sh", "-c",
                f"echo {value} >/proc/sys/net/{key}")

    def listed(self, device="wan0"):
        """The IPv6 addresses of an interface with their flags, as `ip` shows them."""
        shown = command("ip", "-n", self.machine, "-j", "-6", "addr", "show", "dev", device)
        return {one["local"]: one for entry in json.loads(shown)
                for one in entry.get("addr_info", [])}

    def wait_for(self, what, condition, device="wan0", seconds=60):
        """Waits until the addresses of an interface are so; gives them."""
        ends = time.monotonic() + seconds
        while not condition(listed := self.listed(device)):
            if time.monotonic() > ends:
                raise CannotBuild(f"not within {seconds} s: {what}; there are {listed}")
            time.sleep(0.05)
        return listed
