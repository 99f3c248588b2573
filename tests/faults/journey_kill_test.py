#!/usr/bin/env python3
"""SIGKILL of all five processes, one at random after the other, while orders stream in, a campaign
runs, a second one writes to those whom the orders make rich, and some orders are confirmed by
single messages. Between the kills processes are suspended for seconds, and the mail server goes
away. It also refuses some people for ever, and with a third of the first attempts to the others it
has no time, breaks the connection amid the mail, or takes the mail and never says so.

In the end points, purchases, rules and recipients are as if nothing had happened, and a last mail
to all says so. By the in-flight policy (campaign-svc/README.md) nobody got a campaign twice, and
who did not get it has a message that says UNKNOWN; a confirmation came twice at most, only if the
first copy was in doubt, and is missing only where it says UNKNOWN. In doubt is what the mail server
itself left so, and for each kill of campaign-svc the mails that were taken right before it, two a
connection.

With REGULARS_FULL=1 more people and 100 kills. REGULARS_SEED repeats a run that failed.
"""

import collections
import http.client
import itertools
import os
import pathlib
import random
import re
import sys
import threading
import time
import unittest

FLOWS = pathlib.Path(__file__).resolve().parents[1] / "flows"
sys.path.insert(0, str(FLOWS))
sys.path.insert(0, str(FLOWS / "oracle"))

import rules  # noqa: E402
from company import (CAMPAIGN, CUSTOMER, RECOMMEND, Company, figures, wait)  # noqa: E402
from made_up_shop import ITEMS, Shop  # noqa: E402
from mail_server import DROP, HANG, MailServer  # noqa: E402
from regulars import FULL, SERVICES, Regulars, RegularsTest  # noqa: E402

