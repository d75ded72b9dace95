# SPDX-License-Identifier: Apache-2.0
"""Rows of netfetch.md section 10 that the other files beside this leave open; where each row is proved:

NF1 get_test.NotGranted · NF2 get_test.Granted · NF3 get_test test_any_status · NF4 get_test
test_a_small_buffer · NF5 get_test test_the_cap_of_the_table · NF6 NF7 Budgets · NF8 vectors_test · NF9
Silence · NF10 get_test.Redirects, HopsOnRecord · NF11 get_test test_a_name_that_changes · NF12 NF13
Pointers · NF14 Intact · NF15 Sinks · NF16 Shared, of an embedder's runs (no run
starts another yet) · NF17 tests/browser page_test.Equal · NF18 page_test.Refused, Browser · NF19 page_test.Credentials · NF20 get_test
test_nothing_ambient · NF21 Flood · NF22 Earlier · NF23 requests_test, Doors · NF24 vectors_test.Words ·
NF25 secrets_test · NF26 Deadline · NF27 Shared, tests/ssrf/pool_test

Of egress.md section 22: vectors ssrf.vectors, ssrf.more and vectors_test · random addresses against a trie
tests/ssrf/trie_test · URLs read
by libcurl, Node and urllib tests/ssrf/three_way_test · queries and connections counted: every test here, by the wire (support.Case.tearDown) ·
redirect matrix secrets_test test_headers_on_every_hop · reuse pool_test, get_test
test_another_answer, requests_test test_a_post_is_delivered_once · deadlines and cancel at each stage tests/ssrf/stages_test (from
another thread; what is left), Silence, Deadline, keys_test, transport_test.Ends, pool_test · canaries secrets_test, Sinks ·
the cost of steps 3 to 7 bench/fetch (fetch-judge-32-grants)
"""
import json
import re
import resource
import socket
import subprocess
import threading
import time

from support import API, FILES, GRANT, PATIENCE, Case, rig

BASE = "https://api.example.com/v1/"
OK = BASE + "ok"
STILL = "memory is as it was"


class Budgets(Case):
    def grant(self, **netfetch):
        path = rig.scratch / "budget.json"
        path.write_text(json.dumps({"version": 1, "netfetch": netfetch, "fetch": [
            {"origin": f"https://{name}.example.com", "methods": ["GET"], "paths": ["/"], "requests": 100}
            for name in ("api", "dead")]}))
        return ["--grant", path]

    def test_failed_requests_count(self):
        rig.names.tell("dead.example.com", "SERVFAIL")
        rows, done = self.get(self.grant(requests=2), "https://dead.example.com/", "https://dead.example.com/", OK)
        self.assertEqual([row[0] for row in rows], [28] * 3)
        self.assertEqual([event["reason"] for event in done.events()], ["dns_failure", "dns_failure", "budget_requests"])
        self.assertEqual(rig.api.connections, 0)

    def test_a_total_is_delivered_to_its_last_byte_and_no_further(self):
        url = BASE + "bytes/6"
        rows, done = self.get(self.grant(total=10), url, url, url)
        self.assertEqual(rows[:2], [(0, 6, 200, 0), (0, 4, 200, 1)])
        self.assertEqual(rows[2][0], 28)
        self.assertEqual(len(rig.api.requests), 2)
        events = done.events()
        self.assertEqual([event["reason"] for event in events], ["ok", "ok", "budget_bytes"])
        self.assertEqual((events[1]["truncated"], events[1]["cut_by"], events[1]["declared_bytes"]), (True, "total", 6))

    def test_a_total_that_is_used_up_exactly_sends_nothing_more(self):
        rows, _ = self.get(self.grant(total=12), *[BASE + "bytes/6"] * 3)
        self.assertEqual([row[0] for row in rows], [0, 0, 28])
        self.assertEqual(len(rig.api.requests), 2)


