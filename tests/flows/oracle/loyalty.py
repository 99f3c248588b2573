#!/usr/bin/env python3
"""An independent computation of the points that the Online Retail customers have.

The script reads the orders as online_retail.py does, and works points out from all of them at once, as the README of
loyalty-svc states the arithmetic; it shares no code with the service, and works with whole numbers alone.

    loyalty.py --csv online_retail.csv.gz [--points 1] [--step-micros 1000000] [--charges] [--minimum-micros 0]
               [--start 2010-12-01T00:00:00Z] [--end 2011-12-31T00:00:00Z]

Canonical JSON goes to standard output: {"balances": {"17850": 5288, …}, "totals": {…}}.

The rules:

Members. Who has an order is a member; all orders and returns of theirs count, whenever they were.
Orders. An order earns floor(eligible × points / step), where eligible adds up its product lines (with --charges, its
other lines too), if that reaches the minimum.
Linked returns. What a return takes back of a sold line goes by the part of that line's amount. All that was taken
back of an order together costs it floor(earned × amount taken back / amount of the lines that count).
Unlinked returns. What of a return invoice is not linked costs floor(amount × points / step), once an invoice.
Window. Outside [start, end) by the time of the invoice itself, orders earn nothing and unlinked returns cost nothing;
linked returns cost what they do at any time.
"""

import argparse
import sys
from collections import defaultdict

import online_retail


def counts(line, charges):
    return charges or online_retail.is_product(line.code)


def in_window(invoice, rule):
    return (not rule.start or rule.start <= invoice.moment.utc) and (not rule.end or invoice.moment.utc < rule.end)


def earned_by(invoice, rule):
    if not in_window(invoice, rule):
        return 0
    eligible = sum(line.value for line in invoice.lines if counts(line, rule.charges))
    if eligible <= 0 or eligible < rule.minimum_micros:
        return 0
    return eligible * rule.points // rule.step_micros


def taken_back(invoice, earned, returned, rule):
    """`returned` says for rows of sold lines how many units came back."""
    lines = [line for line in invoice.lines if counts(line, rule.charges)]
    sold = sum(line.value for line in lines)
    if sold == 0:
        return 0
    back = sum(returned.get(line.row, 0) * line.price for line in lines)
    return earned * back // sold


def compute(lines, rule):
    kept, _ = online_retail.split_lines(lines)
    invoices = online_retail.group_invoices(kept)
    returned = defaultdict(int)
    unlinked = defaultdict(int)  # By invoice number, in micros.
    for match in online_retail.match_returns(invoices):
        for line, quantity in match.links:
            returned[line.row] += quantity
        if counts(match.line, rule.charges):
            unlinked[match.line.invoice] += match.unlinked * match.line.price
    members = {invoice.customer for invoice in invoices if not invoice.is_return} - {None}
    balances = dict.fromkeys(members, 0)
    totals = dict.fromkeys(("earned", "taken_back", "unlinked"), 0)
    for invoice in invoices:
        if invoice.customer not in members:
            continue
        earned = 0 if invoice.is_return else earned_by(invoice, rule)
        back = 0 if invoice.is_return else taken_back(invoice, earned, returned, rule)
        lost = unlinked[invoice.number] * rule.points // rule.step_micros if in_window(invoice, rule) else 0
        balances[invoice.customer] += earned - back - lost
        totals["earned"] += earned
        totals["taken_back"] += back
        totals["unlinked"] += lost
    totals["members"] = len(members)
    totals["balance"] = sum(balances.values())
    totals["owing"] = sum(1 for points in balances.values() if points < 0)
    return {"balances": {str(customer): points for customer, points in balances.items()}, "totals": totals}


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Works out the points of the Online Retail customers.")
    parser.add_argument("--csv", required=True, help="the order lines, plain or gzip")
    parser.add_argument("--limit", type=online_retail.non_negative, help="read only the first N data lines")
    parser.add_argument("--points", type=int, default=1, help="points for each step")
    parser.add_argument("--step-micros", type=int, default=1_000_000, help="what earns them")
    parser.add_argument("--charges", action="store_true", help="count lines that are not products")
    parser.add_argument("--minimum-micros", type=int, default=0, help="from which amount on an order earns")
    parser.add_argument("--start", default="", help="from which time on, UTC in RFC 3339")
    parser.add_argument("--end", default="", help="before which time")
    options = parser.parse_args(arguments)
    report = compute(online_retail.read_lines(options.csv, options.limit), options)
    sys.stdout.buffer.write(online_retail.to_canonical_json(report))


if __name__ == "__main__":
    main()
