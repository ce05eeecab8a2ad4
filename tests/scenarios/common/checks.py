"""What scenarios are made of: the list of them, and comparisons that show evidence."""

SCENARIOS = []
# How late a busy machine may be with anything; what hangs is later still.
BUSY_SECONDS_MAX = 60


class Wrong(Exception):
    """The program did something else than the scenario says."""


class Skipped(Exception):
    """The scenario cannot be played here; the words say why."""


def scenario(function):
    """Adds a function to the list; its first line of documentation says what it shows."""
    SCENARIOS.append(function)
    return function


def equal(what, got, wanted):
    """Fails unless both are the same."""
    if got != wanted:
        raise Wrong(f"{what}:\n    wanted {wanted!r}\n    got    {got!r}")


def true(what, condition, evidence=""):
    """Fails unless the condition holds; the evidence is shown."""
    if not condition:
        raise Wrong(f"{what}: {evidence}")


def took(what, seconds, least, most):
    """Fails if it took less time, or so much more that it hangs: a busy machine is no fault.

    What has to be sooner than something else is compared with that, and not with a clock.
    """
    between(what, seconds, least, most + BUSY_SECONDS_MAX)


def between(what, got, least, most):
    """Fails unless the number lies there."""
    true(f"{what} is not within {least}..{most}", least <= got <= most, f"{got:.3f}")
