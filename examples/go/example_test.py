#!/usr/bin/env python3
"""Vets the client in Go and runs it against real processes."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import client_checks  # noqa: E402


class GoTest(client_checks.ClientChecks):
    @classmethod
    def setUpClass(cls):
        if shutil.which("go") is None:
            raise unittest.SkipTest("no go here: install golang-go")
        cls.go("vet", ".")
        binary = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "client"
        cls.go("build", "-o", binary, ".")
        cls.command = (binary,)

    @staticmethod
    def go(*arguments):
        done = subprocess.run(["go", *arguments], cwd=FOLDER, capture_output=True, text=True,
                              timeout=client_checks.RUN_LIMIT_S, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
