"""HTTP/1.1 as the stand-ins see it: a request read to the letter, an answer written out."""

import http
import time

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 64 * 1024
TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Malformed(Exception):
    """What came is no request a careful client sends; the words say why."""


class Request:
    """One request: `headers` by lower-case name, each once."""

    def __init__(self, method, target, headers, body):
        self.at, self.method, self.headers, self.body = time.time(), method, headers, body
        self.path, _, self.query = target.partition("?")


class Answer:
    """What is sent back."""

    def __init__(self, status, body=b"", media="application/json", headers=()):
        self.status, self.media, self.headers = status, media, dict(headers)
        self.body = body.encode() if isinstance(body, str) else body

    def head(self, length=None):
        """The head for a body of that length."""
        try:
            reason = http.HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Whatever"
        lines = [f"HTTP/1.1 {self.status} {reason}", f"Content-Type: {self.media}",
                 f"Content-Length: {len(self.body) if length is None else length}",
                 *(f"{name}: {value}" for name, value in self.headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def whole(self):
        """All its bytes."""
        return self.head() + self.body


def read_head(stream):
    """The lines of a head without their ends; None where the client has ended."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(HEAD_BYTES_MAX)
        if not line:
            if head:
                raise Malformed("the head is cut")
            return None
        head += line
        if not line.endswith(b"\r\n") or len(head) > HEAD_BYTES_MAX:
            raise Malformed(f"a line without CR LF, or a head that is too long: {line[:80]!r}")
    try:
        return head.decode("ascii").split("\r\n")[:-2]
    except UnicodeDecodeError as error:
        raise Malformed("a head that is not ASCII") from error


def read_request(stream, host):
    """The next request; None where the client has ended. `host` is what it must be sent to."""
    lines = read_head(stream)
    if lines is None:
        return None
    words = lines[0].split(" ")
    if len(words) != 3 or words[2] != "HTTP/1.1" or not words[1].startswith("/"):
        raise Malformed(f"request line {lines[0]!r}")
    if any(not "!" <= one <= "~" for one in words[1]) or "#" in words[1]:
        raise Malformed(f"target {words[1]!r}")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or not set(name) <= TOKEN:
            raise Malformed(f"header line {line!r}")
        if name.lower() in headers:
            raise Malformed(f"header {name} twice")
        if any(one < " " or one > "~" for one in value):
            raise Malformed(f"header {name} with a control character")
        headers[name.lower()] = value.strip(" ")
    if headers.get("host") != host:
        raise Malformed(f"Host is {headers.get('host')!r} instead of {host!r}")
    if "transfer-encoding" in headers or "expect" in headers:
        raise Malformed("Transfer-Encoding or Expect")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_BYTES_MAX:
        raise Malformed(f"Content-Length {length!r}")
    body = stream.read(int(length))
    if len(body) != int(length):
        raise Malformed("the body is cut")
    return Request(words[0], words[1], headers, body)
