"""The stand-in for Cloudflare on loopback, as scenarios set and ask it."""

import http.client
import json
import os
import ssl
import subprocess
import time

import worlds
from checks import Wrong
from subject import STANDIN

TOKEN = "0123456789abcdefghijABCDEFGHIJ0123456789"
ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
ADDRESS, PORT, WHOAMI = "127.0.0.1", 8053, "127.0.0.1:8054"
URL = f"http://{ADDRESS}:{PORT}/client/v4"
LOOK_SECONDS_MAX = 60


class Cloudflare:
    """`api.set("A", ["192.0.2.1"])`, `api.addresses()`, `api.violations()`."""

    def __init__(self, name, *arguments):
        self.name, self.context = name, None
        self.output = os.path.join(worlds.directory("standin"), "out")
        with open(self.output, "wb") as file:
            self.process = subprocess.Popen(
                [STANDIN, "--http", f"{ADDRESS}:{PORT}", "--token", TOKEN, "--zone", ZONE,
                 "--target", name, "--log", "/dev/null", *arguments],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        ends = time.monotonic() + LOOK_SECONDS_MAX
        while "ready\n" not in (said := self.said()):
            if time.monotonic() > ends or self.process.poll() is not None:
                raise Wrong(f"the stand-in does not start: {said}")
            time.sleep(0.01)

    def speaks_tls(self, certificate):
        """From now on it is asked over TLS, as it was told to speak."""
        self.context = ssl.create_default_context(cafile=certificate)

    def said(self):
        """What it has said."""
        with open(self.output, encoding="utf-8") as file:
            return file.read()

    def ask(self, path, document=None):
        """One look or order; gives the answer."""
        if self.context:
            connection = http.client.HTTPSConnection(ADDRESS, PORT, timeout=LOOK_SECONDS_MAX,
                                                     context=self.context)
        else:
            connection = http.client.HTTPConnection(ADDRESS, PORT, timeout=LOOK_SECONDS_MAX)
        if document is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(document),
                               {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())

    def addresses(self):
        """The addresses at the name, sorted."""
        return sorted(one["content"] for one in self.ask("/_records")
                      if one["name"] == self.name)

    def set(self, kind, addresses):
        """The name has these addresses and no others; whoever is not asked about stays."""
        records = self.ask("/_records")
        if sorted(one["content"] for one in records) == sorted(addresses):
            return
        self.ask("/_forget", [one["id"] for one in records])
        for address in addresses:
            self.ask("/_records", [{"type": kind, "name": self.name, "content": address,
                                    "ttl": 60}])

    def calls(self):
        """All requests so far, as `METHOD PATH`."""
        return [f"{one['method']} {one['target']}" for one in self.ask("/_calls")]

    def faults(self, *lines):
        """From now on these are its misbehaviours; none for none."""
        refusal = self.ask("/_faults", list(lines))
        if refusal:
            raise Wrong(f"the stand-in refuses {lines}: {refusal}")

    def violations(self):
        """What was sent that the API's schema does not allow."""
        return self.ask("/_violations")
