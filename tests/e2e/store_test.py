# SPDX-License-Identifier: Apache-2.0
"""The store of compiled code: used when it is certain, and otherwise ignored aloud; the guest runs.

`--time` tells whether the code was compiled or loaded.
"""
import json
import os
import shutil
import subprocess
import threading
import unittest

from support import MISSING, NO, NOT_VALID, Case, tools

ROOT = os.geteuid() == 0
# Small, so that a hundred compilations cost little.
SAYS = """(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00")
  (data (i32.const 16) "hello\\n")
  (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"""
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class Store(Case):
    own_home = True

    def setUp(self):
        super().setUp()
        self.small = self.wat(SAYS, "small.wasm")
        self.other = self.wat(SAYS.replace("hello", "other"), "other.wasm")

    def cache(self):
        return self.home / ".cache" / "warrant"

    def entries(self, ending=".code"):
        return sorted(self.cache().glob(f"*{ending}"))

    def how(self, *flags, guest=None, **more):
        guest = guest or self.small
        done = self.run_guest(["--time", *flags], guest, **more)
        self.succeeds(done, b"hello\n" if guest == self.small else b"other\n")
        words = {line.split()[0] for line in done.err.splitlines() if line.startswith("  ")}
        self.assertEqual(len(words & {"load", "compile"}), 1, done.err)
        return next(iter(words & {"load", "compile"})), done.err

    def loads(self, *flags, **more):
        how, err = self.how(*flags, **more)
        self.assertEqual(how, "load", err)
        self.assertNotIn("store of compiled code", err)

    def compiles_silently(self, *flags, **more):
        how, err = self.how(*flags, **more)
        self.assertEqual(how, "compile", err)
        self.assertNotIn("store of compiled code", err)

    def doubts(self, *flags, **more):
        how, err = self.how(*flags, **more)
        self.assertEqual(how, "compile", err)
        self.assertEqual(err.count("store of compiled code"), 1, err)

    def fill(self):
        self.compiles_silently()
        self.loads()
        (code,) = self.entries()
        (tag,) = self.entries(".tag")
        return code, tag


class Use(Store):
    def test_the_second_start_loads(self):
        self.fill()

    def test_what_lies_there_is_private(self):
        code, tag = self.fill()
        self.assertEqual(self.cache().stat().st_mode & 0o7777, 0o700)
        for each in (code, tag):
            self.assertEqual((each.stat().st_mode & 0o7777, each.stat().st_nlink), (0o400, 1))
        for each in (self.home / ".local/state/warrant").rglob("*"):
            if each.is_file():
                self.assertEqual(each.stat().st_mode & 0o077, 0, each)

    def test_nothing_else_is_left_in_it(self):
        self.fill()
        self.assertEqual({path.suffix for path in self.cache().iterdir()}, {".code", ".tag"})

    def test_compile_fills_it(self):
        self.succeeds(self.warrant("compile", self.small), b"")
        self.loads()

    def test_compile_serves_every_stack(self):
        self.succeeds(self.warrant("compile", self.small), b"")
        self.loads("--stack", "8MiB")

    def test_compile_with_fuel_serves_runs_with_fuel(self):
        self.succeeds(self.warrant("compile", "--fuel", "1000", self.small), b"")
        self.loads("--fuel", "1000000")
        self.compiles_silently()

    def test_code_without_fuel_is_not_taken_for_code_with_fuel(self):
        self.fill()
        self.compiles_silently("--fuel", "1000000")

    def test_compile_takes_many_files_and_names_the_bad_one(self):
        done = self.warrant("compile", self.small, self.file(b"no"), self.other)
        self.refused(done, "guest.wasm", code=NOT_VALID)
        self.assertEqual(len(self.entries()), 2)

    def test_another_module_is_another_entry(self):
        self.fill()
        self.how(guest=self.other)
        self.assertEqual(len(self.entries()), 2)

    def test_xdg_variables_move_it(self):
        env = self.environment(XDG_CACHE_HOME=str(self.root / "c"), XDG_STATE_HOME=str(self.root / "s"))
        self.compiles_silently(env=env)
        self.loads(env=env)
        self.assertFalse((self.home / ".cache").exists())
        self.assertEqual(len(list((self.root / "c" / "warrant").glob("*.code"))), 1)

    def test_relative_xdg_variables_are_ignored(self):
        env = self.environment(XDG_CACHE_HOME="c", XDG_STATE_HOME="s")
        self.compiles_silently(env=env)
        self.assertEqual(len(self.entries()), 1)
        self.assertEqual(list(self.work.iterdir()), [])

    def test_without_a_home_nothing_is_kept_and_the_guest_runs(self):
        self.compiles_silently("--no-log", env={"PATH": "/usr/bin:/bin"})
        self.assertEqual(list(self.work.iterdir()), [])
        self.refused(self.warrant("compile", self.small, env={"PATH": "/usr/bin:/bin"}), code=MISSING)

    def test_many_first_starts_at_once(self):
        children = [self.start([], self.small) for _ in range(8)]
        for child in children:
            out, err = child.communicate(timeout=60)
            self.assertEqual((child.returncode, out), (0, b"hello\n"), err)
        self.loads()
        self.assertEqual(len(self.entries()), 1)


