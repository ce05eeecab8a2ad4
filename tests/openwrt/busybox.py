"""A busybox like OpenWrt's: Debian's source with the settings of busybox.settings."""

import glob
import os
import re
import shutil

from debian import ROOT, Missing, command, need, source

SETTINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "busybox.settings")
KEPT = os.path.join(ROOT, "target/busybox")
# Without libraries, so that it runs in any root directory. Not a question of what scripts see.
OURS = {"STATIC": "y"}
NOT_SET = "# CONFIG_{} is not set"


def _wanted():
    """Settings by name, "y" for those that are on."""
    wanted = {}
    with open(SETTINGS, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                name, _, value = line.rstrip("\n").partition("=")
                wanted[name] = value or "y"
    return wanted | OURS


def _known(*trees):
    """Names of all settings there are in this version."""
    known = set()
    for tree in trees:
        for path in glob.glob(f"{tree}/**/Config.in", recursive=True):
            with open(path, encoding="utf-8", errors="replace") as file:
                known |= set(re.findall(r"(?m)^\s*config (\w+)", file.read()))
    return known


def _configure(make, tree, out):
    """Writes the configuration, and fails where the build does not take it as it is meant."""
    command(*make, "allnoconfig")
    wanted, known = _wanted(), _known(tree, out)
    config = os.path.join(out, ".config")
    with open(config, "w", encoding="utf-8") as file:
        for name in sorted(known):
            print(f"CONFIG_{name}={wanted[name]}" if name in wanted else NOT_SET.format(name),
                  file=file)
    # An empty answer is the default, which is asked for only where a name has none above.
    command("sh", "-c", 'yes "" | "$@" oldconfig', "sh", *make)
    with open(config, encoding="utf-8") as file:
        lines = set(file.read().splitlines())
    on = {line[len("CONFIG_"):-2] for line in lines if re.fullmatch(r"CONFIG_\w+=y", line)}
    # Without SHA-2 of its own for passwords: that is the C library's in a static program.
    lacking = {name for name, value in wanted.items() if value == "y"} & known - on
    lacking -= {"USE_BB_CRYPT_SHA"}
    surplus = on - set(wanted) - {"PLATFORM_LINUX"}
    if lacking or surplus:
        raise AssertionError(f"busybox: lacks {sorted(lacking)}, has besides {sorted(surplus)}")


def built():
    """The program, and the paths that OpenWrt links to it; built if it is not there yet."""
    program, links = os.path.join(KEPT, "busybox"), os.path.join(KEPT, "busybox.links")
    if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(SETTINGS):
        need("make", "gcc")
        tree = source("busybox")
        out = os.path.join(KEPT, "out")
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        make = ["make", "-C", tree, f"O={out}", f"-j{os.cpu_count()}"]
        _configure(make, tree, out)
        command(*make, "busybox", "busybox.links")
        shutil.copy(os.path.join(out, "busybox.links"), links)
        shutil.copy(os.path.join(out, "busybox"), f"{program}.new")
        os.rename(f"{program}.new", program)
        shutil.rmtree(out)
    with open(links, encoding="utf-8") as file:
        return program, file.read().split()


__all__ = ["Missing", "built"]
