#!/usr/bin/env python3
"""Who is limited to stores sees and changes what is theirs, and learns nothing of the rest.

The store holds customers and orders of store `a`, of store `b` and of none, users and keys of both.
A key that may do everything, in store `a` only, then calls every method as authority_table.py says.
Whatever it gets to see is searched for what belongs to others.
"""

import base64
import copy
import json
import os
import re
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from authority_table import TABLE, order  # noqa: E402
from interface import Interface, outcome  # noqa: E402
from regulars import RegularsTest  # noqa: E402

WAIT_LIMIT_S = 30
# Words that only others' data holds.
OTHERS_WORDS = ("bob", "nora", "receipt-b", "receipt-none", "receipt-alice-b", "beta till")
LINE_HEADER = "receipt_number,time,item,quantity,unit_price,store,till\n"
LINES_OF_B = LINE_HEADER + "csv-b,2026-01-02 03:04:05,x,1,1.00,b,beta till\n"
CUSTOMERS_OF_B = "external_id,family_name,home_store\ncsv-b,Bobson,b\n"
# By the names of what was made, and the services that they are operations of.
OPERATIONS = {"operation": "customer", "backup_of_loyalty": "loyalty",
              "backup_of_recommend": "recommend", "backup_of_campaign": "campaign",
              "backup_of_access": "access"}
# Methods that change nothing.
READING = re.compile(r"\.(Get|BatchGet|List|Lookup|Search|Preview|Export|Wait|Subscribe|MayContact"
                     r"|Recommend|BatchRecommend)[^.]*$")
# Fields that tell how many or how much there is of something.
COUNT = re.compile(r"(?i)(counts?|total|size|sizeBytes|balance)$|^lines[A-Z]|^checked")
BAD_LINES_OF_B = LINE_HEADER + "bad-b,2026-01-02 03:04:05,x,one,1.00,b,beta till\n"


def customer(name, store, phone):
    return {"givenName": name.title(), "familyName": "Shopper", "country": "GB", "homeStore": store,
            "emails": [{"address": f"{name}@example.com"}], "phones": [{"number": phone}],
            "externalIds": [{"system": "shop", "id": f"{name}-1"}]}


def counts_in(reply, path=()):
    """The counts in an answer: {path: count}. Items of lists go by their names."""
    if isinstance(reply, list):
        reply = {each.get("name", i) if isinstance(each, dict) else i: each
                 for i, each in enumerate(reply)}
    if isinstance(reply, dict):
        return {where: count for key, each in reply.items()
                for where, count in counts_in(each, (*path, key)).items()}
    counts = path and re.fullmatch(r"[1-9]\d*", str(reply)) and COUNT.search(str(path[-1]))
    return {path: reply} if counts else {}


class StoreLimitsTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.interface = Interface()
        cls.names = {}
        cls.make_customers_and_orders()
        cls.make_what_is_the_companys()
        cls.make_users_and_keys()
        cls.make_events()
        cls.make_backups()
        cls.make_imports()
        cls.names["lines_of_b"] = base64.b64encode(LINES_OF_B.encode()).decode()
        cls.names["customers_of_b"] = base64.b64encode(CUSTOMERS_OF_B.encode()).decode()
        cls.limited = cls.suite.make_token(["*.*"], ["a"])
        cls.others = [cls.names[key].rsplit("/", 1)[1] for key in (
            "bob", "nora", "order_b", "order_none", "order_alice_b", "user_b", "key_b", *OPERATIONS,
            "import")]

    @classmethod
    def make(cls, path, body):
        return cls.suite.ok("POST", path, body)["name"]

    @classmethod
    def make_customers_and_orders(cls):
        names = cls.names
        for name, store, phone in (("alice", "a", "+442079460000"), ("bob", "b", "+442079460001"),
                                   ("nora", "", "+442079460002")):
            names[name] = cls.make("/api/customer/v1/customers", customer(name, store, phone))
            names[f"{name}_id"] = names[name].split("/")[1]
        for key, store, buyer, till in (("a", "a", "alice", ""), ("b", "b", "bob", "beta till"),
                                        ("none", "", "nora", ""),
                                        # Whoever may see a customer may not see all they bought.
                                        ("alice_b", "b", "alice", "beta till")):
            names[f"order_{key}"] = cls.make("/api/customer/v1/orders", order(
                receiptNumber=f"receipt-{key.replace('_', '-')}", store=store, customer=names[buyer], till=till))
        # They are members by their first orders.
        cls.suite.wait_until_followed("loyalty")
        for name in ("alice", "bob"):
            cls.names[f"member_{name}"] = cls.suite.ok(
                "GET", "/api/loyalty/v1/members:lookup",
                query={"customer": names[name]})["name"]

    @classmethod
    def make_what_is_the_companys(cls):
        cls.make("/api/customer/v1/segments?segmentId=british", {"filter": "country = GB"})
        cls.make("/api/customer/v1/attributeDefinitions?attributeDefinitionId=size",
                 {"type": "TYPE_TEXT"})
        cls.suite.ok("PATCH", f"/api/customer/v1/{cls.names['bob']}",
                     {"attributes": {"size": {"textValue": "bob's size"}}})
        cls.suite.ok("PATCH", "/api/customer/v1/currencyRates/usd-2026-01-01", {"rate": "0.9"},
                     query={"allowMissing": "true"})
        scoring = cls.suite.ok("POST", "/api/customer/v1/rfmTable:compute", {})
        cls.names["operation"] = scoring["name"]
        cls.wait(lambda: cls.suite.ok("GET", f"/api/customer/v1/{scoring['name']}").get("done"))
        cls.wait(lambda: cls.suite.ok(
            "GET", "/api/customer/v1/segments/british")["state"] == "STATE_READY")

    @classmethod
    def make_users_and_keys(cls):
        cls.make("/api/access/v1/roles?roleId=clerk", {"scopes": ["customer.read"]})
        for store in "ab":
            cls.names[f"user_{store}"] = cls.make("/api/access/v1/users", {
                "email": f"clerk@{store}.example", "roles": ["roles/clerk"], "stores": [store]})
            cls.names[f"key_{store}"] = cls.make("/api/access/v1/apiKeys", {
                "displayName": "till", "scopes": ["customer.read"], "stores": [store]})

    @classmethod
    def make_events(cls):
        """Events in the feeds of those who publish nothing of what customers do."""
        cls.make("/api/recommend/v1/items", {"code": "kite of bob"})
        cls.make("/api/campaign/v1/templates?templateId=x",
                 {"content": {"subject": "x", "text": "x"}})
        campaign = cls.make("/api/campaign/v1/campaigns?campaignId=for-bob", {
            "template": "templates/x", "audience": {"segment": "segments/british"}})
        cls.suite.ok("POST", f"/api/campaign/v1/{campaign}:cancel", {})

    @classmethod
    def make_backups(cls):
        """An operation of each service that has no other."""
        for service in ("loyalty", "recommend", "campaign", "access"):
            name = cls.make(f"/api/{service}/v1/admin/backups", {})
            cls.names[f"backup_of_{service}"] = name
            cls.wait(lambda path=f"/api/{service}/v1/{name}": cls.suite.ok(
                "GET", path).get("done"))

    @classmethod
    def make_imports(cls):
        """An import of the administrator's, of a line of store b that is refused."""
        operation = cls.suite.ok("POST", "/api/customer/v1/orders:import", BAD_LINES_OF_B, query={
            "options.source": "till"})
        cls.names["import"] = operation["metadata"]["importName"]
        cls.wait(lambda: cls.suite.ok("GET", f"/api/customer/v1/{operation['name']}").get("done"))

    @classmethod
    def wait(cls, condition):
        deadline = time.monotonic() + WAIT_LIMIT_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not so after {WAIT_LIMIT_S} s")
            time.sleep(0.02)

    # --- One case ---------------------------------------------------------------------------------

    def fill(self, value):
        """Puts the names of what was made in the place of those in braces."""
        if isinstance(value, dict):
            return {key: self.fill(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each) for each in value]
        if not isinstance(value, str):
            return value
        for key, name in self.names.items():
            value = value.replace("{%s}" % key, name)
        return value

    def assert_nothing_of_others(self, text, request):
        """`text` holds nothing of others but what the request itself named."""
        self.assertEqual(self.words_of_others(text, request), [])

    def words_of_others(self, text, request):
        asked, text = json.dumps(request).lower(), text.lower()
        return [word for word in (*OTHERS_WORDS, *self.others)
                if word.lower() in text and word.lower() not in asked]

    def check(self, process, method, case):
        process = self.suite.processes[process]
        request = self.fill(copy.deepcopy(case.request))
        code, reason, reply = outcome(
            self.interface, self.suite.channel(process), method, request, self.limited)
        text = json.dumps(reply)
        if case.kind == "refuses":
            self.assertEqual(reason, case.expected, (code, text))
        elif case.kind == "refuses_item":
            results = (reply[0] if isinstance(reply, list) else reply)["results"]
            self.assertIn(results[0]["outcome"], ("UPSERT_OUTCOME_REFUSED", "OUTCOME_REFUSED"))
            self.assertIn(case.expected, text)
        else:
            self.assertEqual(code, "OK", reason)
            self.assertIn(self.fill(case.expected) if case.kind == "shows" else "", text)
            self.assert_nothing_of_others(text, request)
            if READING.search(method):
                self.check_counts(process, method, case, request, reply)

    def check_counts(self, process, method, case, request, reply):
        """Counts that a row does not tell of are not those that an administrator gets."""
        of_all = outcome(self.interface, self.suite.channel(process), method, request,
                         self.suite.admin_token)[2]
        same = counts_in(reply).items() & counts_in(of_all).items()
        self.assertLessEqual({path[-1] for path, _ in same}, set(case.counts), same)
        if case.kind == "lacks":
            self.assertIn(case.expected, {path[-1] for path in counts_in(of_all)})
            self.assertNotIn(f'"{case.expected}"', json.dumps(reply))

    def cases(self):
        for process, services in TABLE.items():
            for service, methods in services.items():
                for name, row in methods.items():
                    for case in row.cases:
                        yield process, f"{service}.{name}", case

    # --- Tests ------------------------------------------------------------------------------------

    def test_every_case(self):
        for process, method, case in self.cases():
            if case.kind != "free":
                with self.subTest(process=process, method=method, request=str(case.request)):
                    self.check(process, method, case)

    def test_there_is_something_to_hide(self):
        """Where a limited caller is shown nothing, or told that it is not there, an administrator
        finds it: else a check that is missing would not be seen."""
        for process, method, case in self.cases():
            hides = case.kind == "shows" and not case.expected
            denies = case.kind == "refuses" and case.expected.endswith("_NOT_FOUND")
            if not (hides or denies) or not READING.search(method):
                continue
            with self.subTest(process=process, method=method, request=str(case.request)):
                request = self.fill(copy.deepcopy(case.request))
                code, reason, reply = outcome(
                    self.interface, self.suite.channel(self.suite.processes[process]), method,
                    request, self.suite.admin_token)
                self.assertEqual((code, reason), ("OK", ""))
                if hides:
                    self.assertTrue(self.words_of_others(json.dumps(reply), request), reply)

    def test_what_others_have_is_as_it_was(self):
        before = self.everything_of_others()
        for process, method, case in self.cases():
            if case.kind.startswith("refuses"):
                outcome(self.interface, self.suite.channel(self.suite.processes[process]), method,
                        self.fill(copy.deepcopy(case.request)), self.limited)
        self.assertEqual(self.everything_of_others(), before)

    def everything_of_others(self):
        paths = [f"/api/customer/v1/{self.names[key]}" for key in (
            "bob", "nora", "order_b", "order_none", "order_alice_b")]
        paths += ["/api/customer/v1/" + path for path in (
            "attributeDefinitions", "companySettings", "currencyRates", "segments",
            "customers?filter=home_store%20=%20b", "orders?filter=store%20=%20b", "rfmTable")]
        paths += [f"/api/access/v1/{self.names[key]}" for key in ("user_b", "key_b")]
        paths += ["/api/access/v1/roles"]
        paths += [f"/api/{service}/v1/{self.names[key]}" for key, service in OPERATIONS.items()]
        return {path: self.suite.ok("GET", path) for path in paths}

    def test_imported_lines_of_other_stores_are_refused(self):
        for path, text in (("orders:import?options.source=till", LINES_OF_B),
                           ("customers:import?options.customerSystem=shop", CUSTOMERS_OF_B)):
            with self.subTest(path):
                operation = self.suite.ok("POST", f"/api/customer/v1/{path}", text, self.limited)
                name = f"/api/customer/v1/{operation['name']}"
                self.wait(lambda: self.suite.ok("GET", name, token=self.limited).get("done"))
                report = self.suite.ok("GET", name, token=self.limited)["response"]["report"]
                self.assertEqual(report["linesRefused"], "1")
                self.assertEqual([each["reason"] for each in report["refused"]],
                                 ["STORE_NOT_ALLOWED"])

    def test_the_limits_are_told(self):
        principal = self.suite.ok("GET", "/api/access/v1/session", token=self.limited)
        self.assertEqual(principal["stores"], ["a"])

    def test_several_stores(self):
        """A key of both stores sees both, and still not what belongs to none."""
        token = self.suite.make_token(["customer.read"], ["a", "b"])
        seen = [each["name"] for each in self.suite.pages(
            "/api/customer/v1/customers", "customers", token=token)]
        self.assertEqual(seen, [self.names["alice"], self.names["bob"]])
        seen = {each["name"] for each in self.suite.pages(
            "/api/customer/v1/orders", "orders", token=token)}
        self.assertEqual(seen, {self.names[f"order_{key}"] for key in ("a", "b", "alice_b")})


if __name__ == "__main__":
    unittest.main()
