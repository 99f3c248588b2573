#!/usr/bin/env python3
"""What mails say of points and recommendations: loyalty-svc and recommend-svc are asked once for a
batch of readers, and mails go out without them, with what the template says instead.
"""

import datetime
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from company import CAMPAIGN, CUSTOMER, RECOMMEND, Company, wait  # noqa: E402
from mail_server import MailServer  # noqa: E402
from process import free_port  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

PEOPLE, FEW, BUYERS = 400, 20, 10
BATCH_LIMIT = PEOPLE // 10  # Batches hold up to 100, fewer where some of one are under way.
CONTACTS = "regulars.customer.v1.ConsentService.BatchGetContacts"
MEMBERS = "regulars.loyalty.v1.MemberService.BatchGetMembers"
RECOMMENDATIONS = "regulars.recommend.v1.RecommendService.BatchRecommend"
# The balance has a fallback, the list has a section for when there is none, the member's name has
# neither.
BLOCKS = {
    "text": "Points: {{loyalty.balance}}\nMember: <{{loyalty.member}}>\n"
            "Items: {{#recommendations}}{{item}} {{/recommendations}}"
            "{{^recommendations}}look around{{/recommendations}}\n",
    "variables": [{"name": "loyalty.balance", "fallback": "ask at the till"}]}
NO_POINTS = {"Points": "ask at the till", "Member": "<>"}
NO_ITEMS = {"Items": "look around"}


def blocks_in(mail):
    """The lines that the template has, by their first words."""
    return dict(line.strip().partition(": ")[::2] for line in mail.part("plain").splitlines()[:3])


def address(number):
    return f"p{number}@mail.example"


class BlocksTest(RegularsTest):
    """Those who are written to: PEOPLE, of whom the first FEW are a segment of their own."""

    @classmethod
    def set_up(cls, people, **options):
        cls.mail_server = cls.enterClassContext(MailServer())
        flags = [f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none",
                 *options.pop("campaign_flags", ())]
        cls.suite = cls.enterClassContext(Regulars(campaign_flags=flags, **options))
        cls.company = Company(cls.suite)
        cls.company.write_as()
        cls.names = cls.company.add_people([
            {"emails": [{"address": address(number)}],
             "tags": ["few", "all"] if number < FEW else ["all"]} for number in range(people)])
        cls.company.say(cls.names, "STATE_GRANTED")
        for tag in ("few", "all"):
            cls.company.segment(tag, f'tags:"{tag}"')

    def write_to(self, segment, name, content):
        """Sends a campaign to a segment; what its mails say by the reader's number."""
        self.company.template(name, content={"subject": name, **content})
        self.company.start_campaign(name, name, audience={"segment": f"segments/{segment}"})
        counts = self.company.await_finished(name)
        self.assertEqual(counts["sent"], counts["recipients"], counts)
        mails = [mail for mail in self.mail_server.mails if mail.message["Subject"] == name]
        self.assertEqual(len(mails), counts["recipients"])
        return {int(mail.recipient[1:mail.recipient.index("@")]): blocks_in(mail)
                for mail in mails}


