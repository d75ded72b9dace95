#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_text.py ROOT: what every text of ours keeps to.

The SPDX line stands first (after #! and a doctype); a TODO carries a type, and `security` and `now`
are not left for later; no conflict marker, no trailing blank, no line of CR, no built guest; a link
between pages leads to a file.
"""
import pathlib
import re
import subprocess
import sys

SPDX = "SPDX-License-Identifier: Apache-2.0"
NEEDS_SPDX = {".h", ".cc", ".c", ".py", ".rs", ".sh", ".mjs", ".js", ".ts", ".wat", ".go", ".cue"}
BINARY = {".wasm", ".cwasm", ".o", ".a", ".so", ".zip", ".gz", ".xz"}
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
TODO = re.compile(r"\bTODO\b(?:\((\w+)\))?")


def files_of(root):
    """What git would commit: tracked, and new but not ignored."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    ).stdout.decode()
    return sorted({pathlib.Path(name) for name in listed.split("\0") if name})


def needs_spdx(name, lines):
    return name.suffix in NEEDS_SPDX or name.name == "Makefile" or bool(lines and lines[0].startswith("#!"))


def check_file(name, text, problems):
    lines = text.splitlines()
    if needs_spdx(name, lines) and not any(SPDX in line for line in lines[: 2 if lines and lines[0].startswith("#!") else 1]):
        problems.append(f"{name}:1: the first line names no licence: {SPDX}")
    if name.parts[0] in ("fuzz", "LICENSE") and "corpus" in name.parts:
        return
    for number, line in enumerate(lines, 1):
        for match in TODO.finditer(line) if name.name != "check_text.py" and name.suffix != ".md" else ():
            if match.group(1) is None:
                problems.append(f"{name}:{number}: a TODO carries a type: TODO(perf), TODO(api), ...")
            elif match.group(1) in ("security", "now"):
                problems.append(f"{name}:{number}: TODO({match.group(1)}) is done now or not committed")
        if re.match(r"(<<<<<<<|>>>>>>>) ", line):
            problems.append(f"{name}:{number}: conflict marker")
        if name.suffix in NEEDS_SPDX and line != line.rstrip():
            problems.append(f"{name}:{number}: blank or CR at the end of the line")


def check_links(root, name, text, problems):
    for number, line in enumerate(text.splitlines(), 1):
        for target in LINK.findall(line):
            if ":" not in target and not (root / name.parent / target).exists():
                problems.append(f"{name}:{number}: no such file: {target}")


def check(root):
    root, problems = pathlib.Path(root), []
    for name in files_of(root):
        path = root / name
        if not path.is_file() or path.is_symlink():
            continue
        if name.suffix in BINARY:
            problems.append(f"{name}: built files are not committed")
            continue
        try:
            text = path.read_text()
            check_file(name, text, problems)
            if name.suffix == ".md":
                check_links(root, name, text, problems)
        except UnicodeDecodeError:
            if "corpus" not in name.parts:
                problems.append(f"{name}: not UTF-8 text")
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1] if len(sys.argv) > 1 else ".")
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
