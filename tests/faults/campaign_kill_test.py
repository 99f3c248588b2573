#!/usr/bin/env python3
"""SIGKILL of campaign-svc at random moments of a campaign that is going out. Started again, it goes
on: nobody gets the campaign twice, everybody whose message says SENT has got it, and nobody is
missing but those whose message says UNKNOWN: by the in-flight policy at most two a connection and
kill.

The mail server takes its time before it takes a mail, and again before it says so, so that kills
find mails on either side. With REGULARS_FULL=1 more people and kills. REGULARS_SEED repeats a run
that failed.
"""

import collections
import os
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flows"))

from company import Company, wait  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import FULL, Regulars, RegularsTest  # noqa: E402

PEOPLE, KILLS = (5_000, 50) if FULL else (600, 4)
CONNECTIONS = 8
UNKNOWN_PER_KILL = 2 * CONNECTIONS
# Each of the two delays of a mail. By them all kills find a campaign that is far from its end: it
# goes out at 20 mails a second.
DELAY_S = 0.2
# Kills come this long after the process is ready, at most; every second one this long after a mail
# was taken, so that it is in doubt.
LATEST_KILL_S, LATEST_KILL_AMID_S = 0.6, DELAY_S / 2


class CampaignKillTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        cls.mail_server = cls.enterClassContext(MailServer())
        cls.suite = cls.enterClassContext(Regulars(
            services=("customer", "campaign"),
            campaign_flags=[f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none",
                            f"--smtp-connections={CONNECTIONS}"]))
        seed = int(os.environ.get("REGULARS_SEED", random.SystemRandom().getrandbits(32)))
        cls.random = random.Random(seed)
        print(f"REGULARS_SEED={seed}")
        cls.company = Company(cls.suite, patient=True)
        cls.company.write_as()
        cls.names = cls.company.add_people([
            {"emails": [{"address": f"p{number}@shop.example"}], "tags": ["reader"]}
            for number in range(PEOPLE)])
        cls.company.say(cls.names, "STATE_GRANTED")
        cls.company.segment("readers", 'tags:"reader"')

    def test_kills(self):
        self.company.template("t", content={"subject": "x", "text": "x"})
        self.mail_server.set_delay(DELAY_S, DELAY_S)
        self.company.start_campaign("c", "t", audience={"segment": "segments/readers"})
        for number in range(KILLS):
            self.kill(amid_mail=number % 2)
        self.mail_server.set_delay(0)
        self.check(self.company.await_finished("c"))

    def kill(self, amid_mail):
        if amid_mail:
            before = len(self.mail_server.mails)
            wait(lambda: len(self.mail_server.mails) > before)
        time.sleep(self.random.uniform(0, LATEST_KILL_AMID_S if amid_mail else LATEST_KILL_S))
        self.suite.campaign.kill()
        self.suite.campaign.start()
        # So it did when it was killed.
        campaign = self.company.campaign("c")
        self.assertEqual(campaign["state"], "STATE_RUNNING", campaign)

    def check(self, counts):
        people = collections.defaultdict(set)
        for name, message in self.company.messages("c").items():
            people[message["state"]].add(f"p{self.names.index(name)}@shop.example")
        sent, unknown = people["STATE_SENT"], people["STATE_UNKNOWN"]
        received = collections.Counter(mail.recipient for mail in self.mail_server.mails)
        print(f"{len(unknown)} unknown, of whom {len(unknown & received.keys())} got it")
        self.assertEqual([each for each, count in received.items() if count > 1], [])
        self.assertEqual(sent - received.keys(), set(), "marked as sent, and missing")
        self.assertEqual(received.keys() - sent - unknown, set(), "written to, and not marked so")
        self.assertEqual(len(sent | unknown), PEOPLE, {each: len(those) for each, those in
                                                       people.items()})
        self.assertEqual((counts["recipients"], counts["sent"], counts["unknown"]),
                         (PEOPLE, len(sent), len(unknown)))
        self.assertLessEqual(len(unknown), KILLS * UNKNOWN_PER_KILL)
        self.assertTrue(unknown & received.keys(), "no kill found a mail that was taken")


if __name__ == "__main__":
    unittest.main()
