# SPDX-License-Identifier: Apache-2.0
"""How a run ends, and what becomes of streams that are closed, full or gone."""
import os
import subprocess

from support import OUTPUT_FAILED, TRAPPED, Case, tools

BADF, NOSPC, PIPE = 8, 51, 64
WASI = '(import "wasi_snapshot_preview1" "{0}" (func ${0} (param {1}) (result i32)))'


def module(imports, body, more=""):
    return f'(module {imports} (memory (export "memory") 1) {more} (func (export "_start") {body}))'


class ExitCodes(Case):
    def test_the_guests_own_up_to_255(self):
        for code in (0, 1, 2, 64, 70, 74, 124, 125, 126, 127, 128, 130, 134, 143, 254, 255):
            with self.subTest(code=code):
                self.ends(self.probe([], "exit", str(code)), code, b"")

    def test_above_255_is_255_and_never_0(self):
        for code in (256, 257, 512, 65536, 2147483648, 4294967295):
            with self.subTest(code=code):
                self.ends(self.probe([], "exit", str(code)), 255, b"")

    def test_a_guests_own_code_is_no_word_of_ours(self):
        for code in (124, 126, 134, 143):
            done = self.probe(["--denials=never"], "exit", str(code))
            self.assertEqual(done.err, "")

    def raised(self, signal):
        body = f"(call $exit (i32.add (i32.const 1) (call $proc_raise (i32.const {signal}))))"
        exit_import = '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))'
        return self.run_guest([], self.wat(module(WASI.format("proc_raise", "i32") + exit_import, body)))

    def test_raised_signals_that_end(self):
        for signal in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 23, 24, 25, 26, 28, 29, 30):
            with self.subTest(signal=signal):
                self.ends(self.raised(signal), 128 + signal, b"")

    def test_raised_signals_that_do_nothing(self):
        for signal in (0, 13, 16, 17, 22, 27):
            with self.subTest(signal=signal):
                self.ends(self.raised(signal), 1, b"")

    def test_raised_signals_that_stop_are_not_there(self):
        for signal in (18, 19, 20, 21):
            with self.subTest(signal=signal):
                self.ends(self.raised(signal), 1 + 52, b"")

    def test_numbers_that_are_no_signals(self):
        for signal in (31, 255, 256 + 9):
            with self.subTest(signal=signal):
                self.ends(self.raised(signal), 1 + 28, b"")


