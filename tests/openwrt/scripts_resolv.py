"""What the scripts do when name servers change, for daemons that are in a jail: stories."""

import re

from checks import equal, scenario
from router import FILES
from scripts_gateways import ALL, JOBS, all_up
from scripts_ipv6ddns import JOB, SECTION, USER, Daemon

RESOLV = "etc/resolv.conf"
ONE, TWO, NEW = (f"nameserver 192.0.2.{number}\n" for number in (1, 2, 9))
IFUP = {"ACTION": "ifup", "INTERFACE": "wan", "DEVICE": "pppoe-wan"}
RENEWED = {"ACTION": "ifupdate", "INTERFACE": "wan", "DEVICE": "pppoe-wan", "IFUPDATE_DATA": "1"}


class Jailed(Daemon):
    """A router with procd-ujail, whose netifd writes the name servers itself."""

    def __init__(self, resolv, *lines, **options):
        super().__init__(*lines, **options)
        self.write("sbin/ujail", "", 0o755)
        self.write(RESOLV, resolv)

    def settled(self, **event):
        """An event, if any, until all that it has started is at an end."""
        if event:
            self.hotplug(**event)
        self.events_end()

    def starts_stay(self, count, what):
        """Fails where the daemons have been started more often."""
        equal(f"starts after {what}", self.starts(), count)


@scenario
def resolv_line_that_flaps():
    """A line that goes and comes back with its name servers has no daemon started anew."""
    with Jailed(f"# Interface wan\n{ONE}{TWO}", config=ALL) as router:
        router.init("start")
        all_up(router, 3)
        for between in ("", ONE, "# Interface lan\nsearch lan\n"):
            router.write(RESOLV, between)
            router.settled(**{**IFUP, "ACTION": "ifdown"})
            router.settled(**IFUP)
            # Nor has a reload that something else calls for.
            router.init("reload")
            router.write(RESOLV, f"# Interface wan6\nsearch lan\n{TWO}# Interface wan\n{ONE}")
            router.settled(**IFUP)
            router.starts_stay(3, repr(between))


@scenario
def resolv_other_name_servers():
    """Other name servers that come with an event have each daemon started anew, and once."""
    with Jailed("", config=ALL) as router:
        router.init("start")
        all_up(router, 3)
        router.hotplug(**IFUP)
        router.write(RESOLV, ONE)
        router.hotplug(**{**IFUP, "INTERFACE": "wan6"})
        router.write(RESOLV, ONE + TWO)
        router.settled()
        all_up(router, 6)
        # A lease may bring others with nothing else in it.
        router.write(RESOLV, ONE + NEW)
        router.settled(**RENEWED)
        all_up(router, 9)
        router.settled(**RENEWED)
        router.starts_stay(9, "a renewal without a change")


@scenario
def resolv_changes_without_an_event():
    """Name servers that change, or go, without an event are noticed by cron, and once."""
    with Jailed(ONE + TWO) as router:
        router.init("start")
        router.up()
        line = "*/10 * * * * /usr/lib/ddnsbox/event cron # ddnsbox\n"
        equal("crontab", router.read("etc/crontabs/root"), line)
        count = 1
        for resolv, is_other in ((ONE + TWO, False), ("", False), (TWO, True), (NEW, True)):
            router.write(RESOLV, resolv)
            for _ in range(2):
                router.shell("/usr/lib/ddnsbox/event cron")
            count += is_other
            router.up(count)


@scenario
def resolv_without_a_jail():
    """Outside of a jail the daemon reads the file itself: there is nothing to do, and no cron."""
    with Daemon() as router:
        router.write(RESOLV, ONE)
        router.init("start")
        router.up()
        router.write(RESOLV, TWO)
        router.hotplug(**IFUP)
        router.events_end()
        router.shell("/usr/lib/ddnsbox/event cron")
        equal("starts", router.starts(), 1)
        equal("crontab", (router.root / "etc/crontabs/root").exists(), False)


@scenario
def jail_has_the_daemons_group():
    """In a jail, which takes the group from its own option alone, the daemons are not in root's."""
    with Jailed(ONE, config=f"{SECTION}\n{ALL}") as router:
        router.make_user()
        router.init("start")
        for process in (router.up(4), *(router.up(4, job) for job in JOBS)):
            with open(f"/proc/{process}/status", encoding="ascii") as file:
                status = dict(line.split(":\t", 1) for line in file.read().splitlines())
            equal("user and group", set(status["Uid"].split() + status["Gid"].split()), {str(USER)})
        equal("procd", router.parameters().count("group ddnsbox"), 4)
        # A group that does not exist would have ujail end at once.
        router.write("etc/group", "root:x:0:\n")
        router.write("tmp/procd.calls", "")
        router.init("restart")
        router.up(8)
        equal("procd", "group ddnsbox" in router.parameters(), False)


@scenario
def program_that_was_upgraded():
    """After an upgrade that stops nothing the daemons are the new program, and started once."""
    with Daemon() as router:
        router.init("start")
        router.up()
        program = router.read("usr/bin/ipv6ddns")
        router.init("start")
        equal("starts without a change", router.starts(), 1)
        router.write("usr/bin/ipv6ddns", program + "# version 2\n", 0o755)
        router.init("start")
        router.up(2)
        router.init("start")
        equal("starts", router.starts(), 2)
        equal("of the same job", router.read(f"{JOB}.daemon"), f"/{JOB}.toml\n")


@scenario
def options_are_explained():
    """Each option that a section can have is in the file of options, with its default."""
    text = (FILES / "usr/share/doc/ddnsbox/options").read_text(encoding="utf-8")
    config = (FILES / "etc/config/ddnsbox").read_text(encoding="utf-8")
    for path in sorted((FILES / "usr/lib/ddnsbox").glob("*_*.sh")) + [
            FILES / f"usr/lib/ddnsbox/{name}.sh" for name in ("ipv6ddns", "pydyndns")]:
        source = path.read_text(encoding="utf-8")
        section = text.partition(f"\nconfig {path.stem} ")[2].partition("\nconfig ")[0]
        found = re.findall(r"^\t\t['\"](\w+):(.*)['\"](?: \\)?$", source, re.MULTILINE)
        equal(f"{path.stem} has options", len(found) > 5, True)
        for name, words in found:
            # Places other than the provider's are for developers alone.
            if name == "enabled" or name in ("api_url", "hetzner_api_url") or (
                    name.endswith("_url") and path.stem == "ddns_gateway"):
                continue
            equal(f"{path.stem} {name}", bool(re.search(rf"\b{name}\b", section)), True)
            default = words.rpartition(":")[2] if ":" in words else ""
            is_said = not default or re.search(rf"[( ]{re.escape(default)}[,)]", section)
            equal(f"{path.stem} {name}: default {default}", bool(is_said), True)
        declared = {name for name, _ in found}
        given = config.partition(f"\nconfig {path.stem} ")[2].partition("\nconfig ")[0]
        equal(f"{path.stem}: delivered options",
              set(re.findall(r"^\t(?:option|list) (\w+)", given, re.MULTILINE)) - declared, set())
