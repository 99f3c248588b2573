#!/usr/bin/env python3
"""Pins the rules of loyalty.py with tiny files whose points were worked out by hand."""

import os
import sys
import types
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import loyalty  # noqa: E402
import online_retail  # noqa: E402
from online_retail_test import csv_file, line  # noqa: E402

MORNING, NOON, EVENING = "2011-01-01 08:00", "2011-01-01 12:00", "2011-01-01 20:00"


def points(*lines, **rule):
    options = {"points": 1, "step_micros": 1_000_000, "charges": False, "minimum_micros": 0,
               "start": "", "end": ""} | rule
    with csv_file(lines) as path:
        return loyalty.compute(online_retail.read_lines(path), types.SimpleNamespace(**options))["balances"]


class LoyaltyTest(unittest.TestCase):
    def test_earning(self):
        bought = [line("1", "A", 3, MORNING, "1.50"), line("1", "X", 1, MORNING, "0.70"),
                  line("1", "POST", 1, MORNING, "10.00"), line("2", "A", 1, NOON, "1.90")]
        self.assertEqual(points(*bought), {"1": 6}, "5.20 and 1.90, each rounded down")
        self.assertEqual(points(*bought, charges=True), {"1": 16})
        self.assertEqual(points(*bought, minimum_micros=2_000_000), {"1": 5})
        self.assertEqual(points(*bought, points=3, step_micros=2_000_000), {"1": 9}, "7.8 and 2.85")

    def test_linked_returns(self):
        bought = line("1", "A", 3, MORNING, "3.50")
        self.assertEqual(points(bought, line("C2", "A", -1, NOON, "3.50")), {"1": 7}, "10 - floor(10 / 3)")
        self.assertEqual(points(bought, line("C2", "A", -1, NOON, "3.50"), line("C3", "A", -2, EVENING, "3.50")),
                         {"1": 0})
        self.assertEqual(points(bought, line("C2", "A", -1, NOON, "9.99")), {"1": 7}, "the sold line's price counts")

    def test_unlinked_returns(self):
        bought = line("1", "A", 1, MORNING, "3.50")
        self.assertEqual(points(bought, line("C2", "X", -2, NOON, "2.90")), {"1": -2}, "3 - floor(5.80)")
        self.assertEqual(points(bought, line("C2", "A", -3, NOON, "2.90")), {"1": -5}, "3 - 3 - floor(5.80)")
        self.assertEqual(points(bought, line("C2", "POST", -1, NOON, "9.00")), {"1": 3})

    def test_window(self):
        lines = [line("1", "A", 1, MORNING, "3.50"), line("C2", "X", -2, NOON, "2.90"),
                 line("C3", "A", -1, EVENING, "3.50")]
        noon, evening = "2011-01-01T12:00:00Z", "2011-01-01T20:00:00Z"
        self.assertEqual(points(*lines), {"1": -5}, "3 - 3 - floor(5.80)")
        self.assertEqual(points(*lines, end=noon), {"1": 0}, "the linked return takes what was earned")
        self.assertEqual(points(*lines, end=evening), {"1": -5})
        self.assertEqual(points(*lines, start=noon), {"1": -5}, "nothing earned, nothing taken back")
        self.assertEqual(points(*lines, start=evening), {"1": 0})

    def test_members(self):
        self.assertEqual(points(line("C1", "A", -1, MORNING)), {}, "who only returned")
        self.assertEqual(points(line("1", "A", 1, MORNING, customer="")), {}, "nobody")
        self.assertEqual(points(line("C1", "A", -1, MORNING, "2.00"), line("2", "A", 5, NOON)), {"1": 3},
                         "what was returned before the first order counts")


if __name__ == "__main__":
    unittest.main()
