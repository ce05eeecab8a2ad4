/* Makes one system call that a filter may forbid, by its name: forbidden NAME [NUMBER]. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All fail by their arguments where they are allowed, but for socket: nothing is changed. */
static const struct {
    const char *name;
    long number;
} calls[] = {
    {"ptrace", SYS_ptrace},           {"mount", SYS_mount},
    {"setns", SYS_setns},             {"unshare", SYS_unshare},
    {"chroot", SYS_chroot},           {"mknodat", SYS_mknodat},
    {"init_module", SYS_init_module}, {"bpf", SYS_bpf},
    {"keyctl", SYS_keyctl},           {"io_uring_setup", SYS_io_uring_setup},
    {"personality", SYS_personality}, {"setresuid", SYS_setresuid},
    {"setresgid", SYS_setresgid},     {"setgroups", SYS_setgroups},
    {"reboot", SYS_reboot},           {"process_vm_readv", SYS_process_vm_readv},
    {"add_key", SYS_add_key},         {"perf_event_open", SYS_perf_event_open},
    {"socket", SYS_socket},           {"clone", SYS_clone},
    {"getpid", SYS_getpid},
};

int main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    /* -1 is no process, descriptor, address or set of flags. */
    long first = argc > 2 ? strtol(argv[2], NULL, 0) : -1;
    long second = strcmp(argv[1], "socket") == 0 ? SOCK_DGRAM : -1;
    if (strcmp(argv[1], "clone") == 0)
        second = 0;
    for (size_t one = 0; one < sizeof calls / sizeof *calls; one++)
        if (strcmp(calls[one].name, argv[1]) == 0) {
            long said = syscall(calls[one].number, first, second, 0, 0, 0, 0);
            if (said == 0 && strcmp(argv[1], "clone") == 0)
                _exit(0);
            /* Words for the test, which tells an error of the call from a death by it. */
            dprintf(1, "%s\n", said < 0 ? strerror(errno) : "done");
            return 0;
        }
    return 2;
}
