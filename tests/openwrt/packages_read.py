"""Reads .ipk and .apk and believes nothing; shares no code with the packer."""

import gzip
import hashlib
import io
import struct
import tarfile
import zlib
from dataclasses import dataclass, field

GZIP_HEAD = bytes.fromhex("1f8b0800000000000203")
DEPTH_MAX = 8
PACKAGE_SCHEMA = b"pckg"
IDENTITY_BYTES = 20
LINK = 0xa000

INFO = {1: "name", 2: "version", 3: "hashes", 4: "description", 5: "arch", 6: "license",
        7: "origin", 8: "maintainer", 12: "installed-size", 14: "provider-priority",
        15: "depends", 16: "provides"}
SCRIPTS = {3: "post-install", 4: "pre-deinstall", 7: "post-upgrade"}


class Broken(Exception):
    """This is not a package that could be trusted."""


def need(condition, what):
    """Fails with what is wrong."""
    if not condition:
        raise Broken(what)


@dataclass
class Item:
    """A file, a link or a directory as it would be unpacked."""

    kind: str
    mode: int
    owner: tuple
    mtime: int
    data: bytes = b""
    target: str = ""


@dataclass
class Package:
    """What was found."""

    fields: dict
    scripts: dict
    items: dict = field(default_factory=dict)
    conffiles: list = field(default_factory=list)
    unpacked_bytes: int = 0

    def files(self):
        """Everything that is not a directory."""
        return {path: item for path, item in self.items.items() if item.kind != "directory"}


def read(path):
    """The package in a file, by its first bytes."""
    raw = path.read_bytes()
    try:
        return read_apk(raw) if raw[:3] == b"ADB" else read_ipk(raw)
    except (zlib.error, struct.error, tarfile.TarError, EOFError, OSError, IndexError,
            UnicodeDecodeError, ValueError, KeyError) as error:
        raise Broken(f"{type(error).__name__}: {error}") from error


def unzip(raw, name):
    """Unpacks gzip that says nothing of when, where and from what it was made."""
    need(raw[:len(GZIP_HEAD)] == GZIP_HEAD, f"{name}: gzip head {raw[:10].hex()}")
    stream = zlib.decompressobj(-15)
    stream.decompress(raw[len(GZIP_HEAD):])
    need(stream.eof and len(stream.unused_data) == 8, f"{name}: not one gzip stream to its end")
    return gzip.decompress(raw)


