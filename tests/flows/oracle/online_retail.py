#!/usr/bin/env python3
"""An independent reading of the Online Retail order lines.

The script states what the data says, so that another program's figures can be compared with it. It shares no
code with anything else, uses the standard library alone, and works with integers wherever money is counted.

    online_retail.py --csv online_retail.csv.gz [--limit N] [--summary]

Canonical JSON goes to standard output: sorted keys, no spaces, UTF-8, one newline at the end. Money is in micros
(1 GBP = 1,000,000), times are UTC in RFC 3339, days are dates in Europe/London.

The rules, with the number of cases in the full file of 541,909 lines:

Lines. Each line is either kept or ignored for the first of these reasons that holds:
  bad_debt            The stock code is B, ignoring case (3). The line is as if it were not there.
  zero_quantity       The quantity is zero (0).
  negative_price      The price is below zero (0, because the two such lines are bad debt).
  stock_correction    The quantity is negative outside a 'C' invoice (1,336).
  positive_in_return  The quantity is positive in a 'C' invoice (0).
A line that cannot be read at all stops the script with its row (0). Lines with a price of zero are kept: they are
worth nothing, but their units count and returns may be linked to them (1,179). A line that repeats another one of
its invoice is kept; the two differ in their occurrence number, which starts at 1.

Invoices. An invoice is all kept lines with its number, also where other lines stand between them (1). Without any
kept line it does not exist (1,339). Its time is that of its earliest kept line (43 have two times). Its customer
and its country are those of its first kept line (0 invoices have two of either). A number that starts with a
capital C is a return, every other one is an order.

Times. A local time that does not exist when the clocks go forward is read with the offset before the change, and
one that exists twice when they go back is the first of the two (0 of either).

Items. The stock code exactly as written is the item, so codes that differ only in case are different items (112
pairs). The test for what is not a product ignores case. Items that are not products count to revenue, not to units.

Returns. Return lines are taken by invoice time, then by row. Each consumes what is left of the order lines of the
same customer and the same item whose invoice time is strictly earlier, the latest invoice time first and among
equal times the later row first. This also holds for items that are not products. Whatever finds nothing, and every
return without a customer, stays unlinked. A return counts at its own price whether or not it is linked.

Customers. A customer has at least one kept line. The country is that of the latest order; among orders of the same
time, the one that begins in the later row wins. Who only returned has the country of the latest return.

RFM. The day is the one after the last kept line, orders and returns alike. Only customers with an order are scored.
"""

import argparse
import bisect
import csv
import datetime
import functools
import gzip
import io
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple, Optional
from zoneinfo import ZoneInfo

MICROS = 1_000_000
LONDON = ZoneInfo("Europe/London")
COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
IGNORE_REASONS = ["bad_debt", "zero_quantity", "negative_price", "stock_correction", "positive_in_return"]
NOT_PRODUCTS = {"POST", "D", "M", "C2", "DOT", "BANK CHARGES", "AMAZONFEE", "S", "CRUK", "PADS"}
NOT_PRODUCT_PREFIX = "GIFT_"
BAD_DEBT = "B"


class Moment(NamedTuple):
    """A point in time. Moments compare by their UTC text, which has a fixed width."""

    utc: str
    day: datetime.date  # The date in Europe/London.
    oddity: str  # "gap", "twice" or "".


@dataclass(slots=True)
class Line:
    """One order line. A return line holds its negative quantity as it stands in the file."""

    row: int  # The first line after the header is row 1.
    invoice: str
    code: str
    quantity: int
    moment: Moment
    price: int  # In micros.
    customer: Optional[int]
    country: str
    occurrence: int  # Equal lines of one invoice are numbered from 1.

    @property
    def value(self):
        return abs(self.quantity) * self.price

    @property
    def units(self):
        return abs(self.quantity) if is_product(self.code) else 0


@dataclass(slots=True)
class Invoice:
    number: str
    lines: list = field(default_factory=list)

    @property
    def is_return(self):
        return is_return_number(self.number)

    @property
    def moment(self):
        return min(line.moment for line in self.lines)

    @property
    def row(self):
        return self.lines[0].row

    @property
    def customer(self):
        return self.lines[0].customer

    @property
    def country(self):
        return self.lines[0].country


@dataclass(slots=True)
class ReturnMatch:
    """What one return line consumed: links are pairs of an order line and a quantity, in the order of matching."""

    line: Line
    links: list

    @property
    def linked(self):
        return sum(quantity for _, quantity in self.links)

    @property
    def unlinked(self):
        return -self.line.quantity - self.linked

    @property
    def kind(self):
        if self.linked == 0:
            return "unlinked"
        return "linked" if self.unlinked == 0 else "partly"


