#!/usr/bin/env python3
"""Checks that each line of code is in its place; prints 'file:line: rule' for each that is not.

usage: layering.py [ROOT]

The rules are data: ROWS below says which pattern is forbidden where. Comments never count; a row
says whether it looks at includes, at code (string literals blanked) or at string literals.
layering_test.py proves of every rule that it can fail.
"""

import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

SERVICES = ("customer-svc", "campaign-svc", "recommend-svc", "loyalty-svc")
FILE_LIMIT = 500
FUNCTION_LIMIT = 70
MAIN_LIMIT = 60

SERVICE = "(?:%s)" % "|".join(SERVICES)
OWNER = f"(?:{SERVICE}|gateway)"  # What has domain/, store/ and rpc/ folders.
PRODUCT = f"(?:chassis|{SERVICE}|gateway|cli)/"  # Not bench/ and tests/: they look inside.
SQL = (r"\b(?:SELECT\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|"
       r"CREATE\s+(?:TABLE|INDEX)\s|ORDER\s+BY\s|GROUP\s+BY\s|SAVEPOINT\s|PRAGMA\s)")
SQLITE = r"(?i:sqlite(?!:)|\bpragma\s+\w|\browid\b|\bautoincrement\b|\bjulianday\b|\bstrftime\s*\()"
# Tests may run SQL where it will run, and break a store from below.
STORAGE = r"chassis/storage/|chassis/testing/|.*_test\.cc$"


class Rule(NamedTuple):
    name: str
    where: str      # A file's path, as a regular expression matched from its start.
    looks_at: str   # 'include', 'code' or 'string'.
    forbidden: str  # A regular expression, searched in the included path, the line or the literal.
    but: str = "$."  # Paths that the rule leaves alone.


ROWS = [
    Rule("domain/ knows no gRPC", f"{OWNER}/domain/", "include", r"^grpc"),
    Rule("domain/ knows no protobuf", f"{OWNER}/domain/", "include", r"\.pb\.h$|^google/protobuf/"),
    Rule("domain/ knows no database", f"{OWNER}/domain/", "include",
         r"^soci|sqlite|^chassis/storage/"),
    Rule("domain/ includes only pure parts of the chassis", f"{OWNER}/domain/", "include",
         r"^chassis/(?:rpc|server|feed|tasks|auth|logs)/"),
    Rule("domain/ depends on domain/ alone", f"{OWNER}/domain/", "include",
         f"^{OWNER}/(?:store|rpc|follow|delivery)/"),
    Rule("store/ knows no gRPC", f"{OWNER}/store/", "include", r"^grpc"),
    Rule("store/ knows no protobuf", f"{OWNER}/store/", "include", r"\.pb\.h$|^google/protobuf/"),
    Rule("store/ depends on store/ and domain/", f"{OWNER}/store/", "include",
         f"^{OWNER}/(?:rpc|follow|delivery)/"),
    Rule("rpc/ and follow/ hold no SQL", f"{OWNER}/(?:rpc|follow|delivery)/", "string", SQL,
         r".*_test\.cc$"),
    Rule("domain/ holds no SQL", f"{OWNER}/domain/", "string", SQL),
    Rule("only chassis/storage sees SOCI", PRODUCT, "include", r"^soci\b|^soci-", "chassis/storage/"),
    Rule("only chassis/storage and schemas speak SQLite", PRODUCT, "include", r"sqlite", STORAGE),
    Rule("only chassis/storage and schemas speak SQLite", PRODUCT, "code", SQLITE, STORAGE),
    Rule("only chassis/storage and schemas speak SQLite", PRODUCT, "string", SQLITE, STORAGE),
    Rule("the chassis includes no service", "chassis/", "include", f"^(?:{OWNER}|cli)/"),
    Rule("the client includes no service", "cli/", "include", f"^{OWNER}/"),
] + [
    Rule("services never include each other", f"{owner}/", "include",
         "^(?:%s)/" % "|".join(other for other in SERVICES + ("gateway", "cli") if other != owner))
    for owner in SERVICES + ("gateway",)
]

# A comment, a raw string, a string or a character literal.
TOKEN = re.compile(
    r'(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<raw>R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")|(?P<char>(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\')', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', re.MULTILINE)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blank(match):
    """A match's text with everything but its line ends blanked, so that positions stay."""
    return re.sub(r"[^\n]", " ", match.group())


def split(text):
    """Returns text without comments, text without comments and literals, and the literals."""
    literals = [(line_of(text, match.start()), match.group()) for match in TOKEN.finditer(text)
                if match.group("string") or match.group("raw")]
    plain = TOKEN.sub(lambda match: blank(match) if match.group("comment") else match.group(), text)
    code = TOKEN.sub(blank, text)
    return plain, code, literals


def long_functions(code):
    """Yields (line, lines) of each function body longer than FUNCTION_LIMIT lines.

    A '{' opens a function when what stands before it since the last ';', '{' or '}' holds a ')' and
    names no namespace, class or the like; bodies inside a body belong to it.
    """
    container = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b")
    depth, start, since = 0, None, 0
    for match in re.finditer(r"[;{}]|^[ \t]*#[^\n]*", code, re.MULTILINE):
        mark = match.group()
        if start is not None:
            depth += {"{": 1, "}": -1}.get(mark, 0)
            if depth == 0:
                lines = code.count("\n", start, match.start()) + 1
                if lines > FUNCTION_LIMIT:
                    yield line_of(code, start), lines
                start = None
        elif mark == "{":
            before = re.sub(r"\btemplate\s*<[^()]*>", "", code[since:match.start()])
            if ")" in before and not container.search(before.split("(")[0]):
                start, depth = match.start(), 1
        since = match.end()


def check_file(path, text):
    """Yields (line, message) for each rule that the C++ file `path` breaks."""
    plain, code, literals = split(text)
    looked_at = {
        "include": [(line_of(plain, m.start(1)), m.group(1)) for m in INCLUDE.finditer(plain)],
        "code": list(enumerate(INCLUDE.sub("", code).split("\n"), 1)),
        "string": literals,
    }
    for rule in ROWS:
        if not re.match(rule.where, path) or re.match(rule.but, path):
            continue
        included = {line for line, _ in looked_at["include"]} if rule.looks_at == "string" else ()
        for line, piece in looked_at[rule.looks_at]:
            if line not in included and re.search(rule.forbidden, piece):
                yield line, f"{rule.name}: {piece.strip()[:60]}"
    lines = text.count("\n")
    if lines > FILE_LIMIT:
        yield lines, f"a file has at most {FILE_LIMIT} lines"
    if path.endswith("/main.cc") and lines > MAIN_LIMIT:
        yield lines, f"main.cc only wires things: at most {MAIN_LIMIT} lines"
    if not path.endswith("_test.cc"):
        for line, length in long_functions(code):
            yield line, f"a function of {length} lines; at most {FUNCTION_LIMIT}"


def files_of(root):
    """Returns the C++ files that git knows or would know under `root`, as paths from it."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--deduplicate", "--",
                             "*.cc", "*.h"], cwd=root, check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.splitlines() if (root / name).is_file()]


def main(root):
    found = 0
    for name in files_of(root):
        for line, message in check_file(name, (root / name).read_text(encoding="utf-8")):
            print(f"{name}:{line}: {message}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
