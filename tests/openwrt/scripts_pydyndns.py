"""What the scripts do for sections of the type pydyndns, each as a small story told to a Router."""

import json
import time

from checks import equal, scenario
from router import CONFIG, Router, delivered
from scripts import started

JOB = "var/run/ddnsbox/router"
ARGUMENTS = [f"--config=/{JOB}.json", "--transport=tcp"]
KEY = "c2VjcmV0LW9mLXRoZS1yb3V0ZXI="
DEVICES = "lan br-lan\nwan pppoe-wan\n"
SECTION = """\
config globals 'globals'
\toption interval '10'

config pydyndns 'router'
\toption enabled '1'
\toption tsig_keyname 'router-key'
\toption tsig_key 'c2VjcmV0LW9mLXRoZS1yb3V0ZXI='
\tlist interface 'lan'
"""
LOGGING = {
    "version": 1,
    "formatters": {"log": {"format": "%(levelname)s: %(message)s"}},
    "handlers": {"log": {"class": "logging.StreamHandler", "formatter": "log"}},
    "root": {"level": "DEBUG", "handlers": ["log"]},
}
DEFAULTS = {
    "cache": "/var/cache/ddnsbox/router.cache", "ttl": 300, "ipv4": True,
    "ipv6": {"enable": True, "teredo": False}, "preserve_other_records": False,
    "logging": LOGGING,
}
SIGNED = {**DEFAULTS, "tsig": {"algorithm": "hmac-sha256", "keyname": "router-key", "key": KEY}}
UP = {"ACTION": "ifup", "INTERFACE": "lan", "DEVICE": "br-lan"}


def with_options(*lines):
    """The section with more lines, or others in place of those it has."""
    return SECTION + "".join(f"\t{line}\n" for line in lines)


def configuration(router, job=JOB):
    """What the program would read, which must be JSON."""
    return json.loads(router.read(f"{job}.json"))


def arguments(router):
    """The arguments of each call so far."""
    return [words for words, _ in router.calls()]


def forget_calls(router):
    """Begins to count calls and lines of the log again."""
    for name in ("program.calls", "log"):
        (router.root / "tmp" / name).unlink(missing_ok=True)


def wait_for_calls(router, count):
    """Waits until the program has been called so often."""
    deadline = time.monotonic() + 40
    while len(router.calls()) < count:
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(router.calls())} calls, not {count}")
        time.sleep(0.05)


@scenario
def pydyndns_start():
    """A section becomes a configuration and a call that takes no notice of the cache."""
    with Router(config=SECTION, devices=DEVICES) as router:
        router.init("start")
        router.wait_idle()
        equal("arguments", arguments(router), [[*ARGUMENTS, "--force", "br-lan"]])
        equal("configuration", configuration(router), SIGNED)
        for name in ("args", "json", "sources", "state", "sum"):
            equal(f"mode of {name}", router.mode(f"{JOB}.{name}"), 0o600)
        for name in ("var/run/ddnsbox", "var/cache/ddnsbox"):
            equal(f"mode of {name}", router.mode(name), 0o700)
        equal("procd", [line for line in router.lines("tmp/procd.calls") if "param" in line], [
            "procd_set_param command /usr/lib/ddnsbox/run router start",
            *(f"procd_append_param file /{JOB}.{name}"
              for name in ("args", "sources", "verbose", "json"))])
        forget_calls(router)
        router.shell("/usr/lib/ddnsbox/event cron")
        equal("arguments when nothing is new", arguments(router), [[*ARGUMENTS, "br-lan"]])


