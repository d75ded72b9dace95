#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each gate passes on this tree and fails on a tree that breaks it.

A negative fixture is a small tree written here (or a line of fixtures/forbidden.txt) with one fault;
the test asserts that the gate names that fault and nothing else.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests/counts"))
import check_docs  # noqa: E402
import check_forbidden  # noqa: E402
import check_layers  # noqa: E402
import check_sizes  # noqa: E402
import check_text  # noqa: E402
import counts_test  # noqa: E402

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
TO_DO = "TO" + "DO"  # apart, or this file would break the rule that it tests
LAYERS = "base P:\ncap P: base\nhost P: base cap\nos N: base cap\nlib N: base cap host os\n"


class Tree:
    """A tree in a temporary folder: path -> text."""

    def __init__(self, files):
        self.files = files

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        root = pathlib.Path(self.temporary.name)
        for name, text in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return root

    def __exit__(self, *_):
        self.temporary.cleanup()


class ThisTree(unittest.TestCase):
    def test_layers(self):
        self.assertEqual(check_layers.check(ROOT), [])

    def test_forbidden(self):
        self.assertEqual(check_forbidden.check(ROOT), [])

    def test_sizes(self):
        self.assertEqual(check_sizes.check(ROOT), [])

    @unittest.skipUnless((ROOT / ".git").exists(), "not a git checkout: what is ours cannot be listed")
    def test_text(self):
        self.assertEqual(check_text.check(ROOT), [])


class LayersGate(unittest.TestCase):
    GOOD = {
        "tools/layers.txt": LAYERS,
        "warrant/base/a.h": "#pragma once\n#include <vector>\n",
        "warrant/cap/b.h": '#include "warrant/base/a.h"\n',
        "warrant/cap/b_test.cc": '#include "warrant/os/c.h"\n// #include "cap/b.h"\n',
        "warrant/cap/CMakeLists.txt": "warrant_room(cap HDRS b.h USES base TESTS b_test.cc TEST_USES os)\n",
        "warrant/lib/d.cc": '#include "warrant/os/c.h"\n',
    }

    def expect(self, wanted, files):
        with Tree({**self.GOOD, **files}) as root:
            self.assertEqual(check_layers.check(root), [wanted] if wanted else [])

    def test_a_tree_that_keeps_the_map_passes(self):
        self.expect(None, {})

    def test_a_room_may_not_include_below_itself(self):
        self.expect("warrant/base/x.cc:2: base may not use cap",
                    {"warrant/base/x.cc": '\n#include "warrant/cap/b.h"\n'})

    def test_a_room_may_not_include_what_its_line_leaves_out(self):
        self.expect("warrant/os/x.h:1: os may not use host", {"warrant/os/x.h": '#include "warrant/host/h.h"\n'})

    def test_an_include_is_rooted(self):
        self.expect("warrant/cap/x.h:1: not rooted: b.h", {"warrant/cap/x.h": '#include "b.h"\n'})

    def test_an_include_does_not_climb(self):
        self.expect("warrant/cap/x.h:1: not rooted: warrant/base/../os/c.h",
                    {"warrant/cap/x.h": '#include "warrant/base/../os/c.h"\n'})

    def test_our_headers_stand_in_quotes(self):
        self.expect('warrant/base/x.h:1: write "warrant/cap/b.h" in quotes',
                    {"warrant/base/x.h": "#include <warrant/cap/b.h>\n"})

    def test_an_include_behind_a_macro_or_blanks_is_seen(self):
        self.expect("warrant/base/x.h:2: base may not use os",
                    {"warrant/base/x.h": '#if 1\n  #  include  "warrant/os/c.h"\n#endif\n'})

    def test_an_unlisted_room_fails(self):
        self.expect("warrant/extra: not in tools/layers.txt", {"warrant/extra/x.h": "\n"})

    def test_the_map_names_only_rooms_above(self):
        self.expect("tools/layers.txt:1: base uses cap, which is not above it",
                    {"tools/layers.txt": LAYERS.replace("base P:", "base P: cap")})

    def test_a_portable_room_may_not_name_one_that_implements(self):
        self.expect("tools/layers.txt:6: web may not name os, which implements",
                    {"tools/layers.txt": LAYERS + "web B: os\n"})

    def test_cmake_may_not_link_past_the_map(self):
        self.expect("warrant/host/CMakeLists.txt: host may not link os",
                    {"warrant/host/CMakeLists.txt": "warrant_room(host SRCS a.cc USES base os)\n"})


