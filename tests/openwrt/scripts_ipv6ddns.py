"""What the scripts do for sections of the type ipv6ddns, each as a small story told to a Router."""

from checks import equal, scenario
import tomllib

from router import Router, delivered
from scripts import decimal, must_be

JOB = "var/run/ddnsbox/six"
TOKEN = "T0ken-of.six"
ZONE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
SECTION = f"""\
config ipv6ddns 'six'
\toption enabled '1'
\toption api_token '{TOKEN}'
\toption zone_id '{ZONE}'
\toption record_name 'six.example.com'
\tlist interface 'wan'
"""
COMMAND = f"/usr/bin/ipv6ddns -c /{JOB}.toml"
DEFAULTS = {
    "api_token_file": f"/{JOB}.token", "zone_id": ZONE, "record_name": "six.example.com",
    "multi_record": "error", "timeout": 30, "poll_interval": 60, "ttl": 1, "allow_ula": False,
    "allow_loopback": False, "verbose": False, "interface": ["pppoe-wan"],
}
PARAMETERS = ["command " + COMMAND, "respawn 3600 5 0", "stdout 1", "stderr 1", "no_new_privs 1",
              f"pidfile /{JOB}.pid",
              f"env DDNSBOX_SYSLOG={JOB.rpartition('/')[2]}",
              "file /usr/bin/ipv6ddns", f"file /{JOB}.toml",
              f"file /{JOB}.token"]
# What the daemons' calls begin with.
START = (["-c"], ["--config"], ["--env-file"], ["--key-file"])
USER = 5360
NETWORK = """\
config interface 'lan'
\toption device 'br-lan'
\toption proto 'static'

config interface 'wan'
\toption device 'eth1'
\toption proto 'pppoe'

config interface 'wan6'
\toption device '@wan'
\toption proto 'dhcpv6'

config interface 'named'
\toption device 'eth1'
\toption proto 'pppoe'
\toption pppname 'ppp7'

config interface 'tunnel'
\toption proto '6in4'

config interface 'wg0'
\toption proto 'wireguard'

config interface 'vlan'
\toption device 'eth0.2'
\toption proto 'dhcpv6'

config interface 'ring'
\toption device '@ring'
\toption proto 'dhcpv6'

config interface 'bare'
\toption proto 'none'

config device 'eth5'
\toption name 'eth5'
"""


class Daemon(Router):
    """A router that stops the service before it is left, so that no daemon stays."""

    def __init__(self, *lines, config=SECTION, **options):
        super().__init__(config=config + "".join(f"\t{line}\n" for line in lines), **options)
        self.write("tmp/log", "", 0o666)

    def __exit__(self, kind, *more):
        if kind is None:
            self.init("stop")
        super().__exit__(kind, *more)

    def toml(self, job=JOB):
        """The daemon's configuration, which must be TOML."""
        return tomllib.loads(self.read(f"{job}.toml"))

    def starts(self):
        """How often the daemon has been started."""
        return sum(words[:1] in START and "--make-keys" not in words for words, _ in self.calls())

    def up(self, count=1, job=JOB):
        """Waits until the daemon has been started so often and is ready; gives its process."""
        def ready():
            process = self.read(f"{job}.pid").strip()
            return self.starts() == count and (
                f"[{process}] reads its files" in self.read("tmp/log"))
        self.wait_for(ready, f"{count} starts")
        return int(self.read(f"{job}.pid"))

    def edit(self, *replaced):
        """Another configuration, and a reload."""
        text = self.read("etc/config/ddnsbox").replace(*replaced)
        self.write("etc/config/ddnsbox", text, 0o600)
        self.init("reload")

    def make_user(self):
        """The user that a package with daemons makes."""
        self.write("etc/passwd", f"root:x:0:0:root:/root:/bin/ash\nddnsbox:x:{USER}:{USER}:::\n")
        self.write("etc/group", f"root:x:0:\nddnsbox:x:{USER}:ddnsbox\n")

    def as_user(self, *command):
        """Runs a command as that user."""
        return self.run("/usr/bin/setpriv", "--reuid", str(USER), "--regid", str(USER),
                        "--clear-groups", "--", *command)

    def parameters(self):
        """What procd has been told of the instances."""
        found = [line.split(" ", 1) for line in self.lines("tmp/procd.calls")]
        return [words[1] for words in found
                if words[0] in ("procd_set_param", "procd_append_param")]