@scenario
def pydyndns_every_option():
    """Each option is in the configuration or among the arguments, with nothing else in it."""
    config = with_options(
        "option hostname 'r.example.com'", "option server '[2001:db8::53]:5353'",
        "option zone 'example.com'", "option transport 'udp'", "option ttl '2147483647'",
        "option ipv4 '0'", "option ipv6 '0'", "option teredo '1'",
        "option preserve_other_records '1'", "option tsig_algorithm 'hmac-sha512'",
        "list interface 'br-guest'")
    with Router(config=config, devices=DEVICES + "br-guest\n") as router:
        router.write("sys/class/net/br-guest/operstate", "up\n")
        router.init("start")
        router.wait_idle()
        equal("arguments", arguments(router), [[
            f"--config=/{JOB}.json", "--transport=udp", "--hostname=r.example.com",
            "--server=[2001:db8::53]:5353", "--zone=example.com", "--force", "br-lan",
            "br-guest"]])
        equal("configuration", configuration(router), {
            **SIGNED, "ttl": 2147483647, "ipv4": False, "ipv6": {"enable": False, "teredo": True},
            "preserve_other_records": True, "tsig": {**SIGNED["tsig"], "algorithm": "hmac-sha512"}})


@scenario
def pydyndns_defaults():
    """A section that is only enabled: unsigned, whatever is up, everything else by default."""
    with Router(config="config pydyndns 'router'\n\toption enabled '1'\n") as router:
        router.init("start")
        router.wait_idle()
        equal("configuration", configuration(router), DEFAULTS)
        equal("arguments", arguments(router), [[*ARGUMENTS, "--force"]])


@scenario
def pydyndns_as_delivered():
    """The delivered section, enabled, is one for the LAN and nothing else."""
    with Router(config=delivered("pydyndns"), devices=DEVICES) as router:
        router.init("start")
        router.wait_idle()
        equal("arguments", arguments(router),
              [[*ARGUMENTS, "--hostname=router.example.com", "--force", "br-lan"]])
        equal("configuration", configuration(router), DEFAULTS)


@scenario
def pydyndns_json_of_any_text():
    """Quotes, backslashes, control characters and UTF-8 come out of the JSON as they went in."""
    odd = "k\\\"e\\\\y'\t\x01\x1f\x7f\\u0041 Ünï \U0001f511 $(x)`y`%s"
    with Router(config=SECTION.replace("router-key", odd).replace(KEY, f"{odd}=="),
                devices=DEVICES) as router:
        router.init("start")
        router.wait_idle()
        equal("tsig", configuration(router)["tsig"],
              {"algorithm": "hmac-sha256", "keyname": odd, "key": f"{odd}=="})
        for text in ("", "\n", "a\n\nb\n", "".join(map(chr, range(1, 128))), "é漢\U0001f511", "-n"):
            router.write("tmp/text", f"{text}.")
            said = router.shell(". /usr/lib/ddnsbox/functions.sh; text=$(cat /tmp/text); "
                                "json_string \"${text%.}\"")
            equal("text", json.loads(said), text)


@scenario
def pydyndns_key_in_its_file_only():
    """No command is given the key, by arguments or environment, and no other file has it."""
    spied = "awk cat cmp cp date grep md5sum mkdir mv rm sed".split()
    spy = "".join(f"{name}() {{ /usr/bin/spy {name} \"$@\"; }}\n" for name in spied)
    with Router(config=with_options("option verbose '1'"), devices=DEVICES) as router:
        router.write("lib/functions.sh", router.read("lib/functions.sh") + spy)
        router.write("usr/bin/spy", "#!/bin/sh\n(/bin/busybox cat /proc/$$/cmdline "
                     "/proc/$$/environ; echo) >>/tmp/spied\nexec /bin/busybox \"$@\"\n", 0o755)
        router.init("start")
        router.wait_idle()
        router.shell("/usr/lib/ddnsbox/event cron")
        equal("configuration", configuration(router), SIGNED)
        told = router.read("tmp/spied")
        equal("commands that were looked at", [name for name in spied if f"spy\0{name}" in told],
              spied)
        files = [path for folder in ("etc", "lib", "tmp", "usr", "var")
                 for path in (router.root / folder).rglob("*")
                 if path.is_file() and KEY.encode() in path.read_bytes()]
        equal("files with the key", sorted(str(path.relative_to(router.root)) for path in files),
              ["etc/config/ddnsbox", f"{JOB}.json"])


