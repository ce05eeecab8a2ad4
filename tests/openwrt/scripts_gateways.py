"""What ddns_gateway, hetzner_dyndns and update_dns sections have in common, told to a Router."""

from checks import equal, scenario
import scripts_ddns_gateway as gate
import scripts_hetzner_dyndns as hosts
import scripts_update_dns as client
from router import CONFIG
from scripts import JOB as HOME
from scripts_ipv6ddns import USER, Daemon

ALL = f"{gate.SECTION}\n{hosts.SECTION}\n{client.SECTION}"
# Each daemon's files: what it reads, by what stands behind its name.
FILES = {gate.JOB: ("toml",), hosts.JOB: ("env", "keys"), client.JOB: ("key",)}
JOBS = list(FILES)
PASSWORDS = "\toption basic_auth_username 'admin'\n\toption basic_auth_password 'S3cret-password'\n"


def all_up(router, count):
    """Waits until there have been so many starts and all three daemons are ready."""
    return [router.up(count, job) for job in JOBS]


@scenario
def gateways_secrets_in_their_files_only():
    """No command, process, log or ubus is given a secret, and no other file has one."""
    config = ALL.replace(f"token '{hosts.TOKEN}'\n", f"token '{hosts.TOKEN}'\n{PASSWORDS}")
    holders = {gate.TOKEN: ["my_gate.toml"], hosts.TOKEN: ["hosts_2.env"],
               "S3cret-password": ["hosts_2.env"], client.KEY: ["client_1.key"]}
    spied = "awk cat chmod chown cmp cut env grep id md5sum mkdir mv rm sed sort tr".split()
    spy = "".join(f"{name}() {{ /usr/bin/spy {name} \"$@\"; }}\n" for name in spied)
    with Daemon(config=config) as router:
        router.make_user()
        router.write("lib/functions.sh", router.read("lib/functions.sh") + spy)
        router.write("usr/bin/spy", "#!/bin/sh\n(/bin/busybox cat /proc/$$/cmdline "
                     "/proc/$$/environ; echo) >>/tmp/spied\nexec /bin/busybox \"$@\"\n", 0o755)
        router.init("start")
        all_up(router, 3)
        router.init("reload")
        router.status()
        told = router.read("tmp/spied")
        equal("commands that were looked at", {"awk", "chown", "env", "mv", "tr"} - {
            name for name in spied if f"spy\0{name}" in told}, set())
        told += router.read("tmp/procd.calls") + router.read("tmp/log") + str(router.calls())
        keys = [line.split()[1] for line in hosts.MADE.splitlines()]
        equal("told", [word for word in (*holders, *keys) if word in told], [])
        for word, names in (*holders.items(), *((key, ["hosts_2.keys"]) for key in keys)):
            found = sorted(str(path.relative_to(router.root))
                           for folder in ("etc", "lib", "tmp", "usr", "var")
                           for path in (router.root / folder).rglob("*")
                           if path.is_file() and word.encode() in path.read_bytes())
            origin = hosts.KEYS if word in keys else "etc/config/ddnsbox"
            equal(f"files with {word}", found,
                  sorted([origin, *(f"var/run/ddnsbox/{name}" for name in names)]))


@scenario
def gateways_in_local_time():
    """The zone of the router, which only its own C library reads from its file, goes along."""
    with Daemon(config=ALL) as router:
        router.write("etc/TZ", "CET-1CEST,M3.5.0,M10.5.0/3\n")
        router.init("start")
        all_up(router, 3)
        equal("zones", router.parameters().count("env TZ=CET-1CEST,M3.5.0,M10.5.0/3"), 3)


@scenario
def gateways_as_their_own_user():
    """Where the user exists the daemons are that user, powerless, and read their files only."""
    with Daemon(config=f"{CONFIG}\n{ALL}") as router:
        router.make_user()
        router.init("start")
        for process in all_up(router, 3):
            with open(f"/proc/{process}/status", encoding="ascii") as file:
                status = dict(line.split(":\t", 1) for line in file.read().splitlines())
            equal("user", set(status["Uid"].split() + status["Gid"].split()), {str(USER)})
            equal("powers", (int(status["CapEff"], 16), status["NoNewPrivs"]), (0, "1"))
        equal("procd", router.parameters().count("user ddnsbox"), 3)
        equal("mode of the directory", router.mode("var/run/ddnsbox"), 0o711)
        theirs = {f"{job}.{name}" for job, names in FILES.items() for name in names}
        for path in sorted((router.root / "var/run/ddnsbox").iterdir()):
            name = str(path.relative_to(router.root))
            if not name.endswith(".pid"):
                readable = router.as_user("/bin/cat", f"/{name}").returncode == 0
                equal(name, readable, name in theirs)
        for command in (("/bin/ls", "/var/run/ddnsbox"), ("/bin/cat", "/etc/config/ddnsbox"),
                        ("/bin/ls", "/etc/ddnsbox"), ("/bin/rm", f"/{hosts.JOB}.keys"),
                        ("/bin/touch", "/var/run/ddnsbox/new")):
            equal(" ".join(command), router.as_user(*command).returncode == 0, False)
        equal("the other job", router.read(HOME + ".token"), "T0ken-of.home\n")


