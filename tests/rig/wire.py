# SPDX-License-Identifier: Apache-2.0
"""Every packet of the network that the tests live in, as loopback carries it.

    wire = Wire()
    wire.forget()
    ...
    wire.targets()          # {("tcp", "93.184.215.14", 443), ("udp", "127.0.0.1", 53)}: what was sent to
    wire.opened()           # the targets of TCP SYNs, one for each connection that was tried
    wire.packets()          # how many packets there were at all

Needs a raw socket, which the owner of the namespace has. A marker packet goes through the same queue,
so what is asked for has been seen.
"""
import ipaddress
import os
import socket
import struct
import threading

TCP, UDP = 6, 17
SYN, ACK = 0x02, 0x10
MARKER = ("127.0.0.1", 9)
PATIENCE = 20


class Wire:
    def __init__(self):
        self.lock = threading.Condition()
        self.seen = []  # (protocol, source address and port, target address and port, TCP flags)
        self.marks = set()
        self.raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 20)
        self.raw.bind(("lo", 0))
        self.marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            frame, about = self.raw.recvfrom(65535)
            if about[2] == socket.PACKET_OUTGOING:  # loopback shows each packet on its way out and in
                continue
            found = parse(frame[14:])
            if found is None:
                continue
            packet, payload = found
            with self.lock:
                if packet[2] == MARKER:
                    self.marks.add(payload)
                    self.lock.notify_all()
                else:
                    self.seen.append(packet)

    def settle(self):
        mark = os.urandom(16)
        self.marker.sendto(mark, MARKER)
        with self.lock:
            if not self.lock.wait_for(lambda: mark in self.marks, PATIENCE):
                raise RuntimeError("the wire was not seen")

    def forget(self):
        self.settle()
        with self.lock:
            self.seen.clear()

    def packets(self):
        """Of what began since forget(): the last packets of older connections do not count."""
        self.settle()
        with self.lock:
            begun = {frozenset(each[1:3]) for each in self.seen if each[0] != TCP or each[3] & (SYN | ACK) == SYN}
            return sum(frozenset(each[1:3]) in begun for each in self.seen)

    def opened(self):
        self.settle()
        with self.lock:
            return [target for kind, _, target, flags in self.seen if kind == TCP and flags & (SYN | ACK) == SYN]

    def targets(self):
        """Where each connection was tried to, and the first packet of every other exchange went."""
        found = {("tcp", *target) for target in self.opened()}
        begun = set()
        with self.lock:
            for kind, source, target, _ in self.seen:
                if kind != TCP and frozenset((source, target)) not in begun:
                    begun.add(frozenset((source, target)))
                    found.add(({UDP: "udp"}.get(kind, str(kind)), *target))
        return found


def parse(packet):
    """((protocol, source, target, flags), payload); None: no IP."""
    if len(packet) < 20:
        return None
    if packet[0] >> 4 == 4:
        kind, length = packet[9], (packet[0] & 15) * 4
        source, target = (str(ipaddress.IPv4Address(packet[at:at + 4])) for at in (12, 16))
    elif packet[0] >> 4 == 6 and len(packet) >= 40:
        kind, length = packet[6], 40
        source, target = (str(ipaddress.IPv6Address(packet[at:at + 16])) for at in (8, 24))
    else:
        return None
    rest = packet[length:]
    if kind == 1:  # "nobody is there", the kernel's own
        return None
    ports = struct.unpack("!HH", rest[:4]) if kind in (TCP, UDP) and len(rest) >= 4 else (0, 0)
    flags = rest[13] if kind == TCP and len(rest) > 13 else 0
    return (kind, (source, ports[0]), (target, ports[1]), flags), bytes(rest[8:])
