# SPDX-License-Identifier: Apache-2.0
"""What the released program is made of, read from lock files and from the system's packages."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "warrant/engine/shim/Cargo.lock", ROOT / "warrant/codec/sha2/Cargo.lock"]
LIST = ROOT / "tools/crates.tsv"
ADVISORIES = ROOT / "tools/advisories.tsv"
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"
# Debian packages whose code is in the program, or is loaded by it.
DEBIAN = {"libsodium-dev": "linked", "libtomlplusplus-dev": "header", "libc6-dev": "linked", "libc6": "loaded on demand", "libcurl4": "loaded on demand",
          "libc-ares2": "loaded on demand", "zlib1g": "loaded on demand", "libstdc++6": "linked"}
# What an "AND" or "OR" of these may name; with OR one of them is enough.
LICENCES = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "Unlicense",
            "Unicode-3.0", "ISC"}


def crates():
    """(name, version, checksum) of each crate that comes from a registry; a source of another kind is an error."""
    found = set()
    for block in "".join(lock.read_text() for lock in LOCKS).split("[[package]]")[1:]:
        field = dict(re.findall(r'^(\w+) = "(.*)"$', block, re.M))
        if "source" not in field:
            continue  # ours
        if field["source"] != REGISTRY or not re.fullmatch(r"[0-9a-f]{64}", field.get("checksum", "")):
            raise SystemExit(f"{field['name']} {field['version']}: {field['source']} without a checksum of crates.io")
        found.add((field["name"], field["version"], field["checksum"]))
    return sorted(found)


def listed():
    """{(name, version): (licence, day)}"""
    rows = [line.split("\t") for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {(name, version): (licence, day) for name, version, licence, day in rows}


def advisories():
    """(number, crate, versions in which it is repaired, day) of each row."""
    rows = [line.split("\t") for line in ADVISORIES.read_text().splitlines() if line and not line.startswith("#")]
    return [(number, crate, repaired, day) for number, crate, repaired, day in rows]


def repairs(requirement, version):
    """Whether a version is one of ">= 1.2.3, < 2.0.0 | >= 2.0.1"."""
    def numbers(text):
        return tuple(int(part) for part in re.split(r"[-+]", text)[0].split("."))

    def holds(bound):
        found = re.fullmatch(r"(>=|<) ([0-9]+\.[0-9]+\.[0-9]+)", bound.strip())
        if found is None:
            raise ValueError(f"no bound of versions: {bound!r}")
        return (numbers(version) >= numbers(found[2])) == (found[1] == ">=")

    return any(all(holds(bound) for bound in part.split(",")) for part in requirement.split("|"))


def permitted(expression):
    """Whether a licence expression can be met by LICENCES."""
    text = expression.replace("(", " ( ").replace(")", " ) ").replace(" WITH ", "~")
    tokens = text.split()
    position = 0

    def term():
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "(":
            value = either()
            position += 1
            return value
        return token.replace("~", " WITH ") in LICENCES

    def both():
        nonlocal position
        value = term()
        while position < len(tokens) and tokens[position] == "AND":
            position += 1
            value = term() and value
        return value

    def either():
        nonlocal position
        value = both()
        while position < len(tokens) and tokens[position] == "OR":
            position += 1
            value = both() or value
        return value

    return bool(tokens) and either()


def debian():
    """(package, version, how) of those that are installed here."""
    found = []
    for package, how in DEBIAN.items():
        done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout:
            found.append((package, done.stdout, how))
    return found
