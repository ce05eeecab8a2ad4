"""Requests byte by byte, and answers read as strictly as a client can."""

import json
import re
import socket

from checks import Wrong, equal, true

ANSWER_SECONDS_MAX = 60


class Answer:
    """A status, fields (names in lower case) and a body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode("utf-8")

    def __repr__(self):
        return f"{self.status} {self.text!r}"

    @property
    def document(self):
        """The object it carries."""
        true("type of the answer", self.headers.get("content-type") == "application/json",
             self.headers)
        return json.loads(self.text)

    @property
    def lines(self):
        """The lines it carries, for programs that read them one by one."""
        kind = self.headers.get("content-type", "")
        true("type of the answer", kind.split(";")[0] == "text/plain", kind)
        return self.text.splitlines()


def read_answer(data):
    """(the first answer, the rest); none where there is none."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        raise Wrong(f"no answer: {data!r}")
    lines = head.decode("latin-1").split("\r\n")
    start = re.fullmatch(r"HTTP/1\.[01] ([1-5][0-9][0-9]) ?[ -~]*", lines[0])
    fields = [re.fullmatch(r"([A-Za-z-]+): ([ -~]*)", line) for line in lines[1:]]
    true("an answer's head", start and all(fields), lines)
    headers = {field[1].lower(): field[2] for field in fields}
    equal("fields that come twice", len(headers), len(fields))
    length = headers.get("content-length", "")
    true("Content-Length", length.isdigit(), headers)
    true("the whole body", len(rest) >= int(length), data)
    return Answer(int(start[1]), headers, rest[:int(length)]), rest[int(length):]


def read_answers(data):
    """All answers of a connection."""
    answers = []
    while data:
        answer, data = read_answer(data)
        answers.append(answer)
    return answers


def receive(connection, seconds=ANSWER_SECONDS_MAX):
    """Everything until the other side closes."""
    connection.settimeout(seconds)
    data = b""
    try:
        while more := connection.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    except socket.timeout as late:
        raise Wrong(f"neither closed nor answered within {seconds} s: {data!r}") from late
    return data


def receive_one(connection, seconds=ANSWER_SECONDS_MAX):
    """One answer of a connection that may stay open."""
    connection.settimeout(seconds)
    data = b""
    while True:
        more = connection.recv(65536)
        data += more
        head, found, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
        if not more or found and length and len(rest) >= int(length[1]):
            return read_answer(data)[0]


def composed(method, target, headers=(), body=b"", version="1.1"):
    """A request's bytes; the connection is to be closed after it."""
    fields = dict(headers)
    if method not in ("GET", "HEAD") or body:
        fields.setdefault("Content-Length", str(len(body)))
    fields.setdefault("Host", "127.0.0.1")
    fields.setdefault("Connection", "close")
    head = [f"{method} {target} HTTP/{version}",
            *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*head, "", ""]).encode() + body
