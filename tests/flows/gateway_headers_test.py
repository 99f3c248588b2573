#!/usr/bin/env python3
"""What answers tell browsers to allow and to keep, and that the documentation needs nobody else."""

import gzip
import html.parser
import os
import re
import sys
import unittest
import unittest.mock
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from regulars import Regulars, RegularsTest  # noqa: E402

SETTINGS = "/api/customer/v1/companySettings"
SHOP = "https://shop.example"
CONSOLE = "http://localhost:3000"
DOCS_POLICY = {"default-src": "'self'", "style-src": "'self' 'unsafe-inline'",
               "img-src": "'self' data:", "frame-ancestors": "'none'"}
HTML, SCRIPT, STYLE = ("text/html; charset=utf-8", "text/javascript; charset=utf-8",
                       "text/css; charset=utf-8")
# By the element that names it, the attribute, and what it must be served as.
NAMED = {"script": ("src", SCRIPT), "link": ("href", STYLE)}
# Attributes that make a browser fetch or run something.
FETCHED = {"src", "href", "srcset", "data", "action", "formaction", "poster", "background"}


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.named = []  # (element, URL)
        self.words = []  # (element, text in it)
        self.inline = []  # Attributes with scripts or styles in them.
        self._within = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self._within = tag
        self.named += [(tag, value) for name, value in attrs if name in FETCHED]
        self.inline += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data):
        if data.strip():
            self.words.append((self._within, data.strip()))


def policy_of(headers):
    parts = (part.strip().partition(" ") for part in
             headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


class HeadersTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        origins = {"REGULARS_CORS_ORIGIN": ",".join((SHOP, CONSOLE))}
        with unittest.mock.patch.dict(os.environ, origins):
            cls.suite = cls.enterClassContext(Regulars(services=["customer"]))

    def get(self, path, **headers):
        return self.suite.request("GET", path, headers=headers)

    def answers(self):
        """(what it is, its headers) of an answer of every kind that is no page."""
        token = {"Authorization": f"Bearer {self.suite.admin_token}"}
        for name, status, method, path, headers in (
                ("an answer", 200, "GET", SETTINGS, token),
                ("a stream", 200, "GET", "/api/customer/v1/feed:subscribe?stopAtHead=true", token),
                ("no token", 401, "GET", SETTINGS, {}),
                ("a refusal", 400, "GET", f"{SETTINGS}?nonsense=1", token),
                ("nothing there", 404, "GET", "/nothing", {}),
                ("another method", 405, "DELETE", "/healthz", {}),
                ("a question before", 204, "OPTIONS", SETTINGS, {"Origin": SHOP}),
                ("health", 200, "GET", "/healthz", {}),
                ("the public keys", 200, "GET", "/.well-known/jwks.json", {}),
                ("no form", 400, "POST", "/oauth/token", {})):
            answered, said, _ = self.suite.request(method, path, headers=headers)
            yield name, status, answered, said

    def assert_guards(self, headers):
        self.assertEqual(headers.get_all("X-Content-Type-Options"), ["nosniff"])
        self.assertEqual(headers.get_all("X-Frame-Options"), ["DENY"])
        self.assertEqual(headers.get_all("Referrer-Policy"), ["no-referrer"])
        # Over plain HTTP it would mean nothing (RFC 6797, section 7.2).
        self.assertNotIn("Strict-Transport-Security", headers)

    def test_answers_and_errors_are_not_kept_framed_or_guessed_at(self):
        for name, status, answered, headers in self.answers():
            with self.subTest(name):
                self.assertEqual(answered, status)
                self.assert_guards(headers)
                self.assertEqual(headers.get_all("Content-Security-Policy"), ["default-src 'none'"])
                self.assertEqual(headers.get_all("Cache-Control"), ["no-store"])

    def test_origins_that_may_call_can_be_said_by_environment(self):
        for origin in (SHOP, CONSOLE, "https://elsewhere.example"):
            with self.subTest(origin):
                _, headers, _ = self.get("/healthz", Origin=origin)
                self.assertEqual(headers["Access-Control-Allow-Origin"],
                                 None if "elsewhere" in origin else origin)

    def test_what_broken_http_gets_is_guarded_too(self):
        status, headers, _ = self.suite.request("GET", "/docs", headers={"X": "x" * 20_000})
        self.assertEqual(status, 431)
        self.assert_guards(headers)

    def test_pages_are_asked_about_each_time_and_load_nothing_from_elsewhere(self):
        for path in ("/docs", "/docs/", "/docs/start.js", "/docs/swagger-ui-bundle.js",
                     "/docs/swagger-ui.css"):
            with self.subTest(path):
                status, headers, _ = self.get(path)
                self.assertEqual(status, 200)
                self.assert_guards(headers)
                self.assertEqual(headers.get_all("Cache-Control"), ["no-cache"])
                self.assertEqual(policy_of(headers), DOCS_POLICY)
                self.assertEqual(self.get(path, **{"If-None-Match": headers["ETag"]})[0], 304)

    def test_all_that_the_documentation_names_is_served_here(self):
        status, headers, text = self.get("/docs")
        self.assertEqual((status, headers["Content-Type"]), (200, HTML))
        page = Page(text.decode())
        self.assertEqual({tag for tag, _ in page.named}, set(NAMED))
        for tag, url in page.named:
            with self.subTest(url):
                self.assertEqual(urllib.parse.urlsplit(url)[:2], ("", ""), "is of another host")
                status, headers, body = self.get(urllib.parse.urljoin("/docs", url))
                self.assertEqual((status, headers["Content-Type"]), (200, NAMED[tag][1]))
                self.assertTrue(body)
                # As browsers ask for it.
                status, headers, packed = self.get(url, **{"Accept-Encoding": "gzip"})
                if headers["Content-Encoding"] == "gzip":
                    packed = gzip.decompress(packed)
                self.assertEqual((status, packed), (200, body))

    def test_the_documentation_runs_under_its_own_policy(self):
        page = Page(self.get("/docs")[2].decode())
        self.assertEqual(page.inline, [])
        self.assertEqual([words for words in page.words if words[0] in ("script", "style")], [])
        start = self.get("/docs/start.js")[2].decode()
        self.assertEqual(re.findall(r'url: "(.*)"', start), ["/openapi.json"])
        status, headers, _ = self.get("/openapi.json")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        # Styles may name pictures and fonts.
        style = self.get("/docs/swagger-ui.css")[2].decode()
        elsewhere = [url for url in re.findall(r"url\(\s*[\"']?([^\"')]*)", style)
                     if not url.startswith("data:")]
        self.assertEqual((elsewhere, re.findall(r"@import[^;]*", style)), ([], []))


if __name__ == "__main__":
    unittest.main()
