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
# How exactly it is known when the kernel sent a message.
LOOK_SECONDS = 0.02


class Event:
    """One message: of which address, and whether that may now be published.

    It was read at `at`, which on a busy machine may be late; at `since` it had not been sent.
    """

    def __init__(self, at, since, kind, header, attributes):
        self.at, self.since, self.kind = at, since, kind
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


def events_of(data, at, since):
    """The address messages of one datagram."""
    while len(data) >= 16:
        length, kind = struct.unpack_from("=IH", data)
        if kind in (RTM_NEWADDR, RTM_DELADDR):
            header, attributes, rest = struct.unpack_from("=BBBBI", data, 16), {}, data[24:length]
            while len(rest) >= 4:
                size, name = struct.unpack_from("=HH", rest)
                attributes[name] = rest[4:size]
                rest = rest[(size + 3) & ~3:]
            yield Event(at, since, kind, header, attributes)
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
        poll, since = select.poll(), time.time()
        for one in (self.socket, self.end[0]):
            poll.register(one, select.POLLIN)
        while True:
            asked = time.time()
            ready = [one for one, _ in poll.poll(LOOK_SECONDS * 1000)]
            if self.end[0] in ready:
                return
            if not ready:
                # Nothing had come by then.
                since = asked
                continue
            try:
                self.events += events_of(self.socket.recv(65536), time.time(), since)
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
        return self._cause(at, "at") or self._cause(at, "since")

    def _cause(self, at, known):
        usable, last, begins = {}, None, None
        for event in list(self.events):
            # By the time it was read, which may have been after the request.
            if getattr(event, known) > at:
                break
            if begins is None or event.since > begins + SETTLE_SECONDS:
                begins = event.since
            key = event.index, event.address
            if usable.get(key, False) != event.usable:
                last = begins
            usable[key] = event.usable
        return last
