#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WARRANT GUESTS [--rust] [CASE[.test]]…: the fetching imports, all tests or those named.

With --rust the guests are those that are written in Rust, which take the same words as those in C.
Exit 77, a visible skip, where no network namespace can be made; where CI=true that is a failure.
"""
import os
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "rig")]

import world  # noqa: E402

SKIPPED = 77  # a visible skip; where CI=true nothing is skipped


def main():
    if not world.is_possible():
        print("SKIPPED: no network namespace can be made here; nothing of tests/netfetch was run")
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    authority = world.enter()
    from support import rig  # after enter: servers live inside
    with tempfile.TemporaryDirectory(prefix="warrant-netfetch-") as scratch:
        rig.start(authority, pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(scratch))
        names = [word for word in sys.argv[3:] if word != "--rust"]
        rig.language = "_rust" if "--rust" in sys.argv else ""
        names = names or sorted(path.stem for path in HERE.glob("*_test.py"))
        names = [name if name.endswith("_test") or "." in name else f"{name}_test" for name in names]
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
