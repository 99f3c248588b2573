#!/usr/bin/env python3
"""Single messages while a campaign to thousands goes out slowly: they do not wait behind it, and it
loses nobody by them. They have as many connections of their own.
"""

import collections
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from company import CAMPAIGN, Company, wait  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

PEOPLE, SINGLES = 2_000, 10
CONNECTIONS = 8
# Either of them lets the campaign, by these, take most of a minute.
DELAY_S = 0.2
PER_SECOND, FAST = 40, 10_000
# Longer than it takes to ask for as many messages as there are connections.
LONG_DELAY_S = 1


class MailLanesTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        cls.mail_server = cls.enterClassContext(MailServer())
        cls.suite = cls.enterClassContext(Regulars(
            services=("customer", "campaign"),
            campaign_flags=[f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none",
                            f"--smtp-connections={CONNECTIONS}"]))
        cls.company = Company(cls.suite)
        cls.company.write_as()
        cls.names = cls.company.add_people([
            {"emails": [{"address": f"p{i}@mail.example"}], "tags": ["reader"]}
            for i in range(PEOPLE)])
        cls.company.say(cls.names, "STATE_GRANTED")
        cls.company.segment("readers", 'tags:"reader"')

    def received(self, subject):
        """How many mails of this subject each recipient got."""
        return collections.Counter(mail.recipient for mail in self.mail_server.mails
                                   if mail.message["Subject"] == subject)

    def order_template(self, template):
        self.company.template(template, purpose="PURPOSE_TRANSACTIONAL",
                              content={"subject": template, "text": "Thanks"})

    def send(self, template, names):
        for name in names:
            self.company.call("POST", f"{CAMPAIGN}/messages:send", {
                "template": f"templates/{template}", "customer": name})

    def check(self, campaign, end_of_slowness):
        """Single messages amid a campaign that is slow."""
        order = f"order-{campaign}"
        self.company.template(campaign, content={"subject": campaign, "text": "x"})
        self.order_template(order)
        self.company.start_campaign(campaign, campaign, audience={"segment": "segments/readers"})
        # All of it is written down before: by any other rule the single messages come last.
        wait(lambda: self.company.campaign(campaign).get("audienceComplete"))
        wait(lambda: self.received(campaign))
        self.send(order, self.names[:SINGLES])
        wait(lambda: len(self.received(order)) == SINGLES)
        self.assertLess(self.received(campaign).total(), PEOPLE // 2)
        self.assertEqual(self.company.campaign(campaign)["state"], "STATE_RUNNING")
        end_of_slowness()
        self.assertEqual(self.company.await_finished(campaign)["sent"], PEOPLE)
        for subject, people in ((campaign, PEOPLE), (order, SINGLES)):
            self.assertEqual(self.received(subject), collections.Counter(
                f"p{i}@mail.example" for i in range(people)))

    def test_a_slow_server(self):
        self.mail_server.set_delay(DELAY_S)
        self.check("slow", lambda: self.mail_server.set_delay(0))

    def test_a_slow_pace(self):
        self.company.write_as(maxPerSecond=PER_SECOND)
        self.check("paced", lambda: self.company.write_as(maxPerSecond=FAST))

    def test_single_messages_alone(self):
        self.order_template("alone")
        self.mail_server.set_delay(LONG_DELAY_S)
        self.send("alone", self.names[:2 * CONNECTIONS])
        wait(lambda: len(self.received("alone")) == 2 * CONNECTIONS)
        self.mail_server.set_delay(0)
        self.assertGreaterEqual(len({mail.connection for mail in self.mail_server.mails
                                     if mail.message["Subject"] == "alone"}), CONNECTIONS)


if __name__ == "__main__":
    unittest.main()
