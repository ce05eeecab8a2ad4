"""A scenario of the filter that the program puts on itself: another call ends it by SIGSYS."""

import ctypes
import os
import platform
import signal
import struct
import subprocess
import time

import built
from checks import Skipped, equal, scenario, true
from processes import status

PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_SYSCALL = 12, 13, 24
PTRACE_ATTACH, PTRACE_DETACH = 16, 17
# Of x86_64: how many registers there are, and which has the call's number.
REGISTERS, ORIG_RAX = 27, 15
PTRACE_NUMBER, GETPID_NUMBER = 101, 39
SECONDS_MAX = 60


def trace(request, pid, data=None):
    """ptrace(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [ctypes.c_long(one) for one in (request, pid, 0)]
    if libc.ptrace(*arguments, data or ctypes.c_long(0)) < 0:
        raise Skipped(f"no ptrace here: {os.strerror(ctypes.get_errno())}")


def with_its_next_call(pid, number):
    """Has a process make this call instead of its next one."""
    trace(PTRACE_ATTACH, pid)
    os.waitpid(pid, 0)
    # What it waits in was cut short, and is begun again: it stops where that call begins.
    trace(PTRACE_SYSCALL, pid)
    os.waitpid(pid, 0)
    registers = ctypes.create_string_buffer(8 * REGISTERS)
    trace(PTRACE_GETREGS, pid, registers)
    struct.pack_into("q", registers, 8 * ORIG_RAX, number)
    trace(PTRACE_SETREGS, pid, registers)
    trace(PTRACE_DETACH, pid)


@scenario
def confined_by_itself():
    """A daemon is under its list without anybody's help: a call of another kind kills it."""
    if platform.machine() != "x86_64":
        raise Skipped("registers of x86_64 only")
    for number, wanted in ((GETPID_NUMBER, None), (PTRACE_NUMBER, -signal.SIGSYS)):
        with subprocess.Popen(
                [built.program("x86_64"), "update-dns", "http://127.0.0.1:9", "home.example.com"],
                env={"PRE_SHARED_KEY": "k" * 43, "DDNSBOX_USER": "root"},
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
            try:
                ends = time.monotonic() + SECONDS_MAX
                while status(daemon.pid).get("Seccomp") != "2":
                    true("it has no filter", daemon.poll() is None and time.monotonic() < ends)
                    time.sleep(0.05)
                with_its_next_call(daemon.pid, number)
                if wanted:
                    equal("how it ended", daemon.wait(SECONDS_MAX), wanted)
                else:
                    time.sleep(0.5)
                    equal("it has ended", daemon.poll(), None)
            finally:
                daemon.kill()
