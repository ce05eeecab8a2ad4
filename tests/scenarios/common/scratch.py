"""The directory in which a run keeps its temporary files; what killed runs have left is removed."""

import atexit
import os
import re
import shutil
import subprocess
import tempfile

PLACE, NAME = "/tmp", "ddnsbox-tests-"
NAMESPACES = "/run/netns", "/etc/netns"


def begin():
    """From now on temporary files lie in a directory that goes when this process ends."""
    if os.geteuid() == 0:
        sweep()
    directory = os.path.join(PLACE, f"{NAME}{os.getpid()}")
    os.makedirs(directory, exist_ok=True)
    # Programs that are not root have directories of their own in it.
    os.chmod(directory, 0o755)
    os.environ["TMPDIR"] = tempfile.tempdir = directory
    atexit.register(remove, directory, os.getpid())


def remove(directory, owner=None):
    """Removes a directory, and unmounts what is mounted in it; not for a child of its owner."""
    if owner not in (None, os.getpid()):
        return
    mounted = [place for place in mounts() if place.startswith(directory + "/")]
    for place in reversed(mounted):
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)
    if not any(place.startswith(directory + "/") for place in mounts()):
        shutil.rmtree(directory, ignore_errors=True)


def mounts():
    """Where something is mounted, in the order in which it was done."""
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
        return [line.split()[1] for line in file]


def is_stale(name, pattern):
    """Whether it belongs to a process that is gone."""
    match = re.match(pattern, name)
    return match is not None and not os.path.exists(f"/proc/{match[1]}")


def sweep():
    """Removes what runs have left that were killed before they could."""
    for name in os.listdir(PLACE):
        if is_stale(name, rf"{NAME}([0-9]+)$"):
            remove(os.path.join(PLACE, name))
    known, kept = NAMESPACES
    for name in os.listdir(known) if os.path.isdir(known) else ():
        if is_stale(name, "ddnsbox([0-9]+)-"):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
            shutil.rmtree(os.path.join(kept, name), ignore_errors=True)
