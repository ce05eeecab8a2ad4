/* Asks an HTTP server on loopback as fast as it answers, and measures that: a closed loop.
 *
 *   load PORT CONNECTIONS MILLISECONDS STATUS REQUEST-FILE
 * Each connection asks again as soon as it is answered, until the time is over; where the answer
 * or the request says `Connection: close`, over a new connection. Every `##` in the request is
 * the connection's number, of two digits. Prints one line:
 *   ANSWERS WRONG MICROSECONDS P50 P99
 * An answer of another status is wrong. The times, in microseconds, are those from before the
 * connection is made, or the request sent, until the answer is whole.
 *
 *   load PORT CONNECTIONS hold STATUS REQUEST-FILE
 * Opens all connections and only then asks once over each; prints that line, and keeps open what
 * the server keeps until its standard input ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 512,
    ANSWERS_MAX = 1 << 20,
    REQUEST_BYTES_MAX = 2048,
    ANSWER_BYTES_MAX = 16384,
    SILENCE_MILLISECONDS = 10000,
};

struct connection {
    int fd;
    char request[REQUEST_BYTES_MAX];
    char answer[ANSWER_BYTES_MAX];
    size_t size;
    int64_t began;
};

static struct connection connections[CONNECTIONS_MAX];
static uint32_t took[ANSWERS_MAX];
static int answers, wrong, wanted_status, events;
static bool closes;
static struct sockaddr_in server, own;

static void fail(const char *form, ...)
{
    va_list arguments;
    va_start(arguments, form);
    fputs("load: ", stderr);
    vfprintf(stderr, form, arguments);
    fprintf(stderr, " (%s)\n", strerror(errno));
    exit(1);
}

static int64_t nanoseconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void open_one(struct connection *one)
{
    int on = 1;
    one->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* From an address of its own, each run has all ports for itself, and none waits for those of
       the run before. */
    setsockopt(one->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (one->fd < 0 || bind(one->fd, (struct sockaddr *)&own, sizeof own) < 0
        || connect(one->fd, (struct sockaddr *)&server, sizeof server) < 0)
        fail("cannot connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    if (epoll_ctl(events, EPOLL_CTL_ADD, one->fd, &event) < 0)
        fail("cannot wait for it");
}

static void close_one(struct connection *one)
{
    close(one->fd);
    one->fd = -1;
}

static void ask(struct connection *one)
{
    one->size = 0;
    one->began = nanoseconds();
    if (one->fd < 0)
        open_one(one);
    ssize_t size = (ssize_t)strlen(one->request);
    if (send(one->fd, one->request, (size_t)size, MSG_NOSIGNAL) != size)
        fail("cannot send");
}

/* The value of a field within the head, or nothing. */
static const char *field(const char *head, const char *end, const char *name)
{
    size_t size = strlen(name);
    for (const char *line = head; line < end; line = strstr(line, "\r\n") + 2)
        if (strncasecmp(line, name, size) == 0 && line[size] == ':')
            return line + size + 1 + strspn(line + size + 1, " ");
    return NULL;
}

/* Whether the answer is whole; sets `ends` where it is the connection's last. */
static bool is_whole(struct connection *one, bool has_ended, bool *ends)
{
    one->answer[one->size] = '\0';
    char *body = strstr(one->answer, "\r\n\r\n");
    if (body == NULL)
        return false;
    const char *length = field(one->answer, body, "content-length");
    const char *connection = field(one->answer, body, "connection");
    *ends = closes || has_ended || (connection && strncasecmp(connection, "close", 5) == 0);
    if (length == NULL)
        return has_ended;
    return one->size >= (size_t)(body + 4 - one->answer) + strtoul(length, NULL, 10);
}

static void count(struct connection *one)
{
    if (answers == ANSWERS_MAX)
        fail("too many answers");
    int status = 0;
    if (sscanf(one->answer, "HTTP/1.%*c %d", &status) != 1 || status != wanted_status) {
        if (wrong++ == 0)
            fprintf(stderr, "load: %.200s\n", one->answer);
    }
    took[answers++] = (uint32_t)((nanoseconds() - one->began) / 1000);
}

/* Reads what is there; whether that makes an answer. */
static bool hear(struct connection *one)
{
    bool ends = false;
    ssize_t got = recv(one->fd, one->answer + one->size, ANSWER_BYTES_MAX - 1 - one->size, 0);
    if (got > 0)
        one->size += (size_t)got;
    if (!is_whole(one, got <= 0, &ends)) {
        if (got <= 0)
            fail("an answer was cut off after %zu bytes", one->size);
        return false;
    }
    count(one);
    if (ends)
        close_one(one);
    return true;
}

static void read_request(const char *path, int connection_count)
{
    char text[REQUEST_BYTES_MAX] = "";
    FILE *file = fopen(path, "r");
    if (file == NULL || fread(text, 1, sizeof text - 1, file) == 0)
        fail("cannot read %s", path);
    fclose(file);
    closes = strcasestr(text, "connection: close") != NULL;
    for (int i = 0; i < connection_count; i++) {
        char *request = strcpy(connections[i].request, text);
        while ((request = strstr(request, "##")) != NULL) {
            request[0] = (char)('0' + i / 10 % 10);
            request[1] = (char)('0' + i % 10);
        }
        connections[i].fd = -1;
    }
}

static void loop(int connection_count, int milliseconds)
{
    int64_t end = nanoseconds() + milliseconds * INT64_C(1000000);
    int asking = connection_count;
    for (int i = 0; i < connection_count; i++)
        ask(&connections[i]);
    while (asking > 0) {
        struct epoll_event ready[64];
        int count = epoll_wait(events, ready, 64, SILENCE_MILLISECONDS);
        if (count <= 0)
            fail("no answer for %d ms, %d are missing", SILENCE_MILLISECONDS, asking);
        for (int i = 0; i < count; i++) {
            struct connection *one = ready[i].data.ptr;
            if (!hear(one))
                continue;
            if (nanoseconds() < end) {
                ask(one);
                continue;
            }
            asking--;
            /* What is not closed would be told of when the server gives it up. */
            if (one->fd >= 0 && milliseconds > 0)
                close_one(one);
            else if (one->fd >= 0)
                epoll_ctl(events, EPOLL_CTL_DEL, one->fd, NULL);
        }
    }
}

static int ascending(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
    int connection_count = argc == 6 ? atoi(argv[2]) : 0;
    if (connection_count < 1 || connection_count > CONNECTIONS_MAX) {
        fputs("usage: load PORT CONNECTIONS MILLISECONDS|hold STATUS REQUEST-FILE\n", stderr);
        return 2;
    }
    bool holds = strcmp(argv[3], "hold") == 0;
    uint32_t pid = (uint32_t)getpid();
    server.sin_family = own.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)atoi(argv[1]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    own.sin_addr.s_addr = htonl(0x7f000001 + (pid % 0x8000 << 8));
    wanted_status = atoi(argv[4]);
    events = epoll_create1(EPOLL_CLOEXEC);
    read_request(argv[5], connection_count);
    for (int i = 0; holds && i < connection_count; i++)
        open_one(&connections[i]);
    int64_t began = nanoseconds();
    loop(connection_count, holds ? 0 : atoi(argv[3]));
    long spent = (long)((nanoseconds() - began) / 1000);
    qsort(took, (size_t)answers, sizeof took[0], ascending);
    printf("%d %d %ld %u %u\n", answers, wrong, spent, took[answers / 2],
           took[answers * 99L / 100]);
    fflush(stdout);
    while (holds && getchar() != EOF) {
    }
    return 0;
}
