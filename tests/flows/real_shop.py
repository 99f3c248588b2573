"""The real shop of the online-retail data: how its file is imported, and what a store says of it
afterwards in words that two stores can be compared by.

The data is not part of the repository; tests skip themselves where it is absent.
"""

import collections
import gzip
import itertools
import json
import os
import pathlib
import time
import unittest
import uuid

from process import ROOT
from regulars import all_pages

API = "/api/customer/v1"
WAIT_LIMIT_S = 240
RETRY_PAUSE_S = 0.05

# What the file calls countries, beyond what ISO 3166 does.
COUNTRY_NAMES = {"EIRE": "IE", "RSA": "ZA", "USA": "US", "Channel Islands": "XC",
                 "European Community": "EU", "Unspecified": "", "Czech Republic": "CZ",
                 "Hong Kong": "HK"}

OPTIONS = {
    "options.columns": ["InvoiceNo=receipt_number", "StockCode=item", "Description=description",
                        "Quantity=quantity", "InvoiceDate=time", "UnitPrice=unit_price",
                        "CustomerID=customer", "Country=country"],
    "options.source": "retail",
    "options.customerSystem": "retail",
    "options.integerCustomerIds": "true",
    "options.returnReceiptPrefix": "C",
    "options.negativeQuantity": "NEGATIVE_QUANTITY_IGNORE",
    "options.chargeItems": ["POST", "D", "M", "C2", "DOT", "BANK CHARGES", "AMAZONFEE", "S", "CRUK",
                            "PADS"],
    "options.chargeItemPrefixes": ["gift_"],
    "options.ignoredItems": ["B"],
    "options.countryNames": [f"{text}={code}" for text, code in COUNTRY_NAMES.items()],
}

# As in oracle/online_retail.py; those without an order count where the filter does not ask for one.
SEGMENTS = {
    "champions": "rfm.recency = 5 AND rfm.frequency = 5 AND rfm.monetary = 5",
    "frequency-at-least-10": "rfm.order_days >= 10",
    "not-united-kingdom": "NOT country = GB",
    "monetary-over-1000-gbp": "rfm.revenue > 1000",
    "last-order-over-90-days-ago": "rfm.recency_days > 90",
    "has-return": "purchases.return_count > 0",
    "r-at-most-2-and-m-at-least-4": "rfm.recency <= 2 AND rfm.monetary >= 4",
}

# What differs between two stores of the same shop: ids made by the service, times of its own clock.
OWN_FIELDS = {"name", "createTime", "updateTime", "computeTime", "enterTime", "etag"}
# Events that happen to a customer or an order once.
ONCE = {"regulars.customer.customer_created.v1", "regulars.customer.order_recorded.v1"}
# Every so many customers' timelines are part of a dump.
TIMELINE_EVERY = 10


def data_file(name="online-retail/online_retail.csv.gz"):
    """The shop's file, or another one of real data, or a skip."""
    folder = pathlib.Path(os.environ.get("REGULARS_DATA", ROOT.parent / "shared" / "data"))
    path = folder / name
    if not path.exists():
        raise unittest.SkipTest(f"{path} is absent")
    return path


def read_lines(limit=None):
    """The file's bytes, as plain CSV, up to a number of lines after the header."""
    with gzip.open(data_file(), "rb") as file:
        return file.read() if limit is None else b"".join(itertools.islice(file, limit + 1))


