#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py WARRANT WAT2WASM GUESTS [SUITE[.Case[.test]]…]: the end-to-end tests, all or those named."""
import os
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import records  # noqa: E402
from support import tools  # noqa: E402


def main():
    tools.warrant, tools.wat2wasm = sys.argv[1:3]
    tools.guests = pathlib.Path(sys.argv[3]).resolve()
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="warrant-e2e-") as scratch:
        tools.scratch = pathlib.Path(scratch).resolve()
        names = sys.argv[4:] or sorted(path.name.removesuffix("_test.py") for path in HERE.glob("*_test.py"))
        # SUITE.Case.test -> the module SUITE_test
        names = [".".join([f"{first}_test", *rest]) for first, *rest in (name.split(".") for name in names)]
        suite = unittest.defaultTestLoader.loadTestsFromNames(names)
        result = unittest.TextTestRunner(verbosity=1).run(suite)
        count, faults = records.faults_of_log(tools.scratch / "home/.local/state/warrant/log")
        print(f"{count} records held against docs/formats", *faults[:20], sep="\n")
    return 0 if result.wasSuccessful() and result.testsRun > 0 and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
