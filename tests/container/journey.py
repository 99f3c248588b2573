#!/usr/bin/env python3
"""A small journey through the containers, for compose.sh.

usage: journey.py PORT FOLDER buy|mail|back_up|restored|check

buy       signs in with the one-time password of FOLDER/once; a shop's day, from orders to a campaign
mail      what the mail catcher caught, FOLDER/mail, is what was to be sent; its reader unsubscribes
back_up   a backup of customer-svc, named monday; then somebody in it is erased
restored  customer-svc went back to that backup: whoever was erased is so again
check     signs in again: everything is still there
"""

import email
import email.policy
import json
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flows"))

from process import request  # noqa: E402

WAIT_LIMIT_S = 30
EMAIL, PASSWORD = "admin@localhost", "correct horse battery"
READER = "ada@shop.example"
# 1 point for each whole unit of money, as a new shop's rule says.
PAID_MICROS, POINTS = 49_900_000, 49
PAIRS = 5  # Orders of tea with a cup, so that they go together.


class Journey:
    def __init__(self, port, folder):
        self.port = int(port)
        self.folder = pathlib.Path(folder)
        self.token = ""

    def ok(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        status, _, text = request(self.port, method, f"/api/{path}",
                                  None if body is None else json.dumps(body), headers)
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

    @staticmethod
    def order(receipt, customer, *items):
        lines = [{"item": item, "quantityMicros": "1000000", "unitPriceMicros": str(micros)}
                 for item, micros in items]
        return {"source": "till", "receiptNumber": receipt, "currencyCode": "EUR",
                "orderTime": "2026-01-02T03:04:05Z", "customer": customer, "lines": lines}

    def make_reader(self):
        reader = self.ok("POST", "customer/v1/customers", {
            "givenName": "Ada", "tags": ["reader"], "emails": [{"address": READER}]})["name"]
        self.ok("POST", "customer/v1/consents:set", {"consent": {
            "customer": reader, "channel": "email", "topic": "newsletter",
            "state": "STATE_GRANTED", "source": "checkout"}})
        return reader

    def buy(self):
        self.sign_in_first()
        reader = self.make_reader()
        others = self.ok("POST", "customer/v1/customers", {"givenName": "Others"})["name"]
        tea, cup, mug = ("tea", PAID_MICROS), ("cup", 5_000_000), ("mug", 6_000_000)
        for number in range(PAIRS):
            self.ok("POST", "customer/v1/orders", self.order(f"pair/{number}", others, tea, cup))
            self.ok("POST", "customer/v1/orders", self.order(f"mug/{number}", others, mug))
        self.ok("POST", "customer/v1/orders", self.order("ada/1", reader, tea))
        self.see_points(reader)
        self.wait("a recommendation", "recommend/v1/items:recommend", lambda reply: any(
            each["item"] == "cup" and each["reason"]["code"] == "CODE_BOUGHT_WITH_PURCHASE"
            for each in reply["recommendations"]), "POST", {"customer": reader})
        self.send()
        (self.folder / "reader").write_text(reader)

    def see_points(self, reader):
        return self.wait("points", f"loyalty/v1/members:lookup?customer={reader}",
                         lambda member: member["balance"] == str(POINTS))

    def send(self):
        self.ok("PATCH", "campaign/v1/settings", {
            "publicUrl": f"http://127.0.0.1:{self.port}", "companyName": "Shop",
            "email": {"fromAddress": "news@shop.example", "fromName": "Shop"}})
        self.ok("POST", "campaign/v1/templates?templateId=hello", {"content": {
            "subject": "Hello {{customer.given_name}}",
            "text": "You have {{loyalty.balance}} points.\n"
                    "{{#recommendations}}See {{item}}.\n{{/recommendations}}"}})
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
        path = re.search(r"/api/campaign/v1/u/[\w-]+", message["List-Unsubscribe"])[0]
        status, _, page = request(self.port, "POST", path, "List-Unsubscribe=One-Click", {
            "Content-Type": "application/x-www-form-urlencoded"})
        assert status == 200, (status, page)
        self.see_unsubscribed()

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
        headers = {"Authorization": f"Bearer {self.token}"}
        status, _, text = request(self.port, "GET", f"/api/customer/v1/{gone}", None, headers)
        assert status == 404, text

    def check(self):
        self.sign_in(PASSWORD)
        reader = (self.folder / "reader").read_text()
        self.see_points(reader)
        self.see_unsubscribed()
        campaign = self.ok("GET", "campaign/v1/campaigns/hello")
        assert campaign["counts"]["unsubscribed"] == "1", campaign
        # They still follow each other: a second order counts.
        self.ok("POST", "customer/v1/orders", self.order("ada/2", reader, ("tea", PAID_MICROS)))
        self.wait("more points", f"loyalty/v1/members:lookup?customer={reader}",
                  lambda member: member["balance"] == str(2 * POINTS))


if __name__ == "__main__":
    _, PORT, FOLDER, STEP = sys.argv
    getattr(Journey(PORT, FOLDER), STEP)()
