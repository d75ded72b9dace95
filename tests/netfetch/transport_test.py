# SPDX-License-Identifier: Apache-2.0
"""The transport with real parts: nginx and HTTP/2, broken HTTP/2, missing libraries, the filter, signals."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading

import h2
from nginx import Nginx
from support import API, GRANT, PATIENCE, Case, Done, rig

NGINX, BROKEN, FULL = "93.184.215.60", "93.184.215.61", "93.184.215.62"
BASE = "https://api.example.com/v1/"
OK = BASE + "ok"
SMALL, LARGE = b"s" * 270, bytes(range(256)) * 4096


class RealServer(Case):
    reachable = {NGINX}

    @classmethod
    def setUpClass(cls):
        leaf = rig.authority.leaf("nginx", ["api.example.com"])
        cls.server = Nginx(leaf, NGINX, rig.scratch / "nginx", {"v1/small": SMALL, "v1/large": LARGE})

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        super().setUp()
        rig.names.tell("api.example.com", [NGINX])

    def test_it_is_spoken_to_by_http2_over_one_connection(self):
        rows, done = self.get([*GRANT, "--fetch", "HEAD https://api.example.com/v1/"], BASE + "small", BASE + "large",
                              "1048576", BASE + "none", BASE + "old/x")
        self.assertEqual(rows[0], (0, 270, 200, 0))
        self.assertEqual((rows[2][0], rows[2][2]), (0, 404))
        self.assertEqual(rows[3], (0, 270, 200, 0))
        events = done.events()
        self.assertEqual({(event["alpn"], event["tls"]) for event in events}, {("h2", "1.3")})
        self.assertEqual(len(rig.wire.opened()), 1)

    def test_a_large_answer_streams_whole(self):
        done = self.ask(GRANT, "GET", BASE + "large", "piece=777")
        self.assertIn(f"read {len(LARGE)}\n", done.out)

    def test_it_compresses_only_where_that_is_granted(self):
        path = rig.scratch / "gzip.json"
        path.write_text(json.dumps({"version": 1, "fetch": [
            {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"], "decompress": "gzip"}]}))
        for flags in (GRANT, ["--grant", path]):
            done = self.ask(flags, "GET", BASE + "small")
            self.assertIn("s" * 270, done.out)
            self.assertNotIn("content-encoding", done.out)


class BrokenHttp2(Case):
    reachable = {BROKEN}

    def test_resets_and_errors_are_protocol_and_are_not_tried_again(self):
        settings = h2.frame(h2.SETTINGS)
        head = h2.frame(h2.HEADERS, h2.STATUS_200, h2.END_HEADERS, 1)
        leaf = rig.authority.leaf("h2", ["api.example.com"])
        for name, script in (("reset before head", [settings, h2.reset()]),
                             ("reset in body", [settings, head, h2.frame(h2.DATA, b"half", 0, 1), h2.reset()]),
                             ("refused", [settings, h2.reset(7)]),
                             ("goaway", [settings, h2.frame(h2.GOAWAY, bytes(8))]),
                             ("bad frame", [settings, h2.frame(h2.SETTINGS, b"12345")]),
                             ("a head without status", [settings, h2.frame(h2.HEADERS, b"\x00\x01a\x01b", 5, 1)]),
                             ("garbage", [b"HTTP/1.1 200 OK\r\n\r\n"])):
            with self.subTest(what=name):
                rig.reset()
                rig.names.tell("api.example.com", [BROKEN])
                server = h2.H2Server(leaf, BROKEN, script)
                done = self.ask([*GRANT, "--fetch", "POST https://api.example.com/v1/"], "POST", OK, "@once", "~5000")
                server.close()
                self.assertRegex(done.out, r"(request|body) errno 65 protocol_error\|\|(full|partial)")
                # A stream that was refused is what libcurl tries again, and a POST is not.
                self.assertEqual(done.events()[-1]["reason"], "retry_refused" if name == "refused" else "protocol")
                self.assertEqual(server.requests, 1)


class Reasons(Case):
    def test_what_is_no_http_is_protocol_and_what_is_cut_is_truncated(self):
        chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        for text, reason in ((b"8000000000000000\r\nabc", "protocol"), (b"zz\r\nabc\r\n0\r\n\r\n", "protocol"),
                             (b"-1\r\nabc", "protocol"), (b"\r\nabc", "protocol"), (b"3\r\nabcX\r\n0\r\n\r\n", "protocol"),
                             (b"8\r\nabc", "truncated"), (b"3\r\nabc\r\n", "truncated")):
            with self.subTest(text=text):
                def say(connection, request, server, text=text):
                    connection.send(chunked + text)
                    return "close"
                rig.api.script("/v1/said", say)
                rows, done = self.get(GRANT, BASE + "said")
                self.assertEqual((rows[0][0], done.events()[0]["reason"]), (28, reason))

    def test_bytes_behind_a_length_are_nobodys(self):
        def say(connection, request, server):
            connection.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOKHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nEVIL")
        rig.api.script("/v1/said", say)
        rows, done = self.get(GRANT, BASE + "said", OK)
        self.assertEqual(rows, [(0, 2, 200, 0)] * 2)
        self.assertNotIn("EVIL", done.out)


class Missing(Case):
    """A library that is not there: covered by an empty file in a mount namespace of the run's own."""

    def without(self, library, flags, guest, *words):
        found = next(path for folder in ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu")
                     for path in pathlib.Path(folder).glob(library))
        inner = f'mount --bind /dev/null "{found.resolve()}" && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", inner, "sh", rig.warrant, "run", *rig.audit, *flags,
                   rig.guests / f"fetch_{guest}.wasm", *words]
        return Done(subprocess.run([os.fspath(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True,
                                   env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(rig.home)}, timeout=PATIENCE))

    def test_it_is_said_after_the_url_was_judged(self):
        for library in ("libcurl.so.4", "libcares.so.2"):
            for hardening in ("basic", "off"):
                with self.subTest(library=library, hardening=hardening):
                    flags = [f"--hardening={hardening}", *GRANT]
                    done = self.without(library, flags, "get", "no url", "https://evil.example.net/", OK)
                    self.assertEqual([line.split()[1] for line in done.out.splitlines()], ["28", "76", "76"], done.err)
                    self.assertEqual([event["reason"] for event in done.events()],
                                     ["control", "host_not_granted", "transport_unavailable"])
                    done = self.without(library, flags, "ask", "GET", OK)
                    self.assertIn("request errno 58 unavailable|transport_unavailable|none", done.out)
        self.nothing_was_sent()

    def test_without_authorities_every_certificate_is_unknown(self):
        empty = rig.scratch / "nothing"
        empty.mkdir()
        inner = f'mount --bind "{empty}" /etc/ssl/certs && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", inner, "sh", rig.warrant, "run", *rig.audit, *GRANT,
                   rig.guests / "fetch_get.wasm", OK]
        done = Done(subprocess.run([os.fspath(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True,
                                   env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(rig.home)}, timeout=PATIENCE))
        self.assertEqual(done.out.split()[1], "28", done.err)
        self.assertEqual(done.events()[0]["reason"], "tls")
        self.assertEqual(rig.api.requests, [])


class Ends(Case):
    """Whatever a fetch waits for, a signal ends the command at once and leaves no process behind."""
    reachable = {API, FULL}

    def test_at_each_stage(self):
        full = socket.create_server((FULL, 443), backlog=0)
        self.addCleanup(full.close)
        fillers = [socket.socket() for _ in range(4)]
        for each in fillers:  # the queue is full: further SYNs are dropped
            each.setblocking(False)
            each.connect_ex((FULL, 443))
            self.addCleanup(each.close)
        stalled = socket.create_server(("93.184.215.63", 443), backlog=16)
        self.addCleanup(stalled.close)
        self.reachable = {API, FULL, "93.184.215.63"}
        for stage, answer, path in (("dns", "TIMEOUT", "ok"), ("connect", [FULL], "ok"), ("tls", ["93.184.215.63"], "ok"),
                                    ("head", [API], "silent"), ("slow head", [API], "drip-head"),
                                    ("body", [API], "silent-body"), ("slow body", [API], "drip")):
            with self.subTest(stage=stage):
                rig.names.tell("api.example.com", answer)
                rig.wire.forget()
                command = [rig.warrant, "run", *rig.audit, *GRANT, rig.guests / "fetch_get.wasm", BASE + path]
                child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home)}, start_new_session=True)
                threading.Event().wait(1.0)
                self.assertIsNone(child.poll())
                child.send_signal(signal.SIGTERM)
                _, errors = child.communicate(timeout=10)
                self.assertIn(child.returncode, (-signal.SIGTERM, 128 + signal.SIGTERM), errors)
                self.assertRaises(ProcessLookupError, os.killpg, child.pid, 0)


