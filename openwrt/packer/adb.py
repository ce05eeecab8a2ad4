"""Writes ADB, the tree of numbered fields in which apk 3 keeps what it knows of a package."""

import struct

# A value is 32 bits, little-endian as all else: its kind above, a number or an offset below.
INTEGER, INTEGER_32 = 0x1 << 28, 0x2 << 28
BLOB_8, BLOB_16, BLOB_32 = 0x8 << 28, 0x9 << 28, 0xa << 28
ARRAY, OBJECT = 0xd << 28, 0xe << 28
NULL = 0
OFFSET_MASK = (1 << 28) - 1

# File container: magic, schema, blocks. A block is headed by its kind and its length.
MAGIC = b"ADB."
BLOCK_TREE, BLOCK_DATA = 0, 2
BLOCK_ALIGNMENT = 8


class Tree:
    """Takes values from the leaves up; equal ones are stored once."""

    def __init__(self):
        # Version 0 twice, two bytes unused, and the root, which is known last.
        self.data = bytearray(8)
        self.known = {}

    def put(self, raw, alignment):
        """Stores bytes and gives their offset."""
        self.data += bytes(-len(self.data) % alignment)
        offset = len(self.data)
        self.data += raw
        return offset

    def put_once(self, raw, alignment):
        """Like put, but equal bytes of equal alignment are shared."""
        key = raw, alignment
        if key not in self.known:
            self.known[key] = self.put(raw, alignment)
        return self.known[key]

    def blob(self, content):
        """Text or bytes; nothing is stored as null."""
        if isinstance(content, str):
            content = content.encode()
        if not content:
            return NULL
        kind, form = ((BLOB_8, "<B") if len(content) < 1 << 8 else
                      (BLOB_16, "<H") if len(content) < 1 << 16 else (BLOB_32, "<I"))
        raw = struct.pack(form, len(content)) + content
        return kind | self.put_once(raw, struct.calcsize(form))

    def hole(self, length):
        """A blob of zeros to be filled in later: its value, and the offset of its first byte."""
        offset = self.put(bytes([length]) + bytes(length), 1)
        return BLOB_8 | offset, offset + 1

    def integer(self, number):
        """A number of up to 32 bits."""
        if number <= OFFSET_MASK:
            return INTEGER | number
        return INTEGER_32 | self.put_once(struct.pack("<I", number), 4)

    def object(self, fields):
        """Fields by number, from 1."""
        return self._slots(OBJECT, [fields.get(i, NULL) for i in range(1, max(fields) + 1)])

    def array(self, values):
        """A list of values, in its order."""
        return self._slots(ARRAY, values)

    def _slots(self, kind, values):
        values = list(values)
        while values and values[-1] == NULL:
            values.pop()
        if not values:
            return NULL
        raw = struct.pack(f"<{len(values) + 1}I", len(values) + 1, *values)
        return kind | self.put_once(raw, 4)

    def finish(self, root):
        """The tree in bytes, which may still be changed."""
        struct.pack_into("<I", self.data, 4, root)
        return self.data


def block(kind, payload):
    """A block of a file, padded."""
    raw = struct.pack("<I", kind << 30 | 4 + len(payload)) + payload
    return raw + bytes(-len(raw) % BLOCK_ALIGNMENT)


def container(schema, blocks):
    """A whole file, not compressed."""
    return MAGIC + struct.pack("<I", schema) + b"".join(blocks)
