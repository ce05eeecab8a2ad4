"""Scenarios of real clients: what we answer them, and what they make of it."""

import os
import shlex
import shutil
import subprocess
import time

from box import A, A_V6, B, B_V6, BASIC_PASSWORD, BASIC_USER, C, HOST, KEY, KEY_V6, OTHER, PORT, Box
from checks import Skipped, equal, scenario, took, true
from net import HOME, LOCAL

CLIENT_SECONDS_MAX = 60
OFFICE = "example.com/office/A"
PASSWORD = "s3cr3t:pw/+=&?#%41"


class Ran:
    """What a client has said, and how it ended."""

    def __init__(self, status, text):
        self.status, self.text = status, text

    def __repr__(self):
        return f"exit {self.status}: {self.text}"


def run(box, *argv, seconds=CLIENT_SECONDS_MAX):
    """Runs a client in the machine to its end."""
    if shutil.which(argv[0]) is None:
        raise Skipped(f"{argv[0]} is not installed")
    done = subprocess.run(box.net.within("timeout", str(seconds), *argv), capture_output=True,
                          stdin=subprocess.DEVNULL, check=False, cwd=box.net.dir)
    return Ran(done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace"))


# inadyn


def inadyn(box, address, *lines, hosts=(HOST,), provider="custom box@local", user="home",
           password=None, seconds=CLIENT_SECONDS_MAX):
    """One run of inadyn for these hosts."""
    password = box.keys()[HOST] if password is None else password
    names = ", ".join(f'"{host}"' for host in hosts)
    where = [f'ddns-server = "{LOCAL}:{PORT}"',
             'ddns-path = "/nic/update?hostname=%h&myip=%i"'] if "custom" in provider else []
    text = "\n".join([
        "period = 600", "allow-ipv6 = true", f"{provider} {{", "ssl = false",
        f'username = "{user}"', f'password = "{password}"', f"hostname = {{ {names} }}",
        f'checkip-command = "echo {address}"', *where, *lines, "}", ""])
    path = box.write("inadyn.conf", text)
    os.makedirs(box.net.path("inadyn"), exist_ok=True)
    return run(box, "inadyn", "-1", "-n", f"--cache-dir={box.net.path('inadyn')}", "-P",
               box.net.path("inadyn.pid"), "-l", "debug", "-f", path, seconds=seconds)


def cached(box, host=HOST):
    """The address that inadyn remembers of a host; none where it remembers none."""
    try:
        with open(box.net.path(f"inadyn/{host}.cache"), encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None


@scenario
def inadyn_custom():
    """inadyn, custom provider: create, change, no change, IPv6; it takes each for success."""
    with Box() as box:
        for address, key in ((A, KEY), (B, KEY), (A_V6, KEY_V6)):
            ran = inadyn(box, address)
            equal(f"exit of inadyn ({ran})", ran.status, 0)
            equal(key, box.hetzner.values(key), [address])
            equal("its cache", cached(box), address)
        # It asks nothing while its cache says the same; without the cache we say so.
        os.remove(box.net.path(f"inadyn/{HOST}.cache"))
        box.asked()
        ran = inadyn(box, A_V6)
        equal(f"exit of inadyn ({ran})", ran.status, 0)
        true("nochg", f"nochg {A_V6}" in ran.text, ran)
        box.untouched()


@scenario
def inadyn_refused():
    """inadyn with a wrong key or an unknown host fails and remembers nothing."""
    with Box(ALLOWED_FQDNS=HOST) as box:
        ran = inadyn(box, A, password="wrong")
        equal(f"wrong key ({ran})", ran.status, 50)
        equal("its cache", cached(box), None)
        ran = inadyn(box, A, hosts=("unknown.example.com",))
        equal(f"unknown host ({ran})", ran.status, 50)
        ran = inadyn(box, A, hosts=(OTHER,), user="office", password=box.keys()[OTHER])
        equal(f"not allowed ({ran})", ran.status, 48)
        equal("its cache", cached(box, OTHER), None)
        equal("records", box.hetzner.rrsets(), {})


@scenario
def inadyn_upstream_fails():
    """inadyn told of a failure at Hetzner does not take it for success, and comes right later."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", status=500)
        ran = inadyn(box, A, seconds=20)
        true(f"success ({ran})", ran.status != 0)
        true("its cache", cached(box) is None, cached(box))
        box.hetzner.well()
        ran = inadyn(box, A)
        equal(f"exit of inadyn ({ran})", ran.status, 0)
        equal(KEY, box.hetzner.values(KEY), [A])


inadyn_upstream_fails.seconds = 20


@scenario
def inadyn_several():
    """inadyn with several hosts of one user: a request each, all good."""
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=PASSWORD) as box:
        ran = inadyn(box, A, hosts=(HOST, OTHER), user=BASIC_USER, password=PASSWORD)
        equal(f"exit of inadyn ({ran})", ran.status, 0)
        equal("records", (box.hetzner.values(KEY), box.hetzner.values(OFFICE)), ([A], [A]))
        equal("its cache", (cached(box), cached(box, OTHER)), (A, A))


@scenario
def inadyn_dyndns():
    """inadyn's own dyndns.org plugin, at port 80 of a name that is ours here."""
    with Box(LISTEN_PORT="80") as box:
        box.net.named(members_dyndns_org=LOCAL)
        for address, word in ((A, "good"), (B, "good")):
            ran = inadyn(box, address, "wildcard = true", provider="provider default@dyndns.org")
            equal(f"exit of inadyn ({ran})", ran.status, 0)
            equal(KEY, box.hetzner.values(KEY), [address])
            true(word, f"{word} {address}" in ran.text, ran)
        ran = inadyn(box, C, password="wrong", provider="provider default@dyndns.org")
        true(f"wrong key ({ran})", ran.status != 0)
        equal(KEY, box.hetzner.values(KEY), [B])


# ddclient


def ddclient(box, use, hosts=(HOST,), user="home", password=None, more="", fresh=False):
    """One run of ddclient for these hosts; a fresh one remembers nothing."""
    if fresh and os.path.exists(box.net.path("ddclient.cache")):
        os.remove(box.net.path("ddclient.cache"))
    password = box.keys()[HOST] if password is None else password
    # It waits between two updates; without this for half a minute.
    time.sleep(2.1)
    text = "\n".join(["daemon=0", "ssl=no", "min-interval=1", use, "protocol=dyndns2",
                      f"server={LOCAL}:{PORT}", more, f"login={user}",
                      f"password='{password}'", ",".join(hosts), ""])
    path = box.write("ddclient.conf", text)
    return run(box, "ddclient", "-foreground", "-daemon", "0", "-verbose", "-cache",
               box.net.path("ddclient.cache"), "-pid", box.net.path("ddclient.pid"), "-file", path)


def remembered(box, host=HOST):
    """What ddclient's cache says of a host."""
    if not os.path.exists(box.net.path("ddclient.cache")):
        return {}
    for line in box.read("ddclient.cache").splitlines():
        if line.endswith(f" {host}"):
            return dict(pair.partition("=")[::2] for pair in line.split(" ")[0].split(","))
    return {}


@scenario
def ddclient_three():
    """ddclient 3.10: create, change, no change; its cache has the address and `good`."""
    with Box() as box:
        for address in (A, B):
            ran = ddclient(box, f"use=ip, ip={address}")
            equal(f"exit of ddclient ({ran})", ran.status, 0)
            equal(KEY, box.hetzner.values(KEY), [address])
            found = remembered(box)
            equal("its cache", (found["ip"], found["status"]), (address, "good"))
            true("success", "SUCCESS" in ran.text, ran)
        ran = ddclient(box, f"use=ip, ip={B}", fresh=True)
        equal(f"exit of ddclient ({ran})", ran.status, 0)
        true("nochg", f"nochg {B}" in ran.text, ran)
        true("trouble", "FAILED" not in ran.text, ran)


@scenario
def ddclient_several():
    """ddclient sends several hosts at once and reads a line for each."""
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=PASSWORD) as box:
        ran = ddclient(box, f"use=ip, ip={A}", (HOST, OTHER), BASIC_USER, PASSWORD,
                       more="wildcard=yes")
        equal(f"exit of ddclient ({ran})", ran.status, 0)
        equal("records", (box.hetzner.values(KEY), box.hetzner.values(OFFICE)), ([A], [A]))
        for host in (HOST, OTHER):
            equal(f"its cache of {host}", remembered(box, host)["status"], "good")
        ran = ddclient(box, f"use=ip, ip={B}", (HOST, "x.example.com"), BASIC_USER, PASSWORD)
        true("the good one", remembered(box)["ip"] == B, ran)
        equal("the unknown one", remembered(box, "x.example.com").get("status"), "nohost")
        equal(f"exit of ddclient ({ran})", ran.status, 1)


@scenario
def ddclient_refused():
    """ddclient with a wrong key fails, and so it does when Hetzner does."""
    with Box({"home/A": [C]}) as box:
        ran = ddclient(box, f"use=ip, ip={A}", password="wrong")
        equal(f"exit of ddclient ({ran})", ran.status, 1)
        box.hetzner.fault("reply", status=500)
        ran = ddclient(box, f"use=ip, ip={A}", fresh=True)
        true("success", "SUCCESS" not in ran.text, ran)
        true("its cache", remembered(box).get("status") != "good", remembered(box))
        equal(KEY, box.hetzner.values(KEY), [C])


@scenario
def ddclient_without_address():
    """ddclient with IPv6 alone sends an empty address, with a command that one's."""
    with Box() as box:
        # It sends `myip=` then, whatever it has found.
        ran = ddclient(box, f"usev6=ipv6, ipv6={B_V6}")
        equal(f"ddclient's own address ({ran})", box.hetzner.values(KEY), [LOCAL])
        ran = ddclient(box, f"use=cmd, cmd='echo {A}'", fresh=True)
        equal(f"exit of ddclient ({ran})", ran.status, 0)
        equal(KEY, box.hetzner.values(KEY), [A])


# What people put in cron and on routers


@scenario
def curl_from_cron():
    """The guide's own line for cron, and its like for dyndns2."""
    with Box() as box:
        key = box.keys()[HOST]
        line = (f"curl -sf -X POST -H 'Content-Type: application/json' -H 'X-Pre-Shared-Key: {key}'"
                f" --interface {HOME} -d '{{\"fqdn\":\"{HOST}\"}}' http://{LOCAL}:{PORT}/update")
        ran = run(box, *shlex.split(line))
        equal("exit of curl", ran.status, 0)
        equal(KEY, box.hetzner.values(KEY), [HOME])
        ran = run(box, *shlex.split(line.replace(key, "wrong")))
        equal("exit of curl with a wrong key", ran.status, 22)
        base = f"http://home:{key}@{LOCAL}:{PORT}/nic/update?hostname={HOST}&myip="
        ran = run(box, "curl", "-sfg", base + f"{A},{A_V6}")
        equal("curl", (ran.status, ran.text.strip()), (0, f"good {A},{A_V6}"))
        ran = run(box, "curl", "-sf0", base + A)
        equal("curl by HTTP/1.0", (ran.status, ran.text.strip()), (0, f"nochg {A}"))
        # A form, as PowerShell sends it; a big one makes curl ask with Expect first.
        ran = run(box, "curl", "-sf", "-H", f"X-Pre-Shared-Key: {key}", "--data-urlencode",
                  f"fqdn={HOST}", "-d", f"ip={B}", f"http://{LOCAL}:{PORT}/update")
        equal("exit of curl with a form", ran.status, 0)
        equal(KEY, box.hetzner.values(KEY), [B])
        box.write("big", "ip=" + A + "&fqdn=" + HOST + "&x=" + "y" * 4000)
        began = time.monotonic()
        ran = run(box, "curl", "-sf", "-H", f"X-Pre-Shared-Key: {key}", "-H",
                  "Expect: 100-continue", "-d", "@big", f"http://{LOCAL}:{PORT}/update")
        equal("exit of curl that expects", ran.status, 0)
        # It would wait for a second, and ever so long for a server that knows no Expect.
        took("seconds", time.monotonic() - began, 0, 5)


@scenario
def busybox_wget():
    """busybox wget, as scripts of OpenWrt use it: good, nochg, refused."""
    with Box() as box:
        key = box.keys()[HOST]
        base = f"http://home:{key}@{LOCAL}:{PORT}/nic/update?hostname={HOST}&myip="
        for address, line in ((A, f"good {A}"), (A, f"nochg {A}"), (B, f"good {B}")):
            ran = run(box, "busybox", "wget", "-q", "-O", "-", base + address)
            equal("wget", (ran.status, ran.text.strip()), (0, line))
        ran = run(box, "busybox", "wget", "-q", "-O", "-", base.replace(key, "wrong") + A)
        true("a wrong key", ran.status != 0, ran)
        ran = run(box, "busybox", "wget", "-q", "-O", "-", "--header",
                  f"X-Pre-Shared-Key: {key}", "--header", "Content-Type: application/json",
                  "--post-data", f'{{"fqdn":"{HOST}","ip":"{C}"}}', f"http://{LOCAL}:{PORT}/update")
        equal("wget posts", ran.status, 0)
        equal(KEY, box.hetzner.values(KEY), [C])


@scenario
def gnu_wget():
    """GNU wget with credentials at once, and asked for them."""
    with Box() as box:
        key = box.keys()[HOST]
        base = f"http://{LOCAL}:{PORT}/nic/update?hostname={HOST}&myip="
        ran = run(box, "wget", "-q", "-O", "-", "--user=home", f"--password={key}",
                  "--auth-no-challenge", base + A)
        equal("GNU wget", (ran.status, ran.text.strip()), (0, f"good {A}"))
        # Without that it asks once without credentials, and needs the challenge.
        ran = run(box, "wget", "-q", "-O", "-", "--user=home", f"--password={key}",
                  base + A)
        equal("GNU wget challenged", (ran.status, ran.text.strip()), (0, f"nochg {A}"))


@scenario
def asked_for_credentials():
    """Clients that send credentials only when asked for them: good, and nobody is alarmed."""
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=BASIC_PASSWORD) as box:
        where = f"http://{LOCAL}:{PORT}"
        user = ("-u", f"{BASIC_USER}:{BASIC_PASSWORD}")
        ran = run(box, "curl", "-sf", "--anyauth", *user,
                  f"{where}/nic/update?hostname={HOST}&myip={A}")
        equal("curl", (ran.status, ran.text.strip()), (0, f"good {A}"))
        ran = run(box, "curl", "-sf", "--anyauth", *user, "-d", f"fqdn={HOST}", "-d", f"ip={B}",
                  f"{where}/update")
        equal("curl posts", (ran.status, ran.text.strip()),
              (0, f'{{"status":"updated","ip":"{B}"}}'))
        key = box.keys()[HOST]
        ran = run(box, "wget", "-q", "-O", "-", f"--user={HOST}", f"--password={key}",
                  f"{where}/nic/update?hostname={HOST}&myip={A}")
        equal("GNU wget", (ran.status, ran.text.strip()), (0, f"good {A}"))
        box.service.wait_for(f"updated: {B} -> {A}")
        equal("alarms", [line for line in box.service.said() if "WARNING" in line], [])
        equal("messages", box.ntfy.every_call(), [])


@scenario
def awkward_password():
    """A password with every sign that something could trip over."""
    password = BASIC_PASSWORD
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=password) as box:
        ran = run(box, "curl", "-sf", "-u", f"{BASIC_USER}:{password}",
                  f"http://{LOCAL}:{PORT}/nic/update?hostname={HOST}&myip={A}")
        equal("curl", (ran.status, ran.text.strip()), (0, f"good {A}"))
