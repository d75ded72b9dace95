#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What others wrote and we ship: locked, looked at, licensed, and told by the SBOM."""
import datetime
import json
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import supply  # noqa: E402


class Crates(unittest.TestCase):
    def test_each_was_looked_at_and_may_be_used(self):
        known = supply.listed()
        for name, version, _ in supply.crates():
            with self.subTest(crate=f"{name} {version}"):
                self.assertIn((name, version), known, "read its licence and changes, then add a line to tools/crates.tsv")
                licence, day = known[(name, version)]
                self.assertTrue(supply.permitted(licence), licence)
                self.assertLessEqual(datetime.date.fromisoformat(day), datetime.date.today())

    def test_the_list_holds_nothing_else(self):
        self.assertEqual(sorted(supply.listed()), [crate[:2] for crate in supply.crates()])

    def test_a_licence_is_read_as_an_expression(self):
        for text, wanted in (("MIT", True), ("GPL-3.0", False), ("MIT OR GPL-3.0", True), ("MIT AND GPL-3.0", False),
                             ("(MIT OR GPL-3.0) AND BSD-3-Clause", True), ("(MIT OR Apache-2.0) AND GPL-2.0", False),
                             ("Apache-2.0 WITH LLVM-exception", True), ("", False)):
            with self.subTest(text=text):
                self.assertEqual(supply.permitted(text), wanted)


class Advisories(unittest.TestCase):
    def test_no_locked_version_is_one_that_an_advisory_names(self):
        locked = {}
        for name, version, _ in supply.crates():
            locked.setdefault(name, []).append(version)
        rows = supply.advisories()
        self.assertEqual(rows, sorted(rows))
        for number, crate, repaired, day in rows:
            with self.subTest(advisory=number):
                self.assertIn(crate, locked, "it is about a crate that is not here any more")
                self.assertRegex(number, r"^RUSTSEC-[0-9]{4}-[0-9]{4}$")
                self.assertLessEqual(datetime.date.fromisoformat(day), datetime.date.today())
                for version in locked[crate]:
                    self.assertTrue(supply.repairs(repaired, version), f"{crate} {version}: {number} is repaired in {repaired}")

    def test_versions_are_compared_by_number(self):
        for requirement, version, wanted in ((">= 1.2.3", "1.2.3", True), (">= 1.2.3", "1.2.2", False), (">= 1.2.3", "1.10.0", True),
                                             (">= 48.0.3, < 49.0.0 | >= 49.0.1", "48.0.8", True),
                                             (">= 48.0.3, < 49.0.0 | >= 49.0.1", "49.0.0", False),
                                             (">= 0.9.8", "0.10.9+build", True)):
            with self.subTest(requirement=requirement, version=version):
                self.assertEqual(supply.repairs(requirement, version), wanted)
        with self.assertRaises(ValueError):
            supply.repairs("^1", "1.0.0")


class Sbom(unittest.TestCase):
    def test_it_tells_every_crate_with_its_checksum_and_is_the_same_twice(self):
        texts = [subprocess.run([ROOT / "tools/sbom"], capture_output=True, check=True, text=True).stdout for _ in range(2)]
        self.assertEqual(*texts)
        page = json.loads(texts[0])
        self.assertEqual((page["bomFormat"], page["specVersion"]), ("CycloneDX", "1.5"))
        told = {(part["name"], part["version"], part["hashes"][0]["content"]) for part in page["components"] if "hashes" in part}
        self.assertEqual(told, set(supply.crates()))
        references = [part["bom-ref"] for part in page["components"]]
        self.assertEqual(len(references), len(set(references)))
        self.assertEqual(sorted(page["dependencies"][0]["dependsOn"]), sorted(references))
        self.assertIn("libsodium-dev", {part["name"] for part in page["components"]})


if __name__ == "__main__":
    unittest.main()
