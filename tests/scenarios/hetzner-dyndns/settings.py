"""Scenarios of the settings: by environment and by file, each of them, good and bad."""

import os
import time

from applet import Applet
from box import A, A_V6, B, C, ENV_FILE, HOST, KEY, KEY_FILE, KEY_V6, OTHER, PORT, Box
from checks import equal, scenario, took, true
from net import HOME, HOME_V6, LOCAL, LOCAL_V6, PROXY, PROXY_V6
from standins import TOKEN
from subject import limit


@scenario
def by_file():
    """--env-file: comments, blank lines, quotes, `export`; the environment comes first."""
    with Box(start=False) as box:
        given = dict(box.given)
        text = "# secrets of the service\n\n   \n"
        text += f"HETZNER_TOKEN='{TOKEN}'\n"
        text += f'REGISTERED_FQDNS="{HOST},{OTHER}"\n'
        text += f"ALLOWED_FQDNS = {HOST}\n"
        text += "RECORD_TTL=4711\r\n"
        text += "LISTEN_PORT=1\n"
        rest = {name: value for name, value in given.items() if name not in (
            "HETZNER_TOKEN", "REGISTERED_FQDNS", "ALLOWED_FQDNS")}
        path = box.write(ENV_FILE, text)
        box.start("--env-file", path, environment=rest)
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        equal("ttl", box.hetzner.rrsets()[KEY]["ttl"], 4711)
        box.refused(box.update(fqdn=OTHER, ip=A), 403, "FQDN not allowed")


@scenario
def everything_by_file():
    """All of it from the file alone: nothing of it is in the environment of the process."""
    with Box(start=False, RECORD_TTL="120") as box:
        path = box.write(ENV_FILE, "".join(f"{name}={value}\n" for name, value in
                                           box.given.items()))
        box.start(f"--env-file={path}", environment={})
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        equal("ttl", box.hetzner.rrsets()[KEY]["ttl"], 120)


@scenario
def bad_files():
    """A file that is not there, or no settings: exit 2 before anything is made."""
    with Box(start=False) as box:
        cases = [("--env-file", box.net.path("no-such-file")), ("--env-file",),
                 ("--env-file", box.net.dir)]
        for arguments in cases:
            program = Applet(box.net, "hetzner-dyndns", *arguments, environment=box.given)
            program.secrets = {TOKEN}
            program.ended(2)
            true("nothing is said", program.said(), arguments)
        program = Applet(box.net, "hetzner-dyndns", "--env-file",
                          box.write(ENV_FILE, f"{TOKEN}\n"), environment={})
        program.secrets = {TOKEN}
        status = program.process.wait(limit(20))
        program.join()
        true("status", status in (1, 2), status)
        program.check_secrets()


@scenario
def wrong_usage():
    """Unknown options and arguments: exit 2; help and version: exit 0 on stdout."""
    with Box(start=False) as box:
        for arguments in (("--nonsense",), ("extra",), ("-x",)):
            program = Applet(box.net, "hetzner-dyndns", *arguments, environment=box.given)
            program.ended(2)
            equal("stdout", program.printed(), [])
        for arguments in (("--help",), ("-h",), ("--version",), ("-V",)):
            program = Applet(box.net, "hetzner-dyndns", *arguments, bare=True)
            program.ended(0)
            true("stdout", program.printed(), arguments)
            equal("stderr", program.said(), [])


@scenario
def numbers_that_are_none():
    """A number that is none: its default, and a warning that names it."""
    bad = {"RECORD_TTL": "6h", "ZONE_CACHE_TTL": "", "REQUEST_CACHE_TTL": "-1",
           "LOST_CONNECTION_TIMEOUT": "1e4", "CONNECTION_CHECK_INTERVAL": "\u0663",
           "LOG_MAX_BYTES": "1.5", "LOG_BACKUP_COUNT": "many"}
    with Box(**bad) as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        equal("ttl", box.hetzner.rrsets()[KEY]["ttl"], 21600)
        said = "\n".join(box.service.said())
        for name, value in bad.items():
            true(f"no warning of {name}", value == "" or name in said, said)


