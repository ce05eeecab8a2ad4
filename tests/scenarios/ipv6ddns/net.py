"""A machine whose addresses come and go, and nothing of which happens late.

The API is on the machine's own loopback, so that the cables may be as broken as a scenario likes.
"""

import os
import time

from cabled import Cabled
from netns import CannotBuild, command, why_not

UNPLUGGED_SECONDS_MAX = 15
TOOLS = ("ip", "cc")


def can_build():
    """Whether such a machine can be made here: the reason why not, or None."""
    return why_not(TOOLS, Net)


class Net(Cabled):
    """The machine and its peer; `with` takes them down again."""

    def __init__(self, wans=1):
        super().__init__("follow", wans)
        os.chmod(self.dir, 0o755)
        self.build(self._settle, wans)

    def _settle(self, wans):
        # A link-local address that comes late would be an event in the middle of a scenario.
        for number in range(wans):
            self.wait_for("a link-local address", lambda listed: any(
                one.startswith("fe80") and not found.get("tentative")
                for one, found in listed.items()), f"wan{number}")

    def unplug(self, number):
        """Takes the cable out of an interface, and waits until the kernel has seen it."""
        command("ip", "-n", self.peer, "link", "set", f"peer{number}", "down")
        ends = time.monotonic() + UNPLUGGED_SECONDS_MAX
        while " state UP " in command("ip", "-n", self.machine, "link", "show", "dev",
                                      f"wan{number}"):
            if time.monotonic() > ends:
                raise CannotBuild(f"wan{number} is still plugged in")
            time.sleep(0.05)

    def within(self, *argv):
        """The command as it runs in the machine."""
        return ["ip", "netns", "exec", self.machine, *argv]

    def pids(self):
        """Every process that runs in the machine."""
        return {int(one) for one in command("ip", "netns", "pids", self.machine).split()}
