# SPDX-License-Identifier: Apache-2.0
"""A guest in a real page of a real browser, over a real TLS server: rows NF17, NF18 and NF19 of
netfetch.md section 10, and what runners.md section 10 promises of a page.

NF17 Equal · NF18 Refused · NF19 Credentials
"""
import json
import time

import jsonschema

from support import ORIGIN, ROOT, Case, grant, rig

OK = ORIGIN + "/v1/ok"
GUESTS = ("fetch_get", "fetch_get_rust")

# What the two sides may say differently, by member of a record.
TIMES = {"t", "monotonic_us", "us_dns", "us_connect", "us_tls", "us_first", "us_total"}
ADDRESSES = {"addrs", "addrs_n", "peer"}
OF_ONE_RUN = {"run", "path_mac", "url_mac", "body_mac"}  # an id, and MACs under a key of the call
NATIVE_KNOWS = {"tls", "alpn", "reused"}  # a page is not told of its connections
NAMES = {"who", "engine", "runner"}  # of the start: a process or an origin, Wasmtime or a browser
OF_THE_KERNEL = {"hardening"}
# Limits that one of them does not have in force: a process passes its streams on uncut, a page has no
# bound of its own on the stack and on what its browser compiles.
ONLY_IN_A_PAGE = {"stdin", "stdout", "stderr"}
ONLY_NATIVE = {"stack", "compile-wall", "compile-cpu", "compile-memory"}


def comparable(record):
    left_out = TIMES | ADDRESSES | OF_ONE_RUN | NATIVE_KNOWS
    if record["kind"] == "run.start":
        left_out = left_out | NAMES | OF_THE_KERNEL
    kept = {key: value for key, value in record.items() if key not in left_out}
    if record["kind"] == "run.start":
        # The same bytes; where they lay, only a process knows.
        kept["sources"] = [each["sha256"] for each in record["sources"]]
        kept["module"] = (record["module"]["sha256"], record["module"]["size"])
        one_sided = ONLY_IN_A_PAGE if record["runner"] == "browser" else ONLY_NATIVE
        limits = record["limits"]
        kept["limits"] = {key: value for key, value in limits.items() if key not in one_sided}
        kept["one_sided"] = one_sided <= limits.keys()
    # Which layers ran: natively each address was vetted and pinned, in a page none was.
    if "notes" in kept:
        kept["notes"] = [note for note in kept["notes"] if note not in ("public", "pinned", "unpinned")]
    if record["kind"] == "run.end":
        receipt = record["receipt"]
        kept["receipt"] = {key: receipt[key] for key in (
            "argv", "bundle", "children", "decisions", "exit", "files", "label", "limits_hit", "origins")}
        kept["usage"] = {key: receipt["usage"][key] for key in ("bytes_read", "bytes_written", "peak_memory")}
    return kept


