"""The demo shop, sent to the real processes by the command-line client: what a newcomer sees."""

import json
import os
import pathlib
import subprocess
import time
import unittest

from regulars import FULL, RegularsTest

BINARIES = pathlib.Path(os.environ.get(
    "REGULARS_BIN", pathlib.Path(__file__).resolve().parents[2] / "build/release/bin"))
CUSTOMERS = 2000 if FULL else 300
SEGMENTS_READY_S = 30


class DemoFillTest(RegularsTest):
    def fill(self, *flags):
        """Runs the command; its summary."""
        done = subprocess.run(
            [BINARIES / "regularsctl", "--json", "demo", "fill", *flags],
            env={**os.environ, "REGULARS_SERVER": self.suite.gateway_url,
                 "REGULARS_TOKEN": self.suite.admin_token},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def ready_segments(self):
        """Members of the segments, once all of them are found."""
        deadline = time.monotonic() + SEGMENTS_READY_S
        while time.monotonic() < deadline:
            segments = list(self.suite.pages("/api/customer/v1/segments", "segments"))
            if all(segment["state"] == "STATE_READY" for segment in segments):
                return {segment["name"].removeprefix("segments/"): int(segment["memberCount"])
                        for segment in segments}
            time.sleep(0.05)
        self.fail("segments are not ready")

    def test_fills_once_and_only_adds_later(self):
        first = self.fill("--customers", str(CUSTOMERS))
        self.assertEqual(first["customers"],
                         {"created": CUSTOMERS, "updated": 0, "unchanged": 0})
        orders = first["orders"]["created"]
        self.assertGreater(orders, CUSTOMERS)
        self.assertEqual(first["orders"], {"created": orders, "updated": 0, "unchanged": 0})

        table = self.suite.ok("GET", "/api/customer/v1/rfmTable")
        self.assertGreater(int(table["customerCount"]), CUSTOMERS * 0.9)
        members = self.ready_segments()
        self.assertEqual(set(members), {"new-customers", "regulars", "at-risk", "big-spenders"})
        for segment, count in members.items():
            self.assertGreater(count, 0, segment)
            self.assertLess(count, CUSTOMERS / 2, segment)

        again = self.fill("--customers", str(CUSTOMERS))
        self.assertEqual(again["customers"],
                         {"created": 0, "updated": 0, "unchanged": CUSTOMERS})
        self.assertGreater(first["events"]["created"], CUSTOMERS)
        self.assertEqual(again["events"]["created"], 0)
        self.assertGreater(first["consents"]["created"], CUSTOMERS // 5)
        self.assertEqual(again["consents"]["created"] + again["consents"]["updated"], 0)
        self.assertEqual(again["orders"], {"created": 0, "updated": 0, "unchanged": orders})
        self.assertEqual(self.suite.ok("GET", "/api/customer/v1/rfmTable"), table)

        more = self.fill("--customers", str(CUSTOMERS + 50))
        self.assertEqual(more["customers"], {"created": 50, "updated": 0, "unchanged": CUSTOMERS})
        self.assertEqual(more["orders"]["unchanged"], orders)

    def test_returns_are_linked(self):
        self.fill("--customers", str(CUSTOMERS), "--seed", "2")
        returned = linked = 0
        for order in self.suite.pages("/api/customer/v1/orders", "orders"):
            for line in order["lines"]:
                if line["type"] != "TYPE_RETURN":
                    continue
                returned += 1
                linked += sum(int(link["quantityMicros"]) for link in line["returnLinks"]) == int(
                    line["quantityMicros"])
        self.assertGreater(returned, 0)
        self.assertEqual(linked, returned)


if __name__ == "__main__":
    unittest.main()
