"""What the scripts do with the real program, where it has been built: stories told to a Router."""

import json
import os
import socket
import subprocess
from pathlib import Path

from nameserver import NameServer, wire
from router import Router
from scripts import Skip, equal, scenario
from scripts_pydyndns import KEY, SECTION

ROOT = Path(__file__).resolve().parent.parent.parent
A, AAAA, ANY, CLASS_IN = 1, 28, 255, 1
NAME = "router.example.com"


def program(applet):
    """The program of this tree, which must have the applet."""
    path = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug/ddnsbox"
    if not path.is_file():
        raise Skip(f"no {path}: cargo build makes it")
    listed = subprocess.run([path], capture_output=True, text=True, check=False)
    if applet not in listed.stdout + listed.stderr:
        raise Skip(f"{path} is without {applet}")
    return path


def interface():
    """An interface of this machine and its addresses that can be registered, or none."""
    said = subprocess.run(["ip", "-json", "-4", "address", "show", "up", "scope", "global"],
                          capture_output=True, check=True).stdout
    for one in json.loads(said):
        found = [address["local"] for address in one.get("addr_info", []) if "local" in address]
        if found:
            return one["ifname"], found
    raise Skip("no interface of this machine has a global IPv4 address")


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
