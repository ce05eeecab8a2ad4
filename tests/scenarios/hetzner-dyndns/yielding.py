"""Scenarios of power: what service and client give up, and what root's own files then are."""

import os
import re

from box import A, B, HOST, KEY_FILE, LOG_FILE, Box
from checks import Skipped, between, equal, scenario, true
from powers import expect_closed, expect_powerless, need_nobody, roots_directory

# 256 connections, its own, and those of children.
DESCRIPTORS_MAX = 300


@scenario
def powerless():
    """Started by root it is nobody, with no capability and no way back; so is its child."""
    with Box() as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        for pid in (box.service.children()[0], box.service.pid):
            expect_powerless(pid, DESCRIPTORS_MAX)
            expect_closed(pid)
        about = os.stat(box.net.path(KEY_FILE))
        equal("the keys' owner and mode", (about.st_uid, about.st_mode & 0o777),
              (os.geteuid(), 0o600))


@scenario
def log_that_cannot_be_rotated():
    """A log file among root's that is to be rotated: it says so, and keeps to its bound."""
    if os.geteuid() != 0:
        raise Skipped("not root")
    need_nobody()
    with roots_directory() as logs, Box(start=False) as box:
        path = os.path.join(logs, LOG_FILE)
        box.given |= {"LOG_FILE": path, "LOG_MAX_BYTES": "1000", "REQUEST_CACHE_TTL": "0"}
        box.start()
        for number in range(20):
            action = "updated" if number else "created"
            box.did(box.update(fqdn=HOST, ip=(B, A)[number % 2]), action, (B, A)[number % 2])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        warning = f"{path} cannot be rotated (directory not writable); truncated at 4000 bytes"
        true("no warning", warning in text, text)
        equal("lines", len(re.findall("created:|updated:", text)), 20)
        for number in range(60):
            box.update(fqdn=HOST, ip=f"x{number}")
            between("bytes", os.path.getsize(path), 0, 4000)
        equal("complaints", len([one for one in box.service.said() if "cannot log" in one]), 1)
