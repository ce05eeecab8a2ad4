/* Stands in for busybox's flock, which Debian's busybox lacks: flock [-n] DESCRIPTOR. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

int main(int argc, char **argv)
{
    int how = LOCK_EX;
    if (argc > 1 && strcmp(argv[1], "-n") == 0) {
        how |= LOCK_NB;
        argv++;
        argc--;
    }
    if (argc != 2)
        return 2;
    while (flock(atoi(argv[1]), how) != 0)
        if (errno != EINTR)
            return 1;
    return 0;
}
