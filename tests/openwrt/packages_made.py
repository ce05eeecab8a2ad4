"""How the packages are made: always the same, whoever makes them; and damage does not pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from packages_read import Broken, read
from packages_shop import (ARCHES, EPOCH, ROOT, VARIANTS, Skip, case, copy_tree, equal,
                           has_toolchain, pack, program_path, run, slow)

SDK = Path(__file__).resolve().parent / "sdk"


@case
def same_bytes_again(workshop):
    """Packed again, all packages are the same; with another date all differ."""
    again = workshop.directory / "again"
    pack(ROOT, again)
    pack(ROOT, workshop.directory / "later", epoch=EPOCH + 1)
    for *_, path, _ in workshop.packages:
        below = path.relative_to(workshop.out)
        equal(f"{below} again", (again / below).read_bytes() == path.read_bytes(), True)
        later = (workshop.directory / "later" / below).read_bytes()
        equal(f"{below} with another date", later == path.read_bytes(), False)


@case
def same_bytes_elsewhere(workshop):
    """Packed from another path by somebody of other habits, all packages are the same."""
    other = copy_tree(workshop.directory / "else where" / "deeper")
    for target in {*ARCHES.values()}:
        for variant in VARIANTS.values():
            path = program_path(target, variant, other)
            path.parent.mkdir(parents=True)
            shutil.copyfile(program_path(target, variant), path)
    # Modes and dates of the checkout do not count, nor do umask, language and time zone.
    for path in (other / "openwrt/files").rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o777 if path.is_dir() else 0o640)
    habits = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "tr_TR.UTF-8",
              "TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "7"}
    out = workshop.directory / "elsewhere"
    run(["sh", "-c", 'umask 077; exec "$0" "$@"', other / "openwrt/pack", "--out", out],
        env=habits, cwd="/")
    for *_, path, _ in workshop.packages:
        below = path.relative_to(workshop.out)
        equal(str(below), (out / below).read_bytes() == path.read_bytes(), True)


@case
def the_date_when_none_is_given(workshop):
    """Without SOURCE_DATE_EPOCH it is the last commit's date, without one the release's."""
    if (ROOT / ".git").exists():
        date = run(["git", "-C", ROOT, "log", "-1", "--format=%ct"]).decode().strip()
        said = pack(ROOT, workshop.directory / "dated", "mips_24kc", epoch=None)
        equal("said", f"dated {date} by the last commit" in said, True)
    bare = copy_tree(workshop.directory / "bare")
    (bare / "target").symlink_to(ROOT / "target")
    source = (ROOT / "src/applets/mod.rs").read_text("utf-8")
    date = re.search(r"RELEASED: u64 = ([\d_]+)", source)[1].replace("_", "")
    said = pack(bare, workshop.directory / "undated", "mips_24kc", epoch=None)
    equal("said", f"dated {date} by the release" in said, True)


@case
def damage_is_noticed(workshop):
    """With any byte changed or the end cut off a package is refused by the reader."""
    for *_, path, _ in workshop.packages[:2]:
        raw = path.read_bytes()
        damaged = workshop.directory / "damaged"
        places = [*range(20), *range(20, len(raw), len(raw) // 60), *range(len(raw) - 9, len(raw))]
        for place in places:
            damaged.write_bytes(raw[:place] + bytes([raw[place] ^ 0xff]) + raw[place + 1:])
            refused(damaged, f"{path.name} with byte {place} changed")
        for length in (0, 3, 100, len(raw) // 2, len(raw) - 1):
            damaged.write_bytes(raw[:length])
            refused(damaged, f"{path.name} cut to {length} bytes")
        damaged.write_bytes(raw + b"\0")
        refused(damaged, f"{path.name} with a byte more")


def refused(path, what):
    """Fails if the reader takes a file for a package."""
    try:
        read(path)
    except Broken:
        return
    raise AssertionError(f"{what} was read as if nothing were wrong")


@case
def real_tars_read_ipk(workshop):
    """GNU tar and busybox tar unpack an .ipk as the reader understands it."""
    for tar in (["tar"], ["busybox", "tar"]):
        for kind, _, _, path, package in workshop.packages[:4]:
            if kind != "ipk":
                continue
            into = Path(f"{workshop.directory}/{tar[0]}-{path.name}")
            (into / "root").mkdir(parents=True)
            run([*tar, "xzf", path, "-C", into])
            run([*tar, "xzpf", into / "data.tar.gz", "-C", into / "root"])
            for name, item in package.items.items():
                found = into / "root" / name
                if item.kind == "link":
                    equal(name, os.readlink(found), item.target)
                    continue
                equal(name, found.stat().st_mode & 0o7777, item.mode)
                if item.kind == "file":
                    equal(name, found.read_bytes() == item.data, True)
                    equal(name, int(found.stat().st_mtime), EPOCH)


def feed(target, variant, **variables):
    """Asks make for a target of the feed Makefile, with a stand-in for the SDK."""
    words = [f"{name}={value}" for name, value in variables.items()]
    return run(["make", "-s", "-C", ROOT / "openwrt", f"TOPDIR={SDK}", f"BUILD_VARIANT={variant}",
                *words, target]).decode()


@case
def the_feed_installs_the_same(workshop):
    """The feed Makefile, run by make, installs what the packer packs, and says the same of it."""
    for kind, arch, name, package in workshop.each("ipk"):
        if arch != "mips_24kc":
            continue
        variant = VARIANTS[name]
        built = workshop.directory / variant
        (built / "bin").mkdir(parents=True)
        (built / "bin/ddnsbox").write_bytes(package.items["usr/bin/ddnsbox"].data)
        into = workshop.directory / f"feed-{variant}"
        feed(f"install-{name}", variant, DESTDIR=into, PKG_INSTALL_DIR=built)
        found = {str(path.relative_to(into)): path for path in into.rglob("*")}
        equal(name, found.keys(), package.items.keys())
        for path, item in package.items.items():
            if item.kind == "link":
                equal(path, os.readlink(found[path]), item.target)
            else:
                equal(path, found[path].stat().st_mode & 0o7777, item.mode)
            if item.kind == "file":
                equal(path, found[path].read_bytes() == item.data, True)
        says = dict(line.split("=", 1) for line in feed("show", variant).splitlines())
        equal(f"{kind} description", says[f"{name} description"], package.fields["Description"])
        # What is not in the package is not in opkg's list either.
        equal("conffiles", [one for one in says[f"{name} conffiles"].split()
                            if one[1:] in package.items], package.conffiles)
        equal("provides", says[f"{name} PROVIDES"], package.fields.get("Provides", ""))
        equal("users", says[f"{name} USERID"], package.fields.get("Require-User", ""))
        equal("depends", says[f"{name} DEPENDS"].split()[1:],
              [f"+{one}" for one in package.fields.get("Depends", "").split()])


@case
def the_feed_builds_the_variants(_workshop):
    """Each variant has its features, ours override the SDK's profile, no path gets in."""
    for variant, features in (("full", "full"), ("mini", "cf-ddns-sync"),
                              ("rfc2136", "pydyndns"), ("ipv6ddns", "ipv6ddns")):
        said = dict(line.split("=", 1) for line in
                    feed("show", variant, PKG_BUILD_DIR="/build_dir/x").splitlines())
        equal("features", said["RUST_PKG_FEATURES"], features)
        equal("arguments", said["CARGO_PKG_ARGS"], "--locked --no-default-features")
        # As a shell does with assignments before a command: the last one counts.
        profile = dict(word.split("=", 1) for word in said["CARGO_PKG_VARS"].split())
        equal("panic", profile["CARGO_PROFILE_RELEASE_PANIC"], "abort")
        equal("overflow", profile["CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS"], "false")
        equal("flags", said["CARGO_RUSTFLAGS"].split()[1:], [
            "--remap-path-prefix=/build_dir/x=ddnsbox", "--remap-path-prefix=/cargo-home=cargo"])
        equal("licence", (said["PKG_LICENSE"], said["PKG_LICENSE_FILES"]), ("MIT", "LICENSE"))
        equal("exclusion", [said[f"{name} CONFLICTS"] for name in VARIANTS],
              ["", "ddnsbox", "ddnsbox ddnsbox-mini", "ddnsbox ddnsbox-mini ddnsbox-rfc2136"])