class Traps(Case):
    def trap_of(self, body, more="", imports="", flags=()):
        return self.run_guest(list(flags), self.wat(module(imports, body, more)))

    def test_the_backtrace_names_functions_innermost_first(self):
        done = self.trap_of("(call $outer)", "(func $inner unreachable) (func $middle (call $inner) nop) (func $outer (call $middle) nop)")
        self.trapped(done, "unreachable", out=b"")
        places = [done.err.find(f"at {name}") for name in ("inner", "middle", "outer")]
        self.assertNotIn(-1, places, done.err)
        self.assertEqual(places, sorted(places))

    def test_without_names_the_numbers_are_shown(self):
        source = self.root / "plain.wat"
        source.write_text(module("", "unreachable"))
        binary = self.root / "plain.wasm"
        subprocess.run([tools.wat2wasm, source, "-o", binary], check=True)
        self.trapped(self.run_guest([], binary), "function 0")

    def test_a_name_of_control_bytes_is_escaped(self):
        done = self.trap_of("(call $x)", "(func $x unreachable)")
        binary = self.root / "guest.wasm"
        evil = b"\x1b[2Jevilname"
        source = self.wat(module("", "(call $abcdefghijkl)", "(func $abcdefghijkl unreachable)")).read_bytes()
        self.assertEqual(len(evil), 12)
        binary.write_bytes(source.replace(b"abcdefghijkl", evil))
        self.trapped(done, "at x")
        done = self.run_guest([], binary)
        self.trapped(done, "evilname")
        self.assertNotIn("\x1b", done.err)

    def test_reasons(self):
        table = "(table 1 funcref) (type $t (func)) (type $u (func (param i32)))"
        for body, more, word in (
                ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "", "zero"),
                ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "", "overflow"),
                ("(drop (i32.load (i32.const 65536)))", "", "memory"),
                ("(call_indirect (type $t) (i32.const 0))", table, "null"),
                ("(call_indirect (type $t) (i32.const 9))", table, "table"),
                ("(drop (i32.trunc_f32_s (f32.const nan)))", "", "conversion"),
                ("(throw $e)", "(tag $e)", "exception")):
            with self.subTest(body=body):
                done = self.trap_of(body, more)
                self.trapped(done)
                self.assertIn(word, done.err.lower())

    def test_breaking_the_abi_names_function_and_address(self):
        write = WASI.format("fd_write", "i32 i32 i32 i32")
        done = self.trap_of("(drop (call $fd_write (i32.const 1) (i32.const 70000) (i32.const 1) (i32.const 8)))", imports=write)
        self.trapped(done, "fd_write", "70000", out=b"")
        done = self.trap_of("(drop (call $fd_write (i32.const 1) (i32.const 2) (i32.const 1) (i32.const 8)))", imports=write)
        self.trapped(done, "fd_write", "align", out=b"")

    def test_what_was_written_before_stays(self):
        write = WASI.format("fd_write", "i32 i32 i32 i32")
        data = '(data (i32.const 0) "\\10\\00\\00\\00\\07\\00\\00\\00") (data (i32.const 16) "before\\n")'
        body = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) unreachable"
        self.trapped(self.trap_of(body, data, write), out=b"before\n")

    def test_a_trap_is_shown_when_all_else_is_quiet(self):
        done = self.trap_of("unreachable", flags=["-q", "--denials=never"])
        self.trapped(done, "unreachable")

    def test_paths_of_the_host_are_not_in_the_reason(self):
        done = self.trap_of("unreachable")
        self.assertEqual(done.code, TRAPPED)
        self.assertNotIn(os.path.dirname(tools.warrant), done.err)


class ClosedStreams(Case):
    own_home = True  # cold: what is opened for the store must not take a stream's number either

    def closed(self, streams, module, *words, flags=(), **more):
        shell = ["bash", "-c", f'exec "$@" {streams}', "sh"]
        return self.run_guest(list(flags), module, *words, before=shell, **more)

    def test_stdin(self):
        for _ in range(2):
            done = self.closed("<&-", "cat", flags=["--wall", "2s"])
            self.assertIn(done.code, (0, 1), done.err)
            self.assertEqual(done.out, b"", "the guest read something that was not given")

    def test_stdin_with_a_directory_granted(self):
        (self.work / "f").write_text("data")
        done = self.closed("<&-", "cat", flags=["--dir", ".::/w", "--wall", "2s"])
        self.assertEqual(done.out, b"")
        done = self.closed("<&-", "cat", "/w/f", flags=["--dir", ".::/w"])
        self.succeeds(done, b"data")

    def test_stdout(self):
        for _ in range(2):
            done = self.closed(">&-", "probe", "write")
            self.ends(done, 3, b"")
            self.assertIn(f"errno {BADF}\n", done.err)

    def test_stdout_is_no_file_that_we_open(self):
        (self.work / "f").write_text("data")
        self.closed(">&-", "hello", flags=["--dir", ".::/w:write"])
        self.closed(">&- 2>&-", "hello", flags=["--dir", ".::/w:write"])
        self.assertEqual([(path.name, path.read_text()) for path in self.work.iterdir()], [("f", "data")])
        for entry in self.home.rglob("*"):
            if entry.is_file():
                self.assertNotIn(b"hello\n", entry.read_bytes()[:16], entry)
        done = self.run_guest(["--time"], "hello")
        self.succeeds(done, b"hello\n")
        self.assertNotIn("store of compiled code", done.err)

    def test_all_three(self):
        for _ in range(2):
            self.ends(self.closed("<&- >&- 2>&-", "probe", "fds"), 0, b"")
        self.ends(self.closed("<&- >&- 2>&-", "probe", "exit", "7"), 7, b"")
        self.ends(self.closed("<&- >&- 2>&-", self.file(b"no")), 126, b"")

    def test_stderr(self):
        self.ends(self.closed("2>&-", self.wat("(module)", "bad.wasm")), 126, b"")
        self.ends(self.closed("2>&-", "hello"), 0, b"hello\n")

    def test_a_directory_as_stdin_is_none(self):
        handle = os.open(self.work, os.O_RDONLY)
        try:
            done = self.run_guest([], "cat", stdin=handle)
        finally:
            os.close(handle)
        self.ends(done, 1, b"")


