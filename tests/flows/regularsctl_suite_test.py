#!/usr/bin/env python3
"""regularsctl for what is said to customers, shown to them and known of them, and for users and
keys: each command against the real processes, its effect seen through the API. At the end: that the
tests of this folder run every command that there is."""

import datetime
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import ctl  # noqa: E402
from company import CAMPAIGN, CUSTOMER, RECOMMEND, wait  # noqa: E402
from ctl import REFUSED, CtlTest  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import Regulars  # noqa: E402

ACCESS = "/api/access/v1"
# These need a fault of the product to do something: with a server that answers as told they are run
# by ProgramTest.AdminAsksTheNamedService and by
# FeedTest.WhatAServiceFollowsIsShownAndMended.
NOT_HERE = {("admin", "task", "retry"), ("feed", "skip")}
LATER = "2099-01-01T00:00:00Z"


class CampaignCommandsTest(CtlTest):
    """Templates, campaigns, messages, suppressions and consents."""

    @classmethod
    def make_suite(cls):
        cls.mails = cls.enterClassContext(MailServer())
        return Regulars(campaign_flags=[f"--smtp-server={cls.mails.address}", "--smtp-tls=none"])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ok("campaign", "set", "--public-url", "https://crm.shop.example", "--company", "Shop",
               "--from", "news@shop.example", "--from-name", "The Shop")
        cls.text = cls.write("hello.txt", "Dear {{customer.given_name}}, {{offer}}\n")
        cls.html = cls.write("hello.html", "<p>Dear {{customer.given_name}}, {{offer}}</p>")
        cls.values = cls.write("values.json", json.dumps({"offer": "half price"}))

    def person(self, name, consents=True):
        """A new customer's id."""
        customer = self.suite.ok("POST", f"{CUSTOMER}/customers", {
            "givenName": name, "emails": [{"address": f"{name.lower()}@example.com"}]})["name"]
        if consents:
            self.ok("consent", "set", customer, "--channel", "email", "--topic", "newsletter",
                    "--state", "granted", "--source", "till")
        self.ok("customer", "tag", customer, "--add", name.lower())
        return customer.removeprefix("customers/")

    def template(self, name, *flags):
        self.ok("template", "create", name, "--subject", "Hi {{customer.given_name}}", "--text",
                self.text, "--variable", "offer", "--variable", "customer.given_name=friend",
                *flags)

    def state(self, campaign):
        return self.suite.ok("GET", f"{CAMPAIGN}/campaigns/{campaign}")["state"]

    def mails_to(self, address):
        return [mail for mail in self.mails.mails if mail.recipient == address]

    def test_templates(self):
        made = self.one("template", "create", "hello", "--subject", "Hi {{customer.given_name}}",
                        "--text", self.text, "--html", self.html, "--variable", "offer",
                        "--name", "A greeting", "--topic", "offers")
        self.assertEqual(made, self.suite.ok("GET", f"{CAMPAIGN}/templates/hello"))
        self.assertEqual((made["displayName"], made["topic"], made["purpose"]),
                         ("A greeting", "offers", "PURPOSE_MARKETING"))
        self.assertEqual(self.one("template", "get", "hello"), made)
        self.assertRegex(self.ok("template", "get", "hello"), r"Name: +A greeting\n")
        self.assertRegex(self.ok("template", "list"), r"\nhello +A greeting ")
        listed = self.items("template", "list")
        self.assertEqual(listed, self.suite.ok("GET", f"{CAMPAIGN}/templates")["templates"])
        self.assertIn("templates/hello", [each["name"] for each in listed])
        ann = self.person("Ann")
        shown = ["hello", "--customer", ann, "--variables", self.values]
        self.assertRegex(self.ok("template", "preview", *shown),
                         r"^Subject: Hi Ann\n\nDear Ann, half price\n")
        self.assertIn("<p>Dear Ann, half price</p>", self.ok("template", "preview", *shown,
                                                             "--html"))
        self.assertEqual(self.one("template", "preview", *shown)["subject"], "Hi Ann")
        sent = self.ok("template", "send-test", "hello", "me@shop.example", "--customer", ann,
                       "--variables", self.values)
        self.assertRegex(sent, r"^messages/[0-9a-z]{26}\n$")
        wait(lambda: self.mails_to("me@shop.example"))
        self.assertEqual(self.mails_to("me@shop.example")[0].message["Subject"], "Hi Ann")
        changed = self.one("template", "update", "hello", "--subject", "Hello", "--name", "Other")
        self.assertEqual(changed, self.suite.ok("GET", f"{CAMPAIGN}/templates/hello"))
        self.assertEqual((changed["displayName"], changed["content"]["subject"]),
                         ("Other", "Hello"))
        self.assertEqual(changed["content"]["text"], made["content"]["text"])
        more = self.one("template", "update", "hello", "--variable", "customer.given_name=friend")
        self.assertEqual([(each["name"], each.get("fallback"))
                          for each in more["content"]["variables"]],
                         [("offer", None), ("customer.given_name", "friend")])
        self.ok("template", "update", "hello", "--no-variable", "customer.given_name")
        self.assertRegex(self.ok("template", "get", "hello"), r"Variables: +offer\n")
        self.ok("template", "send-test", "hello/versions/1", "old@shop.example", "--customer", ann,
                "--variables", self.values)
        wait(lambda: self.mails_to("old@shop.example"))
        self.assertEqual(self.mails_to("old@shop.example")[0].message["Subject"], "Hi Ann")
        self.ok("template", "delete", "hello", "--yes")
        self.refused("TEMPLATE_NOT_FOUND", "template", "get", "hello")
        self.refused("INVALID_TEMPLATE", "template", "create", "bad", "--subject", "{{nobody}}",
                     "--text", self.text)
        self.misused("--subject", "template", "create", "bad", "--text", self.text, "--subject")

    def test_a_campaign(self):
        self.person("Bea")
        ben = self.person("Ben", consents=False)
        self.ok("segment", "create", "bs", "--filter", 'tags:"bea" OR tags:"ben"')
        self.template("spring")
        made = self.one("campaign", "create", "spring", "--template", "spring", "--segment", "bs",
                        "--name", "Spring")
        self.assertEqual(made, self.suite.ok("GET", f"{CAMPAIGN}/campaigns/spring"))
        self.assertEqual((made["state"], made["audience"]),
                         ("STATE_DRAFT", {"segment": "segments/bs"}))
        self.assertRegex(self.ok("campaign", "list"), r"\nspring +Spring +draft ")
        self.assertIn(made, self.items("campaign", "list"))
        started = self.one("campaign", "start", "spring")
        self.assertIn(started["state"], ("STATE_RUNNING", "STATE_FINISHED"))
        wait(lambda: self.state("spring") == "STATE_FINISHED")
        self.assertRegex(self.ok("campaign", "get", "spring"),
                         r"(?s)State: +finished\nRecipients: +2\nSent: +1\n.*Skipped: +1\n")
        self.assertEqual(self.one("campaign", "get", "spring")["counts"]["sent"], "1")
        self.assertEqual(len(self.mails_to("bea@example.com")), 1)
        [skipped] = self.items("message", "list", "--campaign", "spring", "--state", "skipped")
        self.assertEqual((skipped["customer"], skipped["reason"]),
                         (f"customers/{ben}", "NO_CONSENT"))
        self.assertRegex(self.ok("message", "get", skipped["name"]),
                         r"(?s)State: +skipped\n.*NO_CONSENT")
        self.assertEqual(self.one("message", "get", skipped["name"]), skipped)
        self.refused("CAMPAIGN_STATE", "campaign", "start", "spring")
        self.refused("MESSAGE_NOT_FOUND", "message", "get", "nothing")

    def test_campaigns_that_wait(self):
        """One to those who enter, paused, resumed and cancelled; one for later, never started."""
        self.template("summer")
        self.ok("segment", "create", "cs", "--filter", 'tags:"cleo" OR tags:"carl"')
        self.ok("campaign", "create", "summer", "--template", "summer", "--on-entry", "cs")
        self.ok("campaign", "start", "summer")
        paused = self.one("campaign", "pause", "summer")
        self.assertEqual(paused["state"], "STATE_PAUSED")
        self.assertEqual(self.state("summer"), "STATE_PAUSED")
        self.person("Cleo")
        self.suite.wait_until_followed("campaign")
        self.assertEqual(self.mails_to("cleo@example.com"), [])
        self.assertRegex(self.ok("campaign", "resume", "summer"), r"State: +running\n")
        self.assertEqual(self.state("summer"), "STATE_RUNNING")
        self.person("Carl")
        wait(lambda: self.mails_to("carl@example.com"))
        self.assertRegex(self.ok("campaign", "cancel", "summer", "--yes"), r"State: +cancelled\n")
        self.assertEqual(self.state("summer"), "STATE_CANCELLED")
        self.ok("campaign", "create", "autumn", "--template", "summer", "--segment", "cs", "--at",
                LATER)
        self.assertEqual(self.suite.ok("GET", f"{CAMPAIGN}/campaigns/autumn")["audience"],
                         {"segment": "segments/cs", "startTime": LATER})
        self.assertRegex(self.ok("campaign", "get", "autumn", "--utc"),
                         rf"Planned for: +{LATER[:10]}")
        self.ok("campaign", "delete", "autumn", "--yes")
        self.refused("CAMPAIGN_NOT_FOUND", "campaign", "get", "autumn")
        self.refused("CAMPAIGN_STATE", "campaign", "pause", "summer")
        self.misused("--template", "campaign", "create", "winter", "--segment", "cs")
        winter = ["campaign", "create", "winter", "--template", "summer"]
        self.refused("SEGMENT_NOT_FOUND", *winter, "--segment", "nowhere")
        self.misused("has passed", *winter, "--segment", "cs", "--at", "2020-01-01T00:00:00Z")

    def test_settings(self):
        self.assertRegex(self.ok("campaign", "settings"), r"(?s)Company: +Shop\n.*From name: +The")
        changed = self.one("campaign", "set", "--reply-to", "ask@shop.example", "--postal-address",
                           "1 High Street", "--max-per-second", "500")
        self.assertEqual(changed, self.suite.ok("GET", f"{CAMPAIGN}/settings"))
        self.assertEqual(changed["email"]["replyTo"], "ask@shop.example")
        self.assertEqual(self.one("campaign", "settings"), changed)
        self.refused("INVALID_EMAIL", "campaign", "set", "--from", "nobody")

    def test_single_messages(self):
        dora = self.person("Dora", consents=False)
        self.template("placed", "--purpose", "transactional")
        sent = self.one("message", "send", "placed", dora, "--variables", self.values, "--key",
                        "order/1")
        again = self.one("message", "send", "placed", dora, "--variables", self.values, "--key",
                         "order/1")
        self.assertEqual(again["name"], sent["name"])
        path = f"{CAMPAIGN}/{sent['name']}"
        wait(lambda: self.suite.ok("GET", path)["state"] == "STATE_SENT")
        [mail] = self.mails_to("dora@example.com")
        self.assertTrue(mail.part("plain").startswith("Dear Dora, half price"))
        self.assertEqual(self.items("message", "list", "--customer", dora),
                         [self.suite.ok("GET", path)])
        self.assertRegex(self.ok("message", "list", "--customer", dora), r"\n[0-9a-z]{26} +sent ")
        self.refused("TEMPLATE_NOT_FOUND", "message", "send", "nothing", dora)
        self.misused("values.yaml", "message", "send", "placed", dora, "--variables",
                     "values.yaml")

    def test_suppressions(self):
        eve = self.person("Eve")
        made = self.one("suppression", "add", "--customer", eve)
        self.assertEqual(made["customer"], f"customers/{eve}")
        listed = list(self.suite.pages(f"{CAMPAIGN}/suppressions", "suppressions"))
        self.assertEqual(self.items("suppression", "list", "--all"), listed)
        self.assertIn(made, listed)
        self.assertRegex(self.ok("suppression", "list"), made["name"].split("/")[1])
        self.template("offer")
        message = self.one("message", "send", "offer", eve, "--variables", self.values)
        wait(lambda: self.one("message", "get", message["name"])["state"] == "STATE_SKIPPED")
        self.assertEqual(self.one("message", "get", message["name"])["reason"], "SUPPRESSED")
        self.ok("suppression", "delete", made["name"], "--yes")
        self.assertNotIn(made, self.items("suppression", "list", "--all"))
        self.refused("SUPPRESSION_NOT_FOUND", "suppression", "delete", made["name"], "--yes")
        self.misused("--customer or --address", "suppression", "add")
        self.assertRegex(self.ok("suppression", "add", "--address", "fay@example.com", "--topic",
                                 "newsletter"), r"newsletter\n")

    def test_consents(self):
        gus = self.person("Gus", consents=False)
        how = [gus, "--channel", "email", "--topic", "newsletter"]
        self.assertEqual(self.ok("consent", "check", *how), "no-consent\n")
        said = self.one("consent", "set", *how, "--state", "granted", "--source", "till",
                        "--proof", "form 7", "--time", "2026-01-02T03:04:05Z")
        self.assertEqual((said["state"], said["proof"], said["changeTime"]),
                         ("STATE_GRANTED", "form 7", "2026-01-02T03:04:05Z"))
        self.assertEqual(self.ok("consent", "check", *how), "allowed\n")
        self.assertEqual(self.one("consent", "check", *how)["verdict"],
                         "CONTACT_VERDICT_ALLOWED")
        self.assertRegex(self.ok("consent", "set", *how, "--state", "withdrawn", "--source",
                                 "till"), r"State: +withdrawn\n")
        path = f"{CUSTOMER}/customers/{gus}/consents"
        self.assertEqual(self.items("consent", "list", gus),
                         self.suite.ok("GET", path)["consents"])
        self.assertEqual([each["state"] for each in self.items("consent", "list", gus,
                                                               "--history")],
                         ["STATE_WITHDRAWN", "STATE_GRANTED"])
        self.assertRegex(self.ok("consent", "list", gus), r"\nemail +newsletter +withdrawn ")
        self.refused("CUSTOMER_NOT_FOUND", "consent", "set", "0" * 26, "--channel", "email",
                     "--state", "granted", "--source", "till")
        self.misused("--state", "consent", "set", *how, "--state", "maybe")