class Shared(Case):
    """Runs of one embedder that draw on one Fetch: the real transport, a guest of each language."""

    def embedder(self, how):
        program = rig.guests.parent / "tests/netfetch/shared_fetch"
        guest = rig.guests / f"fetch_get{rig.language}.wasm"
        done = subprocess.run([program, guest, OK, how], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        rows = [tuple(map(int, row)) for row in re.findall(r"^errno (-?\d+) n \d+ status (\d+)", done.stdout, re.M)]
        return rows, re.findall(r"^event (\w+)$", done.stdout, re.M)

    def test_a_pipeline_of_three_has_one_budget_and_one_record(self):
        rows, events = self.embedder("pipeline")
        self.assertEqual([row[0] for row in rows], [0, 0, 0, 28])
        self.assertEqual([row[1] for row in rows[:3]], [200] * 3)
        self.assertEqual(len(rig.api.requests), 3)
        self.assertEqual(events, ["ok", "ok", "ok", "budget_requests"])

    def test_what_is_taken_back_while_a_connection_is_warm_is_denied(self):
        rows, events = self.embedder("revoked")
        self.assertEqual(rows[0], (0, 200))
        self.assertEqual(rows[1][0], 76)
        self.assertEqual((len(rig.api.requests), rig.api.connections), (1, 1))
        self.assertEqual(events, ["ok", "not_granted"])


class Silence(Case):
    """Whatever a server holds back, the answer comes with the timeout and the socket is closed."""

    def test_each_kind(self):
        path = rig.scratch / "short.json"
        path.write_text(json.dumps({"version": 1, "netfetch": {"timeout": "600ms"}, "fetch": [
            {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/"]}]}))
        for behaviour in ("silent", "silent-body", "drip", "drip-head"):
            with self.subTest(behaviour=behaviour):
                rig.reset()
                closed = threading.Event()
                inner = rig.api.behaviours[f"/v1/{behaviour}"]

                def watch(connection, request, server, inner=inner, closed=closed):
                    def wait():
                        try:
                            while connection.stream.recv(1):
                                pass
                        except OSError:
                            pass
                        closed.set()
                    threading.Thread(target=wait, daemon=True).start()
                    try:
                        return inner(connection, request, Until(closed))
                    except OSError:
                        return "close"
                rig.api.script("/v1/watched", watch)
                rows, done = self.get(["--grant", path], BASE + "watched")
                self.assertEqual(rows[0][0], 28)
                event, = done.events()
                self.assertEqual((event["reason"], event["decision"]), ("timeout", "error"))
                self.assertGreaterEqual(event["us_total"], 600_000)
                self.assertTrue(closed.wait(PATIENCE), "the socket stayed open")


class Until:
    """A server's `closing` that comes when the client has gone."""

    def __init__(self, closing):
        self.closing = closing


class HopsOnRecord(Case):
    reachable = {API, FILES}

    def test_one_event_a_hop_with_its_reason(self):
        base = BASE + "redirect/302?"
        flags = [*GRANT, "--fetch", "https://internal.example.com"]
        for target, last in (("/v1/ok", "ok"), ("https://files.example.com/v1/ok", "host_not_granted"),
                             ("https://internal.example.com/v1/ok", "private"),
                             ("http://api.example.com/v1/ok", "scheme")):
            with self.subTest(target=target):
                _, done = self.get(flags, base + target)
                events = done.events()
                self.assertEqual([event["reason"] for event in events], ["ok", last])
                self.assertEqual([event["hop"] for event in events], [0, 1])
                self.assertEqual((events[0]["status"], events[0]["decision"]), (302, "allow"))
        _, done = self.get(flags, BASE + "loop")
        self.assertEqual([event["reason"] for event in done.events()], ["ok"] * 3 + ["too_many_redirects"])


class Pointers(Case):
    def edges(self, flags, *words):
        return self.run_guest(flags, "edges", *words)

    def test_each_region_outside_memory_traps_and_sends_nothing(self):
        for what, parameter in (("url", "url_ptr"), ("out", "out_ptr"), ("n", "out_n_ptr"),
                                ("status", "out_status_ptr"), ("trunc", "out_trunc_ptr")):
            with self.subTest(what=what):
                done = self.edges(GRANT, what, OK)
                self.assertEqual((done.code, done.out), (134, "calls\n"), done.err)  # output is kept
                self.assertIn(f"fetch_get was called with {parameter} = ", done.err)
                self.assertIn('"kind":"trap"', done.err)
                self.assertIn('"kind":"run.end"', done.err)
        self.nothing_was_sent()

    def test_without_a_grant_pointers_are_not_looked_at(self):
        for what in ("url", "out", "n", "status", "trunc"):
            done = self.edges([], what, OK)
            self.assertEqual((done.code, done.out), (0, f"calls\nerrno 76 and {STILL}\n"), done.err)
        self.nothing_was_sent()

    def test_regions_that_end_with_memory_are_inside(self):
        self.assertIn("errno 0 n 10 status 200 trunc 0\n", self.edges(GRANT, "last", BASE + "bytes/10").out)

    def test_an_overstated_capacity_is_what_memory_holds(self):
        self.assertIn("errno 0 n 10 status 200 trunc 0\n", self.edges(GRANT, "huge", BASE + "bytes/10").out)
        self.assertIn("errno 0 n 100 status 200 trunc 1\n", self.edges(GRANT, "huge", BASE + "bytes/300").out)

    def test_later_writes_win_and_one_byte_is_the_flag(self):
        lines = self.edges(GRANT, "overlap", BASE + "bytes/10").out.splitlines()
        # Body 0…9, then n at 2, status (200 = c8) at 4, the flag at 7; what lies behind stays.
        self.assertEqual(lines[2].split()[0], "3031" + "0a00" + "c80000" + "00" + "3839" + "eeee")
        self.assertEqual(self.edges(GRANT, "x", BASE + "bytes/10").out.splitlines()[2].split()[1], "eeeeee")

    def test_the_url_may_lie_in_the_buffer(self):
        done = self.edges(GRANT, "inside", BASE + "bytes/10")
        self.assertIn("errno 0 n 10 status 200 trunc 0\n30313233343536373839", done.out)


class Intact(Case):
    """The failing rows of section 1.3: no byte of memory differs."""

    def test_no_byte_differs(self):
        spent = rig.scratch / "spent.json"
        entry = {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"]}
        for what, flags, url, errno, answer in (
                ("2", [], OK, 76, [API]), ("3", {"requests": 0}, OK, 28, [API]), ("4", {"total": 0}, OK, 28, [API]),
                ("6", GRANT, "nonsense", 28, [API]), ("6", GRANT, "http://api.example.com/v1/", 28, [API]),
                ("7", GRANT, "https://api.example.com/v2/", 76, [API]),
                ("7", GRANT, "https://93.184.215.14/v1/", 76, [API]),
                ("9", {"parallel": 0}, OK, 28, [API]), ("10 dns", GRANT, OK, 28, "SERVFAIL"),
                ("10 address", GRANT, OK, 28, ["10.1.2.3"]), ("10 head", GRANT, BASE + "garbage", 28, [API]),
                ("11", GRANT, BASE + "redirect/302?/v2/ok", 76, [API]), ("11", GRANT, BASE + "loop", 28, [API]),
                ("12 cut", GRANT, BASE + "cut", 28, [API]), ("12 coded", GRANT, BASE + "coded/br", 28, [API])):
            with self.subTest(row=what, url=url):
                rig.reset()
                rig.names.tell("api.example.com", answer)
                if isinstance(flags, dict):
                    spent.write_text(json.dumps({"version": 1, "netfetch": {"timeout": "300ms", **flags}, "fetch": [entry]}))
                    flags = ["--grant", spent]
                done = self.run_guest(flags, "edges", "intact", url)
                self.assertEqual((done.code, done.out), (0, f"calls\nerrno {errno} and {STILL}\n"), done.err)


class Sinks(Case):
    def test_no_canary_is_in_any_sink_in_any_form(self):
        canary = "canary/42+x=y?Zz"
        secret = rig.scratch / "canary"
        secret.write_text(canary)
        secret.chmod(0o600)
        grant = rig.scratch / "canary.json"
        grant.write_text(json.dumps({"version": 1, "audit": {"path": "full"}, "fetch": [
            {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"],
             "secret": {"header": "authorization", "value": "Bearer ${token}", "attach": "always"}}]}))
        urls = ("https://user:pw-4711@api.example.com/v1/ok", BASE + "ok?token=query-4712&other=query-4713",
                BASE + "ok?query-4714", BASE + "canary%2F42%2Bx%3Dy%3FZz", "https://api.example.com/v1/\x1b[31mred",
                "https://api.example.com/v1/new\nline", OK)
        before = {path for path in rig.home.rglob("*")}
        done = self.run_guest(["--secret", f"token=file:{secret}", "--grant", grant], "get", *urls)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(len(done.events()), len(urls))
        records = [line for line in done.err.splitlines() if line.startswith("{")]
        # What the guest was called with is the operator's own: argv stands in the log as it was given.
        told = [line for line in records if '"kind":"fetch"' in line or '"kind":"secret"' in line]
        logged = [path.read_text(errors="replace") for path in rig.home.rglob("*")
                  if path.is_file() and path not in before and path.suffix == ".jsonl"]
        self.assertTrue(logged)
        lines = told + [line for text in logged for line in text.splitlines() if '"kind":"fetch"' in line]
        text = "\n".join(lines)
        for found in ("pw-4711", "query-471", "\\u001b[31m", "[31mred", "new\\nline"):
            self.assertNotIn(found, text)
        everything = "\n".join(records + logged + [done.out])
        for form in (canary, "canary%2F42%2Bx%3Dy%3FZz", "canary%2f42%2bx%3dy%3fZz", "Y2FuYXJ5LzQyK3g9eT9aeg",
                     "63616e6172792f34322b783d793f5a7a", "canary\\/42"):
            self.assertNotIn(form, everything)


class Flood(Case):
    def flooded(self, flags, times):
        """Lines of the guest, lines and bytes of the records, peak memory in KiB."""
        command = [rig.warrant, "run", *rig.audit, *flags, rig.guests / "fetch_edges.wasm", "flood",
                   "https://evil.example.net/", str(times)]
        with open(rig.scratch / "flood.err", "wb") as errors:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                                     env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home)})
            out = child.stdout.read().decode()
            _, status, usage = __import__("os").wait4(child.pid, 0)
            child.returncode = status
            child.stdout.close()
        self.assertEqual(status, 0)
        records = (rig.scratch / "flood.err").read_text()
        return out, records, usage.ru_maxrss

    def test_a_hundred_thousand_denials_cost_nothing_that_grows(self):
        for flags, answers in (([], "errno 76 times {n}\n"), (GRANT, "errno 76 times 64\nerrno 28 times {rest}\n")):
            with self.subTest(flags=flags):
                _, _, small = self.flooded(flags, 1000)
                out, records, large = self.flooded(flags, 100_000)
                self.assertEqual(out, answers.format(n=100_000, rest=100_000 - 64))
                self.assertLess(len(records), 1 << 20)
                closing = [json.loads(line) for line in records.splitlines() if '"audit.suppressed"' in line]
                self.assertEqual([row["kind"] for row in closing], ["audit.suppressed"])
                receipt = json.loads(next(line for line in records.splitlines() if '"run.end"' in line))["receipt"]
                self.assertEqual(sum(receipt["decisions"]["fetch"].values()), 100_000)
                self.assertLess(large, small + 8192)
        self.nothing_was_sent()


class Doors(Case):
    """warrant_fetch where requests_test leaves rows of section 9 open."""

    def test_sixteen_handles_and_no_more(self):
        grant = rig.scratch / "many.json"
        grant.write_text(json.dumps({"version": 1, "fetch": [
            {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/"], "requests": 100, "parallel": 16}]}))
        done = self.ask(["--grant", grant], "GET", OK, "keep", "times=17")
        self.assertEqual(re.findall(r"^handle (\d+)$", done.out, re.M), [str(n) for n in range(1, 17)])
        self.assertIn("request errno 33 too_many_handles", done.out)
        self.assertEqual(len(rig.api.requests), 16)

    def test_unknown_flags_methods_and_blocks_are_28(self):
        for words in (("GET", OK, "flags=2"), ("GET", OK, "flags=2147483648"), ("7", OK), ("4294967295", OK),
                      ("GET", OK, "@body"), ("HEAD", OK, "@body"), ("GET", OK, "hex=21780079"), ("GET", OK, "hex=3d78")):
            with self.subTest(words=words):
                self.assertIn("request errno 28 ", self.ask(GRANT, *words).out)
        self.nothing_was_sent()

    def test_a_short_record_is_written_as_far_as_it_is_asked_for(self):
        done = self.ask(GRANT, "GET", BASE + "bytes/10", "record=12")
        self.assertIn(f"status 200 flags 1 hops {0x77777777} length {0x7777777777777777}\n", done.out)


class Deadline(Case):
    def test_the_end_of_the_call_ends_guest_and_record(self):
        for words in (("GET", BASE + "silent"), ("GET", BASE + "silent-body"), ("GET", BASE + "drip")):
            with self.subTest(words=words):
                done = self.run_guest(["--wall", "700ms", *GRANT], "ask", *words)
                self.assertEqual(done.code, 124, done.err)
                self.assertEqual([event["reason"] for event in done.events()], ["deadline"])
                end = json.loads(next(line for line in done.err.splitlines() if '"kind":"run.end"' in line))
                self.assertTrue(end["receipt"]["audit"]["complete"])
                self.assertEqual(end["receipt"]["decisions"]["fetch"], {"deadline": 1})


class Earlier(Case):
    """{ "policy": … } of the earlier hostcall, as `warrant check --from-openagentic` reads it."""

    def translated(self, document):
        path = rig.scratch / "earlier.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return subprocess.run([rig.warrant, "check", "--from-openagentic", path], capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(rig.home)}, timeout=PATIENCE)

    def test_its_numbers_become_a_grant_that_holds(self):
        done = self.translated({"policy": {"maxRequests": 2, "maxResponseBytes": 4}})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in ('timeout = "30000ms"', 'response = "4B"', "requests = 2", 'total = "50000000B"', "parallel = 4",
                     "#   requests 2 netfetch", "#   total 33554432B fetch", "#   timeout 30000ms both"):
            self.assertIn(line + "\n", done.stdout)
        grant = rig.scratch / "earlier.toml"
        grant.write_text(done.stdout)
        url = BASE + "bytes/10"
        rows, _ = self.get(["--grant", grant, *GRANT], url, url, url)
        self.assertEqual([row[:2] for row in rows[:2]], [(0, 4)] * 2)
        self.assertEqual(rows[2][0], 28)

    def test_without_fields_it_is_the_defaults(self):
        done = self.translated({"policy": {}})
        for line in ("requests = 200", "#   requests 16 fetch", "#   parallel 4 both", "#   response 1000000B netfetch"):
            self.assertIn(line + "\n", done.stdout)

    def test_what_has_no_form_is_refused_and_named(self):
        for document, said in (({"policy": {"allowUrl": "x"}}, "policy.allowUrl was code"), ({"policy": {"maxrequests": 1}}, "maxRequests"),
                               ({"policy": {"maxRequests": -1}}, "no number"), ({"policy": {"timeoutMs": "1s"}}, "no number"),
                               ({"policy": {"maxRequests": 1.5}}, "no number"), ({"policies": {}}, "{ \"policy\""),
                               ({"policy": {}, "more": 1}, "nothing beside"), ("{", "no JSON"), ("", "no JSON")):
            with self.subTest(document=document):
                done = self.translated(document)
                self.assertEqual((done.returncode, done.stdout), (65, ""))
                self.assertIn(said, done.stderr)


class Browser(Case):
    def test_a_runner_that_cannot_is_refused_and_named(self):
        done = self.run_guest(["--runner", "browser", *GRANT], "get", OK)
        self.assertEqual((done.code, done.out), (126, ""))
        self.assertIn("browser does not run this", done.err)
        self.nothing_was_sent()
