#!/usr/bin/env python3
"""Makes the second halves of docs/reference/events.md and data-dictionary.md, from the comments of
the protos and of the schema files; what stands above MARK in each page is written by hand.

usage: reference.py [--write]

Without --write it prints the pages that are not current, and fails if there are any.
reference_test.py does the same, and compares what it finds with what SQLite makes of the schemas.
"""

import pathlib
import re
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = "<!-- From here on made by tests/lint/reference.py --write. -->\n"
FOLLOWING = ("customer-svc", "loyalty-svc", "recommend-svc", "campaign-svc")
# Headings of the data dictionary, and where the schema files are.
STORES = {"In every store": "chassis/storage", "customer-svc": "customer-svc/store",
          "loyalty-svc": "loyalty-svc/store", "recommend-svc": "recommend-svc/store",
          "campaign-svc": "campaign-svc/store", "gateway": "gateway/store"}


def prose(lines):
    return " ".join(line.strip() for line in lines).strip()


def cell(text):
    return text.replace("|", "\\|")


# --- Events ---------------------------------------------------------------------------------------


class Field(NamedTuple):
    name: str
    type: str
    comment: str


class Message(NamedTuple):
    name: str
    comment: str
    fields: list


def read_messages(text):
    """(the comment above the package, the messages) of a proto file without nested messages."""
    head, comment, messages = "", [], []
    for line in text.splitlines():
        if match := re.match(r"\s*// ?(.*)", line):
            comment.append(match[1])
            continue
        if match := re.match(r"message (\w+) \{", line):
            messages.append(Message(match[1], prose(comment), []))
        elif match := re.match(r"  ((?:repeated )?[\w.]+) (\w+) = \d+;", line):
            messages[-1].fields.append(Field(match[2], match[1], prose(comment)))
        elif line.startswith("package "):
            head = prose(comment)
        elif line.strip() not in ("", "}") and messages:
            raise ValueError(f"what is this line? {line}")
        comment = []
    return head, messages


def type_of_event(service, name):
    """As EventTypeOf in chassis/feed/event.cc has it."""
    return f"regulars.{service}.{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}.v1"


def followers(root):
    """By (service, name of the payload): the services that follow it, with whether at once."""
    found = {}
    for follower in FOLLOWING:
        for path in sorted((root / follower / "follow").glob("*.cc")):
            if path.name.endswith("_test.cc"):
                continue
            for call, service, name in re.findall(
                    r"\b(On|OnAtOnce|Follow)<(?:regulars::)?(\w+)::(?:v1::)?(\w+)>\(",
                    path.read_text(encoding="utf-8")):
                found.setdefault((service, name), []).append((follower, call == "OnAtOnce"))
    return found


def type_text(field_type, parts):
    repeated = field_type.startswith("repeated ")
    name = field_type.removeprefix("repeated ")
    text = {"google.protobuf.Timestamp": "time", "google.protobuf.FieldMask": "field mask",
            "regulars.type.v1.Money": "`Money`"}.get(name, f"`{name}`")
    if name in parts:
        text = f"[`{name}`](#{name.lower()})"
    return f"list of {text}" if repeated else text


def field_rows(message, parts):
    yield "| field | type | |"
    yield "|---|---|---|"
    for field in message.fields:
        yield f"| `{field.name}` | {type_text(field.type, parts)} | {cell(field.comment)} |"


def anchor(event_type):
    """Of its heading, as GitHub makes it."""
    return event_type.replace(".", "")


def followed_by(followed, service, name):
    """In words."""
    who = [f"{follower} (at once)" if at_once else follower
           for follower, at_once in followed.get((service, name), [])]
    return ", ".join(who) or "no other service"


def overview(service, text, followed):
    """A row for each event of one service."""
    _, messages = read_messages(text)
    used = {field.type.split()[-1] for message in messages for field in message.fields}
    for message in (each for each in messages if each.name not in used):
        name = type_of_event(service, message.name)
        when = cell(message.comment.split(". ")[0].rstrip("."))
        who = followed_by(followed, service, message.name)
        yield f"| [`{name}`](#{anchor(name)}) | {when} | {who} |"


def service_events(service, text, followed):
    """The lines about one service's events."""
    head, messages = read_messages(text)
    used = {field.type.split()[-1] for message in messages for field in message.fields}
    parts = {message.name for message in messages if message.name in used}
    yield from (f"## {service}-svc", "", head)
    for message in (each for each in messages if each.name not in parts):
        yield from ("", f"### {type_of_event(service, message.name)}", "", message.comment)
        yield from ("", f"Followed by: {followed_by(followed, service, message.name)}.", "")
        yield from field_rows(message, parts)
    for message in (each for each in messages if each.name in parts):
        yield from ("", f"### {message.name}", "", message.comment, "")
        yield from field_rows(message, parts)
    yield ""


