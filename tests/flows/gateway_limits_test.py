#!/usr/bin/env python3
"""What many and large requests may take of the gateway: memory, uploads at once, the size of
replies and pages; and what is said when the service behind it is down."""

import contextlib
import json
import os
import resource
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from raw_http import Connection, request  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

MIB = 1 << 20
CUSTOMERS = "/api/customer/v1/customers"
ORDERS = "/api/customer/v1/orders"
UPLOAD = f"{ORDERS}:import?options.source=limits"
BODIES = 200
BODY_BYTES = 4_000_000  # Of a body of 4 MiB.
STRANGERS_MEMORY_MB = 30
BODIES_MEMORY_MB = 150  # 64 MiB of bodies, in blocks that grow.
UPLOADS = 1100  # More than there are streams to a service.
UPLOADS_AT_ONCE = 64
UPLOADS_MEMORY_MB = 150
GIVEN_BACK_MB = 30
REPLIES, REPLIES_MEMORY_MB = 80, 200
GIVE_BACK_LIMIT_S = 30
FILES_TO_SPARE = 5
CALL_LIMIT_S = 2
DOWN_LIMIT_S = 10
PAGE_BYTES = 4 * MIB
HEADER = "receipt_number,time,item,quantity,unit_price,description,line_id\n"


class GatewayLimitsTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        cls.suite.call("GET", CUSTOMERS)
        cls.files_at_rest = cls.suite.gateway.open_files() + FILES_TO_SPARE

    def setUp(self):
        # What came in on the connections of the test before is read to its end first, though they
        # are closed: it would count for this one.
        deadline = time.monotonic() + GIVE_BACK_LIMIT_S
        while self.suite.gateway.open_files() > self.files_at_rest:
            self.assertLess(time.monotonic(), deadline, "connections that were closed stay open")
            time.sleep(0.05)
        self.connections = self.enterContext(contextlib.ExitStack())

    @property
    def token(self):
        return f"Authorization: Bearer {self.suite.admin_token}"

    def open(self):
        return self.connections.enter_context(Connection(self.suite.http_port))

    def send_bodies(self, target, *headers):
        """Many bodies that are never sent to their ends; what is answered meanwhile."""
        head = request("POST", target, headers=[*headers, f"Content-Length: {4 * MIB}"])
        connections = [self.open() for _ in range(BODIES)]
        for connection in connections:
            connection.send(head)
            connection.send(b" " * BODY_BYTES)
        return connections

    def assert_quick(self):
        begin = time.monotonic()
        self.assertEqual(self.suite.call("GET", CUSTOMERS)[0], 200)
        self.assertEqual(self.suite.call("POST", CUSTOMERS, {"givenName": "quick"})[0], 200)
        self.assertLess(time.monotonic() - begin, CALL_LIMIT_S)

    def memory_becomes(self, limit_mb):
        deadline = time.monotonic() + GIVE_BACK_LIMIT_S
        while (memory := self.suite.gateway.memory_mb()) > limit_mb:
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        self.assertLess(memory, limit_mb)

    def test_bodies_of_strangers_take_no_memory(self):
        before = self.suite.gateway.memory_mb()
        for target, status in ((CUSTOMERS, 401), (UPLOAD, 401), ("/nothing", 404),
                               ("/docs", 405), ("/oauth/token", 413)):
            with self.subTest(target):
                connections = self.send_bodies(target)
                self.assertLess(self.suite.gateway.memory_mb() - before, STRANGERS_MEMORY_MB)
                self.assertEqual(connections[0].answer().status, status)
                self.connections.close()
        self.assert_quick()

    def test_bodies_of_callers_have_a_limit_together(self):
        before = self.suite.gateway.memory_mb()
        connections = self.send_bodies(CUSTOMERS, self.token)
        self.assertLess(self.suite.gateway.memory_mb() - before, BODIES_MEMORY_MB)
        # Those that were let in wait for the rest of their bodies; there is room for 16 whole ones.
        deadline = time.monotonic() + GIVE_BACK_LIMIT_S
        while True:
            refused = [connection for connection in connections if connection.has_answer()]
            if len(refused) >= BODIES - 2 * 16 or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        self.assertGreaterEqual(len(refused), BODIES - 2 * 16)
        answer = refused[0].answer()
        self.assertEqual((answer.status, answer.reason), (503, "OVERLOADED"))
        self.assert_quick()
        self.connections.close()
        self.memory_becomes(before + GIVEN_BACK_MB)

    def test_uploads_at_once_have_a_limit(self):
        before = self.suite.gateway.memory_mb()
        head = request("POST", UPLOAD, headers=[self.token, "Transfer-Encoding: chunked"])
        piece = b"40000\r\n" + b"a" * 0x40000 + b"\r\n5\r\nhello\r\n"
        connections = [self.open() for _ in range(UPLOADS)]
        for connection in connections:
            connection.send(head + piece)
        self.assert_quick()
        self.assertLess(self.suite.gateway.memory_mb() - before, UPLOADS_MEMORY_MB)
        answer = connections[-1].answer()
        self.assertEqual((answer.status, answer.reason), (429, "TOO_MANY_UPLOADS"))
        self.assertEqual(answer.headers["retry-after"], "5")
        self.connections.close()
        self.memory_becomes(before + GIVEN_BACK_MB)
        deadline = time.monotonic() + CALL_LIMIT_S
        while (status := self.suite.call("POST", UPLOAD, HEADER)[0]) == 429:
            self.assertLess(time.monotonic(), deadline, "places of uploads do not become free")
            time.sleep(0.05)
        self.assertIn(status, (200, 400))  # It has been looked at.

    # --- Replies and pages ------------------------------------------------------------------------

    def make_long_order(self, receipt):
        """One order of many lines with long descriptions; where it is looked up."""
        lines = "".join(
            f"{receipt},2026-01-02 03:04:05,{'i' * 90}{i},1,1.50,{chr(0x1F600) * 490},{'x' * 80}{i}\n"
            for i in range(2000))
        operation = self.suite.ok("POST", UPLOAD, (HEADER + lines).encode())
        deadline = time.monotonic() + GIVE_BACK_LIMIT_S
        while not operation.get("done") and time.monotonic() < deadline:
            time.sleep(0.05)
            operation = self.suite.ok("GET", f"/api/customer/v1/{operation['name']}")
        self.assertTrue(operation["done"])
        return f"{ORDERS}:lookup?source=limits&receiptNumber={receipt}"

    def test_a_reply_may_be_large(self):
        """Beyond gRPC's own limit of 4 MiB."""
        status, _, text = self.suite.request(
            "GET", self.make_long_order("LONG"),
            headers={"Authorization": f"Bearer {self.suite.admin_token}"})
        self.assertEqual(status, 200, text[:300])
        self.assertGreater(len(text), PAGE_BYTES)

    def test_large_replies_have_a_limit_together(self):
        """Many that nobody reads."""
        lookup = request("GET", self.make_long_order("UNREAD"), headers=[self.token])
        before = self.suite.gateway.memory_mb()
        connections = [self.open() for _ in range(REPLIES)]
        for connection in connections:
            connection.send(lookup)
        deadline = time.monotonic() + GIVE_BACK_LIMIT_S
        while not all(connection.has_answer() for connection in connections):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertLess(self.suite.gateway.memory_mb() - before, REPLIES_MEMORY_MB)
        self.assert_quick()
        answers = [connection.answer() for connection in connections]
        self.assertEqual({answer.status for answer in answers}, {200, 503})
        refused = next(answer for answer in answers if answer.status == 503)
        self.assertEqual(refused.reason, "OVERLOADED")
        self.assertEqual(refused.headers["retry-after"], "1")
        self.connections.close()
        self.memory_becomes(before + GIVEN_BACK_MB)

    def all_of(self, target, field, query, page_size):
        """The names of a whole list, and in how many pages they came."""
        names, pages, token = [], 0, ""
        while pages == 0 or token:
            page = self.suite.ok("GET", target, query=query | {
                "pageSize": page_size, "pageToken": token})
            names += [each["name"] for each in page[field]]
            token = page["nextPageToken"]
            pages += 1
            self.assertLess(pages, 200)
        return names, pages

    def test_pages_of_orders_are_cut_and_lose_nothing(self):
        made = []
        for i in range(16):
            order = self.suite.ok("POST", f"{ORDERS}:upsert", {"order": {
                "source": "pages", "receiptNumber": str(i), "orderTime": "2026-01-02T03:04:05Z",
                "currencyCode": "EUR", "lines": [
                    {"lineId": str(k), "item": f"item-{k}", "description": "D" * 400,
                     "quantityMicros": "1000000", "unitPriceMicros": "1500000"}
                    for k in range(1000)]}})
            made.append(order["order"]["name"])
        for page_size in (0, 1, 7, 1000):
            with self.subTest(page_size=page_size):
                names, pages = self.all_of(ORDERS, "orders", {"filter": "source = pages"},
                                           page_size)
                self.assertEqual(sorted(names), sorted(made))
                self.assertGreater(pages, 1)

    def test_pages_of_customers_are_cut_and_lose_nothing(self):
        address = {"recipient": "é" * 200, "lines": ["ü" * 200] * 5, "locality": "ö" * 100,
                   "region": "ä" * 100, "postalCode": "1" * 20, "country": "DE"}
        made = [self.suite.ok("POST", CUSTOMERS, {
            "givenName": "Paged", "addresses": [address | {"label": f"l{i}-{k}"}
                                                for k in range(20)]})["name"]
                for i in range(80)]
        for page_size in (1, 50, 1000):
            with self.subTest(page_size=page_size):
                names, pages = self.all_of(CUSTOMERS, "customers",
                                           {"filter": "given_name = Paged"}, page_size)
                self.assertEqual(sorted(names), sorted(made))
                self.assertGreater(pages, 1)

    def test_request_ids_are_of_printable_ascii(self):
        for request_id in ("a\tb", "a\nb", "a\x7fb", "ü", "ü" * 40, "x" * 65):
            with self.subTest(request_id):
                status, reply = self.suite.call("POST", CUSTOMERS, {"givenName": "x"},
                                                query={"requestId": request_id})
                self.assertEqual(status, 400)
                self.assertEqual(reply["error"]["details"][1]["fieldViolations"][0]["field"],
                                 "request_id")
                self.assertNotIn('"reason":""', str(reply).replace("'", '"').replace(" ", ""))
        for request_id in ("A.b_c:d-9", "INV/2026/17", 'a "b" ~', "x" * 64):
            self.suite.ok("POST", CUSTOMERS, {"givenName": "x"}, query={"requestId": request_id})


