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
PRESTAT = '(import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))'
ACCEPTS = '(import "wasi_snapshot_preview1" "sock_accept" (func (param i32 i32 i32) (result i32)))'


def looks(status, then=""):
    """Asks which directories it has, as a library does when it looks for a path, and ends."""
    return f"""(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      {PRESTAT} {OPENS.replace("(func ", "(func $open ")} (memory (export "memory") 1) (data (i32.const 64) "etc/note")
      (func (export "_start") (drop (call $prestat (i32.const 3) (i32.const 8))) {then} (call $exit (i32.const {status}))))"""


def opens(fd, length):
    return (f"(drop (call $open (i32.const {fd}) (i32.const 0) (i32.const 64) (i32.const {length}) (i32.const 0)"
            " (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 8)))")


GO = b"\x00\x0b\x0ago:buildid"
ENTROPY = '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))'


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


class Stores(Case):
    own_home = True

    def test_a_store_of_another_state_directory_is_told_as_that_with_what_to_do(self):
        self.run_guest([], "hello")
        other = {**self.environment(), "XDG_STATE_HOME": str(self.root / "other")}
        said = self.run_guest([], "hello", env=other).err
        for words in ("was changed, or written with the key of another state directory", "XDG_STATE_HOME",
                      "`warrant cache clear`"):
            self.assertIn(words, said)

    def test_what_a_shell_hands_over_is_not_read(self):
        done = self.warrant("run", "/dev/fd/63")
        self.refused(done, "there is no such file", "write the module to a file and name that")

    def test_custom_sections_that_are_too_large_are_named_with_what_strips_them(self):
        size = 17 << 20
        def leb(n):
            return bytes([n & 127 | 128, n >> 7 & 127 | 128, n >> 14 & 127 | 128, n >> 21])
        large = self.file(b"\0asm\1\0\0\0" + b"\0\6\5small" + b"\0" + leb(size + 12) + b"\x0b.debug_info" + bytes(size))
        for verb in ("run", "inspect"):
            done = self.warrant(verb, large)
            self.assertNotEqual(done.code, 0)
            self.assertIn(f"the largest, .debug_info, has {size + 12} bytes\n", done.err)
            self.assertIn("llvm-strip --strip-all FILE -o SMALLER.wasm", done.err)


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
                             ("clock\n", "KEY = VALUE"), (place + 'access = "rw"\n', "not one of read, write\n")):
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


