#!/usr/bin/env python3
"""Tests of the runner, and of how tests/run shows failures: tests/scenarios/common/test_playing.py.

Made-up scenarios that fail once, always or never are played side by side.
"""

import contextlib
import io
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from checks import Skipped, Wrong, equal, scenario, true  # noqa: E402
from playing import AGAIN_MAX, Case, Runner, chosen, reason_of, run  # noqa: E402

LANES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lanes.sh")


class Flaky:
    """Fails as often as it is told to, then passes."""

    def __init__(self, failures):
        self.failures, self.plays = failures, 0

    def __call__(self):
        self.plays += 1
        if self.plays <= self.failures:
            raise Wrong(f"wrong the {self.plays}. time\n    more about it")


def skips():
    """A scenario that cannot be played."""
    raise Skipped("not here")


def made_up(**plays):
    """Cases with these names and plays."""
    return [Case(name, "made up", play) for name, play in plays.items()]


def played(cases, jobs):
    """The verdicts, sorted, and the lines printed, without the time taken."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        verdicts = Runner(jobs).verdicts(cases)
    return sorted(verdicts), shown.getvalue().splitlines()


@scenario
def passes_alone():
    """One that fails beside others and passes alone counts as passed, and an `again` line tells."""
    flaky, steady = Flaky(1), Flaky(0)
    verdicts, lines = played(made_up(flaky=flaky, steady=steady, left=skips), jobs=2)
    equal("verdicts", verdicts, ["passed", "passed", "skipped"])
    equal("plays", (flaky.plays, steady.plays), (2, 1))
    equal("last line", lines[-1],
          "again flaky: passed alone, failed beside others: wrong the 1. time")
    true("told as a failure", not [line for line in lines if line.startswith("not ok")], lines)


@scenario
def fails_alone():
    """One that fails alone, too, has failed, and is told with the second reason."""
    flaky = Flaky(9)
    verdicts, lines = played(made_up(flaky=flaky, steady=Flaky(0)), jobs=2)
    equal("verdicts", verdicts, ["failed", "passed"])
    equal("plays", flaky.plays, 2)
    equal("end", lines[-3:], ["not ok flaky: made up", "    wrong the 2. time",
                              "    more about it"])


@scenario
def has_been_alone():
    """One that has no others beside it is played once: with one job, or as the only one."""
    for jobs, cases in ((1, made_up(flaky=Flaky(1), steady=Flaky(0))),
                        (4, made_up(flaky=Flaky(1))),
                        (4, [Case("flaky", "made up", Flaky(1), is_alone=True)])):
        verdicts, _ = played(cases, jobs)
        true("not failed", "failed" in verdicts, verdicts)
        equal("plays", cases[0].play.plays, 1)


@scenario
def too_many_fail():
    """Where more fail than chance would have it, none is played again, and each is told."""
    flaky = {f"flaky{number}": Flaky(1) for number in range(AGAIN_MAX + 1)}
    verdicts, lines = played(made_up(**flaky), jobs=4)
    equal("verdicts", verdicts, ["failed"] * len(flaky))
    equal("plays", [one.plays for one in flaky.values()], [1] * len(flaky))
    equal("told", sum(line.startswith("not ok ") for line in lines), len(flaky))


@scenario
def exit_status():
    """The last line counts, and the exit status says whether any has failed."""
    for failures, line, status in ((0, "made-up: 2 passed, 0 failed, 0 skipped", 0),
                                   (2, "made-up: 1 passed, 1 failed, 0 skipped", 1)):
        shown = io.StringIO()
        try:
            with contextlib.redirect_stdout(shown):
                run("made-up", made_up(flaky=Flaky(failures), steady=Flaky(0)), Runner(2))
        except SystemExit as end:
            equal("exit status", end.code, status)
        equal("last line", shown.getvalue().splitlines()[-1], line)


@scenario
def names():
    """Scenarios are chosen by name, by what stands before a bracket, or left out by a `-`."""
    cases = made_up(**{"one[a]": Flaky(0), "one[b]": Flaky(0), "two": Flaky(0)})
    for asked, wanted in (([], ["one[a]", "one[b]", "two"]), (["one"], ["one[a]", "one[b]"]),
                          (["two", "one[b]"], ["two", "one[b]"]), (["-one"], ["two"])):
        equal(asked, [case.name for case in chosen("made-up", asked, cases)], wanted)


@scenario
def failures_shown():
    """tests/run finds the failures in a log, each with the lines below it, and no others."""
    log = ["ok fine: passes", "not ok bad: fails", "    why", "ok after: passes", "    [noted]",
           "failed beside others, to be played again: flaky: x", "    why", "ok flaky: passes",
           "again flaky: passed alone, failed beside others: why",
           "test case::broken ... FAILED", "test case::fine ... ok"]
    with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
        file.write("\n".join(log) + "\n")
        file.flush()
        done = subprocess.run(["bash", "-c", '. "$1"; failures_of "$2"', "bash", LANES, file.name],
                              capture_output=True, text=True, check=True)
    equal("shown", done.stdout.splitlines(), [log[1], log[2], log[9]])


@scenario
def reasons():
    """The reason of a failure is its second line, or what its only line says."""
    equal("two lines", reason_of("not ok a: shows\n    why\n    | said"), "why")
    equal("one line", reason_of("not ok a: OSError"), "a: OSError")


run("runner", chosen("runner", sys.argv[1:]), Runner())
