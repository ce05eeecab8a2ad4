"""What goes into the packages: read from the feed Makefile, Cargo.toml and files/."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

# The modes of the SDK's install commands.
MODES = {"BIN": 0o755, "DATA": 0o644, "CONF": 0o600}
INSTALL = re.compile(r"^\t\$\(INSTALL_(BIN|DATA|CONF)\) (\S+) \$\(1\)/(\S+)$", re.MULTILINE)
PROGRAM = "$(PKG_INSTALL_DIR)/bin/ddnsbox"
INCLUDED = re.compile(r"^\t\$\(call (\S+),\$\(1\)\)$", re.MULTILINE)
LOCAL = "./files/"


@dataclass(frozen=True)
class Package:
    """One package for one architecture."""

    name: str
    version: str
    arch: str
    epoch: int
    variant: str
    applets: tuple
    depends: tuple
    provides: tuple
    conflicts: tuple
    users: str
    preferred: bool
    description: str
    section: str
    license: str
    license_files: str
    maintainer: str
    source: str
    conffiles: tuple
    keeps: tuple
    installs: tuple


@dataclass(frozen=True)
class File:
    """A regular file, or a symbolic link where there is a target."""

    path: str
    mode: int
    data: bytes = b""
    target: str = ""


class Feed:
    """The parts of the feed Makefile that say what a package is."""

    def __init__(self, text):
        self.text = text
        self.values = dict(re.findall(r"^(\w+):=(.*)$", text, re.MULTILINE))
        self.blocks = dict(re.findall(r"^define (\S+)\n(.*?)^endef$", text,
                                      re.MULTILINE | re.DOTALL))
        # One package may take over the text of another.
        for new, old in re.findall(r"^(\S+)=\$\((\S+)\)$", text, re.MULTILINE):
            self.blocks[new] = self.blocks[old]

    def names(self):
        """The packages, in the order of the file."""
        return re.findall(r"call BuildPackage,(\S+?)\)", self.text)

    def fields(self, name):
        """What is set for a package, with what it inherits."""
        block = self.blocks[f"Package/{name}"]
        for base in re.findall(r"\$\(call (\S+)\)", block):
            block = self.blocks[base] + block
        return dict(re.findall(r"^  (\w+):=(.*)$", block, re.MULTILINE))

    def installs(self, name):
        """What a package installs, with what it takes from another: (command, source, path)."""
        def block(name):
            return INCLUDED.sub(lambda call: block(call[1]), self.blocks[name])
        return tuple(INSTALL.findall(block(f"Package/{name}/install")))


def version(root, feed):
    """That of Cargo.toml with the release of the packaging; the feed Makefile has to agree."""
    cargo = (root / "Cargo.toml").read_text(encoding="utf-8")
    found = re.search(r'^version = "([^"]+)"$', cargo, re.MULTILINE)[1]
    if feed.values["PKG_VERSION"] != found:
        raise SystemExit(f"openwrt/pack: openwrt/Makefile has {feed.values['PKG_VERSION']}, "
                         f"Cargo.toml {found}")
    return f"{found}-r{feed.values['PKG_RELEASE']}"


def packages(root, arch, epoch):
    """All packages for an architecture."""
    feed = Feed((root / "openwrt/Makefile").read_text(encoding="utf-8"))
    fields = {name: feed.fields(name) for name in feed.names()}
    found = [package(root, feed, name, fields, arch, epoch) for name in fields]
    nothing_forgotten(root, found)
    return found


def nothing_forgotten(root, every):
    """All that lies in files/ has to be in a package."""
    base = root / "openwrt/files"
    there = {str(path.relative_to(base)) for path in base.rglob("*") if not path.is_dir()}
    there -= {source.removeprefix(LOCAL) for one in every for _, source, _ in one.installs}
    if there:
        raise SystemExit(f"openwrt/pack: not in openwrt/Makefile: {' '.join(sorted(there))}")


def package(root, feed, name, every, arch, epoch):
    """One package; `every` has the fields of all of them by name."""
    fields = every[name]
    words = {key: fields.get(key, "").split() for key in ("DEPENDS", "PROVIDES", "CONFLICTS")}
    installs = feed.installs(name)
    conffiles = sorted(feed.blocks[f"Package/{name}/conffiles"].split())
    installed = {f"/{path}" for _, _, path in installs}
    # The feed may say it only on one side; here nothing is in the way of saying it on both.
    conflicts = words["CONFLICTS"] + [
        other for other, its in every.items() if name in its.get("CONFLICTS", "").split()]
    return Package(
        name=name, version=version(root, feed), arch=arch, epoch=epoch,
        variant=fields["VARIANT"],
        applets=tuple(feed.values[f"APPLETS_{fields['VARIANT']}"].split()),
        depends=tuple(sorted(word[1:] for word in words["DEPENDS"] if word.startswith("+"))),
        provides=tuple(sorted(words["PROVIDES"])), conflicts=tuple(sorted(conflicts)),
        users=fields.get("USERID", ""), preferred=fields.get("DEFAULT_VARIANT") == "1",
        description=" ".join(feed.blocks[f"Package/{name}/description"].split()),
        section=fields["SECTION"], license=feed.values["PKG_LICENSE"],
        license_files=feed.values["PKG_LICENSE_FILES"],
        maintainer=feed.values["PKG_MAINTAINER"], source=feed.values["PKG_NAME"],
        conffiles=tuple(one for one in conffiles if one in installed),
        keeps=tuple(one for one in conffiles if one not in installed), installs=installs)


def files(root, wanted, program):
    """The files of a package, by path."""
    found = []
    for kind, source, path in wanted.installs:
        if source == PROGRAM:
            # As the feed's chmod: of a program that nobody can read nobody can read the memory.
            found.append(File(path, 0o711, program))
            continue
        data = (root / "openwrt/files" / source.removeprefix(LOCAL)).read_bytes()
        found.append(File(path, MODES[kind], data))
    found += [File(f"usr/bin/{applet}", 0o777, target="ddnsbox") for applet in wanted.applets]
    # As OpenWrt's builds do with configuration files that are not in the package.
    if wanted.keeps:
        listed = "".join(f"{one}\n" for one in wanted.keeps)
        found.append(File(f"lib/upgrade/keep.d/{wanted.name}", 0o644, listed.encode()))
    return sorted(found, key=lambda file: file.path)


def directories(entries):
    """Every directory above the files, sorted; the root is the empty name."""
    found = {""}
    for entry in entries:
        found |= {str(parent) for parent in PurePosixPath(entry.path).parents} - {"."}
    return sorted(found, key=str.encode)


def size(entries):
    """Bytes of the regular files."""
    return sum(len(entry.data) for entry in entries)