@scenario
def pydyndns_own_configuration():
    """A configuration of one's own is used as it is; when it changes a reload runs it again."""
    own = '{"ttl": 60, "comment": "not even right"}'
    config = with_options("option config '/etc/my.conf'", "option ttl '010'").replace(
        f"\toption tsig_key '{KEY}'\n", "")
    with Router(config=config, devices=DEVICES) as router:
        router.write("etc/my.conf", own, 0o640)
        router.init("start")
        router.wait_idle()
        words = ["--config=/etc/my.conf", "--transport=tcp", "--force", "br-lan"]
        equal("arguments", arguments(router), [words])
        equal("file", (router.read("etc/my.conf"), router.mode("etc/my.conf")), (own, 0o640))
        equal("generated", (router.root / f"{JOB}.json").exists(), False)
        router.init("reload")
        router.wait_idle()
        equal("calls after a reload without a change", len(arguments(router)), 1)
        router.write("etc/my.conf", own.replace("60", "70"))
        router.init("reload")
        router.wait_idle()
        equal("arguments after a change", arguments(router), [words, words])


@scenario
def pydyndns_wrong_options():
    """What makes no configuration is said and not started, the key's value left out of it."""
    number = "option ttl must be a decimal number without leading zeros, not"
    algorithms = ('"hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384" or '
                  '"hmac-sha512"')
    for line, said in (("option ttl '2147483648'", "option ttl must be 0 to 2147483647"),
                       ("option transport 'sctp'", 'option transport must be "tcp" or "udp"'),
                       ("option tsig_algorithm 'hmac-sha3'",
                        f"option tsig_algorithm must be {algorithms}"),
                       ("option ipv4 '2'", "option ipv4 must be 0 or 1"),
                       ("option ttl '010'", f"{number} 010"),
                       ("option ttl '0x10'", f"{number} 0x10"),
                       ("option tsig_key ''", "option tsig_key is not set"),
                       ("option tsig_keyname ''", "option tsig_keyname is not set")):
        with Router(config=with_options(line), devices=DEVICES) as router:
            router.init("start")
            router.wait_idle()
            equal("calls", router.calls(), [])
            equal(line, router.lines("tmp/log"),
                  [f"daemon.err ddnsbox router: not started: {said}"])


@scenario
def an_applet_of_another_package():
    """A section whose applet is not installed is told which packages have it."""
    has = {"pydyndns": "ddnsbox-rfc2136", "cf-ddns-sync": "ddnsbox-mini",
           "ipv6ddns": "ddnsbox-ipv6ddns"}
    other = CONFIG.partition("\n\n")[2]
    for applet, section in (("pydyndns", "router"), ("cf-ddns-sync", "home"), ("ipv6ddns", "six")):
        config = f"{SECTION}\n{other}"
        if applet == "ipv6ddns":
            config = config.replace("cf_ddns_sync 'home'", "ipv6ddns 'six'")
        with Router(config=config, devices=DEVICES) as router:
            (router.root / "usr/bin" / applet).unlink()
            router.init("start")
            router.wait_idle()
            equal("error", [line for line in router.lines("tmp/log") if "err" in line], [
                f"daemon.err ddnsbox {section}: not started: {applet} is not in the "
                f"installed package; install ddnsbox or {has[applet]}"])
            equal("calls", len(router.calls()), 1)


