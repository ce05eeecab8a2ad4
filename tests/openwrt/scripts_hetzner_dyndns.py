"""What the scripts do for sections of the type hetzner_dyndns, each as a story told to a Router."""

from checks import equal, scenario
from router import delivered
from scripts import decimal, must_be
from scripts_ipv6ddns import USER, Daemon

JOB = "var/run/ddnsbox/hosts_2"
KEYS = "etc/ddnsbox/hosts_2.keys"
TOKEN = "T0ken-of.hosts"
HOME, OFFICE = "home.example.com", "office.example.com"
SECTION = f"""\
config hetzner_dyndns 'hosts_2'
\toption enabled '1'
\toption hetzner_token '{TOKEN}'
\tlist registered_fqdn '{HOME}'
\tlist registered_fqdn '{OFFICE}'
\tlist allowed_fqdn '{HOME}'
"""
COMMAND = f"/usr/bin/hetzner-dyndns --env-file /{JOB}.env"
DEFAULTS = {
    "HETZNER_TOKEN": TOKEN, "LISTEN_HOST": "127.0.0.1", "LISTEN_PORT": "38081",
    "REGISTERED_FQDNS": f"{HOME},{OFFICE}", "ALLOWED_FQDNS": HOME,
    "PRE_SHARED_KEY_FILE": f"/{JOB}.keys", "RECORD_TTL": "21600", "ZONE_CACHE_TTL": "86400",
    "REQUEST_CACHE_TTL": "300", "LOST_CONNECTION_TIMEOUT": "10800",
    "CONNECTION_CHECK_INTERVAL": "60", "LOG_MAX_BYTES": "1048576", "LOG_BACKUP_COUNT": "3",
    "DEBUG_LOGGING": "0",
}
PARAMETERS = ["command " + COMMAND, "respawn 3600 5 0", "stdout 1", "stderr 1", "no_new_privs 1",
              f"pidfile /{JOB}.pid",
              f"env DDNSBOX_SYSLOG={JOB.rpartition('/')[2]}",
              "file /usr/bin/hetzner-dyndns", f"file /{JOB}.env",
              f"file /{JOB}.keys", "term_timeout 15"]
MADE = f"{HOME} K3y-of.{HOME}\n{OFFICE} K3y-of.{OFFICE}\n"


class Hosts(Daemon):
    """A router with a backend."""

    def environment(self, job=JOB):
        """The file of variables, read as the program does: what stands between quotes counts."""
        found = {}
        for line in self.lines(f"{job}.env"):
            name, _, value = line.partition("=")
            quote, inside, rest = value[:1], value[1:-1], value[-1:]
            if quote not in "'\"" or quote != rest or quote in inside or name in found:
                raise AssertionError(f"{line!r} is no line of it")
            found[name] = inside
        return found

    def makes(self):
        """How often keys were to be made."""
        return sum("--make-keys" in words for words, _ in self.calls())


