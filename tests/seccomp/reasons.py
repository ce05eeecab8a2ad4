"""Why a name is on the list that the scenarios of tracing.py do not call; all others they do.

Whole runs of the other tests call a few of these as well: getdents64, getsockopt, mremap, unlink
and restart_syscall. All the rest are there by reasoning alone.
"""

MUSL_32 = "musl's name of a call that 32-bit processors have; procd knows it by no other"
KERNEL_32 = "a 32-bit processor's, on MIPS or ARM; not called there in these runs"
NEWER = "instead of an older call that processors such as aarch64 do not have"
LIBRARY = "the C library's, for something these runs did not come to: "

REASONS = {
    # What a 32-bit processor calls besides, or by another name.
    "_llseek": KERNEL_32, "fstat64": KERNEL_32, "fstatat64": KERNEL_32, "lstat64": KERNEL_32,
    "stat64": KERNEL_32, "ftruncate64": KERNEL_32,
    "fchown32": "fchown of ARM", "getuid32": "getuid of ARM", "geteuid32": "geteuid of ARM",
    "getgid32": "getgid of ARM", "getegid32": "getegid of ARM",
    "set_tls": "ARM: a thread's own memory, before anything else is called",
    "clock_gettime32": MUSL_32, "clock_nanosleep_time32": MUSL_32,
    "clock_nanosleep_time64": KERNEL_32, "ppoll_time64": KERNEL_32, "futex_time64": KERNEL_32,
    # What takes their place where they are missing.
    "openat": NEWER, "newfstatat": NEWER, "readlinkat": NEWER, "renameat": NEWER,
    "renameat2": NEWER, "unlinkat": NEWER, "mkdirat": NEWER, "dup3": NEWER, "ppoll": NEWER,
    "faccessat": NEWER, "faccessat2": NEWER,
    # Not where the kernel lends a page that tells the time.
    "clock_gettime": "the clock where it cannot be read without a call",
    "nanosleep": LIBRARY + "a pause by the clock that is not for ever",
    "dup": LIBRARY + "posix_spawn, where a child is to have its pipe's number",
    "getcwd": "the standard library's: a relative path made absolute",
    "lseek": "the standard library's: how much of a file is left",
    "ftruncate": "the standard library's: a file that is emptied",
    "unlink": "a new file that could not be finished goes again",
    # The SDK links with musl's shared library, which is loaded under the list in each child.
    "membarrier": "musl's shared library: before the first thread",
    "pread64": "musl's loader: a library whose headers are not at its beginning",
    "readv": LIBRARY + "a file that is read in large pieces",
    "writev": "the line that is written when the alarm rings",
    "waitid": "whether a program that was run has ended, without taking its status",
    "tkill": LIBRARY + "abort, after a panic",
    "gettid": LIBRARY + "abort, and locks that know their owner",
    "getpid": "in the numbers of requests where the kernel has no random ones yet",
    "rt_sigreturn": "the end of a signal's handler", "sigreturn": "the same, of an older kind",
    "restart_syscall": "a wait that goes on after SIGSTOP and SIGCONT: the kernel makes the call",
    "set_robust_list": LIBRARY + "a thread that ends with a lock",
    "sched_yield": LIBRARY + "a lock that is nearly free, posix_spawn",
    "mremap": LIBRARY + "a large buffer that grows",
    "getdents64": "a directory of certificates is read",
    "getsockopt": "how a connection that was begun without waiting has ended",
    "uname": LIBRARY + "the host's name",
    "getrlimit": LIBRARY + "a limit is read where prlimit64 is not known",
    "setrlimit": LIBRARY + "a limit is set where prlimit64 is not known",
    # What a daemon does at its start to have less power: it may, whoever has started it.
    "prctl": "no new privileges, no dump of the memory, no capabilities for children",
    "capset": "capabilities are given up", "capget": "whether they are gone",
    "getuid": "whether there is power to give up", "geteuid": "the same",
    "getgid": "the same", "getegid": "the same",
}
