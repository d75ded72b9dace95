#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""runners_test.py WARRANT GUESTS WAT2WASM [CASE…]: one program through every runner and natively.

StandIn plays a wasmtime command line that records what it was given and ends as it is told; Equal runs
the real one (of PATH, or what tools/peers installed; a visible skip where there is none) beside our engine and beside the same C
sources compiled for this machine, and compares stdout, exit code and the tree that is left.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

WARRANT, GUESTS, WAT2WASM = "", pathlib.Path(), ""
ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("WARRANT_BUILD_CACHE") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "warrant-build"))
REAL = next(map(str, (path for path in CACHE.glob("peers/*/wasmtime") if os.access(path, os.X_OK))),
            shutil.which("wasmtime"))
STAND_IN = r"""#!/usr/bin/python3 -B
import json, os, signal, sys, time
folder = os.path.dirname(os.path.abspath(sys.argv[0]))
play = json.load(open(folder + "/play.json"))
words = sys.argv[1:]
if words == ["--version"]:
    print(play.get("version", "wasmtime 48.0.2 (stand-in)"))
    sys.exit(0)
at = words.index("--argv0")
given = [words[at + 1]] + words[words.index("--", at + 2) + 2:]
if given[0] == "probe it":
    if play.get("shifts"):
        given = given[1:]
    sys.stdout.write("".join(word + "\0" for word in given))
    sys.exit(0)
record = {"words": words, "environment": dict(os.environ), "cwd": os.getcwd(), "group": os.getpgid(0) == os.getpid(),
          "descriptors": sorted(int(n) for n in os.listdir("/proc/self/fd")), "stdin": sys.stdin.read(),
          "module": open("/proc/self/fd/3", "rb").read(4).hex()}
json.dump(record, open(folder + "/record.json", "w"))
os.write(1, play.get("stdout", "").encode())
os.write(2, play.get("stderr", "").encode())
if "signal" in play:
    os.kill(os.getpid(), play["signal"])
time.sleep(play.get("sleep", 0))
sys.exit(play.get("status", 0))
"""
ALL = ("--basic",)  # what the wasmtime command line always gives


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name).resolve()
        (self.root / "home").mkdir()
        self.bin = self.root / "bin"
        self.bin.mkdir()
        self.path = f"{self.bin}:/usr/bin:/bin"

    def environment(self):
        return {"PATH": self.path, "HOME": str(self.root / "home"), "LANG": "C.UTF-8", "SECRET": "x"}

    def warrant(self, *words, feed=b"", cwd=None):
        done = subprocess.run([WARRANT, *map(str, words)], input=feed, capture_output=True, env=self.environment(),
                              timeout=120, cwd=cwd or self.root, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def run_by(self, runner, flags, *words, **more):
        return self.warrant("run", "--runner", runner, "--denials=never", *flags, *words, **more)

    def play(self, **play):
        (self.bin / "play.json").write_text(json.dumps(play))
        program = self.bin / "wasmtime"
        program.write_text(STAND_IN)
        program.chmod(0o755)
        return program

    def record(self):
        return json.loads((self.bin / "record.json").read_text())


class StandIn(Case):
    def setUp(self):
        super().setUp()
        self.hello = GUESTS / "hello.wasm"

    def test_it_is_given_words_streams_and_nothing_else(self):
        self.play(stdout="out\n", stderr="err\n")
        code, out, err = self.run_by("wasmtime-cli", [*ALL, "--env", "B=2", "--env", "A="], self.hello, "--", "-x", "",
                                     feed=b"fed")
        self.assertEqual((code, out, err), (0, b"out\n", "err\n"))
        record = self.record()
        words = record["words"]
        self.assertEqual(words[:3], ["run", "-C", "cache=n"])
        self.assertEqual(words[words.index("--env"):], ["--env", "A=", "--env", "B=2", "--argv0", "hello.wasm", "--",
                                                        "/proc/self/fd/3", "--", "-x", ""])
        self.assertEqual({key: value for key, value in record["environment"].items() if key != "LC_CTYPE"}, {})
        self.assertEqual((record["cwd"], record["group"], record["stdin"]), ("/", True, "fed"))
        self.assertEqual(record["module"], "0061736d")
        self.assertLessEqual(set(record["descriptors"]), {0, 1, 2, 3, 4})  # 4: the list itself

    def test_each_end_is_told_as_what_it_was(self):
        rows = (({"status": 7}, 7), ({"status": 125}, 125), ({"status": 134, "stderr": "wasm trap: unreachable\n"}, 134),
                ({"status": 1, "stderr": "Error: exit with invalid exit status outside of [0..126)\n"}, 134),
                ({"status": 1}, 1), ({"signal": signal.SIGTERM}, 143), ({"signal": signal.SIGKILL}, 137),
                ({"signal": signal.SIGSEGV}, 139))
        for play, wanted in rows:
            with self.subTest(play):
                self.play(stdout="kept\n", **play)
                code, out, err = self.run_by("wasmtime-cli", ALL, self.hello)
                self.assertEqual((code, out), (wanted, b"kept\n"), err)

    def test_a_deadline_and_a_signal_end_it_with_what_it_printed(self):
        self.play(stdout="kept\n", sleep=60)
        code, out, err = self.run_by("wasmtime-cli", [*ALL, "--wall", "1s"], self.hello)
        self.assertEqual((code, out), (124, b"kept\n"), err)
        self.assertIn("wall", err)
        child = subprocess.Popen([WARRANT, "run", "--runner", "wasmtime-cli", *ALL, self.hello], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=self.environment())
        self.assertEqual(child.stdout.readline(), b"kept\n")
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=30)
        self.assertEqual(child.returncode, 143)

    def test_output_beyond_a_written_limit_is_dropped_and_said(self):
        self.play(stdout="0123456789")
        code, out, err = self.run_by("wasmtime-cli", [*ALL, "--stdout", "4"], self.hello)
        self.assertEqual((code, out), (0, b"0123"))
        self.assertIn("dropped", err)

    def test_what_cannot_be_used_is_refused_with_the_reason(self):
        def refused(*wanted):
            code, out, err = self.run_by("wasmtime-cli", ALL, self.hello)
            self.assertEqual((code, out), (126, b""), err)
            for each in ("runner.unavailable", *wanted):
                self.assertIn(each, err)
        refused("no wasmtime")
        program = self.play()
        program.chmod(0o644)
        refused("not executable", "chmod +x")
        self.play(version="wasmtime 24.0.0")
        refused("too old")
        self.play(version="something else")
        refused("does not tell its version")
        self.play(shifts=True)
        refused("arguments")

    def test_what_it_cannot_honour_is_refused_whole_before_the_module_is_read(self):
        self.play()
        absent = self.root / "absent.wasm"
        code, _, err = self.run_by("wasmtime-cli", ["--dir", f"{self.root}::/d:read"], absent)
        self.assertEqual(code, 126)
        for each in ("runner.cannot_honour", "clock.monotonic", "clock.wall", "entropy", "fs.read", "native"):
            self.assertIn(each, err)
        self.assertNotIn("absent.wasm", err)
        self.assertFalse((self.bin / "record.json").exists())
        for flags, wanted in ((["--written", "1MiB"], "limit.written"), (["--random=7"], "entropy.seed"),
                              (["--listen", "127.0.0.1:0"], "net.socket"), (["--no-stdout"], "console"),
                              (["--dir", f"{self.root}::/d:write,xdev"], "fs.options")):
            with self.subTest(flags):
                clock = ["--clock"] if flags[0] == "--random=7" else list(ALL)
                code, _, err = self.run_by("wasmtime-cli", [*clock, *flags], self.hello)
                self.assertEqual(code, 126, err)
                self.assertIn(wanted, err)

    def test_a_module_with_sockets_is_refused_by_what_it_imports(self):
        self.play()
        source = self.root / "s.wat"
        source.write_text('(module (import "wasi_snapshot_preview1" "sock_accept" (func (param i32 i32 i32)'
                          ' (result i32))) (memory (export "memory") 1) (func (export "_start")))')
        subprocess.run([WAT2WASM, source, "-o", self.root / "s.wasm"], check=True)
        code, _, err = self.run_by("wasmtime-cli", ALL, self.root / "s.wasm")
        self.assertEqual(code, 126)
        self.assertIn("import.wasi_snapshot_preview1", err)

    def test_unknown_runners_are_usage_and_the_browser_is_not_here(self):
        code, _, err = self.run_by("natve", ALL, self.hello)
        self.assertEqual(code, 64)
        self.assertIn("native", err)
        code, _, err = self.run_by("browser", ALL, self.hello)
        self.assertEqual(code, 126)
        self.assertIn("runner.unavailable", err)

    def test_runners_are_listed_for_people_and_machines(self):
        self.play()
        code, out, _ = self.warrant("runners")
        self.assertEqual(code, 0)
        self.assertIn(b"wasmtime-cli: here, wasmtime 48.0.2", out)
        code, out, _ = self.warrant("runners", "--json")
        page = {each["name"]: each for each in json.loads(out)}
        self.assertEqual(set(page), {"native", "browser", "wasmtime-cli"})
        self.assertTrue(page["native"]["available"])
        self.assertEqual(page["wasmtime-cli"]["capabilities"]["entropy"]["withhold"]["answer"], "no")
        self.assertEqual(page["wasmtime-cli"]["capabilities"]["fs.read"]["provide"]["answer"], "no")


