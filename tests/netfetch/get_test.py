# SPDX-License-Identifier: Apache-2.0
"""openagentic_netfetch.fetch_get: the rows of netfetch.md section 10 that a guest can try."""
import time

from support import API, FILES, GRANT, Case, rig

OK = "https://api.example.com/v1/ok"
DEAD = "93.184.216.99"
FAILED = (4242, 4242, 42)  # cells that nobody wrote


class Granted(Case):
    def test_a_body_comes_back(self):
        rows, done = self.get(GRANT, OK)
        self.assertEqual(rows, [(0, 2, 200, 0)])
        self.assertIn("\nOK\n", done.out)
        self.assertEqual(rig.names.asked("api.example.com"), 2)  # one A, one AAAA
        request, = rig.api.requests
        self.assertEqual((request.method, request.target), ("GET", "/v1/ok"))

    def test_the_guest_adds_no_header_and_the_host_only_its_own(self):
        self.get(GRANT, OK)
        names = sorted(name for name, _ in rig.api.requests[0].headers)
        self.assertEqual(names, ["accept", "accept-encoding", "host", "user-agent"])
        self.assertEqual(dict(rig.api.requests[0].headers)["accept-encoding"], "identity")

    def test_any_status_is_success(self):
        for status in (404, 500, 204, 304):
            rows, _ = self.get(GRANT, f"https://api.example.com/v1/status/{status}")
            self.assertEqual(rows[0][0::2], (0, status), status)

    def test_a_small_buffer_cuts_and_says_so(self):
        url = "https://api.example.com/v1/bytes/10"
        rows, _ = self.get(GRANT, url, "4", url, "0", url, "-1", url, "10", url, "11")
        self.assertEqual(rows, [(0, 4, 200, 1), (0, 0, 200, 1), (0, 0, 200, 1), (0, 10, 200, 0), (0, 10, 200, 0)])

    def test_the_cap_of_the_table_cuts(self):
        rows, _ = self.get(GRANT, "https://api.example.com/v1/bytes/1000000",
                           "https://api.example.com/v1/bytes/1000001", "https://api.example.com/v1/huge-length")
        self.assertEqual(rows, [(0, 1000000, 200, 0), (0, 1000000, 200, 1), (28, *FAILED)][:2] + rows[2:])
        self.assertEqual(rows[2][0], 28)  # it never sends what it declared: no short success

    def test_several_requests_share_a_connection(self):
        rows, _ = self.get(GRANT, OK, OK, OK)
        self.assertEqual([row[0] for row in rows], [0, 0, 0])
        self.assertEqual(rig.api.connections, 1)
        self.assertEqual(rig.names.asked("api.example.com"), 6)  # each request resolves again

    def test_another_answer_means_another_connection(self):
        rig.names.tell("api.example.com", [API], [FILES])
        rows, done = self.get(GRANT, OK, OK, OK)
        self.assertEqual([row[0] for row in rows], [0, 0, 0])
        self.assertEqual(rig.wire.opened(), [(API, 443), (FILES, 443)])
        self.assertEqual([event["peer"] for event in done.events()], [f"{API}:443", f"{FILES}:443", f"{FILES}:443"])
        self.assertEqual([event["reused"] for event in done.events()], [False, False, True])

    def test_each_hop_is_on_record(self):
        _, done = self.get(GRANT, OK)
        event, = done.events()
        self.assertEqual((event["decision"], event["host"], event["status"]), ("allow", "api.example.com", 200))
        self.assertEqual(event["door"], "openagentic_netfetch")


class NotGranted(Case):
    def test_without_a_grant_it_is_76_and_on_record(self):
        rows, done = self.get([], OK)
        self.assertEqual(rows, [(76, *FAILED)])
        self.nothing_was_sent()
        event, = done.events()
        self.assertEqual((event["decision"], event["reason"]), ("deny", "not_granted"))

    def test_what_no_grant_covers_is_76_and_nothing_is_sent(self):
        rows, _ = self.get(GRANT, "https://evil.example.net/", "https://api.example.com/v2/x",
                           "https://api.example.com:8443/v1/a", f"https://{API}/v1/ok", "https://127.0.0.1/v1/ok")
        self.assertEqual([row[0] for row in rows], [76] * 5)
        self.nothing_was_sent()

    def test_what_is_no_url_is_28_and_nothing_is_sent(self):
        rows, _ = self.get(GRANT, "", "http://api.example.com/v1/ok", "https://user:pw@api.example.com/v1/ok",
                           "https://api.example.com/v1/../x", "https://api.example.com\\@evil.net/", "file:///etc/passwd")
        self.assertEqual([row[0] for row in rows], [28] * 6)
        self.nothing_was_sent()

    def test_a_deny_rule_comes_before_the_grant(self):
        rows, done = self.get([*GRANT, "--fetch-deny", "api.example.com/v1/ok"], OK, "https://api.example.com/v1/kept")
        self.assertEqual([row[0] for row in rows], [76, 0])
        self.assertEqual(done.events()[0]["reason"], "denied_by_rule")

    def test_a_private_address_is_28_and_no_socket_is_made(self):
        rows, done = self.get(["--fetch", "https://internal.example.com"], "https://internal.example.com/v1/ok")
        self.assertEqual(rows[0][0], 28)
        self.assertEqual(rig.private.connections, 0)
        self.assertEqual(done.events()[0]["reason"], "private")

    def test_a_mixed_answer_is_refused_whole(self):
        rig.names.tell("api.example.com", [API, "10.1.2.3"])
        rows, done = self.get(GRANT, OK)
        self.assertEqual((rows[0][0], rig.api.connections), (28, 0))
        self.assertEqual(done.events()[0]["reason"], "mixed_answer")

    def test_a_name_that_changes_is_reached_at_its_first_answer_only(self):
        rig.names.tell("api.example.com", [API], ["10.1.2.3"])
        rows, _ = self.get(GRANT, OK, OK)
        self.assertEqual([row[0] for row in rows], [0, 28])
        self.assertEqual((rig.api.connections, rig.private.connections), (1, 0))


