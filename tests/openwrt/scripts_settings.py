"""What the scripts do with a configuration that is wrong, and what `status` shows: stories."""

from checks import equal, scenario
from router import CONFIG, FILES, Router
from scripts import JOB, SAYS, must_be, started
from scripts_hetzner_dyndns import SECTION as HOSTS
from scripts_ipv6ddns import JOB as SIX
from scripts_ipv6ddns import SECTION, Daemon

BROKEN = "Parse error (EOF with unterminated ') at line 8, byte 32"
PASSWORDS = "\toption basic_auth_username 'admin'\n\toption basic_auth_password 'S3cret-of.admin'\n"


def without_quote(config):
    """The same with a syntax error in it."""
    return config.replace("target 'home.example.com'", "target 'home.example.com")


@scenario
def settings_wrong_option_shows_no_value():
    """A wrong option is named with what it must be; no option's value is in the log or output."""
    # procd logs at boot what an init script writes to standard error.
    with Daemon("option record_ttl 'S3cret-in-the-wrong-place'", "list allowed_fqdn 'a.example'",
                config=HOSTS + PASSWORDS) as router:
        for action in ("boot", "reload", "restart"):
            done = router.run("/etc/init.d/ddnsbox", action)
            equal(f"output of {action}", (done.stdout, done.stderr), ("", ""))
        said = f"not started: {must_be('option record_ttl', '60 to 2147483647')}"
        equal("log", router.lines("tmp/log"), [f"daemon.err ddnsbox hosts_2: {said}"] * 3)
        equal("status", router.status(), f"hosts_2: {said.replace('not started', 'NOT STARTED')}\n")


@scenario
def settings_several_wrong_options():
    """All wrong options of a section are named at once, that it is enabled among them."""
    config = CONFIG.replace("enabled '1'", "enabled 'maybe'") + (
        "\toption ttl '5'\n\toption whoami 'me'\n")
    with Router(config=config) as router:
        router.init("start")
        said = "; ".join(must_be(f"option {option}", words) for option, words in (
            ("enabled", "0 or 1"), ("ttl", '"1" or 30 to 86400'),
            ("whoami", '"auto", "dig" or "builtin"')))
        equal("log", router.lines("tmp/log"), [f"daemon.err ddnsbox home: not started: {said}"])
        words = router.shell(". /lib/functions.sh; START=; extra_command() { :; }; "
                             ". /etc/init.d/ddnsbox; expected 'x:list(string)'; "
                             "expected 'x:ipaddr:::1'")
        equal("what others must be", words.splitlines(),
              ["a list of texts that are not blank", "an IP address"])


@scenario
def settings_of_a_disabled_section():
    """What is wrong in a section that is disabled is of no interest; every word for no is one."""
    for word in ("0", "no", "off", "false", "disabled"):
        config = CONFIG.replace("enabled '1'", f"enabled '{word}'") + "\toption ttl '5'\n"
        with Router(config=config) as router:
            router.init("start")
            equal("log", router.lines("tmp/log"), [])
            equal("status", router.status().splitlines()[0], "home: disabled")


@scenario
def settings_unknown_type():
    """A section of a type that does not exist is named."""
    with Router(config=CONFIG.replace("cf_ddns_sync", "cf_ddns_snyc")) as router:
        router.init("start")
        equal("log", router.lines("tmp/log"), [
            "daemon.warning ddnsbox home: unknown section type 'cf_ddns_snyc'; ignored"])


@scenario
def settings_syntax_error_leaves_what_runs():
    """With a file that cannot be read nothing is ended, changed or started; the line is named."""
    config = f"{CONFIG}\n{SECTION}"
    fault = f"/etc/config/ddnsbox: {BROKEN}"
    with Daemon(config=config) as router:
        router.init("start")
        process = router.up()
        router.wait_for(lambda: router.read(f"{JOB}.state"), "the first run")
        crontab = router.read("etc/crontabs/root")
        for broken, said in ((without_quote(config), fault),
                             (config + "nonsense\n", "invalid command"), (None, "Entry not found")):
            if broken is None:
                (router.root / "etc/config/ddnsbox").unlink()
            else:
                router.write("etc/config/ddnsbox", broken, 0o600)
            for action, then in (("reload", "nothing is changed"), ("start", "nothing is changed"),
                                 ("restart", "nothing is restarted")):
                router.write("tmp/log", "", 0o666)
                done = router.run("/etc/init.d/ddnsbox", action)
                equal(f"exit status of {action}", done.returncode, 1)
                line, = router.lines("tmp/log")
                equal("priority", line.startswith("daemon.err ddnsbox /etc/config/ddnsbox: "), True)
                equal(f"{line} has {said}", said in line and line.endswith(f": {then}"), True)
                equal("output", done.stderr, line.replace("daemon.err ddnsbox", "ddnsbox:") + "\n")
                equal("the daemon", router.read(f"{SIX}.pid"), f"{process}\n")
            equal("its starts", router.starts(), 1)
            equal("crontab", router.read("etc/crontabs/root"), crontab)
            first, *lines = router.status().splitlines()
            equal("status", (said in first, sorted(line.split(":")[0] for line in lines)),
                  (True, ["home", "six"]))
        router.write("etc/config/ddnsbox", config, 0o600)
        router.init("reload")
        equal("the daemon", router.read(f"{SIX}.pid"), f"{process}\n")


