#!/usr/bin/env python3
"""How long it takes from an order to what follows of it, at 200 orders a second: points posted, the
recommendation changed, a segment entered, the message written down, and the mail received.

Everything is measured from the moment at which the order was due, by the clock of this machine, so
that one which had to wait before it could be sent counts as late: against the times in the feeds,
that of the mail server, and for recommendations against the answers to those who ask right after an
order (Regulars-After). The pace must be kept, or the times would be of something easier.
REGULARS_RATE sets another one; the figures also go to the rows of the file REGULARS_BENCH_JSON.
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

from company import CUSTOMER, RECOMMEND, Company  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

RATE = int(os.environ.get("REGULARS_RATE", 200))
SECONDS = 20
ORDERS = RATE * SECONDS
WORKERS = 8
PACE_KEPT = 0.95
SAMPLE_PAUSE_S = 0.02
ITEMS = 200
BASKET = (1, 3, 7)  # An order's items, counted from its number.
ROUNDS = 3  # How often each basket was bought before: as often as a rule asks for.
BATCH = 500
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
        cls.buy_before()
        cls.company.follow_all()
        cls.due = {}  # When the order of a customer was due.
        cls.answered = []  # When orders were answered.
        cls.newest = None  # (number of the newest known order, its position)

    @classmethod
    def buy_before(cls):
        """Strangers buy what customers will, so that there is something to recommend to these."""
        orders = [cls.order(number) | {"source": "before"} for number in range(ROUNDS * ITEMS)]
        for begin in range(0, len(orders), BATCH):
            results = cls.company.call("POST", f"{CUSTOMER}/orders:batchUpsert",
                                       {"orders": orders[begin:begin + BATCH]})["results"]
            if any(each.get("error") for each in results):
                raise AssertionError(results)

    def test_pace(self):
        self.assert_nothing_is_recommended()
        begin = time.time() + 0.2
        numbers = itertools.count()
        threads = [threading.Thread(target=self.send, args=(begin, numbers))
                   for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        recommended, wrong = self.sample(begin)
        for thread in threads:
            thread.join()
        self.assertEqual(len(self.answered), ORDERS)
        self.assertEqual(wrong, [])
        self.mail_server.wait_for(ORDERS)
        self.company.follow_all()
        after = {
            "points posted": self.times("loyalty", "points_posted"),
            "segment entered": self.times("customer", "segment_entered"),
            "message sent": self.times("campaign", "message_sent"),
            "mail received": {self.names[int(mail.recipient[1:mail.recipient.index("@")])]:
                              mail.received for mail in self.mail_server.mails}}
        delays = {what: [moment - self.due[name] for name, moment in moments.items()]
                  for what, moments in after.items()} | {"recommendation changed": recommended}
        pace = ORDERS / (max(self.answered) - begin)
        print(f"{pace:.1f} orders a second; after the order was due, in ms:")
        for what, values in delays.items():
            print(f"  {what}: p50 {percentile(values, 0.5) * 1e3:.1f}, "
                  f"p99 {percentile(values, 0.99) * 1e3:.1f}, of {len(values)}")
        self.report(delays)
        self.assertGreaterEqual(pace, PACE_KEPT * RATE)
        self.assertGreaterEqual(len(recommended), SECONDS)
        for what, values in delays.items():
            self.assertLess(percentile(values, 0.99), LIMIT_S, what)

    @staticmethod
    def report(delays):
        """As rows of `./dev bench`, see bench/report.h."""
        rows = [{"name": f"order due to {what}: p99", "value": round(value, 1), "unit": "ms",
                 "limit": None, "ratio": None, "target": LIMIT_S * 1000,
                 "met": value <= LIMIT_S * 1000}
                for what, values in delays.items()
                for value in [percentile(values, 0.99) * 1e3]]
        path = os.environ.get("REGULARS_BENCH_JSON")
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                rows = json.load(file) + rows
            with open(path, "w", encoding="utf-8") as file:
                file.write("[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]\n")

    def send(self, begin, numbers):
        """One of the tills: takes the next order when its time has come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.suite.http_port)
        headers = {"Content-Type": "application/json",
                   "Authorization": f"Bearer {self.suite.admin_token}"}
        while (number := next(numbers)) < ORDERS:
            due = begin + number / RATE
            time.sleep(max(0, due - time.time()))
            body = json.dumps(self.order(number) | {"customer": self.names[number]})
            connection.request("POST", f"{CUSTOMER}/orders", body, headers)
            reply = connection.getresponse()
            text = reply.read()
            if reply.status != 200:
                raise AssertionError(text)
            self.answered.append(time.time())
            self.due[self.names[number]] = due
            type(self).newest = (number, reply.headers["Regulars-Position"])
        connection.close()

    @staticmethod
    def order(number):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"source": "till", "receiptNumber": str(number), "currencyCode": "EUR",
                "orderTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "lines": [{"item": f"item-{(number + step) % ITEMS}", "quantityMicros": "1000000",
                           "unitPriceMicros": "9990000"} for step in BASKET]}

    def assert_nothing_is_recommended(self):
        """Nobody has bought anything."""
        for begin in range(0, ORDERS, BATCH):
            answers = self.company.call("POST", f"{RECOMMEND}/items:batchRecommend", {
                "customers": self.names[begin:begin + BATCH], "skipFallback": True})["responses"]
            self.assertEqual([each["recommendations"] for each in answers], [[]] * len(answers))

    def sample(self, begin):
        """Asks again and again what the newest order's customer is recommended: delays until that
        was answered, and the answers that do not follow from the order."""
        delays, wrong = [], []
        while time.time() < begin + SECONDS:
            time.sleep(SAMPLE_PAUSE_S)
            if self.newest is None:
                continue
            number, position = self.newest
            found = self.company.after(position, "POST", f"{RECOMMEND}/items:recommend", {
                "customer": self.names[number], "skipFallback": True})["recommendations"]
            delays.append(time.time() - begin - number / RATE)
            bought = {line["item"] for line in self.order(number)["lines"]}
            if not found or any(each["reason"]["rule"]["antecedent"] not in bought
                                for each in found):
                wrong.append((number, found))
        return delays, wrong

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
