/* Runs one command and prints the most memory it held itself, in KiB, without its children, and
 * how much of that was its own (RssAnon) and no page of a file.
 *
 *   peak COMMAND ARGS…
 * wait4's ru_maxrss is the largest of the command and the children it waited for, and here `ip`
 * and `dig` are the larger ones. So the command is stopped at its exit, while it still has its
 * memory, and /proc is read: VmHWM, and the present Rss of smaps_rollup in case it is larger
 * (the kernel's high-water mark may lag a few pages behind).
 */
#define _GNU_SOURCE
#include <signal.h>
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

int main(int argc, char **argv)
{
    int status = 0;
    long peak = 0, own = 0;
    if (argc < 2) {
        fputs("usage: peak COMMAND ARGS...\n", stderr);
        return 2;
    }
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execvp(argv[1], argv + 1);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        return 1;
    ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(long)PTRACE_O_TRACEEXIT);
    ptrace(PTRACE_CONT, child, NULL, NULL);
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        long signal = WSTOPSIG(status);
        if (status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXIT << 8))) {
            peak = at_exit(child);
            own = field(child, "status", "RssAnon:");
            signal = 0;
        }
        ptrace(PTRACE_CONT, child, NULL, (void *)signal);
    }
    printf("%ld %ld\n", peak, own);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}
