"""Listens to a namespace as tcpdump does, and tells the DNS messages that were sent in it."""

import socket
import struct
from collections import namedtuple

from message import Message

ETH_P_ALL, PACKET_OUTGOING = 3, 4
IPV4, IPV6, TCP, UDP, PORT = 0x0800, 0x86DD, 6, 17, 53
BUFFER_BYTES = 8 << 20
SO_RCVBUFFORCE = 33

# `transport` is "tcp" or "udp"; `message` is None where the bytes cannot be taken apart.
Sent = namedtuple("Sent", "transport address message data")


class Wire:
    """Everything that leaves a process of the namespace; loopback packets are seen once."""

    def __init__(self, net):
        self.socket = net.inside(self._open)
        self.socket.setblocking(False)

    @staticmethod
    def _open():
        listener = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        return listener

    def close(self):
        """Stops listening."""
        self.socket.close()

    def drain(self):
        """All messages to port 53 since the last call, those over TCP where they began."""
        order, streams = [], {}
        while True:
            try:
                packet, address = self.socket.recvfrom(1 << 17)
            except BlockingIOError:
                break
            if address[2] == PACKET_OUTGOING:
                self._sort(packet, address[1], order, streams)
        return [sent for kind, place, key in order
                for sent in (messages_of(place, streams[key]) if kind == "tcp" else [key])]

    @staticmethod
    def _sort(packet, ethertype, order, streams):
        if ethertype == IPV4:
            start, end = (packet[0] & 15) * 4, struct.unpack_from("!H", packet, 2)[0]
            protocol, to = packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20])
        elif ethertype == IPV6:
            start, end, protocol = 40, 40 + struct.unpack_from("!H", packet, 4)[0], packet[6]
            to = socket.inet_ntop(socket.AF_INET6, packet[24:40])
        else:
            return
        if protocol not in (TCP, UDP):
            return
        from_port, to_port = struct.unpack_from("!2H", packet, start)
        if to_port != PORT:
            return
        if protocol == UDP:
            data = packet[start + 8:end]
            order.append(("udp", to, sent_of("udp", to, data)))
            return
        key = (to, from_port)
        if key not in streams:
            streams[key] = {}
            order.append(("tcp", to, key))
        at = struct.unpack_from("!I", packet, start + 4)[0]
        data = packet[start + (packet[start + 12] >> 4) * 4:end]
        if data:
            streams[key][at] = data


def sent_of(transport, address, data):
    """One message that was sent."""
    try:
        return Sent(transport, address, Message(data), data)
    except (ValueError, IndexError, struct.error, UnicodeDecodeError):
        return Sent(transport, address, None, data)


def messages_of(address, pieces):
    """The messages of one TCP stream, each after its length; what is left over is one too."""
    data = b"".join(pieces[at] for at in sorted(pieces))
    found = []
    while data:
        size = int.from_bytes(data[:2], "big")
        found.append(sent_of("tcp", address, data[2:2 + size]))
        data = data[2 + size:]
    return found
