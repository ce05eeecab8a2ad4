"""Stand-ins and gateway in one: what a scenario asks, and what has to come of it."""

import base64
import json
import os
import shutil
import tempfile
import urllib.parse

from caller import Caller
from checks import equal, true
from gateway import Gateway, free_port
from processes import read_proc
from scene import Scene
from subject import let_in, patience
from upstreams import CREDENTIALS, IDS, NAMES, SECRETS, ZONE, Upstreams

TOKEN = "srvTok3nZq8Xw5Vb2Nm7Lk4Jh9Gf6Ds1Ap"
OTHER_TOKEN = "srv2ndToken-Er6Ty9Ui2Op5As8Df1Gh4Jk"
# So many characters of a secret in a row must never be shown.
SHOWN_CHARACTERS_MAX = 7
# A minute after the clock check it must be; far from what an emulated child needs.
UPSTREAM_SECONDS = 5
EVIDENCE_LINES = 25
ADDRESS, NEW_ADDRESS = "192.0.2.10", "192.0.2.77"
MESSAGES = {"created": "DNS record created successfully",
            "updated": "DNS record updated successfully",
            "unchanged": "DNS record is already up to date"}


def pieces(secret):
    """The forms in which a secret must not be shown, each as bytes."""
    length = SHOWN_CHARACTERS_MAX + 1
    found = {secret[at:at + length] for at in range(len(secret) - length + 1)}
    return [one.encode() for one in found] + [
        base64.b64encode(secret.encode()).rstrip(b"="), secret.encode().hex().encode()]


def toml(tables):
    """A TOML file of {table: {key: value}}."""
    lines = []
    for table, keys in tables.items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}"
                  for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def private(path, flags):
    """Opens a file that nobody else may read."""
    return os.open(path, flags, 0o600)


