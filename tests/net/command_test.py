#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""command_test.py WARRANT NET.wasm: a guest that serves and asks through the sockets of its grant."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

WARRANT, GUEST = "", ""


class Case(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory()
        self.addCleanup(self.home.cleanup)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": self.home.name, "LANG": "C.UTF-8"}

    def run_guest(self, flags, *words, timeout=60):
        done = subprocess.run([WARRANT, "run", *flags, GUEST, *words], input=b"", capture_output=True,
                              env=self.environment, timeout=timeout)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def start(self, flags, *words):
        """A guest that listens on a port of its own: the process and the port that stderr names."""
        process = subprocess.Popen([WARRANT, "run", *flags, GUEST, *words], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        line = process.stderr.readline().decode()
        found = re.fullmatch(r"listening 127\.0\.0\.1:([0-9]+)\n", line)
        self.assertTrue(found, line)
        return process, int(found.group(1))

    def end(self, process, timeout=60):
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err.decode(errors="replace")

    def refused(self, flags, *wanted):
        code, out, err = self.run_guest(flags, "serve", "0")
        self.assertEqual((code, out), (126, b""), err)
        for each in wanted:
            self.assertIn(each, err)


    def usage(self, flags, *wanted):
        code, out, err = self.run_guest(flags, "serve", "0")
        self.assertEqual((code, out), (64, b""), err)
        for each in wanted:
            self.assertIn(each, err)


def ask(port, data, source="127.0.0.1"):
    with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0)) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
        return answer