class BothServicesTest(BlocksTest):
    @classmethod
    def setUpClass(cls):
        cls.set_up(PEOPLE)
        cls.company.call("POST", f"{CUSTOMER}/orders:batchUpsert", {"orders": [
            cls.order(number) for number in range(BUYERS)]})
        cls.company.follow_all()
        cls.points = cls.company.balances()
        cls.members = {each["customer"]: each["name"]
                       for each in cls.company.pages("/api/loyalty/v1/members", "members")}

    @classmethod
    def order(cls, number):
        now = datetime.datetime.now(datetime.timezone.utc)
        return {"source": "till", "receiptNumber": str(number), "customer": cls.names[number],
                "currencyCode": "EUR", "orderTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "lines": [{"item": f"item-{number % 3}", "quantityMicros": "1000000",
                           "unitPriceMicros": str((number + 1) * 10_000_000)}]}

    def of_loyalty(self, number):
        name = self.names[number]
        if name not in self.members:
            return NO_POINTS
        return {"Points": str(self.points[name]), "Member": f"<{self.members[name]}>"}

    def of_recommend(self, numbers):
        """By number."""
        numbers = list(numbers)
        answers = self.suite.ok("POST", f"{RECOMMEND}/items:batchRecommend", {
            "customers": [self.names[number] for number in numbers], "count": 5})["responses"]
        return {number: {"Items": " ".join(each["item"] for each in answer["recommendations"])}
                for number, answer in zip(numbers, answers)}

    def calls(self):
        """How often each of the three was asked about a batch."""
        return [process.metric("regulars_calls_total", method=method) for process, method in (
            (self.suite.customer, CONTACTS), (self.suite.loyalty, MEMBERS),
            (self.suite.recommend, RECOMMENDATIONS))]

    def asked(self, before):
        return [after - count for after, count in zip(self.calls(), before)]

    def test_each_is_asked_once_for_a_batch(self):
        self.await_all_asked()
        items = self.of_recommend(range(PEOPLE))
        self.assertEqual(len(self.points), BUYERS)
        before = self.calls()
        said = self.write_to("all", "all", BLOCKS)
        contacts, members, recommendations = self.asked(before)
        self.assertEqual(said, {number: self.of_loyalty(number) | items[number]
                                for number in range(PEOPLE)})
        self.assertEqual((members, recommendations), (contacts, contacts))
        self.assertLessEqual(contacts, BATCH_LIMIT)

    def test_prices_have_the_digits_of_their_currency(self):
        prices = {"item-0": ("JPY", 1_500_000_000), "item-1": ("KWD", 1_500_000),
                  "item-2": ("EUR", 18_500_000)}
        self.suite.ok("POST", f"{RECOMMEND}/items:batchUpsert", {"items": [
            {"code": code, "price": {"currencyCode": currency, "micros": str(micros)}}
            for code, (currency, micros) in prices.items()]})
        said = self.suite.ok("POST", f"{CAMPAIGN}/templates:preview", {
            "customer": self.names[BUYERS], "content": {
                "subject": "x",
                "text": "{{#recommendations}}{{item}}: {{price}}\n{{/recommendations}}"}})["text"]
        self.assertEqual(
            dict(line.split(": ", 1) for line in said.splitlines() if line.startswith("item-")),
            {"item-0": "1500 JPY", "item-1": "1.500 KWD", "item-2": "18.50 EUR"})

    def test_who_is_not_named_is_not_asked(self):
        before = self.calls()
        self.write_to("few", "plain", {"text": "A: b\nC: d\nE: f\n"})
        self.assertEqual(self.asked(before), [1, 0, 0])

    def test_mails_go_out_without_what_cannot_be_asked(self):
        items = self.of_recommend(range(FEW))
        loyalty, recommend = self.suite.loyalty, self.suite.recommend
        without = (
            ("no loyalty", [loyalty], lambda number: NO_POINTS | items[number]),
            ("no recommend", [recommend], lambda number: self.of_loyalty(number) | NO_ITEMS),
            ("neither", [loyalty, recommend], lambda _: NO_POINTS | NO_ITEMS),
        )
        for what, processes, expected in without:
            # A killed one refuses connections; a suspended one takes calls and answers none.
            for end, start in (("kill", "start"), ("suspend", "resume")):
                with self.subTest(what, end=end):
                    self.check_without(f"{what.replace(' ', '-')}-{end}", processes, end, start,
                                       expected)

    def check_without(self, name, processes, end, start, expected):
        self.await_all_asked()
        asked = self.suite.customer.metric("regulars_calls_total", method=CONTACTS)
        for process in processes:
            getattr(process, end)()
        try:
            said = self.write_to("few", name, BLOCKS)
            warned = self.suite.campaign.admin("/readyz")[1]
        finally:
            for process in processes:
                getattr(process, start)()
        self.assertEqual(said, {number: expected(number) for number in range(FEW)})
        # All of them are one batch: nobody waited for himself.
        batches = self.suite.customer.metric("regulars_calls_total", method=CONTACTS) - asked
        self.assertEqual(batches, 1)
        self.assertIn("warning: messages go out with fallbacks: ", warned)
        for process, source in ((self.suite.loyalty, "loyalty: "),
                                (self.suite.recommend, "recommendations: ")):
            self.assertEqual(source in warned, process in processes, warned)

    def await_all_asked(self):
        """Waits until campaign-svc reaches both again; a preview asks as a mail does."""
        preview = {"content": {"subject": "x", **BLOCKS}, "customer": self.names[0]}
        wait(lambda: not self.company.call(
            "POST", f"{CAMPAIGN}/templates:preview", preview).get("unavailable"))


class NeitherServiceTest(BlocksTest):
    @classmethod
    def setUpClass(cls):
        # One was never started where it should be, the other is not there at all.
        cls.set_up(FEW, services=("customer", "campaign"),
                   campaign_flags=[f"--loyalty-svc=127.0.0.1:{free_port()}"])

    def test_mails_go_out(self):
        said = self.write_to("few", "blocks", BLOCKS)
        self.assertEqual(said, dict.fromkeys(range(FEW), NO_POINTS | NO_ITEMS))
        self.write_to("few", "again", BLOCKS)
        # Once a minute, of the one that should be there.
        [told] = self.suite.campaign.log_records(
            "messages go out with fallbacks for what cannot be asked")
        self.assertEqual(told["source"], "loyalty")


if __name__ == "__main__":
    unittest.main()
