# SPDX-License-Identifier: Apache-2.0
"""Modules that must not start: each is refused with 126, one line, one hint, and runs nothing."""
import pathlib

from support import ENDED, Case

HELLO = """
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "ran\\n")
  (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00")
  (func $say (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
"""


def module(*more):
    return f"(module {HELLO} {' '.join(more)})"


def leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def section_starts(data):
    """Where each section begins, where its content begins, and where it ends."""
    at, found = 8, []
    while at < len(data):
        start = at
        size, content = leb(data, at + 1)
        at = content + size
        found.append((start, content, at))
    return found


class Bytes(Case):
    def test_text_is_not_wasm(self):
        self.refused(self.run_guest([], self.file(b"#!/bin/sh\necho no\n")), "not WebAssembly")

    def test_an_elf_program_is_not_wasm(self):
        self.refused(self.run_guest([], self.file(pathlib.Path("/bin/true").read_bytes())), "not WebAssembly")

    def test_an_empty_file(self):
        self.refused(self.run_guest([], self.file(b"")), "is empty")

    def test_the_magic_alone_is_too_short(self):
        self.refused(self.run_guest([], self.file(b"\0asm")))

    def test_the_header_alone_exports_no_start(self):
        self.refused(self.run_guest([], self.file(b"\0asm\1\0\0\0")), "_start")

    def test_an_unknown_version(self):
        self.refused(self.run_guest([], self.file(b"\0asm\2\0\0\0")), "version")

    def test_a_component_says_that_it_is_one(self):
        self.refused(self.run_guest([], self.file(b"\0asm\x0d\0\1\0")), "component")

    def test_a_component_with_sections_says_that_it_is_one(self):
        core = b"\0asm\1\0\0\0"
        self.refused(self.run_guest([], self.file(b"\0asm\x0d\0\1\0\x01" + bytes([len(core)]) + core)), "component")

    def test_trailing_bytes_behind_the_last_section(self):
        whole = self.wat(module('(export "_start" (func $say))')).read_bytes()
        self.refused(self.run_guest([], self.file(whole + b"\x0b")))

    def test_a_body_that_does_not_validate(self):
        self.refused(self.run_guest([], self.wat('(module (memory (export "memory") 1) (func (export "_start") i32.add drop))')))

    def test_a_name_of_control_bytes_cannot_write_on_the_terminal(self):
        path = self.file(b"no wasm", "evil\x1b]0;title\x07\n.wasm")
        done = self.run_guest([], path)
        self.refused(done)
        self.assertNotIn("\x1b", done.err)
        self.assertNotIn("\x07", done.err)


