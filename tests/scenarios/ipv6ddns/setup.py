"""ipv6ddns under the real kernel: lifetimes, storms, failures, days by a clock that runs fast."""

import atexit

MODULES = ("choosing", "failing", "health", "lasting", "moving", "signalling", "starting",
           "storming", "yielding")
# Nearly all of a scenario's time is waiting.
JOBS = 6


def why_not():
    """Why no such machine can be made here, or None."""
    from net import can_build  # pylint: disable=import-outside-toplevel
    atexit.register(show_lateness)
    return can_build()


def show_lateness():
    """Says how late the requests came that a change has caused."""
    from box import LATENESS  # pylint: disable=import-outside-toplevel
    if LATENESS:
        late = sorted(LATENESS)
        print(f"from the settle time's end to the request, {len(late)} times: median "
              f"{late[len(late) // 2]:.0f} ms, worst {late[-1]:.0f} ms")
