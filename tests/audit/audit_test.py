#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""audit_test.py WARRANT WAT2WASM GUESTS [Case[.test]…]: the log of the real command: its rows of
trouble, its readers, what survives kill -9, and how many may write at once."""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from support import REFUSED, USAGE, MISSING, NO, Case, tools  # noqa: E402

INCOMPLETE, AUDIT_FAILED = 2, 74
KILLS = int(os.environ.get("AUDIT_KILLS", "1000"))


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


class Kill(Log):
    def test_kill_9_at_random_points_loses_no_released_result(self):
        """Runs of several kinds, killed anywhere: who got a status has all records, and what is left
        verifies as whole or incomplete."""
        (self.work / "d").mkdir()
        kinds = [([], "hello", []), (["--dir", "d::/w:write"], "probe", ["new", "/w/x"]),
                 (["--dir", "d::/w:read"], "probe", ["new", "/w/y"]), (["--wall", "20ms"], "spin", []),
                 (["--fuel", "1000"], "spin", [])]
        for flags, guest, words in kinds:
            self.run_guest(flags, guest, *words)  # compiles
        spread = 0.02
        released = []
        pick = random.Random(20261121)
        for number in range(KILLS):
            flags, guest, words = kinds[number % len(kinds)]
            receipt = self.root / "receipt"
            receipt.unlink(missing_ok=True)
            child = subprocess.Popen([tools.warrant, "run", "-q", "--denials=never", *flags, "--receipt", receipt,
                                      self.guest(guest), *words], env=self.environment(), cwd=self.work,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pick.random() * spread)
            child.kill()
            if child.wait() >= 0 and receipt.exists() and receipt.stat().st_size > 0:
                released.append(json.loads(receipt.read_text())["run"])
        code, report = self.verify()
        self.assertIn(code, (0, INCOMPLETE), report["findings"])
        self.assertEqual(report["findings"], [])
        self.assertEqual({each["state"] for each in report["files"]} - {"whole", "incomplete"}, set())
        whole = {run for each in report["files"] if each["state"] == "whole" for run in each["runs"]}
        self.assertEqual(set(released) - whole, set())
        print(f"{KILLS} kills: {len(released)} released, {len(report['files'])} files, "
              f"{sum(each['state'] == 'incomplete' for each in report['files'])} incomplete", file=sys.stderr)


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
