# SPDX-License-Identifier: Apache-2.0
"""Console, clocks, entropy and descriptors: what is granted works, what is not is denied with a flag
that lifts the denial; each flag that is printed is applied here, and must then be enough."""
import os
import re
import shlex
import subprocess

from support import Case, tools

NOTCAPABLE, NOSYS, BADF = 76, 52, 8
REALTIME, MONOTONIC, PROCESS_CPU, THREAD_CPU = 0, 1, 2, 3


class Powers(Case):
    def errno(self, flags, *words):
        done = self.probe(flags, *words)
        self.succeeds(done)
        return int(re.match(r"errno (\d+)", done.text).group(1))

    def advice(self, done):
        """The flags of the rows of denied calls, as a shell reads them."""
        rows = [line for line in done.err.splitlines() if line.startswith("  ") and "  --" in line]
        return [shlex.split("--" + row.split("  --", 1)[1]) for row in rows]

    def lifted(self, flags, module, *words):
        """The printed flag, added, ends the denial; returns the run with it."""
        done = self.run_guest(["--denials=always", *flags], module, *words)
        self.assertIn("warrant: denied ", done.err)
        advice = self.advice(done)
        self.assertNotEqual(advice, [], f"no flag was offered: {done.err}")
        # A limit or a directory is written anew, not twice.
        added = [word for flag in advice for word in flag]
        names = {word.split("=")[0] for word in added if word.startswith("--")}
        kept, skip = [], False
        for word in flags:
            if skip:
                skip = False
            elif word in names:
                skip = "=" not in word
            else:
                kept.append(word)
        again = self.run_guest(["--denials=always", *kept, *added], module, *words)
        self.assertNotIn("warrant: denied", again.err)
        return again


class Console(Powers):
    def test_everything_by_default(self):
        done = self.run_guest([], "cat", feed=b"in\n")
        self.succeeds(done, b"in\n")
        self.assertIn("none: ", self.run_guest([], "cat", "none").err)

    def test_bytes_pass_untouched_where_no_terminal_is(self):
        data = bytes(range(256)) * 300
        self.succeeds(self.run_guest([], "cat", feed=data), data)

    def test_without_stdin(self):
        done = self.run_guest(["--no-stdin", "--denials=always"], "cat", feed=b"in\n")
        self.ends(done, 1, b"")
        self.assertIn("--no-stdin", done.err)

    def test_without_stdout(self):
        done = self.probe(["--no-stdout", "--denials=always"], "write")
        self.ends(done, 3, b"")
        self.assertIn(f"errno {BADF}\n", done.err)
        self.assertIn("--no-stdout", done.err)

    def test_without_stderr_the_guest_is_silent_and_we_are_not(self):
        done = self.run_guest(["--no-stderr", "--denials=always"], "cat", "none")
        self.ends(done, 1, b"")
        self.assertNotIn("cat:", done.err)
        self.assertIn("warrant: ", done.err)

    def test_closed_streams_are_absent_numbers(self):
        done = self.probe(["--no-stdin", "--no-stderr"], "fds")
        self.succeeds(done)
        self.assertEqual([line.split()[0] for line in done.lines()], ["1"])

    def test_each_stream_is_its_own(self):
        done = self.probe([], "err", "5")
        self.succeeds(done, b"")
        self.assertEqual(done.err, "xxxxx")


