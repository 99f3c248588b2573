#!/usr/bin/env python3
"""Tests of the scripts that count tests: nothing that went wrong may be counted as passed."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import junit  # noqa: E402
import summary  # noqa: E402
import unittests  # noqa: E402

GTEST_SKIP_OUTPUT = "[ RUN      ] A.B\n/x/y_test.cc:6: Skipped\nno data\n\n[  SKIPPED ] A.B (0 ms)\n"


class JunitTest(unittest.TestCase):
    # Written by CTest 3.25 for tests of these kinds.
    ROWS = [
        ("passed", '<testcase name="n" status="run"/>', ("passed", "")),
        ("failed", '<testcase name="n" status="fail"><failure message="Timeout"/></testcase>',
         ("failed", "Timeout")),
        ("GTEST_SKIP", '<testcase name="n" status="notrun"><skipped message='
         f'"SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>{GTEST_SKIP_OUTPUT}</system-out></testcase>',
         ("skipped", "no data")),
        ("exit code", '<testcase name="n" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>'
         '</testcase>', ("skipped", "")),
        ("no program", '<testcase name="n" status="notrun"><skipped message="Unable to find '
         'executable"/></testcase>', ("failed", "Unable to find executable")),
        ("disabled", '<testcase name="n" status="disabled"/>', ("failed", "disabled")),
    ]

    def test_outcomes(self):
        for name, text, expected in self.ROWS:
            with self.subTest(name):
                self.assertEqual(junit.outcome_of(xml.etree.ElementTree.fromstring(text)), expected)


class SummaryTest(unittest.TestCase):
    MIXED = ["passed\ta\t\n", "skipped\tb\tno data\n", "passed\tc\t\n"]

    def last(self, lines, acceptance=False):
        text, status = summary.summarise(lines, acceptance)
        return text.splitlines()[-1], status

    def test_counts(self):
        self.assertEqual(self.last(self.MIXED), ("2 passed, 0 failed, 1 skipped", 0))

    def test_acceptance_fails_skips(self):
        self.assertEqual(self.last(self.MIXED, True), ("2 passed, 1 failed, 0 skipped", 1))

    def test_failure_is_named(self):
        text, status = summary.summarise(["passed\ta\t\n", "failed\tx.y\tTimeout\n"], False)
        self.assertEqual(status, 1)
        self.assertIn("failed: x.y (Timeout)", text)

    def test_nothing_run_is_a_failure(self):
        self.assertEqual(summary.summarise([], False),
                         ("no test matches\n0 passed, 0 failed, 0 skipped", 1))
        self.assertEqual(self.last(["skipped\ta\t\n"]), ("0 passed, 0 failed, 1 skipped", 1))


SAMPLE = '''
import unittest
class Quick(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.fail()
    def test_error(self): raise ValueError
    @unittest.skip("no tool")
    def test_skipped(self): pass
    def test_sub(self):
        for i in range(3):
            with self.subTest(i): self.assertNotEqual(i, 1)
    @unittest.expectedFailure
    def test_surprise(self): pass
    def test_long(self): pass
    test_long.slow = True
class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise ValueError
    def test_never(self): pass
class Slow(unittest.TestCase):
    slow = True
    def test_slow(self): pass
'''


class UnittestsTest(unittest.TestCase):
    def outcomes(self, text, *arguments):
        """Runs the sample in a process and returns {short name: outcome} and the exit status."""
        with tempfile.TemporaryDirectory(dir=unittests.ROOT / "build") as folder:
            path = pathlib.Path(folder) / "sample_test.py"
            path.write_text(text)
            results = pathlib.Path(folder) / "results"
            results.touch()
            status = subprocess.run(
                [sys.executable, unittests.__file__, "--results", results, "--only", path,
                 *arguments], capture_output=True).returncode
            lines = [line.split("\t") for line in results.read_text().splitlines()]
            return {name.split("sample_test.")[1]: outcome for outcome, name, _ in lines}, status

    def test_every_outcome(self):
        outcomes, status = self.outcomes(SAMPLE)
        self.assertEqual(status, 0)
        broken = [name for name in outcomes if name.startswith("setUpClass")]
        self.assertEqual([outcomes.pop(name) for name in broken], ["failed"])
        self.assertEqual(outcomes, {
            "Quick.test_good": "passed", "Quick.test_bad": "failed", "Quick.test_error": "failed",
            "Quick.test_skipped": "skipped", "Quick.test_sub": "failed",
            "Quick.test_surprise": "failed"})

    def test_slow_ones_run_alone(self):
        self.assertEqual(self.outcomes(SAMPLE, "--slow"),
                         ({"Quick.test_long": "passed", "Slow.test_slow": "passed"}, 0))

    def test_filter(self):
        self.assertEqual(self.outcomes(SAMPLE, "--filter", "test_(good|long)"),
                         ({"Quick.test_good": "passed"}, 0))

    def test_a_file_that_cannot_be_loaded_fails(self):
        self.assertNotEqual(self.outcomes("import no_such_module")[1], 0)


if __name__ == "__main__":
    unittest.main()
