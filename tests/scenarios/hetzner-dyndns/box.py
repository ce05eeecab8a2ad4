"""The service, its two upstreams and whoever asks it, in one: what scenarios are played with."""

import base64
import json
import os
import stat
import threading
from urllib.parse import urlencode

from applet import Applet
from asking import composed, read_answers, receive, receive_one
from checks import Wrong, equal, true
from net import LOCAL, Net
from processes import read_proc
from program import wait_until
from scene import Scene
from standins import (HETZNER_URL, NTFY_PASSWORD, NTFY_URL, NTFY_USER, TOKEN, TOPIC, Hetzner, Ntfy)

ZONE = "example.com"
HOST, OTHER = f"home.{ZONE}", f"office.{ZONE}"
KEY, KEY_V6 = f"{ZONE}/home/A", f"{ZONE}/home/AAAA"
A, B, C = "192.0.2.1", "192.0.2.2", "192.0.2.3"
A_V6, B_V6 = "2001:db8:1::1", "2001:db8:1::2"
PORT = 8080
BASIC_USER, BASIC_PASSWORD = "operator", "b:asic pass w\u00f6rd"
LINES_SHOWN = 40
KEY_FILE, LOG_FILE, ENV_FILE = "pre-shared-key", "service.log", "secrets.env"


