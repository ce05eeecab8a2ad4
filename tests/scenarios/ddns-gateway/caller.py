"""An HTTP client that sends whatever it is given and reads answers to the letter."""

import json
import re
import socket
import time

from checks import Wrong, equal, true

ANSWER_SECONDS_MAX = 60
HEAD = re.compile(rb"HTTP/1\.([01]) (\d{3}) ([^\r\n]*)\r\n((?:[!-9;-~]+:[ -~]*\r\n)*)\r\n")


class Closed(Exception):
    """The connection has ended before an answer had come whole."""


class Reply:
    """One answer."""

    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def __repr__(self):
        return f"{self.status} {self.body.decode('utf-8', 'replace')} {self.headers}"

    def document(self):
        """The document in it, which is JSON without a blank too many."""
        equal(f"Content-Type of {self}", self.headers.get("content-type"), "application/json")
        text = self.body.decode("utf-8", "strict")
        try:
            document = json.loads(text, object_pairs_hook=_once)
        except ValueError as error:
            raise Wrong(f"no JSON: {text!r}") from error
        compact = [json.dumps(document, separators=(",", ":"), ensure_ascii=one)
                   for one in (True, False)]
        true("not compact", text in compact or "\\u" in text, text)
        return document

    def expect(self, status, message=None, code=None):
        """This status, and the document of an error with this message."""
        equal(f"status of {self}", self.status, status)
        if message is not None:
            equal("document", self.document(),
                  {"status": "error", "code": code or status, "message": message})
        return self

    def expect_error(self, status, *words):
        """This status, and the document of an error with these words in its message."""
        equal(f"status of {self}", self.status, status)
        document = self.document()
        equal("keys", list(document), ["status", "code", "message"])
        equal("status and code", (document["status"], document["code"]), ("error", status))
        for word in words:
            true(f"no {word!r} in the message", word in document["message"], document["message"])
        return document["message"]


def _once(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError(f"a name twice in {names}")
    return dict(pairs)


class Caller:
    """One connection to the gateway."""

    def __init__(self, port, host="127.0.0.1", timeout=ANSWER_SECONDS_MAX, source=None):
        source = (source, 0) if source else None
        self.socket = socket.create_connection((host, port), timeout, source)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.left, self.began = b"", time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends it; safe to call twice."""
        self.socket.close()

    def send(self, data):
        """Sends bytes as they are."""
        self.began = time.monotonic()
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            # What was answered before may still be read.
            pass

    def ask(self, *arguments, **more):
        """Sends a request and gives the answer to it."""
        self.send(request(*arguments, **more))
        return self.read(is_head=arguments[0] == "HEAD")

    def more(self):
        """Reads some more; Closed where no more comes."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError as error:
            raise Closed(f"reset after {self.left[:200]!r}") from error
        except TimeoutError as error:
            raise Wrong(f"no answer within {self.socket.gettimeout()} s") from error
        if not data:
            raise Closed(f"closed after {self.left[:200]!r}")
        self.left += data

    def read(self, is_head=False, interim=False):
        """The next answer."""
        while True:
            match = HEAD.match(self.left)
            if match:
                break
            true("no HTTP", len(self.left) < 65536 and b"\r\n\r\n" not in self.left, self.left)
            self.more()
        status = int(match[2])
        headers = {}
        for line in match[4].decode("ascii").splitlines():
            name, _, value = line.partition(":")
            true("header twice", name.lower() not in headers, line)
            headers[name.lower()] = value.strip()
        self.left = self.left[match.end():]
        if status < 200:
            if interim:
                return Reply(status, headers, b"", 0)
            return self.read(is_head)
        length = headers.get("content-length", "")
        true("no Content-Length", length.isdigit(), headers)
        length = 0 if is_head else int(length)
        while len(self.left) < length:
            self.more()
        body, self.left = self.left[:length], self.left[length:]
        return Reply(status, headers, body, time.monotonic() - self.began)

    def expect_end(self, seconds=15):
        """Nothing more comes, and the connection ends."""
        self.socket.settimeout(seconds)
        try:
            equal("bytes after the last answer", self.left + self.socket.recv(65536), b"")
        except ConnectionResetError:
            pass
        except TimeoutError as error:
            raise Wrong(f"the connection is open after {seconds} s") from error


def request(method, target, headers=(), body=None, version="1.1", host="gateway"):
    """The bytes of a request; `headers` is a dict or pairs."""
    pairs = list(headers.items() if isinstance(headers, dict) else headers)
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in pairs]
    if body is not None:
        body = body if isinstance(body, bytes) else body.encode()
        if not any(name.lower() == "content-length" for name, _ in pairs):
            lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines) + "\r\n\r\n"
    # Latin-1, so that a test can send any byte.
    return head.encode("latin-1") + (body or b"")
