# SPDX-License-Identifier: Apache-2.0
"""--dir and --cwd: what is granted is reachable by its guest name, and nothing beside it."""
import os
import shutil
import socket
import unittest

from support import Case, tools

ROOT = os.geteuid() == 0


class Directories(Case):
    def setUp(self):
        super().setUp()
        self.inside = self.root / "inside"
        (self.inside / "deep" / "er").mkdir(parents=True)
        (self.inside / "note.txt").write_text("note\n")
        (self.inside / "deep" / "note.txt").write_text("deep\n")
        (self.root / "secret.txt").write_text("secret\n")

    def grant(self, more="", guest="/w"):
        return ["--dir", f"{self.inside}::{guest}{more}"]

    def reads(self, flags, path, content):
        self.succeeds(self.run_guest(flags, "cat", path), content)

    def fails_to_read(self, flags, path):
        done = self.run_guest(flags, "cat", path)
        self.ends(done, 1, b"")
        return done.err

    def tree(self):
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if "home" not in path.parts)


class Modes(Directories):
    def test_read_is_what_no_mode_means(self):
        before = self.tree()
        for more in ("", ":read"):
            self.reads(self.grant(more), "/w/note.txt", b"note\n")
            done = self.run_guest(self.grant(more), "copy", "/w/note.txt", "/w/copy.txt")
            self.ends(done, 1)
            self.assertIn("denied 1 call", done.err)
            self.assertIn("read only", done.err)
        self.assertEqual(self.tree(), before)

    def test_write(self):
        self.succeeds(self.run_guest(self.grant(":write"), "copy", "/w/note.txt", "/w/copy.txt"), b"")
        self.assertEqual((self.inside / "copy.txt").read_text(), "note\n")

    def test_overlay_is_refused_in_this_build(self):
        self.refused(self.run_guest(self.grant(":overlay"), "cat", "/w/note.txt"), "overlay")

    def test_other_words_are_errors_and_no_part_of_the_path(self):
        (self.root / "inside:ro").mkdir()
        self.usage(self.run_guest(self.grant(":ro"), "cat"), "ro", ":read")
        self.usage(self.run_guest(self.grant(":rw"), "cat"), "rw", ":write")
        done = self.run_guest(self.grant(":append"), "cat")
        self.usage(done, "append", "write")
        self.assertNotIn("overlay", done.err)
        self.usage(self.run_guest(["--dir", f"{self.root}/inside:ro"], "cat"), "ro", ":read")

    def test_options_follow_the_mode(self):
        self.reads(self.grant(":read,xdev"), "/w/note.txt", b"note\n")
        self.usage(self.run_guest(self.grant(":read,sdev"), "cat"), "sdev", "xdev")
        self.usage(self.run_guest(self.grant(":xdev"), "cat"), "xdev")

    def test_names_are_missing(self):
        for value in ("", "::/w", ".::", ":read", "::", ".:::read"):
            with self.subTest(value=value):
                self.usage(self.run_guest(["--dir", value], "cat"), "--dir")

    def test_the_guest_name_defaults_to_the_host_name(self):
        self.reads(["--dir", str(self.inside)], f"{self.inside}/note.txt", b"note\n")
        (self.work / "here").mkdir()
        (self.work / "here" / "a").write_text("a\n")
        self.reads(["--dir", "here"], "here/a", b"a\n")
        self.reads(["--dir", "."], "here/a", b"a\n")

    def test_a_climbing_host_needs_a_guest_name(self):
        self.usage(self.run_guest(["--dir", "../inside"], "cat"), "::")
        self.usage(self.run_guest(["--dir", "../inside:write"], "cat"), "::")
        self.reads(["--dir", "../inside::/w"], "/w/note.txt", b"note\n")

    def test_names_with_spaces_colons_and_utf8(self):
        for name in ("a b", "grüße", "a:b.c", "[1,2]"):
            place = self.root / name
            place.mkdir()
            (place / "f").write_text("f\n")
            with self.subTest(name=name):
                self.reads(["--dir", f"{place}::/w:read"], "/w/f", b"f\n")
                self.reads(["--dir", f"{self.inside}::/{name}:read"], f"/{name}/note.txt", b"note\n")


