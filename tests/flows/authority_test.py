#!/usr/bin/env python3
"""Who may do what: every method of the interface × {no token, a bad or expired one, one without
its scope}, by gRPC straight to the services and by HTTP.

The table of expectations is authority_table.py; a method without a row there fails. What callers
limited to stores meet is in store_limits_test.py.
"""

import base64
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from authority_table import ABSENT, AUTHENTICATED, PUBLIC, TABLE  # noqa: E402
from interface import Interface, outcome  # noqa: E402
from regulars import RegularsTest  # noqa: E402

# Packages that only one process answers; the others are shared by all.
OWNED = {"regulars.customer.v1": "customer-svc", "regulars.loyalty.v1": "loyalty-svc",
         "regulars.recommend.v1": "recommend-svc", "regulars.campaign.v1": "campaign-svc",
         "regulars.access.v1": "gateway"}
# Requests that make a call end at once.
QUICK_REQUESTS = {"regulars.feed.v1.FeedService.Subscribe": {"stopAtHead": True}}
TOKEN_REASONS = {"TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_UNKNOWN_KEY"}


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign_token(suite, claims):
    """A token signed by the gateway's own key, which lies in its store."""
    with sqlite3.connect(f"file:{suite.folder}/access.db?mode=ro", uri=True) as store:
        key_id, pem = store.execute("SELECT id, private_key FROM signing_key").fetchone()
    text = ".".join(base64url(json.dumps(part).encode()) for part in (
        {"alg": "EdDSA", "typ": "at+jwt", "kid": key_id}, claims))
    key_file, text_file = suite.folder / "key.pem", suite.folder / "text"
    key_file.write_text(pem)
    text_file.write_text(text)
    signature = subprocess.run(
        ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key_file, "-in", text_file],
        check=True, capture_output=True).stdout
    return f"{text}.{base64url(signature)}"


def claims(scopes=("*.*",), ending_s=600):
    """Claims of a service with these scopes, until so many seconds from now."""
    now = int(time.time())
    return {"iss": "regulars-gateway", "aud": "regulars", "sub": "services/test",
            "scope": " ".join(scopes), "iat": now - 900, "exp": now + ending_s}


class AuthorityTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.interface = Interface()
        cls.processes = cls.suite.processes
        cls.scopes = sorted({row.scope for _, _, row in cls.rows()} - {PUBLIC, AUTHENTICATED})

    @staticmethod
    def rows():
        """(process, full name of the method, row)"""
        for process, services in TABLE.items():
            for service, methods in services.items():
                for name, row in methods.items():
                    yield process, f"{service}.{name}", row

    def outcome(self, process, method, request, token):
        """(code, reason) of a call straight to the service."""
        channel = self.suite.channel(self.processes[process])
        return outcome(self.interface, channel, method, request, token)[:2]

    def quick(self, process, method, token):
        return self.outcome(process, method, QUICK_REQUESTS.get(method, {}), token)

    def check_each_row(self, check):
        for process, method, row in self.rows():
            with self.subTest(process=process, method=method):
                check(process, method, row)

    # --- The table --------------------------------------------------------------------------------

    def test_every_method_has_a_row(self):
        listed = {(process, method) for process, method, _ in self.rows()}
        declared = set()
        for method in self.interface.methods:
            service = method.rsplit(".", 1)[0]
            owner = OWNED.get(service.rsplit(".", 1)[0])
            for process in [owner] if owner else self.processes:
                if (process, service) not in ABSENT:
                    declared.add((process, method))
        self.assertEqual(listed, declared)

    def test_rows_say_what_the_protos_say(self):
        def check(process, method, row):
            declared = self.interface.methods[method].scope
            service = "access" if process == "gateway" else process.removesuffix("-svc")
            if declared:  # Google's own interface declares nothing.
                self.assertEqual(row.scope, declared.replace("self.", f"{service}."))
            self.assertTrue(row.cases)
        self.check_each_row(check)

    def test_absent_services_are_absent(self):
        for process, service in ABSENT:
            for method in self.interface.methods:
                if method.startswith(service + "."):
                    with self.subTest(process=process, method=method):
                        self.assertEqual(
                            self.quick(process, method, self.suite.admin_token)[0], "UNIMPLEMENTED")

    # --- Tokens -----------------------------------------------------------------------------------

    def check_refused_token(self, token, reason):
        def check(process, method, row):
            code, seen = self.quick(process, method, token)
            if row.scope == PUBLIC:
                self.assertNotIn(seen, TOKEN_REASONS)
                self.assertNotEqual(code, "UNIMPLEMENTED")
            else:
                self.assertEqual((code, seen), ("UNAUTHENTICATED", reason))
        self.check_each_row(check)

    def test_no_token(self):
        self.check_refused_token("", "TOKEN_MISSING")

    def test_expired_token(self):
        # The same token not yet expired is good, so that it is the time that counts.
        good = sign_token(self.suite, claims())
        self.assertEqual(self.outcome("customer-svc", "regulars.feed.v1.FeedService.GetFeedState",
                                      {"name": "feed"}, good), ("OK", ""))
        # Clocks may differ by a minute.
        self.check_refused_token(sign_token(self.suite, claims(ending_s=-90)), "TOKEN_EXPIRED")

    def test_forged_token(self):
        head, body, signature = self.suite.admin_token.split(".")
        flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
        for token in ("x", f"{head}.{body}.{flipped}", f"{head}.{body}.",
                      base64url(b'{"alg":"none"}') + f".{body}."):
            with self.subTest(token):
                self.assertEqual(
                    self.quick("customer-svc", "regulars.feed.v1.FeedService.GetFeedState", token),
                    ("UNAUTHENTICATED", "TOKEN_INVALID"))

    # --- Scopes -----------------------------------------------------------------------------------

    def token_with(self, scopes):
        return sign_token(self.suite, claims(scopes))

    def test_keys_can_have_every_scope(self):
        for scope in self.scopes:
            with self.subTest(scope):
                token = self.suite.make_token([scope])
                principal = self.suite.ok("GET", "/api/access/v1/session", token=token)
                self.assertEqual(principal["scopes"], [scope])

    def test_every_scope_but_the_right_one(self):
        tokens = {scope: self.token_with([each for each in self.scopes if each != scope])
                  for scope in self.scopes}

        def check(process, method, row):
            if row.scope not in (PUBLIC, AUTHENTICATED):
                self.assertEqual(self.quick(process, method, tokens[row.scope]),
                                 ("PERMISSION_DENIED", "SCOPE_MISSING"))
        self.check_each_row(check)

    def test_the_right_scope_alone(self):
        tokens = {scope: self.token_with([scope]) for scope in self.scopes}

        def check(process, method, row):
            # Most calls fail, for their requests are empty, but not for want of authority.
            token = tokens.get(row.scope, tokens["customer.read"])
            code, reason = self.quick(process, method, token)
            self.assertNotIn(code, ("UNIMPLEMENTED", "INTERNAL", "UNKNOWN"))
            self.assertNotIn(reason, TOKEN_REASONS | {"SCOPE_MISSING"})
        self.check_each_row(check)

    # --- HTTP -------------------------------------------------------------------------------------

    def test_by_http(self):
        others = {"customer-svc": self.token_with(["access.admin", "access.read"]),
                  "loyalty-svc": self.token_with(["customer.read", "customer.admin"]),
                  "recommend-svc": self.token_with(["customer.read", "customer.admin"]),
                  "campaign-svc": self.token_with(["customer.read", "customer.admin"]),
                  "gateway": self.token_with(["customer.read", "customer.admin"])}

        def check(process, method, row):
            rule = self.interface.methods[method].http
            if rule is None or row.scope in (PUBLIC, AUTHENTICATED):
                return
            verb = rule.WhichOneof("pattern")
            path = re.sub(r"\{[^=}]+=([^}]+)\}", lambda match: match[1].replace("*", "x"),
                          getattr(rule, verb))
            if path.startswith("/v1/"):
                service = "access" if process == "gateway" else process.removesuffix("-svc")
                path = f"/api/{service}{path}"
            body = {} if rule.body else None
            for token, expected in (("", (401, "TOKEN_MISSING")),
                                    (others[process], (403, "SCOPE_MISSING"))):
                status, reply = self.suite.call(verb.upper(), path, body, token)
                reasons = [each.get("reason") for each in reply["error"].get("details", [])]
                self.assertEqual((status, reasons[0]), expected, path)
        self.check_each_row(check)


if __name__ == "__main__":
    unittest.main()
