"""The part of the router's life in which a daemon follows an IPv6 address that comes and goes."""

from checks import equal, true
from cloudflare_api import TOKEN, ZONE

NAME = "six.example.com"
FIRST, SECOND = "2001:db8:8::1", "2001:db8:8::2"
# Settle time, and a process and a handshake on an emulated processor of a busy machine.
FOLLOWED_SECONDS_MAX = 60
PID = "/var/run/ddnsbox/six.pid"
SECTION = f"""
cat >>/etc/config/ddnsbox <<'EOT'

config ipv6ddns 'six'
\toption enabled '1'
\toption api_token '{TOKEN}'
\toption zone_id '{ZONE}'
\toption record_name '{NAME}'
\tlist interface 'wan'
EOT
/etc/init.d/ddnsbox reload
"""
# As procd of 2026 would start it, and how it was before.
FILTERED = """
rm /usr/bin/ipv6ddns
cat >/usr/bin/ipv6ddns <<'EOT'
#!/bin/sh
# This procd starts it as root, which must not become another user under the list.
DDNSBOX_USER=root exec under /etc/seccomp/ddnsbox.json /usr/bin/ddnsbox ipv6ddns "$@"
EOT
chmod 755 /usr/bin/ipv6ddns
"""
UNFILTERED = "ln -sf ddnsbox /usr/bin/ipv6ddns"
CONFINED = "cd /proc; grep -l '^Seccomp:.2' [0-9]*/status"


class Following:
    """Steps of a story that has a router and an API; the daemon works until the service stops."""

    def _records(self):
        return [record["content"] for record in self.api.records() if record["name"] == NAME]

    def _asked(self):
        """Methods of the requests about the daemon's name since this was last asked."""
        lines = self.api.requests()
        new, self.seen = lines[self.seen:], len(lines)
        # A change names neither the record nor its type.
        return [line.split()[0] for line in new if "AAAA" in line or "2001:db8:" in line]

    def _address(self, action, address):
        self.router.do(f"ip -6 addr {action} {address}/64 dev eth0")

    def _memory(self):
        """KiB of the daemon: its own, and all that is in memory for it."""
        said = self.router.do(f"grep -E '^(RssAnon|VmRSS):' /proc/$(cat {PID})/status").split()
        return f"RssAnon {said[said.index('RssAnon:') + 1]} KiB, " \
            f"VmRSS {said[said.index('VmRSS:') + 1]} KiB"

    def daemon_starts(self):
        """a section for IPv6 is added: its daemon finds no address, and says so; then one comes"""
        before = self.router.logged()
        self._asked()
        self.router.do(SECTION)
        self.router.wait_for_log("No usable IPv6 address", before)
        equal("requests without an address", self._asked(), [])
        self._address("add", FIRST)
        line, seconds = self.router.wait_for_log(f"{NAME} has {FIRST} (created)", before)
        equal("records", self._records(), [FIRST])
        equal("requests", self._asked(), ["GET", "POST"])
        told, _ = self.router.order("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; logread")
        true("its child is not among the processes", "/proc/self/exe\0upstream" in told, told)
        equal("secrets seen", [word for word in (TOKEN, ZONE) if word in told], [])
        # Its own filter, which its child has from it.
        equal("confined", len(self.router.do(CONFINED).split()), 2)
        priorities = dict((words, priority) for priority, words in self.router.log_of_ours())
        equal("priority of what went well", priorities[line], "info")
        return f"'{line}' {seconds:.1f} s later; with its child: {self._memory()}"

    def daemon_follows(self):
        """another address comes: nothing happens; the first goes: the other takes its place"""
        self._address("add", SECOND)
        # Longer than until it can be used.
        self.router.do("sleep 4")
        equal("requests while the first is there", self._asked(), [])
        before = self.router.logged()
        self._address("del", FIRST)
        line, seconds = self.router.wait_for_log(f"{NAME} has {SECOND} (updated)", before)
        true("it takes too long", seconds <= FOLLOWED_SECONDS_MAX, seconds)
        equal("records", self._records(), [SECOND])
        asked = self._asked()
        equal("writes", [one for one in asked if one != "GET"], ["PATCH"])
        before = self.router.logged()
        self._address("del", SECOND)
        self.router.wait_for_log("No usable IPv6 address", before)
        equal("requests when the last is gone", self._asked(), [])
        equal("records", self._records(), [SECOND])
        # Its child ends ten seconds after it has had nothing more to do.
        self.router.do("sleep 11")
        return f"'{line}' {seconds:.1f} s later; alone: {self._memory()}"

    def daemon_is_started_again(self):
        """the daemon is killed: procd starts it again, and the address that came is written"""
        before = self.router.logged()
        killed = self.router.do(f"cat {PID}; kill -9 $(cat {PID})")
        self._address("add", FIRST)
        line, seconds = self.router.wait_for_log(f"{NAME} has {FIRST} (updated)", before)
        equal("records", self._records(), [FIRST])
        now = self.router.do(f"cat {PID}")
        true("the same process", now != killed, now)
        status = self.router.do("/etc/init.d/ddnsbox status six")
        equal("status", status, f"six: running ({now}): {line.removeprefix('six: ')}")
        # It is told at once that the clock has been set.
        self._asked()
        self.router.time_arrives()
        self.router.do("sleep 4")
        true("no look after the clock was set", "GET" in self._asked())
        return f"'{line}' {seconds:.1f} s later"

    def daemon_under_its_list(self):
        """only the system calls of the list are allowed: the daemon and its child work as before"""
        before = self.router.logged()
        self.router.do(FILTERED)
        killed = self.router.do(f"cat {PID}; kill -9 $(cat {PID})")
        self._address("del", FIRST)
        self._address("add", SECOND)
        line, seconds = self.router.wait_for_log(f"{NAME} has {SECOND} (updated)", before)
        equal("records", self._records(), [SECOND])
        now = self.router.do(f"cat {PID}")
        true("the same process", now != killed, now)
        confined = self.router.do(CONFINED).split()
        true("the daemon is not confined", f"{now}/status" in confined, confined)
        # The child that has just written is still there.
        equal("confined", len(confined), 2)
        self.router.do(UNFILTERED)
        return f"'{line}' {seconds:.1f} s later"
