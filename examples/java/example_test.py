#!/usr/bin/env python3
"""Compiles the client in Java, for its oldest version, and runs it against real processes."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

import client_checks  # noqa: E402


class JavaTest(client_checks.ClientChecks):
    @classmethod
    def setUpClass(cls):
        if shutil.which("javac") is None:
            raise unittest.SkipTest("no javac here: install default-jdk-headless")
        classes = cls.enterClassContext(tempfile.TemporaryDirectory())
        done = subprocess.run(
            ["javac", "--release", "11", "-Xlint:all", "-Werror", "-encoding", "UTF-8", "-d",
             classes, *sorted(FOLDER.glob("*.java"))],
            capture_output=True, text=True, timeout=client_checks.RUN_LIMIT_S, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        cls.command = ("java", "-cp", classes, "RegularsExample")


if __name__ == "__main__":
    unittest.main()