class Box(Scene):
    """`with Box({"home/A": [A]}, RECORD_TTL="60") as box: box.update(fqdn=HOST, ip=B)`."""

    def __init__(self, held=None, zones=None, hosts=(HOST, OTHER), start=True, ntfy=True,
                 ntfy_locked=False, **settings):
        self.net = Net()
        self.service = self.ntfy = self.hetzner = None
        self.answers, self.lock, self.secrets = [], threading.Lock(), {TOKEN}
        self.hosts, self.settings = hosts, settings
        try:
            self.hetzner = Hetzner(self.net, zones or {ZONE: held or {}})
            if ntfy:
                self.ntfy = Ntfy(self.net, ntfy_locked)
            self.given = self.environment(ntfy, ntfy_locked)
            if start:
                self.start()
        except BaseException:
            self.down()
            raise

    def environment(self, ntfy, ntfy_locked):
        """What every scenario starts from; a setting that is None is left out."""
        given = {"HETZNER_TOKEN": TOKEN, "HETZNER_API_URL": HETZNER_URL,
                 "REGISTERED_FQDNS": ",".join(self.hosts), "ALLOWED_FQDNS": ",".join(self.hosts),
                 "PRE_SHARED_KEY_FILE": self.net.path(KEY_FILE), "LISTEN_PORT": str(PORT)}
        if ntfy:
            given |= {"NTFY_URL": NTFY_URL, "NTFY_TOPIC": TOPIC}
        if ntfy_locked:
            given |= {"NTFY_USERNAME": NTFY_USER, "NTFY_PASSWORD": NTFY_PASSWORD}
            self.secrets |= {NTFY_PASSWORD, encoded(NTFY_USER, NTFY_PASSWORD)}
        given |= self.settings
        if "BASIC_AUTH_PASSWORD" in given:
            self.secrets |= {BASIC_PASSWORD, encoded(BASIC_USER, BASIC_PASSWORD)}
        return {name: value for name, value in given.items() if value is not None}

    def start(self, *arguments, ready=True, preload=(), environment=None):
        """Starts the service, and waits until it takes connections."""
        given = self.given if environment is None else environment
        self.service = Applet(self.net, "hetzner-dyndns", *arguments, environment=given,
                               preload=preload)
        self.service.secrets = self.secrets
        if ready:
            self.wait_until_ready()
            self.secrets |= set(self.keys().values())
        return self.service

    def wait_until_ready(self):
        """Waits until it takes connections."""
        def listens():
            status = self.service.process.poll()
            if status is not None:
                self.service.join()
                raise Wrong(f"it ended with {status}: {self.service.said()}")
            try:
                self.net.connect(self.listening(), int(self.given["LISTEN_PORT"])).close()
                return True
            except OSError:
                return False
        wait_until("the service takes connections", listens)
        # It listens before it has said all it has to say at its start.
        self.service.wait_for("listening on")

    def listening(self):
        """An address the service listens at."""
        host = self.given.get("LISTEN_HOST", "0.0.0.0")
        return {"0.0.0.0": LOCAL, "::": LOCAL}.get(host, host)

    def restart(self, *arguments, **settings):
        """Ends the service and starts it with these settings, too."""
        self.service.end()
        self.given |= settings
        return self.start(*arguments)

    def close(self):
        """What has to be so at the end of every scenario."""
        for standin in (self.hetzner, self.ntfy):
            if standin and standin.is_running():
                equal("what no client may do", standin.violations(), [])
        if self.service:
            arguments = read_proc(self.service.pid, "cmdline").decode("latin-1")
            if self.service.process.poll() is None:
                self.service.end()
            self.service.check_secrets(("argv", arguments), *self.shown())

    def shown(self):
        """(where, text) of everything that people other than the operator may see."""
        shown = [("an answer", f"{one.headers}{one.text}") for one in self.answers]
        for name in sorted(os.listdir(self.net.dir)):
            if name.startswith(LOG_FILE):
                shown.append((name, self.read(name)))
        if self.ntfy and self.ntfy.is_running():
            shown += [("a message", "".join(map(str, one))) for one in self.ntfy.messages()]
        return shown

    def evidence(self):
        """What was said, asked and sent, in order of time."""
        every = [(one.at, one) for one in self.service.lines + self.service.out
                 ] if self.service else []
        for name, standin in (("hetzner", self.hetzner), ("ntfy", self.ntfy)):
            if standin and standin.is_running():
                every += [(call.at, f"> {name}: {call}") for call in standin.every_call()]
        lines = [f"{at % 1000:.3f} {words}" for at, words in sorted(every)][-LINES_SHOWN:]
        if os.path.exists(self.net.path("nginx.error")):
            lines += [f"nginx: {line}" for line in self.read("nginx.error").splitlines()]
        return lines

    def down(self):
        """Ends everything and removes the machine."""
        for part in (self.service, self.hetzner, self.ntfy):
            if part:
                part.stop()
        self.net.down()

    # Files.

    def read(self, name):
        """A file of the scenario's own."""
        with open(self.net.path(name), encoding="utf-8") as file:
            return file.read()

    def write(self, name, text, mode=0o600):
        """Writes a file of the scenario's own; gives its path."""
        path = self.net.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def mode(self, name=KEY_FILE):
        """The permissions of a file."""
        return stat.S_IMODE(os.stat(self.net.path(name)).st_mode)

    def keys(self):
        """The key of each host."""
        return dict(line.split() for line in self.read(KEY_FILE).splitlines())

    # Asking.

    def send(self, request, host=None, source=None, port=None):
        """Sends bytes; gives the answers that came before the connection was closed."""
        port = port or int(self.given["LISTEN_PORT"])
        with self.net.connect(host or self.listening(), port, source) as connection:
            connection.sendall(request)
            answers = read_answers(receive(connection))
        with self.lock:
            self.answers += answers
        return answers

    def send_one(self, request, **whence):
        """Sends bytes whose connection may stay open; gives the one answer."""
        with self.net.connect(self.listening(), int(self.given["LISTEN_PORT"]),
                              **whence) as connection:
            connection.sendall(request)
            answer = receive_one(connection)
        self.answers.append(answer)
        return answer

    def ask(self, method, target, headers=(), body=b"", **whence):
        """One request; gives its answer."""
        answers = self.send(composed(method, target, headers, body), **whence)
        equal("answers", len(answers), 1)
        return answers[0]

    def update(self, key=None, headers=(), source=None, host=None, port=None, **document):
        """POST /update with a document, and the key of its host if none is given."""
        if key is None:
            key = self.keys().get(str(document.get("fqdn") or document.get("url")).lower())
        fields = {"Content-Type": "application/json"} | dict(headers)
        if key:
            fields["X-Pre-Shared-Key"] = key
        return self.ask("POST", "/update", fields, json.dumps(document).encode(), source=source,
                        host=host, port=port)

    def nic(self, user=None, key=None, source=None, headers=(), method="GET", port=None,
            **parameters):
        """A request to /nic/update; user and key are those of the first host if not given."""
        hosts = parameters.get("hostname", HOST).lower().split(",")
        first = next((host for host in hosts if host), "")
        user = first.split(".")[0] if user is None else user
        key = self.keys().get(first, "none") if key is None else key
        fields = {"Authorization": f"Basic {encoded(user, key)}", "User-Agent": "Box"}
        fields |= dict(headers)
        query = urlencode(parameters, safe=",:")
        if method == "POST":
            fields["Content-Type"] = "application/x-www-form-urlencoded"
            return self.ask("POST", "/nic/update", fields, query.encode(), source=source, port=port)
        return self.ask("GET", f"/nic/update?{query}", fields, source=source, port=port)

    # What comes of it.

    def did(self, answer, status, address, values=None, key=KEY):
        """The update has been answered so, and the rrset has this one value or these."""
        equal("status", (answer.status, answer.text), (200, answer.text))
        equal("answer", answer.document, {"status": status, "ip": address})
        equal(key, self.hetzner.values(key), values or [address])

    def refused(self, answer, status, error):
        """The update has been refused so; gives the document."""
        equal("status", (answer.status, answer.text), (status, answer.text))
        equal("error", answer.document.get("error"), error)
        return answer.document

    def told(self, answer, *lines):
        """dyndns2: the lines of a good answer."""
        equal("status", (answer.status, answer.text), (200, answer.text))
        equal("lines", answer.lines, list(lines))

    def asked(self):
        """The methods and paths Hetzner was asked since this was last asked, polls left out."""
        calls = [f"{one.method} {one.target}" for one in self.hetzner.calls()]
        return [one for one in calls if "/actions/" not in one or one.startswith("POST")]

    def untouched(self):
        """Hetzner was asked nothing since this was last asked."""
        true("Hetzner was asked", not (asked := self.asked()), asked)


def encoded(user, password):
    """User and password as Basic sends them."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def basic(user, password):
    """The field that Basic is."""
    return {"Authorization": f"Basic {encoded(user, password)}"}
