#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""runners_test.py WARRANT GUESTS WAT2WASM [CASE…]: one program through every runner and natively.

StandIn plays a wasmtime command line that records what it was given and ends as it is told; Equal runs
the real one (of PATH, or what tools/peers installed; a visible skip where there is none) beside our engine and beside the same C
sources compiled for this machine, and compares stdout, exit code and the tree that is left.
"""
import hashlib
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


def process_words(number):
    try:
        return pathlib.Path(f"/proc/{number}/cmdline").read_text()
    except FileNotFoundError:
        return ""


def cpu_of(number):
    """Hundredths of a second that it has computed."""
    return sum(map(int, pathlib.Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))


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
                              (["--dir", f"{self.root}::/d:write,xdev"], "fs.options"),
                              (["--fetch", "https://api.example.com"], "netFetch"),
                              (["--clock=wall,monotonic,cpu"], "clock.cpu"), (["--inodes", "5"], "limit.inodes"),
                              (["--open-files", "9"], "limit.open-files"), (["--hardening", "basic"], "hardening"),
                              (["--connect", "127.0.0.1:1"], "net.socket"),
                              (["--allow-missing-import", "a.b"], "import.embedder"),
                              (["--dir", f"{self.root}::/d:write", "--cwd", "/d/bin"], "cwd"),
                              (["--dir", f"{self.root}::/d::e:write"], "fs.write")):
            with self.subTest(flags):
                clock = {"--random=7": ["--clock"], "--clock=wall,monotonic,cpu": ["--random"]}.get(flags[0], list(ALL))
                code, _, err = self.run_by("wasmtime-cli", [*clock, *flags], absent)
                self.assertEqual(code, 126, err)
                self.assertIn(wanted, err)
                self.assertNotIn("absent.wasm", err)

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


class Records(Case):
    """Runs by the stand-in stand under every rule that our own engine's runs stand under, and leave records."""

    def setUp(self):
        super().setUp()
        self.hello = GUESTS / "hello.wasm"
        self.place = self.root / "place"
        self.place.mkdir()
        self.play(stdout="out\n")

    def cli(self, *flags, file=None, words=()):
        return self.run_by("wasmtime-cli", flags, file or self.hello, *words)

    def refused(self, answer, *wanted):
        code, out, err = answer
        self.assertEqual((code, out), (126, b""), err)
        for each in wanted:
            self.assertIn(each, err)
        self.assertFalse((self.bin / "record.json").exists(), "it was started")

    def wat(self, text):
        source = self.root / "m.wat"
        source.write_text(text)
        subprocess.run([WAT2WASM, source, "-o", self.root / "m.wasm"], check=True)
        return self.root / "m.wasm"

    def test_the_receipt_says_which_runner_it_was_and_what_it_does_not_do(self):
        receipt = self.root / "receipt.json"
        code, _, err = self.cli(*ALL, "--receipt", receipt, "--label", "job=7", words=["one"])
        self.assertEqual(code, 0, err)
        said = json.loads(receipt.read_text())
        self.assertEqual((said["runner"], said["engine"], said["audit_scope"], said["passed_over"], said["hardening"]),
                         ("wasmtime-cli", "wasmtime 48.0.2 (stand-in)", "process", [], None))
        self.assertEqual((said["argv"], said["label"], said["exit"]["exit_code"]), (["hello.wasm", "one"], {"job": "7"}, 0))
        self.assertEqual(said["module"]["sha256"], "sha256:" + hashlib.sha256(self.hello.read_bytes()).hexdigest())
        for each in ("limit.open-files", "limit.written", "limit.inodes", "hardening"):
            self.assertIn(each, said["unenforced"])
        self.assertNotIn("limit.wall", said["unenforced"])
        code, out, err = self.warrant("audit", "verify")
        self.assertEqual(code, 0, out + err.encode())
        code, out, err = self.warrant("receipt", "show", said["run"])
        self.assertEqual((code, json.loads(out)["runner"]), (0, "wasmtime-cli"), err)

    def test_our_own_engine_says_so_too(self):
        receipt = self.root / "receipt.json"
        self.assertEqual(self.warrant("run", "--receipt", receipt, self.hello)[0], 0)
        said = json.loads(receipt.read_text())
        self.assertEqual((said["runner"], said["passed_over"], said["unenforced"]), ("native", [], []))
        self.assertNotIn("audit_scope", said)
        self.assertRegex(said["engine"], r"^wasmtime 48")

    def test_ends_are_on_record_as_what_they_were(self):
        receipt = self.root / "receipt.json"
        for play, wanted in (({"signal": signal.SIGKILL}, {"kind": "signalled", "exit_code": 137, "signal": 9}),
                             ({"sleep": 60}, {"kind": "limited", "exit_code": 124, "limit": "wall"}),
                             ({"status": 5}, {"kind": "exited", "exit_code": 5, "code": 5})):
            with self.subTest(play):
                self.play(**play)
                receipt.unlink(missing_ok=True)
                self.cli(*ALL, "--wall", "1s", "--receipt", receipt)
                said = json.loads(receipt.read_text())["exit"]
                self.assertEqual({key: said.get(key) for key in wanted}, wanted)

    def test_refusals_are_on_record_with_every_reason(self):
        log = self.root / "home/.local/state/warrant/log"
        self.refused(self.cli(), "clock.wall", "entropy")
        records = [json.loads(line) for file in log.glob("*/*.jsonl") for line in file.read_text().splitlines()]
        refusals = [each for each in records if each["kind"] == "run.refused"]
        self.assertEqual(len(refusals), 1)
        text = " ".join(refusals[0]["reasons"])
        for each in ("clock.monotonic", "clock.wall", "entropy"):
            self.assertIn(each, text)

    def test_directories_are_judged_as_for_our_own_engine(self):
        (self.place / "file").write_text("x")
        state = self.root / "home/.local/state/warrant"
        self.assertEqual(self.cli(*ALL)[0], 0)
        (self.bin / "record.json").unlink()
        self.assertTrue(state.is_dir())
        for host, wanted in ((state, "warrant"), (self.root / "home", "warrant"), ("/proc", "/proc"), ("/sys", "/sys"),
                             (self.place / "file", "file"), (self.root / "none", "none")):
            with self.subTest(host):
                flags = [*ALL, "--dir", f"{host}::/d:write"]
                native = self.run_by("native", flags, self.hello)
                self.assertEqual(native[0], 126, native)
                self.refused(self.cli(*flags), wanted)
        code, _, err = self.cli(*ALL, "--dir", f"{self.place}::/d:write")
        self.assertEqual(code, 0, err)
        words = self.record()["words"]
        self.assertEqual(words[words.index("--dir") + 1], f"{self.place}::/d")

    def test_modules_are_judged_as_for_our_own_engine(self):
        none = self.root / "none.wasm"
        none.write_bytes(b"not a module")
        rows = ((none, []), (self.wat('(module (import "env" "x" (func)) (func (export "_start")))'), []))
        for file, flags in rows:
            self.refused(self.cli(*ALL, *flags, file=file))
        self.assertIn("env.x", self.cli(*ALL, file=self.root / "m.wasm")[2])
        self.refused(self.cli(*ALL, file=self.wat('(module (func (export "x")))')), "_start")
        big = self.wat('(module (memory (export "memory") 100) (func (export "_start")))')
        self.refused(self.cli(*ALL, "--memory", "1MiB", file=big), "memory")
        self.refused(self.cli(*ALL, "--pin", "sha256:" + "0" * 64), "sha256")

    def test_what_nobody_may_leave_open_is_refused(self):
        ceiling = self.root / "ceiling.toml"
        ceiling.write_text('version = 1\nunenforced = "refuse"\n')
        self.refused(self.cli(*ALL, "--ceiling", ceiling), "limit.open-files", "hardening")
        ceiling.write_text('version = 1\nlog = "required"\n')
        self.refused(self.cli(*ALL, "--ceiling", ceiling), "audit.effects")
        self.refused(self.cli(*ALL, "--hardening", "basic"), "hardening")
        for flag in ("--trace", "--time"):
            self.refused(self.cli(*ALL, flag), flag)

    def test_the_program_of_the_configuration_comes_before_the_path(self):
        folder = self.root / "elsewhere"
        folder.mkdir()
        shutil.move(self.bin / "wasmtime", folder / "other")
        shutil.move(self.bin / "play.json", folder / "play.json")
        self.refused(self.cli(*ALL), "no wasmtime")
        config = self.root / "config.toml"
        config.write_text(f'version = 1\n[runners.wasmtime-cli]\npath = "{folder}/other"\n')
        code, out, err = self.cli(*ALL, "--config", config)
        self.assertEqual((code, out), (0, b"out\n"), err)
        home = self.root / "home/.config/warrant"
        home.mkdir(parents=True)
        shutil.copy(config, home / "config.toml")
        (home / "config.toml").chmod(0o600)
        self.assertEqual(self.cli(*ALL)[:2], (0, b"out\n"))
        self.assertIn(b"wasmtime-cli: here, wasmtime 48.0.2", self.warrant("runners")[1])
        (home / "config.toml").write_text('version = 1\n[runners.wasmtime-cli]\npath = "/nowhere/wasmtime"\n')
        self.refused(self.cli(*ALL), "runner.unavailable", "/nowhere/wasmtime is not there")

    def component(self, *imports, exports=("wasi:cli/run@0.2.0",)):
        def entry(name, more):
            return b"\0" + bytes([len(name)]) + name.encode() + more

        def section(number, entries):
            body = bytes([len(entries)]) + b"".join(entries)
            return bytes([number, len(body) % 128 + 128, len(body) // 128]) + body
        self.made = getattr(self, "made", 0) + 1
        path = self.root / f"{self.made}" / "component.wasm"
        path.parent.mkdir()
        path.write_bytes(b"\0asm\x0d\0\1\0" + section(10, [entry(each, b"\5\0") for each in imports]) +
                         section(11, [entry(each, b"\5\0\0") for each in exports]))
        return path

    def test_without_a_name_the_first_that_can_is_taken_and_the_others_are_on_record(self):
        component = self.component("wasi:cli/stdout@0.2.0", "wasi:io/streams@0.2.0", "wasi:clocks/wall-clock@0.2.3",
                                   "wasi:filesystem/types@0.2.0", "wasi:random/random@0.2.0")
        receipt = self.root / "receipt.json"
        for turn in range(2):
            code, out, err = self.warrant("run", *ALL, "--receipt", receipt, component, "one")
            self.assertEqual((code, out), (0, b"out\n"), err)
            said = json.loads(receipt.read_text())
            self.assertEqual(said["runner"], "wasmtime-cli")
            self.assertEqual([each["runner"] for each in said["passed_over"]], ["native"])
            self.assertIn("module.component", said["passed_over"][0]["why"])
        words = self.record()["words"]
        self.assertNotIn("max-instances=1", words)
        self.assertEqual(words[words.index("--argv0"):], ["--argv0", "component.wasm", "--", "/proc/self/fd/3", "one"])
        self.assertEqual(self.warrant("audit", "verify")[0], 0)
        self.assertEqual(self.warrant("run", *ALL, "--receipt", receipt, self.hello)[0], 0)
        said = json.loads(receipt.read_text())
        self.assertEqual((said["runner"], said["passed_over"]), ("native", []), "what our own engine runs, it runs")

    def test_without_a_name_nothing_weaker_is_taken(self):
        plain = ["wasi:cli/stdout@0.2.0"]
        rows = ((ALL, self.component(*plain, "wasi:sockets/tcp@0.2.0"), ["runner.none", "module.component"]),
                (ALL, self.component(*plain, "wasi:http/outgoing-handler@0.2.0"), ["runner.none", "module.component"]),
                (ALL, self.component(*plain, exports=("acme:tool/run@1.0.0",)), ["runner.none", "module.component"]),
                (["--random"], self.component(*plain), ["runner.none", "clock.wall", "module.component"]),
                ([*ALL, "--dir", f"{self.place}::/d:read"], self.component(*plain), ["runner.none", "fs.read"]))
        for flags, component, wanted in rows:
            with self.subTest(flags=flags):
                self.refused(self.warrant("run", *flags, component), *wanted)
        self.refused(self.warrant("run", *ALL, "--runner", "native", self.component(*plain)), "component")
        (self.bin / "wasmtime").unlink()
        self.refused(self.warrant("run", *ALL, self.component(*plain)), "runner.none", "module.component", "no wasmtime")

    def test_a_grant_file_names_the_runner_too(self):
        grant = self.root / "grant.toml"
        grant.write_text('version = 1\nrunner = "wasmtime-cli"\n')
        code, out, err = self.warrant("run", *ALL, "--grant", grant, self.hello)
        self.assertEqual((code, out), (0, b"out\n"), err)
        self.assertEqual(self.record()["words"][0], "run")

    def test_a_closed_stream_cannot_be_withheld(self):
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" "$@" >&-', WARRANT, "run", "--runner", "wasmtime-cli", *ALL,
                               self.hello], stderr=subprocess.PIPE, env=self.environment(), check=False)
        self.assertEqual(done.returncode, 126)
        self.assertIn(b"console", done.stderr)

    def test_output_that_is_passed_on_has_no_limit_that_nobody_wrote(self):
        self.play(stdout="0123456789abcdef" * 196_608)
        code, out, err = self.cli(*ALL)
        self.assertEqual((code, len(out), err), (0, 3 << 20, ""))


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

    def test_standard_input_is_read_alike(self):
        observe, source = GUESTS / "observe.wasm", ROOT / "guests/probes/cat.c"
        for feed in (b"", b"one line\n", bytes(range(256)) * 3000):
            code, out, _ = self.both([], GUESTS / "cat.wasm", feed=feed)
            self.assertEqual((code, out), self.natively(source, feed=feed))
            code, out, _ = self.both([], observe, "input", feed=feed)
            self.assertEqual((code, out), (0, b"%d %d\n" % (len(feed), sum(feed))))

    def test_exit_codes_are_alike(self):
        for wanted in (0, 1, 2, 42, 125):
            code, out, _ = self.both([], GUESTS / "observe.wasm", "exit", str(wanted))
            self.assertEqual((code, out), (wanted, b""))
        for above in (126, 200, 255):
            self.assertEqual(self.run_by("native", ALL, GUESTS / "observe.wasm", "exit", str(above))[0], above)
            code, _, err = self.run_by("wasmtime-cli", ALL, GUESTS / "observe.wasm", "exit", str(above))
            self.assertEqual(code, 134, "a status that it cannot report is never another one")
            self.assertIn("exit status above 125 cannot be reported", err)

    def test_output_beyond_every_buffer_is_alike(self):
        code, out, _ = self.both([], GUESTS / "observe.wasm", "flood", "3145728")
        self.assertEqual((code, out), (0, b"x" * 3_145_728))
        code, out, _ = self.both(["--stdout", "1000"], GUESTS / "observe.wasm", "flood", "3145728")
        self.assertEqual((code, out), (0, b"x" * 1000))

    def test_variables_are_those_of_the_grant_alone(self):
        code, out, _ = self.both(["--env", "A=", "--env", "B=two words", "--env", "SECRET"], GUESTS / "observe.wasm",
                                 "variables")
        self.assertEqual((code, sorted(out.split(b"\0"))), (0, [b"", b"A=", b"B=two words", b"SECRET=x"]))

    def test_a_tree_is_left_alike(self):
        observe = GUESTS / "observe.wasm"
        code, out, tree = self.both(["--dir", "PLACE::/w:write", "--cwd", "/w"], observe, "directories")
        self.assertEqual((code, out, tree), (0, b". 0\n/w 0\n", {"made": b""}))
        code, out, tree = self.both(["--dir", "PLACE::/w:write"], observe, "inodes", "/w")
        self.assertEqual(code, 0)

    def started(self, runner, *words):
        """A run that goes on, and the process of the guest in it."""
        process = subprocess.Popen([WARRANT, "run", "--runner", runner, *ALL, "--wall", "60s", "--cpu", "60s",
                                    GUESTS / "observe.wasm", *words], env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for _ in range(3000):
            for child in children.read_text().split():
                words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if b"observe.wasm" in words and b"wasmtime" in words[0]:
                    return process, int(child)
            if runner == "native" and "observe" in process_words(process.pid) and cpu_of(process.pid) > 20:
                return process, process.pid
            time.sleep(0.01)
        return self.fail("it never started")

    def test_signals_end_a_run_alike(self):
        for runner in ("native", "wasmtime-cli"):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                with self.subTest(runner=runner, signal=number):
                    process, _ = self.started(runner, "spin")
                    process.send_signal(number)
                    out, err = process.communicate(timeout=60)
                    self.assertEqual((process.returncode, out), (128 + number, b""), err)

    def test_its_process_killed_in_mid_run_is_told_and_on_record(self):
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGABRT):
            with self.subTest(signal=number):
                process, child = self.started("wasmtime-cli", "spin")
                os.kill(child, number)
                _, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 128 + number, err)
                self.assertEqual(self.warrant("audit", "verify")[0], 0)

    def test_when_we_are_killed_it_goes_too(self):
        process, child = self.started("wasmtime-cli", "spin")
        process.kill()
        process.wait(timeout=60)
        for _ in range(500):
            if not pathlib.Path(f"/proc/{child}/cmdline").exists() or not process_words(child):
                return
            time.sleep(0.01)
        self.fail("the runner's process outlives us")

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