class Clocks(Powers):
    def test_none_by_default(self):
        for clock in (REALTIME, MONOTONIC, PROCESS_CPU, THREAD_CPU):
            self.assertEqual(self.errno([], "clock", str(clock)), NOTCAPABLE, clock)

    def test_the_flag_without_a_value_gives_wall_and_monotonic(self):
        self.assertEqual([self.errno(["--clock"], "clock", str(clock)) for clock in range(4)], [0, 0, NOTCAPABLE, NOTCAPABLE])

    def test_each_by_its_name(self):
        self.assertEqual([self.errno(["--clock=wall"], "clock", str(clock)) for clock in range(4)], [0] + [NOTCAPABLE] * 3)
        self.assertEqual([self.errno(["--clock=monotonic"], "clock", str(clock)) for clock in range(4)],
                         [NOTCAPABLE, 0, NOTCAPABLE, NOTCAPABLE])
        self.assertEqual([self.errno(["--clock=wall,monotonic"], "clock", str(clock)) for clock in range(2)], [0, 0])
        self.assertEqual([self.errno(["--clock=cpu"], "clock", str(clock)) for clock in (2, 3)], [0, 0])

    def test_basic_is_clock_and_random(self):
        self.assertEqual([self.errno(["--basic"], "clock", str(clock)) for clock in range(2)], [0, 0])
        self.assertEqual(self.errno(["--basic"], "random", "8", "1"), 0)

    def test_the_wall_clock_is_that_of_the_host(self):
        done = self.probe(["--clock"], "clock", "0")
        at = int(re.search(r"at (\d+)", done.text).group(1))
        self.assertGreater(at, os.stat(self.work).st_mtime_ns - 10**9)

    def test_the_monotonic_clock_hides_the_uptime(self):
        # preview1.md 7.1: counted from the instance's start plus one second.
        done = self.probe(["--clock"], "clock", "1")
        at = int(re.search(r"at (\d+)", done.text).group(1))
        self.assertGreaterEqual(at, 10**9)
        self.assertLess(at, 61 * 10**9)

    def test_an_unknown_clock(self):
        self.assertEqual(self.errno(["--clock"], "clock", "4"), 28)

    def test_the_printed_flag_lifts_the_denial(self):
        for clock in range(4):
            with self.subTest(clock=clock):
                self.assertIn("errno 0", self.lifted([], "probe", "clock", str(clock)).text)

    def test_two_denials_and_their_two_flags_together(self):
        source = """(module
          (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start")
            (call $exit (i32.or (call $clock (i32.const 0) (i64.const 1) (i32.const 8))
              (i32.or (call $clock (i32.const 1) (i64.const 1) (i32.const 8)) (call $random (i32.const 16) (i32.const 4)))))))"""
        self.succeeds(self.lifted([], self.wat(source)), b"")


class Entropy(Powers):
    def test_none_by_default(self):
        self.assertEqual(self.errno([], "random", "8", "1"), NOSYS)

    def test_two_runs_differ(self):
        one, two = (self.probe(["--random"], "random", "32", "1").text for _ in range(2))
        self.assertNotEqual(one, two)
        self.assertIn("errno 0", one)

    def test_a_seed_is_reproducible(self):
        runs = [self.probe([f"--random={seed}"], "random", "32", "1").text for seed in (7, 7, 8, 0, 9007199254740991)]
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(len(set(runs)), 4)

    def test_the_printed_flag_lifts_the_denial(self):
        self.assertIn("errno 0", self.lifted([], "probe", "random", "8", "1").text)