class ServiceDownTest(unittest.TestCase):
    def test_says_when_to_come_back_and_nothing_of_its_inside(self):
        with Regulars() as suite:
            suite.customer.kill()
            deadline = time.monotonic() + DOWN_LIMIT_S
            token = suite.admin_token
            while True:
                status, headers, text = suite.request(
                    "GET", CUSTOMERS, headers={"Authorization": f"Bearer {token}"})
                if headers["Retry-After"] or time.monotonic() > deadline:
                    break
            self.assertEqual(status, 503)
            self.assertEqual(headers["Retry-After"], "1")
            self.assertIn(b"SERVICE_UNREACHABLE", text)
            self.assertIn(b"RetryInfo", text)
            self.assertNotIn(b"127.0.0.1", text)
            suite.customer.start()


class DoorTest(RegularsTest):
    def test_the_root_leads_to_the_documentation(self):
        status, headers, _ = self.suite.request("GET", "/")
        self.assertEqual((status, headers["Location"]), (302, "/docs"))
        for path in ("/docs", "/docs/"):
            status, headers, text = self.suite.request("GET", path)
            self.assertEqual(status, 200)
            self.assertIn("text/html", headers["Content-Type"])
            self.assertIn(b"/docs/start.js", text)

    def test_the_document_is_not_sent_to_those_who_have_it(self):
        _, headers, _ = self.suite.request("GET", "/openapi.json")
        known = {"If-None-Match": headers["ETag"]}
        status, _, text = self.suite.request("GET", "/openapi.json", headers=known)
        self.assertEqual((status, text), (304, b""))

    def test_the_document_has_the_errors_that_the_methods_name(self):
        paths = json.loads(self.suite.request("GET", "/openapi.json")[2])["paths"]
        for method, path, statuses in (
                ("post", "/api/access/v1/session:signIn", {"401", "413", "429"}),
                ("post", "/api/access/v1/session:refresh", {"401", "413"}),
                ("post", "/api/customer/v1/customers:lookup", {"401", "403", "404"}),
                ("post", "/api/customer/v1/orders", {"401", "403", "404", "409", "413", "415"})):
            with self.subTest(path):
                self.assertLessEqual(statuses, set(paths[path][method]["responses"]))

    def test_the_document_asks_for_no_field_of_what_changes(self):
        document = json.loads(self.suite.request("GET", "/openapi.json")[2])
        changes = {path: item["patch"]["requestBody"]
                   for path, item in document["paths"].items() if "patch" in item}
        self.assertIn("/api/customer/v1/orders/{order}", changes)
        for path, body in changes.items():
            with self.subTest(path):
                schema = body["content"]["application/json"]["schema"]
                if "$ref" in schema:
                    schema = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
                self.assertNotIn("required", schema)
                self.assertFalse(body["required"])


if __name__ == "__main__":
    unittest.main()
