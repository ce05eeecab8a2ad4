"""Scenarios that look for secrets wherever somebody else could: logs, answers, processes."""

import os
import time

from applet import Applet
from box import (A, A_V6, B, BASIC_PASSWORD, BASIC_USER, ENV_FILE, HOST, LOG_FILE, OTHER, Box,
                 basic)
from checks import equal, scenario, true
from processes import read_proc
from standins import TOKEN


def everything(box):
    """Asks for all there is, well and badly."""
    key = box.keys()[HOST]
    good = basic(BASIC_USER, BASIC_PASSWORD)
    box.did(box.update(fqdn=HOST, ip=A), "created", A)
    box.update(key="", headers=good, fqdn=OTHER, ip=A)
    box.update(key=key, fqdn=OTHER, ip=A)
    box.update(key=key, fqdn=HOST, ip=key)
    box.update(key=key, fqdn=HOST, ip=A, type=key)
    box.nic(hostname=HOST, myip=f"{B},{A_V6}")
    box.nic(hostname=OTHER, myip=B, user="office", key=key)
    for target in (f"/nic/update?hostname={HOST}&myip={A}&user=home&pass={key}",
                   f"/nic/update?hostname={HOST}&username=home&password={key}&myip=x",
                   f"/nic/update?pass={key}&user=home", f"/nothing?pass={key}",
                   f"/update?pass={key}", f"/nic/update?hostname={key}&pass={key}"):
        box.ask("GET", target)
    box.ask("PUT", "/update", {"X-Pre-Shared-Key": key})
    box.ask("POST", "/update", {"X-Pre-Shared-Key": key, "Content-Type": "application/json"},
            b'{"fqdn":"' + key.encode())
    for fault in ({"do": "reply", "status": 401, "body": '{"error":{"code":"unauthorized",'
                   f'"message":"token {TOKEN} is wrong"}}}}'},
                  {"do": "reply", "status": 500, "body": f"<html>{TOKEN}</html>"},
                  {"do": "raw", "text": f"{TOKEN}\r\n\r\n"}, {"do": "close"}):
        box.hetzner.fault(**fault)
        box.update(fqdn=HOST, ip=B)
        box.nic(hostname=HOST, myip=A)
    box.hetzner.well()
    box.update(fqdn=HOST, ip=A_V6, type="AAAA")


@scenario
def nowhere_to_be_seen():
    """With DEBUG_LOGGING no secret is in logs, answers, messages, arguments or environments."""
    with Box(start=False, ntfy_locked=True, BASIC_AUTH_USERNAME=BASIC_USER,
             BASIC_AUTH_PASSWORD=BASIC_PASSWORD, DEBUG_LOGGING="1") as box:
        path = box.write(ENV_FILE, "".join(f"{name}={value}\n" for name, value in
                                           box.given.items()))
        box.start("--env-file", path, environment={})
        everything(box)
        time.sleep(0.3)
        own = "".join(read_proc(box.service.pid, name).decode("latin-1")
                      for name in ("cmdline", "environ"))
        box.service.check_secrets(("its own process", own))
        true("no child was seen", box.service.children_seen)
        true("little is said", len(box.service.said()) > 10, box.service.said())


@scenario
def nowhere_in_the_file():
    """The same with LOG_FILE."""
    with Box(start=False, BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=BASIC_PASSWORD,
             DEBUG_LOGGING="1") as box:
        box.given["LOG_FILE"] = box.net.path(LOG_FILE)
        box.start()
        everything(box)
        true("nothing is in the file", box.read(LOG_FILE))


@scenario
def children_know_little():
    """A child's environment has nothing but PATH and where certificates are."""
    with Box({"home/A": [B]}) as box:
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        child = box.service.wait_for_child()
        names = {one.split(b"=")[0].decode() for one in read_proc(child, "environ").split(b"\0")
                 if one}
        true("names", names <= {"PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"}, names)
        equal("open files", [one for one in descriptors(child) if "socket" in one], [])


def descriptors(pid):
    """What a process has open."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            pass
    return found


@scenario
def keys_made_quietly():
    """Keys that are made are not told, with DEBUG_LOGGING neither."""
    with Box(DEBUG_LOGGING="1") as box:
        box.service.check_secrets()
        program = Applet(box.net, "hetzner-dyndns", "--make-keys", environment=box.given |
                          {"REGISTERED_FQDNS": "new.example.com"}, bare=True)
        program.ended(0)
        program.secrets = set(box.keys().values())
        program.check_secrets()


@scenario
def same_words_for_strangers():
    """A wrong key and an unknown host get the same answer, byte for byte."""
    with Box() as box:
        known = box.update(key="wrong", fqdn=HOST, ip=A)
        unknown = box.update(key="wrong", fqdn="x.example.com", ip=A)
        equal("answers", (known.status, known.text), (unknown.status, unknown.text))
        known = box.nic(hostname=HOST, myip=A, user="home", key="wrong")
        unknown = box.nic(hostname="x.example.com", myip=A, user="x", key="wrong")
        equal("answers", (known.status, known.text), (unknown.status, unknown.text))
