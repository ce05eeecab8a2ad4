"""What the scripts write to flash, log and try anew, each as a small story told to a Router."""

from checks import equal, scenario
from router import CONFIG, Router
from scripts import CRON, JOB, SAYS, UP, started
from scripts_pydyndns import DEVICES, arguments, forget_calls
from scripts_pydyndns import SECTION as PYDYNDNS

CRONTAB = "etc/crontabs/root"


@scenario
def crontab_is_left_alone_by_restart_and_reboot():
    """Neither a restart nor a reboot writes root's crontab, which is flash; stop and start do."""
    with Router(crontab="0 3 * * * /sbin/backup\n") as router:
        router.init("start")
        text = router.read(CRONTAB)
        before = (router.root / CRONTAB).stat()
        router.init("restart")
        router.wait_idle()
        # A reboot: what is in memory is gone.
        router.init("shutdown")
        router.wait_idle()
        router.shell("rm -rf /var/run/ddnsbox /var/cache/ddnsbox /tmp/procd")
        router.init("boot")
        router.wait_idle()
        after = (router.root / CRONTAB).stat()
        equal("the file", (after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))
        equal("crond", router.lines("tmp/cron.calls"), ["cron restart"])
        equal("crontab", router.read(CRONTAB), text)
        router.init("stop")
        equal("crontab", router.read(CRONTAB), "0 3 * * * /sbin/backup\n")


@scenario
def crontab_of_a_service_that_was_disabled():
    """The line that a reboot has left goes where the service is no longer started at boot."""
    with Router(crontab=f"{CRON}\n") as router:
        router.shell("/usr/lib/ddnsbox/event cron")
        # crond may be there before the service is.
        equal("crontab", router.read(CRONTAB), f"{CRON}\n")
        (router.root / "etc/rc.d/S95ddnsbox").unlink()
        router.shell("/usr/lib/ddnsbox/event cron")
        equal("crontab", router.read(CRONTAB), "")


@scenario
def cron_logs_the_same_once():
    """What cron brings again and again is logged once, what is new at once, and by hand always."""
    with Router() as router:
        router.write("tmp/program", SAYS)
        started(router)
        fails = "echo 'ERROR: {}' >&2; exit 1\n"
        good = "daemon.info ddnsbox home: in step: 203.0.113.7 ({})"
        bad = "daemon.err ddnsbox home: ERROR: {}"
        for program, cause, said in (
                (SAYS, "cron", None), (fails.format("no"), "cron", bad.format("no")),
                (fails.format("no"), "cron", None),
                (fails.format("not"), "cron", bad.format("not")),
                (fails.format("not"), "hand", bad.format("not")),
                (SAYS, "cron", good.format("cron")),
                (SAYS, "cron", None), (SAYS, "hand", good.format("hand"))):
            router.write("tmp/log", "")
            router.write("tmp/program", program)
            router.run("/usr/lib/ddnsbox/run", "home", cause)
            equal(f"log of {program} by {cause}", router.lines("tmp/log"), [said] if said else [])
        # An hour later.
        state = router.read(f"{JOB}.state")
        logged = state.partition("logged=")[2].partition("\n")[0]
        for time, expected in ((int(logged) - 3600, 1), (int(logged) + 100, 1), (int(logged), 0)):
            router.write("tmp/log", "")
            router.write(f"{JOB}.state", state.replace(f"logged={logged}", f"logged={time}"), 0o600)
            router.run("/usr/lib/ddnsbox/run", "home", "cron")
            equal("log", len(router.lines("tmp/log")), expected)


@scenario
def changed_settings_are_tried():
    """With another ttl or token the cache is not believed, until a run has been successful."""
    config = CONFIG.replace("\toption api_token 'T0ken-of.home'\n",
                            "\toption api_token_file '/etc/own.token'\n")
    with Router(config=config) as router:
        router.write("etc/own.token", "first\n", 0o600)
        started(router)
        router.shell("/usr/lib/ddnsbox/event cron")
        for change in ("ttl", "token", "token"):
            forget_calls(router)
            if change == "ttl":
                router.write("etc/config/ddnsbox", f"{config}\toption ttl '120'\n", 0o600)
            else:
                router.write("etc/own.token", router.read("etc/own.token") + "x", 0o600)
            router.write("tmp/program", "exit 2\n")
            router.init("reload")
            router.wait_idle()
            router.write("tmp/program", "exit 0\n")
            for _ in range(2):
                router.shell("/usr/lib/ddnsbox/event cron")
            equal(f"forced after another {change}", ["--force" in words for words in
                                                     arguments(router)], [True, True, False])


@scenario
def prefix_from_another_interface():
    """A prefix that comes with or after wan6 has pydyndns look at lan; without one it does not."""
    ifup = {"ACTION": "ifup", "INTERFACE": "wan6", "DEVICE": "eth1"}
    update = {**ifup, "ACTION": "ifupdate"}
    config = f"{PYDYNDNS}\n{CONFIG.partition(chr(10) * 2)[2]}"
    with Router(config=config, devices=DEVICES) as router:
        started(router)
        for prefixes, event, expected in (
                ("", ifup, 0), ("wan6 2001:db8::/56\n", ifup, 1), ("", update, 0),
                ("", {**update, "IFUPDATE_ADDRESSES": "1"}, 0),
                ("", {**update, "IFUPDATE_PREFIXES": "1"}, 1),
                ("lan fd00::/48\n", {**UP, "INTERFACE": "guest", "DEVICE": "br-guest"}, 0),
                ("wan6 2001:db8::/56\n", {**ifup, "ACTION": "ifdown"}, 0)):
            forget_calls(router)
            router.write("tmp/prefixes", prefixes)
            router.hotplug(**event)
            router.wait_idle()
            equal(f"calls at {event} with {prefixes!r}", len(router.calls()), expected)


@scenario
def hotplug_returns_at_once():
    """netifd, which waits for the hook, does not wait for what the event starts."""
    with Router() as router:
        started(router)
        router.write("usr/lib/ddnsbox/event", "#!/bin/sh\n"
                     "while [ ! -f /tmp/go ]; do sleep 1; done\n: >/tmp/done\n", 0o755)
        router.hotplug(**UP)
        equal("the event is at its end", (router.root / "tmp/done").exists(), False)
        router.write("tmp/go", "")
        router.wait_for((router.root / "tmp/done").exists, "the event's end")