class Equal(Case):
    """NF17: one module, one document, natively and in a page."""

    def both(self, guest, document, *args, **more):
        rig.reset()
        here = self.in_page(guest, json.dumps(document), *args, **more)
        in_page = self.asked()
        rig.reset()
        code, out, err, records = self.natively(guest, document, *args, **more)
        self.assertEqual((here["exit_code"], here["stdout"], here["stderr"]), (code, out, err))
        self.assertEqual([comparable(each) for each in here["events"]], [comparable(each) for each in records])
        self.assertEqual(in_page, self.asked())
        return here, records

    def asked(self):
        return [(request.method, request.target, request.body, dict(request.headers).get("x-mine")) for request in self.sent()]

    def test_fetching(self):
        words = [OK, ORIGIN + "/v1/status/404", ORIGIN + "/v1/bytes/100000", ORIGIN + "/v1/bytes/300", "100",
                 ORIGIN + "/v1/chunked/25000", ORIGIN + "/v2/ok", "https://files.example.com/v1/ok",
                 "http://api.example.com/v1/ok", "https://api.example.com\\@evil.test/", ORIGIN + "/v1/bytes/10?token=a"]
        for guest in GUESTS:
            with self.subTest(guest=guest):
                here, records = self.both(guest, grant(ORIGIN, "https://elsewhere.example.com"), *words)
                self.assertEqual(here["exit_code"], 0)
                self.assertIn("errno 0 n 2 status 200 trunc 0\nOK\n", here["stdout"])
                self.assertIn("errno 0 n 100 status 200 trunc 1\n", here["stdout"])
                fetches = [each for each in records if each["kind"] == "fetch" and "intent" not in each]
                self.assertEqual([each["reason"] for each in fetches],
                                 ["ok"] * 5 + ["path_not_granted", "host_not_granted", "scheme", "backslash", "ok"])
                self.assertEqual(fetches[0]["notes"], ["public", "pinned"])
                mine = [each for each in here["events"] if each["kind"] == "fetch" and "intent" not in each]
                self.assertEqual(mine[0]["notes"], ["unpinned"])
                # One document, one hash; the receipt says which layers did not run.
                self.assertEqual(here["receipt"]["warrant"]["hash"], records[0]["warrant"])
                self.assertIn("net.fetch.vetted", here["receipt"]["unenforced"])
                self.assertNotIn("net.fetch.vetted", records[-1]["receipt"]["unenforced"])

    def test_requests_with_headers_and_bodies(self):
        rig.api.script("/v1/takes", lambda connection, request, _: connection.answer(body=b"%d bytes" % len(request.body)))
        document = grant(ORIGIN)
        document["fetch"][0]["methods"] = ["GET", "POST", "PUT", "DELETE", "HEAD"]
        takes = ORIGIN + "/v1/takes"
        for guest in ("fetch_ask", "fetch_ask_rust"):
            for words in (["POST", takes, "=x-mine:some value", "@a body"], ["PUT", takes, "#300000"], ["DELETE", takes],
                          ["HEAD", takes], ["GET", ORIGIN + "/v1/bytes/200000", "piece=7000"], ["GET", takes, "times=3"],
                          ["GET", takes, "=host:elsewhere"], ["GET", takes, "@body"], ["PATCH", takes]):
                with self.subTest(guest=guest, words=words):
                    here, _ = self.both(guest, document, *words)
                    self.assertEqual(here["exit_code"], 0, here)

    def test_a_body_that_is_left_is_not_fetched_on(self):
        here = self.in_page("fetch_ask", grant(ORIGIN), "GET", ORIGIN + "/v1/bytes/3000000", "cancel")
        self.assertIn("body errno 11 ", here["stdout"])
        event, = [each for each in here["events"] if each["kind"] == "fetch" and "intent" not in each]
        self.assertEqual(event["reason"], "cancelled")
        self.assertLess(event["resp_bytes"], 3000000)

    def test_what_a_guest_leaves_open_is_on_record(self):
        words = "fetch_ask", grant(ORIGIN), "GET", ORIGIN + "/v1/bytes/3000000", "times=2", "keep"
        for records in (self.in_page(*words)["events"], self.natively(*words)[3]):
            self.assertEqual([each["reason"] for each in records if each["kind"] == "fetch" and "intent" not in each],
                             ["cancelled"] * 2)

    def test_without_a_grant(self):
        for guest in GUESTS:
            here, _ = self.both(guest, grant(), OK)
            self.assertIn("errno 76 ", here["stdout"])
            self.assertEqual((self.sent(), here["denials"]), ([], 1))

    def test_budgets(self):
        here, _ = self.both("fetch_get", grant(ORIGIN, netfetch={"requests": 1}), OK, OK)
        self.assertEqual(here["events"][-2]["reason"], "budget_requests")

    def test_natively_the_key_relaxes_nothing(self):
        rig.names.tell("api.example.com", ["10.1.2.3"])
        _, out, _, records = self.natively("fetch_get", grant(ORIGIN), OK)
        self.assertIn("errno 28 ", out)
        self.assertEqual([each["reason"] for each in records if each["kind"] == "fetch"], ["private"])

    def test_streams_and_ends(self):
        here, _ = self.both("cat", grant(), stdin="fed\n")
        self.assertEqual(here["stdout"], "fed\n")
        here, _ = self.both("hello", grant(), "a", "b")
        self.assertEqual(here["exit_code"], 0)
        here, _ = self.both("browser_catches", grant())  # no handler outlives the end
        self.assertEqual(here["exit_code"], 7)


