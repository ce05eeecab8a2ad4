"""RRsets as Hetzner's Cloud API has them, and what it takes for one: strictly, field by field."""

import ipaddress
import re

TTL_MIN, TTL_MAX = 60, 2**31 - 1
RECORDS_MAX = 50
NAME_BYTES_MAX, LABEL_BYTES_MAX = 253, 63
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
FAMILIES = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}


class Invalid(Exception):
    """A field that the API does not take."""

    def __init__(self, field, words):
        super().__init__(words)
        self.field = field


class RRset:
    """All records of one name and type."""

    def __init__(self, zone, name, kind, ttl, records, protected=False):
        self.zone, self.name, self.type, self.ttl = zone, name, kind, ttl
        self.records, self.protected = records, protected

    def document(self):
        """As the API shows it. The order of records is nobody's business: it is turned round."""
        return {"id": f"{self.name}/{self.type}", "name": self.name, "type": self.type,
                "ttl": self.ttl, "labels": {}, "protection": {"change": self.protected},
                "records": self.records[::-1], "zone": self.zone}


def members(document, needed, optional):
    """Refuses a document that lacks a member or has one nobody knows."""
    for name in sorted(needed - set(document)):
        raise Invalid(name, "missing")
    for name in sorted(set(document) - needed - optional):
        raise Invalid(name, "unknown field")


def name_of(text, zone):
    """A name relative to its zone."""
    if not isinstance(text, str):
        raise Invalid("name", "no string")
    if text == "@":
        return text
    if text == zone or text.endswith(f".{zone}"):
        raise Invalid("name", f"not relative to the zone: {text}")
    labels = text.split(".")
    good = all(len(one) <= LABEL_BYTES_MAX and LABEL.fullmatch(one) for one in labels[1:])
    first = labels[0] == "*" or len(labels[0]) <= LABEL_BYTES_MAX and LABEL.fullmatch(labels[0])
    if not good or not first or len(text) + 1 + len(zone) > NAME_BYTES_MAX:
        raise Invalid("name", f"no name: {text}")
    return text


def type_of(text):
    """A type this stand-in knows."""
    if text not in FAMILIES:
        raise Invalid("type", f"no type: {text}")
    return text


def ttl_of(value):
    """A time to live; none means the zone's."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("ttl", f"no whole number: {value!r}")
    if not TTL_MIN <= value <= TTL_MAX:
        raise Invalid("ttl", f"not within {TTL_MIN}..{TTL_MAX}: {value}")
    return value


def records_of(found, kind):
    """The records of an rrset; a comment that is not sent is lost."""
    if not isinstance(found, list) or not 1 <= len(found) <= RECORDS_MAX:
        raise Invalid("records", f"not 1..{RECORDS_MAX} records")
    records = []
    for one in found:
        if not isinstance(one, dict):
            raise Invalid("records", "no object")
        members(one, {"value"}, {"comment"})
        comment = one.get("comment", "")
        if not isinstance(comment, str):
            raise Invalid("comment", f"no string: {comment!r}")
        records.append({"value": value_of(one["value"], kind), "comment": comment})
    if len({one["value"] for one in records}) != len(records):
        raise Invalid("records", "two have the same value")
    return records


def value_of(text, kind):
    """An address of the type's family, in the form of RFC 5952 where it is IPv6."""
    try:
        address = FAMILIES[kind](text if isinstance(text, str) else None)
    except ValueError as why:
        raise Invalid("value", str(why)) from why
    if str(address) != text:
        raise Invalid("value", f"not in its usual form: {text}")
    return text
