#!/usr/bin/env python3
"""Runs the example client against real processes, twice."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "tests" / "flows"))

from regulars import Regulars, RegularsTest  # noqa: E402


class ExampleTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Regulars(services=("customer", "loyalty")))

    def run_example(self, key):
        done = subprocess.run(
            [sys.executable, FOLDER / "regulars_example.py", "--url", self.suite.gateway_url,
             "--client-id", key[0]], env=os.environ | {"REGULARS_CLIENT_SECRET": key[1]},
            capture_output=True, text=True, timeout=60)
        return done.returncode, re.sub(r"/[0-9a-z]{26}", "/…", done.stdout), done.stderr

    def test_twice(self):
        key = self.suite.make_key(["customer.read", "customer.write", "loyalty.read"])
        status, output, errors = self.run_example(key)
        self.assertEqual((status, errors), (0, ""))
        lines = output.splitlines()
        self.assertEqual(lines[:7], [
            "customer 0: created customers/…", "customer 1: created customers/…", lines[2],
            *(f"order {i}: created orders/…" for i in range(4))])
        self.assertRegex(lines[2], "^customer 2: refused .*external id")
        # By hand: 2 x 12.50 and 24.99 earned 25 and 24 points, a point is worth 0.01.
        self.assertEqual(lines[7],
                         "a basket of 24.99 EUR earns 24 points; 49 could pay 0.49 EUR of it")
        # By hand: scored on 2 June 2025. Days since the last order: 1, 32, 31; order days: 2, 1, 1;
        # revenue: 49.99, 12.50, 19.80. A score is 1 + floor(5 * those who are worse / 3).
        self.assertEqual(lines[8:13], [
            "scores as of 2025-06-02, 3 customers", "  111: 1 with 12.50 EUR",
            "  212: 1 with 19.80 EUR", "  444: 1 with 49.99 EUR",
            "bought twice: Ada Byron, 49.99 EUR"])
        events = [line.split()[2] for line in lines[13:]]
        for kind, count in (("customer_created", 3), ("order_recorded", 4), ("rfm_computed", 1),
                            ("segment_updated", 1), ("segment_ready", 1)):
            self.assertEqual(events.count(f"regulars.customer.{kind}.v1"), count, output)
        for kind, count in (("member_enrolled", 3), ("points_posted", 4)):
            self.assertEqual(events.count(f"regulars.loyalty.{kind}.v1"), count, output)

        status, output, errors = self.run_example(key)
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(output.count("unchanged"), 6)
        self.assertNotIn("_created", output)
        self.assertNotIn("order_recorded", output)

    def test_what_it_says_when_refused(self):
        status, output, errors = self.run_example(self.suite.make_key(["customer.read"]))
        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, r"^refused: .*\(SCOPE_MISSING\)")
        status, output, errors = self.run_example(("nobody", "wrong"))
        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, r"^refused: .*\(invalid_client\)")


if __name__ == "__main__":
    unittest.main()
