#!/usr/bin/env python3
"""The first session of README.md as a newcomer types it after `./dev run`: its commands are run
against the real processes with the demo shop, and what comes is compared with what the page
prints. Figures that depend on the day on which the shop was filled are told apart by their place."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import guide  # noqa: E402
from company import Company  # noqa: E402
from process import BIN, ROOT  # noqa: E402
from regulars import Regulars  # noqa: E402

STEPS = 6  # A page of which less is recognised is not tested.
CTL = "./dev ctl "  # Is regularsctl, signed in at what `./dev run` started.
REPEATED = r"regularsctl (customer search|segment list|recommend) "
# Members of segments, and what is bought together.
FIGURE = "|".join((r"(?<=ready {6})\d+", r"(?<=\n)GAR-\d+(?= +0)", r"0\.\d+(?=  Often)",
                   r"[\d,.]+(?= EUR)"))


class ReadmeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.suite = cls.enterClassContext(Regulars())
        cls.environment = guide.environment(cls.folder / "config")
        guide.sign_in(cls.suite, cls.folder, cls.folder / "config")
        # As `./dev run` fills it.
        cls.filled = subprocess.run(
            [BIN / "regularsctl", "demo", "fill", "--customers", "2000"], env=cls.environment,
            check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout

    def test_the_shop_is_the_one_shown(self):
        shown = ROOT.joinpath("README.md").read_text(encoding="utf-8")
        first = self.filled.splitlines()[0]
        self.assertIn(f"    {first}\n", shown)
        self.assertEqual([line.split(":")[0] for line in self.filled.splitlines()[:5]],
                         ["Customers", "Orders", "Events", "Consents", "Lines"])

    def test_what_comes_is_what_the_page_prints(self):
        text = ROOT.joinpath("README.md").read_text(encoding="utf-8")
        text = text.replace(guide.GUIDE_URL, self.suite.gateway_url).replace(CTL, "regularsctl ")
        todo = guide.steps(text)
        self.assertEqual(len(todo), STEPS)
        shell = guide.Shell(self.folder, self.environment)
        self.addCleanup(shell.close)
        guide.check(self, guide.Reader(shell, REPEATED, FIGURE), todo)
        company = Company(self.suite)
        [made] = company.pages("/api/customer/v1/customers", "customers",
                               {"filter": 'emails:"joerg@example.de"'})
        self.assertEqual(made["familyName"], "Müller")


if __name__ == "__main__":
    unittest.main()
