#!/usr/bin/env python3
"""Fails where a crate of the program has a licence nobody has agreed to, or is in it twice."""

import json
import os
import subprocess
import sys

AGREED = {"0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
          "ISC", "MIT", "Unicode-3.0", "Zlib"}
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def is_agreed(licence):
    """Whether an expression in SPDX's words, with brackets round ORs only, can be agreed to."""
    if not licence:
        return False
    if "(" in licence:
        parts = [one.strip(" ()") for one in licence.split(" AND ")]
        return not any("(" in one for one in parts) and all(is_agreed(one) for one in parts)
    # The older way of saying OR has a stroke.
    return any(all(one in AGREED for one in choice.split(" AND "))
               for choice in licence.replace("/", " OR ").split(" OR "))


def linked(about):
    """The crates that go into the program, or that build it: not those of tests alone."""
    nodes = {node["id"]: node for node in about["resolve"]["nodes"]}
    found, todo = set(), [about["resolve"]["root"]]
    while todo:
        one = todo.pop()
        if one in found:
            continue
        found.add(one)
        todo += [dep["pkg"] for dep in nodes[one]["deps"]
                 if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])]
    return [package for package in about["packages"] if package["id"] in found]


def faults(crates):
    """A line for each crate that should not be there."""
    for crate in crates:
        if not is_agreed(crate["license"]):
            yield f"{crate['name']} {crate['version']}: licence {crate['license']}"
    names = sorted(crate["name"] for crate in crates)
    for name in sorted({name for name in names if names.count(name) > 1}):
        versions = " and ".join(crate["version"] for crate in crates if crate["name"] == name)
        yield f"{name}: in versions {versions}"


def main():
    """Says what is wrong, and fails then."""
    about = subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked"], check=True,
                           capture_output=True, cwd=ROOT)
    crates = linked(json.loads(about.stdout))
    found = list(faults(crates))
    print(*found or [f"{len(crates)} crates, all agreed to, each once"], sep="\n")
    sys.exit(1 if found else 0)


main()
