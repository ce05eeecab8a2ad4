"""What is on the emulated router's flash: the package, and stand-ins for the rest of OpenWrt."""

import glob
import os
import subprocess
import sys

import built
from debian import ROOT
from tree import Tree

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = os.path.join(ROOT, "openwrt/files")
STUBS = os.path.join(ROOT, "tests/openwrt/stubs")
PACKER = os.path.join(ROOT, "openwrt/pack")
PACKAGES = os.path.join(ROOT, "target/openwrt/packages")
GUEST = os.path.join(HERE, "guest")
PRIVATE = 0o600
STANDS_IN = ["etc/rc.common", "lib/functions.sh", "lib/functions/network.sh", "sbin/uci",
             "sbin/validate_data"]


class NoPackage(Exception):
    """There is nothing to install: a failure, for all of it is ours to make."""


CONFIG = """\
config globals 'globals'
\toption interval '10'

config cf_ddns_sync 'home'
\toption enabled '1'
\toption api_token '{token}'
\toption zone_id '{zone}'
\toption target '{target}'
\tlist source 'wan'
\tlist source 'wanb'
"""


def packed(board):
    """The package for a board, made by our packer, or None where there is no packer."""
    if not os.path.exists(PACKER):
        return None
    architecture = board.package_architecture
    done = subprocess.run([sys.executable, PACKER, architecture], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise NoPackage(f"openwrt/pack: exit {done.returncode}: {done.stderr.strip()[-300:]}")
    found = glob.glob(os.path.join(PACKAGES, architecture, "ddnsbox_*.ipk"))
    return max(found, key=os.path.getmtime)


def install_package(tree, board, package):
    """Lays the package's files down: from an .ipk, or as it would from what it is made of."""
    package = package or packed(board)
    if package:
        tree.unpack(package)
        return
    if not os.path.exists(board.binary):
        raise NoPackage(f"no {board.binary}: openwrt/build {board.name} full makes it")
    tree.lay_over(FILES)
    tree.copy("usr/bin/ddnsbox", board.binary)
    for applet in ("cf-ddns-sync", "ipv6ddns"):
        tree.link(f"usr/bin/{applet}", "ddnsbox")


def install_openwrt(tree, board):
    """All that the package finds on a router: busybox, flock, procd's and netifd's shell side."""
    for path in ("bin", "sbin", "usr/sbin", "proc", "sys", "dev", "tmp", "lib/modules",
                 "etc/crontabs"):
        tree.directory(path)
    tree.copy("bin/busybox", board.busybox())
    tree.file("usr/bin/nap", "#!/bin/sh\nexec sleep \"$@\"\n", 0o755)
    for path in ("init", "bin/sh", "sbin/init", "bin/mkdir", "bin/mount", "usr/bin/logger",
                 "usr/bin/logread"):
        tree.link(path, "/bin/busybox")
    tree.copy("usr/bin/flock", board.helper("tests/system/flock.c"))
    tree.copy("usr/bin/peak", board.helper("tests/bench/peak.c"))
    tree.copy("usr/bin/under", built.under(board.compiler))
    for path in STANDS_IN:
        tree.copy(path, os.path.join(STUBS, path))
    tree.lay_over(GUEST)
    modules = board.modules()
    for module in modules:
        tree.copy(f"lib/modules/{os.path.basename(module)}", module, 0o644)
    order = [os.path.basename(module).removesuffix(".ko") for module in modules]
    tree.file("lib/modules/order", "".join(f"{name}\n" for name in order))
    tree.link("var", "tmp")
    tree.file("etc/passwd", "root:x:0:0:root:/tmp:/bin/sh\n")
    tree.file("etc/group", "root:x:0:\n")
    tree.file("etc/resolv.conf", "nameserver 1.1.1.1\n")


def configure(tree, ca, **options):
    """What the owner sets: an enabled section, and whom to trust."""
    tree.file("etc/config/ddnsbox", CONFIG.format(**options), PRIVATE)
    # As OpenWrt's ca-bundle has them.
    tree.copy("etc/ssl/certs/ca-certificates.crt", ca, 0o644)
    tree.link("etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt")


def flash(board, package, ca, **options):
    """The whole tree of a configured router."""
    tree = Tree()
    install_package(tree, board, package)
    install_openwrt(tree, board)
    configure(tree, ca, **options)
    return tree
