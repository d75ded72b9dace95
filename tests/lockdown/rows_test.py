#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/formats/exhaustion.md: every row of limits.md sections 2, 3 and 8 stands there, and every test
that it names is one."""
import ast
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/formats/exhaustion.md"
ROWS = 35
WITHOUT = {22, 25}  # children and bundles: not in this build
# The first cells of the tables of sections 3 and 8.
CALLS = ["sleep, `poll_oneoff`", "read on pipe, terminal, stdin", "write to pipe, stdout", "sockets", "fetch, DNS",
         "process start, wait", "read, write on regular files", "open, stat, rename …", "fsync, close on slow disks",
         "readdir, random, clocks, args, env", "list and string transfer of components", "secrets",
         "audit flush before the result", "compile"]
CLAIMS = ["every host call returns within its deadline + 50 ms", "broker stays ≤ 64 MiB above its baseline",
          "after each row: descriptors, threads, children, slots, quota back to the start",
          "the host survives every row and serves the next call", "a limit in the warrant is the limit in force",
          "a child never exceeds its parent", "every layer named in a receipt really restricts", "fuzz"]
NOT_HERE = {"process start, wait", "list and string transfer of components", "a child never exceeds its parent"}


def tests_of(path):
    text = path.read_text()
    if path.suffix == ".py":
        return {f"{node.name}.{each.name}" for node in ast.parse(text).body if isinstance(node, ast.ClassDef)
                for each in node.body if isinstance(each, ast.FunctionDef)}
    return {f"{suite}.{case}" for suite, case in re.findall(r"^TEST\w*\(\s*(\w+),\s*(\w+)\)", text, re.M)}


def fuzzers():
    texts = [path.read_text() for path in [ROOT / "fuzz/CMakeLists.txt", *(ROOT / "fuzz/targets").glob("*.cmake")]]
    return {name for text in texts for name in re.findall(r"^\s*warrant_fuzz\((\w+) ", text, re.M)}


class Rows(unittest.TestCase):
    def rows(self, title, width):
        part = ("\n" + PAGE.read_text()).split(f"\n{title}\n")[1].split("\n## ")[0]
        lines = [line for line in part.splitlines() if line.startswith("| ")][2:]
        rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
        for row in rows:
            self.assertEqual(len(row), width, row)
            self.assertNotIn("", row)
        return rows

    def names_tests(self, named, is_here):
        tests = re.findall(r"`([^`]+)::([^`]+)`", named)
        self.assertEqual(bool(tests), is_here, named)
        for path, test in tests:
            self.assertIn(test, fuzzers() if path == "fuzz" else tests_of(ROOT / path), path)

    def test_every_way_stands_there_once(self):
        rows = self.rows("# Ways to use up a host", 5)
        self.assertEqual([int(row[0]) for row in rows], list(range(1, ROWS + 1)))
        for row in rows:
            with self.subTest(row=row[0]):
                self.names_tests(row[-1], int(row[0]) not in WITHOUT)

    def test_every_host_call_and_every_claim_stands_there_once(self):
        for title, wanted in (("## Host calls and the deadline", CALLS), ("## Claims", CLAIMS)):
            rows = self.rows(title, 3)
            self.assertEqual([row[0] for row in rows], wanted)
            for row in rows:
                with self.subTest(row=row[0]):
                    self.names_tests(row[-1], row[0] not in NOT_HERE)

    def test_the_matrix_has_every_host_call_that_it_is_named_for(self):
        calls = set(re.findall(r'^    Row\("([^"]+)"', (ROOT / "tests/deadlines/rows.py").read_text(), re.M))
        named = {row[0] for row in self.rows("## Host calls and the deadline", 3) if "tests/deadlines/" in row[-1]}
        self.assertEqual(calls, named)


if __name__ == "__main__":
    unittest.main()
