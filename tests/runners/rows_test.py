#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/formats/refusals.md: every row of host-adapter.md section 3 and of runners.md section 12 stands
there once, and every test that it names is one.
"""
import ast
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/formats/refusals.md"
ROWS = ([str(number) for number in range(1, 17)] + [f"B{number}" for number in range(1, 9)] + ["RN-P"] +
        [f"RN{number}" for number in range(1, 20)] + [f"S{number}" for number in range(1, 5)])
WITHOUT = {"RN5"}  # children: not in this build


def tests_of(path):
    text = path.read_text()
    if path.suffix == ".py":
        return {f"{node.name}.{each.name}" for node in ast.parse(text).body if isinstance(node, ast.ClassDef)
                for each in node.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test")}
    return {f"{suite}.{case}" for suite, case in re.findall(r"^TEST\w*\(\s*(\w+),\s*(\w+)\)", text, re.M)}


class Rows(unittest.TestCase):
    def rows(self):
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.read_text().splitlines()
                if re.match(r"\| [0-9BRS]", line)]

    def test_every_row_stands_there_once(self):
        self.assertEqual([row[0] for row in self.rows()], ROWS)
        for row in self.rows():
            self.assertEqual(len(row), 4, row)
            self.assertNotIn("", row)

    def test_each_names_tests_that_are_there(self):
        for number, _, _, named in self.rows():
            with self.subTest(row=number):
                tests = re.findall(r"`([^`]+)::([^`]+)`", named)
                self.assertEqual(bool(tests), number not in WITHOUT)
                for path, test in tests:
                    self.assertIn(test, tests_of(ROOT / path), path)


if __name__ == "__main__":
    unittest.main()
