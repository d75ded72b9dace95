#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/formats/exhaustion.md: every row of limits.md section 2 stands there, and every test that it
names is one."""
import ast
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/formats/exhaustion.md"
ROWS = 35
WITHOUT = {22, 25}  # children and bundles: not in this build


def tests_of(path):
    text = path.read_text()
    if path.suffix == ".py":
        return {f"{node.name}.{each.name}" for node in ast.parse(text).body if isinstance(node, ast.ClassDef)
                for each in node.body if isinstance(each, ast.FunctionDef)}
    return {f"{suite}.{case}" for suite, case in re.findall(r"^TEST\w*\(\s*(\w+),\s*(\w+)\)", text, re.M)}


class Rows(unittest.TestCase):
    def rows(self):
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.read_text().splitlines()
                if re.match(r"\| \d", line)]

    def test_every_row_stands_there_once(self):
        self.assertEqual([int(row[0]) for row in self.rows()], list(range(1, ROWS + 1)))
        for row in self.rows():
            self.assertEqual(len(row), 5, row)
            self.assertNotIn("", row)

    def test_each_names_tests_that_are_there(self):
        for number, _, _, _, named in self.rows():
            with self.subTest(row=number):
                tests = re.findall(r"`([^`]+)::([^`]+)`", named)
                self.assertEqual(bool(tests), int(number) not in WITHOUT)
                for path, test in tests:
                    self.assertIn(test, tests_of(ROOT / path), path)


if __name__ == "__main__":
    unittest.main()
