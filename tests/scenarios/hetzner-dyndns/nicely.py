"""Scenarios of /nic/update, the dyndns2 protocol, and of requests that real clients have sent."""

import json
import os

from asking import composed
from box import (A, A_V6, B, B_V6, BASIC_PASSWORD, BASIC_USER, C, HOST, KEY, KEY_V6, OTHER, Box,
                 basic)
from checks import equal, scenario, true
from net import HOME, HOME_V6
from standins import HERE

CAPTURED = os.path.join(HERE, "captured.json")
OFFICE = "example.com/office/A"


@scenario
def good_then_nochg():
    """`good` when it has changed, `nochg` when it has not, each with the address."""
    with Box() as box:
        box.told(box.nic(hostname=HOST, myip=A), f"good {A}")
        equal(KEY, box.hetzner.values(KEY), [A])
        box.told(box.nic(hostname=HOST, myip=A), f"nochg {A}")
        box.told(box.nic(hostname=HOST, myip=B), f"good {B}")
        equal(KEY, box.hetzner.values(KEY), [B])


@scenario
def by_post():
    """POST does the same with a form, and with a query."""
    with Box() as box:
        box.told(box.nic(method="POST", hostname=HOST, myip=A), f"good {A}")
        fields = basic("home", box.keys()[HOST])
        box.told(box.ask("POST", f"/nic/update?hostname={HOST}&myip={B}", fields), f"good {B}")


@scenario
def dual_stack():
    """`myip` with both families, and `myipv6`: one line for the host, with what it has now."""
    with Box() as box:
        box.told(box.nic(hostname=HOST, myip=f"{A},{A_V6}"), f"good {A},{A_V6}")
        box.told(box.nic(hostname=HOST, myip=f"{A},{A_V6}"), f"nochg {A},{A_V6}")
        box.told(box.nic(hostname=HOST, myip=B, myipv6=A_V6), f"good {B},{A_V6}")
        box.told(box.nic(hostname=HOST, myip=f"{B_V6}"), f"good {B_V6}")
        box.told(box.nic(hostname=HOST, myip="", myipv6=A_V6), f"good {A_V6}")
        equal("A", box.hetzner.values(KEY), [B])
        equal("AAAA", box.hetzner.values(KEY_V6), [A_V6])


@scenario
def dual_stack_at_once():
    """Both families of a new host go well although a zone does one thing at a time."""
    with Box() as box:
        box.hetzner.settings(seconds=1, locks="zone")
        box.told(box.nic(hostname=f"{HOST}", myip=f"{A},{A_V6}"), f"good {A},{A_V6}")
        equal("A", box.hetzner.values(KEY), [A])
        equal("AAAA", box.hetzner.values(KEY_V6), [A_V6])


@scenario
def empty_items():
    """Empty items of a list are none, and a prefix's length is cut off."""
    with Box() as box:
        box.told(box.nic(hostname=f"{HOST},", myip=f",{A}"), f"good {A}")
        box.told(box.nic(hostname=f",{HOST}", myip=f"{A},"), f"nochg {A}")
        box.told(box.nic(hostname=HOST, myip=A, myipv6=""), f"nochg {A}")
        box.told(box.nic(hostname=HOST, myip="", source=HOME), f"good {HOME}")
        answer = box.nic(hostname=HOST, myip="", myipv6="2001:db8:1::1/64")
        box.told(answer, f"good {A_V6}")


@scenario
def several_hosts():
    """One line for each host in the order they came in, whatever becomes of the others."""
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=BASIC_PASSWORD) as box:
        everywhere = {"user": BASIC_USER, "key": BASIC_PASSWORD}
        box.told(box.nic(hostname=f"{OTHER},{HOST}", myip=A, **everywhere), f"good {A}",
                 f"good {A}")
        box.told(box.nic(hostname=HOST, myip=B, **everywhere), f"good {B}")
        box.told(box.nic(hostname=f"{HOST},{OTHER}", myip=B, **everywhere), f"nochg {B}",
                 f"good {B}")
        answer = box.nic(hostname=f"{HOST},x.example.com,nodots,{OTHER}", myip=B, **everywhere)
        box.told(answer, f"nochg {B}", "nohost", "notfqdn", f"nochg {B}")


