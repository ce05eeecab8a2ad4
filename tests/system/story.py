"""The life of an emulated router, step by step: boots, syncs, follows, loses its power, mends."""

import hashlib
import time

from checks import equal, true
from daemon import Following
from router import Router
from cloudflare_api import TARGET
from world import WAN0_MOVED, WAN0_PUBLIC, WAN1_PUBLIC

# The first change of an address is made but never answered, the second is not even made.
FAULTS = ["PATCH#1 applied-silent", "PATCH#2 silent-after"]
CUT_SECONDS_MAX = 120
# A hook that waited would do so for a second at least.
HOOK_MILLISECONDS_MAX = 900
CRON_PERIOD_SECONDS = 600
# So long before its turn is cron started: it looks at the clock once a minute.
CRON_AHEAD_SECONDS = 4
# Of several batches the quickest counts: this machine may have other things to do.
BATCHES = 4
ROUNDS = 5
HOURS = 24
CRON_RUNS_AN_HOUR = 6
SECTOR_BYTES = 512
CACHE = f"/var/cache/cf-ddns/{TARGET}.cache"
# Without it a run has nothing to compare with, and is logged even if all is as it was.
STATE = "/var/run/ddnsbox/home.state"
MARK = "# ddnsbox"

# Time and peak memory of the program itself, with the arguments the section's job has. The first
# round brings it into memory and is not counted.
MEASURE = f"""
while IFS= read -r line; do set -- "$@" "$line"; done </var/run/ddnsbox/home.args
set -- "$@" --source=eth0 --source=eth1
rounds() {{
    left=$1
    shift
    while [ $left -gt 0 ]; do
        left=$((left - 1))
        rm -f DELETED
        "$@" || exit 1
    done
}}
rounds 1 "$@"
for batch in $(seq {BATCHES}); do
    began=$(cut -d ' ' -f 1 /proc/uptime)
    rounds {ROUNDS} "$@"
    echo "batch $began $(cut -d ' ' -f 1 /proc/uptime)"
done
rm -f DELETED
echo "peak $(peak "$@")"
"""


