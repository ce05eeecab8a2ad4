"""Scenarios of the file with the hosts' keys: made once, kept, mended, never served without."""

import base64
import os
import re

from applet import Applet
from box import A, B, HOST, KEY_FILE, OTHER, Box
from checks import equal, scenario, true
from subject import is_emulated, limit

KEY_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")
KEY_BYTES = 32
# Enough for two to be within each other's steps.
ROUNDS = 12


def check_keys(box, *hosts):
    """The file has one good line for each of these hosts; gives the keys."""
    lines = box.read(KEY_FILE).splitlines()
    equal("hosts", [line.split(" ")[0] for line in lines], list(hosts))
    keys = [line.split(" ")[1] for line in lines]
    true("keys", all(KEY_PATTERN.fullmatch(key) for key in keys), len(keys))
    equal("bytes", {len(base64.urlsafe_b64decode(key + "=")) for key in keys}, {KEY_BYTES})
    equal("different keys", len(set(keys)), len(keys))
    equal("mode", oct(box.mode()), oct(0o600))
    equal("files that were left", sorted(one for one in os.listdir(box.net.dir)
                                         if one.startswith(KEY_FILE) or ".tmp" in one), [KEY_FILE])
    return dict(zip(hosts, keys))


@scenario
def made_at_first_start():
    """Each host gets a key, in a file for the owner alone; a restart changes nothing."""
    with Box() as box:
        keys = check_keys(box, HOST, OTHER)
        before = os.stat(box.net.path(KEY_FILE))
        box.restart()
        equal("keys", check_keys(box, HOST, OTHER), keys)
        after = os.stat(box.net.path(KEY_FILE))
        equal("the file", (after.st_ino, after.st_mtime_ns), (before.st_ino, before.st_mtime_ns))
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def missing_ones_are_added():
    """A new host gets a key; those that are there stay, also what nobody registers any more."""
    with Box(start=False) as box:
        box.write(KEY_FILE, f"old.example.com {'o' * 43}\n{HOST.upper()} {'h' * 43}\n")
        box.start()
        lines = box.read(KEY_FILE).splitlines()
        equal("kept", lines[:2], [f"old.example.com {'o' * 43}", f"{HOST.upper()} {'h' * 43}"])
        equal("added", [line.split()[0] for line in lines[2:]], [OTHER])
        box.did(box.update(key="h" * 43, fqdn=HOST, ip=A), "created", A)
        answer = box.update(key="o" * 43, fqdn="old.example.com", ip=A)
        true("a host that is not registered", answer.status in (401, 403), answer)


@scenario
def empty_file():
    """The empty file that the guide has people make is filled, whatever its permissions."""
    for mode in (0o600, 0o644):
        with Box(start=False) as box:
            box.write(KEY_FILE, "", mode)
            box.start()
            check_keys(box, HOST, OTHER)


@scenario
def names_as_they_come():
    """Lists of hosts with blanks, empty items, capitals and repeats."""
    with Box(REGISTERED_FQDNS=f" {HOST} ,, {OTHER.upper()},{HOST},",
             ALLOWED_FQDNS=f"{OTHER} , {HOST.upper()}") as box:
        check_keys(box, HOST, OTHER)
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.did(box.update(fqdn=OTHER, ip=A), "created", A, key="example.com/office/A")


@scenario
def mounted_file():
    """A file that is a mount of its own cannot be replaced, so it is written where it is."""
    with Box(start=False) as box:
        source = box.write("outside", "")
        target = box.write(KEY_FILE, "")

        # In a mount namespace of its own, which ends with the program.
        box.net.by("unshare", "-m", "--propagation", "private", "sh", "-c",
                   f'mount --bind "{source}" "{target}" && exec "$@"', "sh")
        box.start()
        equal("inside", box.read(KEY_FILE), "")
        lines = box.read("outside").splitlines()
        equal("hosts", [line.split()[0] for line in lines], [HOST, OTHER])
        box.secrets |= {line.split()[1] for line in lines}
        box.did(box.update(key=lines[0].split()[1], fqdn=HOST, ip=A), "created", A)


