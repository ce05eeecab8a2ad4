"""Servers of ours, which answer as real ones never would; each in threads of this process."""

import socket
import threading
import time

from message import A, NOTIMP, NXDOMAIN, QUERY, RA, SOA, Message, answer_to, record, soa

BACKLOG, POLL_SECONDS, BYTES_MAX = 8, 0.05, 65535
CLOSE = object()


class Raw(bytes):
    """Bytes that are sent over TCP as they are, without their length before them."""


class Peer:
    """Listens at an address; `answer(request, transport)` gives the steps of an answer.

    A step is a message as bytes, Raw bytes, a number of seconds to wait, or CLOSE. After the last
    one a TCP connection is held open until its client closes it.
    """

    def __init__(self, box, address, answer):
        self.answer, self.stopped = answer, threading.Event()
        self.udp = box.net.inside(lambda: self._open(socket.SOCK_DGRAM, address))
        self.tcp = box.net.inside(lambda: self._open(socket.SOCK_STREAM, address))
        self.threads = [threading.Thread(target=self._serve_udp, daemon=True),
                        threading.Thread(target=self._serve_tcp, daemon=True)]
        for thread in self.threads:
            thread.start()
        box.peers.append(self)

    @staticmethod
    def _open(kind, address):
        opened = socket.socket(socket.AF_INET, kind)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((address, 53))
        if kind == socket.SOCK_STREAM:
            opened.listen(BACKLOG)
        opened.settimeout(POLL_SECONDS)
        return opened

    def stop(self):
        """Ends the threads and closes the sockets."""
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.udp.close()
        self.tcp.close()

    def _steps(self, data, transport):
        return self.answer(Message(data), transport)

    def _serve_udp(self):
        while not self.stopped.is_set():
            try:
                data, client = self.udp.recvfrom(BYTES_MAX)
            except OSError:
                continue
            for step in self._steps(data, "udp"):
                if isinstance(step, (int, float)):
                    time.sleep(step)
                elif step is not CLOSE:
                    self.udp.sendto(step, client)

    def _serve_tcp(self):
        while not self.stopped.is_set():
            try:
                client, _ = self.tcp.accept()
            except OSError:
                continue
            threading.Thread(target=self._serve_client, args=(client,), daemon=True).start()

    def _serve_client(self, client):
        with client:
            client.settimeout(POLL_SECONDS)
            while not self.stopped.is_set():
                try:
                    size = self._read(client, 2)
                    data = self._read(client, int.from_bytes(size, "big"))
                    for step in self._steps(data, "tcp"):
                        if step is CLOSE:
                            return
                        if isinstance(step, (int, float)):
                            time.sleep(step)
                        elif isinstance(step, Raw):
                            client.sendall(step)
                        else:
                            client.sendall(len(step).to_bytes(2, "big") + step)
                except OSError:
                    return

    def _read(self, client, size):
        """So many bytes; OSError where the client has closed."""
        data = b""
        while len(data) < size and not self.stopped.is_set():
            try:
                piece = client.recv(size - len(data))
            except TimeoutError:
                continue
            if not piece:
                raise ConnectionError("closed by the client")
            data += piece
        if len(data) < size:
            raise ConnectionError("stopped")
        return data


def resolver(zone, mname, addresses, found=None):
    """A resolver that knows one zone and its primary; `found` may answer the SOA questions."""
    def answer(request, transport):
        name, kind, _ = request.zone[0]
        if request.opcode != QUERY:
            return [answer_to(request, NOTIMP)]
        if kind == SOA and found:
            return found(request, transport)
        if kind == SOA and name == zone:
            return [answer_to(request, flags=RA, answer=[soa(zone, mname)])]
        if name == mname:
            answers = [record(name, A, one) for one in addresses if kind == A]
            return [answer_to(request, flags=RA, answer=answers, authority=[soa(zone, mname)])]
        return [answer_to(request, NXDOMAIN, RA, authority=[soa(zone, mname)])]
    return answer