class Refused(Directories):
    def test_a_directory_that_does_not_exist(self):
        done = self.run_guest(["--dir", f"{self.root}/none::/w"], "hello")
        self.refused(done, "none")

    def test_a_file(self):
        self.refused(self.run_guest(["--dir", f"{self.root}/secret.txt::/w"], "hello"), "secret.txt")

    def test_a_fifo_does_not_hang(self):
        os.mkfifo(self.root / "pipe")
        self.refused(self.run_guest(["--dir", f"{self.root}/pipe::/w"], "hello"))

    def test_two_of_one_name(self):
        other = self.root / "other"
        other.mkdir()
        for one, two in (("/w", "/w"), ("/w", "/w/"), ("/", "."), ("a", "./a"), ("/w", "//w")):
            with self.subTest(one=one, two=two):
                self.refused(self.run_guest(["--dir", f"{self.inside}::{one}", "--dir", f"{other}::{two}"], "hello"), "one name")

    def test_one_beneath_the_other_with_another_access(self):
        deep = self.inside / "deep"
        self.refused(self.run_guest([*self.grant(":read"), "--dir", f"{deep}::/d:write"], "hello"))
        self.succeeds(self.run_guest([*self.grant(":read"), "--dir", f"{deep}::/d:read"], "hello"), b"hello\n")

    def test_the_root_of_the_machine(self):
        self.refused(self.run_guest(["--dir", "/::/w"], "hello"))

    @unittest.skipUnless(os.geteuid() == 0, "only root meets directories that shut it out")
    def test_one_of_another_user_that_shuts_everybody_out(self):
        theirs = self.root / "theirs"
        theirs.mkdir(mode=0o700)
        os.chown(theirs, 65534, 65534)
        done = self.run_guest(["--dir", f"{theirs}::/t"], "hello")
        self.refused(done, f"directory {theirs} belongs to another user", "read by group or others")
        theirs.chmod(0o755)
        self.succeeds(self.run_guest(["--dir", f"{theirs}::/t"], "hello"), b"hello\n")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "becoming another user needs root")
    def test_one_without_permission(self):
        closed = self.root / "closed"
        (closed / "inner").mkdir(parents=True)
        closed.chmod(0o700)
        theirs = self.root / "home"
        theirs.mkdir()
        os.chown(theirs, 65534, 65534)
        for place in (tools.scratch, self.root):
            place.chmod(0o711)
        program = self.program_in(self.root)
        shutil.copy(self.guest("hello"), self.root / "hello.wasm")
        (self.root / "hello.wasm").chmod(0o755)
        drop = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        done = self.warrant("run", "--dir", f"{closed}/inner::/c", self.root / "hello.wasm", before=drop,
                            program=program, env=self.environment(HOME=str(theirs)))
        self.refused(done, f"{closed}/inner", "it cannot be opened", "check its permissions")

    def test_proc_sys_and_dev(self):
        for name in ("/proc", "/proc/self", "/sys", "/dev"):
            with self.subTest(name=name):
                self.refused(self.run_guest(["--dir", f"{name}::/w"], "hello"))

    def test_a_missing_directory_touches_the_others_not_at_all(self):
        before = self.tree()
        self.refused(self.run_guest([*self.grant(":write"), "--dir", "none::/n:write"], "probe", "new", "/w/x"))
        self.assertEqual(self.tree(), before)


