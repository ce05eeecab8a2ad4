"""A network namespace with loopback and two interfaces, and sockets of ours inside it.

The servers listen on loopback addresses; `wan0` and `lan0` are veth whose other ends have no
addresses, so that the machine in the namespace has addresses to register. Nothing leaves it.
"""

import atexit
import ctypes
import itertools
import os
import shutil
import subprocess
import tempfile
import threading

# Where a resolver is asked, and where the zone's primary listens.
RESOLVER, SERVER, SERVER_V6 = "127.0.0.1", "127.0.0.53", "::1"
# Beside RESOLVER and SERVER: nobody listens there; packets to it vanish.
DEAD, BLACK_HOLE = "127.0.0.3", "127.0.0.5"
WAN, WAN_V6 = "192.0.2.1", "2001:db8::1"
WAN_MOVED = "192.0.2.7"
LAN, LAN_V6 = "10.1.2.3", "fd00:1:2::3"
CLONE_NEWNET = 0x40000000

LINKS = f"""
link set lo up
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

_numbers = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)


class CannotBuild(Exception):
    """Namespaces or servers cannot be made here."""


def command(*argv, text=None):
    """Runs a command that has to succeed and returns what it printed."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def can_build(tools):
    """Whether a namespace can be made here and the tools are there: why not, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in tools:
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    try:
        net = Net()
        net.down()
        return None
    except CannotBuild as error:
        return str(error)


class Net:
    """The namespace, and a directory for what belongs to it."""

    def __init__(self):
        self.name = f"ddnsbox{os.getpid()}-s{next(_numbers)}"
        self.dir = tempfile.mkdtemp(prefix="ddnsbox-servers-")
        self.etc = f"/etc/netns/{self.name}"
        atexit.register(self.down)
        try:
            command("ip", "netns", "add", self.name)
            self.ip(LINKS)
            os.makedirs(self.etc)
            self.names(RESOLVER)
        except BaseException:
            self.down()
            raise

    def down(self):
        """Removes everything; safe to call twice."""
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)
        shutil.rmtree(self.etc, ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)
        atexit.unregister(self.down)

    def ip(self, batch):
        """Feeds lines to `ip` inside the namespace."""
        command("ip", "-n", self.name, "-batch", "-", text=batch)

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
        box = {}

        def enter():
            try:
                # A thread of its own, because only a thread can enter, and none comes back.
                with open(f"/run/netns/{self.name}", "rb") as file:
                    if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                box["made"] = make()
            except OSError as error:
                box["error"] = error

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if "error" in box:
            raise CannotBuild(f"inside the namespace: {box['error']}")
        return box["made"]
