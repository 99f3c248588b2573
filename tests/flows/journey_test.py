#!/usr/bin/env python3
"""One journey through all five processes: a real shop's orders become points, rules and segments;
a campaign is received by a real mail server and answered by its readers; a new customer buys, is
written to, brings something back, and is forgotten.

What is expected comes from oracle/, from arithmetic written out here, or from what a mail says
against what the services say. By default a part of the shop; with REGULARS_FULL=1 all of it.
"""

import collections
import datetime
import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracle"))

import real_shop  # noqa: E402
import rules  # noqa: E402
import traces  # noqa: E402
from company import (CAMPAIGN, CUSTOMER, LOYALTY, PUBLIC_URL, RECOMMEND, Company,  # noqa: E402
                     figures, wait)
from mail_server import Links, MailServer  # noqa: E402
from regulars import FULL, SERVICES, Regulars, RegularsTest  # noqa: E402

ORACLES = pathlib.Path(__file__).resolve().parent / "oracle"
# Lines of the shop's file, and items whose rules are compared.
LINES, RULES = (None, None) if FULL else (60_000, 200)
READERS = "loyalty.balance >= 400 AND rfm.recency >= 4 AND rfm.monetary >= 3"
FRESH = 'orders("7d").count >= 1 AND loyalty.balance >= 50'
SEGMENTS = {"readers": READERS, "fresh": FRESH, "written-to": "engagement.sends >= 1",
            "openers": "engagement.opens >= 1", "clickers": "engagement.clicks >= 1"}
OPENED, CLICKED, UNSUBSCRIBED = 5, 3, 2
LETTER = {
    "subject": "{{customer.given_name}}, a word",
    "text": "Balance: {{loyalty.balance}}\n"
            "{{#recommendations}}Item: {{item}} ({{reason}})\n{{/recommendations}}",
    "html": "<p>{{customer.given_name}} has <b>{{loyalty.balance}}</b> points</p><ul>"
            "{{#recommendations}}<li>{{item}}</li>{{/recommendations}}</ul>"
            '<a href="https://shop.example/sale?from=mail&amp;x=1">Sale</a>'}
SALE = "https://shop.example/sale?from=mail&x=1"
# The new customer; each of these words stands for somebody, wherever it is found.
ZOE = {"givenName": "Amaranthe", "familyName": "Quillfeather",
       "emails": [{"address": "zoe.quill@mail.example"}], "phones": [{"number": "+442079460123"}],
       "externalIds": [{"system": "club", "id": "KITE-4711"}],
       "addresses": [{"lines": ["7 Wuthering Lane"], "country": "GB"}]}
TRACES = ("Amaranthe", "Quillfeather", "zoe.quill", "zoe.quill@mail.example", "2079460123",
          "+442079460123", "KITE-4711", "Wuthering", "Heathcliff")
# A file that was uploaded: of each who is erased a line that was taken and one that was refused.
# What is written in the column "note" is left out.
UPLOADED = """external_id.club,external_id.retail,email,birthday,note
KITE-4711,,zoe.quill@mail.example,1801-03-04,Thrushcross
KITE-4711,,zoe.quill@mail.example,soon,Gimmerton
,{number},{address},1802-03-04,Lockwood
,{number},,31 March,Penistone
"""
NOTES_TAKEN, NOTES_REFUSED = ("Thrushcross", "Lockwood"), ("Gimmerton", "Penistone")


def balance_in(mail):
    return int(re.search(r"^Balance: (-?\d+)\s*$", mail.part("plain"), re.MULTILINE)[1])


def items_in(mail):
    return re.findall(r"^Item: (.+) \((.*)\)\s*$", mail.part("plain"), re.MULTILINE)


class JourneyTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        real_shop.data_file()
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        data = real_shop.read_lines(LINES)
        (folder / "shop.csv.gz").write_bytes(gzip.compress(data, 1))
        cls.mail_server = cls.enterClassContext(MailServer())
        with cls.oracle(folder, "loyalty") as points, cls.oracle(folder, "online_retail") as sales:
            cls.suite = cls.enterClassContext(Regulars(campaign_flags=[
                f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none"]))
            cls.company = Company(cls.suite)
            cls.shop = real_shop.Shop(cls.suite)
            cls.shop.set_up()
            for segment, text in SEGMENTS.items():
                cls.company.segment(segment, text)
            cls.shop.import_lines(data)
            cls.shop.score()
            cls.points, cls.sales = json.load(points.stdout), json.load(sales.stdout)
        cls.baskets = list(rules.shop_baskets(folder / "shop.csv.gz").values())
        cls.rules = rules.pair_rules(cls.baskets, 3, 0.01, 1)
        cls.company.follow_all()
        cls.names = {number: each["name"] for number, each in cls.shop.customers().items()}
        cls.make_readers()

    @staticmethod
    def oracle(folder, name):
        return subprocess.Popen([sys.executable, ORACLES / f"{name}.py", "--csv",
                                 folder / "shop.csv.gz"], stdout=subprocess.PIPE)

    @classmethod
    def make_readers(cls):
        """Addresses and consents for some of the shop's customers, by their number."""
        addressed = [number for number in cls.names if int(number) % 4]
        cls.company.add_people([{
            "externalIds": [{"system": "retail", "id": number}], "givenName": f"Given{number}",
            "emails": [{"address": cls.address(number)}]} for number in addressed])
        said = [number for number in cls.names if int(number) % 3]
        cls.company.say([cls.names[number] for number in said], "STATE_GRANTED")
        withdrawn = [number for number in said if int(number) % 9 == 1]
        cls.company.say([cls.names[number] for number in withdrawn], "STATE_WITHDRAWN")
        cls.withdrawn = set(withdrawn)
        cls.willing = set(said) - cls.withdrawn
        cls.company.write_as()
        cls.company.template("letter", content=LETTER)

    @staticmethod
    def address(number):
        return f"reader{number}@mail.example"

    def test_journey(self):
        """In this sequence: each step goes on from what the one before has left."""
        for step in (self.points_and_balances, self.rules_of_items, self.segment_of_readers,
                     self.campaign_to_readers, self.what_mails_say, self.opens_and_clicks,
                     self.unsubscribing, self.next_campaign, self.an_order, self.a_return,
                     self.a_copy, self.an_upload, self.an_erasure):
            with self.subTest(step.__name__):
                step()

    # The shop.

    def points_and_balances(self):
        numbers = {name: number for number, name in self.names.items()}
        seen = {numbers[name]: points for name, points in self.company.balances().items()}
        self.assertEqual(set(seen), set(self.points["balances"]))
        wrong = [(number, seen[number], points)
                 for number, points in self.points["balances"].items() if seen[number] != points]
        self.assertEqual(wrong[:3], [], f"{len(wrong)} balances differ")
        self.assertEqual(self.company.discrepancies(), [])

    def rules_of_items(self):
        codes = sorted(self.rules)
        for code in codes[::max(1, len(codes) // RULES)] if RULES else codes:
            self.assertEqual(self.company.rules(code),
                             [figures(rule) for rule in self.rules[code]], code)

    def segment_of_readers(self):
        self.readers = {
            str(each["id"]) for each in self.sales["customers"]
            if each["rfm"] and each["rfm"]["r"] >= 4 and each["rfm"]["m"] >= 3
            and self.points["balances"].get(str(each["id"]), 0) >= 400}
        self.assertGreater(len(self.readers), 30)
        self.assertEqual(self.company.members("readers"),
                         {self.names[number] for number in self.readers})

    # The campaign.

    def campaign_to_readers(self):
        self.company.start_campaign("spring", "letter", audience={"segment": "segments/readers"})
        counts = self.company.await_finished("spring")
        self.written = {number for number in self.readers & self.willing if int(number) % 4}
        self.assertEqual(
            (counts["recipients"], counts["sent"], counts["skipped"]),
            (len(self.readers), len(self.written), len(self.readers) - len(self.written)))
        seen = {name: each.get("reason") or each["state"]
                for name, each in self.company.messages("spring").items()}
        self.assertEqual(seen, {self.names[number]: self.fate(number) for number in self.readers})
        received = [mail.recipient for mail in self.mail_server.mails]
        self.assertEqual(sorted(received), sorted(map(self.address, self.written)))
        self.company.follow_all()
        self.assertEqual(self.company.members("written-to"),
                         {self.names[number] for number in self.written})

    def fate(self, number):
        if number in self.written:
            return "STATE_SENT"
        if number in self.willing:
            return "NO_ADDRESS"
        return "UNSUBSCRIBED" if number in self.withdrawn else "NO_CONSENT"

    def what_mails_say(self):
        mails = {mail.recipient: mail for mail in self.mail_server.mails}
        numbers = sorted(self.written)
        answers = self.suite.ok("POST", f"{RECOMMEND}/items:batchRecommend", {
            "customers": [self.names[number] for number in numbers[:500]],
            "count": 5})["responses"]
        for number, answer in zip(numbers, answers):
            mail = mails[self.address(number)]
            self.assertEqual(mail.message.defects, [])
            self.assertEqual(mail.message["Subject"], f"Given{number}, a word")
            self.assertEqual(balance_in(mail), self.points["balances"][number])
            items = [(each["item"], each["reason"]["text"]) for each in answer["recommendations"]]
            self.assertEqual(len(items), 5)
            self.assertEqual(items_in(mail), items)
            page = Links(mail)
            self.assertIn(f"Given{number} has {self.points['balances'][number]} points", page.text)
            self.assertEqual(mail.message["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
            self.assertEqual(mail.message["List-Unsubscribe"], f"<{page.targets[-1]}>")

    # What readers do.

    def reader(self, place):
        """A reader who was written to: (number, customer, links of the mail)."""
        number = sorted(self.written)[place]
        [mail] = [each for each in self.mail_server.mails
                  if each.recipient == self.address(number)
                  and each.message["Subject"].startswith("Given")][:1]
        return number, self.names[number], Links(mail)

    def follow(self, method, url, body=None, headers=None):
        """Follows a link of a mail, through the gateway: (status, headers, text)."""
        self.assertTrue(url.startswith(f"{PUBLIC_URL}/"), url)
        return self.suite.request(method, urllib.parse.urlsplit(url).path, body, headers)

    def opens_and_clicks(self):
        for place in range(OPENED):
            _, _, page = self.reader(place)
            status, headers, _ = self.follow("GET", page.pictures[-1])
            self.assertEqual((status, headers["Content-Type"]), (200, "image/gif"))
            if place < CLICKED:
                status, headers, _ = self.follow("GET", page.targets[0])
                self.assertEqual((status, headers["Location"]), (302, SALE))
        wait(lambda: (self.company.campaign("spring")["counts"]["opened"],
                      self.company.campaign("spring")["counts"]["clicked"]) ==
             (str(OPENED), str(CLICKED)))
        self.company.follow_all()
        readers = [self.reader(place)[1] for place in range(OPENED)]
        self.assertEqual(self.company.members("openers"), set(readers))
        self.assertEqual(self.company.members("clickers"), set(readers[:CLICKED]))
        self.assertEqual(self.told_of_message(readers[0]),
                         {"WHAT_SENT", "WHAT_OPENED", "WHAT_CLICKED"})
        self.assertEqual(self.told_of_message(readers[-1]), {"WHAT_SENT", "WHAT_OPENED"})

    def timeline(self, customer, kind):
        return list(self.suite.pages(f"{CUSTOMER}/{customer}/timeline", "events",
                                     {"kinds": f"KIND_{kind}", "pageSize": 500}))

    def told_of_message(self, customer):
        return {each["message"]["what"] for each in self.timeline(customer, "MESSAGE")}

    def unsubscribing(self):
        for place in range(UNSUBSCRIBED):
            _, customer, page = self.reader(place)
            self.assertEqual(self.follow("GET", page.targets[-1])[0], 200)
            self.company.follow_all()
            self.assertEqual(self.verdict(customer), "CONTACT_VERDICT_ALLOWED")
            status, _, _ = self.follow("POST", page.targets[-1], "List-Unsubscribe=One-Click",
                                       {"Content-Type": "application/x-www-form-urlencoded"})
            self.assertEqual(status, 200)
            self.company.follow_all()
            self.assertEqual(self.verdict(customer), "CONTACT_VERDICT_WITHDRAWN")
            [consent] = self.suite.ok("GET", f"{CUSTOMER}/{customer}/consents")["consents"]
            self.assertEqual((consent["state"], consent["source"], consent["topic"]),
                             ("STATE_WITHDRAWN", "unsubscribe-link", "newsletter"))
            self.assertIn("WHAT_UNSUBSCRIBED", self.told_of_message(customer))
            self.assertEqual(self.timeline(customer, "CONSENT")[0]["consent"]["state"],
                             "STATE_WITHDRAWN")

    def verdict(self, customer):
        return self.suite.ok("GET", f"{CUSTOMER}/{customer}:mayContact", query={
            "channel": "email", "topic": "newsletter"})["verdict"]

    def next_campaign(self):
        self.company.template("summer", content={"subject": "Summer", "text": "x"})
        self.company.start_campaign("summer", "summer", audience={"segment": "segments/openers"})
        counts = self.company.await_finished("summer")
        self.assertEqual((counts["sent"], counts["skipped"]), (OPENED - UNSUBSCRIBED, UNSUBSCRIBED))
        self.assertEqual(
            sorted(mail.recipient for mail in self.mail_server.mails
                   if mail.message["Subject"] == "Summer"),
            sorted(self.address(self.reader(place)[0]) for place in range(UNSUBSCRIBED, OPENED)))

    # A customer who buys.

    def an_order(self):
        self.company.start_campaign("welcome", "letter", entry={"segment": "segments/fresh"})
        self.zoe = self.suite.ok("POST", f"{CUSTOMER}/customers", ZOE,
                                 query={"requestId": "make-zoe"})["name"]
        self.suite.ok("POST", f"{LOYALTY}/members:enrol",
                      {"customer": self.zoe, "requestId": "enrol-zoe"})
        self.company.say([self.zoe], "STATE_GRANTED")
        # What is bought is the one with most rules, so that the answer is of them.
        code = max(sorted(self.rules), key=lambda each: len(self.rules[each]))
        self.suite.ok("POST", f"{CUSTOMER}/events:ingest", {"events": [{
            "source": "web", "messageId": "1", "customer": self.zoe,
            "eventName": "product_viewed", "item": code}]})
        before = self.recommended("")
        order, position = self.company.place(self.order("J-1", [
            {"lineId": "1", "item": code, "description": "Engraved: Heathcliff",
             "quantityMicros": "2000000", "unitPriceMicros": "40300000"},
            {"lineId": "2", "kind": "KIND_CHARGE", "item": "POST", "quantityMicros": "1000000",
             "unitPriceMicros": "5000000"}]))
        # 80.60 of products.
        self.assertEqual(self.balance_after(position), 80)
        expected = self.rules_after_one_more(code)[:5]
        answer = self.recommended(position)
        self.assertNotEqual(answer, before)
        self.assertEqual(answer, [figures(rule) for rule in expected])
        self.follow_to_campaign(position, {self.zoe})
        self.check_welcome([rule.consequent for rule in expected])
        [entry] = self.timeline(self.zoe, "POINTS")
        self.assertEqual((entry["points"]["points"], entry["points"]["kind"],
                          entry["points"]["order"]), ("80", "EARN", order))

    def order(self, receipt, lines):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"source": "till", "receiptNumber": receipt, "customer": self.zoe,
                "currencyCode": "GBP", "orderTime": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "lines": lines}

    def balance_after(self, position):
        return int(self.company.after(position, "GET", f"{LOYALTY}/members:lookup",
                                      query={"customer": self.zoe})["balance"])

    def recommended(self, position):
        """Figures of the rules by which items are recommended to her."""
        answer = self.company.after(position, "POST", f"{RECOMMEND}/items:recommend", {
            "customer": self.zoe, "count": 5, "skipFallback": True})
        return [(each["item"], *(int(each["reason"]["rule"][key]) for key in (
            "pairOrderCount", "antecedentOrderCount", "consequentOrderCount")),
                 *(each["reason"]["rule"][key] for key in ("support", "confidence", "lift")))
                for each in answer.get("recommendations", [])]

    def rules_after_one_more(self, code):
        """The rules of an item once another basket holds it and nothing else."""
        baskets = [basket for basket in self.baskets if basket] + [{code}]
        held = collections.Counter(item for basket in baskets for item in basket)
        pairs = collections.Counter(
            item for basket in baskets if code in basket and len(basket) <= rules.MAX_PAIR_ITEMS
            for item in basket - {code})
        found = [rules.Rule(code, item, pair, held[code], held[item], len(baskets))
                 for item, pair in pairs.items()]
        kept = [rule for rule in found
                if rule.pair >= 3 and rule.confidence >= 0.01 and rule.lift >= 1]
        return sorted(kept, key=lambda rule: (-rule.confidence, -rule.lift, rule.consequent))

    def follow_to_campaign(self, position, members):
        """From an order's position through loyalty-svc and customer-svc to campaign-svc."""
        of_loyalty = self.company.head("loyalty", position)
        found = self.company.after(of_loyalty, "GET", f"{CUSTOMER}/segments/fresh/members")
        self.assertEqual({each["customer"] for each in found.get("members", [])}, members)
        of_customer = self.company.head("customer")
        messages = self.company.after(of_customer, "GET", f"{CAMPAIGN}/messages",
                                      query={"customer": self.zoe})["messages"]
        self.assertEqual([each["campaign"] for each in messages], ["campaigns/welcome"])

    def mails_to_zoe(self):
        return [mail for mail in self.mail_server.mails
                if mail.recipient == ZOE["emails"][0]["address"]]

    def check_welcome(self, items):
        [mail] = wait(self.mails_to_zoe)
        self.assertEqual(mail.message["Subject"], "Amaranthe, a word")
        self.assertEqual(balance_in(mail), 80)
        self.assertEqual([item for item, _ in items_in(mail)], items)
        self.assertEqual(self.follow("GET", Links(mail).targets[0])[0], 302)
        wait(lambda: self.company.campaign("welcome")["counts"]["clicked"] == "1")
        self.company.follow_all()

    def a_return(self):
        order = self.suite.ok("GET", f"{CUSTOMER}/orders:lookup", query={
            "source": "till", "receiptNumber": "J-1"})
        _, position = self.company.place(self.order("J-2", [
            {"lineId": "1", "type": "TYPE_RETURN", "item": order["lines"][0]["item"],
             "quantityMicros": "1000000", "unitPriceMicros": "40300000",
             "returnOf": {"source": "till", "receiptNumber": "J-1", "lineId": "1"}}]))
        # One of two: 80 × 40.30 / 80.60.
        self.assertEqual(self.balance_after(position), 40)
        self.follow_to_campaign(position, set())
        self.company.follow_all()
        self.assertEqual([int(each["points"]["points"])
                          for each in self.timeline(self.zoe, "POINTS")], [-40, 80])
        self.assertEqual(len(self.mails_to_zoe()), 1)
        self.assertEqual(self.company.discrepancies(), [])

    # What a person may ask for.

    def a_copy(self):
        export = self.suite.ok("GET", f"{CUSTOMER}/{self.zoe}:export")
        self.assertEqual(set(export["services"]), set(SERVICES))
        parts = {service: json.dumps(part) for service, part in export["services"].items()}
        for word in TRACES:
            self.assertIn(word, parts["customer"])
        points = {each["title"]: each["rows"] for each in
                  export["services"]["loyalty"]["sections"]}["Points"]
        self.assertEqual(sorted(int(each["points"]) for each in points), [-40, 80])
        bought = self.suite.ok("GET", f"{CUSTOMER}/orders:lookup", query={
            "source": "till", "receiptNumber": "J-1"})["lines"][0]["item"]
        self.assertIn(json.dumps(bought), parts["recommend"])
        self.assertIn("campaigns/welcome", parts["campaign"])

    def an_upload(self):
        number, _, _ = self.reader(0)
        text = UPLOADED.format(number=number, address=self.address(number))
        self.upload = self.shop.result(self.suite.ok(
            "POST", f"{CUSTOMER}/customers:import", text, query={"options.columns": "note="}))
        report = self.upload["report"]
        self.assertEqual((report["linesRead"], report["linesRefused"]), ("4", "2"))
        self.assertEqual([each["text"] for each in self.refused_lines()],
                         [line for line in text.splitlines()
                          if line.endswith(NOTES_REFUSED)])
        for customer, birthday in ((self.zoe, "1801-03-04"), (self.names[number], "1802-03-04")):
            self.assertEqual(self.suite.ok("GET", f"{CUSTOMER}/{customer}")["birthday"], birthday)

    def refused_lines(self):
        return self.suite.ok("GET", f"{CUSTOMER}/{self.upload['name']}/refusals").get(
            "refusals", [])

    def an_erasure(self):
        number, reader, _ = self.reader(0)
        erased = {self.zoe: (*TRACES, NOTES_REFUSED[0]),
                  reader: (f"Given{number}", self.address(number), NOTES_REFUSED[1])}
        # What moves from a store's log into the store may be in neither for who reads both.
        store, words = self.suite.folder / "customer.db", sum(erased.values(), ())
        wait(lambda: not traces.words_not_in(store, words))
        wait(lambda: traces.files_with_number(self.suite.folder, number))
        for customer in erased:
            erasure = self.suite.ok("POST", f"{CUSTOMER}/{customer}:erase", {})["name"]
            wait(lambda name=erasure: self.suite.ok(
                "GET", f"{CUSTOMER}/{name}")["state"] == "STATE_DONE")
            parts = self.suite.ok("GET", f"{CUSTOMER}/{erasure}")["parts"]
            self.assertEqual({each["service"] for each in parts if each.get("confirmTime")},
                             set(SERVICES))
        self.company.follow_all()
        for customer in erased:
            self.check_forgotten(customer)
        self.assertEqual(self.refused_lines(), [])
        # A store's log is folded in when its process has ended.
        processes = self.suite.processes.values()
        self.assertEqual([process.stop() for process in processes], [0] * len(processes))
        try:
            self.assertEqual(traces.files_with(self.suite.folder, *words, *NOTES_TAKEN), [])
            for customer in erased:
                self.assertEqual(traces.tables_with(self.suite.folder, customer), [])
            self.assertEqual(traces.files_with_number(self.suite.folder, number), [])
        finally:
            for process in processes:
                process.start()
        self.check_that_the_rest_stays(erased)

    def check_forgotten(self, customer):
        for path in (customer, f"{customer}/timeline", f"{customer}/consents",
                     f"{customer}:export"):
            self.assertEqual(self.suite.call("GET", f"{CUSTOMER}/{path}")[0], 404, path)
        self.assertEqual(self.suite.call(
            "GET", f"{LOYALTY}/members:lookup", query={"customer": customer})[0], 404)
        self.assertEqual(self.suite.ok(
            "GET", f"{CAMPAIGN}/messages", query={"customer": customer}).get("messages", []), [])
        self.assertEqual(self.suite.ok("POST", f"{RECOMMEND}/items:recommend", {
            "customer": customer, "skipFallback": True}).get("recommendations", []), [])

    def check_that_the_rest_stays(self, erased):
        """Everybody else is as before, and the books still balance."""
        wait(lambda: self.suite.request("GET", "/healthz")[0] == 200)
        self.company.follow_all()
        self.assertEqual(self.company.troubles(), [])
        numbers = {name: number for number, name in self.names.items()}
        seen = {numbers[name]: points for name, points in self.company.balances().items()
                if name in numbers}
        self.assertEqual(seen, {number: points
                                for number, points in self.points["balances"].items()
                                if self.names[number] not in erased})
        self.assertEqual(self.company.discrepancies(), [])
        self.assertEqual(self.company.campaign("spring")["counts"]["sent"],
                         str(len(self.written)))
        code = min(self.rules)
        self.assertEqual([rule[:2] for rule in self.company.rules(code)],
                         [(rule.consequent, rule.pair) for rule in self.rules[code]])


if __name__ == "__main__":
    unittest.main()
