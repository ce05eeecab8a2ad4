"""pydyndns against real DNS servers and wrong ones, and with addresses that come and go."""

MODULES = ("answering", "finding", "refusing", "updating", "registering", "registering_ipv6")
JOBS = 4
TOOLS = ("ip", "unshare", "nft", "named", "knotd", "dig", "nsupdate", "cc")


def why_not():
    """Why no such servers can run here, or None."""
    from net import can_build  # pylint: disable=import-outside-toplevel
    return can_build(TOOLS)
