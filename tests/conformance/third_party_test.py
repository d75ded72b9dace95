#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""third_party_test.py WARRANT MODULES [CASE…]: programs that nobody here wrote, granted and not granted.

MODULES is tests/third_party. Each program gets what it needs and gives the known answer; then one
grant is taken away and it fails as its own authors meant it to, and nothing appears on the disk.
Each case has a home of its own, so that the store of compiled code is cold and nobody else's.
"""
import hashlib
import pathlib
import subprocess
import sys
import tempfile
import unittest

WARRANT, MODULES = "", pathlib.Path()
HELLO_C = '#include <stdio.h>\nint main(void) { puts("hello from a guest compiler"); return 0; }\n'


class Case(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        self.home = self.root / "home"
        self.home.mkdir()

    def run_guest(self, flags, module, *words, feed=b""):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}
        path = module if isinstance(module, pathlib.Path) else MODULES / module
        done = subprocess.run([WARRANT, "run", *flags, str(path), *words], input=feed, capture_output=True,
                              env=environment, cwd=self.root, timeout=600)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def folder(self, name):
        path = self.root / name
        path.mkdir()
        return path


class Jq(Case):
    QUERY = ("-c", ".a")

    def test_answers(self):
        code, out, err = self.run_guest(["--random"], "jq.wasm", *self.QUERY, feed=b'{"a":1,"b":[1,2]}')
        self.assertEqual((code, out), (0, b"1\n"), err)

    def test_without_stdin_it_gets_no_data(self):
        code, out, err = self.run_guest(["--random", "--no-stdin"], "jq.wasm", *self.QUERY, feed=b'{"a":1}')
        self.assertEqual((code, out), (5, b""), err)


class Icepll(Case):
    WORDS = ("-i", "12", "-o", "48")

    def test_answers(self):
        code, out, err = self.run_guest(["--basic"], "icepll.wasm", *self.WORDS)
        self.assertEqual(code, 0, err)
        self.assertIn(b"F_PLLOUT:   48.000 MHz (achieved)", out)
        self.assertIn(b"DIVF: 63 (7'b0111111)", out)

    def test_without_a_console_nothing_is_said(self):
        _, out, err = self.run_guest(["--basic", "--no-stdout", "--no-stderr"], "icepll.wasm", *self.WORDS)
        self.assertEqual(out, b"")
        self.assertNotIn("F_PLLOUT", err)


class Python(Case):
    WORDS = ("-c", "print(6*7)")
    LIMITS = ("--stack", "8MiB", "--memory", "256MiB")

    def test_answers(self):
        code, out, err = self.run_guest(["--basic", *self.LIMITS], "python.wasm", *self.WORDS)
        self.assertEqual((code, out), (0, b"42\n"), err)

    def test_without_entropy_it_stops_at_its_start(self):
        code, out, err = self.run_guest(["--clock", *self.LIMITS], "python.wasm", *self.WORDS)
        self.assertEqual((code, out), (1, b""), err)
        self.assertIn("failed to get random numbers", err)


class Flite(Case):
    FLAGS = ("--basic",)
    WORDS = ("-t", "hello", "-o", "/w/o.wav")
    SPOKEN = "6fbd7f4ff45932092390ca8251c1fbce65dabb401cf0fc6e768c5c94843a5ac7"

    def test_speaks_into_a_granted_directory(self):
        place = self.folder("w")
        code, _, err = self.run_guest([*self.FLAGS, "--dir", f"{place}::/w:write"], "flite.wasm", *self.WORDS)
        self.assertEqual(code, 0, err)
        spoken = (place / "o.wav").read_bytes()
        self.assertEqual((len(spoken), spoken[:4], spoken[8:12]), (12920, b"RIFF", b"WAVE"))
        self.assertEqual(hashlib.sha256(spoken).hexdigest(), self.SPOKEN)
        self.assertEqual([p.name for p in place.iterdir()], ["o.wav"])

    def test_without_a_directory_no_file_appears(self):
        place = self.folder("w")
        self.run_guest([*self.FLAGS], "flite.wasm", *self.WORDS)
        self.assertEqual(list(place.iterdir()), [])
        self.assertEqual(sorted(p.name for p in self.root.iterdir()), ["home", "w"])

    def test_with_a_readable_directory_no_file_appears(self):
        place = self.folder("w")
        self.run_guest([*self.FLAGS, "--dir", f"{place}::/w:read"], "flite.wasm", *self.WORDS)
        self.assertEqual(list(place.iterdir()), [])


class Compiler(Case):
    LIMITS = ["--basic", "--module-bytes", "128MiB", "--blocks", "10000", "--memory", "1GiB", "--stack", "8MiB", "--wall", "5m",
              "--compile-wall", "10m", "--compile-cpu", "20m", "--compile-memory", "8GiB"]

    def grant(self):
        tree = self.folder("usr")
        tree.mkdir(exist_ok=True)
        subprocess.run(["tar", "-xf", MODULES / "llvm-resources.tar", "-C", tree, "--no-same-owner"], check=True)
        work = self.folder("tmp")
        (work / "hello.c").write_text(HELLO_C)
        return tree, work, [*self.LIMITS, "--dir", f"{tree}::/usr:read", "--dir", f"{work}::/tmp:write"]

    def call(self, flags, *words):
        code, _, err = self.run_guest(["--argv0", words[0], *flags], "llvm.wasm", *words[1:])
        self.assertEqual(code, 0, err)
        return err

    def test_compiles_links_and_the_program_says_hello(self):
        tree, work, flags = self.grant()
        self.call(flags, "clang", "-c", "/tmp/hello.c", "-o", "/tmp/hello.o")
        self.assertEqual((work / "hello.o").read_bytes()[:4], b"\0asm")
        runtime = next((tree / "lib").glob("wasm32*wasip1/libclang_rt.builtins.a"))
        library = "/usr/lib/wasm32-wasip1"
        self.call(flags, "wasm-ld", f"{library}/crt1-command.o", "/tmp/hello.o", "-L", library, "-lc",
                  f"/usr/{runtime.relative_to(tree)}", "-o", "/tmp/hello.wasm")
        code, out, err = self.run_guest([], work / "hello.wasm")
        self.assertEqual((code, out), (0, b"hello from a guest compiler\n"), err)


def main():
    global WARRANT, MODULES
    WARRANT, MODULES = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
