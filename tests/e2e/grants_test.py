# SPDX-License-Identifier: Apache-2.0
"""Documents at the door: grant files, ceilings, the configuration, and whether they count.

Rows of grants.md section 8 that concern the world (owner, mode, place, time, uses) are tests here;
what a text says is tested in warrant/policy and warrant/toml.
"""
import concurrent.futures
import datetime
import hashlib
import json
import os
import unittest

from support import MISSING, NO, NOT_VALID, REFUSED, Case

ROOT = os.geteuid() == 0


def moment(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Documents(Case):
    own_home = True

    def document(self, text, name="grant.toml", mode=0o644, version="version = 1\n"):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(version + text)
        path.chmod(mode)
        return path

    def own(self, name, text, mode=0o644):
        """A document at its place in the home directory."""
        path = self.home / ".config/warrant" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("version = 1\n" + text)
        path.chmod(mode)
        return path

    def granted(self, text, *words, guest="probe", flags=(), **more):
        return self.run_guest(["--grant", self.document(text), *flags], guest, *words, **more)


class GrantFiles(Documents):
    def test_grants_what_it_says(self):
        (self.work / "data").mkdir()
        (self.work / "data" / "note").write_text("buy milk\n")
        done = self.granted('[[directory]]\nguest = "/d"\nhost = "data"\naccess = "read"\n', "/d/note", guest="cat")
        self.succeeds(done, b"buy milk\n")
        self.succeeds(self.granted('[environment]\nA = "1"\n', "env"), b"3 413d31\n")

    def test_relative_hosts_are_of_the_file(self):
        (self.work / "sub" / "data").mkdir(parents=True)
        (self.work / "sub" / "data" / "note").write_text("here\n")
        grant = self.document('[[directory]]\nguest = "/d"\nhost = "data"\n', "sub/grant.toml")
        self.succeeds(self.run_guest(["--grant", grant], "cat", "/d/note"), b"here\n")
        self.succeeds(self.run_guest(["--grant", "sub/grant.toml"], "cat", "/d/note"), b"here\n")

    def test_as_json(self):
        grant = self.document('{"version": 1, "environment": {"A": "1"}}', "grant.json", version="")
        self.succeeds(self.run_guest(["--grant", grant], "probe", "env"), b"3 413d31\n")

    def test_several_files_and_flags_are_one_grant(self):
        one = self.document('[environment]\nA = "1"\n', "one.toml")
        two = self.document('[environment]\nB = "2"\n', "two.toml")
        done = self.run_guest(["--grant", one, "--env", "C=3", "--grant", two], "probe", "env")
        self.succeeds(done)
        self.assertEqual(sorted(done.lines()), ["3 413d31", "3 423d32", "3 433d33"])

    def test_two_values_of_one_thing_name_both_places(self):
        one = self.document('[limits]\nwall = "5s"\n', "one.toml")
        two = self.document('[limits]\nwall = "6s"\n', "two.toml")
        self.refused(self.run_guest(["--grant", one, "--grant", two], "hello"), "one.toml:3", "two.toml:3")
        self.refused(self.run_guest(["--grant", one, "--wall", "6s"], "hello"), "one.toml:3", "--wall")
        self.succeeds(self.run_guest(["--grant", one, "--wall", "5000ms"], "hello"), b"hello\n")

    def test_a_guest_directory_named_twice(self):
        (self.work / "d").mkdir()
        text = '[[directory]]\nguest = "/d"\nhost = "d"\n'
        self.refused(self.granted(text, guest="hello", flags=["--dir", "d::/d"]), "/d", "grant.toml:2")

    def test_every_fault_of_a_file_at_once(self):
        done = self.granted('wal = 1\n[limits]\nmemroy = "1MiB"\n[clock]\nwall = "yes"\n', guest="hello")
        self.refused(done, "grant.toml:2:1", "grant.toml:4:1", "grant.toml:6", "memory")

    def test_what_the_file_is_decides(self):
        for name, text, code in (("empty.toml", b"", "version"), ("nul.toml", b"version = 1\n\0", "NUL"),
                                 ("bytes.toml", b"version = 1\n# \xff\n", "UTF-8"),
                                 ("large.toml", b"version = 1\n#" + b"x" * (2 << 20), "larger"),
                                 ("bom.toml", b"\xef\xbb\xbfversion = 1\n", "byte order")):
            with self.subTest(name=name):
                path = self.work / name
                path.write_bytes(text)
                self.refused(self.run_guest(["--grant", path], "hello"), name, code)

    def test_a_file_that_is_not_there(self):
        self.refused(self.run_guest(["--grant", "none.toml"], "hello"), "none.toml", "does not exist")
        self.refused(self.run_guest(["--grant", self.work], "hello"), "directory")
        self.refused(self.run_guest(["--grant", "x.cue"], "hello"), "CUE")

    def test_a_file_that_others_may_write(self):
        for mode in (0o666, 0o646):
            grant = self.document("", mode=mode)
            self.refused(self.run_guest(["--grant", grant], "hello"), "writable by everybody", "chmod o-w")
        grant = self.document("", "open/grant.toml")
        grant.parent.chmod(0o777)
        self.refused(self.run_guest(["--grant", grant], "hello"), "open is writable by everybody")

    @unittest.skipUnless(ROOT, "giving files away needs root")
    def test_a_file_of_somebody_else(self):
        grant = self.document("")
        os.chown(grant, 12345, -1)
        self.refused(self.run_guest(["--grant", grant], "hello"), "belongs to user 12345")

    def test_directories_that_cannot_be_granted(self):
        (self.work / "file").write_text("")
        os.symlink("nowhere", self.work / "gone")
        for host, why in (("none", "does not exist"), ("file", "not a directory"), ("gone", "does not exist"),
                          ("~/x", "~"), ("$HOME", "$")):
            with self.subTest(host=host):
                done = self.granted(f'[[directory]]\nguest = "/d"\nhost = "{host}"\n', guest="hello")
                self.refused(done, why)

    def test_a_variable_of_the_host(self):
        text = '[environment]\nA = { host = "FROM_HERE" }\n'
        env = self.environment(FROM_HERE="1")
        self.succeeds(self.granted(text, "env", env=env), b"3 413d31\n")
        self.refused(self.granted(text, "env"), "FROM_HERE", "grant.toml:3")

    def test_nothing_is_found_in_the_working_directory(self):
        for name in ("warrant.toml", "grant.toml", "ceiling.toml", "config.toml", ".warrant/config.toml"):
            self.document("nonsense = 1\n", name)
        self.succeeds(self.run_guest([], "hello"), b"hello\n")

    def test_keys_of_directories_are_enforced(self):
        inside = self.work / "in"
        inside.mkdir()
        (inside / "note").write_text("n\n")
        os.symlink("note", inside / "link")
        os.link(inside / "note", inside / "twin")
        base = '[[directory]]\nguest = "/d"\nhost = "in"\naccess = "write"\n'
        self.succeeds(self.granted(base, "/d/link", guest="cat"), b"n\n")
        self.assertNotEqual(self.granted(base + 'symlinks = "none"\n', "/d/link", guest="cat").code, 0)

    def test_a_fixed_wall_clock(self):
        text = '[clock]\nwall = true\nfixed = "2001-02-03T04:05:06Z"\n'
        wanted = int(datetime.datetime(2001, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc).timestamp())
        done = self.granted(text, "clock", "0")
        self.succeeds(done)
        seconds = int(done.text.split()[-1]) // 10**9
        self.assertTrue(wanted <= seconds < wanted + 60, done.text)


class Ceilings(Documents):
    def test_an_own_ceiling_narrows_and_says_so_with_its_line(self):
        self.own("ceiling.toml", '[limits]\nwall = "2s"\n')
        done = self.run_guest(["--wall", "5s"], "hello")
        self.succeeds(done, b"hello\n")
        self.assertIn("ceiling.toml:3", done.err)
        self.assertIn("wall", done.err)

    def test_a_ceiling_by_flag_counts_besides(self):
        self.own("ceiling.toml", '[limits]\nwall = "2s"\n')
        more = self.document('[limits]\nmemory = "1MiB"\n', "more.toml")
        done = self.run_guest(["--wall", "5s", "--memory", "32MiB", "--ceiling", more], "spin")
        self.assertIn("ceiling.toml:3", done.err)
        self.assertIn("more.toml:3", done.err)

    def test_a_manifest_is_under_the_ceilings_too(self):
        (self.work / "hello.wasm").write_bytes(self.guest("hello").read_bytes())
        manifest = {"version": 1, "instances": {"one": {"binary": "hello.wasm", "caps": {"console": {"stdout": True}}}}}
        (self.work / "m.json").write_text(json.dumps(manifest))
        self.succeeds(self.warrant("host", "run", "m.json"), b"hello\n")
        self.own("ceiling.toml", "nonsense = 1\n")
        self.refused(self.warrant("host", "run", "m.json"), "ceiling.toml:2")

    def test_another_runner_is_under_the_ceilings_too(self):
        ceiling = self.document("nonsense = 1\n", "ceiling.toml")
        self.refused(self.run_guest(["--runner", "wasmtime-cli", "--ceiling", ceiling], "hello"), "ceiling.toml:2")

    def test_a_ceiling_can_require_the_log(self):
        for rule, code in (("required", REFUSED), ("optional", 0)):
            ceiling = self.document(f'log = "{rule}"\n', "ceiling.toml")
            self.assertEqual(self.run_guest(["--ceiling", ceiling, "--no-log"], "hello").code, code)
            self.succeeds(self.run_guest(["--ceiling", ceiling], "hello"), b"hello\n")

    def test_require_refuses_instead(self):
        ceiling = self.document('[limits]\nwall = "2s"\n', "ceiling.toml")
        done = self.granted('require = true\n[limits]\nwall = "5s"\n', guest="hello", flags=["--ceiling", ceiling])
        self.refused(done, "wall")

    def test_what_a_ceiling_denies_is_gone(self):
        ceiling = self.document("[clock]\nwall = false\n[entropy]\nsource = \"none\"\n", "ceiling.toml")
        done = self.run_guest(["--basic", "--ceiling", ceiling], "probe", "clock", "0")
        self.assertIn("errno 76", done.text)  # notcapable
        self.assertIn("ceiling.toml:3", done.err)
        self.assertIn("wall", done.err)

    def test_directories_beneath_by_ancestry_not_by_text(self):
        (self.work / "allowed" / "in").mkdir(parents=True)
        (self.work / "other").mkdir()
        (self.work / "allowed" / "in" / "note").write_text("n\n")
        os.symlink(self.work / "allowed" / "in", self.work / "other" / "link")
        os.symlink(self.work / "other", self.work / "allowed" / "away")
        ceiling = self.document(f'[[directory]]\nhost = "{self.work}/allowed"\naccess = "read"\n', "ceiling.toml")
        flags = ["--ceiling", ceiling]
        self.succeeds(self.run_guest(["--dir", "allowed/in::/d", *flags], "cat", "/d/note"), b"n\n")
        self.succeeds(self.run_guest(["--dir", "other/link::/d", *flags], "cat", "/d/note"), b"n\n")
        done = self.run_guest(["--dir", "allowed/away::/d", *flags], "hello")
        self.assertIn("/d", done.err)
        self.assertNotEqual(self.run_guest(["--dir", "allowed/away::/d", *flags], "cat", "/d/link/note").code, 0)

    def test_a_ceiling_that_cannot_be_used_refuses_everything(self):
        for name, spoil in (("unreadable text", lambda path: path.write_bytes(b"\xff")),
                            ("unknown key", lambda path: path.write_text("version = 1\nwal = 1\n")),
                            ("world-writable", lambda path: path.chmod(0o666)),
                            ("a directory", lambda path: (path.unlink(), path.mkdir())),
                            ("a dangling link", lambda path: (path.rmdir(), path.symlink_to("/nowhere")))):
            with self.subTest(name=name):
                path = self.home / ".config/warrant/ceiling.toml"
                if not path.is_dir() and not path.is_symlink():
                    path = self.own("ceiling.toml", "")
                spoil(path)
                self.refused(self.run_guest([], "hello"), "ceiling.toml")
                self.refused(self.run_guest(["--ceiling", path], "hello"), "ceiling.toml")

    def test_sensitive_places_are_refused_where_a_ceiling_says_so(self):
        secret = self.work / "me" / ".ssh"
        secret.mkdir(parents=True)
        ceiling = self.document('sensitive = "refuse"\n', "ceiling.toml")
        self.succeeds(self.run_guest(["--dir", "me::/m"], "hello"), b"hello\n")
        self.refused(self.run_guest(["--dir", "me::/m", "--ceiling", ceiling], "hello"), ".ssh")
        self.refused(self.run_guest(["--dir", "me/.ssh::/m", "--ceiling", ceiling], "hello"), ".ssh")

    def test_unsigned_modules_only_where_a_ceiling_lists_them(self):
        digest = hashlib.sha256(self.guest("hello").read_bytes()).hexdigest()
        never = self.document('unsigned = "never"\n', "never.toml")
        self.refused(self.run_guest(["--ceiling", never], "hello"), "module", digest)
        self.refused(self.run_guest(["--ceiling", never, "--pin", f"sha256:{digest}"], "hello"))
        listed = self.document(f'unsigned = "never"\nmodule = "sha256:{digest}"\n', "listed.toml")
        self.succeeds(self.run_guest(["--ceiling", listed], "hello"), b"hello\n")
        self.refused(self.run_guest(["--ceiling", listed], "cat"))

    def test_on_an_administered_machine_variables_do_not_count(self):
        etc = self.root / "etc"
        (etc / "warrant").mkdir(parents=True)
        passwd_home = self.root / "passwd-home"
        passwd_home.mkdir()
        (etc / "passwd").write_text(f"me:x:{os.geteuid()}:{os.getegid()}::{passwd_home}:/bin/sh\n")
        (etc / "group").write_text("")
        (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\n")
        (etc / "warrant" / "ceiling.toml").write_text('version = 1\n[limits]\nwall = "2s"\n')
        self.own("ceiling.toml", "nonsense = 1\n")  # in HOME, which is not looked at
        script = f'mount --bind {etc} /etc || exit 77; exec "$0" "$@"'
        before = ["unshare", "-m", "sh", "-c", script]
        done = self.run_guest(["--wall", "5s"], "hello", before=before)
        if "unshare failed" in done.err or done.code == 77:
            self.skipTest("this user may not make mounts")
        self.succeeds(done, b"hello\n")
        self.assertIn("/etc/warrant/ceiling.toml:3", done.err)
        self.assertFalse((self.home / ".cache").exists())
        self.assertTrue((passwd_home / ".cache/warrant").is_dir())
        (etc / "warrant" / "ceiling.toml").chmod(0o666)
        self.refused(self.run_guest([], "hello", before=before), "/etc/warrant/ceiling.toml")


class Validity(Documents):
    ID = 'id = "a-grant-of-this-test"\n'

    def test_expired_by_one_second(self):
        self.refused(self.granted(f"expires = {moment(-1)}\n", guest="hello"), "expired", "grant_expired")

    def test_not_yet(self):
        self.refused(self.granted(f"not-before = {moment(3600)}\n", guest="hello"), "grant_not_yet")

    def test_within_its_time(self):
        self.succeeds(self.granted(f"expires = {moment(3600)}\nnot-before = {moment(-5)}\n", guest="hello"), b"hello\n")

    def test_wall_ends_with_the_grant(self):
        done = self.granted(f"expires = {moment(3)}\n", guest="spin")
        self.ends(done, 124)
        self.assertNotIn("wall = 30s", done.err)

    def test_a_clock_two_hours_back(self):
        text = f"expires = {moment(3600)}\n"
        self.succeeds(self.granted(text, guest="hello"), b"hello\n")
        seen = self.home / ".local/state/warrant/clock"
        seen.write_text(f"{(int(datetime.datetime.now().timestamp()) + 7200) * 10**9}\n")
        self.refused(self.granted(text, guest="hello"), "clock.rolled_back")
        self.succeeds(self.run_guest([], "hello"), b"hello\n")  # looked at only where it counts

    def test_uses_are_counted(self):
        text = self.ID + "uses = 2\n"
        for _ in range(2):
            self.succeeds(self.granted(text, guest="hello"), b"hello\n")
        self.refused(self.granted(text, guest="hello"), "used")
        self.succeeds(self.granted(text + "# another document\n", guest="hello"), b"hello\n")

    def test_a_run_that_is_refused_uses_nothing(self):
        text = self.ID + "uses = 1\n"
        self.refused(self.granted(text, guest="hello", flags=["--dir", "none::/n"]))
        self.refused(self.granted(text, guest=self.file(b"no module")))
        self.succeeds(self.granted(text, guest="hello"), b"hello\n")

    def test_a_run_that_fails_has_used_it(self):
        text = self.ID + "uses = 1\n"
        self.ends(self.granted(text, "exit", "3"), 3)
        self.refused(self.granted(text, "exit", "0"), "used")

    def test_two_processes_race_for_one_use(self):
        self.run_guest([], "hello")  # compiled
        for turn in range(4):
            grant = self.document(f"# {turn}\n" + self.ID + "uses = 1\n", f"race{turn}.toml")
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                ends = list(pool.map(lambda _: self.run_guest(["--grant", grant], "hello").code, range(6)))
            self.assertEqual(sorted(ends), [0] + [REFUSED] * 5)

    def test_uses_need_a_home(self):
        grant = self.document(self.ID + "uses = 1\n")
        done = self.run_guest(["--grant", grant], "hello", env={"PATH": "/usr/bin:/bin"})
        self.refused(done, "state directory")


class Pins(Documents):
    def test_no_other_module(self):
        digest = hashlib.sha256(self.guest("hello").read_bytes()).hexdigest()
        self.succeeds(self.run_guest(["--pin", f"sha256:{digest}"], "hello"), b"hello\n")
        self.succeeds(self.granted(f'module = "sha256:{digest}"\n', guest="hello"), b"hello\n")
        self.refused(self.run_guest(["--pin", f"sha256:{digest}"], "cat"), "not the module")
        self.usage(self.run_guest(["--pin", "sha256:12"], "hello"), "--pin")

    def test_labels(self):
        self.succeeds(self.run_guest(["--label", "ticket=4711"], "hello"), b"hello\n")
        for value in ("ticket", "=x", "a=" + "x" * 65):
            self.usage(self.run_guest(["--label", value], "hello"), "--label")
        self.usage(self.run_guest(["--label", "a=1", "--label", "a=2"], "hello"), "twice")


class PrintGrant(Documents):
    FLAGS = [["--dir", "d"], ["--dir", "d::/w:write,xdev"], ["--env", "A=1"], ["--env", "HOME"], ["--clock"],
             ["--clock=wall,cpu"], ["--random"], ["--random=7"], ["--basic"], ["--listen", "127.0.0.1:0=10.0.0.0/8"],
             ["--connect", "127.0.0.1:80"], ["--connect-udp", "127.0.0.1:53"], ["--dir", "d::/w", "--cwd", "/w"],
             ["--argv0", "x"], ["--label", "k=v"], ["--pin", "sha256:" + "ab" * 32], ["--wall", "5s"], ["--memory", "1MiB"],
             ["--stdout", "1KiB"], ["--limit-random", "1KiB"], ["--open-files", "12"], ["--no-stdin"], ["--no-stderr"],
             ["--allow-missing-import", "a.b"], ["--fetch", "https://api.example.com"],
             ["--fetch", "GET,POST https://api.example.com:8443/v1/"], ["--fetch-deny", "*.example.com"],
             ["--fetch-deny", "api.example.com/v1/"]]

    def test_what_is_printed_says_the_same(self):
        (self.work / "d").mkdir()
        plain = self.warrant("run", "--print-grant")
        self.succeeds(plain)
        for flags in self.FLAGS:
            with self.subTest(flags=flags):
                printed = self.warrant("run", *flags, "--print-grant")
                self.succeeds(printed)
                self.assertNotEqual(printed.out, plain.out)
                again = self.work / "again.toml"
                again.write_bytes(printed.out)
                self.assertEqual(self.warrant("run", "--grant", again, "--print-grant").out, printed.out)

    def test_every_flag_that_grants_is_here(self):
        tried = {flag for flags in self.FLAGS for flag in [flags[0].split("=")[0]]} | {"--cwd"}
        page = self.warrant("run", "--help").text.split("limits\n")[0]
        named = {line.split()[0].split("[")[0] for line in page.splitlines() if line.startswith("  --")}
        documents = {"--grant", "--ceiling", "--config", "--hardening", "--runner", "--no-stdout"}
        configured = {"--secret"}  # where a value lies is no authority: [secrets] of a config says it
        self.assertEqual(named - tried - documents - configured, set())


class Check(Documents):
    def test_says_what_it_allows(self):
        (self.work / "d").mkdir()
        grant = self.document('[[directory]]\nguest = "/w"\nhost = "d"\naccess = "write"\n[clock]\nwall = true\n')
        done = self.warrant("check", grant)
        self.succeeds(done)
        for part in ("is valid", f"{self.work}/d as /w", "wall clock"):
            self.assertIn(part, done.text)
        page = json.loads(self.warrant("check", grant, "--json").text)
        self.assertTrue(page["valid"] and page["hash"].startswith("sha256:"))
        self.assertEqual(len(page["allows"]), 2)

    def test_exit_codes(self):
        self.refused(self.warrant("check", self.document("wal = 1\n")), "wal", code=NOT_VALID)
        self.refused(self.warrant("check", "none.toml"), code=MISSING)
        self.usage(self.warrant("check"))
        self.usage(self.warrant("check", "a", "b", "c"))
        self.usage(self.warrant("check", "--agianst", "x", "a"), "--against")

    def test_against_a_module(self):
        wide = self.document("[clock]\nwall = true\n[entropy]\nsource = \"system\"\n", "wide.toml")
        done = self.warrant("check", wide, "--against", self.guest("hello"))
        self.ends(done, NO)
        self.assertIn("wider", done.text)
        self.assertIn("entropy", done.text)
        narrow = self.document("", "narrow.toml")
        done = self.warrant("check", narrow, "--against", self.guest("cat"))
        self.ends(done, NO)
        self.assertIn("not granted", done.text)
        self.assertIn("a directory", done.text)

    def test_what_a_module_may_do_without_is_a_remark_and_no_fault(self):
        grant = self.document(f'[[directory]]\nguest = "/w"\nhost = "{self.work}"\n', "no_clock.toml")
        (self.work / "note").write_text("x")
        clocks = self.wat("""(module
            (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
            (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
            (memory (export "memory") 1) (func (export "_start")))""")
        done = self.warrant("check", self.document("", "bare.toml"), "--against", clocks)
        self.succeeds(done)
        self.assertRegex(done.text, r"may do without: try it\n  the wall clock\n  the monotonic clock\n  entropy\n")
        page = json.loads(self.warrant("check", self.document("", "bare.toml"), "--against", clocks, "--json").text)
        self.assertEqual(page["missing"], [])
        self.assertEqual(page["optional"], ["the wall clock", "the monotonic clock", "entropy"])
        self.ends(self.warrant("check", grant, "--against", clocks), NO)  # wider, as ever

    def test_two_grants(self):
        a = self.document("[clock]\nwall = true\n", "a.toml")
        b = self.document("[clock]\nwall = true\nmonotonic = true\n", "b.toml")
        self.succeeds(self.warrant("check", a, a))
        done = self.warrant("check", a, b)
        self.ends(done, NO)
        self.assertIn("only", done.text)
        self.assertIn("monotonic", done.text)
        self.assertNotIn("wall", done.text)
        page = json.loads(self.warrant("check", "--json", a, b).text)
        self.assertEqual((page["only_first"], len(page["only_second"])), ([], 1))

    def test_names_sensitive_and_missing_places(self):
        grant = self.document('[[directory]]\nguest = "/e"\nhost = "/etc"\n[[directory]]\nguest = "/n"\nhost = "none"\n')
        done = self.warrant("check", grant)
        self.ends(done, NO)
        self.assertIn("it lies in /etc", done.text)
        self.assertIn('/none": it does not exist', done.text)

    # A fault that a run would be refused for, and how `check` ends with it: the document's own, or
    # this machine's as it is now.
    FAULTS = (
        ('[[directory]]\nguest = "/d"\nhost = "none"\n', NO, "does not exist"),
        ('[[directory]]\nguest = "/d"\nhost = "file"\n', NO, "is not a directory"),
        ('[[directory]]\nguest = "/d"\nhost = "/proc"\n', NO, "is not one for files of people"),
        ('[[directory]]\nguest = "/a"\nhost = "d"\n[[directory]]\nguest = "/b"\nhost = "d/in"\naccess = "write"\n', NO, "it overlaps"),
        ('[[directory]]\nguest = "/c"\nhost = "home/.cache"\n', NO, "keeps its own cache"),
        ('[environment]\nA = { host = "NOT_SET_HERE" }\n', NO, "NOT_SET_HERE is not set here"),
        ('expires = "2001-01-01T00:00:00Z"\n', NO, "grant_expired"),
        ('not-before = "2500-01-01T00:00:00Z"\n', NO, "grant_not_yet"),
        ('cwd = "/w"\n', NOT_VALID, "lies in no granted directory"),
        ('[[connect]]\ntcp = "010.0.0.1:80"\n', NOT_VALID, "010.0.0.1"),
        ('[[listen]]\ntcp = "127.0.0.1:8080"\npeers = ["10.0.0.1/8"]\n', NOT_VALID, "10.0.0.1/8"),
        ('[[fetch]]\norigin = "https://a.example.com"\nmethods = ["GET"]\npaths = ["/"]\nca = "none.pem"\n', NO, "cannot be read"),
        ('[[fetch]]\norigin = "https://a.example.com"\nmethods = ["GET"]\npaths = ["/"]\nca = "file"\n', NO, "holds no certificate"),
        ('[[fetch]]\norigin = "https://*.com"\nmethods = ["GET"]\npaths = ["/"]\n', NOT_VALID, "*.com"),
        ('[[fetch]]\norigin = "https://0x7f.1"\nmethods = ["GET"]\npaths = ["/"]\n', NOT_VALID, "0x7f.1"),
    )

    def test_tells_every_fault_that_refuses_a_run(self):
        (self.work / "d" / "in").mkdir(parents=True)
        (self.work / "file").write_text("")
        self.run_guest([], "hello", env=self.environment(HOME=str(self.work / "home")))
        env = self.environment(HOME=str(self.work / "home"))
        for text, code, why in self.FAULTS:
            with self.subTest(text=text):
                grant = self.document(text)
                checked = self.warrant("check", grant, env=env)
                self.assertEqual(checked.code, code, checked.text + checked.err)
                self.assertIn(why, checked.text + checked.err)
                done = self.run_guest(["--grant", grant], "hello", env=env)
                self.refused(done, why)

    def test_tells_all_faults_at_once_and_takes_no_use(self):
        text = 'id = "a-name-of-sixteen"\nuses = 1\n[[directory]]\nguest = "/a"\nhost = "none"\n[[directory]]\nguest = "/b"\nhost = "gone"\n'
        done = self.warrant("check", self.document(text))
        self.ends(done, NO)
        self.assertEqual(done.text.count("does not exist"), 2)
        page = json.loads(self.warrant("check", self.document(text), "--json").text)
        self.assertEqual((page["valid"], len(page["refused_here"])), (True, 2))
        (self.work / "none").mkdir()
        (self.work / "gone").mkdir()
        self.succeeds(self.warrant("check", self.document(text)))
        self.succeeds(self.run_guest(["--grant", self.document(text)], "hello"), b"hello\n")
        self.ends(self.warrant("check", self.document(text)), NO)

    def test_a_secret_that_has_no_source_yet_is_told(self):
        grant = self.document('[[fetch]]\norigin = "https://a.example.com"\nmethods = ["GET"]\npaths = ["/"]\n'
                              'secret = { header = "authorization", value = "Bearer ${key}" }\n')
        done = self.warrant("check", grant)
        self.succeeds(done)
        self.assertIn("the secret key has no source here; --secret key=file:", done.text)
        config = self.document('[secrets]\nkey = { env = "KEY" }\n', "config.toml")
        self.assertNotIn("no source", self.warrant("check", "--config", config, grant).text)

    def test_says_which_bounds_hold_for_fetching_and_who_set_each(self):
        text = ('[[fetch]]\norigin = "https://a.example.com"\nmethods = ["GET"]\npaths = ["/"]\nrequests = 5\n'
                'timeout = "60s"\n[netfetch]\nrequests = 3\nparallel = 9\n')
        ceiling = self.document('[[fetch]]\norigin = "https://a.example.com"\nmethods = ["GET"]\npaths = ["/"]\nresponse = "1MiB"\n',
                                "ceiling.toml")
        page = json.loads(self.warrant("check", "--json", "--ceiling", ceiling, self.document(text)).text)
        one, frozen = page["fetch_bounds"]
        self.assertTrue(one.startswith("https://a.example.com: "), one)
        self.assertTrue(frozen.startswith("openagentic_netfetch: "), frozen)
        # egress.md section 14: its defaults; netfetch.md section 2: the least of the table and of [[fetch]].
        for part in ("requests 5 (grant)", "parallel 4 (default)", "denials 64 (default)", "names 8 (default)",
                     "request-body 1MiB (default)", "response 1MiB (ceiling)", "total 32MiB (default)", "dns 5s (default)",
                     "connect 10s (default)", "first-byte 15s (default)", "timeout 1m (grant)"):
            self.assertIn(part, one)
        for part in ("timeout 30s (default of [netfetch])", "requests 3 ([netfetch])", "total 32MiB ([[fetch]])",
                     "parallel 4 ([[fetch]])"):
            self.assertIn(part, frozen)
        shown = self.warrant("check", "--ceiling", ceiling, self.document(text)).text
        self.assertIn("these bounds hold for what it fetches\n  " + one + "\n  " + frozen + "\n", shown)
        self.assertNotIn("these bounds", self.warrant("check", self.document("clock = { wall = true }\n")).text)

    def test_an_address_that_no_ceiling_lists_is_refused_here_as_by_a_run(self):
        grant = self.document('[[connect]]\ntcp = "10.0.0.1:80"\n')
        why = "connect 10.0.0.1:80: that address is not public (private), and no ceiling lists it in private"
        for text, refused in (("", True), ('private = ["10.0.0.2"]\n', True), ('private = ["10.0.0.0/8"]\n', False)):
            ceiling = self.document(text, "ceiling.toml")
            done = self.warrant("check", "--ceiling", ceiling, grant)
            self.assertEqual((done.code, why in done.text), (NO, True) if refused else (0, False), done.text)
            if refused:
                self.refused(self.run_guest(["--grant", grant, "--ceiling", ceiling], "hello"), why)
        mapped = self.warrant("check", self.document('[[connect]]\ntcp = "[::ffff:10.0.0.1]:80"\n'))
        self.ends(mapped, NO)
        self.assertIn("stands for another one (v4_mapped)", mapped.text)

    def test_times_of_fetch_above_their_ceiling_are_said_to_be_cut(self):
        text = '[[fetch]]\norigin = "https://a.example.com"\nmethods = ["GET"]\npaths = ["/"]\ntimeout = "2d"\nfirst-byte = "31s"\n'
        page = json.loads(self.warrant("check", "--json", self.document(text)).text)
        self.assertEqual(len(page["narrowed"]), 2)
        for part in ("timeout = 2d is cut to the ceiling of 5m", "first-byte = 31s is cut to the ceiling of 30s"):
            self.assertIn(part, " ".join(page["narrowed"]))
        self.assertIn("is cut to the ceiling", self.granted(text, guest="hello").err)
        self.refused(self.granted("require = true\n" + text, guest="hello"), "timeout")

    def test_a_ceiling_that_refuses_sensitive_places_refuses_here(self):
        grant = self.document('[[directory]]\nguest = "/e"\nhost = "/etc"\n')
        ceiling = self.document('sensitive = "refuse"\n', "ceiling.toml")
        done = self.warrant("check", "--ceiling", ceiling, grant)
        self.ends(done, NO)
        self.assertIn('sensitive = "refuse"', done.text)


class Explain(Documents):
    def setUp(self):
        super().setUp()
        (self.work / "d").mkdir()
        (self.work / "d" / "note").write_text("n\n")
        os.symlink("/etc/passwd", self.work / "d" / "out")

    def explain(self, *words, code=0):
        done = self.warrant("explain", *words)
        self.ends(done, code)
        return done.text

    def test_open(self):
        self.assertIn("allow", self.explain("--dir", "d::/w", "open", "/w/note"))
        self.assertIn("allow", self.explain("--dir", "d::/w", "open", "/w/none"))
        self.assertIn("no_directory", self.explain("--dir", "d::/w", "open", "/x", code=NO))
        self.assertIn("escape", self.explain("--dir", "d::/w", "open", "/w/out", code=NO))
        self.assertIn("read_only", self.explain("--dir", "d::/w", "open", "/w/note", "--write", code=NO))
        self.assertIn("allow", self.explain("--dir", "d::/w:write", "open", "/w/new", "--write"))
        self.assertFalse((self.work / "d" / "new").exists())
        self.assertIn("allow", self.explain("--dir", "d::/w", "--cwd", "/w", "open", "note"))
        self.assertIn("read_only", self.explain("--dir", "d::/w", "--write", "open", "/w/note", code=NO))

    def test_the_line_that_decides(self):
        grant = self.document('[[directory]]\nguest = "/w"\nhost = "d"\n')
        self.assertIn("grant.toml:2", self.explain("--grant", grant, "open", "/w/note"))

    def test_connect_and_env(self):
        self.assertIn("allow", self.explain("--connect", "127.0.0.1:80", "connect", "127.0.0.1:80"))
        self.assertIn("deny", self.explain("--connect", "127.0.0.1:80", "connect", "127.0.0.1:81", code=NO))
        self.assertIn('"1"', self.explain("--env", "A=1", "env", "A"))
        self.assertIn("deny", self.explain("env", "A", code=NO))

    FETCH = ["--fetch", "GET,POST https://api.example.com/v1/"]

    def test_fetch_up_to_the_look_up(self):
        for url in ("https://api.example.com/v1/a", "HTTPS://API.example.com:443/v1/"):
            self.assertIn("allow (ok)", self.explain(*self.FETCH, "fetch", "GET", url))
        rows = (("GET", "https://api.example.com/v2/", "path_not_granted"),
                ("GET", "https://evil.example.net/v1/", "host_not_granted"),
                ("GET", "https://api.example.com:8443/v1/", "port_not_granted"),
                ("PUT", "https://api.example.com/v1/", "method_not_granted"),
                ("get", "https://api.example.com/v1/", "method_case"),
                ("TRACE", "https://api.example.com/v1/", "method_forbidden"),
                ("GET", "http://api.example.com/v1/", "scheme"),
                ("GET", "https://u@api.example.com/v1/", "userinfo"),
                ("GET", "https://api.example.com/v1/../x", "path_dot_segment"),
                ("GET", "https://127.0.0.1/v1/", "ip_literal"))
        for method, url, reason in rows:
            with self.subTest(method=method, url=url):
                self.assertIn(f"deny ({reason})", self.explain(*self.FETCH, "fetch", method, url, code=NO))

    def test_fetch_of_what_nobody_granted_says_the_flag(self):
        text = self.explain("fetch", "GET", "https://api.example.com/v1/a", code=NO)
        self.assertIn("deny (not_granted)", text)
        self.assertIn('--fetch "GET https://api.example.com/v1/"', text)

    def test_fetch_with_addresses(self):
        ask = [*self.FETCH, "fetch", "GET", "https://api.example.com/v1/a"]
        self.assertIn("allow (public)", self.explain(*ask, "--address", "93.184.215.14"))
        for reason, *addresses in (("private", "10.0.0.1"), ("loopback", "::1"), ("cloud_metadata", "168.63.129.16"),
                                   ("mixed_answer", "93.184.215.14", "10.0.0.1")):
            flags = [word for address in addresses for word in ("--address", address)]
            self.assertIn(f"deny ({reason})", self.explain(*ask, *flags, code=NO))
        page = json.loads(self.explain(*ask, "--address", "10.0.0.1", "--json", code=NO))
        self.assertEqual((page["decision"], page["rule"]), ("deny", "private"))

    def test_fetch_deny_comes_first(self):
        self.assertIn("deny (denied_by_rule)", self.explain(
            *self.FETCH, "--fetch-deny", "api.example.com/v1/a", "fetch", "GET", "https://api.example.com/v1/a", code=NO))

    def test_fds(self):
        rows = json.loads(self.explain("--dir", "d::/w", "--listen", "127.0.0.1:0", "--no-stdin", "fds", "--json"))
        self.assertEqual([(row["fd"], row["kind"]) for row in rows],
                         [(1, "stdout"), (2, "stderr"), (3, "directory"), (4, "listener")])

    def test_usage(self):
        self.usage(self.warrant("explain"))
        self.usage(self.warrant("explain", "--address", "127.1", "fetch", "GET", "https://h.example.com/"), "127.1")
        self.usage(self.warrant("explain", "opne", "/x"), "open")
        self.usage(self.warrant("explain", "open"))
        self.usage(self.warrant("explain", "fds", "x"))
        self.usage(self.warrant("explain", "fetch", "GET"))
        self.usage(self.warrant("explain", "fetch", "GET", "https://h.example.com/", "--address", "127.1"), "127.1")
        self.usage(self.warrant("explain", "--bad", "fds"))


class Config(Documents):
    def rows(self, *flags, **more):
        done = self.warrant("config", "show", "--json", *flags, **more)
        self.succeeds(done)
        return {row["key"]: row for row in json.loads(done.text)}

    def test_defaults(self):
        rows = self.rows()
        self.assertEqual(rows["cache.dir"]["value"], f"{self.home}/.cache/warrant")
        self.assertEqual(rows["config"]["value"], "")

    def test_each_value_with_its_line(self):
        path = self.own("config.toml", f'[cache]\ndir = "{self.root}/cache"\n')
        rows = self.rows()
        self.assertEqual(rows["cache.dir"]["value"], f"{self.root}/cache")
        self.assertIn("config.toml:3", rows["cache.dir"]["place"])
        self.assertEqual(rows["config"]["value"], str(path))
        self.assertIn("cache.dir", self.warrant("config", "show").text)

    def test_another_file(self):
        self.own("config.toml", "nonsense = 1\n")
        other = self.document(f'[cache]\ndir = "{self.root}/other"\n', "other.toml")
        self.assertEqual(self.rows("--config", other)["cache.dir"]["value"], f"{self.root}/other")
        env = self.environment(WARRANT_CONFIG=str(other))
        self.assertEqual(self.rows(env=env)["cache.dir"]["value"], f"{self.root}/other")
        env = self.environment(WARRANT_CONFIG="other.toml")
        self.assertNotEqual(self.warrant("config", "show", env=env).code, 0)

    def test_one_that_cannot_be_used_refuses(self):
        self.own("config.toml", "nonsense = 1\n")
        self.refused(self.run_guest([], "hello"), "config.toml:2")
        self.refused(self.warrant("config", "show"), "config.toml:2", code=NOT_VALID)

    def test_the_cache_is_where_it_says(self):
        self.own("config.toml", f'[cache]\ndir = "{self.root}/cache"\n')
        self.succeeds(self.run_guest([], "hello"), b"hello\n")
        self.assertTrue((self.root / "cache").is_dir())
        self.assertFalse((self.home / ".cache").exists())
        self.refused(self.run_guest(["--dir", f"{self.root}/cache::/c"], "hello"), "keeps its own cache")

    def test_the_log_is_where_it_says(self):
        self.own("config.toml", f'[log]\ndir = "{self.root}/log"\n')
        self.succeeds(self.run_guest([], "hello"), b"hello\n")
        self.assertEqual(len(list((self.root / "log").glob("*/*.jsonl"))), 1)
        self.assertFalse((self.home / ".local/state/warrant/log").exists())
        self.refused(self.run_guest(["--dir", f"{self.root}/log::/l"], "hello"), f"{self.root}/log")
        self.assertIn("config.toml:3", self.rows()["log.dir"]["place"])

    def test_usage(self):
        self.usage(self.warrant("config"))
        self.usage(self.warrant("config", "set"))