class WhereTheValueStands(Case):
    """A hint names the flag only where a flag can help: else the line of the file, or the ceiling."""

    def setUp(self):
        super().setUp()
        (self.work / "out").mkdir()

    def document(self, name, text):
        (self.work / name).write_text("version = 1\n" + text)
        return name

    def place(self, more="", access="write"):
        return f'[[directory]]\nguest = "/out"\nhost = "out"\naccess = "{access}"\n{more}'

    def refusal(self, *flags, words=("fill", "/out/new", "20000")):
        return self.probe(["--denials=always", *flags], *words).err

    def test_a_quota_of_one_directory(self):
        grant = self.document("g.toml", self.place("inodes = 0\n"))
        said = self.refusal("--grant", grant)
        self.assertIn("the limit inodes = 0 of directory /out (g.toml:2:1) is used up", said)
        self.assertIn("inodes = 4096 in its [[directory]] at g.toml:2:1", said)
        self.assertNotIn("--inodes", said)
        quiet = self.probe(["--grant", grant], "dirs", "/out", "2").err
        self.assertIn("the limit inodes = 0 of directory /out (g.toml:2:1) is used up; inodes = 4096 in its", quiet)
        grant = self.document("g.toml", self.place('written = "10KiB"\n'))
        said = self.refusal("--grant", grant)
        self.assertIn("the limit written = 10KiB of directory /out (g.toml:2:1)", said)
        self.assertIn('written = "20KiB" in its [[directory]] at g.toml:2:1', said)
        grant = self.document("g.toml", self.place('file-bytes = "4KiB"\n'))
        self.assertIn('file-bytes = "8KiB" in its [[directory]] at g.toml:2:1', self.refusal("--grant", grant))

    def test_explain_judges_a_quota_of_nothing(self):
        grant = self.document("g.toml", self.place("inodes = 0\n"))
        done = self.warrant("explain", "--grant", grant, "open", "/out/new", "--write")
        self.ends(done, NO)
        self.assertIn("deny (quota_inodes): the limit inodes = 0 of directory /out", done.text)
        (self.work / "out" / "old").write_text("x")
        self.succeeds(self.warrant("explain", "--grant", grant, "open", "/out/old", "--write"))
        self.succeeds(self.warrant("explain", "--grant", grant, "open", "/out/new"))
        self.ends(self.warrant("explain", "--dir", "out::/out:write", "--inodes", "0", "open", "/out/new", "--write"), NO)

    def test_the_receipt_has_the_quotas_of_a_directory(self):
        grant = self.document("g.toml", self.place('inodes = 1\nwritten = "1KiB"\nfile-bytes = "2KiB"\n'))
        self.run_guest(["--grant", grant, "--receipt", "r.json"], "hello")
        text = json.loads((self.work / "r.json").read_text())["warrant"]["text"]
        self.assertEqual(text["directory"], [{"guest": "/out", "access": "write", "written": "1KiB", "inodes": 1,
                                              "file_bytes": "2KiB"}])

    def test_a_limit_that_a_ceiling_cut(self):
        ceiling = self.document("c.toml", '[limits]\nwritten = "10B"\n')
        flags = ["--ceiling", ceiling, "--dir", "out::/out:write"]
        said = self.refusal(*flags)
        self.assertIn("c.toml:3:1: a ceiling lowers the default of limits.written to 10B", said)
        self.assertIn("the limit written = 10B is used up  the ceiling c.toml:3:1 allows no more", said)
        self.assertNotIn("--written", said)
        said = self.refusal(*flags, "--written", "1KiB")
        self.assertIn("the limit written = 10B is used up  the ceiling c.toml:3:1 allows no more", said)
        grant = self.document("g.toml", self.place())
        done = self.warrant("check", grant, "--ceiling", ceiling)
        self.assertIn("c.toml:3:1: a ceiling lowers the default of limits.written to 10B", done.text)

    def test_a_ceilings_number_holds_for_a_directory_with_its_own(self):
        grant = self.document("g.toml", self.place('written = "1MiB"\n'))
        ceiling = self.document("c.toml", '[limits]\nwritten = "10B"\n')
        done = self.probe(["--denials=always", "--grant", grant, "--ceiling", ceiling], "fill", "/out/new", "20000")
        self.assertLessEqual((self.work / "out" / "new").stat().st_size, 10)
        self.assertIn("written = 10B of directory /out", done.err)
        self.assertIn("the ceiling c.toml:3:1 allows no more", done.err)
        ceiling = self.document("wide.toml", f'[[directory]]\nhost = "{self.work}"\naccess = "write"\nwritten = "1MiB"\n')
        self.probe(["--dir", "out::/out:write", "--written", "7", "--ceiling", ceiling], "fill", "/out/more", "20000")
        self.assertLessEqual((self.work / "out" / "more").stat().st_size, 7)

    def test_a_memory_that_a_ceiling_cut(self):
        ceiling = self.document("c.toml", '[limits]\nmemory = "64KiB"\n')
        large = self.wat('(module (memory (export "memory") 9) (func (export "_start")))')
        self.refused(self.run_guest(["--ceiling", ceiling], large), "limit memory = 64KiB",
                     "hint: the ceiling c.toml:3:1 allows no more")
        grant = self.document("m.toml", '[limits]\nmemory = "64KiB"\n')
        self.refused(self.run_guest(["--grant", grant], large), 'hint: raise memory = "64KiB" at m.toml:3:1, up to 4GiB')
        self.refused(self.run_guest(["--memory", "64KiB"], large), "hint: --memory raises it, up to 4GiB")

    def test_limits_that_end_a_run_are_advised_by_where_they_were_written(self):
        endless = self.wat('(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))', "endless.wasm")
        deep = self.wat('(module (memory (export "memory") 1) (func $f (call $f)) (func (export "_start") (call $f)))', "deep.wasm")
        for key, value, module in (("fuel", "1000", endless), ("wall", '"100ms"', endless), ("cpu", '"100ms"', endless),
                                   ("stack", '"64KiB"', deep)):
            with self.subTest(key):
                grant = self.document("g.toml", f"[limits]\n{key} = {value}\n")
                said = self.run_guest(["--grant", grant], module).err
                self.assertIn(f"raise {key} = {value} at g.toml:3:1", said)

    def test_an_access_that_a_ceiling_narrowed(self):
        ceiling = self.document("c.toml", f'[[directory]]\nhost = "{self.work}"\naccess = "read"\n')
        for flags in (["--dir", "out::/out:write"], ["--grant", self.document("g.toml", self.place())]):
            said = self.refusal("-v", *flags, "--ceiling", ceiling)
            self.assertIn(" as /out, to read\n", said)
            self.assertIn("/out is granted read only  the ceiling c.toml:2:1 allows no writing", said)
            done = self.warrant("explain", *flags, "--ceiling", ceiling, "open", "/out/new", "--write")
            self.ends(done, NO)
            self.assertIn("the ceiling c.toml:2:1 allows no writing\n  by c.toml:2:1\n", done.text)
        text = self.warrant("check", "g.toml", "--ceiling", ceiling).text
        self.assertIn(f"  reads {self.work}/out as /out\n", text)
        self.assertIn("a ceiling takes away\n  c.toml:2:1: g.toml:2:1: the directory /out is narrowed to read", text)

    def test_a_directory_that_fell_out_shifts_no_name(self):
        (self.work / "more").mkdir()
        ceiling = self.document("c.toml", f'[[directory]]\nhost = "{self.work}/out"\naccess = "write"\n')
        said = self.refusal("--dir", "more::/more:write", "--dir", "out::/out:read", "--ceiling", ceiling)
        self.assertIn("/out is granted read only  --dir out::/out:write", said)

    def test_what_a_file_says_is_changed_there(self):
        grant = self.document("g.toml", self.place(access="read"))
        self.assertIn('/out is granted read only  access = "write" in its [[directory]] at g.toml:2:1',
                      self.refusal("--grant", grant))
        grant = self.document("n.toml", "[console]\nstdout = false\n[clock]\nwall = false\n")
        self.assertIn("stdout is not granted  stdout = true at n.toml:3:1",
                      self.refusal("--grant", grant, words=("say", "x")))
        self.assertIn("wall = true at n.toml:5:1", self.refusal("--grant", grant, words=("clock", "0")))
        self.assertIn("--clock=wall", self.refusal(words=("clock", "0")))

    def test_what_a_ceiling_takes_away_is_its_word(self):
        ceiling = self.document("c.toml", "[clock]\nwall = false\n")
        for flags in ((), ("--clock",)):
            self.assertIn("the ceiling c.toml:3:1 takes it away",
                          self.refusal("--ceiling", ceiling, *flags, words=("clock", "0")))

    def test_a_document_that_no_grant_prints_is_named(self):
        ceiling = self.document("c.toml", "[clock]\nwall = false\n")
        done = self.warrant("run", "--clock", "--ceiling", ceiling, "--secret", "k=env:HOME", "--print-grant")
        self.assertIn("wall = true", done.text)
        self.assertIn("--secret k is no part of a grant", done.err)
        self.assertIn("--ceiling is no part of a grant", done.err)

    def test_the_settings_of_a_ceiling_are_shown_with_their_lines(self):
        ceiling = self.document("c.toml", 'deny-net = true\n[limits]\nwall = "5s"\n[[directory]]\nhost = "/srv"\n')
        text = self.warrant("config", "show", "--ceiling", ceiling).text
        self.assertRegex(text, r"ceiling deny-net +true +c\.toml:2:1\n")
        self.assertRegex(text, r"ceiling limits\.wall +5s +c\.toml:4:1\n")
        self.assertRegex(text, r"ceiling directory +\S*/srv\S* +c\.toml:5:1\n")


