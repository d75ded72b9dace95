#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""runner_test.py SSRF_VECTORS: files that are not of the format are refused, each with file, line and reason."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

COLUMNS = "id\tlayer\tpolicy\tinput\texpect\treason\tcurl788\twhatwg\tnote\n"
GOOD = "A1\taddr\tA0\t8.8.8.8\tallow\tpublic\t\t\t\n"


class Runner(unittest.TestCase):
    def ran(self, *texts):
        with tempfile.TemporaryDirectory() as place:
            paths = []
            for number, text in enumerate(texts):
                path = pathlib.Path(place, f"{number}.tsv")
                path.write_bytes(text.encode("latin-1"))
                paths.append(path)
            return subprocess.run([PROGRAM, *paths], capture_output=True, text=True, timeout=60)

    def test_a_good_file_passes_and_files_are_added_up(self):
        done = self.ran("# a comment\n" + COLUMNS + GOOD, COLUMNS + GOOD + GOOD)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "3 passed, 0 failed"), done.stderr)

    def test_a_failing_row_is_printed_and_counted(self):
        done = self.ran(COLUMNS + GOOD + GOOD.replace("public", "private").replace("A1", "A2"))
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("A2 addr A0: wanted allow private, got allow public\n", done.stdout)

    def test_what_is_not_of_the_format_is_refused(self):
        for text, line, reason in (
                (COLUMNS + GOOD.replace("\t\n", "\n"), 2, "8 fields instead of 9"),
                (COLUMNS + GOOD.replace("\n", "\t\n"), 2, "10 fields instead of 9"),
                (COLUMNS + "\n" + GOOD, 2, "1 fields instead of 9"),
                (COLUMNS + GOOD.replace("addr", "adr"), 2, "unknown layer adr"),
                (COLUMNS + GOOD.replace("A0", "A9"), 2, "unknown policy A9"),
                (COLUMNS + GOOD.replace("allow", "alow"), 2, "unknown expectation alow"),
                (COLUMNS + GOOD.replace("public", "publc"), 2, "unknown reason publc"),
                (COLUMNS + GOOD.replace("8.8.8.8", "8\\q"), 2, "bad escape"),
                (COLUMNS + GOOD.replace("8.8.8.8", "8\\x4"), 2, "bad escape"),
                (COLUMNS.replace("\n", "\r\n") + GOOD, 1, "a line ends in CR LF instead of LF"),
                (COLUMNS + GOOD.replace("\n", "\r\n"), 2, "a line ends in CR LF instead of LF"),
                (COLUMNS + GOOD.replace("8.8.8.8", "\xe9"), 2, "a byte that is not ASCII"),
                (COLUMNS + GOOD.replace("8.8.8.8", "\0"), 2, "a byte that is not ASCII")):
            with self.subTest(reason=reason):
                done = self.ran(text)
                self.assertEqual((done.returncode, done.stdout), (65, ""))
                self.assertIn(f"0.tsv:{line}: {reason}", done.stderr)
        self.assertIn("no line but comments", self.ran("# nothing\n").stderr)

    def test_no_file_and_a_missing_file(self):
        self.assertEqual(self.ran().returncode, 64)
        self.assertEqual(subprocess.run([PROGRAM, "/nowhere.tsv"], capture_output=True).returncode, 66)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
