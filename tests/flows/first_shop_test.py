#!/usr/bin/env python3
"""docs/guides/first-shop.md as a newcomer follows it: its commands are run against the real
processes, and what comes is compared with what the page prints, ids, times and etags aside."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import real_shop  # noqa: E402
from process import BIN, ROOT  # noqa: E402
from regulars import ADMIN_PASSWORD, RegularsTest  # noqa: E402

GUIDE = ROOT / "docs" / "guides" / "first-shop.md"
GUIDE_URL = "http://127.0.0.1:8080"
COMMAND_LIMIT_S = 120
READY_LIMIT_S = 30
FEWEST_STEPS = 20  # A page of which less is recognised is not tested.
ID = re.compile(r"\b[0-9a-z]{26}\b")
# What differs each time. The shop's own times are all before 2020.
MASKS = ((ID, "ID"), (re.compile(r"\b20[2-9]\d-\d\d-\d\d[ T][\d:.]+(Z| UTC)"), "TIME"),
         (re.compile(r'(Etag: +)".*"'), r"\1ETAG"))
CUT = "…"  # Stands on the page for whatever is left out.
NOTE = "regularsctl: "  # Begins a line of the standard error.
DONE = "-- done --"


def steps(text):
    """The commands of the page's blocks, each with what is printed below it."""
    found = []
    for line in re.findall(r"^    (.*)$|^\n(?=    )", text, re.MULTILINE):
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1][0] += "\n" + line
        elif found:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def masked(text):
    for pattern, word in MASKS:
        text = pattern.sub(word, text)
    return text


def fits(printed, came):
    """Whether it came as the page prints it. Where the page leaves something out, its lines are
    also broken otherwise, so white space does not count there."""
    printed, came = masked(printed), masked(came)
    if CUT not in printed:
        return printed == came
    pieces = re.sub(r"\s+", "", printed).split(CUT)
    return re.fullmatch(".*?".join(map(re.escape, pieces)), re.sub(r"\s+", "", came)) is not None


class Shell:
    """A shell that keeps its variables from one command to the next."""

    def __init__(self, folder, environment):
        self._errors = open(folder / "errors", "w+", encoding="utf-8")
        self._bash = subprocess.Popen(["bash"], cwd=folder, env=environment, text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self._errors)

    def run(self, command):
        """What the command prints, remarks on the standard error behind the rest."""
        self._errors.seek(0)
        self._errors.truncate()
        self._bash.stdin.write(f"{{ {command}\n}} </dev/null; printf '%s\\n' '{DONE}'\n")
        self._bash.stdin.flush()
        watch = threading.Timer(COMMAND_LIMIT_S, self._bash.kill)
        watch.daemon = True
        watch.start()
        text = ""
        while not text.endswith(DONE + "\n"):
            line = self._bash.stdout.readline()
            if not line:
                raise AssertionError(f"the shell ended at: {command}\n{text}")
            text += line
        watch.cancel()
        self._errors.seek(0)
        text = text.removesuffix(DONE + "\n").rstrip("\n")
        return f"{text}\n{self._errors.read()}".strip("\n")

    def close(self):
        self._bash.stdin.close()
        self._bash.wait(COMMAND_LIMIT_S)
        self._bash.stdout.close()
        self._errors.close()


def remarks_last(printed):
    """A terminal shows remarks where they come up; here they follow behind."""
    return "\n".join(sorted(printed.split("\n"), key=lambda line: line.startswith(NOTE)))


class Reader:
    """Somebody who follows the page, and meets other ids than those on it."""

    def __init__(self, shell):
        self._shell = shell
        self._ids = {}

    def follow(self, command, printed):
        """Runs one command: what came, or None if it is what the page prints."""
        command = ID.sub(lambda match: self._ids.get(match[0], match[0]), command)
        printed = remarks_last(printed)
        # Reads alone are repeated: the import before may not have ended yet.
        patience = READY_LIMIT_S if command.startswith('curl -s "') else 0
        deadline = time.monotonic() + patience
        while True:
            came = self._shell.run(command)
            if fits(printed, came):
                break
            if time.monotonic() >= deadline:
                return came
            time.sleep(0.1)
        if CUT not in printed:
            self._ids |= dict(zip(ID.findall(printed), ID.findall(came)))
        return None


class FirstShopTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        data = real_shop.read_lines()
        super().setUpClass()
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "online_retail.csv").write_bytes(data)
        (cls.folder / "examples").symlink_to(ROOT / "examples")

    def sign_in(self, environment):
        password = self.folder / "password"
        password.write_text(ADMIN_PASSWORD + "\n", encoding="utf-8")
        subprocess.run([BIN / "regularsctl", "sign-in", "--server", self.suite.gateway_url,
                        "--email", "admin@localhost", "--password-file", password],
                       env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       check=True)

    def test_what_comes_is_what_the_page_prints(self):
        environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "TZ": "UTC",
                       "XDG_CONFIG_HOME": str(self.folder / "config")}
        self.sign_in(environment)
        text = GUIDE.read_text(encoding="utf-8").replace(GUIDE_URL, self.suite.gateway_url)
        # Starting, stopping and where the programs are is the harness's.
        todo = [step for step in steps(text) if not step[0].startswith(("./dev", "export"))]
        self.assertGreater(len(todo), FEWEST_STEPS)
        shell = Shell(self.folder, environment)
        self.addCleanup(shell.close)
        reader = Reader(shell)
        for command, printed in todo:
            with self.subTest(command):
                came = reader.follow(command, printed)
                self.assertIsNone(came, f"{command}\nthe page prints\n{printed}\nand this came")


class StepsTest(unittest.TestCase):
    def test_commands_and_what_is_below_them(self):
        page = ("text\n\n    $ a \\\n        --b\n    1\n\n      2\n    $ c\n\nmore\n"
                "\n    $ d\n    3\n")
        self.assertEqual(steps(page), [("a \\\n    --b", "1\n\n  2"), ("c", ""), ("d", "3")])

    def test_what_fits(self):
        for printed, came, fit in (
                ("a  b", "a  b", True), ("a  b", "a b", False),
                ("a…", "a b", True), ("a…c", "ab", False),
                ("{…\n 'c':1}", "{'b':2,'c':1}", True),
                ('Etag: "1-a"', 'Etag: "2-b"', True),
                ("at 2026-11-27 10:00:00 UTC", "at 2030-01-01 00:00:00 UTC", True),
                ("at 2011-12-09 10:00:00 UTC", "at 2011-12-08 10:00:00 UTC", False)):
            with self.subTest(printed):
                self.assertEqual(fits(printed, came), fit)


if __name__ == "__main__":
    unittest.main()
