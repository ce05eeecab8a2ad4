"""What a careless parent hands down: signals ignored and held back, closed files, odd limits."""

import sys

from calling import CallOnce
from campaign import Limits, under
from checks import scenario
from following import Follow
from registering import Register
from syncing import GONE, OURS, Sync
from updating import Gateway, Hosts

EVERY = "set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}"
CODE = {
    "every signal ignored": f"[signal.signal(one, signal.SIG_IGN) for one in {EVERY}]",
    "every signal held back": f"signal.pthread_sigmask(signal.SIG_BLOCK, {EVERY})",
    "a child's end ignored": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
    "standard input closed": "os.close(0)",
    "standard output closed": "os.close(1)",
    "an odd mask for files": "os.umask(0o777)",
    "no mask for files": "os.umask(0)",
    "no directory": "os.mkdir('/tmp/gone'), os.chdir('/tmp/gone'), os.rmdir('/tmp/gone')",
    "a session of its own": "os.setsid()",
    "little processor time between": "os.nice(19)",
}


def parents():
    """Each of them as words before a program."""
    return [Limits(sys.executable, "-c",
                   f"import os, signal, sys; {code}; os.execvp(sys.argv[1], sys.argv[1:])")
            for code in CODE.values()]


@scenario
def inheriting_sync():
    """cf-ddns-sync, handed such things down: it works as ever."""
    return under(Sync((OURS, GONE), (OURS, GONE)), parents(), works)


def works(done):
    """What is wrong where it did not do what it should."""
    return [f"exit status {done.status}"] if done.status else []


@scenario
def inheriting_register():
    """pydyndns, handed such things down: it works as ever."""
    return under(Register(True), parents(), works)


@scenario
def inheriting_follow():
    """ipv6ddns, handed such things down: it works as ever."""
    return under(Follow(), parents(), works)


@scenario
def inheriting_gateway():
    """ddns-gateway, handed such things down: it works as ever."""
    return under(Gateway(), parents(), works)


@scenario
def inheriting_hosts():
    """hetzner-dyndns, handed such things down: it works as ever."""
    return under(Hosts(), parents(), works)


@scenario
def inheriting_call():
    """update-dns, handed such things down: it works as ever."""
    return under(CallOnce(), parents(), works)
