# SPDX-License-Identifier: Apache-2.0
"""A server that speaks HTTP/2 as badly as it is told: one script of raw frames for every request.

    server = H2Server(leaf, "93.184.215.61", [frame(SETTINGS), frame(HEADERS, b"\\x88", END_HEADERS, 1)])
    server.requests     # how many HEADERS frames came

Bytes are written once the client's first HEADERS frame is there; its SETTINGS are not waited for.
"""
import socket
import ssl
import struct
import threading

DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 9
END_STREAM, END_HEADERS = 1, 4
PREFACE = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
STATUS_200 = b"\x88"


def frame(kind, payload=b"", flags=0, stream=0):
    return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload


def reset(code=2, stream=1):
    return frame(RST_STREAM, struct.pack("!I", code), stream=stream)


class H2Server:
    def __init__(self, leaf, address, script, port=443):
        self.script, self.requests, self.connections = script, 0, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*leaf)
        self.context.set_alpn_protocols(["h2"])
        self.listener = socket.create_server((address, port), backlog=16)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        try:
            with self.context.wrap_socket(raw, server_side=True) as stream:
                self.take(stream, PREFACE)
                while True:
                    head = self.take(stream, 9)
                    self.take(stream, int.from_bytes(head[:3], "big"))
                    if head[3] == HEADERS:
                        self.requests += 1
                        for piece in self.script:
                            stream.sendall(piece)
        except (OSError, EOFError):
            pass
        finally:
            raw.close()

    @staticmethod
    def take(stream, count):
        taken = b""
        while len(taken) < count:
            piece = stream.recv(count - len(taken))
            if not piece:
                raise EOFError
            taken += piece
        return taken
