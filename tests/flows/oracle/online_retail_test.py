#!/usr/bin/env python3
"""Pins every rule of online_retail.py with tiny files whose figures were worked out by hand."""

import contextlib
import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import online_retail  # noqa: E402

SCRIPT = os.path.join(HERE, "online_retail.py")
HEADER = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
UK = "United Kingdom"


def line(invoice, code, quantity, date, price="1.00", customer="1.0", country=UK, description="THING"):
    """Makes the fields of one line; a date without seconds gets ':00'."""
    return [invoice, code, description, str(quantity), date + ":00", price, customer, country]


def csv_text(lines):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(lines)
    return text.getvalue()


@contextlib.contextmanager
def csv_file(lines, compress=False):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lines.csv")
        data = csv_text(lines).encode("utf-8")
        with open(path, "wb") as file:
            file.write(gzip.compress(data) if compress else data)
        yield path


def report(*lines, limit=None):
    with csv_file(lines) as path:
        return online_retail.make_report(online_retail.read_lines(path, limit))


def customer(result, number):
    return next(record for record in result["customers"] if record["id"] == number)


def matches(result):
    """Returns row, linked, unlinked and the pairs of order row and quantity of each return line."""
    return [(record["row"], record["linked"], record["unlinked"],
             [(link["row"], link["quantity"]) for link in record["links"]]) for record in result["return_lines"]]


class Values(unittest.TestCase):

    def test_prices_are_exact_micros(self):
        for text, micros in [("2.55", 2550000), ("0.001", 1000), ("3", 3000000), ("0", 0), ("0.0", 0),
                             ("-11062.06", -11062060000), ("-0.5", -500000), ("1.000001", 1000001)]:
            self.assertEqual(online_retail.parse_price(text), micros, text)
        for text in ["", "1e3", "1,5", ".5", "1.", "1.0000001", "nan", " 1", "1\n", "\u0661"]:
            with self.assertRaises(ValueError, msg=text):
                online_retail.parse_price(text)

    def test_quantities_are_whole(self):
        self.assertEqual(online_retail.parse_quantity("-80995"), -80995)
        for text in ["", "1.0", "+1", "1 "]:
            with self.assertRaises(ValueError, msg=text):
                online_retail.parse_quantity(text)

    def test_customers(self):
        self.assertEqual(online_retail.parse_customer("17850.0"), 17850)
        self.assertEqual(online_retail.parse_customer("17850"), 17850)
        self.assertIsNone(online_retail.parse_customer(""))
        for text in ["17850.5", "x", "-1.0", " "]:
            with self.assertRaises(ValueError, msg=text):
                online_retail.parse_customer(text)

    def test_times_are_london_local(self):
        for text, utc, day, oddity in [
                ("2010-12-01 08:26:00", "2010-12-01T08:26:00Z", "2010-12-01", ""),
                ("2011-06-01 00:30:00", "2011-05-31T23:30:00Z", "2011-06-01", ""),
                ("2011-03-27 00:59:00", "2011-03-27T00:59:00Z", "2011-03-27", ""),
                ("2011-03-27 01:30:00", "2011-03-27T01:30:00Z", "2011-03-27", "gap"),
                ("2011-03-27 02:00:00", "2011-03-27T01:00:00Z", "2011-03-27", ""),
                ("2011-10-30 00:59:00", "2011-10-29T23:59:00Z", "2011-10-30", ""),
                ("2011-10-30 01:30:00", "2011-10-30T00:30:00Z", "2011-10-30", "twice"),
                ("2011-10-30 02:00:00", "2011-10-30T02:00:00Z", "2011-10-30", "")]:
            moment = online_retail.parse_moment(text)
            self.assertEqual((moment.utc, moment.day.isoformat(), moment.oddity), (utc, day, oddity), text)

    def test_what_is_not_a_product(self):
        for code in ["POST", "D", "M", "m", "C2", "c2", "DOT", "BANK CHARGES", "bank charges", "AMAZONFEE", "S",
                     "CRUK", "PADS", "pads", "gift_0001_20", "GIFT_0001_20"]:
            self.assertFalse(online_retail.is_product(code), code)
        for code in ["85123A", "DCGSSGIRL", "DCGS0003", "POSTAGE", "MM", "gift", "SP1002", "22138"]:
            self.assertTrue(online_retail.is_product(code), code)

    def test_score_is_integer_arithmetic(self):
        self.assertEqual([online_retail.score(worse, 7) for worse in range(7)], [1, 1, 2, 3, 3, 4, 5])
        self.assertEqual([online_retail.score(worse, 5) for worse in range(5)], [1, 2, 3, 4, 5])
        self.assertEqual(online_retail.score(0, 1), 1)


