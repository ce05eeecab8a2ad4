/* A provider for the servers under test that costs as little as can be, at which every record is
 * right already.
 *
 *   provider ADDRESS
 * Listens on a free port of loopback and prints it. To any GET with `/dns_records` in its path it
 * answers as Cloudflare would with the one record asked for, with `/rrsets/` as Hetzner with one
 * record set; both hold ADDRESS. Any other path gives the zone example.com, in a list that both
 * understand. For each line on its standard input it prints how many requests have come, and ends
 * with it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 1024, REQUEST_BYTES_MAX = 8192, NAME_BYTES_MAX = 255 };

#define ZONE "023e105f4ecef8ad9ca31a8372d0c353"
#define TIMES "\"created_on\":\"2026-01-01T00:00:00Z\",\"modified_on\":\"2026-01-01T00:00:00Z\""
#define ZONES                                                                                      \
    "{\"success\":true,\"errors\":[],\"messages\":[],\"result\":[{\"id\":\"" ZONE                  \
    "\",\"name\":\"example.com\",\"status\":\"active\"}],\"result_info\":{\"page\":1,"             \
    "\"per_page\":20,\"count\":1,\"total_count\":1,\"total_pages\":1},"                            \
    "\"zones\":[{\"id\":42,\"name\":\"example.com\",\"mode\":\"primary\",\"status\":\"ok\"}],"     \
    "\"meta\":{\"pagination\":{\"page\":1,\"per_page\":50,\"previous_page\":null,"                 \
    "\"next_page\":null,\"last_page\":1,\"total_entries\":1}}}"
#define RECORD                                                                                     \
    "{\"success\":true,\"errors\":[],\"messages\":[],\"result\":[{\"id\":\""                       \
    "372e67954025e0ba6aaa6d586b9e0b59\",\"name\":\"%s\",\"type\":\"A\",\"content\":\"%s\","        \
    "\"proxiable\":true,\"proxied\":false,\"ttl\":300,\"settings\":{},\"meta\":{},"                \
    "\"comment\":null,\"tags\":[]," TIMES "}],\"result_info\":{\"page\":1,\"per_page\":100,"       \
    "\"count\":1,\"total_count\":1,\"total_pages\":1}}"
#define RRSET                                                                                      \
    "{\"rrset\":{\"id\":\"home/A\",\"name\":\"home\",\"type\":\"A\",\"ttl\":21600,\"labels\":{},"  \
    "\"protection\":{\"change\":false},\"records\":[{\"value\":\"%s\",\"comment\":\"\"}],"         \
    "\"zone\":42}}"

/* What has come of each connection's request. */
static char requests[DESCRIPTORS_MAX][REQUEST_BYTES_MAX];
static size_t sizes[DESCRIPTORS_MAX];
static const char *address;
static unsigned long count;

static void answer(int fd, const char *request)
{
    char name[NAME_BYTES_MAX + 1] = "example.com", body[2048], text[4096];
    bool closes = strcasestr(request, "\r\nconnection: close") != NULL;
    const char *named = strstr(request, "name=");
    if (strstr(request, "name.exact="))
        named = strstr(request, "name.exact=") + strlen("name.exact=") - strlen("name=");
    if (named != NULL)
        sscanf(named, "name=%255[A-Za-z0-9.-]", name);
    if (strstr(request, "/dns_records"))
        snprintf(body, sizeof body, RECORD, name, address);
    else if (strstr(request, "/rrsets/"))
        snprintf(body, sizeof body, RRSET, address);
    else
        snprintf(body, sizeof body, "%s", ZONES);
    int size = snprintf(text, sizeof text,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n%s\r\n%s",
                        strlen(body), closes ? "Connection: close\r\n" : "", body);
    count++;
    send(fd, text, (size_t)size, MSG_NOSIGNAL);
    if (closes)
        shutdown(fd, SHUT_WR);
}

static void hear(int fd)
{
    char *request = requests[fd];
    ssize_t got = recv(fd, request + sizes[fd], REQUEST_BYTES_MAX - 1 - sizes[fd], 0);
    if (got <= 0) {
        close(fd);
        return;
    }
    sizes[fd] += (size_t)got;
    request[sizes[fd]] = '\0';
    /* Only what has no body is asked for. */
    if (strstr(request, "\r\n\r\n")) {
        answer(fd, request);
        sizes[fd] = 0;
    }
}

static void welcome(int listener, int events)
{
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= DESCRIPTORS_MAX)
        close(fd);
    if (fd < 0 || fd >= DESCRIPTORS_MAX)
        return;
    sizes[fd] = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(events, EPOLL_CTL_ADD, fd, &event);
}

/* One line, one number; false at the end of the input. */
static bool tell(void)
{
    char line[64];
    if (read(0, line, sizeof line) <= 0)
        return false;
    printf("%lu\n", count);
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int events = epoll_create1(EPOLL_CLOEXEC);
    if (argc != 2) {
        fputs("usage: provider ADDRESS\n", stderr);
        return 2;
    }
    address = argv[1];
    if (bind(listener, (struct sockaddr *)&own, size) < 0 || listen(listener, 128) < 0
        || getsockname(listener, (struct sockaddr *)&own, &size) < 0) {
        perror("provider: cannot listen");
        return 1;
    }
    struct epoll_event ear = {.events = EPOLLIN, .data.fd = listener}, input = {.events = EPOLLIN};
    epoll_ctl(events, EPOLL_CTL_ADD, listener, &ear);
    epoll_ctl(events, EPOLL_CTL_ADD, 0, &input);
    printf("%u\n", (unsigned)ntohs(own.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event ready[64];
        int got = epoll_wait(events, ready, 64, -1);
        for (int i = 0; i < got; i++) {
            int fd = ready[i].data.fd;
            if (fd == 0 && !tell())
                return 0;
            if (fd == listener)
                welcome(listener, events);
            else if (fd != 0)
                hear(fd);
        }
    }
}
