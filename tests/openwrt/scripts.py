"""What the init, hotplug, NTP and cron scripts do, each as a small story told to a Router."""

import time

from checks import equal, scenario
from router import CONFIG, FILES, Router

ARGUMENTS = ["--apiTokenFile=/var/run/ddnsbox/home.token",
             "--zoneId=023e105f4ecef8ad9ca31a8372d0c353", "--target=home.example.com", "--ttl=60",
             "--whoami=auto", "--resolver=1.1.1.1", "--timeout=10"]
SOURCES = ["--source=pppoe-wan", "--source=eth9"]
CRON = "*/10 * * * * /usr/lib/ddnsbox/event cron # ddnsbox"
SAYS = "echo '== addresses 203.0.113.7' >&2\n"
UP = {"ACTION": "ifup", "INTERFACE": "wan", "DEVICE": "pppoe-wan"}
JOB = "var/run/ddnsbox/home"


def must_be(line, words):
    """What is said of an option, given as a line of a section, that has not the value it must."""
    return f"option {line.split()[1]} must be {words}"


def decimal(line):
    """A line of a section with a number as only C takes it, and what is said of that."""
    _, option, value = line.replace("'", "").split()
    return line, f"option {option} must be a decimal number without leading zeros, not {value}"


def started(router):
    """A router whose service is up and idle, its first run done and forgotten."""
    router.init("start")
    router.wait_idle()
    for name in ("program.calls", "log", "procd.calls", "cron.calls"):
        (router.root / "tmp" / name).unlink(missing_ok=True)


@scenario
def start_runs_each_enabled_section():
    """At start the section's program runs once, its token in a file, its sources as devices."""
    with Router() as router:
        router.init("start")
        router.wait_idle()
        (arguments, environment), = router.calls()
        equal("arguments", arguments, [*ARGUMENTS, "--force", *SOURCES, "--verbose"])
        equal("token", router.lines(JOB + ".token"), ["T0ken-of.home"])
        for name in ("args", "token", "sources", "state"):
            equal(f"mode of {name}", router.mode(f"{JOB}.{name}"), 0o600)
        equal("mode of the directory", router.mode("var/run/ddnsbox"), 0o700)
        told = " ".join(arguments + environment) + router.read("tmp/procd.calls")
        equal("the token in argv, environment or ubus", "T0ken" in told, False)
        equal("procd", [line for line in router.lines("tmp/procd.calls") if "param" in line], [
            "procd_set_param command /usr/lib/ddnsbox/run home start",
            *(f"procd_append_param file /{JOB}.{name}"
              for name in ("args", "sources", "token", "verbose"))])
        triggers = [line for line in router.lines("tmp/procd.calls") if "trigger" in line]
        equal("triggers", triggers, ["procd_add_reload_trigger ddnsbox"])


@scenario
def disabled_as_delivered():
    """The delivered configuration starts nothing and leaves the crontab alone."""
    with Router(config=(FILES / "etc/config/ddnsbox").read_text(encoding="utf-8")) as router:
        router.init("start")
        router.wait_idle()
        equal("calls", router.calls(), [])
        equal("instances", "open_instance" in router.read("tmp/procd.calls"), False)
        equal("crontab", (router.root / "etc/crontabs/root").exists(), False)
        equal("log", router.lines("tmp/log"), [])


@scenario
def every_option_becomes_an_argument():
    """Options in the configuration are the program's flags; a token file is used where it is."""
    config = CONFIG.replace("\toption api_token 'T0ken-of.home'\n", "") + (
        "\toption api_token_file '/etc/ddnsbox/token'\n\toption ttl '300'\n"
        "\toption whoami 'builtin'\n\toption resolver '9.9.9.9:5353'\n"
        "\toption allow_private '1'\n\toption timeout '20'\n"
        "\toption api_url 'https://api.test/v4'\n")
    with Router(config=config) as router:
        router.init("start")
        router.wait_idle()
        (arguments, _), = router.calls()
        equal("arguments", arguments, [
            "--apiTokenFile=/etc/ddnsbox/token", ARGUMENTS[1], ARGUMENTS[2], "--ttl=300",
            "--whoami=builtin", "--resolver=9.9.9.9:5353", "--timeout=20", "--allowPrivate",
            "--apiUrl=https://api.test/v4", "--force", *SOURCES, "--verbose"])


@scenario
def what_is_missing_or_wrong_is_said():
    """A section without token, or with an option out of range, is named in the log, not started."""
    config = CONFIG.replace("'T0ken-of.home'", "''") + CONFIG.replace("'home'", "'far'") + (
        "\toption timeout '999'\n")
    with Router(config=config) as router:
        router.init("start")
        router.wait_idle()
        equal("calls", router.calls(), [])
        equal("log", router.lines("tmp/log"), [
            "daemon.err ddnsbox home: not started: option api_token is not set",
            "daemon.err ddnsbox far: not started: option timeout must be 1 to 300"])