class Refused(Case):
    """NF18: what a page cannot honour is refused before anything runs, and named."""

    def refused(self, result, *capabilities):
        self.assertEqual((result["kind"], result["exit_code"], result["stdout"], result["stderr"]), ("refused", 126, "", ""))
        self.assertEqual(self.sent(), [])
        self.assertEqual([each["kind"] for each in result["events"]], ["run.refused"])
        self.assertIsNone(result["receipt"])
        if capabilities:
            self.assertEqual((result["refusal"]["code"], result["refusal"]["runner"]), ("runner.cannot_honour", "browser"))
            self.assertEqual([each["capability"] for each in result["refusal"]["items"]], list(capabilities))
            for each in capabilities:
                word = "netFetch" if each == "net.fetch" else each
                self.assertIn(f"{word} is not supported by browser", result["message"])

    def test_fetch_without_browser_unpinned(self):
        result = self.in_page("fetch_get", grant(ORIGIN, unpinned=False), OK)
        self.refused(result, "net.fetch", "net.fetch.vetted")
        for each in result["refusal"]["items"]:
            self.assertEqual((each["could"], each["need"]), (["native"], "provide"))
            self.assertIn("fetch[0] (https://api.example.com)", each["from"])

    def test_one_entry_without_it_is_enough(self):
        document = grant(ORIGIN, "https://files.example.com")
        del document["fetch"][1]["browser_unpinned"]
        self.refused(self.in_page("fetch_get", document, OK), "net.fetch", "net.fetch", "net.fetch.vetted")

    def test_no_byte_of_the_module_is_compiled(self):
        # No compiler takes this module: that nobody says so shows that none was asked.
        self.refused(self.in_page("browser_invalid", grant(ORIGIN, unpinned=False)), "net.fetch", "net.fetch.vetted")
        result = self.in_page("browser_invalid", grant(ORIGIN))
        self.refused(result)
        self.assertIsNone(result["refusal"])
        self.assertIn("WebAssembly.Module", result["message"])

    def test_what_else_a_page_cannot(self):
        for more, capability in (({"directory": [{"guest": "/d", "host": "/tmp", "access": "read"}]}, "fs.read"),
                                 ({"connect": [{"tcp": "127.0.0.1:9"}]}, "net.socket"),
                                 ({"limits": {"stack": "2MiB"}}, "limit.stack"), ({"limits": {"fuel": 1000}}, "limit.fuel"),
                                 ({"clock": {"cpu": True}}, "clock.cpu"), ({"hardening": "basic"}, "hardening")):
            with self.subTest(capability=capability):
                self.refused(self.in_page("hello", grant(**more)), capability)
        for more in ({"decompress": "gzip"}, {"redirect": "manual"}, {"ca": "/etc/ca.pem"}):
            with self.subTest(fetch=more):
                document = grant(ORIGIN)
                document["fetch"][0].update(more)
                self.refused(self.in_page("fetch_get", document, OK), "net.fetch")
        document = grant(ORIGIN)
        document["fetch"][0]["secret"] = {"header": "authorization", "value": "Bearer ${token}"}
        self.refused(self.in_page("fetch_get", document, OK), "secrets")
        for more, said in (({"uses": 1, "id": "once-and-never-again"}, "keeps no state"), ({"runner": "native"}, "runner native"),
                           ({"environment": {"A": {"host": "HOME"}}}, "HOME is not set"),
                           ({"limits": {"compile-wall": "1s"}}, "compile"), ({"nothing": 1}, "nothing")):
            with self.subTest(said=said):
                result = self.in_page("hello", {**grant(), **more})
                self.refused(result)
                self.assertIn(said, result["message"])

    def test_a_request_with_an_unknown_field(self):
        said = rig.browser.ask("""const {run} = await import("./warrant.mjs");
            return run({module: new Uint8Array(8), grant: {version: 1}, cwd: "/"}).then(() => "", (error) => error.message);""")
        self.assertIn("request.unknown_field: cwd", said)


