# SPDX-License-Identifier: Apache-2.0
"""From an unknown module to a working grant by the tool's own words: where a person was stopped.

Each test is a place at which somebody who had only `warrant` and its messages did not know what to
do next; it holds what is said there now.
"""
import json
import os
import pty
import re
import subprocess

from support import NO, PATIENCE, Case, tools
from wasm_bytes import command

FAILS = """(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  %s (memory (export "memory") 1) (func (export "_start") (call $exit (i32.const 3))))"""
OPENS = '(import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))'
ACCEPTS = '(import "wasi_snapshot_preview1" "sock_accept" (func (param i32 i32 i32) (result i32)))'


class Directories(Case):
    own_home = True

    def test_one_that_holds_our_own_places_is_told_which_and_what_else_to_grant(self):
        self.run_guest([], "hello")
        done = self.run_guest(["--dir", f"{self.home}::/h"], "hello")
        self.refused(done, f"{self.home}/.cache/warrant, where Warrant keeps its own", "beneath it")

    def test_two_that_overlap_are_both_named(self):
        (self.work / "in").mkdir()
        done = self.run_guest(["--dir", ".::/", "--dir", "in::/in:write"], "hello")
        self.refused(done, str(self.work / "in"), f"it overlaps {self.work}, which", "beside each other")

    def test_a_file_is_granted_by_its_directory(self):
        (self.work / "note").write_text("")
        self.refused(self.run_guest(["--dir", "note::/note"], "hello"), "is not a directory", "that it lies in")

    def test_one_that_is_missing_is_to_be_made(self):
        self.refused(self.run_guest(["--dir", "none::/none"], "hello"), "does not exist", "create it first")

    def test_each_fault_has_its_own_fix_and_the_first_is_the_hint(self):
        (self.work / "note").write_text("")
        done = self.run_guest(["--dir", "none::/none", "--dir", "note::/note"], "hello")
        self.refused(done, "hint: create it first", "is not a directory; name one")


class AfterAFailure(Case):
    def test_a_guest_that_opened_nothing_is_told_what_it_sees(self):
        (self.work / "d").mkdir()
        done = self.run_guest(["--dir", "d::/data"], "cat", "/elsewhere/note")
        self.assertEqual(done.code, 1)
        self.assertIn("it opened nothing in /data, and no other path is there for it", done.err)

    def test_one_that_opened_something_is_told_what_else_is_there(self):
        (self.work / "d").mkdir()
        (self.work / "d" / "note").write_text("here\n")
        for flags in ([], ["--no-log"]):
            done = self.run_guest([*flags, "--dir", "d::/data", "--dir", ".::/w"], "cat", "/data/note", "/else/where")
            self.ends(done, 1, b"here\n")
            self.assertNotIn("opened nothing", done.err)
            self.assertIn("no other path is there for it but /data, /w: --dir HOST::GUEST", done.err)

    def test_one_that_has_every_path_is_not(self):
        self.assertNotIn("no other path", self.run_guest(["--dir", ".::/"], "cat", "/none").err)

    def test_a_python_without_its_library_is_told_what_that_is(self):
        python = self.work / "python.wasm"
        python.write_bytes(self.wat((FAILS % OPENS).replace("const 3", "const 1")).read_bytes())
        (self.work / "d").mkdir()
        self.assertIn("the directory that holds encodings/", self.run_guest(["--dir", "d::/lib"], python).err)
        other = self.run_guest(["--dir", "d::/lib"], self.wat((FAILS % OPENS).replace("const 3", "const 1")))
        self.assertNotIn("encodings", other.err)
        python.write_bytes(self.guest("cat").read_bytes())
        (self.work / "d" / "encodings").mkdir()
        (self.work / "d" / "encodings" / "note").write_text("x")
        done = self.run_guest(["--dir", "d::/lib"], python, "/lib/encodings/note", "/lib/none")
        self.ends(done, 1, b"x")
        self.assertNotIn("holds encodings", done.err)

    def test_not_where_it_succeeded_or_opens_no_files(self):
        (self.work / "d").mkdir()
        self.assertNotIn("opened nothing", self.run_guest(["--dir", "d::/data"], "hello").err)
        done = self.run_guest(["--dir", "d::/data"], self.wat(FAILS % ""))
        self.ends(done, 3)
        self.assertEqual(done.err, "")

    def test_a_server_without_a_listener(self):
        done = self.run_guest([], self.wat(FAILS % ACCEPTS))
        self.ends(done, 3)
        self.assertIn("granted no listener: --listen 127.0.0.1:8080", done.err)
        done = self.run_guest(["--listen", "127.0.0.1:0"], self.wat(FAILS % ACCEPTS))
        self.assertNotIn("granted no listener", done.err)

    def test_files_come_before_listeners(self):
        done = self.run_guest([], self.wat(FAILS % (ACCEPTS + OPENS)))
        self.assertIn("granted no directory", done.err)
        self.assertNotIn("granted no listener", done.err)


