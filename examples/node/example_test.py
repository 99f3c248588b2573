#!/usr/bin/env python3
"""Runs the client in Node against real processes."""

import pathlib
import re
import shutil
import subprocess
import sys
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import client_checks  # noqa: E402

OLDEST = 18


class NodeTest(client_checks.ClientChecks):
    command = ("node", FOLDER / "regulars_example.mjs")

    @classmethod
    def setUpClass(cls):
        if shutil.which("node") is None:
            raise unittest.SkipTest("no node here: install nodejs")
        said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        if int(re.match(r"v(\d+)", said.stdout)[1]) < OLDEST:
            raise unittest.SkipTest(f"node {said.stdout.strip()} is older than {OLDEST}")


if __name__ == "__main__":
    unittest.main()
