"""The stand-in for Cloudflare and for whoami, inside a world's internet, with a private CA."""

import os
import re

from cloudflare_api import Cloudflare
from netns import command, started
from subject import STANDIN
from world import API_ADDRESS, API_HOST, RESOLVER

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
LEAF = f"subjectAltName=DNS:{API_HOST}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"

# The stand-in cannot be asked how often whoami was: the kernel counts. 96 bits into the DNS
# message stands the name; these four bytes are its first label's length and `who`.
COUNT_WHOAMI = """
table ip questions {
  chain input {
    type filter hook input priority 0;
    udp dport 53 @th,160,32 0x0677686f counter
  }
}
"""


def make_ca(directory, name):
    """A CA that only this world knows; gives the file to trust."""
    os.mkdir(directory, 0o755)
    trusted = os.path.join(directory, "ca.pem")
    command("openssl", "req", "-x509", *KEY, "-keyout", os.path.join(directory, "ca.key"),
            "-out", trusted, "-days", "30", "-subj", f"/CN={name}",
            "-addext", "keyUsage=critical,keyCertSign")
    return trusted


def make_leaf(directory):
    """A certificate for the API's name from the CA in that directory."""
    def path(name):
        return os.path.join(directory, name)
    with open(path("leaf.ext"), "w", encoding="ascii") as file:
        file.write(LEAF)
    command("openssl", "req", *KEY, "-keyout", path("leaf.key"), "-out", path("leaf.csr"),
            "-subj", f"/CN={API_HOST}")
    command("openssl", "x509", "-req", "-in", path("leaf.csr"), "-CA", path("ca.pem"),
            "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "30",
            "-extfile", path("leaf.ext"), "-out", path("leaf.pem"))
    return path("leaf.pem"), path("leaf.key")


class Standin:
    """Two stand-ins, so that whoami can go away while the API stays."""

    def __init__(self, net, whoami="ok", api_delay=0, faults=()):
        self.net, self.whoami = net, None
        directory = os.path.join(net.dir, "ca")
        self.ca = make_ca(directory, "World CA")
        cert, key = make_leaf(directory)
        self.log = os.path.join(net.dir, "api.log")
        net.within(net.inet, "nft", "-f", "-", text=COUNT_WHOAMI)
        self.api = Cloudflare(
            net.dir, "--tls-cert", cert, "--tls-key", key, "--delay-ms", str(api_delay), "--log",
            self.log, *(word for fault in faults for word in ("--fault", fault)),
            namespace=net.inet, address=API_ADDRESS, port=443)
        self.api.trust(self.ca)
        try:
            self.whoami = started(net.inet, [
                STANDIN, "--whoami", f"{RESOLVER}:53", "--whoami-mode", whoami,
                "--name", f"{API_HOST}={API_ADDRESS}"], os.path.join(net.dir, "whoami.out"))
            self.api.start()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """Ends both; safe to call twice."""
        self.api.stop()
        if self.whoami:
            self.stop_whoami()

    def stop_whoami(self):
        """Nothing listens on 1.1.1.1:53 any more: the port is closed."""
        self.whoami.kill()
        self.whoami.wait()

    def requests(self):
        """All API requests so far, a line each, method first."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def records(self):
        """Every record the zone holds."""
        return self.api.records()

    def violations(self):
        """What the program sent that Cloudflare's schema does not allow."""
        return self.api.violations()

    def whoami_count(self):
        """How many questions for whoami have reached 1.1.1.1."""
        listed = self.net.within(self.net.inet, "nft", "list", "table", "ip", "questions")
        return int(re.search(r"counter packets (\d+)", listed).group(1))

    def other_ca(self):
        """A CA that did not sign the API's certificate."""
        return make_ca(os.path.join(self.net.dir, "other-ca"), "Other CA")
