/* Preloaded: the wall clock is as many seconds off as the first of three numbers in CLOCK_FILE
 * says, the clock that counts sleep, too, is the second one ahead; with a third, the wall clock
 * jumps to and fro by that much with each look at it. The file may change at any time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct shift {
    long long wall, boot, swing;
};

static const struct shift *shift(void)
{
    static const struct shift none;
    static const struct shift *found;
    if (!found) {
        const char *path = getenv("CLOCK_FILE");
        int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
        found = &none;
        if (fd >= 0) {
            void *page = mmap(NULL, sizeof *found, PROT_READ, MAP_SHARED, fd, 0);
            if (page != MAP_FAILED)
                found = page;
            close(fd);
        }
    }
    return found;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int looks;
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed)
        return failed;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        now->tv_sec += shift()->wall + (looks++ % 2 ? shift()->swing : -shift()->swing);
    else if (clock == CLOCK_BOOTTIME)
        now->tv_sec += shift()->boot;
    return 0;
}

int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec time;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &time);
    now->tv_sec = time.tv_sec;
    now->tv_usec = time.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now)
{
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now)
        *now = found.tv_sec;
    return found.tv_sec;
}
