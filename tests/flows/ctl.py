"""regularsctl in tests: run with a session of the administrator, its output read; and which of its
commands there are, and which the tests of this folder run."""

import ast
import itertools
import json
import os
import pathlib
import re
import subprocess
import tempfile

import guide
from process import BIN
from regulars import ADMIN_PASSWORD, Regulars, RegularsTest

FOLDER = pathlib.Path(__file__).resolve().parent
RUN_LIMIT_S = 60
REFUSED, USAGE, NO_SERVER, INTERRUPTED = 1, 2, 3, 130


class CtlTest(RegularsTest):
    """Tests with a suite of their own, at which `self.ctl` is signed in."""

    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(cls.make_suite())
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.environment = {**os.environ, "XDG_CONFIG_HOME": str(cls.folder), "TZ": "UTC"}
        cls.password = cls.write("password", ADMIN_PASSWORD + "\n")
        cls.ok("sign-in", "--server", cls.suite.gateway_url, "--email", "admin@localhost",
               "--password-file", cls.password)

    @classmethod
    def make_suite(cls):
        return Regulars()

    @classmethod
    def write(cls, name, text):
        path = cls.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    @classmethod
    def ctl(cls, *arguments, **more):
        return subprocess.run(
            [BIN / "regularsctl", *arguments], env=cls.environment, capture_output=True,
            text=True, timeout=RUN_LIMIT_S, check=False, stdin=subprocess.DEVNULL, **more)

    @classmethod
    def ok(cls, *arguments):
        """The output of a command that must succeed."""
        done = cls.ctl(*arguments)
        if done.returncode != 0:
            raise AssertionError(f"regularsctl {arguments}: {done.returncode}\n{done.stderr}")
        return done.stdout

    @classmethod
    def one(cls, *arguments):
        """What it prints with --json: one document."""
        return json.loads(cls.ok(*arguments, "--json"))

    @classmethod
    def items(cls, *arguments):
        """What it prints with --json: the items of a list."""
        return [json.loads(line) for line in cls.ok(*arguments, "--json").splitlines()]

    def refused(self, reason, *arguments):
        """The server says no, with this reason: to people and to scripts."""
        done = self.ctl(*arguments)
        self.assertEqual((done.returncode, done.stdout), (REFUSED, ""), done.stderr)
        self.assertRegex(done.stderr, rf"^regularsctl .*\({reason}\)\n")
        done = self.ctl(*arguments, "--json")
        self.assertEqual((done.returncode, done.stdout), (REFUSED, ""), done.stderr)
        error = json.loads(done.stderr.splitlines()[-1])["error"]
        self.assertEqual(error["details"][0]["reason"], reason)

    def misused(self, says, *arguments):
        """Nothing is sent: the command line is at fault."""
        done = self.ctl(*arguments)
        self.assertEqual((done.returncode, done.stdout), (USAGE, ""), done.stderr)
        self.assertIn(says, done.stderr)


def leaves(*words):
    """All commands that do something, as tuples of words, by the program's own help."""
    text = subprocess.run([BIN / "regularsctl", *words, "--help"], capture_output=True, text=True,
                          timeout=RUN_LIMIT_S, check=True).stdout
    listed = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    if listed is None:
        return {words}
    return {leaf for name in re.findall(r"^  ([a-z][a-z-]*)", listed[1], re.MULTILINE)
            for leaf in leaves(*words, name)}


def run_by_tests(known):
    """Those commands of `known` that the tests of this folder run and that must succeed there:
    by ok() and its like, by lists that begin with the program, and by the guides they follow."""
    found = set()
    for path in (*FOLDER.glob("*_test.py"), FOLDER / "ctl.py"):
        for words in _runs(ast.parse(path.read_text(encoding="utf-8"))):
            found |= _leaf(words, known)
    for page in guide.FOLLOWED:
        text = (guide.GUIDES / page).read_text(encoding="utf-8")
        for command, _ in guide.steps(text):
            if command.startswith("regularsctl "):
                found |= _leaf(command.split()[1:], known)
    return found


def _leaf(words, known):
    return {tuple(words[:size]) for size in (1, 2, 3)} & known


def _runs(tree):
    """The words that regularsctl is run with, as far as they are written out."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("ok", "one", "items")):
            yield _texts(node.args)
        elif isinstance(node, ast.List) and node.elts and ast.unparse(
                node.elts[0]).endswith("/ 'regularsctl'"):
            yield _texts(node.elts[1:])


def _texts(nodes):
    texts = (node.value for node in itertools.takewhile(
        lambda node: isinstance(node, ast.Constant), nodes))
    return [text for text in texts if text != "--json"]
