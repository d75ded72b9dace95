#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""reality_test.py WARRANT GUESTS TABLE: the filter's table against what locked down processes do.

The corner programs of tests/corners run as they always do, with the command under strace; what a
process calls after its filter is loaded is what it uses. A process that the filter ends, and a row
that is listed and that nothing uses, fails. UNREACHED names the rows that no run here can reach, each
with what does. Exit 77, a visible skip, where strace may not trace.
"""
import collections
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CORNERS = pathlib.Path(__file__).resolve().parent.parent / "corners/run.py"
FAMILIES = ("faults", "descriptors", "rules", "powers", "data", "state", "paths", "poll", "sockets")

UNREACHED = {
    "exit": "a thread that ends; a compiler's threads are ended with their process",
    "fallocate": "fd_allocate beyond the end, where the file system has it: os tests",
    "fstat": "a C library that does not go by newfstatat",
    "flock": "the log, when it goes on in another file",
    "gettid": "the C library, on its way to abort",
    "tgkill": "the C library's abort",
    "membarrier": "an engine that publishes code again",
    "restart_syscall": "the kernel's own way back after a stop",
    "clock_nanosleep": "sleeping in the C library or the engine",
    "getpid": "the C library, on its way to abort",
    "mremap": "the C library's realloc of large blocks",
    "read": "TLS and the C library; the console and files go by other calls",
    "pwritev": "a kernel without the flags of pwritev2",
    "sched_yield": "many lost races in a row on one path; a compiler's threads",
    "recvfrom": "recv of the C library", "sendto": "send of the C library",
}

ROW = re.compile(r"\b(allow|allow_if|refuse)\(SYS_(\w+)(.*?)\),\s*$", re.M)
CALL = re.compile(r"^(\d+)\s+(?:<\.\.\. )?(\w+)(?:\(| resumed)(.*)$")


def rows(table):
    """{call: set of parts} of what is allowed."""
    listed = collections.defaultdict(set)
    for verb, call, rest in ROW.findall(table.read_text()):
        if verb == "refuse":
            continue
        part = re.search(r"Part::k(\w+)", rest)
        listed[call].add(part[1] if part else "Common")
    return listed


def traced(warrant, guests, family, place):
    """A wrapper in place of the command leaves one trace a run."""
    wrapper = place / "warrant"
    wrapper.write_text(f'#!/bin/sh\nexec strace -D -f -qq -o "{place}/trace.$$" "{warrant}" "$@"\n')
    wrapper.chmod(0o755)
    return subprocess.run([sys.executable, "-B", CORNERS, wrapper, guests, family], capture_output=True, text=True, timeout=250)


def used_in(trace, used, ended):
    locked = {}
    for line in trace.read_text(errors="replace").splitlines():
        if "killed by SIGSYS" in line or "--- SIGSYS" in line:
            ended.append(line)
        match = CALL.match(line)
        if not match:
            continue
        pid, call, rest = match.groups()
        if call == "seccomp" and "SECCOMP_SET_MODE_FILTER" in rest:
            locked[pid] = True
        elif pid in locked and call in ("clone", "clone3"):
            used["clone"].append(rest)
            thread = re.search(r"= (\d+)$", rest)
            if thread:
                locked[thread[1]] = True
        elif pid in locked and not re.search(r"= -1 E(PERM|NOSYS) ", rest):
            used[call].append(rest)


def main():
    warrant, guests, table = sys.argv[1:4]
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode != 0:
        print("skipped: strace may not trace here")
        return 77
    used, ended, failed = collections.defaultdict(list), [], False
    with tempfile.TemporaryDirectory() as folder:
        for family in FAMILIES:
            place = pathlib.Path(folder, family)
            place.mkdir()
            done = traced(warrant, guests, family, place)
            if done.returncode != 0:
                failed = True
                print(f"corners {family} under strace: exit {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-500:]}")
            for trace in place.glob("trace.*"):
                used_in(trace, used, ended)
    for line in ended[:10]:
        failed = True
        print(f"ended by the filter: {line}")
    if len(used) < 20:
        failed = True
        print(f"only {len(used)} calls were seen: nothing was locked down")
    listed = rows(pathlib.Path(table))
    for call in sorted(listed):
        parts = listed[call]
        if call in used or call in UNREACHED or parts <= {"Network", "Overlay", "Compiler", "Broker"}:
            continue
        failed = True
        print(f"{call} is listed ({', '.join(sorted(parts))}) and nothing used it")
    for call in UNREACHED:
        if call not in listed:
            failed = True
            print(f"{call} is told to be unreached, and is no row of the table")
    for call in sorted(used):
        if call not in listed:
            failed = True
            print(f"{call} was used and is not listed: {used[call][0][:100]}")
    print(f"{len(used)} calls used, {len(listed)} listed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
