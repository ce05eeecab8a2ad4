/* The least a program can do that drives `ip` and `dig`: runs two commands, one after the other.
 *
 *   pair COMMAND ARGS… -- COMMAND ARGS…
 * It is the yardstick for the real program's time: the same two children with nothing around them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **command)
{
    int status = 0;
    pid_t child = vfork();
    if (child < 0)
        return 1;
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    if (waitpid(child, &status, 0) != child)
        return 1;
    return status != 0;
}

int main(int argc, char **argv)
{
    int divider = 1;
    while (divider < argc && strcmp(argv[divider], "--") != 0)
        divider++;
    if (divider < 2 || divider + 1 >= argc) {
        fputs("usage: pair COMMAND ARGS... -- COMMAND ARGS...\n", stderr);
        return 2;
    }
    argv[divider] = NULL;
    return run(argv + 1) | run(argv + divider + 1);
}
