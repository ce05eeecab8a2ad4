"""What the scripts do with the real ddns-gateway, hetzner-dyndns and update-dns: three stories."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from checks import Skipped, equal, scenario
import scripts_ddns_gateway as gate
import scripts_hetzner_dyndns as hosts
import scripts_update_dns as client
from scripts_ipv6ddns import USER, Daemon
from scripts_program import ROOT, program
from scripts_program_ipv6ddns import child_of, told

ZONE = "example.com"
HETZNER_PORT, HETZNER_TOKEN = 8053, "TokenOfHetzner0123456789"
CF_TOKEN = "cf-tokenQW3zR8mLx0vT5yB2nH7kJ4sD9fG6aE1u"
# Characters that mean something to a shell, to UCI, to TOML or to HTTP.
HOSTILE = "T0ken\"of\\the`gate`$(x)#'"
# Sends standard input to a port of this machine and prints what comes back.
ASK = ("import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])), 20); "
       "s.sendall(sys.stdin.buffer.read()); s.shutdown(socket.SHUT_WR)\n"
       "while part := s.recv(65536): sys.stdout.buffer.write(part)")
END_SECONDS_MAX = 60
PLACES = iter(range(1000))


class Place:
    """A network namespace with nothing but loopback, and stand-ins that run in it."""

    def __init__(self):
        self.name = f"ddnsbox-{os.getpid()}-g{next(PLACES)}"
        self.enter = ["nsenter", f"--net=/run/netns/{self.name}"]
        self.started = []

    def __enter__(self):
        for tool in ("ip", "nsenter"):
            if not shutil.which(tool):
                raise Skipped(f"{tool} is not installed")
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        subprocess.run([*self.enter, "ip", "link", "set", "lo", "up"], check=True)
        return self

    def __exit__(self, *_):
        for process in self.started:
            process.kill()
            process.communicate()
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def start(self, *command):
        """A stand-in of another world, driven by standard input where it is so."""
        # pylint: disable=consider-using-with  # __exit__ ends it
        self.started.append(subprocess.Popen(
            [*self.enter, sys.executable, "-B", *map(str, command)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True))
        return self.started[-1]

    def ask(self, port, method, target, headers=(), body=""):
        """One request; gives status and body of its answer, or 0 where nobody listens."""
        fields = {"Host": f"127.0.0.1:{port}", "Connection": "close",
                  "Content-Length": len(body), **dict(headers)}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        request = f"{method} {target} HTTP/1.1\r\n{head}\r\n{body}"
        done = subprocess.run([*self.enter, sys.executable, "-c", ASK, str(port)], text=True,
                              input=request, capture_output=True, check=False)
        head, _, text = done.stdout.partition("\n\n")
        return int(head.split()[1]) if head else 0, text


class Real(Daemon):
    """A router with this tree's program in place of the stubs."""

    def __init__(self, place, config):
        path = program("hetzner-dyndns")
        super().__init__(config=config, enter=place.enter)
        self.copy_with_libraries(path, "usr/bin/ddnsbox")
        for name in ("ddns-gateway", "hetzner-dyndns", "update-dns"):
            (self.root / "usr/bin" / name).unlink()
            (self.root / "usr/bin" / name).symlink_to("ddnsbox")
        self.make_user()

    def said(self, words, job):
        """Waits until the daemon of a job that is at work has said so; gives its process."""
        def there():
            process = self.read(f"{job}.pid").strip()
            return process and any(f"[{process}] " in line and words in line
                                   for line in self.lines("tmp/log"))
        self.wait_for(there, words)
        process = int(self.read(f"{job}.pid"))
        equal("user", os.stat(f"/proc/{process}").st_uid, USER)
        return process

    def ends_and_comes_back(self, process, words, job):
        """It ends when told to, soon, and is started again, as it is when it is killed."""
        began = time.monotonic()
        os.kill(process, signal.SIGTERM)
        self.wait_for(lambda: not Path(f"/proc/{process}").exists(), "its end")
        took = time.monotonic() - began
        equal(f"{took:.2f} s are less than {END_SECONDS_MAX}", took < END_SECONDS_MAX, True)
        self.wait_for(lambda: self.read(f"{job}.pid").strip() not in ("", str(process)), "another")
        return self.said(words, job)