class DirectoryAdvice(Powers):
    def test_the_printed_flag_lifts_a_read_only_grant(self):
        for name in ("plain", "with space", "quo'te", "a$b", "grüße"):
            place = self.root / name
            place.mkdir()
            (place / "from").write_text("data")
            with self.subTest(name=name):
                self.succeeds(self.lifted(["--dir", f"{place}::/w:read"], "copy", "/w/from", "/w/to"))
                self.assertEqual((place / "to").read_text(), "data")

    def test_options_of_the_grant_stay_in_the_advice(self):
        place = self.root / "w"
        place.mkdir()
        done = self.probe(["--denials=always", "--dir", f"{place}::/w:read,xdev"], "new", "/w/x")
        self.assertIn(["--dir", f"{place}::/w:write,xdev"], self.advice(done))

    def test_no_flag_for_bytes_that_cannot_be_shown(self):
        place = self.root / "w"
        place.mkdir()
        odd = self.root / "odd\x1b"
        odd.mkdir()
        done = self.probe(["--denials=always", "--dir", f"{odd}::/w:read"], "new", "/w/x")
        self.assertIn("denied", done.err)
        self.assertEqual(self.advice(done), [])
        self.assertNotIn("\x1b", done.err)

    def test_a_path_of_the_guest_is_escaped(self):
        place = self.root / "w"
        place.mkdir()
        done = self.probe(["--denials=always", "--dir", f"{place}::/w:read"], "new", "/w/\x1b[2Jx\ny")
        self.assertIn("denied 1 call", done.err)
        self.assertNotIn("\x1b", done.err)
        self.assertTrue(all(line.startswith(("warrant: ", "  ")) for line in done.err.splitlines()), done.err)

    def test_without_a_directory_one_line_says_so(self):
        done = self.run_guest([], "cat", "note.txt")
        self.ends(done, 1, b"")
        self.assertIn("granted no directory: --dir .", done.err)
        (self.work / "note.txt").write_text("note\n")
        self.succeeds(self.run_guest(["--dir", "."], "cat", "note.txt"), b"note\n")

    def test_without_a_directory_an_absolute_name_is_told_its_own_flag(self):
        done = self.run_guest([], "cat", "/data/a/note.txt")
        self.assertIn("granted no directory: --dir ., and for /data/a/note.txt --dir HOST::/data/a\n", done.err)
        (self.work / "note.txt").write_text("note\n")
        self.succeeds(self.run_guest(["--dir", ".::/data/a"], "cat", "/data/a/note.txt"), b"note\n")

    def test_with_a_directory_that_line_is_not_said(self):
        done = self.run_guest(["--dir", "."], "cat", "none.txt")
        self.ends(done, 1)
        self.assertNotIn("granted no directory", done.err)


class NoAmbientAuthority(Powers):
    def test_open_descriptors_of_ours_are_not_the_guests(self):
        secret = self.file(b"secret", "secret.txt")
        with open(secret, "r+b") as file:
            held = [os.dup(file.fileno()) for _ in range(8)]
            try:
                done = self.probe([], "fds", pass_fds=held)
                self.assertEqual([line.split()[0] for line in done.lines()], ["0", "1", "2"])
                for number in (3, 4, held[0], held[-1], 1000):
                    done = self.probe([], "use", str(number), pass_fds=held)
                    self.succeeds(done, f"read errno {BADF}\nwrite errno {BADF}\n".encode())
            finally:
                for each in held:
                    os.close(each)
        self.assertEqual(secret.read_bytes(), b"secret")

    def test_a_granted_directory_is_the_only_further_number(self):
        done = self.probe(["--dir", ".::/w"], "fds")
        self.assertEqual(done.lines()[3:], ["3 type 3"])

    def test_nothing_of_the_working_directory_is_read(self):
        for name in ("warrant.toml", ".warrant", "ceiling.toml", "grant.toml"):
            (self.work / name).write_text("this is no document")
        self.succeeds(self.run_guest([], "hello"), b"hello\n")

    def test_no_file_of_the_host_is_opened_by_the_guests_wish(self):
        trace = self.root / "trace"
        command = ["strace", "-f", "-qq", "-e", "trace=openat,openat2,open,connect,execve", "-o", str(trace)]
        guest = self.guest("cat")
        self.run_guest([], "hello")
        done = subprocess.run([*command, tools.warrant, "run", guest, "/etc/hostname"], env=self.environment(),
                              cwd=self.work, capture_output=True, timeout=60)
        if b"ptrace" in done.stderr.lower():
            self.skipTest("strace may not trace here")
        self.assertEqual(done.returncode, 1, done.stderr)
        seen = trace.read_text(errors="replace")
        calls = [line for line in seen.splitlines() if "execve(" not in line]
        self.assertEqual([line for line in calls if "/etc/hostname" in line or "connect(" in line], [])
