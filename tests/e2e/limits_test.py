# SPDX-License-Identifier: Apache-2.0
"""Limits of a run: at 1, at the default, at the ceiling; what ends or bends a run names its flag.

Defaults and ceilings are typed from the tables of the specification. No time is asserted: a run that
its deadline does not end never ends, and the test fails for that.
"""
import re

from support import ENDED, REFUSED, TRAPPED, Case

DQUOT, FBIG, INVAL, MFILE, NOMEM = 19, 22, 28, 33, 48

# flag, default, ceiling, one above the ceiling
TABLE = [
    ("--wall", "30s", "24h", "25h"), ("--cpu", "10s", "24h", "25h"),
    ("--fuel", "2000000000", "9007199254740991", None),
    ("--memory", "64MiB", "4GiB", "5GiB"), ("--memories", "4", "16", "17"), ("--tables", "4", "16", "17"),
    ("--table", "100000", "10000000", "10000001"), ("--stack", "1MiB", "16MiB", "17MiB"),
    ("--stdout", "1MiB", "1GiB", "2GiB"), ("--stderr", "1MiB", "1GiB", "2GiB"),
    ("--open-files", "1024", "65536", "65537"), ("--vectors", "1024", "1024", "1025"),
    ("--vector-bytes", "16MiB", "64MiB", "65MiB"), ("--poll", "256", "16384", "16385"),
    ("--limit-random", "16MiB", "1GiB", "2GiB"), ("--random-call", "64KiB", "1MiB", "2MiB"),
    ("--written", "64MiB", "1TiB", "2TiB"), ("--inodes", "4096", "10000000", "10000001"),
    ("--file-bytes", "64MiB", "1TiB", "2TiB"), ("--module-bytes", "64MiB", "256MiB", "257MiB"),
    ("--types", "10000", "1000000", "1000001"), ("--functions", "200000", "1000000", "1000001"),
    ("--function-bytes", "1MiB", "7MiB", "8MiB"), ("--locals", "10000", "50000", "50001"),
    ("--imports", "1000", "100000", "100001"), ("--exports", "10000", "100000", "100001"),
    ("--blocks", "1000", "10000", "10001"), ("--segments", "10000", "100000", "100001"),
]

RECURSE = """(module
  (func $deep (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0))
      (else (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (local.get 0)))))
  (memory (export "memory") 1)
  (func (export "_start") (drop (call $deep (i32.const 60000)))))"""