@case
def the_feed_takes_all_sources(workshop):
    """What the feed copies to its build directory is a package cargo understands."""
    into = workshop.directory / "feed-sources"
    feed("prepare", "full", PKG_BUILD_DIR=into)
    cargo = shutil.which("cargo")
    if cargo is None:
        raise Skip("cargo is not installed")
    said = run([cargo, "metadata", "--no-deps", "--offline", "--locked", "--format-version", "1"],
               cwd=into).decode()
    equal("name", '"name":"ddnsbox"' in said, True)
    for path in (ROOT / "src").rglob("*.rs"):
        equal(str(path), (into / path.relative_to(ROOT)).is_file(), True)


@case
def the_packer_refuses_what_is_wrong(workshop):
    """Another architecture's program, a file the feed forgot or another version is an error."""
    def spoil(change):
        tree = copy_tree(workshop.directory / change.__name__)
        for target in ("mips", "mipsel"):
            for variant in VARIANTS.values():
                path = program_path(target, variant, tree)
                path.parent.mkdir(parents=True)
                shutil.copyfile(program_path(target, variant), path)
        change(tree)
        done = subprocess.run([tree / "openwrt/pack", "mips_24kc"], capture_output=True,
                              text=True, check=False)
        equal(f"{change.__name__}: exit status", done.returncode, 1)
        packed = list(tree.glob("target/openwrt/packages/*/*"))
        equal(f"{change.__name__}: packages", packed, [])
        return done.stderr

    def other_order(tree):
        shutil.copyfile(program_path("mipsel", "full"), program_path("mips", "full", tree))

    def no_program(tree):
        program_path("mips", "full", tree).write_text("#!/bin/sh\n", "utf-8")

    def dynamic_program(tree):
        shutil.copyfile(sys.executable, program_path("mips", "full", tree))

    def forgotten(tree):
        (tree / "openwrt/files/etc/config/more").write_text("", "utf-8")

    def other_version(tree):
        path = tree / "openwrt/Makefile"
        path.write_text(re.sub("PKG_VERSION:=.*", "PKG_VERSION:=9.9.9", path.read_text("utf-8")),
                        "utf-8")

    for change, words in ((other_order, "not for mips"), (no_program, "not an ELF file"),
                          (dynamic_program, "not for mips"), (forgotten, "etc/config/more"),
                          (other_version, "9.9.9")):
        said = spoil(change)
        equal(f"{change.__name__}: {said!r}", words in said, True)


@slow
def the_program_elsewhere(workshop):
    """Built from another path with another cargo home's path, the program has the same bytes."""
    if not has_toolchain():
        raise Skip("no toolchain")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    other = copy_tree(workshop.directory / "other" / "place" / "for it")
    home = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
    moved = workshop.directory / "cargo home"
    moved.symlink_to(home)
    # Not in target/openwrt: what lies there may be of another date.
    here = copy_tree(workshop.directory / "here")
    run([here / "openwrt/build", "mips", "mini"], env=environment)
    run([other / "openwrt/build", "mips", "mini"], env={**environment, "CARGO_HOME": str(moved)})
    one, two = (program_path("mips", "mini", tree).read_bytes() for tree in (here, other))
    equal("bytes", len(one), len(two))
    equal("same", one == two, True)
