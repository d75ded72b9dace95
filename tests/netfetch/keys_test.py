# SPDX-License-Identifier: Apache-2.0
"""Every key of grants and configs that speaks of the network counts: with it one thing, without it another.

Each proof is run twice: with its document, and with the same document less that one key, where it
must fail, or it could not tell. Keys of time end a wait before the run's own deadline does.
"""
import copy
import dataclasses
import json
import os
import socket
from typing import Any, Callable

import behaviours
from authority import Authority
from server import Server
from support import API, PRIVATE, Case, rig

BASE = "https://api.example.com/v1/"
OK, CANARY = BASE + "ok", "canary-0123456789"
OWN, STALLED = "93.184.215.30", "93.184.215.31"
ENTRY = {"origin": "https://api.example.com", "methods": ["GET", "POST"], "paths": ["/v1/"]}
WAIT = ["--wall", "3s"]


def fetching(**more):
    return {"fetch": [{**ENTRY, **more}]}


def with_secret(**more):
    secret = {"header": "authorization", "value": "Bearer ${token}", "attach": "always", **more}
    return fetching(secret=secret)


def beside(**more):
    return {**fetching(), **more}


@dataclasses.dataclass
class Proof:
    key: str  # of JSON, lists by their first entry
    document: dict
    words: tuple  # of the guest, its name first
    holds: Callable[[Any], bool]
    answers: tuple = ()  # of the name api.example.com
    flags: tuple = ()


def rows(*wanted):
    """The errno of each answer of fetch_get."""
    return lambda done: done.code == 0 and [int(line.split()[1]) for line in done.out.splitlines()
                                            if line.startswith("errno ")] == list(wanted)


def says(text):
    return lambda done: done.code == 0 and text in done.out


def reason(word):
    return lambda done: [event["reason"] for event in done.events()] == [word]


def asked(count):
    return lambda done: done.code == 0 and rig.names.asked("api.example.com") == count


def bearer(done):
    return [dict(request.headers).get("authorization") for request in rig.api.requests] == [f"Bearer {CANARY}"]


ANY = {"origin": "https://*", "any_host": True}
PROOFS = [
    Proof("fetch.origin", fetching(), ("get", OK), rows(0)),
    Proof("fetch.methods", fetching(), ("get", OK), rows(0)),
    Proof("fetch.paths", fetching(), ("get", OK), rows(0)),
    Proof("fetch.any_host", fetching(**ANY), ("get", OK), rows(0)),
    Proof("fetch.private", fetching(private=[PRIVATE]), ("get", OK), rows(0), (PRIVATE,)),
    Proof("fetch.redirect", fetching(redirect="manual"), ("ask", "GET", BASE + "redirect/302?/v1/ok"), says("status 302")),
    Proof("fetch.redirects", fetching(redirects=0), ("get", BASE + "redirect/302?/v1/ok"), rows(28)),
    Proof("fetch.decompress", fetching(decompress="gzip"), ("get", BASE + "gzip/100"), rows(0)),
    Proof("fetch.raw_authorization", fetching(raw_authorization=True),
          ("ask", "GET", OK, "=Authorization:Bearer own"), says("status 200")),
    Proof("fetch.requests", fetching(requests=1), ("get", OK, OK), rows(0, 28)),
    Proof("fetch.parallel", fetching(parallel=0), ("get", OK), rows(28), flags=(*WAIT,)),
    Proof("fetch.denials", fetching(denials=1), ("get", "https://api.example.com/v2", OK), rows(76, 28)),
    Proof("fetch.request_body", fetching(request_body=4), ("ask", "POST", OK, "@hello"), says("request_body_limit")),
    Proof("fetch.response", fetching(response=5), ("ask", "GET", BASE + "bytes/10"), says("response_too_large")),
    Proof("fetch.total", fetching(total=2000), ("ask", "GET", BASE + "bytes/10000"), says("budget_exhausted")),
    Proof("fetch.names", fetching(**ANY, names=0), ("get", OK), rows(28)),
    Proof("fetch.dns", fetching(dns="200ms"), ("get", OK), rows(28), ("TIMEOUT",), (*WAIT,)),
    Proof("fetch.connect", fetching(connect="200ms"), ("get", OK), rows(28), (STALLED,), (*WAIT,)),
    Proof("fetch.first_byte", fetching(first_byte="200ms"), ("get", BASE + "silent"), rows(28), flags=(*WAIT,)),
    Proof("fetch.timeout", fetching(timeout="200ms"), ("get", BASE + "silent"), rows(28), flags=(*WAIT,)),
    Proof("fetch.secret.header", with_secret(), ("get", OK), bearer),
    Proof("fetch.secret.value", with_secret(), ("get", OK), bearer),
    Proof("fetch.secret.attach", with_secret(), ("get", OK), bearer),
    Proof("fetch.secret.echo", with_secret(echo="mask"), ("ask", "GET", BASE + "mirror"), says("status 200")),
    Proof("fetch_deny.host", beside(fetch_deny=[{"host": "api.example.com"}]), ("get", OK), rows(76)),
    Proof("fetch_deny.paths", beside(fetch_deny=[{"host": "api.example.com", "paths": ["/v1/kept"]}]), ("get", OK), rows(0)),
    Proof("network.ipv6", beside(network={"ipv6": "off"}), ("get", OK), asked(1)),
    Proof("network.nat64", beside(network={"nat64": "decode"}), ("get", OK), reason("nat64_decoded_private"),
          ("64:ff9b::a01:203",)),
    Proof("network.nat64_prefixes", beside(network={"nat64": "decode", "nat64_prefixes": ["2606:4700:64::/96"]}),
          ("get", OK), reason("nat64_decoded_private"), ("2606:4700:64::a01:203",)),
    Proof("network.extra_deny", beside(network={"extra_deny": ["93.184.215.0/24"]}), ("get", OK), reason("operator_denied")),
    Proof("network.dns_cache", beside(network={"dns_cache": "30s"}), ("get", OK, OK), asked(2)),
    Proof("netfetch.timeout", beside(netfetch={"timeout": "200ms"}), ("get", BASE + "silent"), rows(28), flags=(*WAIT,)),
    Proof("netfetch.response", beside(netfetch={"response": 4}), ("get", BASE + "bytes/10"), says("errno 0 n 4 status 200 trunc 1")),
    Proof("netfetch.requests", beside(netfetch={"requests": 1}), ("get", OK, OK), rows(0, 28)),
    Proof("netfetch.total", beside(netfetch={"total": 1}), ("get", OK, OK), rows(0, 28)),
    Proof("netfetch.parallel", beside(netfetch={"parallel": 0}), ("get", OK), rows(28), flags=(*WAIT,)),
    Proof("audit.path", beside(audit={"path": "full"}), ("get", OK), lambda done: [event["path"] for event in done.events()] == ["/v1/ok"]),
]


