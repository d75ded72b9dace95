#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_forbidden.py ROOT: no source writes what tools/forbidden.txt forbids it, with the reason.

An exception is made in the table, by room or folder, never in the source.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from source_text import CODE, blank, includes, is_test, walk

PLACES = ("warrant", "apps", "tests", "fuzz", "bench", "examples", "demos", "guests")


class Rule:
    def __init__(self, name, where, pattern, reason):
        self.name, self.reason = name, reason
        self.scope, *self.exempt = where.split()
        self.exempt = {e.removeprefix("-") for e in self.exempt}
        self.on_include = pattern.startswith("<") and pattern.endswith(">")
        self.raw = name.startswith("nolint")
        self.pattern = re.compile(pattern[1:-1] if self.on_include else pattern, re.M)

    def covers(self, parts, portable, test):
        """parts: the folders of the file's path."""
        place = parts[0]
        if self.exempt.intersection(parts):
            return False
        if self.scope == "all":
            return "guests" not in parts  # what a guest does to itself is its own affair
        if place != "warrant" or test:
            return False
        return self.scope == "rooms" or portable


def read_rules(path):
    rules = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        # The pattern may hold "|"; the other three fields cannot.
        name, where, rest = re.split(r"\s*\|\s*", line.strip(), maxsplit=2)
        pattern, reason = re.split(r"\s+\|\s+(?=[^|]*$)", rest)
        rules.append(Rule(name, where, pattern.strip(), reason))
    return rules


def portable_rooms(root):
    text = (root / "tools/layers.txt").read_text()
    return set(re.findall(r"^(\w+) P:", text, re.M))


def check_file(path, name, rules, portable, problems):
    room = name.parts[1] if name.parts[0] == "warrant" and len(name.parts) > 2 else ""
    text = path.read_text()
    code = blank(text)
    included = [(line, target) for line, _, target in includes(text)]
    for rule in rules:
        if not rule.covers(name.parts[:-1], room in portable, is_test(path)):
            continue
        if rule.on_include:
            lines = [line for line, target in included if rule.pattern.fullmatch(target)]
        else:
            source = text if rule.raw else code
            lines = [source.count("\n", 0, m.start()) + 1 for m in rule.pattern.finditer(source)]
        for line in lines:
            problems.append(f"{name}:{line}: {rule.name}: {rule.reason}")


def check(root):
    root, problems = pathlib.Path(root), []
    rules, portable = read_rules(root / "tools/forbidden.txt"), portable_rooms(root)
    for place in PLACES:
        for path in walk(root / place, CODE):
            check_file(path, path.relative_to(root), rules, portable, problems)
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else ".")
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
