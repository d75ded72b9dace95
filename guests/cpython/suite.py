# SPDX-License-Identifier: Apache-2.0
"""suite.py MODULE [EXCLUDED…]: inside the guest, one module of CPython's own tests, without those named.

The last line of standard output is a document: how many ran, were skipped by the suite itself (with
its reasons) and failed, and which exclusions named no test.
"""
import json
import sys
import unittest


def each(suite):
    for part in suite:
        yield from each(part) if isinstance(part, unittest.TestSuite) else (part,)


def name_of(test):
    return test.id().removeprefix("test.")


def without(suite, excluded):
    """In its own groups still, so that the fixtures of classes and modules hold."""
    return type(suite)(without(part, excluded) if isinstance(part, unittest.TestSuite) else part for part in suite
                       if isinstance(part, unittest.TestSuite) or name_of(part) not in excluded)


def main():
    module, *excluded = sys.argv[1:]
    loaded = unittest.defaultTestLoader.loadTestsFromName(f"test.{module}")
    names = {name_of(test) for test in each(loaded)}
    result = unittest.TextTestRunner(stream=sys.stderr).run(without(loaded, excluded))
    reasons = {}
    for _, why in result.skipped:
        reasons[why] = reasons.get(why, 0) + 1
    bad = [test for test, _ in result.failures + result.errors] + result.unexpectedSuccesses
    print()
    print(json.dumps({"ran": result.testsRun, "skipped": reasons, "failed": [test.id() for test in bad],
                      "unknown": [name for name in excluded if name not in names]}))


if __name__ == "__main__":
    main()