def without(document, key):
    less = copy.deepcopy(document)
    table, parts = less, key.split(".")
    for part in parts[:-1]:
        table = table[part][0] if isinstance(table[part], list) else table[part]
    del table[parts[-1]]
    return less


class Keys(Case):
    def setUp(self):
        super().setUp()
        self.secret = rig.scratch / "token"
        self.secret.write_text(CANARY)
        self.secret.chmod(0o600)

    def file(self, name, document):
        path = rig.scratch / name
        path.write_text(json.dumps({"version": 1, **document}))
        return path

    def tried(self, proof, document):
        rig.reset()
        if proof.answers:
            rig.names.tell("api.example.com", [proof.answers[0]] if proof.answers[0] != "TIMEOUT" else "TIMEOUT")
        flags = ["--secret", f"token=file:{self.secret}", "--grant", self.file("grant.json", document), *proof.flags]
        return self.run_guest(flags, *proof.words)


class Grant(Keys):
    reachable = {API, PRIVATE, OWN, STALLED}

    def test_counts_and_its_proof_can_fail(self):
        stalled = socket.create_server((STALLED, 443), backlog=16)  # nobody accepts: TLS never begins
        self.addCleanup(stalled.close)
        for proof in PROOFS:
            with self.subTest(key=proof.key):
                done = self.tried(proof, proof.document)
                self.assertTrue(proof.holds(done), f"code {done.code}\n{done.out}\n{done.err}")
                done = self.tried(proof, without(proof.document, proof.key))
                self.assertFalse(proof.holds(done), f"the proof cannot tell\n{done.out}\n{done.err}")

    def test_ca_adds_an_authority_for_its_grant_alone(self):
        other = Authority(rig.scratch / "other")
        server = Server(other.leaf("own", ["api.example.com"]), OWN, 443, behaviours.ALL)
        self.addCleanup(server.close)
        proof = Proof("fetch.ca", fetching(ca=str(other.certificate)), ("get", OK), rows(0), (OWN,))
        done = self.tried(proof, proof.document)
        self.assertTrue(proof.holds(done), done.err)
        done = self.tried(proof, without(proof.document, "fetch.ca"))
        self.assertFalse(proof.holds(done), done.err)

    def test_what_no_run_would_start_with_is_refused(self):
        for entry in ({**ENTRY, "origin": "https://*.com"}, {**ENTRY, "private": ["0.0.0.0/0"]},
                      {**ENTRY, "ca": str(rig.scratch / "none.pem")},
                      {**ENTRY, "secret": {"header": "authorization", "value": "Bearer ${nobody}"}}):
            done = self.run_guest(["--grant", self.file("grant.json", {"fetch": [entry]})], "get", OK)
            self.assertEqual(done.code, 126, done.err)
        self.nothing_was_sent()

    def test_the_warrant_of_a_run_names_what_it_may_fetch(self):
        hashes = set()
        for document in (fetching(), fetching(paths=["/v1/ok"]), {}):
            done = self.run_guest(["--grant", self.file("grant.json", document)], "get")
            end = json.loads(next(line for line in done.err.splitlines() if '"kind":"run.end"' in line))
            warrant = end["receipt"]["warrant"]
            hashes.add(warrant["hash"])
            self.assertEqual([entry["paths"] for entry in warrant["text"].get("fetch", [])],
                             [entry["paths"] for entry in document.get("fetch", [])])
        self.assertEqual(len(hashes), 3)

    def test_a_secret_is_in_no_record(self):
        flags = ["--secret", f"token=file:{self.secret}", "--grant",
                 self.file("grant.json", {**with_secret(), "audit": {"path": "full"}, "label": {"k": CANARY}})]
        done = self.run_guest(flags, "get", BASE + CANARY, f"https://{CANARY}.example.com/v1/")
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(len(done.events()), 2)
        records = "\n".join(line for line in done.err.splitlines() if line.startswith("{"))
        self.assertNotIn(CANARY, records)
        self.assertIn("\u00abredacted:token\u00bb", records)
        for path in rig.home.rglob("*"):
            if path.is_file():
                self.assertNotIn(CANARY.encode(), path.read_bytes(), path)


