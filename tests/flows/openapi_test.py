#!/usr/bin/env python3
"""What /openapi.json says by way of example and in words: errors are those that are given, names
are such as may be, every scope says what it is for."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from raw_http import Connection, request  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

CUSTOMERS = "/api/customer/v1/customers"
TOKEN_LIFE_S = 900
TOO_LONG = 4 << 20

MADE = "[0-9a-z]{26}"
CHOSEN = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
NUMBER = "[1-9][0-9]*"
SERVICE = "access|customer|loyalty|recommend|campaign"
# What ids look like, by the collection that they stand in.
FORMS = {
    "accounts": "issued|adjustments|forfeited|members", "apiKeys": MADE,
    "attributeDefinitions": "[a-z][a-z0-9_]{0,62}", "auditEntries": "[0-9]{26}",
    "backups": "[a-z0-9-]{1,63}", "campaigns": CHOSEN,
    "currencyRates": r"[a-z]{3}-\d{4}-\d\d-\d\d", "customers": MADE, "earningRules": "base",
    "erasures": MADE, "followers": SERVICE, "importProfiles": CHOSEN, "imports": MADE,
    "items": "[^/]{1,300}", "members": MADE, "messages": MADE, "operations": MADE, "orders": MADE,
    "parkedEvents": NUMBER, "postings": NUMBER, "programmes": "main", "roles": CHOSEN,
    "secrets": MADE, "segments": CHOSEN, "services": SERVICE, "suppressions": MADE, "tasks": MADE,
    "templates": CHOSEN, "users": MADE, "versions": NUMBER}
# Examples with a slash that are no names of resources.
NO_NAMES = {"Europe/London", "/regulars/customer", "order-confirmation/536365"}


def examples_in(value):
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "examples" and isinstance(member, list):
                yield from member
            yield from examples_in(member)
    elif isinstance(value, list):
        for element in value:
            yield from examples_in(element)


class OpenApiTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Regulars(["--sandbox"]))
        cls.document = json.loads(cls.suite.request("GET", "/openapi.json")[2])

    def example(self, response, reason):
        return self.document["components"]["responses"][response]["content"]["application/json"][
            "examples"][reason]["value"]

    def assert_given(self, response, reason, answer):
        """The example is what came: (status, JSON)."""
        status, said = answer
        example = self.example(response, reason)
        self.assertEqual(status, example["error"]["code"])
        self.assertEqual(said, example)

    def test_errors_are_those_that_are_given(self):
        call = self.suite.call
        self.assert_given("BadRequest", "INVALID_VALUE", call("GET", f"{CUSTOMERS}?pageSize=ten"))
        self.assert_given("Unauthenticated", "TOKEN_MISSING", call("GET", CUSTOMERS, token=""))
        self.assert_given("Unauthenticated", "TOKEN_INVALID", call("GET", CUSTOMERS, token="x"))
        reader = self.suite.make_token(["customer.read"])
        self.assert_given("PermissionDenied", "SCOPE_MISSING",
                          call("POST", CUSTOMERS, {"givenName": "x"}, token=reader))
        missing = self.example("NotFound", "CUSTOMER_NOT_FOUND")["error"]["message"].split("'")[1]
        self.assert_given("NotFound", "CUSTOMER_NOT_FOUND",
                          call("GET", f"/api/customer/v1/{missing}"))
        made = self.suite.ok("POST", CUSTOMERS, {"givenName": "x"})
        self.assert_given("Conflict", "ETAG_MISMATCH", call(
            "PATCH", f"/api/customer/v1/{made['name']}", {"givenName": "y", "etag": "old"}))
        self.assert_given("ContentTooLarge", "BODY_TOO_LARGE",
                          call("POST", CUSTOMERS, b" " * (TOO_LONG + 1)))
        with Connection(self.suite.http_port) as connection:
            connection.send(request("POST", CUSTOMERS, b"{}", headers=[
                f"Authorization: Bearer {self.suite.admin_token}", "Content-Encoding: br"]))
            answer = connection.answer()
            self.assert_given("UnsupportedEncoding", "UNSUPPORTED_ENCODING",
                              (answer.status, json.loads(answer.body)))

    def test_z_errors_of_later(self):
        """Those that leave the service unable to answer as before."""
        call, token = self.suite.call, self.suite.admin_token
        self.suite.ok("POST", "/api/customer/v1/admin/clock:advance",
                      {"duration": f"{TOKEN_LIFE_S + 120}s"})
        self.assert_given("Unauthenticated", "TOKEN_EXPIRED", call("GET", CUSTOMERS, token=token))
        self.suite.customer.stop()
        self.assert_given("Unavailable", "SERVICE_UNREACHABLE",
                          call("GET", CUSTOMERS, token=token))

    def test_names_are_such_as_may_be(self):
        names = {example for example in examples_in(self.document)
                 if isinstance(example, str) and "/" in example and "://" not in example}
        names -= NO_NAMES
        self.assertGreater(len(names), 25)
        for name in sorted(names):
            with self.subTest(name):
                parts = name.split("/")
                for collection, resource_id in zip(parts[::2], parts[1::2], strict=True):
                    self.assertRegex(resource_id, f"^({FORMS[collection]})$")
        # What callers choose is taken as it is in the examples.
        for collection, field, service, body in (
                ("segments", "segmentId", "customer", {"filter": "order_count > 1"}),
                ("importProfiles", "importProfileId", "customer", {}),
                ("attributeDefinitions", "attributeDefinitionId", "customer", {}),
                ("roles", "roleId", "access", {}),
                ("templates", "templateId", "campaign", {}),
                ("campaigns", "campaignId", "campaign", {}),
                ("admin/backups", "backupId", "access", {})):
            chosen = next(name.split("/")[1] for name in names
                          if name.startswith(f"{collection.split('/')[-1]}/"))
            status, said = self.suite.call("POST", f"/api/{service}/v1/{collection}", body,
                                           query={field: chosen})
            with self.subTest(collection):
                self.assertNotIn("_ID", json.dumps(said) if status != 200 else "", said)
                self.assertNotIn(field, json.dumps(said) if status != 200 else "", said)

    def test_it_says_what_it_is_about(self):
        text = json.dumps(self.document)
        self.assertNotIn("][google.", text)
        self.assertIn("/oauth/token", self.document["paths"])
        for word in ("/oauth/token", "requestId", "Retry-After", "text/event-stream"):
            self.assertIn(word, self.document["info"]["description"])
        scopes = self.document["components"]["securitySchemes"]["oauth2"]["flows"][
            "clientCredentials"]["scopes"]
        self.assertGreater(len(scopes), 10)
        for scope, description in scopes.items():
            self.assertTrue(description, scope)
        for path, item in self.document["paths"].items():
            for operation in item.values():
                self.assertNotRegex(operation["summary"], r"\. +[A-Z]", path)


if __name__ == "__main__":
    unittest.main()