# Reading values.


def is_return_number(invoice):
    return invoice.startswith("C")


@functools.lru_cache(maxsize=None)
def is_product(code):
    folded = code.upper()
    return folded not in NOT_PRODUCTS and not folded.startswith(NOT_PRODUCT_PREFIX)


@functools.lru_cache(maxsize=None)
def parse_moment(text):
    """Reads a Europe/London local time such as '2010-12-01 08:26:00'."""
    naive = datetime.datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    local = naive.replace(tzinfo=LONDON)
    utc = local.astimezone(datetime.timezone.utc)
    back = utc.astimezone(LONDON)
    if back.replace(tzinfo=None) != naive:
        oddity = "gap"
    elif local.utcoffset() != local.replace(fold=1).utcoffset():
        oddity = "twice"
    else:
        oddity = ""
    return Moment(utc.strftime("%Y-%m-%dT%H:%M:%SZ"), back.date(), oddity)


@functools.lru_cache(maxsize=None)
def parse_price(text):
    """Reads a decimal number as micros, exactly."""
    match = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]{1,6}))?", text)
    if match is None:
        raise ValueError(f"not a price: {text!r}")
    sign, whole, fraction = match.groups()
    micros = int(whole) * MICROS + int((fraction or "").ljust(6, "0"))
    return -micros if sign else micros


@functools.lru_cache(maxsize=None)
def parse_quantity(text):
    if re.fullmatch(r"-?[0-9]+", text) is None:
        raise ValueError(f"not a quantity: {text!r}")
    return int(text)


@functools.lru_cache(maxsize=None)
def parse_customer(text):
    """Reads '17850.0' or '17850' as 17850, and nothing as no customer."""
    if text == "":
        return None
    match = re.fullmatch(r"([0-9]+)(?:\.0+)?", text)
    if match is None:
        raise ValueError(f"not a customer: {text!r}")
    return int(match.group(1))


# Reading the file.


def open_text(path):
    """Opens a plain or a gzip file; the first two bytes tell which it is."""
    raw = open(path, "rb")
    is_gzip = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    data = gzip.GzipFile(fileobj=raw) if is_gzip else raw
    return io.TextIOWrapper(data, encoding="utf-8-sig", newline="")


def parse_line(row, fields, seen):
    """Makes a Line. The counter of contents seen so far gives the occurrence number."""
    if len(fields) != len(COLUMNS):
        raise ValueError(f"row {row}: {len(fields)} fields")
    invoice, code, _, quantity, date, price, customer, country = fields
    identity = tuple(fields)
    seen[identity] += 1
    try:
        return Line(row, invoice, code, parse_quantity(quantity), parse_moment(date), parse_price(price),
                    parse_customer(customer), country, seen[identity])
    except ValueError as error:
        raise ValueError(f"row {row}: {error}") from error


def read_lines(path, limit=None):
    """Reads all lines, or only the first ones."""
    with open_text(path) as text:
        reader = csv.reader(text, strict=True)
        header = next(reader, None)
        if header != COLUMNS:
            raise ValueError(f"unexpected header: {header}")
        seen = Counter()
        lines = []
        for row, fields in enumerate(reader, start=1):
            if limit is not None and row > limit:
                break
            lines.append(parse_line(row, fields, seen))
        return lines


def ignore_reason(line):
    """Names why a line is ignored, or returns None for a kept line."""
    if line.code.upper() == BAD_DEBT:
        return "bad_debt"
    if line.quantity == 0:
        return "zero_quantity"
    if line.price < 0:
        return "negative_price"
    if line.quantity < 0 and not is_return_number(line.invoice):
        return "stock_correction"
    if line.quantity > 0 and is_return_number(line.invoice):
        return "positive_in_return"
    return None


def split_lines(lines):
    """Returns the kept lines and how many were ignored for each reason."""
    ignored = dict.fromkeys(IGNORE_REASONS, 0)
    kept = []
    for line in lines:
        reason = ignore_reason(line)
        if reason is None:
            kept.append(line)
        else:
            ignored[reason] += 1
    return kept, ignored


def group_invoices(kept):
    """Gathers lines by invoice number, in the order in which the invoices begin."""
    invoices = {}
    for line in kept:
        invoices.setdefault(line.invoice, Invoice(line.invoice)).lines.append(line)
    return list(invoices.values())


# Matching returns with what was ordered.


