"""What a stand-in does instead of its duty: slow, silent, cut, huge, and other bad answers."""

import socket
import struct
import time

from wire import Answer

MISCHIEF_SECONDS_MAX = 60
DRIP_SECONDS = 0.1
HUGE_BYTES = 256 * 1024 * 1024
GARBAGE = b"\x00\xff\x16\x03\x01garbage\r\n\x1b[31m\x07" * 8
HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>Oops</h1></body></html>"


def hold(connection):
    """Says nothing until the client goes."""
    connection.settimeout(MISCHIEF_SECONDS_MAX)
    try:
        while connection.recv(4096):
            pass
    except OSError:
        pass


def reset(connection):
    """Ends the connection with a reset instead of in peace."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(connection, data):
    """Sends byte by byte."""
    ends = time.monotonic() + MISCHIEF_SECONDS_MAX
    for byte in data:
        if time.monotonic() > ends:
            return
        connection.sendall(bytes([byte]))
        time.sleep(DRIP_SECONDS)


def huge(connection):
    """A string that does not come to its end."""
    connection.sendall(Answer(200).head(HUGE_BYTES) + b'{"success":true,"result":"')
    for _ in range(HUGE_BYTES // 65536):
        connection.sendall(b"x" * 65536)


def huge_head(connection):
    """Headers that do not come to their end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(HUGE_BYTES // 65536):
        connection.sendall(b"X-Filler: " + b"x" * 65000 + b"\r\n")


def instead(connection, fault, honest):
    """Carries a fault out; `honest()` gives what would be answered. True: the connection goes on.
    """
    what = fault["do"]
    if what == "delay":
        time.sleep(fault["seconds"])
        connection.sendall(honest().whole())
        return True
    if what == "answer":
        media = fault.get("media", "application/json")
        connection.sendall(Answer(fault["status"], fault.get("body", ""), media,
                                  fault.get("headers", {})).whole())
        return True
    if what == "html":
        connection.sendall(Answer(fault.get("status", 502), HTML, "text/html").whole())
        return True
    if what == "silent":
        hold(connection)
    elif what == "reset":
        reset(connection)
    elif what == "applied-close":
        honest()
    elif what == "cut":
        answer = honest()
        connection.sendall(answer.head() + answer.body[:len(answer.body) // 2])
    elif what == "cut-head":
        connection.sendall(honest().head()[:30])
    elif what == "drip":
        drip(connection, honest().whole())
    elif what == "garbage":
        connection.sendall(GARBAGE)
    elif what == "huge":
        huge(connection)
    elif what == "huge-head":
        huge_head(connection)
    elif what != "close":
        raise ValueError(f"no such mischief: {what}")
    return False


class Faults:
    """The faults that are set: each for a provider and an action, so many times or for ever."""

    def __init__(self):
        self.rules = []

    def take(self, provider, action):
        """The first fault that fits, or None; one that has had its times is gone."""
        for rule in self.rules:
            if rule["provider"] == provider and rule.get("action", "*") in ("*", action):
                if rule.get("times"):
                    rule["times"] -= 1
                    if not rule["times"]:
                        self.rules.remove(rule)
                return rule
        return None
