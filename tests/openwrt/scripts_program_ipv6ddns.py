"""What the scripts do with the real ipv6ddns: a story in a network of its own, with an API."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from checks import Skipped, equal, scenario
from scripts_ipv6ddns import JOB, SECTION, TOKEN, USER, ZONE, Daemon
from scripts_program import ROOT, program

NAME = "six.example.com"
FIRST, SECOND = "2001:db8::1", "2001:db8::2"
# As net.ipv6.conf has it: an address is usable at once.
ADDRESS = "ip address {} {}/64 dev wan0 nodad"
END_SECONDS_MAX = 60


class Network:
    """A network namespace with an interface wan0, and a stand-in for the API on its loopback."""

    def __init__(self):
        self.name = f"ddnsbox-{os.getpid()}"
        self.enter = ["nsenter", f"--net=/run/netns/{self.name}"]
        self.api = None
        # pylint: disable=consider-using-with  # __exit__ closes it
        self.log = tempfile.NamedTemporaryFile("r", encoding="utf-8")

    def __enter__(self):
        standin = ROOT / "target/debug/examples/standin"
        for tool in ("ip", "nsenter"):
            if not shutil.which(tool):
                raise Skipped(f"{tool} is not installed")
        if not standin.is_file():
            raise Skipped(f"no {standin}: cargo build --example standin makes it")
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        try:
            for command in ("ip link set lo up", "ip link add wan0 type veth peer name wan1",
                            "ip link set wan0 up", "ip link set wan1 up"):
                self.do(command)
            self.change("add", FIRST)
            # pylint: disable=consider-using-with  # and ends this
            self.api = subprocess.Popen(
                [*self.enter, standin, "--http", "127.0.0.1:0", "--token", TOKEN, "--zone", ZONE,
                 "--target", NAME, "--log", self.log.name], stdout=subprocess.PIPE, text=True)
            self.port = self.api.stdout.readline().strip().rpartition(":")[2]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.api is not None:
            self.api.kill()
            self.api.communicate()
        self.log.close()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def do(self, command):
        """Runs a command in there."""
        subprocess.run([*self.enter, *command.split()], check=True)

    def requests(self):
        """Methods of the API requests so far."""
        with open(self.log.name, encoding="utf-8") as file:
            return [line.split()[0] for line in file]

    def change(self, action, address):
        """Adds or deletes an address of wan0."""
        self.do(ADDRESS.format(action, address))


def told(process):
    """What anybody can see of a process: its command line, and root its environment, too."""
    return [Path(f"/proc/{process}/{name}").read_bytes().decode()
            for name in ("cmdline", "environ")]


def child_of(process):
    """A process it has started, or None."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    return int(children[0]) if children else None


def started_again(router, before):
    """Waits for another process to have its place and to have synchronised; gives it."""
    def there():
        now = router.read(f"{JOB}.pid").strip()
        return now not in ("", str(before)) and f"[{now}] Synced: {NAME}" in router.read("tmp/log")
    router.wait_for(there, "another process")
    return int(router.read(f"{JOB}.pid"))


@scenario
def the_daemon_itself():
    """The real ipv6ddns follows an address as its user, is started again, and hides its secrets."""
    path = program("ipv6ddns")
    with Network() as net:
        config = SECTION.replace("'wan'", "'wan0'")
        with Daemon(f"option api_url 'http://127.0.0.1:{net.port}/client/v4'", config=config,
                    enter=net.enter) as router:
            (router.root / "usr/bin/ipv6ddns").unlink()
            router.copy_with_libraries(path, "usr/bin/ddnsbox")
            (router.root / "usr/bin/ipv6ddns").symlink_to("ddnsbox")
            router.make_user()
            router.init("start")
            process = started_again(router, None)
            equal("user", os.stat(f"/proc/{process}").st_uid, USER)
            equal("created", f"{NAME} has {FIRST} (created)" in router.read("tmp/log"), True)
            equal("status", router.status(),
                  f"six: running ({process}): Synced: {NAME} has {FIRST} (created).\n")
            # It waits ten seconds for more to do.
            child = child_of(process)
            seen = told(process) + told(child)
            equal("the child", "upstream" in seen[2], True)
            net.change("add", SECOND)
            net.change("delete", FIRST)
            moved = f"{NAME} has {SECOND} (updated)"
            router.wait_for(lambda: moved in router.read("tmp/log"), moved)
            os.kill(process, signal.SIGKILL)
            second = started_again(router, process)
            began = time.monotonic()
            os.kill(second, signal.SIGTERM)
            router.wait_for(lambda: not Path(f"/proc/{second}").exists(), "its end")
            took = time.monotonic() - began
            equal(f"{took:.2f} s are less than {END_SECONDS_MAX}", took < END_SECONDS_MAX, True)
            third = started_again(router, second)
            before = net.requests()
            router.shell("/usr/lib/ddnsbox/event ntp")
            router.wait_for(lambda: net.requests() > before, "a look when the clock is set")
            equal("requests for it", net.requests()[len(before):], ["GET"])
            equal("all writes", [one for one in net.requests() if one != "GET"], ["POST", "PATCH"])
            seen += told(third)
            secrets = [word for word in (TOKEN, ZONE)
                       if any(word in text for text in (*seen, router.read("tmp/log")))]
            equal("secrets seen", secrets, [])
            router.init("stop")
            router.wait_idle()
