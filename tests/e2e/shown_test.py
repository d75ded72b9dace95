# SPDX-License-Identifier: Apache-2.0
"""What the command shows besides the guest's own output, and what a terminal is spared."""
import json
import os
import pty
import re
import select
import subprocess

from support import ENDED, PATIENCE, TRAPPED, Case, tools


class Denials(Case):
    def test_auto_shows_them_after_a_failure_only(self):
        self.assertEqual(self.probe([], "clock", "0").err, "")
        (self.work / "d").mkdir()
        failed = self.run_guest(["--dir", "d::/w:read"], "copy", "/w/a", "/w/b")
        self.ends(failed, 1)
        write = self.probe(["--dir", "d::/w:read"], "new", "/w/x")
        self.ends(write, 1)
        self.assertIn("warrant: denied 1 call", write.err)

    def test_always_and_never(self):
        self.assertIn("denied 1 call", self.probe(["--denials=always"], "clock", "0").err)
        self.assertIn("denied 1 call", self.probe(["--denials", "always"], "clock", "0").err)
        (self.work / "d").mkdir()
        done = self.probe(["--denials=never", "--dir", "d::/w:read"], "new", "/w/x")
        self.assertNotIn("denied", done.err)

    def test_our_words_begin_on_a_line_of_their_own(self):
        text = '''(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\%02x\\00\\00\\00") (data (i32.const 16) "ab\\0a")
          (func (export "_start") (drop (call $w (i32.const %d) (i32.const 0) (i32.const 1) (i32.const 8))) unreachable))'''
        for number, length, expected in ((2, 2, "ab\nwarrant: error"), (2, 3, "ab\nwarrant: error"),
                                         (1, 2, "ab\nwarrant: error"), (1, 3, "ab\nwarrant: error")):
            for hardening in ("basic", "strict"):
                with self.subTest(number=number, length=length, hardening=hardening):
                    module = self.wat(text % (length, number))
                    done = self.run_guest([f"--hardening={hardening}"], module, stderr=subprocess.STDOUT)
                    self.assertTrue(done.text.startswith(expected), done.text)
        apart = self.run_guest([], self.wat(text % (2, 1)))
        self.assertEqual(apart.text, "ab")
        self.assertTrue(apart.err.startswith("warrant: error"), apart.err)

    CHATTER = '''(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_unlink_file" (func $u (param i32 i32 i32) (result i32)))
      (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\03\\00\\00\\00") (data (i32.const 16) "a{\\22")
      (func (export "_start") (local $i i32) (loop $next
        (drop (call $w (i32.const %d) (i32.const 0) (i32.const 1) (i32.const 8)))
        (drop (call $u (i32.const 3) (i32.const 16) (i32.const 1)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50)))) %s))'''

    def test_each_record_on_stderr_stands_on_a_line_of_its_own(self):
        (self.work / "d").mkdir()
        grant = self.root / "each.json"
        grant.write_text('{"version": 1, "audit": {"flush": "each"}}')
        spin = "(loop $on (br $on))"
        for number, end, code in ((2, "", 0), (1, "", 0), (2, "unreachable", TRAPPED), (2, spin, ENDED)):
            for hardening in ("basic", "strict"):
                with self.subTest(number=number, end=end, hardening=hardening):
                    copy = self.root / "copy"
                    flags = [f"--hardening={hardening}", "--dir", "d::/w:write", "--grant", grant, "--wall", "1s"]
                    module = self.wat(self.CHATTER % (number, end))
                    done = self.run_guest([*flags, "--audit", "-"], module, stderr=subprocess.STDOUT)
                    self.assertEqual(done.code, code, done.text)
                    found = [json.loads(line) for line in done.lines() if line.startswith('{"v":1')]
                    self.assertEqual([each["seq"] for each in found], list(range(len(found))))
                    self.assertEqual(found[-2]["kind"], "run.end")
                    self.assertEqual(done.text.count('a{"'), 50)

    def test_a_trace_stands_on_lines_of_its_own(self):
        for hardening in ("basic", "strict"):
            done = self.run_guest([f"--hardening={hardening}", "--trace"], self.wat(self.CHATTER % (2, "")))
            traced = [line for line in done.err.splitlines() if "fd_write" in line]
            self.assertEqual(len(traced), 50, done.err)
            for line in traced:
                self.assertNotIn('a{"', line)

    def test_what_ends_a_run_stands_on_a_line_of_its_own_in_strict_too(self):
        spin = "(loop $on (br $on))"
        for flags, end in ((["--wall", "500ms"], spin), (["--cpu", "500ms"], spin), ([], "unreachable")):
            for hardening in ("basic", "strict"):
                with self.subTest(flags=flags, hardening=hardening):
                    done = self.run_guest([f"--hardening={hardening}", *flags], self.wat(self.CHATTER % (2, end)))
                    self.assertIn('\nwarrant: ', done.err)
                    self.assertNotIn('a{"warrant:', done.err)

    def test_always_with_nothing_denied_says_nothing(self):
        self.assertEqual(self.run_guest(["--denials=always"], "hello").err, "")

    def test_like_calls_count_and_are_shown_once(self):
        done = self.run_guest(["--denials=always"], self.many(4))
        self.assertIn("denied 4 calls", done.err)
        self.assertEqual(done.err.count("clock_time_get"), 1, done.err)

    def test_at_most_five_are_shown_with_the_way_to_the_rest_and_always_shows_all(self):
        (self.work / "d").mkdir()
        module = self.creator([f"../n{number}" for number in range(8)], status=1)
        for flags, rows, way in (([], 5, r"and 3 more: `warrant audit show [0-9a-f]{32}` lists them"),
                                 (["--no-log"], 5, "and 3 more: --denials=always shows them"),
                                 (["--denials=always"], 8, None)):
            with self.subTest(flags=flags):
                done = self.run_guest([*flags, "--dir", "d::/w:write"], module)
                self.assertIn("denied 8 calls", done.err)
                self.assertEqual(len([line for line in done.err.splitlines() if "path_open" in line]), rows, done.err)
                if way:
                    self.assertRegex(done.err, way)
                else:
                    self.assertNotIn("more", done.err)

    def test_a_long_path_shows_that_it_was_cut(self):
        (self.work / "d").mkdir()
        for path, cut in (("../" + "n" * 240, False), ("../" + "n" * 200 + "/" + "n" * 100, True)):
            done = self.run_guest(["--denials=always", "--dir", "d::/w:write"], self.creator([path]))
            self.assertIn("denied 1 call", done.err)
            self.assertEqual(path in done.err, not cut, done.err)
            self.assertEqual("nn…" in done.err, cut, done.err)

    def test_the_way_to_the_rest_leads_there(self):
        (self.work / "d").mkdir()
        done = self.run_guest(["--dir", "d::/w:write"], self.creator([f"../n{number}" for number in range(8)], 1))
        words = re.search(r"`warrant (audit show \w+)`", done.err)[1].split()
        listed = self.warrant(*words).text
        for number in range(8):
            self.assertIn(f"../n{number}", listed)

    def test_what_one_flag_would_allow_is_one_row_named_after_the_latest(self):
        (self.work / "d").mkdir()
        module = self.creator(["a", "b", "c", "b"], status=1)
        every = self.run_guest(["--denials=always", "--dir", "d::/w:read"], module).err
        rows = re.findall(r"^  (path_open .*?)  ", every, re.M)
        self.assertEqual(rows, ["path_open /w/b, 2 calls", "path_open /w/c", "path_open /w/a"], every)
        done = self.run_guest(["--dir", "d::/w:read"], module)
        rows = [line for line in done.err.splitlines() if "path_open" in line]
        self.assertEqual(len(rows), 1, done.err)
        self.assertTrue(rows[0].startswith("  path_open /w/b and 2 more  "), rows[0])
        self.assertTrue(rows[0].endswith("  --dir d::/w:write"), rows[0])

    def test_the_latest_comes_first_and_habits_last(self):
        (self.work / "lib").mkdir()
        module = self.creator(["../x", "../__pycache__", "../y"], status=1, before="""
            (drop (call $clock (i32.const 0) (i64.const 1) (i32.const 8)))""")
        done = self.run_guest(["--dir", "lib::/lib:write"], module)
        rows = [line.split()[:2] for line in done.err.splitlines()[1:5]]
        self.assertEqual([call for call, _ in rows], ["path_open"] * 3 + ["clock_time_get"], done.err)
        self.assertEqual([path.rpartition("../")[2] for _, path in rows], ["y", "x", "__pycache__", "realtime"])

    def test_a_habit_gives_no_row_its_name(self):
        (self.work / "d").mkdir()
        done = self.run_guest(["--dir", "d::/w"], self.creator(["y", "__pycache__/a"], status=1))
        self.assertIn("  path_open /w/y and 1 more  ", done.err)

    def test_a_guest_that_went_on_to_succeed_leaves_one_line(self):
        (self.work / "d").mkdir()
        for names, line in ((["a", "../b"], "warrant: 2 calls were refused; --denials=always shows them\n"),
                            (["a"], "warrant: 1 call was refused; --denials=always shows it\n"),
                            (["__pycache__"], "")):
            with self.subTest(names=names):
                done = self.run_guest(["--dir", "d::/w"], self.creator(names))
                self.succeeds(done)
                self.assertEqual(done.err, line)
        for flags in (["-q"], ["--denials=never"]):
            self.assertEqual(self.run_guest([*flags, "--dir", "d::/w"], self.creator(["a"])).err, "")

    def test_each_row_says_the_call_the_reason_and_the_flag(self):
        done = self.probe(["--denials=always"], "random", "4", "1")
        row = done.err.splitlines()[1]
        self.assertTrue(row.startswith("  random_get"), row)
        self.assertIn("entropy is not granted", row)
        self.assertTrue(row.endswith("  --random"), row)

    def test_the_clock_of_the_row_is_the_one_that_was_asked(self):
        for clock, word in ((0, "wall"), (1, "monotonic"), (2, "cpu")):
            self.assertIn(f"the {word} clock", self.probe(["--denials=always"], "clock", str(clock)).err)

    def test_quiet_keeps_errors_only(self):
        self.assertEqual(self.probe(["-q", "--denials=auto"], "clock", "0").err, "")

    def many(self, times):
        body = "(drop (call $clock (i32.const 0) (i64.const 1) (i32.const 8)))" * times
        return self.wat(f"""(module (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1) (func (export "_start") {body}))""")

    def creator(self, names, status=0, before=""):
        paths, at, body = "", 1024, before
        for name in names:
            paths += f'(data (i32.const {at}) "{name}")'
            body += (f"(drop (call $open (i32.const 3) (i32.const 0) (i32.const {at}) (i32.const {len(name)}) (i32.const 1)"
                     " (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 8)))")
            at += 64
        body += f"(call $exit (i32.const {status}))"
        return self.wat(f"""(module (import "wasi_snapshot_preview1" "path_open"
            (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) {paths} (func (export "_start") {body}))""")


