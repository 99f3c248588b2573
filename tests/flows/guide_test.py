#!/usr/bin/env python3
"""How the tests of guides read a page, and what they let pass."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from guide import fits, steps  # noqa: E402

ID, OTHER_ID, THIRD_ID = (letter * 26 for letter in "abc")
FIGURE = r"(?<=Members: )\d+"


class StepsTest(unittest.TestCase):
    def test_commands_and_what_is_below_them(self):
        page = ("text\n\n    $ a \\\n        --b\n    1\n\n      2\n    $ c\n\nmore\n"
                "\n    $ d\n    3\n\nmore\n\n    no output\n")
        self.assertEqual(steps(page), [("a \\\n    --b", "1\n\n  2"), ("c", ""), ("d", "3")])

    def test_commands_of_several_lines(self):
        page = ("    $ cat > f <<'E'\n    $ no command\n\n    it's text\n    E\n    $ a '{\n"
                "      1}'\n    came\n")
        self.assertEqual(steps(page), [("cat > f <<'E'\n$ no command\n\nit's text\nE", ""),
                                       ("a '{\n  1}'", "came")])


class FitsTest(unittest.TestCase):
    def test_what_fits(self):
        for printed, came, fit in (
                ("a  b", "a  b", True), ("a  b", "a b", False),
                ("a…", "a b", True), ("a…c", "ab", False), ("a…c", "a\nb\n c", True),
                ("{…\n 'c':1}", "{'b':2,'c':1}", True),
                ('Etag: "1-a"', 'Etag: "2-b"', True),
                ("at 2026-11-27 10:00:00 UTC", "at 2030-01-01 00:00:00 UTC", True),
                ("at 2011-12-09 10:00:00 UTC", "at 2011-12-08 10:00:00 UTC", False),
                ("…at 2026-11-27 10:00:00 UTC", "at 2030-01-01 00:00:00 UTC", True),
                ("Members: 24", "Members: 7", True), ("Members: 24", "Members: x", False),
                ("Sent: 24", "Sent: 7", False)):
            with self.subTest(printed=printed, came=came):
                self.assertEqual(fits(printed, came, figure=FIGURE) is not None, fit)

    def test_names_stay_the_same(self):
        known = fits(f"ID: {ID}\n…", f"ID: {OTHER_ID}\nmore")
        self.assertEqual(known, {ID: OTHER_ID})
        self.assertEqual(fits(f"is {ID}", f"is {OTHER_ID}", known), known)
        self.assertIsNone(fits(f"is {ID}", f"is {THIRD_ID}", known))
        self.assertIsNone(fits(f"is {ID}", "is nobody"))
        self.assertEqual(fits("at customer:7.", "at customer:12.")["customer:7"], "customer:12")

    def test_figures_stay_the_same(self):
        known = fits("Members: 24", "Members: 30", figure=FIGURE)
        self.assertIsNotNone(fits("…\nMembers: 24", "Members: 30", known, FIGURE))
        self.assertIsNone(fits("…\nMembers: 24", "Members: 31", known, FIGURE))


if __name__ == "__main__":
    unittest.main()
