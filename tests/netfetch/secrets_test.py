# SPDX-License-Identifier: Apache-2.0
"""Secrets end to end: attached where they are bound, seen by nobody, found in every form they come back in."""
import base64
import json
import re
import urllib.parse

import behaviours
from support import API, FILES, GRANT, Case, rig

CANARY = "canary/42+x=y?Zz~00"
A, B = "https://api.example.com/v1/", "https://files.example.com/v1/"


def forms(value):
    """Every form of egress.md section 20 rule 4, by name."""
    raw = value.encode()
    minimal = urllib.parse.quote(value, safe="~")
    fully = "".join(f"%{byte:02X}" for byte in raw)
    made = {"raw": value, "percent": minimal, "percent, small": minimal.replace("%2F", "%2f").replace("%2B", "%2b")
            .replace("%3D", "%3d").replace("%3F", "%3f"), "percent, all": fully, "percent, all, small": fully.lower(),
            "hex": raw.hex(), "hex, large": raw.hex().upper(),
            "json, u": "".join(f"\\u{byte:04x}" for byte in raw), "json, slash": value.replace("/", "\\/"),
            "basic": base64.b64encode(f"user:{value}".encode()).decode()}
    for shift in range(3):
        text = b"\0" * shift + raw
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            made[f"{name} at {shift}"] = encode(text + b"\0" * (-len(text) % 3)).decode()
    return made


class Secrets(Case):
    def setUp(self):
        super().setUp()
        self.file = rig.scratch / "token"
        self.file.write_text(CANARY)
        self.file.chmod(0o600)

    def flags(self, attach="request", echo=None, both=False):
        secret = {"header": "authorization", "value": "Bearer ${token}", "attach": attach, **({"echo": echo} if echo else {})}
        entry = {"methods": ["GET", "POST"], "paths": ["/v1/"], "requests": 100}
        path = rig.scratch / "secrets.json"
        path.write_text(json.dumps({"version": 1, "fetch": [
            {**entry, "origin": "https://api.example.com", "secret": secret},
            {**entry, "origin": "https://files.example.com", **({"secret": secret} if both else {})}]}))
        return ["--secret", f"token=file:{self.file}", "--grant", path]

    def sent(self, server):
        return [dict(request.headers).get("authorization") for request in server.requests]

    def nobody_saw(self, done):
        texts = [done.out, done.err] + [path.read_text(errors="replace") for path in rig.home.rglob("*")
                                        if path.is_file() and path.suffix in (".jsonl", ".json")]
        for name, form in forms(CANARY).items():
            for text in texts:
                self.assertNotIn(form, text, name)


class Bound(Secrets):
    def test_a_reference_goes_to_its_binding_and_nowhere_else(self):
        done = self.ask(self.flags(), "GET", A + "ok", "$authorization:token")
        self.assertIn("status 200", done.out)
        self.assertEqual(self.sent(rig.api), [f"Bearer {CANARY}"])
        self.nobody_saw(done)
        for words in ((B + "ok", "$authorization:token"), (A + "ok", "$authorization:nobody")):
            done = self.ask(self.flags(), "GET", *words)
            self.assertIn("request errno 2 secret_rejected||none", done.out)  # one answer for both kinds
        self.assertEqual(rig.files.requests, [])

    def test_unasked_it_stays_with_the_host(self):
        self.ask(self.flags(), "GET", A + "ok")
        self.get(self.flags(), A + "ok")
        self.assertEqual(self.sent(rig.api), [None, None])

    def test_from_a_to_b_to_a_only_bindings_count(self):
        rig.api.script("/v1/start", lambda connection, *_: connection.answer(302, [("location", B + "middle")]))
        rig.files.script("/v1/middle", lambda connection, *_: connection.answer(302, [("location", A + "ok")]))
        guest = ("$authorization:token", "=X-Own:1", "=Accept:text/plain", "=If-None-Match:x")
        done = self.ask(self.flags(), "GET", A + "start", *guest)
        self.assertIn("status 200 flags 3 hops 2", done.out)
        self.assertEqual((self.sent(rig.api), self.sent(rig.files)), ([f"Bearer {CANARY}"] * 2, [None]))
        kept = {"accept", "accept-encoding", "host", "user-agent"}
        names = [sorted(name for name, _ in request.headers) for request in (*rig.api.requests, *rig.files.requests)]
        self.assertEqual(names, [sorted(kept | {"authorization", "x-own", "if-none-match"}),
                                 sorted(kept | {"authorization"}), sorted(kept)])
        self.nobody_saw(done)

    def test_headers_on_every_hop(self):
        """The redirect matrix: what a hop carries by how it was reached."""
        own = ("=X-Api-Key:k", "=Range:bytes=0-1", "=Accept-Language:de", "=Content-Language:de", "=Content-Type:a/b",
               "=User-Agent:own", "=X-Trace:t")
        host = {"accept", "accept-encoding", "host"}
        short = {"range", "accept-language", "user-agent"}
        about = {"content-language", "content-type"}
        rest = {"x-api-key", "x-trace"}
        sized = {"content-length"}
        for status, method, target, wanted, body in (
                (302, "GET", A, host | short | about | rest, ""), (302, "GET", B, host | short | about, ""),
                (307, "POST", A, host | short | about | rest | sized, "body"),
                (308, "POST", B, host | short | about | sized, "body"),
                (302, "POST", A, host | short | rest, ""), (303, "POST", B, host | short, "")):
            with self.subTest(status=status, method=method, target=target):
                rig.reset()
                url = A + f"redirect/{status}?{target}ok"
                words = [method, url, *own, *(["@body"] if method == "POST" else [])]
                self.assertIn("status 200", self.ask([*GRANT, "--fetch", "GET,POST https://files.example.com/v1/"], *words).out)
                last = (rig.files if target == B else rig.api).requests[-1]
                self.assertEqual({name for name, _ in last.headers}, wanted)
                self.assertEqual((last.method, last.body.decode()), ("POST" if body else "GET", body))


