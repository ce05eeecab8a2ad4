#!/usr/bin/env python3
"""Prints what our HTTP servers cost, beside the frameworks of their originals: reading, no judging.

ddns-gateway stands beside FastAPI, hetzner-dyndns beside Flask; the originals are not at hand, so
the same paths are written on their frameworks with no more than they need (peer_gateway.py,
peer_hosts.py). All listen on loopback, all log to nowhere, all ask a provider of ours in C at
which every record is right. Only whether the answers are right is judged. Times are medians of
rounds, in which all take their turns.
DDNSBOX_FRAMEWORKS_VENV names a virtual environment with the frameworks (default: one is made in
target/).
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, HERE)

# pylint: disable=wrong-import-position
import frameworks  # noqa: E402
import original  # noqa: E402
from serving_stage import (  # noqa: E402
    ADDRESS, END_SECONDS_MAX, HOST, KEY, MANY, RUN_SECONDS_MAX, TOKEN, WAYS, Broken, Request,
    Server, Stage)

NATIVE = os.path.join(original.ROOT, "target/openwrt/x86_64/full/ddnsbox")
ROUNDS, RUN_MILLISECONDS, WARM_MILLISECONDS, TRACED_MILLISECONDS = 3, 200, 100, 200
# Of the two counted runs, whose difference is what the requests between them take.
COUNTED_MILLISECONDS = (300, 1500)
# As many requests at once as one address may have at work, three quarters of all connections.
OPEN = 192
OURS = "ddnsbox"
GATEWAY = f"""
[server]
host = "127.0.0.1"
[auth]
enabled = true
tokens = ["{TOKEN}"]
[health]
enabled = true
[upstream]
cloudflare_url = "http://127.0.0.1:%d/client/v4"
"""


class Table:
    """Prints figures and counts checks."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, fine, why=""):
        """Something that has to be so, or the figures would compare different things."""
        self.passed += fine
        self.failed += not fine
        print(f"ok {name}" if fine else f"not ok {name}\n    {why}", flush=True)

    def skip(self, why):
        """Figures that cannot be taken here."""
        self.skipped += 1
        print(f"skipped: {why}", flush=True)

    @staticmethod
    def line(figure, *columns):
        """One line."""
        print(f"{figure:58}" + "".join(f" {column:>10}" for column in columns), flush=True)

    @staticmethod
    def head(names):
        """A new table, with its columns."""
        print()
        Table.line("", *names, *("/" + name for name in names if name != OURS))

    @staticmethod
    def compare(figure, measured, form="{:.0f}"):
        """Ours beside the others, and what part of theirs it is."""
        ours = measured.get(OURS)
        shown = ["-" if value is None else form.format(value) for value in measured.values()]
        others = [value for name, value in measured.items() if name != OURS]
        shown += [f"{ours / value:.3f}" if ours is not None and value else "-" for value in others]
        Table.line(figure, *shown)


def traced(stage, server, request):
    """System calls of all its processes for one request over a connection of its own."""
    if not shutil.which("strace"):
        return None
    pids = [word for pid in server.tree() for word in ("-p", str(pid))]
    path = stage.file("strace")
    with open(stage.file("strace.said"), "w+", encoding="ascii") as said, subprocess.Popen(
            ["strace", "-f", "-c", "-U", "calls,name", "-o", path, *pids], stderr=said) as tracer:
        # It tells of each process, and later of what comes of them.
        while stage.read("strace.said").count("attached") < len(server.tree()):
            if tracer.poll() is not None:
                return None
            time.sleep(0.02)
        answers = stage.load(server, request, "alone", TRACED_MILLISECONDS)[0]
        tracer.send_signal(signal.SIGINT)
        tracer.wait(END_SECONDS_MAX)
    calls = [line.split() for line in stage.read("strace").splitlines()]
    return int(calls[-1][0]) / answers


def held(stage, server, request):
    """Memory in KiB while OPEN connections are open, each of which has asked once."""
    words = [stage.file("load"), str(server.port), str(OPEN), "hold", str(request.status),
             request.kept]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as load:
        answers = load.stdout.readline().split()
        memory = server.memory()
        said = load.communicate(timeout=RUN_SECONDS_MAX)[1]
    if answers[:2] != [str(OPEN), "0"]:
        raise Broken(f"{server.name}, {OPEN} connections: {said.strip() or answers}")
    return memory


def measure(stage, servers, requests):
    """Of each request, way and server: answers, seconds of work, and the runs of all rounds."""
    measured = {}
    for server in servers:
        for request in requests:
            for way in WAYS:
                stage.load(server, request, way, WARM_MILLISECONDS)
    for number in range(ROUNDS):
        for request in requests:
            for way in WAYS:
                # Every other round backwards, so that nobody has always the same neighbour.
                for server in servers[::1 - 2 * (number % 2)]:
                    before = server.spent()
                    run = stage.load(server, request, way, RUN_MILLISECONDS)
                    runs = measured.setdefault((request.name, way, server.name), [])
                    runs.append((*run, server.spent() - before))
    return measured


