"""A world for each scenario: namespaces of its own for processes, mounts, network and host name.

What a scenario starts, mounts or listens at is gone when its first process is. That one also is
the parent of whatever is left over by others, so nothing a program leaves behind is missed.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time

from subject import let_in

WITHIN = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child",
          "--mount-proc"]
TOOLS = ("ip", "strace", "unshare", "prlimit", "mount", "named", "dig", "nsupdate", "cc")
# A tracer ends a little later than what it traces.
LEFT_SECONDS_MAX = 60


ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))


def why_not():
    """Why no such world can be made here, or None."""
    if os.geteuid() != 0:
        return "namespaces need root"
    for tool in TOOLS:
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    done = subprocess.run([*WITHIN, "strace", "-DD", "-qq", "-o", "/dev/null",
                           "-e", "inject=openat:error=EIO:when=9999", "true"],
                          capture_output=True, text=True, check=False)
    return done.stderr.strip() or "no namespace" if done.returncode else None


def enter():
    """The first thing inside: a directory, and a network that is up. Gives why not, or None."""
    os.environ["TMPDIR"] = "/tmp"
    project = os.open(ROOT, os.O_PATH)
    calls = [["mount", "-t", "tmpfs", "-o", "mode=1777", "none", "/tmp"]]
    if ROOT.startswith("/tmp/"):
        # What is hidden by that is put back to its place.
        # By its descriptor: by its name it would be the empty one.
        again = ["mount", "-c", "--bind", f"/proc/self/fd/{project}", ROOT]
        calls += [["mkdir", "-p", ROOT], again]
    for call in calls:
        mounted = subprocess.run(call, pass_fds=[project], capture_output=True, text=True,
                                 check=False)
        if mounted.returncode:
            return mounted.stderr.strip()
    os.close(project)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return None


def directory(name):
    """A new directory of the scenario's own."""
    path = tempfile.mkdtemp(prefix=f"{name}-")
    let_in(path)
    return path


def children():
    """Our children, and what others have left us: {pid: its state}."""
    found = {}
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:
            for pid in file.read().split():
                try:
                    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
                        found[int(pid)] = stat.read().rpartition(")")[2].split()[0]
                except OSError:
                    continue
    return found


def command_line(pid):
    """The arguments of a process, as one text."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
    except OSError:
        return ""


def left_over(known):
    """What is left beside the processes known, once it had time to end; it is ended here."""
    ends = time.monotonic() + LEFT_SECONDS_MAX
    while True:
        found = {pid: state for pid, state in children().items() if pid not in known}
        for pid in [pid for pid, state in found.items() if state == "Z"]:
            os.waitpid(pid, 0)
            del found[pid]
        if not found:
            return []
        if time.monotonic() > ends:
            lines = [f"{pid} {state} {command_line(pid)}" for pid, state in found.items()]
            for pid in found:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            return lines
        time.sleep(0.002)
