"""A machine whose addresses come and go, cabled to a peer, each in a network namespace.

    machine --wan0-- peer0 --\\
            --wan1-- peer1 -- peer

The API is on the machine's own loopback, so that the cables may be as broken as a scenario likes.
"""

import atexit
import ctypes
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

CLONE_NEWNET = 0x40000000
TOOLS = ("ip", "cc")
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


class CannotBuild(Exception):
    """Namespaces cannot be made here."""


def command(*argv, text=None):
    """Runs a command that has to succeed and returns what it printed."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def inside(namespace, function):
    """What the function gives when it is called in that namespace, on a thread of its own."""
    result = []

    def enter():
        try:
            with open(f"/run/netns/{namespace}", "rb") as file:
                if _libc.setns(file.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            result.append((True, function()))
        except BaseException as error:  # pylint: disable=broad-except
            result.append((False, error))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    good, value = result[0]
    if not good:
        raise value
    return value


def can_build():
    """Whether such a machine can be made here: the reason why not, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in TOOLS:
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    try:
        with Net():
            return None
    except (CannotBuild, OSError) as error:
        return str(error)


class Net:
    """The two namespaces and a directory; `with` takes them down again."""

    def __init__(self, wans=1):
        prefix = f"ddnsbox{os.getpid()}-f{next(_numbers)}-"
        self.machine, self.peer = prefix + "m", prefix + "p"
        self.dir = tempfile.mkdtemp(prefix="ddnsbox-follow-")
        os.chmod(self.dir, 0o755)
        self.names = []
        atexit.register(self.down)
        try:
            self._build(wans)
        except BaseException:
            self.down()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    def _build(self, wans):
        for name in (self.machine, self.peer):
            command("ip", "netns", "add", name)
            self.names.append(name)
            command("ip", "-n", name, "link", "set", "lo", "up")
        for number in range(wans):
            wan, peer = f"wan{number}", f"peer{number}"
            # Made in this order, so that the lower number has the lower index.
            command("ip", "link", "add", wan, "netns", self.machine, "type", "veth",
                    "peer", "name", peer, "netns", self.peer)
            command("ip", "-n", self.peer, "link", "set", peer, "up")
            command("ip", "-n", self.machine, "link", "set", wan, "up")
        # A link-local address that comes late would be an event in the middle of a scenario.
        for number in range(wans):
            self.wait_for("a link-local address", f"wan{number}", lambda listed: any(
                one.startswith("fe80") and not found.get("tentative")
                for one, found in listed.items()))

    def down(self):
        """Removes everything; safe to call twice."""
        while self.names:
            subprocess.run(["ip", "netns", "del", self.names.pop()], check=False,
                           capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)
        atexit.unregister(self.down)

    def ip(self, *lines, namespace=None):
        """Gives lines to `ip` in the machine."""
        command("ip", "-n", namespace or self.machine, "-batch", "-",
                text="\n".join(lines) + "\n")

    def within(self, *argv):
        """The command as it runs in the machine."""
        return ["ip", "netns", "exec", self.machine, *argv]

    def set(self, key, value, namespace=None):
        """Sets a value below /proc/sys/net."""
        command("ip", "netns", "exec", namespace or self.machine, "sh", "-c",
                f"echo {value} >/proc/sys/net/{key}")

    def listed(self, device="wan0"):
        """The IPv6 addresses of an interface with their flags, as `ip` shows them."""
        shown = command("ip", "-n", self.machine, "-j", "-6", "addr", "show", "dev", device)
        return {one["local"]: one for entry in json.loads(shown)
                for one in entry.get("addr_info", [])}

    def wait_for(self, what, device, condition, seconds=15):
        """Waits until the addresses of an interface are so; gives them."""
        ends = time.monotonic() + seconds
        while not condition(listed := self.listed(device)):
            if time.monotonic() > ends:
                raise CannotBuild(f"not within {seconds} s: {what}; there are {listed}")
            time.sleep(0.05)
        return listed

    def pids(self):
        """Every process that runs in the machine."""
        return {int(one) for one in command("ip", "netns", "pids", self.machine).split()}
