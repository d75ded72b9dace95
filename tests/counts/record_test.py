#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""record_test.py AUDIT_BENCH: the instructions of our own that a record of the log takes, from the host
call to its block, are no more than bench/counts.json says. The C library and the hash are left out.
Exit 77, a visible skip, where valgrind cannot be had."""
import json
import pathlib
import shutil
import sys
import tempfile

from instructions_test import COUNTS, counted, own

FEW, MANY = 5_000, 15_000


def main():
    program = pathlib.Path(sys.argv[1])
    if shutil.which("valgrind") is None:
        print("skipped: there is no valgrind")
        sys.exit(77)
    ceiling = json.loads(COUNTS.read_text())["record"]["own_instructions"]
    with tempfile.TemporaryDirectory() as name:
        few, many = (counted(pathlib.Path(name), program, str(times)) for times in (FEW, MANY))
    each = (own(many) - own(few)) / (MANY - FEW)
    print(f"record       {each:.0f} instructions of our own, the ceiling is {ceiling}")
    # Less than a tenth of what is known: it did not count what it says.
    sys.exit(not ceiling / 10 < each <= ceiling)


if __name__ == "__main__":
    main()
