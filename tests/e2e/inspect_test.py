# SPDX-License-Identifier: Apache-2.0
"""inspect, doctor and version: the right facts, for a person and as JSON."""
import hashlib
import json
import os
import re
import shlex

from support import NOT_VALID, Case

GUEST = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 3 9)
  (global (export "g") i32 (i32.const 1))
  (table (export "t") 2 funcref)
  (func (export "_start"))
  (func (export "add") (param i32 i64) (result f32) (f32.const 0)))"""


class Inspect(Case):
    def page(self, text, *flags):
        done = self.warrant("inspect", self.wat(text), *flags)
        self.succeeds(done)
        return done.text

    def facts(self, text):
        return json.loads(self.page(text, "--json"))

    def test_kind_size_and_hash(self):
        path = self.wat(GUEST)
        data = path.read_bytes()
        page = json.loads(self.warrant("inspect", "--json", path).text)
        self.assertEqual((page["kind"], page["size"], page["command"]), ("module", len(data), True))
        self.assertEqual(page["sha256"], "sha256:" + hashlib.sha256(data).hexdigest())
        text = self.warrant("inspect", path).text
        for word in (str(len(data)), hashlib.sha256(data).hexdigest(), "command"):
            self.assertIn(word, text)

    def test_imports_in_order_with_types(self):
        imports = self.facts(GUEST)["imports"]
        self.assertEqual([each["name"] for each in imports], ["fd_write", "random_get", "clock_time_get", "path_open"])
        self.assertEqual({each["module"] for each in imports}, {"wasi_snapshot_preview1"})
        self.assertTrue(all(each["provided"] for each in imports))

    def test_imports_by_what_they_ask_for(self):
        text = self.page(GUEST)
        for call, asked in (("path_open", "directories"), ("random_get", "entropy"), ("clock_time_get", "clock")):
            line = next(line for line in text.splitlines() if call in line)
            self.assertIn(asked, line)

    def test_exports(self):
        exports = {each["name"]: each["kind"] for each in self.facts(GUEST)["exports"]}
        self.assertEqual(exports, {"memory": "memory", "g": "global", "t": "table", "_start": "function", "add": "function"})

    def test_memory(self):
        text = self.page(GUEST)
        self.assertIn("192 KiB", text)
        self.assertIn("576 KiB", text)

    def test_a_function_that_is_imported_twice_is_listed_once(self):
        twice = '(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))' * 2
        page = self.page(f'(module {twice} (memory (export "memory") 1) (func (export "_start")))')
        self.assertEqual(page.count("sched_yield"), 1, page)
        self.assertIn("imports 2, by", page)

    def test_the_smallest_grant_is_printed_to_be_pasted(self):
        # cli.md section 2: "the smallest grant that could run it, printed so that it can be pasted".
        text = self.page(GUEST)
        for word in ("warrant run", "--random", "--clock", "--dir"):
            self.assertIn(word, text)

    def test_a_guest_that_needs_nothing_is_offered_nothing(self):
        text = self.page('(module (memory (export "memory") 1) (func (export "_start")))')
        self.assertNotIn("--random", text)
        self.assertNotIn("--dir", text)
        self.assertIn("imports nothing", text)

    def pasted(self, page):
        """The printed command line, as a shell takes it apart."""
        (line,) = [line for line in page.splitlines() if line.startswith("  warrant run ")]
        return shlex.split(line)[1:]

    def test_what_is_printed_runs_as_it_is_printed(self):
        for name, words, out in (("hello", ["you"], b"hello you\n"), ("cat", ["note"], b"buy milk\n")):
            (self.work / "note").write_bytes(b"buy milk\n")
            (self.work / "it's here.wasm").write_bytes(self.guest(name).read_bytes())
            done = self.warrant("inspect", "it's here.wasm")
            self.succeeds(self.warrant(*self.pasted(done.text), *words), out)

    def test_sizes_above_a_limit_are_in_the_smallest_grant(self):
        large = '(module (memory (export "memory") 1600) (table 200000 funcref) (func (export "_start")))'
        page = self.page(large)
        self.assertIn("--memory 100MiB", page)
        self.assertIn("--table 200000", page)
        self.succeeds(self.warrant(*self.pasted(page)))
        locals_above = "(local " + "i64 " * 20000 + ")"
        page = self.page(f'(module (memory (export "memory") 1) (func {locals_above}) (func (export "_start")))')
        self.assertIn("--locals 50000", page)
        self.succeeds(self.warrant(*self.pasted(page)))

    def test_the_smallest_grant_as_json(self):
        proposal = self.facts(GUEST)["smallest_grant"]
        self.assertEqual(proposal["flags"], ["--dir .", "--clock", "--random"])
        self.assertNotEqual(proposal["remarks"], [])

    def grant_of(self, page):
        """The grant at the end of the page, as a person copies it."""
        return page[page.index("version = 1\n"):]

    def test_the_smallest_grant_is_a_file_too(self):
        """As TOML and as JSON it is taken as it stands, and says what the flags beside it say."""
        for text in (GUEST, '(module (memory (export "memory") 1600) (func (export "_start")))',
                     '(module (memory (export "memory") 1) (func (export "_start")))'):
            page = self.page(text)
            facts = self.facts(text)
            (self.work / "g.toml").write_text(self.grant_of(page))
            (self.work / "g.json").write_text(json.dumps(facts["smallest_grant"]["grant"]))
            self.succeeds(self.run_guest(["--grant", "g.toml"], self.wat(text)))
            self.succeeds(self.run_guest(["--grant", "g.json"], self.wat(text)))
            printed = [self.warrant("run", "--print-grant", *flags).text
                       for flags in (["--grant", "g.toml"], ["--grant", "g.json"],
                                     shlex.split(" ".join(facts["smallest_grant"]["flags"])))]
            self.assertEqual(len(set(printed)), 1, printed)
            self.assertIn("version = 1", printed[0])
            self.succeeds(self.warrant("check", "g.toml", "--against", self.wat(text)))

    def test_a_python_that_carries_its_library_is_not_told_to_bring_one(self):
        packed = b'(func (export "wasi_vfs_pack_fs"))'.decode()
        for more, told in (("", True), (packed, False)):
            module = GUEST[:-1] + more + ' (data "PYTHONHASHSEED"))'
            remarks = " ".join(self.facts(module)["smallest_grant"]["remarks"])
            self.assertEqual("PYTHONHOME" in remarks, told)
            self.assertEqual("inside itself" in remarks, not told)

    def test_a_flag_behind_the_file_that_nobody_knows(self):
        self.usage(self.warrant("inspect", self.wat(GUEST), "--toml"), "--toml", "inspect --help")

    def test_the_fetching_imports_are_provided_and_named(self):
        text = '''(module
          (import "openagentic_netfetch" "fetch_get" (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (import "warrant_fetch" "close" (func (param i32) (result i32)))
          (memory (export "memory") 1) (func (export "_start")))'''
        facts = self.facts(text)
        self.assertEqual([each["provided"] for each in facts["imports"]], [True, True])
        self.assertEqual(facts["obstacles"], [])
        self.assertIn("--fetch", " ".join(facts["smallest_grant"]["remarks"]))
        page = self.page(text)
        line = next(line for line in page.splitlines() if "fetch_get" in line)
        self.assertEqual(line.split(), ["fetch", "fetch_get,", "close"])
        self.assertNotIn("what keeps it from running", page)
        self.succeeds(self.warrant(*self.pasted(page)))

    def test_a_fetching_import_of_another_name_or_type_is_an_obstacle(self):
        text = '''(module
          (import "openagentic_netfetch" "fetch_post" (func))
          (import "warrant_fetch" "close" (func (param i64)))
          (memory (export "memory") 1) (func (export "_start")))'''
        facts = self.facts(text)
        self.assertEqual([each["provided"] for each in facts["imports"]], [False, False])
        self.assertEqual(len(facts["obstacles"]), 2)

    def test_a_go_program_gets_a_deep_stack(self):
        source = self.wat(GUEST).read_bytes() + b"\x00\x0b\x0ago:buildid"
        page = self.warrant("inspect", self.file(source)).text
        self.assertIn("--stack 8MiB", page)
        self.assertIn("Go", page)
        self.assertIn("--dir EMPTY::/ --env PWD=/", page)
        self.assertNotIn("--random", next(line for line in page.splitlines() if "warrant run" in line))

    def test_obstacles_of_every_kind_are_in_the_json(self):
        missing = '(module (import "env" "log" (func)) (memory (export "memory") 1) (func (export "_start")))'
        self.assertIn("env.log", " ".join(self.facts(missing)["obstacles"]))
        library = '(module (memory (export "memory") 1) (func (export "run")))'
        self.assertIn("_start", " ".join(self.facts(library)["obstacles"]))
        self.assertIn("_start", self.page(library))

    def test_the_json_disturbs_no_terminal(self):
        names = "\u0085 \u009b31m \u202e \u2066 \u200b \u2028 \U000e0041"
        text = f'(module (import "env" "{names}" (func)) (memory (export "memory") 1) (func (export "_start")))'
        page = self.page(text, "--json")
        for each in names.replace(" ", ""):
            if not each.isascii():
                self.assertNotIn(each, page)
        self.assertEqual(json.loads(page)["imports"][0]["name"], names)

    def test_features(self):
        plain = self.facts('(module (memory (export "memory") 1) (func (export "_start")))')["features"]
        simd = self.facts('(module (memory (export "memory") 1) (func (export "_start") (drop (v128.const i64x2 0 0))))')["features"]
        self.assertEqual(len(set(simd) - set(plain)), 1, simd)
        self.assertIn("simd", " ".join(simd).lower())
        tails = self.facts('(module (memory (export "memory") 1) (func $f) (func (export "_start") (return_call $f)))')["features"]
        self.assertIn("tail", " ".join(tails).lower())

    def test_custom_sections(self):
        source = self.wat(GUEST).read_bytes() + b"\x00\x0a\x04note" + b"12345"
        page = json.loads(self.warrant("inspect", "--json", self.file(source)).text)
        sizes = {each["name"]: each["size"] for each in page["custom_sections"]}
        self.assertGreaterEqual(sizes["note"], 5)

    def test_a_library(self):
        page = self.facts('(module (memory (export "memory") 1) (func (export "run")))')
        self.assertFalse(page["command"])
        self.assertIn("library", self.page('(module (memory (export "memory") 1) (func (export "run")))'))

    def test_what_keeps_it_from_running(self):
        text = '(module (import "env" "log" (func)) (memory (export "memory") 1) (func (export "_start")))'
        page = self.page(text)
        self.assertIn("what keeps it from running", page)
        self.assertIn("env.log", page)
        (only,) = self.facts(text)["imports"]
        self.assertFalse(only["provided"])
        both = '(module (memory (export "memory") 1) (func (export "_start")) (func (export "_initialize")))'
        self.assertNotEqual(self.facts(both)["obstacles"], [])
        legacy = '(module (tag $t) (memory (export "memory") 1) (func (export "_start") (try (do (throw $t)) (catch $t))))'
        self.assertNotEqual(self.facts(legacy)["obstacles"], [])

    def test_a_function_of_wasi_that_nobody_knows_stands_as_unknown(self):
        page = self.page('(module (import "wasi_snapshot_preview1" "foo" (func)) (memory (export "memory") 1) (func (export "_start")))')
        self.assertRegex(page, r"(?m)^  unknown: wasi_snapshot_preview1 +foo$")
        self.assertNotIn("its own end", page)

    def test_what_runs_has_no_obstacle(self):
        self.assertEqual(self.facts(GUEST)["obstacles"], [])
        self.assertNotIn("what keeps", self.page(GUEST))

    def test_a_component(self):
        path = self.file(b"\0asm\x0d\0\1\0")
        done = self.warrant("inspect", "--json", path)
        if done.code == 0:
            self.assertEqual(json.loads(done.text)["kind"], "component")
            self.assertIn("component", self.warrant("inspect", path).text)
        else:
            self.refused(done, "component", code=NOT_VALID)

    def test_control_bytes_do_not_reach_the_terminal(self):
        text = '(module (import "\\1b[2J" "\\07x" (func)) (memory (export "memory") 1) (func (export "\\1b]0;t\\07")) (func (export "_start")))'
        page = self.page(text)
        self.assertNotIn("\x1b", page)
        self.assertNotIn("\x07", page)
        self.assertEqual(self.facts(text)["imports"][0]["module"], "\x1b[2J")

    def test_the_flag_may_stand_behind_the_file(self):
        path = self.wat(GUEST)
        self.assertEqual(self.warrant("inspect", path, "--json").out, self.warrant("inspect", "--json", path).out)

    def test_usage(self):
        self.usage(self.warrant("inspect"))
        self.usage(self.warrant("inspect", "a.wasm", "b.wasm"))
        self.usage(self.warrant("inspect", "--jsn", "a.wasm"), "--json")

    def test_inspecting_runs_and_keeps_nothing(self):
        env = self.environment(HOME=str(self.work))
        guest = self.wat('(module (memory (export "memory") 1) (func $s (loop (br 0))) (start $s) (func (export "_start")))')
        self.succeeds(self.warrant("inspect", guest, env=env))
        self.assertEqual(list(self.work.iterdir()), [])


class Doctor(Case):
    def test_as_json(self):
        done = self.warrant("doctor", "--json")
        self.assertIn(done.code, (0, 1))
        rows = json.loads(done.text)
        names = {row["name"]: row for row in rows}
        self.assertEqual(len(names), len(rows))
        for name in ("openat2", "mount roots", "code store", "profile basic", "mdwe", "tracer"):
            self.assertIn(name, names)
        for row in rows:
            self.assertIn(row["state"], ("ok", "gap", "unknown"))
            if row["state"] == "gap":
                self.assertNotEqual(row["advice"], "", row)

    def test_for_a_person(self):
        done = self.warrant("doctor")
        self.assertIn(done.code, (0, 1))
        for row in json.loads(self.warrant("doctor", "--json").text):
            self.assertIn(row["name"], done.text)

    def test_a_store_that_is_not_used_is_a_gap_with_advice(self):
        home = self.root / "h"
        (home / ".cache" / "warrant").mkdir(parents=True)
        (home / ".cache" / "warrant").chmod(0o777)
        env = self.environment(HOME=str(home))
        rows = {row["name"]: row for row in json.loads(self.warrant("doctor", "--json", env=env).text)}
        self.assertEqual(rows["code store"]["state"], "gap")
        self.assertIn("chmod 700", rows["code store"]["advice"])
        os.chmod(home / ".cache" / "warrant", 0o700)
        rows = {row["name"]: row for row in json.loads(self.warrant("doctor", "--json", env=env).text)}
        self.assertEqual(rows["code store"]["state"], "ok")

    def test_without_a_home(self):
        done = self.warrant("doctor", "--json", env={"PATH": "/usr/bin:/bin"})
        rows = {row["name"]: row for row in json.loads(done.text)}
        self.assertEqual(rows["code store"]["state"], "gap")

    def test_usage(self):
        self.usage(self.warrant("doctor", "now"))


class Version(Case):
    def test_as_json(self):
        page = json.loads(self.warrant("version", "--json").text)
        self.assertEqual(set(page), {"warrant", "wasmtime", "target", "compiler", "guest_abis"})
        self.assertRegex(page["wasmtime"], r"^48\.\d+\.\d+$")
        self.assertIn(os.uname().machine, page["target"])
        self.assertEqual(page["guest_abis"], ["wasi_snapshot_preview1", "wasi_unstable"])

    def test_for_a_person(self):
        for words in (["version"], ["--version"]):
            done = self.warrant(*words)
            self.succeeds(done)
            self.assertTrue(re.match(r"warrant \d+\.\d+\.\d+\S* \(wasmtime 48\.\d+\.\d+\)\n$", done.text), done.text)

    def test_usage(self):
        self.usage(self.warrant("version", "please"))
        self.usage(self.warrant("version", "--yaml"))
