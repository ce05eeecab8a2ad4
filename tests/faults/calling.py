"""Each system call of update-dns, called once, fails in turn, and of the child that calls."""

import http.server
import json
import threading

from campaign import Play, campaign
from checks import scenario
from running import LIMIT_SECONDS, run

HOST, ADDRESS, KEY = "home.example.com", "192.0.2.77", "keyOfTheClient0123456789abcdefghijklmnopqrs"
PORT = 8070


class Backend(http.server.BaseHTTPRequestHandler):
    """Takes every call that has the key."""

    calls = []

    def do_POST(self):  # pylint: disable=invalid-name
        """One call."""
        length = int(self.headers["Content-Length"])
        self.calls.append(json.loads(self.rfile.read(length)))
        is_known = self.headers["X-Pre-Shared-Key"] == KEY
        text = json.dumps({"status": "updated", "ip": ADDRESS} if is_known
                          else {"error": "Unauthorized"}).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *args):  # pylint: disable=redefined-builtin
        """Says nothing."""


class CallOnce(Play):
    """One call, which is the whole life of it."""

    secrets, settings, seconds = (KEY,), (), LIMIT_SECONDS

    def __init__(self, in_child=False):
        self.in_child = in_child
        server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Backend)
        # Whoever has gone before the answer is none of ours.
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def prepare(self):
        Backend.calls.clear()

    def run(self, before, via):
        flags = ["--upstream-via", via] if via else []
        return run("update-dns", *flags, before=before, seconds=self.seconds, environment={
            "BACKEND_URL": f"http://127.0.0.1:{PORT}", "FQDN": HOST, "PRE_SHARED_KEY": KEY,
            "INTERVAL": "0"})

    def judge(self, done, tracer):
        wrong = []
        if done.status == 0 and not Backend.calls:
            wrong.append("exit status 0, and nobody was called")
        if len(Backend.calls) > 1:
            wrong.append("a call that was to be the only one was made twice")
        return wrong


@scenario
def call_itself():
    """update-dns, one call: each call of the program fails once, and from its first on."""
    return campaign(CallOnce())


@scenario
def call_child():
    """update-dns, one call: each call of the child fails once, and from its first on."""
    return campaign(CallOnce(in_child=True))


call_itself.seconds = call_child.seconds = 20
