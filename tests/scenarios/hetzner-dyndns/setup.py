"""hetzner-dyndns with stand-ins of Hetzner's API and ntfy, behind nginx, and real clients."""

MODULES = ("updating", "nicely", "keys", "settings", "whence", "proxied", "clients", "zoning",
           "failing", "noticing", "logging_", "hiding", "living", "sharing", "strict", "yielding")
# Nearly all of a scenario's time is waiting.
JOBS = 6


def why_not():
    """Why no such machine can be made here, or None."""
    from net import can_build  # pylint: disable=import-outside-toplevel
    return can_build()
