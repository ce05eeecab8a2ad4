#!/usr/bin/env python3
"""A DNS server that takes unsigned updates (RFC 2136) on 127.0.0.1:53 and judges each by the book.

update_server.py LOG: writes one line of JSON to LOG for whatever reaches it, before it answers:
{"via", "faults", "zone", "prerequisites", "deletes", "adds"} for an update, {"via", "faults"} for
what is none, so that a connection without a message shows too. It answers NOERROR, or FORMERR to
what has faults. It prints `ready` once it listens.
"""

import ipaddress
import json
import socket
import struct
import sys
import threading

PLACE = ("127.0.0.1", 53)
PEER_SECONDS_MAX = 10
NAME_BYTES_MAX = 255
OPCODE_UPDATE = 0x2800
RESPONSE, FORMERR = 0x8000, 1
A, CNAME, SOA, AAAA, ANY_TYPE = 1, 5, 6, 28, 255
IN, NONE, ANY = 1, 254, 255
TYPES = {A: "A", CNAME: "CNAME", SOA: "SOA", AAAA: "AAAA", ANY_TYPE: "ANY"}


class Broken(Exception):
    """A message that cannot be read to its end."""


class Reader:
    """Reads a DNS message from its first byte on."""

    def __init__(self, message):
        self.message, self.at = message, 0

    def take(self, count):
        """The next bytes."""
        piece = self.message[self.at:self.at + count]
        if len(piece) != count:
            raise Broken(f"cut off at byte {self.at}")
        self.at += count
        return piece

    def numbers(self, form):
        """The next numbers, as `struct` calls them."""
        return struct.unpack("!" + form, self.take(struct.calcsize("!" + form)))

    def name(self):
        """The next name; a compression pointer may only point back (RFC 1035 section 4.1.4)."""
        labels, size, back, bound = [], 1, None, self.at
        while True:
            (length,) = self.numbers("B")
            if length >= 0xC0:
                target = (length & 0x3F) << 8 | self.take(1)[0]
                if target >= bound:
                    raise Broken(f"a pointer at byte {self.at - 2} does not point back")
                back = self.at if back is None else back
                self.at = bound = target
                continue
            if length > 63:
                raise Broken(f"a label type {length:#x}")
            if length == 0:
                break
            labels.append(self.take(length).decode("ascii"))
            size += length + 1
            if size > NAME_BYTES_MAX:
                raise Broken("a name is too long")
        self.at = self.at if back is None else back
        return ".".join(labels) + "."

    def record(self):
        """The next resource record: name, type, class, TTL, data."""
        name = self.name()
        kind, group, ttl, size = self.numbers("HHIH")
        return name, kind, group, ttl, self.take(size)


def prerequisite(record, faults):
    """RFC 2136 section 2.4: TTL 0; `is not there` is class NONE without data."""
    name, kind, group, ttl, data = record
    if ttl != 0 or data or group not in (NONE, ANY):
        faults.append(f"a prerequisite that is none: {record}")
    return [name, TYPES.get(kind, kind), "absent" if group == NONE else "present"]


def change(record, update, faults):
    """RFC 2136 section 2.5: deletes of RRsets are class ANY, TTL 0, no data; adds are class IN."""
    name, kind, group, ttl, data = record
    if group == ANY:
        if ttl != 0 or data:
            faults.append(f"a delete with TTL {ttl} and {len(data)} bytes of data")
        if update["adds"]:
            faults.append("a delete behind an add takes the added away")
        update["deletes"].append([name, TYPES.get(kind, kind)])
    elif group == IN:
        if (kind, len(data)) not in ((A, 4), (AAAA, 16)):
            faults.append(f"an add of type {kind} with {len(data)} bytes")
            return
        update["adds"].append([name, ttl, TYPES[kind], str(ipaddress.ip_address(data))])
    else:
        faults.append(f"a change of class {group}")


def judged(message):
    """What the message says, and all that is wrong with it."""
    faults = []
    update = {"faults": faults, "prerequisites": [], "deletes": [], "adds": []}
    reader = Reader(message)
    try:
        _, flags, zones, prerequisites, changes, additional = reader.numbers("HHHHHH")
        if flags != OPCODE_UPDATE:
            raise Broken(f"flags {flags:#06x} instead of {OPCODE_UPDATE:#06x}")
        if zones != 1:
            raise Broken(f"{zones} zones instead of 1")
        update["zone"] = reader.name()
        kind, group = reader.numbers("HH")
        if (kind, group) != (SOA, IN):
            faults.append(f"the zone has type {kind} and class {group}")
        for _ in range(prerequisites):
            update["prerequisites"].append(prerequisite(reader.record(), faults))
        for _ in range(changes):
            record = reader.record()
            change(record, update, faults)
            if not f".{record[0]}".endswith(f".{update['zone']}"):
                faults.append(f"{record[0]} is not in {update['zone']}")
        if additional:
            faults.append(f"{additional} additional records")
        if reader.at != len(message):
            faults.append(f"{len(message) - reader.at} bytes behind the end")
    except (Broken, UnicodeDecodeError) as why:
        faults.append(str(why))
    return update


class Server:
    """Judges, writes down, answers."""

    def __init__(self, log):
        self.log, self.lock = log, threading.Lock()

    def answer(self, message, via):
        """The answer to one message, which is in the log by then."""
        update = judged(message) | {"via": via}
        with self.lock, open(self.log, "a", encoding="utf-8") as file:
            file.write(json.dumps(update) + "\n")
        rcode = FORMERR if update["faults"] else 0
        return message[:2] + struct.pack("!HHHHH", RESPONSE | OPCODE_UPDATE | rcode, 0, 0, 0, 0)

    def talk(self, connection):
        """One TCP connection: messages with their lengths before them, until the peer closes."""
        connection.settimeout(PEER_SECONDS_MAX)
        messages = 0
        with connection, connection.makefile("rb") as stream:
            while True:
                head = stream.read(2)
                if not head and messages:
                    return
                size = struct.unpack("!H", head)[0] if len(head) == 2 else 0
                connection.sendall(self.framed(self.answer(stream.read(size), "tcp")))
                messages += 1

    @staticmethod
    def framed(message):
        """A message as it goes over TCP (RFC 1035 section 4.2.2)."""
        return struct.pack("!H", len(message)) + message

    def datagrams(self, receiver):
        """UDP, for ever."""
        while True:
            message, peer = receiver.recvfrom(65535)
            receiver.sendto(self.answer(message, "udp"), peer)

    def run(self):
        """Both, for ever."""
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.bind(PLACE)
        with socket.create_server(PLACE) as listener:
            threading.Thread(target=self.datagrams, args=(receiver,), daemon=True).start()
            print("ready", flush=True)
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self.talk, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    Server(sys.argv[1]).run()
