# SPDX-License-Identifier: Apache-2.0
"""warrant_fetch (netfetch.md section 9): methods, headers, bodies, secrets, streaming, ends."""
import json
import os

from support import GRANT, Case, rig

ECHO = "https://api.example.com/v1/echo"


class Requests(Case):
    def test_post_sends_what_the_guest_wrote(self):
        done = self.ask(GRANT, "POST", ECHO, "=Content-Type:text/plain", "=X-Own:yes", "@hello body")
        seen = json.loads(next(line for line in done.out.splitlines() if line.startswith("{\"method")))
        self.assertEqual((seen["method"], seen["body"]), ("POST", "hello body"))
        headers = dict(map(tuple, seen["headers"]))
        self.assertEqual((headers["content-type"], headers["x-own"], headers["content-length"]),
                         ("text/plain", "yes", "10"))
        self.assertNotIn("expect", headers)

    def test_libcurl_adds_nothing_to_a_large_post(self):
        self.ask(GRANT, "POST", "https://api.example.com/v1/ok", "#1048576")
        request, = rig.api.requests
        names = sorted(name for name, _ in request.headers)
        self.assertEqual(names, ["accept", "accept-encoding", "content-length", "host", "user-agent"])
        self.assertEqual(len(request.body), 1048576)

    def test_a_body_over_its_bound_is_35_and_nothing_is_sent(self):
        done = self.ask(GRANT, "POST", ECHO, "#1048577")
        self.assertIn("request errno 35 request_too_large|request_body_limit|none", done.out)
        self.nothing_was_sent()

    def test_the_head_is_delivered_without_what_only_hops_need(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/kept")
        self.assertIn("=x-kept\nYes\n", done.out)
        for name in ("set-cookie", "alt-svc", "strict-transport-security", "keep-alive"):
            self.assertNotIn(name, done.out)

    def test_what_a_guest_leaves_open_is_on_record(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/bytes/3000000", "times=2", "keep")
        self.assertEqual([event["reason"] for event in done.events()], ["cancelled"] * 2)

    def test_a_large_body_comes_in_pieces_of_any_size(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/bytes/3000000", "piece=1000")
        self.assertIn("read 3000000\n", done.out)
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/chunked/20000", "piece=1")
        self.assertIn("read 20000\n", done.out)

    def test_headers_that_are_the_hosts_are_refused(self):
        for header in ("Host:x", "Cookie:a=b", "Authorization:Bearer x", "X-Forwarded-For:1.2.3.4", "TE:trailers",
                       "Content-Length:3", "Bad Name:x", "Ok:a\nb"):
            with self.subTest(header=header):
                done = self.ask(GRANT, "GET", ECHO, "=" + header)
                self.assertIn("request errno 28 header_rejected|", done.out)
        self.nothing_was_sent()

    def test_methods_are_granted_one_by_one(self):
        for method in ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"):
            done = self.ask(GRANT, method, ECHO)
            self.assertIn("request errno 2 method_not_allowed|method_not_granted|none", done.out)
        self.assertIn("request errno 28", self.ask(GRANT, "7", ECHO).out)
        self.nothing_was_sent()

    def test_head_has_no_body(self):
        done = self.ask(["--fetch", "HEAD https://api.example.com"], "HEAD", "https://api.example.com/v1/bytes/0")
        self.assertIn("status 200", done.out)

    def test_redirects_are_returned_where_the_guest_asks(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/redirect/302?/v1/ok", "^")
        self.assertIn("status 302", done.out)
        self.assertIn("=location\n/v1/ok\n", done.out)

    def test_a_cut_body_is_never_a_short_success(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/cut")
        self.assertRegex(done.out, r"body errno 65 protocol_error\|\|full")

    def test_any_number_of_headers_too_many_is_a_refusal(self):
        for count in (101, 2_000, 30_000):
            with self.subTest(count=count):
                done = self.ask(GRANT, "GET", "https://api.example.com/v1/ok", "hex=" + (b"=A\0b\0" * count).hex()[:120_000])
                self.assertIn("request errno 28 ", done.out)
        self.assertEqual(rig.api.requests, [])

    def test_reads_after_cancel_are_11(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/bytes/1000000", "piece=10", "cancel")
        self.assertIn("body errno 11 cancelled", done.out)

    def test_the_guests_own_timeout_is_73(self):
        done = self.ask(GRANT, "GET", "https://api.example.com/v1/silent", "~300")
        self.assertIn("request errno 73 timeout||", done.out)

    def test_the_first_byte_of_an_answer_is_the_answers_own(self):
        done = self.ask(GRANT, "POST", "https://api.example.com/v1/late", "#70000")
        self.assertGreaterEqual(done.events()[-1]["us_first"], 300_000)

    def test_a_post_is_delivered_once_when_a_kept_connection_dies(self):
        done = self.ask(GRANT, "POST", "https://api.example.com/v1/leave?first", "@one")
        self.assertIn("first", done.out)
        rig.reset()
        done = self.ask(GRANT, "POST", "https://api.example.com/v1/leave", "@once")
        self.assertEqual(len(rig.api.requests), 1)


class Secrets(Case):
    """The flag that says where a value lies; bindings are tried in keys_test.py."""

    def setUp(self):
        super().setUp()
        self.secret = rig.scratch / "secret"
        self.secret.write_text("canary-0123456789\n")
        os.chmod(self.secret, 0o600)

    def test_the_source_is_judged(self):
        for name, make in (("mode", lambda p: (p.write_text("canary-0123456789"), p.chmod(0o644))),
                           ("empty", lambda p: (p.write_text(""), p.chmod(0o600))),
                           ("short", lambda p: (p.write_text("short"), p.chmod(0o600)))):
            path = rig.scratch / name
            make(path)
            done = self.run_guest(["--secret", f"token=file:{path}", "--fetch", "https://api.example.com"], "get")
            # Nobody binds it, so nobody reads it.
            self.assertEqual(done.code, 0, done.err)

    def test_the_words_of_the_flag(self):
        for value in ("token", "token=", "token=canary-0123456789", "to ken=file:/x", "token=file:"):
            done = self.run_guest(["--secret", value], "get")
            self.assertEqual(done.code, 64, done.err)
            self.assertNotIn("canary", done.err)