def basic(user, password):
    """The field with these credentials."""
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


@scenario
def the_gateway_itself():
    """The real ddns-gateway serves as its user, takes a hostile token whole, and hides secrets."""
    starting = "DDNS Gateway starting on"
    target = "/update?" + urlencode({"provider": "cloudflare", "zone": ZONE, "record": "home",
                                     "type": "A", "value": "192.0.2.77"})
    with Place() as place:
        standin = place.start(ROOT / "tests/scenarios/ddns-gateway/standin.py")
        url = f"http://127.0.0.1:{json.loads(standin.stdout.readline())['cloudflare']}/client/v4"

        def tell(**what):
            standin.stdin.write(json.dumps(what) + "\n")
            standin.stdin.flush()
            return json.loads(standin.stdout.readline())

        tell(do="put", provider="cloudflare", accounts={CF_TOKEN: [ZONE]}, zones=[ZONE])
        config = gate.SECTION.replace(gate.TOKEN, HOSTILE) + (
            f"\toption cloudflare_url '{url}'\n\toption log_level 'DEBUG'\n"
            "\toption log_file '/var/log/ddnsbox/gate.log'\n")
        secret = {"X-Upstream-Authorization": f'ApiKey secret="{CF_TOKEN}"'}
        good = {"Authorization": f"Bearer {HOSTILE}", **secret}
        with Real(place, config) as router:
            router.init("start")
            process = router.said(starting, gate.JOB)
            equal("without a token", place.ask(38080, "GET", target, secret)[0], 401)
            wrong = {**good, "Authorization": f"Bearer {HOSTILE[:-1]}"}
            equal("with part of it", place.ask(38080, "GET", target, wrong)[0], 403)
            status, text = place.ask(38080, "GET", target, good)
            equal(f"with it ({text})", (status, '"status":"success"' in text), (200, True))
            records = json.dumps(tell(do="records", provider="cloudflare"))
            equal("record", "192.0.2.77" in records, True)
            seen = told(process) + told(child_of(process))
            log = router.read("var/log/ddnsbox/gate.log")
            equal("log file", (starting in log, os.stat(
                router.root / "var/log/ddnsbox/gate.log").st_uid), (True, USER))
            seen += [log, router.read("tmp/log"), router.read("tmp/procd.calls")]
            equal("secrets seen", [word for word in (HOSTILE, CF_TOKEN)
                                   if any(word in one for one in seen)], [])
            router.ends_and_comes_back(process, starting, gate.JOB)
            router.edit("option enabled '1'", "option enabled '1'\n\toption port '38090'")
            router.wait_for(lambda: place.ask(38090, "GET", target)[0] == 401, "the other port")
            equal("the one before", place.ask(38080, "GET", target)[0], 0)


