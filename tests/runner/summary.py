#!/usr/bin/env python3
"""Adds up the lines 'outcome <tab> name <tab> reason' that the test runners wrote.

usage: summary.py FILE [--acceptance 0|1]

Prints what was skipped and what failed, then 'N passed, N failed, N skipped' as the last line. With
--acceptance 1 a skipped test counts as failed. Ends with 0 only if a test passed and none failed.
"""

import argparse
import collections
import sys


def summarise(lines, acceptance):
    """Returns (text to print, exit status)."""
    names = collections.defaultdict(list)
    for line in lines:
        outcome, name, reason = line.rstrip("\n").split("\t")
        if outcome == "skipped" and acceptance:
            outcome, reason = "failed", "skipped: " + reason
        names[outcome].append(f"{name} ({reason})" if reason else name)
    text = [f"{outcome}: {name}" for outcome in ("skipped", "failed") for name in names[outcome]]
    if not any(names.values()):
        text.append("no test matches")
    text.append(f"{len(names['passed'])} passed, {len(names['failed'])} failed, "
                f"{len(names['skipped'])} skipped")
    return "\n".join(text), 0 if names["passed"] and not names["failed"] else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--acceptance", type=int, default=0)
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        text, status = summarise(file, options.acceptance)
    print(text)
    sys.exit(status)


if __name__ == "__main__":
    main()
