#!/usr/bin/env python3
"""One service is put back to an older backup while the others go on. Those who follow it notice
that its feed has another epoch, read its state anew, and end right: points are not earned twice,
nobody is written to twice, and nothing is parked.

A small shop, whose points, rules and segments are worked out here.
"""

import collections
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracle"))

import rules  # noqa: E402
from company import CUSTOMER, LOYALTY, Company, figures, wait  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import Regulars  # noqa: E402

PEOPLE = 12
THRESHOLD = 100
ITEMS = ("kite", "string", "glue", "paper")


def receipt_of(day, person):
    return f"{day}-{person}"


def price_of(day, person):
    """In whole euros. Some pass the threshold on the first day, some on the second, some never."""
    return 20 * person + 10 * day


def basket_of(day, person):
    return [ITEMS[person % 4], ITEMS[(person + day) % 4]]


class RestoreTest(unittest.TestCase):
    def setUp(self):
        self.mail_server = self.enterContext(MailServer())
        self.suite = self.enterContext(Regulars(campaign_flags=[
            f"--smtp-server={self.mail_server.address}", "--smtp-tls=none"]))
        self.company = Company(self.suite)
        self.company.segment("rich", f"loyalty.balance >= {THRESHOLD}")
        self.company.write_as()
        self.company.template("hello", content={"subject": "Hello", "text": "x"})
        self.company.start_campaign("rich", "hello", entry={"segment": "segments/rich"})
        self.expected = collections.Counter()  # Points by person.
        self.baskets = {}  # By receipt.
        self.names = dict(enumerate(self.company.add_people(
            [self.person(i) for i in range(PEOPLE)])))
        self.company.say(list(self.names.values()), "STATE_GRANTED")

    @staticmethod
    def person(i):
        return {"externalIds": [{"system": "shop", "id": str(i)}],
                "emails": [{"address": f"p{i}@mail.example"}]}

    def order(self, day, person):
        lines = [{"lineId": str(place), "item": item, "quantityMicros": "1000000",
                  "unitPriceMicros": str(price_of(day, person) * 500_000)}
                 for place, item in enumerate(basket_of(day, person))]
        return {"source": "till", "receiptNumber": receipt_of(day, person), "currencyCode": "EUR",
                "orderTime": f"2026-01-0{day}T10:00:00Z", "lines": lines,
                "customerIdentifier": {"externalId": {"system": "shop", "id": str(person)}}}

    def return_of(self, day, person):
        """Brings back the first of the two lines, half of the order's worth."""
        return {"source": "till", "receiptNumber": f"R{receipt_of(day, person)}",
                "currencyCode": "EUR", "orderTime": f"2026-01-0{day + 1}T10:00:00Z",
                "customerIdentifier": {"externalId": {"system": "shop", "id": str(person)}},
                "lines": [{"lineId": "0", "type": "TYPE_RETURN", "item": basket_of(day, person)[0],
                           "quantityMicros": "1000000",
                           "unitPriceMicros": str(price_of(day, person) * 500_000),
                           "returnOf": {"source": "till",
                                        "receiptNumber": receipt_of(day, person), "lineId": "0"}}]}

    def send(self, orders):
        results = self.company.call("POST", f"{CUSTOMER}/orders:batchUpsert", {
            "orders": orders, "unknownCustomer": "UNKNOWN_CUSTOMER_CREATE"})["results"]
        self.assertEqual([each for each in results if each.get("error")], [])
        return collections.Counter(each["outcome"] for each in results)

    def day(self, day, people, returns=()):
        """What the shop's system sends of a day, and what must come of it."""
        for person in people:
            self.expected[person] += price_of(day, person)
            self.baskets[receipt_of(day, person)] = set(basket_of(day, person))
        for person in returns:
            self.expected[person] -= price_of(day, person) // 2
            self.baskets[receipt_of(day, person)].discard(basket_of(day, person)[0])
        return [*(self.order(day, person) for person in people),
                *(self.return_of(day, person) for person in returns)]

    def check(self, written_to):
        """All five agree with what is worked out here."""
        self.company.follow_all()
        self.assertEqual(self.company.troubles(), [])
        expected = {self.names[person]: points for person, points in self.expected.items()}
        self.assertEqual(self.company.balances(), expected)
        self.assertEqual(self.company.discrepancies(), [])
        rich = {name for name, points in expected.items() if points >= THRESHOLD}
        self.assertEqual(self.company.members("rich"), rich)
        for points, count in collections.Counter(expected.values()).items():
            self.assertEqual(self.suite.ok("POST", f"{CUSTOMER}/segments:preview", {
                "filter": f"loyalty.balance = {points}"})["matchedCount"], str(count), points)
            self.check_timelines(points, expected)
        self.check_rules()
        self.check_mails(written_to)

    def check_timelines(self, points, expected):
        """The postings that the timeline tells come to the balance."""
        for name in (name for name, balance in expected.items() if balance == points):
            told = [int(each["points"]["points"]) for each in self.suite.pages(
                f"{CUSTOMER}/{name}/timeline", "events", {"kinds": "KIND_POINTS", "pageSize": 500})]
            self.assertEqual(sum(told), points, told)

    def check_rules(self):
        self.suite.ok("PATCH", "/api/recommend/v1/recommendSettings", {
            "minPairOrderCount": 1, "minConfidence": 0, "minLift": 0},
            query={"updateMask": "minPairOrderCount,minConfidence,minLift"})
        expected = rules.pair_rules(self.baskets.values())
        for item in ITEMS:
            self.assertEqual(self.company.rules(item),
                             [figures(rule) for rule in expected.get(item, [])], item)

    def check_mails(self, people):
        """Each of them got it, once."""
        expected = sorted(f"p{person}@mail.example" for person in people)
        wait(lambda: len(self.mail_server.mails) >= len(expected))
        wait(lambda: self.company.campaign("rich")["counts"]["pending"] == "0")
        self.assertEqual(sorted(mail.recipient for mail in self.mail_server.mails), expected)

    def test_loyalty_from_yesterday(self):
        # The last one becomes a member on the second day.
        self.send(self.day(1, range(PEOPLE - 1)))
        self.company.follow_all()
        backup = self.company.back_up("loyalty", "yesterday")
        self.send(self.day(2, range(PEOPLE), returns=[3, 7]))
        rich = [person for person, points in self.expected.items() if points >= THRESHOLD]
        self.check(rich)
        before = self.company.follower("customer", "loyalty")
        self.company.restore("loyalty", backup)
        self.check(rich)
        after = self.company.follower("customer", "loyalty")
        self.assertNotEqual(after["epoch"], before["epoch"])
        self.assertEqual(int(after["rebuildCount"]), int(before["rebuildCount"]) + 1)
        self.assertEqual(after["state"], "STATE_FOLLOWING")
        self.send(self.day(3, range(PEOPLE)))
        self.check([person for person, points in self.expected.items() if points >= THRESHOLD])

    def test_people_buy_while_loyalty_is_restored(self):
        """It posts before anybody has noticed its new epoch, and what was given since is lost."""
        self.send(self.day(1, range(PEOPLE)))
        self.company.follow_all()
        backup = self.company.back_up("loyalty", "yesterday")
        member = self.suite.ok("GET", f"{LOYALTY}/members:lookup",
                               query={"customer": self.names[0]})["name"]
        self.company.call("POST", f"{LOYALTY}/{member}:adjustPoints", {
            "points": "7", "reasonCode": "GIFT"})
        self.suite.wait_until_followed("customer", upstream="loyalty")
        self.company.restore("loyalty", backup,
                             meanwhile=lambda: self.send(self.day(2, range(1, PEOPLE))))
        self.check([person for person, points in self.expected.items() if points >= THRESHOLD])

    def test_customers_from_an_older_backup(self):
        self.send(self.day(1, range(PEOPLE - 1)))
        self.company.follow_all()
        backup = self.company.back_up("customer", "yesterday")
        second = self.day(2, range(PEOPLE), returns=[3, 7])
        self.send(second)
        rich = [person for person, points in self.expected.items() if points >= THRESHOLD]
        self.check(rich)
        old = {service: self.company.follower(service, "customer")
               for service in ("loyalty", "recommend", "campaign")}
        self.company.restore("customer", backup)
        for service, before in old.items():
            self.company.follow_all()
            after = self.company.follower(service, "customer")
            self.assertNotEqual(after["epoch"], before["epoch"], service)
            self.assertEqual(int(after["rebuildCount"]), int(before["rebuildCount"]) + 1)
        # What was lost has not been given back, nor taken.
        self.assertEqual(sum(self.company.balances().values()), self.expected.total())
        outcomes = self.send(second)
        self.assertEqual(outcomes, {"UPSERT_OUTCOME_CREATED": len(second)})
        self.check(rich)
        # And again: they are known by now.
        self.assertEqual(self.send(second), {"UPSERT_OUTCOME_UNCHANGED": len(second)})
        self.check(rich)

    def test_a_customer_who_was_lost_comes_back_under_another_id(self):
        backup = self.company.back_up("customer", "empty")
        [lost] = self.company.add_people([self.person(PEOPLE)])
        order = self.order(1, PEOPLE)
        self.send([order])
        self.company.follow_all()
        points = price_of(1, PEOPLE)
        self.assertEqual(self.company.balances(), {lost: points})
        member = self.suite.ok("GET", f"{LOYALTY}/members:lookup", query={"customer": lost})["name"]
        self.suite.ok("POST", f"{LOYALTY}/{member}:adjustPoints",
                      {"points": "500", "reasonCode": "GOODWILL"})
        self.company.restore("customer", backup)
        self.send([order])
        self.company.follow_all()
        [found] = [each["name"] for each in self.suite.pages(f"{CUSTOMER}/customers", "customers")
                   if each["externalIds"][0]["id"] == str(PEOPLE)]
        self.assertNotEqual(found, lost)
        self.assertEqual(self.company.balances(), {lost: 500, found: points})
        # Nor does an update, which follows one more type, take from whom customer-svc lacks.
        self.forget_a_type("loyalty", "regulars.customer.company_settings_updated.v1")
        self.company.follow_all()
        self.assertEqual(self.company.balances(), {lost: 500, found: points})
        self.assertEqual(self.suite.ok("GET", f"{LOYALTY}/{member}")["state"], "STATE_ACTIVE")
        self.assertEqual(self.company.discrepancies(), [])
        statement = self.suite.ok("GET", f"{LOYALTY}/members:lookup", query={"customer": found})
        self.assertEqual(statement["balance"], str(points))

    def forget_a_type(self, service, event_type):
        """Has a service follow a type of customer-svc's events as though for the first time."""
        before = int(self.company.follower(service, "customer")["rebuildCount"])
        process = getattr(self.suite, service)
        self.assertEqual(process.stop(), 0)
        store = sqlite3.connect(self.suite.folder / f"{service}.db")
        with store:
            store.execute("UPDATE followed_feed SET types = replace(types, ?, '')",
                          [f"{event_type} "])
        store.close()
        process.start()
        wait(lambda: self.company.hears(service, "customer")
             and self.company.follower(service, "customer")["rebuildCount"] == str(before + 1))


if __name__ == "__main__":
    unittest.main()
