#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""record_test.py AUDIT_BENCH: the instructions of our own that a record of the log takes, from the host
call to its block, are no more than bench/counts.json says. The C library and the hash are left out.
Exit 77, a visible skip, where valgrind cannot be had."""
import pathlib
import sys
import tempfile

from instructions_test import counted, hold, needs_valgrind

FEW, MANY = 5_000, 15_000


def main():
    program = pathlib.Path(sys.argv[1])
    needs_valgrind()
    with tempfile.TemporaryDirectory() as name:
        counts = [counted(pathlib.Path(name), program, str(times)) for times in (FEW, MANY)]
    hold("record", "record", FEW, MANY, counts)


if __name__ == "__main__":
    main()
