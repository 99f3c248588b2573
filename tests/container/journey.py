#!/usr/bin/env python3
"""A small journey through the containers, for compose.sh.

usage: journey.py PORT FOLDER buy|mail|bring_back|back_up|restored|check|erase

buy         signs in with the one-time password of FOLDER/once; a shop's day, from orders to a
            campaign
mail        what the mail catcher caught, FOLDER/mail, is what was to be sent; its reader opens it,
            follows its link and unsubscribes
bring_back  the reader returns a part; points go
back_up     a backup of customer-svc, named monday; then somebody in it is erased
restored    customer-svc went back to that backup: whoever was erased is so again
check       signs in again: everything is still there
erase       the reader is erased: no call finds anything of the person
"""

import email
import email.policy
import html
import json
import pathlib
import re
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flows"))

from process import request  # noqa: E402

WAIT_LIMIT_S = 30
EMAIL, PASSWORD = "admin@localhost", "correct horse battery"
READER, CARD = "ada@shop.example", "CARD-4711"
SALE = "https://shop.example/sale?from=mail&x=1"
TEA_CENTS, CUP_CENTS, MUG_CENTS = 4_990, 500, 600
# 1 point for each whole unit of money, as a new shop's rule says. The reader buys tea twice on one
# receipt; what comes back takes its share along, rounded down.
POINTS = 2 * TEA_CENTS // 100
POINTS_LEFT = POINTS - POINTS * TEA_CENTS // (2 * TEA_CENTS)
PAIRS = 5  # Orders of tea with a cup, so that they go together.
# Of the rule from tea to cup: orders with both, with tea (the reader's, too), with a cup.
RULE = {"pairOrderCount": PAIRS, "antecedentOrderCount": PAIRS + 1, "consequentOrderCount": PAIRS}


