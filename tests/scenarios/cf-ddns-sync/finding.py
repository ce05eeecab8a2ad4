"""Scenarios of finding the public addresses: NAT, routing, resolvers, tools as they can be."""

from box import NO_ADDRESS, Box, got, records_line
from cloudflare_api import TARGET
from checks import equal, scenario, true
from subject import PATH
from world import WAN0_PUBLIC, WAN1_LOCAL, WAN1_PUBLIC

BOTH = [got(WAN0_PUBLIC, "wan0"), got(WAN1_PUBLIC, "wan1")]
NEITHER = [got("", "wan0"), got("", "wan1")]
SLOW_SECONDS = 2
# What the stand-in adds in its mode `multi`.
HIJACKER = "203.0.113.67"
SLOW = f"delay:{1000 * SLOW_SECONDS}"


def expect_nothing_found(outcome, *lines):
    """Exit 1 with the seed's sentence last, and the API left alone."""
    outcome.expect(1, requests=[])
    equal("the last line", outcome.lines[-1], NO_ADDRESS)
    for line in lines:
        outcome.expect_line(line)


@scenario
def both_behind_one_nat():
    """Two WANs behind one NAT share one public address: one record."""
    with Box(one_nat=True) as box:
        outcome = box.run().expect(0, requests=["GET", "POST"])
        equal("sightings", outcome.sightings(),
              [got(WAN0_PUBLIC, "wan0"), got(WAN0_PUBLIC, "wan1")])
        box.expect_records(WAN0_PUBLIC)
        box.expect_cache(WAN0_PUBLIC)


@scenario
def without_source():
    """Without --source the default route is asked, and no interface is named."""
    with Box() as box:
        box.run(sources=()).expect(0, [
            got(WAN0_PUBLIC),
            records_line(TARGET, []),
            f"Adding '{WAN0_PUBLIC}' to '{TARGET}'.",
        ], ["GET", "POST"])
        box.expect_records(WAN0_PUBLIC)


def side_by_side(*flags):
    """Two WANs take hardly longer than one of them, whatever else the machine has to do."""
    with Box(whoami=SLOW) as box:
        alone = box.run(*flags, sources=("wan0",)).expect(0)
        outcome = box.run(*flags).expect(0).expect_within(SLOW_SECONDS, 2 * SLOW_SECONDS)
        equal("sightings", outcome.sightings(), BOTH)
        true("one after the other", outcome.seconds - alone.seconds < SLOW_SECONDS - 0.3,
             (alone.seconds, outcome.seconds))


@scenario
def dig_answers_slowly():
    """With answers that take 2 s both WANs are asked side by side: the total is under the sum."""
    side_by_side()


@scenario
def builtin_answers_slowly():
    """Our own queries are side by side as well."""
    side_by_side("--whoami", "builtin")


@scenario
def dig_missing():
    """Where dig is not installed our own query, bound to each interface, finds both addresses."""
    with Box(policy=False) as box:
        box.uninstall("dig")
        outcome = box.run().expect(0)
        equal("sightings", outcome.sightings(), BOTH)
        box.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)


@scenario
def dig_missing_but_demanded():
    """--whoami dig without dig is a local failure: it says so, and nothing changes."""
    with Box() as box:
        box.run().expect(0)
        box.uninstall("dig")
        box.run("--whoami", "dig").expect(1, requests=[]).expect_line("dig")
        box.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)
        box.expect_cache(WAN1_PUBLIC, WAN0_PUBLIC)


@scenario
def ip_missing():
    """Without any ip nothing can be said about the WANs: exit 1, nothing changes."""
    with Box() as box:
        box.run().expect(0)
        box.uninstall("ip")
        box.run(verbose=False).expect(1, requests=[]).expect_line("'ip'")
        box.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)
        box.expect_cache(WAN1_PUBLIC, WAN0_PUBLIC)


@scenario
def no_policy_routing_dig():
    """Without policy routing dig -b finds only the first WAN, and -v names --whoami builtin."""
    with Box(policy=False) as box:
        outcome = box.run().expect(0)
        equal("sightings", outcome.sightings(), [got(WAN0_PUBLIC, "wan0"), got("", "wan1")])
        outcome.expect_line("--whoami builtin")
        box.expect_records(WAN0_PUBLIC)


@scenario
def no_policy_routing_builtin():
    """Without policy routing our own query still finds both WANs."""
    with Box(policy=False) as box:
        outcome = box.run("--whoami", "builtin").expect(0).expect_within(0, 5)
        equal("sightings", outcome.sightings(), BOTH)
        box.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)


@scenario
def bcp38_builtin():
    """The same where the ISPs drop sources that are not their customer's."""
    with Box(policy=False, bcp38=True) as box:
        outcome = box.run("--whoami", "builtin").expect(0).expect_within(0, 5)
        equal("sightings", outcome.sightings(), BOTH)


@scenario
def bcp38_dig():
    """dig -b under such ISPs: the first WAN only, as without their filter."""
    with Box(policy=False, bcp38=True) as box:
        outcome = box.run().expect(0)
        equal("sightings", outcome.sightings(), [got(WAN0_PUBLIC, "wan0"), got("", "wan1")])
        outcome.expect_line("--whoami builtin")