class Walls(Directories):
    def test_no_grant_reaches_the_store_of_compiled_code(self):
        # A guest that could write there would write machine code.
        self.run_guest([], "hello")
        store = self.home / ".cache/warrant"
        self.assertTrue(store.is_dir())
        for place in (store, store.parent, self.home, self.home / ".local/state/warrant"):
            for mode in ("read", "write"):
                with self.subTest(place=place, mode=mode):
                    done = self.run_guest(["--dir", f"{place}::/c:{mode}"], "hello")
                    self.assertEqual(done.code, 126)
                    self.assertIn("keeps its own cache, state or configuration", done.err)

    def test_no_mount_of_a_part_leads_to_the_store(self):
        # Mounts are made in a namespace of the test's own; a bind mount has no ancestors in common.
        self.run_guest([], "hello")
        part = self.home / ".cache/warrant/inner"
        part.mkdir(exist_ok=True)
        outside = self.root / "outside"
        (outside / "deep").mkdir(parents=True)
        for flag, mount in ((f"{outside}::/c", outside), (f"{outside}::/c:read,xdev", outside / "deep")):
            with self.subTest(flag=flag):
                script = f"mount --bind {part} {mount} || exit 77; exec \"$0\" \"$@\""
                done = self.run_guest(["--dir", flag], "hello", before=["unshare", "-m", "sh", "-c", script])
                if "unshare failed" in done.err or done.code == 77:
                    self.skipTest("this user may not make mounts")
                self.assertEqual(done.code, 126, done.err)
                self.assertIn("keeps its own cache, state or configuration", done.err)

    def test_nothing_without_a_grant(self):
        for path in ("/etc/passwd", f"{self.inside}/note.txt", "note.txt", "../secret.txt"):
            self.fails_to_read([], path)

    def test_nothing_beside_a_grant(self):
        for path in ("/etc/passwd", f"{self.inside}/note.txt", f"{self.root}/secret.txt", "/secret.txt", "/w/none"):
            self.fails_to_read(self.grant(":write"), path)

    def test_climbing_out(self):
        for path in ("/w/../secret.txt", "/w/deep/../../secret.txt", "/w/../inside/note.txt", "/w/deep/er/../../../secret.txt"):
            with self.subTest(path=path):
                self.fails_to_read(self.grant(":write"), path)

    def test_climbing_inside(self):
        self.reads(self.grant(), "/w/deep/../note.txt", b"note\n")
        self.reads(self.grant(), "/w/./deep//er/../note.txt", b"deep\n")

    def test_links(self):
        (self.inside / "good").symlink_to("deep/note.txt")
        (self.inside / "out").symlink_to("../secret.txt")
        (self.inside / "absolute").symlink_to(self.inside / "note.txt")
        (self.inside / "up").symlink_to("..")
        self.reads(self.grant(), "/w/good", b"deep\n")
        for name in ("out", "absolute", "up/secret.txt"):
            with self.subTest(name=name):
                err = self.fails_to_read(self.grant(":write"), f"/w/{name}")
                self.assertIn("leads out of /w", err)

    def test_a_hard_link_reads_and_is_not_written(self):
        os.link(self.root / "secret.txt", self.inside / "twin")
        self.run_guest(self.grant(":write"), "copy", "/w/note.txt", "/w/twin")
        self.assertEqual((self.root / "secret.txt").read_text(), "secret\n")

    def test_special_files(self):
        os.mkfifo(self.inside / "pipe")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(self.inside / "socket"))
            for name in ("pipe", "socket"):
                with self.subTest(name=name):
                    err = self.fails_to_read(self.grant(":write"), f"/w/{name}")
                    self.assertIn("device", err)

    @unittest.skipUnless(ROOT, "only root can make a device")
    def test_a_device(self):
        try:
            os.mknod(self.inside / "zero", 0o20666, os.makedev(1, 5))
        except OSError:
            self.skipTest("no devices may be made here")
        self.fails_to_read(self.grant(":write"), "/w/zero")

    def test_two_grants_do_not_mix(self):
        other = self.root / "other"
        other.mkdir()
        flags = [*self.grant(":read"), "--dir", f"{other}::/o:write"]
        self.succeeds(self.run_guest(flags, "copy", "/w/note.txt", "/o/note.txt"))
        self.assertEqual((other / "note.txt").read_text(), "note\n")
        self.ends(self.run_guest(flags, "copy", "/o/note.txt", "/w/back.txt"), 1)
        self.assertFalse((self.inside / "back.txt").exists())


class WorkingDirectory(Directories):
    def cwd(self, at, more=""):
        return [*self.grant(more), "--cwd", at]

    def test_relative_paths_start_there(self):
        self.reads(self.cwd("/w"), "note.txt", b"note\n")
        self.reads(self.cwd("/w/deep"), "note.txt", b"deep\n")
        self.reads(self.cwd("/w"), "/w/note.txt", b"note\n")

    def test_climbing_inside_the_grant(self):
        self.reads(self.cwd("/w/deep"), "../note.txt", b"note\n")
        self.reads(self.cwd("/w/deep/er"), "../../note.txt", b"note\n")

    def test_climbing_above_the_root_is_denied(self):
        for at, path in (("/w", "../secret.txt"), ("/w/deep", "../../secret.txt"), ("/w", "../inside/note.txt")):
            with self.subTest(at=at, path=path):
                err = self.fails_to_read(self.cwd(at, ":write"), path)
                self.assertIn("leads out of", err)

    def test_writing_there(self):
        self.succeeds(self.run_guest(self.cwd("/w/deep", ":write"), "copy", "note.txt", "../new.txt"))
        self.assertEqual((self.inside / "new.txt").read_text(), "deep\n")
        done = self.run_guest(self.cwd("/w/deep", ":read"), "copy", "note.txt", "more.txt")
        self.ends(done, 1)
        self.assertFalse((self.inside / "deep" / "more.txt").exists())

    def test_outside_every_grant(self):
        self.refused(self.run_guest(self.cwd("/elsewhere"), "hello"), "/elsewhere", "--dir")
        self.refused(self.run_guest(["--cwd", "/w"], "hello"), "/w")
        self.refused(self.run_guest(self.cwd("/wide"), "hello"), "/wide")

    def test_one_that_is_missing_or_a_file(self):
        self.refused(self.run_guest(self.cwd("/w/none"), "hello"), "none")
        self.refused(self.run_guest(self.cwd("/w/note.txt"), "hello"), "note.txt")

    def test_one_that_leads_out(self):
        (self.inside / "up").symlink_to("..")
        for at in ("/w/up", "/w/.."):
            with self.subTest(at=at):
                self.refused(self.run_guest(self.cwd(at), "hello"))

    def test_given_twice(self):
        self.usage(self.run_guest([*self.cwd("/w"), "--cwd", "/w/deep"], "hello"), "--cwd")