class Journey:
    def __init__(self, port, folder):
        self.port = int(port)
        self.folder = pathlib.Path(folder)
        self.token = ""

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        status, _, text = request(self.port, method, f"/api/{path}",
                                  None if body is None else json.dumps(body), headers)
        return status, text.decode()

    def ok(self, method, path, body=None):
        status, text = self.call(method, path, body)
        if status != 200:
            raise AssertionError(f"{method} {path}: {status} {text}")
        return json.loads(text)

    def wait(self, what, path, seen, method="GET", body=None):
        """Asks until `seen` says that the reply is as it should be; the reply."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        while True:
            reply = None
            try:
                reply = self.ok(method, path, body)
                if seen(reply):
                    return reply
            except AssertionError as error:  # Not there yet.
                reply = error
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: not after {WAIT_LIMIT_S} s, but {reply}")
            time.sleep(0.1)

    def sign_in(self, password):
        reply = self.ok("POST", "access/v1/session:signIn", {"email": EMAIL, "password": password})
        self.token = reply["accessToken"]

    def sign_in_first(self):
        once = re.search(r"^password: (.*)$", (self.folder / "once").read_text(), re.M)[1]
        self.sign_in(once)
        self.token = self.ok("POST", "access/v1/session:changePassword", {
            "currentPassword": once, "newPassword": PASSWORD})["accessToken"]

    def place(self, receipt, customer, *lines):
        self.ok("POST", "customer/v1/orders", {
            "source": "till", "receiptNumber": receipt, "currencyCode": "EUR",
            "orderTime": "2026-01-02T03:04:05Z", "customer": customer, "lines": lines})

    @staticmethod
    def line(item, cents, pieces=1, **more):
        return {"item": item, "quantityMicros": str(pieces * 1_000_000),
                "unitPriceMicros": str(cents * 10_000), **more}

    def make_reader(self):
        reader = self.ok("POST", "customer/v1/customers", {
            "givenName": "Ada", "familyName": "Lovegood", "tags": ["reader"],
            "emails": [{"address": READER}],
            "externalIds": [{"system": "club", "id": CARD}]})["name"]
        self.ok("POST", "customer/v1/consents:set", {"consent": {
            "customer": reader, "channel": "email", "topic": "newsletter",
            "state": "STATE_GRANTED", "source": "checkout"}})
        return reader

    def buy(self):
        self.sign_in_first()
        reader = self.make_reader()
        others = self.ok("POST", "customer/v1/customers", {"givenName": "Others"})["name"]
        for number in range(PAIRS):
            self.place(f"pair/{number}", others,
                       self.line("tea", TEA_CENTS), self.line("cup", CUP_CENTS))
            self.place(f"mug/{number}", others, self.line("mug", MUG_CENTS))
        self.place("ada/1", reader, self.line("tea", TEA_CENTS, 2, lineId="1"))
        self.see_points(reader, POINTS)
        self.wait("a recommendation", "recommend/v1/items:recommend", self.recommends_cup, "POST",
                  {"customer": reader})
        self.send()
        (self.folder / "reader").write_text(reader)

    @staticmethod
    def recommends_cup(reply):
        reasons = [each["reason"] for each in reply["recommendations"] if each["item"] == "cup"]
        return [(each["code"], {key: int(each["rule"][key]) for key in RULE})
                for each in reasons] == [("CODE_BOUGHT_WITH_PURCHASE", RULE)]

    def see_points(self, reader, points):
        return self.wait("points", f"loyalty/v1/members:lookup?customer={reader}",
                         lambda member: member["balance"] == str(points))

    def send(self):
        self.ok("PATCH", "campaign/v1/settings", {
            "publicUrl": f"http://127.0.0.1:{self.port}", "companyName": "Shop",
            "email": {"fromAddress": "news@shop.example", "fromName": "Shop"}})
        self.ok("POST", "campaign/v1/templates?templateId=hello", {"content": {
            "subject": "Hello {{customer.given_name}}",
            "text": "You have {{loyalty.balance}} points.\n"
                    "{{#recommendations}}See {{item}}.\n{{/recommendations}}",
            "html": f'<p>You have {{{{loyalty.balance}}}} points</p>'
                    f'<a href="{html.escape(SALE)}">Sale</a>'}})
        self.ok("POST", "customer/v1/segments?segmentId=readers", {"filter": 'tags:"reader"'})
        self.wait("the segment", "customer/v1/segments/readers",
                  lambda segment: segment["state"] == "STATE_READY")
        self.ok("POST", "campaign/v1/campaigns?campaignId=hello", {
            "template": "templates/hello", "audience": {"segment": "segments/readers"}})
        self.ok("POST", "campaign/v1/campaigns/hello:start", {})
        self.wait("the campaign's end", "campaign/v1/campaigns/hello", lambda campaign:
                  campaign["state"] == "STATE_FINISHED" and campaign["counts"]["sent"] == "1")

    def mail(self):
        self.sign_in(PASSWORD)
        message = email.message_from_bytes(
            (self.folder / "mail").read_bytes(), policy=email.policy.default)
        text = message.get_body(("plain",)).get_content()
        assert message["Subject"] == "Hello Ada", message["Subject"]
        assert message["To"].addresses[0].addr_spec == READER, message["To"]
        assert text.startswith(f"You have {POINTS} points."), text
        assert "See cup." in text, text
        self.open_and_click(message.get_body(("html",)).get_content())
        path = re.search(r"/api/campaign/v1/u/[\w-]+", message["List-Unsubscribe"])[0]
        status, _, page = request(self.port, "POST", path, "List-Unsubscribe=One-Click", {
            "Content-Type": "application/x-www-form-urlencoded"})
        assert status == 200, (status, page)
        self.see_unsubscribed()

    def open_and_click(self, page):
        """Loads the picture of the mail's page and follows its link, as a mail program would."""
        assert f"You have {POINTS} points" in page, page
        self.see_counts({"opened": "0", "clicked": "0"})
        status, headers, _ = self.follow(re.search(r'<img[^>]* src="([^"]+)"', page)[1])
        assert (status, headers["Content-Type"]) == (200, "image/gif"), status
        self.see_counts({"opened": "1", "clicked": "0"})
        status, headers, _ = self.follow(re.search(r'<a href="([^"]+)"', page)[1])
        assert (status, headers["Location"]) == (302, SALE), (status, headers["Location"])
        self.see_counts({"opened": "1", "clicked": "1"})
        reader = (self.folder / "reader").read_text()
        self.wait("the timeline", f"customer/v1/{reader}/timeline?kinds=KIND_MESSAGE",
                  lambda reply: {each["message"]["what"] for each in reply["events"]} ==
                  {"WHAT_SENT", "WHAT_OPENED", "WHAT_CLICKED"})

    def follow(self, link):
        url = urllib.parse.urlsplit(html.unescape(link))
        assert url.netloc == f"127.0.0.1:{self.port}", link
        return request(self.port, "GET", url.path)

    def see_counts(self, counts):
        self.wait("the counts", "campaign/v1/campaigns/hello", lambda campaign:
                  {key: campaign["counts"][key] for key in counts} == counts)

    def bring_back(self):
        self.sign_in(PASSWORD)
        reader = (self.folder / "reader").read_text()
        self.place("ada/back", reader, self.line(
            "tea", TEA_CENTS, lineId="1", type="TYPE_RETURN",
            returnOf={"source": "till", "receiptNumber": "ada/1", "lineId": "1"}))
        self.see_points(reader, POINTS_LEFT)

    def see_unsubscribed(self):
        reader = (self.folder / "reader").read_text()
        path = f"customer/v1/{reader}:mayContact?channel=email&topic=newsletter"
        self.wait("the withdrawal", path, lambda reply: not reply["allowed"])

    def back_up(self):
        self.sign_in(PASSWORD)
        gone = self.ok("POST", "customer/v1/customers", {"givenName": "Gone"})["name"]
        self.ok("POST", "customer/v1/admin/backups?backupId=monday", {})
        self.wait("the backup", "customer/v1/admin/backups/monday", lambda backup: backup["name"])
        self.ok("POST", f"customer/v1/{gone}:erase", {})
        self.see_erased(gone)
        (self.folder / "gone").write_text(gone)

    def see_erased(self, gone):
        self.wait("the erasure", "customer/v1/erasures", lambda reply: [
            each["customer"] for each in reply["erasures"] if each["state"] == "STATE_DONE"] == [gone])

    def restored(self):
        self.sign_in(PASSWORD)
        gone = (self.folder / "gone").read_text()
        self.see_erased(gone)
        status, text = self.call("GET", f"customer/v1/{gone}")
        assert status == 404, text

    def check(self):
        self.sign_in(PASSWORD)
        reader = (self.folder / "reader").read_text()
        self.see_points(reader, POINTS_LEFT)
        self.see_unsubscribed()
        self.see_counts({"opened": "1", "clicked": "1", "unsubscribed": "1"})
        # They still follow each other: another order counts.
        self.place("ada/2", reader, self.line("tea", TEA_CENTS))
        self.see_points(reader, POINTS_LEFT + TEA_CENTS // 100)

    def erase(self):
        self.sign_in(PASSWORD)
        reader = (self.folder / "reader").read_text()
        # What is asked finds the person before, or it would say nothing.
        for asked, status, text in self.found_of(reader):
            assert status == 200 and reader in text, (asked, status, text)
        erasure = self.ok("POST", f"customer/v1/{reader}:erase", {})["name"]
        self.wait("the erasure", f"customer/v1/{erasure}",
                  lambda reply: reply["state"] == "STATE_DONE")
        for asked, status, text in self.found_of(reader):
            left = [word for word in ("Ada", "Lovegood", READER, CARD, reader) if word in text]
            assert status == 404 or (status == 200 and not left), (asked, status, text)
        # What was sold stays, and is nobody's.
        order = self.ok("GET", "customer/v1/orders:lookup?source=till&receiptNumber=ada%2F1")
        assert order["customer"] == "", order

    def found_of(self, reader):
        """What calls find that look for the reader: (call, status, text) of each."""
        identifiers = ({"email": READER}, {"externalId": {"system": "club", "id": CARD}})
        orders = urllib.parse.urlencode({"filter": f'customer = "{reader}"'})
        asked = [*(("POST", "customer/v1/customers:search", {"query": word})
                   for word in ("Ada", "Lovegood", READER, CARD)),
                 *(("POST", "customer/v1/customers:lookup", {"identifier": each})
                   for each in identifiers),
                 *(("GET", path) for path in (
                     f"customer/v1/{reader}", f"customer/v1/{reader}/consents",
                     f"customer/v1/orders?{orders}", "customer/v1/segments/readers/members",
                     f"loyalty/v1/members:lookup?customer={reader}",
                     f"campaign/v1/messages?customer={reader}"))]
        return [(each, *self.call(*each)) for each in asked]


if __name__ == "__main__":
    _, PORT, FOLDER, STEP = sys.argv
    getattr(Journey(PORT, FOLDER), STEP)()
