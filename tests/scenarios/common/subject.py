"""The command under test, which DDNSBOX_UNDER_TEST names, and the stand-in built beside it."""

import os
import shlex
import shutil

from checks import BUSY_SECONDS_MAX

BUILT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../target/debug")
STANDIN = os.path.join(BUILT, "examples/standin")
NOBODY = 65534
EMULATED_TIMES = 5
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def under_test():
    """The program's command, each word absolute where it names a file."""
    words = shlex.split(os.environ.get("DDNSBOX_UNDER_TEST", os.path.join(BUILT, "ddnsbox")))
    words[0] = shutil.which(words[0]) or words[0]
    return [os.path.abspath(word) if os.path.exists(word) else word for word in words]


def let_in(directory):
    """Gives a directory to the user that daemons become where root starts them."""
    if os.geteuid() == 0 and not variables():
        os.chown(directory, NOBODY, NOBODY)


def variables():
    """What the program is told besides what a scenario tells it."""
    if "DDNSBOX_USER" in os.environ:
        return {"DDNSBOX_USER": os.environ["DDNSBOX_USER"]}
    # By itself it needs no path to start its children; an emulator opens it by its name.
    files = [word for word in under_test() if os.path.isabs(word)]
    if is_emulated() and not all(can_be_entered(file) for file in files):
        return {"DDNSBOX_USER": "root"}
    return {}


def can_be_entered(path):
    """Whether anybody may open what lies there."""
    above = os.path.dirname(path)
    return bool(os.stat(path).st_mode & 0o005 == 0o005) and (
        above == path or can_be_entered(above))


def is_emulated():
    """Whether an emulator runs the program, and has to run its children too."""
    return os.path.basename(under_test()[0]).startswith("qemu-")


def is_confined():
    """Whether the program lets itself and its children make only some system calls."""
    with open(under_test()[-1], "rb") as file:
        # One that is linked with the machine's own C library does not.
        return not is_emulated() and b"/ld-linux" not in file.read(4096)


def said_by(stream):
    """The lines of a program, but for the one that says that an emulator has no filters."""
    for line in stream:
        text = line.decode("utf-8", "replace").rstrip("\n")
        if not (is_emulated() and "no seccomp filter here" in text):
            yield text


def patience(seconds):
    """As long as that, or longer where the program is emulated."""
    return seconds * (EMULATED_TIMES if is_emulated() else 1)


def limit(seconds):
    """How long to wait for what takes so long on a machine that is idle."""
    return patience(seconds) + BUSY_SECONDS_MAX


def is_filtered():
    """Whether only some system calls are allowed to the program and its children."""
    return os.path.basename(under_test()[0]) == "under"


def is_by_itself():
    """Whether nothing stands before the program: what does is there for one that is static."""
    return len(under_test()) == 1