@scenario
def pydyndns_events():
    """Interfaces that come and go run the section if they are its own, or if it names none."""
    two = with_options("list interface 'guest'")
    none = SECTION.replace("\tlist interface 'lan'\n", "")
    down = {"ACTION": "ifdown", "INTERFACE": "lan"}
    other = {"ACTION": "ifup", "INTERFACE": "wan", "DEVICE": "pppoe-wan"}
    loopback = {"ACTION": "ifup", "INTERFACE": "loopback", "DEVICE": "lo"}
    renewed = {**UP, "ACTION": "ifupdate"}
    for config, expected in ((SECTION, "up new"), (two, "up new down"),
                             (none, "up new down other")):
        with Router(config=config, devices=DEVICES + "guest br-guest\n") as router:
            started(router)
            for name, event in (("up", UP), ("renewed", renewed), ("down", down), ("other", other),
                                ("new", {**renewed, "IFUPDATE_ADDRESSES": "1"}),
                                ("loopback", loopback)):
                forget_calls(router)
                router.hotplug(**event)
                router.wait_idle()
                equal(f"calls at {name}", len(router.calls()), int(name in expected.split()))


@scenario
def pydyndns_interface_that_is_down():
    """What is not up is left out; where nothing is left all interfaces are not taken instead."""
    config = with_options("list interface 'guest'", "list interface 'eth9'")
    with Router(config=config, devices=DEVICES) as router:
        router.write("etc/config/network", "config interface 'guest'\n")
        started(router)
        router.shell("/usr/lib/ddnsbox/run router hand")
        equal("arguments", arguments(router), [[*ARGUMENTS, "br-lan", "eth9"]])
        equal("log", router.lines("tmp/log")[0],
              "daemon.warning ddnsbox router: WARNING: guest: interface is down")
        router.write("tmp/devices", "")
        (router.root / "sys/class/net/eth9/operstate").unlink()
        (router.root / "sys/class/net/eth9").rmdir()
        done = router.run("/usr/lib/ddnsbox/run", "router", "hand")
        equal("exit status", done.returncode, 1)
        equal("calls", len(router.calls()), 1)
        equal("status", router.status().split(" (hand")[0],
              "router: FAILED: lan: no such device; guest: interface is down; eth9: no such "
              "device; None of the section's interfaces is up.")


@scenario
def pydyndns_log_and_state():
    """Both forms of the log give the addresses, the errors and, if wanted, the details."""
    name = "host.example.com"
    for verbose in ("0", "1"):
        with Router(config=with_options(f"option verbose '{verbose}'"), devices=DEVICES) as router:
            started(router)
            for form in ("{}: {}", "{}:pydyndns:{}"):
                for line in (f"Updating DNS record for {name} to 192.0.2.1, 2001:db8::1.",
                             f"Eliding DNS record update for {name} to 192.0.2.1, 2001:db8::1 as "
                             "cache says addresses have not changed."):
                    forget_calls(router)
                    router.write("tmp/program", "echo '== addresses 192.0.2.1, 2001:db8::1' >&2\n"
                                 f"echo '{form.format('INFO', line)}' >&2\n")
                    router.shell("/usr/lib/ddnsbox/run router hand")
                    detail = [f"daemon.info ddnsbox router: INFO: {line}"] * int(verbose)
                    equal("log", router.lines("tmp/log"), detail + [
                        "daemon.info ddnsbox router: in step: 192.0.2.1 2001:db8::1 (hand)"])
                forget_calls(router)
                router.write("tmp/program", f"echo '{form.format('ERROR', 'REFUSED.')}' >&2\n"
                             f"echo '{form.format('DEBUG', 'Bye.')}' >&2\nexit 1\n")
                router.run("/usr/lib/ddnsbox/run", "router", "hand")
                equal("log", router.lines("tmp/log"), [
                    "daemon.err ddnsbox router: ERROR: REFUSED.",
                    *["daemon.info ddnsbox router: DEBUG: Bye."] * int(verbose)])
                equal("status", router.status().split(" (hand")[0],
                      "router: FAILED: REFUSED.")


