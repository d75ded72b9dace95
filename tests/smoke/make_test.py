#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_test.py: the make targets that docs/host-adapter.md names are there, and do what it says.

tools/setup is left out: what it brings is here, or nothing of this would run.
"""
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/host-adapter.md").read_text()
PHASES = re.findall(r"`(run-[a-z-]+)`", "".join(line for line in PAGE.splitlines() if line.startswith("| W.")))
BUILDS = ("wasm-host-build", "wasm-hello-rust-build", "wasm-hello-c-build")


def make(*targets):
    return subprocess.run(["make", "-o", "setup", *targets], cwd=ROOT, capture_output=True, text=True, timeout=1500,
                          stdin=subprocess.DEVNULL, check=False)


class Targets(unittest.TestCase):
    def test_the_page_names_every_phase_once(self):
        self.assertEqual(PHASES, ["run-wasm-host", "run-wasi-hello-rust", "run-wasi-hello-c", "run-wasi-cli-args",
                                  "run-wasi-random", "run-wasi-fs", "run-wasi-net"])

    def test_what_is_built_without_running(self):
        for target in (*BUILDS, "layers"):
            with self.subTest(target):
                self.assertIn(f"`{target}`", PAGE)
                done = make(target)
                self.assertIn(done.returncode, (0, 2) if "is skipped" in done.stderr else (0,), done.stdout + done.stderr)

    def test_all_phases_in_order(self):
        done = make("run-smoke")
        if "is skipped" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        said = re.findall(r"^ok (run-[a-z-]+): ", done.stdout, re.M)
        self.assertEqual(list(dict.fromkeys(said)), PHASES)
        for phase in PHASES:
            self.assertGreaterEqual(said.count(phase), 2, f"{phase} granted and not granted")

    def test_one_phase_by_its_name(self):
        done = make(PHASES[0])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"ok {PHASES[0]}: {PHASES[0]}-ungranted (exit 126)", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
