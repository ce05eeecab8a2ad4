"""An applet in the scenario's machine, and the look-out for secrets that it may let out."""

import threading
import time

from checks import equal, true
from processes import children_of, read_proc
from program import LOOK_SECONDS, SAY_SECONDS_MAX, Program
from subject import is_emulated, under_test


class Applet(Program):
    """An applet in the machine; `secrets` are never to be seen anywhere."""

    def __init__(self, net, applet, *arguments, environment=None, preload=(), bare=False):
        argv = under_test()
        # By `env`, so that nothing but the program itself is preloaded.
        before = ["env", *preload] if preload else []
        self.secrets, self.held, self.children_seen = set(), set(), set()
        super().__init__(net.within(*before, *argv), applet, arguments, environment or {}, net.dir,
                         argv[0] if is_emulated() and not bare else None)
        self.threads.append(threading.Thread(target=self._watch, daemon=True))
        self.threads[-1].start()

    def _watch(self):
        """Keeps what its children show of themselves to everybody else."""
        while self.process.poll() is None:
            for child in children_of(self.pid):
                arguments = read_proc(child, "cmdline")
                # Between fork and exec it still is a copy of its parent.
                if b"\0upstream\0" in arguments:
                    self.children_seen.add(child)
                    self.held |= {arguments, read_proc(child, "environ")}
            time.sleep(LOOK_SECONDS)

    def ended(self, status, seconds=SAY_SECONDS_MAX):
        """It ends by itself, with this status."""
        equal("exit status", self.finished(seconds), status)
        self.check_said()

    def check_said(self):
        """No secret is to be seen in what it said, nor at its children."""
        self.check_secrets()

    def check_secrets(self, *more):
        """Nowhere is a secret to be seen: not in what it said, nor at its children."""
        texts = [("stderr", "\n".join(self.said())), ("stdout", "\n".join(self.printed())), *more]
        texts += [("a child", held.decode("latin-1")) for held in self.held]
        for secret in self.secrets:
            for where, text in texts:
                true(f"{where} has the secret {secret!r}", secret not in text, text)