class Trace(Case):
    def test_every_call_in_order_with_its_answer(self):
        done = self.probe(["--trace", "--random"], "random", "4", "2")
        calls = re.findall(r"^  (\w+)\((.*)\) = (\d+) (\w+)$", done.err, re.M)
        names = [name for name, *_ in calls]
        self.assertLess(names.index("args_sizes_get"), names.index("args_get"))
        self.assertLess(names.index("args_get"), names.index("random_get"))
        self.assertLess(names.index("random_get"), names.index("fd_write"))
        self.assertEqual([(answer, word) for name, _, answer, word in calls if name == "random_get"], [("0", "success")] * 2)
        self.assertEqual(names.count("random_get"), 2)

    def test_a_denied_call_shows_its_decision(self):
        self.assertRegex(self.probe(["--trace"], "clock", "0").err, r"clock_time_get\(.*\) = 76 notcapable")

    def test_the_end_is_traced_too(self):
        self.assertIn("proc_exit(7)", self.probe(["--trace"], "exit", "7").err)

    def test_it_does_not_change_the_run(self):
        data = os.urandom(300000)
        self.succeeds(self.run_guest(["--trace"], "cat", feed=data), data)
        self.ends(self.run_guest(["--trace", "--wall", "200ms"], "spin"), 124)

    def test_without_it_nothing_is_said(self):
        self.assertEqual(self.run_guest([], "hello").err, "")


