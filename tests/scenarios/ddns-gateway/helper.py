"""The upstream helper by itself: job lines in, answers out, without a daemon in front of it."""

import json
import subprocess

from checks import true
from subject import under_test, variables

SECONDS = 30
ZONE, NAME = "example.com", "home"
# How many fields of an answer follow its outcome, by outcome.
ERROR_FIELDS = 4


def job_line(provider, url, credentials, wanted, **how):
    """The line that asks for these values at a name.

    `owned`: of the others only these go; else all go. Further: `ttl`, `comment`, `kind`.
    """
    number, secret = credentials
    kind, owned = how.get("kind", "A"), how.get("owned")
    words = ["records", provider, url, number, secret, "name", ZONE, None, "0", "0", "1",
             str(SECONDS), "1", NAME, kind]
    for values in (wanted, owned or []):
        words.append(str(len(values)))
        for value in values:
            words += [kind, value]
    words += ["mirror" if owned is None else "keep-foreign", "with-value",
              how.get("ttl"), how.get("comment"), ""]
    return json.dumps(words, ensure_ascii=False) + "\n"


class Answer:
    """What came of a job: its outcome, and a short word for each step."""

    def __init__(self, line):
        words = json.loads(line)
        true("an answer", words.pop(0) == "answer", line)
        self.outcome, self.error, self.lines = words.pop(0), None, []
        if self.outcome == "several":
            words.pop(0)
            self.lines = take(words)
            for _ in range(int(words.pop(0))):
                del words[:2]
        elif self.outcome.startswith("failed"):
            self.error = words[ERROR_FIELDS - 1]
            del words[:ERROR_FIELDS]
        self.steps = [step(words) for _ in range(int(words.pop(0)))]
        self.warnings = words[-int(words[-1]):] if words[-1] != "0" else []


def take(words):
    """A list of texts, off the front."""
    return [words.pop(0) for _ in range(int(words.pop(0)))]


def step(words):
    """`=1` right already, `+1` made, `1>2` changed, `-1` removed, by the end of the address."""
    _, action, _, value, previous, _ = (words.pop(0) for _ in range(6))
    value = value.split(".")[-1]
    sign = {"unchanged": "=", "created": "+", "removed": "-"}.get(action)
    return f"{sign}{value}" if sign else f"{previous.split('.')[-1]}>{value}"


def ask(line):
    """Does one job in a helper of its own; gives its answer."""
    done = subprocess.run([*under_test(), "upstream"], input=line, capture_output=True, text=True,
                          timeout=10 * SECONDS, check=False, env=variables())
    true("one line", done.stdout.count("\n") == 1, f"{done.stdout}{done.stderr}")
    return Answer(done.stdout)
