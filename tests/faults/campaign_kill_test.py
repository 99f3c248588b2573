#!/usr/bin/env python3
"""SIGKILL of campaign-svc at random moments of a campaign. Started again, it goes on: nobody gets
the campaign twice, and nobody is missing but those whose message says UNKNOWN: by the in-flight
policy at most two a connection and kill.

With REGULARS_FULL=1 more people and kills. REGULARS_SEED repeats a run that failed.
"""

import collections
import os
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flows"))

from mail_server import MailServer  # noqa: E402
from regulars import FULL, Regulars  # noqa: E402

API = "/api/campaign/v1"
SERVICES = ("customer", "campaign")
PEOPLE, KILLS = (5_000, 50) if FULL else (600, 4)
BATCH = 500
CONNECTIONS = 8
UNKNOWN_PER_KILL = 2 * CONNECTIONS
WAIT_LIMIT_S = 300
# Kills come this long after the process is ready, at most.
LATEST_KILL_S = 0.6


class CampaignKillTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail_server = cls.enterClassContext(MailServer())
        cls.suite = cls.enterClassContext(Regulars(services=SERVICES, campaign_flags=[
            f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none",
            f"--smtp-connections={CONNECTIONS}"]))
        seed = int(os.environ.get("REGULARS_SEED", random.SystemRandom().getrandbits(32)))
        cls.random = random.Random(seed)
        print(f"REGULARS_SEED={seed}")
        cls.suite.ok("PATCH", f"{API}/settings", {
            "publicUrl": "https://crm.shop.example",
            "email": {"fromAddress": "news@shop.example"}})
        cls.make_people()

    @classmethod
    def make_people(cls):
        for begin in range(0, PEOPLE, BATCH):
            many = range(begin, min(begin + BATCH, PEOPLE))
            results = cls.suite.ok("POST", "/api/customer/v1/customers:batchUpsert", {"upserts": [
                {"customer": {"emails": [{"address": f"p{i}@shop.example"}], "tags": ["reader"]}}
                for i in many]})["results"]
            cls.suite.ok("POST", "/api/customer/v1/consents:batchSet", {"consents": [
                {"customer": each["name"], "channel": "email", "topic": "newsletter",
                 "state": "STATE_GRANTED", "source": "checkout"} for each in results]})
        cls.suite.ok("POST", "/api/customer/v1/segments?segmentId=readers",
                     {"filter": 'tags:"reader"'})

    def campaign(self):
        return self.suite.ok("GET", f"{API}/campaigns/c")

    def test_kills(self):
        self.suite.ok("POST", f"{API}/templates?templateId=t",
                      {"content": {"subject": "x", "text": "x"}})
        self.suite.ok("POST", f"{API}/campaigns?campaignId=c", {
            "template": "templates/t", "audience": {"segment": "segments/readers"}})
        self.suite.ok("POST", f"{API}/campaigns/c:start", {})
        process = self.suite.campaign
        for _ in range(KILLS):
            time.sleep(self.random.uniform(0, LATEST_KILL_S))
            process.kill()
            process.start()
        deadline = time.monotonic() + WAIT_LIMIT_S
        while self.campaign()["state"] != "STATE_FINISHED":
            self.assertLess(time.monotonic(), deadline, self.campaign())
            time.sleep(0.1)
        self.check(self.campaign()["counts"])

    def check(self, counts):
        sent, unknown = (int(counts.get(key, 0)) for key in ("sent", "unknown"))
        self.assertEqual(int(counts["recipients"]), PEOPLE)
        self.assertEqual(sent + unknown, PEOPLE, counts)
        self.assertLessEqual(unknown, KILLS * UNKNOWN_PER_KILL)
        received = collections.Counter(mail.recipient for mail in self.mail_server.mails)
        self.assertEqual([each for each, count in received.items() if count > 1], [])
        # Who is marked as sent got it; who is unknown may have.
        self.assertGreaterEqual(len(received), sent)
        self.assertLessEqual(len(received), PEOPLE)


if __name__ == "__main__":
    unittest.main()