PEOPLE, KILLS, PER_SECOND = (4_000, 100, 25) if FULL else (240, 5, 60)
CALM_PER_SECOND = 1_000
# How often a process is suspended, and how often the mail server is away.
PAUSES = max(2, KILLS // 4)
BATCH = 10
BATCH_PAUSE_S = 0.05
MOST_AT_ONCE = 500  # Customers of one call.
CAMPAIGNS = ("news", "rich")
THRESHOLD = 50
CONNECTIONS = 8
# Messages in doubt after one kill of campaign-svc: two for each of a lane's connections.
DOUBTS_PER_KILL = {"campaign": 2 * CONNECTIONS, "single": 2 * CONNECTIONS}
# By the in-flight policy.
MOST_COPIES = {"campaign": 1, "single": 2}
# What the mail server takes to say that it took a mail, so that kills come in between.
ANSWER_S = 0.1
# What campaign-svc may take from there to have it in its store, while it is not suspended.
RECORDED_S = 3
# Disturbances come this long after the process before is ready, at most.
LATEST_KILL_S = 0.8
# Longer than a mail waits for balances and recommendations.
SUSPENDED_S = (1, 4)
AWAY_S = (0.5, 2)
# Services may differ by less than a minute, or they do not trust each other's tokens.
CLOCK_STEP_S = 50
STEPS_AT_ONCE = 4
# Whom kills and the mail server hit four times waits 1 + 4 + 16 + 64 minutes, and a quarter more.
MOST_STEPS = 2 * 60 * 60 // CLOCK_STEP_S
STANDSTILL_S = 1
WAIT_LIMIT_S = 300
FINAL = {"STATE_SENT", "STATE_UNKNOWN", "STATE_FAILED", "STATE_BOUNCED", "STATE_SKIPPED"}
# Refused for ever: what the mail server says, and what their messages may end as.
NO_MAILBOX, NO_MAIL = "550 5.1.1 nobody here", "550 not wanted"
REFUSED = {
    NO_MAILBOX: {("STATE_BOUNCED", "ADDRESS_REJECTED"), ("STATE_SKIPPED", "SUPPRESSED")},
    NO_MAIL: {("STATE_FAILED", "SMTP_REJECTED")}}
UNKNOWN_BALANCE, NO_ITEMS = "not known", "Nothing today"
LETTER = {
    "text": "Balance: {{loyalty.balance}}\n"
            "{{#recommendations}}Item: {{item}}\n{{/recommendations}}"
            "{{^recommendations}}" + NO_ITEMS + "\n{{/recommendations}}",
    "variables": [{"name": "loyalty.balance", "fallback": UNKNOWN_BALANCE}]}


def number_of(address):
    return int(address[1:address.index("@")])


class Faults:
    """What the mail server does wrong: always with some addresses, and with the first attempt to
    every third of the others."""

    ONCE = ("421 4.3.2 busy", "450 4.2.1 later", DROP, HANG)

    def __init__(self):
        self.met = {}  # By the number of the address.

    @staticmethod
    def refusal(number):
        """What somebody's address is always refused with; "" if it is not."""
        return (NO_MAILBOX, NO_MAIL)[number // 20 % 2] if number % 20 in (4, 7) else ""

    def __call__(self, address):
        number = number_of(address)
        if refusal := self.refusal(number):
            return refusal
        if number % 3 or number in self.met:
            return ""
        self.met[number] = self.ONCE[number // 6 % len(self.ONCE)]
        return self.met[number]


class JourneyKillTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        seed = int(os.environ.get("REGULARS_SEED", random.SystemRandom().getrandbits(32)))
        print(f"REGULARS_SEED={seed}")
        cls.random = random.Random(seed)
        cls.faults = Faults()
        cls.mail_server = cls.enterClassContext(MailServer(cls.faults))
        cls.suite = cls.enterClassContext(Regulars(every_flags=["--sandbox"], campaign_flags=[
            f"--smtp-server={cls.mail_server.address}", "--smtp-tls=none",
            f"--smtp-connections={CONNECTIONS}"]))
        cls.company = Company(cls.suite, patient=True)
        cls.names = cls.company.add_people([{
            "emails": [{"address": f"p{number}@mail.example"}],
            "tags": ["reader", "spender" if number % 2 else "returner"]}
            for number in range(PEOPLE)])
        cls.company.say(cls.names, "STATE_GRANTED")
        cls.company.segment("readers", 'tags:"reader"')
        cls.company.segment("rich", f'tags:"spender" AND loyalty.balance >= {THRESHOLD}')
        cls.company.write_as(maxPerSecond=PER_SECOND)
        for template in (*CAMPAIGNS, "last"):
            cls.company.template(template, content={"subject": template, **LETTER})
        cls.company.template("placed", purpose="PURPOSE_TRANSACTIONAL", content={
            "subject": "{{number}}", "text": "x", "variables": [{"name": "number"}]})
        cls.shop = Shop(cls.names, seed)
        cls.confirmed = {}  # Customers by receipts.
        cls.kills = []  # Of campaign-svc: (when, mails that it may have left in doubt).
        cls.suspensions = []  # Of campaign-svc: (begin, end).
        cls.clock_steps = 0

    def test_kills(self):
        self.mail_server.set_delay(0, ANSWER_S)
        self.company.start_campaign("rich", "rich", entry={"segment": "segments/rich"})
        self.company.start_campaign("news", "news", audience={"segment": "segments/readers"})
        ended = threading.Event()
        stream = threading.Thread(target=self.stream, args=(ended,))
        stream.start()
        try:
            steps = self.disturb()
        finally:
            ended.set()
            stream.join()
        print(f"{len(self.shop.baskets)} orders, {dict(collections.Counter(steps))}, "
              f"the mail server did {dict(collections.Counter(self.faults.met.values()))}")
        self.assertIsNone(self.stream_error)
        self.company.follow_all()
        self.wait_for_messages()
        self.company.follow_all()
        self.assertEqual(self.company.troubles(), [])
        self.check_shop()
        self.check_mails()
        self.check_last_mail()

    def stream(self, ended):
        """Sends orders, and has one of each batch confirmed, until it is told to end."""
        self.stream_error = None
        try:
            while not ended.is_set():
                orders = [self.shop.next() for _ in range(BATCH)]
                results = self.company.call("POST", f"{CUSTOMER}/orders:batchUpsert",
                                            {"orders": orders})["results"]
                refused = [each for each in results if each.get("error")]
                if refused:
                    raise AssertionError(refused[0])
                receipt = orders[0]["receiptNumber"]
                self.company.call("POST", f"{CAMPAIGN}/messages:send", {
                    "template": "templates/placed", "customer": orders[0]["customer"],
                    "key": receipt, "variables": {"number": receipt}})
                self.confirmed[receipt] = orders[0]["customer"]
                time.sleep(BATCH_PAUSE_S)
        except (AssertionError, OSError, http.client.HTTPException) as error:
            self.stream_error = error

    def disturb(self):
        """Kills, suspends and takes away, in the sequence that the seed says."""
        names = sorted(self.suite.processes)
        steps = [(self.kill, names[number % len(names)]) for number in range(KILLS)]
        for _ in range(PAUSES):
            steps += [(self.suspend, self.random.choice(names)), (self.take_mail_server_away, "")]
        self.random.shuffle(steps)
        for step, name in steps:
            time.sleep(self.random.uniform(0, LATEST_KILL_S))
            step(self.suite.processes.get(name))
        return [f"{step.__name__} {name}".strip() for step, name in steps]

    def kill(self, process):
        # Every second time campaign-svc has just sent a mail and waits for the answer.
        if process is self.suite.campaign and len(self.kills) % 2 == 0:
            before = len(self.mail_server.mails)
            wait(lambda: len(self.mail_server.mails) > before)
        killed = time.time()
        process.kill()
        if process is self.suite.campaign:
            self.kills.append((killed, self.left_in_doubt_by(killed)))
        process.start()

    def left_in_doubt_by(self, killed):
        """The mails that campaign-svc may not have had in its store when it was killed: the newest
        ones of each lane."""
        # All that it sent has been taken once the mail server knows that it is gone.
        wait(lambda: not self.mail_server.connection_count)
        since = killed - RECORDED_S
        for begin, end in reversed(self.suspensions):
            since -= end - begin if end > since else 0
        lanes = {lane: [] for lane in DOUBTS_PER_KILL}
        for mail in self.mail_server.mails:
            lanes["campaign" if mail.message["Subject"] in CAMPAIGNS else "single"].append(mail)
        return [mail for lane, mails in lanes.items() for mail in mails[-DOUBTS_PER_KILL[lane]:]
                if mail.received >= since]

    def suspend(self, process):
        begin = time.time()
        with process.suspended():
            time.sleep(self.random.uniform(*SUSPENDED_S))
        if process is self.suite.campaign:
            self.suspensions.append((begin, time.time()))

    def take_mail_server_away(self, _process):
        with self.mail_server.away():
            time.sleep(self.random.uniform(*AWAY_S))

    def wait_for_messages(self):
        """Waits until no message waits. When nothing moves, time is made to pass, so that those
        that the mail server refused are tried again."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        before = None
        while (now := self.waiting()) != [0, 0, 0]:
            self.assertLess(time.monotonic(), deadline, self.who_wait())
            if now == before:
                self.let_time_pass()
            before = now
            time.sleep(STANDSTILL_S)

    def waiting(self):
        """How many messages of the two campaigns, and of the single ones, wait."""
        news, rich = (self.company.campaign(each) for each in CAMPAIGNS)
        if not news["audienceComplete"]:
            return None
        singles = [each for each in self.company.pages(f"{CAMPAIGN}/messages", "messages")
                   if each["origin"] == "ORIGIN_CALL" and each["state"] not in FINAL]
        return [int(news["counts"]["pending"]), int(rich["counts"]["pending"]), len(singles)]

    def who_wait(self):
        return [each for each in self.company.pages(f"{CAMPAIGN}/messages", "messages")
                if each["state"] not in FINAL][:5]

    def let_time_pass(self):
        self.clock_steps += STEPS_AT_ONCE
        if self.clock_steps > MOST_STEPS:
            self.fail(f"they still wait: {self.who_wait()}")
        for service in STEPS_AT_ONCE * (*SERVICES, "access"):
            self.company.call("POST", f"/api/{service}/v1/admin/clock:advance",
                              {"duration": f"{CLOCK_STEP_S}s"})
        self.suite.renew_admin_token()

    def check_shop(self):
        self.assertEqual(self.company.balances(),
                         {name: self.shop.points[name] for name in self.shop.order_counts})
        self.assertEqual(self.company.discrepancies(), [])
        seen = {each["name"]: int(each.get("purchases", {}).get("orderCount", 0))
                for each in self.company.pages(f"{CUSTOMER}/customers", "customers")}
        self.assertEqual(seen, {name: self.shop.order_counts[name] for name in self.names})
        self.company.call("PATCH", f"{RECOMMEND}/recommendSettings", {
            "minPairOrderCount": 1, "minConfidence": 0, "minLift": 0},
            query={"updateMask": "minPairOrderCount,minConfidence,minLift"})
        expected = rules.pair_rules(self.shop.baskets.values())
        for item in ITEMS:
            self.assertEqual(self.company.rules(item),
                             [figures(rule) for rule in expected.get(item, [])], item)

    def check_mails(self):
        rich = {name for name in self.names
                if self.shop.rich(name) and self.shop.points[name] >= THRESHOLD}
        self.assertEqual(self.company.members("rich"), rich)
        mails = collections.defaultdict(list)
        for mail in self.mail_server.mails:
            mails[mail.message["Subject"], self.names[number_of(mail.recipient)]].append(mail)
        for (title, name), copies in mails.items():
            for mail in copies if title in CAMPAIGNS else ():
                self.check_letter(mail, title, name)
        due = collections.Counter([*(("news", name) for name in self.names),
                                   *(("rich", name) for name in rich), *self.confirmed.items()])
        messages = list(self.company.pages(f"{CAMPAIGN}/messages", "messages"))
        self.assertEqual(collections.Counter(map(self.title_and_name, messages)), due)
        self.assertLessEqual(set(mails), set(due))
        doubts = {lane: collections.Counter() for lane in MOST_COPIES}
        for message in messages:
            title, name = self.title_and_name(message)
            lane = "campaign" if message.get("campaign") else "single"
            doubts[lane][self.names.index(name)] += self.doubts_of(
                message, lane, mails[title, name])
        self.check_doubts(doubts)
        self.check_bounces(messages)

    def check_letter(self, mail, title, name):
        """It says what was so at some time, or the fallback."""
        balance, items = self.balance_and_items(mail)
        if balance != UNKNOWN_BALANCE:
            self.assertIn(int(balance), self.shop.balances[name])
            self.assertGreaterEqual(int(balance), THRESHOLD if title == "rich" else 0)
        self.assertLessEqual(set(items), set(ITEMS))
        self.assertEqual(not items, NO_ITEMS in mail.part("plain"))

    @staticmethod
    def balance_and_items(mail):
        text = mail.part("plain")
        return (re.search(r"^Balance: (.*?)\s*$", text, re.MULTILINE)[1],
                re.findall(r"^Item: (.*?)\s*$", text, re.MULTILINE))

    @staticmethod
    def title_and_name(message):
        return (message.get("campaign", "").removeprefix("campaigns/") or message["key"],
                message["customer"])

    def doubts_of(self, message, lane, copies):
        """Checks what became of a message; how often nobody knew whether it had gone out, as far as
        can be seen."""
        unknown = message["state"] == "STATE_UNKNOWN"
        refusal = self.faults.refusal(self.names.index(message["customer"]))
        ends = REFUSED[refusal] if refusal else {("STATE_SENT", "")}
        if not unknown:
            self.assertIn((message["state"], message.get("reason", "")), ends, message)
            self.assertEqual(bool(copies), not refusal, message)
        self.assertLessEqual(len(copies), 0 if refusal else MOST_COPIES[lane], message)
        for copy, later in itertools.zip_longest(copies, copies[1:]):
            if later or unknown:
                self.assertTrue(self.was_in_doubt(copy, later), (message, copies))
        if lane == "campaign":
            return int(unknown)
        self.assertGreaterEqual(message["attempts"], 2 if unknown else len(copies))
        return MOST_COPIES[lane] if unknown else max(0, len(copies) - 1)

    def was_in_doubt(self, copy, later):
        """Whether campaign-svc could not know of a copy: when it sent the later one, or ever."""
        if not copy.answered and self.faults.met.get(number_of(copy.recipient)) == HANG:
            return True
        return any(mail is copy and (later is None or killed <= later.received)
                   for killed, mails in self.kills for mail in mails)

    def check_doubts(self, doubts):
        by_server = collections.Counter(map(number_of, self.mail_server.left_in_doubt))
        for lane, counts in doubts.items():
            by_kills = (counts - by_server).total()
            print(f"{lane}: {counts.total()} in doubt, {by_kills} of them for "
                  f"{len(self.kills)} kills")
            self.assertLessEqual(by_kills, len(self.kills) * DOUBTS_PER_KILL[lane], lane)

    def check_bounces(self, messages):
        """Of those without a mailbox the first message bounced; later ones are for nobody."""
        states = collections.defaultdict(set)
        for message in messages:
            states[self.names.index(message["customer"])].add(message["state"])
        refused = [number for number in range(PEOPLE)
                   if self.faults.refusal(number) == NO_MAILBOX]
        self.assertTrue(refused)
        for number in refused:
            self.assertTrue(states[number] & {"STATE_BOUNCED", "STATE_UNKNOWN"}, number)

    def check_last_mail(self):
        """Now that it is calm everybody gets one, and it says what is so."""
        self.mail_server.set_delay(0)
        self.company.write_as(maxPerSecond=CALM_PER_SECOND)
        self.company.start_campaign("last", "last", audience={"segment": "segments/readers"})
        self.company.await_finished("last")
        last = [mail for mail in self.mail_server.mails if mail.message["Subject"] == "last"]
        said = {self.names[number_of(mail.recipient)]: self.balance_and_items(mail)
                for mail in last}
        self.assertEqual(len(last), len(said))
        self.assertEqual(set(said), {name for number, name in enumerate(self.names)
                                     if not self.faults.refusal(number)})
        for begin in range(0, PEOPLE, MOST_AT_ONCE):
            names = self.names[begin:begin + MOST_AT_ONCE]
            answers = self.company.call("POST", f"{RECOMMEND}/items:batchRecommend", {
                "customers": names, "count": 5})["responses"]
            for name, answer in zip(names, answers):
                items = [each["item"] for each in answer.get("recommendations", [])]
                if name in said:
                    self.assertEqual(said[name], (self.last_balance(name), items))

    def last_balance(self, name):
        return str(self.shop.points[name]) if name in self.shop.order_counts else UNKNOWN_BALANCE


if __name__ == "__main__":
    unittest.main()