class Against(Case):
    def check(self, text, module):
        (self.work / "g.toml").write_text("version = 1\n" + text)
        return self.warrant("check", "g.toml", "--against", module)

    def test_a_limit_that_a_module_cannot_start_with_is_missing(self):
        large = self.wat('(module (memory (export "memory") 9) (func (export "_start")) (func) (func))')
        for limit in ('memory = "64KiB"', 'module-bytes = "10B"', "functions = 2"):
            with self.subTest(limit=limit):
                text = f"[limits]\n{limit}\n"
                done = self.check(text, large)
                self.ends(done, NO)
                refusal = self.run_guest(["--grant", "g.toml"], large)
                self.ends(refusal, 126)
                hint = re.search(r"hint: (.*)", refusal.err)[1]
                self.assertIn("asked for, and not granted\n", done.text)
                self.assertIn(hint, done.text)

    def test_a_default_that_fits_is_no_fault(self):
        self.succeeds(self.check("", self.guest("hello")))


class Unseen(Case):
    def setUp(self):
        super().setUp()
        (self.work / "d").mkdir()

    said = "it can open files and was granted no directory: --dir ."

    def test_a_guest_that_ends_well_without_a_directory_is_told_on_request_if_it_looked(self):
        ends = self.wat(looks(0))
        self.assertIn(self.said, self.run_guest(["--denials=always"], ends).err)
        self.assertNotIn(self.said, self.run_guest([], ends).err)
        self.assertNotIn(self.said, self.run_guest(["--denials=always", "--dir", "d"], ends).err)
        never = self.wat((FAILS % OPENS).replace("const 3", "const 0"))
        self.assertEqual(self.run_guest(["--denials=always"], never).err, "")

    def test_one_that_was_called_wrong_and_looked_for_nothing_is_told_nothing(self):
        wrong = self.wat((FAILS % OPENS).replace("const 3", "const 2"))
        for words in ((), ("a", "b")):
            self.assertEqual(self.run_guest([], wrong, *words).err, "")
        self.assertEqual(self.run_guest([], self.wat(looks(2))).err, "")
        self.assertIn(self.said, self.run_guest([], self.wat(looks(2)), "a").err)
        self.assertIn(self.said, self.run_guest([], self.wat(FAILS % OPENS)).err)

    def test_where_our_own_places_lie_here_another_directory_is_proposed(self):
        self.run_guest([], "hello")
        home = {**self.environment(), "HOME": str(self.work), "PWD": str(self.work)}
        said = self.run_guest([], self.wat(looks(1)), env=home).err
        self.assertIn("no directory: --dir DIR::., where DIR is not this directory: ", said)
        self.assertIn(f"{self.work}/.", said)
        said = self.run_guest([], self.wat(looks(1)), "-m", "/src/p.smt2", env=home).err
        self.assertIn("no directory: --dir DIR::., and for /src/p.smt2 --dir HOST::/src, where DIR is not this", said)

    def test_what_it_looked_for_decides_and_not_how_the_words_look(self):
        for words in (("/e", "x"), ("e", "x")):
            done = self.run_guest(["--dir", "d"], self.wat(looks(1)), *words)
            self.assertIn("it opened nothing in d, and no other path is there for it", done.err)
            self.assertIn("a relative name counts from /\n", done.err)
        self.assertEqual(self.run_guest(["--dir", "d"], self.wat(FAILS % OPENS), "/e").err, "")

    def test_no_guess_where_what_it_was_given_lies_in_its_directory(self):
        named = self.wat(looks(3, opens(3, 8)))
        for words in (("/d/none",), ("-x", "plain"), ("--file=/d/none",)):
            done = self.run_guest(["--dir", "d::/d"], named, *words)
            self.ends(done, 3)
            self.assertEqual(done.err, "", words)
        done = self.run_guest(["--dir", "d::/d"], named, "--file=/e/none")
        self.assertIn("no other path is there for it but /d: --dir HOST::GUEST", done.err)

    def test_none_after_a_refusal_that_says_why(self):
        done = self.run_guest(["--dir", "d::/d"], "probe", "new", "/d/x")
        self.assertNotIn("no other path", done.err)

    def test_go_says_which_path_no_directory_holds(self):
        (self.work / "o").mkdir()
        flags = ["--dir", "d::/d", "--dir", "o::/o:write"]
        elsewhere = self.file(self.wat(looks(1, opens(-1, 8))).read_bytes() + GO)
        said = self.run_guest(flags, elsewhere).err
        self.assertIn("it looked for /etc/note, which no granted directory (/d, /o) holds: --dir HOST::/etc\n", said)
        above = self.file(self.wat(looks(1, opens(-1, 0))).read_bytes() + GO)
        said = self.run_guest(flags, above).err
        self.assertIn("it looked in /, above /d, /o, and no granted directory holds that: --dir EMPTY::/ --env PWD=/", said)
        self.assertEqual(self.run_guest(["--dir", "d::/"], above).err, "")
        known = self.run_guest(flags, self.file(self.wat(looks(1, opens(99, 8))).read_bytes() + GO)).err
        self.assertNotIn("it looked", known)

    def test_the_path_that_no_directory_holds_is_on_record_once(self):
        self.run_guest(["--dir", "d::/d", "--audit", "log"], self.wat(looks(1, opens(-1, 8) * 3)))
        rows = [json.loads(line) for line in (self.work / "log").read_text().splitlines()]
        noted = [(row["decision"], row["reason"], row["path"]) for row in rows if row["kind"] == "fs"]
        self.assertEqual(noted, [("error", "not_granted", "etc/note")])

    def test_go_starts_without_entropy_and_that_proposes_nothing(self):
        def asks(times):
            body = "(drop (call $random (i32.const 8) (i32.const 8)))" * times
            text = (FAILS % ENTROPY).replace("(call $exit", body + "(call $exit")
            return self.wat(text).read_bytes()
        once = self.run_guest([], self.file(asks(1) + GO)).err
        self.assertRegex(once, r"random_get +entropy is not granted +Go starts without it\n")
        self.assertNotIn("--random", once)
        for other in (asks(1), asks(2) + GO):
            self.assertRegex(self.run_guest([], self.file(other)).err, r"entropy is not granted +--random\n")

    def test_none_after_a_wrong_call(self):
        wrong = self.wat((FAILS % OPENS).replace("const 3", "const 2"))
        self.assertEqual(self.run_guest(["--dir", "d::/d"], wrong).err, "")

    def test_calls_are_counted_in_their_line(self):
        twice = self.wat("""(module
            (import "wasi_snapshot_preview1" "clock_time_get" (func $now (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1) (func (export "_start")
              (drop (call $now (i32.const 0) (i64.const 0) (i32.const 8)))
              (drop (call $now (i32.const 0) (i64.const 0) (i32.const 8)))))""")
        self.assertRegex(self.run_guest(["--denials=always"], twice).err,
                         r"denied 2 calls\n  clock_time_get realtime, 2 calls  the wall clock")


