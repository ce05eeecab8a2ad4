"""kill -9 before each system call of those that write caches and keys: nothing is ever torn."""

import os
import signal
import subprocess

import worlds
from checks import Wrong, scenario
from registering import Register
from running import run
from serving import text_of, write
from syncing import GONE, OTHERS, OURS, Sync
from tracing import SHARD, SHARDS, Fault, Tracer, calls_of
from updating import HOST, KEY, KEY_LINE, OTHER

KILL = "signal=KILL"


def steps(play):
    """Each call of a run of it, as a fault that kills the run before the call is made."""
    with Tracer(follows=True) as tracer:
        play.prepare()
        done = play.traced(tracer)
        if done.status:
            raise Wrong(f"with no fault at all: {done}")
        calls = [one for one in calls_of(tracer.seen()) if not one.in_thread]
    return [Fault(one.name, one.nth, KILL) for one in calls][SHARD::SHARDS]


def killed(play, after):
    """Kills runs before each call; `after` gives what is wrong then."""
    wrong, kills, faults = [], 0, steps(play)
    for fault in faults:
        with Tracer(fault) as tracer:
            play.prepare()
            done = play.traced(tracer)
        if done.status == -signal.SIGKILL:
            kills += 1
        elif done.status:
            wrong.append(f"{fault}: {done}")
        found = [one for one in after(done) if one]
        # What a killed run was waiting for may still be ending: that is not told here.
        wrong += [f"{fault}: {one}" for one in found]
    if wrong:
        raise Wrong(f"{len(wrong)} of {kills} kills:\n    " + "\n    ".join(wrong[:20]))
    if kills < len(faults) * 9 // 10:
        raise Wrong(f"only {kills} of {len(faults)} were killed")
    return f"{kills} kills"


@scenario
def killed_sync():
    """cf-ddns-sync, killed at each step: the cache is the old one, the new one or gone."""
    play = Sync((OURS, GONE), (OURS, GONE))
    return killed(play, lambda done: play.right(None) + play.mended())


@scenario
def killed_sync_first():
    """cf-ddns-sync without a cache or a directory for it, killed at each step."""
    play = Sync((OURS, OTHERS), ())

    def prepare():
        Sync.prepare(play)
        if os.path.isdir(play.cache_dir):
            os.rmdir(play.cache_dir)
    play.prepare = prepare
    return killed(play, lambda done: play.right(None) + play.mended())


@scenario
def killed_register():
    """pydyndns, killed at each step: the cache is the old one, the new one or gone."""
    play = Register(True)

    def after(_):
        found, others = play.zone()
        held = play.held()
        return [held not in (None, play.document(found)) and f"the cache says {held}: {found}",
                others != play.others and "other names have changed", *play.mended()]
    return killed(play, after)


class Keys:
    """`hetzner-dyndns --make-keys` for a host that has a key and one that has none."""

    def __init__(self, directory, mounted=False):
        self.path, self.mounted = os.path.join(directory, "keys"), mounted
        self.old = f"# of the operator\n{HOST} {KEY}\n"
        if mounted:
            # A file that is mounted by itself cannot be replaced.
            write(self.path, "")
            write(os.path.join(directory, "outside"), "")
            subprocess.run(["mount", "--bind", os.path.join(directory, "outside"), self.path],
                           check=True)

    def prepare(self):
        """One key, and nothing else."""
        directory = os.path.dirname(self.path)
        for name in os.listdir(directory):
            if not self.mounted:
                os.unlink(os.path.join(directory, name))
        write(self.path, self.old)

    def environment(self):
        """The program's variables."""
        return {"REGISTERED_FQDNS": f"{HOST},{OTHER}", "PRE_SHARED_KEY_FILE": self.path,
                "HETZNER_TOKEN": "x" * 20, "ALLOWED_FQDNS": HOST}

    def traced(self, tracer):
        """One run under a tracer."""
        return run("hetzner-dyndns", "--make-keys", before=tracer.before,
                   environment=self.environment())

    def wrong(self, may_be_torn=False):
        """What is wrong: neither the old file nor that and one whole line."""
        text = text_of(self.path)
        added = (text or "")[len(self.old):]
        if text is None or not text.startswith(self.old):
            return f"the old keys are gone: {text!r}"
        return added and not KEY_LINE.fullmatch(added) and not may_be_torn and f"torn: {text!r}"

    def after(self, _):
        """What is wrong after a kill, and after the run that mends it."""
        wrong = [self.wrong()]
        done = run("hetzner-dyndns", "--make-keys", environment=self.environment())
        if done.status:
            wrong.append(f"the next run fails: {done}")
        whole = text_of(self.path)
        if not KEY_LINE.fullmatch((whole or "")[len(self.old):]):
            wrong.append(f"the next run leaves {whole!r}")
        left = set(os.listdir(os.path.dirname(self.path))) - {"keys", "outside"}
        return wrong + [f"the next run leaves {one}" for one in left]


@scenario
def killed_keys():
    """hetzner-dyndns making a key, killed at each step: the file is the old one or the new one."""
    play = Keys(worlds.directory("keys"))
    return killed(play, play.after)


@scenario
def killed_keys_mounted():
    """The same where the file is a mount of its own, and can only be added to."""
    play = Keys(worlds.directory("keys"), mounted=True)
    return killed(play, play.after)


killed_sync.seconds = killed_sync_first.seconds = 30
killed_register.seconds, killed_register.shards = 90, 3