def told(table, measured, servers, requests):
    """The rows made of times."""
    def median(key, figure):
        return statistics.median(figure(*run) for run in measured[key])

    def work(key):
        runs = measured[key]
        return sum(run[-1] for run in runs) / sum(run[0] for run in runs) * 1e6

    rows = (("requests/s, {} connections that stay", "kept",
             lambda answers, spent, *_: answers * 1e6 / spent),
            ("requests/s, {} at a time, a connection each", "each",
             lambda answers, spent, *_: answers * 1e6 / spent),
            ("  p50 in µs", "each", lambda _answers, _spent, p50, *_: p50),
            ("  p99 in µs", "each", lambda _answers, _spent, _p50, p99, *_: p99),
            ("one at a time, a connection each: p50 in µs", "alone",
             lambda _answers, _spent, p50, *_: p50),
            ("  p99 in µs", "alone", lambda _answers, _spent, _p50, p99, *_: p99))
    for request in requests:
        table.head([server.name for server in servers])
        print(f"# {request.name}")
        for figure, way, form in rows:
            table.compare(figure.format(MANY), {
                server.name: median((request.name, way, server.name), form)
                for server in servers})
        for way, what in ("kept", "connections that stay"), ("each", "a connection each"):
            table.compare(f"user+sys µs per request, {what}", {
                server.name: work((request.name, way, server.name)) for server in servers},
                "{:.1f}")


def part(table, stage, commands, requests):
    """One server of ours and its peers, from start to end; the last request asks nobody else."""
    servers = []
    try:
        for name, (command, variables) in commands.items():
            servers.append(Server(name, command, variables))
        told(table, measure(stage, servers, requests), servers, requests)
        table.head([server.name for server in servers])
        # The first is the one that finds nothing to do.
        table.compare(f"questions to the provider per request: {requests[0].name}", {
            server.name: questions(stage, server, requests[0]) for server in servers}, "{:.2f}")
        memory = {server.name: held(stage, server, requests[-1]) for server in servers}
        for at, what in enumerate((f"peak RSS in KiB, {OPEN} connections open: the largest process",
                                   "  all processes added up", "  of that no page of a file")):
            table.compare(what, {name: one[at] for name, one in memory.items()})
        for request in requests:
            calls = {server.name: traced(stage, server, request) for server in servers}
            table.compare(f"system calls per request, a connection each: {request.name}", calls,
                          "{:.1f}")
    finally:
        for server in servers:
            server.stop()


def counted(stage, command, variables, request):
    """Instructions of ours for one request, without its children: more requests less fewer.

    Under valgrind the program would end: its own filter has no room for valgrind's calls.
    """
    path, plugin = stage.file("insn"), stage.file("insn.so")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", plugin, f"{HERE}/insn.c"], check=True)
    # Emulated, /proc/self/exe is the emulator; with a program between, children go by their path.
    via = ["--upstream-via", shutil.which("env")]
    words = ["qemu-x86_64", "-plugin", plugin, "-d", "plugin", "-D", path]

    def run(milliseconds):
        server = Server(OURS, lambda port: [*words, *command(port), *via], variables)
        try:
            answers = stage.load(server, request, "alone", milliseconds)[0]
        finally:
            server.stop()
        return answers, int(stage.read("insn").split()[-3])

    few, least = run(COUNTED_MILLISECONDS[0])
    many, most = run(COUNTED_MILLISECONDS[1])
    return (most - least) / (many - few)


def uvicorn(loop, reader):
    """The command of FastAPI's usual server: its event loop, and what reads requests."""
    words = [frameworks.program("uvicorn"), "peer_gateway:app", "--app-dir", HERE, "--loop", loop,
             "--http", reader, "--host", "127.0.0.1", "--port"]
    return lambda port: [*words, str(port)]


def gateway(stage, has_frameworks):
    """The gateway and its peers, and what is asked of them."""
    config = stage.write("config.toml", GATEWAY % stage.provider_port)
    words = [NATIVE, "ddns-gateway", "--config", config, "--port"]
    commands = {OURS: (lambda port: [*words, str(port)], {})}
    variables = {"PEER_TOKEN": TOKEN, "PYTHONDONTWRITEBYTECODE": "1",
                 "PEER_PROVIDER": f"http://127.0.0.1:{stage.provider_port}/client/v4"}
    if has_frameworks:
        commands["uvicorn"] = uvicorn("asyncio", "h11"), variables
        commands["uvloop"] = uvicorn("uvloop", "httptools"), variables
    # Each connection has a record of its own, as routers have.
    update = ("GET /update?provider=cloudflare&zone=example.com&record=home##&type=A"
              f"&value={ADDRESS} HTTP/1.1")
    secret = 'X-Upstream-Authorization: ApiKey secret="0123456789abcdefghijABCDEFGHIJ0123456789"'
    requests = [
        Request(stage, "unchanged", 200, [update, f"Authorization: Bearer {TOKEN}", secret]),
        # Wrong tokens in masses get other answers: after some of them nobody reads the rest.
        Request(stage, "no token", 401, [update, secret]),
        Request(stage, "health", 200, ["GET /health HTTP/1.1"])]
    return commands, requests


