"""cf-ddns-sync in worlds of namespaces: a router with two WANs, NAT, real `ip` and `dig`."""

MODULES = ("crowd", "finding", "following")
JOBS = 4


def why_not():
    """Why no such world can be made here, or None."""
    from world import can_build  # pylint: disable=import-outside-toplevel
    return can_build()
