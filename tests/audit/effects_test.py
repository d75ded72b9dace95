#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""effects_test.py WARRANT WAT2WASM GUESTS [Case[.test]…]: every call of preview1 that changes something in a
granted tree, held to what it left there: the log says what changed, before it does where the grant wants that, and
each line of the receipt's `files` is true."""
import hashlib
import hashlib
import json
import os
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from support import Case, tools  # noqa: E402

EXIST, NOTCAPABLE = 20, 76
CREAT, DIRECTORY, EXCL, TRUNC, APPEND = 1, 2, 4, 8, 1
READ, WRITE, SEEK, SIZE, ALLOCATE, TIMES = 1 << 1, 1 << 6, 1 << 2, 1 << 22, 1 << 8, 1 << 23
FILES = READ | WRITE | SEEK | SIZE | ALLOCATE | TIMES
NAMES = 1 << 9 | 1 << 10 | 1 << 13  # make directories, make files, open
SIGNATURES = {
    "path_open": "i i i i i I I i i", "path_create_directory": "i i i", "path_remove_directory": "i i i",
    "path_unlink_file": "i i i", "path_rename": "i i i i i i", "path_link": "i i i i i i i",
    "path_symlink": "i i i i i", "path_filestat_set_times": "i i i i I I i", "fd_filestat_set_times": "i I I i",
    "fd_filestat_set_size": "i I", "fd_allocate": "i I I", "fd_write": "i i i i", "fd_pwrite": "i i i I i",
    "fd_read": "i i i i", "fd_close": "i", "fd_renumber": "i i"}
TYPES = {"i": "i32", "I": "i64"}
TEXT, RANGES, SLOTS = 4096, 1024, 512


class Program:
    """Calls one after another, each with the errno that it must answer; any other ends in a trap."""

    def __init__(self):
        self.data, self.at, self.body, self.used, self.slots = [], TEXT, [], [], 0

    def text(self, text):
        where, size = self.at, len(text.encode())
        self.data.append(f'(data (i32.const {where}) "{text}")')
        self.at += size
        return [f"(i32.const {where})", f"(i32.const {size})"]

    def call(self, name, *words, code=0):
        pushed, types = [], SIGNATURES[name].split()
        for word in words:
            if isinstance(word, str):
                pushed += [word] if word.startswith("(") else self.text(word)
            else:
                pushed.append(f"({TYPES[types[len(pushed)]]}.const {word})")
        if name not in self.used:
            self.used.append(name)
        self.body.append(f"(if (i32.ne (call ${name} {' '.join(pushed)}) (i32.const {code})) (then unreachable))")
        return self

    def open(self, path, oflags=0, rights=FILES, flags=0, code=0, follow=0,
             fd=3, below=0):
        slot, self.slots = SLOTS + 4 * self.slots, self.slots + 1
        self.call("path_open", fd, follow, path, oflags, rights, below, flags, slot, code=code)
        return f"(i32.load (i32.const {slot}))"

    def ranges(self, text):
        where, size = self.text(text)
        at = f"(i32.const {RANGES})"
        self.body.append(f"(i32.store {at} {where}) (i32.store offset=4 {at} {size})")
        return [at, "(i32.const 1)"]

    def write(self, fd, text):
        return self.call("fd_write", fd, *self.ranges(text), 0)

    def wat(self):
        imports = "".join(f'(import "wasi_snapshot_preview1" "{name}" (func ${name} (param '
                          f'{" ".join(TYPES[each] for each in SIGNATURES[name].split())}) (result i32)))'
                          for name in self.used)
        return f'(module {imports} (memory (export "memory") 1) {"".join(self.data)} (func (export "_start") ' \
               f'{" ".join(self.body)}))'


