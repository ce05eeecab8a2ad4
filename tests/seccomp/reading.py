"""Scenarios of how the list is read, what is in it, and that procd would understand its names."""

import json
import os
import re
import shutil
import subprocess
import tempfile

import built
from checks import Skipped, equal, scenario, true
from reasons import REASONS

# Those a jump in a filter of the kernel's can pass over, with room to spare.
NAMES_MAX = 200
# Whoever had these could leave what confines a daemon, or look into others.
NEVER = {"ptrace", "mount", "umount2", "pivot_root", "chroot", "setns", "unshare", "clone3", "bpf",
         "init_module", "finit_module", "delete_module", "kexec_load", "io_uring_setup",
         "io_uring_enter", "keyctl", "add_key", "request_key", "personality", "mknod", "mknodat",
         "process_vm_readv", "process_vm_writev", "perf_event_open", "userfaultfd", "reboot",
         "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
         "setfsuid", "setfsgid", "syscall", "socketcall", "execveat", "link", "linkat", "symlink",
         "symlinkat", "chmod", "fchmod", "fchmodat", "settimeofday", "clock_settime",
         "clock_settime64", "clock_adjtime", "adjtimex", "swapon", "iopl", "ioperm", "seccomp"}
GOOD = {"defaultAction": "SCMP_ACT_KILL_PROCESS",
        "syscalls": [{"names": ["execve", "exit_group"], "action": "SCMP_ACT_ALLOW"}]}
CONDITION = {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}


def with_rule(**keys):
    """A filter whose second rule has these keys besides, or instead, of what a good one has."""
    rule = {"names": ["socket"], "action": "SCMP_ACT_ALLOW"} | keys
    rule = {key: value for key, value in rule.items() if value is not None}
    return GOOD | {"syscalls": [*GOOD["syscalls"], rule]}


def with_condition(**keys):
    """A filter one of whose conditions has these keys besides, or instead."""
    condition = {key: value for key, value in (CONDITION | keys).items() if value is not None}
    return with_rule(args=[condition])


WRONG = {
    "no default": {"syscalls": GOOD["syscalls"]},
    "no rules": {"defaultAction": "SCMP_ACT_KILL_PROCESS"},
    "an empty list of rules": GOOD | {"syscalls": []},
    "a key more": GOOD | {"flags": []},
    "an architecture": GOOD | {"architectures": ["SCMP_ARCH_X86_64"]},
    "success as the default": GOOD | {"defaultAction": "SCMP_ACT_ERRNO"},
    "no such action": with_rule(action="SCMP_ACT_ALOW"),
    "no action": with_rule(action=None),
    "no names": with_rule(names=None),
    "an empty list of names": with_rule(names=[]),
    "only names that are none": with_rule(names=["no_such_call"]),
    "a name that is a number": with_rule(names=[1]),
    "a comment": with_rule(comment="why"),
    "no conditions": with_rule(args=[]),
    "no index": with_condition(index=None),
    "a seventh argument": with_condition(index=6),
    "no value": with_condition(value=None),
    "a value below zero": with_condition(value=-1),
    "a broken value": with_condition(value=1.5),
    "a value in words": with_condition(value="1"),
    "more than 31 bits": with_condition(value=1 << 31),
    "no comparison": with_condition(op=None),
    "no such comparison": with_condition(op="SCMP_CMP_LIKE"),
    "a mask without what it is to be": with_condition(op="SCMP_CMP_MASKED_EQ"),
    "two values without a mask": with_condition(valueTwo=0),
}
WRONG_TEXTS = {
    "nothing": "", "no JSON": "{", "more behind it": json.dumps(GOOD) + "{}",
    "a key twice": json.dumps(GOOD)[:-1] + ', "defaultAction": "SCMP_ACT_ALLOW"}',
    "an escape": json.dumps(GOOD).replace("execve", "exec\\u0076e"),
    "a comma too many": json.dumps(GOOD).replace("]", ",]"),
    "too long": json.dumps(GOOD) + " " * 20000,
}


