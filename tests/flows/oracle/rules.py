#!/usr/bin/env python3
"""Association rules of baskets, the slow and obvious way, so that another program's can be compared with them.

The script shares no code with the product and uses the standard library alone.

    rules.py --baskets groceries.csv [--min-count N] [--min-confidence X] [--min-lift X]
    rules.py --shop online_retail.csv.gz [...]

A basket is a set of items. A rule says "who bought A also bought B":

    support = n(A and B) / N     confidence = n(A and B) / n(A)     lift = confidence / (n(B) / N)

N counts the baskets that hold anything. Baskets of more than 100 items count for N, n(A) and n(B) alone. Rules are
ordered by confidence, then lift, highest first, then by the consequent's bytes.

Of the shop, every order is a basket: the products that it sold, but for those of which as much came back as it had
sold, by the matching of online_retail.py.

frequent_itemsets() and count_rules() mine rules of any length (Agrawal and Srikant 1994), as the published figures
of the Groceries data have them; rules from one item to one item are then a subset.
"""

import argparse
import itertools
import json
import os
import sys
from collections import Counter, defaultdict
from fractions import Fraction
from typing import NamedTuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import online_retail  # noqa: E402

MAX_PAIR_ITEMS = 100


class Rule(NamedTuple):
    """A rule from one item to one item."""

    antecedent: str
    consequent: str
    pair: int  # Baskets that hold both.
    of_antecedent: int
    of_consequent: int
    baskets: int

    @property
    def support(self):
        return self.pair / self.baskets

    @property
    def confidence(self):
        return self.pair / self.of_antecedent

    @property
    def lift(self):
        """The exact value, rounded once: a rule may stand right at a threshold."""
        return float(Fraction(self.pair * self.baskets, self.of_antecedent * self.of_consequent))


def pair_rules(baskets, min_count=1, min_confidence=0, min_lift=0):
    """Rules by antecedent, each list in the order described above."""
    baskets = [basket for basket in baskets if basket]
    items = Counter(itertools.chain.from_iterable(baskets))
    pairs = Counter()
    for basket in baskets:
        if len(basket) <= MAX_PAIR_ITEMS:
            pairs.update(itertools.permutations(sorted(basket), 2))
    rules = defaultdict(list)
    for (antecedent, consequent), count in pairs.items():
        rule = Rule(antecedent, consequent, count, items[antecedent], items[consequent], len(baskets))
        if count >= min_count and rule.confidence >= min_confidence and rule.lift >= min_lift:
            rules[antecedent].append(rule)
    for found in rules.values():
        found.sort(key=lambda rule: (-rule.confidence, -rule.lift, rule.consequent.encode()))
    return dict(rules)


# Rules of any length.


def frequent_itemsets(baskets, min_support):
    """Counts of all sets of items that at least this share of the baskets hold, by the set."""
    holders = defaultdict(int)  # By item: a bit for each basket.
    for place, basket in enumerate(baskets):
        for item in basket:
            holders[item] |= 1 << place

    def is_frequent(bits):
        return bits.bit_count() / len(baskets) >= min_support

    level = {(item,): bits for item, bits in sorted(holders.items()) if is_frequent(bits)}
    found = {}
    while level:
        found.update({frozenset(items): bits.bit_count() for items, bits in level.items()})
        level = {left + right[-1:]: bits
                 for left, right in itertools.combinations(level, 2) if left[:-1] == right[:-1]
                 if is_frequent(bits := level[left] & level[right])}
    return found


def count_rules(itemsets, baskets, min_confidence, longest=None):
    """Rules with one item on the right and at least one on the left, at most `longest` items in all."""
    return sum(count / itemsets[items - {item}] >= min_confidence
               for items, count in itemsets.items() if 2 <= len(items) <= (longest or len(items))
               for item in items)


# Where baskets come from.


def read_baskets(path):
    """One basket a line, items separated by commas."""
    with open(path, encoding="utf-8") as text:
        return [set(line.rstrip("\n").split(",")) for line in text]


def shop_baskets(path):
    """By invoice number: the products of the order that did not all come back."""
    kept, _ = online_retail.split_lines(online_retail.read_lines(path))
    invoices = online_retail.group_invoices(kept)
    returned = Counter()
    for match in online_retail.match_returns(invoices):
        for line, quantity in match.links:
            returned[line.invoice, line.code] += quantity
    baskets = {}
    for invoice in invoices:
        if invoice.is_return:
            continue
        sold = Counter()
        for line in invoice.lines:
            if online_retail.is_product(line.code):
                sold[line.code] += line.quantity
        baskets[invoice.number] = {code for code, quantity in sold.items()
                                   if returned[invoice.number, code] < quantity}
    return baskets


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Prints association rules between two items as JSON lines.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--baskets", help="file with one basket a line")
    source.add_argument("--shop", help="the Online Retail order lines")
    parser.add_argument("--min-count", type=int, default=3)
    parser.add_argument("--min-confidence", type=float, default=0.01)
    parser.add_argument("--min-lift", type=float, default=1)
    options = parser.parse_args(arguments)
    baskets = read_baskets(options.baskets) if options.baskets else shop_baskets(options.shop).values()
    rules = pair_rules(baskets, options.min_count, options.min_confidence, options.min_lift)
    for antecedent in sorted(rules):
        for rule in rules[antecedent]:
            print(json.dumps(rule._asdict() | {"support": rule.support, "confidence": rule.confidence,
                                               "lift": rule.lift}))


if __name__ == "__main__":
    main()