@scenario
def unreadable_file():
    """A file that cannot be read or understood: it does not start, and says which file it is."""
    with Box(start=False) as box:
        path = box.net.path(KEY_FILE)
        os.mkdir(path)
        refused(box)
        os.rmdir(path)
        for text in ("\x00\x01\x02", f"{HOST}\n", f"{HOST} {'k' * 43} more\n",
                     f"{HOST} short\n", f"{HOST} {'k' * 43}\n{HOST} {'l' * 43}\n"):
            box.write(KEY_FILE, text)
            status = outcome(box)
            if status == 0:
                continue
            equal(f"the file after {text!r}", box.read(KEY_FILE), text)
        os.remove(path)
        box.given["PRE_SHARED_KEY_FILE"] = box.net.path("hetzner.py.out/pre-shared-key")
        refused(box)


def outcome(box):
    """What becomes of a start: 0 where it listens, else its exit status."""
    service = box.start(ready=False)
    try:
        box.wait_until_ready()
        service.end()
        return 0
    except Exception:  # pylint: disable=broad-except
        service.ended(service.process.wait(limit(10)))
        return service.process.returncode


def refused(box):
    """It does not start, and says why."""
    service = box.start(ready=False)
    status = service.process.wait(limit(20))
    true("exit status", status in (1, 2), status)
    service.join()
    name = os.path.basename(box.given["PRE_SHARED_KEY_FILE"])
    true("the file is not named", any(name in line for line in service.said()), service.said())


@scenario
def not_for_everybody():
    """A user who may not read the file cannot have it served without keys."""
    if is_emulated():
        return "not where it is emulated"
    with Box(start=False) as box:
        box.write(KEY_FILE, f"{HOST} {'k' * 43}\n")
        box.net.by("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        refused(box)
    return None


@scenario
def made_beforehand():
    """--make-keys makes them and ends, without a token or a port, and serves nobody."""
    with Box(start=False) as box:
        given = {"REGISTERED_FQDNS": f"{HOST},{OTHER}",
                 "PRE_SHARED_KEY_FILE": box.net.path(KEY_FILE)}
        program = Applet(box.net, "hetzner-dyndns", "--make-keys", environment=given, bare=True)
        program.ended(0)
        keys = check_keys(box, HOST, OTHER)
        program.secrets |= set(keys.values())
        program.check_secrets()
        program = Applet(box.net, "hetzner-dyndns", "--make-keys", environment=given, bare=True)
        program.ended(0)
        equal("keys", check_keys(box, HOST, OTHER), keys)
        box.start()
        equal("keys", check_keys(box, HOST, OTHER), keys)
        box.did(box.update(fqdn=HOST, ip=B), "created", B)


@scenario
def never_through_a_link():
    """A link where a temporary file could be expected is not followed."""
    with Box(start=False) as box:
        victim = box.write("victim", "mine\n")
        for name in (f"{KEY_FILE}.tmp", f".{KEY_FILE}.tmp", f"{KEY_FILE}.new"):
            os.symlink(victim, box.net.path(name))
        status = outcome(box)
        equal("the link's file", box.read("victim"), "mine\n")
        true("status", status in (0, 1, 2), status)


@scenario
def two_at_once():
    """Two that start at once agree on the keys."""
    with Box(start=False) as box:
        given = {"REGISTERED_FQDNS": ",".join(f"h{one}.example.com" for one in range(50)),
                 "PRE_SHARED_KEY_FILE": box.net.path(KEY_FILE)}
        for _ in range(ROUNDS):
            programs = [Applet(box.net, "hetzner-dyndns", "--make-keys", environment=given,
                                bare=True) for _ in range(4)]
            for program in programs:
                program.ended(0)
            check_keys(box, *given["REGISTERED_FQDNS"].split(","))
            os.remove(box.net.path(KEY_FILE))
