# SPDX-License-Identifier: Apache-2.0
"""NF8 and NF24: the rows of ssrf_vectors.tsv that a guest can try, through the released command.

Rows of url, dns, redirect and response by fetch_get (those that send a body by warrant_fetch), of header
and method by warrant_fetch. The errno is that of the reason's family, the reason that of the record,
and rows that are denied by form or grant cause no query. A row of a kind that nobody here knows fails.
"""
import collections
import codecs
import json
import pathlib
import socket

import behaviours
from server import Server
from support import API, FILES, PRIVATE, Case, rig

FILE = pathlib.Path(__file__).resolve().parent.parent / "data/ssrf_vectors.tsv"
ANYWHERE, V4, V6 = "93.184.215.40", "8.8.8.8", "2606:4700:4700::1111"
EXPIRED, OTHER, OLD = "93.184.215.41", "93.184.215.42", "93.184.215.43"
HOSTS = ["example.net", "a.b.example.net", "3com.com", "1.example.net", "foo_bar.example.net", "0x7f.example.net",
         "a.cdn.example.net", "localtest.me", "api.example.com"]
# Families of egress.md section 18 that fetch_get answers with 76; the others are 28.
UNCOVERED = set("""not_granted transport_unavailable host_not_granted ip_literal host_special_use host_single_label
port_not_granted path_not_granted denied_by_rule method_syntax method_case method_forbidden method_not_granted""".split())
FORMS = set("""scheme syntax control non_ascii backslash userinfo too_long host_syntax host_percent host_zone_id
host_idna host_trailing_dot host_ip_ambiguous port path_bad_percent path_chars path_encoded_control
path_double_encoding path_encoded_slash path_bad_utf8 path_dot_segment query_chars""".split())
BOUNDS = {"requests": 1000, "denials": 1000, "names": 256, "parallel": 16}
Row = collections.namedtuple("Row", "id layer policy input expect reason")


def rows_of(layer):
    lines = [line for line in FILE.read_text().split("\n") if line and not line.startswith("#")][1:]
    rows = [Row(*line.split("\t")[:6]) for line in lines]
    return [row._replace(input=codecs.decode(row.input, "unicode_escape")) for row in rows if row.layer == layer]


def grants(policy, **more):
    p0 = {"origin": "https://api.example.com", "methods": ["GET", "POST"], "paths": ["/v1/*"], **BOUNDS, **more}
    anyone = {**p0, "origin": "https://*", "any_host": True, "methods": ["GET"], "paths": ["/*"]}
    literals = [{**p0, "origin": f"https://{host}", "methods": ["GET"], "paths": ["/*"]} for host in (V4, f"[{V6}]")]
    return {"P0": [p0], "P1": [anyone], "P2": [{**p0, "origin": "https://*.cdn.example.net", "methods": ["GET"], "paths": ["/*"]}],
            "P3": [{**p0, "origin": "https://api.example.com:8443"}], "P4": [anyone, *literals]}[policy]


def errno(row):
    return 0 if row.expect == "allow" else 76 if row.reason in UNCOVERED else 28


def hexed(text):
    return text.encode("latin-1").hex()


class Vectors(Case):
    reachable = {API, FILES, ANYWHERE, V4, V6, EXPIRED, OTHER, OLD}

    @classmethod
    def setUpClass(cls):
        leaf = rig.authority.leaf("anywhere", [*HOSTS, V4, V6])
        zoo = {**behaviours.ALL, "/": behaviours.ok}
        cls.servers = [Server(leaf, ANYWHERE, port, zoo) for port in (443, 8443)]
        cls.servers.append(Server(leaf, V4, 443, zoo))
        cls.has_ipv6 = True
        try:
            cls.servers.append(Server(leaf, V6, 443, zoo, family=socket.AF_INET6))
        except OSError:  # no IPv6 on this machine: its allowed row ends at the connection
            cls.has_ipv6 = False

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            server.close()

    def grant(self, entries):
        path = rig.scratch / "vectors.json"
        path.write_text(json.dumps({"version": 1, "fetch": entries}))
        return ["--grant", path]

    def said(self, row, done, got, event):
        self.assertEqual(got, errno(row), f"{event}\n{done.err[-500:]}")
        self.assertIn(row.reason, [event["reason"], *event.get("notes", [])])
        self.assertEqual(event["decision"] == "allow", row.expect == "allow")


