#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""documents_test.py PRINT_KEYS [--write]: docs/formats and the table of keys say the same.

The schemas are files of their own; in a page, what stands between <!-- keys --> and <!-- end -->
is the table. --write writes both anew.
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
PRINT_KEYS = ""


def generated(what, kind):
    return subprocess.run([PRINT_KEYS, what, kind], check=True, capture_output=True, text=True).stdout


def write():
    for kind in KINDS:
        (FORMATS / f"{kind}.schema.json").write_text(generated("schema", kind))
        page = FORMATS / f"{kind}.md"
        table = generated("table", kind)
        page.write_text(PART.sub(lambda found: found[1] + table + found[3], page.read_text()))


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


if __name__ == "__main__":
    PRINT_KEYS = sys.argv.pop(1)
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        unittest.main()
