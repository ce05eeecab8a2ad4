"""Scenarios of power: what the daemon gives up once it follows, and what it then still can do."""

from box import A, B, Box
from checks import scenario
from powers import expect_closed, expect_powerless

DESCRIPTORS_MAX = 64


@scenario
def powerless():
    """Started by root it is nobody, with no capability and no way back; so is its child."""
    with Box([A], health_port=8053) as box:
        box.synced(A, "created", caused=False)
        for pid in (box.daemon.children()[0], box.daemon.pid):
            expect_powerless(pid, DESCRIPTORS_MAX)
            expect_closed(pid)
        # It hears of changes, reads all addresses and starts its child as before.
        box.add(B)
        box.remove(A)
        box.synced(B, "updated")