class Box(Scene):
    """`with Box() as box: box.update("aliyun").expect(200)`."""

    def __init__(self, start=True, flags=(), via=None, secrets=(), environment=None, preload=(),
                 **tables):
        self.dir = tempfile.mkdtemp(prefix="ddnsbox-gateway-")
        let_in(self.dir)
        self.gateway = self.upstreams = None
        self.secrets = [one for one in (TOKEN, OTHER_TOKEN, *SECRETS, *secrets) if one]
        self.pieces = [piece for secret in self.secrets for piece in pieces(secret)]
        self.port, self.replies, self.watched = free_port(), [], set()
        self.options = {"via": via, "environment": environment, "preload": preload}
        try:
            self.upstreams = Upstreams()
            self.tables = {
                "server": {"host": "127.0.0.1", "port": self.port},
                "auth": {"enabled": False, "tokens": []}, "methods": {},
                "logging": {"level": "DEBUG"}, "health": {"enabled": True},
                "upstream": {"timeout": int(patience(UPSTREAM_SECONDS))} | {
                    f"{name}_url": self.upstreams.url(name) for name in NAMES}}
            for table, keys in tables.items():
                self.tables[table] = self.tables.get(table, {}) | keys
            if start:
                self.start(*flags)
        except BaseException:
            self.down()
            raise

    def start(self, *flags, wait=True):
        """Starts the gateway with the settings as they are now."""
        config = os.path.join(self.dir, "gateway.toml")
        with open(config, "w", encoding="utf-8", opener=private) as file:
            file.write(toml(self.tables))
        self.gateway = Gateway(self.dir, ["--config", config, *flags], **self.options)
        if wait:
            self.gateway.started()
        return self.gateway

    def close(self):
        """Ends it, if it still runs, and looks for secrets and for violations."""
        if self.gateway:
            self.look_at_processes()
            if self.gateway.is_running():
                self.gateway.end()
            self.check_hidden()
        self.upstreams.check()

    def down(self):
        """Removes everything."""
        for one in (self.gateway, self.upstreams):
            if one:
                one.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def evidence(self):
        """What is shown when a scenario fails."""
        said = self.gateway.lines[-EVIDENCE_LINES:] if self.gateway else []
        try:
            said = said + [str(one) for one in self.upstreams.calls()[-EVIDENCE_LINES:]]
        except (RuntimeError, OSError):
            pass
        return said

    # Asking.

    def caller(self, **more):
        """A connection to it."""
        return Caller(self.port, **more)

    def ask(self, *arguments, **more):
        """One request on a connection of its own."""
        whence = {"timeout": more.pop("timeout", patience(60)), "source": more.pop("source", None)}
        with self.caller(**whence) as caller:
            reply = caller.ask(*arguments, **more)
        self.replies.append(reply)
        return reply

    def update(self, provider, record="home", kind="A", value=NEW_ADDRESS, zone=ZONE,
               post=False, credentials=None, headers=(), **more):
        """Asks for an update, with GET or POST."""
        # What is None is left out.
        fields = {"provider": provider, "zone": zone, "record": record, "type": kind,
                  "value": value, **more}
        return self.raw_update({key: value for key, value in fields.items() if value is not None},
                               post, credentials or CREDENTIALS.get(provider), headers)

    def raw_update(self, fields, post=False, credentials=CREDENTIALS["cloudflare"], headers=()):
        """Asks for an update with just these fields."""
        headers = dict(headers)
        if credentials:
            headers["X-Upstream-Authorization"] = credentials
        if post:
            headers = {"Content-Type": "application/json"} | headers
            return self.ask("POST", "/update", headers, json.dumps(fields))
        return self.ask("GET", "/update?" + query(fields), headers)

    def done(self, action, provider, record="home", kind="A", value=NEW_ADDRESS, zone=ZONE,
             **more):
        """An update that succeeds with this action; gives the answer's document."""
        previous = more.pop("previous", None)
        shows = more.pop("shows", value)
        return self.check_done(self.update(provider, record, kind, value, zone, **more),
                               action, provider, record, kind, shows, zone, previous)

    def check_done(self, reply, action, provider, record="home", kind="A", value=NEW_ADDRESS,
                   zone=ZONE, previous=None):
        """The answer to a success, key by key."""
        equal(f"status of {reply}", reply.status, 200)
        true("the words RouterOS looks for", b'"status":"success"' in reply.body, reply)
        found = reply.document()
        equal("keys", list(found), ["status", "code", "message", "action", "data",
                                    "provider_metadata", "warnings"])
        equal("head of the document", [found[key] for key in list(found)[:4]],
              ["success", 200, MESSAGES[action], action])
        for warning in found["warnings"]:
            equal("keys of a warning", list(warning), ["code", "message"])
            true("texts of a warning", all(warning.values()), warning)
        name = zone if record == "@" else f"{record}.{zone}"
        ttl = found["data"].pop("ttl", None)
        true("ttl", ttl is None or type(ttl) is int and ttl > 0, ttl)
        wanted = {"provider": provider, "zone": zone, "record": record, "fqdn": name,
                  "type": kind, "value": value}
        if previous is not None:
            wanted["previous_value"] = previous
        equal("data", found["data"], wanted)
        if ttl is not None:
            found["data"]["ttl"] = ttl
        equal("keys of the metadata", list(found["provider_metadata"]),
              {"cloudflare": ["record_id", "zone_id", "extra"]}.get(
                  provider, ["record_id", "request_id"]))
        return found

    def alive(self):
        """It still runs and answers."""
        true("it has ended", self.gateway.is_running(), self.gateway.lines[-5:])
        equal("health", self.ask("GET", "/health").body, b'{"status":"ok"}')

    # Secrets.

    def look_at_processes(self):
        """No secret stands in an argument or the environment of it or of a child."""
        if not self.gateway.is_running():
            return
        hidden = [piece for secret in SECRETS for piece in pieces(secret)] + [
            one.encode() for one in IDS]
        for pid in [self.gateway.pid, *self.gateway.children()]:
            for name in ("cmdline", "environ"):
                held = read_proc(pid, name)
                for piece in hidden:
                    true(f"a secret is in {name}", piece not in held, held)
            if pid != self.gateway.pid:
                self.watched.add(pid)

    def check_hidden(self):
        """No secret is in what it has said, in its files or in its answers."""
        texts = [("stderr", "\n".join(self.gateway.lines).encode())]
        texts += [("an answer", str(one).encode()) for one in self.replies]
        for name in os.listdir(self.dir):
            if name != "gateway.toml" and os.path.isfile(os.path.join(self.dir, name)):
                with open(os.path.join(self.dir, name), "rb") as file:
                    texts.append((name, file.read()))
        for where, text in texts:
            for piece in self.pieces:
                true(f"a secret is in {where}", piece not in text,
                     [line for line in text.splitlines() if piece in line])
            for one in IDS:
                true(f"an id is in {where}", one.encode() not in text, one)


def query(fields):
    """A query string."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    return urllib.parse.urlencode(list(pairs), quote_via=urllib.parse.quote)