class Time(Case):
    def test_rows(self):
        done = self.run_guest(["--time"], "hello")
        self.succeeds(done, b"hello\n")
        rows = dict(re.findall(r"^  (.+?)  +([\d.]+) ms$", done.err, re.M))
        self.assertIn("engine", rows)
        self.assertIn("link", rows)
        self.assertIn("run", rows)
        self.assertEqual(len({"load", "compile"} & set(rows)), 1, done.err)

    def test_also_after_a_failure(self):
        self.assertIn("  run ", self.probe(["--time"], "exit", "3").err)
        self.assertIn("  run ", self.run_guest(["--time", "--wall", "100ms"], "spin").err)


class Color(Case):
    def test_none_into_a_pipe(self):
        self.assertNotIn("\x1b", self.run_guest([], self.file(b"no")).err)

    def test_always(self):
        done = self.run_guest(["--color=always", "--wall", "100ms"], "spin")
        self.assertIn("\x1b[", done.err)
        self.assertNotIn("\x1b[", self.run_guest(["--color=never", "--wall", "100ms"], "spin").err)


class Terminal(Case):
    """A pseudo-terminal as stdin, stdout and stderr."""

    def on_terminal(self, flags, module, *words, env=None):
        path = module if not isinstance(module, str) else self.guest(module)
        primary, secondary = pty.openpty()
        try:
            child = subprocess.Popen([tools.warrant, "run", *flags, path, *words], stdin=secondary, stdout=secondary,
                                     stderr=secondary, env=env or self.environment(), cwd=self.work)
            os.close(secondary)
            secondary = -1
            seen = b""
            while True:
                if not select.select([primary], [], [], PATIENCE)[0]:
                    child.kill()
                    self.fail(f"nothing more came: {seen!r}")
                try:
                    piece = os.read(primary, 65536)
                except OSError:  # the other side is closed
                    break
                if not piece:
                    break
                seen += piece
            return child.wait(timeout=PATIENCE), seen
        finally:
            os.close(primary)
            if secondary >= 0:
                os.close(secondary)

    def said(self, text, *flags):
        code, seen = self.on_terminal([*flags, "--denials=never"], "probe", "say", text)
        self.assertEqual(code, 0, seen)
        return seen

    def test_text_passes(self):
        self.assertEqual(self.said("plain grüße 日本 🙂\ta\rb\bc\n"), "plain grüße 日本 🙂\ta\rb\bc\r\n".encode())

    def test_colours_pass(self):
        for text in ("\x1b[31mred\x1b[0m", "\x1b[1;38;5;200mx\x1b[m", "\x1b[48;2;1;2;3mx\x1b[0m"):
            with self.subTest(text=text):
                self.assertTrue(self.said(text).startswith(text.encode()))

    def test_other_sequences_are_shown_escaped(self):
        for text in ("\x1b]0;title\x07", "\x1b[2J", "\x1b[6n", "\x1b[1;1H", "\x1bc", "\x1bP1$r\x1b\\", "\x1b]52;c;aGk=\x07", "\x07",
                     "\x0e", "\x7f", "\x1b[31", "\x1b", "\x1b[?25l", "\u009b2J", "\u009d0;x\u009c", "\x1b[31;\x1b[2Jm", "\x1b_G\x1b\\"):
            with self.subTest(text=text):
                seen = self.said(f"A{text}Z").replace(b"\x1b[0m", b"")
                self.assertTrue(seen.startswith(b"A"), seen)
                for byte in (b"\x1b", b"\x07", b"\x0e", b"\x7f", b"\xc2\x9b", b"\xc2\x9d"):
                    self.assertNotIn(byte, seen)
                self.assertIn(b"Z", seen)

    def test_bytes_that_are_no_utf8_are_escaped(self):
        code, seen = self.on_terminal(["--denials=never"], "probe", "say", b"A\x9b2J\xffZ")
        self.assertEqual(code, 0)
        self.assertNotIn(b"\x9b", seen)
        self.assertIn(b"Z", seen)

    def writer(self, *pieces):
        """A guest that writes each piece by a call of its own."""
        data, body, at = "", "", 256
        for piece in pieces:
            escaped = "".join(f"\\{byte:02x}" for byte in piece)
            data += f'(data (i32.const {at}) "{escaped}")'
            body += (f"(i32.store (i32.const 0) (i32.const {at})) (i32.store (i32.const 4) (i32.const {len(piece)}))"
                     "(drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))")
            at += 256
        return self.wat(f"""(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) {data} (func (export "_start") {body}))""")

    def test_a_sequence_in_pieces_is_seen_whole(self):
        for pieces in ((b"A\x1b", b"]0;x\x07Z"), (b"A\x1b", b"[", b"2", b"J", b"Z"), (b"A\xc2", b"\x9b2JZ")):
            with self.subTest(pieces=pieces):
                code, seen = self.on_terminal(["--denials=never"], self.writer(*pieces))
                seen = seen.replace(b"\x1b[0m", b"")
                self.assertEqual(code, 0)
                self.assertNotIn(b"\x1b", seen)
                self.assertNotIn(b"\xc2\x9b", seen)
                self.assertTrue(seen.startswith(b"A") and seen.endswith(b"Z"), seen)

    def test_a_character_and_a_colour_in_pieces_pass(self):
        code, seen = self.on_terminal(["--denials=never"], self.writer(b"gr\xc3", b"\xbc\xc3\x9f ", b"\x1b[3", b"1mred\x1b", b"[0m."))
        self.assertEqual((code, seen), (0, "grüß \x1b[31mred\x1b[0m.".encode()))

    def test_raw_passes_everything(self):
        text = "\x1b]0;title\x07\x1b[2J\x0e"
        self.assertEqual(self.said(text, "--tty=raw"), text.encode())

    def test_stderr_of_the_guest_is_escaped_too(self):
        code, seen = self.on_terminal(["--denials=never"], "cat", "\x1b]0;evil\x07")
        self.assertEqual(code, 1)
        self.assertNotIn(b"\x1b]", seen)
        self.assertNotIn(b"\x07", seen)

    def test_into_a_pipe_nothing_is_escaped(self):
        text = "\x1b]0;title\x07\x1b[2J\x0e\x7f"
        self.succeeds(self.probe([], "say", text), text.encode())

    def test_our_lines_begin_after_a_reset(self):
        code, seen = self.on_terminal(["--denials=always"], "probe", "clock", "0")
        self.assertEqual(code, 0)
        line = next(line for line in seen.split(b"\n") if b"denied" in line)
        self.assertTrue(line.startswith(b"\x1b[0m"), line)

    def test_denials_are_shown_on_a_terminal_even_after_success(self):
        code, seen = self.on_terminal([], "probe", "clock", "0")
        self.assertEqual(code, 0)
        self.assertIn(b"denied 1 call", seen)

    def test_no_color_is_honoured(self):
        _, plain = self.on_terminal(["--denials=always"], "probe", "clock", "0", env=self.environment(NO_COLOR="1"))
        self.assertEqual(set(re.findall(rb"\x1b\[[\d;]*m", plain)), {b"\x1b[0m"})
        _, colored = self.on_terminal(["--denials=always"], "probe", "clock", "0")
        self.assertGreater(len(set(re.findall(rb"\x1b\[[\d;]*m", colored))), 1)

    def test_the_guest_knows_that_it_is_a_terminal(self):
        _, seen = self.on_terminal(["--denials=never"], "probe", "fds")
        self.assertEqual(seen.count(b"type 2"), 3, seen)
