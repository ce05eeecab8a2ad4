"""What the scripts do for sections of the type ddns_gateway, each as a story told to a Router."""

from checks import equal, scenario
from router import delivered
from scripts import decimal, must_be
from scripts_ipv6ddns import USER, Daemon

JOB = "var/run/ddnsbox/my_gate"
TOKEN = "T0ken-of.gate"
SECTION = f"""\
config ddns_gateway 'my_gate'
\toption enabled '1'
\tlist auth_token '{TOKEN}'
"""
COMMAND = f"/usr/bin/ddns-gateway --config /{JOB}.toml"
DEFAULTS = {
    "server": {"host": "127.0.0.1", "port": 38080},
    "auth": {"enabled": True, "tokens": [TOKEN]},
    "methods": {"get_enabled": True, "post_enabled": True},
    "health": {"enabled": False},
    "logging": {"level": "INFO"},
    "limits": {"connections": 256, "body_bytes": 16384, "workers": 4},
    "upstream": {"timeout": 30},
}
PARAMETERS = ["command " + COMMAND, "respawn 3600 5 0", "stdout 1", "stderr 1", "no_new_privs 1",
              f"pidfile /{JOB}.pid",
              f"env DDNSBOX_SYSLOG={JOB.rpartition('/')[2]}",
              "file /usr/bin/ddns-gateway", f"file /{JOB}.toml",
              "term_timeout 15"]


