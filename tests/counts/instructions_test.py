#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""instructions_test.py FETCH_NATIVE: the instructions of our own that a GET over a kept connection takes,
its records included, are no more than bench/counts.json says.

Callgrind counts 50 and 150 requests, whose answers are slept for; the difference, divided by 100, is what
one costs. Left out are libcurl, OpenSSL and the C library, and SHA-256, which a real processor has
instructions for and this one has not. Exit 77, a visible skip, where valgrind or the server cannot be had.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COUNTS = ROOT / "bench/counts.json"
FEW, MANY = 50, 150
DIGESTS = re.compile(r"SHA256|crypto_hash_|crypto_auth_|sodium_")


def counted(folder, program, *words):
    """Instructions of each function of the program itself."""
    out = folder / "callgrind.out"
    subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, *words], check=True, capture_output=True)
    text = subprocess.run(["callgrind_annotate", "--threshold=100", "--auto=no", "--show-percs=no", out], check=True,
                          capture_output=True, text=True).stdout
    # "1,234  file:function [object]"; a function of an inlined kind may have several lines.
    return [(match[2], int(match[1].replace(",", "")))
            for match in re.finditer(r"^\s*([\d,]+)\s+(\S.*) \[[^\]]*/" + re.escape(program.name) + r"\]$", text, re.M)]


def own(rows):
    return sum(count for name, count in rows if not DIGESTS.search(name))


def needs_valgrind():
    if shutil.which("valgrind") is None:
        print("skipped: there is no valgrind")
        sys.exit(77)


def hold(label, key, few, many, counts):
    """Ends with what one of `many` - `few` costs, by the rows of both, against the ceiling of `key`."""
    ceiling = json.loads(COUNTS.read_text())[key]["own_instructions"]
    each = (own(counts[1]) - own(counts[0])) / (many - few)
    print(f"{label:<12} {each:.0f} instructions of our own, the ceiling is {ceiling}")
    # Less than a tenth of what is known: it did not count what it says.
    sys.exit(not ceiling / 10 < each <= ceiling)


def main():
    program = pathlib.Path(sys.argv[1])
    needs_valgrind()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        site = folder / "site"
        subprocess.run([ROOT / "tools/tls_site", site], check=True)
        try:
            (site / "www/small").write_bytes(b"x" * 270)
            origin = (site / "origin").read_text().strip()
            counts = [counted(folder, program, "asleep", origin, site / "ca.pem", "/small", str(times))
                      for times in (FEW, MANY)]
        finally:
            subprocess.run([ROOT / "tools/tls_site", "--stop", site], check=True)
    hold("warm fetch", "fetch_warm", FEW, MANY, counts)


if __name__ == "__main__":
    main()