@scenario
def ipv6ddns_start():
    """A section becomes a daemon that is started again for ever, its token in a file only."""
    with Daemon() as router:
        router.init("start")
        router.up()
        equal("procd", router.parameters(), PARAMETERS)
        equal("configuration", router.toml(), DEFAULTS)
        equal("token", router.read(f"{JOB}.token"), f"{TOKEN}\n")
        (arguments, environment), = router.calls()
        equal("arguments", arguments, COMMAND.split()[1:])
        told = " ".join(arguments + environment) + router.read("tmp/procd.calls")
        told += router.read("tmp/log")
        equal("secrets in argv, environment, ubus or log",
              [word for word in (TOKEN, ZONE) if word in told], [])
        for name in ("toml", "token", "sources", "devices", "type"):
            equal(f"mode of {name}", router.mode(f"{JOB}.{name}"), 0o600)
        equal("mode of the directory", router.mode("var/run/ddnsbox"), 0o700)
        # Nothing is to be run every ten minutes.
        equal("crontab", (router.root / "etc/crontabs/root").exists(), False)


@scenario
def ipv6ddns_every_option():
    """Each option is in the configuration, and nothing else is."""
    with Daemon("option multi_record 'all'", "option timeout '300'", "option poll_interval '10'",
                "option allow_ula '1'", "option allow_loopback '1'", "option ttl '86400'",
                "option health_port '8053'", "option api_url 'http://127.0.0.1:8080/v4'",
                "option verbose '1'", "list interface 'eth9'") as router:
        router.init("start")
        router.up()
        equal("configuration", router.toml(), {
            **DEFAULTS, "multi_record": "all", "timeout": 300, "poll_interval": 10,
            "allow_ula": True, "allow_loopback": True, "ttl": 86400, "health_port": 8053,
            "api_url": "http://127.0.0.1:8080/v4", "verbose": True,
            "interface": ["pppoe-wan", "eth9"]})


@scenario
def ipv6ddns_as_delivered():
    """The delivered section, enabled and given a token and a zone, is one for wan6 alone."""
    config = delivered("ipv6ddns").replace("api_token ''", f"api_token '{TOKEN}'").replace(
        "zone_id ''", f"zone_id '{ZONE}'")
    with Daemon(config=config, devices="wan6 eth1\n") as router:
        router.init("start")
        router.up(job="var/run/ddnsbox/home6")
        equal("configuration", router.toml("var/run/ddnsbox/home6"), {
            **DEFAULTS, "api_token_file": "/var/run/ddnsbox/home6.token", "interface": ["eth1"],
            "record_name": "home.example.com"})


@scenario
def ipv6ddns_toml_of_any_text():
    """Quotes, backslashes, control characters and UTF-8 come out of the TOML as they went in."""
    odd = "k\\\"e\\\\y'\t\x01\x1f\x7f\\u0041 Ünï \U0001f511 $(x)`y`%s"
    with Daemon(f"option api_url '{odd}'") as router:
        router.edit(ZONE, odd)
        equal("configuration", router.toml(), {**DEFAULTS, "zone_id": odd, "api_url": odd})
        for text in ("", "\n", "a\n\nb\n", "".join(map(chr, range(1, 128))), "é漢\U0001f511", "-n"):
            router.write("tmp/text", f"{text}.")
            said = router.shell(". /usr/lib/ddnsbox/functions.sh; text=$(cat /tmp/text); "
                                "json_string \"${text%.}\"")
            equal("text", tomllib.loads(f"text = {said}"), {"text": text})


@scenario
def ipv6ddns_secrets_in_their_files_only():
    """No command is given token or zone, by arguments or environment; no other file has them."""
    spied = "awk cat chmod chown cmp grep md5sum mkdir mv rm sed".split()
    spy = "".join(f"{name}() {{ /usr/bin/spy {name} \"$@\"; }}\n" for name in spied)
    with Daemon() as router:
        router.make_user()
        router.write("lib/functions.sh", router.read("lib/functions.sh") + spy)
        router.write("usr/bin/spy", "#!/bin/sh\n(/bin/busybox cat /proc/$$/cmdline "
                     "/proc/$$/environ; echo) >>/tmp/spied\nexec /bin/busybox \"$@\"\n", 0o755)
        router.init("start")
        router.up()
        router.init("reload")
        told = router.read("tmp/spied")
        equal("commands that were looked at", {"awk", "chown", "mv"} - {
            name for name in spied if f"spy\0{name}" in told}, set())
        equal("told", [word for word in (TOKEN, ZONE) if word in told], [])
        for word, holders in ((TOKEN, ["token"]), (ZONE, ["toml"])):
            files = [path for folder in ("etc", "lib", "tmp", "usr", "var")
                     for path in (router.root / folder).rglob("*")
                     if path.is_file() and word.encode() in path.read_bytes()]
            equal("files", sorted(str(path.relative_to(router.root)) for path in files),
                  ["etc/config/ddnsbox", *(f"{JOB}.{name}" for name in holders)])


