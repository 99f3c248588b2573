#!/usr/bin/env python3
"""docs/guides/messages.md as somebody follows it with the demo shop: its commands are run against
the real processes, and what comes is compared with what the page prints."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import guide  # noqa: E402
from company import CAMPAIGN, CUSTOMER, Company, wait  # noqa: E402
from mail_server import MailServer  # noqa: E402
from process import BIN  # noqa: E402
from regulars import Regulars  # noqa: E402

GUIDE = guide.GUIDES / "messages.md"
FEWEST_STEPS = 10  # A page of which less is recognised is not tested.
DEMO_CUSTOMERS = 200
API_URL = "https://crm.shop.example/api"
REPEATED = "regularsctl (campaign get|message list|template preview) "


def full(address):
    """Some of the demo shop's people cannot be reached."""
    return "550 5.1.1 no such box" if re.search("[0-4]@mail1", address) else ""


class MessagesGuideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.mails = cls.enterClassContext(MailServer(full))
        cls.suite = cls.enterClassContext(Regulars(campaign_flags=[
            f"--smtp-server={cls.mails.address}", "--smtp-tls=none"]))
        cls.company = Company(cls.suite)
        cls.environment = guide.environment(cls.folder / "config")
        guide.sign_in(cls.suite, cls.folder, cls.folder / "config")
        subprocess.run([BIN / "regularsctl", "demo", "fill", "--customers", str(DEMO_CUSTOMERS)],
                       env=cls.environment, check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        cls.make_ada()

    @classmethod
    def make_ada(cls):
        """The customer of the page, with 37 points."""
        cls.ada = cls.company.call("POST", f"{CUSTOMER}/customers", {
            "givenName": "Ada", "emails": [{"address": "ada@example.com"}]})["name"]
        cls.company.place({
            "source": "shop", "receiptNumber": "5001", "orderTime": "2026-01-05T10:00:00Z",
            "currencyCode": "EUR", "customer": cls.ada, "lines": [{
                "item": "GAR-011", "quantityMicros": "2000000", "unitPriceMicros": "18500000"}]})

    def test_what_comes_is_what_the_page_prints(self):
        text = GUIDE.read_text(encoding="utf-8")
        todo = guide.steps(text.replace(API_URL, f"{self.suite.gateway_url}/api"))
        self.assertGreater(len(todo), FEWEST_STEPS)
        shell = guide.Shell(self.folder, self.environment)
        self.addCleanup(shell.close)
        shell.run(f"ADA={self.ada.removeprefix('customers/')} TOKEN={self.suite.admin_token}")
        guide.check(self, guide.Reader(shell, REPEATED), todo, self.company.follow_all)
        self.check_mails()
        self.check_again()

    def check_mails(self):
        wait(lambda: self.mails_to("ada@example.com"))
        for recipient, subject, begin in (
                ("me@shop.example", "Hello friend", "Dear friend,"),
                ("ada@example.com", "Order 536365", "Thank you for order 536365.")):
            [mail] = self.mails_to(recipient)
            self.assertEqual(mail.message["Subject"], subject)
            self.assertTrue(mail.part("plain").startswith(begin))
        of_campaign = [mail for mail in self.mails.mails
                       if mail.recipient.endswith("@mail1.example")]
        self.assertEqual(len(of_campaign), int(self.company.campaign("spring")["counts"]["sent"]))
        self.assertEqual({mail.message["List-Unsubscribe-Post"] for mail in of_campaign},
                         {"List-Unsubscribe=One-Click"})

    def mails_to(self, recipient):
        return [mail for mail in self.mails.mails if mail.recipient == recipient]

    def check_again(self):
        """Sent twice with the same key, it is one message."""
        for _ in range(2):
            self.company.call("POST", f"{CAMPAIGN}/messages:send", {
                "template": "templates/order-placed", "customer": self.ada,
                "key": "order-placed/536365", "variables": {"number": "536365"}})
        self.assertEqual(len(list(self.company.pages(
            f"{CAMPAIGN}/messages", "messages", {"customer": self.ada}))), 1)


if __name__ == "__main__":
    unittest.main()