@scenario
def the_backend_and_its_client():
    """The real hetzner-dyndns makes keys and takes one from the real update-dns, unprivileged."""
    with Place() as place:
        place.start(ROOT / "tests/scenarios/hetzner-dyndns/hetzner.py", "127.0.0.1", HETZNER_PORT,
                    HETZNER_TOKEN)

        def tell(name, document=None):
            return place.ask(HETZNER_PORT, "POST", f"/_{name}",
                             {"Content-Type": "application/json"}, json.dumps(document))

        config = hosts.SECTION.replace(hosts.TOKEN, HETZNER_TOKEN) + (
            f"\toption hetzner_api_url 'http://127.0.0.1:{HETZNER_PORT}/v1'\n"
            "\tlist trusted_proxy '127.0.0.0/8'\n")
        with Real(place, config) as router:
            router.wait_for(lambda: tell("zones", {ZONE: {}})[0] == 200, "the stand-in")
            router.init("start")
            process = router.said("listening on 127.0.0.1:38081", hosts.JOB)
            lines = dict(line.split() for line in router.lines(hosts.KEYS))
            equal("hosts with keys", list(lines), [hosts.HOME, hosts.OFFICE])
            equal("the copy", router.read(f"{hosts.JOB}.keys"), router.read(hosts.KEYS))
            equal("keys", (router.mode(hosts.KEYS), os.stat(router.root / hosts.KEYS).st_uid),
                  (0o600, 0))
            # Its client, on the same machine for once.
            section = client.SECTION.replace(client.KEY, lines[hosts.HOME]).replace(
                client.URL, "http://127.0.0.1:38081") + "\toption ip '192.0.2.7'\n"
            router.write("etc/config/ddnsbox", f"{config}\n{section}", 0o600)
            router.init("reload")
            mate = router.said(f"{hosts.HOME}: created with 192.0.2.7", client.JOB)
            equal("record", "192.0.2.7" in tell("rrsets")[1], True)
            # As a FRITZ!Box asks, and a line of cron with curl.
            query = f"/nic/update?hostname={hosts.HOME}&myip=192.0.2.8"
            user = basic("home", lines[hosts.HOME])
            equal("dyndns2", place.ask(38081, "GET", query, user), (200, "good 192.0.2.8\n"))
            fields = {"Content-Type": "application/json", "X-Pre-Shared-Key": lines[hosts.HOME]}
            body = json.dumps({"fqdn": hosts.HOME, "ip": "192.0.2.7"})
            status, text = place.ask(38081, "POST", "/update", fields, body)
            equal("JSON", (status, json.loads(text)["status"]), (200, "updated"))
            equal("the backend went on", router.read(f"{hosts.JOB}.pid").strip(), str(process))
            router.hotplug(**client.EVENT)
            router.said(f"{hosts.HOME}: unchanged at 192.0.2.7", client.JOB)
            equal("the client, too", router.read(f"{client.JOB}.pid").strip(), str(mate))
            equal("status", router.status("client_1"),
                  f"client_1: running ({mate}): {hosts.HOME}: unchanged at 192.0.2.7\n")
            seen = [text for one in (process, mate) for text in told(one)]
            seen += [router.read("tmp/log"), router.read("tmp/procd.calls")]
            equal("secrets seen", [word for word in (HETZNER_TOKEN, *lines.values())
                                   if any(word in one for one in seen)], [])
            before = router.read(hosts.KEYS)
            router.ends_and_comes_back(process, "listening on", hosts.JOB)
            router.ends_and_comes_back(mate, f"{hosts.HOME}: unchanged at", client.JOB)
            equal("keys", router.read(hosts.KEYS), before)
            # Keys that are none: it says so, and does not serve with them.
            router.write(hosts.KEYS, f"{hosts.HOME}\n", 0o600)
            router.init("reload")
            log = router.read("tmp/log")
            equal("said", f"no keys in /{hosts.KEYS}: /{hosts.KEYS}: line 1: must be" in log, True)
            equal("stopped", place.ask(38081, "GET", "/nic/update")[0], 0)


@scenario
def the_backend_takes_passwords_whole():
    """What stands in UCI is the password that the real hetzner-dyndns compares with."""
    document = json.dumps({"fqdn": hosts.HOME})
    fields = {"Content-Type": "application/json"}
    config = hosts.SECTION + "\toption basic_auth_username 'admin'\n"
    with Place() as place, Real(place, config) as router:
        router.init("start")
        for text in ("a # b", "#", " both ends ", "it's", 'say "so"', "back\\slash\\", "'", '"',
                     "$(touch /tmp/x)", "NAME=value"):
            router.write("etc/config/ddnsbox",
                         f"{config}\toption basic_auth_password '{text}'\n", 0o600)
            before = router.read(f"{hosts.JOB}.pid")
            router.init("reload")
            router.wait_for(lambda: router.read(f"{hosts.JOB}.pid") not in ("", before), "another")
            router.said("listening on", hosts.JOB)
            statuses = [place.ask(38081, "POST", "/update", {**fields, **basic("admin", one)},
                                  document)[0] for one in (text, f"{text}x", text[:-1])]
            # Without an address in it and no one to ask it goes no further than that.
            equal(text, [status == 401 for status in statuses], [False, True, True])
