#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""documents_test.py PRINT_KEYS [--write]: docs/formats and the table of keys say the same.

The schemas are files of their own; in a page, what stands between <!-- keys --> and <!-- end -->
is the table. --write writes both anew. Each key that this build enforces has a line in
docs/formats/proofs.md that names a test, and that test is there.
"""
import json
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FORMATS = ROOT / "docs/formats"
KINDS = ("grant", "ceiling", "config")
PART = re.compile(r"(<!-- keys -->\n)(.*?)(<!-- end -->)", re.S)
PROOF = re.compile(r"^\| `([^`]+)` \| (\S+) \| `([^`]+)` \|$", re.M)
PRINT_KEYS = ""


def generated(what, kind):
    return subprocess.run([PRINT_KEYS, what, kind], check=True, capture_output=True, text=True).stdout


def write():
    for kind in KINDS:
        (FORMATS / f"{kind}.schema.json").write_text(generated("schema", kind))
        page = FORMATS / f"{kind}.md"
        table = generated("table", kind)
        page.write_text(PART.sub(lambda found: found[1] + table + found[3], page.read_text()))


def keys():
    """(kind, key) of each key that this build enforces; without the format's own version."""
    return {(kind, line) for kind in KINDS for line in generated("list", kind).splitlines()
            if not line.endswith(" -") and line != "version"}


def tests_named(text):
    return set(re.findall(r"(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\)", text))


class Documents(unittest.TestCase):
    def test_schemas_are_those_of_the_table(self):
        for kind in KINDS:
            text = (FORMATS / f"{kind}.schema.json").read_text()
            self.assertEqual(text, generated("schema", kind), f"{kind}: make it anew with --write")
            self.assertFalse(json.loads(text)["additionalProperties"])

    def test_pages_have_the_table(self):
        for kind in KINDS:
            found = PART.search((FORMATS / f"{kind}.md").read_text())
            self.assertIsNotNone(found, kind)
            self.assertEqual(found[2], generated("table", kind), f"{kind}: make it anew with --write")


class Proofs(unittest.TestCase):
    def setUp(self):
        self.text = (FORMATS / "proofs.md").read_text()
        self.lines = [(kind, key, test) for key, kind, test in PROOF.findall(self.text)]

    def test_every_enforced_key_has_one(self):
        listed = {(kind, key) for kind, key, _ in self.lines}
        self.assertEqual(sorted(keys() - listed), [], "keys without a test that proves them")
        self.assertEqual(sorted(listed - keys()), [], "lines for what is no key of this build")
        self.assertEqual(len(self.lines), len(listed), "a key has two lines")

    def test_each_names_a_test_that_is_there(self):
        for _, key, test in self.lines:
            with self.subTest(key=key):
                path, name = test.split("::")
                text = (ROOT / path).read_text()
                if path.endswith(".py"):
                    owner, _, method = name.rpartition(".")
                    body = re.search(rf"^class {owner}\b.*?(?=^class |\Z)", text, re.M | re.S)
                    self.assertIsNotNone(body, test)
                    self.assertRegex(body[0], rf"\n    def {method}\(", test)
                else:
                    suite, _, claim = name.partition(".")
                    self.assertIn((suite, claim), tests_named(text), test)


if __name__ == "__main__":
    PRINT_KEYS = sys.argv.pop(1)
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main()
