"""Packages for apk 3: a compressed ADB that describes all files, and their contents behind it."""

import hashlib
import struct
import zlib

from packer import adb, recipe

SCHEMA_PACKAGE = 0x676b6370
COMPRESSED = b"ADBd"
# The package's identity: this many bytes of the description's SHA-256, while they are zero.
IDENTITY_BYTES = 20
LINK_MODE = 0o120000
# Where several packages provide a name, that of most priority is taken.
PREFERRED = 100

# Numbers of fields; apk-tools calls them ADBI_PKG_, ADBI_PI_, ADBI_DEP_, ADBI_DI_, ADBI_FI_,
# ADBI_ACL_ and ADBI_SCRPT_.
PKG_INFO, PKG_PATHS, PKG_SCRIPTS = 1, 2, 3
NAME, VERSION, IDENTITY, DESCRIPTION, ARCH, LICENSE, ORIGIN, MAINTAINER = range(1, 9)
INSTALLED_SIZE, PRIORITY, DEPENDS, PROVIDES = 0x0c, 0x0e, 0x0f, 0x10
DEP_NAME, DEP_VERSION = 1, 2
DIR_NAME, DIR_ACL, DIR_FILES = 1, 2, 3
FILE_NAME, FILE_ACL, FILE_SIZE, FILE_MTIME, FILE_HASH, FILE_TARGET = range(1, 7)
ACL_MODE, ACL_USER, ACL_GROUP = 1, 2, 3
POST_INSTALL, PRE_DEINSTALL, POST_UPGRADE = 3, 4, 7

# What OpenWrt gives to every package.
SCRIPT = """\
[ -s "${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "${IPKG_INSTROOT}/lib/functions.sh"
export root="${IPKG_INSTROOT}"
export pkgname="NAME"
"""
SHELL = "#!/bin/sh\n"
UNLESS_TOLD = '[ "${IPKG_NO_SCRIPT}" = "1" ] && exit 0\n'
UPGRADE = "export PKG_UPGRADE=1\n"


def name(package):
    """The file's name."""
    return f"{package.name}-{package.version}.apk"


def files(package, wanted):
    """The files with those in which OpenWrt keeps what opkg kept by itself."""
    base = f"lib/apk/packages/{package.name}"
    # add_group_and_user makes these.
    if package.users:
        wanted = [*wanted, recipe.File(f"{base}.rusers", 0o644, f"{package.users}\n".encode())]
    contents = {file.path: file.data for file in wanted}
    listed = "".join(f"/{path}\n" for path in sorted(contents, key=str.encode))
    names = "".join(f"{path}\n" for path in sorted(package.conffiles + package.keeps))
    sums = "".join(f"{path} {hashlib.sha256(contents[path[1:]]).hexdigest()}\n"
                   for path in package.conffiles)
    more = [recipe.File(f"{base}.list", 0o644, listed.encode()),
            recipe.File(f"{base}.conffiles", 0o644, names.encode()),
            recipe.File(f"{base}.conffiles_static", 0o644, sums.encode())]
    return sorted([*wanted, *more], key=lambda file: file.path.encode())


def make(package, wanted):
    """The bytes of the package."""
    entries = files(package, wanted)
    tree = adb.Tree()
    identity, hole = tree.hole(IDENTITY_BYTES)
    paths, contents = layout(tree, entries, package.epoch)
    description = tree.finish(tree.object({
        PKG_INFO: info(tree, package, identity, recipe.size(entries)),
        PKG_PATHS: paths,
        PKG_SCRIPTS: scripts(tree, package),
    }))
    digest = hashlib.sha256(description).digest()
    description[hole:hole + IDENTITY_BYTES] = digest[:IDENTITY_BYTES]
    blocks = [adb.block(adb.BLOCK_TREE, bytes(description))]
    blocks += [adb.block(adb.BLOCK_DATA, struct.pack("<II", path, file) + data)
               for path, file, data in contents]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    plain = adb.container(SCHEMA_PACKAGE, blocks)
    return COMPRESSED + packer.compress(plain) + packer.flush()


def info(tree, package, identity, size):
    """Name, version and the like."""
    depends = [tree.object({DEP_NAME: tree.blob(one)}) for one in package.depends]
    # A name with a version can be had from one package at a time: apk's way to say that this
    # one and the one of that name exclude each other.
    provides = [tree.object({DEP_NAME: tree.blob(one), DEP_VERSION: tree.blob(package.version)})
                for one in package.provides]
    return tree.object({
        NAME: tree.blob(package.name),
        VERSION: tree.blob(package.version),
        IDENTITY: identity,
        DESCRIPTION: tree.blob(package.description),
        ARCH: tree.blob(package.arch),
        LICENSE: tree.blob(package.license),
        ORIGIN: tree.blob(package.source),
        MAINTAINER: tree.blob(package.maintainer),
        INSTALLED_SIZE: tree.integer(size),
        PRIORITY: tree.integer(PREFERRED) if package.preferred else adb.NULL,
        DEPENDS: tree.array(depends),
        PROVIDES: tree.array(provides),
    })


def layout(tree, entries, epoch):
    """All directories with their files, and where each file's content goes: (path, file, data)."""
    paths, contents = [], []
    for path_index, path in enumerate(recipe.directories(entries), 1):
        # By name within its directory: apk finds them in this order.
        inside = sorted((entry.path.rpartition("/")[2].encode(), entry) for entry in entries
                        if entry.path.rpartition("/")[0] == path)
        paths.append(tree.object({
            DIR_NAME: tree.blob(path),
            DIR_ACL: acl(tree, 0o755),
            DIR_FILES: tree.array([file(tree, *one, epoch) for one in inside]),
        }))
        contents += [(path_index, file_index, entry.data)
                     for file_index, (_, entry) in enumerate(inside, 1) if entry.data]
    return tree.array(paths), contents


def file(tree, name_in_directory, entry, epoch):
    """A file or a link; a link has what it points to in place of a content."""
    fields = {FILE_NAME: tree.blob(name_in_directory), FILE_ACL: acl(tree, entry.mode),
              FILE_MTIME: tree.integer(epoch)}
    if entry.target:
        target = entry.target.encode()
        fields[FILE_SIZE] = tree.integer(len(target))
        fields[FILE_TARGET] = tree.blob(struct.pack("<H", LINK_MODE) + target)
    else:
        fields[FILE_SIZE] = tree.integer(len(entry.data))
        fields[FILE_HASH] = tree.blob(hashlib.sha256(entry.data).digest())
    return tree.object(fields)


def acl(tree, mode):
    """Root's, with a mode."""
    return tree.object({ACL_MODE: tree.integer(mode), ACL_USER: tree.blob("root"),
                        ACL_GROUP: tree.blob("root")})


def scripts(tree, package):
    """The scripts apk runs, as OpenWrt's builds make them."""
    common = SCRIPT.replace("NAME", package.name)
    install = UNLESS_TOLD + common + "add_group_and_user\ndefault_postinst\n"
    return tree.object({
        POST_INSTALL: tree.blob(SHELL + install),
        PRE_DEINSTALL: tree.blob(SHELL + common + "default_prerm\n"),
        POST_UPGRADE: tree.blob(SHELL + UPGRADE + install),
    })
