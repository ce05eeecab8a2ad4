"""Packages for opkg: a compressed tar of three members, two of them compressed tars again."""

import struct
import zlib

from packer import recipe

BLOCK_BYTES = 512
RECORD_BYTES = 20 * BLOCK_BYTES
NAME_BYTES_MAX = 100
FILE, LINK, DIRECTORY = b"0", b"2", b"5"

# What OpenWrt gives to every package: the service is enabled and started, stopped and disabled.
POSTINST = """\
#!/bin/sh
[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0
[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "${IPKG_INSTROOT}/lib/functions.sh"
default_postinst "$0" "$@"
"""
PRERM = """\
#!/bin/sh
[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "${IPKG_INSTROOT}/lib/functions.sh"
default_prerm "$0" "$@"
"""


def name(package):
    """The file's name."""
    return f"{package.name}_{package.version}_{package.arch}.ipk"


def make(package, files):
    """The bytes of the package."""
    data = tar(with_directories(files), package.epoch)
    control = [
        recipe.File("control", 0o644, fields(package, len(data)).encode()),
        recipe.File("conffiles", 0o644, "".join(f"{one}\n" for one in package.conffiles).encode()),
        recipe.File("postinst", 0o755, POSTINST.encode()),
        recipe.File("prerm", 0o755, PRERM.encode()),
    ]
    control.sort(key=lambda file: file.path)
    return gzip(tar([
        recipe.File("debian-binary", 0o644, b"2.0\n"),
        recipe.File("data.tar.gz", 0o644, gzip(data)),
        recipe.File("control.tar.gz", 0o644, gzip(tar(with_directories(control), package.epoch))),
    ], package.epoch))


def fields(package, installed_bytes):
    """The control file. Like OpenWrt's builds it counts the unpacked archive as installed size."""
    lines = [
        ("Package", package.name),
        ("Version", package.version),
        ("Depends", ", ".join(package.depends)),
        ("Conflicts", ", ".join(package.conflicts)),
        ("Provides", ", ".join(package.provides)),
        ("SourceName", package.source),
        ("License", package.license),
        ("LicenseFiles", package.license_files),
        ("Section", package.section),
        ("Require-User", package.users),
        ("SourceDateEpoch", package.epoch),
        ("Maintainer", package.maintainer),
        ("Architecture", package.arch),
        ("Installed-Size", installed_bytes),
        ("Description", package.description),
    ]
    return "".join(f"{key}: {value}\n" for key, value in lines if value != "")


def with_directories(files):
    """The files with the directories they lie in before them; a directory's path ends in '/'."""
    entries = {file.path: file for file in files}
    for path in recipe.directories(files):
        path = f"{path}/" if path else ""
        entries[path] = recipe.File(path, 0o755)
    return [entries[path] for path in sorted(entries, key=str.encode)]


def tar(entries, epoch):
    """An archive as GNU tar writes it, of root's files, all of one date."""
    parts = []
    for entry in entries:
        parts.append(header(entry, epoch))
        parts.append(entry.data + bytes(-len(entry.data) % BLOCK_BYTES))
    archive = b"".join(parts) + bytes(2 * BLOCK_BYTES)
    return archive + bytes(-len(archive) % RECORD_BYTES)


def header(entry, epoch):
    """A member's head: GNU's variant of ustar, numbers in octal with a NUL behind them."""
    path = f"./{entry.path}".encode()
    if len(path) > NAME_BYTES_MAX:
        raise SystemExit(f"openwrt/pack: too long for a plain tar header: {entry.path}")
    kind = LINK if entry.target else DIRECTORY if path.endswith(b"/") else FILE
    fixed = struct.pack(
        "100s8s8s8s12s12s8s1s100s8s247x", path, b"%07o" % entry.mode, b"%07o" % 0, b"%07o" % 0,
        b"%011o" % len(entry.data), b"%011o" % epoch, b" " * 8, kind, entry.target.encode(),
        b"ustar  ")
    # The sum counts its own field as spaces.
    return fixed[:148] + b"%06o\0 " % sum(fixed) + fixed[156:]


def gzip(data):
    """Compressed without name or date: method 8, no flags, most effort, Unix."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    body = packer.compress(data) + packer.flush()
    return (b"\x1f\x8b\x08\0\0\0\0\0\x02\x03" + body
            + struct.pack("<II", zlib.crc32(data), len(data) & 0xffffffff))
