"""The stand-in for Cloudflare (tests/standin) as scenarios start, ask and order it."""

import http.client
import json
import os
import ssl
from dataclasses import dataclass

from netns import CannotBuild, inside, started
from subject import STANDIN

TOKEN = "0123456789abcdefghijABCDEFGHIJ0123456789"
ZONE, TARGET = "023e105f4ecef8ad9ca31a8372d0c353", "home.example.com"
ADDRESS, PORT = "127.0.0.1", 8053
URL = f"http://{ADDRESS}:{PORT}/client/v4"
LOOK_SECONDS_MAX = 60


@dataclass(frozen=True)
class Call:
    """One request: when it had come in, its method, path, status and document."""

    at: float
    method: str
    path: str
    status: int
    body: object

    def __str__(self):
        return f"{self.method} {self.path} -> {self.status} {self.body}"


class Cloudflare:
    """`api.records()`, `api.calls()`, `api.set("A", ["192.0.2.1"])`, `api.faults("* reply 500")`.

    It listens in a namespace, or where this process is, for changes of the name `target`.
    """

    def __init__(self, directory, *arguments, namespace=None, address=ADDRESS, port=PORT,
                 target=TARGET):
        self.namespace, self.address, self.port = namespace, address, port
        self.target, self.context, self.process = target, None, None
        self.output = os.path.join(directory, "standin.out")
        self.arguments = ["--http", f"{address}:{port}", "--token", TOKEN, "--zone", ZONE,
                          "--target", target, *arguments]
        if "--log" not in arguments:
            self.arguments += ["--log", "/dev/null"]

    def start(self):
        """Starts it, and waits until it listens; gives it."""
        self.process = started(self.namespace, [STANDIN, *self.arguments], self.output)
        return self

    def stop(self):
        """Nothing listens at its port any more; what it knew is gone. Safe to call twice."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def is_running(self):
        """Whether it can be asked."""
        return self.process is not None and self.process.poll() is None

    def trust(self, certificate):
        """From now on it is asked over TLS, as its arguments have it speak."""
        self.context = ssl.create_default_context(cafile=certificate)
        # It is asked by its address, whatever name the certificate is for.
        self.context.check_hostname = False

    def _ask(self, path, document=None):
        def ask():
            where = {"host": self.address, "port": self.port, "timeout": LOOK_SECONDS_MAX}
            connection = http.client.HTTPSConnection(**where, context=self.context) \
                if self.context else http.client.HTTPConnection(**where)
            if document is None:
                connection.request("GET", path)
            else:
                connection.request("POST", path, json.dumps(document),
                                   {"Content-Type": "application/json"})
            try:
                return json.loads(connection.getresponse().read())
            finally:
                connection.close()
        return inside(self.namespace, ask)

    def _order(self, path, document):
        refusal = self._ask(path, document)
        if refusal:
            raise CannotBuild(f"the stand-in refuses {document}: {refusal}")

    # What it knows.

    def calls(self):
        """All requests of the program so far."""
        return [Call(one["at"] / 1e6, one["method"], one["target"], one["status"], one["body"])
                for one in self._ask("/_calls")]

    def records(self):
        """Every record the zone holds."""
        return self._ask("/_records")

    def addresses(self):
        """The contents of the target's records, sorted."""
        return sorted(one["content"] for one in self.records() if one["name"] == self.target)

    def violations(self):
        """What the program sent that the API's schema does not allow."""
        return self._ask("/_violations")

    # What the zone's owner and the provider do.

    def add(self, content, **fields):
        """The zone's owner adds a record by hand."""
        self._order("/_records", [{"type": "AAAA", "name": self.target, "content": content,
                                   "ttl": 60} | fields])

    def forget(self, content):
        """The zone's owner deletes the record that has this content."""
        self._order("/_forget", [one["id"] for one in self.records()
                                 if one["content"] == content])

    def set(self, kind, contents):
        """The zone holds records of the target with these contents, and nothing else."""
        records = self.records()
        if sorted(one["content"] for one in records) == sorted(contents):
            return
        self._order("/_forget", [one["id"] for one in records])
        for content in contents:
            self.add(content, type=kind)

    def faults(self, *lines):
        """From now on these are the misbehaviours; none for none."""
        self._order("/_faults", list(lines))