class Explain(Case):
    def setUp(self):
        super().setUp()
        (self.work / "d").mkdir()
        (self.work / "d" / "note").write_text("here\n")

    def ask(self, *words):
        done = self.warrant("explain", *words)
        self.assertIn(done.code, (0, NO), done.err)
        return done.code, done.text

    def test_a_relative_path_is_judged_as_the_run_opens_it(self):
        for flags, path in ((["--dir", "d::."], "note"), (["--dir", "d::/"], "note"), (["--dir", "d::/w"], "w/note"),
                            (["--dir", "d"], "d/note"), (["--dir", "d"], "/d/note"), (["--dir", "d::/w"], "./w/note"),
                            (["--dir", "d::."], "./note"),
                            (["--dir", "d::/w", "--cwd", "/w"], "note"), (["--dir", "d::/w"], "note"),
                            (["--dir", "d::/w"], "/note"), (["--dir", "d"], "note")):
            with self.subTest(flags=flags, path=path):
                opened = self.run_guest(flags, "cat", path).code == 0
                self.assertEqual(self.ask(*flags, "open", path)[0] == 0, opened)

    def test_a_file_that_no_directory_holds_is_granted_by_its_parent(self):
        self.assertIn("--dir HOST::/data grants", self.ask("open", "/data/note.txt")[1])
        self.assertIn("--dir HOST::/data:write grants", self.ask("open", "/data/note.txt", "--write")[1])
        self.assertIn("--dir HOST::/data grants", self.ask("open", "/data")[1])
        self.assertIn("--dir HOST::/ grants", self.ask("open", "/note.txt")[1])

    def test_what_is_read_only_comes_with_the_flag_that_changes_it(self):
        code, text = self.ask("--dir", "d::/w", "open", "/w/note", "--write")
        self.assertEqual(code, NO)
        flag = re.search(r"--dir (\S+:write)", text)[1]
        self.assertIn('access = "write"', text)
        self.assertEqual(self.ask("--dir", flag, "open", "/w/note", "--write")[0], 0)


class Records(Case):
    own_home = True

    def test_last_is_the_newest_run(self):
        self.assertIn("the first `warrant run` makes it", self.missing("audit", "show", "last"))
        for name in ("hello", "cat", "list"):
            self.run_guest([], name)
        self.assertIn("list.wasm", self.warrant("audit", "show", "last").text)
        self.assertEqual(json.loads(self.warrant("receipt", "show", "last").text)["module"]["name"], "list.wasm")
        self.assertIn("1 whole", self.warrant("audit", "verify", "last").text)
        for verb in ("audit", "receipt"):
            self.assertIn("the word last is the newest run", self.warrant(verb, "--help").text)

    def test_a_beginning_of_several_lists_them(self):
        for _ in range(17):  # two of them begin alike
            self.run_guest([], "hello")
        runs = sorted(re.findall(r'"run":"([0-9a-f]{32})"', self.warrant("audit", "tail", "--json", "--kind", "run.start").text))
        first = next(a[0] for a, b in zip(runs, runs[1:]) if a[0] == b[0])
        alike = [run for run in runs if run[0] == first]
        for verb in ("audit", "receipt"):
            said = self.missing(verb, "show", first)
            self.assertIn(f"{len(alike)} runs begin so", said)
            for run in alike[:10] if len(alike) <= 10 else []:
                self.assertRegex(said, f"  {run}  20.*Z  hello.wasm")

    def test_since_takes_what_its_help_says_and_the_way_people_say_it(self):
        self.run_guest([], "hello")
        for since in ("90m", "90m ago", "2020-01-01"):
            self.assertIn("hello.wasm", self.warrant("audit", "tail", "--since", since).text, since)
        self.assertEqual(self.warrant("audit", "tail", "--since", "soon ago").code, 64)

    def test_help_is_there_under_its_short_name(self):
        for words in (("audit", "tail", "-h"), ("audit", "-h"), ("receipt", "-h"), ("receipt", "show", "-h")):
            done = self.warrant(*words)
            self.succeeds(done)
            self.assertIn("RUN", done.text)

    def missing(self, *words):
        done = self.warrant(*words)
        self.ends(done, 66)
        return done.err