class Lines(unittest.TestCase):

    def test_reasons_to_ignore(self):
        result = report(
            line("1", "A", 2, "2011-01-01 10:00"),
            line("A2", "B", 1, "2011-01-02 10:00", "11062.06"),
            line("A3", "b", -1, "2011-01-02 10:00", "-11062.06"),  # Bad debt goes before every other reason.
            line("3", "A", 0, "2011-01-02 10:00"),
            line("C3", "A", 0, "2011-01-02 10:00"),
            line("4", "A", 1, "2011-01-02 10:00", "-0.01"),
            line("C4", "A", -1, "2011-01-02 10:00", "-0.01"),
            line("5", "A", -1, "2011-01-02 10:00"),
            line("C6", "A", 1, "2011-01-02 10:00"),
            line("7", "A", 1, "2011-01-01 11:00", "0.0"))
        self.assertEqual(result["totals"]["lines"], {
            "read": 10, "kept": 2, "ignored_total": 8,
            "ignored": {"bad_debt": 2, "zero_quantity": 2, "negative_price": 2, "stock_correction": 1,
                        "positive_in_return": 1}})
        # Only the invoices 1 and 7 have a kept line, so the others are neither orders nor returns.
        self.assertEqual(result["totals"]["orders"], {"with_customer": 2, "without_customer": 0})
        self.assertEqual(result["totals"]["returns"], {"with_customer": 0, "without_customer": 0})
        self.assertEqual(result["totals"]["money_micros"], {"gross": 2000000, "returned": 0, "net": 2000000})
        # The ignored lines of the next day do not move the RFM day.
        self.assertEqual(result["totals"]["time"], {
            "first": "2011-01-01T10:00:00Z", "last": "2011-01-01T11:00:00Z", "rfm_day": "2011-01-02"})

    def test_customer_with_ignored_lines_only_is_none(self):
        result = report(line("1", "A", -1, "2011-01-01 10:00"))
        self.assertEqual(result["customers"], [])
        self.assertEqual(result["totals"]["time"], {"first": None, "last": None, "rfm_day": None})

    def test_duplicates_stay_and_are_numbered(self):
        same = line("1", "A", 2, "2011-01-01 10:00", "1.50")
        result = report(same, same, line("1", "A", 2, "2011-01-01 10:00", "1.5"),
                        line("2", "A", 2, "2011-01-01 10:00", "1.50"), same,
                        line("C3", "A", -1, "2011-01-02 10:00"), line("C3", "A", -1, "2011-01-02 10:00"))
        self.assertEqual(result["totals"]["money_micros"]["gross"], 15000000)
        self.assertEqual(result["totals"]["units"], {"sold": 10, "returned": 2})
        self.assertEqual(result["oddities"]["duplicate_lines"], 3)
        self.assertEqual([record["occurrence"] for record in result["return_lines"]], [1, 2])
        self.assertEqual([record["links"] for record in result["return_lines"]],
                         [[{"row": 5, "invoice": "1", "occurrence": 3, "quantity": 1}]] * 2)

    def test_not_products_count_to_revenue_but_not_to_units(self):
        result = report(
            line("1", "A", 3, "2011-01-01 10:00", "1.00"),
            line("1", "POST", 2, "2011-01-01 10:00", "18.00"),
            line("1", "gift_0001_20", 1, "2011-01-01 10:00", "20.00"),
            line("C2", "D", -1, "2011-01-02 10:00", "5.00"),
            line("C2", "A", -1, "2011-01-02 10:00", "0.90"))
        self.assertEqual(result["totals"]["money_micros"], {"gross": 59000000, "returned": 5900000, "net": 53100000})
        self.assertEqual(result["totals"]["units"], {"sold": 3, "returned": 1})
        self.assertEqual(result["oddities"]["lines_not_product"], 3)

    def test_zero_price_is_worth_nothing_but_has_units(self):
        result = report(line("1", "A", 3, "2011-01-01 10:00", "0.0"), line("1", "M", 4, "2011-01-01 10:00", "0"))
        self.assertEqual(result["totals"]["money_micros"]["gross"], 0)
        self.assertEqual(result["totals"]["units"]["sold"], 3)
        self.assertEqual(result["totals"]["orders"]["with_customer"], 1)
        self.assertEqual(result["oddities"]["lines_with_zero_price"], 2)
        self.assertEqual(result["oddities"]["units_with_zero_price"], 3)

    def test_limit(self):
        lines = [line(str(number), "A", 1, "2011-01-01 10:00") for number in range(1, 6)]
        for limit, expected in [(None, 5), (0, 0), (3, 3), (9, 5)]:
            self.assertEqual(report(*lines, limit=limit)["totals"]["lines"]["read"], expected)

    def test_unreadable_line_names_its_row(self):
        good = line("1", "A", 1, "2011-01-01 10:00")
        for bad in [line("1", "A", "x", "2011-01-01 10:00"), line("1", "A", 1, "2011-02-29 10:00"),
                    line("1", "A", 1, "2011-01-01 10:00", "free"), good[:7], good + ["more"]]:
            with self.assertRaisesRegex(ValueError, "^row 2: "):
                report(good, bad)

    def test_header_must_match(self):
        with self.assertRaisesRegex(ValueError, "unexpected header"), tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "lines.csv")
            with open(path, "w", encoding="utf-8") as file:
                file.write("Invoice,StockCode\n")
            online_retail.read_lines(path)


