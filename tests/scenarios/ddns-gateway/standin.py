#!/usr/bin/env python3
"""Cloudflare, Aliyun and Tencent, each at a port of its own; told what to do by lines on stdin.

Each line in is a document, and a line out answers it. The first line out has the ports.
{"do": "put", "provider": NAME, "accounts", "zones", "records", "settings": each if given}
{"do": "faults", "rules": [{"provider", "action", "times", "do", ...}]} (mischief.py knows them)
{"do": "calls"}, {"do": "records", "provider": NAME}, {"do": "violations"}, {"do": "open"}
"""

import json
import os
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from at_aliyun import Aliyun  # noqa: E402  pylint: disable=wrong-import-position
from at_cloudflare import Cloudflare  # noqa: E402  pylint: disable=wrong-import-position
from at_tencent import Tencent  # noqa: E402  pylint: disable=wrong-import-position
from mischief import Faults, instead  # noqa: E402  pylint: disable=wrong-import-position
from provider import Refused  # noqa: E402  pylint: disable=wrong-import-position
from wire import Answer, Malformed, read_request  # noqa: E402  pylint: disable=C0413

IDLE_SECONDS_MAX = 120
BACKLOG = 256


class Standin:
    """The three, with one list of calls and one of faults."""

    def __init__(self):
        self.providers = {one.name: one for one in (Cloudflare(), Aliyun(), Tencent())}
        self.faults, self.calls, self.lock, self.open = Faults(), [], threading.Lock(), 0
        self.ports = {}
        for provider in self.providers.values():
            listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
            self.ports[provider.name] = listener.getsockname()[1]
            threading.Thread(target=self.listen, args=(listener, provider), daemon=True).start()

    def listen(self, listener, provider):
        """Takes connections for ever."""
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self.serve, args=(connection, provider), daemon=True).start()

    def serve(self, connection, provider):
        """One connection to its end."""
        host = f"127.0.0.1:{self.ports[provider.name]}"
        connection.settimeout(IDLE_SECONDS_MAX)
        with self.lock:
            self.open += 1
        try:
            with connection, connection.makefile("rb") as stream:
                while self.exchange(connection, stream, provider, host):
                    pass
        except OSError:
            pass
        finally:
            with self.lock:
                self.open -= 1

    def exchange(self, connection, stream, provider, host):
        """One request; gives whether another may follow."""
        try:
            request = read_request(stream, host)
        except Malformed as why:
            provider.violated(str(why))
            connection.sendall(Answer(400, "{}").whole())
            return False
        if request is None:
            return False
        action = provider.action(request)
        call = {"provider": provider.name, "action": action, "at": request.at, "status": None,
                "method": request.method, "path": request.path, "query": request.query,
                "headers": {name: value for name, value in request.headers.items()
                            if name != "authorization"},
                "body": request.body.decode("utf-8", "replace"), "ended": None}
        with self.lock:
            self.calls.append(call)
            fault = self.faults.take(provider.name, action)
        try:
            return self.answer(connection, provider, request, fault, call)
        finally:
            call["ended"] = call["ended"] or time.time()

    def answer(self, connection, provider, request, fault, call):
        """Answers it, honestly or not."""
        def honest():
            answer = provider.answer(request)
            # Before it is sent: who has the answer may ask the next at once.
            call["status"], call["ended"] = answer.status, time.time()
            return answer

        if fault and fault["do"] == "error":
            more = {key: value for key, value in fault.items()
                    if key not in ("do", "provider", "action", "times")}
            connection.sendall(provider.refusal(Refused(**more)).whole())
        elif fault:
            if not instead(connection, fault, honest):
                return False
        else:
            connection.sendall(honest().whole())
        return request.headers.get("connection", "").lower() != "close"

    def told(self, what):
        """Does what a line on stdin says."""
        if what["do"] == "put":
            self.providers[what["provider"]].put(what)
        elif what["do"] == "faults":
            with self.lock:
                self.faults.rules = what["rules"]
        elif what["do"] == "calls":
            with self.lock:
                return list(self.calls)
        elif what["do"] == "records":
            return self.providers[what["provider"]].records
        elif what["do"] == "violations":
            return sum((one.violations for one in self.providers.values()), [])
        elif what["do"] == "open":
            return self.open
        else:
            raise ValueError(f"no such order: {what}")
        return None


def main():
    """Serves until stdin ends."""
    standin = Standin()
    print(json.dumps(standin.ports), flush=True)
    for line in sys.stdin:
        print(json.dumps(standin.told(json.loads(line))), flush=True)


main()
