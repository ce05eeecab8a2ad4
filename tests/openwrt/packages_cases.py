"""What the packages must hold, each as a case played on packages made for the purpose."""

import hashlib
import os
import re
import struct
from pathlib import Path

from packages_shop import (ARCHES, EPOCH, ROOT, USERS, VARIANTS, case, emulate, equal,
                           program_path, run)

FILES = {
    "etc/config/ddnsbox": 0o600,
    "etc/hotplug.d/iface/95-ddnsbox": 0o644,
    "etc/hotplug.d/ntp/95-ddnsbox": 0o644,
    "etc/init.d/ddnsbox": 0o755,
    "usr/bin/ddnsbox": 0o711,
    "usr/lib/ddnsbox/cf_ddns_sync.sh": 0o644,
    "usr/lib/ddnsbox/ddns_gateway.sh": 0o644,
    "usr/lib/ddnsbox/event": 0o755,
    "usr/lib/ddnsbox/functions.sh": 0o644,
    "usr/lib/ddnsbox/hetzner_dyndns.sh": 0o644,
    "usr/lib/ddnsbox/ipv6ddns.sh": 0o644,
    "usr/lib/ddnsbox/pydyndns.sh": 0o644,
    "usr/lib/ddnsbox/run": 0o755,
    "usr/lib/ddnsbox/status.sh": 0o644,
    "usr/lib/ddnsbox/update_dns.sh": 0o644,
    "usr/share/doc/ddnsbox/options": 0o644,
}
# What only packages with daemons have.
DAEMONS = {"etc/seccomp/ddnsbox.json": 0o644}
# What an upgrade of the system is to keep besides configuration files that are in the package.
KEEPS = {"ddnsbox": {"lib/upgrade/keep.d/ddnsbox": 0o644}}
LINKS = {
    "full": {f"usr/bin/{applet}": "ddnsbox" for applet in (
        "cf-ddns-sync", "ddns-gateway", "hetzner-dyndns", "ipv6ddns", "pydyndns", "update-dns")},
    "mini": {"usr/bin/cf-ddns-sync": "ddnsbox"},
    "rfc2136": {"usr/bin/pydyndns": "ddnsbox"},
    "ipv6ddns": {"usr/bin/ipv6ddns": "ddnsbox"},
}
# What a path of the building machine would begin with.
FOREIGN = (b"/tmp/", b"/root/", b"/home/", b"/build_dir/", b"/builds/", b"/rustc/",
           b".cargo", b"registry/src", b"rustlib", b"/usr/src", b"/usr/include", b"zig-cache")


def common(name):
    """The files that both kinds of package have, and their modes."""
    return {**FILES, **(DAEMONS if name in USERS else {})}


def own(name):
    """The files that only an .apk has: apk keeps no such lists by itself."""
    base = f"lib/apk/packages/{name}"
    users = {f"{base}.rusers": 0o644} if name in USERS else {}
    return {f"{base}.list": 0o644, f"{base}.conffiles": 0o644, f"{base}.conffiles_static": 0o644,
            **users}


@case
def every_package_is_there(workshop):
    """Both formats of the four packages for the three architectures, and no other file."""
    found = {path for path in workshop.out.rglob("*") if path.is_file()}
    equal("files", found, {one[3] for one in workshop.packages})
    equal("number", len(found), 24)


@case
def paths_modes_and_owners(workshop):
    """Exactly these files with these modes, root's, of the date given; directories 0755."""
    for kind, arch, name, package in workshop.each():
        where = f"{kind} {arch} {name}"
        modes = {**common(name), **KEEPS.get(name, {}), **(own(name) if kind == "apk" else {})}
        files = package.files()
        equal(where, {path: item.mode for path, item in files.items() if item.kind == "file"},
              modes)
        equal(where, {path: item.target for path, item in files.items() if item.kind == "link"},
              LINKS[VARIANTS[name]])
        parents = {str(parent) for path in files for parent in Path(path).parents} - {"."}
        folders = {path: item for path, item in package.items.items() if item.kind == "directory"}
        equal(f"{where}: directories", folders.keys(), parents)
        equal(f"{where}: their modes", {item.mode for item in folders.values()}, {0o755})
        root = (0, 0, "", "") if kind == "ipk" else ("root", "root")
        equal(f"{where}: owners", {item.owner for item in package.items.values()}, {root})
        equal(f"{where}: dates", {item.mtime for item in files.values()}, {EPOCH})