class Filter(Case):
    """Under the filter of `basic`: what the table lists for the network is used, and nothing else is."""
    UNREACHED = {"getsockopt": "a connection that fails", "sendto": "libraries of the system that do not write"}

    def test_listed_is_used(self):
        table = pathlib.Path(__file__).resolve().parents[2] / "warrant/os/lockdown/filter_table.h"
        listed = set(re.findall(r"SYS_(\w+)[^;]*?Part::kNetwork\)", "\n".join(
            line for line in table.read_text().splitlines() if "allow" in line and "Part::kNetwork" in line)))
        self.assertIn("connect", listed)
        used = set()
        many = [f"93.184.215.{n}" for n in range(14, 60)]  # an answer that needs a stream
        for answer, guest, words in (([API], "get", [OK, BASE + "redirect/302?/v1/ok", BASE + "bytes/1000000"]),
                                     (many, "get", [OK]), ([API], "ask", ["POST", BASE + "echo", "#300000"]),
                                     (["93.184.216.99"], "get", [OK])):
            rig.names.tell("api.example.com", answer)
            trace = rig.scratch / "trace"
            done = subprocess.run(["strace", "-f", "-qq", "-o", trace, rig.warrant, "run", *GRANT,
                                   rig.guests / f"fetch_{guest}.wasm", *words], stdin=subprocess.DEVNULL,
                                  capture_output=True, env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home)}, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            locked = False
            for line in trace.read_text(errors="replace").splitlines():
                call = re.match(r"\d+\s+(?:<\.\.\. )?(\w+)", line)
                self.assertNotIn("SIGSYS", line)
                if call and locked and "= -1 EPERM" not in line:
                    used.add(call[1])
                locked = locked or (call is not None and call[1] == "seccomp")
        self.assertEqual(listed - used - set(self.UNREACHED), set(), "listed, and nothing uses it")
        self.assertEqual({call for call in used if call.startswith(("epoll", "eventfd", "socketpair"))}, set())


Filter.reachable = {API, "93.184.216.99"}
