"""Scenarios that prove the stand-ins themselves: signatures of the SDKs, a careless client."""

import http.client
import json
import os
import subprocess

from checks import equal, scenario, true
from signing import TC3_HEADERS, acs3, sha256, tc3
from upstreams import CF_TOKEN, DIRECTORY, ZONE, Upstreams

VECTORS = os.path.join(DIRECTORY, "../../vectors")
SDK_SECONDS_MAX = 120


def vectors(name):
    """The signatures that the official SDKs made."""
    with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
        return json.load(file)


@scenario
def signatures():
    """The stand-ins compute what the official SDKs have signed and what Alibaba has published."""
    for one in vectors("aliyun-acs3.json"):
        headers = {name.lower(): value for name, value in one["headers"].items()}
        signed = one.get("authorization") or headers["authorization"]
        names = signed.split("SignedHeaders=")[1].split(",")[0].split(";")
        parameters = {name: str(value) for name, value in one["query"].items()}
        body = one.get("body", "").encode()
        equal(f"{one['name']}: hash", headers["x-acs-content-sha256"], sha256(body))
        got, _ = acs3(one["access_key_secret"], one["method"], one["path"], parameters, headers,
                      names, sha256(body))
        equal(one["name"], got, signed.rpartition("=")[2])
    for one in vectors("tencent-tc3.json"):
        headers = {name.lower(): value for name, value in one["headers"].items()}
        got, scope = tc3(one["secret_key"], one["service"], one["timestamp"], headers,
                         TC3_HEADERS, one["body"].encode())
        equal(one["name"], got, one["signature"])
        true("scope", scope in one["authorization"], scope)


def official_sdks():
    """The official SDKs get from the stand-ins what they expect."""
    command = [os.environ["DDNSBOX_SDKS"], os.path.join(DIRECTORY, "sdks.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SDK_SECONDS_MAX,
                          check=False)
    equal(f"exit status, {done.stdout}{done.stderr[-2000:]}", done.returncode, 0)


if "DDNSBOX_SDKS" in os.environ:
    scenario(official_sdks)


@scenario
def careless():
    """A client that is careless is told so: each of these is a violation."""
    upstreams = Upstreams()
    try:
        host = f"127.0.0.1:{upstreams.ports['cloudflare']}"
        good = {"Authorization": "Bearer " + CF_TOKEN}
        zone = f"/client/v4/zones/{sum(ZONE.encode()) + 4096:032x}/dns_records"
        sent = [("PUT", zone + "/" + "0" * 32, "{}", good), ("DELETE", zone, None, good),
                ("POST", zone, '{"type":"A"}', good),
                ("POST", zone, '{"type":"A","name":"x","content":"192.0.2.1","ttl":1,"x":1}',
                 good | {"Content-Type": "application/json"}),
                ("GET", "/client/v4/zones", None, good),
                ("GET", zone + "?colour=red", None, good),
                ("GET", zone, None, {"Authorization": "Token x"}),
                ("GET", zone, None, good | {"X-Odd": "1"}),
                ("GET", "/client/v4/zones?name=example.com", None, good | {"Host": "other"})]
        for number, (method, path, body, headers) in enumerate(sent):
            connection = http.client.HTTPConnection(host, timeout=60)
            connection.request(method, path, body, headers | {"Accept-Encoding": "identity"})
            true(path, connection.getresponse().status >= 400)
            connection.close()
            found = upstreams._tell(do="violations")  # pylint: disable=protected-access
            equal(f"violations after {method} {path}: {found}", len(found), number + 1)
    finally:
        upstreams.stop()
