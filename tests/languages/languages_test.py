#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""languages_test.py WARRANT GUESTS [CASE…]: what C, C++, Go and Rust programs ask of the host, whole and linear.

Cost is counted, never timed: host calls from --trace, system calls by strace. Twice the files may
be twice the calls, not four times.
"""
import collections
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

WARRANT, GUESTS = "", pathlib.Path()
GO = ("--stack=8MiB", "--basic", "--inodes=20000", "--denials=never")


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        for name in ("w", "home"):
            (self.root / name).mkdir()

    def run_guest(self, flags, guest, *words, before=()):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.root / "home"), "LANG": "C.UTF-8"}
        line = [*before, WARRANT, "run", *flags, f"--dir={self.root}/w::/w:write", str(GUESTS / guest), *words]
        done = subprocess.run(line, capture_output=True, stdin=subprocess.DEVNULL, env=environment, cwd=self.root,
                              timeout=300, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")

    def untouched(self):
        self.assertEqual(sorted(path.name for path in self.root.iterdir()), ["home", "w"])
        self.assertEqual(list((self.root / "w").iterdir()), [])


class Cpp(Case):
    GROUPS = 11

    def test_every_operation_of_filesystem_and_fstream(self):
        code, out, err = self.run_guest(["--basic", "--env=TMPDIR=/w/tree", "--denials=never"], "filesystem.wasm", "/w")
        self.assertNotIn("FAILED", out)
        self.assertEqual(len(re.findall(r"^ok ", out, re.MULTILINE)), self.GROUPS, out + err)
        self.assertEqual((code, out.splitlines()[-1]), (0, "end 0"), err)
        self.untouched()


class EveryName(Case):
    """A program that works below its argument, under each name and lock-down a directory may have."""
    NAMES = (("/w", "/w"), ("/", "/"), (".", "."), ("w", "w"), ("/", "w"))
    GUEST, GROUPS, FLAGS, WORDS, FEED = "", 0, (), (), b""

    def plant(self, place):
        pass

    def run_everywhere(self):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.root / "home"), "LANG": "C.UTF-8"}
        self.plant(self.root / "w")
        (self.root / "w/w").mkdir()
        self.plant(self.root / "w/w")
        before = sorted((self.root / "w").rglob("*"))
        for hardening in ("basic", "off"):
            for name, word in self.NAMES:
                line = [WARRANT, "run", "--basic", "--denials=never", f"--hardening={hardening}", *self.FLAGS,
                        f"--dir=w::{name}:write", str(GUESTS / self.GUEST), word, *self.WORDS]
                done = subprocess.run(line, capture_output=True, input=self.FEED, env=environment, cwd=self.root,
                                      timeout=300, check=False)
                out = done.stdout.decode()
                with self.subTest(hardening=hardening, name=name, word=word):
                    self.assertNotIn("FAILED", out)
                    self.assertEqual(len(re.findall(r"^ok ", out, re.MULTILINE)), self.GROUPS, out + str(done.stderr))
                    self.assertEqual((done.returncode, out.splitlines()[-1]), (0, "end 0"), done.stderr)
                self.assertEqual(sorted((self.root / "w").rglob("*")), before)
                self.assertEqual(sorted(path.name for path in self.root.iterdir()), ["home", "w"])


class C(EveryName):
    GUEST, GROUPS = "posix.wasm", 17

    def test_every_operation_of_the_c_library(self):
        self.run_everywhere()


class Rust(EveryName):
    GUEST, GROUPS = "files.wasm", 7
    FLAGS, WORDS, FEED = ("--env=A=b=c", "--env=EMPTY="), ("a b", "", 'quo"te', "x=y"), b"fed"

    def plant(self, place):
        (place / "seen").write_text("seen")
        for name, target in (("soft", "seen"), ("loop", "loop"), ("out", "../../home"), ("absolute", "/etc/passwd"),
                             ("dangling", "none")):
            (place / name).symlink_to(target)

    def test_every_operation_of_std(self):
        self.run_everywhere()


class Go(Case):
    def walked(self, files, flags=(), before=()):
        code, out, err = self.run_guest([*GO, *flags], "walk.wasm", "/w", str(files), before=before)
        self.assertEqual((code, out), (0, f"walked {files} moved {files // 10}\n"), err[-2000:])
        self.untouched()
        return err

    def warrant(self, *words):
        done = subprocess.run([WARRANT, *map(str, words)], capture_output=True, stdin=subprocess.DEVNULL, timeout=300,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.root / "home")}, cwd=self.root / "w",
                              check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace")

    def test_what_is_proposed_opens_relative_names(self):
        _, page, _ = self.warrant("inspect", GUESTS / "walk.wasm")
        (line,) = [line for line in page.splitlines() if line.startswith("  warrant run ")]
        words = shlex.split(line)[1:]
        self.assertIn(".::/", words)
        words[words.index(".::/")] = ".::/:write"
        self.assertEqual(self.warrant(*words, ".", "10")[:2], (0, "walked 10 moved 1\n"))

    def test_a_directory_that_it_cannot_find_by_its_name_is_told(self):
        code, _, err = self.warrant("run", "--basic", "--dir", ".:write", GUESTS / "walk.wasm", ".", "10")
        self.assertNotEqual(code, 0)
        self.assertIn("Go finds nothing in ., which is no absolute name: --dir HOST::/", err)
        self.assertIn("--dir .::/", self.warrant("run", "--basic", GUESTS / "walk.wasm", ".", "10")[2])
        self.untouched()

    def host_calls(self, files):
        err = self.walked(files, ["--trace"])
        counts = collections.Counter(re.findall(r"^  (\w+)\(", err, re.MULTILINE))
        self.assertIn("fd_readdir", counts)
        # Timers are waited for as often as the machine pleases.
        return {name: count for name, count in counts.items() if name not in ("poll_oneoff", "clock_time_get")}

    def test_walks_ten_thousand_files(self):
        self.walked(10000)

    def test_host_calls_grow_as_the_files_do(self):
        small, large = self.host_calls(2000), self.host_calls(4000)
        for name, count in large.items():
            self.assertLessEqual(count, 2 * small.get(name, 0) + 100, (name, small, large))
        # Made, read, a tenth renamed, removed: one open each for making and reading.
        self.assertLessEqual(large["path_open"], 2 * 4000 + 1000)
        self.assertGreaterEqual(large["path_open"], 2 * 4000)

    def system_calls(self, files):
        report = self.root / "home/calls"
        self.walked(files, ["--wall=5m", "--cpu=5m"], before=["strace", "-f", "-qq", "-c", "-o", str(report)])
        counts = {}
        for line in report.read_text().splitlines():
            if match := re.match(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", line):
                counts[match[2]] = int(match[1])
        counts.pop("total", None)
        return counts

    def test_system_calls_grow_as_the_files_do(self):
        self.run_guest([*GO], "walk.wasm", "/w", "1")  # compiles
        small, large = self.system_calls(2000), self.system_calls(4000)
        self.assertGreaterEqual(large["openat2"], 2 * 4000)
        for name in ("openat2", "getdents64", "fstat", "newfstatat", "statx", "lseek", "renameat2", "unlinkat",
                     "preadv", "pread64", "pwritev2", "close"):
            self.assertLessEqual(large.get(name, 0), 2 * small.get(name, 0) + 100, (name, small, large))
        # A directory of forty files is one block and the end, for each of the passes over it.
        self.assertLessEqual(large["getdents64"], 3 * 100 * 4 + 100, large)


def main():
    global WARRANT, GUESTS
    WARRANT, GUESTS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