@scenario
def port_that_is_none():
    """A port that is none: the default, 80, and a warning."""
    with Box(start=False, LISTEN_PORT="http") as box:
        box.given["LISTEN_PORT"] = "http"
        given = dict(box.given)
        box.given["LISTEN_PORT"] = "80"
        box.start(environment=given)
        box.service.wait_for("LISTEN_PORT")
        box.did(box.update(fqdn=HOST, ip=A), "created", A)


@scenario
def record_ttl():
    """RECORD_TTL, 21600 without it and never less than 60, is what records are made with."""
    for given, ttl in ((None, 21600), ("300", 300), ("60", 60), ("1", 60), ("0", 60)):
        with Box(RECORD_TTL=given) as box:
            box.did(box.update(fqdn=HOST, ip=A), "created", A)
            equal(f"ttl for {given}", box.hetzner.rrsets()[KEY]["ttl"], ttl)


@scenario
def ttl_on_change():
    """A changed record has RECORD_TTL too, and its actions do not run into one another."""
    with Box({"home/A": {"values": [B], "ttl": 77}}, RECORD_TTL="600") as box:
        box.hetzner.settings(seconds=1, locks="zone")
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        equal("ttl", box.hetzner.rrsets()[KEY]["ttl"], 600)


@scenario
def request_cache():
    """A repeat within REQUEST_CACHE_TTL asks Hetzner nothing; after it, it is asked again."""
    with Box(REQUEST_CACHE_TTL="2") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.asked()
        box.did(box.update(fqdn=HOST, ip=A), "unchanged", A)
        box.told(box.nic(hostname=HOST, myip=A), f"nochg {A}")
        box.untouched()
        time.sleep(2.2)
        box.did(box.update(fqdn=HOST, ip=A), "unchanged", A)
        true("Hetzner is not asked", box.asked())
        box.did(box.update(fqdn=HOST, ip=B), "updated", B)
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)
        box.did(box.update(fqdn=HOST, ip=A_V6, type="AAAA"), "created", A_V6,
                key=KEY_V6)
        box.asked()
        box.did(box.update(fqdn=HOST, ip=A_V6, type="AAAA"), "unchanged", A_V6,
                key=KEY_V6)
        box.did(box.update(fqdn=HOST, ip=A), "unchanged", A)
        box.untouched()


@scenario
def no_request_cache():
    """REQUEST_CACHE_TTL=0: each request asks Hetzner."""
    with Box(REQUEST_CACHE_TTL="0") as box:
        box.did(box.update(fqdn=HOST, ip=A), "created", A)
        box.asked()
        box.did(box.update(fqdn=HOST, ip=A), "unchanged", A)
        true("Hetzner is not asked", box.asked())


@scenario
def failure_is_not_cached():
    """What has failed is not taken for done by the next request."""
    with Box({"home/A": [C]}) as box:
        box.hetzner.fault("reply", when="^POST", status=500)
        box.refused(box.update(fqdn=HOST, ip=A), 500, box.update(fqdn=HOST, ip=A)
                    .document["error"])
        box.hetzner.well()
        box.did(box.update(fqdn=HOST, ip=A), "updated", A)


@scenario
def listens_where_told():
    """LISTEN_HOST: loopback alone, one family or both."""
    for host, reached, refused in (
            ("127.0.0.1", (LOCAL,), (PROXY, LOCAL_V6)), ("::1", (LOCAL_V6,), (LOCAL, PROXY_V6)),
            (None, (LOCAL, PROXY), ()), ("::", (LOCAL_V6, PROXY_V6), ())):
        with Box(LISTEN_HOST=host) as box:
            for number, address in enumerate(reached):
                answer = box.update(fqdn=HOST, ip=(A, B)[number], host=address)
                equal(f"{host} reached at {address}", answer.status, 200)
            for address in refused:
                try:
                    box.net.connect(address, PORT).close()
                    true(f"{host} is reached at {address}", False)
                except OSError:
                    pass