class Invoices(unittest.TestCase):

    def test_time_is_that_of_the_earliest_line(self):
        result = report(
            line("1", "A", 1, "2011-01-02 00:01"),
            line("1", "A", 1, "2011-01-01 23:59"),
            line("1", "B", 1, "2011-01-01 08:00"))  # An ignored line does not count for the time.
        self.assertEqual(customer(result, 1)["first_order"], "2011-01-01T23:59:00Z")
        self.assertEqual(customer(result, 1)["order_days"], 1)
        self.assertEqual(customer(result, 1)["last_order_day"], "2011-01-01")
        # The RFM day follows the line itself, and the recency follows the order.
        self.assertEqual(result["totals"]["time"]["rfm_day"], "2011-01-03")
        self.assertEqual(customer(result, 1)["rfm"]["recency_days"], 2)
        self.assertEqual(result["oddities"]["invoices_with_two_times"], 1)

    def test_lines_of_one_invoice_may_stand_apart(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00"),
            line("2", "A", 1, "2011-01-01 10:00"),
            line("1", "C", 1, "2011-01-01 10:00"))
        self.assertEqual(result["totals"]["orders"]["with_customer"], 2)
        self.assertEqual(result["oddities"]["interrupted_invoices"], 1)

    def test_an_ignored_line_does_not_interrupt(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00"),
            line("2", "A", -1, "2011-01-01 10:00"),
            line("1", "C", 1, "2011-01-01 10:00"))
        self.assertEqual(result["oddities"]["interrupted_invoices"], 0)

    def test_orders_and_returns_without_customer(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00", "2.00", ""),
            line("C2", "A", -1, "2011-01-02 10:00", "2.00", ""),
            line("3", "A", 1, "2011-01-01 10:00", "7.00", "5.0"))
        self.assertEqual(result["totals"]["orders"], {"with_customer": 1, "without_customer": 1})
        self.assertEqual(result["totals"]["returns"], {"with_customer": 0, "without_customer": 1})
        self.assertEqual(result["totals"]["money_micros"], {"gross": 9000000, "returned": 2000000, "net": 7000000})
        self.assertEqual([record["id"] for record in result["customers"]], [5])

    def test_first_kept_line_names_customer_and_country(self):
        result = report(
            line("1", "A", -1, "2011-01-01 10:00", "1.00", "9.0", "France"),
            line("1", "A", 1, "2011-01-01 10:00", "1.00", "2.0", "EIRE"),
            line("1", "C", 1, "2011-01-01 10:00", "1.00", ""))
        self.assertEqual([(record["id"], record["country"], record["gross_micros"])
                          for record in result["customers"]], [(2, "EIRE", 2000000)])
        self.assertEqual(result["oddities"]["invoices_with_two_customers"], 1)
        self.assertEqual(result["oddities"]["invoices_with_two_countries"], 1)


