"""One world with the stand-in in it, and the program under test in its router."""

import json
import os
import shutil
import stat
import subprocess
import sys

from checks import Wrong, equal, took, true
from cloudflare_api import TARGET, TOKEN, ZONE
from netns import CannotBuild
from standin import Standin
from subject import PATH, under_test
from world import Net

HERE = os.path.dirname(os.path.abspath(__file__))
HUNG_SECONDS = 60
# Where the program keeps its cache when it is not told.
CACHE = "/var/cache/cf-ddns"
# `ip netns exec` gives each run its own mounts, so the router can have directories of its own.
PRELUDE = """
set -e
mkdir -p /var/cache /etc/ssl/certs
mount --bind "$1" /var/cache
mount --bind "$2" /etc/ssl/certs
for hidden in $3; do mount --bind /dev/null "$hidden"; done
exec "$4" "$5"
"""
NO_ADDRESS = "ERROR: Cannot get public IPv4 address."


def got(address, interface=None):
    """The message about one source."""
    where = f" for interface '{interface}'" if interface else ""
    return f"Got IPv4 address '{address}'{where}."


def records_line(name, addresses, cached=False):
    """The message about the records found; addresses in order."""
    return f"DNS A records for '{name}' = [{', '.join(addresses)}]" + (" (Cached)" * cached)


class Outcome:
    """What one run did: exit status, lines on stderr, seconds, and the API requests it cost."""

    def __init__(self, run, requests):
        self.exit, self.seconds, self.requests = run["exit"], run["seconds"], requests
        self.out, self.lines = run["out"], run["err"].splitlines()

    def expect(self, exit_status, lines=None, requests=None):
        """Compares what is given; stdout has to be empty in any case."""
        evidence = f"exit {self.exit}, {len(self.requests)} requests, stderr {self.lines}"
        equal("stdout", self.out, "")
        true(f"exit status is not {exit_status}", self.exit == exit_status, evidence)
        if lines is not None:
            equal("stderr", self.lines, lines)
        if requests is not None:
            equal("requests", [line.split()[0] for line in self.requests], requests)
        return self

    def told(self):
        """The seed's own messages on stderr; notes of ours may stand between them."""
        words = ("Got ", "DNS A records ", "Skipping ", "Adding ", "Updating ", "Removing ")
        return [line for line in self.lines if line.startswith(words)]

    def sightings(self):
        """The messages about sources, in the order they came."""
        return [line for line in self.lines if line.startswith("Got ")]

    def expect_line(self, words):
        """Some line of stderr has these words in it."""
        true(f"no line with '{words}'", any(words in line for line in self.lines), self.lines)
        return self

    def expect_within(self, least, most):
        """The run took so many seconds, or some more where the machine is busy."""
        took("seconds", self.seconds, least, most)
        return self