@case
def contents(workshop):
    """Each file is that of openwrt/files or the program, byte for byte; nothing is left out."""
    base = ROOT / "openwrt/files"
    shipped = {str(path.relative_to(base)) for path in base.rglob("*") if path.is_file()}
    equal("files in openwrt/files", shipped | {"usr/bin/ddnsbox"}, {**FILES, **DAEMONS}.keys())
    for kind, arch, name, package in workshop.each():
        program = program_path(ARCHES[arch], VARIANTS[name]).read_bytes()
        for path in common(name):
            expected = program if path == "usr/bin/ddnsbox" else (base / path).read_bytes()
            if package.items[path].data != expected:
                raise AssertionError(f"{kind} {arch} {name}: {path} differs")


@case
def control_fields(workshop):
    """Name, version, dependency, exclusion and the rest, in opkg's words and in apk's."""
    excludes = {name: ", ".join(sorted(VARIANTS.keys() - {name})) for name in VARIANTS}
    version = f"{workshop.version}-r1"
    for _, arch, name, package in workshop.each("ipk"):
        fields = dict(package.fields)
        equal("description", "router" in fields.pop("Description"), True)
        equal("provides", fields.pop("Provides", None), None if name == "ddnsbox" else "ddnsbox")
        # Without TLS there are no certificates to look at.
        equal("depends", fields.pop("Depends", None), None if "2136" in name else "ca-bundle")
        equal("users", fields.pop("Require-User", None), USERS.get(name))
        equal(f"{arch} {name}", fields, {
            "Package": name, "Version": version, "Conflicts": excludes[name],
            "SourceName": "ddnsbox", "License": "MIT",
            "LicenseFiles": "LICENSE", "Section": "net", "SourceDateEpoch": str(EPOCH),
            "Maintainer": "ddnsbox developers", "Architecture": arch,
            "Installed-Size": str(package.unpacked_bytes)})
    for _, arch, name, package in workshop.each("apk"):
        fields = dict(package.fields)
        equal("hash", len(fields.pop("hashes")), 20)
        equal("description", "router" in fields.pop("description"), True)
        # Provided with a version a name excludes the package of that name; the full one is
        # preferred where neither was asked for.
        more = ({"provider-priority": 100} if name == "ddnsbox" else
                {"provides": [f"ddnsbox={version}"]})
        if "2136" not in name:
            more["depends"] = ["ca-bundle"]
        equal(f"{arch} {name}", fields, {
            "name": name, "version": version, "arch": arch, "license": "MIT", "origin": "ddnsbox",
            "maintainer": "ddnsbox developers", "installed-size": package.unpacked_bytes,
            **more})


@case
def conffiles(workshop):
    """/etc/config/ddnsbox is a configuration file; apk's lists say so with its hash. Keys stay."""
    config = (ROOT / "openwrt/files/etc/config/ddnsbox").read_bytes()
    for kind, _, name, package in workshop.each():
        # apk's list has what is kept, too, of which opkg only knows what is in the package.
        kept = ["/etc/ddnsbox/"] if name in KEEPS else []
        equal(kind, package.conffiles, ["/etc/config/ddnsbox", *(kept if kind == "apk" else [])])
        for path in KEEPS.get(name, {}):
            equal("kept", package.items[path].data.decode().split(), kept)
        if kind == "apk":
            base = f"lib/apk/packages/{name}"
            equal("sums", package.items[f"{base}.conffiles_static"].data.decode(),
                  f"/etc/config/ddnsbox {hashlib.sha256(config).hexdigest()}\n")
            # OpenWrt's builds make this one before the list, the others after it.
            users = {f"{base}.rusers": USERS[name]} if name in USERS else {}
            equal("users", {path: package.items[path].data.decode() for path in users},
                  {path: f"{text}\n" for path, text in users.items()})
            listed = sorted([*common(name), *KEEPS.get(name, {}), *LINKS[VARIANTS[name]], *users])
            equal("list", package.items[f"{base}.list"].data.decode(),
                  "".join(f"/{path}\n" for path in listed))