@scenario
def hetzner_dyndns_start():
    """A section becomes a daemon, token and keys in files only; keys are made before it starts."""
    with Hosts(config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        equal("procd", router.parameters(), PARAMETERS)
        equal("variables", router.environment(), DEFAULTS)
        (made, _), (started, _) = router.calls()
        equal("calls", (made, started), ([*COMMAND.split()[1:], "--make-keys"],
                                         COMMAND.split()[1:]))
        equal("keys", (router.read(KEYS), router.read(f"{JOB}.keys")), (MADE, MADE))
        for name in (KEYS, *(f"{JOB}.{one}" for one in ("env", "keys", "type", "daemon"))):
            equal(f"mode of {name}", router.mode(name), 0o600)
        equal("mode of the directories", [router.mode(one) for one in (
            "etc/ddnsbox", "var/run/ddnsbox")], [0o700, 0o700])
        equal("what is said of it", [line for line in router.lines("tmp/log") if "ddnsbox" in line],
              [f"daemon.info ddnsbox hosts_2: made a key for {one}" for one in (HOME, OFFICE)])


@scenario
def hetzner_dyndns_every_option():
    """Each option is a variable in the file, and nothing else is."""
    with Hosts("option hetzner_api_url 'https://h.test/v1'", f"list allowed_fqdn '{OFFICE}'",
               "option key_file '/etc/own.keys'", "option listen_host '::1'",
               "option listen_port '65535'", "list trusted_proxy '127.0.0.0/8'",
               "list trusted_proxy 'fd00::/8'", "option basic_auth_username 'admin'",
               "option basic_auth_password 'P4ss'", "option ntfy_url 'https://n.test'",
               "option ntfy_topic 'topic'", "option ntfy_username 'me'",
               "option ntfy_password 'N7fy'", "option record_ttl '60'",
               "option zone_cache_ttl '1'", "option request_cache_ttl '0'",
               "option lost_connection_timeout '2'", "option connection_check_interval '3'",
               "option log_file '/var/log/ddnsbox/hosts.log'", "option log_max_bytes '4096'",
               "option log_backup_count '0'", "option debug_logging '1'",
               config=SECTION) as router:
        router.init("start")
        router.up(job=JOB)
        equal("variables", router.environment(), {
            **DEFAULTS, "HETZNER_API_URL": "https://h.test/v1", "ALLOWED_FQDNS": f"{HOME},{OFFICE}",
            "LISTEN_HOST": "::1", "LISTEN_PORT": "65535",
            "TRUSTED_PROXIES": "127.0.0.0/8,fd00::/8", "BASIC_AUTH_USERNAME": "admin",
            "BASIC_AUTH_PASSWORD": "P4ss", "NTFY_URL": "https://n.test", "NTFY_TOPIC": "topic",
            "NTFY_USERNAME": "me", "NTFY_PASSWORD": "N7fy", "RECORD_TTL": "60",
            "ZONE_CACHE_TTL": "1", "REQUEST_CACHE_TTL": "0", "LOST_CONNECTION_TIMEOUT": "2",
            "CONNECTION_CHECK_INTERVAL": "3", "LOG_FILE": "/var/log/ddnsbox/hosts.log",
            "LOG_MAX_BYTES": "4096", "LOG_BACKUP_COUNT": "0", "DEBUG_LOGGING": "1"})
        equal("keys", (router.read("etc/own.keys"), router.read(f"{JOB}.keys")), (MADE, MADE))
        equal("no others", (router.root / "etc/ddnsbox").exists(), False)


@scenario
def hetzner_dyndns_as_delivered():
    """The delivered section, enabled and given token and host, is what the defaults are."""
    config = delivered("hetzner_dyndns").replace("token ''", f"token '{TOKEN}'")
    job = "var/run/ddnsbox/hosts"
    with Hosts(config=config) as router:
        router.init("start")
        equal("log", router.lines("tmp/log"), [
            "daemon.err ddnsbox hosts: not started: option registered_fqdn is not set"])
        router.edit("\toption listen_h", f"\tlist registered_fqdn '{HOME}'\n\toption listen_h")
        router.up(job=job)
        expected = {**DEFAULTS, "REGISTERED_FQDNS": HOME, "PRE_SHARED_KEY_FILE": f"/{job}.keys",
                    "RECORD_TTL": "60"}
        # Without any that is allowed there are no updates, as with the original.
        del expected["ALLOWED_FQDNS"]
        equal("variables", router.environment(job), expected)
        router.edit("\toption listen_host", f"\tlist allowed_fqdn '{HOME}'\n\toption listen_host")
        router.up(2, job=job)
        equal("variables", router.environment(job), {**expected, "ALLOWED_FQDNS": HOME})


@scenario
def hetzner_dyndns_any_text():
    """Blanks, comment signs, one kind of quote and what a shell looks at stay as they are."""
    for text in ("a # b", "#", " both ends ", "it's", 'say "so"', "$(touch /tmp/x)`touch /tmp/x`",
                 "back\\slash\\", "'", '"', "''", "%s=\\n", "export X=1", "Ünï \U0001f511", "-n",
                 "/*", "KEY=value"):
        with Hosts(f"option basic_auth_password '{text}'", "option basic_auth_username 'admin'",
                   config=SECTION) as router:
            router.init("start")
            router.up(job=JOB)
            equal("variables", router.environment(), {
                **DEFAULTS, "BASIC_AUTH_USERNAME": "admin", "BASIC_AUTH_PASSWORD": text})
            equal("made by a password", (router.root / "tmp/x").exists(), False)


@scenario
def hetzner_dyndns_wrong_options():
    """What makes no configuration is said and not started, secrets left out of it."""
    item = "list {}: blanks, control and non-ASCII characters are not allowed"
    for line, said in (
            *((line, must_be(line, words)) for line, words in (
                ("option listen_port '0'", "1 to 65535"),
                ("option record_ttl '59'", "60 to 2147483647"),
                ("option debug_logging '2'", "0 or 1"),
                ("option connection_check_interval '-1'", "0 to 2147483647"))),
            ("option listen_port '80'",
             "option listen_port must be 1024 or more, not 80: the daemon does not run as root"),
            decimal("option record_ttl '0x100'"),
            decimal("option log_backup_count '03'"),
            ("option hetzner_token ''", "option hetzner_token is not set"),
            ("list registered_fqdn 'two names'", item.format("registered_fqdn")),
            ("list allowed_fqdn 'two names'", item.format("allowed_fqdn")),
            ("list trusted_proxy 'a b'", item.format("trusted_proxy")),
            ("option ntfy_password 'S3cret\"and'more'",
             "option ntfy_password has both ' and \" in it"),
            ("option basic_auth_password 'S3cret'and\"more'",
             "option basic_auth_password has both ' and \" in it"),
            ("option hetzner_token 'S3cret\x1b'",
             "option hetzner_token has a control character in it"),
            ("option log_file 'hosts.log'",
             "option log_file must be the full path of a file, without blanks, not hosts.log")):
        with Hosts(line, config=SECTION) as router:
            router.init("start")
            equal("calls", router.calls(), [])
            equal(line, router.lines("tmp/log"),
                  [f"daemon.err ddnsbox hosts_2: not started: {said}"])
            left = [path.name for path in (router.root / "var/run/ddnsbox").iterdir()]
            equal("left", left, ["hosts_2.refused"])


@scenario
def hetzner_dyndns_keys_are_made_once():
    """Keys stay as they are, whoever starts; a new host gets one; one of one's own is taken."""
    with Hosts(config=SECTION) as router:
        router.make_user()
        router.write(KEYS, f"# by hand\n{OFFICE} My-0wn-key\n", 0o600)
        (router.root / "etc/ddnsbox").chmod(0o700)
        router.init("start")
        router.up(job=JOB)
        keys = f"# by hand\n{OFFICE} My-0wn-key\n{HOME} K3y-of.{HOME}\n"
        equal("keys", (router.read(KEYS), router.read(f"{JOB}.keys")), (keys, keys))
        before = (router.root / KEYS).stat()
        router.init("reload")
        router.init("restart")
        router.up(2, job=JOB)
        after = (router.root / KEYS).stat()
        equal("the file in flash", (after.st_ino, after.st_mtime_ns, after.st_ctime_ns),
              (before.st_ino, before.st_mtime_ns, before.st_ctime_ns))
        # It stays root's; the daemon has a copy.
        equal("owners", [(router.root / one).stat().st_uid for one in (KEYS, f"{JOB}.keys")],
              [0, USER])
        equal("the daemon reads it", router.as_user("/bin/cat", f"/{KEYS}").returncode == 0, False)
        router.edit(f"list registered_fqdn '{HOME}'",
                    f"list registered_fqdn '{HOME}'\n\tlist registered_fqdn 'new.example.com'")
        router.up(3, job=JOB)
        keys += "new.example.com K3y-of.new.example.com\n"
        equal("keys", (router.read(KEYS), router.read(f"{JOB}.keys")), (keys, keys))
        # A change by hand is seen.
        keys = keys.replace("My-0wn-key", "An0ther-key")
        router.write(KEYS, keys, 0o600)
        router.init("reload")
        router.up(4, job=JOB)
        equal("the copy", router.read(f"{JOB}.keys"), keys)
        router.edit("option enabled '1'", "option enabled '0'")
        equal("left", [path.name for path in (router.root / "var/run/ddnsbox").iterdir()], [])
        equal("keys", router.read(KEYS), keys)


@scenario
def hetzner_dyndns_no_keys():
    """Where keys cannot be made nothing is started, and it is said why; the rest starts."""
    second = SECTION.replace("'hosts_2'", "'more'")
    fails = ("case \"$*\" in *hosts_2.env*--make-keys)\n"
             "echo 'ERROR: /etc/ddnsbox/hosts_2.keys: line 1: must be a host name and its key'\n"
             "exit 1 ;;\nesac\n")
    with Hosts(config=f"{SECTION}\n{second}") as router:
        router.write("tmp/program", fails)
        router.init("start")
        router.up(job="var/run/ddnsbox/more")
        equal("log", [line for line in router.lines("tmp/log") if "hosts_2" in line], [
            "daemon.err ddnsbox hosts_2: not started: no keys in /etc/ddnsbox/hosts_2.keys: "
            "/etc/ddnsbox/hosts_2.keys: line 1: must be a host name and its key"])
        equal("left", [path.name for path in (router.root / "var/run/ddnsbox").glob("hosts_2.*")],
              ["hosts_2.refused"])
        (router.root / "tmp/program").unlink()
        router.init("reload")
        router.up(2, job=JOB)


@scenario
def hetzner_dyndns_of_its_own_file_alone():
    """What stands in the environment of whoever calls the script is not the section's."""
    with Hosts(config=SECTION) as router:
        router.shell("/etc/init.d/ddnsbox start", HETZNER_TOKEN="other", LISTEN_PORT="1",
                     PRE_SHARED_KEY_FILE="/tmp/other", REGISTERED_FQDNS="other.example.com")
        router.wait_for(router.makes, "keys")
        made, environment = router.calls()[0]
        equal("arguments", made[-1:], ["--make-keys"])
        equal("environment", {one.split("=")[0] for one in environment} - {
            "PATH", "PWD", "SHLVL", "OLDPWD"}, set())
        router.up(job=JOB)