def hosts(stage, has_frameworks):
    """The backend for hosts and its peers, and what is asked of them."""
    keys = stage.write("keys", f"{HOST} {KEY}\n")
    commands = {OURS: (lambda _port: [NATIVE, "hetzner-dyndns"], {
        "HETZNER_TOKEN": "0123456789abcdef" * 4, "REGISTERED_FQDNS": HOST, "ALLOWED_FQDNS": HOST,
        "HETZNER_API_URL": f"http://127.0.0.1:{stage.provider_port}/v1", "LISTEN_HOST": "127.0.0.1",
        "PRE_SHARED_KEY_FILE": keys, "LISTEN_PORT": "{port}"})}
    variables = {"PEER_HOST": HOST, "PEER_KEY": KEY, "PEER_PORT": "{port}", "PYTHONPATH": HERE,
                 "PYTHONDONTWRITEBYTECODE": "1"}
    peers = {
        "flask": lambda _port: [frameworks.program("python"), f"{HERE}/peer_hosts.py"],
        # It would let only 100 in.
        "waitress": lambda port: [frameworks.program("waitress-serve"), f"--port={port}",
                                  "--host=127.0.0.1", "--connection-limit=1000",
                                  "peer_hosts:app"],
        "gunicorn": lambda port: [frameworks.program("gunicorn"), "--access-logfile=-",
                                  f"--bind=127.0.0.1:{port}", "peer_hosts:app"]}
    if has_frameworks:
        commands |= {name: (command, variables) for name, command in peers.items()}
    body = f'{{"fqdn":"{HOST}","ip":"{ADDRESS}"}}'
    head = ["POST /update HTTP/1.1", "Content-Type: application/json"]
    requests = [
        Request(stage, "unchanged", 200, [*head, f"X-Pre-Shared-Key: {KEY}"], body),
        Request(stage, "no key", 401, head, body)]
    return commands, requests


# Of each applet: what makes its commands and requests, and what it and its peers are made of.
PARTS = {
    "ddns-gateway": (gateway, {"uvicorn": ("fastapi", "uvicorn", "httpx"),
                               "uvloop": ("fastapi", "uvicorn", "httpx", "uvloop", "httptools")}),
    "hetzner-dyndns": (hosts, {"flask": ("flask",), "waitress": ("flask", "waitress"),
                               "gunicorn": ("flask", "gunicorn")}),
}


def questions(stage, server, request):
    """How often it asks the provider for one request."""
    before = stage.asked()
    answers = stage.load(server, request, "each", WARM_MILLISECONDS)[0]
    return (stage.asked() - before) / answers


def applet(table, stage, name, has_frameworks):
    """All figures of one of our servers."""
    if subprocess.run([NATIVE, name, "--help"], capture_output=True, check=False).returncode != 0:
        table.skip(f"figures of {name}: it is not in this build")
        return
    make, distributions = PARTS[name]
    commands, requests = make(stage, has_frameworks)
    print(f"\n# {name}", flush=True)
    try:
        part(table, stage, commands, requests)
        for request in requests if shutil.which("qemu-x86_64") else ():
            table.compare(f"instructions per request, no child's (qemu plugin): {request.name}",
                          {OURS: counted(stage, *commands[OURS], request)})
        sizes = {OURS: os.path.getsize(NATIVE)}
        if has_frameworks:
            sizes |= {peer: frameworks.installed_bytes(*names)
                      for peer, names in distributions.items()}
        table.compare("bytes installed: the program; python3 and what is needed", sizes)
    except (Broken, original.Missing, subprocess.SubprocessError) as error:
        table.check(f"figures of {name}", False, str(error))
    else:
        table.check(f"all of them answer what {name} has to", True)


def figures(table):
    """All of them, or a word on why not."""
    if not shutil.which("cc"):
        table.skip("figures of the servers: no C compiler")
        return
    done = subprocess.run([f"{original.ROOT}/openwrt/build", "x86_64", "full"], check=False,
                          capture_output=True, text=True)
    if done.returncode != 0:
        table.check("openwrt/build x86_64 full", False, done.stderr[-800:])
        return
    try:
        frameworks.install()
        print(f"# {', '.join(frameworks.REQUIREMENTS)} under {frameworks.version()}")
        has_frameworks = True
    except original.Missing as why:
        table.skip(f"the frameworks beside ours: {why}")
        has_frameworks = False
    stage = Stage()
    try:
        for name in PARTS:
            applet(table, stage, name, has_frameworks)
    finally:
        stage.down()


def main():
    """Takes the figures and sums up."""
    # So that a termination request ends the servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    table = Table()
    figures(table)
    print(f"\nfigures of serving: {table.passed} passed, {table.failed} failed, "
          f"{table.skipped} skipped")
    sys.exit(1 if table.failed else 0)


main()