def forbidden_fixtures():
    for line in (HERE / "fixtures/forbidden.txt").read_text().splitlines():
        if line.strip() and not line.startswith("# "):
            rule, name, text = (part.strip() for part in line.split("|", 2))
            yield rule, name, text


class ForbiddenGate(unittest.TestCase):
    FILES = {
        "tools/layers.txt": (ROOT / "tools/layers.txt").read_text(),
        "tools/forbidden.txt": (ROOT / "tools/forbidden.txt").read_text(),
    }

    def test_each_fixture_breaks_exactly_its_rule(self):
        for rule, name, text in forbidden_fixtures():
            with self.subTest(rule=rule, text=text), Tree({**self.FILES, name: SPDX + text + "\n"}) as root:
                found = [p.split(": ")[:2] for p in check_forbidden.check(root)]
                self.assertEqual(found, [[f"{name}:2", rule]])

    def test_each_rule_has_a_fixture(self):
        with Tree(self.FILES) as root:
            rules = {rule.name for rule in check_forbidden.read_rules(root / "tools/forbidden.txt")}
        self.assertEqual(rules, {rule for rule, _, _ in forbidden_fixtures()})

    def test_comments_and_text_are_not_code(self):
        text = SPDX + '// rand() and #include <regex>\n/* throw 1; */\nconst char* s = "new Thing; getenv(";\nchar c = \'"\';\n'
        with Tree({**self.FILES, "warrant/cap/x.cc": text}) as root:
            self.assertEqual(check_forbidden.check(root), [])

    def test_an_exempt_room_may(self):
        with Tree({**self.FILES, "warrant/os/x.cc": SPDX + "#include <sys/stat.h>\nint n = ::openat(d, p, 0);\n"}) as root:
            self.assertEqual(check_forbidden.check(root), [])


class SizesGate(unittest.TestCase):
    def expect(self, wanted, files):
        with Tree(files) as root:
            self.assertEqual(check_sizes.check(root), wanted)

    def test_a_long_header_fails(self):
        self.expect(["warrant/cap/x.h: 401 lines, the limit is 400", "headers: median 401 lines, the budget is 100"],
                    {"warrant/cap/x.h": "int a;\n" * 401})

    def test_a_long_source_fails(self):
        self.expect(["warrant/cap/x.cc: 601 lines, the limit is 600"], {"warrant/cap/x.cc": "int a;\n" * 601})

    def test_a_long_function_fails(self):
        body = "namespace a {\nstruct S {\n  S(int a)\n      : a_{a} {\n" + "    f();\n" * 58 + "  }\n  int a_;\n};\n}\n"
        self.expect(["warrant/cap/x.cc:S: 61 lines, the limit is 60"], {"warrant/cap/x.cc": body})

    def test_a_function_within_the_limit_passes(self):
        self.expect([], {"warrant/cap/x.cc": "void f() {\n" + "  g();\n" * 58 + "}\n"})

    def test_a_switch_that_only_returns_is_a_table(self):
        cases = "".join(f"    case K::k{n}:\n      return {n};\n" for n in range(40))
        self.expect([], {"warrant/cap/x.cc": "int f(K k) {\n  switch (k) {\n" + cases + "  }\n}\n"})

    def test_a_switch_that_works_is_not(self):
        cases = "".join(f"    case K::k{n}:\n      g();\n      return {n};\n" for n in range(40))
        self.expect(["warrant/cap/x.cc:f: 124 lines, the limit is 60"],
                    {"warrant/cap/x.cc": "int f(K k) {\n  switch (k) {\n" + cases + "  }\n}\n"})

    def test_mostly_long_functions_fail(self):
        text = "".join(f"void f{n}() {{\n" + "  g();\n" * 48 + "}\n" for n in range(10))
        self.expect(["functions: 90 % are within 50 lines, the budget is 40"], {"warrant/cap/x.cc": text})

    def test_uncommented_sources_fail(self):
        files = {f"warrant/cap/x{n}.cc": "int a;\n" * 500 for n in range(4)}
        self.expect(["comments are 0.0% of all .cc lines, the budget is 4% to 18%"], files)

    def test_a_stale_exception_fails(self):
        self.expect(["tools/sizes_exceptions.txt: warrant/cap/x.cc needs 0, not 700: lower or remove it"],
                    {"warrant/cap/x.cc": "int a;\n", "tools/sizes_exceptions.txt": "warrant/cap/x.cc 700\n"})

    def test_an_exception_does_not_cover_growth(self):
        self.expect(["warrant/cap/x.cc: 702 lines, its exception says 701"],
                    {"warrant/cap/x.cc": "int a;\n" * 702, "tools/sizes_exceptions.txt": "warrant/cap/x.cc 701\n"})


