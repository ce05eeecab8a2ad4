"""Each system call of cf-ddns-sync fails in turn: nothing changed, one change, our own query."""

import json
import os
import subprocess

import worlds
from campaign import Play, campaign
from checks import scenario
from cloudflare_api import ADDRESS, TOKEN, URL, ZONE, Cloudflare
from running import run

WHOAMI = "127.0.0.1:8054"
NAME = "host1.example.com"
OURS, OTHERS, GONE = "198.51.100.7", "203.0.113.9", "192.0.2.66"
IP = """#!/bin/sh
echo "2: $5    inet 10.0.0.${5#wan}0/24 brd 10.0.0.255 scope global $5"
"""
DIG = f"""#!/bin/sh
case "$2" in 10.0.0.10) echo '"{OURS}"' ;; *) echo '"{OTHERS}"' ;; esac
"""


def script(directory, name, text):
    """A program of that name, in a shell's words."""
    path = os.path.join(directory, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


class Sync(Play):
    """A run for two interfaces, one of whose addresses is new or not."""

    secrets, settings = (TOKEN,), ("--apiTokenFile",)

    def __init__(self, records, cached, *arguments, ip=IP, dig=DIG, standin=()):
        self.dir = worlds.directory("sync")
        self.bin, self.cache_dir = (os.path.join(self.dir, one) for one in ("bin", "cache"))
        os.mkdir(self.bin)
        script(self.bin, "ip", ip)
        if dig:
            script(self.bin, "dig", dig)
        self.records, self.cached, self.wanted = records, cached, sorted((OURS, OTHERS))
        self.api = Cloudflare(worlds.directory("standin"), *standin, target=NAME).start()
        self.cache = os.path.join(self.cache_dir, f"{NAME}.cache")
        self.token = os.path.join(self.dir, "token")
        with open(self.token, "w", encoding="ascii",
                  opener=lambda *how: os.open(*how, 0o600)) as file:
            file.write(TOKEN + "\n")
        self.arguments = arguments or ("--source", "wan1", "--source", "wan2")
        self.url, self.environment = URL, {"PATH": self.bin + ":/usr/bin:/bin"}

    def argv(self, *more):
        """The arguments of a run."""
        return ["--apiTokenFile", self.token, "--zoneId", ZONE, "--target", NAME,
                "--apiUrl", self.url,
                "--cacheDir", self.cache_dir, "--timeout", "3", *self.arguments, *more]

    def prepare(self):
        self.api.set("A", self.records)
        for name in os.listdir(self.cache_dir) if os.path.isdir(self.cache_dir) else ():
            os.unlink(os.path.join(self.cache_dir, name))
        if self.cached:
            os.makedirs(self.cache_dir, 0o700, exist_ok=True)
            self.put(self.cache, self.document(self.cached))

    @staticmethod
    def put(path, text):
        """Writes a file."""
        with open(path, "w", encoding="ascii") as file:
            file.write(text)

    def document(self, addresses):
        """A cache as a run would have written it."""
        records = [{"id": f"{number:032x}", "type": "A", "name": NAME, "content": one, "ttl": 60,
                    "proxied": False} for number, one in enumerate(addresses)]
        return json.dumps({"timestamp": 1, "records": records})

    def run(self, before, via):
        return run("cf-ddns-sync", *self.argv(), before=before, environment=self.environment)

    def held(self):
        """The addresses in the cache; None where it is missing, and words where it is torn."""
        try:
            with open(self.cache, encoding="ascii") as file:
                return sorted(one["content"] for one in json.load(file)["records"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError) as error:
            return f"torn: {error}"

    def judge(self, done, tracer):
        return self.right(done.status) + self.mended()

    def right(self, status):
        """What must be so after any run: records and cache."""
        wrong, found = [], self.api.addresses()
        lost = (set(self.records) & set(self.wanted)) - set(found)
        if lost:
            wrong.append(f"records removed though they are right: {lost}")
        strange = set(found) - set(self.records) - set(self.wanted)
        if strange:
            wrong.append(f"records nobody wanted: {strange}")
        if status == 0 and found != self.wanted:
            wrong.append(f"exit status 0 with the records {found}")
        if self.held() not in (None, found):
            wrong.append(f"the cache says {self.held()}, the records are {found}")
        return wrong

    def mended(self):
        """What the next run, with nothing failing, does not put right."""
        done = self.run([], None)
        if done.status:
            return [f"the next run fails: {done}"]
        wrong = []
        if self.api.addresses() != self.wanted:
            wrong.append(f"the next run leaves {self.api.addresses()}")
        if self.held() != self.wanted:
            wrong.append(f"the next run leaves the cache {self.held()}")
        left = sorted(set(os.listdir(self.cache_dir)) - {f"{NAME}.cache", f"{NAME}.lock"})
        wrong += [f"the next run leaves the file {one}" for one in left]
        return wrong + self.api.violations()


@scenario
def sync_cached():
    """cf-ddns-sync with a cache that serves: each call fails once, and from its first on."""
    return campaign(Sync((OURS, OTHERS), (OURS, OTHERS)))


@scenario
def sync_changing():
    """cf-ddns-sync with one record to change: each call fails once, and from its first on."""
    return campaign(Sync((OURS, GONE), (OURS, GONE)))


class SecureSync(Sync):
    """The same over TLS, as it is everywhere but in tests."""

    def __init__(self):
        made = worlds.directory("tls")
        certificate, key = (os.path.join(made, one) for one in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=x",
                        "-addext", f"subjectAltName=IP:{ADDRESS}",
                        "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out",
                        certificate], check=True, capture_output=True)
        super().__init__((OURS, GONE), (OURS, GONE),
                         standin=("--tls-cert", certificate, "--tls-key", key))
        self.api.trust(certificate)
        self.url = URL.replace("http:", "https:")
        self.environment |= {"SSL_CERT_FILE": certificate}


@scenario
def sync_secure():
    """cf-ddns-sync with one record to change, over TLS: each call fails once, and from then on."""
    return campaign(SecureSync())


@scenario
def sync_by_itself():
    """cf-ddns-sync with its own query instead of dig: each call on sockets fails."""
    standin = ("--whoami", WHOAMI, "--name", f"whoami.cloudflare={OURS}", "--see",
               f"127.0.0.1={OURS}")
    play = Sync((GONE,), (GONE,), "--source", "lo", "--whoami", "builtin", "--resolver", WHOAMI,
                ip="#!/bin/sh\necho '1: lo    inet 127.0.0.1/8 scope host lo'\n", dig=None,
                standin=standin)
    play.wanted = [OURS]
    return campaign(play, only={"socket", "bind", "connect", "setsockopt", "sendto", "recvfrom",
                                "poll", "ioctl", "fcntl", "getrandom", "mmap"})


sync_changing.seconds, sync_changing.shards = 60, 4
sync_by_itself.seconds, sync_by_itself.shards = 40, 3
sync_secure.seconds, sync_secure.shards = 60, 4
sync_cached.seconds = 20
