# SPDX-License-Identifier: Apache-2.0
"""Reading C++ sources for the gates: files of a tree, text without comments and literals, functions.

Works on lines and braces, not on a parse: good enough for sources in the house format, and the
compiler and clang-tidy stand behind it.
"""
import os
import pathlib
import re

SKIP = {".git", "build", "node_modules", "third_party", "__pycache__"}
CODE = (".h", ".cc", ".c")


def walk(root, suffixes=None):
    """Files below root in order, without what git ignores."""
    root = pathlib.Path(root)
    for folder, dirs, files in os.walk(root):
        dirs[:] = sorted(d for d in dirs if d not in SKIP and not d.startswith("cmake-build"))
        for name in sorted(files):
            path = pathlib.Path(folder) / name
            if path.is_symlink():
                continue
            if suffixes is None or path.suffix in suffixes:
                yield path


def is_test(path):
    """Whether a file beside the code belongs to its tests, benchmarks or fuzzers, not to the room."""
    return path.stem.endswith(("_test", "_bench", "_fuzz")) or path.stem.startswith("test_")


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\((?:.*?)\)(?P=d)"'
    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])*\'',
    re.S,
)


def blank(text, keep_strings=False):
    """text with comments (and literals) replaced by spaces; line numbers stay."""

    def spaces(match):
        found = match.group(0)
        if keep_strings and found[0] not in "/":
            return found
        return re.sub(r"[^\n]", " ", found)

    return TOKEN.sub(spaces, text)


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)


def includes(text):
    """(line, quote, path) of each include."""
    for match in INCLUDE.finditer(blank(text, keep_strings=True)):
        yield text.count("\n", 0, match.start()) + 1, match.group(1), match.group(2)


HOLDS = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
CONTROL = re.compile(r"^\s*(?:\}\s*)?(?:if|for|while|switch|else|do|catch|return)\b")


def functions(text):
    """(name, first line, last line) of each function definition outside other functions."""
    code = re.sub(r"^[ \t]*#(?:.*\\\n)*.*$", lambda m: re.sub(r"[^\n]", " ", m.group(0)), blank(text), flags=re.M)
    stack, head, start, resumed = [], 0, 0, None
    for at, char in enumerate(code):
        if char == "{":
            before = code[head:at]
            if "fn" in stack:
                stack.append("block")
            elif resumed is not None:
                stack.append("fn")
                start, resumed = resumed, None
            elif ")" in before and not re.search(r"=\s*$|^\s*=", before) and not CONTROL.match(before) and (
                not HOLDS.search(before.split("(")[0])
            ):
                stack.append("fn")
                start = head + len(before) - len(before.lstrip())
            else:
                stack.append("scope" if HOLDS.search(before) else "value")
            head = at + 1
        elif char == "}":
            kind = stack.pop() if stack else ""
            head = at + 1
            if kind == "fn":
                rest = code[at + 1 :].lstrip()[:1]
                if rest in (",", "{"):  # a braced member initialiser: the body is still to come
                    resumed = start
                else:
                    name = re.search(r"([~\w:]+|operator\W+)\s*\(", code[start:at])
                    yield name.group(1) if name else "?", code.count("\n", 0, start) + 1, code.count("\n", 0, at) + 1
        elif char == ";" and "fn" not in stack:
            head = at + 1
            resumed = None
