#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""audit_test.py WARRANT WAT2WASM GUESTS [Case[.test]…]: the log of the real command: its rows of
trouble, its readers, and how many
may write at once. What survives kill -9: kill_test.py."""
import base64
import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import records  # noqa: E402
from support import REFUSED, USAGE, NOT_VALID, MISSING, NO, Case, tools  # noqa: E402

INCOMPLETE, AUDIT_FAILED = 2, 74
OPENS = {"path_create_file", "path_filestat_set_size"}  # that may change something


class Log(Case):
    own_home = True

    @property
    def state(self):
        return self.home / ".local/state/warrant"

    @property
    def log(self):
        return self.state / "log"

    def files(self):
        return sorted(self.log.glob("*/*.jsonl"))

    def records(self, path=None):
        lines = (path or self.files()[-1]).read_text().splitlines()
        return [json.loads(line) for line in lines]

    def verify(self, *words):
        done = self.warrant("audit", "verify", "--json", *words)
        return done.code, json.loads(done.out) if done.out else {}

    def damaged(self, kind, file=None, line=None):
        code, report = self.verify()
        self.assertEqual(code, NO, report)
        found = [(each["damage"], each["file"], each["line"]) for each in report["findings"]]
        self.assertIn(kind, [each[0] for each in found])
        if file is not None:
            self.assertIn(file, [each[1] for each in found])
        if line is not None:
            self.assertIn(line, [each[2] for each in found])

    def name(self, path):
        return str(path.relative_to(self.log))

    def hello(self, *flags, **more):
        return self.run_guest(flags, "hello", **more)


class Published(Log):
    """The schemas say no to what is no record and no receipt: else they would prove nothing."""

    def test_a_receipt_with_one_thing_wrong_is_none(self):
        self.succeeds(self.hello("--receipt", self.root / "r"))
        receipt = json.loads((self.root / "r").read_text())
        self.assertEqual(records.faults_of_receipt(receipt), [])
        for name in receipt:
            self.assertNotEqual(records.faults_of_receipt({k: v for k, v in receipt.items() if k != name}), [], name)
        for change in ({"version": 2}, {"run": "x"}, {"exit": {"kind": "gone", "exit_code": 0}}, {"files": []},
                       {"exit": {**receipt["exit"], "exit_code": 256}}, {"argv": [1]}, {"audit": {"file": None}}):
            self.assertNotEqual(records.faults_of_receipt({**receipt, **change}), [], change)

    def test_refusals_of_calls_that_change_and_read_nothing(self):
        call = '(import "wasi_snapshot_preview1" "{}" (func ${} (param {}) (result i32)))'
        (self.work / "d").mkdir()
        guest = self.wat("(module " + call.format("path_filestat_get", "stat", "i32 i32 i32 i32 i32")
                         + call.format("fd_fdstat_set_rights", "rights", "i32 i64 i64")
                         + '(memory (export "memory") 1) (data (i32.const 0) "../f") (func (export "_start")'
                         "(drop (call $stat (i32.const 3) (i32.const 1) (i32.const 0) (i32.const 4) (i32.const 64)))"
                         "(drop (call $rights (i32.const 3) (i64.const 2) (i64.const 0)))))")
        self.succeeds(self.run_guest(["--dir", "d::/w:write"], guest))
        refused = [record for record in self.records() if record["kind"] == "fs"]
        self.assertEqual([(record["decision"], record["operation"]) for record in refused],
                         [("deny", "stat"), ("error", "fd_fdstat_set_rights")])
        for record in refused:
            self.assertEqual(records.faults_of_record(record), [])
            self.assertNotEqual(records.faults_of_record({**record, "operation": "ponder"}), [])

    def test_a_record_with_one_thing_wrong_is_none(self):
        (self.work / "d").mkdir()
        self.probe(["--dir", "d::/w:read"], "new", "/w/x")
        for record in self.records():
            self.assertEqual(records.faults_of_record(record), [])
            for name in ("v", "run", "seq", "t", "kind"):
                self.assertNotEqual(records.faults_of_record({k: v for k, v in record.items() if k != name}), [])
            self.assertNotEqual(records.faults_of_record({**record, "kind": "rumour"}), [])
            self.assertNotEqual(records.faults_of_record({**record, "decision": "perhaps"}), [])


class Writing(Log):
    def test_a_run_leaves_start_end_and_a_verified_file(self):
        self.succeeds(self.hello())
        kinds = [record["kind"] for record in self.records()]
        self.assertEqual(kinds, ["run.start", "block", "run.end", "block"])
        self.assertEqual(self.verify()[0], 0)

    def test_numbers_have_no_gap_and_one_run(self):
        (self.work / "d").mkdir()
        self.succeeds(self.probe(["--dir", "d::/w:write"], "new", "/w/x"))
        records = self.records()
        self.assertEqual([record["seq"] for record in records], list(range(len(records))))
        self.assertEqual({record["run"] for record in records}, {self.files()[-1].stem})

    def test_modes_and_owners(self):
        self.hello()
        for path in (self.state, self.log, self.files()[0].parent):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700, path)
        for path in (self.files()[0], self.log / "index.jsonl", self.state / "audit.key"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)

    def test_effects_and_denials_are_recorded_with_the_guests_paths_only(self):
        (self.work / "d").mkdir()
        self.probe(["--dir", "d::/w:write"], "new", "/w/x")
        self.probe(["--dir", "d::/w:read"], "new", "/w/y")
        made = [r for path in self.files() for r in self.records(path) if r["kind"] == "fs"]
        self.assertIn(("allow", "create", "/w/x"), {(r["decision"], r["operation"], r.get("path")) for r in made})
        denied = [r for r in made if r["decision"] == "deny"]
        self.assertEqual({(r["reason"], r["path"]) for r in denied}, {("read_only", "/w/y")})
        for path in self.files():
            self.assertNotIn(str(self.work), path.read_text())

    def test_no_log_writes_nothing_and_the_receipt_says_so(self):
        done = self.hello("--no-log", "--receipt", str(self.root / "r.json"))
        self.succeeds(done)
        self.assertFalse(self.log.exists())
        receipt = json.loads((self.root / "r.json").read_text())
        self.assertIsNone(receipt["audit"]["file"])

    def test_the_receipt_is_that_of_the_log(self):
        self.succeeds(self.hello("--receipt", str(self.root / "r.json")))
        receipt = json.loads((self.root / "r.json").read_text())
        end = [r for r in self.records() if r["kind"] == "run.end"][0]
        self.assertEqual(end["receipt"], receipt)
        shown = self.warrant("receipt", "show", receipt["run"])
        self.assertEqual(json.loads(shown.out), receipt)

    def test_limits_that_are_named_are_in_force(self):
        def named(*flags):
            self.succeeds(self.hello(*flags, "--receipt", "r"))
            receipt = json.loads((self.work / "r").read_text())
            start = self.records(self.log / receipt["audit"]["file"])[0]
            self.assertEqual(start["limits"], receipt["warrant"]["text"]["limits"])
            return start["limits"]
        limits = named()
        for name in ("fuel", "stdin", "stdout", "stderr"):
            self.assertNotIn(name, limits)
        self.assertEqual(limits["wall"], "30s")
        self.assertEqual(limits["memory"], "64MiB")
        limits = named("--fuel", "1000000", "--stdout", "1KiB", "--stderr", "2KiB")
        self.assertEqual([limits.get(name) for name in ("fuel", "stdout", "stderr", "stdin")],
                         ["1000000", "1KiB", "2KiB", None])
        (self.work / "c.toml").write_text('version = 1\n[limits]\nfuel = 5000000\n')
        self.assertEqual(named("--ceiling", "c.toml")["fuel"], "5000000")

    def test_the_copy_holds_the_lines_of_the_log(self):
        self.succeeds(self.hello("--audit", str(self.root / "copy.jsonl")))
        self.assertEqual((self.root / "copy.jsonl").read_text(), self.files()[0].read_text())

    def test_the_copy_on_stderr(self):
        done = self.hello("--audit", "-")
        self.assertEqual(done.err, self.files()[0].read_text())

    def test_a_refused_run_is_on_record_with_every_reason(self):
        module = self.wat('(module (import "a" "b" (func)) (import "a" "c" (func)) (memory (export "memory") 1)'
                          ' (func (export "_start")))')
        self.refused(self.run_guest([], module))
        record = self.records()[0]
        self.assertEqual(record["kind"], "run.refused")
        self.assertEqual(len([r for r in record["reasons"] if "a.b" in r or "a.c" in r]), 2, record["reasons"])
        self.assertEqual(self.verify()[0], 0)

    def test_ends_of_every_kind_are_on_record(self):
        spin = self.guest("spin")
        for flags, module, kind in ((["--wall", "50ms"], spin, "limited"),
                                    (["--fuel", "1000"], spin, "limited"),
                                    ([], self.wat('(module (memory (export "memory") 1) (func (export "_start")'
                                                  ' unreachable))'), "trapped")):
            with self.subTest(kind=kind, flags=flags):
                self.run_guest(flags, module)
                newest = max(self.files(), key=lambda path: path.stat().st_mtime_ns)
                end = [r for r in self.records(newest) if r["kind"] == "run.end"]
                self.assertEqual([r["exit"]["kind"] for r in end], [kind])
        self.assertEqual(self.verify()[0], 0)

    def test_a_signal_leaves_a_whole_log(self):
        child = self.start([], "probe", "spin")
        self.assertEqual(child.stdout.readline(), b"spinning\n")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(timeout=30), 143)
        self.assertEqual(self.verify()[0], 0)
        end = [r for r in self.records() if r["kind"] == "run.end"][0]
        self.assertEqual((end["exit"]["kind"], end["exit"]["signal"]), ("cancelled", 15))

    def test_values_of_host_variables_stand_in_no_record(self):
        canary = "canary-4f9a1c7e55"
        env = self.environment(TOKEN=canary)
        (self.work / "d").mkdir()
        self.run_guest(["--env", "TOKEN", "--dir", "d::/w:write", "--audit", str(self.root / "a"), "--receipt",
                        str(self.root / "r")], "probe", "new", f"/w/{canary}", env=env)
        self.run_guest(["--env", "TOKEN"], "probe", "new", f"/none/{canary}", env=env)
        for path in [*self.files(), self.root / "a", self.root / "r", self.log / "index.jsonl"]:
            self.assertNotIn(canary, path.read_text(), path)
        self.assertIn("redacted:TOKEN", self.files()[0].read_text() + self.files()[1].read_text())


class Trouble(Log):
    """The table of audit.md section 3, row by row."""

    def test_a_missing_directory_is_made(self):
        self.succeeds(self.hello())
        self.assertTrue(self.log.is_dir())

    def test_one_that_others_may_write_is_refused(self):
        self.hello()
        self.log.chmod(0o777)
        self.refused(self.hello(), "can be written by others")

    def test_a_link_as_the_last_component_is_refused(self):
        self.hello()
        self.log.rename(self.root / "elsewhere")
        self.log.symlink_to(self.root / "elsewhere")
        self.refused(self.hello(), "is a symbolic link")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give a directory away")
    def test_one_of_somebody_else_is_refused(self):
        self.hello()
        os.chown(self.log, 65534, 65534)
        self.refused(self.hello(), "belongs to somebody else")

    def test_no_home_directory(self):
        done = self.hello(env={"PATH": "/usr/bin:/bin"})
        self.refused(done, "--no-log", "[log] dir")

    def test_the_key_is_never_made_again_while_there_is_an_index(self):
        self.hello()
        (self.state / "audit.key").unlink()
        self.refused(self.hello(), "is gone")
        self.assertFalse((self.state / "audit.key").exists())

    def small_disk(self, size):
        place = self.root / "small"
        place.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", place],
                              capture_output=True)
        if done.returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", place], capture_output=True)
        return place

    def on(self, disk):
        return self.environment(XDG_STATE_HOME=str(disk), XDG_CACHE_HOME=str(self.root / "cache"))

    def test_a_full_disk_at_the_start(self):
        disk = self.small_disk("64k")
        self.succeeds(self.hello(env=self.on(disk)))
        try:
            with open(disk / "filler", "wb", buffering=0) as filler:
                while filler.write(b"x" * 4096) == 4096:
                    pass
        except OSError:
            pass
        self.refused(self.hello(env=self.on(disk)), "free")

    def test_a_full_disk_in_mid_run(self):
        disk = self.small_disk("128k")
        (self.work / "d").mkdir()
        # Each new file is a record; the records fill the disk, not the files.
        done = self.run_guest(["--dir", "d::/w:write", "--inodes", "9000"], self.creator(6000), env=self.on(disk))
        self.ends(done, AUDIT_FAILED)
        self.assertIn("could not be written", done.err)

    def creator(self, count):
        """Creates files f0000, f0001, … in its first directory."""
        return self.wat(f'''(module
          (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "f0000-a-rather-long-name-that-fills-the-log")
          (func (export "_start") (local $n i32) (local $at i32) (local $rest i32)
            (loop $next
              (local.set $rest (local.get $n)) (local.set $at (i32.const 4))
              (loop $digit
                (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $rest) (i32.const 10))))
                (local.set $rest (i32.div_u (local.get $rest) (i32.const 10)))
                (local.set $at (i32.sub (local.get $at) (i32.const 1)))
                (br_if $digit (local.get $at)))
              (drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 43) (i32.const 1)
                (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 100)))
              (drop (call $close (i32.load (i32.const 100))))
              (local.set $n (i32.add (local.get $n) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $n) (i32.const {count})))))) ''', "creator.wasm")

    def test_two_hosts_in_one_directory(self):
        children = [self.start([], "hello") for _ in range(2)]
        for child in children:
            self.assertEqual(child.wait(timeout=30), 0)
        self.assertEqual(self.verify()[0], 0)

    def test_sixty_four_writers_at_once(self):
        self.hello()
        children = [self.start([], "hello") for _ in range(64)]
        for child in children:
            out, err = child.communicate(timeout=60)
            self.assertEqual((child.returncode, out), (0, b"hello\n"), err)
        code, report = self.verify()
        self.assertEqual(code, 0, report["findings"])
        self.assertEqual(len(report["files"]), 65)

    def test_outputs_lie_outside_what_the_guest_may_write(self):
        (self.work / "d/deep").mkdir(parents=True)
        for flag in ("--audit", "--receipt"):
            self.refused(self.run_guest(["--dir", "d::/w:write", flag, "d/deep/x"], "hello"), "guest may write")
            self.assertFalse((self.work / "d/deep/x").exists())
            self.succeeds(self.run_guest(["--dir", "d::/w:read", flag, "d/deep/x"], "hello"))
            (self.work / "d/deep/x").unlink()
        (self.work / "link").symlink_to("target")
        self.refused(self.hello("--receipt", "link"), "symbolic link")
        self.refused(self.hello("--receipt", "/dev/null"), "no regular file")

    def test_a_refused_run_leaves_its_receipt_as_it_was(self):
        receipt = self.work / "r"
        self.succeeds(self.hello("--receipt", "r"))
        earlier = receipt.read_text()
        for flags in (["--dir", "none::/n"], ["--pin", "sha256:" + "0" * 64], ["--listen", "198.51.100.1:9"]):
            for old in ("", earlier):
                with self.subTest(flags=flags, old=old):
                    receipt.unlink(missing_ok=True)
                    if old:
                        receipt.write_text(old)
                    self.refused(self.hello("--receipt", "r", *flags))
                    self.assertEqual(receipt.read_text() if receipt.exists() else "", old)
                    self.assertEqual(receipt.exists(), bool(old))
        receipt.write_text(earlier + " " * 10_000)
        for hardening in ("basic", "strict"):
            self.succeeds(self.hello("--receipt", "r", "--hardening", hardening))
            self.assertEqual(json.loads(receipt.read_text())["hardening"]["profile"], hardening)
            receipt.write_text(earlier + " " * 10_000)
        # A run that is killed has none, and that of an earlier one is not taken for it.
        child = self.start(["--receipt", "r"], "spin")
        for _ in range(500):
            if not receipt.read_bytes():
                break
            time.sleep(0.01)
        child.kill()
        child.wait()
        self.assertEqual(receipt.read_bytes(), b"")

    def test_an_output_in_a_directory_that_is_not_there_is_told_so(self):
        (self.work / "file").write_text("")
        for flag in ("--audit", "--receipt"):
            for path, words in (("none/r", "there is no such directory"), ("file/r", "is no directory")):
                self.refused(self.hello(flag, path), path, words)


class Damage(Log):
    def setUp(self):
        super().setUp()
        (self.work / "d").mkdir()
        for word in ("a", "b"):
            self.probe(["--dir", "d::/w:write"], "new", f"/w/{word}")
        self.assertEqual(self.verify()[0], 0)

    def edit(self, path, change):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(change(lines)))

    def test_an_edited_file(self):
        path = self.files()[0]
        path.write_text(path.read_text().replace('"/w/', '"/v/', 1))
        self.damaged("edited", self.name(path))

    def test_a_key_that_is_gone_is_not_a_log_that_is_not_there(self):
        key = self.log.parent / "audit.key"
        bytes_of_key = key.read_bytes()
        key.unlink()
        for words in (["audit", "verify"], ["audit", "show", "last"], ["receipt", "show", "last"], ["audit", "head"],
                      ["audit", "prune"], ["audit", "tail"]):
            done = self.warrant(*words)
            self.assertEqual(done.code, NO, done.err)
            self.assertIn("audit.key, is gone", done.err)
        key.write_bytes(bytes_of_key)
        key.chmod(0o644)
        self.assertIn("chmod 600", self.warrant("audit", "verify").err)
        key.chmod(0o600)
        self.assertEqual(self.verify()[0], 0)

    def test_words_that_no_record_holds_are_told(self):
        run = self.files()[0].stem
        for words in (["show", run], ["tail"]):
            for flag, value, hint in (("--kind", "run.ends", "run.end"), ("--kind", "bogus", "--kind fs"),
                                      ("--kind", "x", ""), ("--kind", "x.", ""), ("--kind", "", "leave it out"),
                                      ("--decision", "denied", "deny"), ("--decision", "none", ""),
                                      ("--reason", "escaped", "escape"), ("--reason", "none", "")):
                with self.subTest(words=words, flag=flag, value=value):
                    done = self.warrant("audit", *words, flag, value)
                    self.assertEqual((done.code, done.out), (USAGE, b""), done.err)
                    self.assertIn(flag, done.err)
                    self.assertIn(hint, done.err)
            for flag, value in (("--kind", "run.start"), ("--kind", "x.mine"), ("--kind", "audit.suppressed"),
                                ("--decision", "error"), ("--reason", "escape"), ("--reason", "cidr_too_wide")):
                self.assertEqual(self.warrant("audit", *words, flag, value).code, 0, value)

    def test_an_index_that_ends_within_a_line_is_said_of_the_last_run(self):
        index = self.log / "index.jsonl"
        index.write_bytes(index.read_bytes()[:-40])
        for words in (["audit", "show", "last"], ["receipt", "show", "last"], ["audit", "verify", "last"]):
            done = self.warrant(*words)
            self.assertEqual(done.code, INCOMPLETE, done.err)
            self.assertIn("cut off", done.err + done.text)
        self.assertIn("by a crash or by somebody", self.warrant("audit", "verify").text)

    def test_a_file_is_named_whole(self):
        path = self.files()[0]
        self.assertEqual([each["file"] for each in self.verify(path.name)[1]["files"]], [self.name(path)])
        self.assertEqual(self.warrant("audit", "verify", path.name[-7:]).code, 66)

    def test_whoever_shows_a_damaged_file_says_so(self):
        path = self.files()[0]
        whole = path.read_text()
        edits = {"edited": whole.replace('"/w/', '"/v/', 1), "cut": "".join(whole.splitlines(keepends=True)[:-1])}
        for kind, text in edits.items():
            for words in (["audit", "show"], ["audit", "show", "--json"], ["audit", "show", "--kind", "run.end"],
                          ["receipt", "show"]):
                with self.subTest(kind=kind, words=words):
                    path.write_text(whole)
                    good = self.warrant(*words, path.stem)
                    self.assertEqual((good.code, good.err), (0, ""))
                    path.write_text(text)
                    done = self.warrant(*words, path.stem)
                    self.assertEqual(done.code, NO, done.err)
                    self.assertRegex(done.err, f"{self.name(path)}:\\d+ is damaged: {kind}|"
                                               f"{self.name(path)} is damaged: {kind}")
                    self.assertIn("`warrant audit verify`", done.err)
                    self.assertTrue(done.out)
                    if "--json" in words:
                        for line in done.text.splitlines():
                            json.loads(line)
        # Also where no line says any more whose it is.
        path.write_text(whole.replace(path.stem, "0" * 32))
        for words in (["audit", "show"], ["receipt", "show"]):
            for name in (path.stem, path.stem[:12]):
                done = self.warrant(*words, name)
                self.assertEqual(done.code, NO, done.err)
                self.assertIn(self.name(path), done.err)
        # The other run's file is whole, and so is what is said of it.
        self.succeeds(self.warrant("audit", "show", self.files()[1].stem))
        path.unlink()
        (self.log / "index.jsonl").write_text((self.log / "index.jsonl").read_text().replace('"open"', '"roll"', 1))
        done = self.warrant("audit", "show", self.files()[0].stem)
        self.assertEqual(done.code, NO, done.err)
        self.assertIn("index.jsonl", done.err)

    def test_what_somebody_wrote_into_a_file_moves_no_cursor(self):
        path = self.files()[0]
        bad = "/w/\\u001b[2J\\u009b1;1H\u202e\\nrun.end exited 0\u009d"
        path.write_text(path.read_text().replace("/w/a", bad).replace("/w/b", bad))
        for words in (["audit", "show", path.stem], ["audit", "show", path.stem, "--kind", "fs"], ["audit", "tail"],
                      ["audit", "show", path.stem, "--json"], ["audit", "tail", "--json"],
                      ["receipt", "show", path.stem]):
            with self.subTest(words=words):
                done = self.warrant(*words)
                self.assertIn("run.end exited 0", done.text)
                self.assertEqual([each for each in done.text + done.err if each in "\x1b\x9b\x9d\u202e"], [])
                self.assertNotIn("run.end exited 0", [line[:16] for line in done.lines()])
                if "--json" in words:
                    for line in done.lines():
                        self.assertTrue(json.loads(line))

    def test_whoever_shows_a_record_without_its_end_says_so(self):
        running = subprocess.Popen([tools.warrant, "run", self.guest("spin")], env=self.environment(), cwd=self.work,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(500):
                new = [path for path in self.files() if path.stat().st_size and '"spin.wasm"' in path.read_text()]
                if new:
                    break
                time.sleep(0.01)
            for words in (["audit", "show"], ["receipt", "show"]):
                done = self.warrant(*words, new[0].stem)
                self.assertEqual(done.code, INCOMPLETE, done.err)
                self.assertIn("has not ended", done.err)
        finally:
            running.kill()
            running.wait()
        self.assertEqual(self.warrant("receipt", "show", new[0].stem).code, INCOMPLETE)
        done = self.warrant("audit", "show", new[0].stem)
        self.assertEqual(done.code, INCOMPLETE, done.err)
        self.assertIn("incomplete", done.err)

    def test_a_cut_file(self):
        path = self.files()[0]
        self.edit(path, lambda lines: lines[:-1])
        self.damaged("cut", self.name(path))

    def test_removed_lines(self):
        path = self.files()[0]
        self.edit(path, lambda lines: lines[:2] + lines[3:])
        self.damaged("lines_removed", self.name(path), 3)

    def test_reordered_lines(self):
        path = self.files()[0]
        self.edit(path, lambda lines: lines[:2] + [lines[3], lines[2]] + lines[4:])
        self.damaged("reordered", self.name(path), 3)

    def test_two_runs_swapped(self):
        first, second = self.files()
        one, other = first.read_text(), second.read_text()
        first.write_text(other)
        second.write_text(one)
        self.damaged("swapped", self.name(first), 1)
        self.damaged("swapped", self.name(second), 1)

    LAST = (["audit", "show", "last"], ["audit", "show", "last", "--json"], ["receipt", "show", "last"],
            ["audit", "verify", "last"])

    def opened(self):
        """The files in the order in which the index has them; their names do not tell."""
        entries = [json.loads(line) for line in (self.log / "index.jsonl").read_text().splitlines()]
        return [self.log / each["file"] for each in entries if each["kind"] == "open"]

    def last_is(self, run, code=0):
        for words in self.LAST:
            done = self.warrant(*words)
            self.assertEqual(done.code, code, (words, done.err))
            self.assertIn(run, done.text if "verify" not in words or code else run)

    def last_is_doubted(self, code, *said):
        for words in self.LAST:
            with self.subTest(words=words, said=said):
                done = self.warrant(*words)
                self.assertEqual(done.code, code, done.err)
                for word in said:
                    self.assertIn(word, done.err + (done.text if "verify" in words else ""))
                for path in self.opened()[:-1]:
                    self.assertNotIn(path.stem, done.text)

    def test_last_is_the_newest_run_of_the_index_and_not_of_what_is_left(self):
        older, newer = self.opened()
        self.last_is(newer.stem)
        whole = newer.read_text()
        newer.unlink()
        self.last_is_doubted(NO, self.name(newer), "missing")
        newer.touch(0o600)
        self.last_is_doubted(NO, self.name(newer), "cut")
        newer.write_text(older.read_text())
        self.last_is_doubted(NO, self.name(newer), "swapped")
        newer.write_text(whole.replace("{", "[", 1))
        self.last_is_doubted(NO, self.name(newer), "edited")
        newer.write_text(whole)
        # What was closed before the newest began holds nothing newer.
        older.unlink()
        self.last_is(newer.stem)

    def test_last_is_no_run_that_the_index_does_not_name(self):
        older, newer = self.opened()
        newer.rename(newer.with_name("f" * 32 + ".jsonl"))
        self.last_is_doubted(NO, self.name(newer), "missing")
        newer.with_name("f" * 32 + ".jsonl").rename(newer)
        # An index of before, put back.
        self.edit(self.log / "index.jsonl", lambda lines: lines[:2])
        for words in self.LAST:
            done = self.warrant(*words)
            self.assertEqual((done.code, done.out), (NO, b""), done.err)
            self.assertIn(self.name(newer), done.err)

    def test_last_of_a_damaged_or_lost_index(self):
        index = self.log / "index.jsonl"
        whole = index.read_text()
        index.write_text(whole.replace('"kind":"close"', '"kind":"opens"', 1))
        for words in self.LAST:
            done = self.warrant(*words)
            self.assertEqual((done.code, done.out), (NO, b""), done.err)
            self.assertIn("index.jsonl", done.err)
        index.unlink()
        for words in self.LAST:
            self.assertEqual(self.warrant(*words).code, NO)

    def test_last_goes_by_the_index_where_the_clock_was_set_back(self):
        self.run_at("+3d", [], "hello")
        days = [path.name for path in self.log.iterdir() if path.is_dir()]
        self.succeeds(self.hello())
        self.assertGreater(max(days), self.opened()[-1].parent.name, "the clock was not set back")
        self.last_is(self.opened()[-1].stem)

    def test_last_while_a_run_goes_on_and_when_it_is_cut_off(self):
        running = subprocess.Popen([tools.warrant, "run", self.guest("spin")], env=self.environment(), cwd=self.work,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(500):
                if len(self.opened()) == 3 and self.opened()[-1].stat().st_size:
                    break
                time.sleep(0.01)
            newest = self.opened()[-1]
            for words in self.LAST[:2] + self.LAST[3:]:
                done = self.warrant(*words)
                self.assertEqual(done.code, INCOMPLETE, done.err)
                self.assertIn(newest.stem, done.text)
        finally:
            running.kill()
            running.wait()
        done = self.warrant("audit", "show", "last")
        self.assertEqual(done.code, INCOMPLETE, done.err)
        self.assertIn(newest.stem, done.text)
        # Without a record: cut off before the first, or emptied, and nobody can tell which.
        newest.write_text("")
        self.last_is_doubted(INCOMPLETE, self.name(newest))
        self.succeeds(self.hello())
        self.last_is(self.opened()[-1].stem)

    def test_last_after_pruning(self):
        self.succeeds(self.warrant("audit", "prune", "--max", "1B"))
        self.last_is_doubted(INCOMPLETE, "pruned")
        self.succeeds(self.hello())
        self.last_is(self.opened()[-1].stem)

    def test_a_run_whose_file_is_gone_is_missed_by_its_id(self):
        gone, other = self.opened()
        gone.unlink()
        for words in (["audit", "show", gone.stem], ["audit", "show", gone.stem[:20]], ["receipt", "show", gone.stem],
                      ["audit", "verify", gone.stem]):
            done = self.warrant(*words)
            self.assertEqual(done.code, NO, done.err)
            self.assertIn(self.name(gone), done.err + done.text)
        self.succeeds(self.warrant("audit", "show", other.stem))

    def test_a_removed_file(self):
        path = self.files()[0]
        path.unlink()
        self.damaged("missing", self.name(path))

    def test_a_planted_file(self):
        path = self.files()[0]
        shutil.copy(path, path.with_name("0" * 32 + ".jsonl"))
        self.damaged("unknown_file", self.name(path.with_name("0" * 32 + ".jsonl")))

    def test_an_edited_index(self):
        index = self.log / "index.jsonl"
        index.write_text(index.read_text().replace('"kind":"close"', '"kind":"opens"', 1))
        self.damaged("edited", "index.jsonl", 2)

    def test_an_index_with_a_line_removed(self):
        self.edit(self.log / "index.jsonl", lambda lines: lines[:1] + lines[2:])
        self.damaged("lines_removed", "index.jsonl", 2)

    def test_an_index_that_was_cut_with_its_files_is_found_by_a_head(self):
        key = self.root / "key"
        key.write_text("11" * 32 + "\n")
        head = self.root / "head"
        head.write_bytes(self.warrant("audit", "head", "--sign", key).out)
        self.assertEqual(self.verify("--head", head)[0], 0)
        newest = json.loads((self.log / "index.jsonl").read_text().splitlines()[-1])["file"]
        self.edit(self.log / "index.jsonl", lambda lines: lines[:-2])
        (self.log / newest).unlink()
        self.assertEqual(self.verify()[0], 0)
        code, report = self.verify("--head", head)
        self.assertEqual((code, [each["damage"] for each in report["findings"]]), (NO, ["index_cut"]))

    def test_a_head_that_was_changed_is_no_head(self):
        key = self.root / "key"
        key.write_text("22" * 32)
        text = self.warrant("audit", "head", "--sign", key).text
        head = self.root / "head"
        head.write_text(text.replace('"n":', '"n":1'))
        self.ends(self.warrant("audit", "verify", "--head", head), 65)

    def test_nothing_there(self):
        shutil.rmtree(self.state)
        self.ends(self.warrant("audit", "verify"), MISSING)

    def test_pruned_runs_are_pruned_and_not_missing(self):
        done = self.warrant("audit", "prune", "--max", "1B")
        self.succeeds(done)
        self.assertEqual(self.files(), [])
        code, report = self.verify()
        self.assertEqual((code, report["findings"]), (INCOMPLETE, []))
        self.assertEqual({each["state"] for each in report["files"]}, {"pruned"})


class Readers(Log):
    def setUp(self):
        super().setUp()
        (self.work / "d").mkdir()
        self.probe(["--dir", "d::/w:read"], "new", "/w/x")
        self.run = self.files()[0].stem

    def test_show_tells_what_it_was_could_did_and_was_refused(self):
        text = self.warrant("audit", "show", self.run[:8]).text
        for part in ("what it was", "probe.wasm", "what it could", "/w", "what it was refused", "read_only"):
            self.assertIn(part, text)

    FLOOD = '''(module
      (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 512) "././././././././././././././a") (data (i32.const 560) "hidden")
      (func $spell (param $i i32) (local $bit i32)  ;; one of 8,192 spellings of a
        (loop $next
          (i32.store8 (i32.add (i32.const 514) (i32.mul (i32.const 2) (local.get $bit)))
            (select (i32.const 46) (i32.const 47)
              (i32.and (i32.const 1) (i32.shr_u (local.get $i) (local.get $bit)))))
          (local.set $bit (i32.add (local.get $bit) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $bit) (i32.const 13)))))
      (func (export "_start") (local $i i32)
        (i32.store (i32.const 16) (i32.const 1024)) (i32.store (i32.const 20) (i32.const 3))
        (loop $next
          (call $spell (local.get $i))
          (drop (call $open (i32.const 3) (i32.const 0) (i32.const 512) (i32.const 29) (i32.const 0) (i64.const 2)
            (i64.const 0) (i32.const 0) (i32.const 32)))
          (drop (call $read (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 24)))
          (drop (call $close (i32.load (i32.const 32))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $i) (i32.const 12000))))
        (drop (call $open (i32.const 4) (i32.const 0) (i32.const 560) (i32.const 6) (i32.const 1) (i64.const 64)
          (i64.const 0) (i32.const 0) (i32.const 32)))
        (drop (call $write (i32.load (i32.const 32)) (i32.const 16) (i32.const 1) (i32.const 24)))
        (drop (call $unlink (i32.const 4) (i32.const 560) (i32.const 6)))))'''

    def test_a_flood_of_reads_hides_no_change_and_show_says_how_much_is_not_listed(self):
        for name in ("ro", "rw"):
            (self.work / name).mkdir()
        (self.work / "ro/a").write_text("abc")
        self.succeeds(self.run_guest(["--dir", "ro", "--dir", "rw:write", "--receipt", "r"], self.wat(self.FLOOD)))
        receipt = json.loads((self.work / "r").read_text())
        self.assertEqual(receipt["files"], {"rw/hidden": {"written": 3, "created": 1, "removed": 1},
                                            "ro/a": {"read": 36000}})
        self.assertEqual((receipt["files_more"], receipt["audit"]["suppressed"]), (0, 14000))
        listed = self.records(self.log / receipt["audit"]["file"])
        made = {r["operation"] for r in listed if r["kind"] == "fs" and "hidden" in r["path"]}
        self.assertLessEqual({"create", "write", "remove"}, made)
        shown = self.warrant("audit", "show", receipt["run"]).text
        self.assertIn("events suppressed: 14000 beyond the caps", shown)

    def test_filters(self):
        lines = self.warrant("audit", "show", self.run, "--json", "--decision", "deny").lines()
        self.assertEqual({json.loads(line)["decision"] for line in lines}, {"deny"})
        self.assertEqual(self.warrant("audit", "tail", "--json", "--kind", "trap").out, b"")
        self.assertNotEqual(self.warrant("audit", "tail", "--since", "1h").out, b"")
        self.assertEqual(self.warrant("audit", "tail", "--since", "2999-01-01").out, b"")
        self.assertNotEqual(self.warrant("audit", "tail", "--reason", "read_only").out, b"")

    def test_unknown_runs_verbs_and_flags(self):
        self.ends(self.warrant("audit", "show", "ffff" * 8), MISSING)
        for words in (["audit"], ["audit", "verfy"], ["audit", "verify", "--since", "1h"], ["audit", "show"],
                      ["receipt"], ["audit", "tail", "--label", "x"]):
            self.ends(self.warrant(*words), USAGE)

    def test_tail_follows_a_run_as_it_happens(self):
        child = subprocess.Popen([tools.warrant, "audit", "tail", "-f", "--json"], env=self.environment(),
                                 stdout=subprocess.PIPE)
        self.addCleanup(self.reap_follower, child)
        self.hello()
        newest = max(self.files(), key=lambda path: path.stat().st_mtime_ns).stem
        for line in child.stdout:
            record = json.loads(line)
            if record["run"] == newest and record["kind"] == "run.end":
                return
        self.fail("it ended")

    @staticmethod
    def reap_follower(child):
        child.kill()
        child.wait()
        child.stdout.close()


class Order(Log):
    """What is on record before what happens: the table of audit.md section 2."""

    def events(self, flags):
        (self.work / "d").mkdir(exist_ok=True)
        done = self.probe(["--dir", "d::/w:write", *flags, "--audit", "-"], "fill", "/w/x", "10")
        self.succeeds(done)
        return [json.loads(line) for line in done.err.splitlines()]

    def intents(self, flags):
        return [(record["kind"], record["call"]) for record in self.events(flags) if record.get("intent")]

    def grant(self, flush, name="g.json"):
        path = self.root / name
        path.write_text(json.dumps({"version": 1, "audit": {"flush": flush}}))
        return path

    def test_each_is_on_record_before_the_file_changes(self):
        self.assertEqual(self.intents(["--grant", self.grant("buffered")]), [])
        for flush in ("each", "sync"):
            made = self.intents(["--grant", self.grant(flush)])
            self.assertTrue(OPENS & {call for kind, call in made if kind == "fs"}, made)
            self.assertIn(("fs", "fd_write"), made)
            self.assertIn("console", {kind for kind, _ in made})

    def test_each_intent_ends_a_block_of_its_own(self):
        records = self.events(["--grant", self.grant("each")])
        for record, after in zip(records, records[1:]):
            if record.get("intent"):
                self.assertEqual(after["kind"], "block", record)

    def test_a_ceiling_can_ask_for_more(self):
        ceiling = ["--ceiling", self.grant("each", "c.json")]
        for flags in (ceiling, [*ceiling, "--grant", self.grant("buffered")]):
            self.assertTrue(OPENS & {call for _, call in self.intents(flags)})
        self.assertEqual(self.intents([]), [])

    def test_what_another_program_runs_has_no_record_of_effects_to_hand_over(self):
        done = self.hello("--runner", "wasmtime-cli", "--basic", "--grant", self.grant("each"),
                          env=self.environment(PATH="/nowhere"))
        self.refused(done, "runner.")


class Refusals(Log):
    """Every refusal of a run is on record with every reason, from the first document on."""

    def reasons(self):
        newest = max(self.files(), key=lambda path: path.stat().st_mtime_ns)
        records = self.records(newest)
        self.assertEqual([record["kind"] for record in records], ["run.refused", "block"])
        return records[0]

    def test_each_kind(self):
        ceiling = self.root / "ceiling.toml"
        ceiling.write_text("nonsense = 1\nother = 2\n")
        grant = self.root / "grant.toml"
        grant.write_text('version = 1\nexpires = 2001-01-01T00:00:00Z\n')
        bad = self.root / "bad.toml"
        bad.write_text("version = 1\nwal = 1\nlimit = 2\n")
        deny = self.root / "deny.toml"
        deny.write_text("version = 1\n[limits]\nwall = \"1s\"\n")
        strict = self.root / "strict.toml"
        strict.write_text("version = 1\nrequire = true\n[limits]\nwall = \"5s\"\n")
        no_module = self.file(b"no module")
        cases = (
            (["--ceiling", ceiling], "hello", ["nonsense", "other"]),
            (["--ceiling", self.root / "absent.toml"], "hello", ["absent.toml"]),
            (["--grant", self.root / "absent.toml"], "hello", ["absent.toml"]),
            (["--grant", bad], "hello", ["wal", "limit"]),
            (["--grant", grant], "hello", ["grant_expired"]),
            (["--grant", strict, "--ceiling", deny], "hello", ["wall"]),
            (["--env", "NOT_THERE_AT_ALL"], None, None),
            (["--dir", "none::/n", "--dir", "none2::/m"], "hello", ["none", "none2"]),
            (["--pin", "sha256:" + "0" * 64], "hello", ["not the module"]),
            ([], no_module, [""]),
            ([], self.root / "absent.wasm", ["absent.wasm"]),
            (["--runner", "browser"], "hello", ["runner.unavailable"]),
            (["--connect", "127.0.0.1:1", "--connect", "127.0.0.1:2"], "hello", ["127.0.0.1:1", "127.0.0.1:2"]))
        for flags, module, wanted in cases:
            if module is None:
                continue
            with self.subTest(flags=flags):
                before = len(self.files())
                self.refused(self.run_guest(flags, module))
                self.assertEqual(len(self.files()), before + 1)
                said = self.reasons()["reasons"]
                for word in wanted:
                    self.assertTrue(any(word in each for each in said), said)
                self.assertGreaterEqual(len(said), len(wanted))
        self.assertEqual(self.verify()[0], 0)

    def test_a_directory_that_holds_the_log_is_refused_on_that_very_log(self):
        place = self.work / "d"
        place.mkdir()
        (place / "own").write_text("kept")
        config = self.root / "config.toml"
        config.write_text(f'version = 1\n[log]\ndir = "{place}/log"\n')
        for access in ("read", "write"):
            for flags in (["--dir", f"d::/d:{access}"], ["--dir", f"d/log::/d:{access}"]):
                with self.subTest(flags=flags):
                    before = set(place.glob("log/*/*.jsonl"))
                    # The place need not be there yet.
                    (place / "log").mkdir(mode=0o700, exist_ok=True)
                    self.refused(self.run_guest(["--config", config, *flags], "hello"), "keeps its own")
                    (made,) = set(place.glob("log/*/*.jsonl")) - before
                    records = self.records(made)
                    self.assertEqual([record["kind"] for record in records], ["run.refused", "block"])
                    self.assertIn("keeps its own", records[0]["reasons"][0])
                    # Nor does leaving the log out open it.
                    self.refused(self.run_guest(["--no-log", "--config", config, *flags], "hello"), "keeps its own")
        self.assertEqual(self.verify("--config", config)[0], 0)
        self.assertEqual(sorted(path.name for path in place.iterdir()), ["log", "own"])
        for flags in (["--dir", f"{self.home}::/h"], ["--dir", f"{self.state}::/h:write"]):
            self.state.mkdir(parents=True, exist_ok=True)
            before = len(self.files())
            self.refused(self.run_guest(flags, "hello"), "keeps its own")
            self.assertEqual(len(self.files()), before + 1)
        self.assertEqual(self.verify()[0], 0)

    def test_a_name_that_is_no_file(self):
        self.refused(self.warrant("run", "jq"))
        self.assertIn("is a name", self.reasons()["reasons"][0])

    def test_nothing_is_written_where_nobody_wants_a_log(self):
        self.refused(self.run_guest(["--no-log"], self.file(b"no module")))
        self.assertFalse(self.log.exists())

    def test_usage_is_no_run(self):
        self.usage(self.hello("--nonsense"))
        self.assertFalse(self.log.exists())


class Sources(Log):
    def test_the_documents_behind_a_run_stand_in_its_start_and_not_in_its_receipt(self):
        place = self.home / ".config/warrant"
        place.mkdir(parents=True)
        written = {"config": (place / "config.toml", "version = 1\n"),
                   "ceiling": (place / "ceiling.toml", "version = 1\n[limits]\nwall = \"5s\"\n"),
                   "grant": (self.root / "grant.toml", "version = 1\n[clock]\nwall = true\n")}
        for path, text in written.values():
            path.write_text(text)
        self.succeeds(self.hello("--grant", written["grant"][0], "--receipt", self.root / "r"))
        start = self.records()[0]
        self.assertEqual({(each["kind"], each["sha256"], each["path"]) for each in start["sources"]},
                         {(kind, "sha256:" + hashlib.sha256(text.encode()).hexdigest(), str(path))
                          for kind, (path, text) in written.items()})
        receipt = (self.root / "r").read_text()
        for path, _ in written.values():
            self.assertNotIn(str(path), receipt)

    def test_a_refused_grant_is_a_source_as_well(self):
        grant = self.root / "grant.toml"
        grant.write_text("version = 1\nwal = 1\n")
        self.refused(self.hello("--grant", grant))
        self.assertEqual([each["kind"] for each in self.records()[0]["sources"]], ["grant"])

    def test_flags_alone_are_no_document(self):
        self.succeeds(self.hello())
        self.assertEqual(self.records()[0]["sources"], [])


class Outside(Log):
    """Runs of another program, played by a script."""

    PLAY = """#!/bin/sh
