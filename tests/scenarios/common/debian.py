"""What comes from Debian without being installed: foreign packages, and sources."""

import glob
import os
import re
import shutil
import subprocess

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
KEPT = os.path.join(ROOT, "target/system")
SOURCES = "/etc/apt"


class Missing(Exception):
    """Something cannot be had here; the message says what and why."""


def need(*tools):
    """These programs are installed."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed")


def command(*argv, **options):
    """Runs a command and returns what it printed."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Missing(f"{' '.join(argv[:2])}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _apt(program, settings, *words):
    """apt with a state of its own below the folder it runs in."""
    state = os.path.join(KEPT, settings.pop("state"))
    for folder in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(state, folder), exist_ok=True)
    settings |= {"Dir::State": state, "Dir::State::Lists": f"{state}/lists",
                 "Dir::Cache": f"{state}/cache", "APT::Sandbox::User": "root",
                 "Acquire::Languages": "none", "Acquire::Retries": "3"}
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    return command(program, *options, "-qq", *words, cwd=KEPT)


def _foreign(program, architecture, *words):
    settings = {"state": f"apt-{architecture}", "APT::Architecture": architecture,
                "APT::Architectures": architecture, "Dir::State::status": "/dev/null"}
    return _apt(program, settings, *words)


def unpacked(architecture, kernel, *packages):
    """A folder with the newest of a family of kernels and further packages, not installed."""
    done = os.path.join(KEPT, f"debian-{architecture}")
    if os.path.isdir(done):
        return done
    need("apt-get", "dpkg-deb")
    os.makedirs(KEPT, exist_ok=True)
    _foreign("apt-get", architecture, "update")
    said = _foreign("apt-cache", architecture, "depends", f"linux-image-{kernel}")
    image = re.search(rf"linux-image-[0-9.]+-[0-9]+-{kernel}", said)
    if image is None:
        raise Missing(f"the package sources have no linux-image-{kernel} for {architecture}")
    _foreign("apt-get", architecture, "download", image[0], *packages)
    half = done + ".half"
    shutil.rmtree(half, ignore_errors=True)
    for package in glob.glob(os.path.join(KEPT, "*.deb")):
        command("dpkg-deb", "-x", package, half)
        os.unlink(package)
    os.rename(half, done)
    return done


def source(package):
    """A folder with a package's source, patched; the sources of this machine's own packages."""
    done = os.path.join(KEPT, f"{package}-source")
    if os.path.isdir(done):
        return done
    need("apt-get", "dpkg-source")
    parts = os.path.join(KEPT, "apt-source.d")
    os.makedirs(parts, exist_ok=True)
    lists = glob.glob(f"{SOURCES}/sources.list.d/*") + glob.glob(f"{SOURCES}/sources.list")
    for path in lists:
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"(?m)^(Types:.*\bdeb|deb)(?![-\w])", r"\1-src", file.read())
        with open(os.path.join(parts, os.path.basename(path)), "w", encoding="utf-8") as file:
            file.write(text)
    settings = {"Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": parts}
    _apt("apt-get", {"state": "apt-source"} | settings, "update")
    _apt("apt-get", {"state": "apt-source"} | settings, "--download-only", "source", package)
    description = glob.glob(os.path.join(KEPT, f"{package}_*.dsc"))[0]
    command("dpkg-source", "--no-check", "-x", description, done)
    return done
