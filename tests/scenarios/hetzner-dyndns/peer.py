"""What both stand-ins are: a server of HTTP that logs its calls and misbehaves on demand.

A misbehaviour is `{"when": PATTERN, "do": KIND, "times": N, "skip": N, …}`. The pattern is
searched in `METHOD /path?query`; `skip` requests that match are served well, then `times` (none:
all) are not. The kinds: `reply` (status, headers, body) and `raw` (text) answer with that;
`silent`, `close` and `reset` give no answer; `slow` (seconds) waits before it serves; `cut`,
`drip` and `long` spoil a good answer. `acted: true`: the request is carried out all the same.
"""

import json
import re
import socket
import struct
import threading
import time
from urllib.parse import parse_qsl, unquote

HEAD_BYTES_MAX, BODY_BYTES_MAX = 64 * 1024, 1024 * 1024
READ_SECONDS_MAX = 30
SILENT_SECONDS = 60
DRIP_SECONDS = 0.2
LONG_BYTES = 32 * 1024 * 1024
CONTROL = "/_"


class Request:
    """One request as it came in."""

    def __init__(self, method, target, headers, body):
        self.at = time.time()
        self.method, self.target, self.headers, self.body = method, target, headers, body
        path, _, query = target.partition("?")
        self.path = [unquote(one) for one in path.split("/")[1:]]
        self.query = parse_qsl(query, keep_blank_values=True)

    def all(self, name):
        """Every value of the fields of that name (lower case)."""
        return [value for one, value in self.headers if one == name]

    def one(self, name):
        """The value of the first field of that name, or none."""
        return next(iter(self.all(name)), None)


class Answer:
    """What is answered; a document becomes JSON."""

    def __init__(self, status, document, headers=()):
        self.status, self.headers = status, list(headers)
        self.body = document if isinstance(document, bytes) else json.dumps(document).encode()

    def bytes(self):
        """As it goes out."""
        head = [f"HTTP/1.1 {self.status} Answer", "Content-Type: application/json",
                f"Content-Length: {len(self.body)}", "Connection: close",
                *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*head, "", ""]).encode() + self.body


class NoRequest(Exception):
    """What came is not a request as HTTP has it."""


def read_request(connection):
    """The one request of a connection; none where nothing came."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            if data:
                raise NoRequest(f"it ends within its head: {data[:200]!r}")
            return None
        data += more
        if len(data) > HEAD_BYTES_MAX:
            raise NoRequest("an endless head")
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    start = re.fullmatch(r"([A-Z]+) (/[!-~]*) HTTP/1\.[01]", lines[0])
    fields = [re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*", line)
              for line in lines[1:]]
    if not start or not all(fields):
        raise NoRequest(f"its head is malformed: {lines}")
    headers = [(field[1].lower(), field[2]) for field in fields]
    lengths = [value for name, value in headers if name == "content-length"]
    if any(name == "transfer-encoding" for name, _ in headers) or len(lengths) > 1:
        raise NoRequest("a body of unclear length")
    length = int(lengths[0]) if lengths else 0
    if length > BODY_BYTES_MAX:
        raise NoRequest("an endless body")
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            raise NoRequest("it ends within its body")
        body += more
    if len(body) > length:
        raise NoRequest(f"more than one request: {body[length:]!r}")
    return Request(start[1], start[2], headers, body)


class Peer:
    """A stand-in: `serve` answers requests, `control` what the scenarios want of it."""

    def __init__(self):
        self.calls, self.violations, self.faults = [], [], []
        self.lock = threading.RLock()

    def serve(self, request):
        """The good answer to a request."""
        raise NotImplementedError

    def control(self, name, document):
        """Does what a scenario asks for; gives what it is to know."""
        raise NotImplementedError

    def violation(self, words):
        """Notes what no client of the real server may do."""
        with self.lock:
            self.violations.append(words)

    def run(self, address, port):
        """Serves for ever."""
        server = socket.create_server((address, port), backlog=128)
        print("ready", flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=self._take, args=(connection,), daemon=True).start()

    def _take(self, connection):
        connection.settimeout(READ_SECONDS_MAX)
        with connection:
            try:
                request = read_request(connection)
                if request is None:
                    return
                if request.target.startswith(CONTROL):
                    connection.sendall(self._controlled(request).bytes())
                else:
                    self._answer(connection, request)
            except NoRequest as why:
                self.violation(f"no request: {why}")
                connection.sendall(Answer(400, {}).bytes())
            except OSError:
                # Whoever asked has gone.
                pass

    def _controlled(self, request):
        name = request.target[len(CONTROL):]
        document = json.loads(request.body) if request.body else None
        with self.lock:
            if name == "calls":
                result = self.calls
            elif name == "violations":
                result = self.violations
            elif name == "faults":
                self.faults = document
                result = None
            else:
                result = self.control(name, document)
            return Answer(200, result)

    def _fault_of(self, words):
        for fault in self.faults:
            if not re.search(fault.get("when", ""), words):
                continue
            if fault.get("skip", 0) > 0:
                fault["skip"] -= 1
                continue
            if fault.get("times") == 0:
                continue
            if "times" in fault:
                fault["times"] -= 1
            return fault
        return None

    def _answer(self, connection, request):
        call = {"at": request.at, "method": request.method, "target": request.target,
                "headers": request.headers, "body": request.body.decode("utf-8", "replace"),
                "status": None}
        with self.lock:
            self.calls.append(call)
            fault = self._fault_of(f"{request.method} {request.target}")
        kind = fault and fault["do"]
        if kind == "slow":
            time.sleep(fault["seconds"])
        spoils = ("slow", "cut", "drip", "long")
        answer = None
        if fault is None or kind in spoils or fault.get("acted"):
            with self.lock:
                answer = self.serve(request)
        if fault is None or kind == "slow":
            call["status"] = answer.status
            connection.sendall(answer.bytes())
        else:
            call["status"] = kind
            misbehave(connection, fault, answer)


def misbehave(connection, fault, answer):
    """Answers as no server should; `answer` is what it should have been, where that is spoilt."""
    kind = fault["do"]
    if kind == "reply":
        body = fault.get("body", "{}")
        body = body.encode() if isinstance(body, str) else body
        replied = Answer(fault["status"], body, fault.get("headers", {}).items())
        connection.sendall(replied.bytes())
    elif kind == "raw":
        connection.sendall(fault["text"].encode("latin-1"))
    elif kind == "silent":
        time.sleep(SILENT_SECONDS)
    elif kind == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif kind == "cut":
        connection.sendall(answer.bytes()[:-max(len(answer.body) // 2, 1)])
    elif kind == "drip":
        for byte in answer.bytes():
            connection.sendall(bytes([byte]))
            time.sleep(DRIP_SECONDS)
    elif kind == "long":
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {LONG_BYTES}\r\n\r\n".encode())
        connection.sendall(b" " * LONG_BYTES)
    elif kind != "close":
        raise ValueError(f"no such misbehaviour: {kind}")
