# SPDX-License-Identifier: Apache-2.0
"""What stands before FILE is the command's, what stands behind it is the guest's, byte by byte."""
import subprocess

from support import MISSING, USAGE, Case, tools


def shown(*words):
    """As the probe shows them: length and bytes in hex."""
    data = [word if isinstance(word, bytes) else word.encode() for word in words]
    return "".join(f"{len(each)} {each.hex()}\n" for each in data).encode()


class Arguments(Case):
    def exact(self, *words, flags=()):
        self.succeeds(self.probe(list(flags), "args", *words), shown("probe.wasm", "args", *words))

    def test_none(self):
        self.succeeds(self.run_guest([], "hello"), b"hello\n")

    def test_empty_words(self):
        self.exact("")
        self.exact("", "", "x", "")

    def test_spaces_newlines_tabs(self):
        self.exact("a b", " ", "\n", "a\nb", "\t", "trailing ")

    def test_utf8_and_other_bytes(self):
        self.exact("grüße", "日本語", "🙂", b"\xff\xfe\x80")

    def test_brackets_quotes_and_signs(self):
        self.exact("[1,2]", "{}", '"', "'", "\\", "$HOME", "`id`", "%s%n", "*", "~", "#", "@file")

    def test_dashes_behind_the_file(self):
        self.exact("--", "-", "-x", "--dir", "--dir=/", "--grant", "b", "--help", "-h", "-q", "--version")

    def test_flags_behind_the_file_change_nothing(self):
        done = self.probe([], "args", "--clock", "--random", "--dir", "/etc")
        self.succeeds(done, shown("probe.wasm", "args", "--clock", "--random", "--dir", "/etc"))
        self.assertEqual(self.probe([], "clock", "0", "--clock").code, 2)  # three words, no such verb

    def test_a_repeated_list_flag_before_the_file_takes_one_value_each(self):
        one, two = self.work / "one", self.work / "two"
        one.mkdir(), two.mkdir()
        done = self.probe(["--dir", "one", "--dir", "two", "--env", "A=1", "--env", "B=2"], "args", "[1,2]", "three")
        self.succeeds(done, shown("probe.wasm", "args", "[1,2]", "three"))

    def test_two_dashes_before_the_file(self):
        done = self.warrant("run", "--clock", "--", self.guest("probe"), "args", "--", "x")
        self.succeeds(done, shown("probe.wasm", "args", "--", "x"))

    def test_a_file_that_begins_with_dashes(self):
        (self.work / "--dir.wasm").write_bytes(self.guest("hello").read_bytes())
        self.succeeds(self.warrant("run", "--", "--dir.wasm", "you"), b"hello you\n")

    def test_argv0(self):
        self.succeeds(self.probe(["--argv0", "clang"], "args"), shown("clang", "args"))
        self.succeeds(self.probe(["--argv0="], "args"), shown("", "args"))
        self.succeeds(self.probe(["--argv0", "a b/--c"], "args"), shown("a b/--c", "args"))

    def test_argv0_is_the_base_name(self):
        (self.work / "deep").mkdir()
        (self.work / "deep" / "tool.wasm").write_bytes(self.guest("probe").read_bytes())
        self.succeeds(self.warrant("run", "deep/tool.wasm", "args"), shown("tool.wasm", "args"))

    def test_a_thousand_words(self):
        self.exact(*[str(n) for n in range(900)])

    def test_more_than_128_kib_of_words_is_refused(self):
        # limits.md: arguments and environment together, 128 KiB and 1,024 entries.
        self.refused(self.probe([], "args", *["x" * 30000] * 5))
        self.refused(self.probe([], "args", *["x"] * 1100))
        self.refused(self.probe(["--env", "A=" + "y" * 70000], "args", "x" * 70000))


class Environment(Case):
    def test_nothing_leaks(self):
        env = self.environment(SECRET="hidden", WARRANT_X="1", PWD="/somewhere", LD_LIBRARY_PATH="/tmp")
        self.succeeds(self.probe([], "env", env=env), b"")

    def test_only_what_is_listed(self):
        env = self.environment(SECRET="hidden", SHARED="given")
        done = self.probe(["--env", "A=1", "--env", "SHARED"], "env", env=env)
        self.succeeds(done, shown("A=1", "SHARED=given"))

    def test_values_are_exact(self):
        for value in ("", "a=b=c", "two\nlines", 'quo"te', " spaced ", "grüße", "[1,2]", "--dir"):
            with self.subTest(value=value):
                self.succeeds(self.probe(["--env", f"NAME={value}"], "env"), shown(f"NAME={value}"))

    def test_bytes_of_the_host_are_exact(self):
        env = {key.encode(): value.encode() for key, value in self.environment().items()}
        env[b"RAW"] = b"\xff\xfe"
        self.succeeds(self.probe(["--env", "RAW"], "env", env=env), shown(b"RAW=\xff\xfe"))

    def test_an_unset_variable_is_an_error(self):
        done = self.probe(["--env", "NOT_SET_ANYWHERE"], "env")
        self.refused(done, "NOT_SET_ANYWHERE", code=done.code)
        self.assertIn(done.code, (USAGE, 126))

    def test_a_variable_without_a_name(self):
        self.usage(self.probe(["--env", "=x"], "env"), "--env")
        self.usage(self.probe(["--env", ""], "env"), "--env")

    def test_one_variable_with_two_values(self):
        self.usage(self.probe(["--env", "A=1", "--env", "A=2"], "env"), "A")

    def test_pwd_comes_with_a_working_directory_and_only_then(self):
        self.succeeds(self.probe(["--dir", ".::/work"], "env"), b"")
        self.succeeds(self.probe(["--dir", ".::/work", "--cwd", "/work"], "env"), shown("PWD=/work"))
        done = self.probe(["--dir", ".::/work", "--cwd", "/work", "--env", "PWD=mine"], "env")
        self.succeeds(done, shown("PWD=mine"))


