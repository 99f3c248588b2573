#!/usr/bin/env python3
"""Rules between items, from orders sent to customer-svc and followed by recommend-svc, against those
that oracle/rules.py counts by brute force: of the Groceries baskets, and of a real shop's year with
its returns. Every rule is compared, and the sequence of each item's rules.
"""

import os
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracle"))

import real_shop  # noqa: E402
import rules  # noqa: E402
from regulars import RegularsTest  # noqa: E402

API = "/api/recommend/v1"
BATCH = 1000
SAMPLE = 200  # Items whose recommendations are asked for.


def name_of(code):
    return "items/" + code.replace("%", "%25").replace("/", "%2F")


class RulesTest:
    """What both shops are asked. `baskets` are the oracle's."""

    def check_rules(self, **thresholds):
        expected = rules.pair_rules(self.baskets, **thresholds)
        self.suite.ok("PATCH", f"{API}/recommendSettings", {
            "minPairOrderCount": thresholds["min_count"],
            "minConfidence": thresholds["min_confidence"], "minLift": thresholds["min_lift"]},
            query={"updateMask": "minPairOrderCount,minConfidence,minLift"})
        codes = {item["code"] for item in self.suite.pages(f"{API}/items", "items")}
        self.assertLessEqual(set(expected), codes)
        wrong = []
        for code in sorted(codes):
            path = f"{API}/{urllib.parse.quote(name_of(code))}/rules"
            found = list(self.suite.pages(path, "rules"))
            if [self.figures(rule) for rule in found] != [
                    self.expected_figures(rule) for rule in expected.get(code, [])]:
                wrong.append(code)
        self.assertEqual(wrong[:5], [], f"the rules of {len(wrong)} items differ")
        return expected

    @staticmethod
    def figures(rule):
        return (rule["antecedent"], rule["consequent"], int(rule["pairOrderCount"]),
                int(rule["antecedentOrderCount"]), int(rule["consequentOrderCount"]),
                rule["support"], rule["confidence"], rule["lift"])

    @staticmethod
    def expected_figures(rule):
        return (rule.antecedent, rule.consequent, rule.pair, rule.of_antecedent, rule.of_consequent,
                rule.support, rule.confidence, rule.lift)

    def check_recommendations(self, expected):
        for code in sorted(expected)[:SAMPLE]:
            reply = self.suite.ok("POST", f"{API}/items:recommend", {
                "items": [code], "count": 5, "skipFallback": True})
            self.assertEqual([each["item"] for each in reply["recommendations"]],
                             [rule.consequent for rule in expected[code][:5]])
            for each, rule in zip(reply["recommendations"], expected[code]):
                self.assertEqual(each["score"], rule.confidence)
                self.assertEqual(self.figures(each["reason"]["rule"]), self.expected_figures(rule))


class GroceriesTest(RegularsTest, RulesTest):
    @classmethod
    def setUpClass(cls):
        cls.baskets = rules.read_baskets(real_shop.data_file("groceries/groceries.csv"))
        super().setUpClass()
        orders = [{"source": "till", "receiptNumber": str(number), "currencyCode": "EUR",
                   "orderTime": "2026-01-02T03:04:05Z",
                   "lines": [{"item": item, "quantityMicros": "1000000"} for item in sorted(basket)]}
                  for number, basket in enumerate(cls.baskets)]
        for first in range(0, len(orders), BATCH):
            cls.suite.ok("POST", "/api/customer/v1/orders:batchUpsert",
                         {"orders": orders[first:first + BATCH]})
        cls.suite.wait_until_followed("recommend")

    def test_rules(self):
        self.check_rules(min_count=1, min_confidence=0, min_lift=0)
        expected = self.check_rules(min_count=3, min_confidence=0.01, min_lift=1)
        self.check_recommendations(expected)


class RealShopTest(RegularsTest, RulesTest):
    slow = True  # A year's orders are followed in a minute.

    @classmethod
    def setUpClass(cls):
        cls.baskets = list(rules.shop_baskets(real_shop.data_file()).values())
        super().setUpClass()
        cls.shop = real_shop.Shop(cls.suite)
        cls.shop.set_up()
        cls.shop.import_lines(real_shop.read_lines())
        begin = time.monotonic()
        cls.suite.wait_until_followed("recommend")
        print(f"followed {time.monotonic() - begin:.1f} s after the import")

    def test_rules(self):
        expected = self.check_rules(min_count=10, min_confidence=0.05, min_lift=1)
        self.check_recommendations(expected)


if __name__ == "__main__":
    unittest.main()
