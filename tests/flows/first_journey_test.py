#!/usr/bin/env python3
"""docs/guides/first-journey.md as a newcomer follows it: its commands are run against the real
processes with the demo shop, and what comes is compared with what the page prints. Figures that
depend on the day on which the shop was filled are the page's only where it says them twice."""

import contextlib
import os
import pathlib
import shlex
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import guide  # noqa: E402
import mail_server  # noqa: E402,F401 # Says what is missing where aiosmtpd is.
from company import Company, wait  # noqa: E402
from process import BIN, free_port  # noqa: E402
from regulars import Regulars  # noqa: E402

GUIDE = guide.GUIDES / "first-journey.md"
FEWEST_STEPS = 50  # A page of which less is recognised is not tested.
DEMO_CUSTOMERS = 2000
MAIL_ADDRESS = "127.0.0.1:2525"
# Those that only read, whatever else may still go on.
REPEATED = r"regularsctl (\w+ (get|list|check|statement|timeline|segments)|recommend) "
FIGURE = "|".join((
    r"(?<=Members: )\d\d+", r"(?<=Recipients:        )\d+", r"(?<=Sent:              )\d+",
    r"(?<=Skipped:           )\d+", r"(?<= EUR  )0\.\d+", r"[\d,]+(?= members and )",
    r"[\d,]+(?= postings were)", r"(?<=following  yes       )\d+",
    r"(?<=\n- )GAR-\d+"))  # Those that sell best.


class FirstJourneyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.mail_address = f"127.0.0.1:{free_port()}"
        cls.suite = cls.enterClassContext(Regulars(campaign_flags=[
            f"--smtp-server={cls.mail_address}", "--smtp-tls=none"]))
        # The page's folders, as `./dev build` and `./dev run` make them.
        (cls.folder / "build" / "release").mkdir(parents=True)
        (cls.folder / "build" / "release" / "bin").symlink_to(BIN)
        cls.run_folder = cls.folder / "build" / "run"
        cls.run_folder.symlink_to(cls.suite.folder)
        guide.sign_in(cls.suite, cls.folder, cls.run_folder / "config")
        subprocess.run([BIN / "regularsctl", "demo", "fill", "--customers", str(DEMO_CUSTOMERS)],
                       env=guide.environment(cls.run_folder / "config"), check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        text = GUIDE.read_text(encoding="utf-8")
        for printed, here in ((guide.GUIDE_URL, cls.suite.gateway_url),
                              (MAIL_ADDRESS, cls.mail_address)):
            text = text.replace(printed, here)
        (cls.serve_mail, _), (cls.serve, _), *cls.todo = guide.steps(text)

    def start_mail_server(self):
        server = subprocess.Popen(shlex.split(self.serve_mail), cwd=self.folder)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        host, port = self.mail_address.split(":")

        def answers():
            with contextlib.suppress(OSError), socket.create_connection((host, int(port))):
                return True
            return False
        wait(answers)

    def test_what_comes_is_what_the_page_prints(self):
        self.assertEqual(self.serve, f"REGULARS_SMTP_SERVER={self.mail_address} "
                                     "REGULARS_SMTP_TLS=none ./dev run")
        self.assertGreater(len(self.todo), FEWEST_STEPS)
        self.start_mail_server()
        shell = guide.Shell(self.folder, guide.environment(self.folder / "none"))
        self.addCleanup(shell.close)
        # Somebody who reads is slower than what follows by itself.
        guide.check(self, guide.Reader(shell, REPEATED, FIGURE), self.todo,
                    Company(self.suite).follow_all)
        counts = self.suite.ok("GET", "/api/campaign/v1/campaigns/spring")["counts"]
        self.assertEqual(int(counts["recipients"]), int(counts["sent"]) + int(counts["skipped"]))


if __name__ == "__main__":
    unittest.main()
