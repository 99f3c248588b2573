"""What is left of a person in the files of a suite whose processes have ended."""

import re
import sqlite3

# Where an erased customer's opaque id may stay: what was published, who did what, and who was
# erased (decision 18). Each is a table and a condition on the rows in which it may not.
ID_MAY_STAY = {"feed": "FALSE", "audit": "FALSE", "erasure": "FALSE",
               "task": "kind NOT IN ('erase_customer', 'erasure')"}


def files_with(folder, word):
    """Files that hold a word, in whatever case: stores and their logs, spools, lists, what was
    logged."""
    word = word.lower().encode()
    return [str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.is_file() and word in path.read_bytes().lower()]


def files_with_number(folder, number):
    """Files that hold a number that is no part of a longer one."""
    pattern = re.compile(rb"(?<!\d)" + number.encode() + rb"(?!\d)")
    return [str(path.relative_to(folder)) for path in folder.rglob("*")
            if path.is_file() and pattern.search(path.read_bytes())]


def tables_with(folder, customer):
    """Tables that hold a customer's opaque id where it may not stay."""
    return [f"{path.name}: {table}" for path in folder.glob("*.db")
            for table in _tables_with(path, customer.removeprefix("customers/").encode())]


def _tables_with(path, customer_id):
    store = sqlite3.connect(path)
    try:
        for (table,) in store.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            columns = [row[1] for row in store.execute(f'PRAGMA table_info("{table}")')]
            holds = " OR ".join(f'instr(CAST("{column}" AS BLOB), ?)' for column in columns)
            [count] = store.execute(
                f'SELECT COUNT(*) FROM "{table}" WHERE ({holds}) AND '
                f'{ID_MAY_STAY.get(table, "TRUE")}', [customer_id] * len(columns)).fetchone()
            if count:
                yield table
    finally:
        store.close()
