"""One run of the program under whatever is done to it, and what must be true of any."""

import os
import signal
import subprocess
import tempfile
import time

import worlds
from processes import children_of, limit, status
from subject import PATH, under_test

# Exit statuses that the programs document: done, failed, wrong usage.
DONE, FAILED, WRONG_USAGE = 0, 1, 2
# However the program has failed, it must have ended by then.
LIMIT_SECONDS = 90
# As prlimit(1) and the kernel name them.
LIMITS = (("nofile", "Max open files"), ("fsize", "Max file size"), ("as", "Max address space"))
PANIC = ("panicked at", "stack overflow", "fatal runtime", "core dumped")


class Run:
    """What came of one run."""

    def __init__(self, status, out, err, seconds, left):
        self.status, self.out, self.err, self.seconds = status, out, err, seconds
        self.left, self.hung, self.notes = left, False, {}

    def __repr__(self):
        return f"status {self.status}, {self.seconds:.1f} s, said {self.out + self.err!r}"


class Program:
    """The program at work; `with` ends it, and whatever it has left, in any case."""

    def __init__(self, applet, *arguments, before=(), environment=None, directory="/"):
        self.known = set(worlds.children())
        # Files, so that nobody has to read along, and a child that keeps one open holds up nobody.
        self.files = [tempfile.TemporaryFile() for _ in range(2)]
        self.tail = None
        if any("--fsize" in word for word in before):
            # A file that may not grow would keep from us what it says.
            self.tail = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=self.files[1])
            self.known.add(self.tail.pid)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*before, *under_test(), applet, *arguments], stdin=subprocess.DEVNULL,
            stdout=self.files[0], cwd=directory,
            stderr=self.tail.stdin if self.tail else self.files[1],
            env={"PATH": PATH} | self.variables(arguments) | (environment or {}))
        self.pid = self.process.pid

    @staticmethod
    def variables(arguments):
        """What traces its children writes where only root may."""
        return {"DDNSBOX_USER": "root"} if "--upstream-via" in arguments else {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        worlds.left_over(self.known)
        if self.tail:
            self.tail.kill()
            self.tail.wait()
        for file in self.files:
            file.close()

    def said(self, which=1):
        """What it has said so far, on standard error or (0) output."""
        length = os.fstat(self.files[which].fileno()).st_size
        return os.pread(self.files[which].fileno(), length, 0).decode("utf-8", "replace")

    def detach(self):
        """From now on nothing is made to fail: the tracer goes, and what it traced stays."""
        for pid in [self.pid, *children_of(self.pid)]:
            # Only a process of the same user may, or root with more power than it may have here.
            if not (shown := status(pid)):
                continue
            uid, gid = (int(shown[one].split()[0]) for one in ("Uid", "Gid"))
            most = [f"--{name}={limit(pid, words)[1]}:" for name, words in LIMITS]
            subprocess.run(["prlimit", f"--pid={pid}", *most], user=uid, group=gid,
                           extra_groups=[], check=False, capture_output=True)
        for pid in set(worlds.children()) - self.known - {self.pid}:
            if worlds.command_line(pid).startswith("strace "):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def is_running(self):
        """Whether it has not ended."""
        return self.process.poll() is None

    def wait_for(self, condition, seconds=LIMIT_SECONDS):
        """Waits until the condition gives something, or it has ended; gives that or None."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            found = condition()
            if found:
                return found
            if not self.is_running():
                return condition()
            time.sleep(0.005)
        return None

    def end(self, seconds=LIMIT_SECONDS):
        """Asks it to end, and gives what came of it."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        return self.finish(seconds)

    def finish(self, seconds=LIMIT_SECONDS):
        """Waits for its end and gives what came of it."""
        hung = False
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            hung = True
            self.process.kill()
            self.process.wait()
        taken = time.monotonic() - self.began
        if self.tail:
            self.tail.communicate()
        left = worlds.left_over(self.known)
        run = Run(self.process.returncode, self.said(0), self.said(), taken, left)
        run.hung = hung
        return run


def run(applet, *arguments, seconds=LIMIT_SECONDS, **options):
    """One run from beginning to end."""
    with Program(applet, *arguments, **options) as program:
        return program.finish(seconds)


def faults_of(done, secrets=(), silenced=False, allowed=(DONE, FAILED)):
    """What is wrong with any run that has this; `silenced`: what it says was made to fail."""
    faults = []
    if done.hung:
        faults.append(f"it hangs, after {done.seconds:.0f} s")
    elif done.status < 0:
        faults.append(f"ended by {signal.Signals(-done.status).name}")
    elif done.status not in allowed:
        faults.append(f"exit status {done.status}")
    elif done.status and not silenced and not (done.out + done.err).strip():
        faults.append(f"exit status {done.status} without a word")
    faults += [f"it says {words!r}" for words in PANIC if words in done.err]
    faults += [f"left over: {one}" for one in done.left]
    for secret in secrets:
        if secret in done.out + done.err:
            faults.append("a secret is told")
    return faults