def lines_in_time_order(invoices):
    """Returns pairs of invoice time and line, by invoice time, then by row."""
    pairs = [(invoice.moment.utc, line) for invoice in invoices for line in invoice.lines]
    return sorted(pairs, key=lambda pair: (pair[0], pair[1].row))


def consume(stack, wanted):
    """Takes up to the wanted quantity from the end of a stack of [line, quantity left]."""
    links = []
    while wanted > 0 and stack:
        line, left = stack[-1]
        taken = min(wanted, left)
        links.append((line, taken))
        wanted -= taken
        stack[-1][1] -= taken
        if stack[-1][1] == 0:
            stack.pop()
    return links


def match_returns(invoices):
    """Matches every return line.

    Returns come in time order, so when one is taken, the order lines that are strictly earlier are exactly those
    pushed so far. Each customer and item has a stack of them, whose end is the latest time and the latest row.
    """
    ordered = lines_in_time_order([invoice for invoice in invoices if not invoice.is_return])
    returned = lines_in_time_order([invoice for invoice in invoices if invoice.is_return])
    customer_of = {invoice.number: invoice.customer for invoice in invoices}
    stacks = defaultdict(list)
    matches = []
    pushed = 0
    for time, line in returned:
        while pushed < len(ordered) and ordered[pushed][0] < time:
            earlier = ordered[pushed][1]
            stacks[customer_of[earlier.invoice], earlier.code].append([earlier, earlier.quantity])
            pushed += 1
        customer = customer_of[line.invoice]
        links = [] if customer is None else consume(stacks[customer, line.code], -line.quantity)
        matches.append(ReturnMatch(line, links))
    return matches


# Customers and their scores.


def pick_country(orders, returns):
    """Takes the country of the latest order, or of the latest return where there is no order."""
    latest = max(orders or returns, key=lambda invoice: (invoice.moment.utc, invoice.row))
    return latest.country


def sum_lines(invoices, what):
    return sum(getattr(line, what) for invoice in invoices for line in invoice.lines)


def describe_customer(customer, invoices):
    orders = [invoice for invoice in invoices if not invoice.is_return]
    returns = [invoice for invoice in invoices if invoice.is_return]
    moments = [order.moment for order in orders]
    gross = sum_lines(orders, "value")
    returned = sum_lines(returns, "value")
    return {
        "id": customer,
        "country": pick_country(orders, returns),
        "orders": len(orders),
        "returns": len(returns),
        "order_days": len({moment.day for moment in moments}),
        "first_order": min(moments).utc if moments else None,
        "last_order": max(moments).utc if moments else None,
        "last_order_day": max(moments).day.isoformat() if moments else None,
        "gross_micros": gross,
        "returned_micros": returned,
        "net_micros": gross - returned,
        "units_sold": sum_lines(orders, "units"),
        "units_returned": sum_lines(returns, "units"),
        "rfm": None,
    }


def describe_customers(invoices):
    """Returns one record for each customer, sorted by id, still without scores."""
    by_customer = defaultdict(list)
    for invoice in invoices:
        if invoice.customer is not None:
            by_customer[invoice.customer].append(invoice)
    return [describe_customer(customer, by_customer[customer]) for customer in sorted(by_customer)]


def find_rfm_day(kept):
    if not kept:
        return None
    return max(line.moment.day for line in kept) + datetime.timedelta(days=1)


def score(worse, count):
    return 1 + 5 * worse // count


def score_customers(customers, rfm_day):
    """Adds recency, frequency, monetary and their scores to each customer that has an order."""
    scored = [customer for customer in customers if customer["orders"] > 0]
    for customer in scored:
        last_day = datetime.date.fromisoformat(customer["last_order_day"])
        customer["rfm"] = {
            "recency_days": (rfm_day - last_day).days,
            "frequency": customer["order_days"],
            "monetary_micros": customer["net_micros"],
        }
    count = len(scored)
    recencies, frequencies, monetaries = (
        sorted(customer["rfm"][name] for customer in scored)
        for name in ("recency_days", "frequency", "monetary_micros"))
    for customer in scored:
        rfm = customer["rfm"]
        # More days since the last order are worse; fewer order days and less money are worse.
        rfm["r"] = score(count - bisect.bisect_right(recencies, rfm["recency_days"]), count)
        rfm["f"] = score(bisect.bisect_left(frequencies, rfm["frequency"]), count)
        rfm["m"] = score(bisect.bisect_left(monetaries, rfm["monetary_micros"]), count)


def count_rfm(customers):
    """Counts customers by their three scores, such as '555'."""
    triples = Counter()
    for customer in customers:
        rfm = customer["rfm"]
        if rfm is not None:
            triples[f"{rfm['r']}{rfm['f']}{rfm['m']}"] += 1
    return dict(triples)