class Echo(Secrets):
    """A server that sends the value back, in each form, whole and split."""

    def say(self, body, headers=(), pieces=1):
        def behave(connection, request, server):
            size = max(1, -(-len(body) // pieces))
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
            connection.send(f"HTTP/1.1 200 OK\r\n{lines}content-length: {len(body)}\r\n\r\n".encode())
            for at in range(0, len(body), size):
                connection.send(body[at:at + size])
        rig.api.script("/v1/told", behave)

    def test_each_form_ends_the_response(self):
        for name, form in forms(CANARY).items():
            for pieces in (1, 1000):
                with self.subTest(form=name, pieces=pieces):
                    rig.reset()
                    self.say(b"before " + form.encode() + b" after", pieces=pieces)
                    done = self.ask(self.flags(), "GET", A + "told", "$authorization:token")
                    self.assertIn("errno 2 response_rejected||full", done.out)
                    self.assertEqual(done.events()[-1]["reason"], "secret_echo")
                    self.nobody_saw(done)

    def test_a_header_is_searched_too(self):
        self.say(b"OK", [("x-seen", f"Bearer {CANARY}")])
        done = self.ask(self.flags(), "GET", A + "told", "$authorization:token")
        self.assertIn("request errno 2 response_rejected||full", done.out)
        self.nobody_saw(done)

    def test_masked_it_keeps_its_length(self):
        self.say(b"<" + CANARY.encode() + b">", [("x-seen", CANARY)], pieces=5)
        done = self.ask(self.flags(echo="mask"), "GET", A + "told", "$authorization:token")
        self.assertIn(f"<{'*' * len(CANARY)}>", done.out)
        self.assertIn(f"=x-seen\n{'*' * len(CANARY)}\n", done.out)
        self.nobody_saw(done)

    def test_a_cut_body_gives_away_no_beginning(self):
        self.say(b"0123456789" + CANARY.encode())
        for capacity in range(11, 10 + len(CANARY)):
            rig.reset()
            rows, done = self.get(self.flags(attach="always"), A + "told", str(capacity))
            self.assertNotIn(CANARY[:4], done.out)

    def test_what_a_guest_prints_is_scrubbed_in_every_form(self):
        texts = list(forms(CANARY).values())
        for size in (1, 7, 4096):
            with self.subTest(size=size):
                done = self.ask(self.flags(), "GET", A + "ok", "$authorization:token", f"say={size}",
                                *(f"print={text}" for text in texts))
                self.nobody_saw(done)
                for stream in (done.out, done.err):
                    self.assertEqual(len(re.findall("^<.*\u00abredacted:token\u00bb.*>$", stream, re.M)), len(texts))

    def test_what_is_held_back_at_the_end_is_passed_on(self):
        for start in (CANARY[:1], CANARY[:-1]):
            done = self.ask(self.flags(), "GET", A + "ok", "$authorization:token", "print=x" + start)
            self.assertIn(f"<x{start}>\n", done.out)
        done = self.run_guest([*self.flags(attach="always"), "--stdout", "20"], "ask", "GET", A + "ok", "print=" + "y" * 100)
        self.assertEqual(len(done.out), 20)
        self.assertIn("stdout", done.err)

    def test_what_a_guest_prints_is_scrubbed_where_it_is_told(self):
        done = self.run_guest(self.flags(attach="always"), "get", A + CANARY.replace("/", "%2F"))
        self.nobody_saw(done)
