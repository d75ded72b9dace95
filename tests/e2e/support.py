# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: guests to run, a place of one's own, the command and its answer.

`tools` is filled by run.py before any test runs. A case that wants the store of compiled code to
itself asks for `own_home`; the others share one, so that each guest is compiled once.
"""
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import records

REFUSED, ENDED, TRAPPED, USAGE, NOT_VALID, MISSING, NO, OUTPUT_FAILED = 126, 124, 134, 64, 65, 66, 1, 74
PATIENCE = 60  # a hang is a failure; nothing here needs more than a moment


class tools:
    warrant = ""
    wat2wasm = ""
    guests = pathlib.Path()
    scratch = pathlib.Path()


@dataclasses.dataclass
class Done:
    code: int
    out: bytes
    err: str

    @property
    def text(self):
        return self.out.decode()

    def lines(self):
        return self.text.splitlines()


class Case(unittest.TestCase):
    maxDiff = None
    own_home = False

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(dir=tools.scratch))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.home = self.root / "home" if self.own_home else tools.scratch / "home"
        self.home.mkdir(exist_ok=True)
        self.work = self.root / "work"
        self.work.mkdir()
        if self.own_home:  # the log of the shared home is looked at by run.py, at the end
            self.addCleanup(self.records_are_as_published)

    def records_are_as_published(self):
        self.assertEqual(records.faults_of_log(self.home / ".local/state/warrant/log")[1], [])

    # Guests.

    def guest(self, name):
        return tools.guests / f"{name}.wasm"

    def wat(self, text, name="guest.wasm"):
        """An assembled module; nothing is validated, a guest may be wrong on purpose."""
        source = self.root / f"{name}.wat"
        source.write_text(text)
        binary = self.root / name
        subprocess.run([tools.wat2wasm, "--enable-all", "--no-check", "--debug-names", source, "-o", binary],
                       check=True, capture_output=True)
        return binary

    def file(self, content, name="guest.wasm"):
        path = self.root / name
        path.write_bytes(content)
        return path

    # The command.

    def environment(self, **more):
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8", **more}

    def warrant(self, *words, feed=b"", env=None, before=(), program=None, **more):
        command = [*before, program or tools.warrant, *map(os.fspath, words)]
        if "stdin" not in more:
            more["input"] = feed
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        done = subprocess.run(command, env=env or self.environment(), cwd=self.work, timeout=PATIENCE, **more)
        self.receipt_is_as_published(words)
        return Done(done.returncode, done.stdout, (done.stderr or b"").decode(errors="surrogateescape"))

    def program_in(self, place):
        """The command at a place where any user may run it, with what it starts itself."""
        program, text = place / "warrant", pathlib.Path(tools.warrant).read_bytes()
        if text.startswith(b"#!"):
            inner = re.search(rb'exec "([^"]+)"', text).group(1)
            shutil.copy(inner, place / "inner")
            text = text.replace(inner, os.fsencode(place / "inner"))
        program.write_bytes(text)
        for path in (program, place / "inner"):
            if path.exists():
                path.chmod(0o755)
        return program

    def receipt_is_as_published(self, words):
        for flag, value in zip(words, words[1:]):
            if flag != "--receipt":
                continue
            path = self.work / os.fspath(value)
            if path.is_file() and path.stat().st_size > 0:
                self.assertEqual(records.faults_of_receipt(json.loads(path.read_text())), [])

    def run_guest(self, flags, module, *words, **more):
        path = module if isinstance(module, pathlib.Path) else self.guest(module)
        return self.warrant("run", *flags, path, *words, **more)

    @staticmethod
    def dynamic_program():
        """The one that loads libraries (decision 0028), where there are two."""
        beside = pathlib.Path(tools.warrant).resolve().parent.parent / "libexec/warrant/warrant-dynamic"
        return str(beside) if beside.exists() else tools.warrant

    def run_at(self, when, flags, module):
        """On another day. Not locked down: the pretended clock is a library, and maps files."""
        done = self.run_guest(["--hardening=off", *flags], module, before=["faketime", "-f", when],
                              program=self.dynamic_program())
        self.succeeds(done)
        return done

    def probe(self, flags, *words, **more):
        return self.run_guest(flags, "probe", *words, **more)

    def start(self, flags, module, *words, **more):
        path = module if isinstance(module, pathlib.Path) else self.guest(module)
        for stream in ("stdin", "stdout", "stderr"):
            more.setdefault(stream, subprocess.PIPE)
        child = subprocess.Popen([tools.warrant, "run", *flags, path, *words], env=self.environment(),
                                 cwd=self.work, **more)
        self.addCleanup(self.reap, child)
        return child

    @staticmethod
    def reap(child):
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout, child.stderr):
            if stream is not None:
                stream.close()

    # Claims.

    def ends(self, done, code, out=None):
        self.assertEqual(done.code, code, f"stdout {done.out!r}\nstderr {done.err}")
        if out is not None:
            self.assertEqual(done.out, out, done.err)

    def succeeds(self, done, out=None):
        self.ends(done, 0, out)

    def one_error(self, done, *parts, hints_wanted=1):
        """One line that says what, one that says what to do, details indented between them."""
        lines = done.err.splitlines()
        errors = [line for line in lines if line.startswith("warrant: error: ")]
        hints = [line for line in lines if line.startswith("  hint: ") and len(line) > len("  hint: ")]
        self.assertEqual((len(errors), len(hints)), (1, hints_wanted), done.err)
        for line in lines:
            self.assertTrue(line.startswith(("warrant: ", "  ")), f"a line of nobody: {line!r} in {done.err}")
        for word in ("panicked", "terminate called", "Aborted", "stack backtrace", ".cc:", ".rs:", "std::"):
            self.assertNotIn(word, done.err)
        for part in parts:
            self.assertIn(part, done.err)

    def trapped(self, done, *parts, out=None):
        """134 with the reason; what to do is the guest's author's to find, from the backtrace."""
        self.ends(done, TRAPPED, out)
        self.one_error(done, "trap: ", *parts, hints_wanted=0)

    def refused(self, done, *parts, code=REFUSED):
        self.ends(done, code, b"")
        self.one_error(done, *parts)

    def usage(self, done, *parts):
        self.refused(done, *parts, code=USAGE)
