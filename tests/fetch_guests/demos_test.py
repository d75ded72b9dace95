# SPDX-License-Identifier: Apache-2.0
"""The demos wasi-fetch-c and wasi-fetch-rust: the same words, the same answers, over both doors."""
import json
import shlex

from guests import API, GuestCase
from support import GRANT, rig

DEMOS = ("wasi-fetch-c", "wasi-fetch-rust")


class Demos(GuestCase):
    def both(self, flags, *words, code=0):
        """What both print, which must be the same; the last run."""
        printed = []
        for demo in DEMOS:
            rig.reset()
            done = self.start(demo, flags, *words)
            self.assertEqual(done.code, code, f"{demo}: {done.out}{done.err}")
            printed.append(done.out)
        self.assertEqual(printed[0], printed[1])
        return printed[0], done

    def says(self, wanted, flags, *words, code=0):
        out, done = self.both(flags, *words, code=code)
        self.assertEqual(out, wanted)
        return done


class TheOneCall(Demos):
    def test_brings_status_and_body(self):
        done = self.says("[wasi-fetch] get 200, 2 bytes\nOK\n", GRANT, "get", API + "ok")
        event, = done.events()
        self.assertEqual((event["decision"], event["door"], event["status"]), ("allow", "openagentic_netfetch", 200))

    def test_takes_any_status_for_an_answer(self):
        self.says("[wasi-fetch] get 404, 10 bytes\nstatus 404\n", GRANT, "get", API + "status/404")

    def test_says_that_a_body_was_cut(self):
        self.says("[wasi-fetch] get 200, 4 bytes, cut\n0123\n", GRANT, "get", API + "bytes/10", "4")
        self.says("[wasi-fetch] get 200, 0 bytes, cut\n\n", GRANT, "get", API + "bytes/10", "0")

    def test_is_refused_without_a_grant_and_nothing_is_sent(self):
        done = self.says("[wasi-fetch] get refused: ENOTCAPABLE (76)\n", [], "get", API + "ok", code=2)
        self.nothing_was_sent()
        event, = done.events()
        self.assertEqual((event["decision"], event["reason"]), ("deny", "not_granted"))
        self.assertIn("fetch GET api.example.com  the network is not granted  --fetch https://api.example.com", done.err)

    def test_the_line_that_is_offered_allows_it(self):
        done = self.start("wasi-fetch-c", GRANT, "PUT", "https://files.example.com/v1/ok", "@x")
        offered = next(line for line in done.err.splitlines() if "--fetch" in line).split("--fetch ")[1]
        self.says("[wasi-fetch] PUT 200\nOK\n[wasi-fetch] 2 bytes\n", ["--fetch", *shlex.split(offered)], "PUT",
                  "https://files.example.com/v1/ok", "@x")

    def test_the_receipt_counts_what_was_allowed_and_what_was_not(self):
        for flags, code, decisions in ((GRANT, 0, {"allow": 1}), ([], 2, {"not_granted": 1})):
            done = self.start("wasi-fetch-rust", flags, "get", API + "ok")
            self.assertEqual(done.code, code)
            end = json.loads(next(line for line in done.err.splitlines() if '"kind":"run.end"' in line))
            self.assertEqual(end["receipt"]["decisions"]["fetch"], decisions)

    def test_tells_the_inside_from_nothing(self):
        flags = ["--fetch", "https://internal.example.com"]
        self.says("[wasi-fetch] get refused: EINVAL (28)\n", flags, "get", "https://internal.example.com/", code=2)


class Requests(Demos):
    def test_post_a_body_with_headers(self):
        out, _ = self.both(GRANT, "POST", API + "echo", "Content-Type:text/plain", "X-Own:yes", "@hello body",
                           "?content-type", "?x-none")
        first, kind, none, body, last = out.splitlines()
        self.assertEqual((first, kind, none), ("[wasi-fetch] POST 200", "content-type: application/json", "x-none: -"))
        seen = json.loads(body)
        headers = dict(map(tuple, seen["headers"]))
        self.assertEqual((seen["method"], seen["body"], headers["x-own"], headers["content-type"]),
                         ("POST", "hello body", "yes", "text/plain"))
        self.assertEqual(last, f"[wasi-fetch] {len(body)} bytes")

    def test_a_body_comes_as_a_stream(self):
        out, _ = self.both(GRANT, "GET", API + "chunked/300000")
        self.assertTrue(out.endswith("c\n[wasi-fetch] 300000 bytes\n"), out[-80:])

    def test_a_cut_body_is_told_with_what_came(self):
        self.says("[wasi-fetch] GET 200\nonly this\n[wasi-fetch] ended after 9 bytes: EPROTO (65) protocol_error, "
                  "the request was sent\n", GRANT, "GET", API + "cut", code=2)

    def test_redirects_are_followed_or_shown(self):
        there = API + "redirect/302?/v1/ok"
        self.says("[wasi-fetch] GET 200, redirected\nOK\n[wasi-fetch] 2 bytes\n", GRANT, "GET", there)
        self.says("[wasi-fetch] GET 302\nlocation: /v1/ok\n\n[wasi-fetch] 0 bytes\n", GRANT, "GET", there, "^", "?location")

    def test_refusals_are_in_words(self):
        rows = (("EINVAL (28) header_rejected (forbidden)", GRANT, "GET", API + "ok", "Host:x"),
                ("EACCES (2) method_not_allowed (method_not_granted)", GRANT, "DELETE", API + "ok"),
                ("ENOTCAPABLE (76) not_granted (not_granted)", [], "GET", API + "ok"),
                ("EACCES (2) not_granted (host_not_granted)", GRANT, "GET", "https://evil.example.net/"),
                ("EACCES (2) not_granted (path_not_granted)", GRANT, "GET", "https://api.example.com/v2/"),
                ("EINVAL (28) url_rejected (userinfo)", GRANT, "GET", "https://a:b@api.example.com/v1/"),
                ("EINVAL (28) url_rejected (scheme)", GRANT, "GET", "http://api.example.com/v1/"),
                ("EHOSTUNREACH (23) unreachable", ["--fetch", "https://internal.example.com"], "GET",
                 "https://internal.example.com/"))
        for wanted, flags, method, *words in rows:
            with self.subTest(wanted):
                self.says(f"[wasi-fetch] {method} refused: {wanted}\n", flags, method, *words, code=2)

    def test_a_secret_is_named_by_the_guest_and_known_to_the_server(self):
        secret = rig.scratch / "demo-token"
        secret.write_text("canary-0123456789")
        secret.chmod(0o600)
        grant = self.file("secret.json", {"fetch": [{
            "origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"],
            "secret": {"header": "authorization", "value": "Bearer ${token}"}}]})
        flags = ["--grant", grant, "--secret", f"token=file:{secret}"]
        done = self.says("[wasi-fetch] GET 200\nOK\n[wasi-fetch] 2 bytes\n", flags, "GET", API + "ok",
                         "$authorization:token")
        self.assertEqual(dict(rig.api.requests[-1].headers)["authorization"], "Bearer canary-0123456789")
        self.assertNotIn("canary", done.out + done.err)
        # One answer for a secret that is unknown and one that is bound elsewhere: no reason is told.
        for other in ("$authorization:other", "$x-other:token"):
            self.says("[wasi-fetch] GET refused: EACCES (2) secret_rejected\n", flags, "GET", API + "ok", other, code=2)
