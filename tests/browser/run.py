#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WARRANT GUESTS PAGE.wasm [CASE[.test]]…: guests in a page of Chromium, all tests or those named.

Exit 77, a visible skip, where no network namespace can be made or no Chromium is here; where CI=true
that is a failure.
"""
import os
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "rig")]

import webdriver  # noqa: E402
import world  # noqa: E402

SKIPPED = 77


def main():
    if not world.is_possible() or not webdriver.is_here():
        print("SKIPPED: no network namespace or no Chromium (tools/setup brings it); nothing of tests/browser was run")
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    authority = world.enter()
    from support import rig  # after enter: servers live inside
    with tempfile.TemporaryDirectory(prefix="warrant-browser-") as scratch:
        rig.start(authority, *map(pathlib.Path, sys.argv[1:4]), pathlib.Path(scratch))
        with rig.browser as browser:
            print(f"Chromium {browser.version}")
            names = [f"page_test.{name}" for name in sys.argv[4:]]
            suite = unittest.defaultTestLoader.loadTestsFromNames(names or ["page_test"])
            result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
