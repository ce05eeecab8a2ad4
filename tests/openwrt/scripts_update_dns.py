"""What the scripts do for sections of the type update_dns, each as a story told to a Router."""

import time

from checks import equal, scenario
from router import delivered
from scripts import decimal, must_be
from scripts_ipv6ddns import Daemon

JOB = "var/run/ddnsbox/client_1"
KEY = "K3y-of_the-client"
URL, NAME = "https://dyndns.example.com", "home.example.com"
SECTION = f"""\
config update_dns 'client_1'
\toption enabled '1'
\toption backend_url '{URL}'
\toption fqdn '{NAME}'
\toption pre_shared_key '{KEY}'
"""
COMMAND = f"/usr/bin/update-dns --key-file /{JOB}.key --"
ENVIRONMENT = "env INTERVAL=60 VERIFY_SSL=1"
PARAMETERS = [f"command {COMMAND} {URL} {NAME}", "respawn 3600 5 0", "stdout 1", "stderr 1",
              "no_new_privs 1", f"pidfile /{JOB}.pid",
              f"env DDNSBOX_SYSLOG={JOB.rpartition('/')[2]}", "file /usr/bin/update-dns",
              f"file /{JOB}.key", ENVIRONMENT]
EVENT = {"ACTION": "ifup", "INTERFACE": "wan", "DEVICE": "pppoe-wan"}


class Client(Daemon):
    """A router with a client that tells when it looks again."""

    def looks(self):
        """How often it has."""
        return sum("looks again" in line for line in self.lines("tmp/log"))

    def looked(self, count):
        """Waits until it has that often, and fails if it has more often."""
        self.wait_for(lambda: self.looks() >= count, f"{count} looks")
        equal("looks", self.looks(), count)


