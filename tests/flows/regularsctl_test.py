#!/usr/bin/env python3
"""regularsctl against the real processes: a first session as a newcomer would have it, an import,
scores, the feed, tokens that end, and a server that goes away."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ctl import (  # noqa: E402
    INTERRUPTED, NO_SERVER, REFUSED, RUN_LIMIT_S, USAGE, CtlTest)
from process import BIN  # noqa: E402

LINES = """receipt_number,time,item,quantity,unit_price,customer
1,2026-01-05 10:00:00,tea,2,4.50,7
1,2026-01-05 10:00:00,cup,1,12.00,7
2,2026-01-06 11:30:00,tea,many,4.50,8
3,2026-01-07 09:15:00,pot,1,30.00,9
"""


class RegularsctlTest(CtlTest):
    def config(self):
        return self.folder / "regulars" / "config.json"

    def test_customers(self):
        self.ok("attribute", "create", "shoe_size", "--type", "decimal")
        made = json.loads(self.ok(
            "customer", "create", "--name", "Jörg Müller", "--email", "joerg@example.de",
            "--external-id", "shop=1", "--country", "DE", "--attribute", "shoe_size=42.5",
            "--json"))
        self.assertEqual(made["attributes"]["shoe_size"], {"decimalMicros": "42500000"})
        for way in (["--email", "JOERG@example.de"], ["--external-id", "shop=1"], [made["name"]]):
            found = json.loads(self.ok("customer", "get", *way, "--json"))
            self.assertEqual(found["name"], made["name"])
        self.assertIn("Jörg Müller", self.ok("customer", "search", "mul", "jor"))
        changed = json.loads(self.ok("customer", "update", made["name"], "--attribute",
                                     "shoe_size=43", "--clear", "country", "--json"))
        self.assertEqual(changed["attributes"]["shoe_size"], {"decimalMicros": "43000000"})
        self.assertEqual(changed["country"], "")
        taken = self.ctl("customer", "create", "--email", "joerg@example.de")
        self.assertEqual(taken.returncode, REFUSED)
        self.assertIn("IDENTIFIER_TAKEN", taken.stderr)
        self.assertIn("--email: customer.emails[0].address", taken.stderr)
        self.ok("customer", "delete", made["name"], "--yes")
        self.assertEqual(self.ctl("customer", "get", made["name"]).returncode, REFUSED)

    def test_import_scores_and_feed(self):
        self.ok("settings", "set", "--rfm-day", "after-last-order")
        file = self.write("lines.csv", LINES)
        how = ["--set", "source=till", "--set", "customerSystem=till"]
        dry = json.loads(self.ok("import", "orders", file, *how, "--dry-run", "--json"))
        self.assertEqual((dry["dryRun"], dry["report"]["linesStored"]), (True, "3"))
        report = self.ok("import", "orders", file, *how)
        self.assertRegex(report, r"stored: +3\n")
        self.assertRegex(report, r"refused: +1  \(INVALID_NUMBER 1\)\n")
        again = json.loads(self.ok("import", "orders", file, *how, "--json"))
        self.assertEqual(again["report"]["linesUnchanged"], "3")
        self.assertEqual(self.ctl("import", "orders", file, *how, "--strict").returncode, REFUSED)
        refused = self.ok("import", "refusals", again["name"], "--csv")
        self.assertRegex(refused, r"line_number,.*\n4,INVALID_NUMBER,quantity,")
        order = json.loads(self.ok("order", "get", "--source", "till", "--receipt", "1", "--json"))
        self.assertEqual(order["totals"]["amount"]["micros"], "21000000")

        # Of two customers with one order day each: the later one has the better recency.
        self.assertRegex(self.ok("rfm", "compute"), r"Customers: 2, scored for 2026-01-08")
        segment = json.loads(self.ok("segment", "create", "spenders", "--filter",
                                     "purchases.revenue > 25", "--json"))
        self.assertEqual((segment["state"], segment["memberCount"]), ("STATE_READY", "1"))

        events = [json.loads(line) for line in
                  self.ok("feed", "tail", "--from-start", "--stop", "--json", "--type",
                          "regulars.customer.order_recorded.v1").splitlines()]
        self.assertEqual(sorted(each["data"]["order"]["receiptNumber"] for each in events),
                         ["1", "3"])

    def test_points(self):
        ann = json.loads(self.ok("customer", "create", "--name", "Ann", "--json"))["name"]
        order = self.write("order.json", json.dumps({
            "source": "web", "receiptNumber": "points-1", "customer": ann, "currencyCode": "EUR",
            "orderTime": "2026-01-02T03:04:05Z",
            "lines": [{"item": "cup", "quantityMicros": "1000000",
                       "unitPriceMicros": "49900000"}]}))
        self.ok("order", "create", "--file", order)
        self.suite.wait_until_followed("loyalty")
        member = json.loads(self.ok("member", "get", "--customer", ann, "--json"))
        self.assertEqual(member["balance"], "49")
        self.ok("points", "adjust", member["name"], "--points=-9", "--reason", "GOODWILL")
        self.assertRegex(self.ok("points", "statement", "--customer", ann),
                         r"(?s)adjustment +-9 +40 .*earn +49 +49 +web +points-1")
        self.assertIn("all is well", self.ok("points", "verify"))
        quote = json.loads(self.ok("quote", "--customer", ann, "--currency", "EUR",
                                   "--product", "10.00", "--charge", "4", "--json"))
        self.assertEqual((quote["pointsToEarn"], quote["maxPointsPayable"]), ("10", "40"))
        programme = json.loads(self.ok("programme", "set", "--tier", "silver=10", "--json"))
        self.assertEqual(programme["tiers"][0]["tierId"], "silver")
        self.assertIn("products", self.ok("programme", "rule"))
        refused = self.ctl("points", "adjust", member["name"], "--points=-41", "--reason", "X")
        self.assertIn("INSUFFICIENT_POINTS", refused.stderr)

    def test_profile_of_an_import_and_a_customer_file(self):
        profile = self.write("profile.json", json.dumps({
            "customers": {"customerSystem": "erp", "columns": ["E-Mail=email", "No=external_id"]}}))
        self.ok("import", "profile", "create", "people", "--file", profile)
        file = self.write("people.csv", "No,E-Mail\n1,ada@example.com\n2,grace@example.com\n")
        done = json.loads(
            self.ok("import", "customers", file, "--import-profile", "people", "--json"))
        self.assertEqual(done["report"]["customersCreated"], "2")
        self.assertIn("people", self.ok("import", "profile", "list"))

    def test_a_token_that_has_ended_is_renewed_once(self):
        config = json.loads(self.config().read_text())
        config["profiles"]["default"]["expireTime"] = "2020-01-01T00:00:00Z"
        before = config["profiles"]["default"]["refreshToken"]
        self.config().write_text(json.dumps(config))
        running = [subprocess.Popen([BIN / "regularsctl", "whoami"], env=self.environment,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                   for _ in range(6)]
        for process in running:
            output, _ = process.communicate(timeout=RUN_LIMIT_S)
            self.assertEqual(process.returncode, 0, output)
        after = json.loads(self.config().read_text())["profiles"]["default"]["refreshToken"]
        self.assertNotEqual(after, before)
        self.assertEqual(self.config().stat().st_mode & 0o777, 0o600)

    def test_a_key_of_its_own(self):
        secret = str(self.folder / "till.key")
        self.ok("key", "create", "--name", "till", "--scope", "customer.read", "--secret-file",
                secret)
        key = json.loads(self.ok("key", "list", "--all", "--json").splitlines()[-1])
        # Signing in makes a profile current: a folder of its own keeps the others' as it is.
        own = {**self.environment, "XDG_CONFIG_HOME": str(self.folder / "till")}
        for arguments, code in ((["sign-in", "--server", self.suite.gateway_url, "--client-id",
                                  key["name"], "--client-secret-file", secret], 0),
                                (["segment", "list"], 0),
                                (["customer", "create", "--name", "x"], REFUSED)):
            done = subprocess.run([BIN / "regularsctl", *arguments], env=own, capture_output=True,
                                  text=True, timeout=RUN_LIMIT_S, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn("SCOPE_MISSING", done.stderr)

    def test_what_is_no_command_sends_nothing(self):
        for arguments, says in ((["custmer"], "did you mean 'customer'?"),
                                (["customer", "get", "a/b"], "is no customer")):
            done = self.ctl(*arguments)
            self.assertEqual(done.returncode, USAGE)
            self.assertIn(says, done.stderr)

    def test_errors_for_scripts(self):
        for arguments, code, reason in (
                (["segment", "get", "nowhere"], REFUSED, "SEGMENT_NOT_FOUND"),
                (["customer", "create", "--email", "x"], REFUSED, "INVALID_EMAIL"),
                (["custmer"], USAGE, "USAGE")):
            done = self.ctl("--json", *arguments)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            error = json.loads(done.stderr)["error"]
            self.assertEqual(error["details"][0]["reason"], reason)

    def test_output_that_cannot_be_written(self):
        for arguments in (["--version"], ["customer", "list", "--all", "--json"], ["whoami"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([BIN / "regularsctl", *arguments], env=self.environment,
                                      stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=RUN_LIMIT_S, check=False)
            self.assertEqual(done.returncode, USAGE, arguments)
            self.assertIn(os.strerror(errno.ENOSPC), done.stderr)

    def test_a_closed_output_is_an_error(self):
        """And what is printed does not get into the file that is opened next."""
        self.ok("customer", "create", "--name", "Kim")
        before = self.config().read_text()
        for closed in (">&-", "<&- >&-", "<&- >&- 2>&-"):
            done = subprocess.run(["sh", "-c", f'exec "$0" "$@" {closed}', BIN / "regularsctl",
                                   "customer", "list"], env=self.environment,
                                  stderr=subprocess.PIPE, text=True, timeout=RUN_LIMIT_S,
                                  check=False)
            self.assertEqual(done.returncode, USAGE, done.stderr)
            self.assertIn("" if "2>&-" in closed else os.strerror(errno.EBADF), done.stderr)
        self.assertEqual(self.config().read_text(), before)

    def test_a_reader_that_has_gone_is_no_error(self):
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        done = subprocess.run([BIN / "regularsctl", "whoami"], env=self.environment, stdout=writer,
                              stderr=subprocess.PIPE, text=True, timeout=RUN_LIMIT_S, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_interrupted(self):
        tail = subprocess.Popen([BIN / "regularsctl", "feed", "tail", "--from-start"],
                                env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(tail.stdout.close)
        self.ok("customer", "create", "--name", "Heard")
        while "customer_created" not in tail.stdout.readline():
            pass
        tail.send_signal(signal.SIGINT)
        self.assertEqual(tail.wait(RUN_LIMIT_S), INTERRUPTED)

    def test_a_tail_goes_on_after_a_restart(self):
        tail = subprocess.Popen([BIN / "regularsctl", "feed", "tail", "--json"],
                                env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(tail.stdout.close)
        self.addCleanup(tail.wait, RUN_LIMIT_S)
        self.addCleanup(tail.send_signal, signal.SIGINT)
        # From the head: until it listens, nothing shows. So something is made until one is heard.
        os.set_blocking(tail.stdout.fileno(), False)
        deadline = time.monotonic() + RUN_LIMIT_S
        heard = ""
        while not heard and time.monotonic() < deadline:
            self.ok("customer", "create", "--name", "Before")
            heard = tail.stdout.readline()
        self.assertIn("customer_created", heard)
        self.suite.customer.stop()
        self.suite.customer.start()
        after = json.loads(self.ok("customer", "create", "--name", "After", "--json"))["name"]
        while after not in heard and time.monotonic() < deadline:
            heard = tail.stdout.readline() or heard
            time.sleep(0.05)
        self.assertIn(after, heard)

    def test_nobody_answers(self):
        environment = {**self.environment, "REGULARS_SERVER": "http://127.0.0.1:1",
                       "REGULARS_TOKEN": "x"}
        done = subprocess.run([BIN / "regularsctl", "whoami"], env=environment,
                              capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)
        self.assertEqual(done.returncode, NO_SERVER)
        self.assertIn("Is the gateway running at http://127.0.0.1:1?", done.stderr)


if __name__ == "__main__":
    unittest.main()
