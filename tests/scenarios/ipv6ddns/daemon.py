"""ipv6ddns as it runs in the scenario's machine, and the look-out for secrets at its children."""

import os

from checks import equal, true
from cloudflare_api import TOKEN, ZONE
from processes import read_proc, status
from program import Program
from subject import is_emulated, under_test

END_SECONDS_MAX = 1


class Daemon(Program):
    """`daemon.wait_for("Synced: ")`; ended by `end`, which looks for secrets and orphans."""

    def __init__(self, net, environment, config=None, flags=(), preload=()):
        argv = under_test()
        # By `env`, so that nothing but the program itself is preloaded.
        before = ["env", *preload] if preload else []
        flags = list(flags)
        if config is not None:
            path = os.path.join(net.dir, "config.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
            flags += ["-c", path]
        self.children_seen = set()
        super().__init__(net.within(*before, *argv), "ipv6ddns", flags, environment,
                         via=argv[0] if is_emulated() else None)

    def look(self):
        """While something is waited for, its children are watched."""
        self.look_at_children()

    def look_at_children(self):
        """None of them has a secret in its arguments or its environment."""
        for pid in self.upstreams():
            self.children_seen.add(pid)
            for name in ("cmdline", "environ"):
                held = read_proc(pid, name)
                for secret in (TOKEN, ZONE):
                    true(f"a child's {name} has a secret", secret.encode() not in held, held)

    def memory(self):
        """(resident, private) in KiB."""
        return self.memory_by_kind()["Rss"], self.private_memory()

    def wake_ups(self):
        """How often it has waited for something so far."""
        return int(status(self.pid)["voluntary_ctxt_switches"])

    def end(self, *number, seconds=END_SECONDS_MAX):
        """It ends within a second, with exit status 0, and leaves no child; gives the seconds."""
        return super().end(*number, seconds=seconds)

    def check_said(self):
        """Nothing on stdout, and no secret anywhere."""
        equal("stdout", self.out, [])
        for line in self.lines:
            for secret in (TOKEN, ZONE):
                true("a secret is told", secret not in line, line)
