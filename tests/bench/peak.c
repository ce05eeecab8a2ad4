/* Runs one command and prints the most memory it held itself, in KiB, without its children, and
 * how much of that was its own (RssAnon) and no page of a file.
 *
 *   peak [-f] COMMAND ARGS…
 * wait4's ru_maxrss is the largest of the command and the children it waited for, and here `ip`
 * and `dig` are the larger ones. So the command is stopped at its exit, while it still has its
 * memory, and /proc is read: VmHWM, and the present Rss of smaps_rollup in case it is larger
 * (the kernel's high-water mark may lag a few pages behind).
 * With -f its children are followed: the figures are those of the process that held most, and
 * behind them stands how many processes there were.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static long field(pid_t pid, const char *file, const char *name)
{
    char path[64], line[256];
    long value = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return 0;
    while (fgets(line, sizeof line, stream) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), "%ld", &value);
    fclose(stream);
    return value;
}

static long at_exit(pid_t child)
{
    long mark = field(child, "status", "VmHWM:");
    long now = field(child, "smaps_rollup", "Rss:");
    return mark > now ? mark : now;
}

static long peak, own, processes = 1;

/* Notes what a stop tells of; gives the signal that the process is to have. */
static long stopped(pid_t child, int status)
{
    long mark;
    switch (status >> 16) {
    case PTRACE_EVENT_EXIT:
        mark = at_exit(child);
        if (mark > peak) {
            peak = mark;
            own = field(child, "status", "RssAnon:");
        }
        return 0;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        processes++;
        return 0;
    case 0:
        /* One that is followed begins with this one, which nobody here sends. */
        return WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
    default:
        return 0;
    }
}

/* Runs it to its end; its exit status, or 1. */
static int watched(char **command, bool follows)
{
    long options = PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC;
    int status = 0, result = 1;
    pid_t child = fork(), one;
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return 1;
    if (follows)
        options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)options);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    while ((one = waitpid(-1, &status, __WALL)) > 0) {
        if (WIFSTOPPED(status))
            ptrace(PTRACE_CONT, one, NULL, (void *)stopped(one, status));
        else if (one == child)
            result = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
    }
    return result;
}

int main(int argc, char **argv)
{
    bool follows = argc > 1 && strcmp(argv[1], "-f") == 0;
    if (argc < 2 + follows) {
        fputs("usage: peak [-f] COMMAND ARGS...\n", stderr);
        return 2;
    }
    int result = watched(argv + 1 + follows, follows);
    printf("%ld %ld", peak, own);
    printf(follows ? " %ld\n" : "\n", processes);
    return result != 0;
}
