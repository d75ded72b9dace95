# SPDX-License-Identifier: Apache-2.0
"""puppet.py RIG: servers that say, byte for byte, what the program at the other end of the pipe tells them.

One JSON object a line on stdin, one on stdout. First, unasked: {"ca": FILE, "ports": {SERVER: PORT}}.
{"hosts": […], "responses": [[ACTION…]…], "loop": bool} sets what the next requests get, in order; the
answer is what was seen before: {"requests": [[method, target, host, [[name, value]…]]…], "connections": N}.
ACTION: ["send", BASE64] ["repeat", BASE64, TIMES] ["drip", BASE64, TIMES, SECONDS] ["pause", MILLISECONDS]
["stall"] ["close"]
["gzipped", BASE64, TIMES, LAYERS]: a whole response whose body was compressed so often.
Servers: good (any host of "hosts"), other (a certificate of another name), expired, self (an authority
that nobody knows), old (TLS 1.1 at most), early (a certificate of the future), bare (no TLS), mute (says
nothing at all), h2 (frames, as the first response has them).
"""
import base64
import gzip
import json
import pathlib
import ssl
import sys
import tempfile
import threading
import warnings

sys.path.insert(0, sys.argv[1])
from authority import Authority
from h2 import H2Server
from server import Server

PIECE = 65536
warnings.simplefilter("ignore", DeprecationWarning)  # a server that is too old is what is wanted


class Bare(Server):
    """Says one thing to whoever connects, before any handshake, or nothing."""

    def __init__(self, leaf, said):
        self.said = said
        super().__init__(leaf)

    def serve(self, raw):
        with raw:
            try:
                raw.sendall(self.said)
                while raw.recv(65536) and not self.said:
                    pass
            except OSError:
                pass


class Puppet:
    def __init__(self, place):
        self.lock = threading.Lock()
        self.authority = Authority(place / "known")
        stranger = Authority(place / "stranger")
        self.contexts = {}
        self.responses, self.loop, self.at = [], False, 0
        any_name = ["server.example", "8.8.8.8", "2606:4700:4700::1111"]
        play = {"/": self.play}
        leaf = self.authority.leaf
        self.servers = {
            "good": Server(leaf("good", any_name), behaviours=play),
            "other": Server(leaf("other", ["other.example.org"]), behaviours=play),
            "expired": Server(leaf("expired", any_name, "20200101000000Z", "20200201000000Z"), behaviours=play),
            "self": Server(stranger.leaf("self", any_name), behaviours=play),
            "old": Server(leaf("old", any_name), behaviours=play, tls=ssl.TLSVersion.TLSv1_1),
            "early": Server(leaf("early", any_name), behaviours=play),
            "bare": Bare(leaf("bare", any_name), b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
            "mute": Bare(leaf("mute", any_name), b""),
        }
        self.h2 = H2Server(leaf("h2", ["api.example.com"]), "127.0.0.1", [], port=0)
        self.makers = {
            "good": leaf,
            "expired": lambda file, names: leaf(file, names, "20200101000000Z", "20200201000000Z"),
            "self": stranger.leaf,
            "old": leaf,
            "early": lambda file, names: leaf(file, names, "20480101000000Z", "20490101000000Z"),
        }
        for name in self.makers:
            self.servers[name].context.sni_callback = lambda stream, host, _, name=name: self.choose(stream, host, name)

    def prepare(self, hosts):
        for host in hosts:
            for server, maker in self.makers.items():
                if (server, host) not in self.contexts:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(*maker(f"{server}-{len(self.contexts)}", [host]))
                    if server == "old":
                        context.set_ciphers("ALL:@SECLEVEL=0")
                        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
                    self.contexts[server, host] = context

    def choose(self, stream, host, server):
        if (server, host) in self.contexts:
            stream.context = self.contexts[server, host]

    def tell(self, told):
        with self.lock:
            self.prepare(told.get("hosts", []) if told.get("server") else [])
            self.responses, self.loop, self.at = told["responses"], told.get("loop", False), 0
            if told.get("server") == "h2":
                self.h2.script = [base64.b64decode(data) for _, data in self.responses[0]]
        seen = {"requests": [], "connections": 0}
        for server in self.servers.values():
            with server.lock:
                seen["connections"] += server.connections
                for each in server.requests:
                    host = dict(each.headers).get("host", "")
                    seen["requests"].append([each.method, each.target, host, each.headers])
            server.forget()
        return seen

    def play(self, connection, request, server):
        with self.lock:
            if not self.responses:
                return "close"
            actions = self.responses[min(self.at, len(self.responses) - 1)]
            self.at += 1
        for action, *words in actions:
            if action == "close":
                return "close"
            if action == "stall":
                server.closing.wait(120)
                return "close"
            if action == "pause":
                if server.closing.wait(words[0] / 1000):
                    return "close"
                continue
            data = base64.b64decode(words[0])
            if action == "send":
                connection.send(data)
            elif action == "drip":
                for _ in range(words[1]):
                    connection.send(data)
                    if server.closing.wait(words[2]):
                        return "close"
            elif action == "gzipped":
                body = data * words[1]
                for _ in range(words[2]):
                    body = gzip.compress(body)
                connection.answer(headers=[("content-encoding", ", ".join(["gzip"] * words[2]))], body=body)
            elif action == "repeat":
                left, many = words[1], max(1, PIECE // max(1, len(data)))
                while left > 0:
                    connection.send(data * min(left, many))
                    left -= many
        return None


def main():
    with tempfile.TemporaryDirectory() as place:
        puppet = Puppet(pathlib.Path(place))
        ports = {name: server.port for name, server in puppet.servers.items()}
        ports["h2"] = puppet.h2.listener.getsockname()[1]
        print(json.dumps({"ca": str(puppet.authority.certificate), "ports": ports}), flush=True)
        for line in sys.stdin:
            print(json.dumps(puppet.tell(json.loads(line))), flush=True)


main()
