#!/usr/bin/env python3
"""The real shop through the gateway: uploaded, imported, scored and segmented. Every figure is
compared with those of oracle/online_retail.py, which shares no code with anything here."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import real_shop  # noqa: E402
from regulars import RegularsTest  # noqa: E402

ORACLE = pathlib.Path(__file__).resolve().parent / "oracle" / "online_retail.py"
IMPORT_LIMIT_S = 60
ISO = real_shop.COUNTRY_NAMES | {
    "United Kingdom": "GB", "Germany": "DE", "France": "FR", "Spain": "ES", "Netherlands": "NL",
    "Belgium": "BE", "Switzerland": "CH", "Portugal": "PT", "Australia": "AU", "Norway": "NO",
    "Italy": "IT", "Finland": "FI", "Cyprus": "CY", "Sweden": "SE", "Austria": "AT",
    "Denmark": "DK", "Japan": "JP", "Poland": "PL", "Israel": "IL", "Singapore": "SG",
    "Iceland": "IS", "Canada": "CA", "Greece": "GR", "Malta": "MT", "United Arab Emirates": "AE",
    "Lebanon": "LB", "Lithuania": "LT", "Brazil": "BR", "Bahrain": "BH", "Saudi Arabia": "SA"}


def micros(money):
    return int(money["micros"])


def units(quantity_micros):
    return int(quantity_micros) // 1_000_000


class OnlineRetailTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        cls.file = real_shop.data_file()
        cls.data = real_shop.read_lines()
        with subprocess.Popen([sys.executable, ORACLE, "--csv", cls.file],
                              stdout=subprocess.PIPE) as oracle:
            super().setUpClass()
            cls.shop = real_shop.Shop(cls.suite)
            cls.shop.set_up()
            begin = time.monotonic()
            cls.imported = cls.shop.import_lines(cls.data)
            cls.table = cls.shop.score()
            cls.took_s = time.monotonic() - begin
            cls.oracle = json.load(oracle.stdout)
        cls.customers = cls.shop.customers()

    def test_took(self):
        rate = self.oracle["totals"]["lines"]["read"] / self.took_s
        print(f"imported and scored in {self.took_s:.1f} s, {rate:.0f} lines a second; "
              f"customer-svc has {self.suite.customer.memory_mb():.0f} MB")
        self.assertLess(self.took_s, IMPORT_LIMIT_S)

    def test_report(self):
        lines, report = self.oracle["totals"]["lines"], self.imported["report"]
        self.assertEqual(
            {key: int(report[key]) for key in ("linesRead", "linesStored", "linesUnchanged",
                                               "linesIgnored", "linesRefused")},
            {"linesRead": lines["read"], "linesStored": lines["kept"], "linesUnchanged": 0,
             "linesIgnored": lines["ignored_total"], "linesRefused": 0})
        self.assertEqual({each["reason"]: int(each["count"]) for each in report["ignored"]},
                         {"IGNORED_ITEM": lines["ignored"]["bad_debt"],
                          "STOCK_CORRECTION": lines["ignored"]["stock_correction"]})
        self.assertEqual(int(report["customersCreated"]), self.oracle["totals"]["customers"]["all"])
        receipts = [self.oracle["totals"][kind][who] for kind in ("orders", "returns")
                    for who in ("with_customer", "without_customer")]
        self.assertEqual(int(report["ordersCreated"]), sum(receipts))
        self.assertEqual(self.imported["sizeBytes"], str(len(self.data)))

    def test_every_customer(self):
        numbers = {str(each["id"]) for each in self.oracle["customers"]}
        self.assertEqual(set(self.customers), numbers)
        wrong = []
        for expected in self.oracle["customers"]:
            seen = self.customers[str(expected["id"])]
            bought = seen["purchases"]
            figures = {
                "id": expected["id"], "country": seen["country"],
                "orders": int(bought["orderCount"]), "returns": int(bought["returnCount"]),
                "order_days": int(bought["orderDays"]),
                "first_order": bought.get("firstOrderTime"),
                "last_order": bought.get("lastOrderTime"),
                "gross_micros": micros(bought["salesAmount"]),
                "returned_micros": micros(bought["returnedAmount"]),
                "net_micros": micros(bought["revenue"]),
                "units_sold": units(bought["unitsSoldMicros"]),
                "units_returned": units(bought["unitsReturnedMicros"]),
                "rfm": self.rfm(seen.get("rfm"))}
            wanted = {key: expected[key] for key in figures} | {"country": ISO[expected["country"]]}
            if figures != wanted:
                wrong.append((figures, wanted))
        self.assertEqual(wrong[:3], [], f"{len(wrong)} customers differ")

    def rfm(self, score):
        if score is None:
            return None
        self.assertEqual(score["asOf"], self.oracle["totals"]["time"]["rfm_day"])
        return {"recency_days": int(score["recencyDays"]), "frequency": int(score["orderDays"]),
                "monetary_micros": micros(score["revenue"]), "r": score["recency"],
                "f": score["frequency"], "m": score["monetary"]}

    def test_table_of_scores(self):
        self.assertEqual(self.table["asOf"], self.oracle["totals"]["time"]["rfm_day"])
        self.assertEqual(int(self.table["customerCount"]),
                         self.oracle["totals"]["customers"]["with_order"])
        self.assertEqual({f"{each['recency']}{each['frequency']}{each['monetary']}":
                          int(each["customerCount"]) for each in self.table["cells"]},
                         self.oracle["rfm_histogram"])
        self.assertEqual(
            sum(micros(each["revenue"]) for each in self.table["cells"]),
            sum(each["net_micros"] for each in self.oracle["customers"] if each["rfm"]))

    def test_segments(self):
        for segment in real_shop.SEGMENTS:
            with self.subTest(segment):
                size = self.oracle["segments"][segment.replace("-", "_")]["all"]
                state = self.shop.call("GET", f"/segments/{segment}")
                self.assertEqual((state["state"], int(state["memberCount"])), ("STATE_READY", size))
                self.assertEqual(len(self.shop.members(segment)), size)

    def test_orders_and_returns(self):
        """Every receipt, every line's worth, and what every return took back."""
        totals = collections.Counter()
        lines = {}  # (receipt, line id): (item, place among the lines of that item)
        seen_returns = {}
        receipts = {}
        for order in self.shop.orders():
            receipt = receipts[order["name"]] = order["receiptNumber"]
            kind = "returns" if receipt.startswith("C") else "orders"
            totals[kind, "with_customer" if order["customer"] else "without_customer"] += 1
            totals["gross"] += micros(order["baseTotals"]["salesAmount"])
            totals["returned"] += micros(order["baseTotals"]["returnedAmount"])
            places = collections.Counter()
            for line in order["lines"]:
                key = (line["item"], line["quantityMicros"], line["unitPriceMicros"])
                places[key] += 1
                lines[receipt, line["lineId"]] = (*key, places[key])
                if line["type"] == "TYPE_RETURN":
                    seen_returns[receipt, line["lineId"]] = (
                        line["unlinkedQuantityMicros"], line["returnLinks"])
        expected = self.oracle["totals"]
        for kind in ("orders", "returns"):
            for who, count in expected[kind].items():
                self.assertEqual(totals[kind, who], count, (kind, who))
        self.assertEqual((totals["gross"], totals["returned"]),
                         (expected["money_micros"]["gross"], expected["money_micros"]["returned"]))
        self.assertEqual(len(lines), expected["lines"]["kept"])
        self.check_links(receipts, lines, seen_returns)

    def check_links(self, receipts, lines, seen_returns):
        """Links by what was returned: receipt, item, what is not linked, and from which receipts
        how many. (Equal lines of one receipt are not told apart.)"""
        seen = collections.Counter(
            (receipt, lines[receipt, line_id][0], units(unlinked), tuple(
                (receipts[link["order"]], units(link["quantityMicros"])) for link in links))
            for (receipt, line_id), (unlinked, links) in seen_returns.items())
        expected = collections.Counter(
            (each["invoice"], each["code"], each["unlinked"], tuple(
                (link["invoice"], link["quantity"]) for link in each["links"]))
            for each in self.oracle["return_lines"])
        self.assertEqual(list((seen - expected).items())[:3], [])
        self.assertEqual(list((expected - seen).items())[:3], [])
        for _, links in seen_returns.values():
            for link in links:
                self.assertIn((receipts[link["order"]], link["lineId"]), lines)

    def test_the_same_file_again(self):
        """Nothing changes and nothing is published."""
        before = self.shop.head_position()
        again = self.shop.import_lines(self.data)
        self.assertEqual(self.shop.head_position(), before)
        report = again["report"]
        self.assertEqual((report["linesStored"], report["linesUnchanged"]),
                         ("0", str(self.oracle["totals"]["lines"]["kept"])))
        self.assertEqual((report["ordersCreated"], report["ordersUpdated"],
                          report["customersCreated"]), ("0", "0", "0"))
        self.assertEqual(self.shop.customers(), self.customers)


if __name__ == "__main__":
    unittest.main()
