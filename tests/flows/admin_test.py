#!/usr/bin/env python3
"""What those who run the services do: a backup made through the gateway, restored with the command
line and opened; a sandbox's clock across a restart; the audit.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from process import BIN  # noqa: E402
from regulars import Regulars  # noqa: E402

ADMIN = "/api/customer/v1/admin"
CUSTOMERS = "/api/customer/v1/customers"
OPERATION_LIMIT_S = 30
DAY_S = 86_400


def seconds_of(text):
    """Seconds since 1970 of "2026-01-31T23:59:59.5Z", whole ones."""
    return int(time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))) - time.timezone


class AdminTest(unittest.TestCase):
    def setUp(self):
        self.suite = self.enterContext(Regulars(["--sandbox"], ["--sandbox"]))

    def await_operation(self, service, name):
        deadline = time.monotonic() + OPERATION_LIMIT_S
        while time.monotonic() < deadline:
            operation = self.suite.ok("GET", f"/api/{service}/v1/{name}")
            if operation.get("done"):
                return operation
            time.sleep(0.05)
        raise AssertionError(f"{name} is never done")

    def back_up(self, service, backup_id):
        operation = self.suite.ok(
            "POST", f"/api/{service}/v1/admin/backups", {}, query={"backupId": backup_id})
        done = self.await_operation(service, operation["name"])
        self.assertNotIn("error", done)
        return done["response"]

    def make_customer(self, name):
        return self.suite.ok("POST", CUSTOMERS, {"displayName": name})["name"]

    def customers(self):
        return sorted(each["name"] for each in self.suite.pages(CUSTOMERS, "customers"))

    def restore(self, backup, *flags, binary="customer-svc", store="customer.db"):
        """(exit code, what it said) of the command."""
        done = subprocess.run(
            [BIN / binary, "restore", f"--store=sqlite:{self.suite.folder}/{store}",
             f"--from={backup}", *flags], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stderr

    def move_store_away(self):
        for path in self.suite.folder.glob("customer.db*"):
            if path.is_file() and path.suffix not in (".log", ".erasures"):
                path.rename(path.with_name(f"old-{path.name}"))

    def test_a_backup_is_made_restored_and_opened(self):
        suite = self.suite
        kept = sorted(self.make_customer(f"Kept {i}") for i in range(20))
        before = suite.ok("GET", f"{ADMIN}/info")
        self.assertEqual(before["service"], "customer")
        backup = self.back_up("customer", "monday")
        self.assertEqual(backup["state"], "STATE_READY")
        self.assertEqual(backup["position"], before["headPosition"])
        self.assertEqual(backup["epoch"], before["epoch"])
        data = pathlib.Path(backup["path"]).read_bytes()
        self.assertEqual(backup["sha256"], hashlib.sha256(data).hexdigest())
        self.assertEqual(int(backup["sizeBytes"]), len(data))
        self.assertEqual(pathlib.Path(backup["path"]).stat().st_mode & 0o077, 0)
        self.make_customer("Lost")

        code, said = self.restore(backup["path"])
        self.assertEqual(code, 1, "while the service runs")
        self.assertIn("another process has the store", said)
        self.assertEqual(suite.customer.stop(), 0)
        code, said = self.restore(backup["path"])
        self.assertEqual(code, 1, "over a store")
        self.assertIn("exists", said)
        self.move_store_away()
        of_gateway = self.back_up("access", "monday")
        for wrong, why in ((of_gateway["path"], "no backup of a customer store"),
                           (suite.folder / "none.db", "cannot copy"),
                           (suite.folder / "customer-svc.log", "damaged")):
            code, said = self.restore(wrong)
            self.assertEqual(code, 1, wrong)
            self.assertIn(why, said)
        self.see_that_the_list_of_erasures_is_needed(backup)
        code, said = self.restore(backup["path"])
        self.assertEqual(code, 0, said)
        self.assertEqual(pathlib.Path(backup["path"]).read_bytes(), data)

        suite.customer.start()
        self.assertEqual(self.customers(), kept)
        after = suite.ok("GET", f"{ADMIN}/info")
        self.assertNotEqual(after["epoch"], before["epoch"])
        self.assertEqual(after["headPosition"], before["headPosition"])
        status, refused = suite.call("GET", "/api/customer/v1/feed:subscribe", query={
            "epoch": before["epoch"], "after": before["headPosition"], "stopAtHead": "true"})
        self.assertEqual(status, 400)
        self.assertIn("EPOCH_UNKNOWN", json.dumps(refused))
        self.make_customer("After")
        self.assertEqual(len(self.customers()), 21)
        # The gateway's store as well: it has a backup of its own.
        self.assertEqual(
            self.restore(of_gateway["path"], binary="gateway", store="copy.db")[0], 0)

    def see_that_the_list_of_erasures_is_needed(self, backup):
        """Nobody was erased here, and there is one nevertheless."""
        elsewhere = {"store": "elsewhere.db"}
        code, said = self.restore(backup["path"], **elsewhere)
        self.assertEqual(code, 1)
        self.assertIn("elsewhere.db.erasures' is missing, which names who must be forgotten", said)
        self.assertIn("--without-erasures", said)
        self.assertFalse((self.suite.folder / "elsewhere.db").exists())
        code, said = self.restore(backup["path"], "--without-erasures", **elsewhere)
        self.assertEqual(code, 0, said)

    def test_a_sandbox_clock_goes_on_after_a_restart(self):
        suite = self.suite
        key = suite.make_key(["*.*"])
        token = suite.token_of(key)
        start = seconds_of(suite.ok("GET", f"{ADMIN}/info")["currentTime"])
        # All clocks, and the gateway's last: tokens are made by it and verified by each service's.
        for service in ("customer", "access"):
            moved = suite.ok("POST", f"/api/{service}/v1/admin/clock:advance",
                             {"duration": f"{10 * DAY_S}s"}, token)
            self.assertAlmostEqual(seconds_of(moved["currentTime"]), start + 10 * DAY_S, delta=60)
        self.assertEqual(suite.call("GET", f"{ADMIN}/info", token=token)[0], 401)
        token = suite.token_of(key)
        self.assertEqual(suite.customer.stop(), 0)
        code = subprocess.run(
            [BIN / "customer-svc", f"--store=sqlite:{suite.folder}/customer.db",
             f"--token-keys={suite.folder}/token-keys.json"],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(code.returncode, 1)
        self.assertIn("start with --sandbox", code.stderr)
        suite.customer.start()
        times = [suite.ok("GET", f"{ADMIN}/info", token=token)["currentTime"] for _ in range(2)]
        self.assertAlmostEqual(seconds_of(times[0]), start + 10 * DAY_S, delta=60)
        self.assertLess(times[0], times[1], "it does not stand still")

    def test_a_clock_that_is_none_of_a_sandbox_stays(self):
        with Regulars() as suite:
            status, refused = suite.call(
                "POST", f"{ADMIN}/clock:advance", {"duration": "1s"})
            self.assertEqual(status, 400)
            self.assertIn("NOT_A_SANDBOX", json.dumps(refused))

    def test_the_audit_tells_who_wrote(self):
        suite = self.suite
        name = self.make_customer("Ann")
        entries = list(suite.pages(f"{ADMIN}/auditEntries", "auditEntries", {
            "filter": f'resource = "{name}" AND result = OK'}))
        self.assertEqual(len(entries), 1)
        self.assertEqual(entries[0]["method"],
                         "regulars.customer.v1.CustomerService.CreateCustomer")
        self.assertEqual(entries[0]["itemCount"], "1")
        batch = suite.ok("POST", f"{CUSTOMERS}:batchUpsert", {"upserts": [
            {"customer": {"externalIds": [{"system": "shop", "id": str(i)}]}} for i in range(3)]})
        self.assertEqual(len(batch["results"]), 3)
        newest = suite.ok("GET", f"{ADMIN}/auditEntries")["auditEntries"][0]
        self.assertEqual((newest["resource"], newest["itemCount"]), ("customers", "3"))
        reader = suite.make_token(["customer.read", "customer.write"])
        status, refused = suite.call("GET", f"{ADMIN}/auditEntries", token=reader)
        self.assertEqual(status, 403)
        self.assertIn("SCOPE_MISSING", json.dumps(refused))

    def test_the_maintenance_is_planned(self):
        for service in ("customer", "access"):
            tasks = self.suite.ok("GET", f"/api/{service}/v1/admin/tasks",
                                  query={"filter": "type = maintenance"})["tasks"]
            self.assertEqual([task["state"] for task in tasks], ["STATE_SCHEDULED"])

    def test_openapi_has_it_with_its_scopes(self):
        _, _, text = self.suite.request("GET", "/openapi.json")
        paths = json.loads(text)["paths"]
        for service in ("customer", "access"):
            for path in ("clock:advance", "backups", "tasks", "auditEntries"):
                operations = paths[f"/api/{service}/v1/admin/{path}"]
                self.assertIn(f"{service}.admin", json.dumps(operations), path)
        self.assertIn("/api/access/v1/operations", paths)
        self.assertFalse([path for path in paths if path.startswith("/api/access/v1/feed")])


if __name__ == "__main__":
    unittest.main()