[ "$1" = --version ] && { echo "wasmtime 48.0.2 (stand-in)"; exit 0; }
while [ "$1" != --argv0 ]; do shift; done
if [ "$2" = "probe it" ]; then shift; printf '%s\\0' "$1"; shift 3; printf '%s\\0' "$@"; exit 0; fi
echo played; exit 7
"""

    def play(self, *flags):
        place = self.root / "bin"
        place.mkdir(exist_ok=True)
        (place / "wasmtime").write_text(self.PLAY)
        (place / "wasmtime").chmod(0o755)
        env = self.environment(PATH=f"{place}:/usr/bin:/bin")
        return self.run_guest(["--runner", "wasmtime-cli", "--basic", *flags], "hello", env=env)

    def test_start_end_and_receipt_are_those_of_every_run(self):
        done = self.play("--receipt", self.root / "r", "--audit", self.root / "copy", "--label", "a=b")
        self.ends(done, 7, b"played\n")
        self.assertEqual([record["kind"] for record in self.records()], ["run.start", "block", "run.end", "block"])
        receipt = json.loads((self.root / "r").read_text())
        self.assertEqual((receipt["runner"], receipt["exit"]["code"], receipt["audit_scope"], receipt["label"]),
                         ("wasmtime-cli", 7, "process", {"a": "b"}))
        self.assertEqual((self.root / "copy").read_text(), self.files()[0].read_text())
        self.assertEqual(self.records()[2]["receipt"], receipt)
        self.assertEqual(self.verify()[0], 0)

    def test_without_a_log_there_is_a_receipt_that_says_so(self):
        self.ends(self.play("--no-log", "--receipt", self.root / "r"), 7)
        self.assertIsNone(json.loads((self.root / "r").read_text())["audit"]["file"])
        self.assertFalse(self.log.exists())

    def test_a_ceiling_that_requires_the_log_holds_here_too(self):
        ceiling = self.root / "c.toml"
        ceiling.write_text('version = 1\nlog = "required"\n')
        self.refused(self.play("--no-log", "--ceiling", ceiling), "requires the log")

    def test_outputs_lie_outside_what_the_guest_may_write(self):
        (self.work / "d/deep").mkdir(parents=True)
        self.refused(self.play("--dir", "d::/w:write", "--receipt", "d/deep/x"), "guest may write")
        self.assertFalse((self.work / "d/deep/x").exists())


class Manifests(Log):
    def host(self, *instances, flags=()):
        manifest = self.root / "m.json"
        manifest.write_text(json.dumps({"version": 1, "instances": dict(instances)}))
        return self.warrant("host", "run", *flags, "--root", self.root, manifest)

    def instance(self, name, **more):
        shutil.copy(self.guest("hello"), self.root / "hello.wasm")
        return name, {"binary": "hello.wasm", **more}

    def test_each_instance_leaves_its_records(self):
        self.succeeds(self.host(self.instance("one"), self.instance("two")))
        records = self.records()
        ends = [record["receipt"]["module"]["name"] for record in records if record["kind"] == "run.end"]
        self.assertEqual(ends, ["one", "two"])
        self.assertEqual(self.verify()[0], 0)
        shown = self.warrant("receipt", "show", records[0]["run"])
        self.assertEqual(json.loads(shown.out)["run"], records[0]["run"])

    def test_last_is_the_one_that_began_last(self):
        self.succeeds(self.hello())
        self.succeeds(self.host(self.instance("one"), self.instance("two")))
        path = next(path for path in self.files() if '"name":"two"' in path.read_text())
        two = next(r["run"] for r in self.records(path) if r["kind"] == "run.end" and r["receipt"]["module"]["name"] == "two")
        for words in (["receipt", "show", "last"], ["audit", "show", "last"]):
            done = self.warrant(*words)
            self.succeeds(done)
            self.assertIn(two, done.text)
        for run in ("last", two):
            code, report = self.verify(run)
            self.assertEqual((code, [each["file"] for each in report["files"]]), (0, [self.name(path)]))
        path.write_text("")
        self.ends(self.warrant("receipt", "show", "last"), NO)

    def test_last_is_no_running_host_where_a_newer_file_was_edited(self):
        manifest = self.root / "m.json"
        shutil.copy(self.guest("spin"), self.root / "spin.wasm")
        manifest.write_text(json.dumps({"version": 1, "instances": {"spin": {"binary": "spin.wasm"}}}))
        running = subprocess.Popen([tools.warrant, "host", "run", "--root", self.root, manifest], env=self.environment(),
                                   cwd=self.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(500):
                if self.files() and '"run.start"' in self.files()[0].read_text():
                    break
                time.sleep(0.01)
            of_host = self.files()[0]
            self.succeeds(self.hello())
            newest = next(path for path in self.files() if path != of_host)
            newest.write_text(newest.read_text().replace("hello", "hullo", 1))
            for words in (["receipt", "show", "last"], ["audit", "show", "last"], ["audit", "verify", "last"]):
                done = self.warrant(*words)
                self.assertEqual(done.code, NO, done.text)
                self.assertNotIn(self.records(of_host)[0]["run"], done.text)
                self.assertIn(newest.stem, done.text + done.err)
        finally:
            running.kill()
            running.wait()

    def test_a_refused_instance_leaves_its_reasons(self):
        module = self.wat('(module (import "a" "b" (func)) (memory (export "memory") 1) (func (export "_start")))',
                          "bad.wasm")
        done = self.host(("bad", {"binary": module.name}), self.instance("good"))
        self.assertEqual(done.code, REFUSED, done.err)
        by_kind = {record["kind"]: record for record in self.records()}
        self.assertIn("a.b", " ".join(by_kind["run.refused"]["reasons"]))
        self.assertEqual(by_kind["run.refused"]["module"]["name"], "bad")
        self.assertIn("run.end", by_kind)
        self.assertEqual(self.verify()[0], 0)

    def test_the_configuration_says_where(self):
        config = self.root / "config.toml"
        config.write_text(f'version = 1\n[log]\ndir = "{self.root}/elsewhere"\n')
        self.succeeds(self.host(self.instance("one"), flags=["--config", config]))
        self.assertFalse(self.log.exists())
        self.assertEqual(self.verify("--config", config)[0], 0)


class Redaction(Log):
    """A secret of the run in front of every sink (egress.md section 20)."""
    CANARY = "canary/8f+41c7 e55=x"
    GONE = "\u00abredacted:token\u00bb"

    def setUp(self):
        super().setUp()
        secret = self.root / "secret"
        secret.write_text(self.CANARY)
        secret.chmod(0o600)
        entry = {"origin": "https://api.example.com", "methods": ["GET"], "paths": ["/"],
                 "secret": {"header": "authorization", "value": "Bearer ${token}"}}
        grant = self.root / "fetch.json"
        grant.write_text(json.dumps({"version": 1, "fetch": [entry]}))
        self.with_secret = ["--grant", grant, "--secret", f"token=file:{secret}"]

    def forms(self):
        raw = self.CANARY.encode()
        return [raw, raw.hex().encode(), raw.hex().upper().encode(), base64.b64encode(raw).rstrip(b"="),
                base64.b64encode(b"user:" + raw)[8:-4], urllib.parse.quote(self.CANARY, safe="").encode()]

    def clean(self, *texts):
        for text in texts:
            for form in self.forms():
                self.assertNotIn(form, text if isinstance(text, bytes) else text.encode())

    def test_what_the_guest_prints(self):
        (self.work / "d").mkdir()
        noise = os.urandom(20000)
        basic = base64.b64encode(b"user:" + self.CANARY.encode())
        written = [basic if form in basic else form for form in self.forms()]
        (self.work / "d/f").write_bytes(b"<" + b"|".join([*written, noise, *written]) + b">")
        flags = ["--dir", "d::/w:read"]
        whole = self.run_guest(flags, "cat", "/w/f").out
        self.assertEqual(whole, (self.work / "d/f").read_bytes())
        done = self.run_guest([*flags, *self.with_secret], "cat", "/w/f")
        self.succeeds(done)
        self.clean(done.out)
        self.assertEqual(done.out.count(self.GONE.encode()), 12)
        self.assertIn(noise, done.out)

    def test_what_the_guest_says_of_itself_and_what_we_say(self):
        (self.work / "d").mkdir()
        name = f"/w/{self.CANARY.replace('/', '')}"
        (self.root / "secret").write_text(self.CANARY.replace("/", ""))
        type(self).CANARY, kept = self.CANARY.replace("/", ""), self.CANARY
        self.addCleanup(setattr, type(self), "CANARY", kept)
        flags = ["--dir", "d::/w:read", "--trace", "--denials=always", "--audit", self.root / "copy", "--receipt",
                 self.root / "r", *self.with_secret]
        for words in (["cat", name], ["probe", "new", name], ["probe", "env", self.CANARY]):
            done = self.run_guest(flags, *words)
            self.clean(done.out, done.err, (self.root / "copy").read_bytes(), (self.root / "r").read_bytes())
        self.assertIn("redacted:token", done.err + (self.root / "copy").read_text())
        for path in [*self.files(), self.log / "index.jsonl"]:
            self.clean(path.read_bytes())


    def test_what_the_grant_itself_says(self):
        value = "kept/out-of-records"
        (self.work / "d").mkdir()
        (self.root / "secret").write_text(value)
        for flags in (self.with_secret, ["--env", "TOLD"]):
            with self.subTest(flags=flags):
                name = value.replace("/", "") if flags is self.with_secret else value
                (self.root / "secret").write_text(name)
                done = self.run_guest([*flags, "--label", f"K={name}", "--argv0", name, "--dir", f"d::/w/{name}:write",
                                       "--cwd", f"/w/{name}", "--receipt", self.root / "r", "--audit", self.root / "copy"],
                                      "probe", "new", f"/w/{name}/x", name, env={**self.environment(), "TOLD": name})
                self.assertTrue((self.root / "r").stat().st_size, done.err)
                if flags is not self.with_secret:  # which is read when nothing else refuses the run
                    for more in (["--dir", f"{name}::/n"], ["--grant", f"none/{name}"]):
                        self.refused(self.run_guest([*flags, *more], "hello",
                                                    env={**self.environment(), "TOLD": name}))
                for path in (self.root / "r", self.root / "copy", *self.files()):
                    self.assertNotIn(name, path.read_text(), path)
                text = json.loads((self.root / "r").read_text())["warrant"]["text"]
                gone = "token" if flags is self.with_secret else "TOLD"
                self.assertEqual(text["cwd"], f"/w/\u00abredacted:{gone}\u00bb")

class Retention(Log):
    def config(self, text):
        path = self.root / "config.toml"
        path.write_text(f'version = 1\n[log]\ndir = "{self.place}"\n{text}')
        return path

    @property
    def place(self):
        return self.root / "logs"

    def pruned(self):
        """Names that the index calls pruned; the process that does it is nobody's child here."""
        index = self.place / "index.jsonl"
        return [json.loads(line)["file"] for line in index.read_text().splitlines() if '"kind":"prune"' in line]

    def wait_for(self, condition):
        for _ in range(200):
            if condition():
                return
            time.sleep(0.05)
        self.fail("it did not come to pass")

    def test_the_oldest_beyond_the_size_are_removed_by_themselves(self):
        config = self.config("")
        for _ in range(3):
            self.succeeds(self.hello("--config", config))
        self.assertEqual(self.pruned(), [])
        config = self.config('max = "6KiB"\n')
        self.succeeds(self.hello("--config", config))
        self.wait_for(lambda: len(self.pruned()) == 3)
        self.wait_for(lambda: len(list(self.place.glob("*/*.jsonl"))) == 1)
        code, report = self.verify("--config", config)
        self.assertEqual((code, report["findings"]), (INCOMPLETE, []))
        # Once a day, whoever asks.
        for _ in range(3):
            self.succeeds(self.hello("--config", config))
        time.sleep(0.3)
        self.assertEqual(len(self.pruned()), 3)
        os.utime(self.place / "pruned", (1, 1))
        self.succeeds(self.hello("--config", config))
        self.wait_for(lambda: len(self.pruned()) == 7)

    def test_old_files_are_removed_by_themselves_after_a_result(self):
        config = self.config("")
        self.run_at("-100d", ["--config", config], "hello")
        config = self.config('keep = "101d"\n')
        self.succeeds(self.hello("--config", config))
        self.wait_for(lambda: (self.place / "pruned").exists())
        time.sleep(0.3)
        self.assertEqual(self.pruned(), [])
        os.utime(self.place / "pruned", (1, 1))
        config = self.config('keep = "90d"\n')
        self.succeeds(self.hello("--config", config))
        self.wait_for(lambda: len(self.pruned()) == 1)

    def test_a_time_below_a_day_is_kept_to(self):
        config = self.config("")
        for _ in range(2):
            self.succeeds(self.hello("--config", config))
        old, new = sorted(self.place.glob("*/*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        os.utime(old, (time.time() - 7200, time.time() - 7200))
        self.succeeds(self.warrant("audit", "prune", "--config", config, "--keep", "3h"))
        self.assertEqual(self.pruned(), [])
        self.succeeds(self.warrant("audit", "prune", "--config", config, "--keep", "1h"))
        self.assertEqual(self.pruned(), [f"{old.parent.name}/{old.name}"])
        self.assertEqual([old.exists(), new.exists()], [False, True])

    def test_nobody_waits_for_it(self):
        """Who reads the output sees its end with the run's, though the log's index is held."""
        config = self.config('max = "1B"\n')
        self.succeeds(self.hello("--config", config))
        self.wait_for(lambda: (self.place / "pruned").exists())
        os.utime(self.place / "pruned", (1, 1))
        done = self.hello("--config", config)
        self.succeeds(done, b"hello\n")

    def test_without_keep_and_max_nothing_is_removed_by_itself(self):
        config = self.config("")
        for _ in range(2):
            self.succeeds(self.hello("--config", config))
        time.sleep(0.2)
        self.assertFalse((self.place / "pruned").exists())

    def test_every_verb_reads_the_log_that_the_configuration_names(self):
        config = self.config("")
        self.succeeds(self.hello("--config", config))
        run = next(self.place.glob("*/*.jsonl")).stem
        key = self.root / "key"
        key.write_text("33" * 32)
        verbs = (["audit", "verify"], ["audit", "show", run], ["audit", "tail"], ["audit", "head"],
                 ["audit", "head", "--sign", key], ["receipt", "show", run], ["audit", "prune"])
        for words in verbs:
            with self.subTest(words=words):
                self.succeeds(self.warrant(*words, "--config", config))
                self.succeeds(self.warrant(*words, env=self.environment(WARRANT_CONFIG=str(config))))
                self.ends(self.warrant(*words), MISSING)
        self.succeeds(self.warrant("audit", "verify", self.place))
        self.succeeds(self.warrant("audit", "verify", "--config", config, self.place))
        own = self.home / ".config/warrant"
        own.mkdir(parents=True)
        shutil.copy(config, own / "config.toml")
        for words in verbs:
            self.succeeds(self.warrant(*words))

    def test_prune_takes_what_the_configuration_says_unless_flags_do(self):
        config = self.config('max = "1B"\n')
        os.makedirs(self.place, 0o700)
        (self.place / "pruned").touch()
        self.succeeds(self.hello("--config", config))
        self.assertEqual(self.warrant("audit", "prune", "--config", config, "--max", "1GiB").text, "0 files removed\n")
        self.assertIn("1 files removed", self.warrant("audit", "prune", "--config", config).text)

    def test_a_bad_configuration_is_named(self):
        config = self.root / "bad.toml"
        config.write_text("version = 1\n[log]\nkep = 1\n")
        self.refused(self.warrant("audit", "verify", "--config", config), "kep", code=NOT_VALID)
        self.refused(self.warrant("audit", "verify", "--config", self.root / "none"), code=MISSING)


def main():
    tools.warrant, tools.wat2wasm = sys.argv[1:3]
    tools.guests = pathlib.Path(sys.argv[3]).resolve()
    os.umask(0o022)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with tempfile.TemporaryDirectory(prefix="warrant-audit-") as scratch:
        tools.scratch = pathlib.Path(scratch).resolve()
        module = sys.modules[__name__]
        names = sys.argv[4:]
        loader = unittest.defaultTestLoader
        suite = loader.loadTestsFromNames(names, module) if names else loader.loadTestsFromModule(module)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