class TextGate(unittest.TestCase):
    def expect(self, wanted, files):
        with Tree(files) as root:
            subprocess.run(["git", "-C", str(root), "init", "-q"], check=True)
            self.assertEqual(check_text.check(root), wanted)

    def test_clean_texts_pass(self):
        self.expect([], {"a.cc": SPDX + f"int a;  // {TO_DO}(perf): measure\n",
                         "b": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n", "notes.md": "free text\n"})

    def test_a_source_without_a_licence_fails(self):
        self.expect(["a.cc:1: the first line names no licence: SPDX-License-Identifier: Apache-2.0"],
                    {"a.cc": "int a;\n"})

    def test_a_script_without_a_licence_fails(self):
        self.expect(["run:1: the first line names no licence: SPDX-License-Identifier: Apache-2.0"],
                    {"run": "#!/bin/sh\ntrue\n"})

    def test_an_untyped_todo_fails(self):
        self.expect([f"a.cc:2: a {TO_DO} carries a type: {TO_DO}(perf), {TO_DO}(api), ..."],
                    {"a.cc": SPDX + f"// {TO_DO}: later\n"})

    def test_a_security_todo_fails(self):
        for kind in ("security", "now"):
            self.expect([f"a.cc:2: {TO_DO}({kind}) is done now or not committed"],
                        {"a.cc": SPDX + f"// {TO_DO}({kind}): x\n"})

    def test_a_dead_link_fails(self):
        self.expect(["docs/a.md:2: no such file: gone.md"],
                    {"docs/a.md": "[x](../b.md#part) [y](https://example.com)\n[z](gone.md)\n", "b.md": "\n"})

    def test_a_built_guest_fails(self):
        self.expect(["a.wasm: built files are not committed"], {"a.wasm": b"\0asm"})

    def test_blanks_at_the_end_of_a_line_fail(self):
        self.expect(["a.cc:2: blank or CR at the end of the line"], {"a.cc": SPDX + "int a; \n"})


class DocsGate(unittest.TestCase):
    def expect(self, wanted, page):
        with Tree({"README.md": page}) as root:
            self.assertEqual(check_docs.check(root, root), wanted)

    def test_examples_that_hold_pass(self):
        self.expect([], "<!-- file: in.txt -->\n```\none\n```\n<!-- run -->\n```sh\ncat in.txt; echo took 12 ms\n```\n"
                        "<!-- output -->\n```\none\ntook ... ms\n```\n<!-- run: 3 -->\n```sh\nexit 3\n```\n")

    def test_a_wrong_output_fails(self):
        self.expect(["README.md:6: printed instead:\ntwo\n"],
                    "<!-- run -->\n```sh\necho two\n```\n<!-- output -->\n```\none\n```\n")

    def test_a_wrong_exit_code_fails(self):
        self.expect(["README.md:2: exit code 1, not 0:\n"], "<!-- run -->\n```sh\nfalse\n```\n")

    def test_an_example_that_nothing_runs_fails(self):
        self.expect(["README.md:1: an sh block says <!-- run --> or <!-- not run: REASON -->"], "```sh\ntrue\n```\n")


class CountsGate(unittest.TestCase):
    def test_one_call_too_many_fails(self):
        self.assertEqual(counts_test.differences({"statx": 2.0}, {"statx": 1}), ["statx: 2, the gate is 1"])

    def test_a_call_of_another_kind_fails(self):
        self.assertEqual(counts_test.differences({"statx": 1.0, "fcntl": 1.0}, {"statx": 1}), ["fcntl: 1, the gate is 0"])

    def test_fewer_calls_pass(self):
        self.assertEqual(counts_test.differences({"openat2": 1.0}, {"openat2": 1, "fstat|statx": 1}), [])


if __name__ == "__main__":
    unittest.main()