class Directory(Store):
    """A directory that is not the user's own and private is not used."""

    def test_unwritable_by_mode(self):
        self.fill()
        self.cache().chmod(0o500)
        self.doubts()

    def test_world_writable(self):
        self.fill()
        self.cache().chmod(0o777)
        self.doubts()

    def test_readable_by_the_group(self):
        self.fill()
        self.cache().chmod(0o750)
        self.doubts()

    def test_a_link(self):
        self.fill()
        self.cache().rename(self.root / "elsewhere")
        self.cache().symlink_to(self.root / "elsewhere")
        self.doubts()

    def test_a_link_of_ones_own_on_the_way(self):
        self.fill()
        (self.home / ".cache").rename(self.root / "elsewhere")
        (self.home / ".cache").symlink_to(self.root / "elsewhere")
        self.loads()

    @unittest.skipUnless(ROOT, "only root can make a link of another user")
    def test_a_link_of_another_user_on_the_way(self):
        self.fill()
        (self.home / ".cache").rename(self.root / "elsewhere")
        (self.home / ".cache").symlink_to(self.root / "elsewhere")
        os.lchown(self.home / ".cache", 65534, 65534)
        self.doubts()

    def test_a_file(self):
        (self.home / ".cache").mkdir()
        self.cache().write_text("")
        self.doubts()

    @unittest.skipUnless(ROOT, "only root can give a directory away")
    def test_of_another_user(self):
        self.fill()
        os.chown(self.cache(), 65534, 65534)
        self.doubts()

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "only root can become another user")
    def test_a_home_that_cannot_be_written(self):
        place = self.root / "open"
        place.mkdir()
        self.root.chmod(0o755)
        tools.scratch.chmod(0o755)
        for name, source in (("warrant", tools.warrant), ("hello.wasm", self.small)):
            shutil.copy(source, place / name)
        done = self.warrant("run", "--time", "--no-log", place / "hello.wasm", before=NOBODY, program=place / "warrant",
                            env=self.environment(HOME=str(place)))
        self.succeeds(done, b"hello\n")
        self.assertEqual(done.err.count("store of compiled code"), 1, done.err)

    @unittest.skipUnless(ROOT, "only root can mount")
    def test_full(self):
        place = self.root / "small"
        place.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=16k,mode=0755", "tmpfs", str(place)]
        if subprocess.run(mount, capture_output=True).returncode != 0:
            self.skipTest("this machine does not let root mount")
        self.addCleanup(subprocess.run, ["umount", "-l", str(place)], check=True)
        env = self.environment(XDG_CACHE_HOME=str(place))
        for _ in range(2):
            self.doubts(env=env)
            self.assertEqual(list((place / "warrant").iterdir()), [], "half an entry is left")

    def test_the_key_of_the_state_is_not_private(self):
        self.fill()
        keys = [path for path in (self.home / ".local/state/warrant").rglob("code.key")]
        self.assertNotEqual(keys, [])
        for key in keys:
            key.chmod(0o644)
        self.doubts()

    def test_the_key_of_the_state_is_a_link(self):
        self.fill()
        for key in [path for path in (self.home / ".local/state/warrant").rglob("code.key")]:
            key.rename(self.root / "key")
            key.symlink_to(self.root / "key")
        self.doubts()

    def test_the_key_of_the_state_was_lost(self):
        self.fill()
        shutil.rmtree(self.home / ".local/state/warrant")
        self.doubts()
        self.loads()


