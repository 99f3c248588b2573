#!/usr/bin/env python3
"""Runs the Python tests: every *_test.py under tests/ and examples/, each file in a process of its own.

usage: unittests.py --results FILE [--filter REGEX] [--slow]

Appends lines 'outcome <tab> name <tab> reason' to FILE. A test is slow when its class or its method
has an attribute `slow` that is true; slow ones run with --slow, which runs nothing else.
"""

import argparse
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("tests", "examples")
FILE_LIMIT_S = 25 * 60


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tests_of(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from tests_of(test)
        else:
            yield test


def is_slow(test):
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    return bool(getattr(method, "slow", False) or getattr(test, "slow", False))


class Recorder(unittest.TextTestResult):
    """A text result that also keeps (outcome, test id, reason), one for each test."""

    def __init__(self, *args):
        super().__init__(*args)
        self.records = {}

    def note(self, outcome, test, reason=""):
        # Of several outcomes (sub-tests, a failing tearDown) the worst counts.
        order = ("passed", "skipped", "failed")
        test_id = getattr(test, "test_case", test).id()
        known = self.records.get(test_id, ("passed", ""))
        if test_id not in self.records or order.index(outcome) > order.index(known[0]):
            self.records[test_id] = (outcome, reason)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.note("passed", test)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note("passed", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note("skipped", test, reason)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("failed", test)

    def addError(self, test, err):
        super().addError(test, err)
        self.note("failed", test)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note("failed", test, "passed, but was expected to fail")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("failed", test)


def run_file(path, pattern, slow):
    """Runs the tests of one file in this process; yields (outcome, name, reason)."""
    name = module_name(path)
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    suite = unittest.TestSuite(
        test for test in tests_of(unittest.defaultTestLoader.loadTestsFromModule(module))
        if is_slow(test) == slow and re.search(pattern, f"{name}.{short_id(test.id(), path)}"))
    if suite.countTestCases() == 0:
        return
    print(f"--- {name}", flush=True)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Recorder).run(suite)
    for test_id, (outcome, reason) in result.records.items():
        yield outcome, f"{name}.{short_id(test_id, path)}", reason


def short_id(test_id, path):
    return test_id.removeprefix(path.stem + ".")


def append(results, records):
    with open(results, "a", encoding="utf-8") as file:
        for record in records:
            file.write("\t".join(re.sub(r"\s+", " ", part) for part in record) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--results", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--only", type=pathlib.Path, help="one file, in this process")
    options = parser.parse_args()
    if options.only:
        append(options.results, run_file(options.only, options.filter, options.slow))
        return
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*_test.py")):
            command = [sys.executable, __file__, *sys.argv[1:], "--only", str(path)]
            try:
                status = subprocess.run(command, cwd=ROOT, timeout=FILE_LIMIT_S,
                                        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}).returncode
                reason = f"ended with status {status} before its tests were counted"
            except subprocess.TimeoutExpired:
                status, reason = 1, f"took over {FILE_LIMIT_S} s"
            if status != 0:
                append(options.results, [("failed", module_name(path), reason)])


if __name__ == "__main__":
    main()