def said_of(under, text):
    """Starts a program under a filter of this text: (exit status, words)."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(text)
        file.flush()
        done = subprocess.run([under, file.name, "/nowhere"], capture_output=True, text=True,
                              check=False, timeout=20)
    return done.returncode, done.stderr.strip()


@scenario
def read_strictly():
    """Whatever in a filter is not understood is an error, and the program is not started."""
    under = built.under()
    # There is no such program: that it was tried is what shows that the filter is good.
    for good in (GOOD, with_rule(), with_condition(),
                 with_condition(op="SCMP_CMP_MASKED_EQ", valueTwo=0),
                 with_rule(names=["socket", "no_such_call"])):
        equal(str(good), said_of(under, json.dumps(good)), (126, ""))
    texts = WRONG_TEXTS | {what: json.dumps(filter_) for what, filter_ in WRONG.items()}
    for what, text in texts.items():
        status, words = said_of(under, text)
        equal(what, status, 125)
        true(f"{what}: no words", words.startswith("under: "), words)


@scenario
def the_list_itself():
    """One rule has all names that need no condition; none is there twice, none may never be."""
    rules = built.rules()
    equal("rules without a condition", [rule for rule in rules if "args" not in rule], rules[:1])
    names = rules[0]["names"]
    equal("names that are there twice", sorted({one for one in names if names.count(one) > 1}), [])
    true("too many for one rule", len(names) <= NAMES_MAX, len(names))
    equal("never", sorted(NEVER & set(built.allowed())), [])
    # A name beside a rule of its own would undo the condition.
    equal("with and without a condition",
          sorted({name for rule in rules[1:] for name in rule["names"]} & set(names)), [])
    equal("conditions", {name for rule in rules[1:] for name in rule["names"]},
          {"clone", "socket"})
    equal("reasons for names that are not on the list", sorted(REASONS.keys() - set(names)), [])


@scenario
def names_are_names():
    """Each name is one of a system call of x86_64, of MIPS, or has a reason to be another's."""
    known = built.names_of()
    for compiler in ("mipsel-linux-gnu-gcc",):
        if shutil.which(compiler) is None:
            raise Skipped(f"{compiler} is not installed")
        known |= built.names_of(compiler)
    others = set(built.allowed()) - known
    equal("names of neither that have no reason", sorted(others - REASONS.keys()), [])


@scenario
def c_libraries_have_the_names():
    """musl's names, which differ for 32-bit time: procd is built with musl and knows no others."""
    headers = os.path.join(os.path.dirname(built.ZIG), "../lib")
    found = {}
    for folder, _, files in os.walk(headers):
        if folder.endswith("-linux-musl/bits") and "syscall.h" in files:
            with open(os.path.join(folder, "syscall.h"), encoding="ascii") as file:
                names = re.findall(r"^#define __(?:ARM_)?NR_(\w+)\s", file.read(), re.MULTILINE)
            found[folder.split("/")[-2]] = set(names)
    wanted = ("mips-linux-musl", "arm-linux-musl", "aarch64-linux-musl", "x86_64-linux-musl")
    if not found.keys() >= set(wanted):
        raise Skipped("no headers of musl for all processors")
    every = set().union(*(found[one] for one in wanted))
    equal("names no musl has", sorted(set(built.allowed()) - every), [])
    # A rule of which procd knows no name would be one for every call.
    for one in wanted:
        equal(f"rules without a name on {one}",
              [rule for rule in built.rules() if not found[one] & set(rule["names"])], [])


def of_program(processor):
    """The names that the program's own list has for a processor."""
    with open(os.path.join(built.ROOT, "src/os/seccomp.rs"), encoding="ascii") as file:
        text = file.read()
    names = set()
    pattern = r'(?:target_arch = "(\w+)"\)\]\s*)?(?:#\[rustfmt::skip\]\s*)?(?:pub )?const ' \
              r"(?:CALLS|OWN_CALLS|UNNAMED): [^=]*=([^;]*);"
    for only, body in re.findall(pattern, text):
        if only in ("", processor):
            names |= set(re.findall(r'\bSYS_(\w+)|\("(\w+)", \d+\)', body))
    return {one or other for one, other in names}


@scenario
def program_has_the_list():
    """The filter that the program puts on itself is the same list, on x86_64 and on MIPS."""
    wanted = set(built.rules()[0]["names"])
    for processor, compiler in (("x86_64", "cc"), ("mips", "mipsel-linux-gnu-gcc")):
        if shutil.which(compiler) is None:
            raise Skipped(f"{compiler} is not installed")
        equal(processor, of_program(processor), wanted & built.names_of(compiler))