# `run` under the words of its caller, a piece of script; what becomes of the promise within a while.
SETTLES = """
const {run} = await import("./warrant.mjs");
const module = Uint8Array.from(atob(words[0]), (each) => each.charCodeAt(0));
const settled = new Function("run", "module", "grant", words[1])(run, module, {version: 1})
  .then((result) => result.kind, (error) => `${error.name}: ${error.message}`);
return Promise.race([settled, new Promise((settle) => setTimeout(() => settle("never"), 20000))]);
"""


class Callers(Case):
    """The promise settles whatever the caller's words are, and rejects only for those that are malformed."""

    def settles(self, script, guest="hello"):
        return rig.browser.ask(SETTLES, self.module(guest), script)

    def test_what_no_worker_can_be_sent_is_copied(self):
        for script in ("return run({module, grant, args: new Proxy(['a'], {})});",
                       "return run({module, grant, env: new Proxy({A: 'b'}, {})});",
                       "const args = ['a']; args.more = () => {}; return run({module, grant, args});"):
            with self.subTest(script=script):
                self.assertEqual(self.settles(script), "exited")

    def test_what_the_caller_does_to_its_words_later_is_not_seen(self):
        self.assertEqual(self.settles("const args = ['a']; const made = run({module, grant, args}); args.push(5); return made;"), "exited")

    def test_malformed_words_reject(self):
        for words in ("env: null", "env: 'ab'", "signal: 5", "args: Array(100001).fill('')", "grant: '\\ud800'",
                      "grant: {toJSON() {}}"):
            with self.subTest(words=words):
                self.assertIn("TypeError: request.invalid", self.settles("return run({module, grant, %s});" % words))

    def test_a_run_that_is_cancelled_before_it_starts_settles(self):
        for guest in ("hello", "browser_spin"):
            for script in ("return run({module, grant, signal: AbortSignal.abort()});",
                           "const one = new AbortController(); const made = run({module, grant, signal: one.signal}); one.abort(); return made;"):
                with self.subTest(guest=guest, script=script):
                    self.assertEqual(self.settles(script, guest), "cancelled")


