"""Records which system calls a run makes, and makes one of them fail in another (strace -e inject).

strace counts the calls of each process for itself. So a run is traced without its children, and a
child by a program put before it (`--upstream-via`); threads of a run are told from children.
"""

import os
import random
import re
import tempfile

from errnos import ERRNOS, LASTING

# The program's own first call: what is before it is the loader's, which has its own words.
BEGIN = "fcntl(0, F_GETFD)"
CALL = re.compile(r"(\d+ +)?([a-z0-9_]+)\((.*)")
THREAD = re.compile(r"(\d+) .*clone3.*parent_tid=\[(\d+)\]\}?, \d+\) += \2")
SEED = 20261121
# So many occurrences of a call are made to fail in any case, and so many at most are looked at.
FIRST, OCCURRENCES_MAX = 2, 400
# Of the further ones, so many in a hundred.
SAMPLE_PERCENT = 8
SHOWS = bool(os.environ.get("DDNSBOX_FAULTS_SHOW"))
ALL = bool(os.environ.get("DDNSBOX_FAULTS_ALL"))
# A long scenario is played in several worlds, each of which takes its part of the faults.
SHARD, SHARDS = map(int, os.environ.get("DDNSBOX_FAULTS_SHARD", "0/1").split("/"))


class Fault:
    """One call that is to fail: the `nth` of its name, or from there on all."""

    def __init__(self, name, nth, error, lasts=False, in_thread=False):
        self.name, self.nth, self.error, self.lasts = name, nth, error, lasts
        self.in_thread = in_thread

    def __repr__(self):
        return f"{self.name}#{self.nth}{'+' * self.lasts}={self.error}"

    def options(self):
        """Those of strace that make it fail."""
        when = f"{self.nth}{'+' * self.lasts}"
        how = self.error if ":" in self.error or "=" in self.error else f"error={self.error}"
        return [*(["-f"] if self.in_thread else []), "-e", f"trace={self.name}",
                "-e", f"inject={self.name}:{how}:when={when}"]


class Tracer:
    """The words to put before a program, and what strace has seen then."""

    def __init__(self, fault=None, follows=False):
        self.fault = fault
        handle, self.log = tempfile.mkstemp(prefix="strace-")
        os.close(handle)
        options = fault.options() if fault else ["-f"] * follows
        self.before = ["strace", "-DD", "-qq", "-s", "60", "-o", self.log, *options]
        self.files = [self.log]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for path in self.files:
            if os.path.isdir(path):
                os.rmdir(path)
            elif os.path.exists(path):
                os.unlink(path)

    def via(self):
        """A program that runs another one under this tracer."""
        handle, path = tempfile.mkstemp(prefix="via-")
        with open(handle, "w", encoding="ascii") as file:
            # Children that come later are left alone: what fails once must be got over.
            line = " ".join(f"'{word}'" for word in self.before)
            file.write(f'#!/bin/sh\nif mkdir {path}.first 2>/dev/null; then exec {line} "$@"; fi\n'
                       'exec "$@"\n')
        os.chmod(path, 0o755)
        self.files += [path, f"{path}.first"]
        return path

    def seen(self):
        """What strace has written."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()

    def struck(self):
        """The calls that were made to fail."""
        return [line for line in self.seen() if "(INJECTED)" in line]

    def silenced(self):
        """Whether what was made to fail is what the program says."""
        return any(re.match(r"(\d+ +)?(writev?|sendto)\([12],", line) for line in self.struck())


class Call:
    """One call of a recorded run."""

    def __init__(self, name, nth, text, in_thread):
        self.name, self.nth, self.text, self.in_thread = name, nth, text, in_thread


def calls_of(lines):
    """The calls after the program's first own one, of the process and of its threads."""
    main, threads, counts, found, begun, loaders = None, set(), {}, [], False, {}
    for line in lines:
        main = main or line.split(" ")[0]
        # Those of a child are none of ours.
        if (born := THREAD.match(line)) and born[1] == main:
            threads.add(born[2])
    for line in lines:
        match = CALL.match(line)
        if not match:
            continue
        pid, name = (match[1] or "").strip(), match[2]
        if pid != main and pid not in threads:
            continue
        counts[pid, name] = counts.get((pid, name), 0) + 1
        if not begun and BEGIN in line:
            begun, loaders = True, {one: count for (_, one), count in counts.items()}
        # Of a thread those that would strike the loader, too, are left out.
        if begun and (pid == main or counts[pid, name] > loaders.get(name, 0)):
            found.append(Call(name, counts[pid, name], match[3], pid != main))
    return found


def faults_for(calls, only=None, lasting=True):
    """The faults to be injected, of those that the calls of a recorded run may have."""
    chance, seen, faults, singles = random.Random(SEED), {}, [], set()
    for call in calls:
        if call.name not in ERRNOS or (only and call.name not in only):
            continue
        kind = (call.name, call.in_thread)
        seen[kind] = seen.get(kind, 0) + 1
        errors = ERRNOS[call.name]
        if call.name == "getrandom" and "NONBLOCK" not in call.text:
            errors = tuple(one for one in errors if one != "EAGAIN")
        if seen[kind] > OCCURRENCES_MAX:
            continue
        # Drawn in any case, so that what comes behind does not depend on what is left out.
        picked, error = chance.random() * 100 < SAMPLE_PERCENT, chance.choice(errors)
        if not ALL and seen[kind] > FIRST:
            errors = (error,) if picked else ()
        for error in errors:
            singles.add(call.name)
            faults.append(Fault(call.name, call.nth, error, in_thread=call.in_thread))
        if lasting and seen[kind] == 1 and call.name in LASTING:
            faults.append(Fault(call.name, call.nth, LASTING[call.name], True, call.in_thread))
    return faults
