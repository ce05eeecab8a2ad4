/* Preloaded into the daemon: its monotonic clocks and its waits run CLOCK_SPEED times as fast, and
 * with NO_NETLINK set it gets no netlink socket. Its children get neither, being started without
 * its environment. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
/* What the kernel takes for a set of signals, not the library's larger one. */
#define SIGSET_BYTES 8

static long long speed(void)
{
    const char *text = getenv("CLOCK_SPEED");
    long long times = text ? atoll(text) : 1;
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

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static long long began[2];
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    int boot = clock == CLOCK_BOOTTIME;
    if (failed || !(boot || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
        return failed;
    if (!began[boot])
        began[boot] = nanoseconds(now);
    *now = timespec_of(began[boot] + (nanoseconds(now) - began[boot]) * speed());
    return 0;
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
    if (flags & TFD_TIMER_ABSTIME) {
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
    if (flags & TIMER_ABSTIME)
        return ENOTSUP;
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
