/* Preloaded into a program: its clocks are as these variables say, each by itself or together.
 *
 * CLOCK_OFFSET  the wall clock is so many seconds off
 * CLOCK_FILE    a file of three numbers, which may change at any time: the wall clock is as many
 *               seconds off as the first one says; the clock that counts sleep, too, is the second
 *               one ahead; the wall clock jumps to and fro by the third one with each look at it
 * CLOCK_SPEED   monotonic clocks and waits run so many times as fast
 * NO_NETLINK    there are no netlink sockets
 *
 * Compiled with -DCLOCK_STANDS=N the wall clock stands at that second, without any variable.
 *
 * Debian's libfaketime stops named, because jemalloc asks for the time before that library is
 * ready; this one only makes calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
/* What the kernel takes for a set of signals, not the library's larger one. */
#define SIGSET_BYTES 8

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

static long long number(const char *name, long long otherwise)
{
    const char *text = getenv(name);
    return text ? atoll(text) : otherwise;
}

static long long speed(void)
{
    long long times = number("CLOCK_SPEED", 1);
    return times > 0 ? times : 1;
}

static long long nanoseconds(const struct timespec *time)
{
    return time->tv_sec * SECOND + time->tv_nsec;
}

static struct timespec timespec_of(long long count)
{
    return (struct timespec){.tv_sec = count / SECOND, .tv_nsec = count % SECOND};
}

/* A wait that is not over at once must not become one. */
static struct timespec shortened(const struct timespec *time)
{
    return timespec_of((nanoseconds(time) + speed() - 1) / speed());
}

static void turn_wall_clock(struct timespec *now)
{
    static int looks;
#ifdef CLOCK_STANDS
    now->tv_sec = CLOCK_STANDS;
#endif
    now->tv_sec += number("CLOCK_OFFSET", 0);
    now->tv_sec += shift()->wall + (looks++ % 2 ? shift()->swing : -shift()->swing);
}

static void turn_monotonic_clock(int boot, struct timespec *now)
{
    static long long began[2];
    if (!began[boot])
        began[boot] = nanoseconds(now);
    *now = timespec_of(began[boot] + (nanoseconds(now) - began[boot]) * speed());
    if (boot)
        now->tv_sec += shift()->boot;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (failed)
        return failed;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        turn_wall_clock(now);
    else if (clock == CLOCK_BOOTTIME)
        turn_monotonic_clock(1, now);
    else if (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE)
        turn_monotonic_clock(0, now);
    return 0;
}

int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into)
        *into = now.tv_sec;
    return now.tv_sec;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *most, const sigset_t *mask)
{
    struct timespec less;
    if (most)
        less = shortened(most);
    return (int)syscall(SYS_ppoll, fds, count, most ? &less : NULL, mask, SIGSET_BYTES);
}

int poll(struct pollfd *fds, nfds_t count, int milliseconds)
{
    struct timespec most = timespec_of(milliseconds * 1000000LL);
    return ppoll(fds, count, milliseconds < 0 ? NULL : &most, NULL);
}

int epoll_wait(int queue, struct epoll_event *events, int count, int milliseconds)
{
    if (milliseconds > 0)
        milliseconds = (int)((milliseconds + speed() - 1) / speed());
    return (int)syscall(SYS_epoll_pwait, queue, events, count, milliseconds, NULL, SIGSET_BYTES);
}

int timerfd_settime(int timer, int flags, const struct itimerspec *set, struct itimerspec *old)
{
    struct itimerspec faster = *set;
    /* A moment of a clock that is not the kernel's cannot be handed on. */
    if (flags & TFD_TIMER_ABSTIME && speed() != 1) {
        errno = ENOTSUP;
        return -1;
    }
    faster.it_value = shortened(&set->it_value);
    faster.it_interval = shortened(&set->it_interval);
    return (int)syscall(SYS_timerfd_settime, timer, flags, &faster, old);
}

int nanosleep(const struct timespec *length, struct timespec *left)
{
    struct timespec less = shortened(length);
    return (int)syscall(SYS_nanosleep, &less, left);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *length,
                    struct timespec *left)
{
    struct timespec less = shortened(length);
    if (flags & TIMER_ABSTIME) {
        if (speed() != 1)
            return ENOTSUP;
        less = *length;
    }
    return syscall(SYS_clock_nanosleep, clock, flags, &less, left) ? errno : 0;
}

int socket(int family, int type, int protocol)
{
    if (family == AF_NETLINK && getenv("NO_NETLINK")) {
        errno = EAFNOSUPPORT;
        return -1;
    }
    return (int)syscall(SYS_socket, family, type, protocol);
}
