"""No descriptors are left: each program with so few that some of what it opens cannot be opened."""

from calling import CallOnce
from campaign import Limits, under
from checks import scenario
from following import Follow
from registering import Register
from syncing import GONE, OURS, Sync
from updating import Gateway, Hosts

# With less not even the C library can be opened.
LEAST, MOST = 4, 16


def limits():
    """From nearly none to enough."""
    return [Limits("prlimit", f"--nofile={count}:") for count in range(LEAST, MOST + 1)]


@scenario
def lacking_sync():
    """cf-ddns-sync with 4 to 16 descriptors: it changes all or says why not, and is mended."""
    return under(Sync((OURS, GONE), (OURS, GONE)), limits())


@scenario
def lacking_register():
    """pydyndns with 4 to 16 descriptors: it sends or says why not."""
    return under(Register(True), limits())


@scenario
def lacking_follow():
    """ipv6ddns with 4 to 16 descriptors: it says what it lacks, and follows once it has more."""
    return under(Follow(), limits())


@scenario
def lacking_gateway():
    """ddns-gateway with 4 to 16 descriptors: it answers once it has more, or has not begun."""
    return under(Gateway(), limits())


@scenario
def lacking_hosts():
    """hetzner-dyndns with 4 to 16 descriptors: it answers once it has more, or has not begun."""
    return under(Hosts(), limits())


@scenario
def lacking_call():
    """update-dns with 4 to 16 descriptors: it calls or says why not."""
    return under(CallOnce(), limits())


lacking_gateway.seconds = lacking_hosts.seconds = lacking_follow.seconds = 60
lacking_gateway.shards = lacking_hosts.shards = 2
