"""What the `run` scripts do: they play scenarios, print a line for each, and sum up."""

import os
import signal
import sys
import time

from checks import SCENARIOS, Skipped, Wrong

# Where servers, `ip` and `nft` are, for those who are not root.
os.environ["PATH"] = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def verdict_of(name, shows, function):
    """Plays one scenario; gives `passed`, `failed` or `skipped`, and the words to print."""
    began = time.monotonic()
    try:
        noted = function()
    except Skipped as why:
        return "skipped", f"skipped {name}: {why}"
    except Wrong as why:
        evidence = "".join(f"\n    | {one}" for one in getattr(why, "evidence", []))
        return "failed", f"not ok {name}: {shows}\n    {why}{evidence}"
    except Exception as error:  # pylint: disable=broad-except
        # A world that breaks must be told as loudly as a program that does.
        return "failed", f"not ok {name}: {type(error).__name__}: {error}"
    taken = time.monotonic() - began
    return "passed", f"ok {name} ({taken:.1f} s): {shows}" + (f" [{noted}]" if noted else "")


def play(scenario):
    """Plays one scenario and prints its line; gives `passed`, `failed` or `skipped`."""
    shows = scenario.__doc__.strip().splitlines()[0]
    verdict, words = verdict_of(scenario.__name__, shows, scenario)
    print(words, flush=True)
    return verdict


def chosen(world, names):
    """The scenarios named, or all but those named with a `-`; a name that is none is an error."""
    known = {scenario.__name__: scenario for scenario in SCENARIOS}
    left_out = [name[1:] for name in names if name.startswith("-")]
    names = [name for name in names if not name.startswith("-")]
    unknown = [name for name in names + left_out if name not in known]
    if unknown:
        sys.exit(f"{world}: no scenario {' '.join(unknown)}; there are: {' '.join(known)}")
    every = [known[name] for name in names] if names else SCENARIOS
    return [scenario for scenario in every if scenario.__name__ not in left_out]


def sum_up(world, verdicts):
    """Prints the line that tests/run adds up and ends, with 1 where something has failed."""
    count = {verdict: verdicts.count(verdict) for verdict in ("passed", "failed", "skipped")}
    print(f"{world}: {count['passed']} passed, {count['failed']} failed, "
          f"{count['skipped']} skipped")
    sys.exit(1 if count["failed"] else 0)


def end_like_control_c():
    """From now on a termination request takes the worlds down like Control-C does."""
    def stop(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
