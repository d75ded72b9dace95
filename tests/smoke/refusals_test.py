#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""refusals_test.py WARRANT WAT2WASM: what `warrant host run` refuses, and how instances end.

The rows of host-adapter.md section 3: the message names the thing, the exit code is 126, and nothing
of the guest ran; rows that run end with the codes of runners.md section 7.
"""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest

WARRANT, WAT2WASM = "", ""
P1 = "wasi_snapshot_preview1"
SAYS = f"""(module
  (import "{P1}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00")
  (data (i32.const 16) "ran\\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) %s))"""
NOTHING = '(module (func (export "_start")))'


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        (self.root / "state").mkdir()
        self.home = self.root / "home"
        self.home.mkdir()

    def wat(self, text, name="a.wasm"):
        source = self.root / "source.wat"
        source.write_text(text)
        subprocess.run([WAT2WASM, "--enable-all", "--no-check", source, "-o", self.root / name], check=True)

    def write(self, document, name="m.json"):
        path = self.root / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    def manifest(self, instances):
        return self.write({"version": 1, "instances": instances})

    def command(self, verb, *words):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}
        done = subprocess.run([WARRANT, "host", verb, *map(str, words)], capture_output=True, env=environment,
                              stdin=subprocess.DEVNULL, timeout=120, cwd=self.root, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")

    def run_all(self, instances, *words):
        return self.command("run", *words, self.manifest(instances))

    def one(self, **fields):
        fields.setdefault("caps", {"console": {"stdout": True, "stderr": True}})
        return {"a": {"binary": "a.wasm", **fields}}

    def refused(self, answer, *wanted):
        code, out, err = answer
        self.assertEqual(code, 126, out + err)
        self.assertNotIn("ran\n", out)
        for line in out.splitlines():
            self.assertRegex(line, r"^\[[A-Za-z0-9._-]+\] refused: ")
        for each in wanted:
            self.assertIn(each, out)


class Documents(Case):
    def test_unknown_and_duplicate_keys_types_version_and_bounds_are_refused_with_their_path(self):
        self.wat(SAYS % "")
        rows = (('{"version": 1, "instances": {"a": {"binary": "a.wasm", "arg": []}}}', "[a]", "$.instances.a",
                 'did you mean "args"?'),
                ('{"version": 1, "version": 1, "instances": {"a": {"binary": "a.wasm"}}}', "[manifest]", "version"),
                ('{"version": 1, "instances": {"a": {"binary": "a.wasm"}, "a": {"binary": "a.wasm"}}}', "[manifest]"),
                ('{"version": 1, "instances": {"a": {"binary": "a.wasm", "args": "x"}}}', "$.instances.a.args"),
                ('{"version": 2, "instances": {"a": {"binary": "a.wasm"}}}', "$.version"),
                ('{"version": 1, "instances": {%s}}' % ",".join(f'"i{n}": {{"binary": "a.wasm"}}' for n in range(65)),
                 "$.instances", "1 to 64"),
                (" " * (64 * 1024 + 1), "64 KiB"), ("", "refused"), ("{", "refused"))
        for text, *wanted in rows:
            with self.subTest(text[:80]):
                self.refused(self.command("run", self.write(text)), *wanted)

    def test_no_instance_starts_when_one_is_written_wrong(self):
        self.wat(SAYS % "")
        self.refused(self.run_all({**self.one(), "b": {"binary": "a.wasm", "caps": {"timer": 1}}}), "[b]", "timer")

    def test_paths_stay_beneath_the_root(self):
        self.wat(SAYS % "")
        (self.root / "out").symlink_to("/etc")
        (self.root / "outside.wasm").symlink_to("/etc/passwd")
        preopen = {"guest": "/d", "rights": "read-only"}
        for host, wanted in (("../x", "leaves the root"), ("/etc", "absolute"), ("out", "leads out of the root")):
            with self.subTest(host):
                caps = {"preopens": [{**preopen, "host": host}], "console": {"stdout": True}}
                self.refused(self.run_all(self.one(caps=caps)), wanted)
        self.refused(self.run_all({"a": {"binary": "outside.wasm"}}), "leads out of the root")
        self.refused(self.run_all({"a": {"binary": "../a.wasm"}}), "leaves the root")

    def test_a_fetch_is_held_to_the_rules_of_a_grant_before_anything_starts(self):
        self.wat(SAYS % "")
        (self.root / "out.pem").symlink_to("/etc/passwd")
        entry = {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"]}
        rows = (({**entry, "orign": "x"}, "$.instances.a.caps.fetch[0].orign", "did you mean origin?"),
                ({**entry, "methods": ["TRACE"]}, "$.instances.a.caps.fetch[0].methods[0]"),
                ({**entry, "ca": "../x"}, "$.instances.a.caps.fetch[0].ca", "leaves the root"),
                ({**entry, "ca": "out.pem"}, "ca", "leads out of the root"),
                ({**entry, "ca": "none.pem"}, "ca", "is not there"),
                ({**entry, "origin": "https://*.com"}, "public_suffix"),
                ({**entry, "origin": "https://a.example.com/x"}, "origin"),
                ({**entry, "secret": {"header": "authorization", "value": "Bearer ${nobody}"}}, "nobody"))
        for fetch, *wanted in rows:
            with self.subTest(wanted):
                caps = {"console": {"stdout": True}, "fetch": [fetch]}
                self.refused(self.run_all(self.one(caps=caps)), *wanted)
        caps = {"console": {"stdout": True}, "fetch": [entry]}
        ceiling = self.write({"version": 1, "deny_net": True}, "ceiling.json")
        self.refused(self.run_all(self.one(caps=caps, require=True), "--ceiling", ceiling), "fetch")
        code, out, err = self.run_all(self.one(caps=caps), "--ceiling", ceiling)
        self.assertEqual((code, out), (0, "ran\n"))
        self.assertIn("fetch https://api.example.com", err)

    def test_two_instances_cannot_have_one_address_or_one_state_directory(self):
        self.wat(SAYS % "")
        listen = {"binary": "a.wasm", "caps": {"listen": [{"tcp": "127.0.0.1:8199"}]}}
        self.refused(self.run_all({"a": listen, "b": listen}), "[b]", "$.instances.b.caps.listen[0].tcp")
        state = {"guest": "/s", "host": "state", "rights": "read-write"}
        both = {name: {"binary": "a.wasm", "caps": {"preopens": [state]}} for name in "ab"}
        self.refused(self.run_all(both), "share")
        state["share"] = True
        self.assertEqual(self.run_all(both)[0], 0)

    def test_an_address_is_one_however_it_is_spelt(self):
        self.wat(SAYS % "")

        def both(first, second):
            listening = [{"listen": [{"tcp": each}], "console": {"stdout": True}} for each in (first, second)]
            return self.run_all({name: {"binary": "a.wasm", "caps": caps} for name, caps in zip("ab", listening)})
        for first, second in (("127.0.0.1:8199", "0.0.0.0:8199"), ("0.0.0.0:8199", "127.0.0.1:8199"),
                              ("[::1]:8199", "[0:0:0:0:0:0:0:1]:8199"), ("[::]:8199", "[::1]:8199")):
            with self.subTest(first=first, second=second):
                self.refused(both(first, second), "[b]", "$.instances.b.caps.listen[0].tcp",
                             "$.instances.a.caps.listen[0].tcp")
        for wrong in ("127.0.0.1:08199", "localhost:8199", "127.0.0.1:99999", "8199"):
            with self.subTest(wrong):
                code, out, _ = both("127.0.0.1:0", wrong)
                self.assertEqual(code, 126)
                self.assertIn("[b] refused: ", out)
                self.assertIn(wrong, out)

    def test_a_directory_is_one_by_whichever_link(self):
        self.wat(SAYS % "")
        (self.root / "alias").symlink_to("state")
        (self.root / "state/below").mkdir()

        def both(first, second, **more):
            return self.run_all({name: {"binary": "a.wasm", "caps": {"console": {"stdout": True}, "preopens": [
                {"guest": "/s", "host": host, "rights": "read-write", **more}]}} for name, host in
                                 (("a", first), ("b", second))})
        for first, second in (("state", "alias"), ("alias/below", "state"), ("state", "./state/"), (".", "state")):
            with self.subTest(first=first, second=second):
                self.refused(both(first, second), "share", "[a]" if "alias" in first + second else "[b]")
        self.assertEqual(both("state", "alias", share=True)[:2], (0, "ran\nran\n"))

    def test_a_preopen_has_the_options_of_a_grant_and_they_hold(self):
        self.wat(f"""(module
          (import "{P1}" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "{P1}" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1) (data (i32.const 0) "xyz")
          (func $make (param i32) (result i32)
            (call $open (i32.const 3) (i32.const 0) (local.get 0) (i32.const 1) (i32.const 1) (i64.const 64) (i64.const 0)
              (i32.const 0) (i32.const 16)))
          (func (export "_start")
            (drop (call $make (i32.const 0))) (drop (call $make (i32.const 1))) (call $exit (call $make (i32.const 2)))))""")

        def with_options(**options):
            (self.root / "state/x").unlink(missing_ok=True)
            caps = {"preopens": [{"guest": "/s", "host": "state", "rights": "read-write", **options}]}
            return self.run_all({"a": {"binary": "a.wasm", "caps": caps}})
        self.assertEqual(with_options(inodes=2, symlinks="none", written="1MiB", file_bytes=9)[0], 19)  # DQUOT
        self.assertEqual(sorted(each.name for each in (self.root / "state").iterdir()), ["x", "y"])
        for options, path, wanted in (({"inodes": -1}, ".inodes", ""), ({"symlinks": "some"}, ".symlinks", "none, follow"),
                                      ({"symlink": "none"}, "", 'did you mean "symlinks"?'), ({"hide": ["x"]}, ".hide", ""),
                                      ({"access": "write"}, "", 'unknown key "access"')):
            with self.subTest(options):
                self.refused(with_options(**options), f"[a] refused: $.instances.a.caps.preopens[0]{path} ", wanted)


class Files(Case):
    def test_what_is_no_module_is_refused(self):
        self.refused(self.run_all(self.one()), '"a.wasm"', "is not there")
        binary = self.root / "a.wasm"
        binary.write_bytes(b"\x7fELF and more")
        self.refused(self.run_all(self.one()), "a.wasm", "is not WebAssembly")
        self.wat(SAYS % "")
        whole = binary.read_bytes()
        binary.write_bytes(whole[:-3])
        self.refused(self.run_all(self.one()), "a.wasm", "ends too early")
        binary.write_bytes(whole)
        self.refused(self.run_all(self.one(limits={"module_bytes": 10})), "module-bytes")
        binary.unlink()
        binary.mkdir()
        self.refused(self.run_all(self.one()), "a.wasm")

    def test_the_digest_must_match(self):
        self.wat(SAYS % "")
        digest = hashlib.sha256((self.root / "a.wasm").read_bytes()).hexdigest()
        self.assertEqual(self.run_all(self.one(sha256=digest))[:2], (0, "ran\n"))
        self.refused(self.run_all(self.one(sha256="0" * 64)), digest, "0" * 64)

    def test_all_missing_imports_are_listed_sorted(self):
        self.wat('(module (import "env" "y" (func)) (import "env" "x" (func)) (import "b" "z" (func (param i32)))'
                 ' (func (export "_start")))')
        self.refused(self.run_all(self.one()), "[a] refused: 3 imports are not provided: b.z, env.x, env.y\n")

    def test_an_import_of_another_type_is_refused_with_both(self):
        self.wat(f'(module (import "{P1}" "proc_exit" (func (param i64))) (memory (export "memory") 1)'
                 ' (func (export "_start")))')
        self.refused(self.run_all(self.one()), "proc_exit (i64)", "(i32)")

    def test_a_shape_that_cannot_run_is_refused(self):
        rows = ((f'(module (import "{P1}" "args_get" (func (param i32 i32) (result i32))) (func (export "_start")))',
                 "memory"),
                ('(module (func (export "other")))', "neither _start nor _initialize"),
                ('(module (func (export "_start") (param i32)))', "_start"),
                ('(module (func (export "_start")) (func (export "_initialize")))', "_initialize"),
                ('(module (memory (export "memory") 1 1 shared) (func (export "_start")))', "shared"),
                ('(module (import "wasi" "thread-spawn" (func (param i32) (result i32))) (func (export "_start")))',
                 "wasi.thread-spawn"))
        for text, wanted in rows:
            with self.subTest(text):
                self.wat(text)
                self.refused(self.run_all(self.one()), wanted)

    def test_a_component_is_refused_as_one(self):
        (self.root / "a.wasm").write_bytes(b"\0asm\x0d\0\1\0")
        self.refused(self.run_all(self.one()), "is a component")

    def test_the_older_wasi_is_refused_under_the_surface_stdout_alone(self):
        self.wat(SAYS.replace(P1, "wasi_unstable") % "")
        self.refused(self.run_all(self.one(surface="stdout")), "wasi_unstable")
        self.assertEqual(self.run_all(self.one())[:2], (0, "ran\n"))


class Grants(Case):
    def test_a_preopen_that_is_no_directory_or_a_kernel_file_system_is_refused(self):
        self.wat(SAYS % "")
        (self.root / "file").write_text("x")

        def with_host(host, *words):
            caps = {"console": {"stdout": True}, "preopens": [{"guest": "/d", "host": host, "rights": "read-only"}]}
            return self.run_all({"a": {"binary": str(self.root.relative_to("/")) + "/a.wasm" if words else "a.wasm",
                                       "caps": caps}}, *words)
        self.refused(with_host("file"), f'[a] refused: directory "{self.root}/file"', "not a directory")
        self.refused(with_host("absent"), "is not there")
        for host, kind in (("proc", "proc"), ("sys", "sysfs"), ("dev", "dev")):
            self.refused(with_host(host, "--root", "/"), f'[a] refused: directory "/{host}"', f"file system {kind}")

    def test_overlapping_preopens_of_other_rights_are_refused(self):
        self.wat(SAYS % "")
        preopens = [{"guest": "/a", "host": "state", "rights": "read-only"},
                    {"guest": "/b", "host": "state", "rights": "read-write"}]
        self.refused(self.run_all(self.one(caps={"preopens": preopens})), "other rights")

    def test_a_ceiling_reduces_is_shown_and_refuses_where_it_must_not(self):
        self.wat(SAYS % "")
        limits = {"wall": "90000s"}  # the ceiling is a day
        code, out, err = self.run_all(self.one(limits=limits))
        self.assertEqual((code, out), (0, "ran\n"))
        self.assertIn("[a] limits.wall", err)
        self.refused(self.run_all(self.one(limits=limits, require=True)), "limits.wall")

    def test_a_ceiling_of_the_machine_s_kind_counts_and_a_broken_one_refuses_everything(self):
        self.wat(SAYS % "")
        ceiling = self.root / "ceiling.toml"
        ceiling.write_text('version = 1\n[limits]\nwall = "1s"\n[clock]\nwall = false\n')
        fields = {"caps": {"console": {"stdout": True}, "wall_clock": True}, "limits": {"wall": "5s"}}
        code, out, err = self.run_all(self.one(**fields), "--ceiling", ceiling)
        self.assertEqual((code, out), (0, "ran\n"), err)
        self.assertIn("[a] ", err)
        self.refused(self.run_all(self.one(require=True, **fields), "--ceiling", ceiling), "wall")
        ceiling.write_text("version = 1\nwrong = 1\n")
        code, out, err = self.run_all(self.one(**fields), "--ceiling", ceiling)
        self.assertEqual((code, out), (126, ""), err)
        self.assertIn("wrong", err)

    def test_what_is_not_in_this_build_is_refused_before_anything_runs_and_nothing_of_it_is_looked_at(self):
        self.wat(SAYS % "")
        state = {"guest": "/s", "host": "state", "rights": "overlay"}
        rows = (({"isolation": "process"}, "$.instances.b.isolation"),
                ({"caps": {"script": {"path": "main.cue", "digest": "sha256:" + "0" * 64}}}, "$.instances.b.caps.script"),
                ({"caps": {"preopens": [state]}}, "$.instances.b.caps.preopens[0].rights"))
        for fields, path in rows:
            with self.subTest(path):
                answer = self.run_all({**self.one(), "b": {"binary": "a.wasm", **fields}})
                self.refused(answer, f"[b] refused: {path} ", "not in this build")
        both = {**self.one(), "b": {"binary": "a.wasm", "isolation": "process", "caps": {
            "script": 7, "preopens": [{**state, "host": "absent"}]}}}
        self.refused(self.run_all(both), *(path for _, path in rows))
        document = {"version": 1, "instances": self.one(), "handoff": [{"from": "a", "to": "a", "resource": "token"}]}
        self.refused(self.command("run", self.write(document)), "[manifest] refused: $.handoff ", "not in this build")
        self.assertEqual(list((self.root / "state").iterdir()), [])
        self.assertFalse((self.home / ".local").exists(), "a record of a run that was none")

    def test_one_instance_that_is_refused_does_not_stop_the_next(self):
        self.wat(SAYS % "")
        code, out, _ = self.run_all({"a": {"binary": "absent.wasm"}, **{"b": self.one()["a"]}})
        self.assertEqual(code, 126)
        self.assertRegex(out, r'^\[a\] refused: .*\nran\n$')


class Ends(Case):
    def ends(self, body, code, **fields):
        self.wat(SAYS % body)
        began = time.monotonic()
        answer = self.run_all(self.one(**fields))
        self.assertEqual(answer[:2], (code, "ran\n"), answer[2])
        self.assertLess(time.monotonic() - began, 60)
        return answer[2]

    def test_a_pointer_out_of_range_is_a_trap_and_what_was_printed_stays(self):
        self.assertIn("[a] trap", self.ends("(drop (call $write (i32.const 1) (i32.const 65533) (i32.const 1) "
                                            "(i32.const 8)))", 134))

    def test_a_pointer_that_is_misaligned_is_a_trap(self):
        self.assertIn("[a] trap", self.ends("(drop (call $write (i32.const 1) (i32.const 2) (i32.const 1) (i32.const 8)))",
                                            134))

    def test_growth_ends_at_its_limit_and_the_guest_goes_on(self):
        self.answers("", "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) (memory.size)",
                     20, limits={"memory": 20 * 65_536})

    def test_a_read_that_nothing_answers_ends_by_the_deadline(self):
        self.wat(f"""(module (import "{P1}" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "\\40\\00\\00\\00\\01\\00\\00\\00")
          (func (export "_start") (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))))""")
        path = self.manifest(self.one(caps={"console": {"stdin": True}}, limits={"wall_ms": 300}))
        reading, writing = os.pipe()
        with os.fdopen(reading), os.fdopen(writing, "w"):
            done = subprocess.run([WARRANT, "host", "run", str(path)], stdin=reading, capture_output=True, check=False,
                                  env={"HOME": str(self.home), "PATH": "/usr/bin"}, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (124, b""), done.stderr)
        self.assertIn(b"wall", done.stderr)

    def test_loops_and_recursion_end_by_their_limit(self):
        self.assertIn("wall", self.ends("(loop (br 0))", 124, limits={"wall_ms": 300}))
        self.assertIn("cpu", self.ends("(loop (br 0))", 124, limits={"cpu_ms": 300}))
        self.wat((SAYS % "(call $deep)")[:-1] + "(func $deep (call $deep) (call $deep)))")
        self.assertEqual(self.run_all(self.one())[:2], (134, "ran\n"))

    def test_a_trap_of_one_leaves_the_next_alone_and_the_first_code_that_is_not_zero_counts(self):
        self.wat(SAYS % "unreachable")
        self.wat(SAYS % "", "b.wasm")
        code, out, _ = self.run_all({**self.one(), "b": {**self.one()["a"], "binary": "b.wasm"}})
        self.assertEqual((code, out), (134, "ran\nran\n"))

    def test_a_signal_cancels_the_instance_and_starts_no_other(self):
        self.wat(SAYS % "(loop (br 0))")
        path = self.manifest({**self.one(), "b": self.one()["a"]})
        child = subprocess.Popen([WARRANT, "host", "run", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env={"HOME": str(self.home), "PATH": "/usr/bin"})
        self.assertEqual(child.stdout.readline(), b"ran\n")
        child.send_signal(signal.SIGTERM)
        out, err = child.communicate(timeout=60)
        self.assertEqual((child.returncode, out), (143, b""), err)


    def answers(self, imports, body, wanted, pages=1, caps=None, **fields):
        """The value of `body` is the exit code; what the process had in memory at most, in KiB."""
        self.wat(f"""(module {imports} (import "{P1}" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") {pages}) (data (i32.const 0) "f")
          (func (export "_start") (call $exit (block (result i32) {body}))))""")
        path = self.manifest({"a": {"binary": "a.wasm", "caps": caps or {}, **fields}})
        with open(self.root / "said", "wb") as said:
            child = subprocess.Popen([WARRANT, "host", "run", str(path)], stdin=subprocess.DEVNULL, stdout=said,
                                     stderr=said, env={"HOME": str(self.home), "PATH": "/usr/bin"})
            _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, wanted, (self.root / "said").read_text())
        return usage.ru_maxrss

    def test_what_is_too_many_is_an_errno_and_costs_the_host_nothing(self):
        (self.root / "state/f").write_text("x")
        caps = {"random": True, "timer": True, "console": {"stdout": True},
                "preopens": [{"guest": "/s", "host": "state", "rights": "read-only"}]}
        small = self.answers("", "(i32.const 0)", 0, caps=caps)
        open_ = (f'(import "{P1}" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))')
        opens = (
            "(loop $more (br_if $more (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1)"
            " (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))))"
            " (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 2) (i64.const 0)"
            " (i32.const 0) (i32.const 16))")
        four = "(param i32 i32 i32 i32) (result i32)"
        poll = f'(import "{P1}" "poll_oneoff" (func $poll {four}))'
        random = f'(import "{P1}" "random_get" (func $random (param i32 i32) (result i32)))'
        write = f'(import "{P1}" "fd_write" (func $write {four}))'
        gib = {"memory": "2GiB"}
        rows = ((open_, opens, 33, 1, {}),                                                             # MFILE
                (poll, "(call $poll (i32.const 0) (i32.const 67108864) (i32.const 1000000) (i32.const 8))", 48, 1700,
                 {"memory": "128MiB"}),                                                                # NOMEM
                (random, "(call $random (i32.const 0) (i32.const 1073741824))", 19, 16_400, gib),      # DQUOT
                (write, "(call $write (i32.const 1) (i32.const 1024) (i32.const 1025) (i32.const 8))", 28, 1, {}),  # INVAL
                (write, "(call $write (i32.const 1) (i32.const 1024) (i32.const 100000000) (i32.const 8))", 28, 16_400, gib))
        for imports, body, errno, pages, limits in rows:
            with self.subTest(errno=errno, body=body[:40]):
                self.assertLess(self.answers(imports, body, errno, pages, caps, limits=limits), small + 16 * 1024)

    def test_signals_that_stop_are_not_there_and_rights_are_never_added(self):
        raise_ = f'(import "{P1}" "proc_raise" (func $raise (param i32) (result i32)))'
        for stop in (18, 19, 20, 21):
            self.answers(raise_, f"(call $raise (i32.const {stop}))", 52)  # NOSYS
        rights = f'(import "{P1}" "fd_fdstat_set_rights" (func $rights (param i32 i64 i64) (result i32)))'
        console = {"console": {"stdout": True}}
        self.answers(rights, "(call $rights (i32.const 1) (i64.const 0x1fffffff) (i64.const 0))", 76, caps=console)
        self.answers(rights, "(call $rights (i32.const 1) (i64.const 0) (i64.const 0))", 0, caps=console)


class Showing(Case):
    def test_show_prints_what_is_read_back_and_runs_nothing(self):
        self.wat(SAYS % "")
        code, out, err = self.command("show", "--manifest", self.manifest(self.one(args=["a", "é"])))
        self.assertEqual(code, 0, err)
        self.assertEqual(self.command("show", "--manifest", self.write(out, "again.json")), (0, out, ""))
        self.assertEqual(json.loads(out)["instances"]["a"]["args"], ["a", "é"])

    def test_show_prints_the_warrant_of_each_instance_with_its_hash(self):
        self.wat(SAYS % "")
        (self.root / "state").mkdir(exist_ok=True)
        caps = {"timer": True, "preopens": [{"guest": "/d", "host": "state", "rights": "read-write"}]}
        code, out, err = self.command("show", self.manifest(self.one(caps=caps)))
        self.assertEqual(code, 0, err)
        self.assertRegex(out, r"^# \[a\] sha256:[0-9a-f]{64}\n")
        document = tomllib.loads(out)
        self.assertEqual(document["clock"], {"monotonic": True})
        self.assertEqual(document["directory"], [{"guest": "/d", "host": f"{self.root}/state", "access": "write"}])
        self.assertNotIn("entropy", document)

    def test_show_says_what_would_be_refused(self):
        code, _, err = self.command("show", self.manifest(self.one()))
        self.assertEqual(code, 1)
        self.assertIn("[a] refused:", err)

    def test_words_that_are_wrong_are_usage(self):
        for words in ((), ("rum", "m.json"), ("run",), ("run", "--roo", "x", "m.json")):
            with self.subTest(words):
                done = subprocess.run([WARRANT, "host", *words], capture_output=True, check=False)
                self.assertEqual(done.returncode, 64)
        self.assertEqual(self.command("run", "absent.json")[0], 66)


class Records(Case):
    """Instances of a manifest leave the records that `warrant run` leaves."""

    def setUp(self):
        super().setUp()
        self.wat(SAYS % "")
        self.two = {**self.one(), "b": {"binary": "none.wasm"}, "c": self.one()["a"]}

    def events(self, path):
        return [json.loads(line) for line in path.read_text().splitlines()]

    def test_the_copy_holds_every_record_of_every_instance(self):
        copy = self.root / "copy.jsonl"
        code, out, err = self.run_all(self.two, "--audit", copy)
        self.assertEqual((code, out.count("ran\n")), (126, 2), err)
        events = self.events(copy)
        firsts = [each for each in events if each["kind"] in ("run.start", "run.refused")]
        self.assertEqual([(each["kind"], each["module"]["name"]) for each in firsts],
                         [("run.start", "a"), ("run.refused", "b"), ("run.start", "c")])
        self.assertIn("none.wasm", " ".join(firsts[1]["reasons"]))
        self.assertEqual(len({each["run"] for each in firsts}), 3)
        ends = [each for each in events if each["kind"] == "run.end"]
        self.assertEqual([each["receipt"]["runner"] for each in ends], ["native", "native"])
        log = [each for file in (self.home / ".local/state/warrant/log").glob("*/*.jsonl") for each in self.events(file)]
        self.assertEqual(sorted(each["kind"] for each in log), sorted(each["kind"] for each in events))

    def test_doubles_of_clock_and_entropy_are_the_same_each_time_and_marked(self):
        self.wat(f"""(module (import "{P1}" "random_get" (func $random (param i32 i32) (result i32)))
          (import "{P1}" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (import "{P1}" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\10\\00\\00\\00")
          (func (export "_start")
            (drop (call $random (i32.const 16) (i32.const 8)))
            (drop (call $clock (i32.const 0) (i64.const 0) (i32.const 24)))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))""")
        caps = {"console": {"stdout": True}, "random": {"seed": 7},
                "wall_clock": {"fixed": "2001-02-03T04:05:06Z", "resolution": "1h"}, "preopens": [
                    {"guest": "/s", "host": "state", "rights": "read-write", "inodes": 3, "symlinks": "none"}]}
        path, copy = self.manifest(self.one(caps=caps)), self.root / "copy.jsonl"
        answers = []
        for _ in range(2):
            done = subprocess.run([WARRANT, "host", "run", "--no-log", "--audit", copy, path], capture_output=True,
                                  env={"HOME": str(self.home), "PATH": "/usr/bin"}, timeout=120, check=False)
            self.assertEqual((done.returncode, len(done.stdout)), (0, 16), done.stderr)
            answers.append(done.stdout)
        self.assertEqual(*answers)
        hour = 981_173_106 // 3600 * 3600  # 2001-02-03 04:00
        self.assertEqual(int.from_bytes(answers[0][8:], "little"), hour * 10**9)
        text = [each["receipt"]["warrant"]["text"] for each in self.events(copy) if each["kind"] == "run.end"][0]
        self.assertEqual((text["powers"]["entropy"], text["powers"]["clock_fixed"], text["powers"]["clock_resolution"]),
                         (7, "2001-02-03T04:05:06Z", "1h"))
        self.assertEqual(text["directory"], [{"guest": "/s", "access": "write", "inodes": 3, "symlinks": "none"}])

    def test_the_copy_is_no_place_of_a_guest(self):
        state = {"guest": "/s", "host": "state", "rights": "read-write"}
        self.two["a"]["caps"] = {"preopens": [state]}
        code, out, err = self.run_all(self.two, "--audit", self.root / "state/copy.jsonl")
        self.assertEqual((code, out), (126, ""), err)
        self.assertIn("where the guest may write", err)
        self.assertEqual(list((self.root / "state").iterdir()), [])

    def test_a_link_is_not_followed_for_it(self):
        (self.root / "link").symlink_to(self.root / "target")
        code, out, err = self.run_all(self.two, "--audit", self.root / "link")
        self.assertEqual((code, out), (126, ""), err)
        self.assertFalse((self.root / "target").exists())

    def test_hardening_that_a_ceiling_asks_for_is_refused_before_anything_runs(self):
        ceiling = self.write('version = 1\nhardening-minimum = "basic"\n', "ceiling.toml")
        self.refused(self.run_all(self.one(), "--ceiling", ceiling), "hardening")
        code, _, err = self.command("show", "--ceiling", ceiling, self.manifest(self.one()))
        self.assertEqual(code, 1)
        self.assertIn("hardening", err)


def main():
    global WARRANT, WAT2WASM
    WARRANT, WAT2WASM = map(str, (pathlib.Path(word).resolve() for word in sys.argv[1:3]))
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
