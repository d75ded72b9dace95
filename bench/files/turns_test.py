#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the figures of a race are made of: ratios within one round, medians, and the bound they meet."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
import race  # noqa: E402
import turns  # noqa: E402

# Two rounds met a busy machine: both sides took ten times as long.
WARRANT, NATIVE = [100, 1000, 100, 1000, 100], [80, 800, 80, 800, 80]


class Figures(unittest.TestCase):
    def test_a_busy_round_changes_no_ratio(self):
        found = turns.figure(turns.at_most("native", 1.3), {"warrant": WARRANT, "native": NATIVE})
        self.assertEqual((found["median"], found["quartiles"], found["holds"]), (1.25, [1.25, 1.25], True))

    def test_a_bound_that_is_passed_is_missed(self):
        times = {"warrant": WARRANT, "native": NATIVE, "wasmtime": [two * 2 for two in WARRANT]}
        self.assertFalse(turns.figure(turns.at_most("native", 1.2), times)["holds"])
        self.assertFalse(turns.figure(turns.ahead("wasmtime", 2.1), times)["holds"])
        self.assertTrue(turns.figure(turns.ahead("wasmtime", 2), times)["holds"])

    def test_a_difference_is_in_nanoseconds_of_one_operation(self):
        times = {"warrant": [130.0] * 5, "native": [100.0] * 5}
        self.assertTrue(turns.figure(turns.above("native", 30), times)["holds"])
        self.assertFalse(turns.figure(turns.above("native", 29), times)["holds"])

    def test_rounds_that_only_one_side_ran_do_not_count(self):
        times = {"warrant": WARRANT, "wasmtime": [300, 3000]}
        self.assertEqual(turns.figure(turns.ahead("wasmtime", 1), times)["median"], 3)

    def test_few_rounds_make_it_void(self):
        made = [turns.Contestant("warrant", ["/bin/true"], {})]
        self.assertIn("fewer than 30 rounds", turns.judged("few", made, {"warrant": [1] * 29}, [])["void"])
        self.assertNotIn("fewer than 30 rounds", turns.judged("many", made, {"warrant": [1] * 30}, [])["void"])

    def test_each_round_runs_all_and_nobody_always_after_the_same(self):
        order = []
        made = [turns.Contestant(name, ["/bin/true"], {}, before=lambda name=name: order.append(name)) for name in "abc"]
        times = turns.in_turns(made, 20)
        self.assertEqual([len(times[name]) for name in "abc"], [20] * 3)
        counted = order[-60:]
        rounds = {"".join(counted[at:at + 3]) for at in range(0, 60, 3)}
        self.assertEqual({"".join(sorted(each)) for each in rounds}, {"abc"})
        self.assertGreater(len(rounds), 3)

    def test_a_failing_contestant_ends_the_race(self):
        with self.assertRaises(SystemExit):
            turns.once(turns.Contestant("false", ["/bin/false"], {}))


class Cases(unittest.TestCase):
    def test_each_has_this_host_and_the_floor_and_compares_only_who_takes_part(self):
        for case in race.cases():
            with self.subTest(case.name):
                self.assertLessEqual({"warrant", "native"}, set(case.who))
                for want in case.wants:
                    self.assertLessEqual(set(want.needs), set(case.who))


if __name__ == "__main__":
    unittest.main()
