#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""contract_test.py WARRANT GUESTS WAT2WASM [CASE…]: rows of runners.md section 12 that need more than a stream.

The rows and where each is proved: docs/formats/refusals.md. What needs the real wasmtime command line
is a visible skip, by name, where there is none.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import runners_test
from runners_test import ALL, REAL

P1 = "wasi_snapshot_preview1"
# The 46 functions of WASI preview1; i: i32, I: i64. All answer an errno, but proc_exit.
FUNCTIONS = dict(word.split(":") for word in """
  args_sizes_get:ii args_get:ii environ_sizes_get:ii environ_get:ii clock_res_get:ii clock_time_get:iIi random_get:ii
  sched_yield: proc_exit:i proc_raise:i fd_read:iiii fd_pread:iiiIi fd_write:iiii fd_pwrite:iiiIi fd_seek:iIii
  fd_tell:ii fd_sync:i fd_datasync:i fd_advise:iIIi fd_allocate:iII fd_filestat_set_size:iI fd_close:i fd_renumber:ii
  fd_fdstat_get:ii fd_fdstat_set_flags:ii fd_fdstat_set_rights:iII fd_filestat_get:ii fd_filestat_set_times:iIIi
  fd_readdir:iiiIi fd_prestat_get:ii fd_prestat_dir_name:iii path_open:iiiiiIIii path_filestat_get:iiiii
  path_filestat_set_times:iiiiIIi path_create_directory:iii path_remove_directory:iii path_unlink_file:iii
  path_rename:iiiiii path_link:iiiiiii path_symlink:iiiii path_readlink:iiiiii poll_oneoff:iiii sock_accept:iii
  sock_recv:iiiiii sock_send:iiiii sock_shutdown:ii""".split())


def imported(name):
    parameters = " ".join("i32" if each == "i" else "i64" for each in FUNCTIONS[name])
    result = "" if name == "proc_exit" else " (result i32)"
    return f'(import "{P1}" "{name}" (func (param {parameters}){result}))'


class Case(runners_test.Case):
    def setUp(self):
        super().setUp()
        self.place = self.root / "place"
        self.place.mkdir()
        self.receipt = self.root / "receipt.json"
        self.observe = runners_test.GUESTS / "observe.wasm"
        self.runners = ["native"]
        if REAL:
            os.symlink(os.path.realpath(REAL), self.bin / "wasmtime")
            self.runners.append("wasmtime-cli")

    def wat(self, text):
        source = self.root / "m.wat"
        source.write_text(text)
        subprocess.run([runners_test.WAT2WASM, source, "-o", self.root / "m.wasm"], check=True)
        return self.root / "m.wasm"

    def each(self):
        for runner in self.runners:
            with self.subTest(runner=runner):
                yield runner

    def said(self):
        return json.loads(self.receipt.read_text())

    def refused(self, answer, *wanted):
        code, out, err = answer
        self.assertEqual((code, out), (126, b""), err)
        for each in wanted:
            self.assertIn(each, err)


