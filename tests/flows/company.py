"""What the journeys share: a company with all five processes, its people, segments and campaigns,
and what is asked of them all. Used by journey_test.py, restore_test.py, pace_test.py and
tests/faults/journey_kill_test.py.
"""

import http.client
import json
import subprocess
import time
import urllib.parse

from process import BIN
from regulars import SERVICES

WAIT_LIMIT_S = 120
RETRY_PAUSE_S = 0.05
BATCH = 500
# Where the links of mails lead: to a proxy with TLS before the gateway. Without TLS a mail would not
# offer to unsubscribe with one click (RFC 8058, section 3.1).
PUBLIC_URL = "https://crm.shop.example"
# Who follows whom.
FOLLOWED = {"loyalty": ("customer",), "recommend": ("customer",), "campaign": ("customer",),
            "customer": ("loyalty", "recommend", "campaign")}
CUSTOMER, LOYALTY, RECOMMEND, CAMPAIGN = (f"/api/{service}/v1" for service in SERVICES)
PAIRS = [(service, upstream) for service, upstreams in FOLLOWED.items() for upstream in upstreams]
# What the gateway answers while a service behind it is away, or has just come back.
AWAY = (429, 502, 503, 504)


def wait(condition, limit_s=WAIT_LIMIT_S):
    """Waits until it is so; what the condition said."""
    deadline = time.monotonic() + limit_s
    while not (said := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not so after {limit_s} s")
        time.sleep(0.02)
    return said


class Company:
    """A patient one tries again for as long as processes are away."""

    def __init__(self, suite, patient=False):
        self.suite = suite
        self._patient = patient

    # Calls.

    def call(self, method, path, body=None, query=None):
        deadline = time.monotonic() + WAIT_LIMIT_S
        while True:
            try:
                status, reply = self.suite.call(method, path, body, query=query)
            except (OSError, http.client.HTTPException) as error:
                status, reply = 503, error
            if status == 200:
                return reply
            if not self._patient or status not in AWAY or time.monotonic() > deadline:
                raise AssertionError(f"{method} {path}: {status} {reply}")
            time.sleep(RETRY_PAUSE_S)

    def place(self, order):
        """Records an order: (its name, the position to read after)."""
        status, headers, text = self.suite.request(
            "POST", f"{CUSTOMER}/orders", json.dumps(order), self._headers())
        if status != 200:
            raise AssertionError(f"{status} {text}")
        return json.loads(text)["name"], headers["Regulars-Position"]

    def after(self, position, method, path, body=None, query=None):
        """The reply of a read that waits until the service has come to a position."""
        if query:
            path += "?" + urllib.parse.urlencode(query)
        status, _, text = self.suite.request(
            method, path, None if body is None else json.dumps(body),
            self._headers() | {"Regulars-After": position})
        if status != 200:
            raise AssertionError(f"{method} {path} after {position}: {status} {text}")
        return json.loads(text)

    def _headers(self):
        return {"Content-Type": "application/json",
                "Authorization": f"Bearer {self.suite.admin_token}"}

    def head(self, service, position=""):
        """The newest position of a service's feed, once it has come to another's position."""
        path = f"/api/{service}/v1/feed"
        state = self.after(position, "GET", path) if position else self.call("GET", path)
        return f"{service}:{state.get('headPosition', '0')}"

    def pages(self, path, field, query=None):
        return self.suite.pages(path, field, query)

    # Followers.

    def follow_all(self):
        """Waits until everybody has followed everybody, and nothing came of it any more."""
        # Positions of a life that has ended tell nothing.
        wait(lambda: all(self.hears(service, upstream) for service, upstream in PAIRS))
        deadline = time.monotonic() + WAIT_LIMIT_S
        while True:
            heads = [self.head(service) for service in SERVICES]
            for service, upstream in PAIRS:
                self.suite.wait_until_followed(service, upstream)
            if heads == [self.head(service) for service in SERVICES]:
                return
            if time.monotonic() > deadline:
                raise AssertionError("the feeds never come to rest")

    def hears(self, service, upstream):
        """Whether one follows the other's feed as it is now, and not that before a restore."""
        follower = self.follower(service, upstream)
        epoch = self.call("GET", f"/api/{upstream}/v1/feed")["epoch"]
        return (follower["connected"] and follower["state"] == "STATE_FOLLOWING"
                and follower["epoch"] in ("", epoch))

    def follower(self, service, upstream):
        return self.call("GET", f"/api/{service}/v1/admin/followers/{upstream}")

    def troubles(self):
        """Followers that are parked or stuck."""
        return [(service, each) for service in FOLLOWED
                for each in self.call("GET", f"/api/{service}/v1/admin/followers")["followers"]
                if int(each["parkedCount"]) or each["trouble"]]

    # People.

    def add_people(self, upserts):
        """Upserts customers; their names."""
        return [name for begin in range(0, len(upserts), BATCH)
                for name in self._upsert(upserts[begin:begin + BATCH])]

    def _upsert(self, customers):
        results = self.call("POST", f"{CUSTOMER}/customers:batchUpsert", {
            "upserts": [{"customer": each} for each in customers]})["results"]
        refused = [each for each in results if each.get("error")]
        if refused:
            raise AssertionError(refused[0])
        return [each["name"] for each in results]

    def say(self, names, state, topic="newsletter"):
        """What customers say about being written to."""
        for begin in range(0, len(names), BATCH):
            results = self.call("POST", f"{CUSTOMER}/consents:batchSet", {"consents": [
                {"customer": name, "channel": "email", "topic": topic, "state": state,
                 "source": "checkout"} for name in names[begin:begin + BATCH]]})["results"]
            refused = [each for each in results if each.get("error")]
            if refused:
                raise AssertionError(refused[0])

    def segment(self, segment, text):
        self.call("PATCH", f"{CUSTOMER}/segments/{segment}", {"filter": text},
                  query={"allowMissing": "true"})
        wait(lambda: self.call("GET", f"{CUSTOMER}/segments/{segment}")["state"] == "STATE_READY")

    def members(self, segment):
        return {each["customer"] for each in self.pages(
            f"{CUSTOMER}/segments/{segment}/members", "members")}

    # What is said to them.

    def write_as(self, **email):
        self.call("PATCH", f"{CAMPAIGN}/settings", {
            "publicUrl": PUBLIC_URL, "companyName": "The Shop",
            "email": {"fromAddress": "news@shop.example", "fromName": "The Shop", **email}})

    def template(self, template, **fields):
        self.call("POST", f"{CAMPAIGN}/templates", fields, query={"templateId": template})

    def start_campaign(self, campaign, template, **trigger):
        self.call("POST", f"{CAMPAIGN}/campaigns", {
            "template": f"templates/{template}", **trigger}, query={"campaignId": campaign})
        self.call("POST", f"{CAMPAIGN}/campaigns/{campaign}:start", {})

    def campaign(self, campaign):
        return self.call("GET", f"{CAMPAIGN}/campaigns/{campaign}")

    def await_finished(self, campaign):
        wait(lambda: self.campaign(campaign)["state"] == "STATE_FINISHED")
        return {key: int(count) for key, count in self.campaign(campaign)["counts"].items()}

    def messages(self, campaign):
        """A campaign's messages by their customer."""
        return {each["customer"]: each for each in self.pages(
            f"{CAMPAIGN}/messages", "messages", {"campaign": f"campaigns/{campaign}"})}

    # Points and rules.

    def balances(self):
        """By customer."""
        return {each["customer"]: int(each["balance"])
                for each in self.pages(f"{LOYALTY}/members", "members")}

    def discrepancies(self):
        """What the ledger's audit finds."""
        return list(self.pages(f"{LOYALTY}/ledger:verify", "discrepancies"))

    def rules(self, code):
        """Figures of an item's rules, as figures() has those of the oracle."""
        # A code is one segment of the path within its name, in which it is escaped already.
        item = urllib.parse.quote(code.replace("%", "%25").replace("/", "%2F"))
        return [(each["consequent"], int(each["pairOrderCount"]), int(each["antecedentOrderCount"]),
                 int(each["consequentOrderCount"]), each["support"], each["confidence"],
                 each["lift"])
                for each in self.pages(f"{RECOMMEND}/items/{item}/rules", "rules")]

    # Backups.

    def back_up(self, service, backup_id):
        """The path of a new backup."""
        operation = self.call("POST", f"/api/{service}/v1/admin/backups", {},
                              query={"backupId": backup_id})
        wait(lambda: self.call("GET", f"/api/{service}/v1/{operation['name']}").get("done"))
        return self.call("GET", f"/api/{service}/v1/admin/backups/{backup_id}")["path"]

    def restore(self, service, backup, meanwhile=lambda: None):
        """Puts a backup in the place of a service's store; what happens while it is away."""
        process = self.suite.processes[f"{service}-svc"]
        if process.stop() != 0:
            raise AssertionError(f"{service}-svc ended badly")
        for end in ("", "-wal", "-shm"):
            (self.suite.folder / f"{service}.db{end}").unlink(missing_ok=True)
        subprocess.run([BIN / f"{service}-svc", "restore", f"--from={backup}",
                        f"--store=sqlite:{self.suite.folder}/{service}.db"], check=True,
                       timeout=60, capture_output=True)
        meanwhile()
        process.start()


def figures(rule):
    """Of a rule of oracle/rules.py."""
    return (rule.consequent, rule.pair, rule.of_antecedent, rule.of_consequent, rule.support,
            rule.confidence, rule.lift)
