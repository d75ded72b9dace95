#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_sizes.py ROOT: the size budget of the house style, over our C++.

Header 400 lines (median 100), .cc 600, function 60 (p90 40; the cases of a total switch that only
return are a table, and not counted); comments 20-40 % of the lines of all
headers together and 4-18 % of all .cc of rooms and apps together. tools/sizes_exceptions.txt lists
"path lines" for files and "path:function lines" for functions over their limit; an entry that is
no longer needed, or larger than the thing it excuses, fails: the list can only shrink.
"""
import pathlib
import re
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from source_text import CODE, blank, functions, is_test, walk

PLACES = ("warrant", "apps", "tests", "fuzz", "bench", "examples", "demos")
LIMIT = {".h": 400, ".cc": 600, ".c": 600}
FUNCTION = 60
HEADER_MEDIAN, FUNCTION_P90 = 100, 40
DENSITY = {".h": (0.20, 0.40), ".cc": (0.04, 0.18)}
ENOUGH = 2000  # lines, below which a density says nothing


def read_exceptions(path):
    allowed = {}
    if path.exists():
        for line in path.read_text().splitlines():
            line = line.split("#")[0].split()
            if line:
                allowed[line[0]] = int(line[1])
    return allowed


def comment_lines(text):
    """Lines that hold a comment, and lines that hold anything."""
    with_comment = [k != b for k, b in zip(blank(text, keep_strings=True).splitlines(), text.splitlines())]
    return sum(with_comment), sum(1 for line in text.splitlines() if line.strip())


CASE = re.compile(r"(?:^[ \t]*case [\w:]+:\s*?\n?)+[ \t]*return [^;{}]*;[ \t]*\n", re.M)


def length(text, first, last):
    body = "".join(text.splitlines(keepends=True)[first - 1 : last])
    return CASE.sub("", body).count("\n")


class Budget:
    def __init__(self, allowed):
        self.allowed, self.used, self.problems = allowed, {}, []

    def hold(self, what, size, limit):
        if size <= limit:
            return
        self.used[what] = size
        if what not in self.allowed:
            self.problems.append(f"{what}: {size} lines, the limit is {limit}")
        elif size > self.allowed[what]:
            self.problems.append(f"{what}: {size} lines, its exception says {self.allowed[what]}")

    def stale(self):
        for what, size in self.allowed.items():
            if self.used.get(what, 0) < size:
                self.problems.append(f"tools/sizes_exceptions.txt: {what} needs {self.used.get(what, 0)}, not {size}: lower or remove it")


def check(root):
    root = pathlib.Path(root)
    budget = Budget(read_exceptions(root / "tools/sizes_exceptions.txt"))
    headers, lengths, density = [], [], {".h": [0, 0], ".cc": [0, 0]}
    for place in PLACES:
        for path in walk(root / place, CODE):
            name, text = path.relative_to(root), path.read_text()
            lines = text.count("\n")
            budget.hold(str(name), lines, LIMIT[path.suffix])
            for function, first, last in functions(text):
                lengths.append(length(text, first, last))
                budget.hold(f"{name}:{function}", lengths[-1], FUNCTION)
            if path.suffix == ".h":
                headers.append(lines)
            if place in ("warrant", "apps") and path.suffix in density and not is_test(path):
                comments, full = comment_lines(text)
                density[path.suffix][0] += comments
                density[path.suffix][1] += full
    budget.stale()
    problems = budget.problems
    if headers and statistics.median(headers) > HEADER_MEDIAN:
        problems.append(f"headers: median {statistics.median(headers)} lines, the budget is {HEADER_MEDIAN}")
    if len(lengths) >= 10 and statistics.quantiles(lengths, n=10)[-1] > FUNCTION_P90:
        problems.append(f"functions: 90 % are within {statistics.quantiles(lengths, n=10)[-1]:.0f} lines, the budget is {FUNCTION_P90}")
    for suffix, (comments, full) in density.items():
        low, high = DENSITY[suffix]
        if full >= ENOUGH and not low <= comments / full <= high:
            problems.append(f"comments are {comments / full:.1%} of all {suffix} lines, the budget is {low:.0%} to {high:.0%}")
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else ".")
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
