#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_program.py [--loads-nothing] PROGRAM…: a linked program is hardened and starts with nothing that it does not need.

Position-independent, full RELRO, bound at start, no executable stack, no segment both writable and
executable, no search path; only the shared libraries of NEEDED, and none in a PROGRAM behind --loads-nothing; packed relocations;
not setuid.
"""
import os
import re
import stat
import subprocess
import sys

NEEDED = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}


def readelf(option, program):
    return subprocess.run(["readelf", option, "-W", program], capture_output=True, check=True, text=True).stdout


def check(program, needed=NEEDED):
    label, problems = os.path.basename(program), []
    header, dynamic, segments = (readelf(option, program) for option in ("-h", "-d", "-l"))
    if not re.search(r"Type:\s+DYN", header) or "PIE" not in dynamic:
        problems.append("is not position-independent")
    if "BIND_NOW" not in dynamic and not re.search(r"FLAGS_1.*NOW", dynamic):
        problems.append("binds lazily")
    if "GNU_RELRO" not in segments:
        problems.append("has no RELRO segment")
    stack = re.search(r"GNU_STACK.*?\s(R[W ]?E?)\s+(?:0x)?\w+$", segments, re.M)
    if stack is None or "E" in stack.group(1):
        problems.append("has an executable stack")
    for line in re.findall(r"^\s+LOAD\s.*$", segments, re.M):
        flags = re.search(r"\s([R ][W ][E ])\s+0x\w+$", line)
        if flags and "W" in flags.group(1) and "E" in flags.group(1):
            problems.append("has a segment both writable and executable")
    if re.search(r"\((?:RPATH|RUNPATH)\)", dynamic):
        problems.append("carries a search path for libraries")
    if "(RELR)" not in dynamic:
        problems.append("has no packed relocations")
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if library not in needed:
            problems.append(f"loads {library} at every start")
    if not needed and "INTERP" in segments:
        problems.append("is started by a loader")
    if os.stat(program).st_mode & (stat.S_ISUID | stat.S_ISGID):
        problems.append("is setuid or setgid")
    return [f"{label} {problem}" for problem in problems]


if __name__ == "__main__":
    words, needed = sys.argv[1:], NEEDED
    if words[0] == "--loads-nothing":
        words, needed = words[1:], frozenset()
    found = [problem for program in words for problem in check(program, needed)]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