@scenario
def busybox_ip():
    """busybox's ip serves as well as iproute2's."""
    with Box() as box:
        outcome = box.run(path=box.path_of("busybox", ip="busybox", dig="dig")).expect(0)
        equal("sightings", outcome.sightings(), BOTH)
        box.uninstall("dig")
        box.uninstall("ip")
        outcome = box.run(path=box.path_of("only-busybox", ip="busybox")).expect(0, requests=[])
        equal("sightings", outcome.sightings(), BOTH)


@scenario
def busybox_ip_unknown_interface():
    """An interface that does not exist is passed over, with either ip; the other one's stays."""
    with Box() as box:
        busybox = box.path_of("busybox", ip="busybox", dig="dig")
        for path, complaint in ((PATH, "does not exist"), (busybox, "can't find device")):
            outcome = box.run(sources=("wan0", "nosuch0"), path=path).expect(0)
            outcome.expect_line(complaint)
            equal("sightings", outcome.sightings(), [got(WAN0_PUBLIC, "wan0"), got("", "nosuch0")])
        box.expect_records(WAN0_PUBLIC)


def refused_answers(mode, *flags):
    """A resolver with a bad answer for both WANs: nothing found, in bounded time."""
    with Box(whoami=mode) as box:
        expect_nothing_found(box.run(*flags).expect_within(0, 25), *NEITHER)
        box.expect_records()
        box.expect_cache()


@scenario
def servfail_dig():
    """SERVFAIL, which dig +short shows as nothing: no address."""
    refused_answers("servfail")


@scenario
def servfail_builtin():
    """SERVFAIL to our own query: no address."""
    refused_answers("servfail", "--whoami", "builtin")


@scenario
def silence_dig():
    """A resolver that never answers: dig gives up, and so do we."""
    refused_answers("silent")


@scenario
def silence_builtin():
    """A resolver that never answers our own query: an end in bounded time."""
    refused_answers("silent", "--whoami", "builtin")


@scenario
def garbage_dig():
    """A TXT that is no address: dig prints it, and it is not taken for one."""
    refused_answers("garbage")


@scenario
def garbage_builtin():
    """A TXT that is no address, to our own query."""
    refused_answers("garbage", "--whoami", "builtin")


@scenario
def several_records_dig():
    """An answer with two addresses: dig prints both, one of them is taken for each WAN."""
    with Box(whoami="multi") as box:
        outcome = box.run().expect(0)
        for wan, own in (("wan0", WAN0_PUBLIC), ("wan1", WAN1_PUBLIC)):
            either = [got(own, wan), got(HIJACKER, wan)]
            true(f"neither for {wan}", any(line in either for line in outcome.sightings()),
                 outcome.lines)


@scenario
def several_records_builtin():
    """An answer with more than one text, to our own query: no address."""
    refused_answers("multi", "--whoami", "builtin")


@scenario
def failure_leaves_records():
    """When no source has an answer, records and cache stay as they were."""
    with Box() as box:
        box.run().expect(0)
        box.api.stop_whoami()
        expect_nothing_found(box.run(), *NEITHER)
        expect_nothing_found(box.run("--whoami", "builtin"), *NEITHER)
        box.expect_records(WAN0_PUBLIC, WAN1_PUBLIC)
        box.expect_cache(WAN1_PUBLIC, WAN0_PUBLIC)


@scenario
def no_route_at_all():
    """Before any WAN is up there is no route: an error, by dig at once, by our own query soon."""
    with Box() as box:
        box.net.cut_off()
        expect_nothing_found(box.run().expect_within(0, 5), *NEITHER)
        # Where a socket is bound to a device, Linux takes any address to be on that link: silence.
        expect_nothing_found(box.run("--whoami", "builtin").expect_within(0, 12), *NEITHER)


@scenario
def cgnat_answer():
    """A WAN without NAT whose answer is a CGNAT address: named, not used; used with a flag."""
    with Box(nat_b=False) as box:
        outcome = box.run().expect(0)
        equal("sightings", outcome.sightings(), [got(WAN0_PUBLIC, "wan0"), got(WAN1_LOCAL, "wan1")])
        quiet = box.run(verbose=False).expect(0, requests=[])
        true("the refused address is not named", WAN1_LOCAL in "".join(quiet.lines), quiet.lines)
        box.expect_records(WAN0_PUBLIC)
        box.run("--allowPrivate").expect(0)
        box.expect_records(WAN0_PUBLIC, WAN1_LOCAL)


@scenario
def unprivileged():
    """An unprivileged user with a cache directory of its own: our own query still works."""
    with Box(policy=False) as box:
        directory = box.own_directory("nobody")
        user = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        flags = ("--whoami", "builtin", "--cacheDir", directory)
        outcome = box.run(*flags, before=user).expect(0)
        equal("sightings", outcome.sightings(), BOTH)
        box.expect_cache(WAN1_PUBLIC, WAN0_PUBLIC, directory=directory)
        box.run(*flags, before=user).expect(0, requests=[])
