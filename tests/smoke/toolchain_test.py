#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""toolchain_test.py: a guest whose toolchain is missing is skipped with a word, and fails under CI."""
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Missing(unittest.TestCase):
    before = []

    def setUp(self):
        """A machine that has every command but the compilers of guests."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        for folder in ("/usr/bin", "/bin"):
            for program in os.scandir(folder):
                if not program.name.startswith(("clang", "wasm-ld", "go")):
                    link = self.root / program.name
                    if not link.is_symlink():
                        link.symlink_to(program.path)

    def demos(self, *names, **more):
        environment = {"PATH": str(self.root), "HOME": str(self.root), "WARRANT_BUILD_CACHE": str(self.root / "cache"), **more}
        return subprocess.run([*self.before, ROOT / "tools/demos", *names], capture_output=True, text=True, env=environment,
                              stdin=subprocess.DEVNULL, timeout=300, check=False)

    def test_it_is_skipped_with_a_word(self):
        done = self.demos("wasi-hello-c", "wasi-http-go", "cpython")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("cpython is skipped: no clang-22, wabt and python3.11 here", done.stderr)
        self.assertIn("wasi-hello-c is skipped: no clang-22 and lld-22 here (tools/setup brings it)", done.stderr)
        self.assertIn("wasi-http-go is skipped: no go here", done.stderr)

    def test_under_ci_it_fails(self):
        for name in ("wasi-hello-c", "wasi-http-go", "cpython"):
            done = self.demos(name, CI="true")
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(f"{name}: no ", done.stderr)

    def test_rust_which_is_looked_for_at_its_own_place_alone(self):
        alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-euc",
                 'mount --bind /dev/null /usr/bin/rustc; exec "$@"', "sh"]
        if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("no mount namespace can be made here, or no /usr/bin/rustc is there")
        self.before = alone
        done = self.demos("wasi-hello-rust")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("wasi-hello-rust is skipped: no rustc-web and rust-web-src here", done.stderr)
        done = self.demos("wasi-hello-rust", CI="true")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("wasi-hello-rust: no ", done.stderr)

    def test_a_guest_that_is_none_is_told(self):
        done = self.demos("wasi-hallo-c")
        self.assertEqual(done.returncode, 1)
        self.assertIn("wasi-hello-c", done.stderr)


if __name__ == "__main__":
    unittest.main()