class Returns(unittest.TestCase):

    def test_most_recent_first_over_several_lines_and_partially(self):
        result = report(
            line("1", "A", 5, "2011-01-01 10:00"),
            line("2", "A", 3, "2011-01-02 10:00"),
            line("3", "A", 2, "2011-01-03 10:00"),
            line("C4", "A", -4, "2011-01-04 10:00"),   # Two of row 3, two of row 2.
            line("C5", "A", -7, "2011-01-05 10:00"),   # One of row 2, five of row 1, one finds nothing.
            line("C6", "A", -2, "2011-01-06 10:00"))   # Nothing is left.
        self.assertEqual(matches(result), [
            (4, 4, 0, [(3, 2), (2, 2)]), (5, 6, 1, [(2, 1), (1, 5)]), (6, 0, 2, [])])
        self.assertEqual(result["totals"]["return_lines"], {
            "linked": {"lines": 1, "linked_quantity": 4, "unlinked_quantity": 0},
            "partly": {"lines": 1, "linked_quantity": 6, "unlinked_quantity": 1},
            "unlinked": {"lines": 1, "linked_quantity": 0, "unlinked_quantity": 2},
            "total": {"lines": 3, "linked_quantity": 10, "unlinked_quantity": 3}})

    def test_only_strictly_earlier_orders(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00"),
            line("C2", "A", -1, "2011-01-01 10:00"),
            line("3", "C", 1, "2011-01-02 10:00"),
            line("C4", "C", -1, "2011-01-01 09:59"))
        self.assertEqual(matches(result), [(2, 0, 1, []), (4, 0, 1, [])])

    def test_order_between_two_returns(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00"),
            line("C2", "A", -1, "2011-01-02 10:00"),
            line("3", "A", 1, "2011-01-03 10:00"),
            line("C4", "A", -2, "2011-01-04 10:00"))
        self.assertEqual(matches(result), [(2, 1, 0, [(1, 1)]), (4, 1, 1, [(3, 1)])])

    def test_later_row_first_among_equal_times(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00"),
            line("2", "A", 1, "2011-01-01 10:00"),
            line("1", "A", 1, "2011-01-01 10:00", "1.10"),
            line("C3", "A", -2, "2011-01-02 10:00"))
        self.assertEqual(matches(result), [(4, 2, 0, [(3, 1), (2, 1)])])

    def test_invoice_time_counts_and_not_the_line_time(self):
        result = report(
            line("1", "C", 1, "2011-01-01 09:00"),
            line("1", "A", 1, "2011-01-01 10:00"),    # Its invoice is from nine o'clock.
            line("2", "A", 1, "2011-01-01 09:10"),
            line("C3", "A", -1, "2011-01-01 09:30"))  # Takes row 3, the later invoice.
        self.assertEqual(matches(result), [(4, 1, 0, [(3, 1)])])
        result = report(
            line("1", "C", 1, "2011-01-01 09:00"),
            line("1", "A", 1, "2011-01-01 10:00"),
            line("C3", "A", -1, "2011-01-01 09:30"))  # Takes row 2, although that line is later.
        self.assertEqual(matches(result), [(3, 1, 0, [(2, 1)])])
        result = report(
            line("1", "A", 1, "2011-01-01 09:30"),
            line("C2", "A", -1, "2011-01-01 09:40"),
            line("C2", "C", -1, "2011-01-01 09:20"))  # Makes the whole return earlier than the order.
        self.assertEqual(matches(result), [(2, 0, 1, []), (3, 0, 1, [])])

    def test_returns_are_taken_by_time_then_by_row(self):
        result = report(
            line("1", "A", 1, "2011-01-01 10:00"),
            line("1", "C", 1, "2011-01-01 10:00"),
            line("C2", "A", -1, "2011-01-03 10:00"),
            line("C3", "A", -1, "2011-01-02 10:00"),  # Earlier, so it is served first.
            line("C4", "C", -1, "2011-01-02 10:00"),
            line("C5", "C", -1, "2011-01-02 10:00"))  # At the same time, but in a later row.
        self.assertEqual(matches(result), [(3, 0, 1, []), (4, 1, 0, [(1, 1)]), (5, 1, 0, [(2, 1)]), (6, 0, 1, [])])

    def test_same_customer_and_exactly_the_same_code(self):
        result = report(
            line("1", "85123A", 1, "2011-01-01 10:00", "1.00", "1.0"),
            line("2", "85123a", 1, "2011-01-01 10:00", "1.00", "2.0"),
            line("3", "85123A", 1, "2011-01-01 10:00", "1.00", ""),
            line("C4", "85123A", -1, "2011-01-02 10:00", "1.00", "2.0"),
            line("C5", "85123a", -1, "2011-01-02 10:00", "1.00", "2.0"),
            line("C6", "85123A", -1, "2011-01-02 10:00", "1.00", ""))
        self.assertEqual(matches(result), [(4, 0, 1, []), (5, 1, 0, [(2, 1)]), (6, 0, 1, [])])
        self.assertEqual([record["customer"] for record in result["return_lines"]], [2, 2, None])
        self.assertEqual(result["oddities"]["codes_differing_only_in_case"], 1)

    def test_not_products_are_matched_too(self):
        result = report(
            line("1", "POST", 2, "2011-01-01 10:00", "18.00"),
            line("1", "m", 1, "2011-01-01 10:00", "3.00"),
            line("C2", "POST", -1, "2011-01-02 10:00", "18.00"),
            line("C2", "M", -1, "2011-01-02 10:00", "3.00"))
        self.assertEqual(matches(result), [(3, 1, 0, [(1, 1)]), (4, 0, 1, [])])

    def test_a_return_counts_at_its_own_price(self):
        result = report(
            line("1", "A", 2, "2011-01-01 10:00", "0.0"),
            line("C2", "A", -2, "2011-01-02 10:00", "4.25"))
        self.assertEqual(matches(result), [(2, 2, 0, [(1, 2)])])
        self.assertEqual(result["totals"]["money_micros"], {"gross": 0, "returned": 8500000, "net": -8500000})

    def test_ignored_lines_cannot_be_returned(self):
        result = report(
            line("1", "A", -3, "2011-01-01 10:00"),
            line("A2", "B", 1, "2011-01-01 10:00"),
            line("C3", "A", -1, "2011-01-02 10:00"))
        self.assertEqual(matches(result), [(3, 0, 1, [])])


