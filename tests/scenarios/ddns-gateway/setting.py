"""Scenarios of flags and of the configuration: what wins, what is converted, what is told."""

import os
import re
import time

from box import OTHER_TOKEN, TOKEN, Box, toml
from caller import Caller
from checks import equal, scenario, true
from gateway import STARTED, Gateway, free_port
from subject import limit

USAGE_STATUS = 2


class Place:
    """A directory to start it in, without stand-ins; `with` ends it."""

    def __init__(self, box):
        self.box, self.started = box, []

    def run(self, text=None, flags=(), name="other.toml", named=True, **options):
        """Starts it with this text as configuration."""
        if text is not None:
            with open(os.path.join(self.box.dir, name), "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod(self.box.dir, 0o700)
        flags = [*(["--config", name] if text is not None and named else []), *flags]
        gateway = Gateway(self.box.dir, flags, **options)
        self.started.append(gateway)
        return gateway

    def fails(self, *words, text=None, flags=(), status=USAGE_STATUS, **more):
        """It ends with this status, says all these words in one line, and opens nothing."""
        gateway = self.run(text, flags, **more)
        given = f"{(text or '')[:200]!r} {flags}"
        ends = time.monotonic() + limit(10)
        while gateway.is_running():
            true(f"it starts with {given}", time.monotonic() < ends and not any(
                re.search(STARTED, line) for line in gateway.lines), gateway.lines)
            time.sleep(0.01)
        equal(f"exit status with {given}: {gateway.lines}", gateway.finished(), status)
        for line in gateway.lines:
            if all(word in line for word in words):
                return gateway.lines
        true(f"no line with {words}", False, gateway.lines)
        return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for gateway in self.started:
            gateway.stop()


def quick(port, **tables):
    """The text of a configuration with this port."""
    return toml({"server": {"host": "127.0.0.1", "port": port}} | tables)


def ask(port, target="/health", headers=(), method="GET", host="127.0.0.1"):
    """The status of a request."""
    with Caller(port, host) as caller:
        return caller.ask(method, target, headers, body="{}" if method == "POST" else None).status


@scenario
def defaults():
    """Without any settings: 0.0.0.0 port 38080, both methods, no health, no authentication."""
    with Box(start=False) as box, Place(box) as place:
        gateway = place.run()
        if not re.search(STARTED, gateway.wait_for(f"{STARTED}|in use")):
            # Another program has it on one of this machine's addresses.
            true("the address", "0.0.0.0:38080" in gateway.lines[-1], gateway.lines)
            return "somebody has port 38080, so it was not asked anything"
        equal("told", gateway.started().groups(), ("0.0.0.0:38080", "GET, POST"))
        equal("health", ask(38080), 404)
        equal("no token is wanted", ask(38080, "/update"), 422)
        warned = [one for one in gateway.lines if "WARNING" in one]
        true("a warning that anybody may", any("uth" in one for one in warned), gateway.lines)
        gateway.end()
        return None


@scenario
def config_in_working_directory():
    """`config.toml` in the working directory is read; with --config another is."""
    with Box(start=False) as box, Place(box) as place:
        first, second = free_port(), free_port()
        gateway = place.run(quick(first), name="config.toml", named=False)
        equal("port", gateway.started()[1], f"127.0.0.1:{first}")
        gateway.end()
        gateway = place.run(quick(second))
        equal("port", gateway.started()[1], f"127.0.0.1:{second}")
        gateway.end()


@scenario
def config_missing():
    """--config with a file that is not there, a directory, or one that cannot be read: exit 2."""
    with Box(start=False) as box, Place(box) as place:
        for path in ("none.toml", "/", "/nonexistent/x.toml"):
            place.fails(path, flags=["--config", path])


@scenario
def flags_win():
    """Each flag wins over its key in the file."""
    with Box(start=False) as box, Place(box) as place:
        port, other = free_port(), free_port()
        text = quick(other, auth={"enabled": False, "tokens": [OTHER_TOKEN]},
                     methods={"get_enabled": True, "post_enabled": False},
                     logging={"level": "ERROR", "file_enabled": False, "file_path": "wrong"},
                     health={"enabled": False})
        gateway = place.run(text, ["--port", str(port), "--host", "127.0.0.2", "--log-level",
                                   "DEBUG", "--auth-enabled", "--auth-tokens", TOKEN, "tk2",
                                   "--methods", "post", "--log-file-enabled", "--log-file-path",
                                   "right", "--health-enabled"])
        equal("told", gateway.started().groups(), (f"127.0.0.2:{port}", "POST"))
        there = {"host": "127.0.0.2"}
        equal("health", ask(port, **there), 200)
        equal("GET", ask(port, "/update", **there), 405)
        for token, status in ((TOKEN, 415), ("tk2", 415), (OTHER_TOKEN, 403)):
            equal(token, ask(port, "/update", {"Authorization": "Bearer " + token}, "POST",
                             **there), status)
        true("file", os.path.exists(os.path.join(box.dir, "right")))
        gateway.end()
        text = quick(port, auth={"enabled": True}, health={"enabled": True},
                     logging={"file_enabled": True, "file_path": "wrong"})
        gateway = place.run(text, ["--auth-disabled", "--health-disabled", "--log-file-disabled"])
        gateway.started()
        equal("health", ask(port), 404)
        equal("no token", ask(port, "/update"), 422)
        true("no file", not os.path.exists(os.path.join(box.dir, "wrong")))
        gateway.end()


@scenario
def flag_forms():
    """`--flag=value`, tokens one by one or several, methods in any case and order."""
    with Box(start=False) as box, Place(box) as place:
        port = free_port()
        base = ["--host=127.0.0.1", f"--port={port}", "--auth-enabled"]
        for tokens in (["--auth-tokens", "tk1", "tk2"], ["--auth-tokens", "tk1", "--auth-tokens",
                                                        "tk2"],
                       ["--auth-tokens=tk1", "--auth-tokens=tk2"],
                       ["--auth-tokens", "tk1", "tk2", "--health-enabled"]):
            gateway = place.run(flags=base + tokens)
            gateway.started()
            for token, status in (("tk1", 422), ("tk2", 422), ("tk3", 403)):
                equal(f"{tokens} {token}", ask(port, "/update", {
                    "Authorization": "Bearer " + token}), status)
            gateway.end()
        for text, told in (("get", "GET"), ("POST", "POST"), ("post,get", "GET, POST"),
                           ("get, post", "GET, POST"), ("Get,Post", "GET, POST")):
            gateway = place.run(flags=[*base, "--methods", text])
            equal(text, gateway.started()[2], told)
            gateway.end()


@scenario
def bad_flags():
    """Flags that contradict, are unknown, lack a value or have a wrong one: exit 2 and words."""
    with Box(start=False) as box, Place(box) as place:
        for flags, words in (
                (["--auth-enabled", "--auth-disabled"], ["--auth-enabled", "--auth-disabled"]),
                (["--log-file-enabled", "--log-file-disabled"], ["--log-file-"]),
                (["--health-disabled", "--health-enabled"], ["--health-"]),
                (["--port", "0x1F"], ["port", "whole number"]), (["--port", "70000"], ["port"]),
                (["--port", "-1"], ["port"]), (["--port"], ["--port"]), (["--port", ""], ["port"]),
                (["--host", "not a host"], ["host"]), (["--log-level", "LOUD"], ["log-level"]),
                (["--methods", "get,put"], ["--methods"]), (["--methods", ""], ["--methods"]),
                (["--nonsense"], ["--nonsense"]), (["surplus"], ["surplus"]),
                (["--auth-tokens"], ["--auth-tokens"]), (["--config"], ["--config"])):
            place.fails(*words, flags=flags)


@scenario
def help_and_version():
    """--help names every flag, --version the version; both on stdout with exit 0."""
    with Box(start=False) as box, Place(box) as place:
        gateway = place.run(flags=["--help"])
        equal("exit status", gateway.finished(), 0)
        said = "\n".join(gateway.out)
        for flag in ("--config", "--host", "--port", "--log-level", "--auth-enabled",
                     "--auth-disabled", "--auth-tokens", "--methods", "--log-file-enabled",
                     "--log-file-disabled", "--log-file-path", "--health-enabled",
                     "--health-disabled"):
            true(f"no {flag}", flag in said, said)
        true("the hidden one is shown", "upstream-via" not in said, said)
        gateway = place.run(flags=["--version"])
        equal("exit status", gateway.finished(), 0)
        true("version", re.search(r"\d+\.\d+\.\d+", "\n".join(gateway.out)), gateway.out)


@scenario
def conversions():
    """Numbers and truth values as strings, as the seed allows them."""
    with Box(start=False) as box, Place(box) as place:
        for yes, no in (("true", "false"), ("yes", "no"), ("on", "off"), ("1", "0"),
                        ("TRUE", "False"), ("Yes", "NO")):
            port = free_port()
            text = (f'[server]\nhost = "127.0.0.1"\nport = "{port}"\n'
                    f'[health]\nenabled = "{yes}"\n[auth]\nenabled = "{yes}"\n'
                    f'[methods]\nget_enabled = "{no}"\npost_enabled = "{yes}"\n')
            gateway = place.run(text)
            equal("told", gateway.started().groups(), (f"127.0.0.1:{port}", "POST"))
            equal("health", ask(port), 200)
            equal("get", ask(port, "/update"), 405)
            equal("auth", ask(port, "/update", method="POST"), 401)
            gateway.end()


NUMBER, TRUTH, LIST = "whole number", "true or false", "list of strings"
BAD_VALUES = [("server", "port", '"eighty"', NUMBER), ("server", "port", "0", NUMBER),
              ("server", "port", "70000", NUMBER), ("server", "port", "[]", NUMBER),
              ("server", "port", "80.5", NUMBER), ("server", "host", "[]", "host"),
              ("auth", "enabled", '"perhaps"', TRUTH), ("auth", "enabled", "2", TRUTH),
              ("auth", "tokens", '"one"', LIST), ("auth", "tokens", "[[1]]", LIST),
              ("methods", "get_enabled", '""', TRUTH), ("methods", "post_enabled", "{}", TRUTH),
              ("logging", "level", '"LOUD"', "level"), ("logging", "file_enabled", "[]", TRUTH),
              ("logging", "file_path", "[]", "string"), ("health", "enabled", '"y e s"', TRUTH),
              ("upstream", "timeout", '"soon"', NUMBER), ("upstream", "timeout", "0", NUMBER),
              ("upstream", "aliyun_url", '"ftp://x"', "https"),
              ("upstream", "cloudflare_url", '"http://example.com"', "token"),
              ("limits", "workers", "0", NUMBER), ("limits", "connections", '"x"', NUMBER),
              ("limits", "body_bytes", "-1", NUMBER)]


@scenario
def wrong_types():
    """A value that cannot be converted: exit 2 with file, line, key and the type expected."""
    with Box(start=False) as box, Place(box) as place:
        for table, key, value, kind in BAD_VALUES:
            text = f"# a comment\n\n[{table}]\n{key} = {value}\n"
            place.fails("other.toml", "line 4", f"{table}.{key}", kind, text=text)


@scenario
def broken_toml():
    """What is no TOML: exit 2 with file and line."""
    with Box(start=False) as box, Place(box) as place:
        for text, line in (("[server\n", 1), ("[server]\nport 5\n", 2), ("\n\nx = \n", 3),
                           ("[a]\nx = 1\nx = 2\n", 3), ('[a]\nx = "open\n', 2),
                           ("[server]\nport = 1\n[server]\nhost = \"a\"\n", 3)):
            place.fails("other.toml", f"line {line}", text=text)
        for text in ("x" * 100_000, "[" * 50_000, "\0\0", "x = " + "[" * 20_000):
            place.fails("other.toml", text=text)


@scenario
def secrets_in_broken_files():
    """Neither a token in a broken file nor one of a wrong type is shown in the error."""
    with Box(start=False) as box, Place(box) as place:
        for text in (f'[auth]\ntokens = "{TOKEN}"\n', f'[auth]\ntokens = ["{TOKEN}"\n',
                     f'[auth]\ntokens = ["{TOKEN} x"]\n', f'[auth]\ntokens = {TOKEN}\n',
                     f'[auth]\nenabled = "{TOKEN}"\n'):
            said = "\n".join(place.fails("other.toml", text=text))
            true("shown", TOKEN not in said and TOKEN[4:14] not in said, said)


@scenario
def unknown_keys():
    """Keys and tables that nobody knows: a warning with file and line, and it starts."""
    with Box(start=False) as box, Place(box) as place:
        port = free_port()
        gateway = place.run(quick(port, health={"enabled": True, "enabeld": True},
                                  helth={"enabled": True}))
        gateway.started()
        for word in ("health.enabeld", "helth"):
            true(word, any(word in one and "WARNING" in one for one in gateway.lines),
                 gateway.lines)
        gateway.end()


@scenario
def slips_in_auth():
    """A slip in [auth] does not start an open server: exit 2, with the key and what there is."""
    with Box(start=False) as box, Place(box) as place:
        for text, words in (
                (f'[auth]\nenable = true\ntokens = ["{TOKEN}"]\n', ("line 2", "auth.enable")),
                (f'[auth]\nenabled = true\ntoken = ["{TOKEN}"]\n', ("line 3", "auth.token")),
                ("[auth]\nEnabled = true\n", ("line 2", "auth.Enabled")),
                ("[Auth]\nenabled = true\n", ("line 2", "write [auth] in small letters")),
                ("auth.on = true\n", ("line 1", "auth.on"))):
            place.fails("other.toml", *words, text=text)
            place.fails("config.toml", *words, text=text, name="config.toml", named=False)


@scenario
def tokens_not_asked_for():
    """Tokens without authentication: it runs, and a warning says that they are not asked for."""
    with Box(start=False) as box, Place(box) as place:
        port = free_port()
        for text, flags in ((quick(port, auth={"tokens": [TOKEN]}), ()),
                            (quick(port, auth={"enabled": False, "tokens": [TOKEN]}), ()),
                            (quick(port), ("--auth-tokens", TOKEN))):
            gateway = place.run(text, flags)
            gateway.started()
            true("no warning", any("WARNING" in line and "not asked for" in line
                                   for line in gateway.lines), gateway.lines)
            equal("no token", ask(port, "/update"), 422)
            gateway.end()


@scenario
def config_of_somebody_else():
    """As root it warns of a config.toml in the working directory that another user can write."""
    with Box(start=False) as box, Place(box) as place:
        if os.geteuid() != 0:
            return "only root can be led astray so"
        path = os.path.join(box.dir, "config.toml")
        for user, mode, words in ((0, 0o644, None), (0, 0o666, "can be written by other users"),
                                  (65534, 0o644, "belongs to user 65534")):
            text = quick(free_port())
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chown(path, user, -1)
            os.chmod(path, mode)
            gateway = place.run()
            gateway.started()
            warned = [one for one in gateway.lines if "WARNING" in one and "config.toml" in one]
            equal(f"warnings with {mode:o} of {user}", len(warned), 1 if words else 0)
            true("its words", not words or words in warned[0], warned)
            gateway.end()
        return None


@scenario
def no_method():
    """Both methods switched off: exit 2."""
    with Box(start=False) as box, Place(box) as place:
        place.fails("at least one", text=quick(
            free_port(), methods={"get_enabled": False, "post_enabled": False}))
        place.fails("at least one", text=quick(
            free_port(), methods={"get_enabled": "no", "post_enabled": "0"}))


@scenario
def warnings():
    """Open to others without authentication, or without a token: warnings; on loopback none."""
    with Box(start=False) as box, Place(box) as place:
        port = str(free_port())
        for host, auth, wanted in (("0.0.0.0", "--auth-disabled", True),
                                   ("127.0.0.1", "--auth-disabled", False),
                                   ("127.9.9.9", "--auth-disabled", False),
                                   ("127.0.0.1", "--auth-enabled", True)):
            gateway = place.run(flags=["--host", host, "--port", port, auth])
            gateway.started()
            warned = [one for one in gateway.lines if "WARNING" in one]
            equal(f"{host} {auth}: a warning {warned}", bool(warned), wanted)
            gateway.end()


@scenario
def ipv6():
    """It listens on an IPv6 address, and on both families with `::`."""
    with Box(start=False) as box, Place(box) as place:
        port = free_port()
        for host, asked in (("::1", ["::1"]), ("::", ["::1", "127.0.0.1"])):
            gateway = place.run(flags=["--host", host, "--port", str(port), "--health-enabled"])
            true("told", gateway.started()[1] in (f"[{host}]:{port}", f"{host}:{port}"),
                 gateway.lines)
            for one in asked:
                equal(one, ask(port, host=one), 200)
            gateway.end()


@scenario
def home():
    """`~` in a path is HOME; a log file that cannot be opened is told and ends it, or is left."""
    with Box(start=False) as box, Place(box) as place:
        port = free_port()
        gateway = place.run(quick(port, logging={"file_enabled": True, "file_path": "~/sub.log"}))
        gateway.started()
        true("file", os.path.exists(os.path.join(box.dir, "sub.log")), os.listdir(box.dir))
        gateway.end()
        # Below what is no directory.
        gateway = place.run(quick(port, logging={"file_enabled": True,
                                                 "file_path": "~/sub.log/dir/log"}))
        ends = time.monotonic() + limit(10)
        while gateway.is_running() and not any(re.search(STARTED, one) for one in gateway.lines):
            true("neither ended nor started", time.monotonic() < ends, gateway.lines)
            time.sleep(0.02)
        if gateway.is_running():
            gateway.end()
        else:
            true("exit status", gateway.finished() in (1, 2), gateway.lines)
        true("it is told", any("sub.log/dir/log" in one for one in gateway.lines),
             gateway.lines)
