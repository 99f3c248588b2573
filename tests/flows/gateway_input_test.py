#!/usr/bin/env python3
"""What bad input gets at the gateway: the right 4xx in Google's form with the field at fault, and
nothing stored; never a 5xx, a crash or a silent drop. All by raw sockets.

What is wrong in JSON and in fields is here; what is wrong in HTTP is in gateway_abuse_test.py.
"""

import gzip
import json
import os
import sys
import time
import unittest
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from raw_http import Connection, request  # noqa: E402
from regulars import RegularsTest  # noqa: E402

MIB = 1 << 20
FORM = "application/x-www-form-urlencoded"
CUSTOMERS = "/api/customer/v1/customers"
ORDERS = "/api/customer/v1/orders"
BOMB_LIMIT_S = 5
BOMB_MEMORY_MB = 60


def text(value):
    return json.dumps(value).encode()


def name_json(raw):
    """A customer whose given name is these bytes."""
    return b'{"givenName":"' + raw + b'"}'


# name: (body of CreateCustomer, reason, field or None)
BODIES = {
    "not JSON": (b"givenName=x", "MALFORMED_JSON", None),
    "cut off": (b'{"givenName":"x"', "MALFORMED_JSON", None),
    "cut off in a string": (b'{"givenName":"x', "MALFORMED_JSON", None),
    "no value": (b'{"givenName":}', "MALFORMED_JSON", None),
    "comma at the end": (b'{"givenName":"x",}', "MALFORMED_JSON", None),
    "single quotes": (b"{'givenName':'x'}", "MALFORMED_JSON", None),
    "no quotes": (b'{givenName:"x"}', "MALFORMED_JSON", None),
    "comment": (b'{"givenName":"x"} // x', "MALFORMED_JSON", None),
    "two values": (b'{"givenName":"x"}{}', "MALFORMED_JSON", None),
    "NaN": (b'{"kind":NaN}', "MALFORMED_JSON", None),
    "leading zero": (b'{"kind":01}', "MALFORMED_JSON", None),
    "hexadecimal": (b'{"kind":0x1}', "MALFORMED_JSON", None),
    "byte order mark": (b'\xef\xbb\xbf{"givenName":"x"}', "MALFORMED_JSON", None),
    "UTF-16": ('{"givenName":"x"}'.encode("utf-16"), "MALFORMED_JSON", None),
    "key twice": (b'{"givenName":"x","givenName":"y"}', "DUPLICATE_FIELD", "given_name"),
    "key twice, one escaped": (b'{"givenName":"x","given\\u004eame":"y"}', "DUPLICATE_FIELD",
                               "given_name"),
    "key of a map twice": (b'{"attributes":{"x":{},"x":{}}}', "DUPLICATE_KEY", None),
    "field by both names": (b'{"givenName":"x","given_name":"y"}', "DUPLICATE_FIELD", "given_name"),
    "unknown field": (b'{"givenNam":"x"}', "UNKNOWN_FIELD", "givenNam"),
    "unknown field deep down": (b'{"emails":[{"adress":"x"}]}', "UNKNOWN_FIELD",
                                "emails[0].adress"),
    "array": (b"[]", "WRONG_TYPE", ""),
    "string": (b'"x"', "WRONG_TYPE", ""),
    "number": (b"1", "WRONG_TYPE", ""),
    "number for text": (b'{"givenName":5}', "WRONG_TYPE", "given_name"),
    "object for text": (b'{"givenName":{}}', "WRONG_TYPE", "given_name"),
    "text for a list": (b'{"tags":"x"}', "WRONG_TYPE", "tags"),
    "list for a map": (b'{"attributes":[]}', "WRONG_TYPE", "attributes"),
    "text for true": (b'{"emails":[{"address":"a@b.de","primary":"true"}]}', "WRONG_TYPE",
                      "emails[0].primary"),
    "unknown enum value": (b'{"kind":"KIND_ROBOT"}', "INVALID_VALUE", "kind"),
    "fraction for an enum": (b'{"kind":1.5}', None, "kind"),
    "invalid UTF-8": (name_json(b"\xff\xfe"), "MALFORMED_JSON", None),
    "overlong UTF-8": (name_json(b"\xc0\xaf"), "MALFORMED_JSON", None),
    "surrogate in UTF-8": (name_json(b"\xed\xa0\x80"), "MALFORMED_JSON", None),
    "beyond Unicode": (name_json(b"\xf4\x90\x80\x80"), "MALFORMED_JSON", None),
    "lone surrogate": (name_json(b"\\ud800"), "MALFORMED_JSON", None),
    "surrogates turned round": (name_json(b"\\udc00\\ud800"), "MALFORMED_JSON", None),
    "NUL": (name_json(b"a\x00b"), "MALFORMED_JSON", None),
    "escaped NUL": (name_json(b"a\\u0000b"), None, None),
    "raw line end": (name_json(b"a\nb"), "MALFORMED_JSON", None),
    "escaped control character": (name_json(b"a\\u0007b"), None, "given_name"),
    "unknown escape": (name_json(b"\\x41"), "MALFORMED_JSON", None),
    "text a character too long": (name_json("ü".encode() * 101), None, "given_name"),
    "text of 3 MB": (name_json(b"x" * 3 * MIB), None, "given_name"),
    "too many tags": (text({"tags": [f"t{i}" for i in range(101)]}), None, "tags"),
    "100,000 tags": (text({"tags": [f"t{i}" for i in range(100_000)]}), None, "tags"),
    "arrays 100,000 deep": (b'{"emails":' + b"[" * 100_000, None, None),
    "objects 100,000 deep": (b'{"attributes":' * 100_000 + b"{}" + b"}" * 100_000, None, None),
    "closed 100,000 times": (b"{}" + b"}" * 100_000, "MALFORMED_JSON", None),
    "no e-mail": (text({"emails": [{"address": "x"}]}), "INVALID_EMAIL", "emails[0].address"),
    "no phone number": (text({"phones": [{"number": "+44 1"}]}), "INVALID_PHONE",
                        "phones[0].number"),
    "no country": (text({"country": "ZZZ"}), "INVALID_COUNTRY", "country"),
    "no such day": (text({"birthday": "1985-02-30"}), None, "birthday"),
    "born in the future": (text({"birthday": "2999-01-01"}), None, "birthday"),
    "undeclared attribute": (text({"attributes": {"x": {"textValue": "y"}}}), "ATTRIBUTE_UNKNOWN",
                             None),
    "output-only time that is none": (text({"createTime": "yesterday"}), None, "create_time"),
}