class Config(Keys):
    def sent(self, source, env=None, flags=()):
        """Whether the secret went out, told where it lies by the config."""
        rig.reset()
        config = self.file("config.json", {"secrets": {"token": source} if source else {}})
        grant = self.file("grant.json", with_secret())
        done = self.run_guest(["--config", config, "--grant", grant, *flags], "get", OK, env=env)
        self.assertIn(done.code, (0, 126), done.err)
        return bearer(done)

    def test_each_source_of_a_secret(self):
        credentials = rig.scratch / "credentials"
        credentials.mkdir(exist_ok=True)
        (credentials / "name").write_text(CANARY)
        (credentials / "name").chmod(0o600)
        self.assertTrue(self.sent({"file": str(self.secret)}))
        self.assertTrue(self.sent({"env": "TOKEN"}, {"TOKEN": CANARY}))
        self.assertTrue(self.sent({"cred": "name"}, {"CREDENTIALS_DIRECTORY": str(credentials)}))
        self.assertTrue(self.sent({"command": ["/bin/cat", str(self.secret)]}))
        self.assertFalse(self.sent(None))

    def test_the_time_of_a_command(self):
        slow = ["/bin/sh", "-c", f"sleep 4; echo {CANARY}"]
        self.assertTrue(self.sent({"command": slow, "timeout": "30s"}))
        self.assertFalse(self.sent({"command": slow}))


class Ceiling(Keys):
    def test_any_host_must_be_written(self):
        proof = Proof("", fetching(**ANY), ("get", OK), rows(0))
        for document, allowed in (({"any_host": True}, True), ({}, False)):
            flags = ("--ceiling", self.file("ceiling.json", document))
            done = self.tried(dataclasses.replace(proof, flags=flags), proof.document)
            self.assertEqual(proof.holds(done), allowed, done.err)

    def test_a_fetch_meets_the_ceilings(self):
        ceiling = {"fetch": [{"origin": "https://*.example.com", "methods": ["GET"], "paths": ["/v1/ok"]}]}
        flags = ["--grant", self.file("grant.json", fetching()), "--ceiling", self.file("ceiling.json", ceiling)]
        self.assertTrue(rows(0, 76)(self.run_guest(flags, "get", OK, BASE + "kept")))
        flags[-1] = self.file("ceiling.json", {"deny_net": True})
        self.assertTrue(rows(76)(self.run_guest(flags, "get", OK)))
