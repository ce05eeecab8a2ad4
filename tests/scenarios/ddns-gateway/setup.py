"""ddns-gateway against strict stand-ins of its three providers.

DDNSBOX_GATEWAY_REQUESTS is how many one scenario sends. DDNSBOX_SDKS may name a Python that has
the providers' official SDKs (sdks.py).
"""

import resource

MODULES = ("answering", "asking", "crowding", "dying", "hiding", "lasting", "malforming", "meaning",
           "providing", "proving", "refusing", "sets", "setting", "sharing", "yielding")
JOBS = 3
DESCRIPTORS = 8192


def why_not():
    """It needs nothing special but descriptors, which it gets here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(DESCRIPTORS, most), most))
