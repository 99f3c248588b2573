"""A shop for journey_kill_test.py."""

import collections
import itertools
import random

ITEMS = [f"item-{number:02}" for number in range(30)]


class Shop:
    """Orders and returns of made-up customers, and what must come of them. Those who return never
    get rich, so that who gets rich does not depend on what is counted first."""

    def __init__(self, names, seed):
        self.names = names
        self.points = collections.Counter()
        self.balances = collections.defaultdict(set)  # All that there were.
        self.order_counts = collections.Counter()
        self.baskets = {}
        self._random = random.Random(seed)
        self._numbers = itertools.count()
        self._returnable = []  # (receipt, customer, line, all lines)

    def rich(self, customer):
        """Whether it is one of those who can get rich."""
        return self.names.index(customer) % 2 == 1

    def next(self):
        receipt = f"receipt-{next(self._numbers)}"
        if self._returnable and self._random.random() < 0.1:
            return self._return(receipt, *self._returnable.pop())
        customer = self._random.choice(self.names)
        lines = [(item, self._random.randint(100, 4_000), self._random.randint(1, 3))
                 for item in self._random.sample(ITEMS, self._random.randint(1, 5))]
        self.points[customer] += sum(cents * pieces for _, cents, pieces in lines) // 100
        self.balances[customer].add(self.points[customer])
        self.order_counts[customer] += 1
        self.baskets[receipt] = {item for item, _, _ in lines}
        if not self.rich(customer):
            self._returnable.append((receipt, customer, self._random.randrange(len(lines)), lines))
        return self._order(receipt, customer, [
            {"lineId": str(place), "item": item, "unitPriceMicros": str(cents * 10_000),
             "quantityMicros": str(pieces * 1_000_000)}
            for place, (item, cents, pieces) in enumerate(lines)])

    def _return(self, receipt, sold, customer, place, lines):
        worth = [cents * pieces for _, cents, pieces in lines]
        self.points[customer] -= sum(worth) // 100 * worth[place] // sum(worth)
        self.balances[customer].add(self.points[customer])
        item, cents, pieces = lines[place]
        self.baskets[sold].discard(item)
        return self._order(receipt, customer, [
            {"lineId": "0", "type": "TYPE_RETURN", "item": item,
             "unitPriceMicros": str(cents * 10_000), "quantityMicros": str(pieces * 1_000_000),
             "returnOf": {"source": "till", "receiptNumber": sold, "lineId": str(place)}}])

    @staticmethod
    def _order(receipt, customer, lines):
        return {"source": "till", "receiptNumber": receipt, "customer": customer,
                "currencyCode": "EUR", "orderTime": "2026-01-02T03:04:05Z", "lines": lines}
