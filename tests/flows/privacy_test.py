#!/usr/bin/env python3
"""A person asks for a copy of their data, and to be forgotten: by HTTP, by the command line, and
after yesterday's backup was restored, with the commands of docs/guides/containers.md.
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import traces  # noqa: E402
from company import LOYALTY, Company, wait  # noqa: E402
from process import BIN, ROOT  # noqa: E402
from regulars import Regulars  # noqa: E402

API = "/api/customer/v1"
GUIDE = ROOT / "docs" / "guides" / "containers.md"
GUIDE_FOLDER, GUIDE_BACKUP = "/var/lib/regulars/customer", "backups/customer/monday.db"
DONE_LIMIT_S = 30
# Each stands for somebody in one place or more.
TRACES = ("zoe.fitz@example.com", "+442079460123", "KITE-4711", "Wuthering", "Heathcliff",
          "JD0002219", "signed Amaranthe", "Amaranthe")


class PrivacyTest(unittest.TestCase):
    def setUp(self):
        self.suite = self.enterContext(Regulars())

    def make_zoe(self):
        suite = self.suite
        zoe = suite.ok("POST", f"{API}/customers", {
            "givenName": "Amaranthe", "familyName": "Fitz", "emails": [{"address": TRACES[0]}],
            "phones": [{"number": TRACES[1]}], "externalIds": [{"system": "shop", "id": TRACES[2]}],
            "addresses": [{"lines": ["7 Wuthering Lane"], "country": "GB"}]},
            query={"requestId": "make-zoe"})["name"]
        suite.ok("POST", f"{API}/orders", {
            "source": "till", "receiptNumber": "1", "orderTime": "2026-01-02T03:04:05Z",
            "currencyCode": "EUR", "customer": zoe,
            "lines": [{"item": "kite", "description": "Engraved: Heathcliff",
                       "quantityMicros": "1000000", "unitPriceMicros": "9000000"}],
            "shipments": [{"shipmentId": "1", "trackingNumber": "JD0002219"}]},
            query={"requestId": "zoe-buys"})
        suite.ok("POST", f"{API}/consents:set", {"consent": {
            "customer": zoe, "channel": "email", "state": "STATE_GRANTED", "source": "till",
            "proof": "signed Amaranthe"}})
        suite.ok("POST", f"{API}/events:ingest", {"events": [{
            "source": "shop", "messageId": "1", "customer": zoe, "eventName": "product_viewed",
            "item": "kite"}]})
        return zoe

    def command(self, *arguments):
        done = subprocess.run(
            [BIN / "regularsctl", "--json", *arguments], stdin=subprocess.DEVNULL,
            env={**os.environ, "REGULARS_SERVER": self.suite.gateway_url,
                 "REGULARS_TOKEN": self.suite.admin_token},
            capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def await_done(self, erasure):
        deadline = time.monotonic() + DONE_LIMIT_S
        while time.monotonic() < deadline:
            if self.suite.ok("GET", f"{API}/{erasure}")["state"] == "STATE_DONE":
                return
            time.sleep(0.05)
        self.fail(f"{erasure} is never done")

    def files_with_traces(self):
        """Where the traces stand in the suite's files, but for backups."""
        return [each for each in traces.files_with(self.suite.folder, *TRACES)
                if "backups" not in each]

    def traces_not_held(self):
        """Those that customer-svc's store does not hold."""
        return traces.words_not_in(self.suite.folder / "customer.db", TRACES)

    def test_a_copy_is_whole(self):
        zoe = self.make_zoe()
        self.suite.wait_until_followed("loyalty")
        for upstream in ("loyalty", "campaign"):
            self.suite.wait_until_followed("customer", upstream=upstream)
        # A service that was not there at another's start is called again after some seconds.
        wait(lambda: self.suite.call("GET", f"{API}/{zoe}:export")[0] == 200)
        export = self.suite.ok("GET", f"{API}/{zoe}:export")
        self.assertEqual(export["customer"], zoe)
        sections = {each["title"]: each["rows"]
                    for each in export["services"]["customer"]["sections"]}
        self.assertEqual(sections["Customer"][0]["emails"][0]["address"], TRACES[0])
        self.assertEqual(sections["Orders"][0]["receiptNumber"], "1")
        self.assertEqual(sections["Consents"][0]["proof"], "signed Amaranthe")
        self.assertIn("kite", [each.get("item") for each in sections["Behaviour"]])
        self.assertIn("balance", sections["Loyalty"][0])
        self.assertEqual(set(export["services"]), {"customer", "loyalty", "recommend", "campaign"})
        self.assertEqual(json.loads(self.command("customer", "export", zoe))["customer"], zoe)
        kinds = [json.loads(line)["kind"]
                 for line in self.command("customer", "timeline", zoe).splitlines()]
        self.assertEqual(sorted(kinds), ["KIND_BEHAVIOUR", "KIND_CONSENT", "KIND_ORDER",
                                         "KIND_POINTS"])

    def test_nothing_is_left_in_any_file(self):
        suite = self.suite
        zoe = self.make_zoe()
        # What moves from a store's log into the store may be in neither for who reads both.
        wait(lambda: not self.traces_not_held())
        erasure = json.loads(self.command("customer", "erase", zoe, "--yes"))["name"]
        self.assertEqual(suite.call("GET", f"{API}/{zoe}")[0], 404)
        self.await_done(erasure)
        status, refused = suite.call("POST", f"{API}/customers", {
            "givenName": "Amaranthe"}, query={"requestId": "make-zoe"})
        self.assertEqual(status, 400, refused)
        self.assertIn("REPLY_ERASED", json.dumps(refused))
        # The log of the store is folded in when the service has ended.
        self.assertEqual(suite.customer.stop(), 0)
        self.assertEqual(self.files_with_traces(), [])
        suite.customer.start()

    def test_a_restored_backup_forgets_again(self):
        suite = self.suite
        zoe = self.make_zoe()
        operation = suite.ok("POST", f"{API}/admin/backups", {}, query={"backupId": "yesterday"})
        deadline = time.monotonic() + DONE_LIMIT_S
        while not suite.ok("GET", f"{API}/{operation['name']}").get("done"):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        backup = suite.ok("GET", f"{API}/admin/backups/yesterday")["path"]
        erasure = suite.ok("POST", f"{API}/{zoe}:erase", {})["name"]
        self.await_done(erasure)
        self.assertEqual(suite.customer.stop(), 0)
        self.restore_as_the_guide_says(backup)
        self.assertEqual(self.traces_not_held(), [], "the backup holds her")
        suite.customer.start()
        self.assertEqual(suite.call("GET", f"{API}/{zoe}")[0], 404)
        self.await_done(erasure)
        self.assertEqual(suite.customer.stop(), 0)
        shutil.rmtree(suite.folder / "before")
        self.assertEqual(self.files_with_traces(), [])
        suite.customer.start()

    def restore_as_the_guide_says(self, backup):
        """What the page runs in a container, in the suite's folder."""
        [script] = re.findall(r"run --rm customer sh -c '([^']*)'", GUIDE.read_text())
        for word, ours in ((GUIDE_FOLDER, self.suite.folder), (GUIDE_BACKUP, backup)):
            self.assertIn(word, script)
            script = script.replace(word, str(ours))
        done = subprocess.run(
            ["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "PATH": f"{BIN.resolve()}:{os.environ['PATH']}",
                 "REGULARS_STORE": f"sqlite:{self.suite.folder}/customer.db"})
        self.assertEqual(done.returncode, 0, done.stderr)