def members(raw, name):
    """The members of a tar by name, in their order, all of them root's."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:", format=tarfile.GNU_FORMAT) as archive:
        for member in archive:
            kind = ("file" if member.isreg() else "link" if member.issym() else
                    "directory" if member.isdir() else "")
            need(kind, f"{name}: {member.name} is of type {member.type}")
            need(member.name == "." or member.name.startswith("./"), f"{name}: {member.name}")
            need(member.name not in found, f"{name}: {member.name} twice")
            need(not member.pax_headers, f"{name}: {member.name} has extended headers")
            owner = (member.uid, member.gid, member.uname, member.gname)
            data = archive.extractfile(member).read() if kind == "file" else b""
            found[member.name] = Item(kind, member.mode, owner, member.mtime, data,
                                      member.linkname)
        end = archive.offset
    need(len(raw) % 10240 == 0, f"{name}: not whole records")
    need(not any(raw[end:]), f"{name}: something behind the end")
    return found


def read_ipk(raw):
    """A package for opkg."""
    outer = members(unzip(raw, "package"), "package")
    need(list(outer) == ["./debian-binary", "./data.tar.gz", "./control.tar.gz"],
         f"members {list(outer)}")
    need(outer["./debian-binary"].data == b"2.0\n", "debian-binary")
    plain = unzip(outer["./data.tar.gz"].data, "data")
    data = members(plain, "data")
    control = members(unzip(outer["./control.tar.gz"].data, "control"), "control")
    for name, inner in (("data", data), ("control", control)):
        need(list(inner)[0] == ".", f"{name}: does not begin with its root")
        need(list(inner) == sorted(inner), f"{name}: not sorted")
    for inner in (*outer.values(), *control.values()):
        need(inner.owner == (0, 0, "", ""), "owner")
    need(len({item.mtime for part in (outer, control, data) for item in part.values()}) == 1,
         "different dates")
    fields = {}
    for line in control["./control"].data.decode().splitlines():
        key, separator, value = line.partition(": ")
        need(separator and key not in fields and value.strip(), f"control: {line!r}")
        fields[key] = value
    scripts = {name[2:]: item.data.decode() for name, item in control.items()
               if item.kind == "file" and item.mode & 0o111}
    need(control.keys() == {".", "./control", "./conffiles", *(f"./{one}" for one in scripts)},
         f"control: {list(control)}")
    return Package(fields, scripts, {name[2:]: item for name, item in data.items() if name != "."},
                   control["./conffiles"].data.decode().splitlines(), len(plain))


class Adb:
    """The tree in block 0 of an .apk, read as numbers, bytes and lists; a list starts with None."""

    def __init__(self, raw):
        self.raw = raw
        need(len(raw) >= 16 and raw[:4] == bytes(4), "ADB head")
        self.blobs = {}
        root, = struct.unpack_from("<I", raw, 4)
        self.root = self.value(root, 0)

    def span(self, offset, length, alignment):
        """Bytes that lie where they should."""
        need(offset % alignment == 0, f"offset {offset} is not aligned to {alignment}")
        need(8 <= offset and offset + length <= len(self.raw), f"offset {offset} is outside")
        return self.raw[offset:offset + length]

    def value(self, word, depth):
        """One value."""
        kind, rest = word >> 28, word & 0xfffffff
        if kind == 0:
            need(rest == 0, f"special value {rest}")
            return None
        if kind == 1:
            return rest
        if kind == 2:
            number, = struct.unpack("<I", self.span(rest, 4, 4))
            need(number >= 1 << 28, "a long number that is short")
            return number
        if kind in (8, 9, 10):
            width = 1 << kind - 8
            length = int.from_bytes(self.span(rest, width, width), "little")
            need(length >= (1, 1 << 8, 1 << 16)[kind - 8], "a blob of the wrong width")
            content = self.span(rest + width, length, 1)
            self.blobs[rest + width] = content
            return content
        need(kind in (13, 14), f"kind {kind}")
        need(depth < DEPTH_MAX, "too deep")
        count, = struct.unpack("<I", self.span(rest, 4, 4))
        need(count >= 2, "an empty list that is stored")
        words = struct.unpack(f"<{count - 1}I", self.span(rest + 4, 4 * (count - 1), 4))
        need(words[-1] != 0, "a list with a null behind it")
        return [None, *(self.value(one, depth + 1) for one in words)]


def slots(values, names):
    """Fields by name; one without a name is an error."""
    found = {i: value for i, value in enumerate(values) if value is not None}
    need(found.keys() <= names.keys(), f"unknown fields {found.keys() - names.keys()}")
    return {names[i]: value for i, value in found.items()}


def blocks(raw):
    """Kind and payload of each block."""
    need(raw[:8] == b"ADB." + PACKAGE_SCHEMA, "file head")
    found, at = [], 8
    while at < len(raw):
        word, = struct.unpack_from("<I", raw, at)
        kind, length = word >> 30, word & 0x3fffffff
        end = at + length
        padded = end + -length % 8
        need(length >= 4 and padded <= len(raw), f"block at {at}")
        need(not any(raw[end:padded]), f"padding of the block at {at}")
        found.append((kind, raw[at + 4:end]))
        at = padded
    return found


def read_apk(raw):
    """A package for apk 3."""
    need(raw[:4] == b"ADBd", "not deflated")
    stream = zlib.decompressobj(-15)
    plain = stream.decompress(raw[4:])
    need(stream.eof and not stream.unused_data, "not one deflate stream to its end")
    (first, tree), *rest = blocks(plain)
    need(first == 0 and all(kind == 2 for kind, _ in rest), "kinds of blocks")
    adb = Adb(tree)
    top = slots(adb.root, {1: "info", 2: "paths", 3: "scripts"})
    info = slots(top["info"], INFO)
    at, = (at for at, content in adb.blobs.items() if content == info["hashes"])
    zeroed = tree[:at] + bytes(IDENTITY_BYTES) + tree[at + IDENTITY_BYTES:]
    need(info["hashes"] == hashlib.sha256(zeroed).digest()[:IDENTITY_BYTES], "package hash")
    scripts = slots(top["scripts"], SCRIPTS)
    package = Package({}, {key: value.decode() for key, value in scripts.items()})
    for key, value in info.items():
        package.fields[key] = value if isinstance(value, int) else (
            [dependency(one) for one in value[1:]] if isinstance(value, list) else value)
        if isinstance(value, bytes) and key != "hashes":
            package.fields[key] = value.decode()
    contents = [(*struct.unpack_from("<II", payload), payload[8:]) for _, payload in rest]
    wanted = walk(package, top["paths"])
    need([(path, file) for path, file, _ in contents] == [one[:2] for one in wanted],
         "contents that do not belong to the files in their order")
    for (_, _, data), (_, _, item, size, digest) in zip(contents, wanted):
        need(len(data) == size, "size")
        need(hashlib.sha256(data).digest() == digest, "hash of a file")
        item.data = data
    package.unpacked_bytes = sum(len(data) for _, _, data in contents)
    own = f"lib/apk/packages/{package.fields['name']}.conffiles"
    package.conffiles = package.items[own].data.decode().splitlines()
    return package


def dependency(values):
    """A dependency as one would type it."""
    found = slots(values, {1: "name", 2: "version"})
    return b"=".join(found.values()).decode()


def access(values):
    """Mode and owner."""
    found = slots(values, {1: "mode", 2: "user", 3: "group"})
    return found["mode"], (found["user"].decode(), found["group"].decode())


def walk(package, paths):
    """Fills in the items; gives for each with content its indices, itself, its size and hash."""
    wanted, names = [], []
    for path_index, values in enumerate(paths[1:], 1):
        path = slots(values, {1: "name", 2: "acl", 3: "files"})
        name = path.get("name", b"")
        names.append(name)
        mode, owner = access(path["acl"])
        if name:
            package.items[name.decode()] = Item("directory", mode, owner, 0)
        inside = []
        for file_index, one in enumerate(path.get("files", [None])[1:], 1):
            file = slots(one, {1: "name", 2: "acl", 3: "size", 4: "mtime", 5: "hash", 6: "target"})
            inside.append(file["name"])
            item = Item("file", *access(file["acl"]), file["mtime"])
            if "target" in file:
                kind, = struct.unpack_from("<H", file["target"])
                need(kind == LINK and "hash" not in file, "a target that is not of a link")
                item.kind, item.target = "link", file["target"][2:].decode()
                need(file["size"] == len(item.target), "size of a link")
            elif file["size"]:
                wanted.append((path_index, file_index, item, file["size"], file["hash"]))
            package.items[f"{name.decode()}/{file['name'].decode()}".lstrip("/")] = item
        need(inside == sorted(set(inside)), f"files of {name} not sorted")
    need(names == sorted(set(names)) and names[0] == b"", "directories not sorted")
    for name in names[1:]:
        need(name.rpartition(b"/")[0] in names, f"{name} has no parent")
    return wanted
