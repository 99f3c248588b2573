"""What is left of a person in the files of a suite whose processes have ended."""

import base64
import contextlib
import gzip
import hashlib
import re
import sqlite3
import urllib.parse

# Where an erased customer's opaque id may stay: what was published, who did what, and who was
# erased (decision 18). Each is a table and a condition on the rows in which it may not.
ID_MAY_STAY = {"feed": "FALSE", "audit": "FALSE", "erasure": "FALSE",
               "task": "kind NOT IN ('erase_customer', 'erasure')"}

# Smaller rows lie in one piece, whatever pages of 4 KiB they are on.
LONG_ROW = 400


def files_with(folder, *words):
    """Where words stand: ["customer.db: zoe as base64"], in stores and their logs, spools, lists,
    and what was logged. In any of the forms below."""
    patterns = [(f"{word} as {form}", pattern, folds)
                for word in words for form, pattern, folds in forms(word)]
    found = set()
    for path, data in contents(folder):
        folded = data.lower()
        found.update(f"{path.relative_to(folder)}: {name}" for name, pattern, folds in patterns
                     if pattern in (folded if folds else data))
    return sorted(found)


def words_not_in(store, words):
    """Those of the words that a store, with its log, does not hold as they are."""
    data = b"".join(path.read_bytes() for path in store.parent.glob(f"{store.name}*")
                    if path.is_file()).lower()
    return [word for word in words if word.lower().encode() not in data]


def files_with_number(folder, number):
    """Files that hold a number that is no part of a longer one."""
    pattern = re.compile(rb"(?<!\d)" + number.encode() + rb"(?!\d)")
    return sorted({str(path.relative_to(folder)) for path, data in contents(folder)
                   if pattern.search(data)})


def forms(word):
    """How a word may be written: {(form, bytes, whether their case may be any)}. Where case cannot
    be undone it is coded as it is and in lower case."""
    plain = word.lower().encode()
    quoted = urllib.parse.quote(plain, safe="").lower().encode()
    return {("it is", plain, True),
            ("it is" if quoted == plain else "percent-encoded", quoted, True),
            *((encoding, plain.decode().encode(encoding), True)
              for encoding in ("utf-16-le", "utf-16-be")),
            *(form for data in (word.encode(), plain) for form in _coded(data))}


def _coded(data):
    yield "hexadecimal", data.hex().encode(), True
    for before in range(3):
        text = _base64_after(before, data)
        yield "base64", text, False
        yield "base64", text.translate(bytes.maketrans(b"+/", b"-_")), False
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, data).digest()
        yield name, digest, False
        yield f"{name} in hexadecimal", digest.hex().encode(), True
        yield f"{name} in base64", base64.b64encode(digest).rstrip(b"="), False


def _base64_after(before, data):
    """What base64 makes of data behind so many bytes, without what depends on its neighbours."""
    text = base64.b64encode(bytes(before) + data)
    return text[(before * 8 + 5) // 6:(before + len(data)) * 8 // 6]


def contents(folder):
    """(path, bytes) of every file; of compressed files also what they hold, and of stores the rows
    that are long, which they write in pieces."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield path, data
        if data.startswith(b"SQLite format 3\0"):
            for table, columns in _tables_of(path):
                yield path, _long_rows(path, table, columns)
        elif data.startswith(b"\x1f\x8b"):
            yield path, gzip.decompress(data)


def tables_with(folder, customer):
    """Tables that hold a customer's opaque id where it may not stay."""
    return [f"{path.name}: {table}" for path in folder.glob("*.db")
            for table in _tables_with(path, customer.removeprefix("customers/").encode())]


def _open(path):
    return contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True))


def _tables_of(path):
    """(table, its columns)"""
    with _open(path) as store:
        tables = store.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        return [(table, [row[1] for row in store.execute(f'PRAGMA table_info("{table}")')])
                for (table,) in tables]


def _long_rows(path, table, columns):
    """All texts and bytes of rows that may not be in one piece."""
    names = ", ".join(f'"{column}"' for column in columns)
    size = " + ".join(f'coalesce(length(CAST("{column}" AS BLOB)), 0)' for column in columns)
    with _open(path) as store:
        store.text_factory = bytes
        rows = store.execute(f'SELECT {names} FROM "{table}" WHERE {size} > ?', [LONG_ROW])
        return b"\n".join(value for row in rows for value in row if isinstance(value, bytes))


def _tables_with(path, customer_id):
    for table, columns in _tables_of(path):
        holds = " OR ".join(f'instr(CAST("{column}" AS BLOB), ?)' for column in columns)
        with _open(path) as store:
            [count] = store.execute(
                f'SELECT COUNT(*) FROM "{table}" WHERE ({holds}) AND '
                f'{ID_MAY_STAY.get(table, "TRUE")}', [customer_id] * len(columns)).fetchone()
        if count:
            yield table