class ItemCommandsTest(CtlTest):
    """Items and recommendations; and erasures, which need all services too."""

    def test_items_and_recommendations(self):
        items = [{"code": code, "title": title} for code, title in
                 (("pot", "Plant pot"), ("can", "Watering can"), ("cup", "Cup"))]
        file = self.write("items.json", json.dumps({"items": items}))
        self.assertEqual(self.ok("item", "upsert", "--file", file), "created: 3\n")
        self.assertEqual(self.ok("item", "upsert", "--file", file), "unchanged: 3\n")
        bad = self.write("bad.json", json.dumps({"items": [items[0], {"title": "No code"}]}))
        done = self.ctl("item", "upsert", "--file", bad)
        self.assertEqual((done.returncode, done.stdout), (REFUSED, "refused: 1\nunchanged: 1\n"))
        self.assertIn("regularsctl: items[1]: ", done.stderr)
        done = self.ctl("item", "upsert", "--file", bad, "--json")
        self.assertEqual([json.loads(line)["index"] for line in done.stdout.splitlines()],
                         ["0", "1"])
        for i in range(20):
            self.buy(f"r{i}", ("pot", "can") if i % 2 else ("cup",))
        self.suite.wait_until_followed("recommend")
        pot = self.one("item", "get", "pot")
        self.assertEqual(pot, self.suite.ok("GET", f"{RECOMMEND}/items/pot"))
        self.assertRegex(self.ok("item", "get", "pot"), r"Title: +Plant pot\n")
        self.assertEqual(self.items("item", "list"),
                         self.suite.ok("GET", f"{RECOMMEND}/items")["items"])
        self.assertRegex(self.ok("item", "list", "--filter", 'title = "Cup"'), r"\ncup +Cup ")
        rules = self.items("item", "rules", "pot")
        self.assertEqual([rule["consequent"] for rule in rules], ["can"])
        self.assertEqual(rules, self.suite.ok("GET", f"{RECOMMEND}/items/pot/rules")["rules"])
        self.assertRegex(self.ok("item", "rules", "pot"), r"\ncan ")
        self.assertRegex(self.ok("recommend", "pot", "--count", "1", "--no-fallback"),
                         r"\ncan +Watering can .*Often bought together with Plant pot")
        answer = self.one("recommend", "pot", "--count", "1")
        self.assertIn("can", json.dumps(answer["recommendations"]))
        self.ok("item", "delete", "cup", "--yes")
        self.assertIn("deleteTime", self.suite.ok("GET", f"{RECOMMEND}/items/cup"))
        self.assertNotIn("cup", self.ok("recommend", "pot"))
        self.refused("ITEM_NOT_FOUND", "item", "get", "pan")
        self.refused("INVALID_FILTER", "item", "list", "--filter", "colour = 1")
        self.misused("nothing.json", "item", "upsert", "--file", "nothing.json")
        self.misused("--count", "recommend", "pot", "--count", "many")

    def buy(self, receipt, codes):
        self.suite.ok("POST", f"{CUSTOMER}/orders", {
            "source": "shop", "receiptNumber": receipt, "currencyCode": "EUR",
            "orderTime": datetime.datetime.now(datetime.timezone.utc).isoformat(), "lines": [
                {"item": code, "quantityMicros": "1000000", "unitPriceMicros": "5000000"}
                for code in codes]})

    def test_erasures(self):
        made = self.one("customer", "create", "--name", "Hal", "--email", "hal@example.com")
        asked = self.one("customer", "erase", made["name"], "--yes")
        path = f"{CUSTOMER}/{asked['name']}"
        wait(lambda: self.suite.ok("GET", path)["state"] == "STATE_DONE")
        done = self.suite.ok("GET", path)
        self.assertEqual(self.one("erasure", "get", asked["name"]), done)
        self.assertRegex(self.ok("erasure", "get", asked["name"]), r"State: +done\n")
        self.assertEqual(self.items("erasure", "list"), [done])
        self.assertRegex(self.ok("erasure", "list"), rf"\n{asked['name'].split('/')[1]} ")
        self.refused("CUSTOMER_NOT_FOUND", "customer", "get", made["name"])
        self.refused("CUSTOMER_NOT_FOUND", "customer", "erase", "0" * 26, "--yes")
        self.refused("ERASURE_NOT_FOUND", "erasure", "get", "nothing")