def with_rfm(test):
    """Makes a test of RFM figures that no customer without an order passes."""
    return lambda customer: customer["rfm"] is not None and test(customer["rfm"])


SEGMENTS = {
    "champions": with_rfm(lambda rfm: rfm["r"] == 5 and rfm["f"] == 5 and rfm["m"] == 5),
    "frequency_at_least_10": with_rfm(lambda rfm: rfm["frequency"] >= 10),
    "not_united_kingdom": lambda customer: customer["country"] != "United Kingdom",
    "monetary_over_1000_gbp": with_rfm(lambda rfm: rfm["monetary_micros"] > 1000 * MICROS),
    "last_order_over_90_days_ago": with_rfm(lambda rfm: rfm["recency_days"] > 90),
    "has_return": lambda customer: customer["returns"] > 0,
    "r_at_most_2_and_m_at_least_4": with_rfm(lambda rfm: rfm["r"] <= 2 and rfm["m"] >= 4),
}


def count_segments(customers):
    """Counts each segment among all customers, and among those with an order."""
    sizes = {}
    for name, test in SEGMENTS.items():
        members = [customer for customer in customers if test(customer)]
        sizes[name] = {
            "all": len(members),
            "with_order": sum(1 for customer in members if customer["orders"] > 0),
        }
    return sizes


# Counting what the rules had to decide.


def count_invoices_with_two(invoices, what):
    return sum(1 for invoice in invoices if len({getattr(line, what) for line in invoice.lines}) > 1)


def count_interrupted_invoices(kept):
    """Counts invoices that have a kept line of another invoice between their own."""
    starts = Counter()
    previous = None
    for line in kept:
        if line.invoice != previous:
            starts[line.invoice] += 1
        previous = line.invoice
    return sum(1 for count in starts.values() if count > 1)


def count_customers_with_two_countries(invoices):
    countries = defaultdict(set)
    for invoice in invoices:
        if invoice.customer is not None:
            countries[invoice.customer].add(invoice.country)
    return sum(1 for names in countries.values() if len(names) > 1)


def count_country_ties(invoices):
    """Counts customers whose latest orders have the same time but not the same country."""
    latest = defaultdict(lambda: ("", set()))
    for order in invoices:
        if order.customer is None or order.is_return:
            continue
        time = order.moment.utc
        if time > latest[order.customer][0]:
            latest[order.customer] = (time, set())
        if time == latest[order.customer][0]:
            latest[order.customer][1].add(order.country)
    return sum(1 for _, names in latest.values() if len(names) > 1)


def count_codes_differing_in_case(kept):
    """Counts groups of stock codes that differ only in case."""
    spellings = defaultdict(set)
    for line in kept:
        spellings[line.code.upper()].add(line.code)
    return sum(1 for codes in spellings.values() if len(codes) > 1)


def count_oddities(kept, invoices):
    """Counts, among kept lines and what they make up, the cases for which a rule was needed."""
    free = [line for line in kept if line.price == 0]
    return {
        "codes_differing_only_in_case": count_codes_differing_in_case(kept),
        "customers_with_two_countries": count_customers_with_two_countries(invoices),
        "customers_with_country_tie": count_country_ties(invoices),
        "duplicate_lines": sum(1 for line in kept if line.occurrence > 1),
        "interrupted_invoices": count_interrupted_invoices(kept),
        "invoices_with_two_countries": count_invoices_with_two(invoices, "country"),
        "invoices_with_two_customers": count_invoices_with_two(invoices, "customer"),
        "invoices_with_two_times": count_invoices_with_two(invoices, "moment"),
        "lines_at_missing_local_time": sum(1 for line in kept if line.moment.oddity == "gap"),
        "lines_at_repeated_local_time": sum(1 for line in kept if line.moment.oddity == "twice"),
        "lines_not_product": sum(1 for line in kept if not is_product(line.code)),
        "lines_with_zero_price": len(free),
        "units_with_zero_price": sum(line.units for line in free),
    }


# The report.


def count_by_customer(invoices):
    with_customer = sum(1 for invoice in invoices if invoice.customer is not None)
    return {"with_customer": with_customer, "without_customer": len(invoices) - with_customer}


def describe_lines(lines, kept, ignored):
    return {"read": len(lines), "kept": len(kept), "ignored": ignored, "ignored_total": len(lines) - len(kept)}


