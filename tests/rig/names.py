# SPDX-License-Identifier: Apache-2.0
"""A scripted name server: answers what it was told, counts what it was asked.

    names = NameServer("127.0.0.1", 53)
    names.tell("api.example.com", ["93.184.215.14"])                    # from now on
    names.tell("changing.example.com", ["93.184.215.14"], ["10.0.0.1"]) # first look-up, later ones
    names.asked("api.example.com")                                      # 2: one A and one AAAA

One answer is a list of addresses, or "SERVFAIL", "NXDOMAIN", "TIMEOUT", "REFUSED", "GARBAGE", or
("CNAME", name, [addresses]). A look-up is one A and one AAAA query; both see the same answer.
"""
import collections
import ipaddress
import socket
import struct
import threading

A, CNAME, AAAA = 1, 5, 28
CODES = {"SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in name.split(".") if label) + b"\0"


def record(name, kind, data):
    return encode(name) + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


class NameServer:
    def __init__(self, address="127.0.0.1", port=0):
        self.lock = threading.Lock()
        self.answers = {}
        self.queries = []  # (name, type), in order
        self.seen = collections.Counter()
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind((address, port))
        self.port = self.datagrams.getsockname()[1]
        self.streams = socket.create_server((address, self.port))
        for target in (self.serve_datagrams, self.serve_streams):
            threading.Thread(target=target, daemon=True).start()

    def close(self):
        self.datagrams.close()
        self.streams.close()

    def tell(self, name, *answers):
        with self.lock:
            self.answers[name.lower()] = list(answers)
            for kind in (A, AAAA):
                self.seen[name.lower(), kind] = 0

    def forget(self):
        with self.lock:
            self.answers.clear()
            self.queries.clear()
            self.seen.clear()

    def asked(self, name=None):
        with self.lock:
            return sum(1 for each, _ in self.queries if name is None or each == name.lower())

    def serve_datagrams(self):
        while True:
            try:
                query, client = self.datagrams.recvfrom(4096)
            except OSError:
                return
            reply = self.reply(query, limit=512)
            if reply is not None:
                self.datagrams.sendto(reply, client)

    def serve_streams(self):
        while True:
            try:
                connection, _ = self.streams.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_stream, args=(connection,), daemon=True).start()

    def serve_stream(self, connection):
        with connection:
            while len(head := connection.recv(2, socket.MSG_WAITALL)) == 2:
                query = connection.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                reply = self.reply(query, limit=65535)
                if reply is not None:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)

    def reply(self, query, limit):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1"))
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        question = query[12:at + 5]
        name = ".".join(labels).lower()
        with self.lock:
            self.queries.append((name, kind))
            told = self.answers.get(name)
            step = self.seen[name, kind]
            # A truncated answer is asked again over a stream: the same step.
            self.seen[name, kind] += 0 if limit == 65535 else 1
        answer = "NXDOMAIN" if told is None else told[min(step - (limit == 65535), len(told) - 1) if step else 0]
        if answer == "TIMEOUT":
            return None
        if answer == "GARBAGE":
            return query[:2] + b"\x81\x80" + b"\xff" * 40
        if isinstance(answer, str) and answer in CODES:
            return query[:2] + struct.pack("!HHHHH", 0x8180 | CODES[answer], 1, 0, 0, 0) + question
        records = b"".join(self.records(name, kind, answer))
        count = sum(1 for _ in self.records(name, kind, answer))
        whole = query[:2] + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0) + question + records
        if len(whole) > limit:
            return query[:2] + struct.pack("!HHHHH", 0x8380, 1, 0, 0, 0) + question
        return whole

    @staticmethod
    def records(name, kind, answer):
        if isinstance(answer, (tuple, list)) and answer and answer[0] == "CNAME":
            _, alias, answer = answer
            yield record(name, CNAME, encode(alias))
            name = alias
        for text in answer:
            address = ipaddress.ip_address(text)
            if (address.version == 4) == (kind == A) and kind in (A, AAAA):
                yield record(name, kind, address.packed)