class Rows(Case):
    def test_each_of_the_46_functions_links(self):
        self.assertEqual(len(FUNCTIONS), 46)
        body = '(memory (export "memory") 1) (func (export "_start"))'
        for name in FUNCTIONS:
            with self.subTest(name):
                module = self.wat(f"(module {imported(name)} {body})")
                self.assertEqual(self.run_by("native", ALL, module)[:2], (0, b""))
                if name.startswith("sock_") and REAL:
                    self.refused(self.run_by("wasmtime-cli", ALL, module), "runner.cannot_honour",
                                 f"import.{P1}", "wasmtime-cli", "native")
        for runner in self.each():
            names = [name for name in FUNCTIONS if runner == "native" or not name.startswith("sock_")]
            module = self.wat(f"(module {' '.join(map(imported, names))} {body})")
            code, out, err = self.run_by(runner, ALL, module)
            self.assertEqual((code, out), (0, b""), err)

    def test_a_module_without_memory_exits_or_is_refused_and_never_something_else(self):
        module = self.wat(f'(module (import "{P1}" "proc_exit" (func $exit (param i32)))'
                          ' (func (export "_start") (call $exit (i32.const 7))))')
        self.assertEqual(self.run_by("native", ALL, module)[:2], (7, b""))
        if REAL:
            self.refused(self.run_by("wasmtime-cli", ALL, module), "runner.cannot_honour", f"import.{P1}", "; native")

    def test_fuel_that_is_spent_is_a_limit(self):
        for runner in self.each():
            self.receipt.unlink(missing_ok=True)
            code, out, err = self.run_by(runner, [*ALL, "--fuel", "1000000", "--receipt", self.receipt], self.observe, "spin")
            end = self.said()["exit"]
            self.assertEqual((code, out, end["kind"], end["limit"]), (124, b"", "limited", "fuel"), err)

    def test_what_the_host_edits_between_two_calls_is_seen(self):
        for runner in self.each():
            file = self.place / "file"
            file.write_text("first")
            child = subprocess.Popen([runners_test.WARRANT, "run", "--runner", runner, "--no-log", *ALL, "--dir",
                                      f"{self.place}::/d:write", self.observe, "again", "/d/file"],
                                     env=self.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)
            self.addCleanup(child.communicate)
            self.addCleanup(child.kill)
            self.assertEqual(child.stdout.readline(), b"5 0 5 first\n")
            for text in ("second, and longer", "3", ""):
                file.write_text(text)  # in place
                child.stdin.write(b"\n")
                child.stdin.flush()
                self.assertEqual(child.stdout.readline().decode(), f"{len(text)} 0 {len(text)} {text}\n")
            other = self.place / "other"
            other.write_text("another file")
            other.rename(file)
            child.stdin.write(b"\n")
            child.stdin.close()
            self.assertEqual(child.stdout.readline(), b"12 0 12 another file\n")
            child.stdin = None
            self.assertEqual(child.wait(timeout=60), 0)

    def test_no_file_is_touched_but_those_that_are_used(self):
        (self.place / "used").write_text("bytes\n")
        for name in ("unused-1", "unused-2"):
            (self.place / name).write_text("x")
        (self.place / "unused-folder").mkdir()
        (self.place / "unused-folder/unused-3").write_text("x")
        (self.root / "unused-neighbour").write_text("x")
        for runner in self.each():
            flags = [] if runner == "native" else ["--runner", runner]
            trace = self.root / f"trace-{runner}"
            done = subprocess.run(["strace", "-f", "-qq", "-s", "300", "-e", "trace=%file,getdents64", "-o", trace,
                                   runners_test.WARRANT, "run", "--no-log", "--hardening=off", *flags, *ALL, "--dir",
                                   f"{self.place}::/d:write", runners_test.GUESTS / "cat.wasm", "/d/used"],
                                  capture_output=True, env=self.environment(), timeout=120, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, b"bytes\n"), done.stderr)
            calls = trace.read_text()
            self.assertIn('"used"', calls)
            self.assertNotIn("unused", calls)

    def test_every_record_of_a_run_is_in_its_receipt_s_count(self):
        copy = self.root / "copy.jsonl"
        (self.place / "file").write_text("x")
        code, _, err = self.run_by("native", [*ALL, "--dir", f"{self.place}::/d:read", "--receipt", self.receipt, "--audit",
                                              copy], self.observe, "inodes", "/d")
        self.assertEqual(code, 0, err)
        events = [json.loads(line) for line in copy.read_text().splitlines()]
        denials = [each for each in events if each.get("decision") == "deny"]
        self.assertEqual(len(denials), 1)
        code, out, err = self.warrant("audit", "verify")
        self.assertEqual(code, 0, out + err.encode())
        ends = [each for each in events if each["kind"] == "run.end"]
        self.assertEqual((events[0]["kind"], len(ends)), ("run.start", 1))
        self.assertEqual(ends[0]["receipt"]["decisions"], self.said()["decisions"])
        self.assertEqual(sum(count for kinds in self.said()["decisions"].values() for count in kinds.values()), len(denials))

    def test_what_a_grant_file_alone_can_ask_for_is_refused_too(self):
        fetch = '[[fetch]]\norigin = "https://api.example.com"\nmethods = ["GET"]\npaths = ["/"]\n'
        console = "[clock]\nwall = true\nmonotonic = true\n"
        rows = (("clock.fixed", console + "fixed = 2001-02-03T04:05:06Z\n"),
                ("clock.resolution", console + 'resolution = "1ms"\n'),
                ("net.fetch.vetted", fetch), ("netFetch", fetch),
                ("secrets", fetch + '[fetch.secret]\nheader = "authorization"\nvalue = "${token}"\n'),
                ("limit.poll", "[limits]\npoll = 9\n"), ("audit.effects", '[audit]\nflush = "each"\n'),
                ("fs.options", f'[[directory]]\nguest = "/d"\nhost = "{self.place}"\naccess = "write"\ninodes = 3\n'))
        (self.bin / "wasmtime").unlink(missing_ok=True)
        self.play()
        for wanted, text in rows:
            with self.subTest(wanted):
                grant = self.root / "grant.toml"
                grant.write_text("version = 1\n" + text)
                clock = ["--random"] if "[clock]" in text else list(ALL)
                self.refused(self.run_by("wasmtime-cli", [*clock, "--grant", grant], self.root / "absent.wasm"),
                             "runner.cannot_honour", wanted, "wasmtime-cli", "; native")
                self.assertFalse((self.bin / "record.json").exists(), "it was started")


    def test_the_toggles_are_refused_until_their_rooms_exist_and_no_variable_is_one(self):
        config = self.root / "config.toml"
        for text, key in (("net-fetch = true", "net-fetch"), ("[tools]\nshell = false", "tools"),
                          ("[tools]\npython = true", "tools")):
            config.write_text(f"version = 1\n{text}\n")
            with self.subTest(text):
                self.refused(self.warrant("run", "--config", config, runners_test.GUESTS / "hello.wasm"), key,
                             "not in this build")
        module = self.wat('(module (import "openagentic_netfetch" "fetch_get" (func $get (param i32 i32 i32 i32 i32 i32 i32)'
                          f' (result i32))) {imported("proc_exit").replace("(func", "(func $exit")} (memory (export "memory") 1)'
                          ' (data (i32.const 0) "https://api.example.com/") (func (export "_start") (call $exit (call $get'
                          ' (i32.const 0) (i32.const 24) (i32.const 64) (i32.const 64) (i32.const 128) (i32.const 132)'
                          ' (i32.const 136)))))')
        for name in ("NET_FETCH", "WARRANT_NET_FETCH", "OPENAGENTIC_SANDBOX_NETFETCH"):
            done = subprocess.run([runners_test.WARRANT, "run", "--no-log", module], capture_output=True, check=False,
                                  env={**self.environment(), name: "1"})
            self.assertEqual((done.returncode, done.stdout), (76, b""), done.stderr)

    def test_net_fetch_is_never_taken_elsewhere(self):
        """Even where the other program is preferred, alone here, or a module merely imports it."""
        (self.bin / "wasmtime").unlink(missing_ok=True)
        self.play()
        module = self.wat('(module (import "openagentic_netfetch" "fetch_get" (func (param i32 i32 i32 i32 i32 i32 i32)'
                          ' (result i32))) (memory (export "memory") 1) (func (export "_start")))')
        self.refused(self.run_by("wasmtime-cli", ALL, module), "import.openagentic_netfetch", "; native")
        code, _, err = self.warrant("run", *ALL, "--receipt", self.receipt, module)
        self.assertEqual((code, self.said()["runner"]), (0, "native"), err)
        self.assertFalse((self.bin / "record.json").exists(), "it was started")


