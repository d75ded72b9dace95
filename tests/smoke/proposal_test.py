#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""proposal_test.py WARRANT MODULES [CASE…]: five programs that nobody here wrote, and the two large ones
that this tree builds, under the grant that `warrant inspect` proposes, and under nothing.

The proposal's `--dir .` stands for the directory that the program needs, as its remark says; limits
beyond the proposal are those of the program's row in the table of programs. MODULES is tests/third_party.
"""
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

WARRANT, MODULES = "", pathlib.Path()
ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMOS = ROOT / "build/demos"
HELLO_C = '#include <stdio.h>\nint main(void) { puts("hello from a guest compiler"); return 0; }\n'
NOTHING = ("--no-stdin", "--no-stdout", "--no-stderr")


class Case(unittest.TestCase):
    MODULE, LIMITS = "", ()

    @classmethod
    def setUpClass(cls):
        """One home for all tests of a program: it is compiled once."""
        home = tempfile.TemporaryDirectory()
        cls.addClassCleanup(home.cleanup)
        cls.home = home.name

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        self.place = self.root / "place"
        self.place.mkdir()

    def warrant(self, *words, feed=b""):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.home, "LANG": "C.UTF-8"}
        done = subprocess.run([WARRANT, *map(str, words)], input=feed, capture_output=True, env=environment,
                              cwd=self.place, timeout=900, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def proposed(self, directories=()):
        """The flags of the proposal, the directory put where `.` stands."""
        inspect_limits = [word for word in self.LIMITS if word.startswith("--module-bytes")]
        code, out, err = self.warrant("inspect", "--json", *inspect_limits, MODULES / self.MODULE)
        self.assertEqual(code, 0, err)
        flags = [word for flag in json.loads(out)["smallest_grant"]["flags"] for word in flag.split(" ", 1)]
        if "--dir" in flags:
            at = flags.index("--dir")
            flags[at:at + 2] = [word for each in directories for word in ("--dir", each)]
        else:
            self.assertFalse(directories, "the proposal names no directory")
        names = {word.split("=")[0] for word in self.LIMITS}
        flags = [word for at, word in enumerate(flags)
                 if word not in names and (at == 0 or flags[at - 1] not in names)]
        return [*flags, *self.LIMITS]

    def run_it(self, flags, *words, feed=b""):
        return self.warrant("run", "--denials=never", *flags, MODULES / self.MODULE, *words, feed=feed)

    def untouched(self, *names):
        self.assertEqual(sorted(path.name for path in self.place.iterdir()), sorted(names))


class Jq(Case):
    MODULE, WORDS, FEED = "jq.wasm", ("-c", ".a"), b'{"a":1,"b":[1,2]}'

    def test_proposed(self):
        code, out, err = self.run_it(self.proposed(), *self.WORDS, feed=self.FEED)
        self.assertEqual((code, out), (0, b"1\n"), err)

    def test_without_stdin_it_has_no_data(self):
        code, out, err = self.run_it(["--no-stdin"], *self.WORDS, feed=self.FEED)
        self.assertNotEqual(code, 0)
        self.assertEqual(out, b"", err)


class Icepll(Case):
    MODULE, WORDS = "icepll.wasm", ("-i", "12", "-o", "48")

    def test_proposed(self):
        code, out, err = self.run_it(self.proposed([f"{self.place}::/w"]), *self.WORDS)
        self.assertEqual(code, 0, err)
        self.assertIn(b"F_PLLOUT:   48.000 MHz (achieved)", out)
        self.assertIn(b"DIVF: 63 (7'b0111111)", out)
        self.untouched()

    def test_without_a_console_nothing_is_said(self):
        _, out, err = self.run_it(NOTHING, *self.WORDS)
        self.assertEqual(out, b"")
        self.assertNotIn("F_PLLOUT", err)


class Python(Case):
    MODULE, WORDS, LIMITS = "python.wasm", ("-c", "print(6*7)"), ("--memory=256MiB",)

    def test_proposed(self):
        code, out, err = self.run_it(self.proposed([f"{self.place}::/w"]), *self.WORDS)
        self.assertEqual((code, out), (0, b"42\n"), err)

    def test_without_entropy_it_stops_at_its_start(self):
        flags = [word for word in self.proposed([f"{self.place}::/w"]) if not word.startswith("--random")]
        code, out, err = self.run_it(flags, *self.WORDS)
        self.assertEqual((code, out), (1, b""), err)
        self.assertIn("failed to get random numbers", err)

    def test_under_nothing_it_does_not_run(self):
        code, out, _ = self.run_it(["--stack=8MiB", *self.LIMITS], *self.WORDS)
        self.assertNotEqual(code, 0)
        self.assertEqual(out, b"")


class Flite(Case):
    MODULE, WORDS = "flite.wasm", ("-t", "hello", "-o", "/w/o.wav")
    SPOKEN = "6fbd7f4ff45932092390ca8251c1fbce65dabb401cf0fc6e768c5c94843a5ac7"

    def test_proposed(self):
        code, _, err = self.run_it(self.proposed([f"{self.place}::/w:write"]), *self.WORDS)
        self.assertEqual(code, 0, err)
        spoken = (self.place / "o.wav").read_bytes()
        self.assertEqual((len(spoken), hashlib.sha256(spoken).hexdigest()), (12_920, self.SPOKEN))
        self.untouched("o.wav")

    def test_without_its_directory_or_with_one_to_read_no_file_appears(self):
        for flags in (["--clock"], self.proposed([f"{self.place}::/w:read"])):
            self.run_it(flags, *self.WORDS)
            self.untouched()


class Cue(Case):
    """The evaluator of this tree, which is 32 MB of Go."""
    MODULE, LIMITS = DEMOS / "wasi-cue-evaluator.wasm", ("--memory=256MiB", "--compile-wall=10m", "--compile-cpu=20m")
    SAYS = b"[wasi-cue-evaluator] "

    def evaluate(self, *texts):
        for number, text in enumerate(texts):
            (self.place / f"{number}.cue").write_text(text)
        code, out, err = self.run_it(self.proposed([f"{self.place}::/script:read"]))
        self.assertTrue(out.startswith(self.SAYS) and out.endswith(b"\n"), err)
        return code, out[len(self.SAYS):-1].decode()

    def test_proposed(self):
        self.assertEqual(self.evaluate(
            "package t\n#Service: {name: string, port: int & >0 & <65536, replicas: *1 | int}\n",
            'package t\nb: #Service & {name: "web", port: 8080}\na: b.port + 1\n'),
            (0, '{"a":8081,"b":{"name":"web","port":8080,"replicas":1}}'))

    def test_what_it_prints_is_canonical(self):
        self.assertEqual(self.evaluate('b: 1.50\na: "\\u00e9\\n\\u0001"\nc: [1e21, 1e-7, -0.0, 100.0]\n"\\u20ac": 1\n"\\r": 2\n'),
                         (0, '{"\\r":2,"a":"\u00e9\\n\\u0001","b":1.5,"c":[1e+21,1e-7,0,100],"\u20ac":1}'))

    def test_errors_are_text_and_exit_1(self):
        self.assertEqual(self.evaluate("a: int\n"), (1, "a: incomplete value int"))
        self.assertEqual(self.evaluate("a: 9007199254740992\n")[0], 1)
        self.assertIn("import", self.evaluate('import "example.com/x"\na: x\n')[1])

    def test_without_a_script_it_says_so(self):
        code, out, err = self.run_it(["--clock", "--stack=8MiB", *self.LIMITS])
        self.assertEqual((code, out), (2, self.SAYS + b"no script granted: EBADF (8)\n"), err)


class Cpython(Case):
    """CPython as this tree builds it, with its library beside it."""
    MODULE, WORDS, LIMITS = DEMOS / "cpython.wasm", ("-B", "-c", "import json; print(json.dumps(6*7))"), ("--memory=256MiB",)

    def setUp(self):
        super().setUp()
        found = subprocess.run([ROOT / "tools/cpython_guest"], stdout=subprocess.PIPE, check=True, text=True).stdout
        self.library = dict(word.split("=", 1) for word in shlex.split(found))["WARRANT_CPYTHON"] + "/lib"

    def test_proposed(self):
        flags = self.proposed([f"{self.library}::/python/lib"])
        code, out, err = self.run_it([*flags, "--env", "PYTHONHOME=/python"], *self.WORDS)
        self.assertEqual((code, out), (0, b"42\n"), err)

    def test_without_entropy_it_stops_at_its_start(self):
        flags = [word for word in self.proposed([f"{self.library}::/python/lib"]) if not word.startswith("--random")]
        code, out, err = self.run_it([*flags, "--env", "PYTHONHOME=/python"], *self.WORDS)
        self.assertEqual((code, out), (1, b""), err)
        self.assertIn("failed to get random numbers", err)


class Compiler(Case):
    MODULE = "llvm.wasm"
    LIMITS = ("--module-bytes=128MiB", "--memory=1GiB", "--blocks=10000", "--wall=5m", "--compile-wall=10m",
              "--compile-cpu=20m", "--compile-memory=8GiB")

    def test_proposed_and_ungranted(self):
        tree = self.root / "usr"
        tree.mkdir(exist_ok=True)
        subprocess.run(["tar", "-xf", MODULES / "llvm-resources.tar", "-C", tree, "--no-same-owner"], check=True)
        (self.place / "hello.c").write_text(HELLO_C)
        words = ("-c", "/tmp/hello.c", "-o", "/tmp/hello.o")
        flags = self.proposed([f"{tree}::/usr:read", f"{self.place}::/tmp:write"])
        code, _, err = self.run_it(["--argv0=clang", *self.LIMITS], *words)
        self.assertNotEqual(code, 0, err)
        self.untouched("hello.c")
        code, _, err = self.run_it(["--argv0=clang", *flags], *words)
        self.assertEqual(code, 0, err)
        runtime = next((tree / "lib").glob("wasm32*wasip1/libclang_rt.builtins.a")).relative_to(tree)
        library = "/usr/lib/wasm32-wasip1"
        code, _, err = self.run_it(["--argv0=wasm-ld", *flags], f"{library}/crt1-command.o", "/tmp/hello.o", "-L",
                                   library, "-lc", f"/usr/{runtime}", "-o", "/tmp/hello.wasm")
        self.assertEqual(code, 0, err)
        self.assertEqual(self.warrant("run", self.place / "hello.wasm")[:2], (0, b"hello from a guest compiler\n"))


def main():
    global WARRANT, MODULES
    WARRANT, MODULES = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
