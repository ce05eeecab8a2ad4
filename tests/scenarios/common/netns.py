"""Network namespaces: making and removing them, cables between them, and what runs inside."""

import atexit
import ctypes
import itertools
import os
import shutil
import subprocess
import tempfile
import threading
import time

CLONE_NEWNET = 0x40000000
READY_SECONDS_MAX = 60
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()


class CannotBuild(Exception):
    """Namespaces, or what has to run in them, cannot be made here."""


def command(*argv, text=None):
    """Runs a command that has to succeed and returns what it printed."""
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBuild(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def why_not(tools, net):
    """Why these namespaces cannot be made here or the tools are not there, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for tool in tools:
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    try:
        with net():
            return None
    except CannotBuild as error:
        return str(error)


def inside(namespace, function):
    """What a function gives that runs in that namespace; a socket stays in it for ever."""
    if namespace is None:
        return function()
    result = []

    def enter():
        try:
            # A thread of its own, because only a thread can enter, and none comes back.
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


def started(namespace, argv, output, ready="ready"):
    """Starts a server (in a namespace); with `ready`, waits until it says that line."""
    before = ["ip", "netns", "exec", namespace] if namespace else []
    with open(output, "wb") as file:
        process = subprocess.Popen([*before, *argv],
                                   stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        ends = time.monotonic() + READY_SECONDS_MAX
        while ready and ready not in (said := _text(output)).splitlines():
            if time.monotonic() > ends or process.poll() is not None:
                raise CannotBuild(f"{os.path.basename(argv[0])} does not start: {said}")
            time.sleep(0.01)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process


def _text(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


class Namespaces:
    """Some namespaces and a directory for what belongs to them; `with` removes them again."""

    def __init__(self, world):
        self.prefix = f"ddnsbox{os.getpid()}-{next(_numbers)}-"
        self.dir = tempfile.mkdtemp(prefix=f"ddnsbox-{world}-")
        self.made = []
        atexit.register(self.down)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.down()

    def down(self):
        """Removes everything; safe to call twice."""
        while self.made:
            name = self.made.pop()
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)
        shutil.rmtree(self.dir, ignore_errors=True)
        atexit.unregister(self.down)

    def build(self, step, *arguments):
        """Calls a step of the building; where it fails, nothing stays behind."""
        try:
            step(*arguments)
        except BaseException:
            self.down()
            raise

    def make(self, *names):
        """Makes namespaces, each with its loopback interface up."""
        for name in names:
            command("ip", "netns", "add", name)
            self.made.append(name)
            command("ip", "-n", name, "link", "set", "lo", "up")

    @staticmethod
    def cable(left, left_name, right, right_name):
        """Two namespaces get an interface each, joined to one another; both are down."""
        command("ip", "link", "add", left_name, "netns", left, "type", "veth",
                "peer", "name", right_name, "netns", right)