@scenario
def cron_line_once_and_others_untouched():
    """The marked line is there once however often the service starts, and goes when it stops."""
    others = "0 3 * * * /sbin/backup # nightly\n*/5 * * * * ddnsbox-like # not ddnsbox's\n"
    with Router(crontab=others) as router:
        for _ in range(3):
            router.init("start")
        equal("crontab", router.read("etc/crontabs/root"), f"{others}{CRON}\n")
        equal("cron is told once", router.lines("tmp/cron.calls"), ["cron restart"])
        router.init("stop")
        equal("crontab", router.read("etc/crontabs/root"), others)
        equal("cron", router.lines("tmp/cron.calls"), ["cron restart"] * 2)
        equal("mode", router.mode("etc/crontabs/root"), 0o600)
        equal("jobs left", router.run("/bin/sh", "-c", "ls /var/run/ddnsbox").stdout.split(),
              ["home.running", "home.waiting"])


@scenario
def intervals():
    """Minutes and whole hours have their fields; 0 is no line; nonsense is said and becomes 10."""
    for interval, fields in (("1", "*/1 * * * *"), ("59", "*/59 * * * *"), ("60", "0 * * * *"),
                             ("360", "0 */6 * * *"), ("0", ""), ("90", "*/10 * * * *"),
                             ("x", "*/10 * * * *")):
        config = CONFIG.replace("interval '10'", f"interval '{interval}'")
        with Router(config=config) as router:
            router.init("start")
            router.wait_idle()
            line = f"{fields} /usr/lib/ddnsbox/event cron # ddnsbox\n" if fields else ""
            equal(f"crontab for {interval}", router.read("etc/crontabs/root"), line)
            equal("said", "interval" in router.read("tmp/log"), interval in ("90", "x"))


@scenario
def cron_runs_once_without_waiting():
    """A cron run is one try: the next one comes soon enough."""
    with Router() as router:
        started(router)
        router.write("tmp/program", "echo 'ERROR: Cannot get public IPv4 address.' >&2; exit 1\n")
        router.shell("/usr/lib/ddnsbox/event cron")
        equal("calls", len(router.calls()), 1)
        equal("log", router.lines("tmp/log"),
              ["daemon.err ddnsbox home: ERROR: Cannot get public IPv4 address."])


@scenario
def ifup_runs_the_sections_of_that_interface():
    """ifup of a source, by logical name or device, runs its section; of another it does not."""
    other = CONFIG.replace("'home'", "'office'").replace("'wan'", "'lte'").replace("eth9", "eth8")
    with Router(config=CONFIG + other, devices="wan pppoe-wan\nlte wwan0\n") as router:
        started(router)
        for variables, expected in (
                (UP, ["home.example.com"]),
                ({"ACTION": "ifup", "INTERFACE": "lte", "DEVICE": "wwan0"}, ["home.example.com"]),
                ({"ACTION": "ifup", "INTERFACE": "x", "DEVICE": "eth8"}, ["home.example.com"]),
                ({"ACTION": "ifup", "INTERFACE": "lan", "DEVICE": "br-lan"}, []),
                ({"ACTION": "ifup-failed", "INTERFACE": "wan"}, [])):
            router.hotplug(**variables)
            router.wait_idle()
            targets = [argument[9:] for arguments, _ in router.calls() for argument in arguments
                       if argument.startswith("--target=")]
            equal(str(variables), targets, expected)
            (router.root / "tmp/program.calls").unlink(missing_ok=True)


@scenario
def ifupdate_counts_only_with_addresses():
    """The renewal of a lease runs nothing; a new address or prefix does."""
    update = {**UP, "ACTION": "ifupdate"}
    with Router() as router:
        started(router)
        for more, expected in (({}, 0), ({"IFUPDATE_DATA": "1"}, 0), ({"IFUPDATE_ROUTES": "1"}, 0),
                               ({"IFUPDATE_ADDRESSES": "1"}, 1), ({"IFUPDATE_PREFIXES": "1"}, 1)):
            router.hotplug(**update, **more)
            router.wait_idle()
            equal(str(more), len(router.calls()), expected)
            (router.root / "tmp/program.calls").unlink(missing_ok=True)


@scenario
def ifdown_of_one_of_several():
    """One line of two that goes down is looked at, so that its record goes; the only one is not."""
    for config, expected in ((CONFIG, 1), (CONFIG.replace("\tlist source 'eth9'\n", ""), 0)):
        with Router(config=config) as router:
            started(router)
            router.hotplug(ACTION="ifdown", INTERFACE="wan")
            router.wait_idle()
            equal("calls", len(router.calls()), expected)


@scenario
def device_names_are_those_of_the_moment():
    """A logical name is looked up at each run; what has no device is left out."""
    with Router() as router:
        started(router)
        router.write("tmp/devices", "wan wwan0\n")
        router.hotplug(**UP)
        router.wait_idle()
        router.write("tmp/devices", "")
        router.shell("/usr/lib/ddnsbox/run home")
        sources = [[one for one in arguments if "source" in one] for arguments, _ in router.calls()]
        equal("sources", sources, [["--source=wwan0", "--source=eth9"],
                                   ["--source=eth9"]])
        equal("flushed", router.lines("tmp/network.calls"), ["flush"] * 3)