@scenario
def gateways_in_a_jail():
    """Where ujail is installed each daemon gets its files, certificates and /proc, read-only."""
    with Daemon(config=ALL) as router:
        router.write("sbin/ujail", "", 0o755)
        router.write("etc/resolv.conf", "nameserver 192.0.2.1\n")
        router.init("start")
        all_up(router, 3)
        jails = []
        for job, names in FILES.items():
            files = " ".join(f"/{job}.{name}" for name in names)
            jails += [f"procd_add_jail ddnsbox-{job.rpartition('/')[2]} log procfs ronly",
                      f"procd_add_jail_mount {files} /etc/ssl /etc/hosts"]
        equal("jails", [line for line in router.lines("tmp/procd.calls") if "jail" in line], jails)
        event = {"ACTION": "ifup", "INTERFACE": "lan", "DEVICE": "br-lan"}
        router.write("etc/resolv.conf", "nameserver 192.0.2.2\n")
        router.hotplug(**event)
        all_up(router, 6)


@scenario
def gateways_reload():
    """Only a changed section's daemon is started anew; one that is disabled leaves nothing."""
    with Daemon(config=ALL) as router:
        router.init("start")
        processes = all_up(router, 3)
        router.init("reload")
        equal("without a change", (router.starts(), all_up(router, 3)), (3, processes))
        changes = (("list auth_token 'T0ken", "list auth_token 'N3w"),
                   (f"list allowed_fqdn '{hosts.HOME}'", f"list allowed_fqdn '{hosts.OFFICE}'"),
                   (f"key '{client.KEY}'", "key 'other'"))
        for index, change in enumerate(changes):
            router.edit(*change)
            now = all_up(router, 4 + index)
            same = [one == other for one, other in zip(processes, now)]
            equal(change[1], same, [place != index for place in range(3)])
            processes = now
        for job, kind in zip(JOBS, ("ddns_gateway", "hetzner_dyndns", "update_dns")):
            name = job.rpartition("/")[2]
            on, off = (f"config {kind} '{name}'\n\toption enabled '{one}'" for one in "10")
            router.edit(on, off)
            router.wait_for(lambda: not (router.root / f"{job}.pid").exists(), f"{job}'s end")
            left = sorted(path.name for path in (router.root / "var/run/ddnsbox").glob(f"{name}.*"))
            # A lock somebody may hold.
            equal("left", [one for one in left if not one.endswith(".waiting")], [])
            equal("status", f"{name}: disabled\n" in router.status(), True)
        equal("starts", router.starts(), 6)
        equal("mode without daemons", router.mode("var/run/ddnsbox"), 0o700)


@scenario
def gateways_change_of_type():
    """A name that becomes a section of another type has nothing of the one before."""
    names = {"ddns_gateway": gate, "hetzner_dyndns": hosts, "update_dns": client}
    sections = [module.SECTION.replace(module.JOB.rpartition("/")[2], "one")
                for module in names.values()]
    with Daemon(config=sections[0]) as router:
        router.init("start")
        router.up(1, "var/run/ddnsbox/one")
        for count, section in enumerate((*sections[1:], sections[0]), 2):
            router.write("etc/config/ddnsbox", section, 0o600)
            router.init("reload")
            router.up(count, "var/run/ddnsbox/one")
            found = {path.suffix[1:] for path in (router.root / "var/run/ddnsbox").glob("one.*")}
            kind = section.split()[1]
            equal(kind, found - {"type", "daemon", "pid", "sources"}, set(FILES[names[kind].JOB]))


@scenario
def gateways_of_another_package():
    """A section whose applet is not installed is told which package has it."""
    with Daemon(config=ALL) as router:
        for name in ("ddns-gateway", "hetzner-dyndns", "update-dns"):
            (router.root / "usr/bin" / name).unlink()
        router.init("start")
        equal("log", router.lines("tmp/log"), [
            f"daemon.err ddnsbox {job.rpartition('/')[2]}: not started: {applet} is not in the "
            "installed package; install ddnsbox"
            for job, applet in zip(JOBS, ("ddns-gateway", "hetzner-dyndns", "update-dns"))])
        equal("left", {path.suffix for path in (router.root / "var/run/ddnsbox").iterdir()},
              {".refused"})


@scenario
def gateways_status():
    """Status tells which daemons are at work and what each said last; the clock has all look."""
    with Daemon(config=ALL) as router:
        router.init("start")
        processes = all_up(router, 3)
        router.shell("/usr/lib/ddnsbox/event ntp")
        router.wait_for(lambda: router.read("tmp/log").count("looks again") == 3, "three looks")
        equal("status", sorted(router.status().splitlines()), sorted(
            f"{job.rpartition('/')[2]}: running ({process}): looks again"
            for job, process in zip(JOBS, processes)))


@scenario
def gateways_status_of_errors():
    """An error of a server, perhaps of one client, is no failure of it; that it waits is one."""
    with Daemon(config=ALL) as router:
        router.init("start")
        processes = all_up(router, 3)
        error = "daemon.err ddnsbox {}: a client's mistake\n"
        wait = "daemon.warning ddnsbox {}: == restart in 30 s\n"
        for job, process in zip(JOBS, processes):
            name = job.rpartition("/")[2]
            router.write("tmp/log", error.format(name), 0o666)
            state = f"running ({process})" if job != client.JOB else f"FAILED ({process})"
            equal(name, router.status(name), f"{name}: {state}: a client's mistake\n")
            jail = f"daemon.info hetzner-dyndns[{process}]: jail: exec-ing /usr/bin/any\n"
            router.write("tmp/log", error.format(name) + jail, 0o666)
            equal("in a jail", router.status(name), f"{name}: {state}: a client's mistake\n")
            router.write("tmp/log", (error + wait).format(name, name), 0o666)
            equal(name, router.status(name), f"{name}: FAILED: a client's mistake\n")
