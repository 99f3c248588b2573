#!/usr/bin/env python3
"""Turns ctest's JUnit report into lines 'outcome <tab> name <tab> reason'.

usage: junit.py REPORT.xml [PREFIX]

A test whose program is missing, or that is disabled, counts as failed: only a test that says itself
that it skips is skipped.
"""

import sys
import xml.etree.ElementTree

# What ctest writes when a test's output matches SKIP_REGULAR_EXPRESSION (GTEST_SKIP does) or its
# exit code is SKIP_RETURN_CODE.
SKIP_MESSAGES = ("SKIP_REGULAR_EXPRESSION_MATCHED", "SKIP_RETURN_CODE=")


def skip_reason(output):
    """Returns the line that GTEST_SKIP() << "why" printed."""
    lines = output.splitlines()
    for line, following in zip(lines, lines[1:]):
        if line.endswith(": Skipped"):
            return following.strip()
    return ""


def outcome_of(case):
    """Returns the outcome and the reason of a <testcase>."""
    skipped = case.find("skipped")
    if skipped is not None and skipped.get("message", "").startswith(SKIP_MESSAGES):
        return "skipped", skip_reason(case.findtext("system-out") or "")
    if case.get("status") == "run" and case.find("failure") is None:
        return "passed", ""
    detail = case.find("failure") if case.find("failure") is not None else skipped
    return "failed", detail.get("message", "") if detail is not None else case.get("status", "")


def main(path, prefix=""):
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        outcome, reason = outcome_of(case)
        name = (prefix + ": " if prefix else "") + case.get("name")
        print(outcome, name, reason.replace("\n", " "), sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