def order(**changes):
    return text({"source": "till", "receiptNumber": "1", "orderTime": "2026-01-02T03:04:05Z",
                 "currencyCode": "EUR", "lines": [line()], **changes})


def line(**changes):
    return {"item": "x", "quantityMicros": "1000000", "unitPriceMicros": "1000000", **changes}


MAX = str(2**63 - 1)
# name: (body of CreateOrder, reason or None for any, field)
ORDER_BODIES = {
    "negative quantity": (order(lines=[line(quantityMicros="-1")]), "INVALID_QUANTITY",
                          "lines[0].quantity_micros"),
    "no quantity": (order(lines=[line(quantityMicros=0)]), "INVALID_QUANTITY",
                    "lines[0].quantity_micros"),
    "quantity of 2^63": (order(lines=[line(quantityMicros=str(2**63))]), None,
                         "lines[0].quantity_micros"),
    "quantity of 10^400": (order(lines=[line(quantityMicros="1" + "0" * 400)]), None,
                           "lines[0].quantity_micros"),
    "quantity with a fraction": (order(lines=[line(quantityMicros=1.5)]), None,
                                 "lines[0].quantity_micros"),
    "quantity in words": (order(lines=[line(quantityMicros="one")]), None,
                          "lines[0].quantity_micros"),
    "quantity 1e999999999": (order().replace(b'"1000000"', b"1e999999999", 1), None,
                             "lines[0].quantity_micros"),
    "quantity with the least exponent": (
        order().replace(b'"1000000"', b"1.5e-9223372036854775808", 1), None,
        "lines[0].quantity_micros"),
    "negative price": (order(lines=[line(unitPriceMicros="-1")]), None,
                       "lines[0].unit_price_micros"),
    "overflowing amount": (order(lines=[line(unitPriceMicros=MAX)]), "AMOUNT_OVERFLOW",
                           "lines[0].unit_price_micros"),
    "overflowing quantity": (order(lines=[line(quantityMicros=MAX)]), "AMOUNT_OVERFLOW",
                             "lines[0].quantity_micros"),
    "overflowing total": (order(lines=[line(lineId=str(i), unitPriceMicros=str(6 * 10**15))
                                       for i in (1, 2)]),
                          "AMOUNT_OVERFLOW", None),
    "discount over the amount": (order(lines=[line(discountMicros="1000001")]), None,
                                 "lines[0].discount_micros"),
    "negative tax": (order(lines=[line(taxMicros="-1")]), None, "lines[0].tax_micros"),
    "no lines": (order(lines=[]), None, "lines"),
    "2,001 lines": (order(lines=[line(lineId=str(i)) for i in range(2001)]), "TOO_MANY_LINES",
                    "lines"),
    "line id twice": (order(lines=[line(lineId="1")] * 2), "DUPLICATE_LINE_ID", "lines[1].line_id"),
    "no item": (order(lines=[line(item="")]), None, "lines[0].item"),
    "no time": (order(orderTime=None), None, "order_time"),
    "before 1970": (order(orderTime="1969-12-31T23:59:59Z"), "ORDER_TIME_OUT_OF_RANGE",
                    "order_time"),
    "the year 2999": (order(orderTime="2999-01-01T00:00:00Z"), "ORDER_TIME_OUT_OF_RANGE",
                      "order_time"),
    "the year 0": (order(orderTime="0000-01-01T00:00:00Z"), None, "order_time"),
    "the year 10000": (order(orderTime="10000-01-01T00:00:00Z"), None, "order_time"),
    "30 February": (order(orderTime="2026-02-30T00:00:00Z"), None, "order_time"),
    "no time of day": (order(orderTime="2026-01-01"), None, "order_time"),
    "no offset": (order(orderTime="2026-01-01T00:00:00"), None, "order_time"),
    "seconds since 1970": (order(orderTime=1767225600), None, "order_time"),
    "no currency": (order(currencyCode=""), "INVALID_CURRENCY", "currency_code"),
    "unknown currency": (order(currencyCode="XQQ"), "INVALID_CURRENCY", "currency_code"),
    "currency in lower case": (order(currencyCode="eur"), "INVALID_CURRENCY", "currency_code"),
    "no source": (order(source=""), None, "source"),
    "malformed source": (order(source="The Till"), None, "source"),
    "receipt number too long": (order(receiptNumber="1" * 101), None, "receipt_number"),
    "store too long": (order(store="s" * 65), None, "store"),
    "customer that is no name": (order(customer="bob"), None, "customer"),
    "two identifiers": (order(customerIdentifier={"email": "a@b.de", "phone": "+442079460000"}),
                        None, None),
}

