#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""counts_test.py WARRANT REPEAT.wasm HELLO.wasm FETCH.wasm: the system calls of one host call are
those of the count gate, a start with kept code makes no more than bench/counts.json says, and a GET
over a kept connection none that libcurl alone does not make but the one write of its records.

Each operation runs 50 and 150 times under strace; the difference, divided by 100, is what one costs.
Exit 77, a visible skip, where strace may not trace.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COUNTS = ROOT / "bench/counts.json"
FEW, MANY = 50, 150
ENTRIES = 3000  # of 32 bytes: three blocks of 32 KiB, and the read that finds the end
WRITING = {"write", "append"}
# performance.md section 4. A name of several stands for any one of them.
COSTS = {
    "open-close": {"openat2": 1, "fstat|newfstatat|statx": 1, "close": 1},
    "denied": {},
    "stat-one": {"statx": 1},
    "stat-deep": {"openat2": 1, "statx|fstat|newfstatat": 1, "close": 1},
    "read-one": {"pread64|preadv|preadv2": 1},
    "read-four": {"preadv|preadv2": 1},
    "read-full": {"preadv|preadv2": 1},
    "write": {"pwritev|pwritev2": 1},
    "append": {"pwritev2|writev": 1},
    "filestat": {"fstat|newfstatat|statx": 1},
    "seek": {},
    "tell": {},
    "fdstat": {},
    "clock": {},
    # A listing has a description of its own, so that two of one directory do not share a position.
    "list": {"openat2": 2, "fstat|newfstatat|statx": 1, "lseek": 1, "getdents64": 4, "close": 2},
}


# A GET of a small file over HTTP/2. libcurl asks whether the connection lives (a look into it and a
# poll), sends, asks once more, and reads the head of a TLS record and its rest; then it waits. What is
# not of the request (the machine's addresses, once a second) is less than the slack.
FETCH = {"write": 1, "sendto": 1, "recvfrom": 3, "poll": 2, "ppoll": 1}
SLACK = 0.2


def make_tree(root):
    (root / "a/b").mkdir(parents=True)
    (root / "many").mkdir()
    for name in ("file", "a/b/file"):
        (root / name).write_bytes(b"x" * 65536)
    for number in range(ENTRIES):
        (root / f"many/n{number:05}").touch()


def traced(command, environment=None):
    """The system calls of a command, by name."""
    with tempfile.NamedTemporaryFile() as log:
        command = ["strace", "-f", "-qq", "-o", log.name, *command]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=environment)
        if done.returncode != 0:
            if "PTRACE" in done.stderr or "ptrace" in done.stderr:
                print("skipped: strace may not trace here")
                sys.exit(77)
            sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr}")
        names = re.findall(r"^\d+\s+(\w+)\(", log.read().decode(errors="replace"), re.M)
    return collections.Counter(names)


def system_calls(warrant, guest, root, operation, times):
    access = "write" if operation in WRITING else "read"
    return traced([warrant, "run", "--no-log", "--clock", "--denials=never", "--dir", f"{root}::/t:{access}", guest,
                   operation, str(times)])


def cost(*arguments):
    few, many = (system_calls(*arguments, times) for times in (FEW, MANY))
    # What happens once at most (a lazily grown table) is not the price of a call.
    each = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
    return {name: value for name, value in each.items() if abs(value) >= 0.05}


def differences(found, wanted, slack=0.0):
    rest, faults = dict(found), []
    for names, count in wanted.items():
        got = sum(rest.pop(name, 0) for name in names.split("|"))
        if got > count + slack:
            faults.append(f"{names}: {got:g}, the gate is {count}")
    return faults + [f"{name}: {value:g}, the gate is 0" for name, value in rest.items() if value > slack]


def fetch_cost(warrant, guest, folder):
    """What one of many GETs costs, its records in the log."""
    site, origin = folder / "site", (folder / "site/origin").read_text().strip()
    (site / "www/small").write_bytes(os.urandom(270))
    bounds = {"requests": 1000, "total": "64MiB"}
    entry = {"origin": origin, "methods": ["GET"], "paths": ["/"], "private": ["127.0.0.1"], "ca": str(site / "ca.pem"), **bounds}
    grant = folder / "grant.json"
    grant.write_text(json.dumps({"version": 1, "clock": {"monotonic": True}, "netfetch": bounds, "fetch": [entry]}))
    kept = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache", "XDG_STATE_HOME": f"{folder}/state"}

    # On one processor no answer is waited for awake, whose looks nobody can foretell.
    processor = str(min(os.sched_getaffinity(0)))

    def run(times):
        return traced(["taskset", "-c", processor, warrant, "run", "--grant", str(grant), guest, "warm",
                       f"{origin}/small", str(times)], kept)

    run(1)  # compiles
    few, many = run(FEW), run(MANY)
    each = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
    return {name: value for name, value in each.items() if abs(value) >= 0.05}


def fetches_too_dearly(warrant, guest):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(os.path.realpath(folder))
        site = [str(ROOT / "tools/tls_site")]
        subprocess.run([*site, folder / "site"], check=True)
        try:
            found = fetch_cost(warrant, guest, folder)
        finally:
            subprocess.run([*site, "--stop", folder / "site"], check=True)
    faults = differences(found, FETCH, SLACK)
    print(f"{'warm fetch':12} {found}", *faults, sep="\n    " if faults else "  ")
    return bool(faults) or not found


def too_many(warrant, hello):
    """A hello whose code is kept already: the whole process against the recorded ceiling."""
    ceiling = json.loads(COUNTS.read_text())["hello_cache_hot"]["system_calls"]
    with tempfile.TemporaryDirectory() as home:
        home = os.path.realpath(home)
        kept = {**os.environ, "XDG_CACHE_HOME": f"{home}/cache", "XDG_STATE_HOME": f"{home}/state"}
        traced([warrant, "run", hello], kept)  # compiles
        found = traced([warrant, "run", hello], kept)
    count = sum(found.values())
    print(f"{'hello':12} {count} system calls, the ceiling is {ceiling}")
    if count > ceiling:
        print(f"    {dict(found)}")
    return count > ceiling


def main():
    warrant, guest, hello, fetching = sys.argv[1:5]
    failed = too_many(warrant, hello)
    failed |= fetches_too_dearly(warrant, fetching)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        make_tree(root)
        system_calls(warrant, guest, root, "seek", 1)  # compiles, so that no counted run does
        for operation, wanted in COSTS.items():
            found = cost(warrant, guest, root, operation)
            faults = differences(found, wanted)
            failed |= bool(faults)
            print(f"{operation:12} {found or 'no system call'}", *faults, sep="\n    " if faults else "  ")
    sys.exit(failed)


if __name__ == "__main__":
    main()
