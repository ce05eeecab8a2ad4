"""Full, read-only and limited file systems: nothing is torn, nothing lies, and all is told."""

import os
import subprocess

import worlds
from campaign import Limits
from checks import Wrong, equal, scenario, true
from killing import Keys
from registering import OLD, Register
from running import faults_of, run
from serving import text_of, write
from subject import let_in
from syncing import GONE, OTHERS, OURS, Sync
from updating import Gateway, Hosts

PAGES = 8
PAGE = 4096
LOG_BYTES = 2000
NOBODY = 65534


class Medium:
    """A small file system of its own at a path."""

    def __init__(self, path, inodes=64):
        self.path, self.filler = path, os.path.join(path, "filler")
        os.makedirs(path, 0o700, exist_ok=True)
        self.mount("-t", "tmpfs", "-o", f"size={PAGES * PAGE},mode=700,nr_inodes={inodes}", "none")

    def mount(self, *options):
        """Mounts it, or mounts it otherwise."""
        subprocess.run(["mount", *options, self.path], check=True)

    def fill(self):
        """No byte has room any more."""
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while file.write(b"x" * PAGE):
                    pass
            except OSError:
                pass

    def crowd(self):
        """No file has room any more."""
        os.makedirs(self.filler, exist_ok=True)
        try:
            for number in range(1000):
                with open(os.path.join(self.filler, str(number)), "wb"):
                    pass
        except OSError:
            pass

    def clear(self):
        """There is room again, and it can be written."""
        self.mount("-o", "remount,rw")
        subprocess.run(["rm", "-rf", self.filler], check=True)

    def freeze(self):
        """Nothing can be written."""
        self.mount("-o", "remount,ro")

    def unmount(self):
        """It is gone."""
        subprocess.run(["umount", self.path], check=True)


def good(play, done, *words, status=0):
    """The run has ended so and with these words, and nothing is wrong with it."""
    wrong = faults_of(done, play.secrets, allowed=(status,))
    wrong += [f"no {word!r}" for word in words if word not in done.err]
    if wrong:
        raise Wrong(f"{wrong}: {done}")


@scenario
def full_sync():
    """cf-ddns-sync on a full medium: records right, a warning, no cache; with room all is well."""
    play = Sync((OURS, GONE), None)
    medium = Medium(play.cache_dir)
    for spoil in (medium.fill, medium.crowd):
        for cached in (None, (OURS, GONE)):
            medium.clear()
            play.cached = cached
            play.prepare()
            spoil()
            done = play.run([], None)
            # What was removed has made room for what comes instead.
            good(play, done, *(["WARNING", "Cannot write the cache"] if cached is None else []))
            equal("records", play.api.addresses(), play.wanted)
            true("cache", play.held() in (None, play.wanted), play.held())
            medium.clear()
            equal("what is left wrong", play.mended(), [])


@scenario
def frozen_sync():
    """cf-ddns-sync on a read-only medium: what is right serves, what is not is left alone."""
    play = Sync((OURS, OTHERS), (OURS, OTHERS))
    medium = Medium(play.cache_dir)
    play.prepare()
    medium.freeze()
    good(play, play.run([], None), "Cannot lock")
    equal("requests", play.api.calls(), [])
    medium.clear()
    play.cached, play.records = (OURS, GONE), (OURS, GONE)
    play.prepare()
    medium.freeze()
    good(play, play.run([], None), "nothing changed, cannot remove the cache", status=1)
    equal("records", play.api.addresses(), sorted((OURS, GONE)))
    medium.clear()
    equal("what is left wrong", play.mended(), [])


@scenario
def limited_sync():
    """cf-ddns-sync where files may not grow: no signal ends it, and no cache is torn."""
    play = Sync((OURS, GONE), (OURS, GONE))
    for size in (0, 1, 10, 200):
        play.prepare()
        limit = Limits("prlimit", f"--fsize={size}:")
        wrong = play.all_faults(play.run(limit.before, None), limit)
        equal(f"wrong with {size} bytes", wrong, [])


