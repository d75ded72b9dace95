# SPDX-License-Identifier: Apache-2.0
"""The locked down process as it is seen from outside: what the kernel says of it, what it does on
systems that lack a layer, as root and as a plain user, and what a hostile compilation comes to."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import unittest

from support import Case, PATIENCE, REFUSED, USAGE, tools

MASKED = pathlib.Path(os.environ.get("WARRANT_EXEC_MASKED", ""))
NOBODY = 65534
EPERM, ENOSYS, EINVAL = 1, 38, 22
SECCOMP, PRCTL, LANDLOCK_CREATE, LANDLOCK_RESTRICT, CAPSET, CLOSE_RANGE = 317, 157, 444, 446, 126, 436
SET_MDWE, SET_NO_NEW_PRIVS = 65, 38

SPIN = '(module (memory (export "memory") 1) (func (export "_start") (loop br 0)))'


def landlock_abi():
    import ctypes
    return ctypes.CDLL(None, use_errno=True).syscall(LANDLOCK_CREATE, None, 0, 1)


class InForce(Case):
    """A guest that computes for ever, and what /proc says of its process."""

    def running(self, *flags):
        child = self.start(["--wall", "1m", *flags], self.wat(SPIN))
        for _ in range(400):
            status = self.status(child)
            if status.get("Seccomp") == "2" or "--hardening=off" in flags:
                return child, status
            time.sleep(0.05)
        self.fail(f"never locked down: {status}")

    def status(self, child):
        lines = pathlib.Path(f"/proc/{child.pid}/status").read_text().splitlines()
        return dict(line.split(":\t", 1) for line in lines if ":\t" in line)

    def test_the_kernel_says_so(self):
        child, status = self.running()
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        for which in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[which], 16), 0, which)
        if os.geteuid() == 0:
            self.assertEqual(int(status["CapBnd"], 16), 0)
        self.assertEqual(status["Threads"], "1")
        limits = pathlib.Path(f"/proc/{child.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertRegex(limits, r"Max open files +1120 +1120 ")
        self.assertRegex(limits, r"Max locked memory +0 +0 ")
        self.assertRegex(limits, r"Max msgqueue size +0 +0 ")
        cpu = re.search(r"Max cpu time +(\d+) ", limits)
        self.assertTrue(cpu and 10 <= int(cpu[1]) <= 14, limits)

    def test_nothing_of_the_caller_is_inside(self):
        with open("/etc/passwd", "rb") as leaked:
            os.set_inheritable(leaked.fileno(), True)
            child, _ = self.running()
        links = {int(number): os.readlink(f"/proc/{child.pid}/fd/{number}")
                 for number in os.listdir(f"/proc/{child.pid}/fd")}
        self.assertNotIn("/etc/passwd", links.values())
        for number, target in links.items():
            if number > 2:
                flags = pathlib.Path(f"/proc/{child.pid}/fdinfo/{number}").read_text()
                self.assertTrue(int(re.search(r"flags:\s*0*(\d+)", flags)[1], 8) & os.O_CLOEXEC, target)
        environment = pathlib.Path(f"/proc/{child.pid}/environ").read_bytes()
        self.assertEqual(environment.strip(b"\0"), b"")
        maps = pathlib.Path(f"/proc/{child.pid}/maps").read_text()
        self.assertNotRegex(maps, r"rwx")

    def test_a_leaked_descriptor_is_closed(self):
        child = subprocess.Popen(["bash", "-c", f'exec 9</etc/passwd 200</etc/passwd; exec "$@"', "-", tools.warrant, "run",
                                  "--wall", "1m", self.wat(SPIN)], env=self.environment(), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.reap, child)
        for _ in range(400):
            if self.status(child).get("Seccomp") == "2":
                break
            time.sleep(0.05)
        targets = [os.readlink(f"/proc/{child.pid}/fd/{n}") for n in os.listdir(f"/proc/{child.pid}/fd")]
        self.assertNotIn("/etc/passwd", targets)

    def test_off_is_off_and_says_so(self):
        child, status = self.running("--hardening=off")
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("0", "0"))
        done = self.run_guest(["--hardening=off"], "hello")
        self.succeeds(done)
        self.assertIn("not locked down", done.err)


class Flag(Case):
    def test_words(self):
        self.succeeds(self.run_guest(["--hardening", "basic"], "hello"))
        self.usage(self.run_guest(["--hardening", "none"], "hello"), "none of basic, strict, off")
        self.usage(self.run_guest(["--hardening", "off", "--hardening", "basic"], "hello"), "twice")
        self.refused(self.run_guest(["--hardening", "strict"], "hello"), "strict is not in this build")

    def test_it_is_told(self):
        done = self.run_guest(["-v"], "hello")
        self.assertRegex(done.err, r"warrant: locked down: basic, (Landlock \d+, )?seccomp")


@unittest.skipUnless(MASKED.name, "no program that masks calls was given")
class WithoutALayer(Case):
    def masked(self, what, errno, *words, **more):
        return self.warrant(*words, before=[str(MASKED), what, str(errno)], **more)

    def hello(self, what, errno, *flags):
        self.run_guest([], "hello")  # compiled
        return self.masked(what, errno, "run", "-v", *flags, self.guest("hello"))

    def test_without_landlock_it_is_told_and_goes_on(self):
        done = self.hello(str(LANDLOCK_CREATE), ENOSYS, "--dir", f"{self.work}::/w")
        self.succeeds(done)
        self.assertIn("missing: landlock", done.err)
        self.assertNotIn("Landlock ", done.err)
        rows = {row["name"]: row for row in json.loads(self.masked(str(LANDLOCK_CREATE), ENOSYS, "doctor", "--json").text)}
        self.assertEqual(rows["landlock"]["state"], "gap")

    def test_landlock_that_is_there_and_fails_is_required(self):
        if landlock_abi() < 3:
            self.skipTest("this kernel has no Landlock ABI 3")
        self.refused(self.hello(str(LANDLOCK_RESTRICT), EPERM), "hardening_failed: landlock", code=REFUSED)

    def test_without_mdwe_it_is_told(self):
        done = self.hello(f"{PRCTL}:0={SET_MDWE}", EINVAL)
        self.succeeds(done)
        self.assertIn("missing: mdwe", done.err)

    def test_a_missing_required_layer_refuses_and_is_named(self):
        for what, errno, layer in ((str(SECCOMP), ENOSYS, "seccomp"), (str(SECCOMP), EPERM, "seccomp"),
                                   (f"{PRCTL}:0={SET_NO_NEW_PRIVS}", EINVAL, "no_new_privs")):
            with self.subTest(layer=layer, errno=errno):
                done = self.hello(what, errno)
                self.refused(done, f"hardening_failed: {layer}", code=REFUSED)
                self.assertIn("warrant doctor", done.err)
                rows = {row["name"]: row for row in json.loads(self.masked(what, errno, "doctor", "--json").text)}
                self.assertEqual((rows["profile basic"]["state"], rows["profile basic"]["detail"]), ("gap", layer))

    def test_root_that_cannot_drop_its_capabilities_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest("only root has capabilities")
        self.refused(self.hello(str(CAPSET), EPERM), "hardening_failed: capabilities", code=REFUSED)

    def test_a_filter_that_is_in_force_already_is_no_hindrance(self):
        self.succeeds(self.masked("none", 0, "run", self.guest("hello")))

    def test_off_needs_no_layer(self):
        self.succeeds(self.masked(str(SECCOMP), EPERM, "run", "--hardening=off", self.guest("hello")))

    def test_a_compiler_that_cannot_be_locked_down_does_not_compile(self):
        done = self.masked(str(SECCOMP), EPERM, "run", "--hardening=off", self.wat(SPIN, name="fresh.wasm"),
                           env=self.environment(HOME=str(self.root)))
        self.refused(done, "cannot be locked down: seccomp")


class Places(Case):
    def unshared(self, script, *words):
        probe = subprocess.run(["unshare", "-rm", "true"], capture_output=True)
        if probe.returncode != 0:
            self.skipTest("no user and mount namespaces here")
        return subprocess.run(["unshare", "-rm", "sh", "-c", script, "-", tools.warrant, *map(os.fspath, words)],
                              env=self.environment(), capture_output=True, timeout=PATIENCE)

    def test_without_proc_it_compiles_and_runs(self):
        hide = 'mount -t tmpfs none /proc && exec "$@"'
        for _ in range(2):  # compiled, then kept
            done = self.unshared(hide, "run", self.guest("hello"))
            self.assertEqual((done.returncode, done.stdout.decode().strip()), (0, "hello"), done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_as_a_plain_user(self):
        home = self.root / "home-of-nobody"
        work = self.root / "work-of-nobody"
        for place in (home, work):
            place.mkdir()
            os.chown(place, NOBODY, NOBODY)
        (work / "note").write_text("hello there\n")
        for place in (tools.scratch, self.root):
            os.chmod(place, 0o755)
        program = self.root / "warrant"
        shutil.copy(tools.warrant, program)
        guest = self.root / "cat.wasm"
        shutil.copy(self.guest("cat"), guest)
        done = subprocess.run([program, "run", "-v", "--dir", f"{work}::/w", guest, "/w/note"], user=NOBODY, group=NOBODY,
                              extra_groups=[], env=self.environment(HOME=str(home)), capture_output=True, timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (0, b"hello there\n"), done.stderr)
        self.assertIn(b"locked down: basic", done.stderr)

    def test_a_tracer_is_told_of_by_doctor(self):
        if shutil.which("strace") is None:
            self.skipTest("no strace")
        done = self.warrant("doctor", "--json", before=["strace", "-f", "-qq", "-o", os.devnull])
        if done.code not in (0, 1):
            self.skipTest("strace may not trace here")
        rows = {row["name"]: row for row in json.loads(done.text)}
        self.assertEqual(rows["tracer"]["state"], "gap")
        self.assertNotEqual(rows["tracer"]["advice"], "")


class Compiling(Case):
    """Bytes that are made to hurt a compiler, and the process that takes the blow."""
    own_home = True

    def functions(self, count, body):
        return self.wat('(module (memory (export "memory") 1)' + "".join(f"(func {body})" for _ in range(count)) +
                        '(func (export "_start")))')

    def heavy(self):
        """Much to optimise in few bytes: long chains of arithmetic in many functions."""
        chain = "(local i64 i64 i64 i64)" + "(local.set 0 (i64.mul (i64.add (local.get 0) (local.get 1)) (local.get 2)))" * 2000
        return self.functions(400, chain)

    def test_wall(self):
        started = time.monotonic()
        done = self.run_guest(["--compile-wall", "100ms"], self.heavy())
        self.refused(done, "compile-wall", "100ms")
        self.assertIn("--compile-wall raises it", done.err)
        self.assertLess(time.monotonic() - started, 30)

    def test_cpu(self):
        self.refused(self.run_guest(["--compile-cpu", "1s"], self.heavy_cpu()), "compile-cpu", "1s")

    def heavy_cpu(self):
        chain = "(local i64 i64 i64 i64)" + "(local.set 0 (i64.mul (i64.add (local.get 0) (local.get 1)) (local.get 2)))" * 4000
        return self.functions(900, chain)

    def test_memory(self):
        module = self.heavy()
        for size in ("3MiB", "4MiB"):
            with self.subTest(size=size):
                done = self.run_guest(["--compile-memory", size], module)
                self.refused(done, "compile-memory", "--compile-memory raises it")

    def test_the_verb_holds_them_too(self):
        done = self.warrant("compile", "--compile-wall", "100ms", self.heavy())
        self.ends(done, 65, b"")
        self.assertIn("compile-wall", done.err)

    def test_a_compiler_killed_in_mid_work_is_told_and_nothing_is_kept(self):
        child = self.start([], self.heavy())
        killed = False
        for _ in range(600):
            children = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
            if children:
                time.sleep(0.05)
                os.kill(int(children[0]), signal.SIGKILL)
                killed = True
                break
            if child.poll() is not None:
                break
            time.sleep(0.01)
        self.assertTrue(killed, "no compiler was seen")
        _, err = child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, REFUSED, err)
        self.assertIn(b"ended by signal 9", err)
        self.assertEqual(list(self.home.rglob("*.code")), [])

    def test_the_compiler_is_locked_down(self):
        child = self.start([], self.heavy())
        for _ in range(600):
            children = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
            if children:
                try:
                    text = pathlib.Path(f"/proc/{children[0]}/status").read_text()
                    status = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
                    if status["Seccomp"] == "2":
                        links = sorted(os.readlink(f"/proc/{children[0]}/fd/{n}") for n in os.listdir(f"/proc/{children[0]}/fd"))
                        break
                except FileNotFoundError:
                    self.fail("the compiler was gone before it was locked down")
            time.sleep(0.005)
        else:
            self.fail("no locked down compiler was seen")
        self.assertEqual((status["NoNewPrivs"], int(status["CapEff"], 16)), ("1", 0))
        self.assertEqual([link.split(":")[1].split(" ")[0] for link in links],
                         ["warrant-code", "warrant-module", "warrant-words"], links)

    def test_the_compiler_dies_with_its_parent(self):
        child = self.start([], self.heavy())
        for _ in range(600):
            children = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
            if children:
                break
            time.sleep(0.01)
        time.sleep(0.1)
        child.kill()
        child.wait()
        for _ in range(200):
            if not pathlib.Path(f"/proc/{children[0]}").exists():
                return
            time.sleep(0.05)
        self.fail("the compiler outlived the command")

    def test_what_it_is_asked_directly_does_nothing(self):
        for words in (["--compile"], ["--compile", "1,0,0,0,0,1048576"], ["--compile", "x", "1", "1"],
                      ["--compile", "1,0,0,0,0,1048576", "60000000000", "2147483648"]):
            with self.subTest(words=words):
                done = self.warrant(*words)
                self.assertNotEqual(done.code, 0)
                self.assertEqual(done.out, b"")
