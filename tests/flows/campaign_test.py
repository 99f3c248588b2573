#!/usr/bin/env python3
"""Campaigns and single messages through the gateway: mails are received by a real SMTP server,
parsed by Python's email package, and their links are followed by HTTP.
"""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from mail_server import MailServer  # noqa: E402
from regulars import Regulars  # noqa: E402

API = "/api/campaign/v1"
SERVICES = ("customer", "campaign")
WAIT_LIMIT_S = 30
PEOPLE = 30
AWKWARD = 'Zoë "Z" <script>alert(1)</script> & Söhne'


class CampaignTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail_server = cls.enterClassContext(MailServer())
        cls.suite = cls.enterClassContext(Regulars(services=SERVICES, campaign_flags=[
            f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none"]))
        cls.make_people()
        cls.suite.ok("PATCH", f"{API}/settings", {
            "publicUrl": "https://crm.shop.example", "companyName": "Shop & Co",
            "email": {"fromAddress": "news@shop.example", "fromName": "Der Läden"}})

    @classmethod
    def make_people(cls):
        cls.people = {}
        for i in range(PEOPLE):
            made = cls.suite.ok("POST", "/api/customer/v1/customers", {
                "givenName": AWKWARD if i == 0 else f"Given{i}", "tags": ["reader"],
                "emails": [{"address": cls.address(i)}]})
            cls.people[cls.address(i)] = made["name"]
            if i != 1:
                cls.suite.ok("POST", "/api/customer/v1/consents:set", {"consent": {
                    "customer": made["name"], "channel": "email", "topic": "newsletter",
                    "state": "STATE_GRANTED", "source": "checkout"}})
        cls.suite.ok("POST", "/api/customer/v1/segments?segmentId=readers",
                     {"filter": 'tags:"reader"'})
        cls.wait(lambda: cls.suite.ok(
            "GET", "/api/customer/v1/segments/readers")["state"] == "STATE_READY")

    @staticmethod
    def address(i):
        return "r550-5.1.1@shop.example" if i == 2 else f"reader{i}@shop.example"

    @classmethod
    def wait(cls, condition):
        deadline = time.monotonic() + WAIT_LIMIT_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not so after {WAIT_LIMIT_S} s")
            time.sleep(0.02)

    def template(self, name, **fields):
        return self.suite.ok("POST", f"{API}/templates?templateId={name}", fields)

    def run_campaign(self, name, template):
        self.suite.ok("POST", f"{API}/campaigns?campaignId={name}", {
            "template": f"templates/{template}", "audience": {"segment": "segments/readers"}})
        self.suite.ok("POST", f"{API}/campaigns/{name}:start", {})
        self.wait(lambda: self.campaign(name)["state"] == "STATE_FINISHED")
        return self.campaign(name)

    def campaign(self, name):
        return self.suite.ok("GET", f"{API}/campaigns/{name}")

    def mails_of(self, subject):
        return {mail.recipient: mail for mail in self.mail_server.mails
                if mail.message["Subject"].startswith(subject)}

    def test_campaign(self):
        self.template("spring", content={
            "subject": "Frühling, {{customer.given_name}}",
            "text": "Hi {{customer.given_name}}\n.\n..\nFrom here to there.",
            "html": '<p title="{{customer.given_name}}">Hi {{customer.given_name}} '
                    '<a href="https://shop.example/töpfe?a=1&amp;b=2">see</a></p>'})
        counts = self.run_campaign("spring", "spring")["counts"]
        self.assertEqual(
            (counts["recipients"], counts["sent"], counts["skipped"], counts["bounced"]),
            (str(PEOPLE), str(PEOPLE - 2), "1", "1"))
        mails = self.mails_of("Frühling")
        self.assertEqual(set(mails), {self.address(i) for i in range(PEOPLE) if i not in (1, 2)})
        self.assertEqual(len([m for m in self.mail_server.mails if m.recipient in mails]),
                         len(mails))
        self.check_mail(mails[self.address(0)], AWKWARD)
        self.check_mail(mails[self.address(3)], "Given3")
        self.check_links(mails[self.address(3)], self.people[self.address(3)])
        self.check_unsubscribing(mails[self.address(4)], self.people[self.address(4)])

    def test_the_audience_is_read_on(self):
        """However long customer-svc takes to answer, and whether campaign-svc ends meanwhile."""
        self.template("patient", content={"subject": "Patient", "text": "x"})
        self.suite.ok("POST", f"{API}/campaigns?campaignId=patient", {
            "template": "templates/patient", "audience": {"segment": "segments/readers"}})
        with self.suite.customer.suspended():
            self.suite.ok("POST", f"{API}/campaigns/patient:start", {})
            self.wait(lambda: "error" in self.campaign("patient"))
            campaign = self.campaign("patient")
            self.assertEqual(campaign["error"]["details"][0]["reason"], "CUSTOMERS_UNAVAILABLE")
            self.assertEqual(campaign["state"], "STATE_RUNNING")
            self.suite.campaign.end()
        self.assertEqual(self.suite.campaign.wait(), 0)
        self.suite.campaign.start()
        self.wait(lambda: self.campaign("patient")["state"] == "STATE_FINISHED")
        self.assertEqual(self.campaign("patient")["counts"]["recipients"], str(PEOPLE))

    def check_mail(self, mail, name):
        message = mail.message
        self.assertEqual(mail.sender, "news@shop.example")
        self.assertEqual(message["Subject"], f"Frühling, {name}")
        self.assertEqual(message["From"].addresses[0].display_name, "Der Läden")
        self.assertEqual(message["To"].addresses[0].addr_spec, mail.recipient)
        self.assertEqual(message.defects, [])
        self.assertEqual([part.get_content_type() for part in message.iter_parts()],
                         ["text/plain", "text/html"])
        self.assertTrue(mail.part("plain").replace("\r\n", "\n").startswith(
            f"Hi {name}\n.\n..\nFrom here to there."))
        self.assertNotIn("<script>", mail.part("html"))
        self.assertEqual(message["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertRegex(message["List-Unsubscribe"],
                         r"^<https://crm\.shop\.example/api/campaign/v1/u/[\w-]+>$")
        self.assertEqual(message["Message-ID"].rsplit("@", 1)[1], "shop.example>")
        self.assertIsNotNone(message["Date"].datetime)

    def check_links(self, mail, customer):
        self.check_heads(mail)
        status, headers, body = self.suite.request("GET", f"{API}/o/{mail.links('o')[0]}")
        self.assertEqual((status, headers["Content-Type"], body[:6]), (200, "image/gif", b"GIF89a"))
        [click] = mail.links("c")
        status, headers, _ = self.suite.request("GET", f"{API}/c/{click}")
        self.assertEqual((status, headers["Location"]),
                         (302, "https://shop.example/t%C3%B6pfe?a=1&b=2"))
        forged = click[:-1] + ("A" if click[-1] != "A" else "B")
        for token in (forged[:50] + "x" + forged[51:], "x", mail.links("u")[0]):
            status, headers, _ = self.suite.request("GET", f"{API}/c/{token}")
            self.assertEqual((status, headers["Location"]), (404, None))
        self.wait(lambda: self.campaign("spring")["counts"].get("clicked") == "1")
        [message] = self.suite.ok("GET", f"{API}/messages",
                                  query={"customer": customer})["messages"]
        self.assertIn("openTime", message)
        self.assertIn("clickTime", message)

    def check_heads(self, mail):
        """As programs look at links and pictures, without a reader."""
        [click] = mail.links("c")
        status, headers, body = self.suite.request("HEAD", f"{API}/c/{click}")
        self.assertEqual((status, headers["Location"], body),
                         (302, "https://shop.example/t%C3%B6pfe?a=1&b=2", b""))
        status, headers, body = self.suite.request("HEAD", f"{API}/o/{mail.links('o')[0]}")
        self.assertEqual((status, headers["Content-Type"], body), (200, "image/gif", b""))
        status, _, _ = self.suite.request("HEAD", f"{API}/c/x")
        self.assertEqual(status, 404)

    def check_unsubscribing(self, mail, customer):
        path = f"{API}/u/{mail.links('u')[0]}"
        status, _, page = self.suite.request("GET", path)
        self.assertEqual(status, 200)
        self.assertIn(b'<form method="post">', page)
        self.assertEqual(self.campaign("spring")["counts"]["unsubscribed"], "0")
        status, _, page = self.suite.request(
            "POST", path, "List-Unsubscribe=One-Click",
            {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(status, 200)
        self.assertIn(b"Unsubscribed", page)
        self.template("summer", content={"subject": "Sommer", "text": "x"})
        self.run_campaign("summer", "summer")
        self.assertNotIn(mail.recipient, self.mails_of("Sommer"))
        reasons = {each["customer"]: each.get("reason") for each in self.suite.pages(
            f"{API}/messages", "messages", {"campaign": "campaigns/summer"})}
        # Whether customer-svc has heard of it already, and withdrawn the consent, or not.
        self.assertEqual(reasons[customer], "UNSUBSCRIBED")
        self.assertEqual(reasons[self.people[self.address(2)]], "SUPPRESSED")

    def test_single_messages(self):
        self.template("placed", purpose="PURPOSE_TRANSACTIONAL", content={
            "subject": "Order {{number}}", "text": "Thanks: {{#lines}}{{name}}; {{/lines}}",
            "variables": [{"name": "number"}, {"name": "lines"}]})
        request = {"template": "templates/placed", "key": "order/1",
                   "customer": self.people[self.address(1)],  # Who consented to nothing.
                   "variables": {"number": "1\r\nBcc: eve@evil.example",
                                 "lines": [{"name": "Pot"}, {"name": "Pan"}]}}
        first = self.suite.ok("POST", f"{API}/messages:send", request)
        self.assertEqual(self.suite.ok("POST", f"{API}/messages:send", request)["name"],
                         first["name"])
        self.wait(lambda: self.suite.ok("GET", f"{API}/{first['name']}")["state"] == "STATE_SENT")
        [mail] = [each for each in self.mail_server.mails
                  if each.message["Subject"].startswith("Order")]
        self.assertEqual(mail.message["Subject"], "Order 1 Bcc: eve@evil.example")
        self.assertIsNone(mail.message["Bcc"])
        self.assertIsNone(mail.message["List-Unsubscribe"])
        self.assertIn("Thanks: Pot; Pan; ", mail.part("plain"))


if __name__ == "__main__":
    unittest.main()
