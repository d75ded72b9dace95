# SPDX-License-Identifier: Apache-2.0
"""Signals to the command end the run with 128 + n wherever the guest is; no time is asserted."""
import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
import time

from support import PATIENCE, Case, tools
from wasm_bytes import command

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals(Case):
    def ready(self, child, word):
        self.assertEqual(child.stdout.readline().decode().strip(), word, "the guest did not start")

    def end_of(self, child):
        """The status, or a failure that says more than an exception of the waiting."""
        try:
            return child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.fail("it never ended")

    def ended_by(self, child, number):
        self.assertEqual(child.wait(timeout=PATIENCE), 128 + number)
        return child.stderr.read().decode()



class Cancel(Signals):
    def test_in_guest_code(self):
        for number in ENDING:
            with self.subTest(number=number):
                child = self.start([], "probe", "spin")
                self.ready(child, "spinning")
                child.send_signal(number)
                err = self.ended_by(child, number)
                self.assertEqual(err.count("warrant: "), 1, err)

    def test_in_a_sleep(self):
        for number in ENDING:
            with self.subTest(number=number):
                child = self.start(["--clock"], "probe", "sleep", "1000")
                self.ready(child, "sleeping")
                child.send_signal(number)
                self.ended_by(child, number)

    def test_in_a_blocking_read(self):
        for number in ENDING:
            with self.subTest(number=number):
                child = self.start([], "cat")
                child.stdin.write(b"started\n")
                child.stdin.flush()
                self.ready(child, "started")
                child.send_signal(number)
                self.ended_by(child, number)

    def test_in_a_blocking_write(self):
        child = self.start([], "probe", "out", "4000000")
        child.stdout.read(1)
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(timeout=PATIENCE), 128 + signal.SIGTERM)

    def test_in_a_start_function(self):
        guest = self.wat("""(module (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\03\\00\\00\\00") (data (i32.const 16) "go\\n")
            (func $s (drop (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (loop (br 0)))
            (start $s) (func (export "_start")))""")
        child = self.start([], guest)
        self.ready(child, "go")
        child.send_signal(signal.SIGINT)
        self.ended_by(child, signal.SIGINT)

    def test_twice(self):
        for first, second in ((signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGTERM)):
            with self.subTest(first=first, second=second):
                child = self.start([], "probe", "spin")
                self.ready(child, "spinning")
                child.send_signal(first)
                child.send_signal(second)
                self.assertIn(child.wait(timeout=PATIENCE), (128 + first, 128 + second))

    def test_twice_while_nobody_reads_our_words(self):
        # The report of the first blocks on a full pipe; the second ends at once. The code is in the
        # store, so that no thread of the compiler is there to take the signal, and the guest has left
        # its last host call for code of its own.
        self.succeeds(self.probe([], "exit", "0"))
        reader, writer = os.pipe()
        try:
            os.set_blocking(writer, False)
            for piece in (b"x" * 4096, b"x"):
                try:
                    while True:
                        os.write(writer, piece)
                except BlockingIOError:
                    pass
            os.set_blocking(writer, True)
            child = self.start([], "probe", "spin", stderr=writer)
            self.ready(child, "spinning")
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
            time.sleep(0.3)
            child.send_signal(signal.SIGINT)
            self.assertEqual(self.end_of(child), 128 + signal.SIGINT)
        finally:
            os.close(reader)
            os.close(writer)

    def test_while_code_is_compiled(self):
        child = self.start([], self.file(many_functions(20000)))
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        # Before the guest starts, the signal may end the command as it ends any program.
        self.assertIn(child.wait(timeout=PATIENCE), (128 + signal.SIGINT, -signal.SIGINT))
        left = [path.name for path in (self.home / ".cache" / "warrant").iterdir() if path.name.startswith(".new")]
        self.assertEqual(left, [])

    def test_what_was_written_before_stays(self):
        (self.work / "d").mkdir()
        child = self.start(["--dir", "d::/w:write", "--clock"], "probe", "sleep", "1000")
        self.ready(child, "sleeping")
        child.send_signal(signal.SIGTERM)
        self.ended_by(child, signal.SIGTERM)


class Others(Signals):
    def test_sigpipe_does_not_end_it(self):
        child = self.start([], "cat")
        child.stdin.write(b"a\n")
        child.stdin.flush()
        self.ready(child, "a")
        child.send_signal(signal.SIGPIPE)
        child.stdin.write(b"b\n")
        child.stdin.close()
        self.ready(child, "b")
        self.assertEqual(child.wait(timeout=PATIENCE), 0)

    def test_stop_and_continue(self):
        child = self.start([], "cat")
        child.stdin.write(b"a\n")
        child.stdin.flush()
        self.ready(child, "a")
        child.send_signal(signal.SIGSTOP)
        _, status = os.waitpid(child.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status))
        child.send_signal(signal.SIGCONT)
        child.stdin.write(b"b\n")
        child.stdin.close()
        self.ready(child, "b")
        self.assertEqual(child.wait(timeout=PATIENCE), 0)

    def test_the_deadline_goes_on_counting_while_stopped(self):
        child = self.start(["--wall", "500ms"], "cat")
        child.stdin.write(b"a\n")
        child.stdin.flush()
        self.ready(child, "a")
        child.send_signal(signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        time.sleep(0.6)
        child.send_signal(signal.SIGCONT)
        self.assertEqual(child.wait(timeout=PATIENCE), 124)

    def test_the_deadline_ends_it_though_nobody_reads_stderr(self):
        child = self.start(["--wall", "300ms"], "probe", "err", "4000000")
        self.assertEqual(self.end_of(child), 124)

    def test_interrupt_key_of_a_terminal(self):
        primary, secondary = pty.openpty()
        self.addCleanup(os.close, primary)
        child = subprocess.Popen([tools.warrant, "run", self.guest("probe"), "spin"], stdin=secondary, stdout=secondary,
                                 stderr=secondary, env=self.environment(), cwd=self.work, start_new_session=True,
                                 preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.addCleanup(self.reap, child)
        os.close(secondary)
        seen = b""
        while b"spinning" not in seen:
            self.assertTrue(select.select([primary], [], [], PATIENCE)[0], "the guest did not start")
            seen += os.read(primary, 4096)
        os.write(primary, b"\x03")
        self.assertEqual(child.wait(timeout=PATIENCE), 128 + signal.SIGINT)

    def test_the_guest_stays_in_the_callers_process_group(self):
        child = self.start([], "probe", "spin")
        self.ready(child, "spinning")
        self.assertEqual(os.getpgid(child.pid), os.getpgid(0))


def many_functions(count):
    """A command whose compilation takes a while, and which then never ends."""
    steps = b"\x20\x00\x41\x07\x6a\x41\x03\x6c\x21\x00" * 40
    body = b"\x00" + steps + b"\x20\x00\x0b"
    endless = b"\x00\x03\x40\x0c\x00\x0b\x0b"
    return command(b"\x02\x60\x00\x00\x60\x01\x7f\x01\x7f", b"\x00" + b"\x01" * count, [endless] + [body] * count)
