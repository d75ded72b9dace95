#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_docs.py ROOT BIN [GUEST…]: the examples of README.md, docs/*.md and docs/guide do what they say.

A fenced block preceded by the comment <!-- run --> is run by bash, with BIN first in PATH, in one
scratch folder a page that holds the GUEST files (or those of a GUEST folder); a block preceded by <!-- output --> is what the last run printed (both
streams, "..." for any text within a line, a line of "..." for any lines). <!-- run: 126 --> expects
that exit code, <!-- file: NAME --> writes the block to NAME first. Every ```sh block carries one of
these comments or <!-- not run: REASON -->.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\w*)[ \t]*\n(.*?)^```[ \t]*$", re.M | re.S)
MARK = re.compile(r"<!--\s*(not run|run|output|file)(?::\s*(.*?))?\s*-->\s*\Z")


def blocks(text):
    """(line, language, kind, argument, body) of each fenced block."""
    for match in FENCE.finditer(text):
        mark = MARK.search(text[: match.start()])
        yield (text.count("\n", 0, match.start()) + 1, match.group(1),
               mark.group(1) if mark else None, mark.group(2) if mark else None, match.group(2))


def matches(wanted, found):
    pattern = ""
    for line in wanted.rstrip("\n").split("\n"):
        pattern += r"(?:[^\n]*\n)*" if line.strip() == "..." else (
            r"[^\n]*".join(re.escape(part.rstrip() if not i else part) for i, part in enumerate(line.split("..."))) + r"\s*?\n")
    return re.fullmatch(pattern, found if found.endswith("\n") else found + "\n") is not None


def run(body, scratch, bin_dir):
    environment = {"PATH": f"{bin_dir}:/usr/bin:/bin", "HOME": scratch, "LANG": "C.UTF-8", "NO_COLOR": "1"}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            environment[name] = os.environ[name]
    # Pages about building: where the checkout is, and the caches that its scripts share.
    environment["WARRANT_SOURCE"] = str(pathlib.Path(__file__).resolve().parent.parent)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.environ.get("HOME", scratch), ".cache")
    environment["WARRANT_BUILD_CACHE"] = os.environ.get("WARRANT_BUILD_CACHE") or os.path.join(home, "warrant-build")
    environment["PATH"] += ":/usr/local/go/bin"
    done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", body], cwd=scratch, env=environment,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    return done.returncode, done.stdout.decode(errors="replace")


def guests_into(scratch, guests):
    for place in map(pathlib.Path, guests):
        for file in sorted(place.glob("*.wasm")) if place.is_dir() else [place]:
            shutil.copyfile(file, pathlib.Path(scratch, file.name))


def check_page(name, text, bin_dir, guests):
    problems, printed = [], None
    with tempfile.TemporaryDirectory() as scratch:
        guests_into(scratch, guests)
        for line, language, kind, argument, body in blocks(text):
            where = f"{name}:{line}"
            if kind is None and language == "sh":
                problems.append(f"{where}: an sh block says <!-- run --> or <!-- not run: REASON -->")
            elif kind == "not run" and not argument:
                problems.append(f"{where}: not run, and no reason")
            elif kind == "file":
                target = pathlib.Path(scratch, argument or "unnamed")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(body)
            elif kind == "run" and bin_dir is not None:
                code, printed = run(body, scratch, bin_dir)
                if code != int(argument or 0):
                    problems.append(f"{where}: exit code {code}, not {argument or 0}:\n{printed}")
            elif kind == "output" and bin_dir is not None:
                if printed is None:
                    problems.append(f"{where}: output of nothing")
                elif not matches(body, printed):
                    problems.append(f"{where}: printed instead:\n{printed}")
    return problems


def check(root, bin_dir, guests=()):
    root, problems = pathlib.Path(root).resolve(), []
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md")), *sorted((root / "docs/guide").glob("**/*.md"))]:
        if page.exists():
            problems += check_page(page.relative_to(root), page.read_text(), bin_dir, guests)
    return problems


if __name__ == "__main__":
    found = check(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:])
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(len(found) > 0)
