/* Measures user plus system time and wall time of several commands in turn: medians of each.
 *
 *   times REPETITIONS COMMAND ARGS… [--- COMMAND ARGS…]
 * Every round runs each command once, so that a busy moment of the machine falls on all alike, and
 * every other round backwards, so that the first and the last have the same neighbours: a command
 * is faster just after one that ran the same children.
 * wait4's usage holds the command and every child it waited for. One line per command: the two
 * medians in microseconds, user plus system first.
 * The divider is `---`, because a command may use `--` itself.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 8, REPETITIONS_MAX = 10000 };

static int ascending(const void *left, const void *right)
{
    long a = *(const long *)left, b = *(const long *)right;
    return (a > b) - (a < b);
}

static long median(long *values, int count)
{
    qsort(values, (size_t)count, sizeof values[0], ascending);
    return values[count / 2];
}

struct cost {
    long cpu, wall;
};

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000L + time.tv_nsec / 1000;
}

/* Microseconds, or a CPU time of -1 where the command failed. */
static struct cost once(char **command)
{
    struct rusage usage;
    struct cost cost = {-1, 0};
    int status = 0;
    long began = now();
    pid_t child = vfork();
    if (child < 0)
        return cost;
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(command[0], command);
        _exit(127);
    }
    if (wait4(child, &status, 0, &usage) != child || status != 0)
        return cost;
    cost.wall = now() - began;
    cost.cpu = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec
               + usage.ru_stime.tv_usec;
    return cost;
}

int main(int argc, char **argv)
{
    static long cpu[COMMANDS_MAX][REPETITIONS_MAX], wall[COMMANDS_MAX][REPETITIONS_MAX];
    char **commands[COMMANDS_MAX];
    int count = 0, repetitions = argc > 2 ? atoi(argv[1]) : 0;
    if (repetitions < 1 || repetitions > REPETITIONS_MAX) {
        fputs("usage: times REPETITIONS COMMAND ARGS... [--- COMMAND ARGS...]\n", stderr);
        return 2;
    }
    commands[count++] = argv + 2;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "---") != 0 || count == COMMANDS_MAX)
            continue;
        argv[i] = NULL;
        commands[count++] = argv + i + 1;
    }
    for (int round = 0; round < repetitions; round++) {
        for (int turn = 0; turn < count; turn++) {
            int i = round % 2 == 0 ? turn : count - 1 - turn;
            struct cost cost = once(commands[i]);
            cpu[i][round] = cost.cpu;
            wall[i][round] = cost.wall;
            if (cost.cpu < 0) {
                fprintf(stderr, "times: %s failed\n", commands[i][0]);
                return 1;
            }
        }
    }
    for (int i = 0; i < count; i++) {
        printf("%ld %ld\n", median(cpu[i], repetitions), median(wall[i], repetitions));
    }
    return 0;
}
