#!/usr/bin/env python3
"""How long it takes from an order to what follows of it, at 200 orders a second: points posted, the
recommendation changed, a segment entered, the message written down, and the mail received.

Everything is measured from the moment at which the order was sent, by the clock of this machine:
against the times in the feeds, that of the mail server, and for recommendations against reads that
wait for the order (Regulars-After). REGULARS_RATE sets another pace.
"""

import datetime
import http.client
import itertools
import json
import os
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from company import CUSTOMER, Company  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

RATE = int(os.environ.get("REGULARS_RATE", 200))
SECONDS = 20
ORDERS = RATE * SECONDS
WORKERS = 8
SAMPLE_PAUSE_S = 0.02
ITEMS = 200
LIMIT_S = 1


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class PaceTest(RegularsTest):
    slow = True

    @classmethod
    def setUpClass(cls):
        cls.mail_server = cls.enterClassContext(MailServer())
        cls.suite = cls.enterClassContext(Regulars(campaign_flags=[
            f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none"]))
        cls.company = Company(cls.suite)
        cls.company.segment("fresh", 'orders("7d").count >= 1 AND loyalty.balance >= 1')
        cls.company.write_as()
        cls.company.template("letter", content={
            "subject": "Thanks", "text": "{{loyalty.balance}}{{#recommendations}} {{item}}"
                                         "{{/recommendations}}"})
        cls.company.start_campaign("thanks", "letter", entry={"segment": "segments/fresh"})
        cls.names = cls.company.add_people([
            {"emails": [{"address": f"p{number}@mail.example"}]} for number in range(ORDERS)])
        cls.company.say(cls.names, "STATE_GRANTED")
        cls.company.follow_all()
        cls.sent = {}  # When the order of a customer was sent.
        cls.newest = None  # (when the newest known order was sent, its position)

    def test_pace(self):
        begin = time.time() + 0.2
        numbers = itertools.count()
        threads = [threading.Thread(target=self.send, args=(begin, numbers))
                   for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        recommended = self.sample(begin + SECONDS)
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.sent), ORDERS)
        self.mail_server.wait_for(ORDERS)
        self.company.follow_all()
        after = {
            "points posted": self.times("loyalty", "points_posted"),
            "segment entered": self.times("customer", "segment_entered"),
            "message sent": self.times("campaign", "message_sent"),
            "mail received": {self.names[int(mail.recipient[1:mail.recipient.index("@")])]:
                              mail.received for mail in self.mail_server.mails}}
        delays = {what: [moment - self.sent[name] for name, moment in moments.items()]
                  for what, moments in after.items()} | {"recommendation changed": recommended}
        took_s = max(self.sent.values()) - begin
        print(f"{ORDERS / took_s:.0f} orders a second; after the order was sent, in ms:")
        for what, values in delays.items():
            print(f"  {what}: p50 {percentile(values, 0.5) * 1e3:.1f}, "
                  f"p99 {percentile(values, 0.99) * 1e3:.1f}, of {len(values)}")
        for what, values in delays.items():
            self.assertLess(percentile(values, 0.99), LIMIT_S, what)

    def send(self, begin, numbers):
        """One of the tills: takes the next order when its time has come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.suite.http_port)
        headers = {"Content-Type": "application/json",
                   "Authorization": f"Bearer {self.suite.admin_token}"}
        while (number := next(numbers)) < ORDERS:
            time.sleep(max(0, begin + number / RATE - time.time()))
            body = json.dumps(self.order(number))
            sent = time.time()
            connection.request("POST", f"{CUSTOMER}/orders", body, headers)
            reply = connection.getresponse()
            text = reply.read()
            if reply.status != 200:
                raise AssertionError(text)
            self.sent[self.names[number]] = sent
            type(self).newest = (sent, reply.headers["Regulars-Position"])
        connection.close()

    def order(self, number):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"source": "till", "receiptNumber": str(number), "customer": self.names[number],
                "currencyCode": "EUR", "orderTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "lines": [{"item": f"item-{(number * step) % ITEMS}", "quantityMicros": "1000000",
                           "unitPriceMicros": "9990000"} for step in (1, 3, 7)]}

    def sample(self, end):
        """Delays until recommend-svc had followed what was the newest order each time."""
        delays = []
        while time.time() < end:
            time.sleep(SAMPLE_PAUSE_S)
            if self.newest is None:
                continue
            sent, position = self.newest
            self.company.head("recommend", position)
            delays.append(time.time() - sent)
        return delays

    def times(self, service, event):
        """By customer, when the first event of a type happened."""
        status, _, text = self.suite.request(
            "GET", f"/api/{service}/v1/feed:subscribe?stopAtHead=true"
                   f"&types=regulars.{service}.{event}.v1",
            headers={"Authorization": f"Bearer {self.suite.admin_token}"})
        self.assertEqual(status, 200)
        moments = {}
        for line in text.splitlines():
            for each in json.loads(line)["events"]:
                moments.setdefault(each["subject"], seconds_of(each["time"]))
        self.assertEqual(set(moments), set(self.names))
        return moments


if __name__ == "__main__":
    unittest.main()