class Values(Case):
    def test_default_and_ceiling(self):
        for flag, default, ceiling, _ in TABLE:
            for value in (default, ceiling):
                with self.subTest(flag=flag, value=value):
                    done = self.run_guest([flag, value], "hello", "there")
                    self.succeeds(done, b"hello there\n")
                    self.assertEqual(done.err, "")

    def test_each_at_one(self):
        """It runs within it, or is refused or ended by that very limit and says its flag."""
        for flag, default, _, _ in TABLE:
            value = "1" + re.sub(r"^[0-9]+", "", default).replace("KiB", "B").replace("MiB", "B").replace("GiB", "B")
            value = "1ms" if value in ("1s", "1m", "1h") else value
            with self.subTest(flag=flag, value=value):
                done = self.run_guest([flag, value], "hello", "there")
                self.assertIn(done.code, (0, 1, ENDED, REFUSED, TRAPPED), done.err)
                self.assertTrue(b"hello there\n".startswith(done.out), done.out)
                if done.code in (ENDED, REFUSED):
                    self.assertIn(flag.removeprefix("--limit-").removeprefix("--"), done.err)

    def test_above_the_ceiling_it_is_cut_and_said(self):
        for flag, _, ceiling, above in TABLE:
            if above is None:
                continue
            with self.subTest(flag=flag):
                done = self.run_guest([flag, above], "hello")
                self.succeeds(done, b"hello\n")
                self.assertEqual(len(done.err.splitlines()), 1, done.err)
                self.assertIn("ceiling", done.err)
                self.assertIn(ceiling if ceiling != "24h" else "", done.err)

    def test_beyond_the_largest_number(self):
        self.usage(self.run_guest(["--fuel", "9007199254740992"], "hello"), "--fuel")
        self.usage(self.run_guest(["--memory", "9007199254740992"], "hello"), "--memory")
        self.usage(self.run_guest(["--memory", "8388608TiB"], "hello"), "--memory")

    def test_every_spelling_of_sizes_and_times(self):
        for flags in (["--memory", "67108864"], ["--memory", "67108864B"], ["--memory", "65536KiB"], ["--wall", "30000ms"],
                      ["--wall", "30s"], ["--wall", "1m"], ["--wall", "1h"], ["--wall", "1d"], ["--memory=64MiB"]):
            with self.subTest(flags=flags):
                self.succeeds(self.run_guest(flags, "hello"), b"hello\n")

    def cold(self):
        """Surroundings in which nothing was compiled yet."""
        home = self.root / "cold"
        home.mkdir(exist_ok=True)
        return self.environment(XDG_CACHE_HOME=str(home))

    def test_module_limits_at_one_refuse_and_name_their_flag(self):
        for flag in ("--module-bytes", "--types", "--functions", "--function-bytes", "--imports", "--exports", "--blocks"):
            with self.subTest(flag=flag):
                self.refused(self.run_guest([flag, "1"], "hello", env=self.cold()), flag)

    def test_module_limits_at_what_is_needed(self):
        guest = self.wat("""(module (memory (export "memory") 1) (table 3 funcref) (elem (i32.const 0) $a) (elem (i32.const 1) $a)
            (func $a (local i32 i64 f64)) (func (export "_start") (block (block (block)))))""")
        for flag, enough in (("--functions", 2), ("--exports", 2), ("--types", 1), ("--locals", 3), ("--segments", 2), ("--table", 3),
                             ("--module-bytes", guest.stat().st_size)):
            with self.subTest(flag=flag):
                self.refused(self.run_guest([flag, str(enough - 1)], guest, env=self.cold()), flag)
                self.succeeds(self.run_guest([flag, str(enough)], guest))

    def test_a_written_limit_holds_for_stored_code(self):
        self.succeeds(self.run_guest([], "hello"))
        for flag in ("--types", "--functions", "--function-bytes", "--locals", "--blocks"):
            with self.subTest(flag=flag):
                self.refused(self.run_guest([flag, "1"], "hello"), flag)


class Deadline(Case):
    def ended(self, done, limit, value):
        self.ends(done, ENDED)
        self.one_error(done, limit, value, f"--{limit}")

    def test_in_guest_code(self):
        self.ended(self.run_guest(["--wall", "200ms"], "spin"), "wall", "200ms")

    def test_in_long_instructions(self):
        # Time is spent in the engine's own code there, and almost never in the guest's.
        module = self.wat("""(module (memory (export "memory") 1000) (func (export "_start")
            (loop $l (memory.fill (i32.const 0) (i32.const 7) (i32.const 65536000)) (br $l))))""")
        for flag in ("--wall", "--cpu"):
            with self.subTest(flag=flag):
                self.ended(self.run_guest([flag, "200ms"], module), flag[2:], "200ms")

    def test_in_one_instruction_that_does_not_end_in_time(self):
        module = self.wat("""(module (memory (export "memory") 65536) (func (export "_start")
            (memory.fill (i32.const 0) (i32.const 7) (i32.const 0xffffffff))
            (memory.fill (i32.const 0) (i32.const 7) (i32.const 0xffffffff))))""")
        self.ends(self.run_guest(["--wall", "50ms", "--memory", "4GiB"], module), ENDED)

    def test_refused_growth_by_the_million_is_counted_not_kept(self):
        module = self.wat("""(module (memory (export "memory") 1) (func (export "_start")
            (loop $l (drop (memory.grow (i32.const 60000))) (br $l))))""")
        done = self.run_guest(["--wall", "300ms", "--denials=always"], module)
        self.ends(done, ENDED)
        self.assertEqual(done.err.count("memory.grow"), 1)

    def test_at_its_least(self):
        self.ends(self.run_guest(["--wall", "1ms"], "spin"), ENDED)

    def test_zero_is_a_deadline_or_an_error_but_never_none(self):
        self.assertIn(self.run_guest(["--wall", "0s"], "spin").code, (ENDED, 64, 126))
        self.assertIn(self.run_guest(["--cpu", "0s"], "spin").code, (ENDED, 64, 126))

    def test_in_a_blocking_read(self):
        child = self.start(["--wall", "200ms"], "cat")
        self.assertEqual(child.wait(timeout=60), ENDED)
        err = child.stderr.read().decode()
        self.assertIn("wall", err)
        self.assertIn("--wall", err)

    def test_in_a_blocking_write(self):
        child = self.start(["--wall", "300ms"], "probe", "out", "4000000")
        self.assertEqual(child.wait(timeout=60), ENDED)

    def test_in_a_sleep(self):
        self.ended(self.probe(["--clock", "--wall", "200ms"], "sleep", "1000"), "wall", "200ms")

    def test_what_was_said_before_it_is_there(self):
        self.assertEqual(self.probe(["--clock", "--wall", "200ms"], "sleep", "1000").out, b"sleeping\n")
        self.assertEqual(self.probe(["--wall", "200ms"], "spin").out, b"spinning\n")

    def test_a_run_within_it(self):
        done = self.probe(["--clock", "--wall", "60s"], "sleep", "0")
        self.succeeds(done, b"sleeping\nawake\n")

    def test_cpu(self):
        self.ended(self.run_guest(["--cpu", "100ms"], "spin"), "cpu", "100ms")

    def test_cpu_does_not_count_sleep(self):
        self.succeeds(self.probe(["--clock", "--cpu", "500ms"], "sleep", "1"), b"sleeping\nawake\n")

    def test_fuel(self):
        self.ended(self.run_guest(["--fuel", "100000"], "spin"), "fuel", "100000")

    def test_fuel_of_one(self):
        self.ended(self.run_guest(["--fuel", "1"], "hello"), "fuel", "1")

    def test_fuel_is_the_same_every_time(self):
        def enough(fuel):
            return self.run_guest(["--fuel", str(fuel)], "hello").code == 0

        low, high = 1, 1 << 20
        self.assertTrue(enough(high))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if enough(middle) else (middle, high)
        self.assertEqual([enough(low), enough(high)] * 2, [False, True] * 2)