class Credentials(Case):
    """NF19: a same-origin request of a guest carries nothing of the page's."""

    def test_no_cookie_goes_along(self):
        rig.api.script("/v1/sets", lambda connection, *_: connection.answer(
            headers=[("set-cookie", "served=by-the-server; Secure; HttpOnly; Path=/")], body=b"set"))
        rig.browser.ask("document.cookie = 'written=by-the-page; Secure; Path=/'; await fetch('/v1/sets');")
        # So that the cookies are there: the page's own request has both.
        rig.browser.ask("await fetch('/v1/ok', {credentials: 'same-origin'});")
        own = dict(self.sent()[-1].headers)
        self.assertEqual(sorted(own["cookie"].split("; ")), ["served=by-the-server", "written=by-the-page"])
        rig.reset()
        for guest in GUESTS:
            result = self.in_page(guest, grant(ORIGIN), ORIGIN + "/v1/sets", OK)
            self.assertEqual(result["stdout"].count("errno 0 "), 2, result)
        self.assertEqual(len(self.sent()), 4)
        for request in self.sent():
            names = {name for name, _ in request.headers}
            self.assertFalse(names & {"cookie", "authorization", "referer", "origin"}, request.headers)
            self.assertEqual(dict(request.headers)["accept"], "*/*")

    def test_a_cookie_that_an_answer_sets_for_a_guest_is_not_kept(self):
        rig.api.script("/v1/tracks", lambda connection, *_: connection.answer(
            headers=[("set-cookie", "guest=was-here; Secure; Path=/")], body=b"x"))
        self.in_page("fetch_get", grant(ORIGIN), ORIGIN + "/v1/tracks")
        self.assertNotIn("guest=was-here", rig.browser.ask("return document.cookie"))

    def test_no_redirect_is_followed(self):
        result = self.in_page("fetch_get", grant(ORIGIN), ORIGIN + "/v1/redirect/302?/v1/ok")
        self.assertIn("errno 28 ", result["stdout"])
        self.assertEqual(len(self.sent()), 1)
        event, = [each for each in result["events"] if each["kind"] == "fetch" and "intent" not in each]
        self.assertEqual((event["reason"], event["decision"], event["sent"]), ("connect_failed", "error", "partial"))

    def test_a_coded_answer_is_refused(self):
        result = self.in_page("fetch_get", grant(ORIGIN), ORIGIN + "/v1/coded/gzip")
        self.assertIn("errno 28 ", result["stdout"])
        event, = [each for each in result["events"] if each["kind"] == "fetch" and "intent" not in each]
        self.assertEqual(event["reason"], "encoding")

    def test_another_origin_must_allow_the_page(self):
        other = "https://files.example.com"
        result = self.in_page("fetch_get", grant(other), other + "/v1/ok")
        self.assertIn("errno 28 ", result["stdout"])
        rig.other.script("/v1/open", lambda connection, *_: connection.answer(
            headers=[("access-control-allow-origin", "*")], body=b"open"))
        result = self.in_page("fetch_get", grant(other), other + "/v1/open")
        self.assertIn("errno 0 n 4 status 200 trunc 0\nopen\n", result["stdout"])


class Ends(Case):
    """The promise always settles, with what there was until then."""

    def test_a_guest_that_never_calls_the_host_is_ended_with_its_worker(self):
        result = self.in_page("browser_spin", grant(limits={"wall": "300ms"}))
        self.assertEqual((result["kind"], result["exit_code"], result["receipt"]), ("limited", 124, None))
        self.assertEqual([each["kind"] for each in result["events"]], ["run.start"])
        self.assertEqual(self.in_page("hello", grant())["exit_code"], 0)  # the next is none the worse

    def test_a_wait_ends_at_the_limit_with_a_receipt(self):
        silent = grant(ORIGIN, limits={"wall": "500ms"})
        for guest, document, words in (("fetch_get", silent, [ORIGIN + "/v1/silent"]),
                                       ("browser_sleep", grant(limits={"wall": "500ms"}, clock={"monotonic": True}), [])):
            result = self.in_page(guest, document, *words)
            self.assertEqual((result["kind"], result["exit_code"]), ("limited", 124), result)
            self.assertEqual(result["receipt"]["exit"]["limit"], "wall")
            self.assertEqual(result["receipt"]["limits_hit"], ["wall"])
        fetched = self.in_page("fetch_get", silent, ORIGIN + "/v1/silent")["events"]
        self.assertIn("deadline", [each.get("reason") for each in fetched])

    def test_a_cancelled_run_settles_with_a_receipt(self):
        result = self.in_page("fetch_get", grant(ORIGIN), ORIGIN + "/v1/silent", cancel=300)
        self.assertEqual((result["kind"], result["exit_code"]), ("cancelled", 143), result)
        self.assertEqual(result["receipt"]["exit"]["by"], "caller")
        self.assertIn("cancelled", [each.get("reason") for each in result["events"]])
        result = self.in_page("browser_spin", grant(), cancel=100)
        self.assertEqual((result["kind"], result["exit_code"], result["receipt"]), ("cancelled", 143, None))

    def test_a_sleep_is_slept(self):
        began = time.monotonic()
        result = self.in_page("browser_sleep", grant(clock={"monotonic": True}, argv0="a"))
        self.assertEqual(result["exit_code"], 0, result)
        self.assertGreaterEqual(time.monotonic() - began, 2)

    def test_a_trap_is_a_result(self):
        result = self.in_page("browser_trap", grant())
        self.assertEqual((result["kind"], result["exit_code"], result["stdout"]), ("trapped", 134, "before"))
        self.assertIn("unreachable", result["message"])
        self.assertEqual(result["receipt"]["exit"]["kind"], "trapped")

    def test_a_guest_that_leaves_the_host_no_stack_ends_without_a_receipt(self):
        # What the core was about when its stack ended is not known: nothing more is heard of it.
        result = self.in_page("browser_deep", grant())
        self.assertEqual((result["kind"], result["exit_code"], result["receipt"]), ("trapped", 134, None))
        self.assertIn("stack was used up in a call of the host", result["message"])
        self.assertEqual(self.in_page("hello", grant())["exit_code"], 0)

    def test_memory_and_tables_stay_within_their_limits(self):
        result = self.in_page("browser_grow", grant(limits={"memory": "320KiB", "table": 10}))
        self.assertEqual((result["kind"], result["exit_code"]), ("exited", 105), result)
        self.assertEqual(result["receipt"]["usage"]["peak_memory"], 5 * 65536)

    def test_two_runs_at_once_have_nothing_in_common(self):
        codes = rig.browser.ask("""const {run} = await import("./warrant.mjs");
            const bytes = Uint8Array.from(atob(words[0]), (each) => each.charCodeAt(0));
            const all = await Promise.all(words[1].map((each) => run({module: bytes, grant: words[2], stdin: new TextEncoder().encode(each)})));
            return all.map((each) => new TextDecoder().decode(each.stdout));""",
                                self.module("cat"), ["one", "two", "three"], grant())
        self.assertEqual(codes, ["one", "two", "three"])


