"""How the scripts look after a daemon, each as a small story told to a Router."""

from checks import equal, scenario
from router import CONFIG
from scripts import JOB as HOME
from scripts_ipv6ddns import JOB, PARAMETERS, SECTION, TOKEN, USER, Daemon


@scenario
def ipv6ddns_interface_with_another_device():
    """The daemon is started anew when its interface comes up on a device it does not follow."""
    with Daemon() as router:
        router.init("start")
        router.up()
        event = {"ACTION": "ifup", "INTERFACE": "wan", "DEVICE": "pppoe-wan"}
        for more in ({}, {"ACTION": "ifdown"}, {"INTERFACE": "lan", "DEVICE": "br-lan"},
                     {"ACTION": "ifupdate", "IFUPDATE_ADDRESSES": "1"}):
            router.hotplug(**{**event, **more})
        router.events_end()
        equal("starts", router.starts(), 1)
        router.write("tmp/devices", "wan wwan0\n")
        router.hotplug(**{**event, "DEVICE": "wwan0"})
        router.up(2)
        equal("interface", router.toml()["interface"], ["wwan0"])


@scenario
def ipv6ddns_as_its_own_user():
    """Where the user exists the daemon is that user, and of all secrets can read its own only."""
    with Daemon(config=f"{CONFIG}\n{SECTION}") as router:
        router.make_user()
        router.init("start")
        process = router.up()
        with open(f"/proc/{process}/status", encoding="ascii") as file:
            status = dict(line.split(":\t", 1) for line in file.read().splitlines())
        equal("user", set(status["Uid"].split() + status["Gid"].split()), {str(USER)})
        equal("powers", (int(status["CapEff"], 16), status["NoNewPrivs"]), (0, "1"))
        equal("procd", "user ddnsbox" in router.parameters(), True)
        equal("mode of the directory", router.mode("var/run/ddnsbox"), 0o711)
        names = {path.name for path in (router.root / "var/run/ddnsbox").iterdir()}
        # procd makes that one.
        for name in sorted(names - {"six.pid"}):
            readable = router.as_user("/bin/cat", f"/var/run/ddnsbox/{name}").returncode == 0
            equal(name, readable, name in ("six.toml", "six.token"))
        for command in (("/bin/ls", "/var/run/ddnsbox"), ("/bin/cat", "/etc/config/ddnsbox"),
                        ("/bin/touch", "/var/run/ddnsbox/new"),
                        ("/bin/rm", "/var/run/ddnsbox/six.toml")):
            equal(" ".join(command), router.as_user(*command).returncode == 0, False)
        router.edit("option enabled '1'\n\toption api_token 'T0ken-of.six",
                    "option enabled '0'\n\toption api_token 'T0ken-of.six")
        equal("mode without daemons", router.mode("var/run/ddnsbox"), 0o700)
        equal("the other job", router.read(HOME + ".token"), "T0ken-of.home\n")


@scenario
def ipv6ddns_in_a_jail():
    """Where ujail is installed the daemon gets its files, certificates and /proc, and no more."""
    with Daemon() as router:
        router.write("sbin/ujail", "", 0o755)
        router.write("etc/resolv.conf", "nameserver 192.0.2.1\n")
        router.init("start")
        router.up()
        equal("jail", [line for line in router.lines("tmp/procd.calls") if "jail" in line], [
            "procd_add_jail ddnsbox-six log procfs ronly",
            f"procd_add_jail_mount /{JOB}.toml /{JOB}.token /etc/ssl /etc/hosts"])
        equal("procd", router.parameters(), [*PARAMETERS, f"file /{JOB}.resolv"])


@scenario
def ipv6ddns_with_a_list_of_system_calls():
    """procd is told of the list where it can use it, and nowhere else: it would not start."""
    calls, jail = "etc/seccomp/ddnsbox.json", [*PARAMETERS, f"file /{JOB}.resolv"]
    library, ujail = "lib/libpreload-seccomp.so", "sbin/ujail"
    for there, wanted in (((library,), PARAMETERS), ((ujail,), jail),
                          ((ujail, library), [*jail, f"seccomp /{calls}"])):
        with Daemon() as router:
            for path in there:
                router.write(path, "", 0o755)
            router.init("start")
            router.up()
            equal(f"procd with {there}", router.parameters(), wanted)
            if ujail in there:
                (router.root / calls).unlink()
                router.write("tmp/procd.calls", "")
                router.init("reload")
                equal("procd without the list", router.parameters(), jail)