class Redirects(Case):
    def test_same_origin_is_followed(self):
        rows, done = self.get(GRANT, "https://api.example.com/v1/redirect/302?/v1/ok")
        self.assertEqual(rows, [(0, 2, 200, 0)])
        self.assertEqual(len(done.events()), 2)

    def test_each_hop_is_judged(self):
        base = "https://api.example.com/v1/redirect/302?"
        rows, _ = self.get([*GRANT, "--fetch", "https://internal.example.com"], base + "https://files.example.com/v1/ok",
                           base + "https://internal.example.com/v1/ok", base + "http://api.example.com/v1/ok",
                           "https://api.example.com/v1/loop", "https://api.example.com/v1/two-locations")
        self.assertEqual([row[0] for row in rows], [76, 28, 28, 28, 28])
        self.assertEqual((rig.files.connections, rig.private.connections), (0, 0))


class Bad(Case):
    reachable = {API, DEAD}

    def test_answers_that_are_none_are_28_and_write_nothing(self):
        for path in ("http09", "two-lengths", "length-and-chunks", "nul-header", "control-header", "folded-header",
                     "status-99", "status-1000", "switching", "huge-chunk", "nothing", "garbage", "long-header",
                     "many-headers", "early-hints", "cut", "cut-chunked", "coded/br", "gzip/100", "many-trailers"):
            with self.subTest(path=path):
                rows, done = self.get(GRANT, f"https://api.example.com/v1/{path}")
                self.assertEqual(rows, [(28, *FAILED)], done.err)

    def test_dead_name_servers_and_servers_are_28(self):
        for answer in ("SERVFAIL", "NXDOMAIN", "GARBAGE", []):
            with self.subTest(answer=answer):
                rig.names.tell("api.example.com", answer)
                rows, _ = self.get(GRANT, OK)
                self.assertEqual(rows[0][0], 28)
        rig.names.tell("api.example.com", [DEAD])
        rows, done = self.get(GRANT, OK)
        self.assertEqual(rows[0][0], 28)
        self.assertEqual(done.events()[0]["reason"], "connect_failed")

    def test_a_certificate_for_another_name_is_28(self):
        rig.names.tell("other.example.com", [API])
        rows, done = self.get(["--fetch", "https://other.example.com"], "https://other.example.com/v1/ok")
        self.assertEqual((rows[0][0], done.events()[0]["reason"]), (28, "tls"))
        self.assertEqual(rig.api.requests, [])

    def test_silence_ends_with_the_call(self):
        start = time.monotonic()
        done = self.run_guest(["--wall", "1s", *GRANT], "get", "https://api.example.com/v1/silent")
        self.assertEqual(done.code, 124, done.err)
        self.assertLess(time.monotonic() - start, 20)

    def test_an_endless_body_is_cut_at_the_cap(self):
        rows, _ = self.get(GRANT, "https://api.example.com/v1/endless")
        self.assertEqual(rows, [(0, 1000000, 200, 1)])

    def test_nothing_ambient_is_used(self):
        (rig.home / ".netrc").write_text("machine api.example.com login canary password canary\n")
        rows, _ = self.get(GRANT, OK, env={"https_proxy": "http://127.0.0.1:9", "ALL_PROXY": "socks5://127.0.0.1:9",
                                           "SSL_CERT_FILE": "/dev/null", "SSLKEYLOGFILE": str(rig.scratch / "keys"),
                                           "RES_OPTIONS": "attempts:0", "HOSTALIASES": "/dev/null"})
        self.assertEqual(rows, [(0, 2, 200, 0)])
        self.assertNotIn("canary", str(rig.api.requests))
        self.assertFalse((rig.scratch / "keys").exists())


class Cost(Case):
    def test_a_guest_without_a_grant_maps_no_network_library(self):
        import subprocess
        done = subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", rig.scratch / "trace", rig.warrant, "run",
                               rig.guests / "fetch_get.wasm", OK], stdin=subprocess.DEVNULL, capture_output=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home)}, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        trace = (rig.scratch / "trace").read_text()
        for library in ("libcurl", "libcares", "libssl", "libz.so"):
            self.assertNotIn(library, trace)
