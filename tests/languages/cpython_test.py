#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cpython_test.py WARRANT TOOL [MODULE…]: CPython's own tests of files, paths, time and io by the command.

TOOL is tools/cpython_guest, which builds the guest or finds it built. What runs, and what does not and why, is
guests/cpython/tests.txt. Each module has a directory of its own to write in and nothing else.
"""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parents[2] / "guests/cpython"
LIMITS = ("--stack=8MiB", "--memory=512MiB", "--wall=5m", "--cpu=5m", "--inodes=100000", "--written=16GiB",
          "--file-bytes=16GiB")


def wanted_tests():
    """{module: (least, [excluded])} of the list; a line that is none of its forms is an error."""
    modules, last = {}, None
    for number, line in enumerate((HERE / "tests.txt").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if match := re.fullmatch(r"(test_\w+) (\d+)", line):
            last = match[1]
            modules[last] = (int(match[2]), [])
        elif match := re.fullmatch(r"    - (test_\w+)(\.\w+\.\w+)  \S.*", line):
            if match[1] != last:
                sys.exit(f"tests.txt:{number}: excluded from {last}")
            modules[last][1].append(match[1] + match[2])
        elif not re.fullmatch(r"x test_\w+  \S.*|      \S.*", line):
            sys.exit(f"tests.txt:{number}: neither a module nor an exclusion with its reason")
    return modules


def run(warrant, cpython, home, module, excluded):
    with tempfile.TemporaryDirectory(prefix="warrant-cpython-") as scratch:
        (pathlib.Path(scratch) / "run").mkdir()
        line = [warrant, "run", *LIMITS, "--basic", "--clock=wall,monotonic,cpu", "--denials=never",
                f"--dir={cpython}/lib::/python/lib", f"--dir={cpython}/tests::/tests", f"--dir={HERE}::/suite",
                f"--dir={scratch}::/scratch:write", "--cwd=/scratch/run", "--env=TMPDIR=/scratch",
                "--env=PYTHONHOME=/python", "--env=PYTHONPATH=/tests", f"{cpython}/python.wasm", "-B",
                "/suite/suite.py", module, *excluded]
        return subprocess.run(line, capture_output=True, stdin=subprocess.DEVNULL, timeout=400, check=False,
                              env={"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"})


def verdict(done, least):
    """The document of the guest, and what is wrong (nothing when it is as it should be)."""
    try:
        said = json.loads(done.stdout.decode().splitlines()[-1])
    except (IndexError, ValueError):
        return {"ran": 0, "skipped": {}}, f"exit {done.returncode} without a verdict"
    problems = [f"failed {name}" for name in said["failed"]] + [f"no such test {name}" for name in said["unknown"]]
    through = said["ran"] - sum(said["skipped"].values())
    if done.returncode != 0:
        problems.append(f"exit {done.returncode}")
    if through < least:
        problems.append(f"only {through} of {least} ran")
    return said, "; ".join(problems)


def main():
    warrant, tool = sys.argv[1:3]
    found = subprocess.run([tool], stdout=subprocess.PIPE, check=True, text=True).stdout
    cpython = dict(word.split("=", 1) for word in shlex.split(found))["WARRANT_CPYTHON"]
    modules = wanted_tests()
    bad = []
    print(f"{'module':30}{'ran':>6}{'skipped':>9}")
    with tempfile.TemporaryDirectory(prefix="warrant-home-") as home:
        for module in sys.argv[3:] or modules:
            least, excluded = modules[module]
            done = run(warrant, cpython, home, module, excluded)
            said, problem = verdict(done, least)
            print(f"{module:30}{said['ran']:6}{sum(said['skipped'].values()):9}  {problem}", flush=True)
            if problem:
                bad.append(module)
                print(done.stderr.decode(errors="replace")[-3000:])
    print("failed: " + " ".join(bad) if bad else "all passed")
    return 1 if bad or not modules else 0


if __name__ == "__main__":
    sys.exit(main())