@scenario
def ipv6ddns_reload():
    """Only a changed section's daemon is started anew; one that is gone leaves nothing."""
    second = SECTION.replace("'six'", "'two'").replace("six.example", "two.example")
    with Daemon(config=f"{SECTION}\n{second}") as router:
        router.init("start")
        router.up(2)
        router.up(2, "var/run/ddnsbox/two")
        before = router.read(f"{JOB}.pid"), router.read("var/run/ddnsbox/two.pid")
        router.init("reload")
        equal("without a change", router.starts(), 2)
        router.edit("two.example", "dos.example")
        router.up(3, "var/run/ddnsbox/two")
        equal("six", router.read(f"{JOB}.pid"), before[0])
        equal("two is another process", router.read("var/run/ddnsbox/two.pid") == before[1], False)
        router.edit(f"'{TOKEN}'", "'another'")
        router.up(5)
        router.up(5, "var/run/ddnsbox/two")
        router.edit("config ipv6ddns 'six'", "config gone 'six'")
        left = [path.name for path in (router.root / "var/run/ddnsbox").glob("six.*")]
        equal("left of six", left, [])
        equal("status", [line.split(":")[0] for line in router.status().splitlines()],
              ["two"])
        router.init("stop")
        router.wait_idle()
        equal("left", list((router.root / "var/run/ddnsbox").iterdir()), [])


@scenario
def ipv6ddns_and_its_name_before():
    """A name that belonged to a section of another type leaves nothing of that one, nor after."""
    with Daemon(config=CONFIG.replace("'home'", "'six'")) as router:
        router.init("start")
        router.wait_idle()
        router.write("etc/config/ddnsbox", SECTION, 0o600)
        router.init("reload")
        router.wait_for(lambda: router.starts() == 1, "a start")
        names = {path.suffix for path in (router.root / "var/run/ddnsbox").glob("six.*")}
        equal("files", names, {".type", ".sources", ".devices", ".daemon", ".toml", ".token",
                               ".pid", ".running", ".waiting"})
        equal("crontab", "ddnsbox" in router.read("etc/crontabs/root"), False)
        router.write("etc/config/ddnsbox", CONFIG.replace("'home'", "'six'"), 0o600)
        router.init("reload")
        router.wait_idle()
        names = {path.suffix for path in (router.root / "var/run/ddnsbox").glob("six.*")}
        equal("files of the daemon", names & {".toml", ".devices", ".pid"}, set())


@scenario
def ipv6ddns_events():
    """cron, interfaces and `run` start nothing for a daemon; NTP and `run` have it look again."""
    with Daemon() as router:
        router.init("start")
        process = router.up()
        for words in ("event cron", "event iface ifup wan pppoe-wan", "run six hand",
                      "run six start"):
            router.shell(f"/usr/lib/ddnsbox/{words}")
        equal("calls", len(router.calls()), 1)
        # pylint: disable=cell-var-from-loop  # each is done with before the next begins
        again = f"daemon.err ipv6ddns[{process}] looks again"
        for count, script in enumerate(("/usr/lib/ddnsbox/event ntp", "/etc/init.d/ddnsbox run six",
                                        "/etc/init.d/ddnsbox run"), 1):
            router.shell(script)
            router.wait_for(lambda: router.lines("tmp/log").count(again) == count, script)
        equal("calls", len(router.calls()), 1)


@scenario
def ipv6ddns_status():
    """Status tells whether the daemon is at work, and what it said last."""
    with Daemon(config=f"{CONFIG}\n{SECTION}") as router:
        router.write("tmp/procd.asleep", "")
        router.init("start")
        equal("status", router.status("six"), "six: NOT RUNNING\n")
        # The number is another's now.
        router.write(f"{JOB}.pid", "1\n")
        equal("status", router.status("six"), "six: NOT RUNNING\n")
        (router.root / "tmp/procd.asleep").unlink()
        router.init("restart")
        process = router.up()
        running = f"six: running ({process}): "
        equal("status", router.status("six"), f"{running}reads its files\n")
        names = {line.split(":")[0] for line in router.status().splitlines()}
        equal("status of all", names, {"home", "six"})
        router.write("tmp/log", "", 0o666)
        equal("status", router.status("six"),
              f"{running}no message in the log\n")
        wait = "daemon.warning ddnsbox six: == restart in 600 s\n"
        router.write("tmp/log", f"daemon.err ddnsbox six: six.toml: no\n{wait}", 0o666)
        equal("status", router.status("six"), "six: FAILED: six.toml: no\n")
        for priority, state in (("err", "FAILED"), ("warning", "running"), ("crit", "FAILED")):
            router.write("tmp/log", f"daemon.{priority} ddnsbox six: it: has words\n", 0o666)
            equal("status", router.status("six"), f"six: {state} ({process}): it: has words\n")