class Usage(Case):
    def flags(self, *flags):
        return self.run_guest(list(flags), "hello")

    def test_an_unknown_flag_names_the_nearest(self):
        self.usage(self.flags("--clok"), "--clok", "--clock")
        self.usage(self.flags("--dri", "."), "--dri", "--dir")
        self.usage(self.flags("--frobnicate-all-of-it"), "--frobnicate-all-of-it", "--help")
        self.usage(self.flags("-z"), "-z")

    def test_flags_are_not_abbreviated(self):
        self.usage(self.flags("--clo"), "--clo")
        self.usage(self.flags("--rand"), "--rand")

    def test_an_unknown_verb_names_the_nearest(self):
        self.usage(self.warrant("rnu", "x.wasm"), "rnu", "run")
        self.usage(self.warrant("hello.wasm"), "warrant run hello.wasm")

    def test_no_words(self):
        done = self.warrant()
        self.ends(done, USAGE, b"")
        self.assertIn("warrant run", done.err)

    def test_no_file(self):
        self.usage(self.warrant("run"), "FILE")
        self.usage(self.warrant("run", "--clock"), "FILE")
        self.usage(self.warrant("run", "--clock", "--"), "FILE")

    def test_a_flag_without_its_value(self):
        self.usage(self.warrant("run", "--dir"), "--dir")
        self.usage(self.warrant("run", "--wall"), "--wall")

    def test_a_value_where_none_belongs(self):
        self.usage(self.flags("--basic=x"), "--basic")
        self.usage(self.flags("--no-stdin=1"), "--no-stdin")
        self.usage(self.flags("--time=yes"), "--time")

    def test_an_optional_value_only_with_an_equals_sign(self):
        # The next word is FILE, not the clock.
        self.refused(self.warrant("run", "--clock", "wall", self.guest("hello")), "wall", "hint: --clock=wall")
        self.refused(self.warrant("run", "--random", "7", self.guest("hello")), "hint: --random=7")

    def test_a_flag_that_took_the_file_is_named(self):
        self.usage(self.warrant("run", "--dir", "hello.wasm"), "no FILE", "--dir took hello.wasm")
        self.refused(self.warrant("run", "--dir", "hello.wasm", "you"), "--dir took hello.wasm")

    def test_a_word_that_is_a_file_here(self):
        (self.work / "tool").write_bytes(self.guest("hello").read_bytes())
        self.refused(self.warrant("run", "tool"), "warrant run ./tool")
        self.refused(self.warrant("run", "nothing"), "./nothing")

    def test_a_directory_is_no_module(self):
        (self.work / "d.wasm").mkdir()
        for words in (["run", "./"], ["run", "d.wasm"], ["run", "d.wasm/"]):
            self.refused(self.warrant(*words), "is a directory")
        self.refused(self.warrant("inspect", "d.wasm"), "is a directory", code=MISSING)

    def test_sockets_that_cannot_be_understood(self):
        for flag, value in (("--listen", "8080"), ("--listen", "127.0.0.1"), ("--listen", "127.0.0.1:99999"),
                            ("--listen", "127.0.0.1:0=10.0.0.1/8"), ("--connect", "127.1:80"), ("--connect", "::1:80"),
                            ("--connect", "127.0.0.1:0"), ("--connect-udp", "")):
            with self.subTest(flag=flag, value=value):
                self.usage(self.flags(flag, value))

    def test_an_import_without_a_module(self):
        for value in ("foo", ".foo", "foo.", ""):
            self.usage(self.flags("--allow-missing-import", value), "--allow-missing-import")

    def test_too_few_descriptors_for_the_console(self):
        self.refused(self.flags("--open-files", "0"), "console", "open-files = 0", "--open-files")

    def test_bad_limits(self):
        for flag, value in (("--wall", "30"), ("--wall", "fast"), ("--wall", "-1s"), ("--wall", "1.5s"), ("--wall", ""),
                            ("--cpu", "10x"), ("--memory", "64MB"), ("--memory", "-1"), ("--memory", "1e9"),
                            ("--memory", "99999999999999999999"), ("--fuel", "many"), ("--fuel", "-5"), ("--fuel", "1KiB"),
                            ("--open-files", "3.5"), ("--stack", "big"), ("--stdout", "1 MiB"), ("--poll", "0x10")):
            with self.subTest(flag=flag, value=value):
                self.usage(self.flags(flag, value), flag)

    def test_one_limit_with_two_values(self):
        self.usage(self.flags("--wall", "1s", "--wall", "2s"), "--wall")
        self.succeeds(self.flags("--wall", "1s", "--wall", "1000ms"), b"hello\n")

    def test_bad_clocks_seeds_and_words(self):
        self.usage(self.flags("--clock=sundial"), "sundial")
        self.usage(self.flags("--clock="), "--clock")
        self.usage(self.flags("--clock=wall,,cpu"), "--clock")
        self.usage(self.flags("--random=x"), "--random")
        self.usage(self.flags("--random=-1"), "--random")
        self.usage(self.flags("--random=9007199254740992"), "--random")
        self.usage(self.flags("--random=1", "--random=2"), "--random")
        self.usage(self.flags("--denials=often"), "--denials")
        self.usage(self.flags("--color=blue"), "--color")
        self.usage(self.flags("--tty=cooked"), "--tty")

    def test_flags_of_later_builds_are_known(self):
        for flag in (["--spawn", "x"], ["--project", "."]):
            with self.subTest(flag=flag):
                self.usage(self.flags(*flag), flag[0], "not in this build yet")
        self.assertEqual(list(self.work.iterdir()), [])

    def test_verbs_of_later_builds_are_known(self):
        for verb in ("learn", "plugin", "workspace", "bundle", "mcp", "serve", "completion", "man"):
            with self.subTest(verb=verb):
                self.usage(self.warrant(verb), verb, "not in this build yet")

    def test_control_bytes_in_bad_words_are_escaped(self):
        for words in (["run", "--\x1b[2J", "x.wasm"], ["\x1b[2J"], ["run", "--dir", ".:\x1b[2J", "x.wasm"],
                      ["run", "--wall", "\x1b[2J", "x.wasm"], ["run", "--env", "\x1b[2J", "x.wasm"],
                      ["run", "--cwd", "\x1b[2J", "x.wasm"], ["run", "--denials=\x1b[2J", "x.wasm"],
                      ["run", "--dir", "none\x1b[2J", "x.wasm"], ["run", "--connect", "\x1b[2J", "x.wasm"],
                      ["run", "--clock=\x1b[2J", "x.wasm"], ["run", "\x1b[2J"], ["inspect", "\x1b[2J"],
                      ["compile", "\x1b[2J"], ["cache", "\x1b[2J"], ["run", "--allow-missing-import", "\x1b[2J", "x.wasm"]):
            with self.subTest(words=words):
                done = self.warrant(*words)
                self.assertNotEqual(done.code, 0)
                self.assertNotIn("\x1b", done.err)

    def test_usage_starts_nothing(self):
        target = self.work / "made"
        self.usage(self.run_guest(["--dir", ".::/w:write", "--bad"], "probe", "new", "/w/made"))
        self.assertFalse(target.exists())


