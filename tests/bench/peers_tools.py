"""The tools that are compared: how each is told to keep a name at Cloudflare, and what it needs."""

import datetime
import os
import platform
import re
import shutil
import subprocess

import original
from peers_stage import ADDRESS, HERE, PATH, TOKEN, ZONE_NAME, Tool
from world import API_HOST

# Pinned, so that figures of one day can be compared with those of another.
DDNS = "ddns==4.2.0"
DDNS_PLACE = os.path.join(original.ROOT, "target", DDNS.replace("==", "-"))
ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
DEVICE, PAGE = "wan0", f"http://{ADDRESS}/ip"
OURS, INADYN, DDCLIENT, SHELL = "ddnsbox", "inadyn", "ddclient", "ash + dig + curl"
PYPI = "ddns (PyPI)"
# What each is called in the zone.
HOSTS = {OURS: "box", INADYN: "inadyn", DDCLIENT: "ddclient", PYPI: "ddns", SHELL: "shell",
         "ipv6ddns": "box6"}
# What every router has; of its two packages a machine has one.
BOX = "busybox" if original.version("busybox") else "busybox-static"
# What Debian has to install for each; ddclient needs the second for https. Ours runs `ip`.
PACKAGES = {OURS: (BOX,), INADYN: ("inadyn",),
            DDCLIENT: ("ddclient", "libio-socket-ssl-perl"), PYPI: ("python3",),
            SHELL: (BOX, "bind9-dnsutils", "curl")}
PROGRAMS = {INADYN: ("inadyn",), DDCLIENT: ("ddclient",), SHELL: ("busybox", "dig", "curl")}
# Those that are programs by themselves, and nothing for an interpreter.
LOADED = {INADYN: ("inadyn",), SHELL: ("dig", "curl")}


def host(name):
    """The full name that a tool keeps."""
    return f"{HOSTS[name]}.{ZONE_NAME}"


def built(variant, arch="x86_64"):
    """A program of ours."""
    return os.path.join(original.ROOT, "target/openwrt", arch, variant, "ddnsbox")


def box(stage):
    """A folder with the `ip` that routers have: a link to busybox."""
    folder = stage.path("bin")
    if not os.path.exists(folder):
        os.mkdir(folder)
        os.symlink(shutil.which("busybox"), os.path.join(folder, "ip"))
    return folder


def ours(stage):
    """cf-ddns-sync as the package `mini` has it, which asks whoami by itself."""
    return Tool(OURS, [
        built("mini"), "cf-ddns-sync", "--apiTokenFile", stage.write("token", TOKEN), "--zoneId",
        ZONE, "--target", host(OURS), "--source", DEVICE, "--whoami", "builtin", "--resolver",
        ADDRESS, "--cacheDir", stage.path("ours")],
        {"SSL_CERT_FILE": stage.ca, "PATH": f"{box(stage)}:{PATH}"})


def ours_idle(stage):
    """ipv6ddns as its package has it."""
    return Tool("ipv6ddns", [built("ipv6ddns"), "ipv6ddns"], {
        "CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ZONE_ID": ZONE,
        "CLOUDFLARE_RECORD_NAME": host("ipv6ddns"), "SSL_CERT_FILE": stage.ca})


def inadyn(stage, is_once=True):
    """inadyn with its Cloudflare plugin."""
    path = stage.write(
        "inadyn.conf" if is_once else "inadynd.conf", "period = 600", "allow-ipv6 = false",
        f"ca-trust-file = {stage.ca}", "provider cloudflare.com {",
        f"username = {ZONE_NAME}", f"password = {TOKEN}",
        f"hostname = {host(INADYN)}", "ttl = 60", "proxied = false",
        f'checkip-server = "{ADDRESS}"', "checkip-path = /ip", "checkip-ssl = false", "}")
    folder = path + ".d"
    os.makedirs(folder, exist_ok=True)
    return Tool(INADYN, ["inadyn", *["-1"] * is_once, "-n", "--no-pidfile",
                         f"--cache-dir={folder}", "-f", path])