class Customers(unittest.TestCase):

    def test_figures_of_one_customer(self):
        result = report(
            line("1", "A", 2, "2011-06-01 00:30", "1.25", "17850.0"),
            line("2", "A", 1, "2011-06-01 12:00", "1.00", "17850.0"),
            line("3", "POST", 1, "2011-06-03 12:00", "18.00", "17850.0"),
            line("C4", "A", -1, "2011-06-05 12:00", "1.25", "17850.0"))
        self.assertEqual(customer(result, 17850), {
            "id": 17850, "country": UK, "orders": 3, "returns": 1, "order_days": 2,
            "first_order": "2011-05-31T23:30:00Z", "last_order": "2011-06-03T11:00:00Z",
            "last_order_day": "2011-06-03",
            "gross_micros": 21500000, "returned_micros": 1250000, "net_micros": 20250000,
            "units_sold": 3, "units_returned": 1,
            "rfm": {"recency_days": 3, "frequency": 2, "monetary_micros": 20250000, "r": 1, "f": 1, "m": 1}})
        self.assertEqual(result["totals"]["time"]["rfm_day"], "2011-06-06")

    def test_who_only_returned_has_no_rfm(self):
        result = report(
            line("C1", "A", -1, "2011-01-01 10:00", "1.25", "2.0", "Spain"),
            line("C2", "A", -1, "2011-01-02 10:00", "1.25", "2.0", "France"),
            line("3", "A", 1, "2011-01-01 10:00"))
        record = customer(result, 2)
        self.assertIsNone(record["rfm"])
        self.assertEqual((record["country"], record["returns"], record["net_micros"], record["first_order"],
                          record["last_order"], record["last_order_day"]), ("France", 2, -2500000, None, None, None))
        self.assertEqual(result["totals"]["customers"], {"all": 2, "with_order": 1, "only_returns": 1})

    def test_customers_are_sorted_by_number(self):
        result = report(*[line(number, "A", 1, "2011-01-01 10:00", customer=number) for number in ["10", "9", "100"]])
        self.assertEqual([record["id"] for record in result["customers"]], [9, 10, 100])

    def test_country_is_that_of_the_latest_order(self):
        result = report(
            line("1", "A", 1, "2011-01-02 10:00", country="France"),
            line("2", "A", 1, "2011-01-01 10:00", country="Spain"),
            line("C3", "A", -1, "2011-01-03 10:00", country="EIRE"))  # A return does not change it.
        self.assertEqual(customer(result, 1)["country"], "France")
        self.assertEqual(result["oddities"]["customers_with_two_countries"], 1)
        self.assertEqual(result["oddities"]["customers_with_country_tie"], 0)

    def test_later_row_wins_among_orders_of_the_same_time(self):
        result = report(
            line("2", "A", 1, "2011-01-02 10:00", country="France"),
            line("1", "A", 1, "2011-01-02 10:00", country="Spain"),
            line("0", "A", 1, "2011-01-01 10:00", country="EIRE"))
        self.assertEqual(customer(result, 1)["country"], "Spain")
        self.assertEqual(result["oddities"]["customers_with_country_tie"], 1)

    def test_scores_histogram_and_segments(self):
        days = {1: [1], 2: [1], 3: [5], 4: [2, 6], 5: [3, 6], 6: [4, 5, 7], 7: range(1, 10)}
        prices = {1: "10.00", 2: "0.0", 3: "10.00", 4: "5.00", 5: "600.00", 6: "1.00", 7: "1000.00"}
        lines = [line(f"{number}{day:02}", "A", 1, f"2011-01-{day:02} 10:00", prices[number], str(number),
                      "EIRE" if number == 3 else UK) for number in days for day in days[number]]
        lines.append(line("C1", "C", -1, "2011-01-02 10:00", "15.00", "1"))  # Unlinked, yet it counts.
        lines.append(line("C2", "C", -1, "2011-01-02 10:00", "1.00", "8", "France"))
        result = report(*lines)
        self.assertEqual(result["totals"]["time"]["rfm_day"], "2011-01-10")
        figures = [tuple(customer(result, number)["rfm"].values()) for number in range(1, 8)]
        self.assertEqual(figures, [
            # Days, frequency and micros, then among the other six those who are worse, as 1 + floor(5 * worse / 7).
            (9, 1, -5000000, 1, 1, 1),    # Worse: 0, 0, 0.
            (9, 1, 0, 1, 1, 1),           # Worse: 0, 0, 1.
            (5, 1, 10000000, 2, 1, 3),    # Worse: 2, 0, 3.
            (4, 2, 10000000, 3, 3, 3),    # Worse: 3, 3, 3.
            (4, 2, 1200000000, 3, 3, 4),  # Worse: 3, 3, 5.
            (3, 3, 3000000, 4, 4, 2),     # Worse: 5, 5, 2.
            (1, 9, 9000000000, 5, 5, 5)])  # Worse: 6, 6, 6.
        self.assertIsNone(customer(result, 8)["rfm"])
        self.assertEqual(result["rfm_histogram"], {"111": 2, "213": 1, "333": 1, "334": 1, "442": 1, "555": 1})
        self.assertEqual(result["segments"], {
            "champions": {"all": 1, "with_order": 1},
            "frequency_at_least_10": {"all": 0, "with_order": 0},
            "not_united_kingdom": {"all": 2, "with_order": 1},
            "monetary_over_1000_gbp": {"all": 2, "with_order": 2},
            "last_order_over_90_days_ago": {"all": 0, "with_order": 0},
            "has_return": {"all": 2, "with_order": 1},
            "r_at_most_2_and_m_at_least_4": {"all": 0, "with_order": 0}})

    def test_segment_bounds(self):
        # Customer 1: ten days, 1000.01 GBP, 91 days ago. Customer 2: nine days with ten orders, 1000 GBP, 90 days ago.
        lines = [line(f"1{day:02}", "A", 1, f"2011-01-{day:02} 10:00", "100.001", "1") for day in range(1, 11)]
        lines += [line(f"2{day:02}", "A", 1, f"2011-01-{day:02} 10:00", "100", "2") for day in range(3, 12)]
        lines += [line("299", "A", 1, "2011-01-11 11:00", "100", "2"), line("3", "A", 1, "2011-04-10 10:00", "1", "3")]
        result = report(*lines)
        self.assertEqual([list(customer(result, number)["rfm"].values()) for number in (1, 2, 3)], [
            [91, 10, 1000010000, 1, 4, 4], [90, 9, 1000000000, 2, 2, 2], [1, 1, 1000000, 4, 1, 1]])
        self.assertEqual(customer(result, 2)["orders"], 10)
        self.assertEqual({name: size["all"] for name, size in result["segments"].items()}, {
            "champions": 0, "frequency_at_least_10": 1, "not_united_kingdom": 0, "monetary_over_1000_gbp": 1,
            "last_order_over_90_days_ago": 1, "has_return": 0, "r_at_most_2_and_m_at_least_4": 1})

    def test_rfm_day_is_local_and_counts_returns(self):
        result = report(
            line("1", "A", 1, "2011-05-31 10:00"),
            line("C2", "A", -1, "2011-06-01 00:30"))  # Still the last of May in UTC.
        self.assertEqual(result["totals"]["time"], {
            "first": "2011-05-31T09:00:00Z", "last": "2011-05-31T23:30:00Z", "rfm_day": "2011-06-02"})
        self.assertEqual(customer(result, 1)["rfm"]["recency_days"], 2)


