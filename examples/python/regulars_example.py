#!/usr/bin/env python3
"""A shop's own system talks to Regulars: sends customers and orders, reads scores and a segment,
asks what a basket is worth in points, follows what happens. Python's standard library alone, so
that every byte can be seen.

    REGULARS_CLIENT_SECRET=… regulars_example.py --url http://127.0.0.1:8080 --client-id …

README.md says where the id and the secret come from.
"""

import argparse
import base64
import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

CUSTOMER = "/api/customer/v1"
LOYALTY = "/api/loyalty/v1"
RENEW_EARLY_S = 60  # A token is renewed that long before it ends.
ATTEMPTS = 5
TIMEOUT_S = 60  # The feed says something every 15 s, even when nothing happens.
OPERATION_LIMIT_S = 60


class RegularsError(Exception):
    """What Regulars refused, and why. `reason` never changes, so programs look at that."""

    def __init__(self, http_status, error):
        super().__init__(error.get("message", "no reason given"))
        self.http_status = http_status
        details = {each["@type"].rsplit(".", 1)[1]: each for each in error.get("details", [])}
        self.reason = details.get("ErrorInfo", {}).get("reason", "")
        self.fields = [each["field"]
                       for each in details.get("BadRequest", {}).get("fieldViolations", [])]


class Regulars:
    """A caller of the HTTP API."""

    def __init__(self, url, client_id, client_secret):
        self._url = url
        self._client = f"{client_id}:{client_secret}".encode()
        self._token, self._renew_at = None, 0
        self.position = None  # Where the last call left its service's feed.

    def call(self, method, path, body=None, reads=False, after=None, **query):
        """One call: its reply as a dict. Tries again when Regulars is busy or away; that is safe
        for writes because they carry a request id: the second answer is the first one. `reads` says
        that a POST changes nothing; `after` is a position that the reply has to wait for."""
        request_id = {"requestId": str(uuid.uuid4())}
        if body is not None and not reads and ":" in path:
            body = request_id | body  # Custom methods take everything in the body,
        elif body is not None and not reads:
            query |= request_id  # standard ones the resource, and the rest in the query.
        for attempt in range(ATTEMPTS):
            try:
                with self._open(method, path, body, query, after) as response:
                    self.position = response.headers["Regulars-Position"]
                    return json.load(response)
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503) or attempt == ATTEMPTS - 1:
                    raise self._refusal(error) from None
                wait_s = float(error.headers.get("Retry-After") or 2**attempt / 10)
            except (OSError, http.client.HTTPException):  # The connection broke.
                if attempt == ATTEMPTS - 1:
                    raise
                wait_s = 2**attempt / 10
            time.sleep(wait_s)

    def stream(self, path, **query):
        """The replies of a call that sends many: one JSON object a line."""
        try:
            with self._open("GET", path, None, query) as response:
                for line in response:
                    reply = json.loads(line)
                    if "error" in reply:  # What went wrong after the beginning.
                        raise RegularsError(reply["error"]["code"], reply["error"])
                    yield reply
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None

    def wait(self, operation):
        """The result of long work. It goes on whether somebody waits or not."""
        deadline = time.monotonic() + OPERATION_LIMIT_S
        while not operation.get("done"):
            if time.monotonic() > deadline:
                raise TimeoutError(operation["name"])
            time.sleep(0.1)
            operation = self.call("GET", f"{CUSTOMER}/{operation['name']}")
        if "error" in operation:
            raise RegularsError(200, operation["error"])
        return operation["response"]

    def _open(self, method, path, body, query, after=None):
        url = self._url + path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")
        headers = {"Authorization": f"Bearer {self._access_token()}",
                   "Content-Type": "application/json"}
        if after:
            headers["Regulars-After"] = after
        data = None if body is None else json.dumps(body).encode()
        return urllib.request.urlopen(
            urllib.request.Request(url, data, headers, method=method), timeout=TIMEOUT_S)

    def _access_token(self):
        """OAuth 2.0 client credentials (RFC 6749 section 4.4)."""
        if time.monotonic() > self._renew_at:
            headers = {"Authorization": "Basic " + base64.b64encode(self._client).decode()}
            request = urllib.request.Request(
                f"{self._url}/oauth/token", b"grant_type=client_credentials", headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                reply = json.load(response)
            self._token = reply["access_token"]
            self._renew_at = time.monotonic() + reply["expires_in"] - RENEW_EARLY_S
        return self._token

    @staticmethod
    def _refusal(error):
        try:
            reply = json.load(error)
            if isinstance(reply["error"], dict):
                return RegularsError(error.code, reply["error"])
            # /oauth/token answers in the words of its RFC.
            refused = RegularsError(error.code, {"message": reply["error_description"]})
            refused.reason = reply["error"]
            return refused
        except (ValueError, KeyError):
            return RegularsError(error.code, {"message": error.reason})


# --- A shop's data --------------------------------------------------------------------------------

CUSTOMERS = [
    {"givenName": "Ada", "familyName": "Byron", "country": "GB",
     "emails": [{"address": "ada@example.com"}], "externalIds": [{"system": "shop", "id": "1"}]},
    {"givenName": "Jörg", "familyName": "Müller", "country": "DE",
     "emails": [{"address": "joerg@example.de"}], "externalIds": [{"system": "shop", "id": "2"}]},
    {"givenName": "Nobody", "familyName": "Knows"},  # No identifier: this one is refused.
]


def order(number, customer, day, item, pieces, price_micros):
    """Money and quantities are exact: whole millionths, as text in JSON."""
    return {"source": "shop", "receiptNumber": str(number), "orderTime": f"{day}T10:00:00Z",
            "currencyCode": "EUR", "channel": "web",
            "customerIdentifier": {"externalId": {"system": "shop", "id": customer}},
            "lines": [{"item": item, "quantityMicros": str(pieces * 1_000_000),
                       "unitPriceMicros": str(price_micros)}]}


ORDERS = [
    order(1001, "1", "2025-03-01", "lantern", 2, 12_500_000),
    order(1002, "1", "2025-06-01", "teapot", 1, 24_990_000),
    order(1003, "2", "2025-05-01", "lantern", 1, 12_500_000),
    order(1004, "3", "2025-05-02", "mug", 4, 4_950_000),  # A customer not seen before is made.
]


def show_results(what, results):
    for result in results:
        outcome = result["outcome"].removeprefix("UPSERT_OUTCOME_").lower()
        why = result.get("error", {}).get("message", "")
        print(f"{what} {result['index']}: {outcome} {result['name'] or why}")


def money(amount):
    return f"{int(amount['micros']) / 1e6:.2f} {amount['currencyCode']}"  # To show, not to count.


def events_after(regulars, service, feed, forever):
    """What happened since a place in a service's feed, and what will happen if asked for ever."""
    position = feed["headPosition"]
    while True:
        heard = False
        try:
            for batch in regulars.stream(f"{service}/feed:subscribe", epoch=feed["epoch"],
                                         after=position,
                                         stopAtHead="false" if forever else "true"):
                yield from batch["events"]
                position, heard = batch["position"], True
            return
        except RegularsError as error:
            # A stream ends with its token; the next one gets a new token, and goes on from there.
            if error.reason != "TOKEN_EXPIRED" or not heard:
                raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--client-id", required=True)
    parser.add_argument("--follow", action="store_true", help="wait for more events at the end")
    options = parser.parse_args()
    regulars = Regulars(options.url, options.client_id, os.environ["REGULARS_CLIENT_SECRET"])

    # Where the feeds stand now. A real follower keeps epoch and position with what it did.
    feeds = {service: regulars.call("GET", f"{service}/feed") for service in (LOYALTY, CUSTOMER)}

    upserts = [{"customer": customer} for customer in CUSTOMERS]
    show_results("customer", regulars.call(
        "POST", f"{CUSTOMER}/customers:batchUpsert", {"upserts": upserts})["results"])
    show_results("order", regulars.call(
        "POST", f"{CUSTOMER}/orders:batchUpsert",
        {"orders": ORDERS, "unknownCustomer": "UNKNOWN_CUSTOMER_CREATE"})["results"])
    # The answer waits until loyalty-svc has followed customer-svc as far as the orders.
    sold = regulars.position
    ada = regulars.call("POST", f"{CUSTOMER}/customers:lookup", {
        "identifier": {"externalId": {"system": "shop", "id": "1"}}}, reads=True)
    quote = regulars.call("POST", f"{LOYALTY}/baskets:quote", {
        "customer": ada["name"], "currencyCode": "EUR",
        "lines": [{"item": "teapot", "amountMicros": "24990000"}]}, reads=True, after=sold)
    print(f"a basket of {money(quote['basketAmount'])} earns {quote['pointsToEarn']} points; "
          f"{quote['maxPointsPayable']} could pay {money(quote['maxPayableAmount'])} of it")

    table = regulars.wait(regulars.call("POST", f"{CUSTOMER}/rfmTable:compute",
                                        {"day": "RFM_DAY_AFTER_LAST_ORDER"}))
    print(f"scores as of {table['asOf']}, {table['customerCount']} customers")
    for cell in table["cells"]:
        print(f"  {cell['recency']}{cell['frequency']}{cell['monetary']}: "
              f"{cell['customerCount']} with {money(cell['revenue'])}")

    # Members are kept up to date from now on; this only makes sure that the segment is there.
    segment = f"{CUSTOMER}/segments/twice"
    regulars.call("PATCH", segment, {"filter": "purchases.order_count >= 2"}, allowMissing="true")
    while regulars.call("GET", segment)["state"] != "STATE_READY":
        time.sleep(0.1)
    for part in regulars.stream(f"{segment}/members:export"):
        for member in part["members"]:
            customer = regulars.call("GET", f"{CUSTOMER}/{member['customer']}")
            print(f"bought twice: {customer['displayName']}, "
                  f"{money(customer['purchases']['revenue'])}")

    for service, feed in feeds.items():
        for event in events_after(regulars, service, feed, options.follow and service == CUSTOMER):
            print(f"event {event['position']}: {event['type']} of {event['subject']}")


if __name__ == "__main__":
    try:
        main()
    except RegularsError as error:
        raise SystemExit(f"refused: {error} ({error.reason})") from None
    except OSError as error:
        raise SystemExit(f"failed: {error}") from None