@scenario
def keys_for_each_host():
    """A key serves its own host; the others of the request are `nohost`; none at all is 401."""
    with Box() as box:
        box.told(box.nic(hostname=f"{HOST},{OTHER}", myip=A), f"good {A}", "nohost")
        box.told(box.nic(hostname=f"{OTHER},{HOST}", myip=A, user="home", key=box.keys()[HOST]),
                 "nohost", f"nochg {A}")
        equal("the other", box.hetzner.values(OFFICE), None)
        box.asked()
        for user, key, host in (("home", "wrong", HOST), ("office", box.keys()[HOST], HOST),
                                ("home", box.keys()[OTHER], HOST), ("", box.keys()[HOST], HOST),
                                ("home", "", HOST), ("x", "y", "x.example.com"),
                                ("home", box.keys()[HOST], OTHER),
                                ("home", box.keys()[HOST], "x.example.com")):
            denied(box.nic(hostname=host, myip=A, user=user, key=key))
        answer = box.ask("GET", f"/nic/update?hostname={HOST}&myip={A}")
        denied(answer)
        box.untouched()


def denied(answer):
    """The answer to wrong credentials, in which no client reads success."""
    equal("status", (answer.status, answer.text), (401, answer.text))
    equal("lines", answer.lines, ["badauth"])
    true("a challenge", answer.headers.get("www-authenticate", "").startswith("Basic realm="),
         answer.headers)
    for word in ("good", "ok", "nochg", "true", "updated", "success"):
        true(f"{word!r} in it", word not in answer.text.lower(), answer)


@scenario
def query_credentials():
    """User and password may stand in the query, as Speedport sends them; never in a log."""
    with Box(DEBUG_LOGGING="1", LOG_FILE="service.log") as box:
        key = box.keys()[HOST]
        target = f"/nic/update?hostname={HOST}&user=home&pass={key}&myip="
        box.told(box.ask("GET", target + A), f"good {A}")
        box.told(box.ask("GET", target, source=HOME), f"good {HOME}")
        denied(box.ask("GET", f"/nic/update?hostname={HOST}&user=home&pass=x&myip={A}"))


@scenario
def bad_names():
    """Names that are none, and too many of them."""
    with Box(BASIC_AUTH_USERNAME=BASIC_USER, BASIC_AUTH_PASSWORD=BASIC_PASSWORD) as box:
        everywhere = {"user": BASIC_USER, "key": BASIC_PASSWORD}
        box.told(box.nic(myip=A, **everywhere), "notfqdn")
        box.told(box.nic(hostname="", myip=A, **everywhere), "notfqdn")
        box.told(box.nic(hostname="home", myip=A, **everywhere), "notfqdn")
        for name in ("a b.example.com", "home..example.com", "x" * 64 + ".example.com"):
            box.told(box.nic(hostname=name, myip=A, **everywhere), "notfqdn")
        denied(box.nic(hostname="x.example.com", myip=A, **everywhere))
        hosts = ",".join([HOST] + [f"h{number}.example.com" for number in range(20)])
        box.told(box.nic(hostname=hosts, myip=A, **everywhere), "numhost")
        box.untouched()
        hosts = hosts.rpartition(",")[0]
        box.told(box.nic(hostname=hosts, myip=A, **everywhere), f"good {A}", *["nohost"] * 19)


@scenario
def not_allowed():
    """A host with a key that is not in ALLOWED_FQDNS is `nohost`."""
    with Box(ALLOWED_FQDNS=HOST) as box:
        box.told(box.nic(hostname=OTHER, myip=A), "nohost")
        box.untouched()


@scenario
def bad_addresses():
    """An address that is none is `dnserr`, and nothing is written."""
    with Box() as box:
        for address in ("192.0.2.256", "x", "192.0.2.1;reboot", "::g", "1", f"{A},x"):
            box.told(box.nic(hostname=HOST, myip=address), "dnserr")
        equal(KEY, box.hetzner.values(KEY), None)


