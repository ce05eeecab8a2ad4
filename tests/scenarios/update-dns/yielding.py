"""Scenarios of power: what update-dns gives up once it runs."""

from box import Box
from checks import scenario
from powers import expect_closed, expect_powerless, need_nobody
from program import wait_until
from sending import client

DESCRIPTORS_MAX = 64


@scenario
def powerless_client():
    """Started by root it is nobody, with no capability and no way back; so is its child."""
    need_nobody()
    with Box() as box:
        box.hetzner.fault("slow", seconds=1)
        program = client(box, INTERVAL="60")
        child = program.wait_for_child()
        for pid in (child, program.pid):
            expect_powerless(pid, DESCRIPTORS_MAX)
            expect_closed(pid)
        wait_until("a line", program.printed)
        program.end()