class FollowersTest(unittest.TestCase):
    """What services keep of a person whom they follow, besides their tables."""

    def setUp(self):
        self.suite = self.enterContext(Regulars())
        self.company = Company(self.suite)

    def spoil(self, upstream, event_type, followers):
        """Makes the events of a type unreadable, for followers that are about to read them."""
        process = getattr(self.suite, upstream)
        process.stop()
        store = sqlite3.connect(self.suite.folder / f"{upstream}.db")
        with store:
            changed = store.execute("UPDATE feed SET payload = x'0a0378797a' WHERE type = ?",
                                    [f"regulars.{upstream}.{event_type}.v1"]).rowcount
        store.close()
        self.assertGreater(changed, 0)
        process.start()
        for follower in followers:
            getattr(self.suite, follower).start()
        for follower in followers:
            wait(lambda each=follower: self.parked(each, upstream) == 1)

    def parked(self, service, upstream):
        status, follower = self.suite.call(
            "GET", f"/api/{service}/v1/admin/followers/{upstream}")
        return int(follower["parkedCount"]) if status == 200 else None

    def test_parked_events_and_replies_go_with_the_person(self):
        suite, company = self.suite, self.company
        [ann] = company.add_people([{"externalIds": [{"system": "shop", "id": "1"}]}])
        enrol = {"customer": ann, "requestId": "enrol-ann"}
        member = suite.ok("POST", f"{LOYALTY}/members:enrol", enrol)["name"]
        company.follow_all()
        suite.customer.stop()
        suite.ok("POST", f"{LOYALTY}/{member}:adjustPoints",
                 {"points": "5", "reasonCode": "GOODWILL"})
        self.spoil("loyalty", "points_posted", ["customer"])
        for service in ("loyalty", "recommend", "campaign"):
            getattr(suite, service).stop()
        wait(lambda: suite.call("GET", f"{API}/{ann}")[0] == 200)
        company.place({
            "source": "till", "receiptNumber": "1", "orderTime": "2026-01-02T03:04:05Z",
            "currencyCode": "EUR", "customer": ann, "lines": [{
                "lineId": "1", "item": "kite", "quantityMicros": "1000000",
                "unitPriceMicros": "9000000"}]})
        self.spoil("customer", "order_recorded", ["loyalty", "recommend"])
        company.say([ann], "STATE_GRANTED")
        self.spoil("customer", "consent_changed", ["campaign"])
        erasure = suite.ok("POST", f"{API}/{ann}:erase", {})["name"]
        wait(lambda: suite.ok("GET", f"{API}/{erasure}")["state"] == "STATE_DONE")
        for service, upstream in (("customer", "loyalty"), ("loyalty", "customer"),
                                  ("recommend", "customer"), ("campaign", "customer")):
            wait(lambda a=service, b=upstream: self.parked(a, b) == 0)
            self.assertEqual(getattr(suite, service).metric(
                "regulars_follow_parked", upstream=upstream), 0)
        status, refused = suite.call("POST", f"{LOYALTY}/members:enrol", enrol)
        self.assertEqual(status, 400, refused)
        self.assertIn("REPLY_ERASED", json.dumps(refused))
        processes = suite.processes.values()
        self.assertEqual([process.stop() for process in processes], [0] * len(processes))
        self.assertEqual(traces.tables_with(suite.folder, ann), [])
        for process in processes:
            process.start()


if __name__ == "__main__":
    unittest.main()