@scenario
def full_register():
    """pydyndns on full, read-only and limited media: sent or not, and the cache never lies."""
    play = Register(True)
    play.server_dir, play.dir = play.dir, worlds.directory("medium")
    play.cache = os.path.join(play.dir, "cache")
    config = text_of(play.config).replace(play.server_dir + "/cache", play.cache)
    write(play.config, config)
    medium = Medium(play.dir)

    def spoiled(spoil, words, status):
        medium.clear()
        play.prepare()
        spoil()
        good(play, play.run([], None), *words, status=status)
        equal("addresses", play.zone()[0], sorted(play.wanted if status == 0 else OLD))
        true("cache", play.held() in (None, play.document(play.zone()[0])), play.held())
        medium.clear()
        equal("what is left wrong", play.mended(), [])

    spoiled(medium.fill, [], 0)
    spoiled(medium.crowd, [], 0)
    spoiled(medium.freeze, ["Nothing sent, cannot remove the cache"], 1)
    medium.unmount()
    for size in (0, 10, 70):
        play.prepare()
        limit = Limits("prlimit", f"--fsize={size}:")
        # The same file system has what the run itself says.
        equal(f"wrong with {size} bytes", play.all_faults(play.run(limit.before, None), limit), [])


@scenario
def full_keys():
    """hetzner-dyndns on full, read-only and limited media: old keys stay, and why is told."""
    keys = Keys(worlds.directory("keys"))
    directory = os.path.dirname(keys.path)
    medium = Medium(directory)

    def make(*before):
        return run("hetzner-dyndns", "--make-keys", before=before, environment=keys.environment())

    def refused(spoil, *before):
        medium.clear()
        write(keys.path, keys.old)
        spoil()
        done = make(*before)
        equal(f"wrong: {done}", faults_of(done, allowed=(1,)), [])
        true("words", "cannot write new keys" in done.err, done)
        equal("torn", keys.wrong() or "", "")
        equal("files", set(os.listdir(directory)) - {"filler"}, {"keys"})
        medium.clear()
        equal("what is left wrong", [one for one in keys.after(None) if one], [])

    refused(medium.fill)
    refused(medium.crowd)
    refused(medium.freeze)
    for size in (0, 10, 60):
        refused(lambda: None, "prlimit", f"--fsize={size}:")


@scenario
def awkward_keys():
    """hetzner-dyndns where keys can be put but not synced, or only in part be added: none twice."""
    keys = Keys(worlds.directory("keys"))
    directory = os.path.dirname(keys.path)
    write(keys.path, keys.old)
    # Whoever may change a directory need not be allowed to read it.
    for path in (directory, keys.path):
        os.chown(path, NOBODY, NOBODY)
    os.chmod(directory, 0o300)
    done = run("hetzner-dyndns", "--make-keys", environment=keys.environment(), before=[
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"])
    equal(f"wrong: {done}", faults_of(done, allowed=(0,)), [])
    equal("what is left wrong", [one for one in keys.after(None) if one], [])
    mounted = Keys(worlds.directory("keys"), mounted=True)
    for more in (0, 1, 30, 61):
        mounted.prepare()
        done = run("hetzner-dyndns", "--make-keys", environment=mounted.environment(), before=[
            "prlimit", f"--fsize={len(mounted.old) + more}:"])
        equal(f"wrong: {done}", faults_of(done, allowed=(1,)), [])
        equal("the file", text_of(mounted.path), mounted.old)
        equal("what is left wrong", [one for one in mounted.after(None) if one], [])


@scenario
def full_logs():
    """Log files that find no room, or may not grow: the servers serve on and say so elsewhere."""
    for kind in (Gateway, Hosts):
        play = kind()
        medium = Medium(os.path.join(play.dir, "logs"))
        let_in(medium.path)
        old, play.log = play.log, os.path.join(medium.path, "log")
        if kind is Gateway:
            write(play.config, text_of(play.config).replace(old, play.log))
        for spoil, before in ((medium.fill, []), (medium.crowd, []),
                              (lambda: None, ["prlimit", f"--fsize={LOG_BYTES}:"])):
            medium.clear()
            play.prepare()
            # It is at its limit already; a new file on a full medium is the other case.
            if before:
                write(play.log, "x" * (LOG_BYTES - 1) + "\n")
                let_in(play.log)
            elif os.path.exists(play.log):
                os.unlink(play.log)
            spoil()
            limit = Limits(*before)
            done = play.run(limit.before, None)
            wrong = play.all_faults(done, limit)
            equal(f"wrong with {kind.__name__} {before}: {done} {done.notes}", wrong, [])
            true("served", (done.notes.get("good") or [0])[0] == 200, done)
            true("told", "cannot log to" in done.err, done)


full_register.seconds = full_logs.seconds = 30
