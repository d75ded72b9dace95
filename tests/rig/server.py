# SPDX-License-Identifier: Apache-2.0
"""A TLS server that behaves as the path of the request says, well or badly, and keeps what it was sent.

    server = Server(authority.leaf("api", ["api.example.com"]), "127.0.0.1")
    server.requests      # Request(method, target, headers, body) in the order of arrival
    server.connections   # how many were accepted

A behaviour is a function of (connection, request); it writes raw bytes, so that nothing is too wrong
to be said. `behaviours.py` has them by name; Server.script() adds one for a path.
"""
import collections
import socket
import ssl
import threading

Request = collections.namedtuple("Request", "method target headers body")


class Closed(Exception):
    pass


class Connection:
    """The server's end of a connection: reads requests, writes what it likes."""

    def __init__(self, stream):
        self.stream = stream
        self.unread = b""

    def line(self):
        while b"\n" not in self.unread:
            self.more()
        line, self.unread = self.unread.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def take(self, count):
        while len(self.unread) < count:
            self.more()
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def more(self):
        piece = self.stream.recv(65536)
        if not piece:
            raise Closed
        self.unread += piece

    def request(self):
        method, target, _ = self.line().split(" ", 2)
        headers = []
        while line := self.line():
            name, value = line.split(":", 1)
            headers.append((name.lower(), value.strip()))
        length = dict(headers).get("content-length")
        body = self.take(int(length)) if length else b""
        return Request(method, target, headers, body)

    def send(self, data):
        self.stream.sendall(data)

    def answer(self, status=200, headers=(), body=b"", reason="Said"):
        lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers)]
        if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
            lines.append(f"content-length: {len(body)}")
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


class Server:
    def __init__(self, leaf, address="127.0.0.1", port=0, behaviours=None, tls=None, family=socket.AF_INET):
        self.lock = threading.Lock()
        self.requests, self.connections, self.failures = [], 0, []
        self.behaviours = dict(behaviours or {})
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*leaf)
        if tls is not None:
            self.context.set_ciphers("ALL:@SECLEVEL=0")
            self.context.minimum_version = self.context.maximum_version = tls
        self.listener = socket.create_server((address, port), family=family, backlog=256)
        self.port = self.listener.getsockname()[1]
        self.threads = []
        self.closing = threading.Event()  # behaviours that dawdle look at it
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # accept() holds it open otherwise
        self.listener.close()

    def script(self, path, behaviour):
        self.behaviours[path] = behaviour

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.connections = 0

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
            threading.Thread(target=self.serve, args=(raw,), daemon=True).start()

    def serve(self, raw):
        try:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.context.wrap_socket(raw, server_side=True) as stream:
                connection = Connection(stream)
                while True:
                    request = connection.request()
                    with self.lock:
                        self.requests.append(request)
                    if self.behave(connection, request) == "close":
                        return
        except (Closed, OSError, ValueError) as end:
            self.failures.append(repr(end))
        finally:
            raw.close()

    def behave(self, connection, request):
        path, _, query = request.target.partition("?")
        behaviour = self.behaviours.get(path)
        if behaviour is None:  # the longest prefix that ends in "/"
            known = [each for each in self.behaviours if each.endswith("/") and path.startswith(each)]
            if not known:
                return connection.answer(404, body=b"no such behaviour")
            behaviour = self.behaviours[max(known, key=len)]
        return behaviour(connection, request, self)