class Box:
    """`with Box() as box: box.run("--source", "wan0")`."""

    def __init__(self, whoami="ok", api_delay=0, **net):
        self.net = Net(**net)
        try:
            self.api = Standin(self.net, whoami, api_delay)
            self.trust = {"SSL_CERT_FILE": self.api.ca}
            self.var_cache = self._directory("var-cache")
            self.system_roots = self._directory("roots")
            self.hidden = []
            self.argv = self._program()
        except BaseException:
            self.down()
            raise

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        try:
            if failed is None:
                equal("requests that break the API's schema", self.api.violations(), [])
        finally:
            self.down()

    def down(self):
        """Ends the stand-in and removes the world."""
        if hasattr(self, "api"):
            self.api.stop()
        self.net.down()

    def _directory(self, name):
        path = os.path.join(self.net.dir, name)
        os.mkdir(path, 0o755)
        return path

    def _program(self):
        # A copy, because an unprivileged user may not be able to look into the checkout.
        words = under_test()
        copy = os.path.join(self.net.dir, "ddnsbox")
        shutil.copy(words[-1], copy)
        os.chmod(copy, 0o755)
        return words[:-1] + [copy]

    def path_of(self, name, **tools):
        """A directory for PATH that holds only the tools named, as links."""
        directory = self._directory(name)
        for tool, target in tools.items():
            real = shutil.which(target, path=PATH)
            if real is None:
                raise CannotBuild(f"{target} is not installed")
            os.symlink(real, os.path.join(directory, tool))
        return directory

    def uninstall(self, tool):
        """The tool is nowhere to be found in the router."""
        places = (os.path.join(directory, tool) for directory in PATH.split(":"))
        self.hidden += {os.path.realpath(place) for place in places if os.path.exists(place)}

    def own_directory(self, name):
        """A directory that the user `nobody` owns."""
        directory = os.path.join(self.net.dir, name)
        os.mkdir(directory, 0o700)
        os.chown(directory, 65534, 65534)
        return directory

    def use_system_roots(self):
        """The router's own /etc/ssl/certs holds the CA, and no variable names it."""
        shutil.copy(self.api.ca, os.path.join(self.system_roots, "ca-certificates.crt"))
        self.trust = {}

    def command(self, *flags, sources=("wan0", "wan1"), verbose=True):
        """The whole command line of a run with the real defaults."""
        argv = self.argv + ["cf-ddns-sync", "--apiToken", TOKEN, "--zoneId", ZONE,
                            "--target", TARGET]
        for source in sources:
            argv += ["--source", source]
        return argv + (["-v"] if verbose else []) + list(flags)

    def herd(self, *flags, count=1, path=PATH, kill_after=None, before=(), **options):
        """Starts `count` runs at once; gives their outcomes, all requests, and the orphans."""
        argv = list(before) + self.command(*flags, **options)
        argv[0] = shutil.which(argv[0]) or argv[0]
        spec = {"argv": argv, "count": count, "timeout": HUNG_SECONDS, "kill_after": kill_after,
                "env": {"PATH": path} | self.trust}
        seen = len(self.api.requests())
        done = subprocess.run(
            ["ip", "netns", "exec", self.net.router, "sh", "-c", PRELUDE, "sh", self.var_cache,
             self.system_roots, " ".join(self.hidden), sys.executable,
             os.path.join(HERE, "herd.py")],
            input=json.dumps(spec), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CannotBuild(f"herd: {done.stderr.strip()}")
        found = json.loads(done.stdout)
        requests = self.api.requests()[seen:]
        outcomes = [Outcome(run, requests) for run in found["runs"]]
        return outcomes, requests, found["orphans"]

    def run(self, *flags, **options):
        """One run to its end, which leaves no child behind."""
        outcomes, _, orphans = self.herd(*flags, **options)
        if orphans:
            raise Wrong(f"children left behind: {orphans}; stderr {outcomes[0].lines}")
        return outcomes[0]

    def expect_records(self, *addresses):
        """The zone holds exactly these A records for the target, each once."""
        found = self.api.records()
        equal("records", sorted(record["content"] for record in found), sorted(addresses))
        return found

    def cache(self, directory=None):
        """The cache's document, or None where there is none; torn JSON is a failure."""
        directory = directory or os.path.join(self.var_cache, "cf-ddns")
        path = os.path.join(directory, TARGET + ".cache")
        try:
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise Wrong(f"the cache is torn: {error}") from error
        equal("mode of the cache", oct(stat.S_IMODE(os.stat(path).st_mode)), "0o600")
        return document

    def expect_cache(self, *addresses, directory=None):
        """The cache holds these addresses in this order, or is absent where none is given."""
        document = self.cache(directory)
        if not addresses:
            equal("cache", document, None)
            return
        true("no cache", document is not None)
        equal("addresses in the cache", [one["content"] for one in document["records"]],
              list(addresses))
        true("no timestamp in the cache", isinstance(document.get("timestamp"), int), document)