class Truncated(Case):
    def whole(self):
        # Every kind of section that the text format can make, a custom one among them.
        text = module(
            "(table 2 funcref)", "(global $g (mut i32) (i32.const 7))", "(tag $t (param i32))",
            "(func $start (global.set $g (i32.const 8)))", "(start $start)", "(elem (i32.const 0) $say $say)",
            '(func (export "_start") (call $say))')
        return self.wat(text, "whole.wasm").read_bytes()

    def test_the_whole_runs(self):
        self.succeeds(self.run_guest([], self.file(self.whole())), b"ran\n")

    def test_every_section_is_there(self):
        whole = self.whole()
        kinds = [whole[start] for start, _, _ in section_starts(whole)]
        self.assertLessEqual({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13}, set(kinds))

    def test_cut_at_every_section(self):
        whole = self.whole()
        for start, content, end in section_starts(whole):
            for cut in {start + 1, content, (content + end) // 2, end - 1}:
                if cut in (start, end):
                    continue
                with self.subTest(section=whole[start], cut=cut):
                    self.refused(self.run_guest([], self.file(whole[:cut])))

    def test_cut_between_sections(self):
        # A module that ends at a section's border may be a whole one: it is refused for what it
        # lacks, or it is whole but for its names and data.
        whole = self.whole()
        for start, _, _ in section_starts(whole):
            if whole[start] in (0, 11):
                continue
            with self.subTest(before=whole[start]):
                self.refused(self.run_guest([], self.file(whole[:start])))

    def test_cut_at_every_byte_of_a_small_module(self):
        whole = self.wat('(module (memory (export "memory") 1) (func (export "_start")))', "small.wasm")
        data = whole.read_bytes()
        self.succeeds(self.run_guest([], whole), b"")
        borders = {start for start, _, _ in section_starts(data) if data[start] == 0}
        for cut in range(len(data)):
            if cut in borders:
                continue  # the module without its custom section is whole
            with self.subTest(cut=cut):
                self.refused(self.run_guest([], self.file(data[:cut])))


class Shape(Case):
    def test_no_start_is_a_library(self):
        self.refused(self.run_guest([], self.wat(module('(func (export "run"))'))), "_start")

    def test_initialize_without_start_is_a_library(self):
        self.refused(self.run_guest([], self.wat(module('(func (export "_initialize"))'))), "_start")

    def test_both_start_and_initialize(self):
        done = self.run_guest([], self.wat(module('(func (export "_start"))', '(func (export "_initialize"))')))
        self.refused(done, "_start", "_initialize")

    def test_start_of_another_type(self):
        self.refused(self.run_guest([], self.wat(module('(func (export "_start") (result i32) i32.const 0)'))), "_start")
        self.refused(self.run_guest([], self.wat(module('(func (export "_start") (param i32))'))), "_start")

    def test_start_that_is_no_function(self):
        self.refused(self.run_guest([], self.wat(module('(global (export "_start") i32 (i32.const 0))'))), "_start")

    def test_missing_memory(self):
        text = """(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                  (func (export "_start")))"""
        self.refused(self.run_guest([], self.wat(text)), "memory")

    def test_a_memory_that_is_not_exported(self):
        text = """(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
                  (memory 1) (func (export "_start")))"""
        self.refused(self.run_guest([], self.wat(text)), "memory")

    def test_an_imported_memory(self):
        text = '(module (import "env" "memory" (memory 1)) (export "memory" (memory 0)) (func (export "_start")))'
        self.refused(self.run_guest([], self.wat(text)), "memory")

    def test_a_shared_or_64_bit_memory(self):
        for kind in ("1 1 shared", "i64 1"):
            with self.subTest(kind=kind):
                text = f'(module (memory (export "memory") {kind}) (func (export "_start")))'
                self.refused(self.run_guest([], self.wat(text)))

    def test_legacy_exceptions_have_their_own_error(self):
        text = """(module (tag $t) (memory (export "memory") 1)
                  (func (export "_start") (try (do (throw $t)) (catch $t))))"""
        self.refused(self.run_guest([], self.wat(text)), "old", "exceptions")


class Imports(Case):
    def test_unknown_imports_are_all_named_and_sorted(self):
        imports = [("zoo", "b"), ("env", "host_log"), ("zoo", "a"), ("env", "abort"), ("wasi_snapshot_preview1", "fd_teleport")]
        text = " ".join(f'(import "{m}" "{n}" (func))' for m, n in imports)
        done = self.run_guest([], self.wat(f'(module {text} (memory (export "memory") 1) (func (export "_start")))'))
        self.refused(done)
        places = [done.err.find(name) for name in ("host_log", "abort", "fd_teleport")]
        self.assertNotIn(-1, places, done.err)
        shown = sorted((f"{m}.{n}" for m, n in imports))
        found = [done.err.find(name) for name in shown]
        self.assertNotIn(-1, found, done.err)
        self.assertEqual(found, sorted(found), done.err)

    def test_the_same_import_is_named_once(self):
        done = self.run_guest([], self.wat("""(module (import "env" "log" (func)) (import "env" "log" (func))
                                           (memory (export "memory") 1) (func (export "_start")))"""))
        self.refused(done)
        self.assertEqual(done.err.count("env.log"), 1, done.err)

    def test_a_known_import_of_another_signature(self):
        text = """(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32) (result i32)))
                  (memory (export "memory") 1) (func (export "_start")))"""
        self.refused(self.run_guest([], self.wat(text)), "fd_write")

    def test_a_known_import_of_another_kind(self):
        text = """(module (import "wasi_snapshot_preview1" "fd_write" (global i32))
                  (memory (export "memory") 1) (func (export "_start")))"""
        self.refused(self.run_guest([], self.wat(text)), "fd_write")

    def test_imported_globals_and_tables_are_refused_too(self):
        text = """(module (import "env" "base" (global i32)) (import "env" "table" (table 1 funcref))
                  (memory (export "memory") 1) (func (export "_start")))"""
        self.refused(self.run_guest([], self.wat(text)), "env.base", "env.table")

    def test_control_bytes_in_an_import_name_are_escaped(self):
        text = """(module (import "env" "\\1b[2J\\0aevil" (func)) (memory (export "memory") 1) (func (export "_start")))"""
        done = self.run_guest([], self.wat(text))
        self.refused(done, "evil")
        self.assertNotIn("\x1b", done.err)

    def test_a_stub_that_was_asked_for_answers_nosys(self):
        text = """(module (import "env" "extra" (func $extra (param i32) (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") 1)
                  (func (export "_start") (call $exit (call $extra (i32.const 1)))))"""
        guest = self.wat(text)
        self.refused(self.run_guest([], guest), "env.extra")
        self.ends(self.run_guest(["--allow-missing-import", "env.extra"], guest), 52)

    def test_a_stub_of_another_type_traps(self):
        text = """(module (import "env" "extra" (func $extra)) (memory (export "memory") 1)
                  (func (export "_start") (call $extra)))"""
        done = self.run_guest(["--allow-missing-import", "env.extra"], self.wat(text))
        self.trapped(done, "env.extra")
        self.assertNotIn("memory", done.err)

    def test_the_old_snapshot_runs(self):
        text = module('(export "_start" (func $say))').replace("wasi_snapshot_preview1", "wasi_unstable")
        self.succeeds(self.run_guest([], self.wat(text)), b"ran\n")


class StartFunction(Case):
    def test_one_that_traps(self):
        done = self.run_guest([], self.wat(module("(func $bad unreachable)", "(start $bad)", '(func (export "_start") (call $say))')))
        self.trapped(done, "unreachable", "at bad", out=b"")

    def test_one_that_loops(self):
        done = self.run_guest(["--wall", "200ms"], self.wat(
            module("(func $bad (loop (br 0)))", "(start $bad)", '(func (export "_start") (call $say))')))
        self.ends(done, ENDED, b"")
        self.one_error(done, "wall", "200ms", "--wall")

    def test_one_that_behaves_runs_before_start(self):
        done = self.run_guest([], self.wat(module("(start $say)", '(func (export "_start") (call $say))')))
        self.succeeds(done, b"ran\nran\n")


class HalfDone(Case):
    def test_a_refusal_leaves_no_file_anywhere(self):
        home = self.root / "empty-home"
        home.mkdir()
        place = self.root / "granted"
        place.mkdir()
        guest = self.wat('(module (import "env" "x" (func)) (memory (export "memory") 1) (func (export "_start")))')
        done = self.run_guest(["--dir", f"{place}::/w:write"], guest, env=self.environment(HOME=str(home)))
        self.refused(done)
        self.assertEqual(list(place.iterdir()), [])
        left = [path for path in home.rglob("*") if path.suffix in (".code", ".tag") or path.name.startswith(".new")]
        self.assertEqual(left, [], "code was compiled for a guest that was refused")
