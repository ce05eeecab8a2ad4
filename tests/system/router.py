"""What the test does to the emulated router, and what it asks it: clock, lines, log, memory."""

import re
import time

from machine import Broken, Machine

# What netifd is told of each line: device, address, gateway, metric.
LINES = {"wan": "eth0 192.168.8.2/24 192.168.8.1 10", "wanb": "eth1 100.64.3.2/24 100.64.3.1 20"}
DEVICES = {name: words.split()[0] for name, words in LINES.items()}
LOG_SECONDS_MAX = 150
IDLE_SECONDS_MAX = 150
POLL_SECONDS = 0.1
# What the lines of the scripts begin with, and of the daemon, whose output procd sends to the log.
TAG = re.compile(r" ddnsbox: | ipv6ddns\[[0-9]+\]: ")
# Everything that may be at work while nothing happens; of what is ours nothing may.
OURS = "ps -o pid,args | grep -E 'ddnsbox|cf-ddns-sync|dig|sleep' | grep -v grep"


class Router(Machine):
    """An emulated machine that is used as a router."""

    def up(self, line):
        """The line comes up, as netifd does it; milliseconds the hooks took."""
        return int(self.do(f"netifd ifup {line} {LINES[line]}"))

    def down(self, line):
        """The line goes down; milliseconds the hooks took."""
        return int(self.do(f"netifd ifdown {line} {DEVICES[line]}"))

    def renewed(self, line, new):
        """The lease was renewed, with another address or not; milliseconds the hooks took."""
        return int(self.do(f"netifd ifupdate {line} {DEVICES[line]} {'new' if new else ''}"))

    def start_service(self):
        """What rc does at boot with an enabled init script."""
        self.do("/etc/init.d/ddnsbox boot")

    def set_clock(self, seconds):
        """Sets the clock to so many seconds since 1970."""
        self.do(f"date -s @{int(seconds)} >/dev/null")

    def time_arrives(self):
        """NTP sets the clock to the right time and tells the hooks so."""
        self.set_clock(time.time())
        self.do("export ACTION=step; sh -c '. /lib/functions.sh; "
                "for hook in /etc/hotplug.d/ntp/*; do ( . \"$hook\" ); done'")

    def log(self):
        """The system's log, oldest line first; only what comes after the time and the host."""
        lines = self.do("logread").splitlines()
        return [line.split(" ", 4)[-1] for line in lines]

    def log_of_ours(self):
        """What the package has logged: (priority, words)."""
        found = [TAG.split(line, maxsplit=1) for line in self.log()]
        return [(one[0].split(".")[-1], one[1]) for one in found if len(one) == 2]

    def wait_for_log(self, words, after=0, seconds=LOG_SECONDS_MAX):
        """Waits until the package logs a line with these words; gives the line and how long."""
        began = time.monotonic()
        while True:
            lines = self.log_of_ours()
            for _, line in lines[after:]:
                if words in line:
                    return line, time.monotonic() - began
            if time.monotonic() - began > seconds:
                raise Broken(f"no '{words}' in the log after {seconds} s: {lines[after:]}")
            time.sleep(POLL_SECONDS)

    def logged(self):
        """How many lines the package has logged so far: what comes later is new."""
        return len(self.log_of_ours())

    def ours(self):
        """Processes of the package that are at work."""
        said, _ = self.order(OURS)
        return said.splitlines()

    def wait_idle(self, seconds=IDLE_SECONDS_MAX):
        """Waits until nothing of the package is at work."""
        ends = time.monotonic() + seconds
        idle = 0
        # One look can miss a process that takes over from another.
        while idle < 2:
            left = self.ours()
            idle = 0 if left else idle + 1
            if time.monotonic() > ends:
                raise Broken(f"still at work after {seconds} s: {left}")
            time.sleep(POLL_SECONDS)

    def memory(self):
        """KiB of memory: (free, available)."""
        said = self.do("cat /proc/meminfo")
        found = dict(line.split(":") for line in said.splitlines())
        return tuple(int(found[name].split()[0]) for name in ("MemFree", "MemAvailable"))

    def peak_of_running(self):
        """KiB the program that is at work has held at most, or None where none is."""
        said, _ = self.order("for p in $(pidof cf-ddns-sync ddnsbox); do "
                             "sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$p/status; done")
        found = [int(word) for word in said.split()]
        return max(found) if found else None
