#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WARRANT DEMOS [CASE[.test]]…: the guests that fetch, all tests or those named.

Exit 77 where nothing can be tried: no network namespace, no compiler for guests; under CI both fail.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "rig"), str(HERE.parent / "netfetch")]

import world  # noqa: E402

# name: the tool that builds it, what from
GUESTS = {"crate": ("rust_guest", "crate"), "earlier-rust": ("rust_guest", "earlier"),
          "earlier-c": ("c_guest", "earlier.c")}


def skipped(why):
    print(f"SKIPPED: {why}; nothing of tests/fetch_guests was run")
    return 1 if os.environ.get("CI") else 77


def build(into):
    for name, (tool, source) in GUESTS.items():
        subprocess.run([ROOT / "tools" / tool, into / f"{name}.wasm", HERE / source], check=True, timeout=600)


def main():
    if not world.is_possible():
        return skipped("no network namespace can be made here")
    if world.MARK not in os.environ:
        place = tempfile.mkdtemp(prefix="warrant-guests-")
        try:
            build(pathlib.Path(place))
        except (OSError, subprocess.CalledProcessError) as fault:
            return skipped(f"no guest can be built here ({fault})")
        os.environ["WARRANT_TESTS_GUESTS"] = place  # the world is a program anew
    authority = world.enter()
    from support import rig  # after enter: servers live inside
    import guests
    guests.BUILT.extend([pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(os.environ["WARRANT_TESTS_GUESTS"])])
    with tempfile.TemporaryDirectory(prefix="warrant-fetch-") as scratch:
        rig.start(authority, pathlib.Path(sys.argv[1]), None, pathlib.Path(scratch))
        names = sys.argv[3:] or ["demos_test", "crate_test", "earlier_test"]
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
