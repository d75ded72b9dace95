# SPDX-License-Identifier: Apache-2.0
"""Two programs are one command: what loads nothing starts sooner, and becomes the other where a
library of the system is needed (decision 0028)."""
import json
import os
import pathlib
import shutil
import subprocess

from support import PATIENCE, REFUSED, Case, tools

FETCH = ["--fetch", "https://files.example/"]
BESIDE = pathlib.Path("libexec/warrant/warrant-dynamic")


def mapped(child):
    """The files whose code a process has mapped."""
    lines = pathlib.Path(f"/proc/{child.pid}/maps").read_text().splitlines()
    return {words[5] for words in map(str.split, lines) if len(words) > 5 and "x" in words[1] and words[5][0] == "/"}


class Programs(Case):
    def setUp(self):
        super().setUp()
        self.beside = pathlib.Path(self.dynamic_program())

    def installed(self):
        """A copy of both, and where the second lies."""
        for path in (pathlib.Path("bin/warrant"), BESIDE):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.beside.parents[2] / path, self.root / path)
        return self.root / "bin/warrant", self.root / BESIDE

    def spinning(self, *flags):
        child = self.start(list(flags), "probe", "spin")
        self.assertEqual(child.stdout.readline(), b"spinning\n")
        return child

    def test_a_run_of_its_own_loads_nothing(self):
        child = self.spinning("--hardening=off")
        program = str(pathlib.Path(tools.warrant).resolve())
        self.assertEqual({path for path in mapped(child) if not path.endswith(".code")}, {program})

    def test_a_grant_of_fetch_is_the_other_programs(self):
        child = self.spinning("--hardening=off", *FETCH)
        self.assertEqual(os.readlink(f"/proc/{child.pid}/exe"), str(self.beside))
        self.assertIn(tools.warrant.encode(), pathlib.Path(f"/proc/{child.pid}/cmdline").read_bytes().split(b"\0"))
        self.assertTrue(any("/libc.so" in path for path in mapped(child)), mapped(child))

    def test_notes_are_said_once(self):
        ceiling = self.root / "ceiling.toml"
        ceiling.write_text('version = 1\n[limits]\nwall = "2s"\n')
        done = self.run_guest(["--ceiling", ceiling, "--wall", "9s", *FETCH], "hello")
        self.succeeds(done)
        self.assertEqual(done.err.count("limits.wall"), 1, done.err)

    def test_a_closed_stream_stays_closed(self):
        def read(program):
            with_closed = ["/bin/sh", "-c", 'exec "$@" <&-', "sh"]
            return self.run_guest(FETCH, "cat", before=with_closed, program=str(program), stdin=subprocess.DEVNULL)

        once, directly = read(tools.warrant), read(self.beside)
        self.assertEqual((once.code, once.out, once.err), (directly.code, directly.out, directly.err))
        self.assertNotEqual(once.code, 0, "a closed standard input could be read")

    def test_without_the_other_only_what_needs_it_is_refused(self):
        program, beside = self.installed()
        beside.unlink()
        module = self.guest("hello")
        for flags in (FETCH, ["--connect", "db.example:5432"]):
            with self.subTest(flags=flags):
                self.refused(self.run_guest(flags, module, program=str(program)), "libraries", "is not there", str(BESIDE))
        self.succeeds(self.run_guest([], module, program=str(program)))
        self.succeeds(self.warrant("version", program=str(program)))
        self.succeeds(self.warrant("inspect", module, program=str(program)))

    def test_what_another_user_may_write_is_not_started(self):
        def world_writable(path):
            path.chmod(0o777)

        def link(path):
            path.rename(path.parent / "real")
            path.symlink_to("real")

        def group_writable(path):
            path.chmod(0o775)

        for name, spoil in (("the program", world_writable), ("its group", group_writable), ("a link", link)):
            with self.subTest(name):
                program, beside = self.installed()
                program.chmod(0o755)
                spoil(beside)
                self.refused(self.run_guest(FETCH, self.guest("hello"), program=str(program)), "libraries")
                shutil.rmtree(self.root / "libexec")
        program, beside = self.installed()
        beside.parent.chmod(0o777)
        self.refused(self.run_guest(FETCH, self.guest("hello"), program=str(program)), "may not be trusted")

    def test_where_others_could_make_the_directory_nothing_is_started(self):
        """Not even where all owners look alike: in a namespace of users."""
        program, _ = self.installed()
        self.root.chmod(0o1777)
        for before in ([], ["unshare", "--user", "--map-root-user"]):
            self.refused(self.run_guest(FETCH, self.guest("hello"), program=str(program), before=before),
                         "may not be trusted")

    def test_what_another_user_owns_is_not_started(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a file away")
        program, beside = self.installed()
        for path in (beside, beside.parent, beside.parent.parent):
            with self.subTest(path=path.name):
                os.chown(path, 65534, 65534)
                self.refused(self.run_guest(FETCH, self.guest("hello"), program=str(program)), "may not be trusted")
                os.chown(path, 0, 0)
        self.succeeds(self.run_guest(FETCH, self.guest("hello"), program=str(program)))

    def test_both_judge_a_group_alike(self):
        grant = self.root / "grant.toml"
        grant.write_text("version = 1\n")
        grant.chmod(0o664)
        module = self.guest("hello")
        ends = [self.run_guest(["--grant", grant], module, program=str(program)).code
                for program in (tools.warrant, self.beside)]
        self.assertEqual(ends[0], ends[1])

    def test_both_find_the_same_home(self):
        """With an administrator's ceiling it is that of the database of users, whatever stands in there."""
        if os.geteuid() != 0:
            self.skipTest("only root can put another /etc in place, for itself")
        root = "root:x:0:0::/root:/bin/sh\n"
        etc = self.root / "etc"
        (etc / "warrant").mkdir(parents=True)
        (etc / "warrant/ceiling.toml").write_text("version = 1\n")
        for name, users, switch in (("plain", root, None), ("a word", root, "passwd: files systemd\n"),
                                    ("others first", root, "passwd:\tcompat files\n"),
                                    ("calls for others", "-bad\n+@ng\n" + root, "passwd: compat\n"),
                                    ("calls in a file", "+::::::\n-bad\n+@ng\n" + root, "passwd: files\n"),
                                    ("nobody", "", "passwd: files\n")):
            with self.subTest(name):
                (etc / "passwd").write_text(users)
                (etc / "nsswitch.conf").unlink(missing_ok=True)
                if switch is not None:
                    (etc / "nsswitch.conf").write_text(switch)
                in_place = ["unshare", "--mount", "sh", "-c", f'mount --bind "{etc}" /etc && exec "$@"', "sh"]
                ends = [self.run_guest(["-v", "--no-log"], "hello", program=program, before=in_place)
                        for program in (tools.warrant, str(self.beside))]
                self.assertEqual(ends[0].code, ends[1].code, ends)
                self.assertEqual("no home directory" in ends[0].err, "no home directory" in ends[1].err, ends)

    def test_a_host_of_instances_says_what_it_lacks(self):
        program, beside = self.installed()
        beside.unlink()
        shutil.copy(self.guest("hello"), self.work / "hello.wasm")
        (self.work / "m.json").write_text(json.dumps({"version": 1, "instances": {
            "a": {"binary": "hello.wasm", "caps": {"fetch": [
                {"origin": "https://files.example", "methods": ["GET"], "paths": ["/"]}]}},
            "b": {"binary": "hello.wasm", "caps": {"console": {"stdout": True}}}}}))
        done = self.warrant("host", "run", "--root", ".", "m.json", program=str(program))
        self.assertEqual(done.code, REFUSED, done)
        self.assertIn("is not there", done.text + done.err)
        self.assertIn("hello", done.text)

    def test_limits_of_the_caller_are_no_hindrance(self):
        compiled_here = self.wat('(module (memory (export "memory") 1) (func (export "_start")))')
        self.succeeds(self.run_guest([], compiled_here, before=["prlimit", "--cpu=100:100"]))
        done = self.run_guest([], "hello", before=["prlimit", "--nofile=0:0"])
        self.assertEqual(done.code, REFUSED, done)

    def test_a_home_of_the_database_is_found_without_it(self):
        environment = {"PATH": "/usr/bin:/bin"}
        said = [subprocess.run([program, "run", "-v", self.guest("hello")], env=environment, cwd=self.work,
                               timeout=PATIENCE, capture_output=True, check=False)
                for program in (tools.warrant, self.beside)]
        self.assertEqual((said[0].returncode, said[0].stderr), (said[1].returncode, said[1].stderr))