@scenario
def bad_listeners():
    """A host that is none, or a port that is taken: it ends and says so."""
    with Box(start=False) as box:
        for settings in ({"LISTEN_HOST": "192.0.2.99"}, {"LISTEN_HOST": "nonsense"},
                         {"LISTEN_PORT": "8053"}):
            program = Applet(box.net, "hetzner-dyndns", environment=box.given | settings)
            status = program.process.wait(limit(20))
            true("status", status in (1, 2), status)
            program.join()
            true("nothing is said", program.said(), settings)


@scenario
def bad_urls():
    """URLs and networks that are none: exit 2, and the setting is named."""
    with Box(start=False) as box:
        for name, value in (("HETZNER_API_URL", "ftp://x/"), ("HETZNER_API_URL", "nonsense"),
                            ("HETZNER_API_URL", "https://u:p@x/"), ("NTFY_URL", "nonsense"),
                            ("NTFY_URL", "https://"), ("TRUSTED_PROXIES", "nonsense"),
                            ("TRUSTED_PROXIES", "10.0.0.0/33"), ("HETZNER_TOKEN", "a b\nc"),
                            ("NTFY_TOPIC", "a/b")):
            program = Applet(box.net, "hetzner-dyndns", environment=box.given | {name: value})
            try:
                status = program.process.wait(limit(20))
            except Exception:  # pylint: disable=broad-except
                status = None
                program.stop()
            program.join()
            equal(f"exit status with {name}={value!r}", status, 2)
            true(f"{name} is not named", any(name in line for line in program.said()),
                 program.said())


@scenario
def http_to_far():
    """A token is not sent over http to another machine: it does not start, or it warns of ntfy."""
    with Box(start=False) as box:
        far = box.given | {"NTFY_URL": f"http://{PROXY}:8054"}
        box.start(environment=far)
        box.service.wait_for("NTFY_URL is not https")
        box.service.end()
        program = Applet(box.net, "hetzner-dyndns",
                          environment=box.given | {"HETZNER_API_URL": f"http://{PROXY}/v1"})
        status = program.process.wait(limit(20))
        program.join()
        equal("exit status", status, 2)


@scenario
def lists_not_set():
    """Without one of the two lists of hosts the start says which line to write."""
    for given, line in (({"ALLOWED_FQDNS": None}, f"set ALLOWED_FQDNS={HOST},{OTHER}"),
                        ({"REGISTERED_FQDNS": ""}, f"set REGISTERED_FQDNS={HOST},{OTHER}"),
                        ({"ALLOWED_FQDNS": "", "REGISTERED_FQDNS": ""},
                         "set ALLOWED_FQDNS=home.example.com")):
        with Box(start=False, **given) as box:
            # Keys are made for those who are registered.
            box.write(KEY_FILE, f"{HOST} key-of-the-host\n")
            box.start()
            box.service.wait_for(f"WARNING .* is not set; no host can be updated: {line}$")
            box.refused(box.update(fqdn=HOST, ip=A), *(
                (403, "FQDN not allowed") if "ALLOWED_FQDNS" not in given else
                (500, "backend not configured for updates")))
            if "ALLOWED_FQDNS" in given:
                box.service.wait_for("refused: .*ALLOWED_FQDNS is not set")


@scenario
def working_directory():
    """It starts fast and makes nothing but the keys."""
    with Box(start=False) as box:
        began = time.monotonic()
        box.start()
        took("seconds to the start", time.monotonic() - began, 0, 5)
        made = {one for one in os.listdir(box.net.dir) if ".py.out" not in one}
        equal("files", made, {KEY_FILE})
        box.did(box.update(fqdn=HOST, source=HOME), "created", HOME)
        true("answers", box.update(fqdn=HOST, source=HOME, ip=HOME_V6).status == 400)
