"""The original pydyndns under Python, installed by pip, and what packages take on a disk."""

import os
import re
import shutil
import subprocess

VERSION = "1.2.1"
# Pinned, so that figures of one day can be compared with those of another.
REQUIREMENTS = (f"pydyndns=={VERSION}", "dnspython==2.9.2", "ifaddr==0.2.0")
ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
PLACE = os.path.join(ROOT, "target", f"pydyndns-{VERSION}")
INSTALL_SECONDS_MAX = 60
KIB = 1024
# On every machine that has a program at all.
LIBC = "libc6"


class Missing(Exception):
    """Something cannot be had here; the words say what."""


def install():
    """The original's command, installed into target/ where it is not there yet."""
    program = os.path.join(PLACE, "bin/pydyndns")
    if not os.path.exists(program):
        install_into(PLACE, REQUIREMENTS)
    return program


def install_into(place, requirements):
    """Makes a virtual environment there with these distributions."""
    # The distribution's, whose size its package manager knows.
    python = shutil.which("python3", path="/usr/bin:/bin")
    if python is None:
        raise Missing("no python3 of the distribution")
    pip = (os.path.join(place, "bin/pip"), "install", "--quiet", "--disable-pip-version-check",
           "--retries", "1", "--timeout", "10", *requirements)
    for step in (python, "-m", "venv", "--clear", place), pip:
        try:
            done = subprocess.run(step, capture_output=True, text=True, check=False,
                                  stdin=subprocess.DEVNULL, timeout=INSTALL_SECONDS_MAX)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Missing(f"{step[0]}: {error}") from error
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().splitlines() or ["nothing said"]
            raise Missing(f"{' '.join(step[:3])}: {said[-1]}")


def python_version():
    """The version of the Python that runs it, as Python says it."""
    done = subprocess.run([os.path.join(PLACE, "bin/python"), "--version"], capture_output=True,
                          text=True, check=True)
    return done.stdout.strip()


def installed_bytes():
    """What pip put there for it: all files of it and of what it needs, pip itself left out."""
    script = ("import importlib.metadata as m, sys\n"
              "for name in sys.argv[1:]:\n"
              "    for file in m.files(name):\n"
              "        print(file.locate())\n")
    names = [requirement.split("==")[0] for requirement in REQUIREMENTS]
    done = subprocess.run([os.path.join(PLACE, "bin/python"), "-c", script, *names],
                          capture_output=True, text=True, check=True)
    return sum(os.path.getsize(path) for path in done.stdout.splitlines() if os.path.exists(path))


def _packages():
    """Of each package installed: KiB, priority, what it depends on."""
    form = "${Package}\t${Installed-Size}\t${Priority}\t${Pre-Depends}, ${Depends}\t${Provides}\n"
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, text=True,
                              check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"dpkg-query: {error}") from error
    known = {}
    for line in done.stdout.splitlines():
        name, size, priority, depends, provides = line.split("\t")
        known[name] = (int(size or 0), priority, depends)
        for other in filter(None, re.split(r"[, ]+(?:\(.*?\))?", provides)):
            known.setdefault(other, (0, "", name))
    return known


def package_bytes(*packages, is_whole=False):
    """What packages and all they depend on take; what every Debian has only in the whole."""
    known, seen, waiting = _packages(), set(), list(packages)
    for package in packages:
        if package not in known:
            raise Missing(f"{package} is not installed")
    while waiting:
        name = waiting.pop()
        if name in seen or name == LIBC or (known[name][1] == "required" and not is_whole):
            continue
        seen.add(name)
        for group in known[name][2].split(","):
            # Of alternatives the one that is there.
            words = (word.split() for word in group.split("|"))
            names = [word[0].split(":")[0] for word in words if word]
            waiting += [name for name in names if name in known][:1]
    return sum(known[name][0] for name in seen) * KIB


def version(package):
    """The version of a package, without the distribution's own part; none where it is not here."""
    try:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package],
                              capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return re.sub(r"^\d+:|[-+].*", "", done.stdout)