class CommandLine(unittest.TestCase):

    LINES = [line("1", "A", 2, "2011-01-01 10:00", country="Österreich", description='Two,\n"quoted" lines'),
             line("2", "A", 1, "2011-01-02 10:00")]

    def run_script(self, *arguments):
        return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, check=False)

    def test_plain_and_gzip_give_the_same_canonical_json(self):
        outputs = []
        for compress in (False, True):
            with csv_file(self.LINES, compress) as path:
                done = self.run_script("--csv", path)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            outputs.append(done.stdout)
        self.assertEqual(outputs[0], outputs[1])
        text = outputs[0].decode("utf-8")
        canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
        self.assertEqual(text, canonical)
        self.assertEqual(json.loads(text)["totals"]["lines"]["read"], 2)

    def test_limit_and_summary(self):
        with csv_file(self.LINES) as path:
            limited = json.loads(self.run_script("--csv", path, "--limit", "1").stdout)
            summary = self.run_script("--csv", path, "--summary").stdout.decode("utf-8")
            refused = self.run_script("--csv", path, "--limit", "-1")
        self.assertEqual(limited["customers"][0]["country"], "Österreich")
        self.assertEqual(limited["totals"]["units"]["sold"], 2)
        self.assertRegex(summary, r"(?m)^money net +3\.000000 GBP$")
        self.assertRegex(summary, r"(?m)^lines kept +2$")
        self.assertNotEqual(refused.returncode, 0)

    def test_money_for_people(self):
        self.assertEqual(online_retail.format_micros(-1234500001), "-1,234.500001 GBP")
        self.assertEqual(online_retail.format_micros(-1), "-0.000001 GBP")


if __name__ == "__main__":
    unittest.main()
