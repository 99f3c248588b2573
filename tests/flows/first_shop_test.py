#!/usr/bin/env python3
"""docs/guides/first-shop.md as a newcomer follows it: its commands are run against the real
processes, and what comes is compared with what the page prints, ids, times and etags aside."""

import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import guide  # noqa: E402
import real_shop  # noqa: E402
from process import ROOT  # noqa: E402
from regulars import RegularsTest  # noqa: E402

GUIDE = guide.GUIDES / "first-shop.md"
FEWEST_STEPS = 20  # A page of which less is recognised is not tested.
# The import before may not have ended yet.
REPEATED = r'curl -s "'


def todo(text):
    """The commands of the page that a test runs: starting, stopping and where the programs are is
    the harness's."""
    return [step for step in guide.steps(text) if not step[0].startswith(("./dev", "export"))]


class FirstShopTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        data = real_shop.read_lines()
        super().setUpClass()
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "online_retail.csv").write_bytes(data)
        (cls.folder / "examples").symlink_to(ROOT / "examples")

    def test_what_comes_is_what_the_page_prints(self):
        config = self.folder / "config"
        guide.sign_in(self.suite, self.folder, config)
        text = GUIDE.read_text(encoding="utf-8").replace(guide.GUIDE_URL, self.suite.gateway_url)
        self.assertGreater(len(todo(text)), FEWEST_STEPS)
        shell = guide.Shell(self.folder, guide.environment(config))
        self.addCleanup(shell.close)
        guide.check(self, guide.Reader(shell, REPEATED), todo(text))


if __name__ == "__main__":
    unittest.main()