@scenario
def a_storm_starts_two_runs_at_most():
    """500 events while a run is under way: that one, and one more."""
    with Router() as router:
        started(router)
        router.write("tmp/program", "sleep 4\n")
        storm = ("i=0; while [ $i -lt 500 ]; do i=$((i + 1)); "
                 "( . /etc/hotplug.d/iface/95-ddnsbox ); done")
        router.shell(f". /lib/functions.sh; {storm}", ACTION="ifupdate", INTERFACE="wan",
                     DEVICE="pppoe-wan", IFUPDATE_ADDRESSES="1")
        router.wait_idle()
        count = len(router.calls())
        equal(f"{count} runs are 1 or 2", count in (1, 2), True)


@scenario
def events_during_a_run_bring_one_more():
    """What happens during a run is not lost: exactly one more run follows."""
    with Router() as router:
        started(router)
        router.write("tmp/program", "sleep 3\n")
        router.hotplug(**UP)
        deadline = time.monotonic() + 20
        while not router.calls() and time.monotonic() < deadline:
            time.sleep(0.05)
        for _ in range(10):
            router.hotplug(**UP)
        router.wait_idle()
        equal("runs", len(router.calls()), 2)


@scenario
def retries_until_the_address_is_there():
    """After ifup a failed run is tried again; wrong usage is not."""
    with Router() as router:
        started(router)
        router.write("tmp/program", "[ $(grep -c call /tmp/program.calls) -ge 3 ] || "
                     "{ echo 'ERROR: no DNS yet.' >&2; exit 1; }\n" + SAYS + "exit 0\n")
        router.hotplug(**UP)
        router.wait_idle()
        equal("tries", len(router.calls()), 3)
        equal("the same is logged once", [line.split(": ", 1)[1] for line in
                                          router.lines("tmp/log")],
              ["ERROR: no DNS yet.", "in step: 203.0.113.7 (hotplug)"])
        (router.root / "tmp/program.calls").unlink()
        router.write("tmp/program", "echo 'ERROR: --ttl is wrong' >&2; exit 2\n")
        router.hotplug(**UP)
        router.wait_idle()
        equal("tries", len(router.calls()), 1)


@scenario
def ntp_step_runs_all_and_stratum_none():
    """When the clock has been set all sections run; a mere change of stratum is nothing."""
    with Router() as router:
        started(router)
        hook = "( . /etc/hotplug.d/ntp/95-ddnsbox )"
        router.shell(hook, ACTION="stratum")
        router.wait_idle()
        equal("calls", router.calls(), [])
        router.shell(hook, ACTION="step")
        router.wait_idle()
        equal("calls", len(router.calls()), 1)


@scenario
def the_log_and_the_state():
    """Errors with their advice, warnings, and one line for a good run; details only if wanted."""
    program = (SAYS +
               "echo \"WARNING: Not using '10.0.0.1' for interface 'eth9': it is private.\" >&2\n")
    with Router() as router:
        started(router)
        router.write("tmp/program", program)
        router.shell("/usr/lib/ddnsbox/run home hand")
        warning = "WARNING: Not using '10.0.0.1' for interface 'eth9': it is private."
        equal("log", router.lines("tmp/log"), [
            f"daemon.warning ddnsbox home: {warning}",
            "daemon.info ddnsbox home: in step: 203.0.113.7 (hand)"])
        equal("status", router.status().split(" (hand")[0], "home: in step: 203.0.113.7")
        router.write("tmp/program", "echo 'ERROR: No (code: 9109).' >&2\n"
                     "echo 'Check the API token.' >&2\nexit 1\n")
        (router.root / "tmp/log").unlink()
        router.run("/usr/lib/ddnsbox/run", "home", "hand")
        equal("log", router.lines("tmp/log"), [
            "daemon.err ddnsbox home: ERROR: No (code: 9109).",
            "daemon.err ddnsbox home: Check the API token."])
        equal("status", router.status().split(" (hand")[0],
              "home: FAILED: No (code: 9109). Check the API token.")


@scenario
def reload_runs_only_what_changed():
    """After a change of one section only that one runs again; what was removed leaves nothing."""
    other = CONFIG.replace("'home'", "'office'").replace("home.example", "office.example")
    other = other.split("\n\n", 1)[1]
    with Router(config=CONFIG + other) as router:
        started(router)
        router.init("reload")
        router.wait_idle()
        equal("calls without a change", router.calls(), [])
        router.write("etc/config/ddnsbox", CONFIG + other + "\toption ttl '120'\n", 0o600)
        router.init("reload")
        router.wait_idle()
        equal("targets", [arguments[2] for arguments, _ in router.calls()],
              ["--target=office.example.com"])
        router.write("etc/config/ddnsbox", CONFIG, 0o600)
        router.init("reload")
        router.wait_idle()
        names = [line.split(":")[0] for line in router.status().splitlines()]
        equal("status", names, ["home"])
        equal("token", (router.root / "var/run/ddnsbox/office.token").exists(), False)