@scenario
def settings_syntax_error_at_boot():
    """Where nothing runs yet a broken file is named; a reload after its correction starts all."""
    with Router(config=without_quote(CONFIG)) as router:
        equal("exit status", router.run("/etc/init.d/ddnsbox", "boot").returncode, 0)
        equal("log", router.lines("tmp/log"),
              [f"daemon.err ddnsbox /etc/config/ddnsbox: {BROKEN}: nothing is changed"])
        # procd is told what has it call `reload`.
        equal("triggers", "procd_add_reload_trigger ddnsbox" in router.lines("tmp/procd.calls"),
              True)
        equal("calls", router.calls(), [])
        router.write("etc/config/ddnsbox", CONFIG, 0o600)
        router.init("reload")
        router.wait_idle()
        equal("calls", len(router.calls()), 1)


@scenario
def status_of_a_fresh_installation():
    """Each delivered section is shown as disabled, and what there is to do; all is well."""
    with Router(config=(FILES / "etc/config/ddnsbox").read_text(encoding="utf-8")) as router:
        router.init("start")
        lines = router.status().splitlines()
        equal("sections", lines[:6], [f"{name}: disabled" for name in (
            "home", "router", "home6", "gateway", "hosts", "client")])
        rest = "\n".join(lines[6:])
        for words in ("uci set ddnsbox.NAME.enabled='1'", "uci commit ddnsbox", "reload",
                      "/usr/share/doc/ddnsbox/options"):
            equal(words, words in rest, True)
        equal("of one", router.status("home"), "home: disabled\n")
        equal("options", router.read("usr/share/doc/ddnsbox/options").startswith("Options"), True)


@scenario
def status_of_every_kind():
    """Sections at work, refused, disabled and not yet loaded are all there; one bad is exit 1."""
    other = CONFIG.partition("\n\n")[2]
    sections = [CONFIG, other.replace("'home'", "'off'").replace("enabled '1'", "enabled '0'"),
                other.replace("'home'", "'bad'").replace("T0ken-of.home", "")]
    with Router(config="\n".join(sections)) as router:
        router.write("tmp/program", SAYS)
        started(router)
        home, *lines = router.status().splitlines()
        equal("home", home.split(" (start")[0], "home: in step: 203.0.113.7")
        equal("status", lines, ["off: disabled", "bad: NOT STARTED: option api_token is not set"])
        equal("of the good one", router.status("home"), f"{home}\n")
        new = other.replace("'home'", "'new'")
        router.write("etc/config/ddnsbox", "\n".join([*sections[1:], new]), 0o600)
        equal("status", router.status().splitlines()[:-1], [
            *lines, "new: NOT STARTED: enabled since the last start or reload"])
        equal("what is at work still", router.status().splitlines()[-1], home)


@scenario
def status_and_run_of_no_section():
    """`status` and `run` of a section that is not there say so, and fail; so does one disabled."""
    with Router(config=f"{CONFIG}\n{SECTION.replace(chr(39) + '1', chr(39) + '0')}") as router:
        started(router)
        for action in ("status", "run"):
            done = router.run("/etc/init.d/ddnsbox", action, "nosuch")
            equal(action, (done.returncode, done.stdout), (1, ""))
            equal(action, done.stderr.splitlines()[0],
                  "/etc/config/ddnsbox has no section 'nosuch'")
        done = router.run("/etc/init.d/ddnsbox", "run", "six")
        equal("run", (done.returncode, done.stdout, done.stderr),
              (1, "six: disabled\n", "six: not run\n"))
        equal("calls", router.calls(), [])
        router.write("tmp/program", "echo 'ERROR: no.' >&2; exit 1\n")
        done = router.run("/etc/init.d/ddnsbox", "run")
        equal("run", (done.returncode, "home: FAILED: no." in done.stdout), (1, True))


@scenario
def status_has_the_reason_of_each_interface():
    """A failure is shown with the warnings before it: which interface gave no address, and why."""
    with Router(config=CONFIG.replace("'wan'", "'wann'")) as router:
        router.write("tmp/program", "echo 'ERROR: Cannot get public IPv4 address.' >&2; exit 1\n")
        started(router)
        equal("status", router.status().split(" (start")[0],
              "home: FAILED: wann: no such device; Cannot get public IPv4 address.")
        router.write("tmp/program", SAYS +
                     "echo \"== reason Interface 'eth9' has no IPv4 address.\" >&2\n"
                     "echo 'WARNING: no cache.' >&2\necho 'a detail.' >&2\n"
                     "echo 'ERROR: No zone.' >&2\nexit 1\n")
        router.run("/etc/init.d/ddnsbox", "run", "home")
        equal("status", router.status().split(" (hand")[0], "home: FAILED: wann: no such device; "
              "Interface 'eth9' has no IPv4 address; no cache; No zone.")


@scenario
def settings_refused_stop_what_ran():
    """A section that has become wrong no longer runs with its old options, by cron neither."""
    with Router() as router:
        started(router)
        router.write("etc/config/ddnsbox", CONFIG + "\toption timeout '0'\n", 0o600)
        router.init("reload")
        router.shell("/usr/lib/ddnsbox/event cron")
        equal("calls", router.calls(), [])
        equal("token", (router.root / f"{JOB}.token").exists(), False)
        equal("status", router.status(), "home: NOT STARTED: option timeout must be 1 to 300\n")
        router.write("etc/config/ddnsbox", CONFIG, 0o600)
        router.init("reload")
        router.wait_idle()
        equal("calls", len(router.calls()), 1)
        equal("status", router.status().startswith("home: in step"), True)
