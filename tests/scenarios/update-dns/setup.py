"""update-dns, the client of hetzner-dyndns: against the real service and a backend of ours."""

MODULES = ("sending", "sending_safely", "yielding")
# The service, its upstreams and the machine they run in are hetzner-dyndns's.
USES = ("hetzner-dyndns",)
JOBS = 6


def why_not():
    """Why no such machine can be made here, or None."""
    from net import can_build  # pylint: disable=import-outside-toplevel
    return can_build()