@case
def scripts_call_what_openwrt_has(workshop):
    """The scripts load functions.sh and call its defaults; without it they do nothing."""
    root = workshop.directory / "root"
    library = root / "lib/functions.sh"
    says = 'echo "NAME $# root=$root name=$pkgname up=$PKG_UPGRADE"; '
    functions = "".join(f"{name}() {{ {says.replace('NAME', name)} }}\n" for name in
                        ("default_postinst", "default_prerm", "add_group_and_user"))
    for kind, _, name, package in workshop.each():
        ended = f"root={root} name={name} up="
        expected = {
            "ipk": {"postinst": "default_postinst 2 root= name= up=\n",
                    "prerm": "default_prerm 2 root= name= up=\n"},
            "apk": {"post-install": f"add_group_and_user 0 {ended}\ndefault_postinst 0 {ended}\n",
                    "post-upgrade": f"add_group_and_user 0 {ended}1\ndefault_postinst 0 {ended}1\n",
                    "pre-deinstall": f"default_prerm 0 {ended}\n"}}[kind]
        equal(f"{kind} scripts", package.scripts.keys(), expected.keys())
        for script, text in package.scripts.items():
            path = workshop.directory / script
            path.write_text(text, "utf-8")
            equal(script, text.splitlines()[0], "#!/bin/sh")
            shell = ["busybox", "ash", path, *(["upgrade"] if kind == "ipk" else [])]
            environment = {"IPKG_INSTROOT": str(root), "PATH": os.environ["PATH"]}
            library.unlink(missing_ok=True)
            equal(f"{script} without functions.sh", run(shell, env=environment), b"")
            library.parent.mkdir(parents=True, exist_ok=True)
            library.write_text(functions, "utf-8")
            equal(script, run(shell, env=environment).decode(), expected[script])


@case
def versions_agree(workshop):
    """Cargo.toml, the feed Makefile, the packages and the program itself name one version."""
    makefile = (ROOT / "openwrt/Makefile").read_text("utf-8")
    equal("Makefile", re.search(r"^PKG_VERSION:=(.*)$", makefile, re.MULTILINE)[1],
          workshop.version)
    for kind, arch, name, package in workshop.each():
        equal("version", package.fields["Version" if kind == "ipk" else "version"],
              f"{workshop.version}-r1")
        if kind == "apk":
            equal("program", emulate(workshop, arch, package, "--version"),
                  f"ddnsbox {workshop.version}\n")


@case
def a_link_for_each_applet(workshop):
    """The links are the applets the program itself lists, no more and no fewer."""
    for _, arch, _, package in workshop.each("ipk"):
        said = emulate(workshop, arch, package)
        listed = re.findall(r"^  (\S+)  ", said.partition("Applets:\n")[2], re.MULTILINE)
        links = [path for path, item in package.items.items() if item.kind == "link"]
        equal("links", sorted(links), sorted(f"usr/bin/{applet}" for applet in listed))


@case
def programs_are_static_and_nobodys(workshop):
    """Each program is a static MIPS32r2 soft-float ELF of its byte order, and holds no path."""
    for kind, arch, name, package in workshop.each():
        data = package.items["usr/bin/ddnsbox"].data
        order = ">" if ARCHES[arch] == "mips" else "<"
        where = f"{kind} {arch} {name}"
        equal(where, data[:6], b"\x7fELF\x01" + (b"\x02" if order == ">" else b"\x01"))
        kind_of_file, machine = struct.unpack_from(order + "HH", data, 16)
        equal(f"{where}: executable for MIPS", (kind_of_file, machine), (2, 8))
        start, = struct.unpack_from(order + "I", data, 28)
        flags, = struct.unpack_from(order + "I", data, 36)
        equal(f"{where}: o32, MIPS32r2", (flags & 0xf000, flags >> 28), (0x1000, 7))
        size, count = struct.unpack_from(order + "HH", data, 42)
        kinds = {struct.unpack_from(order + "I", data, start + size * i)[0] for i in range(count)}
        equal(f"{where}: interpreter or dynamic part", kinds & {2, 3}, set())
        equal(f"{where}: paths", [word for word in FOREIGN if word in data], [])
        equal(f"{where}: this path", str(ROOT).encode() in data, False)