class Story(Following):
    """Each method of STEPS is one step, played in that order; what it returns is printed."""

    def __init__(self, cables, api, hardware):
        self.net, self.api, self.hardware = cables, api, hardware
        self.router = None
        self.seen = 0

    def stop(self):
        """Ends the machine, if one is at work."""
        if self.router is not None:
            self.router.cut_power()

    def evidence(self):
        """What the router says about itself, for a step that failed."""
        if self.router is None or not self.router.is_on():
            return "the router is off"
        said, _ = self.router.order("logread | tail -n 20; ps -o pid,args | grep -v '\\['", 10)
        return said

    def requests(self):
        """Methods of the API requests since this was last asked."""
        lines = self.api.requests()
        new, self.seen = lines[self.seen:], len(lines)
        return [line.split()[0] for line in new]

    def expect_records(self, *addresses):
        """The name has exactly these addresses."""
        found = sorted(record["content"] for record in self.api.records())
        equal("records", found, sorted(addresses))

    def power_on(self):
        """Turns the router on; gives a sentence about its memory."""
        self.router = Router(self.net, self.hardware)
        free, available = self.router.memory()
        return f"{self.router.boot_seconds:.1f} s, {free} KiB free, {available} available"

    # The steps.

    def boots(self):
        """the router boots, with its clock in 1970"""
        said = self.power_on()
        equal("year", self.router.do("date +%Y"), "1970")
        kernel, total = self.router.do("uname -rm; sed -n 's/MemTotal: *//p' /proc/meminfo"
                                       ).splitlines()
        return f"Linux {kernel}, {total} of memory; {said}"

    def package_is_in_place(self):
        """the program runs, by its own name and by the applet's; the secret is for root alone"""
        do = self.router.do
        equal("link", do("readlink /usr/bin/cf-ddns-sync"), "ddnsbox")
        equal("mode", do("stat -c %a /etc/config/ddnsbox"), "600")
        said = do("cf-ddns-sync --version 2>&1")
        equal("version by the other name", do("ddnsbox cf-ddns-sync --version 2>&1"), said)
        return said

    def no_clock_no_sync(self):
        """the service starts and WAN comes up, but the clock is in 1970: it says so and waits"""
        self.router.start_service()
        took = self.router.up("wan")
        line, _ = self.router.wait_for_log("system clock is not set")
        equal("requests", self.requests(), [])
        return f"'{line}'; hook took {took} ms"

    def clock_set(self):
        """NTP sets the clock: the address behind the NAT is found, and stands at the name"""
        before = self.router.logged()
        self.router.time_arrives()
        line, seconds = self.router.wait_for_log("in step:", before)
        self.expect_records(WAN0_PUBLIC)
        equal("requests", self.requests(), ["GET", "POST"])
        self.router.wait_idle()
        equal("requests of the runs that waited", self.requests(), [])
        return f"'{line}' {seconds:.1f} s later"

    def second_line(self):
        """a second WAN comes up: both addresses stand at the name"""
        before = self.router.logged()
        took = self.router.up("wanb")
        line, seconds = self.router.wait_for_log("in step:", before)
        true("both addresses", WAN0_PUBLIC in line and WAN1_PUBLIC in line, line)
        self.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)
        self.router.wait_idle()
        asked = self.requests()
        equal("writes", [one for one in asked if one != "GET"], ["POST"])
        return f"{seconds:.1f} s later, {' '.join(asked)}; hook took {took} ms"

    def second_line_fails(self):
        """the second WAN goes down and comes back: so does its address"""
        before = self.router.logged()
        self.router.down("wanb")
        _, gone = self.router.wait_for_log("in step:", before)
        self.expect_records(WAN0_PUBLIC)
        self.router.wait_idle()
        before = self.router.logged()
        self.router.up("wanb")
        _, back = self.router.wait_for_log("in step:", before)
        self.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)
        self.router.wait_idle()
        return f"gone after {gone:.1f} s, back after {back:.1f} s, {' '.join(self.requests())}"

    def cron_finds_nothing_to_do(self):
        """cron's turn comes: the job runs, and no request is made"""
        lines = self.router.do("cat /etc/crontabs/root").splitlines()
        equal("lines of cron", lines, [f"*/10 * * * * /usr/lib/ddnsbox/event cron {MARK}"])
        before = self.router.logged()
        turn = (int(time.time()) // CRON_PERIOD_SECONDS + 1) * CRON_PERIOD_SECONDS
        self.router.set_clock(turn - CRON_AHEAD_SECONDS)
        self.router.do(f"rm {STATE}; /etc/init.d/cron restart")
        line, seconds = self.router.wait_for_log("(cron)", before)
        self.router.wait_idle()
        equal("requests", self.requests(), [])
        self.router.set_clock(time.time())
        return f"'{line}' after {seconds:.1f} s"

    def renewals(self):
        """renewals that change no address start no run; the hooks return at once in any case"""
        before = self.router.logged()
        waits = [self.router.renewed("wan", new=False) for _ in range(ROUNDS)]
        self.router.wait_idle()
        equal("new in the log", self.router.log_of_ours()[before:], [])
        # Those that start something wait no longer for it; the quickest, as with the figures.
        before = self.router.logged()
        changes = [self.router.renewed("wan", new=True) for _ in range(ROUNDS)]
        self.router.wait_for_log("(hotplug)", before)
        self.router.wait_idle()
        true("hooks keep netifd waiting", max(min(waits), min(changes)) <= HOOK_MILLISECONDS_MAX,
             f"{waits} and {changes} ms")
        return f"hooks took {min(waits)} to {max(waits)} ms, with a change up to {max(changes)} ms"

    def figures_of_runs(self):
        """time and memory of a run that finds all as it was, and of one that asks the API"""
        cached = self._measure("cached run", "/nothing")
        equal("requests", self.requests(), [])
        full = self._measure("full run", CACHE)
        equal("requests", self.requests(), ["GET"] * (BATCHES * ROUNDS + 2))
        return f"{cached}; {full}"

    def _measure(self, what, deleted):
        said = self.router.do(MEASURE.replace("DELETED", deleted)).splitlines()
        words = [line.split() for line in said]
        batches = [float(line[2]) - float(line[1]) for line in words if line[0] == "batch"]
        each, peak = 1000 * min(batches) / ROUNDS, words[-1][1]
        return f"{what}: {each:.0f} ms, {peak} KiB at peak"

    def cut_after_the_write(self):
        """the address changes; the power goes when it is written, but not yet answered"""
        return self._cut(WAN0_PUBLIC, WAN0_MOVED, written=True)

    def mended_after_the_write(self):
        """the next boot finds the write done, and goes on from there"""
        said = self._boot_and_mend(WAN0_MOVED)
        equal("requests", self.requests(), ["GET"])
        return said

    def cut_before_the_write(self):
        """the address changes again; the power goes before the write is done"""
        return self._cut(WAN0_MOVED, WAN0_PUBLIC, written=False)

    def mended_before_the_write(self):
        """the next boot finds the old address, and writes the new one"""
        said = self._boot_and_mend(WAN0_PUBLIC)
        equal("requests", self.requests(), ["GET", "PATCH"])
        return said

    def _cut(self, old, new, written):
        self.net.move_wan0(old, new)
        self.router.renewed("wan", new=True)
        ends = time.monotonic() + CUT_SECONDS_MAX
        asked = []
        while "PATCH" not in asked:
            true("no write", time.monotonic() < ends, asked)
            asked += self.requests()
            time.sleep(0.05)
        free, available = self.router.memory()
        peak = self.router.peak_of_running()
        self.router.cut_power()
        self.expect_records(new if written else old, WAN1_PUBLIC)
        return f"during the write {free} KiB free, {available} available, VmHWM {peak} KiB"

    def _boot_and_mend(self, address):
        self.power_on()
        self.router.do("! ls /var/cache/* >/dev/null 2>&1")
        self.router.start_service()
        for line in ("wan", "wanb"):
            self.router.up(line)
        self.router.wait_for_log("system clock is not set")
        equal("requests before the clock is set", self.requests(), [])
        before = self.router.logged()
        self.router.time_arrives()
        line, seconds = self.router.wait_for_log("in step:", before)
        self.expect_records(address, WAN1_PUBLIC)
        self.router.wait_idle()
        return f"'{line}' {seconds:.1f} s after the clock was set"

    def flash_is_left_alone(self):
        """hours of cron and hotplug write to memory only: no file or directory is newer"""
        self.router.do("touch /written; sleep 1")
        runs = self._hour(CRON_RUNS_AN_HOUR)
        equal("requests", self.requests(), [])
        equal("written", self.router.do("find / -xdev -newer /written"), "")
        return f"{runs} runs"

    def _hour(self, cron_runs):
        """That many runs of cron, and a line with another address; gives how many runs it took."""
        before = self.router.logged()
        self.router.do(f"for run in $(seq {cron_runs}); do rm {STATE}; "
                       "/usr/lib/ddnsbox/event cron; done")
        self.router.renewed("wan", new=True)
        self.router.wait_for_log("(hotplug)", before)
        self.router.wait_idle()
        return sum("in step:" in line for _, line in self.router.log_of_ours()[before:])

    def _on_flash(self):
        """Bytes written to flash since power was turned on, and a hash of all that it holds."""
        said = self.router.do("sync; sleep 1; grep ' vdb ' /proc/diskstats")
        with open(self.hardware.disks[1][0], "rb") as file:
            return int(said.split()[9]) * SECTOR_BYTES, hashlib.sha256(file.read()).hexdigest()

    def a_day_on_flash(self):
        """a day of cron and hotplug runs, one after the other, writes no byte to flash"""
        mounts = self.router.do("cat /proc/mounts")
        true("the root is not on flash", "overlay / overlay rw,noatime" in mounts, mounts)
        written, before = self._on_flash()
        runs = sum(self._hour(CRON_RUNS_AN_HOUR) for _ in range(HOURS))
        equal("runs", runs, HOURS * (CRON_RUNS_AN_HOUR + 1))
        equal("bytes written to flash and its hash", self._on_flash(), (written, before))
        self.router.do("echo written >/etc/written")
        more, after = self._on_flash()
        true("a written file is not seen", more > written and after != before, more - written)
        self.router.do("rm /etc/written")
        return f"{runs} runs: 0 bytes (a file of 8 bytes: {more - written})"

    def at_rest(self):
        """all is quiet again: nothing of ours is at work, and no request has broken the schema"""
        equal("at work", self.router.ours(), [])
        equal("schema", self.api.violations(), [])
        free, available = self.router.memory()
        status = self.router.do("/etc/init.d/ddnsbox status")
        return f"'{status}', {free} KiB free, {available} available"

    def stopped(self):
        """the service is stopped: its line of cron and its files are gone; the power goes off"""
        do = self.router.do
        do("/etc/init.d/ddnsbox stop")
        self.router.wait_idle()
        equal("lines of cron", do("cat /etc/crontabs/root"), "")
        secrets = do("ls /var/run/ddnsbox | grep -E 'args|token|toml' || true")
        equal("files", secrets, "")
        equal("exit of the emulator", self.router.power_off(), 0)


STEPS = [Story.boots, Story.package_is_in_place, Story.no_clock_no_sync, Story.clock_set,
         Story.second_line, Story.second_line_fails, Story.cron_finds_nothing_to_do,
         Story.renewals, Story.figures_of_runs, Story.cut_after_the_write,
         Story.mended_after_the_write, Story.cut_before_the_write, Story.mended_before_the_write,
         Story.flash_is_left_alone, Story.at_rest, Story.daemon_starts, Story.daemon_follows,
         Story.daemon_is_started_again, Story.daemon_under_its_list, Story.stopped]


def steps_on_flash():
    """The steps for a router that keeps its files on flash."""
    place = STEPS.index(Story.at_rest)
    # Its kernel is built without filters.
    rest = [step for step in STEPS[place:] if step is not Story.daemon_under_its_list]
    return STEPS[:place] + [Story.a_day_on_flash] + rest