class OwnWords(Case):
    own_home = True

    def test_a_short_digest_is_told_what_to_write(self):
        (self.work / "g.toml").write_text('version = 1\nmodule = "sha256:12ab"\n')
        done = self.warrant("check", "g.toml")
        self.ends(done, 65)
        self.assertIn("write sha256: and all 64 digits, as `warrant inspect FILE` prints them", done.err)

    def test_keys_are_listed_once(self):
        (self.work / "g.toml").write_text("version = 1\nxxxxxx = 1\nyyyyyyy = 2\n")
        self.assertEqual(self.warrant("check", "g.toml").err.count("the keys here are"), 1)

    def test_a_run_is_shown_with_its_documents(self):
        (self.work / "g.toml").write_text("version = 1\n")
        self.run_guest(["--grant", "g.toml"], "hello")
        self.assertRegex(self.warrant("audit", "show", "last").text, r"\n  grant +\S*g\.toml\n")

    def test_the_home_directory_is_no_directory_to_propose(self):
        self.run_guest([], "hello")
        done = self.warrant("inspect", self.guest("cat"), before=["/usr/bin/env", "-C", self.home])
        self.assertIn("where Warrant keeps its own", done.text)
        self.assertNotIn("where Warrant keeps its own", self.warrant("inspect", self.guest("cat")).text)

    def test_one_is_singular(self):
        (self.work / "g.toml").write_text(
            f'version = 1\n[[directory]]\nguest = "/w"\nhost = "{self.work}"\naccess = "write"\ninodes = 1\n')
        self.assertIn("makes 1 file\n", self.warrant("check", "g.toml").text + "\n")
