"""Each system call of a life of ddns-gateway and hetzner-dyndns fails in turn, and of a child's."""

import http.client
import json
import os
import re
import subprocess
import sys

from campaign import campaign, wait_until
from checks import scenario
from running import run
from serving import ADDRESS, NEW, OLD, PORT, Serve, ask, text_of, write
from upstreams import CREDENTIALS, SECRETS, Upstreams

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "srvTok3nZq8Xw5Vb2Nm7Lk4Jh9Gf6Ds1Ap"
HOST, OTHER = "home.example.com", "office.example.com"
HETZNER_TOKEN = "TokenOfHetzner0123456789abcdefghijABCDEFGHIJ"
HETZNER_PORT, NTFY_PORT = 8061, 8062
KEY = "k" * 43
KEY_LINE = re.compile(rf"{re.escape(OTHER)} [A-Za-z0-9_-]{{43}}\n")
UPSTREAM_SECONDS = 5


class Gateway(Serve):
    """ddns-gateway and Cloudflare."""

    applet, secrets = "ddns-gateway", (TOKEN, *SECRETS)
    settings = ("gateway.toml",)

    def __init__(self, in_child=False):
        super().__init__(in_child)
        self.upstreams = Upstreams()
        self.config = os.path.join(self.dir, "gateway.toml")
        write(self.config, f"""[server]
host = "{ADDRESS}"
port = {PORT}
[auth]
enabled = true
tokens = ["{TOKEN}"]
[logging]
file_enabled = true
file_path = "{self.log}"
[upstream]
timeout = {UPSTREAM_SECONDS}
cloudflare_url = "{self.upstreams.url("cloudflare")}"
""")

    def arguments(self):
        return ["--config", self.config]

    def prepare(self):
        self.upstreams.have("cloudflare", "home", "A", OLD)
        if os.path.exists(self.log):
            os.unlink(self.log)

    def good(self):
        query = f"provider=cloudflare&zone=example.com&record=home&type=A&value={NEW}"
        return ask("GET", "/update?" + query, {
            "Authorization": "Bearer " + TOKEN,
            "X-Upstream-Authorization": CREDENTIALS["cloudflare"]})

    def values(self):
        return self.upstreams.values("cloudflare")

    def judge(self, done, tracer):
        self.upstreams.check()
        return super().judge(done, tracer)


def standin(script, *arguments):
    """One of the hosts' stand-ins, which says when it is ready."""
    path = os.path.join(HERE, "../scenarios/hetzner-dyndns", script)
    process = subprocess.Popen([sys.executable, "-B", path, *arguments],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    wait_until(f"{script} is ready", lambda: process.stdout.readline() == "ready\n")
    return process


def tell(port, name, document=None):
    """Has one of them do something; gives what it answers."""
    connection = http.client.HTTPConnection(ADDRESS, port, timeout=20)
    connection.request("POST", f"/_{name}", json.dumps(document))
    return json.loads(connection.getresponse().read())


class Hosts(Serve):
    """hetzner-dyndns, Hetzner and ntfy; one host has a key, for the other one is made."""

    applet, settings = "hetzner-dyndns", ("pre-shared-key",)

    def __init__(self, in_child=False):
        super().__init__(in_child)
        self.secrets = (HETZNER_TOKEN, KEY)
        standin("hetzner.py", ADDRESS, str(HETZNER_PORT), HETZNER_TOKEN)
        standin("ntfy.py", ADDRESS, str(NTFY_PORT), "topic")
        tell(HETZNER_PORT, "settings", {"seconds": 0})
        self.keys = os.path.join(self.dir, "pre-shared-key")
        self.old_keys = f"# of the operator\n{HOST} {KEY}\n"

    def environment(self):
        return {"HETZNER_TOKEN": HETZNER_TOKEN, "REGISTERED_FQDNS": f"{HOST},{OTHER}",
                "HETZNER_API_URL": f"http://{ADDRESS}:{HETZNER_PORT}/v1", "ALLOWED_FQDNS": HOST,
                "PRE_SHARED_KEY_FILE": self.keys, "LISTEN_PORT": str(PORT), "LISTEN_HOST": ADDRESS,
                "LOG_FILE": self.log, "NTFY_URL": f"http://{ADDRESS}:{NTFY_PORT}",
                "NTFY_TOPIC": "topic", "REQUEST_CACHE_TTL": "0", "DEBUG_LOGGING": "1"}

    def prepare(self):
        tell(HETZNER_PORT, "zones", {"example.com": {"home/A": [OLD]}})
        for path in (os.path.join(self.dir, name) for name in os.listdir(self.dir)):
            if os.path.isfile(path):
                os.unlink(path)
        write(self.keys, self.old_keys)

    def good(self):
        return ask("POST", "/update", {"Content-Type": "application/json",
                                       "X-Pre-Shared-Key": KEY}, {"fqdn": HOST, "ip": NEW})

    def values(self):
        found = tell(HETZNER_PORT, "rrsets").get("example.com/home/A")
        return found and sorted(one["value"] for one in found["records"])

    def judge(self, done, tracer):
        wrong = tell(HETZNER_PORT, "violations") + self.wrong_keys(done.status == 0)
        made = text_of(self.keys).split()[-1]
        if made != KEY and made in done.err + done.out:
            wrong.append("a new key is told")
        # The next one that makes keys mends what is missing.
        mended = run(self.applet, "--make-keys", environment=self.environment())
        if mended.status:
            wrong.append(f"keys cannot be made: {mended}")
        return wrong + self.wrong_keys(True) + super().judge(done, tracer)

    def wrong_keys(self, are_whole):
        """What is wrong with the file: the old one, or that and a whole line; and modes."""
        text, wrong = text_of(self.keys), []
        if text is None or not text.startswith(self.old_keys):
            return [f"the old keys are gone: {text!r}"]
        added = text[len(self.old_keys):]
        if not KEY_LINE.fullmatch(added) and (added or are_whole):
            wrong.append(f"the keys are torn, or one is missing: {text!r}")
        if os.stat(self.keys).st_mode & 0o077:
            wrong.append("others can read the keys")
        return wrong


@scenario
def gateway_itself():
    """ddns-gateway, a life: each call of the server fails once, and from its first on."""
    return campaign(Gateway())


@scenario
def gateway_child():
    """ddns-gateway, a life: each call of the child that talks fails once, and from its first on."""
    return campaign(Gateway(in_child=True))


@scenario
def hosts_itself():
    """hetzner-dyndns, a life: each call of the server fails once, and from its first on."""
    return campaign(Hosts())


@scenario
def hosts_child():
    """hetzner-dyndns, a life: each call of the child that talks fails once, and from there on."""
    return campaign(Hosts(in_child=True))


for one in (gateway_itself, gateway_child, hosts_itself, hosts_child):
    one.seconds, one.shards = 70, 3