class Shop:
    """One company with the shop's settings and segments; imports into it."""

    def __init__(self, suite, patient=False):
        """A patient shop tries again for as long as the service is away."""
        self._suite = suite
        self._patient = patient

    def call(self, method, path, body=None, query=None):
        deadline = time.monotonic() + WAIT_LIMIT_S
        while True:
            try:
                status, reply = self._suite.call(method, API + path, body, query=query)
            except OSError:
                status, reply = 503, None
            if status == 200:
                return reply
            if not self._patient or status != 503 or time.monotonic() > deadline:
                raise AssertionError(f"{method} {path}: {status} {reply}")
            time.sleep(RETRY_PAUSE_S)

    def set_up(self):
        self.call("PATCH", "/companySettings", {"timeZone": "Europe/London", "baseCurrency": "GBP"})
        for segment, text in SEGMENTS.items():
            self.call("PATCH", f"/segments/{segment}", {"filter": text},
                      query={"allowMissing": "true"})
        self.wait(lambda: all(each["state"] == "STATE_READY"
                              for each in self.call("GET", "/segments")["segments"]))

    def wait(self, condition):
        deadline = time.monotonic() + WAIT_LIMIT_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not so after {WAIT_LIMIT_S} s")
            time.sleep(0.02)

    def result(self, operation):
        """Polls an operation that was answered; from then on it must not get lost."""
        while not operation.get("done"):
            time.sleep(0.02)
            operation = self.call("GET", f"/{operation['name']}")
        if "error" in operation:
            raise AssertionError(operation["error"])
        return operation["response"]

    def import_lines(self, data):
        """Sends order lines and waits for their import, which it returns."""
        return self.result(self.call("POST", "/orders:import", data, OPTIONS))

    def score(self):
        """Has RFM scores worked out; the table."""
        return self.result(self.call("POST", "/rfmTable:compute", {
            "day": "RFM_DAY_AFTER_LAST_ORDER", "requestId": str(uuid.uuid4())}))

    def head_position(self):
        return int(self.call("GET", "/feed").get("headPosition", 0))

    def _pages(self, path, field, query=None):
        return all_pages(lambda page: self.call("GET", path, query=page), field, query)

    def customers(self):
        """All customers by the shop's number."""
        return {each["externalIds"][0]["id"]: each for each in self._pages(
            "/customers", "customers")}

    def members(self, segment):
        return [each["customer"] for each in self._pages(f"/segments/{segment}/members", "members")]

    def orders(self):
        return self._pages("/orders", "orders", {"orderBy": "order_time"})

    def imports(self):
        """All imports, the newest first, each with its "refusals"."""
        return [each | {"refusals": list(self._pages(f"/{each['name']}/refusals", "refusals"))}
                for each in self._pages("/imports", "imports")]

    def timeline(self, customer):
        """What the customer's orders and segments say there, the newest first."""
        return list(self._pages(f"/{customer}/timeline", "events", {
            "pageSize": 500, "kinds": ["KIND_ORDER", "KIND_SEGMENT"]}))

    def events(self):
        """All that the feed holds."""
        status, _, text = self._suite.request(
            "GET", f"{API}/feed:subscribe?stopAtHead=true",
            headers={"Authorization": f"Bearer {self._suite.admin_token}"})
        if status != 200:
            raise AssertionError(f"feed:subscribe: {status} {text}")
        return [event for line in text.splitlines() for event in json.loads(line)["events"]]


def without_own_fields(value):
    if isinstance(value, dict):
        return {key: without_own_fields(each) for key, each in value.items()
                if key not in OWN_FIELDS}
    return [without_own_fields(each) for each in value] if isinstance(value, list) else value


def dump(shop):
    """All that the store says, by natural keys: numbers of customers, receipts and lines."""
    customers = shop.customers()
    numbers = {each["name"]: number for number, each in customers.items()} | {"": ""}
    orders, receipts = _dump_orders(shop, numbers)
    return {
        "customers": {number: without_own_fields(each) for number, each in customers.items()},
        "orders": orders,
        "segments": {segment: sorted(numbers[name] for name in shop.members(segment))
                     for segment in SEGMENTS},
        "rfmTable": without_own_fields(shop.call("GET", "/rfmTable")),
        "timelines": {number: _dump_timeline(shop.timeline(customers[number]["name"]), receipts)
                      for number in sorted(customers)[::TIMELINE_EVERY]},
        "events": _dump_events(shop.events(), numbers),
    }


def _dump_orders(shop, numbers):
    """Orders by receipts, and receipts by orders' names."""
    orders, receipts = {}, {}
    for order in shop.orders():
        if order["receiptNumber"] in orders:
            raise AssertionError(f"two orders of receipt {order['receiptNumber']}")
        receipts[order["name"]] = order["receiptNumber"]
        orders[order["receiptNumber"]] = without_own_fields(
            order | {"customer": numbers[order["customer"]]})
    for order in orders.values():
        for line in order["lines"]:
            for link in line["returnLinks"]:
                link["order"] = receipts[link["order"]]
    return orders, receipts


def _dump_timeline(entries, receipts):
    """Orders in their sequence, then moves of segments in theirs: those have times of the service's
    clock."""
    orders = [each | {"order": each["order"] | {"order": receipts[each["order"]["order"]]}}
              for each in entries if "order" in each]
    return orders, [each["segment"] for each in entries if "segment" in each]


def _dump_events(events, numbers):
    """How often each event came, by its type and whom it happened to."""
    if [int(each["position"]) for each in events] != list(range(1, len(events) + 1)):
        raise AssertionError("the feed's positions are not 1, 2, 3 …")
    counts = collections.Counter(
        (each["type"], *_natural_key(each["data"], numbers)) for each in events)
    twice = [key for key, count in counts.items() if count > 1 and key[0] in ONCE]
    if twice:
        raise AssertionError(f"came more than once: {twice[:5]}")
    return counts


def _natural_key(payload, numbers):
    order, customer = payload.get("order"), payload.get("customer")
    if order:
        return order["receiptNumber"], numbers[order["customer"]]
    return payload.get("segment", ""), numbers[customer] if customer else ""