class Listening(Case):
    def test_a_guest_answers_one_caller_after_the_other(self):
        process, port = self.start(["--listen", "127.0.0.1:0"], "serve", "3")
        much = bytes(range(256)) * 4096
        for data in (b"hello", b"", much):
            self.assertEqual(ask(port, data), data)
        self.assertEqual(self.end(process), (0, b"", ""))

    def test_curl_gets_its_own_request_back(self):
        process, port = self.start(["--listen", "127.0.0.1:0"], "serve", "1")
        done = subprocess.run(["curl", "-q", "-s", "--http0.9", "-m", "5", "-H", "X-Warrant: seen",
                               f"http://127.0.0.1:{port}/way"], capture_output=True, timeout=30)
        self.assertIn(b"GET /way HTTP/1.1\r\n", done.stdout)
        self.assertIn(b"X-Warrant: seen\r\n", done.stdout)
        self.assertEqual(self.end(process)[0], 0)

    def test_a_caller_that_is_not_named_is_closed_and_recorded_and_the_next_is_served(self):
        process, port = self.start(["--denials=always", "--listen", "127.0.0.1:0=127.0.0.2,10.0.0.0/8"],
                                   "serve", "1")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as stranger:
            number = stranger.getsockname()[1]
            self.assertEqual(stranger.recv(10), b"")
        self.assertEqual(ask(port, b"friend", "127.0.0.2"), b"friend")
        code, _, err = self.end(process)
        self.assertEqual(code, 0, err)
        self.assertIn(f"127.0.0.1:{number}", err)
        self.assertIn("denied 1 call", err)

    def test_only_loopback_may_call_when_no_peer_is_named(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no address but loopback")
        process, port = self.start(["--listen", "127.0.0.1:0"], "serve", "1")
        self.assertEqual(ask(port, b"near"), b"near")
        self.assertEqual(self.end(process)[0], 0)
        process = subprocess.Popen([WARRANT, "run", "--listen", "0.0.0.0:0", GUEST, "serve", "1"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        port = int(process.stderr.readline().decode().rsplit(":", 1)[1])
        with socket.create_connection((address, port), timeout=30, source_address=(address, 0)) as far:
            self.assertEqual(far.recv(10), b"")
        self.assertEqual(ask(port, b"near"), b"near")

    def test_a_named_port_is_not_announced(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        code, out, err = self.run_guest(["--listen", f"127.0.0.1:{port}"], "serve", "0")
        self.assertEqual((code, out, err), (0, b"", ""))


class Connecting(Case):
    def server(self, kind, serve):
        server = socket.socket(socket.AF_INET, kind)
        self.addCleanup(server.close)
        server.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            server.listen(4)
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)
        return server.getsockname()[1]

    def test_a_guest_talks_to_a_server(self):
        def serve(server):
            connection, _ = server.accept()
            with connection:
                data = b""
                while piece := connection.recv(100):
                    data += piece
                connection.sendall(data.upper() * 50000)
        port = self.server(socket.SOCK_STREAM, serve)
        code, out, err = self.run_guest(["--connect", f"127.0.0.1:{port}"], "talk", "shout")
        self.assertEqual((code, out, err), (0, b"SHOUT" * 50000, ""))

    def test_a_guest_asks_by_datagram(self):
        def serve(server):
            data, client = server.recvfrom(100)
            server.sendto(data[::-1], client)
        port = self.server(socket.SOCK_DGRAM, serve)
        code, out, err = self.run_guest(["--connect-udp", f"127.0.0.1:{port}"], "ask", "drawer")
        self.assertEqual((code, out, err), (0, b"reward", ""))

    def test_without_a_grant_there_is_no_socket(self):
        for words in (("talk", "x"), ("accept",), ("recv",)):
            code, out, err = self.run_guest([], *words)
            self.assertEqual((code, out), (1, b""))
            self.assertIn("Bad file descriptor", err)

    def test_nobody_there_is_refused_before_the_guest_starts(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.refused(["--connect", f"127.0.0.1:{port}"], f"connect 127.0.0.1:{port}: nobody listens there")

    def test_an_answer_that_never_comes_is_refused_within_the_limit_wall(self):
        full = socket.socket()
        self.addCleanup(full.close)
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        queued = []
        for _ in range(8):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            queued.append(client)
            self.addCleanup(client.close)
        self.refused(["--wall", "300ms", "--connect", f"127.0.0.1:{port}"], "there was no answer in time")


class Refusals(Case):
    def test_a_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            port = taken.getsockname()[1]
            self.refused(["--listen", f"127.0.0.1:{port}"], f"listen 127.0.0.1:{port}: the port is in use")

    def test_a_listener_has_an_address(self):
        self.refused(["--listen", "localhost:0"], "is a name")

    def test_every_bad_grant_is_named_at_once(self):
        self.usage(["--listen", "127.1:80", "--listen", "127.0.0.1:0=10.0.0.1/8", "--connect", "::1:80",
                      "--connect", "[fe80::1%lo]:80", "--connect", "127.0.0.1:0", "--connect", "10.0.0.1:99999"],
                     "host_ip_ambiguous", '"10.0.0.1/8"', "host_syntax", "host_zone_id", "connect 127.0.0.1:0",
                     "connect 10.0.0.1:99999")

    def test_an_address_that_stands_for_another_one(self):
        for text, reason in (("[::ffff:127.0.0.1]:80", "v4_mapped"), ("0.0.0.0:80", "this_network"),
                             ("[::]:80", "unspecified"), ("[64:ff9b::7f00:1]:80", "nat64"),
                             ("[2002:7f00:1::1]:80", "6to4")):
            self.refused(["--connect", text], reason)

    def test_an_address_of_no_interface(self):
        self.refused(["--listen", "192.0.2.1:0"], "no interface of this machine has that address")


class Ends(Case):
    def test_the_deadline_ends_a_guest_that_waits(self):
        server = socket.socket()
        self.addCleanup(server.close)
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        connect = ["--connect", f"127.0.0.1:{server.getsockname()[1]}"]
        for flags, mode in ((["--listen", "127.0.0.1:0"], "accept"), (connect, "recv"), (connect, "flood")):
            with self.subTest(mode=mode):
                code, out, err = self.run_guest(["--wall", "200ms", *flags], mode)
                self.assertEqual((code, out), (124, b""), err)
                self.assertIn("wall", err)

    def test_a_signal_ends_a_guest_that_waits(self):
        process, _ = self.start(["--listen", "127.0.0.1:0"], "accept")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.end(process)[0], 128 + signal.SIGTERM)


def own_address():
    """An address of an interface that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address


if __name__ == "__main__":
    os.umask(0o022)
    WARRANT, GUEST = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