class Records(Case):
    def test_records_and_receipts_are_of_their_form(self):
        line, receipt = (json.loads((ROOT / f"docs/formats/{name}.schema.json").read_text()) for name in ("audit", "receipt"))
        results = [self.in_page("fetch_get", grant(ORIGIN, label={"job": "x"}), OK, ORIGIN + "/v2/"),
                   self.in_page("browser_trap", grant()), self.in_page("fetch_get", grant(ORIGIN, unpinned=False))]
        for result in results:
            for each in result["events"]:
                jsonschema.validate(each, line)
            if result["receipt"] is not None:
                jsonschema.validate(result["receipt"], receipt)
        self.assertEqual(results[0]["events"][0]["who"], {"origin": ORIGIN})
        self.assertEqual([each["seq"] for each in results[0]["events"]], list(range(len(results[0]["events"]))))


class NotThere(Case):
    """The module of the core is missing where the page looks for it."""
    place = "/missing/"

    def test_a_run_settles_and_says_so(self):
        result = self.in_page("hello", grant())
        self.assertEqual((result["kind"], result["exit_code"], result["receipt"]), ("refused", 126, None))
        self.assertIn("cannot be loaded", result["message"])


class NotOurs(Case):
    """What stands where the core should is a module, and not the core."""
    place = "/broken/"

    def test_a_run_settles_and_says_so(self):
        result = self.in_page("hello", grant())
        self.assertEqual((result["kind"], result["exit_code"], result["receipt"]), ("bug", 70, None))


class NotIsolated(Case):
    """A page that may not share memory says so, and runs nothing."""
    place = "/plain/"

    def test_it_is_refused_with_what_to_do(self):
        told = rig.browser.ask("const {describe} = await import('./warrant.mjs'); return describe();")
        self.assertEqual((told["available"], told["blocking"]), (False, "none"))
        result = self.in_page("hello", grant())
        self.assertEqual((result["kind"], result["exit_code"], result["stdout"]), ("refused", 126, ""))
        self.assertEqual(result["refusal"]["code"], "runner.unavailable")
        self.assertIn("Cross-Origin-Embedder-Policy", result["message"])


class Isolated(Case):
    def test_it_says_how_it_waits(self):
        told = rig.browser.ask("const {describe} = await import('./warrant.mjs'); return describe();")
        self.assertEqual((told["runner"], told["available"], told["blocking"]), ("browser", True, "shared memory"))
