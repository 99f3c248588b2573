#!/usr/bin/env python3
"""regularsctl for customers, orders, points and imports beyond a first session, and for those who
run the services: each command against the real processes, its effect seen through the API."""

import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from company import CUSTOMER, LOYALTY, wait  # noqa: E402
from ctl import REFUSED, RUN_LIMIT_S, CtlTest  # noqa: E402
from process import BIN  # noqa: E402
from regulars import Regulars  # noqa: E402

DAY = "2026-01-05"
LONG_LINES = 200000  # Seconds of work; a command takes some hundredths.
CANCELLED = 1  # google.rpc.Code


class ShopCommandsTest(CtlTest):
    @classmethod
    def make_suite(cls):
        return Regulars(services=("customer", "loyalty"))

    def person(self, name, *flags):
        return self.one("customer", "create", "--name", name, *flags)["name"]

    def buy(self, customer, receipt):
        return self.suite.ok("POST", f"{CUSTOMER}/orders", {
            "source": "shop", "receiptNumber": receipt, "currencyCode": "EUR",
            "customer": customer, "orderTime": f"{DAY}T10:00:00Z", "lines": [
                {"item": "tea", "quantityMicros": "1000000", "unitPriceMicros": "5000000"}]})

    def test_tags_and_segments(self):
        ann = self.person("Ann", "--tag", "old")
        self.person("Ben")
        self.ok("customer", "tag", ann, "--add", "vip", "--remove", "old")
        self.assertEqual(self.suite.ok("GET", f"{CUSTOMER}/{ann}")["tags"], ["vip"])
        self.assertEqual([each["name"] for each in self.items(
            "customer", "list", "--filter", 'tags:"vip"')], [ann])
        self.assertIn("Ann", self.ok("segment", "preview", 'tags:"vip"'))
        self.ok("segment", "create", "vips", "--filter", 'tags:"nobody"')
        changed = self.one("segment", "update", "vips", "--filter", 'tags:"vip"', "--name", "VIPs")
        self.assertEqual((changed["displayName"], changed["memberCount"]), ("VIPs", "1"))
        self.assertEqual([each["customer"] for each in self.items("segment", "members", "vips")],
                         [ann])
        self.assertRegex(self.ok("segment", "members", "vips"), ann.removeprefix("customers/"))
        self.assertEqual(self.one("segment", "get", "vips"),
                         self.suite.ok("GET", f"{CUSTOMER}/segments/vips"))
        self.ok("segment", "delete", "vips", "--yes")
        self.refused("SEGMENT_NOT_FOUND", "segment", "members", "vips")
        self.refused("INVALID_FILTER", "segment", "preview", "colour = 1")
        self.misused("--add", "customer", "tag", ann)

    def test_attributes(self):
        made = self.one("attribute", "create", "size", "--type", "integer")
        self.assertEqual(self.one("attribute", "get", "size"), made)
        self.assertEqual(self.items("attribute", "list"), [made])
        self.assertRegex(self.ok("attribute", "list"), r"\nsize ")
        self.ok("attribute", "delete", "size", "--yes")
        self.refused("ATTRIBUTE_NOT_FOUND", "attribute", "get", "size")

    def test_events(self):
        cleo = self.person("Cleo", "--external-id", "shop=cleo")
        file = self.write("events.json", json.dumps({"events": [{
            "source": "shop", "messageId": "m1", "eventName": "product_viewed",
            "customerIdentifier": {"externalId": {"system": "shop", "id": "cleo"}},
            "item": "tea"}]}))
        self.assertEqual(self.ok("event", "send", "--file", file),
                         "recorded: 1, known before: 0\n")
        self.assertEqual(self.ok("event", "send", "--file", file),
                         "recorded: 0, known before: 1\n")
        self.assertIn("product_viewed", self.ok("customer", "timeline", cleo))
        bad = self.write("bad.json", json.dumps({"events": [{"source": "shop"}]}))
        done = self.ctl("event", "send", "--file", bad)
        self.assertEqual((done.returncode, done.stdout),
                         (REFUSED, "recorded: 0, known before: 0\n"))
        self.assertIn("regularsctl: events[0]: ", done.stderr)

    def test_orders(self):
        dan = self.person("Dan")
        order = self.buy(dan, "d1")
        self.assertEqual(self.items("order", "list", "--customer", dan), [order])
        self.assertRegex(self.ok("order", "list", "--customer", dan), r"\n[0-9a-z]{26} .* d1 ")
        self.assertEqual(self.one("order", "cancel", order["name"])["state"], "STATE_CANCELLED")
        self.assertEqual(self.suite.ok("GET", f"{CUSTOMER}/{order['name']}")["state"],
                         "STATE_CANCELLED")
        self.assertEqual(self.items("order", "list", "--customer", dan), [])
        self.refused("ORDER_NOT_FOUND", "order", "cancel", "0" * 26)

    def test_settings_rates_and_scores(self):
        settings = self.suite.ok("GET", f"{CUSTOMER}/companySettings")
        self.assertEqual(self.one("settings", "get"), settings)
        self.assertRegex(self.ok("settings", "get"), r"Base currency: +EUR\n")
        rate = self.one("rate", "set", "USD", DAY, "0.85")
        self.assertEqual(self.items("rate", "list"), [rate])
        self.assertRegex(self.ok("rate", "list"), r"USD +2026-01-05 .*0\.85")
        self.ok("rate", "delete", rate["name"], "--yes")
        self.assertEqual(self.items("rate", "list"), [])
        self.refused("RATE_NOT_FOUND", "rate", "delete", rate["name"], "--yes")
        self.ok("rfm", "compute")
        self.assertEqual(self.one("rfm", "show"), self.suite.ok("GET", f"{CUSTOMER}/rfmTable"))
        self.assertRegex(self.ok("rfm", "show", "--by", "scores"), r"Customers: \d")

    def test_members_and_programme(self):
        eve = self.person("Eve")
        self.suite.wait_until_followed("loyalty")
        member = self.one("member", "enrol", eve)
        self.assertEqual(member["customer"], eve)
        path = f"{LOYALTY}/{member['name']}"
        self.assertIn(self.suite.ok("GET", path), self.items("member", "list"))
        self.assertRegex(self.ok("member", "list"), eve.removeprefix("customers/"))
        self.assertRegex(self.ok("member", "close", member["name"], "--yes"),
                         r"State: +closed\n")
        self.assertEqual(self.suite.ok("GET", path)["state"], "STATE_CLOSED")
        self.refused("MEMBER_CLOSED", "points", "adjust", member["name"], "--points=1", "--reason",
                     "X")
        programme = self.suite.ok("GET", f"{LOYALTY}/programmes/main")
        self.assertEqual(self.one("programme", "get"), programme)
        self.ok("programme", "set", "--max-basket-percent", "50", "--min-points", "100")
        self.assertEqual(self.one("programme", "set", "--point-value", "0.02")["payment"],
                         {"pointValueMicros": "20000", "maxBasketPercent": 50, "minPoints": "100",
                          "stepPoints": "1"})
        rule = self.one("programme", "set-rule", "--points", "2", "--for-each", "5.00")
        self.assertEqual(self.one("programme", "rule"), rule)
        self.assertEqual(rule["pointsPerStep"], "2")

    def test_imports(self):
        profile = self.write("profile.json", json.dumps({
            "customers": {"customerSystem": "erp", "columns": ["E-Mail=email", "No=external_id"]}}))
        made = self.one("import", "profile", "create", "people", "--file", profile)
        self.assertEqual(self.one("import", "profile", "get", "people"), made)
        file = self.write("people.csv", "No,E-Mail\n1,ada@example.com\n")
        done = self.one("import", "customers", file, "--import-profile", "people")
        self.assertEqual(self.one("import", "get", done["name"]),
                         self.suite.ok("GET", f"{CUSTOMER}/{done['name']}"))
        self.assertRegex(self.ok("import", "get", done["name"]), r"Customers created: +1\n")
        self.assertEqual([each["name"] for each in self.items("import", "list")], [done["name"]])
        # It is long work, too.
        operation = self.items("operation", "list")[0]
        for how in ("get", "wait"):
            self.assertRegex(self.ok("operation", how, operation["name"]), r"State: +done\n")
        self.assertEqual(self.one("operation", "get", operation["name"]),
                         self.one("operation", "wait", operation["name"]))
        self.refused("TASK_ENDED", "operation", "cancel", operation["name"])
        self.refused("OPERATION_NOT_FOUND", "operation", "cancel", "nothing")
        self.ok("import", "delete", done["name"], "--yes")
        self.refused("IMPORT_NOT_FOUND", "import", "get", done["name"])
        self.ok("import", "profile", "delete", "people", "--yes")
        self.refused("IMPORT_PROFILE_NOT_FOUND", "import", "profile", "get", "people")

    def test_long_work_is_cancelled(self):
        lines = "".join(f"{i},2026-01-05 10:00:00,tea,1,4.50,{i}\n" for i in range(LONG_LINES))
        _, _, text = self.suite.request(
            "POST", f"{CUSTOMER}/orders:import?options.source=till&options.customerSystem=till",
            f"receipt_number,time,item,quantity,unit_price,customer\n{lines}",
            {"Content-Type": "text/csv", "Authorization": f"Bearer {self.suite.admin_token}"})
        name = json.loads(text)["name"]
        self.assertEqual(self.ok("operation", "cancel", name), "asked to end\n")
        ended = wait(lambda: self.ended(name))
        self.assertEqual(ended["error"]["code"], CANCELLED)
        self.refused("TASK_CANCELLED", "operation", "wait", name)

    def ended(self, operation):
        now = self.suite.ok("GET", f"{CUSTOMER}/{operation}")
        return now if now["done"] else None

    def test_feeds(self):
        self.person("Fay")
        self.suite.wait_until_followed("loyalty")
        self.assertEqual(self.one("feed", "state"), self.suite.ok("GET", f"{CUSTOMER}/feed"))
        how = ["customer", "--service", "loyalty"]
        self.assertEqual(self.items("feed", "parked", *how), [])
        self.assertEqual(self.ok("feed", "retry", *how), "0 events will be tried again\n")
        self.refused("PARKED_EVENT_NOT_FOUND", "feed", "skip", "customer", "1", "--yes",
                     *how[1:])
        self.misused("nobody", "feed", "parked", "customer", "--service", "nobody")

    def test_administration(self):
        self.assertRegex(self.ok("admin", "info"), r"Service: +customer")
        self.assertEqual(self.one("admin", "info")["version"],
                         self.ok("--version").strip())
        made = self.one("admin", "backup", "create", "--id", "by-hand")
        self.assertTrue(os.path.exists(made["path"]))
        found = self.one("admin", "backup", "get", "by-hand")
        self.assertEqual(found, found | {key: made[key] for key in ("name", "path", "sha256")})
        self.assertEqual(self.items("admin", "backup", "list"), [found])
        task = self.items("admin", "task", "list")[0]
        self.assertEqual(self.one("admin", "task", "get", task["name"])["name"], task["name"])
        self.assertRegex(self.ok("admin", "task", "list"), task["type"])
        written = [each["method"] for each in self.items("admin", "audit", "--filter",
                                                         'result = "OK"', "--all")]
        self.assertTrue(any(method.endswith(".CreateBackup") for method in written))
        self.assertRegex(self.ok("admin", "audit", "--all"), " CreateBackup +operations/")
        self.refused("BACKUP_NOT_FOUND", "admin", "backup", "get", "nothing")
        self.refused("TASK_NOT_FOUND", "admin", "task", "retry", "nothing")

    def test_any_request(self):
        listed = json.loads(self.ok("call", "GET", "customer/v1/customers", "--query",
                                    "pageSize=1"))
        self.assertEqual(listed["customers"], self.suite.ok(
            "GET", f"{CUSTOMER}/customers?pageSize=1").get("customers", []))
        made = json.loads(self.ok("call", "POST", "/api/customer/v1/customers", "--data",
                                  '{"givenName": "Gus"}'))
        self.assertEqual(made["givenName"], "Gus")
        self.refused("PATH_NOT_FOUND", "call", "GET", "/api/nowhere")

    def test_completion(self):
        script = self.ok("completion", "bash")
        asked = subprocess.run(
            ["bash", "-c", f"{script}\nCOMP_WORDS=(regularsctl campaign pa) COMP_CWORD=2\n"
             "_regularsctl; echo ${COMPREPLY[@]}"],
            env=self.environment | {"PATH": f"{BIN}:{os.environ['PATH']}"}, capture_output=True,
            text=True, timeout=RUN_LIMIT_S, check=True)
        self.assertEqual(asked.stdout, "pause\n")
        self.misused("tcsh", "completion", "tcsh")


class ProfileCommandsTest(CtlTest):
    @classmethod
    def make_suite(cls):
        return Regulars(services=("customer",))

    def test_profiles(self):
        self.ok("--profile", "other", "sign-in", "--server", self.suite.gateway_url, "--email",
                "admin@localhost", "--password-file", self.password)
        self.assertRegex(self.ok("profile", "list"), "other")
        self.ok("profile", "use", "default")
        config = json.loads((self.folder / "regulars" / "config.json").read_text())
        self.assertEqual((config["current"], set(config["profiles"])), (
            "default", {"default", "other"}))
        self.ok("profile", "remove", "other")
        self.assertNotIn("other", self.ok("profile", "list"))
        self.misused("other", "profile", "use", "other")
        token = config["profiles"]["default"]["refreshToken"]
        self.ok("sign-out")
        self.assertNotIn(token, (self.folder / "regulars" / "config.json").read_text())
        self.assertNotEqual(self.ctl("whoami").returncode, 0)


if __name__ == "__main__":
    unittest.main()
