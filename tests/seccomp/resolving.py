"""A program looks up a name of many addresses at a DNS server that has to be asked by TCP too."""

import errno
import os
import socket
import struct
import subprocess
import threading

import built
from checks import Skipped, equal, scenario, true
from netns import CannotBuild, Namespaces, inside
from subject import PATH

SERVER = "127.0.0.53"
NAME = "backend.example.com"
TYPE_A, TYPE_AAAA = 1, 28
ADDRESSES = {TYPE_A: [socket.inet_aton(one) for one in ("127.0.0.7", "127.0.0.8")],
             TYPE_AAAA: [socket.inet_pton(socket.AF_INET6, "::1")]}
ANSWER, CUT = 0x8180, 0x0200
TTL = 60
HEADER_BYTES = 12
SECONDS_MAX = 30
REFUSED = f"os error {errno.ECONNREFUSED}"


def answer(query, is_cut):
    """All addresses of whatever is asked for, or only that there are too many to tell."""
    name_bytes = query.index(b"\0", HEADER_BYTES) + 1 - HEADER_BYTES
    question = query[HEADER_BYTES:HEADER_BYTES + name_bytes + 4]
    kind, = struct.unpack_from(">H", question, name_bytes)
    found = [] if is_cut else ADDRESSES.get(kind, [])
    # Each record's name is that of the question.
    records = b"".join(struct.pack(">HHHIH", 0xc000 | HEADER_BYTES, kind, 1, TTL, len(one)) + one
                       for one in found)
    flags = ANSWER | (CUT if is_cut else 0)
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + question + records


class Nameserver(Namespaces):
    """A machine by itself that has one; `asked` tells how it was asked."""

    def __init__(self):
        super().__init__("seccomp")
        self.machine, self.asked = self.prefix + "m", []
        self.build(self._lay)
        folder = f"/etc/netns/{self.machine}"
        os.makedirs(folder)
        with open(f"{folder}/resolv.conf", "w", encoding="ascii") as file:
            file.write(f"nameserver {SERVER}\n")
        self.udp, self.tcp = inside(self.machine, self._sockets)
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def _lay(self):
        self.make(self.machine)

    @staticmethod
    def _sockets():
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind((SERVER, 53))
        return udp, socket.create_server((SERVER, 53))

    def _serve_udp(self):
        while True:
            query, whom = self.udp.recvfrom(512)
            self.asked.append("UDP")
            self.udp.sendto(answer(query, True), whom)

    def _serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            with connection, connection.makefile("rb") as stream:
                length = stream.read(2)
                query = stream.read(int.from_bytes(length, "big")) if len(length) == 2 else b""
                if query:
                    self.asked.append("TCP")
                    said = answer(query, False)
                    connection.sendall(struct.pack(">H", len(said)) + said)


def look_up(*program, via=()):
    """Has a program look up a name at which nobody serves; it has to find that out."""
    if os.geteuid() != 0:
        raise Skipped("network namespaces need root")
    try:
        with Nameserver() as net:
            done = subprocess.run(
                ["ip", "netns", "exec", net.machine, *program, "update-dns", *via,
                 f"http://{NAME}:8080", "home.example.com", "192.0.2.1"],
                env={"PATH": PATH, "PRE_SHARED_KEY": "k" * 43, "INTERVAL": "0",
                     "DDNSBOX_USER": "root"},
                capture_output=True, text=True, check=False, timeout=SECONDS_MAX)
            asked = set(net.asked)
    except CannotBuild as why:
        raise Skipped(str(why)) from why
    said = done.stdout + done.stderr
    # The emulator's C library has no words for numbers of MIPS.
    refused = [line for line in said.splitlines() if "refused" in line or REFUSED in line]
    true("not refused", done.returncode == 1 and refused, (done.returncode, said))
    equal("asked by", asked, {"UDP", "TCP"})
    return refused[0]


@scenario
def names_are_looked_up():
    """Under the list the C library's resolver works: by UDP, by TCP, and several addresses."""
    return look_up(built.under(), built.FILTER, built.program("x86_64"))