@scenario
def ipv6ddns_token_file():
    """A token file of one's own is copied, so that the daemon can read it; a change is seen."""
    config = SECTION.replace(f"api_token '{TOKEN}'", "api_token_file '/etc/ddnsbox/token'")
    with Daemon(config=config) as router:
        router.make_user()
        router.init("start")
        equal("log", router.lines("tmp/log"), [
            "daemon.err ddnsbox six: not started: cannot read /etc/ddnsbox/token"])
        router.write("etc/ddnsbox/token", "one\n", 0o600)
        router.init("reload")
        router.up()
        equal("token", router.read(f"{JOB}.token"), "one\n")
        router.init("reload")
        router.write("etc/ddnsbox/token", "two\n", 0o600)
        router.init("reload")
        router.up(2)
        equal("token", router.read(f"{JOB}.token"), "two\n")
        equal("mode of one's own", router.mode("etc/ddnsbox/token"), 0o600)


@scenario
def ipv6ddns_wrong_options():
    """What makes no configuration is said and not started, secrets left out of it."""
    for line, said in (*((line, must_be(line, words)) for line, words in (
                           ("option timeout '0'", "1 to 300"), ("option timeout '301'", "1 to 300"),
                           ("option poll_interval '9'", "10 to 3600"),
                           ("option multi_record 'last'", '"error", "first" or "all"'),
                           ("option ttl '29'", '"1" or 30 to 86400'),
                           ("option health_port '1023'", "1024 to 65535"),
                           ("option allow_ula '2'", "0 or 1"))),
                       decimal("option timeout '010'"),
                       decimal("option ttl '0x40'"),
                       decimal("option poll_interval '0x40'"),
                       decimal("option health_port '017565'"),
                       ("option zone_id ''", "option zone_id is not set"),
                       ("option record_name ''", "option record_name is not set"),
                       ("option api_token ''", "option api_token is not set")):
        with Daemon(line) as router:
            router.init("start")
            equal("calls", router.calls(), [])
            equal(line, router.lines("tmp/log"), [f"daemon.err ddnsbox six: not started: {said}"])


@scenario
def ipv6ddns_devices_that_are_not_up():
    """At boot an interface is known by the device it will have, wherever its options tell."""
    for source, device in (("wan", "pppoe-wan"), ("wan6", "pppoe-wan"), ("wan_6", "pppoe-wan"),
                           ("lan", "br-lan"), ("named", "ppp7"), ("tunnel", "6in4-tunnel"),
                           ("wg0", "wg0"), ("vlan", "eth0.2"), ("eth5", "eth5"),
                           ("br-guest", "br-guest"), ("ring", "ring"), ("bare", "bare"),
                           ("lte", "lte"), ("lte_6", "lte")):
        config = SECTION.replace("'wan'", f"'{source}'")
        with Daemon(config=config, devices="") as router:
            router.write("etc/config/network", NETWORK)
            router.init("start")
            equal(source, router.toml()["interface"], [device])
    several = SECTION + "\tlist interface 'wan6'\n\tlist interface 'lan'\n"
    with Daemon(config=several, devices="wan6 eth1\n") as router:
        router.write("etc/config/network", NETWORK)
        router.init("start")
        equal("several", router.toml()["interface"], ["pppoe-wan", "eth1", "br-lan"])
        router.write("tmp/devices", "wan eth1\nwan6 eth1\nlan br-lan\n")
        router.init("reload")
        equal("each once", router.toml()["interface"], ["eth1", "br-lan"])
        equal("other types' options", router.toml()["api_token_file"], f"/{JOB}.token")
    with Daemon(config=SECTION.replace("\tlist interface 'wan'\n", "")) as router:
        router.init("start")
        equal("all of them", "interface" in router.toml(), False)
