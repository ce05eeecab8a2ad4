"""DNS messages as the tests read, check, build and sign them: RFC 1035, RFC 2136, RFC 8945."""

import hashlib
import hmac
import socket
import struct
from collections import namedtuple

A, NS, CNAME, SOA, TXT, AAAA, TSIG, ANY = 1, 2, 5, 6, 16, 28, 250, 255
IN, CLASS_NONE, CLASS_ANY = 1, 254, 255
QUERY, UPDATE = 0, 5
QR, AA, TC, RD, RA, AD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020
NOERROR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 2, 3, 4, 5
RCODES = ("NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH "
          "NOTZONE").split()
NOTAUTH = RCODES.index("NOTAUTH")
BADSIG, BADKEY, BADTIME = 16, 17, 18
FUDGE = 300
# The name on the wire, and the hash.
ALGORITHMS = {
    "hmac-md5": ("hmac-md5.sig-alg.reg.int.", hashlib.md5),
    "hmac-sha1": ("hmac-sha1.", hashlib.sha1),
    "hmac-sha224": ("hmac-sha224.", hashlib.sha224),
    "hmac-sha256": ("hmac-sha256.", hashlib.sha256),
    "hmac-sha384": ("hmac-sha384.", hashlib.sha384),
    "hmac-sha512": ("hmac-sha512.", hashlib.sha512),
}

Record = namedtuple("Record", "name type cls ttl rdata start")
# `secret` in bytes.
Key = namedtuple("Key", "name algorithm secret")
Signature = namedtuple("Signature", "algorithm time fudge mac original_id error other record")


class Message:
    """A message taken apart: `zone` are its questions, then the three sections of records."""

    def __init__(self, data):
        self.data = data
        self.id, self.flags, *counts = struct.unpack_from("!6H", data)
        self.zone, at = [], 12
        for _ in range(counts[0]):
            name, at = read_name(data, at)
            self.zone.append((name, *struct.unpack_from("!2H", data, at)))
            at += 4
        sections = []
        for count in counts[1:]:
            records = []
            for _ in range(count):
                record, at = read_record(data, at)
                records.append(record)
            sections.append(records)
        self.answer, self.authority, self.additional = sections
        if at != len(data):
            raise ValueError(f"{len(data) - at} bytes after the last record")

    @property
    def opcode(self):
        """QUERY or UPDATE."""
        return self.flags >> 11 & 15

    def signature(self):
        """Its TSIG, which is the last record of all; None where there is none."""
        if not self.additional or self.additional[-1].type != TSIG:
            return None
        record = self.additional[-1]
        algorithm, at = read_name(record.rdata, 0)
        high, low, fudge, size = struct.unpack_from("!HIHH", record.rdata, at)
        at += 10
        mac, at = record.rdata[at:at + size], at + size
        original_id, error, other_size = struct.unpack_from("!3H", record.rdata, at)
        other = record.rdata[at + 6:]
        if len(mac) != size or len(other) != other_size:
            raise ValueError("a TSIG whose lengths are wrong")
        return Signature(algorithm, high << 32 | low, fudge, mac, original_id, error, other, record)


def read_name(data, at):
    """A name in lower case with its last dot, and where it ends."""
    labels, end = [], None
    while data[at]:
        if data[at] >= 0xC0:
            end = end or at + 2
            target = struct.unpack_from("!H", data, at)[0] & 0x3FFF
            if target >= at:
                raise ValueError("a compressed name that does not point back")
            at = target
        else:
            labels.append(data[at + 1:at + 1 + data[at]].decode("ascii").lower())
            at += 1 + data[at]
    return ".".join(labels) + ".", end or at + 1


def read_record(data, at):
    """A record, and where it ends."""
    start = at
    name, at = read_name(data, at)
    kind, cls, ttl, size = struct.unpack_from("!HHIH", data, at)
    at += 10
    if at + size > len(data):
        raise ValueError("a record longer than its message")
    return Record(name, kind, cls, ttl, data[at:at + size], start), at + size


def name_bytes(name):
    """A name as on the wire, not compressed."""
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def record(name, kind, rdata, ttl=300, cls=IN):
    """One record as bytes; `rdata` is bytes, an address or a name."""
    if isinstance(rdata, str):
        families = {A: socket.AF_INET, AAAA: socket.AF_INET6}
        rdata = (socket.inet_pton(families[kind], rdata) if kind in families
                 else name_bytes(rdata))
    return name_bytes(name) + struct.pack("!HHIH", kind, cls, ttl, len(rdata)) + rdata