class Url(Vectors):
    reachable = {ANYWHERE, V4, V6}
    ports = {443, 8443}

    def test_each_row(self):
        tried = 0
        for policy in ("P0", "P1", "P2", "P3", "P4"):
            rig.reset()
            for host in HOSTS:
                rig.names.tell(host, [ANYWHERE])
            rows = [row for row in rows_of("url") if row.policy == policy]
            done = self.run_guest(self.grant(grants(policy)), "get", *["hex=" + hexed(row.input) for row in rows])
            self.assertEqual(done.code, 0, done.err)
            answers = [int(line.split()[1]) for line in done.out.splitlines() if line.startswith("errno ")]
            events = done.events()
            self.assertEqual((len(answers), len(events)), (len(rows), len(rows)))
            for row, got, event in zip(rows, answers, events):
                with self.subTest(id=row.id, url=row.input):
                    if row.expect == "allow" and V6 in row.input and not self.has_ipv6:
                        self.assertEqual((got, event["reason"]), (28, "connect_failed"))
                        continue
                    self.said(row, done, got, event)
            allowed = {event["host"] for event in events if event["decision"] == "allow"}
            self.assertLessEqual({name for name, _ in rig.names.queries}, allowed)
            tried += len(rows)
        self.assertEqual(tried, len(rows_of("url")))
        self.assertGreater(tried, 200)


class Dns(Vectors):
    reachable = {API, "93.184.215.14", V6}

    def answers(self, text):
        if text in ("SERVFAIL", "TIMEOUT"):
            return text
        if text.startswith("CNAME "):
            alias, _, addresses = text[6:].partition("=")
            return ("CNAME", alias, addresses.split(","))
        if " x" in text:
            first, _, count = text.partition(" x")
            head, _, last = first.rpartition(".")
            return [f"{head}.{int(last) + n}" for n in range(int(count))]
        return [each for each in text.split(",") if each]

    def test_each_row(self):
        for row in rows_of("dns"):
            with self.subTest(id=row.id, input=row.input):
                rig.reset()
                parts = [part.partition(":")[2] if part.startswith(("t0:", "t1:")) else part for part in row.input.split(";")]
                host = parts[0].partition("=")[0]
                rig.names.tell(host, *[self.answers(part.partition("=")[2]) for part in parts])
                done = self.run_guest(self.grant(grants(row.policy)), "get", f"https://{host}/")
                event, = done.events()
                got = int(done.out.split()[1])
                if row.expect == "allow":
                    # The server of that address has a certificate for another name: it got that far.
                    self.assertEqual((got, event["reason"], rig.names.asked(host)), (28, "tls", 2))
                    self.assertIn(row.reason, event["notes"])
                    continue
                self.said(row, done, got, event)
                self.assertEqual([each for each in rig.wire.opened() if each[1] != 53], [])
                self.assertLessEqual(rig.names.asked(host), 4 if row.input.endswith(("TIMEOUT", "x65")) else 2)


class Redirect(Vectors):
    def script(self, chain):
        """Each hop's answer, in order, whatever the path is; 200 behind the last."""
        said = list(chain)

        def behave(connection, request, server):
            if not said:
                return behaviours.ok(connection, request, server)
            status, lines, early = said.pop(0) if len(said) > 1 or not said[0][1] == [("location", "/v1/a")] else said[0]
            connection.send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * early)
            connection.answer(status, headers=lines)
            return None
        for server in (rig.api, rig.files):
            server.script("/v1/a", behave)
            server.script("/v1/b", behave)

    def hop(self, text):
        """[(status, header lines, 1xx before)], one for each status it holds for."""
        word, _, rest = text.strip().partition(" ")
        if not word[0].isdigit():
            word, rest = "302", text.strip()
        rest = rest.replace("(loop)", "").strip()
        if rest.startswith("Early Hints x"):
            return [(200, [], int(rest.rpartition("x")[2]))]
        if rest.startswith("+ "):
            name, _, value = rest[2:].partition(": ")
            return [(int(word), [(name, value)], 0)]
        if rest == "(two Location headers)":
            lines = [("location", "/v1/b"), ("location", "/v1/c")]
        elif rest == "(no Location)":
            lines = []
        elif rest.startswith("Location "):
            lines = [("location", "/v1/" + "a" * int(rest.split()[1]))]
        else:
            rest = {"api": "https://api.example.com/v1/a", "files": "https://files.example.com/v1/b"}.get(rest, rest)
            lines = [("location", rest)] if rest else [("location", "/v1/b")]
        return [(int(status), lines, 0) for status in word.split("/")]

    def test_each_row(self):
        for row in rows_of("redirect"):
            text, entries = row.input, grants("P0")
            if text.startswith("[grants api+files] "):
                text, entries = text.partition("] ")[2], [*entries, {**entries[0], "origin": "https://files.example.com"}]
            if text.startswith("[redirect=error] "):
                text, entries = text.partition("] ")[2], [{**entries[0], "redirect": "error"}]
            text, _, now = text.partition(", DNS now ")
            first, *hops = text.split("->")
            method, url = first.split()
            url = {"api": "https://api.example.com/v1/a"}.get(url, url)
            for alternative in range(len(self.hop(hops[0]))):
                with self.subTest(id=row.id, input=row.input, alternative=alternative):
                    rig.reset()
                    if now:
                        rig.names.tell("api.example.com", [API], [now])
                    self.script([self.hop(each)[alternative if not at else 0] for at, each in enumerate(hops)])
                    flags = self.grant(entries)
                    if method == "POST":
                        done = self.ask(flags, "POST", url, "@body")
                        got = 0 if "status 200" in done.out else 28
                    else:
                        rows, done = self.get(flags, url)
                        got = rows[0][0]
                    self.said(row, done, got, done.events()[-1])


