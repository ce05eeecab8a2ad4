/* Preloaded into the program: it is a hundred seconds past the beginning of 1970. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define THEN 100

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec = THEN;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    now->tv_sec = THEN;
    now->tv_usec = 0;
    return 0;
}

time_t time(time_t *now)
{
    if (now)
        *now = THEN;
    return THEN;
}
