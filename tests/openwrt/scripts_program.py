"""What the scripts do with the real program, where it has been built: stories told to a Router."""

import json
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from checks import Skipped, equal, scenario
from nameserver import NameServer, wire
from router import Router
from scripts_pydyndns import KEY, SECTION

ROOT = Path(__file__).resolve().parent.parent.parent
A, AAAA, ANY, CLASS_IN = 1, 28, 255, 1
NAME = "router.example.com"


def program(applet):
    """The program of this tree, which must have the applet."""
    path = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/ddnsbox"
    if not path.is_file():
        raise Skipped(f"no {path}: cargo build makes it")
    listed = subprocess.run([path], capture_output=True, text=True, check=False)
    if applet not in listed.stdout + listed.stderr:
        raise Skipped(f"{path} is without {applet}")
    return path


def interface():
    """An interface of this machine and its addresses that can be registered, or none."""
    said = subprocess.run(["ip", "-json", "-4", "address", "show", "up", "scope", "global"],
                          capture_output=True, check=True).stdout
    for one in json.loads(said):
        found = [address["local"] for address in one.get("addr_info", []) if "local" in address]
        if found:
            return one["ifname"], found
    raise Skipped("no interface of this machine has a global IPv4 address")


@scenario
def the_program_itself():
    """The real pydyndns registers an interface at a server, signed, once; then it is in step."""
    path, (device, addresses) = program("pydyndns"), interface()
    with NameServer("router-key", KEY) as server:
        options = (f"option hostname '{NAME}'", f"option server '127.0.0.1:{server.port}'",
                   "option zone 'example.com'", "option ipv6 '0'", "option verbose '1'")
        config = SECTION + "".join(f"\t{line}\n" for line in options)
        with Router(config=config, devices=f"lan {device}\n") as router:
            (router.root / "usr/bin/pydyndns").unlink()
            router.copy_with_libraries(path, "usr/bin/ddnsbox")
            (router.root / "usr/bin/pydyndns").symlink_to("ddnsbox")
            router.init("start")
            router.wait_idle()
            log = router.read("tmp/log")
            equal("refused", (server.refused, log), ([], log))
            found = [(wire("example.com"), [
                (wire(NAME), ANY, ANY, 0, b""),
                *((wire(NAME), A, CLASS_IN, 300, socket.inet_aton(one)) for one in addresses)])]
            equal(f"updates ({log})", [(zone, sorted(records, reverse=True))
                                       for zone, records in server.updates],
                  [(zone, sorted(records, reverse=True)) for zone, records in found])
            equal("in step", f"router: in step: {' '.join(addresses)} (start)" in log, True)
            equal("cache", json.loads(router.read("var/cache/ddnsbox/router.cache")),
                  {"hostname": f"{NAME}.", "addresses": {"ipv4": addresses}})
            router.shell("/usr/lib/ddnsbox/event cron")
            equal("updates when nothing is new", len(server.updates), 1)
            equal("status", router.status().split(" (")[0],
                  f"router: in step: {' '.join(addresses)}")
            for secret in (KEY, "not base64: sEcReT"):
                router.write("etc/config/ddnsbox", config.replace(KEY, secret), 0o600)
                router.init("restart")
                router.wait_idle()
                equal("the key in the log", secret in router.read("tmp/log"), False)
            equal("updates", (len(server.updates), server.refused), (2, []))
            equal("a wrong key is said", "tsig.key" in router.status(), True)


@scenario
def a_daemon_that_fails_waits_before_it_ends():
    """procd starts what has ended after 5 s: a daemon whose settings are wrong logs that once."""
    path = program("ddns-gateway")
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.toml")
        for text in ("[server]\nport = 'http'\n", "[server]\nhost = '192.0.2.1'\n"):
            config.write_text(text + "[auth]\nenabled = false\n", encoding="utf-8")
            for variables, is_held in (({"DDNSBOX_SYSLOG": "ddnsbox: test"}, True), ({}, False)):
                with subprocess.Popen([path, "ddns-gateway", "--config", config], env=variables,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      text=True) as one:
                    equal(f"{text} waits with {variables}", waits_for_signals(one), is_held)
                    one.terminate()
                    seconds = 600 if "http" in text else 30
                    announced = f"WARNING: == restart in {seconds} s\n"
                    equal("status line", announced in one.stderr.read(), is_held)
                    equal("exit status", one.wait(), 2 if "http" in text else 1)


def waits_for_signals(process):
    """Whether it waits for signals after its error, and does not end instead."""
    for line in process.stderr:
        if line.startswith("ERROR: "):
            break
    ends = 600
    for _ in range(ends * 50):
        try:
            links = [os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
        except OSError:
            links = []
        state = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        if state.split()[0] == "Z":
            return False
        # What it had as a daemon was closed before the error.
        if "anon_inode:[signalfd]" in links:
            return True
        time.sleep(0.02)
    raise AssertionError(f"neither within {ends} s")