def events(root=ROOT):
    followed, rows, lines = followers(root), [], []
    for follower in FOLLOWING:
        service = follower.removesuffix("-svc")
        path = root / "protos" / "regulars" / service / "v1" / "events.proto"
        text = path.read_text(encoding="utf-8")
        rows += overview(service, text, followed)
        lines += service_events(service, text, followed)
    return "\n".join(["| type | when | followed by |", "|---|---|---|", *rows, "", *lines])


# --- Tables ---------------------------------------------------------------------------------------


class Column(NamedTuple):
    name: str
    type: str
    null: bool
    comment: str


class Table(NamedTuple):
    name: str
    comment: str
    key: list
    columns: list


TYPES = {"TEXT": "text", "BIGINT": "integer", "INTEGER": "integer", "BLOB": "bytes",
         "DOUBLE": "number"}


def read_column(text, comment):
    name, sql_type = text.split()[:2]
    null = "NOT NULL" not in text and "PRIMARY KEY" not in text
    return Column(name, TYPES[sql_type.strip(",")], null, comment)


class Reader:
    """Goes through the schema files of one store, in order."""

    def __init__(self):
        self.tables = {}
        self._comment, self._table = [], None

    def read(self, text):
        self._comment = []
        for line in text.splitlines():
            if match := re.match(r"\s*--\s?(.*)", line):
                self._comment.append(match[1])
            elif self._table is None:
                self._outside(line)
            else:
                self._inside(line.strip())

    def _outside(self, line):
        if match := re.match(r"CREATE TABLE (\w+) \((.*)", line):
            self._table = self.tables[match[1]] = Table(match[1], prose(self._comment), [], [])
            if match[2]:  # All on one line.
                self._inside(match[2].removesuffix(");"))
                self._table = None
        elif match := re.match(r"ALTER TABLE (\w+) ADD COLUMN (.*);", line):
            self.tables[match[1]].columns.append(read_column(match[2], prose(self._comment)))
            return  # A comment counts for all that are added below it.
        elif match := re.match(r"DROP TABLE (\w+);", line):
            del self.tables[match[1]]
        elif line.startswith(("ALTER", "DROP TABLE")):
            raise ValueError(f"what is this line? {line}")
        self._comment = []

    def _inside(self, line):
        if line.startswith(")"):
            self._table = None
        elif match := re.match(r"PRIMARY KEY \((.*?)\)", line):
            self._table.key.extend(match[1].split(", "))
        elif line and not line.startswith(("UNIQUE", "CHECK")):
            column = read_column(line, prose(self._comment))
            self._table.columns.append(column)
            if "PRIMARY KEY" in line:
                self._table.key.append(column.name)
        self._comment = []


def tables_of(root, folder):
    reader = Reader()
    for path in sorted((root / folder / "schema").glob("*.sql")):
        reader.read(path.read_text(encoding="utf-8"))
    return reader.tables


def table_lines(table):
    yield from ("", f"### {table.name}", "")
    if table.comment:
        yield from (table.comment, "")
    yield from ("Key: " + ", ".join(f"`{name}`" for name in table.key) + ".", "")
    yield from ("| column | type | |", "|---|---|---|")
    for column in table.columns:
        kind = column.type + (" or NULL" if column.null else "")
        yield f"| `{column.name}` | {kind} | {cell(column.comment)} |"


def tables(root=ROOT):
    lines = []
    for heading, folder in STORES.items():
        lines.append(f"## {heading}: columns")
        for table in tables_of(root, folder).values():
            lines += table_lines(table)
        lines.append("")
    return "\n".join(lines)


# --- Pages ----------------------------------------------------------------------------------------

PAGES = {"docs/reference/events.md": events, "docs/reference/data-dictionary.md": tables}


def made(root, page):
    """(the page as it is, the page as it should be)."""
    text = (root / page).read_text(encoding="utf-8")
    by_hand, mark, _ = text.partition(MARK)
    if not mark:
        raise ValueError(f"{page} lacks the line {MARK}")
    return text, by_hand + MARK + "\n" + PAGES[page](root)


def main(arguments):
    old = 0
    for page in PAGES:
        now, then = made(ROOT, page)
        if now == then:
            continue
        if arguments == ["--write"]:
            (ROOT / page).write_text(then, encoding="utf-8")
        else:
            print(f"{page}: not current; tests/lint/reference.py --write makes it so")
            old += 1
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
