"""A router's root directory to try the package's scripts in: busybox, stubs, and the files."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import busybox

HERE = Path(__file__).resolve().parent
FILES = HERE.parent.parent / "openwrt" / "files"
CONFIG = """\
config globals 'globals'
\toption interval '10'

config cf_ddns_sync 'home'
\toption enabled '1'
\toption api_token 'T0ken-of.home'
\toption zone_id '023e105f4ecef8ad9ca31a8372d0c353'
\toption target 'home.example.com'
\tlist source 'wan'
\tlist source 'eth9'
"""


def delivered(kind):
    """The section of a type in the delivered configuration, enabled."""
    text = (FILES / "etc/config/ddnsbox").read_text(encoding="utf-8")
    section = text.partition(f"config {kind} ")[2].partition("\nconfig ")[0]
    return f"config {kind} {section}".replace("enabled '0'", "enabled '1'")


class Router:
    """Runs commands in a root directory laid out as the package lays it out."""

    def __init__(self, config=CONFIG, crontab=None, devices="wan pppoe-wan\n", enter=()):
        # What comes before each command: one that enters a network, for example.
        self.enter = enter
        self.root = Path(tempfile.mkdtemp(prefix="ddnsbox-router-"))
        for name in ("bin", "tmp", "proc", "dev", "var/run", "var/log", "etc/crontabs"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        program, links = busybox.built()
        shutil.copy(program, self.root / "bin/busybox")
        for link in links:
            path = self.root / link.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to("/bin/busybox")
        shutil.copytree(FILES, self.root, dirs_exist_ok=True)
        self.lay_over_stubs()
        self.copy_with_libraries(shutil.which("setpriv"), "usr/bin/setpriv")
        # For the stubs: OpenWrt's own takes whole seconds.
        self.copy_with_libraries(shutil.which("sleep"), "usr/bin/nap")
        self.write("etc/passwd", "root:x:0:0:root:/root:/bin/ash\n")
        self.write("tmp/program.calls", "", 0o666)
        self.write("etc/init.d/cron", "#!/bin/sh\necho \"cron $*\" >>/tmp/cron.calls\n", 0o755)
        self.write("etc/config/ddnsbox", config, 0o600)
        self.write("etc/rc.d/S95ddnsbox", "")
        self.write("tmp/devices", devices)
        self.write("tmp/prefixes", "")
        self.write("sys/class/net/eth9/operstate", "up\n")
        self.write("dev/null", "")
        if crontab is not None:
            self.write("etc/crontabs/root", crontab, 0o600)
        # Not everybody in the router is root.
        self.root.chmod(0o755)

    def __enter__(self):
        subprocess.run(["mount", "-t", "proc", "proc", self.root / "proc"], check=True)
        subprocess.run(["mount", "--bind", "/dev/null", self.root / "dev/null"], check=True)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            # A daemon would stay for ever, and hide what has gone wrong.
            self.kill_all()
        self.wait_idle()
        for name in ("dev/null", "proc"):
            subprocess.run(["umount", "-l", self.root / name], check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def lay_over_stubs(self):
        """Stubs take the place of what has their name: never of what a link leads to."""
        for path in (HERE / "stubs").rglob("*"):
            target = self.root / path.relative_to(HERE / "stubs")
            if path.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.unlink(missing_ok=True)
                shutil.copy(path, target)

    def copy_with_libraries(self, program, name):
        """A program of this machine, which needs its libraries."""
        shutil.copy(program, self.root / name)
        said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for library in re.findall(r"(/\S+) \(", said):
            target = self.root / library.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, target)

    def write(self, name, text, mode=0o644):
        """Makes a file in the router."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)

    def read(self, name):
        """The text of a file, empty where there is none."""
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def lines(self, name):
        """The lines of a file."""
        return self.read(name).splitlines()

    def mode(self, name):
        """Permission bits of a file."""
        return (self.root / name).stat().st_mode & 0o777

    def run(self, *command, **variables):
        """Runs a command in the router and gives what it printed and its status."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **variables}
        return subprocess.run([*self.enter, "chroot", self.root, *command], env=environment,
                              text=True, stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)

    def shell(self, script, **variables):
        """Runs a script; it must go well."""
        done = self.run("/bin/sh", "-c", script, **variables)
        if done.returncode or done.stderr:
            raise AssertionError(f"{script}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def init(self, *words):
        """Calls the init script."""
        return self.shell(f"/etc/init.d/ddnsbox {' '.join(words)}")

    def status(self, *words):
        """What `status` prints; its exit status must be 1 where all is not well, and else 0."""
        done = self.run("/etc/init.d/ddnsbox", "status", *words)
        text = done.stdout + done.stderr
        is_bad = bool(re.search(r"^\w+: (FAILED|NOT )|^/etc/config", text, re.MULTILINE))
        if done.returncode != is_bad:
            raise AssertionError(f"status: exit {done.returncode}: {text}")
        return done.stdout

    def hotplug(self, **variables):
        """Calls the interface hooks as netifd does."""
        self.shell(". /lib/functions.sh; for f in /etc/hotplug.d/iface/*; do ( . $f ); done",
                   **variables)

    def processes(self):
        """Numbers of the processes at work in the router."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "root") == str(self.root):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def at_work(self, script):
        """Whether one of the package's scripts is."""
        for process in self.processes():
            try:
                words = Path(f"/proc/{process}/cmdline").read_bytes()
            except OSError:
                continue
            if f"/usr/lib/ddnsbox/{script}\0".encode() in words:
                return True
        return False

    def events_end(self):
        """Waits until all that events have started, but runs, is at an end."""
        self.wait_for(lambda: not self.at_work("event"), "the events' end", 120)

    def kill_all(self):
        """Ends all that is at work, until nothing is left that starts others."""
        while self.processes():
            for process in self.processes():
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    def wait_for(self, condition, what, seconds=30):
        """Waits until a condition holds; fails with what it was and the log."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds} s; log: {self.read('tmp/log')}")
            time.sleep(0.02)

    def wait_idle(self, seconds=60):
        """Waits until nothing is at work any more."""
        end = time.monotonic() + seconds
        idle = 0
        # One scan can miss a process that takes over from another while it goes on.
        while idle < 3:
            idle = 0 if self.processes() else idle + 1
            if time.monotonic() > end:
                raise AssertionError(f"still at work: {self.processes()}")
            time.sleep(0.02)

    def calls(self):
        """How the program was called: a list of (arguments, environment)."""
        calls = []
        for line in self.lines("tmp/program.calls"):
            word, _, rest = line.partition(" ")
            if word == "call":
                calls.append(([], []))
            else:
                calls[-1][word == "env"].append(rest)
        return calls