class Response(Vectors):
    PATHS = {"S001": "ok", "S002": "bytes/101", "S004": "bomb", "S005": "nested/6", "S006": "coded/br", "S009": "drip",
             "S010": "silent", "S011": "http09", "S013": "kept", "S014": "two-lengths", "S020": "nul-header",
             "S022": "status-99 status-1000", "S023": "cut"}
    HOSTS = {"S016": OTHER, "S017": EXPIRED, "S019": OLD}

    def test_each_row(self):
        import ssl
        servers = [Server(rig.authority.leaf("other", ["other.example.com"]), OTHER, 443, behaviours.ALL),
                   Server(rig.authority.leaf("expired", ["api.example.com"], "20200101000000Z", "20200102000000Z"),
                          EXPIRED, 443, behaviours.ALL),
                   Server(rig.authority.leaf("old", ["api.example.com"]), OLD, 443, behaviours.ALL,
                          tls=ssl.TLSVersion.TLSv1_1)]
        for server in servers:
            self.addCleanup(server.close)
        for row in rows_of("response"):
            for path in self.PATHS.get(row.id, "ok" if row.id in self.HOSTS else "").split():
                with self.subTest(id=row.id, path=path):
                    rig.reset()
                    if row.id in self.HOSTS:
                        rig.names.tell("api.example.com", [self.HOSTS[row.id]])
                    more = {"first_byte": "1s"} if row.id == "S010" else {"response": 100} if row.id == "S002" else {}
                    if "gzip" in row.input:
                        more["decompress"] = "gzip"
                    rows, done = self.get(self.grant(grants("P0", **more)), f"https://api.example.com/v1/{path}")
                    if row.id == "S002":  # the one door that cuts
                        self.assertEqual(rows, [(0, 100, 200, 1)])
                        self.assertEqual(done.events()[0]["cut_by"], "response")
                        done = self.ask(self.grant(grants("P0", **more)), "GET", f"https://api.example.com/v1/{path}")
                        self.assertIn("request errno 35 response_too_large||", done.out)
                        self.assertEqual(done.events()[0]["reason"], row.reason)
                        continue
                    event, = done.events()
                    self.assertEqual(rows[0][0], errno(row), event)
                    self.assertEqual(event["reason"], row.reason)
        unknown = [row.id for row in rows_of("response") if row.id not in {**self.PATHS, **self.HOSTS}]
        self.assertEqual(unknown, [])


class Words(Vectors):
    METHODS = {"GET": 0, "HEAD": 1, "POST": 2, "PUT": 3, "PATCH": 4, "DELETE": 5, "OPTIONS": 6}
    URL = "https://api.example.com/v1/ok"

    def test_each_header(self):
        for row in rows_of("header"):
            with self.subTest(id=row.id, header=row.input):
                rig.reset()
                name, colon, value = row.input.partition(":")
                value = value[1:] if value.startswith(" ") else value
                block = "=" + name + "\0" + value + "\0"
                if row.input == "<101 headers>":
                    block = "=X-A\0b\0" * 101
                elif "<" in row.input and row.input.endswith(" bytes>"):
                    block = "=X-A\0" + "a" * int(row.input.strip("<>").split()[0].rpartition("<")[2]) + "\0"
                done = self.ask(self.grant(grants("P0")), "GET", self.URL, "hex=" + hexed(block))
                event, = done.events()
                self.assertEqual(event["reason"], row.reason)
                if row.expect == "allow":
                    self.assertIn("status 200", done.out)
                    self.assertIn((name.lower(), value), rig.api.requests[0].headers)
                else:
                    self.assertIn(f"request errno 28 header_rejected|{row.reason}|none", done.out)
                    self.nothing_was_sent()

    def test_each_method_that_a_number_can_say(self):
        said = 0
        for row in rows_of("method"):
            if row.input not in self.METHODS:
                continue
            with self.subTest(id=row.id, method=row.input):
                done = self.ask(self.grant(grants("P0")), row.input, self.URL)
                self.assertEqual(done.events()[0]["reason"], row.reason)
                self.assertIn("status 200" if row.expect == "allow" else "request errno 2 method_not_allowed|", done.out)
                said += 1
        self.assertGreaterEqual(said, 3)
