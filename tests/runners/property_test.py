#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""property_test.py WARRANT OBSERVE.wasm [CASE…]: RN-P of the runner contract.

For each field of request and warrant, set to a random legal value, on each runner: a probe guest
observes the effect, or the run is refused and names that field's key. For authority that is not
granted: the probe is denied it, or the run is refused and names the key. A row that no runner
accepts or that every runner refuses is a fault of the row. The seed is printed: SEED=n repeats it.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import runners_test

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
ROUNDS = 3
NOTCAPABLE, NOSYS, BADF = 76, 52, 8
OBSERVE = ""


def text(chance, characters="ab-= \n'\"\u00e9\u4e16$*"):
    return "".join(chance.choice(characters) for _ in range(chance.randrange(12)))


class Property(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        (self.root / "home").mkdir()
        (self.root / "bin").mkdir()
        self.runners = ["native"]
        if runners_test.REAL:
            os.symlink(os.path.realpath(runners_test.REAL), self.root / "bin/wasmtime")
            self.runners.append("wasmtime-cli")

    def run_by(self, runner, flags, *words, feed=b""):
        self.place = self.root / "place"
        shutil.rmtree(self.place, ignore_errors=True)
        (self.place / "sub").mkdir(parents=True)
        (self.place / "file").write_bytes(b"x")
        self.receipt = self.root / "receipt.json"
        self.receipt.unlink(missing_ok=True)
        flags = [str(flag).replace("PLACE", str(self.place)) for flag in flags]
        environment = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "HOME": str(self.root / "home"), "LANG": "C.UTF-8",
                       "SECRET": "x"}
        done = subprocess.run([runners_test.WARRANT, "run", "--runner", runner, "--denials=never", "--receipt",
                               self.receipt, *flags, OBSERVE, *map(str, words)], input=feed, capture_output=True,
                              env=environment, timeout=300, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def field(self, key, flags, words, observed, *, feed=b"", refuses=(), basic=("--basic",)):
        """`observed(code, out, err)` on each runner, but those that refuse, which name the key."""
        accepted = 0
        for runner in self.runners:
            with self.subTest(key=key, runner=runner, seed=SEED, flags=flags):
                code, out, err = self.run_by(runner, [*basic, *flags], *words, feed=feed)
                if code == 126 and "runner.cannot_honour" in err:
                    self.assertIn(runner, refuses, err)
                    self.assertIn(key, err)
                    self.assertEqual(out, b"")
                else:
                    self.assertNotIn(runner, refuses, f"it ran: {out!r} {err}")
                    observed(code, out, err)
                    accepted += 1
        self.assertGreater(accepted, 0)

    def chances(self):
        return [random.Random(f"{SEED}-{turn}") for turn in range(ROUNDS)]

    def equal(self, wanted, code=0):
        return lambda got, out, err: self.assertEqual((got, out), (code, wanted), err)

    CLI = ("wasmtime-cli",)

    def test_argv_and_argv0(self):
        for chance in self.chances():
            words = ["words", *(text(chance) for _ in range(chance.randrange(1, 5)))]
            name = "n" + text(chance)
            self.field("argv0", ["--argv0", name], words,
                       self.equal("".join(word + "\0" for word in [name, *words]).encode()))

    def test_arguments_that_are_not_utf8(self):
        def observed(code, out, err):
            self.assertEqual((code, out), (0, b"observe\0words\0\xff\0"), err)
        for runner in self.runners:
            done = subprocess.run([runners_test.WARRANT, "run", "--runner", runner, "--no-log", "--basic", "--argv0",
                                   "observe", OBSERVE, "words", b"\xff"], capture_output=True, check=False,
                                  env={"PATH": f"{self.root}/bin:/usr/bin:/bin", "HOME": str(self.root)})
            if runner == "native":
                observed(done.returncode, done.stdout, done.stderr)
            else:
                self.assertEqual(done.returncode, 126)
                self.assertIn(b"argv0", done.stderr)

    def test_env(self):
        for chance in self.chances():
            values = {f"N{number}": text(chance) for number in range(chance.randrange(4))}
            flags = [word for name, value in values.items() for word in ("--env", f"{name}={value}")]

            def observed(code, out, err, values=values):
                said = dict(each.split("=", 1) for each in out.decode().split("\0")[:-1])
                self.assertEqual((code, said), (0, values), err)
            self.field("env", flags, ["variables"], observed)

    def test_stdin(self):
        for chance in self.chances():
            feed = chance.randbytes(chance.randrange(200_000))
            self.field("stdin.stream", [], ["input"], self.equal(b"%d %d\n" % (len(feed), sum(feed))), feed=feed)
        self.field("console", ["--no-stdin"], ["input"], self.equal(b"0 0\n"), feed=b"some", refuses=self.CLI)

    def test_outputs_that_are_taken_away(self):
        self.field("console", ["--no-stdout"], ["words"], lambda code, out, err: self.assertEqual(out, b""),
                   refuses=self.CLI)
        self.field("console", ["--no-stderr"], ["errors"], lambda code, out, err: self.assertNotIn("said", err),
                   refuses=self.CLI)
        self.field("console", [], ["errors"], lambda code, out, err: self.assertEqual(err, "said on stderr\n"))

    def test_clocks(self):
        def clocks(*granted):
            def observed(code, out, err):
                rows = [list(map(int, line.split())) for line in out.splitlines()]
                for number, (get, res, time, step) in enumerate(rows):
                    with self.subTest(clock=number):
                        if number in granted:
                            self.assertEqual((get, res, step > 0), (0, 0, True))
                            self.assertGreater(time, 0)
                        else:
                            self.assertEqual((get, time), (NOTCAPABLE, 0), out)
            return observed
        entropy = ("--random",)
        self.field("clock.cpu", ["--clock=wall,monotonic,cpu"], ["clocks"], clocks(0, 1, 2), basic=entropy,
                   refuses=self.CLI)
        self.field("clock.monotonic", ["--clock=wall"], ["clocks"], clocks(0), basic=entropy, refuses=self.CLI)
        self.field("clock.wall", ["--clock=monotonic"], ["clocks"], clocks(1), basic=entropy, refuses=self.CLI)
        self.field("clock.wall", [], ["clocks"], clocks(), basic=entropy, refuses=self.CLI)

    def test_fixed_and_coarse_clocks(self):
        grant = self.root / "grant.toml"
        grant.write_text('version = 1\n[clock]\nwall = true\nmonotonic = true\nfixed = 2001-02-03T04:05:06Z\n')

        def fixed(code, out, err):
            self.assertEqual(int(out.split()[2]) // 10**9, 981_173_106, err)
        self.field("clock.fixed", ["--grant", grant], ["clocks"], fixed, basic=("--random",), refuses=self.CLI)
        grant.write_text('version = 1\n[clock]\nwall = true\nmonotonic = true\nresolution = "10ms"\n')

        def coarse(code, out, err):
            rows = [list(map(int, line.split())) for line in out.splitlines()][:2]
            for _, _, time, step in rows:
                self.assertEqual((time % 10**7, step), (0, 10**7), err)
        self.field("clock.resolution", ["--grant", grant], ["clocks"], coarse, basic=("--random",), refuses=self.CLI)

    def test_entropy(self):
        seen = set()

        def some(code, out, err):
            error, data = out.split()
            self.assertEqual((error, len(data)), (b"0", 32), err)
            seen.add(data)
        self.field("entropy", [], ["entropy"], some)
        self.field("entropy", [], ["entropy"], some)
        self.assertEqual(len(seen), 2 * len(self.runners))
        self.field("entropy", [], ["entropy"], self.equal(b"%d %s\n" % (NOSYS, b"0" * 32)), basic=("--clock",),
                   refuses=self.CLI)
        for chance in self.chances():
            seed, told = chance.randrange(1 << 53), []
            for _ in range(2):
                self.field("entropy.seed", [f"--random={seed}"], ["entropy"], lambda code, out, err: told.append(out),
                           basic=("--clock",), refuses=self.CLI)
            self.assertEqual((len(told), len(set(told))), (2, 1))
            self.assertNotIn(told[0].split()[1], seen)

    def test_directories(self):
        for chance in self.chances():
            names = ["/" + "".join(chance.choice("abc") for _ in range(chance.randrange(1, 6))) + str(number)
                     for number in range(chance.randrange(1, 4))]
            modes = [chance.choice(("read", "write")) for _ in names]

            # One folder for all: those that may write do.
            def observed(code, out, err, names=names, modes=modes):
                wanted = "".join(f"{name} {0 if mode == 'write' else NOTCAPABLE}\n" for name, mode in zip(names, modes))
                self.assertEqual((code, out.decode()), (0, wanted), err)
                self.assertEqual((self.place / "made").exists(), "write" in modes)
            flags = [word for name, mode in zip(names, modes) for word in ("--dir", f"PLACE::{name}:{mode}")]
            if len(set(modes)) > 1:
                continue  # one directory with two rights is refused by itself
            self.field("fs.read", flags, ["directories"], observed, refuses=self.CLI if "read" in modes else ())
        self.field("fs.write", [], ["directories"], self.equal(b""))
        self.field("fs.options", ["--dir", "PLACE::/d:write,xdev"], ["directories"], self.equal(b"/d 0\n"),
                   refuses=self.CLI)

    def test_cwd(self):
        flags = ["--dir", "PLACE::/d:write", "--cwd"]

        def at(names, made):
            def observed(code, out, err):
                self.assertEqual((code, out), (0, names), err)
                self.assertTrue((self.place / made).exists())
            return observed
        self.field("cwd", [*flags, "/d"], ["directories"], at(b". 0\n/d 0\n", "made"))
        self.field("cwd", [*flags, "/d/sub"], ["directories"], at(b". 0\n/d 0\n", "sub/made"), refuses=self.CLI)

    def test_sockets(self):
        self.field("net.socket", ["--listen", "127.0.0.1:0"], ["sockets"], self.equal(b"1\n"), refuses=self.CLI)
        self.field("net.socket", [], ["sockets"], self.equal(b"0\n"))

    def test_memory(self):
        for chance in self.chances():
            pages = chance.randrange(8, 400)
            self.field("limit.memory", ["--memory", pages * 65_536], ["grow"], self.equal(b"%d\n" % pages))

    def test_stack(self):
        def ended(code, out, err):
            self.assertEqual((code, out), (134, b""), err)
        deep = ["deep", 60]
        self.field("limit.stack", ["--stack", "1MiB"], deep, lambda code, out, err: self.assertEqual(code, 0, err))
        self.field("limit.stack", ["--stack", "1MiB"], ["deep", 2_000_000], ended)

    def test_wall_and_cpu_and_fuel(self):
        def by(limit):
            def observed(code, out, err):
                said = json.loads(self.receipt.read_text())
                self.assertEqual((code, said["exit"]["kind"], said["exit"].get("limit")), (124, "limited", limit), err)
            return observed
        self.field("limit.wall", ["--wall", "700ms", "--cpu", "60s"], ["spin"], by("wall"))
        self.field("limit.cpu", ["--cpu", "1s", "--wall", "100s"], ["spin"], by("cpu"))

    def test_stdout_and_stderr(self):
        for chance in self.chances():
            size = chance.randrange(1, 9000)

            def cut(code, out, err, size=size):
                self.assertEqual((code, len(out)), (0, min(size, 5000)), err)
            self.field("limit.stdout", ["--stdout", size], ["flood", 5000], cut)
        self.field("limit.stderr", ["--stderr", "4"], ["errors"],
                   lambda code, out, err: self.assertTrue(err.startswith("said") and "said on" not in err, err))

    def test_budgets_of_files(self):
        flags = ["--dir", "PLACE::/d:write"]
        for chance in self.chances()[:1]:
            number = chance.randrange(6, 40)
            self.field("limit.open-files", [*flags, "--open-files", number], ["descriptors", "/d/file"],
                       self.equal(b"%d\n" % (number - 4)), refuses=self.CLI)
            size = chance.randrange(1, 90) * 100
            self.field("limit.written", [*flags, "--written", size], ["written", "/d/out"],
                       self.equal(b"%d\n" % size), refuses=self.CLI)
            number = chance.randrange(1, 60)
            self.field("limit.inodes", [*flags, "--inodes", number], ["inodes", "/d"],
                       self.equal(b"%d\n" % number), refuses=self.CLI)

    def test_exit_codes(self):
        for code in (0, 1, 7, 125):
            self.field("exit", [], ["exit", code], self.equal(b"", code))

    def test_hardening_and_labels(self):
        def layers(code, out, err):
            self.assertEqual(json.loads(self.receipt.read_text())["hardening"]["profile"], "basic")
        self.field("hardening", ["--hardening", "basic"], ["words"], layers, refuses=self.CLI)

        def labelled(code, out, err):
            self.assertEqual(json.loads(self.receipt.read_text())["label"], {"k": "v"})
        self.field("label", ["--label", "k=v"], ["words"], labelled)

    def test_defaults_that_a_runner_does_not_keep_are_told(self):
        for runner in self.runners:
            code, _, err = self.run_by(runner, ["--basic"], "words")
            self.assertEqual(code, 0, err)
            told = json.loads(self.receipt.read_text())["unenforced"]
            wanted = {"limit.open-files", "limit.written", "limit.inodes", "hardening"} if runner != "native" else set()
            self.assertLessEqual(wanted, set(told))
            self.assertEqual(bool(told), bool(wanted))


def main():
    global OBSERVE
    runners_test.WARRANT, OBSERVE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    print(f"SEED={SEED}", file=sys.stderr)
    if not runners_test.REAL:
        print("skipped for wasmtime-cli: the real wasmtime command line is not here", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