@scenario
def hetzner_fails():
    """`dnserr` or `911` when Hetzner does not do it: no client reads success in that."""
    with Box() as box:
        for fault in ({"do": "reply", "status": 500}, {"do": "close"},
                      {"do": "reply", "status": 403, "body": json.dumps(
                          {"error": {"code": "forbidden", "message": "good is OK"}})}):
            box.hetzner.fault(**fault)
            answer = box.nic(hostname=HOST, myip=A)
            equal("lines", len(answer.lines), 1)
            true("dnserr or 911", answer.lines[0] in ("dnserr", "911"), answer)
        box.hetzner.well()
        box.told(box.nic(hostname=HOST, myip=A), f"good {A}")


@scenario
def zone_missing():
    """A host of which the account has no zone."""
    with Box(zones={"example.net": {}}) as box:
        answer = box.nic(hostname=HOST, myip=A)
        true("nohost or dnserr", answer.lines in (["nohost"], ["dnserr"]), answer)


@scenario
def names_of_addresses():
    """An address under any of the names that clients use, twice, in brackets, or to be kept."""
    with Box({"home/A": [C]}) as box:
        for number, name in enumerate(("myip", "ip", "ipv4", "ip4", "myipv4", "myip4", "ip4addr",
                                       "MyIP")):
            address = f"192.0.2.{number + 10}"
            box.told(box.nic(hostname=HOST, source=HOME, **{name: address}), f"good {address}")
            equal(name, box.hetzner.values(KEY), [address])
        for number, name in enumerate(("myipv6", "ipv6", "ip6", "myip6", "ip6addr", "myip")):
            address = f"2001:db8:1::{number + 10}"
            answer = box.nic(hostname=HOST, source=HOME, **{name: f"[{address}]"})
            box.told(answer, f"good {address}")
            equal(name, box.hetzner.values(KEY_V6), [address])
        fields = basic("home", box.keys()[HOST])
        target = f"/nic/update?hostname={HOST}&myip={A}&myip={A_V6}"
        box.told(box.ask("GET", target, fields), f"good {A},{A_V6}")
        box.told(box.nic(hostname=HOST, myipv4="preserve", myipv6=B_V6), f"good {B_V6}")
        box.told(box.nic(hostname=HOST, myipv4="preserve", source=HOME), "nochg")
        equal("A", box.hetzner.values(KEY), [A])
        equal("AAAA", box.hetzner.values(KEY_V6), [B_V6])


@scenario
def no_guess():
    """Who sends an address under a name that is not known does not get another one published."""
    with Box({"home/A": [C]}) as box:
        for name in ("wanip", "addr", "myipaddress"):
            box.told(box.nic(hostname=HOST, source=HOME, **{name: A}), "dnserr")
            box.service.wait_for(f"dnserr: unknown parameter {name} has an address")
        fields = {"X-Pre-Shared-Key": box.keys()[HOST]}
        answer = box.ask("POST", "/update", fields, f"fqdn={HOST}&myip={A}".encode())
        box.refused(answer, 400, "Invalid IP")
        equal("A", box.hetzner.values(KEY), [C])


@scenario
def not_escaped():
    """A FRITZ!Box fills in passwords as they are: a `%` is one, and a `+` either way."""
    password = "100%+sure"
    with Box(BASIC_AUTH_USERNAME="me", BASIC_AUTH_PASSWORD=password) as box:
        box.secrets.add(password)
        target = f"/nic/update?hostname={HOST}&myip={{}}&user=me&pass={{}}"
        for number, sent in enumerate((password, "100%25%2Bsure", "100%%2bsure", "100%25+sure")):
            address = f"192.0.2.{number + 10}"
            box.told(box.ask("GET", target.format(address, sent)), f"good {address}")
        denied(box.ask("GET", target.format(A, "100% sure")))
        box.service.wait_for("the password is not BASIC_AUTH_PASSWORD")
        # Somewhere else it does no harm.
        box.told(box.ask("GET", target.format(A, password) + "&x=%&%zz=%ff"), f"good {A}")


