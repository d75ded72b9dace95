# SPDX-License-Identifier: Apache-2.0
"""FILE as it may lie on the disk: missing, unreadable, of another kind, too large."""
import os
import pathlib
import shutil
import unittest

from support import NOT_VALID, MISSING, Case, tools

ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class File(Case):
    def test_missing(self):
        self.refused(self.run_guest([], self.root / "none.wasm"), "none.wasm")

    def test_below_a_file(self):
        self.refused(self.run_guest([], self.file(b"x") / "a.wasm"))

    def test_a_directory(self):
        self.refused(self.run_guest([], self.work), "directory")

    def test_a_fifo_does_not_hang(self):
        path = self.root / "pipe.wasm"
        os.mkfifo(path)
        self.refused(self.run_guest([], path))

    def test_a_device(self):
        self.refused(self.run_guest([], pathlib.Path("/dev/zero")))

    def test_a_name_too_long(self):
        self.refused(self.run_guest([], self.root / ("x" * 300 + ".wasm")))

    def test_a_link_in_a_loop(self):
        path = self.root / "loop.wasm"
        path.symlink_to(path)
        self.refused(self.run_guest([], path))

    def test_a_link_to_a_module_runs(self):
        path = self.root / "link.wasm"
        path.symlink_to(self.guest("hello"))
        self.succeeds(self.run_guest([], path, "you"), b"hello you\n")

    @unittest.skipUnless(ROOT and shutil.which("setpriv"), "only root can become another user")
    def test_unreadable(self):
        place = self.root / "open"
        place.mkdir()
        self.root.chmod(0o755)
        tools.scratch.chmod(0o755)
        path = place / "secret.wasm"
        shutil.copy(self.guest("hello"), path)
        path.chmod(0o600)
        program = self.program_in(place)
        home = place / "home"
        home.mkdir()
        os.chown(home, 65534, 65534)
        env = self.environment(HOME=str(home))
        self.refused(self.warrant("run", path, env=env, before=NOBODY, program=program), "secret.wasm")
        path.chmod(0o644)
        self.succeeds(self.warrant("run", path, env=env, before=NOBODY, program=program), b"hello\n")

    def test_above_module_bytes(self):
        size = self.guest("hello").stat().st_size
        self.refused(self.run_guest(["--module-bytes", str(size - 1)], "hello"), "module-bytes", "--module-bytes")
        self.succeeds(self.run_guest(["--module-bytes", str(size)], "hello"), b"hello\n")

    def test_a_sparse_giant_is_refused_at_once(self):
        path = self.root / "giant.wasm"
        with open(path, "wb") as file:
            file.truncate(1 << 40)
        self.refused(self.run_guest([], path), "module-bytes")

    def test_a_bare_word_is_a_name_of_a_bundle(self):
        shutil.copy(self.guest("hello"), self.work / "jq")
        self.refused(self.warrant("run", "jq"), "jq", "./jq")
        self.succeeds(self.warrant("run", "./jq"), b"hello\n")

    def test_a_word_with_the_ending_is_a_file(self):
        shutil.copy(self.guest("hello"), self.work / "jq.wasm")
        self.succeeds(self.warrant("run", "jq.wasm"), b"hello\n")

    def test_an_empty_word(self):
        self.refused(self.warrant("run", ""))


class OtherVerbs(Case):
    """inspect and compile: 66 for what is not there, 65 for what is not valid."""

    def test_missing(self):
        for verb in ("inspect", "compile"):
            with self.subTest(verb=verb):
                self.refused(self.warrant(verb, self.root / "none.wasm"), "none.wasm", code=MISSING)

    def test_a_directory_and_a_fifo(self):
        path = self.root / "pipe.wasm"
        os.mkfifo(path)
        for verb in ("inspect", "compile"):
            for each in (self.work, path):
                with self.subTest(verb=verb, path=each.name):
                    self.refused(self.warrant(verb, each), code=MISSING)

    def test_not_valid(self):
        for verb in ("inspect", "compile"):
            for content in (b"", b"text", b"\0asm", b"\0asm\1\0\0\0\1"):
                with self.subTest(verb=verb, content=content):
                    self.refused(self.warrant(verb, self.file(content)), code=NOT_VALID)
