"""What the cases about packages share: the packages, made and read once, and ways to compare."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from packages_read import read

ROOT = Path(__file__).resolve().parent.parent.parent
CASES, SLOW = [], []
# Any date that is nobody's default.
EPOCH = 1_800_000_000
ARCHES = {"mips_24kc": "mips", "mipsel_24kc": "mipsel", "mipsel_74kc": "mipsel"}
VARIANTS = {"ddnsbox": "full", "ddnsbox-mini": "mini", "ddnsbox-rfc2136": "rfc2136",
            "ddnsbox-ipv6ddns": "ipv6ddns"}
# Those of packages that have a daemon.
USERS = {"ddnsbox": "ddnsbox=5360:ddnsbox=5360", "ddnsbox-ipv6ddns": "ddnsbox=5360:ddnsbox=5360"}


class Skip(Exception):
    """This cannot be tried here."""


def case(function):
    """Adds a case to the list."""
    CASES.append(function)
    return function


def slow(function):
    """Adds a case that takes minutes."""
    SLOW.append(function)
    return function


def equal(what, found, expected):
    """Fails with both sides."""
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, not {expected!r}")


def run(command, **more):
    """Runs a command that must go well, and gives what it printed."""
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False,
                          **more)
    if done.returncode:
        raise AssertionError(f"{command}: exit {done.returncode}: {done.stderr!r}")
    return done.stdout


def pack(root, out, *more, epoch=EPOCH):
    """Makes all packages of a tree."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    if epoch is None:
        del environment["SOURCE_DATE_EPOCH"]
    return run([root / "openwrt/pack", "--out", out, *more], env=environment).decode()


class Workshop:
    """Packages of this tree, made and read once for all cases."""

    def __init__(self, directory):
        self.directory = directory
        self.out = directory / "out"
        programs = [program_path(target, variant) for target in sorted({*ARCHES.values()})
                    for variant in VARIANTS.values()]
        missing = [path for path in programs if not path.is_file()]
        if missing and not has_toolchain():
            raise Skip(f"no {missing[0].relative_to(ROOT)} and no toolchain to build it")
        self.sizes = pack(ROOT, self.out).partition("\n")[2]
        self.version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text("utf-8"),
                                 re.MULTILINE)[1]
        release = f"{self.version}-r1"
        self.packages = []
        for arch in ARCHES:
            for name in VARIANTS:
                for kind, path in (("ipk", f"{name}_{release}_{arch}.ipk"),
                                   ("apk", f"{name}-{release}.apk")):
                    path = self.out / arch / path
                    self.packages.append((kind, arch, name, path, read(path)))

    def each(self, kind=None):
        """Format, architecture, name and what was read, of all packages or one format's."""
        return [(one[0], one[1], one[2], one[4]) for one in self.packages if kind in (None, one[0])]


def program_path(target, variant, root=ROOT):
    """Where openwrt/build leaves a program."""
    return root / "target/openwrt" / target / variant / "ddnsbox"


def has_toolchain():
    """Whether openwrt/build can work here."""
    venv = os.environ.get("DDNSBOX_ZIG_VENV", str(ROOT / "target/zig"))
    return Path("/usr/bin/cargo").exists() and bool(
        shutil.which("cargo-zigbuild", path=f"{venv}/bin:/usr/bin:{os.environ['PATH']}"))


def emulate(workshop, arch, package, *arguments):
    """Runs the program of a package."""
    emulator = f"qemu-{ARCHES[arch]}-static"
    if not shutil.which(emulator):
        raise Skip(f"{emulator} is not installed")
    path = workshop.directory / "program"
    path.write_bytes(package.items["usr/bin/ddnsbox"].data)
    path.chmod(0o755)
    return run([emulator, path, *arguments]).decode()


def copy_tree(place):
    """This tree without what is built and without its repository."""
    shutil.copytree(ROOT, place, symlinks=True,
                    ignore=lambda folder, names: {"target", ".git"} & set(names)
                    if Path(folder) == ROOT else set())
    return place