class FullAndGone(Case):
    def full(self, module, *words, flags=()):
        with open("/dev/full", "wb") as full:
            return self.run_guest(list(flags), module, *words, stdout=full)

    def test_a_full_disk_reaches_the_guest(self):
        done = self.full("probe", "write")
        self.assertEqual(done.code, 3, done.err)
        self.assertIn(f"errno {NOSPC}\n", done.err)

    def test_a_full_disk_fails_a_program_that_looks(self):
        self.assertEqual(self.full("probe", "out", "10").code, 1)

    def test_a_full_disk_under_our_own_pages(self):
        for words in (["version"], ["inspect", self.guest("hello")], ["cache", "list"], ["doctor"], ["--help"], ["run", "--help"]):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = self.warrant(*words, stdout=full)
                self.assertEqual(done.code, OUTPUT_FAILED, done.err)

    def test_a_full_disk_under_our_messages_changes_no_status(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.run_guest([], self.file(b"no"), stderr=full).code, 126)
            self.assertEqual(self.run_guest(["--time"], "hello", stderr=full).code, 0)

    def test_a_reader_that_is_gone(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = self.run_guest([], "probe", "write", stdout=writer)
        finally:
            os.close(writer)
        self.assertEqual(done.code, 3, done.err)
        self.assertIn(f"errno {PIPE}\n", done.err)

    def test_a_reader_that_leaves_on_the_way(self):
        child = self.start([], "probe", "write")
        child.stdout.read(100)
        child.stdout.close()
        self.assertEqual(child.wait(timeout=60), 3)
        self.assertIn(f"errno {PIPE}\n", child.stderr.read().decode())

    def test_a_reader_of_our_messages_that_is_gone(self):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            self.assertEqual(self.run_guest([], self.file(b"no"), stderr=writer).code, 126)
        finally:
            os.close(writer)

    def test_a_file_continues_where_others_wrote(self):
        path = self.work / "log"
        script = '{ echo before; "$@"; echo after; } > log'
        for opened in (">", ">>"):
            path.write_text("")
            self.run_guest([], "hello", before=["bash", "-c", script.replace(">", opened), "sh"])
            self.assertEqual(path.read_text(), "before\nhello\nafter\n", opened)

    def test_a_file_as_stdin_is_read_from_where_it_stands(self):
        path = self.work / "in"
        path.write_text("one\ntwo\n")
        with open(path, "rb", buffering=0) as file:
            file.read(4)
            self.succeeds(self.run_guest([], "cat", stdin=file), b"two\n")

    def test_stdout_and_stderr_as_one_stream_keep_their_order(self):
        done = self.run_guest([], "cat", "none", "-", stderr=subprocess.STDOUT, feed=b"")
        self.assertIn(b"cat: none: ", done.out)

    def test_dev_null_everywhere(self):
        with open("/dev/null", "r+b") as null:
            self.assertEqual(self.run_guest([], "cat", stdin=null, stdout=null, stderr=null).code, 0)
