"""The stand-in for the provider's API, on the loopback interface of a scenario's machine."""

import http.client
import json
import os
import ssl

from netns import CannotBuild, command, inside, started
from subject import STANDIN

TOKEN = "0123456789abcdefghijABCDEFGHIJ0123456789"
ZONE, NAME = "023e105f4ecef8ad9ca31a8372d0c353", "home.example.com"
ADDRESS, PORT = "127.0.0.1", 8053
# Where it is set the API is served over TLS, for builds without plain HTTP.
IS_TLS = bool(os.environ.get("DDNSBOX_API_TLS"))
URL = f"http{'s' * IS_TLS}://{ADDRESS}:{PORT}/client/v4"
LOOK_SECONDS_MAX = 60


class Call:
    """One request: when it had come in, its method, path, status and document."""

    def __init__(self, document):
        self.at, self.method = document["at"] / 1e6, document["method"]
        self.path, self.status = document["target"], document["status"]
        self.body = document["body"]

    def __repr__(self):
        return f"{self.method} {self.path} -> {self.status} {self.body}"


class Api:
    """`api.calls()`, `api.faults("* reply 500")`, `api.records()`."""

    def __init__(self, net, records=(), faults=()):
        self.net, self.arguments, self.process = net, [], None
        for record in records:
            self.arguments += ["--record", record]
        for fault in faults:
            self.arguments += ["--fault", fault]
        self.start()

    def start(self):
        """Starts it, and waits until it listens."""
        output = os.path.join(self.net.dir, "standin.out")
        tls = []
        if IS_TLS:
            tls = ["--tls-cert", self.certificate(), "--tls-key", self._path("api.key"),
                   "--keep-alive"]
        self.process = started(self.net.machine, [
            STANDIN, "--http", f"{ADDRESS}:{PORT}", "--token", TOKEN, "--zone", ZONE,
            "--target", NAME, "--log", "/dev/null", *tls, *self.arguments], output)

    def _path(self, name):
        return os.path.join(self.net.dir, name)

    def certificate(self):
        """The file with its certificate, which is made where it does not exist."""
        path = self._path("api.pem")
        if not os.path.exists(path):
            command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    f"/CN={ADDRESS}", "-addext", f"subjectAltName=IP:{ADDRESS}", "-keyout",
                    self._path("api.key"), "-out", path)
        return path

    def environment(self):
        """What the program needs to trust it."""
        return {"SSL_CERT_FILE": self.certificate()} if IS_TLS else {}

    def stop(self):
        """Nothing listens at its port any more; what it knew is gone. Safe to call twice."""
        self.process.kill()
        self.process.wait()

    def _connection(self):
        if not IS_TLS:
            return http.client.HTTPConnection(ADDRESS, PORT, timeout=LOOK_SECONDS_MAX)
        context = ssl.create_default_context(cafile=self.certificate())
        return http.client.HTTPSConnection(ADDRESS, PORT, timeout=LOOK_SECONDS_MAX,
                                           context=context)

    def _ask(self, path, document=None):
        def ask():
            connection = self._connection()
            if document is None:
                connection.request("GET", path)
            else:
                connection.request("POST", path, json.dumps(document),
                                   {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        return inside(self.net.machine, ask)

    def calls(self):
        """All requests of the program so far."""
        return [Call(one) for one in self._ask("/_calls")]

    def records(self):
        """Every record the zone holds."""
        return self._ask("/_records")

    def violations(self):
        """What the program sent that the API's schema does not allow."""
        return self._ask("/_violations")

    def _act(self, path, document):
        refusal = self._ask(path, document)
        if refusal:
            raise CannotBuild(f"the stand-in refuses {document}: {refusal}")

    def add(self, content, **fields):
        """The zone's owner adds a record by hand."""
        self._act("/_records", [{"type": "AAAA", "name": NAME, "content": content, "ttl": 60}
                                | fields])

    def forget(self, content):
        """The zone's owner deletes the record that has this content."""
        self._act("/_forget", [one["id"] for one in self.records() if one["content"] == content])

    def faults(self, *lines):
        """From now on these are the misbehaviours; none for none."""
        self._act("/_faults", list(lines))
