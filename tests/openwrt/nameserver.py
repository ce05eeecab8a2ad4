"""A name server on loopback that takes signed updates over TCP and remembers what was in them."""

import base64
import hashlib
import hmac
import socket
import struct
import threading

TSIG, ANY = 250, 255
UPDATE_ANSWER = 0xa800
HEADER = struct.Struct(">6H")
FUDGE_SECONDS = 300
HMAC_SHA256 = b"\x0bhmac-sha256\0"


class NameServer:
    """Answers NOERROR, signed with the key; what is not signed with it ends the connection."""

    def __init__(self, keyname, key):
        self.keyname, self.key = wire(keyname), base64.b64decode(key)
        self.updates, self.refused = [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        """One connection after the other, one message each."""
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                connection.settimeout(10)
                try:
                    message = stream.read(struct.unpack(">H", stream.read(2))[0])
                    answer = self.answer(message)
                    connection.sendall(struct.pack(">H", len(answer)) + answer)
                except (OSError, ValueError, struct.error, IndexError) as error:
                    self.refused.append(f"{type(error).__name__}: {error}")

    def answer(self, message):
        """Notes the records of an update that is signed as it should be."""
        number, _, *counts = HEADER.unpack_from(message)
        zone, at = name(message, HEADER.size)
        at += 4
        records = []
        for _ in range(sum(counts[1:])):
            start = at
            owner, at = name(message, at)
            kind, group, ttl, length = struct.unpack_from(">2HIH", message, at)
            at += 10 + length
            records.append((start, owner, kind, group, ttl, message[at - length:at]))
        start, owner, kind, _, _, data = records.pop()
        if kind != TSIG or at != len(message):
            raise ValueError("not signed")
        algorithm, here = name(data, 0)
        when, (fudge, size) = data[here:here + 6], struct.unpack_from(">2H", data, here + 6)
        mac, rest = data[here + 10:here + 10 + size], data[here + 10 + size:]
        if (owner, algorithm, fudge) != (self.keyname, HMAC_SHA256, FUDGE_SECONDS):
            raise ValueError(f"another key: {owner} {algorithm} {fudge}")
        bare = HEADER.pack(number, *HEADER.unpack_from(message)[1:5], counts[3] - 1)
        signed = bare + message[HEADER.size:start]
        if not hmac.compare_digest(mac, self.sign(signed, when)):
            raise ValueError("wrongly signed")
        if rest[2:] != bytes(4):
            raise ValueError("an error in a question")
        self.updates.append((zone, [one[1:] for one in records]))
        reply = HEADER.pack(number, UPDATE_ANSWER, 0, 0, 0, 0)
        mac = self.sign(struct.pack(">H", len(mac)) + mac + reply, when)
        data = (HMAC_SHA256 + when + struct.pack(">2H", FUDGE_SECONDS, len(mac)) + mac
                + struct.pack(">3H", number, 0, 0))
        record = self.keyname + struct.pack(">2HIH", TSIG, ANY, 0, len(data)) + data
        return HEADER.pack(number, UPDATE_ANSWER, 0, 0, 0, 1) + record

    def sign(self, covered, when):
        """The MAC over what a message covers and the variables of its signature."""
        variables = (self.keyname + struct.pack(">HI", ANY, 0) + HMAC_SHA256 + when
                     + struct.pack(">3H", FUDGE_SECONDS, 0, 0))
        return hmac.new(self.key, covered + variables, hashlib.sha256).digest()


def wire(text):
    """A name as it is in messages."""
    return b"".join(bytes([len(one)]) + one.encode() for one in text.split(".")) + b"\0"


def name(message, at):
    """The name at an offset, in lower case and without compression, and where it ends."""
    labels, end = b"", None
    while message[at]:
        if message[at] >= 0xc0:
            end = end or at + 2
            at = struct.unpack_from(">H", message, at)[0] & 0x3fff
            continue
        labels += message[at:at + 1 + message[at]].lower()
        at += 1 + message[at]
    return labels + b"\0", end or at + 1
