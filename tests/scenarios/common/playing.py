"""The one runner of all `run` scripts: plays scenarios, prints a line for each, and sums up.

A scenario that fails while others run beside it is played once more, alone, after all others have
ended: machines differ in speed. If it passes then, it counts as passed, and an `again` line says
why it failed before. One that fails alone has failed.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import scratch
from checks import SCENARIOS, Skipped, Wrong

# Where servers, `ip` and `nft` are, for those who are not root.
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"
# If more than so many fail, the program is broken and the machine is not to blame: none is played
# again, as that could take hours.
AGAIN_MAX = 8


@dataclass(frozen=True)
class Case:
    """A scenario as the runner plays it."""

    name: str
    shows: str
    play: Callable
    # About how long it takes; the longest begin first, so that the others run beside them.
    seconds: float = 0
    # It measures, and is played after all others.
    is_alone: bool = False
    # It only waits for deadlines, and is played beside the others whatever the number of jobs.
    is_waiting: bool = False


def case_of(function):
    """The case that a function is; its attributes say how it is to be played."""
    if isinstance(function, Case):
        return function
    return Case(function.__name__, function.__doc__.strip().splitlines()[0], function,
                getattr(function, "seconds", 0), getattr(function, "is_alone", False))


def verdict_of(case):
    """Plays a case; gives `passed`, `failed` or `skipped`, and the text to print."""
    began = time.monotonic()
    try:
        noted = case.play()
    except Skipped as why:
        return "skipped", f"skipped {case.name}: {why}"
    except Exception as error:  # pylint: disable=broad-except
        # A broken scenario must be reported as loudly as a broken program.
        why = f"{error}" if isinstance(error, Wrong) else f"{type(error).__name__}: {error}"
        evidence = "".join(f"\n    | {one}" for one in getattr(error, "evidence", []))
        return "failed", f"not ok {case.name}: {case.shows}\n    {why}{evidence}"
    taken = time.monotonic() - began
    note = f" [{noted}]" if noted else ""
    return "passed", f"ok {case.name} ({taken:.1f} s): {case.shows}{note}"


def chosen(part, names, cases=None):
    """The cases (of all scenarios) that are named, or all but those named with a `-`.

    A name may be what stands before the bracket of several; an unknown name is an error.
    """
    cases = [case_of(one) for one in SCENARIOS] if cases is None else cases

    def named(name):
        return [case for case in cases if name in (case.name, case.name.split("[")[0])]
    unknown = [name for name in names if not named(name.removeprefix("-"))]
    if unknown:
        sys.exit(f"{part}: unknown scenario {' '.join(unknown)}; the scenarios are: "
                 + " ".join(case.name for case in cases))
    left_out = [case for name in names if name.startswith("-") for case in named(name[1:])]
    wanted = [case for name in names if not name.startswith("-") for case in named(name)]
    return [case for case in wanted or cases if case not in left_out]


class Runner:
    """Plays cases, `jobs` of them side by side; `play` gives a verdict and the text to print."""

    def __init__(self, jobs=1, play=verdict_of):
        self.jobs, self.play = jobs, play
        # By name: the text of those that have failed beside others.
        self.failed = {}

    def verdicts(self, cases):
        """Plays all, and those that failed beside others again; gives their verdicts."""
        cases = sorted(cases, key=lambda case: -case.seconds)
        alone = [case for case in cases if case.is_alone]
        waiting = [case for case in cases if case.is_waiting and not case.is_alone]
        others = [case for case in cases if not (case.is_waiting or case.is_alone)]
        beside = waiting + others
        if len(beside) > 1 and (waiting or self.jobs > 1):
            with ThreadPoolExecutor(max(len(waiting), 1)) as late, \
                    ThreadPoolExecutor(self.jobs) as pool:
                late = late.map(self._beside_others, waiting)
                found = list(pool.map(self._beside_others, others)) + list(late)
        else:
            found = [self._alone(case) for case in beside]
        again = [case for case in beside if case.name in self.failed]
        found = [verdict for verdict in found if verdict is not None]
        found += [self._alone(case) for case in alone]
        if len(again) > AGAIN_MAX:
            for case in again:
                print(self.failed[case.name], flush=True)
            return found + ["failed"] * len(again)
        return found + [self._again(case) for case in again]

    def _alone(self, case):
        verdict, text = self.play(case)
        print(text, flush=True)
        return verdict

    def _beside_others(self, case):
        """Its verdict, or None where it has failed and is to be played again."""
        verdict, text = self.play(case)
        if verdict != "failed":
            print(text, flush=True)
            return verdict
        self.failed[case.name] = text
        print(f"failed beside others, to be played again: {text.removeprefix('not ok ')}",
              flush=True)
        return None

    def _again(self, case):
        verdict = self._alone(case)
        if verdict == "passed":
            print(f"again {case.name}: passed alone, failed beside others: "
                  f"{reason_of(self.failed[case.name])}", flush=True)
        return verdict


def reason_of(text):
    """The first line that says why a scenario has failed."""
    lines = text.splitlines()
    return (lines[1] if len(lines) > 1 else text.removeprefix("not ok ")).strip()


def run(part, cases, runner, why_not=None):
    """Plays the cases, or skips them where something says why they cannot be played; sums up."""
    if why_not:
        print(f"{part}: cannot be played here: {why_not}")
        sum_up(part, ["skipped"] * len(cases))
    sum_up(part, runner.verdicts(cases))


def jobs_or(usual):
    """How many run side by side: DDNSBOX_JOBS, or as many as usual."""
    return int(os.environ.get("DDNSBOX_JOBS", usual))


def sum_up(part, verdicts):
    """Prints the line that tests/run adds up and ends, with 1 where something has failed."""
    count = {verdict: verdicts.count(verdict) for verdict in ("passed", "failed", "skipped")}
    print(f"{part}: {count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped", flush=True)
    sys.exit(1 if count["failed"] else 0)


def leave_nothing():
    """A termination request takes the worlds down as Control-C does, and no file stays in /tmp."""
    def stop(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
    scratch.begin()
