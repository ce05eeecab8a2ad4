"""A backend of our own for update-dns: it answers as a scenario likes, over TLS too."""

import json
import socket
import threading

from box import A
from net import LOCAL
from netns import inside
from peer import NoRequest, read_request
from program import wait_until

BACKEND_PORT = 8090
HANDSHAKE_SECONDS_MAX = 10
ANSWER = "HTTP/1.1 {} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}"


class Backend:
    """A backend of our own that answers as a scenario likes and notes what it was asked."""

    def __init__(self, box, *answers, host=LOCAL, certified=None):
        self.requests, self.answers, self.certified = [], list(answers), certified
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = inside(box.net.machine, lambda: socket.create_server(
            (host, BACKEND_PORT), family=family))
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http{'s' if certified else ''}://{shown}:{BACKEND_PORT}"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            connection.settimeout(HANDSHAKE_SECONDS_MAX)
            with connection:
                try:
                    if self.certified:
                        connection = self.certified.wrap_socket(connection, server_side=True)
                    request = read_request(connection)
                    if request is None:
                        continue
                    self.requests.append(request)
                    answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                    if answer is None:
                        self.over.wait()
                        continue
                    connection.sendall(answer.encode())
                    # Without this a client may see a reset instead of the end.
                    connection.shutdown(socket.SHUT_WR)
                except (OSError, NoRequest):
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        # A thread that waits for a client would keep the port.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(HANDSHAKE_SECONDS_MAX)

    def gaps(self):
        """The seconds between one request and the next."""
        times = [request.at for request in self.requests]
        return [later - sooner for sooner, later in zip(times, times[1:])]

    def wait(self, count, seconds=10):
        """Waits until it has been asked that often."""
        wait_until(f"{count} requests", lambda: len(self.requests) >= count, seconds)


def said(status, document, *fields):
    """An answer of a backend."""
    text = json.dumps(document) if not isinstance(document, str) else document
    return ANSWER.format(status, len(text), "".join(f"{one}\r\n" for one in fields), text)


GOOD = said(200, {"status": "updated", "ip": A})