@unittest.skipUnless(REAL, "the real wasmtime command line is not here")
class Equal(Case):
    WORDS = (["dump", "--", "-x", "", "two words", "new\nline", "'\"", "h\u00e9 \u4e16"], ["one"])

    def setUp(self):
        super().setUp()
        os.symlink(os.path.realpath(REAL), self.bin / "wasmtime")

    def tree(self, path):
        return {str(each.relative_to(path)): each.read_bytes() if each.is_file() else None
                for each in sorted(path.rglob("*"))}

    def both(self, flags, module, *words, feed=b"", made=None):
        """The same in two folders of their own; what both gave."""
        answers = []
        for runner in ("native", "wasmtime-cli"):
            place = self.root / f"place-{runner}"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            if made:
                made(place)
            here = [flag.replace("PLACE", str(place)) for flag in flags]
            code, out, err = self.run_by(runner, [*ALL, *here], module, *words, feed=feed)
            answers.append((code, out, self.tree(place)))
            self.assertNotIn("warrant: error: runner", err)
        self.assertEqual(*answers)
        return answers[0]

    def natively(self, source, *words, place=None, feed=b""):
        program = self.root / "native-program"
        subprocess.run(["g++" if source.suffix == ".cc" else "gcc", "-O1", "-w", source, "-o", program], check=True)
        done = subprocess.run([program.name, *words], executable=program, input=feed, capture_output=True,
                              cwd=place or self.root, env={}, timeout=60, check=False)
        return done.returncode, done.stdout

    def test_arguments_and_variables(self):
        module = ROOT / "build/demos/wasi-cli-args.wasm"
        for words in (["show", *self.WORDS[0]], self.WORDS[1], []):
            flags = ["--argv0", "args", "--env", "A=", "--env", "Z=1"]
            code, out, _ = self.both(flags, module, *words)
            program = self.root / "args"
            subprocess.run(["g++", "-std=c++20", "-w", ROOT / "demos/wasi-cli-args/args.cc", "-o", program], check=True)
            done = subprocess.run(["args", *words], executable=program, capture_output=True, env={"A": "", "Z": "1"},
                                  check=False)
            self.assertEqual((code, out), (done.returncode, done.stdout))

    def test_files_are_read_copied_and_listed(self):
        def made(place):
            (place / "a.txt").write_bytes(b"alpha\n" * 2000)
            (place / "sub").mkdir()
            (place / "sub/b").write_bytes(bytes(range(256)))
        flags = ["--dir", "PLACE::/w:write"]
        code, out, _ = self.both(flags, GUESTS / "cat.wasm", "/w/a.txt", made=made)
        place = self.root / "place-native"
        self.assertEqual((code, out), self.natively(ROOT / "guests/probes/cat.c", "a.txt", place=place))
        code, out, tree = self.both(flags, GUESTS / "copy.wasm", "/w/a.txt", "/w/c.txt", made=made)
        self.assertEqual((code, tree["c.txt"]), (0, b"alpha\n" * 2000))
        native = self.root / "place-native"
        (native / "c.txt").unlink()
        self.assertEqual(self.natively(ROOT / "guests/probes/copy.c", "a.txt", "c.txt", place=native), (code, out))
        self.assertEqual(self.tree(native), tree)
        code, out, _ = self.both(flags, GUESTS / "list.wasm", "/w", made=made)
        self.assertEqual(code, 0)

    def test_what_is_missing_fails_alike(self):
        code, out, _ = self.both(["--dir", "PLACE::/w:write"], GUESTS / "cat.wasm", "/w/none")
        self.assertEqual((code, out), self.natively(ROOT / "guests/probes/cat.c", "none"))

    def test_traps_end_alike_with_what_was_printed(self):
        source = self.root / "t.wat"
        source.write_text("""(module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "\\08\\00\\00\\00\\04\\00\\00\\00out\\n")
          (func (export "_start")
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))) unreachable))""")
        subprocess.run([WAT2WASM, source, "-o", self.root / "t.wasm"], check=True)
        code, out, _ = self.both([], self.root / "t.wasm")
        self.assertEqual((code, out), (134, b"out\n"))

    def test_rust_and_c_say_hello_alike(self):
        for name in ("wasi-hello-rust", "wasi-hello-c"):
            code, out, _ = self.both([], ROOT / f"build/demos/{name}.wasm")
            self.assertEqual((code, out), (0, b"Hello from WASI on Warrant\n"))


def main():
    global WARRANT, GUESTS, WAT2WASM
    WARRANT, GUESTS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    WAT2WASM = sys.argv[3]
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])


if __name__ == "__main__":
    main()
