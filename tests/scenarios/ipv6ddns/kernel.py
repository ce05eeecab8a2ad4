"""What the kernel says about addresses, heard beside the program: when, and what it changes."""

import ipaddress
import os
import select
import socket
import struct
import threading
import time

from netns import inside

RTM_NEWADDR, RTM_DELADDR = 20, 21
RTMGRP_IPV6_IFADDR = 0x100
IFA_ADDRESS, IFA_CACHEINFO, IFA_FLAGS = 1, 6, 8
TEMPORARY, DADFAILED, DEPRECATED, TENTATIVE = 0x01, 0x08, 0x20, 0x40
SO_RCVBUFFORCE = 33
BUFFER_BYTES = 64 << 20
SETTLE_SECONDS = 0.5


class Event:
    """One message: when, of which address, and whether that may now be published."""

    def __init__(self, at, kind, header, attributes):
        self.at, self.kind = at, kind
        _, self.prefix, flags, _, self.index = header
        self.address = str(ipaddress.IPv6Address(attributes[IFA_ADDRESS]))
        if IFA_FLAGS in attributes:
            flags = struct.unpack("=I", attributes[IFA_FLAGS])[0]
        self.flags = flags
        preferred = 0
        if IFA_CACHEINFO in attributes:
            preferred = struct.unpack("=IIII", attributes[IFA_CACHEINFO])[0]
        self.usable = (kind == RTM_NEWADDR and preferred > 0 and not flags
                       & (TEMPORARY | DADFAILED | DEPRECATED | TENTATIVE))

    def __repr__(self):
        kind = "new" if self.kind == RTM_NEWADDR else "del"
        return f"{self.at:.3f} {kind} {self.address} index {self.index} flags {self.flags:#x}"


def events_of(data, at):
    """The address messages of one datagram."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if kind in (RTM_NEWADDR, RTM_DELADDR):
            header, attributes, rest = struct.unpack_from("=BBBBI", data, 16), {}, data[24:length]
            while len(rest) >= 4:
                size, name = struct.unpack_from("=HH", rest)
                attributes[name] = rest[4:size]
                rest = rest[(size + 3) & ~3:]
            yield Event(at, kind, header, attributes)
        data = data[(length + 3) & ~3:]


class Kernel:
    """Listens in a namespace until it is closed."""

    def __init__(self, namespace):
        self.socket = inside(namespace, lambda: socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        self.socket.bind((0, RTMGRP_IPV6_IFADDR))
        self.events, self.failure = [], None
        self.end = os.pipe()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while True:
            ready, _, _ = select.select([self.socket, self.end[0]], [], [])
            if self.end[0] in ready:
                return
            try:
                self.events += events_of(self.socket.recv(65536), time.time())
            except OSError as error:
                self.failure = error
                return

    def close(self):
        """Ends the listening."""
        os.write(self.end[1], b".")
        self.thread.join()
        self.socket.close()
        for one in self.end:
            os.close(one)

    def cause(self, at):
        """When the burst began in which the usable addresses last changed before `at`, or None."""
        usable, last, begins = {}, None, None
        for event in list(self.events):
            if event.at > at:
                break
            if begins is None or event.at > begins + SETTLE_SECONDS:
                begins = event.at
            key = event.index, event.address
            if usable.get(key, False) != event.usable:
                last = begins
            usable[key] = event.usable
        return last