class Help(Case):
    def test_fits_one_screen_and_groups_flags(self):
        done = self.warrant("run", "--help")
        self.succeeds(done)
        self.assertLessEqual(len(done.lines()), 60)
        self.assertLessEqual(max(map(len, done.lines())), 100)
        for word in ("--dir", "--env", "--clock", "--random", "--basic", "--wall", "--memory", "--stack", "--fuel",
                     "--module-bytes", "--argv0", "--cwd", "--time", "--denials", "--trace", "--no-stdin"):
            self.assertIn(word, done.text)

    def test_every_example_runs(self):
        for name in ("hello.wasm",):
            (self.work / name).write_bytes(self.guest("hello").read_bytes())
        examples = [line.strip() for line in self.warrant("run", "--help").lines() if line.startswith("  warrant ")]
        self.assertGreaterEqual(len(examples), 2)
        for example in examples:
            with self.subTest(example=example):
                words = example.split()
                done = subprocess.run([tools.warrant, *words[1:]], env=self.environment(), cwd=self.work,
                                      capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(done.stdout.startswith(b"hello"))

    def test_the_main_page(self):
        for word in ("--help", "-h", "help"):
            done = self.warrant(word)
            self.succeeds(done)
            for verb in ("run", "inspect", "compile", "cache", "doctor", "version"):
                self.assertIn(f"warrant {verb}", done.text)

    def test_the_short_word_for_help(self):
        for verb in ("run", "inspect", "compile", "cache", "doctor", "version"):
            with self.subTest(verb=verb):
                self.assertEqual(self.warrant(verb, "-h").out, self.warrant(verb, "--help").out)

    def test_the_help_of_every_verb(self):
        # An unknown flag's hint sends the reader to `warrant VERB --help`.
        for verb in ("run", "inspect", "compile", "cache", "doctor", "version"):
            with self.subTest(verb=verb):
                done = self.warrant(verb, "--help")
                self.succeeds(done)
                self.assertIn(verb, done.text)

    def test_into_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            done = self.warrant("run", "--help", stdout=full)
        self.assertNotEqual(done.code, 0)
