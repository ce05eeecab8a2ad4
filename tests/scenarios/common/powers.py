"""What a process may still do: the kernel's own account of it, checked to be as good as nothing."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time

from checks import Skipped, equal, true
from processes import limit, status
import subject
from subject import NOBODY, is_confined, variables

CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapAmb")
# Secrets may be in any of these.
PRIVATE = ("environ", "maps", "mem")


def user_named(name):
    """The numbers of a user and of its group."""
    found = pwd.getpwnam(name)
    return found.pw_uid, found.pw_gid


def need_nobody():
    """Root must be able to become another user and still start the program's children."""
    if variables():
        raise Skipped("not as another user: it lies where only root gets, or may not become one")


@contextlib.contextmanager
def roots_directory():
    """A directory of root's that nobody else may change, nor what it is in."""
    directory = tempfile.mkdtemp(prefix="ddnsbox-logs-")
    try:
        os.chmod(directory, 0o755)
        yield directory
    finally:
        shutil.rmtree(directory)


def expect_powerless(pid, descriptors_max, user=None):
    """It is another user than root, with no capability, no way to any, and few descriptors."""
    need_nobody()
    found = status(pid)
    if os.geteuid() == 0:
        uid, gid = user_named(user) if user else (NOBODY, NOBODY)
        equal("user", found["Uid"].split(), [str(uid)] * 4)
        equal("group", found["Gid"].split(), [str(gid)] * 4)
        equal("other groups", found["Groups"], "")
    for name in CAPABILITIES:
        equal(name, int(found[name], 16), 0)
    equal("NoNewPrivs", found["NoNewPrivs"], "1")
    if is_confined():
        equal("Seccomp", found["Seccomp"], "2")
    equal("core files", limit(pid, "Max core file size"), ["0", "0"])
    _, hard = limit(pid, "Max open files")
    true("too many descriptors", int(hard) <= descriptors_max, hard)


def expect_closed(pid):
    """Another process of the same user cannot read what it has in its memory."""
    if os.geteuid() != 0:
        return
    found = status(pid)
    uid, gid = int(found["Uid"].split()[0]), int(found["Gid"].split()[0])
    for name in PRIVATE:
        # Between exec and its first instruction a process is as exec has left it.
        ends = time.monotonic() + subject.limit(0)
        while b"ermission denied" not in (reader := subprocess.run(
                ["cat", f"/proc/{pid}/{name}"], user=uid, group=gid, extra_groups=[],
                capture_output=True, check=False)).stderr:
            true(f"{name} can be read by another process", time.monotonic() < ends,
                 (reader.stdout[:100], reader.stderr))
            time.sleep(0.02)
