#!/usr/bin/env python3
"""docs/reference/events.md and data-dictionary.md say what the protos and the schemas say, and
reference.py, which makes them of these, reads all of both."""

import collections
import os
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import reference  # noqa: E402

ROOT = reference.ROOT
EVENTS, TABLES = "docs/reference/events.md", "docs/reference/data-dictionary.md"


def event_protos():
    """(service, text) of each."""
    return [(path.parts[-3], path.read_text(encoding="utf-8"))
            for path in ROOT.glob("protos/regulars/*/v1/events.proto")]


class PagesTest(unittest.TestCase):
    def test_they_are_current(self):
        for page in reference.PAGES:
            with self.subTest(page):
                now, then = reference.made(ROOT, page)
                self.assertEqual(now, then, "run tests/lint/reference.py --write")

    def test_a_change_makes_them_old(self):
        changes = {
            EVENTS: ("protos/regulars/loyalty/v1/events.proto", "int64 points = 5;",
                     "int64 points = 5;\n  // Another.\n  int64 more = 99;"),
            TABLES: ("gateway/store/schema/0001_access.sql", "-- PKCS #8, PEM.", "-- Else."),
        }
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for part in ("docs", "protos", "chassis", "gateway", *reference.FOLLOWING):
                shutil.copytree(ROOT / part, root / part)
            for page, (path, before, after) in changes.items():
                text = (root / path).read_text(encoding="utf-8")
                self.assertIn(before, text)
                (root / path).write_text(text.replace(before, after), encoding="utf-8")
                now, then = reference.made(root, page)
                self.assertNotEqual(now, then, page)


class EventsTest(unittest.TestCase):
    def test_every_service_with_events_is_on_the_page(self):
        self.assertEqual({service for service, _ in event_protos()},
                         {name.removesuffix("-svc") for name in reference.FOLLOWING})

    def test_every_message_and_field_is_on_the_page_with_what_it_means(self):
        page = (ROOT / EVENTS).read_text(encoding="utf-8")
        for service, text in event_protos():
            for name in re.findall(r"^message (\w+)", text, re.MULTILINE):
                headings = (f"### {name}\n", f"### {reference.type_of_event(service, name)}\n")
                self.assertTrue(any(each in page for each in headings), name)
            fields = re.findall(r"^ .* (\w+) = \d+;$", text, re.MULTILINE)
            _, messages = reference.read_messages(text)
            read = [field for message in messages for field in message.fields]
            self.assertEqual([field.name for field in read], fields)
            self.assertEqual([field.name for field in read if not field.comment], [])
            self.assertEqual([message.name for message in messages if not message.comment], [])

    def test_types_are_as_the_feeds_have_them(self):
        # chassis/feed/event.h, loyalty-svc's.
        self.assertEqual(reference.type_of_event("loyalty", "PointsPosted"),
                         "regulars.loyalty.points_posted.v1")

    def test_whom_services_follow_is_an_event(self):
        published = {(service, name) for service, text in event_protos()
                     for name in re.findall(r"^message (\w+)", text, re.MULTILINE)}
        followed = reference.followers(ROOT)
        self.assertEqual(set(followed) - published, set())
        # Each registration was read. Follow<…> of customer-svc registers by a template.
        registered = 0
        for follower in reference.FOLLOWING:
            for path in (ROOT / follower / "follow").glob("*.cc"):
                if not path.name.endswith("_test.cc"):
                    text = path.read_text(encoding="utf-8")
                    registered += len(re.findall(r"handlers\.On(?:AtOnce)?<(?!Payload>)", text))
                    registered += len(re.findall(r"^  Follow<", text, re.MULTILINE))
        self.assertEqual(sum(map(len, followed.values())), registered)


class TablesTest(unittest.TestCase):
    def test_columns_and_keys_are_those_of_the_stores(self):
        for folder in reference.STORES.values():
            folders = dict.fromkeys(("chassis/storage", folder))
            read = {}
            for each in folders:
                read |= reference.tables_of(ROOT, each)
            with self.subTest(folder), sqlite3.connect(":memory:") as db:
                for each in folders:
                    for path in sorted((ROOT / each / "schema").glob("*.sql")):
                        db.executescript(path.read_text(encoding="utf-8"))
                names = {name for name, in db.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
                    "'sqlite_%'")}
                self.assertEqual(set(read), names)
                for name, table in read.items():
                    info = list(db.execute(f"PRAGMA table_info({name})"))
                    self.assertEqual([column.name for column in table.columns],
                                     [row[1] for row in info])
                    self.assertEqual(table.key, [row[1] for row in sorted(
                        (row for row in info if row[5]), key=lambda row: row[5])], name)

    def test_of_every_table_the_page_says_whose_data_and_for_how_long(self):
        text = (ROOT / TABLES).read_text(encoding="utf-8").partition(reference.MARK)[0]
        sections = dict(re.findall(r"^### (.*)\n((?:(?!###).*\n?)*)", text, re.MULTILINE))
        self.assertEqual(list(sections), list(reference.STORES))
        for heading, folder in reference.STORES.items():
            rows = re.findall(r"^\| (`.*?) \| (.+) \| (.+) \|$", sections[heading], re.MULTILINE)
            said = collections.Counter(
                name for names, _, _ in rows for name in re.findall(r"`(\w+)`", names))
            tables = list(reference.tables_of(ROOT, folder))
            self.assertEqual(said, collections.Counter(tables), heading)


if __name__ == "__main__":
    unittest.main()