def describe_customer_counts(customers):
    with_order = sum(1 for customer in customers if customer["orders"] > 0)
    return {"all": len(customers), "with_order": with_order, "only_returns": len(customers) - with_order}


def describe_times(kept, rfm_day):
    """States the times of the first and the last kept line, whatever the invoice's own time is."""
    return {
        "first": min(line.moment for line in kept).utc if kept else None,
        "last": max(line.moment for line in kept).utc if kept else None,
        "rfm_day": rfm_day.isoformat() if rfm_day else None,
    }


def summarise_matches(matches):
    summary = {}
    for kind in ("linked", "partly", "unlinked"):
        chosen = [match for match in matches if match.kind == kind]
        summary[kind] = {
            "lines": len(chosen),
            "linked_quantity": sum(match.linked for match in chosen),
            "unlinked_quantity": sum(match.unlinked for match in chosen),
        }
    summary["total"] = {name: sum(part[name] for part in summary.values())
                        for name in ("lines", "linked_quantity", "unlinked_quantity")}
    return summary


def describe_match(match, customer):
    line = match.line
    return {
        "row": line.row,
        "invoice": line.invoice,
        "occurrence": line.occurrence,
        "code": line.code,
        "customer": customer,
        "quantity": -line.quantity,
        "linked": match.linked,
        "unlinked": match.unlinked,
        "links": [{"row": ordered.row, "invoice": ordered.invoice, "occurrence": ordered.occurrence,
                   "quantity": quantity} for ordered, quantity in match.links],
    }


def describe_matches(matches, invoices):
    """Returns one record for each return line, by row."""
    customer_of = {invoice.number: invoice.customer for invoice in invoices}
    by_row = sorted(matches, key=lambda match: match.line.row)
    return [describe_match(match, customer_of[match.line.invoice]) for match in by_row]


def make_report(lines):
    """Works out everything from the lines read."""
    kept, ignored = split_lines(lines)
    invoices = group_invoices(kept)
    orders = [invoice for invoice in invoices if not invoice.is_return]
    returns = [invoice for invoice in invoices if invoice.is_return]
    matches = match_returns(invoices)
    rfm_day = find_rfm_day(kept)
    customers = describe_customers(invoices)
    score_customers(customers, rfm_day)
    gross = sum_lines(orders, "value")
    returned = sum_lines(returns, "value")
    return {
        "totals": {
            "lines": describe_lines(lines, kept, ignored),
            "customers": describe_customer_counts(customers),
            "orders": count_by_customer(orders),
            "returns": count_by_customer(returns),
            "return_lines": summarise_matches(matches),
            "money_micros": {"gross": gross, "returned": returned, "net": gross - returned},
            "units": {"sold": sum_lines(orders, "units"), "returned": sum_lines(returns, "units")},
            "time": describe_times(kept, rfm_day),
        },
        "segments": count_segments(customers),
        "rfm_histogram": count_rfm(customers),
        "oddities": count_oddities(kept, invoices),
        "customers": customers,
        "return_lines": describe_matches(matches, invoices),
    }


def to_canonical_json(report):
    text = json.dumps(report, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return (text + "\n").encode("utf-8")


def format_micros(micros):
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), MICROS)
    return f"{sign}{whole:,}.{fraction:06d} GBP"


def format_summary(report):
    """Writes the totals, the segments and the oddities for a person to read."""
    rows = []

    def add(path, value):
        if isinstance(value, dict):
            for name, inner in value.items():
                add(path + [name], inner)
            return
        shown = value
        if isinstance(value, int):
            shown = format_micros(value) if "money_micros" in path else f"{value:,}"
        label = " ".join(path).replace("_micros", "").replace("_", " ")
        rows.append((label, str(shown)))

    add([], report["totals"])
    add(["segment"], report["segments"])
    add(["oddity"], report["oddities"])
    width = max(len(label) for label, _ in rows)
    return "".join(f"{label:<{width}}  {shown:>24}\n" for label, shown in rows)


def non_negative(text):
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return value


def main(arguments=None):
    parser = argparse.ArgumentParser(description="States what the Online Retail order lines say.")
    parser.add_argument("--csv", required=True, help="the order lines, plain or gzip")
    parser.add_argument("--limit", type=non_negative, help="read only the first N data lines")
    parser.add_argument("--summary", action="store_true", help="print only the totals, for a person to read")
    options = parser.parse_args(arguments)
    report = make_report(read_lines(options.csv, options.limit))
    if options.summary:
        output = format_summary(report).encode("utf-8")
    else:
        output = to_canonical_json(report)
    sys.stdout.buffer.write(output)


if __name__ == "__main__":
    main()