class AccessCommandsTest(CtlTest):
    """Users, roles and keys."""

    @classmethod
    def make_suite(cls):
        return Regulars(services=("customer",))

    def test_roles(self):
        made = self.one("role", "create", "importer", "--name", "Importer", "--description",
                        "Sends files", "--scope", "customer.write")
        self.assertEqual(made, self.suite.ok("GET", f"{ACCESS}/roles/importer"))
        self.assertEqual((made["displayName"], made["scopes"]), ("Importer", ["customer.write"]))
        self.assertEqual(self.one("role", "get", "importer"), made)
        self.assertRegex(self.ok("role", "get", "importer"), r"Scopes: +customer\.write\n")
        self.assertIn(made, self.items("role", "list"))
        self.assertRegex(self.ok("role", "list"), r"\nmarketer +Marketer +built in ")
        self.ok("role", "delete", "importer", "--yes")
        self.assertEqual(self.suite.call("GET", f"{ACCESS}/roles/importer")[0], 404)
        self.refused("ROLE_NOT_FOUND", "role", "get", "importer")
        self.misused("--scope", "role", "create", "importer")

    def test_users(self):
        password = str(self.folder / "anna")
        made = self.one("user", "create", "--email", "anna@example.com", "--name", "Anna",
                        "--role", "marketer", "--password-file", password)
        path = f"{ACCESS}/{made['name']}"
        self.assertEqual(made["roles"], ["roles/marketer"])
        self.assertEqual(os.stat(password).st_mode & 0o777, 0o600)
        self.assertEqual(self.sign_in("anna@example.com", password), 200)
        self.assertEqual(self.one("user", "get", made["name"]), self.suite.ok("GET", path))
        self.assertRegex(self.ok("user", "get", made["name"]), r"Name: +Anna\n")
        self.assertEqual(len(self.items("user", "list")), 2)
        self.assertRegex(self.ok("user", "list", "--filter", 'email = "anna@example.com"'),
                         r"\n[0-9a-z]{26} +anna@example\.com +Anna +roles/marketer ")
        changed = self.one("user", "update", made["name"], "--role", "analyst", "--name", "Ann")
        self.assertEqual(changed, self.suite.ok("GET", path))
        self.assertEqual((changed["roles"], changed["displayName"]), (["roles/analyst"], "Ann"))
        again = str(self.folder / "anna-again")
        self.ok("user", "reset-password", made["name"], "--password-file", again)
        self.assertEqual(self.sign_in("anna@example.com", again), 200)
        self.assertEqual(self.sign_in("anna@example.com", password), 401)
        self.assertRegex(self.ok("user", "update", made["name"], "--disabled", "true"),
                         r"Disabled: +disabled\n")
        self.refused("USER_EXISTS", "user", "create", "--email", "anna@example.com")
        self.ok("user", "delete", made["name"], "--yes")
        self.refused("USER_NOT_FOUND", "user", "get", made["name"])
        shown = self.one("user", "create", "--email", "bert@example.com")
        bert = self.write("bert", shown["oneTimePassword"] + "\n")
        self.assertEqual(self.sign_in(shown["user"]["email"], bert), 200)
        self.assertNotIn("oneTimePassword",
                         self.one("user", "create", "--email", "c@example.com", "--no-password"))
        self.misused("--email", "user", "create")

    def sign_in(self, email, password_file):
        """How the server answers somebody who signs in with a one-time password."""
        with open(password_file, encoding="utf-8") as file:
            return self.suite.call("POST", f"{ACCESS}/session:signIn", {
                "email": email, "password": file.read().strip()}, token="")[0]

    def test_keys(self):
        secret, second = str(self.folder / "first.key"), str(self.folder / "second.key")
        made = self.one("key", "create", "--name", "shop", "--scope", "customer.read",
                        "--secret-file", secret)
        self.ok("key", "add-secret", made["name"], "--secret-file", second)
        key = self.one("key", "get", made["name"])
        self.assertEqual(key, self.suite.ok("GET", f"{ACCESS}/{made['name']}"))
        self.assertEqual(len(key["secrets"]), 2)
        self.assertTrue(self.token(made, second))
        older = min(key["secrets"], key=lambda each: each["createTime"])["name"]
        self.ok("key", "revoke-secret", made["name"], older)
        self.assertEqual(len(self.one("key", "get", made["name"])["secrets"]), 1)
        self.assertTrue(self.token(made, second))
        self.assertRaises(AssertionError, self.token, made, secret)
        changed = self.one("key", "update", made["name"], "--name", "till", "--disabled", "true")
        self.assertEqual((changed["displayName"], changed["disabled"]), ("till", True))
        self.assertRegex(self.ok("key", "list"), r"\n[0-9a-z]{26} +till ")
        self.assertRaises(AssertionError, self.token, made, second)
        self.ok("key", "delete", made["name"], "--yes")
        self.refused("API_KEY_NOT_FOUND", "key", "get", made["name"])
        self.misused("--scope", "key", "create", "--name", "x")

    def token(self, key, secret_file):
        with open(secret_file, encoding="utf-8") as file:
            return self.suite.token_of((key["name"].removeprefix("apiKeys/"), file.read().strip()))


class LeavesTest(unittest.TestCase):
    def test_every_command_is_run(self):
        known = ctl.leaves()
        self.assertEqual(known - ctl.run_by_tests(known), NOT_HERE)


if __name__ == "__main__":
    unittest.main()
