"""The command under test, which DDNSBOX_UNDER_TEST names, and the stand-in built beside it."""

import os
import shlex
import shutil

BUILT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../target/debug")
STANDIN = os.path.join(BUILT, "examples/standin")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def under_test():
    """The program's command, each word absolute where it names a file."""
    words = shlex.split(os.environ.get("DDNSBOX_UNDER_TEST", os.path.join(BUILT, "ddnsbox")))
    words[0] = shutil.which(words[0]) or words[0]
    return [os.path.abspath(word) if os.path.exists(word) else word for word in words]


def is_emulated():
    """Whether an emulator runs the program, and has to run its children too."""
    return os.path.basename(under_test()[0]).startswith("qemu-")


def is_filtered():
    """Whether only some system calls are allowed to the program and its children."""
    return os.path.basename(under_test()[0]) == "under"


def is_by_itself():
    """Whether nothing stands before the program: what does is there for one that is static."""
    return len(under_test()) == 1