@scenario
def ddns_gateway_start():
    """A section becomes a daemon for this router alone that wants a token, told in a file only."""
    with Daemon(config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        equal("procd", router.parameters(), PARAMETERS)
        equal("configuration", router.toml(JOB), DEFAULTS)
        (arguments, _), = router.calls()
        equal("arguments", arguments, COMMAND.split()[1:])
        names = {path.suffix: path for path in (router.root / "var/run/ddnsbox").iterdir()}
        equal("files", names.keys(), {".toml", ".type", ".daemon", ".pid"})
        for name in (".toml", ".type", ".daemon"):
            equal(f"mode of {name}", router.mode(f"{JOB}{name}"), 0o600)
        equal("mode of the directory", router.mode("var/run/ddnsbox"), 0o700)
        equal("crontab", (router.root / "etc/crontabs/root").exists(), False)


@scenario
def ddns_gateway_every_option():
    """Each option is in the configuration, and nothing else is."""
    with Daemon("option host '::'", "option port '1024'", "list auth_token 'another'",
                "option get_enabled '0'", "option health_enabled '1'",
                "option log_level 'DEBUG'", "option log_file '/var/log/ddnsbox/gate.log'",
                "option timeout '300'", "option cloudflare_url 'https://c.test/v4'",
                "option aliyun_url 'https://a.test'", "option tencent_url 'https://t.test'",
                "option connections '900'", "option body_bytes '65536'", "option workers '16'",
                config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        every = {
            "server": {"host": "::", "port": 1024},
            "auth": {"enabled": True, "tokens": [TOKEN, "another"]},
            "methods": {"get_enabled": False, "post_enabled": True},
            "health": {"enabled": True},
            "logging": {"level": "DEBUG", "file_enabled": True,
                        "file_path": "/var/log/ddnsbox/gate.log"},
            "limits": {"connections": 900, "body_bytes": 65536, "workers": 16},
            "upstream": {"timeout": 300, "cloudflare_url": "https://c.test/v4",
                         "aliyun_url": "https://a.test", "tencent_url": "https://t.test"}}
        equal("configuration", router.toml(JOB), every)
        router.edit("option get_enabled '0'", "option post_enabled '0'")
        methods = {"get_enabled": True, "post_enabled": False}
        equal("configuration", router.toml(JOB), {**every, "methods": methods})


@scenario
def ddns_gateway_without_tokens():
    """Where no authentication is wanted no token is needed; where it is, one must be there."""
    config = SECTION.replace(f"\tlist auth_token '{TOKEN}'\n", "")
    with Daemon(config=config) as router:
        router.init("start")
        equal("log", router.lines("tmp/log"), [
            "daemon.err ddnsbox my_gate: not started: option auth_token is not set"])
        router.edit("option enabled '1'", "option enabled '1'\n\toption auth_enabled '0'")
        router.up(job=JOB)
        equal("auth", router.toml(JOB)["auth"], {"enabled": False, "tokens": []})
        # What a list should be may be an option, too.
        router.edit("auth_enabled '0'", "auth_token 'single'")
        router.up(2, job=JOB)
        equal("auth", router.toml(JOB)["auth"], {"enabled": True, "tokens": ["single"]})


@scenario
def ddns_gateway_as_delivered():
    """The delivered section, enabled and given a token, is what the defaults are."""
    config = f"{delivered('ddns_gateway')}\n\tlist auth_token '{TOKEN}'\n"
    with Daemon(config=config) as router:
        router.init("start")
        router.up(job="var/run/ddnsbox/gateway")
        equal("configuration", router.toml("var/run/ddnsbox/gateway"), DEFAULTS)


@scenario
def ddns_gateway_toml_of_any_text():
    """What a shell, a pattern or TOML takes for something else comes out as it went in."""
    tokens = ['"', "\\", "k\\\"e\\\\y'", "$(touch${IFS}/tmp/x)", "`touch</tmp/y>/tmp/x`", "/*", "#",
              "'\"\"\"", "[a-z]*", "-n", "%s", "${TOKEN}", "]\\nhost=\"0.0.0.0\"", ";&|<>(){}~!?"]
    odd = "u\\\"r\\\\l'\t\x01\x1f\x7f\\u0041 Ünï \U0001f511 $(x)`y`%s"
    lists = "".join(f"\tlist auth_token '{token}'\n" for token in tokens)
    config = SECTION.replace(f"\tlist auth_token '{TOKEN}'\n", lists)
    with Daemon(f"option aliyun_url '{odd}'", config=config) as router:
        router.init("start")
        router.up(job=JOB)
        equal("configuration", router.toml(JOB), {
            **DEFAULTS, "auth": {"enabled": True, "tokens": tokens},
            "upstream": {"timeout": 30, "aliyun_url": odd}})
        equal("made by a token", (router.root / "tmp/x").exists(), False)


@scenario
def ddns_gateway_tokens_that_are_none():
    """A token that would become two, or that no header can carry, is told and not shown."""
    for token in ("two words", "tab\tbed", "be\x07ll", "é", "\x7f", " ", "back\x08"):
        with Daemon(f"list auth_token '{token}'", config=SECTION) as router:
            router.init("start")
            equal("calls", router.calls(), [])
            equal(repr(token), router.lines("tmp/log"), [
                "daemon.err ddnsbox my_gate: not started: list auth_token: blanks, control and "
                "non-ASCII characters are not allowed"])


@scenario
def ddns_gateway_wrong_options():
    """What makes no configuration is said and not started."""
    root = "must be 1024 or more, not {}: the daemon does not run as root"
    place = "option log_file must be the full path of a file, without blanks, not "
    for lines, said in (
            *(((line,), must_be(line, words)) for line, words in (
                ("option port '0'", "1 to 65535"), ("option port '65536'", "1 to 65535"),
                ("option port 'http'", "1 to 65535"), ("option auth_enabled '2'", "0 or 1"),
                ("option host 'here!'", "an IP address"),
                ("option log_level 'LOUD'", '"DEBUG", "INFO", "WARNING", "ERROR" or "CRITICAL"'),
                ("option timeout '301'", "1 to 300"), ("option connections '901'", "1 to 900"),
                ("option body_bytes '255'", "256 to 65536"), ("option workers '17'", "1 to 16"),
                ("option workers '0'", "1 to 16"))),
            (("option port '80'",), f"option port {root.format(80)}"),
            (("option port '1023'",), f"option port {root.format(1023)}"),
            (("option port '0x1000'",), decimal("option port '0x1000'")[1]),
            (("option timeout '010'",), decimal("option timeout '010'")[1]),
            (("option workers '0x2'",), decimal("option workers '0x2'")[1]),
            (("option get_enabled '0'", "option post_enabled '0'"),
             "options get_enabled and post_enabled must not both be 0"),
            (("option log_file 'gate.log'",), f"{place}gate.log"),
            (("option log_file '/tmp/a b'",), f"{place}/tmp/a b"),
            (("option log_file '/tmp/'",), f"{place}/tmp/"),
            (("option log_file '/var/log/ddnsbox/../x'",), f"{place}/var/log/ddnsbox/../x"),
            (("option log_file '/mnt/usb/gate.log'",),
             "option log_file: directory /mnt/usb does not exist")):
        with Daemon(*lines, config=SECTION) as router:
            router.init("start")
            equal("calls", router.calls(), [])
            equal(lines, router.lines("tmp/log"),
                  [f"daemon.err ddnsbox my_gate: not started: {said}"])


@scenario
def ddns_gateway_log_file():
    """A log has a directory the daemon may write to, in a jail too; others are left alone."""
    with Daemon("option log_file '/var/log/ddnsbox/gate.log'", config=SECTION) as router:
        router.make_user()
        router.write("sbin/ujail", "", 0o755)
        router.init("start")
        router.up(job=JOB)
        about = (router.root / "var/log/ddnsbox").stat()
        equal("directory", (about.st_uid, about.st_mode & 0o777), (USER, 0o700))
        done = router.as_user("/bin/touch", "/var/log/ddnsbox/gate.log")
        equal("the daemon may write", done.returncode, 0)
        jail = [line for line in router.lines("tmp/procd.calls") if "jail_mount_rw" in line]
        equal("jail", jail, ["procd_add_jail_mount_rw /var/log/ddnsbox"])
        (router.root / "mnt/usb").mkdir(parents=True)
        router.write("tmp/procd.calls", "")
        router.edit("/var/log/ddnsbox/gate.log", "/mnt/usb/gate.log")
        router.up(2, job=JOB)
        equal("owner of another", (router.root / "mnt/usb").stat().st_uid, 0)
        jail = [line for line in router.lines("tmp/procd.calls") if "jail_mount_rw" in line]
        equal("jail", jail, ["procd_add_jail_mount_rw /mnt/usb"])