def soa(zone, mname):
    """The SOA record of a zone."""
    numbers = struct.pack("!5I", 1, 3600, 600, 86400, 60)
    return record(zone, SOA, name_bytes(mname) + name_bytes("admin." + zone) + numbers)


def answer_to(request, rcode=NOERROR, flags=0, answer=(), authority=()):
    """An answer to a request with these records, as bytes."""
    head = request.flags & 0x7900 | QR | rcode | flags
    questions = b"".join(name_bytes(name) + struct.pack("!2H", kind, cls)
                         for name, kind, cls in request.zone)
    return struct.pack("!6H", request.id, head, len(request.zone), len(answer), len(authority), 0
                       ) + questions + b"".join(answer) + b"".join(authority)


def digest(key, data, time, fudge=FUDGE, error=0, other=b"", request_mac=None):
    """The MAC of a message without its TSIG."""
    algorithm, hashed = ALGORITHMS[key.algorithm]
    prior = b"" if request_mac is None else struct.pack("!H", len(request_mac)) + request_mac
    variables = (name_bytes(key.name.lower()) + struct.pack("!HI", CLASS_ANY, 0)
                 + name_bytes(algorithm)
                 + struct.pack("!HIHHH", time >> 32, time & 0xFFFFFFFF, fudge, error, len(other))
                 + other)
    return hmac.new(key.secret, prior + data + variables, hashed).digest()


def signed(key, data, time, request_mac, error=0, other=b"", mac=None):
    """An answer with its TSIG; a `mac` that is given is put in instead of the right one."""
    if mac is None:
        mac = digest(key, data, time, error=error, other=other, request_mac=request_mac)
    rdata = (name_bytes(ALGORITHMS[key.algorithm][0])
             + struct.pack("!HIHH", time >> 32, time & 0xFFFFFFFF, FUDGE, len(mac)) + mac
             + data[:2] + struct.pack("!HH", error, len(other)) + other)
    count = struct.unpack_from("!H", data, 10)[0] + 1
    return data[:10] + struct.pack("!H", count) + data[12:] + record(key.name, TSIG, rdata, 0,
                                                                     CLASS_ANY)


def faults_of_signature(message, key):
    """What is wrong with the TSIG of a request, as a list of words."""
    signature = message.signature()
    if key is None:
        return ["signed, though no key was given"] if signature else []
    if signature is None:
        return ["not signed"]
    faults = []
    start = signature.record.start
    bare = message.data[:10] + struct.pack("!H", len(message.additional) - 1)
    mac = digest(key, bare + message.data[12:start], signature.time)
    for what, got, wanted in (
            ("class and TTL", signature.record[2:4], (CLASS_ANY, 0)),
            ("key name", signature.record.name, key.name.lower()),
            ("algorithm", signature.algorithm, ALGORITHMS[key.algorithm][0]),
            ("fudge", signature.fudge, FUDGE),
            ("original ID", signature.original_id, message.id),
            ("error and other", (signature.error, signature.other), (0, b"")),
            ("MAC", signature.mac, mac)):
        if got != wanted:
            faults.append(f"TSIG {what}: {got!r} instead of {wanted!r}")
    return faults


def faults_of_update(message, name, zone, ttl, keeps_others=False, keeps_v6=False):
    """What is wrong with the update a run sent, but for its TSIG and its addresses."""
    nothing = (CLASS_ANY, 0, b"")
    keeps_others |= keeps_v6
    deletes = [(A, *nothing), (AAAA, *nothing)] if keeps_others else [(ANY, *nothing)]
    deletes = deletes[:-1] if keeps_v6 else deletes
    guard = [(CNAME, CLASS_NONE, 0, b"")] if keeps_others else []
    adds = [record[1:5] for record in message.authority[len(deletes):]]
    faults = []
    for what, got, wanted in (
            ("flags", message.flags, UPDATE << 11),
            ("zone section", message.zone, [(zone, SOA, IN)]),
            ("prerequisites", [record[1:5] for record in message.answer], guard),
            ("deletions", [record[1:5] for record in message.authority[:len(deletes)]], deletes),
            ("owners", {record.name for record in message.answer + message.authority}, {name}),
            ("class and TTL of what is added", {add[1:3] for add in adds}, {(IN, ttl)}),
            ("types added", {add[0] for add in adds} - {A, AAAA}, set()),
            ("records beside the TSIG", [record.type for record in message.additional
                                         if record.type != TSIG], [])):
        if got != wanted:
            faults.append(f"{what}: {got!r} instead of {wanted!r}")
    return faults
