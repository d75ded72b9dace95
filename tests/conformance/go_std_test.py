#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""go_std_test.py WARRANT [PACKAGE…]: Go's own tests of its standard library, as guests.

The packages and what is left out of them, each with its reason, are in go_std.txt. A package's tests
are compiled for wasip1 and run by the command with Go's sources to be read and a directory of their
own as everything else. A package passes when its tests do and at least one ran that was not left out.
Prints one line a package; exit 1 when one fails. Nothing of Go is stored here.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

ZONES = pathlib.Path("/usr/share/zoneinfo")  # of tzdata
# Compares zones of tzdata and fails natively with them too.
OF_TZDATA = {"time": ["TestLoadLocationFromTZData"]}
LIST = pathlib.Path(__file__).with_name("go_std.txt")
# What Go wants of any machine: deep stacks, much memory, many files and 40 MiB of random bytes.
LIMITS = ("--stack=8MiB", "--memory=2GiB", "--wall=5m", "--cpu=5m", "--written=1GiB", "--file-bytes=1GiB",
          "--inodes=100000", "--open-files=4096", "--limit-random=64MiB")
ETC = {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "hosts": "127.0.0.1 localhost\n"}


def packages():
    """Package -> names of tests that are left out."""
    found = {}
    for line in LIST.read_text().splitlines():
        words, _, reason = line.partition("#")
        words = words.split()
        if not words:
            continue
        if len(words) > 1 and not reason.strip():
            sys.exit(f"{LIST.name}: {words[0]}: what is left out needs a reason")
        found.setdefault(words[0], []).extend(words[1:])
    return found


def go(*words, root=None, **more):
    cache = os.environ.get("WARRANT_BUILD_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "warrant-build")
    environment = dict(os.environ, GOOS="wasip1", GOARCH="wasm", CGO_ENABLED="0", GOENV="off", GOFLAGS="",
                       GOPROXY="off", GOTOOLCHAIN="local", GOWORK="off", GOCACHE=f"{cache}/go/build",
                       GOPATH=f"{cache}/go/path", **({"GOROOT": str(root)} if root else {}))
    return subprocess.run(["go", *words], env=environment, capture_output=True, text=True, check=False, **more)


def whole_root(place):
    """GOROOT as Go itself gives it out. Distributions keep its sources elsewhere and link to them,
    which is a way out of a granted directory, and leave out texts that tests list and the time zones."""
    root = pathlib.Path(go("env", "GOROOT").stdout.strip())
    if not (root / "src").is_symlink():
        return root
    whole = place / "go"
    subprocess.run(["cp", "-rL", root, whole], check=True)
    for name in ("LICENSE", "CONTRIBUTING.md"):
        if not (whole / name).exists():
            (whole / name).write_text("left out by the distribution\n")
    zones = whole / "lib/time/zoneinfo.zip"
    if not zones.exists():
        zones.parent.mkdir(parents=True)
        with zipfile.ZipFile(zones, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(path for path in ZONES.rglob("*") if path.is_file()):
                archive.write(path, path.relative_to(ZONES))
    return whole


def run_package(warrant, root, mode, scratch, package, left_out):
    module = scratch / "test.wasm"
    built = go("test", "-c", "-trimpath=false", "-ldflags=-s -w", "-o", str(module), package, root=root, cwd=root / "src")
    if built.returncode != 0:
        return f"does not compile: {built.stderr[-500:]}"
    tree = scratch / "tree"
    for name in ("tmp", "etc"):
        (tree / name).mkdir(parents=True)
    for name, text in ETC.items():
        (tree / "etc" / name).write_text(text)
    (scratch / "home").mkdir()
    skip = [f"-test.skip=^({'|'.join(left_out)})$"] if left_out else []
    done = subprocess.run(
        [warrant, "run", "--basic", *LIMITS, f"--dir={tree}::/:write", f"--dir={root}::{root}:{mode}",
         f"--env=PWD={root}/src/{package}", f"--env=GOROOT={root}", "--denials=never", str(module),
         "-test.short", "-test.v", *skip],
        env={"PATH": "/usr/bin:/bin", "HOME": str(scratch / "home")}, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=600, check=False)
    out = done.stdout.decode(errors="replace")
    passed = len(re.findall(r"^--- PASS", out, re.MULTILINE))
    if done.returncode != 0 or passed == 0:
        failed = re.findall(r"^ *--- FAIL.*", out, re.MULTILINE)
        return "\n  ".join([f"exit {done.returncode}, {passed} passed", *failed[:10],
                            done.stderr.decode(errors="replace")[-1500:] if not failed else ""])
    print(f"ok   {package}: {passed} passed, {len(left_out)} left out", flush=True)
    return ""


def main():
    warrant = os.path.abspath(sys.argv[1])
    known = packages()
    wanted = sys.argv[2:] or list(known)
    failures = 0
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place).resolve()
        root = whole_root(place)
        ours = root.is_relative_to(place)
        for package in wanted:
            left_out = known[package] + (OF_TZDATA.get(package, []) if ours else [])
            with tempfile.TemporaryDirectory() as scratch:
                problem = run_package(warrant, root, "write" if ours else "read", pathlib.Path(scratch).resolve(),
                                      package, left_out)
            if problem:
                failures += 1
                print(f"FAIL {package}: {problem}", flush=True)
    print(f"go_std: {len(wanted) - failures} of {len(wanted)} packages pass")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
