"""A world in which the emulated machine is the router: its cables are bridged to the two ISPs."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../scenarios", one) for one in ("cf-ddns-sync", "common")]

from world import Net  # noqa: E402  pylint: disable=wrong-import-position

WANS = 2


class Cables(Net):
    """The namespaces of a world; that of the router only joins `tap0` and `tap1` to the ISPs."""

    def __init__(self):
        super().__init__(policy=False)
        try:
            for number in range(WANS):
                self.ip(self.router, self._bridge(number))
        except BaseException:
            self.down()
            raise

    @staticmethod
    def _bridge(number):
        wan, tap, bridge = f"wan{number}", f"tap{number}", f"br{number}"
        return (f"addr flush dev {wan}\n"
                f"link add {bridge} type bridge\n"
                f"tuntap add {tap} mode tap\n"
                f"link set {wan} master {bridge}\n"
                f"link set {tap} master {bridge}\n"
                f"link set {bridge} up\n"
                f"link set {tap} up\n")
