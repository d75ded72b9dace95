#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WARRANT GUESTS [CASE[.test]]…: the fetching imports, all tests or those named."""
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "rig")]

import world  # noqa: E402


def main():
    if not world.is_possible():
        print("SKIPPED: no network namespace can be made here; nothing of tests/netfetch was run")
        return 0
    authority = world.enter()
    from support import rig  # after enter: servers live inside
    with tempfile.TemporaryDirectory(prefix="warrant-netfetch-") as scratch:
        rig.start(authority, pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(scratch))
        names = sys.argv[3:] or ["get_test", "requests_test", "keys_test"]
        names = [name if name.endswith("_test") or "." in name else f"{name}_test" for name in names]
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