class Memory(Case):
    def test_growth_above_it_is_refused_and_said(self):
        done = self.probe(["--memory", "1MiB"], "grow", "100")
        self.succeeds(done, b"refused\n")
        self.assertIn("--memory", self.probe(["--memory", "1MiB", "--denials=always"], "grow", "100").err)

    def test_a_limit_that_bends_a_run_is_one_line_even_when_it_ends_well(self):
        done = self.probe(["--memory", "1MiB"], "grow", "100")
        self.assertIn("memory", done.err)
        self.assertIn("1MiB", done.err)
        self.assertIn("--memory", done.err)

    def test_growth_within_it(self):
        self.succeeds(self.probe(["--memory", "16MiB"], "grow", "100"), b"grown\n")

    def test_the_ceiling_is_usable(self):
        self.succeeds(self.probe(["--memory", "4GiB"], "grow", "60000"), b"grown\n")

    def test_a_start_above_it(self):
        guest = self.wat('(module (memory (export "memory") 32) (func (export "_start")))')
        self.refused(self.run_guest(["--memory", "1MiB"], guest), "--memory", "1MiB")
        self.refused(self.run_guest(["--memory", "1"], guest), "--memory")
        self.succeeds(self.run_guest(["--memory", "2MiB"], guest))

    def test_all_memories_count_together(self):
        guest = self.wat('(module (memory (export "memory") 8) (memory 8) (memory 1) (func (export "_start")))')
        self.refused(self.run_guest(["--memory", "1MiB"], guest), "--memory")
        self.succeeds(self.run_guest(["--memory", "1088KiB"], guest))

    def test_a_start_above_the_default(self):
        guest = self.wat('(module (memory (export "memory") 1025) (func (export "_start")))')
        self.refused(self.run_guest([], guest), "64MiB", "--memory")
        self.succeeds(self.run_guest(["--memory", "128MiB"], guest))

    def test_more_memories_and_tables_than_allowed(self):
        guest = self.wat('(module (memory (export "memory") 1) (memory 1) (table 1 funcref) (table 1 funcref) (func (export "_start")))')
        self.refused(self.run_guest(["--memories", "1"], guest), "--memories")
        self.refused(self.run_guest(["--tables", "1"], guest), "--tables")
        self.succeeds(self.run_guest(["--memories", "2", "--tables", "2"], guest))

    def test_table_growth(self):
        guest = self.wat("""(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1) (table $t 1 funcref)
            (func (export "_start") (call $exit (i32.eq (table.grow $t (ref.null func) (i32.const 50)) (i32.const -1)))))""")
        self.ends(self.run_guest(["--table", "50"], guest), 1)
        self.ends(self.run_guest(["--table", "51"], guest), 0)

    def test_a_start_table_above_it(self):
        guest = self.wat('(module (memory (export "memory") 1) (table 100001 funcref) (func (export "_start")))')
        self.refused(self.run_guest([], guest), "--table")
        self.succeeds(self.run_guest(["--table", "100001"], guest))