# name: (target, reason or None for any, field or None for any)
TARGETS = {
    "page size in words": (f"{CUSTOMERS}?pageSize=many", None, "page_size"),
    "page size below 0": (f"{CUSTOMERS}?pageSize=-1", "INVALID_PAGE_SIZE", "page_size"),
    "page size of 2^31": (f"{CUSTOMERS}?pageSize=2147483648", None, "page_size"),
    "page size with the least exponent": (f"{CUSTOMERS}?pageSize=1.5e-9223372036854775808", None,
                                          "page_size"),
    "page size twice": (f"{CUSTOMERS}?pageSize=1&pageSize=2", "DUPLICATE_FIELD", "page_size"),
    "page token of nobody": (f"{CUSTOMERS}?pageToken=x", "INVALID_PAGE_TOKEN", "page_token"),
    "unknown parameter": (f"{CUSTOMERS}?colour=red", None, None),
    "parameter of a message": (f"{CUSTOMERS}?pageSize.x=1", None, None),
    "broken escape": (f"{CUSTOMERS}?filter=%zz", None, None),
    "escaped NUL": (f"{CUSTOMERS}?filter=%00", None, None),
    "invalid UTF-8": (f"{CUSTOMERS}?filter=%ff%fe", None, None),
    "broken filter": (f"{CUSTOMERS}?filter=country%20=", "INVALID_FILTER", "filter"),
    "filter with an unknown field": (f"{CUSTOMERS}?filter=colour%20=%20red", "INVALID_FILTER",
                                     "filter"),
    "filter too long": (f"{CUSTOMERS}?filter=country%20=%20{'x' * 4001}", None, "filter"),
    "filter 1,900 deep": (f"{CUSTOMERS}?filter={'(' * 1900}country=GB{')' * 1900}",
                          "INVALID_FILTER", "filter"),
    "unknown order": (f"{CUSTOMERS}?orderBy=colour", "INVALID_ORDER_BY", "order_by"),
    "malformed id": (f"{CUSTOMERS}/A_B", None, None),
    "id of 5,000 characters": (f"{CUSTOMERS}/{'a' * 5000}", None, None),
    "id with an escaped slash": (f"{CUSTOMERS}/a%2fb", None, None),
    "escaped NUL in the path": (f"{CUSTOMERS}/a%00b", None, None),
    "invalid UTF-8 in the path": (f"{CUSTOMERS}/%ff", None, None),
    "broken escape in the path": (f"{CUSTOMERS}/%zz", None, None),
    "escape cut off": (f"{CUSTOMERS}/%4", None, None),
    "percent alone": (f"{CUSTOMERS}/%", None, None),
}


class GatewayInputTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = f"Authorization: Bearer {cls.suite.admin_token}"

    def setUp(self):
        self.head_before = self.head_position()

    def tearDown(self):
        """Whatever came: nothing was stored, and everybody else is served."""
        self.assert_healthy()
        self.assertEqual(self.head_position(), self.head_before)

    def head_position(self):
        return self.suite.ok("GET", "/api/customer/v1/feed").get("headPosition", "0")

    def send(self, method, target, body=None, headers=()):
        with Connection(self.suite.http_port) as connection:
            connection.send(request(method, target, body, [self.token, *headers]))
            answer = connection.answer()
            self.assertIsNotNone(answer, "closed without an answer")
            return answer

    def assert_refused(self, answer, reason=None, field=None, statuses=(400,)):
        self.assertIn(answer.status, statuses, answer.body[:500])
        self.assertEqual(answer.headers["content-type"], "application/json")
        error = answer.json["error"]
        self.assertEqual(error["code"], answer.status)
        self.assertTrue(error["message"])
        self.assertLess(len(answer.body), 8192, "an error that repeats its request")
        self.assertTrue(reason in (None, answer.reason), answer.body[:500])
        if field is not None:
            self.assertTrue(any(each == field or each.endswith("." + field) or not field
                                for each in answer.fields), answer.body[:500])

    def check_bodies(self, target, rows):
        for name, (body, reason, field) in rows.items():
            with self.subTest(name):
                self.assert_refused(self.send("POST", target, body), reason, field)

    def test_bodies(self):
        self.check_bodies(CUSTOMERS, BODIES)

    def test_orders(self):
        self.check_bodies(ORDERS, ORDER_BODIES)

    def test_no_rate(self):
        answer = self.send("POST", ORDERS, order(currencyCode="USD"))
        self.assert_refused(answer, "RATE_NOT_FOUND")
        self.assertEqual(answer.json["error"]["status"], "FAILED_PRECONDITION")

    def test_targets(self):
        for name, (target, reason, field) in TARGETS.items():
            with self.subTest(name):
                # An id that cannot exist is either malformed or not found.
                self.assert_refused(self.send("GET", target), reason, field, (400, 404))

    def test_deep_filter_in_a_body(self):
        for filter_text in ("(" * 100_000, "NOT " * 1000 + "country = GB", "a." * 2000 + "b = 1"):
            body = text({"filter": filter_text})
            answer = self.send("POST", "/api/customer/v1/segments:preview", body)
            self.assert_refused(answer, field="filter")

    def test_batch_items_stand_alone(self):
        """One bad item of a batch is refused with its field; the call is not."""
        body = text({"upserts": [{"customer": {"givenName": "x"}}], "validateOnly": True})
        answer = self.send("POST", f"{CUSTOMERS}:batchUpsert", body)
        self.assertEqual(answer.status, 200)
        result = answer.json["results"][0]
        self.assertEqual(result["outcome"], "UPSERT_OUTCOME_REFUSED")
        self.assertEqual(result["error"]["details"][0]["reason"], "IDENTIFIER_MISSING")

    def test_token_endpoint(self):
        for body in (b"", b"grant_type=password", b"grant_type=%zz", b"x" * 100_000, b"\xff\x00",
                     b"grant_type=client_credentials&grant_type=client_credentials",
                     b"grant_type=client_credentials&client_id=x&client_secret=y"):
            with self.subTest(body[:60]), Connection(self.suite.http_port) as connection:
                connection.send(
                    f"POST /oauth/token HTTP/1.1\r\nHost: shop\r\nContent-Type: {FORM}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                answer = connection.answer()
                self.assertIn(answer.status, (400, 401, 413))
                self.assertTrue(answer.json["error"])

    def test_the_token_endpoint_takes_forms(self):
        answer = self.send("POST", "/oauth/token", text({"grant_type": "client_credentials"}))
        self.assertEqual((answer.status, answer.json["error"]), (400, "invalid_request"))
        self.assertIn(FORM, answer.json["error_description"])

    def test_authorization_headers(self):
        for header in ("", "Bearer", "Bearer ", "bearer", "Basic eDp5", "Bearer x.y.z",
                       "Bearer " + "x" * 10_000, "Bearer " + "x" * 15_800, "Basic " + "x" * 15_800,
                       "Bearer \xff\xfe"):
            with self.subTest(f"{header[:20]}, {len(header)} bytes"):
                with Connection(self.suite.http_port) as connection:
                    connection.send(request("GET", CUSTOMERS, headers=[f"Authorization: {header}"]))
                    self.assert_refused(connection.answer(), statuses=(400, 401))

    def test_long_headers(self):
        """What a service would not take is refused here, in plain words."""
        for name in ("Traceparent", "Regulars-After"):
            answer = self.send("GET", CUSTOMERS, headers=[f"{name}: {'x' * 14_000}"])
            self.assert_refused(answer, "INVALID_HEADER")
        long = "x" * 15_800
        with Connection(self.suite.http_port) as connection:
            connection.send(request("GET", CUSTOMERS, headers=[f"Authorization: Bearer {long}"]))
            answer = connection.answer()
            self.assert_refused(answer, "TOKEN_INVALID", statuses=(401,))
            self.assertIn('error="invalid_token"', answer.headers["www-authenticate"])
            # Whoever signs in need not have a token that is any good.
            connection.send(request("POST", "/api/access/v1/session:signIn", b'{"email":"x@x.de"}',
                                    [f"Authorization: Bearer {long}"]))
            self.assert_refused(connection.answer(), "BAD_CREDENTIALS", statuses=(401,))

    # --- Sizes ------------------------------------------------------------------------------------

    def test_body_over_the_limit(self):
        answer = self.send("POST", CUSTOMERS, b" " * (4 * MIB + 1))
        self.assert_refused(answer, "BODY_TOO_LARGE", statuses=(413,))

    def test_gzip(self):
        head = ["Content-Encoding: gzip"]
        good = gzip.compress(b'{"givenNam":"x"}')
        rows = {
            "unpacked and read": (good, "UNKNOWN_FIELD", (400,)),
            "cut off": (good[:-4], None, (400,)),
            "not gzip": (b'{"givenName":"x"}', None, (400,)),
            "zlib": (zlib.compress(b"{}"), None, (400,)),
            "wrong checksum": (good[:-8] + b"\0" * 8, None, (400,)),
            "rubbish behind it": (good + b"rubbish", None, (400,)),
        }
        for name, (body, reason, statuses) in rows.items():
            with self.subTest(name):
                self.assert_refused(self.send("POST", CUSTOMERS, body, head), reason,
                                    statuses=statuses)
        several = gzip.compress(b'{"given') + gzip.compress(b'Nam":"x"}')
        for encoding, body in (("gzip", several), ("x-gzip", good),
                               ("identity", gzip.decompress(good))):
            with self.subTest(encoding):
                answer = self.send("POST", CUSTOMERS, body, [f"Content-Encoding: {encoding}"])
                self.assert_refused(answer, "UNKNOWN_FIELD")
        for encoding in ("br", "deflate", "gzip, gzip", "identity, br"):
            with self.subTest(encoding):
                answer = self.send("POST", CUSTOMERS, good, [f"Content-Encoding: {encoding}"])
                self.assert_refused(answer, statuses=(415,))

    def test_gzip_bombs(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(1024)) + packer.flush()
        before = self.suite.gateway.memory_mb()
        for name, body in (("1 GiB", bomb), ("many of 3 MiB", gzip.compress(bytes(3 * MIB)) * 300)):
            with self.subTest(name):
                begin = time.monotonic()
                answer = self.send("POST", CUSTOMERS, body, ["Content-Encoding: gzip"])
                self.assert_refused(answer, statuses=(413,))
                self.assertLess(time.monotonic() - begin, BOMB_LIMIT_S)
        self.assertLess(self.suite.gateway.memory_mb() - before, BOMB_MEMORY_MB)


if __name__ == "__main__":
    unittest.main()
