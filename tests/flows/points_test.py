#!/usr/bin/env python3
"""The real shop's points: every balance is compared with oracle/loyalty.py, which shares no code
with the service; the books balance; and nothing is earned twice."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import real_shop  # noqa: E402
from regulars import RegularsTest  # noqa: E402

ORACLE = pathlib.Path(__file__).resolve().parent / "oracle" / "loyalty.py"
API = "/api/loyalty/v1"


class PointsTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        file = real_shop.data_file()
        with subprocess.Popen([sys.executable, ORACLE, "--csv", file],
                              stdout=subprocess.PIPE) as oracle:
            super().setUpClass()
            cls.shop = real_shop.Shop(cls.suite)
            cls.shop.call("PATCH", "/companySettings",
                          {"timeZone": "Europe/London", "baseCurrency": "GBP"})
            cls.data = real_shop.read_lines()
            cls.shop.import_lines(cls.data)
            cls.suite.wait_until_followed("loyalty")
            cls.oracle = json.load(oracle.stdout)
        cls.numbers = {each["name"]: number for number, each in cls.shop.customers().items()}

    def balances(self):
        return {self.numbers[each["customer"]]: int(each["balance"])
                for each in self.suite.pages(f"{API}/members", "members")}

    def verify(self):
        """Pages of the verified ledger."""
        query = {"pageSize": 1000}
        while True:
            page = self.suite.ok("GET", f"{API}/ledger:verify", query=query)
            yield page
            query["pageToken"] = page.get("nextPageToken", "")
            if not query["pageToken"]:
                return

    def test_every_balance(self):
        seen, expected = self.balances(), self.oracle["balances"]
        self.assertEqual(set(seen), set(expected))
        wrong = {number: (seen[number], points) for number, points in expected.items()
                 if seen[number] != points}
        self.assertEqual(list(wrong.items())[:3], [], f"{len(wrong)} balances differ")

    def test_the_books_balance(self):
        pages = list(self.verify())
        self.assertEqual([each for page in pages for each in page.get("discrepancies", [])], [])
        self.assertEqual(sum(int(page["checkedMembers"]) for page in pages),
                         self.oracle["totals"]["members"])
        accounts = {each["name"]: int(each["balance"]) for each in pages[-1]["accounts"]}
        self.assertEqual(accounts, {
            "accounts/issued": -self.oracle["totals"]["balance"], "accounts/adjustments": 0,
            "accounts/forfeited": 0, "accounts/members": self.oracle["totals"]["balance"]})

    def test_statements_add_up(self):
        number, points = max(self.oracle["balances"].items(), key=lambda item: item[1])
        name = next(name for name, each in self.numbers.items() if each == number)
        member = self.suite.ok("GET", f"{API}/members:lookup", query={"customer": name})
        postings = list(self.suite.pages(f"{API}/{member['name']}/postings", "postings",
                                         {"pageSize": 7}))
        self.assertEqual(len(postings), int(member["postingCount"]))
        self.assertEqual(sum(int(each["points"]) for each in postings), points)
        self.assertEqual(postings[0]["balanceAfter"], str(points))

    def test_the_same_file_again_earns_nothing(self):
        before = self.suite.ok("GET", f"{API}/feed")["headPosition"]
        self.shop.import_lines(self.data)
        self.suite.wait_until_followed("loyalty")
        self.assertEqual(self.suite.ok("GET", f"{API}/feed")["headPosition"], before)

    def test_quote(self):
        number, points = max(self.oracle["balances"].items(), key=lambda item: item[1])
        name = next(name for name, each in self.numbers.items() if each == number)
        quote = self.suite.ok("POST", f"{API}/baskets:quote", {
            "customer": name, "currencyCode": "GBP",
            "lines": [{"item": "85123A", "amountMicros": "15300000"}]})
        self.assertEqual((quote["balance"], quote["pointsToEarn"], quote["maxPointsPayable"]),
                         (str(points), "15", "1530"))
        self.assertEqual(quote["maxPayableAmount"],
                         {"currencyCode": "GBP", "micros": "15300000"})


class WindowTest(RegularsTest):
    """A rule that earns for some days alone, over the shop's first two weeks."""

    LINES = 25_000
    START, END = "2010-12-03T00:00:00Z", "2010-12-09T00:00:00Z"

    def compute(self, *window):
        done = subprocess.run([sys.executable, ORACLE, "--csv", real_shop.data_file(), "--limit",
                               str(self.LINES), *window], capture_output=True, check=True)
        return json.loads(done.stdout)

    def test_orders_and_returns_outside_the_window(self):
        expected = self.compute("--start", self.START, "--end", self.END)
        always = self.compute()
        self.assertGreater(expected["totals"]["unlinked"], 0)
        self.assertGreater(always["totals"]["unlinked"], expected["totals"]["unlinked"])
        self.suite.ok("PATCH", f"{API}/earningRules/base",
                      {"startTime": self.START, "endTime": self.END})
        shop = real_shop.Shop(self.suite)
        shop.call("PATCH", "/companySettings",
                  {"timeZone": "Europe/London", "baseCurrency": "GBP"})
        shop.import_lines(real_shop.read_lines(self.LINES))
        self.suite.wait_until_followed("loyalty")
        numbers = {each["name"]: number for number, each in shop.customers().items()}
        seen = {numbers[each["customer"]]: int(each["balance"])
                for each in self.suite.pages(f"{API}/members", "members")}
        self.assertEqual(seen, expected["balances"])


if __name__ == "__main__":
    unittest.main()