class Stack(Case):
    def test_recursion_overflows_one_mebibyte_and_fits_eight(self):
        guest = self.wat(RECURSE)
        done = self.run_guest([], guest)
        self.ends(done, TRAPPED)
        self.assertEqual(done.err.count("warrant: error: "), 1, done.err)
        for word in ("stack", "1MiB", "--stack", "deep"):
            self.assertIn(word, done.err)
        self.succeeds(self.run_guest(["--stack", "8MiB"], guest))

    def test_endless_recursion_ends_at_every_size(self):
        guest = self.wat('(module (memory (export "memory") 1) (func $f (export "_start") (call $f) (call $f)))')
        for size in ("64KiB", "1MiB", "16MiB"):
            with self.subTest(size=size):
                self.ends(self.run_guest(["--stack", size], guest), TRAPPED)

    def test_at_its_least(self):
        done = self.run_guest(["--stack", "1"], "hello")
        self.assertIn(done.code, (TRAPPED, 126), done.err)
        self.assertEqual(done.err.count("warrant: error: "), 1, done.err)

    def test_under_a_low_limit_of_the_shell(self):
        script = 'ulimit -Ss 512; exec "$@"'
        for flags in ([], ["--stack", "8MiB"]):
            done = self.run_guest(flags, "hello", before=["bash", "-c", script, "sh"])
            self.succeeds(done, b"hello\n")
        hard = 'ulimit -s 2048; exec "$@"'
        self.succeeds(self.run_guest([], "hello", before=["bash", "-c", hard, "sh"]), b"hello\n")
        done = self.run_guest(["--stack", "16MiB"], self.wat(RECURSE), before=["bash", "-c", hard, "sh"])
        self.assertIn(done.code, (0, 126), done.err)


class Output(Case):
    def test_passed_through_it_is_not_capped(self):
        self.succeeds(self.probe([], "out", "3000000"), b"x" * 3000000)

    def test_a_cap_that_was_asked_for(self):
        done = self.probe(["--stdout", "1KiB"], "out", "5000")
        self.succeeds(done, b"x" * 1024)
        self.assertEqual(len(done.err.splitlines()), 1, done.err)
        for word in ("stdout", "3976", "1KiB", "--stdout"):
            self.assertIn(word, done.err)

    def test_exactly_at_the_cap_nothing_is_said(self):
        done = self.probe(["--stdout", "5000"], "out", "5000")
        self.succeeds(done, b"x" * 5000)
        self.assertEqual(done.err, "")

    def test_writes_beyond_it_fail_where_the_grant_says_so(self):
        grant = self.file(b'version = 1\n[console]\nexcess = "fail"\n[limits]\nstdout = 2000\n', "fails.toml")
        done = self.run_guest(["--grant", str(grant)], "probe", "out", "2000")
        self.succeeds(done, b"x" * 2000)
        done = self.run_guest(["--denials=always", "--grant", str(grant)], "probe", "out", "5000")
        # Whole writes are refused, and those that fit afterwards are not.
        self.assertEqual(done.out, b"x" * len(done.out))
        self.assertTrue(1024 <= len(done.out) <= 2000, done.err)
        self.assertIn("\n  fd_write stdout", done.err)
        self.assertIn("output_limit", self.warrant("audit", "show", "last", "--json").text)

    def test_of_one_and_of_none(self):
        self.succeeds(self.run_guest(["--stdout", "1"], "hello"), b"h")
        self.succeeds(self.run_guest(["--stdout", "0"], "hello"), b"")

    def test_stderr_has_its_own(self):
        done = self.probe(["--stderr", "100"], "err", "300")
        self.succeeds(done, b"")
        self.assertEqual(done.err.count("x" * 100), 1)
        self.assertIn("--stderr", done.err)