def ddclient(stage, seconds=0):
    """ddclient, once or every so many seconds; it may change again what it has just changed.

    By `use`, the default, this version does not remember that an update at Cloudflare was good.
    """
    name = f"ddclient{seconds}"
    cache = stage.path(name + ".cache")
    path = stage.write(
        name + ".conf", f"daemon={seconds}", f"ssl_ca_file={stage.ca}",
        "use=no", f"usev4=webv4, webv4={PAGE}", "protocol=cloudflare", f"zone={ZONE_NAME}",
        "ttl=60", "login=token", f"password={TOKEN}", host(DDCLIENT))

    def forget():
        if os.path.exists(cache):
            with open(cache, encoding="ascii") as file:
                text = file.read()
            with open(cache, "w", encoding="ascii") as file:
                file.write(re.sub(r"mtime=\d+", "mtime=0", text))
    return Tool(DDCLIENT, ["ddclient", "-foreground", "-daemon", seconds, "-cache", cache, "-pid",
                           stage.path(name + ".pid"), "-file", path], before=forget)


def pypi(stage):
    """ddns of PyPI, with its own cache."""
    return Tool(PYPI, [
        os.path.join(DDNS_PLACE, "bin/ddns"), "--dns", "cloudflare", "--token", TOKEN, "--ipv4",
        host(PYPI), "--index4", f"url:{PAGE}", "--ipv6", "--cache", stage.path("ddns.cache"),
        "--ssl", stage.ca])


def shell(stage):
    """A script under the shell that routers have, with dig and curl."""
    # Not by its name alone: where a shell runs an applet within itself valgrind cannot follow.
    link = os.path.join(box(stage), "ip")
    return Tool(SHELL, ["busybox", "ash", f"{HERE}/peers_shell.sh"], {
        "IP": link, "DIG": shutil.which("dig"), "CURL": shutil.which("curl"), "DEVICE": DEVICE,
        "RESOLVER": ADDRESS, "NAME": host(SHELL), "CA": stage.ca, "STATE": stage.path("shell"),
        "API": f"https://{API_HOST}/client/v4/zones/{ZONE}",
        "HEADERS": stage.write("headers", f"Authorization: Bearer {TOKEN}")})


def missing(name):
    """What a tool needs that is not installed here."""
    return ([one for one in PROGRAMS[name] if not shutil.which(one)]
            or [one for one in PACKAGES[name] if not original.version(one)])


def install_pypi():
    """Makes sure that ddns is there; raises original.Missing where it cannot be had."""
    if not os.path.exists(os.path.join(DDNS_PLACE, "bin/ddns")):
        original.install_into(DDNS_PLACE, (DDNS,))


def _pip_bytes():
    script = ("import importlib.metadata as m\n"
              f"for file in m.files('{DDNS.partition('==')[0]}'): print(file.locate())")
    done = subprocess.run([os.path.join(DDNS_PLACE, "bin/python"), "-c", script],
                          capture_output=True, text=True, check=True)
    return sum(os.path.getsize(path) for path in done.stdout.splitlines() if os.path.exists(path))


def package_bytes(names, is_whole):
    """What these need on a disk, by name; with what every Debian or router has, or without."""
    sizes = {}
    for name in names:
        packages = [one for one in PACKAGES[name] if is_whole or one != BOX]
        sizes[name] = original.package_bytes(*packages, is_whole=is_whole)
    if PYPI in sizes:
        sizes[PYPI] += _pip_bytes()
    sizes[OURS] += os.path.getsize(built("mini"))
    return sizes


def titled(name):
    """What a tool's column is called: with its version, and that of a PyPI package."""
    if name == PYPI:
        return DDNS.replace("==", " ") + " (PyPI)"
    return name if name == SHELL else f"{name} {original.version(name)}"


def machine():
    """The day and the kind of machine, as a line."""
    with open("/etc/os-release", encoding="utf-8") as file:
        system = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
    names = [system.get(key, "").strip('"') for key in ("NAME", "VERSION_ID")]
    name = " ".join(names).replace("GNU/Linux ", "")
    return (f"Measured on {datetime.date.today()} with {os.cpu_count()} cores of "
            f"{platform.machine()}, {name}:")
