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
from wasm_bytes import command, leb

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
        self.usage(self.run_guest(["--hardening", "none"], "hello"), "not one of basic, strict, off")
        self.usage(self.run_guest(["--hardening", "off", "--hardening", "basic"], "hello"), "twice")
        self.succeeds(self.run_guest(["--hardening", "strict"], "hello"))

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

    def test_a_limit_that_can_be_asked_and_not_set_refuses(self):
        prlimit64, eperm = 302, 1
        for flags in ([], ["--hardening=strict"]):
            done = self.run_guest(flags, "hello", before=[MASKED, f"{prlimit64}:2!0", str(eperm)])
            self.refused(done, "rlimits")

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


def parts_of(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def children_of(pid):
    return [int(each) for each in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_there(pid):
    try:
        return parts_of(pid)["State"][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


SPACES = ("user", "mnt", "pid", "net", "ipc", "uts")


class InStrict(Case):
    own_home = True

    def running(self, *flags):
        child = self.start(["--hardening=strict", "--wall", "1m", *flags], self.wat(SPIN))
        for _ in range(400):
            ours = children_of(child.pid)
            if ours and parts_of(ours[0]).get("Seccomp") == "2" and parts_of(child.pid)["Seccomp"] == "2":
                return child, ours[0]
            if child.poll() is not None:
                self.fail(child.stderr.read())
            time.sleep(0.05)
        self.fail("never locked down")

    def links(self, pid):
        return [os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd")]

    def receipt(self, *flags, guest="hello", words=(), **more):
        place = self.root / "receipt.json"
        done = self.run_guest(["--hardening=strict", "--receipt", str(place), *flags], guest, *words, **more)
        return done, json.loads(place.read_text())

    def logged(self):
        return [json.loads(line) for path in sorted(self.home.glob(".local/state/warrant/log/20*/*.jsonl"))
                for line in path.read_text().splitlines()]

    def needs_spaces(self):
        if subprocess.run(["unshare", "-Urnmpiuf", "true"], capture_output=True).returncode != 0:
            self.skipTest("no user namespaces here")

    def with_a_secret(self):
        token, grant = self.root / "token", self.root / "grant.json"
        token.write_text("a-secret-of-the-host")
        token.chmod(0o600)
        grant.write_text(json.dumps({"version": 1, "fetch": [{
            "origin": "https://api.example.com", "methods": ["GET"], "paths": ["/v1/"],
            "secret": {"header": "authorization", "value": "Bearer ${token}"}}]}))
        return ["--grant", str(grant), "--secret", f"token=file:{token}"]


class Strict(InStrict):
    """A broker without guest code, and an executor without anything else."""

    def test_the_kernel_says_so_of_both(self):
        broker, executor = self.running()
        for pid in (broker.pid, executor):
            status = parts_of(pid)
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"], status["Threads"]), ("1", "2", "1"))
            for which in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb") if os.geteuid() == 0 else ("CapPrm", "CapEff"):
                self.assertEqual(int(status[which], 16), 0, which)
            environment = pathlib.Path(f"/proc/{pid}/environ").read_bytes()
            self.assertEqual(environment.strip(b"\0"), b"")

    def test_namespaces_and_root_are_its_own(self):
        self.needs_spaces()
        broker, executor = self.running()
        for space in SPACES:
            with self.subTest(space=space):
                self.assertNotEqual(os.readlink(f"/proc/{broker.pid}/ns/{space}"), os.readlink(f"/proc/{executor}/ns/{space}"))
                self.assertEqual(os.readlink(f"/proc/{broker.pid}/ns/{space}"), os.readlink(f"/proc/self/ns/{space}"))
        self.assertEqual(parts_of(executor)["NSpid"].split()[-1], "1")
        self.assertEqual(os.listdir(f"/proc/{executor}/root"), [])
        self.assertEqual(len(pathlib.Path(f"/proc/{executor}/mountinfo").read_text().splitlines()), 1)
        self.assertRegex(pathlib.Path(f"/proc/{executor}/mountinfo").read_text(), r" / / ro,")
        interfaces = pathlib.Path(f"/proc/{executor}/net/dev").read_text().splitlines()[2:]
        self.assertEqual([line.split(":")[0].strip() for line in interfaces], ["lo"])

    def test_log_and_key_are_the_brokers(self):
        broker, executor = self.running("--dir", f"{self.work}::/w:write")
        self.assertTrue(any(link.endswith(".jsonl") for link in self.links(broker.pid)))
        theirs = [link for link in self.links(executor) if not link.startswith(("pipe:", "anon_inode:"))]
        self.assertEqual([link for link in theirs if ".local" in link or "warrant-module" in link or "warrant-plan" in link], [])
        self.assertEqual(len([link for link in theirs if link.startswith("socket:")]), 1, theirs)
        # And the granted directory is the executor's.
        self.assertNotIn(str(self.work), self.links(broker.pid))
        key = (self.home / ".local/state/warrant/audit.key").read_bytes()
        self.assertEqual(len(key), 32)
        if os.geteuid() == 0:
            self.assertNotIn(key, self.memory(executor))
            self.assertIn(key[:8], self.memory(broker.pid))

    def memory(self, pid):
        seen = bytearray()
        with open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
                begin, end = (int(each, 16) for each in line.split()[0].split("-"))
                if " rw" not in line or end - begin > 64 << 20:
                    continue
                try:
                    memory.seek(begin)
                    seen += memory.read(end - begin)
                except OSError:
                    pass
        return bytes(seen)

    def test_nothing_of_the_broker_is_closed_however_much_is_granted(self):
        flags = ["--hardening=strict", "--receipt", "r.json", "--audit", "a.jsonl"]
        for number in range(40):
            (self.work / f"d{number}").mkdir()
            flags += ["--dir", f"d{number}::/d{number}:write"]
        for more in ([], ["--fetch", "https://files.example/"]):
            done = self.run_guest([*flags, *more], "hello")
            self.succeeds(done)
            self.assertEqual(json.loads((self.work / "r.json").read_text())["exit"]["kind"], "exited")
            self.assertGreater((self.work / "a.jsonl").stat().st_size, 0)
            for name in ("r.json", "a.jsonl"):
                (self.work / name).unlink()

    def test_the_receipt_names_what_is_in_force(self):
        self.needs_spaces()
        done, receipt = self.receipt(stdout=subprocess.PIPE)
        self.succeeds(done, b"hello\n")
        hardening = receipt["hardening"]
        self.assertRegex(hardening.pop("seccomp"), r"^sha256:[0-9a-f]{64}$")
        self.assertGreaterEqual(hardening.pop("landlock_abi"), 3)
        self.assertIsInstance(hardening.pop("mdwe"), bool)
        self.assertEqual(hardening, {"profile": "strict", "nnp": True, "dumpable": 0, "caps": 0, "userns": True, "netns": True,
                                     "pidns": True, "cgroup": False, "missing": ["cgroup"],
                                     "rlimits": {"core": 0, "nofile": 1120, "fsize": 67108864}})
        start = next(row for row in self.logged() if row["kind"] == "run.start")
        self.assertEqual(start["hardening"]["profile"], "strict")
        self.succeeds(self.warrant("audit", "verify"))

    def test_with_secrets_the_executor_has_no_output_of_the_callers(self):
        flags = self.with_a_secret()
        _, executor = self.running(*flags)
        for number in (1, 2):
            self.assertIn("warrant-nothing", os.readlink(f"/proc/{executor}/fd/{number}"))
        for profile in ("basic", "strict"):
            with self.subTest(profile=profile):
                words = [f"--hardening={profile}", *flags]
                self.succeeds(self.run_guest(words, "hello"), b"hello\n")
                with open(self.work / "out", "wb") as out:
                    self.succeeds(self.run_guest(words, "hello", stdout=out))
                self.assertEqual((self.work / "out").read_bytes(), b"hello\n")
                read, write = os.pipe()  # nobody empties it: the deadline ends the write
                self.addCleanup(os.close, write)
                done = self.run_guest(["--wall", "300ms", *words], "probe", "write", stdout=write)
                self.assertEqual(done.code, 124, done.err)
                self.assertIn("wall", done.err)
                os.close(read)  # nobody reads any more: the guest is told
                done = self.run_guest(words, "probe", "write", stdout=write)
                self.assertEqual(done.code, 3, done.err)
                self.assertIn("errno 64\n", done.err)

    def test_what_a_guest_does_and_is_refused_is_on_the_brokers_record(self):
        (self.work / "note").write_text("text")
        flags = ["--dir", f"{self.work}::/w"]
        strict, ours = self.receipt(*flags, guest="cat", words=["/w/note", "/w/gone"])
        place = self.root / "other.json"
        basic = self.run_guest(["--receipt", str(place), *flags], "cat", "/w/note", "/w/gone")
        theirs = json.loads(place.read_text())
        self.assertEqual((strict.code, strict.out), (basic.code, basic.out))
        for key in ("decisions", "files", "exit", "argv", "module"):
            self.assertEqual(ours[key], theirs[key], key)
        kinds = [[(row["kind"], row.get("op")) for row in self.logged() if row["run"] == each["run"] and row["kind"] != "block"] for each in (ours, theirs)]
        self.assertEqual(*kinds)

    def test_a_trace_is_the_same_text(self):
        done = [self.run_guest(["--trace", *flags], "hello") for flags in ((), ("--hardening=strict",))]
        self.assertEqual(done[0].err, done[1].err)
        self.assertIn("fd_write", done[0].err)

    def test_an_executor_ends_with_its_broker(self):
        broker, executor = self.running()
        broker.kill()
        broker.wait()
        for _ in range(200):
            if not is_there(executor):
                break
            time.sleep(0.05)
        self.assertFalse(is_there(executor))
        self.ends(self.warrant("audit", "verify"), 2)  # incomplete, and not damaged

    def test_a_broker_survives_its_executor_and_tells(self):
        broker, executor = self.running()
        os.kill(executor, signal.SIGKILL)
        _, err = broker.communicate(timeout=PATIENCE)
        self.assertEqual(broker.returncode, 70, err)
        self.assertIn(b"ended by signal 9", err)
        self.succeeds(self.warrant("audit", "verify"))
        self.assertEqual([row["exit"]["kind"] for row in self.logged() if row["kind"] == "run.end"], ["bug"])

    def test_no_process_is_left(self):
        before = set(os.listdir("/proc"))
        self.succeeds(self.run_guest(["--hardening=strict"], "hello"))
        for each in set(os.listdir("/proc")) - before:
            try:
                words = pathlib.Path(f"/proc/{each}/cmdline").read_bytes()
            except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
                continue
            self.assertNotIn(b"--execute", words.split(b"\0")[:2])

    def test_what_an_executor_is_asked_directly_does_nothing(self):
        for words in (["--execute"], ["--execute", "3", "-"], ["--execute", "x", "-"], ["--execute", "0", "-", "more"],
                      ["--execute", "99999", "1,2,3,4,5,6,"]):
            with self.subTest(words=words):
                done = self.warrant(*words)
                self.assertNotEqual(done.code, 0)
                self.assertEqual(done.out, b"")

    def test_stopping_the_command_stops_the_guest(self):
        broker, executor = self.running()
        broker.send_signal(signal.SIGTSTP)
        for _ in range(200):
            if parts_of(executor)["State"][0] == parts_of(broker.pid)["State"][0] == "T":
                break
            time.sleep(0.05)
        self.assertEqual((parts_of(executor)["State"][0], parts_of(broker.pid)["State"][0]), ("T", "T"))
        broker.send_signal(signal.SIGCONT)
        for _ in range(200):
            if parts_of(executor)["State"][0] == "R":
                break
            time.sleep(0.05)
        self.assertEqual(parts_of(executor)["State"][0], "R")
        broker.send_signal(signal.SIGINT)
        self.assertEqual(broker.wait(timeout=PATIENCE), 130)


FLOODS = {  # what a guest does without end, by one host call or instruction
    "denials": '(call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0) (i64.const 0) (i64.const 0) '
               '(i32.const 0) (i32.const 64))',
    "output": "(call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 64))",
    "growth": "(memory.grow (i32.const 1))",
    "table": "(table.grow 0 (ref.null func) (i32.const 1000))",
    "random": "(call $random (i32.const 1024) (i32.const 65536))",
    "lengths": "(call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 64))",
}


def flooding(*names):
    calls = "".join(f"(drop {FLOODS[name]})" for name in names)
    return f"""(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
      (memory (export "memory") 4) (table 1 funcref)
      (data (i32.const 0) "x") (data (i32.const 8) "\\00\\04\\00\\00\\00\\00\\01\\00")
      (data (i32.const 16) "\\00\\04\\00\\00\\00\\f0\\02\\00")
      (func (export "_start") (loop $on {calls} (br $on))))"""


class Broker(InStrict):
    MOST = 64 << 10  # KiB above what it needs for a guest that does nothing

    def peak(self, flags, *floods):
        """KiB that the broker has held at most, seen while its guest goes on and on."""
        child = self.start(["--hardening=strict", "--random", "--dir", f"{self.work}::/w", "--wall", "1500ms", *flags],
                           self.wat(flooding(*floods) if floods else SPIN), stdout=subprocess.DEVNULL)
        most = 0
        while child.poll() is None:
            most = max(most, int(parts_of(child.pid).get("VmHWM", "0 kB").split()[0]))
            time.sleep(0.02)
        self.assertEqual(child.returncode, 124, child.stderr.read())
        return most

    def test_it_stays_small_whatever_its_guest_does(self):
        flags = self.with_a_secret()  # so that output crosses to the broker too
        base = self.peak(flags)
        self.assertGreater(base, 0)
        for floods in (*((name,) for name in FLOODS), tuple(FLOODS)):
            with self.subTest(floods=floods):
                self.assertLess(self.peak(flags, *floods) - base, self.MOST)


# What clone() is asked for: user, mount, pid, network, IPC and UTS namespaces, and SIGCHLD.
OWN_SPACES = 0x10000000 | 0x20000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000 | 17
CLONE = 56


@unittest.skipUnless(MASKED.name, "no program that masks calls was given")
class StrictWithoutALayer(Case):
    def hello(self, what, errno):
        self.run_guest([], "hello")  # compiled
        return self.warrant("run", "-v", "--hardening=strict", self.guest("hello"), before=[str(MASKED), what, str(errno)])

    def test_without_user_namespaces_it_goes_on_and_names_them(self):
        done = self.hello(f"{CLONE}:0={OWN_SPACES}", EPERM)
        self.succeeds(done, b"hello\n")
        for word in ("userns", "mntns", "pidns", "netns", "ipcns", "utsns"):
            self.assertIn(f"missing: {word}", done.err)

    def test_a_missing_required_layer_refuses_and_is_named(self):
        for what, errno, layer in ((str(LANDLOCK_CREATE), ENOSYS, "landlock"), (str(SECCOMP), ENOSYS, "seccomp"),
                                   (f"{PRCTL}:0={SET_NO_NEW_PRIVS}", EINVAL, "no_new_privs")):
            with self.subTest(layer=layer):
                self.refused(self.hello(what, errno), f"hardening_failed: {layer}", code=REFUSED)

    def test_without_mdwe_it_is_told(self):
        done = self.hello(f"{PRCTL}:0={SET_MDWE}", EINVAL)
        self.succeeds(done)
        self.assertIn("missing: mdwe", done.err)

    def test_a_filter_that_is_in_force_already_is_no_hindrance(self):
        self.succeeds(self.hello("none", 0))


class Places(Case):
    def unshared(self, script, *words):
        probe = subprocess.run(["unshare", "-rm", "true"], capture_output=True)
        if probe.returncode != 0:
            self.skipTest("no user and mount namespaces here")
        return subprocess.run(["unshare", "-rm", "sh", "-c", script, "-", tools.warrant, *map(os.fspath, words)],
                              env=self.environment(), capture_output=True, timeout=PATIENCE)

    def test_without_proc_it_compiles_and_runs(self):
        hide = 'mount -t tmpfs none /proc && exec "$@"'
        for profile in ("basic", "basic", "strict"):  # compiled, then kept
            done = self.unshared(hide, "run", "-v", f"--hardening={profile}", self.guest("hello"))
            self.assertEqual((done.returncode, done.stdout.decode().strip()), (0, "hello"), done.stderr)
        # An id map is written in /proc.
        self.assertIn(b"missing: userns", done.stderr)

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
        for profile in ("basic", "strict"):
            done = subprocess.run([program, "run", "-v", f"--hardening={profile}", "--dir", f"{work}::/w", guest, "/w/note"],
                                  user=NOBODY, group=NOBODY, extra_groups=[], env=self.environment(HOME=str(home)),
                                  capture_output=True, timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stdout), (0, b"hello there\n"), done.stderr)
            self.assertIn(f"locked down: {profile}".encode(), done.stderr)

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

    # Our reader counts before the engine sees a byte; limits.md section 6.

    def bomb(self, body, locals_=b"\0", raised=()):
        module = command(b"\1\x60\0\0", b"\0", [locals_ + body + b"\x0b"])
        return self.run_guest([*raised], self.file(module))

    def test_a_huge_function(self):
        body = b"\x41\0\x1a" * ((1 << 20) // 3 + 1)
        self.refused(self.bomb(body), "function-bytes", "--function-bytes")
        self.succeeds(self.bomb(body, raised=["--function-bytes", "2MiB"]))
        self.refused(self.bomb(b"\x41\0\x1a" * ((7 << 20) // 3 + 1), raised=["--function-bytes", "7MiB"]), "function-bytes")

    def test_a_million_locals_and_four_thousand_million(self):
        for locals_ in (b"\1" + leb(10 ** 6) + b"\x7f", b"\1" + leb(2 ** 32 - 1) + b"\x7f",
                        b"\3" + (leb(2 ** 32 - 1) + b"\x7e") * 3):
            with self.subTest(locals=locals_):
                self.refused(self.bomb(b"", locals_), "locals", "--locals")
        self.succeeds(self.bomb(b"", b"\1" + leb(10_000) + b"\x7f"))

    def test_nested_blocks(self):
        for depth in (10_001, 200_000):  # decision 0014 raised the default to the ceiling
            with self.subTest(depth=depth):
                self.refused(self.bomb(b"\2\x40" * depth + b"\x0b" * depth), "blocks", "--blocks")
        self.succeeds(self.bomb(b"\2\x40" * 900 + b"\x0b" * 900))

    def test_a_giant_branch_table(self):
        def table(size):
            return b"\x41\0\x0e" + leb(size) + b"\0" * size + b"\0"

        self.succeeds(self.bomb(table(60_000)))
        done = self.bomb(table(65_537 + 1))
        self.refused(done, "65536")

    def test_what_it_is_asked_directly_does_nothing(self):
        for words in (["--compile"], ["--compile", "1,0,0,0,0,1048576"], ["--compile", "x", "1", "1"],
                      ["--compile", "1,0,0,0,0,1048576", "60000000000", "2147483648"]):
            with self.subTest(words=words):
                done = self.warrant(*words)
                self.assertNotEqual(done.code, 0)
                self.assertEqual(done.out, b"")