@scenario
def update_dns_start():
    """A section becomes a daemon that is started again for ever, its key in a file only."""
    with Client(config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        equal("procd", router.parameters(), PARAMETERS)
        equal("key", router.read(f"{JOB}.key"), f"{KEY}\n")
        (arguments, environment), = router.calls()
        equal("arguments", arguments, [*COMMAND.split()[1:], URL, NAME])
        ours = sorted(one for one in environment if one.split("=")[0] in (
            "INTERVAL", "VERIFY_SSL", "CA_BUNDLE", "PRE_SHARED_KEY", "BACKEND_URL", "FQDN", "IP"))
        equal("environment", ours, ["INTERVAL=60", "VERIFY_SSL=1"])
        for name in ("key", "type", "daemon", "sources"):
            equal(f"mode of {name}", router.mode(f"{JOB}.{name}"), 0o600)
        equal("crontab", (router.root / "etc/crontabs/root").exists(), False)


@scenario
def update_dns_every_option():
    """Each option is an argument or a variable; only what is no secret is seen on ubus."""
    with Client("option ip '2001:db8::1'", "option interval '3600'", "option verify_ssl '0'",
                "option ca_bundle '/etc/own.pem'", "list interface 'wan'",
                "list interface 'eth9'", config=SECTION) as router:
        router.write("etc/own.pem", "certificates\n")
        router.write("sbin/ujail", "", 0o755)
        router.init("start")
        router.up(job=JOB)
        equal("procd", router.parameters(), [
            f"command {COMMAND} {URL} {NAME} 2001:db8::1", *PARAMETERS[1:-1],
            f"file /{JOB}.resolv", "env INTERVAL=3600 VERIFY_SSL=0", "env CA_BUNDLE=/etc/own.pem",
            "file /etc/own.pem"])
        jail = [line for line in router.lines("tmp/procd.calls") if "jail_mount" in line]
        equal("jail", jail, [f"procd_add_jail_mount /{JOB}.key /etc/ssl /etc/hosts",
                             "procd_add_jail_mount /etc/own.pem"])
        equal("sources", router.lines(f"{JOB}.sources"), ["wan", "eth9"])
        router.write("etc/own.pem", "others\n")
        router.init("reload")
        router.up(2, job=JOB)
        for what, count in (("interval '3600'", 3), ("verify_ssl '0'", 4), ("ip '2001:db8::1'", 5)):
            router.edit(f"option {what}", f"# {what}")
            router.up(count, job=JOB)


@scenario
def update_dns_as_delivered():
    """The delivered section, enabled and given a key, is one that looks again with wan."""
    config = delivered("update_dns").replace("key ''", f"key '{KEY}'")
    with Client(config=config) as router:
        router.init("start")
        router.up(job="var/run/ddnsbox/client")
        equal("command", router.parameters()[0],
              f"command {COMMAND} {URL} {NAME}".replace("client_1", "client"))
        equal("environment", router.parameters()[-1], ENVIRONMENT)
        equal("sources", router.lines("var/run/ddnsbox/client.sources"), ["wan"])


@scenario
def update_dns_any_text():
    """What looks like an option or a command is neither."""
    key = "k'\"e\\y`touch${IFS}/tmp/x`$(touch</dev/null>/tmp/x)*%s#"
    config = SECTION.replace(KEY, key).replace(NAME, "--help")
    config = config.replace(URL, "--key-file=/etc/passwd")
    with Client("option ip '-V'", config=config) as router:
        router.init("start")
        router.up(job=JOB)
        equal("key", router.read(f"{JOB}.key"), f"{key}\n")
        (arguments, _), = router.calls()
        equal("arguments", arguments, [*COMMAND.split()[1:], "--key-file=/etc/passwd", "--help",
                                       "-V"])
        equal("made by a key", (router.root / "tmp/x").exists(), False)


@scenario
def update_dns_wrong_options():
    """What makes no call is said and not started, the key left out of it."""
    bundle = "option ca_bundle must be the full path of a file, without blanks, not "
    for line, said in (*((line, must_be(line, words)) for line, words in (
                           ("option interval '0'", "1 to 2147483647"),
                           ("option interval 'often'", "1 to 2147483647"),
                           ("option verify_ssl 'maybe'", "0 or 1"))),
                       decimal("option interval '010'"),
                       ("option backend_url ''", "option backend_url is not set"),
                       ("option fqdn ''", "option fqdn is not set"),
                       ("option pre_shared_key ''", "option pre_shared_key is not set"),
                       ("option ca_bundle 'own.pem'", f"{bundle}own.pem"),
                       ("option ca_bundle '/etc/my own.pem'", f"{bundle}/etc/my own.pem"),
                       ("option ca_bundle '/etc/none.pem'",
                        "option ca_bundle: file /etc/none.pem does not exist")):
        with Client(line, config=SECTION) as router:
            router.init("start")
            equal("calls", router.calls(), [])
            equal(line, router.lines("tmp/log"),
                  [f"daemon.err ddnsbox client_1: not started: {said}"])


@scenario
def update_dns_events_of_its_interfaces():
    """What happens to its interfaces, by either name, has it look again; others do not."""
    with Client("list interface 'wan'", config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        count = 0
        for more, looks in (({}, 1), ({"INTERFACE": "lan", "DEVICE": "br-lan"}, 0),
                            ({"ACTION": "ifdown"}, 0),
                            ({"ACTION": "ifupdate"}, 0),
                            ({"ACTION": "ifupdate", "IFUPDATE_PREFIXES": "1"}, 1)):
            router.hotplug(**{**EVENT, **more})
            if looks:
                count += looks
                router.looked(count)
            else:
                router.events_end()
                equal(str(more), router.looks(), count)
        equal("starts", router.starts(), 1)
        router.edit("list interface 'wan'", "list interface 'wan'\n\tlist interface 'wwan0'")
        # One of several lines that goes down leaves the name to another.
        for variables in ({**EVENT, "ACTION": "ifdown"},
                          {"ACTION": "ifup", "INTERFACE": "lte", "DEVICE": "wwan0"}):
            router.hotplug(**variables)
            count += 1
            router.looked(count)
        equal("starts", router.starts(), 1)


@scenario
def update_dns_events_without_interfaces():
    """Without interfaces any that comes up counts; and NTP, and `run`; cron does not."""
    with Client(config=SECTION) as router:
        router.init("start")
        process = router.up(job=JOB)
        router.hotplug(ACTION="ifup", INTERFACE="loopback", DEVICE="lo")
        router.hotplug(**{**EVENT, "ACTION": "ifdown"})
        router.shell("/usr/lib/ddnsbox/event cron")
        router.events_end()
        equal("looks", router.looks(), 0)
        router.hotplug(ACTION="ifup", INTERFACE="lan", DEVICE="br-lan")
        router.looked(1)
        router.shell("/usr/lib/ddnsbox/event ntp")
        router.looked(2)
        router.init("run client_1")
        router.looked(3)
        equal("status", router.status(), f"client_1: running ({process}): looks again\n")
        equal("calls", len(router.calls()), 1)


@scenario
def update_dns_storm():
    """Of a hundred events those within a second are one look."""
    with Client(config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        storm = ("i=0; while [ $i -lt 100 ]; do i=$((i + 1)); "
                 "( . /etc/hotplug.d/iface/95-ddnsbox ); done")
        began = time.monotonic()
        router.shell(f". /lib/functions.sh; {storm}", **EVENT)
        seconds = time.monotonic() - began
        router.events_end()
        router.wait_for(router.looks, "a look")
        most = 2 + int(seconds)
        equal(f"{router.looks()} looks are 1 to {most}", 1 <= router.looks() <= most, True)
