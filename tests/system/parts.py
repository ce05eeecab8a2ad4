"""What an emulated router is made of, fetched or built once and kept under target/system."""

import glob
import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
KEPT = os.path.join(ROOT, "target/system")
ARCHITECTURE = "mipsel"
KERNEL_PACKAGE = r"linux-image-[0-9.]+-[0-9]+-4kc-malta"
COMPILER = "mipsel-linux-gnu-gcc"
BINARY = os.path.join(ROOT, "target/openwrt/mipsel/mini/ddnsbox")
DRIVERS = ["virtio_pci", "virtio_net"]


class Missing(Exception):
    """Something cannot be had here; the words say what and why."""


def need(*tools):
    """These programs are installed."""
    for tool in tools:
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed")


def command(*argv, **options):
    """Runs a command and returns what it printed."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Missing(f"{' '.join(argv[:1])}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _apt(program, *words):
    """apt for another architecture with a state of its own: this machine's stays as it is."""
    state = os.path.join(KEPT, "apt")
    for folder in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(state, folder), exist_ok=True)
    settings = {"APT::Architecture": ARCHITECTURE, "APT::Architectures": ARCHITECTURE,
                "Dir::State": state, "Dir::State::Lists": f"{state}/lists",
                "Dir::State::status": "/dev/null", "Dir::Cache": f"{state}/cache",
                "APT::Sandbox::User": "root", "Acquire::Languages": "none",
                "Acquire::Retries": "3"}
    options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
    return command(program, *options, "-qq", *words, cwd=KEPT)


def _unpacked():
    """Debian's kernel and busybox for the router's processor, unpacked and not installed."""
    done = os.path.join(KEPT, "debian")
    if os.path.isdir(done):
        return done
    need("apt-get", "dpkg-deb")
    os.makedirs(KEPT, exist_ok=True)
    _apt("apt-get", "update")
    said = _apt("apt-cache", "depends", "linux-image-4kc-malta")
    image = re.search(KERNEL_PACKAGE, said)
    if image is None:
        raise Missing("the package sources have no linux-image-4kc-malta for mipsel")
    _apt("apt-get", "download", image[0], "busybox-static")
    half = done + ".half"
    shutil.rmtree(half, ignore_errors=True)
    for package in glob.glob(os.path.join(KEPT, "*.deb")):
        command("dpkg-deb", "-x", package, half)
        os.unlink(package)
    os.rename(half, done)
    return done


def kernel():
    """The kernel's image."""
    return glob.glob(os.path.join(_unpacked(), "boot/vmlinuz-*"))[0]


def busybox():
    """A busybox without need of libraries."""
    return os.path.join(_unpacked(), "bin/busybox")


def modules():
    """Paths of the kernel modules the router needs, in the order they are loaded in."""
    found = {}
    for path in glob.glob(os.path.join(_unpacked(), "lib/modules/**/*.ko"), recursive=True):
        found[os.path.basename(path)[:-3].replace("-", "_")] = path
    order = []

    def load(name):
        # What is no module is built in.
        path = found.get(name.replace("-", "_"))
        if path is None or path in order:
            return
        with open(path, "rb") as file:
            needs = re.search(rb"\0depends=([^\0]*)\0", file.read())
        for one in needs[1].decode().split(",") if needs else []:
            load(one)
        order.append(path)

    for name in DRIVERS:
        load(name)
    return order


def helper(source):
    """A small C program, built for the router's processor without need of libraries."""
    need(COMPILER)
    os.makedirs(KEPT, exist_ok=True)
    source = os.path.join(ROOT, source)
    built = os.path.join(KEPT, os.path.basename(source).removesuffix(".c"))
    if not os.path.exists(built) or os.path.getmtime(built) < os.path.getmtime(source):
        command(COMPILER, "-Os", "-static", "-s", "-o", built, source)
    return built