class Ends(Case):
    """A signal to the command ends it at every phase of a run by another program, which goes with it."""

    def setUp(self):
        super().setUp()
        (self.bin / "wasmtime").unlink(missing_ok=True)
        self.play()

    def slowly(self, phase):
        """A stand-in that says where it is, and stays there."""
        program = self.bin / "wasmtime"
        text = program.read_text()
        wait = f"open({str(self.root / 'phase')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        places = {"version": ('if words == ["--version"]:', f'if words == ["--version"]:\n    {wait}'),
                  "probe": ('if given[0] == "probe it":', f'if given[0] == "probe it":\n    {wait}'),
                  "start": ("record = {", f"{wait}\nrecord = {{"),
                  "output": ("sys.exit(play.get", f"{wait}\nsys.exit(play.get")}
        self.assertIn(places[phase][0], text)
        program.write_text(text.replace(*places[phase]))

    def test_at_every_phase(self):
        for phase in ("version", "probe", "start", "output"):
            for number in (signal.SIGTERM, signal.SIGINT):
                with self.subTest(phase=phase, signal=number):
                    self.play(stdout="kept\n")
                    self.slowly(phase)
                    (self.root / "phase").unlink(missing_ok=True)
                    child = subprocess.Popen([runners_test.WARRANT, "run", "--runner", "wasmtime-cli", *ALL,
                                              runners_test.GUESTS / "hello.wasm"], env=self.environment(),
                                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    other = self.number()
                    child.send_signal(number)
                    out, err = child.communicate(timeout=60)
                    ended = child.returncode if child.returncode >= 0 else 128 - child.returncode
                    self.assertEqual((ended, out), (128 + number, b"kept\n" if phase == "output" else b""), err)
                    self.gone(other)

    def number(self):
        for _ in range(6000):
            try:
                return int((self.root / "phase").read_text())
            except (FileNotFoundError, ValueError):
                time.sleep(0.01)
        return self.fail("it never came there")

    def gone(self, number):
        for _ in range(6000):
            if not runners_test.process_words(number):
                return
            time.sleep(0.01)
        self.fail("the other process outlives us")


def main():
    runners_test.WARRANT, runners_test.GUESTS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    runners_test.WAT2WASM = sys.argv[3]
    if not REAL:
        print("skipped for wasmtime-cli: the real wasmtime command line is not here", file=sys.stderr)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])


if __name__ == "__main__":
    main()