@scenario
def both_types_side_by_side():
    """Cron, NTP and an interface run the sections they concern, of either type, each in its way."""
    config = f"{SECTION}\n{CONFIG.partition(chr(10) * 2)[2]}"
    with Router(config=config, devices=DEVICES) as router:
        started(router)
        for event, expected in (("cron", ["cf", "py"]), ("ntp", ["cf", "py"]),
                                ("iface ifup lan br-lan", ["py"]),
                                ("iface ifup wan pppoe-wan", ["cf"])):
            forget_calls(router)
            router.shell(f"/usr/lib/ddnsbox/event {event} >/dev/null 2>&1")
            router.wait_idle()
            found = sorted("py" if words == [*ARGUMENTS, "br-lan"] else
                           "cf" if words[-1] == "--verbose" else "?" for words in arguments(router))
            equal(event, found, expected)
        names = {line.split(":")[0] for line in router.status().splitlines()}
        equal("status", names, {"home", "router"})


@scenario
def pydyndns_reload_and_leftovers():
    """A change runs its section anew; one that is disabled or of another type leaves nothing."""
    second = SECTION.partition("\n\n")[2].replace("'router'", "'second'")
    config = f"{SECTION}\n{second}"

    def left(router):
        return sorted(path.name for folder in ("run", "cache")
                      for path in (router.root / "var" / folder / "ddnsbox").glob("router.*"))

    with Router(config=config, devices=DEVICES) as router:
        started(router)
        router.write("etc/config/ddnsbox", f"{config}\toption ttl '60'\n", 0o600)
        router.init("reload")
        router.wait_idle()
        equal("calls", arguments(router), [[
            "--config=/var/run/ddnsbox/second.json", "--transport=tcp", "--force", "br-lan"]])
        router.write("var/cache/ddnsbox/router.cache", "{}\n")
        other = CONFIG.replace("'home'", "'router'")
        router.write("etc/config/ddnsbox", other, 0o600)
        router.init("reload")
        router.wait_idle()
        equal("of the other type", [name for name in left(router)
                                    if name in ("router.json", "router.cache")], [])
        router.write("etc/config/ddnsbox", config, 0o600)
        router.init("reload")
        router.wait_idle()
        equal("token of the other type", "router.token" in left(router), False)
        router.write("var/cache/ddnsbox/router.cache", "{}\n")
        off = config.replace("enabled '1'", "enabled '0'", 1)
        router.write("etc/config/ddnsbox", off, 0o600)
        router.init("reload")
        router.wait_idle()
        equal("disabled", left(router), ["router.running", "router.waiting"])


@scenario
def ntp_ends_the_wait_for_the_next_try():
    """A run that waits to try again gives way at once when the clock has been set."""
    with Router(config=SECTION, devices=DEVICES) as router:
        started(router)
        router.write("tmp/program", "[ -f /tmp/clock ] || { echo 'ERROR: BADTIME' >&2; exit 1; }\n")
        router.hotplug(**UP)
        # After the third try it waits for 8 seconds.
        wait_for_calls(router, 3)
        router.write("tmp/clock", "")
        router.shell("/usr/lib/ddnsbox/event ntp >/dev/null 2>&1")
        router.wait_idle()
        # Had the first waited on, that would have been its fourth call, and the other's a fifth.
        equal("calls", len(router.calls()), 4)
        equal("status", router.status().startswith("router: in step:  (ntp, "), True)


@scenario
def a_run_that_takes_over_tries_as_often():
    """cron tries once, but not when it takes the place of a run that was to try again."""
    with Router(config=SECTION, devices=DEVICES) as router:
        started(router)
        router.write("tmp/program", "[ $(grep -c call /tmp/program.calls) -ge 4 ] || exit 1\n")
        router.hotplug(**UP)
        wait_for_calls(router, 2)
        router.shell("/usr/lib/ddnsbox/event cron")
        router.wait_idle()
        equal("calls", len(router.calls()), 4)
        equal("status", "in step" in router.status(), True)
