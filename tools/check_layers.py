#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_layers.py ROOT: the room map is what the sources do.

Every include of a room is rooted ("warrant/ROOM/file.h") and names a room that tools/layers.txt
lists for it; layers.txt names only rooms above; a room's CMake USES says nothing that its line does
not say; rooms that implement (native, browser) are named by nobody but lib and what stands outside
warrant/; a listed room is not empty and a folder is not unlisted.
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from source_text import CODE, includes, is_test, walk

JOINS = {"lib"}  # the only room that may use rooms marked N or B


def read_layers(root, problems):
    allow, kind = {}, {}
    for number, line in enumerate((root / "tools/layers.txt").read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        match = re.fullmatch(r"(\w+) ([PNB]):((?: \w+)*)", line)
        if not match:
            problems.append(f"tools/layers.txt:{number}: not of the form 'room P: rooms'")
            continue
        room, mark, uses = match.group(1), match.group(2), match.group(3).split()
        for used in uses:
            if used not in allow:
                problems.append(f"tools/layers.txt:{number}: {room} uses {used}, which is not above it")
            elif kind[used] != "P" and room not in JOINS:
                problems.append(f"tools/layers.txt:{number}: {room} may not name {used}, which implements")
        allow[room], kind[room] = set(uses) | {room}, mark
    return allow


def check_sources(root, room, allowed, problems):
    for path in walk(root / "warrant" / room, CODE):
        name = path.relative_to(root)
        # A test stands outside its room: it may use any room that its CMake list gives it.
        test = is_test(path)
        for line, quote, target in includes(path.read_text()):
            part = target.split("/")
            if quote == "<" and part[0] == "warrant":
                problems.append(f'{name}:{line}: write "{target}" in quotes')
            elif quote == "<":
                continue
            elif part[0] == "tests" and test:
                continue
            elif part[0] != "warrant" or len(part) < 3 or ".." in part:
                problems.append(f"{name}:{line}: not rooted: {target}")
            elif part[1] not in allowed and not test:
                problems.append(f"{name}:{line}: {room} may not use {part[1]}")


def check_cmake(root, room, allowed, problems):
    path = root / "warrant" / room / "CMakeLists.txt"
    if not path.exists():
        return
    text = re.sub(r"#.*", "", path.read_text())
    for match in re.finditer(r"\bUSES\s+([\w\s]*?)(?=\b[A-Z_]{3,}\b|\))", text):
        for used in match.group(1).split():
            if text[max(0, match.start() - 5) : match.start()] != "TEST_" and used not in allowed:
                problems.append(f"{path.relative_to(root)}: {room} may not link {used}")


def check(root):
    root, problems = pathlib.Path(root), []
    allow = read_layers(root, problems)
    for folder in sorted((root / "warrant").iterdir()):
        if not folder.is_dir():
            continue
        room = folder.name
        if not any(walk(folder)):
            continue  # git keeps no empty folder
        if room not in allow:
            problems.append(f"warrant/{room}: not in tools/layers.txt")
            continue
        check_sources(root, room, allow[room], problems)
        check_cmake(root, room, allow[room], problems)
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else ".")
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