class GrantFiles(Case):
    def test_what_people_write_by_habit_is_answered_with_what_to_write(self):
        place = '[[directory]]\nguest = "/w"\nhost = "."\n'
        for text, wanted in ((place[1:].replace("]]", "]"), "[[directory]], in double brackets"),
                             (place + "write = true\n", 'access = "write"'),
                             ('[env]\nA = "1"\n', "did you mean environment?"),
                             ("random = true\n", "did you mean entropy?"),
                             ("clock = true\n", "[clock] and below it wall = true"),
                             ("entropy = true\n", '[entropy] and below it source = "system"'),
                             ('listen = ["127.0.0.1:80"]\n', '[[listen]] and below it tcp = "127.0.0.1:8080"'),
                             ("clock\n", "KEY = VALUE"), (place + 'access = "rw"\n', "none of read, write\n")):
            with self.subTest(text=text):
                said = self.check("version = 1\n" + text)
                self.assertIn(wanted, said)
                self.assertNotIn("docs/", said)
                self.assertNotIn("overlay", said)

    def test_the_version_is_written_out_and_told_once(self):
        self.assertIn("version = 1", self.check("[clock]\nwall = true\n"))
        self.assertNotIn("there is no version", self.check("version = 2\n"))

    def test_a_directory_that_is_missing_is_told_with_its_line(self):
        (self.work / "g.toml").write_text('version = 1\n\n[[directory]]\nguest = "/w"\nhost = "none"\n')
        self.assertRegex(self.warrant("check", "g.toml").text, r"g\.toml:3.*: .*does not exist")

    def check(self, text):
        (self.work / "g.toml").write_text(text)
        done = self.warrant("check", "g.toml")
        self.ends(done, 65)
        return done.err


class Words(Case):
    def test_a_port_alone_or_an_address_alone_is_no_address(self):
        for flag in ("--listen", "--connect"):
            for value in ("8080", "127.0.0.1"):
                with self.subTest(flag=flag, value=value):
                    done = self.run_guest([flag, value], "hello")
                    self.usage(done, f"{value} is not ADDR:PORT", "127.0.0.1:8080")

    def test_the_help_of_a_verb_says_what_its_flags_are_for(self):
        for verb in ("check", "inspect", "explain", "config"):
            with self.subTest(verb=verb):
                lines = self.warrant(verb, "--help").lines()
                flags = lines[lines.index("flags") + 1:]
                for line in flags:
                    if line.strip() != "-h":
                        self.assertRegex(line, r"^  \S+( [A-Z]+)?  +\S+", verb)
        self.assertIn("warrant run --help", self.warrant("explain", "--help").text)


def large_module(functions):
    """Functions of 1,000 multiplications each, which take a compiler a while."""
    body = b"\x01\x01\x7e" + b"\x20\x00\x42\x05\x7e\x21\x00" * 1000 + b"\x0b"
    return command(b"\x01\x60\x00\x00", b"\x00" * functions, [body] * functions)


class Compiling(Case):
    own_home = True

    def on_terminal(self, *words):
        """All that a terminal got as stderr, and stdout beside it."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen([tools.warrant, *words], env=self.environment(), cwd=self.work, stderr=theirs,
                                 stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        os.close(theirs)
        got = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            got += piece
        out = child.stdout.read()
        child.stdout.close()
        self.assertEqual(child.wait(PATIENCE), 0, got)
        os.close(ours)
        return got, out

    def test_one_that_takes_long_says_so_on_a_terminal_and_leaves_nothing(self):
        for functions in (1_000, 4_000, 8_000):  # until this machine takes half a second
            module = self.file(large_module(functions), f"large{functions}.wasm")
            shown, _ = self.on_terminal("run", module)
            if b"compiling" in shown:
                break
        self.assertIn(f"warrant: compiling {module.name}, 0.".encode(), shown)
        self.assertEqual(shown[shown.rindex(b"\r"):], b"\r\x1b[K", "the line stays")
        again, _ = self.on_terminal("run", module)
        self.assertNotIn(b"compiling", again)  # from the store
        done = self.run_guest(["--stack", "2MiB"], module)  # compiled anew, and no terminal
        self.succeeds(done)
        self.assertEqual(done.err, "")

    def test_quiet_is_quiet(self):
        shown, _ = self.on_terminal("run", "-q", self.file(large_module(2_000), "large.wasm"))
        self.assertEqual(shown, b"")