class Files(Case):
    def setUp(self):
        super().setUp()
        self.place = self.root / "place"
        self.place.mkdir()
        (self.place / "a").write_text("a")

    def told(self, flags, *words):
        done = self.probe(["--denials=always", "--dir", f"{self.place}::/w:write", *flags], *words)
        self.succeeds(done)
        numbers = [int(each) for each in re.findall(r"\d+", done.text)]
        return (*numbers, done.err)

    def test_open_files(self):
        opened, errno, err = self.told(["--open-files", "10"], "open", "/w/a", "50")
        self.assertEqual(errno, MFILE)
        self.assertEqual(opened, 10 - 4)  # the console and the directory count
        self.assertIn("--open-files", err)
        self.assertEqual(self.told(["--open-files", "54"], "open", "/w/a", "50")[:2], (50, 0))

    def test_open_files_of_one(self):
        done = self.probe(["--open-files", "1", "--dir", f"{self.place}::/w"], "open", "/w/a", "1")
        self.assertIn(done.code, (0, 126), done.err)
        self.assertNotIn("opened 1", done.text)

    def test_written(self):
        wrote, errno, err = self.told(["--written", "10KiB"], "fill", "/w/new", "20000")
        self.assertEqual((wrote, errno), (10240, DQUOT))
        self.assertEqual((self.place / "new").stat().st_size, 10240)
        self.assertIn("--written 20KiB", err)
        self.assertEqual(self.told(["--written", "20KiB"], "fill", "/w/more", "20000")[:2], (20000, 0))

    def test_written_is_for_growth_and_not_for_writing_over(self):
        (self.place / "old").write_bytes(b"o" * 5000)
        self.assertEqual(self.told(["--written", "1"], "see", "/w/old")[-1], "")
        self.assertEqual(self.told(["--written", "1"], "fill", "/w/new", "1")[:2], (1, 0))
        wrote, errno, _ = self.told(["--written", "1"], "fill", "/w/newer", "2")
        self.assertEqual(errno, DQUOT)
        self.assertLessEqual(wrote, 1)

    def test_inodes(self):
        made, errno, err = self.told(["--inodes", "3"], "dirs", "/w", "5")
        self.assertEqual((made, errno), (3, DQUOT))
        self.assertEqual(len(list(self.place.iterdir())), 4)
        self.assertIn("--inodes 6", err)

    def test_inodes_of_one(self):
        self.assertEqual(self.told(["--inodes", "1"], "dirs", "/w", "2")[:2], (1, DQUOT))

    def test_file_bytes(self):
        wrote, errno, err = self.told(["--file-bytes", "4KiB"], "fill", "/w/new", "9000")
        self.assertEqual((wrote, errno), (4096, FBIG))
        self.assertIn("--file-bytes 8KiB", err)

    def test_poll(self):
        self.assertEqual(self.told(["--clock", "--poll", "2"], "poll", "2")[:2], (0, 2))
        errno, events, err = self.told(["--clock", "--poll", "2"], "poll", "3")
        self.assertEqual((errno, events), (NOMEM, 0))
        self.assertIn("--poll", err)
        self.assertEqual(self.told(["--clock"], "poll", "257")[0], NOMEM)

    def test_random(self):
        errno, done, *_ = self.told(["--random", "--limit-random", "100"], "random", "30", "10")
        self.assertEqual((errno, done), (DQUOT, 3))
        err = self.told(["--random", "--limit-random", "100"], "random", "30", "10")[-1]
        self.assertIn("--limit-random", err)
        self.assertEqual(self.told(["--random", "--limit-random", "300"], "random", "30", "10")[:2], (0, 10))
        self.assertEqual(self.told(["--random", "--random-call", "1"], "random", "30", "10")[:2], (0, 10))

    def test_vectors(self):
        self.assertEqual(self.told(["--vectors", "2"], "vectors", "2")[:2], (0, 2))
        self.assertEqual(self.told(["--vectors", "2"], "vectors", "3")[:2], (INVAL, 0))
        self.assertEqual(self.told([], "vectors", "1025")[:2], (INVAL, 0))

    def test_vector_bytes_make_short_counts(self):
        self.assertEqual(self.told(["--vector-bytes", "2"], "vectors", "5")[:2], (0, 2))
        self.succeeds(self.run_guest(["--vector-bytes", "1"], "hello", "you"), b"hello you\n")

