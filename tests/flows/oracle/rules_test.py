#!/usr/bin/env python3
"""The oracle of rules against figures worked out by others and by hand."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import real_shop  # noqa: E402
import rules  # noqa: E402

# Of the Groceries data (Hahsler, Hornik, Reutterer 2006), as R's arules counts them: (support, confidence, rules with
# at least one item on the left). They are quoted in many places: 463 in Lantz, "Machine Learning with R".
PUBLISHED = [(0.001, 0.8, 410), (0.001, 0.5, 5668), (0.005, 0.5, 120), (0.006, 0.25, 463), (0.01, 0.5, 15),
             (0.01, 0.25, 170)]


class RulesTest(unittest.TestCase):
    def test_by_hand(self):
        found = rules.pair_rules([{"a", "b"}, {"a", "b", "c"}, {"a"}, {"c"}, set()], min_lift=1)
        self.assertEqual({(rule.antecedent, rule.consequent) for each in found.values() for rule in each},
                         {("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")})
        rule = found["a"][0]
        self.assertEqual((rule.support, rule.confidence, rule.lift), (0.5, 2 / 3, (2 / 3) / 0.5))
        self.assertEqual([each.consequent for each in found["b"]], ["a", "c"])

    def test_a_rule_of_exactly_the_least_lift_is_one(self):
        baskets = [{"a", "b"}] * 3 + [{"a"}] * 2 + [{"b"}] + [{"c"}] * 4
        found = rules.pair_rules(baskets, min_confidence=0.6, min_lift=1.5)
        self.assertEqual(found["a"][0].lift, 1.5)

    def test_sets_of_exactly_the_least_support_are_found(self):
        found = rules.frequent_itemsets([{"a"}] * 7 + [{"b"}] * 93, 0.07)
        self.assertEqual(found, {frozenset("a"): 7, frozenset("b"): 93})

    def test_large_baskets_have_no_pairs(self):
        large = {str(number) for number in range(101)}
        self.assertEqual(rules.pair_rules([large]), {})
        found = rules.pair_rules([large, {"1", "2"}])
        self.assertEqual(found["1"][0].confidence, 0.5)


class GroceriesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.baskets = rules.read_baskets(real_shop.data_file("groceries/groceries.csv"))

    def test_facts(self):
        self.assertEqual((len(self.baskets), sum(map(len, self.baskets)), max(map(len, self.baskets))),
                         (9835, 43367, 32))

    def test_published_counts_and_their_pairs(self):
        for support, confidence, published in PUBLISHED:
            with self.subTest(support=support, confidence=confidence):
                itemsets = rules.frequent_itemsets(self.baskets, support)
                self.assertEqual(rules.count_rules(itemsets, self.baskets, confidence), published)
                pairs = rules.pair_rules(self.baskets, min_count=support * len(self.baskets),
                                         min_confidence=confidence)
                self.assertEqual(sum(map(len, pairs.values())),
                                 rules.count_rules(itemsets, self.baskets, confidence, longest=2))


if __name__ == "__main__":
    unittest.main()