@scenario
def users_and_paths():
    """The user may be the whole name, and a base URL may end with a slash."""
    with Box() as box:
        for user in ("home", HOST, HOST.upper(), HOST + "."):
            answer = box.nic(hostname=HOST, myip=A, user=user)
            true(f"user {user}", answer.lines[0].endswith(A), answer)
        denied(box.nic(hostname=HOST, myip=A, user=OTHER, key=box.keys()[HOST]))
        box.service.wait_for(f"wrong user: the user is home or {HOST}, ")
        denied(box.nic(hostname=HOST, myip=A, key="wrong-key"))
        box.service.wait_for(f"wrong key: the user is home or {HOST}, ")
        fields = basic("home", box.keys()[HOST])
        target = f"//nic/update?hostname={HOST}&myip={B}"
        box.told(box.ask("GET", target, fields), f"good {B}")
        keyed = {"X-Pre-Shared-Key": box.keys()[HOST], "Content-Type": "application/json"}
        answer = box.ask("POST", "//update", keyed, json.dumps({"fqdn": HOST, "ip": A}).encode())
        box.did(answer, "updated", A)


@scenario
def offline():
    """offline=YES is refused in words; offline=NO means nothing."""
    with Box() as box:
        box.told(box.nic(hostname=HOST, myip=A, offline="YES"),
                 "!donator offline=YES is not supported")
        box.untouched()
        box.told(box.nic(hostname=HOST, myip=A, offline="NO"), f"good {A}")


@scenario
def old_parameters():
    """What clients of old still send is ignored, and what they escape is read."""
    with Box() as box:
        answer = box.nic(hostname=HOST, myip=A, system="dyndns", wildcard="ON", mx="x.example.com",
                         backmx="NO", offline="NO", url="http://x/")
        box.told(answer, f"good {A}")
        fields = basic("home", box.keys()[HOST])
        target = "/nic/update?hostname=home%2eexample%2Ecom&myip=2001%3adb8%3a1%3a%3a1"
        box.told(box.ask("GET", target, fields), f"good {A_V6}")
        box.told(box.ask("GET", f"/nic/update?hostname={HOST}", fields, source=HOME),
                 f"good {HOME}")


@scenario
def captured_requests():
    """The bytes that inadyn and ddclient 3 and 4 have sent, with a key of ours, are understood."""
    with open(CAPTURED, encoding="utf-8") as file:
        captured = json.load(file)
    hosts = ("home.example.com", "b.example.com")
    with Box(hosts=hosts, BASIC_AUTH_USERNAME="user1", BASIC_AUTH_PASSWORD="pa:ss") as box:
        for one in captured:
            box.told(box.send_one(one["raw"].encode()), *one["lines"])
        equal("A", box.hetzner.values(KEY), ["198.51.100.7"])
        equal("AAAA", box.hetzner.values(KEY_V6), ["2001:db8::7"])
        equal("b", box.hetzner.values("example.com/b/AAAA"), ["2001:db8::7"])


@scenario
def fritzbox_path():
    """Old FRITZ!Box firmware sends its second URL as part of the path: answered all the same."""
    with Box() as box:
        fields = basic("home", box.keys()[HOST])
        target = f"/nic/update?hostname={HOST}&myip={A}%20http:/127.0.0.1/nic/update?x=1"
        answer = box.ask("GET", target, fields)
        true("an answer", answer.status in (200, 400), answer)
        target = f"/nic/update?hostname={HOST}&myip={A}&myipv6={HOME_V6}"
        box.told(box.send(composed("GET", target, fields, version="1.0"))[0],
                 f"good {A},{HOME_V6}")
        equal("A", box.hetzner.values(KEY), [A])


@scenario
def head_only():
    """HEAD and OPTIONS change nothing."""
    with Box({"home/A": [C]}) as box:
        fields = basic("home", box.keys()[HOST])
        answer = box.ask("OPTIONS", f"/nic/update?hostname={HOST}&myip={A}", fields)
        equal("status", answer.status, 405)
        equal("A", box.hetzner.values(KEY), [C])
        box.untouched()
