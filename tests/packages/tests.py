"""All tests of packages and of files for CI. The last line is `N passed, N failed`."""

import sys
import unittest

import ci_files
import debian
import tarball
import wheel


class Result(unittest.TestResult):
    """One line a test, and what a failed one says."""

    passed = 0

    def addSuccess(self, test):
        self.passed += 1
        print(f"ok {test}", flush=True)

    def addError(self, test, problem):
        super().addError(test, problem)
        print(f"not ok {test}\n{self._exc_info_to_string(problem, test)}", flush=True)

    addFailure = addError


def main():
    load = unittest.defaultTestLoader.loadTestsFromModule
    result = Result()
    unittest.TestSuite(load(module) for module in (debian, wheel, tarball, ci_files)).run(result)
    failed = len(result.errors)
    print(f"{result.passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