class Entry(Store):
    """An entry that is not exactly as it was written is not loaded; the next start is right again."""

    def setUp(self):
        super().setUp()
        self.code, self.tag = self.fill()

    def rewrite(self, content, path=None):
        path = path or self.code
        path.chmod(0o600)
        path.write_bytes(content)
        path.chmod(0o400)

    def test_truncated(self):
        content = self.code.read_bytes()
        for size in (0, 1, 64, len(content) // 2, len(content) - 1):
            with self.subTest(size=size):
                self.rewrite(content[:size], self.entries()[0])
                self.doubts()

    def test_one_byte_changed(self):
        content = bytearray(self.code.read_bytes())
        content[len(content) // 2] ^= 1
        self.rewrite(bytes(content))
        self.doubts()

    def test_the_same_bytes_written_again(self):
        self.rewrite(self.code.read_bytes())
        self.doubts()

    def test_replaced_by_a_copy(self):
        copy = self.cache() / "copy"
        shutil.copy2(self.code, copy)
        copy.rename(self.code)
        self.doubts()

    def test_of_another_version(self):
        content = self.code.read_bytes()
        self.assertTrue(b"\x0248" in content, "the engine's version stands in its code")
        self.rewrite(content.replace(b"\x0248", b"\x0247", 1))
        self.doubts()

    def test_of_another_module(self):
        self.how(guest=self.other)
        other = next(each for each in self.entries() if each != self.code)
        self.rewrite(other.read_bytes())
        self.doubts()

    def test_hard_linked(self):
        os.link(self.code, self.root / "twin")
        self.doubts()

    def test_writable(self):
        self.code.chmod(0o600)
        self.doubts()

    def test_writable_by_others(self):
        self.code.chmod(0o422)
        self.doubts()

    def test_a_link(self):
        self.code.rename(self.root / "moved")
        self.code.symlink_to(self.root / "moved")
        self.doubts()

    def test_a_fifo_does_not_hang(self):
        self.code.unlink()
        os.mkfifo(self.code, 0o400)
        self.doubts()

    @unittest.skipUnless(ROOT, "only root can give a file away")
    def test_of_another_user(self):
        os.chown(self.code, 65534, 65534)
        self.doubts()

    def test_without_a_tag(self):
        self.tag.unlink()
        self.doubts()

    def test_with_a_tag_of_zeros(self):
        self.rewrite(b"\0" * len(self.tag.read_bytes()), self.tag)
        self.doubts()

    def test_with_a_tag_cut_short(self):
        self.rewrite(self.tag.read_bytes()[:-1], self.tag)
        self.doubts()

    def test_with_a_tag_that_is_a_link(self):
        self.tag.rename(self.root / "tag")
        self.tag.symlink_to(self.root / "tag")
        self.doubts()

    def test_after_a_doubt_the_entry_is_made_anew(self):
        self.rewrite(b"garbage")
        self.doubts()
        self.loads()

    def test_changed_while_we_look(self):
        good, stop = self.code.read_bytes(), threading.Event()

        def disturb():
            turn = 0
            while not stop.is_set():
                turn += 1
                copy = self.root / "swap"
                copy.write_bytes(good[: len(good) // 2] if turn % 2 else good.replace(b"\x00\x61", b"\x61\x00"))
                copy.chmod(0o400)
                os.replace(copy, self.code)
                try:
                    self.code.chmod(0o600)
                    with open(self.code, "r+b") as file:
                        file.write(b"\0" * 64)
                    self.code.chmod(0o400)
                except OSError:
                    pass

        disturber = threading.Thread(target=disturb)
        disturber.start()
        try:
            for _ in range(40):
                self.how()
        finally:
            stop.set()
            disturber.join()


class Command(Store):
    def test_list_of_nothing(self):
        done = self.warrant("cache", "list")
        self.succeeds(done)
        self.assertIn("0 entries", done.text)

    def test_list_shows_each_entry(self):
        code, _ = self.fill()
        done = self.warrant("cache", "list")
        self.succeeds(done)
        self.assertIn(code.name[:16], done.text)
        self.assertIn(str(code.stat().st_size), done.text)

    def test_list_as_json(self):
        code, _ = self.fill()
        done = self.warrant("cache", "list", "--json")
        self.succeeds(done)
        (row,) = json.loads(done.text)
        self.assertEqual((row["key"] + ".code", row["bytes"]), (code.name, code.stat().st_size))

    def test_verify(self):
        code, _ = self.fill()
        self.succeeds(self.warrant("cache", "verify"))
        code.chmod(0o600)
        self.ends(self.warrant("cache", "verify"), NO)
        done = self.warrant("cache", "verify", "--json")
        self.ends(done, NO)
        self.assertIn("doubt", json.loads(done.text)[0])

    def test_clear(self):
        self.fill()
        (self.cache() / "mine.txt").write_text("kept")
        done = self.warrant("cache", "clear")
        self.succeeds(done)
        self.assertIn("1 ", done.text)
        self.assertEqual([path.name for path in self.cache().iterdir()], ["mine.txt"])
        self.compiles_silently()

    def test_usage(self):
        self.usage(self.warrant("cache"))
        self.usage(self.warrant("cache", "burn"), "list")
        self.usage(self.warrant("cache", "list", "more"))
        self.usage(self.warrant("cache", "--jsn", "list"), "--json")

    def test_a_store_that_is_not_trusted(self):
        self.fill()
        self.cache().chmod(0o777)
        for verb in ("list", "verify", "clear"):
            with self.subTest(verb=verb):
                self.refused(self.warrant("cache", verb), code=MISSING)
        self.assertEqual(len(self.entries()), 1)

    def test_compile_into_a_store_that_is_not_trusted(self):
        self.fill()
        self.cache().chmod(0o777)
        done = self.warrant("compile", self.other)
        self.assertNotEqual(done.code, 0, "nothing was kept, and it says done")
        self.one_error(done)
        self.assertEqual(len(self.entries()), 1)