class Effects(Case):
    own_home = True
    BEFORE = {"f": "abcdef", "g": "gg", "d/x": "x", "e/": None}

    def setUp(self):
        super().setUp()
        self.tree = self.work / "t"

    def plant(self):
        self.tree = self.work / f"t{len(os.listdir(self.work))}"
        for name, content in self.BEFORE.items():
            path = self.tree / name
            (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
            if content is not None:
                path.write_text(content)
                os.utime(path, (1, 1))

    def look(self):
        """Name → what it is: kind, inode, content, time of its last change."""
        seen = {}
        for path in self.tree.rglob("*"):
            now = path.lstat()
            what = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
            seen[str(path.relative_to(self.tree))] = (now.st_mode, now.st_ino, what, now.st_mtime)
        return seen

    def run_in(self, program, flush):
        grant = self.root / f"{flush}.json"
        grant.write_text(json.dumps({"version": 1, "audit": {"flush": flush}}))
        self.plant()
        before = self.look()
        done = self.run_guest(["--dir", f"{self.tree}::/w:write", "--grant", grant, "--receipt", self.root / "r.json",
                               "--audit", self.root / "a.jsonl"], self.wat(program.wat()))
        self.succeeds(done)
        log = [json.loads(line) for line in (self.root / "a.jsonl").read_text().splitlines()]
        (self.root / "a.jsonl").unlink()
        receipt = json.loads((self.root / "r.json").read_text())
        (self.root / "r.json").unlink()
        return before, self.look(), [record for record in log if record["kind"] == "fs"], receipt["files"]

    def files_are_true(self, before, after, files):
        """What the tree shows is in `files`, and what is in `files` names something of the tree."""
        files = {name.removeprefix("/w/"): use for name, use in files.items()}
        for name in before.keys() | after.keys():
            was, now, said = before.get(name), after.get(name), files.get(name, {})
            if was is None:
                self.assertIn("created", said, name)
            elif now is None:
                self.assertIn("removed", said, name)
            elif was[1] != now[1]:
                self.assertIn("replaced", said, name)
            elif was != now and not self.is_directory(was):
                self.assertIn("written", said, name)
        for name, use in files.items():
            self.assertTrue(name in before or name in after or {"created", "removed"} <= use.keys(), name)
            if "removed" in use and "created" not in use and "replaced" not in use:
                self.assertNotIn(name, after)
            if use.keys() <= {"read"}:
                self.assertEqual(before.get(name), after.get(name))

    @staticmethod
    def is_directory(entry):
        return entry[0] & 0o170000 == 0o040000

    def leaves(self, make, effects, files):
        """`effects`: operation and paths of the records of changes, in order; `files`: the receipt's, whole."""
        for flush in ("buffered", "each", "sync"):
            with self.subTest(flush=flush):
                program = Program()
                make(program)
                before, after, records, said = self.run_in(program, flush)
                self.assertEqual(said, {f"/w/{name}": use for name, use in files.items()})
                self.files_are_true(before, after, said)
                told = [record for record in records if not record.get("intent")
                        and record["operation"] not in ("open", "read")]
                self.assertEqual([(record["call"], record["operation"], record.get("path", "").removeprefix("/w/"),
                                   record.get("second_path", "").removeprefix("/w/")) for record in told], effects)
                intents = [(record["operation"], record["path"]) for record in records if record.get("intent")]
                if flush == "buffered":
                    self.assertEqual(intents, [])
                else:
                    for record in told:
                        self.is_announced(record, records)

    def is_announced(self, effect, records):
        same = [record for record in records if record.get("intent") and record["path"] == effect["path"]
                and record["seq"] < effect["seq"]]
        made = effect["operation"] == "create" and effect["call"] == "path_create_file"
        wanted = {"create", "write"} if made else {effect["operation"]}
        self.assertTrue(wanted & {record["operation"] for record in same}, effect)

    # Opens.

    def test_an_open_that_truncates(self):
        self.leaves(lambda p: p.open("f", TRUNC),
                    [("path_filestat_set_size", "write", "f", "")], {"f": {"written": 0}})
        self.leaves(lambda p: p.open("f", CREAT | TRUNC, WRITE),
                    [("path_filestat_set_size", "write", "f", "")], {"f": {"written": 0}})
        self.leaves(lambda p: p.open("f", TRUNC, READ),
                    [("path_filestat_set_size", "write", "f", "")], {"f": {"written": 0}})

    def test_an_open_that_makes_a_file(self):
        for flags in (CREAT, CREAT | TRUNC, CREAT | EXCL, CREAT | EXCL | TRUNC):
            self.leaves(lambda p: p.open("n", flags), [("path_create_file", "create", "n", "")], {"n": {"created": 1}})

    def test_an_open_that_changes_nothing(self):
        self.leaves(lambda p: p.open("f", CREAT), [], {})
        self.leaves(lambda p: p.open("f", 0, READ | WRITE, APPEND), [], {})
        self.leaves(lambda p: p.open("f", CREAT | EXCL, code=EXIST), [], {})

    # Writes.

    def test_writes_at_the_end_and_in_the_middle(self):
        wrote = [("fd_write", "write", "f", "")]
        self.leaves(lambda p: p.write(p.open("f"), "123"), wrote, {"f": {"written": 3}})
        self.leaves(lambda p: p.write(p.open("f", flags=APPEND), "123"), wrote, {"f": {"written": 3}})
        self.leaves(lambda p: p.call("fd_pwrite", p.open("f"), *p.ranges("12"), 1, 0), wrote, {"f": {"written": 2}})

    def test_a_long_spelling_does_not_push_the_name_out(self):
        self.leaves(lambda p: p.write(p.open("./" * 1000 + "f"), "123"), [("fd_write", "write", "f", "")],
                    {"f": {"written": 3}})

    @staticmethod
    def told(path, run):
        """docs/formats/audit.md: a path of 257 to 2,048 bytes of ASCII in the records of a run."""
        digest = hashlib.sha256(f"{run}\0{path}".encode()).hexdigest()[:16]
        return f"{path[:48]}…[{digest}]{path[-187:]}"

    def test_a_name_that_is_cut_is_no_other_files_name(self):
        program = Program()
        for middle in "xy":
            program.write(program.open("n" * 60 + middle + "n" * 194, CREAT), "123")
        _, after, records, files = self.run_in(program, "buffered")
        cut = [self.told("/w/" + "n" * 60 + middle + "n" * 194, records[0]["run"]) for middle in "xy"]
        self.assertEqual(sorted(files), sorted(cut))
        self.assertEqual({record["path"] for record in records}, set(cut))
        self.assertEqual({(path[:48], path[-187:]) for path in cut}, {("/w/" + "n" * 45, "n" * 187)})

    def test_what_stands_before_a_name_does_not_hide_it(self):
        for flush in ("buffered", "each"):
            for count in (60, 400):
                program, way = Program(), "d/../" * count
                program.write(program.open(way + "f"), "123").call("path_rename", 3, way + "f", 3, "n")
                _, _, records, files = self.run_in(program, flush)
                told = self.told("/w/" + way + "f", records[0]["run"])
                self.assertTrue(len(told.encode()) <= 256 and told.endswith("d/../f"))
                self.assertEqual(files, {told: {"written": 3, "removed": 1}, "/w/n": {"created": 1}})
                self.assertEqual({record["path"] for record in records}, {told})
                self.assertIn("/w/n", {record.get("second_path") for record in records})

    def test_deep_directories_do_not_hide_a_name(self):
        program = Program()
        fd, path = 3, "/w"
        for each in range(12):
            name = chr(ord("a") + each) * 200
            program.call("path_create_directory", fd, name)
            fd, path = program.open(name, DIRECTORY, NAMES, fd=fd, below=NAMES | FILES), f"{path}/{name}"
        program.write(program.open("leaf", CREAT, fd=fd), "1234")
        _, after, records, files = self.run_in(program, "buffered")
        self.assertEqual(after[f"{path[3:]}/leaf"][2], b"1234")
        written = [name for name, use in files.items() if "written" in use]
        self.assertEqual(len(written), 1)
        self.assertTrue(written[0].startswith("/w/aaaa") and written[0].endswith("l" * 100 + "/leaf"), written)
        self.assertEqual(files[written[0]], {"written": 4, "created": 1})
        self.assertEqual({r["path"] for r in records if r["path"].endswith("leaf")}, set(written))

    def test_nobody_spells_a_mark(self):
        program = Program()
        program.write(program.open("f…[0123456789abcdef]g", CREAT), "123")
        _, _, records, files = self.run_in(program, "buffered")
        told = "/w/f\\u{2026}[0123456789abcdef]g"
        self.assertEqual((files, {record["path"] for record in records}), ({told: {"written": 3, "created": 1}}, {told}))

    def test_a_size_and_room(self):
        for size in (0, 2, 9):
            self.leaves(lambda p: p.call("fd_filestat_set_size", p.open("f"), size),
                        [("fd_filestat_set_size", "write", "f", "")], {"f": {"written": 0}})
        self.leaves(lambda p: p.call("fd_allocate", p.open("f"), 0, 100),
                    [("fd_allocate", "write", "f", "")], {"f": {"written": 0}})

    def test_a_write_announces_no_size(self):
        def make(p):
            fd = p.open("f")
            p.write(fd, "1").call("fd_filestat_set_size", fd, 0)
        self.leaves(make, [("fd_filestat_set_size", "write", "f", ""), ("fd_write", "write", "f", "")],
                    {"f": {"written": 1}})

    def test_a_write_is_told_where_its_descriptor_is_given_another_number(self):
        def make(p):
            one, two = p.open("f"), p.open("g")
            p.write(two, "1").call("fd_renumber", one, two).write(two, "23")
        self.leaves(make, [("fd_write", "write", "g", ""), ("fd_write", "write", "f", "")],
                    {"f": {"written": 2}, "g": {"written": 1}})

    # Times.

    def test_times_by_path_and_by_descriptor(self):
        self.leaves(lambda p: p.call("path_filestat_set_times", 3, 0, "f", 5, 7, 5),
                    [("path_filestat_set_times", "times", "f", "")], {"f": {"written": 0}})
        self.leaves(lambda p: p.call("fd_filestat_set_times", p.open("f"), 5, 7, 5),
                    [("fd_filestat_set_times", "times", "f", "")], {"f": {"written": 0}})

    # Names.

    def test_links(self):
        self.leaves(lambda p: p.call("path_link", 3, 0, "f", 3, "n"),
                    [("path_link", "link", "f", "n")], {"f": {"written": 0}, "n": {"created": 1}})
        self.leaves(lambda p: p.call("path_symlink", "f", 3, "d/n", code=0),
                    [("path_symlink", "link", "d/n", "f")], {"d/n": {"created": 1}})
        self.leaves(lambda p: p.call("path_symlink", "../g", 3, "d/n"),
                    [("path_symlink", "link", "d/n", "../g")], {"d/n": {"created": 1}})

    def test_what_is_removed(self):
        self.leaves(lambda p: p.call("path_unlink_file", 3, "f"),
                    [("path_unlink_file", "remove", "f", "")], {"f": {"removed": 1}})
        self.leaves(lambda p: p.call("path_remove_directory", 3, "e"),
                    [("path_remove_directory", "remove", "e", "")], {"e": {"removed": 1}})

    def test_a_directory_is_made(self):
        self.leaves(lambda p: p.call("path_create_directory", 3, "n"),
                    [("path_create_directory", "create", "n", "")], {"n": {"created": 1}})

    def test_a_rename_to_a_free_name(self):
        self.leaves(lambda p: p.call("path_rename", 3, "f", 3, "n"), [("path_rename", "rename", "f", "n")],
                    {"f": {"removed": 1}, "n": {"created": 1}})

    def test_a_rename_over_what_is_there(self):
        self.leaves(lambda p: p.call("path_rename", 3, "f", 3, "g"), [("path_rename_replace", "rename", "f", "g")],
                    {"f": {"removed": 1}, "g": {"replaced": 1}})
        self.leaves(lambda p: p.call("path_create_directory", 3, "n").call("path_rename", 3, "n", 3, "e"),
                    [("path_create_directory", "create", "n", ""), ("path_rename_replace", "rename", "n", "e")],
                    {"n": {"created": 1, "removed": 1}, "e": {"replaced": 1}})

    def test_a_directory_that_is_moved(self):
        up = [("path_create_directory", "create", "d/e", ""), ("path_rename", "rename", "d/e", "n")]
        self.leaves(lambda p: p.call("path_create_directory", 3, "d/e").call("path_rename", 3, "d/e", 3, "n"), up,
                    {"d/e": {"created": 1, "removed": 1}, "n": {"created": 1}})
        down = [("path_create_directory", "create", "n", ""), ("path_rename", "rename", "n", "d/e")]
        self.leaves(lambda p: p.call("path_create_directory", 3, "n").call("path_rename", 3, "n", 3, "d/e"), down,
                    {"n": {"created": 1, "removed": 1}, "d/e": {"created": 1}})

    def test_links_are_judged_where_they_come_to_stand(self):
        program = Program()
        program.call("path_create_directory", 3, "d/e").call("path_symlink", "d/e", 3, "s")
        program.call("path_symlink", "../../f", 3, "s/q").call("path_symlink", "../../../f", 3, "s/r", code=NOTCAPABLE)
        program.call("path_rename", 3, "d/e/q", 3, "n", code=NOTCAPABLE)
        program.call("path_rename", 3, "d/e", 3, "n", code=NOTCAPABLE)
        _, after, _, _ = self.run_in(program, "buffered")
        self.assertIn("d/e/q", after)
        self.assertFalse({"d/e/r", "n", "n/q"} & after.keys())

    def test_a_rename_that_does_nothing(self):
        self.leaves(lambda p: p.call("path_link", 3, 0, "f", 3, "n").call("path_rename", 3, "f", 3, "n"),
                    [("path_link", "link", "f", "n")], {"f": {"written": 0}, "n": {"created": 1}})

    def test_what_is_changed_by_another_name_of_its_is_listed(self):
        self.leaves(lambda p: p.call("path_link", 3, 0, "f", 3, "n").write(p.open("n"), "123"),
                    [("path_link", "link", "f", "n"), ("fd_write", "write", "n", "")],
                    {"f": {"written": 0}, "n": {"written": 3, "created": 1}})

    def test_a_write_is_told_by_the_name_that_was_opened(self):
        def make(p):
            fd = p.open("n", CREAT)
            p.call("path_rename", 3, "n", 3, "m").write(fd, "1234567")
            p.open("n", CREAT)
        self.leaves(make, [("path_create_file", "create", "n", ""), ("path_rename", "rename", "n", "m"),
                           ("path_create_file", "create", "n", ""), ("fd_write", "write", "n", "")],
                    {"n": {"written": 7, "created": 2, "removed": 1}, "m": {"created": 1}})

    def test_a_refused_change_is_in_no_line_of_files(self):
        self.leaves(lambda p: p.call("path_symlink", "../../etc/passwd", 3, "d/n", code=NOTCAPABLE),
                    [("path_symlink", "link", "d/n", "../../etc/passwd")], {})


if __name__ == "__main__":
    tools.warrant, tools.wat2wasm, tools.guests = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        tools.scratch = pathlib.Path(scratch)
        unittest.main(argv=[sys.argv[0], *sys.argv[4:]])
