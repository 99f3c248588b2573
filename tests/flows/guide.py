"""A page of docs/ as a newcomer follows it: its commands are run by a shell against the real
processes, and what comes is compared with what the page prints.

Blocks of a page hold commands, each behind "$ " and with what it prints below it. These differ each
time: ids, times, etags, positions of customer-svc's feed, and what a test calls the page's figures.
An id that is printed twice must come twice, and commands get those that came in place of the printed
ones.
"""

import os
import re
import subprocess
import threading
import time

from process import BIN, ROOT
from regulars import ADMIN_PASSWORD

GUIDES = ROOT / "docs" / "guides"
FOLLOWED = ("first-journey.md", "first-shop.md", "messages.md")  # By a test each.
GUIDE_URL = "http://127.0.0.1:8080"
COMMAND_LIMIT_S = 120
READY_LIMIT_S = 30
PAUSE_S = 0.1
NAME = r"\b[0-9a-z]{26}\b|\bcustomer:\d+\b"  # An id, or a position.
# What differs each time: as it is printed, and as it may come. A shop's old times are to be right.
MASKS = {
    "name": (NAME, r"([0-9a-z]{26}|customer:\d+)"),
    "time": (r"\b20[2-9]\d-\d\d-\d\d[ T][\d:.]+(?:Z| UTC)",
             r"20[2-9]\d-\d\d-\d\d[ T]?[\d:.]+(?:Z| ?UTC)"),
    "etag": (r'(?<=Etag:) +".*"', r' *"[^"]*"'),
    "cut": ("…", r"(?s:.*?)"),  # Stands on the page for whatever is left out.
}
NOTE = "regularsctl: "  # Begins a line of the standard error.
ERROR = re.compile(r"^(?:regularsctl [a-z -]+|bash|curl|\w+\.py|Traceback.*):", re.MULTILINE)
DONE = "-- done --"


def is_whole(command):
    """Whether a command ends here, and not within quotes or a here-document."""
    if command.endswith("\\"):
        return False
    checked = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return checked.returncode == 0 and not checked.stderr


def steps(text):
    """The commands of the page's blocks, each with what is printed below it. A block that does not
    begin with a command is no output of one above the text between them."""
    found, whole, prints = [], True, False
    for line, prose in re.findall(r"^    (.*)$|^(\S.*)$|^\n(?=    )", text, re.MULTILINE):
        if prose:
            prints = False
        elif not whole:
            found[-1][0] += "\n" + line
            whole = is_whole(found[-1][0])
        elif line.startswith("$ "):
            found.append([line[2:], []])
            whole, prints = is_whole(line[2:]), True
        elif prints:
            found[-1][1].append(line)
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def squeezed(text):
    return re.sub(r"\s+", "", text)


def fits(printed, came, known=None, figure=r"(?!)"):
    """What came in place of the page's names and figures, or None if it is not what the page
    prints. `known` are those that came before, `figure` is the page's pattern of figures.

    Where the page leaves something out, its lines are also broken otherwise, and figures of another
    length move what is beside them: white space does not count there."""
    masks = {"figure": (figure, r"((?:[A-Z]{3}-)?[\d,.]+)"), **MASKS}
    every = re.compile("|".join(f"(?P<{kind}>{shown})" for kind, (shown, _) in masks.items()))
    found = list(every.finditer(printed))
    loose = any(match.lastgroup in ("cut", "figure") for match in found)
    pattern, end = "", 0
    for match in found:
        pattern += _literal(printed[end:match.start()], loose) + masks[match.lastgroup][1]
        end = match.end()
    pattern += _literal(printed[end:], loose)
    fit = re.fullmatch(pattern, squeezed(came) if loose else came)
    if fit is None:
        return None
    shown = [match[0] for match in found if match.lastgroup in ("name", "figure")]
    now = dict(known or {})
    for name, new in zip(shown, fit.groups()):
        if now.setdefault(name, new) != new:
            return None
    return now


def _literal(text, loose):
    return re.escape(squeezed(text) if loose else text)


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
        # No page shows the spaces at the ends of lines.
        return re.sub(r" +$", "", f"{text}\n{self._errors.read()}", flags=re.MULTILINE).strip("\n")

    def close(self):
        self._bash.stdin.close()
        self._bash.wait(COMMAND_LIMIT_S)
        self._bash.stdout.close()
        self._errors.close()


def remarks_last(printed):
    """A terminal shows remarks where they come up; here they follow behind."""
    return "\n".join(sorted(printed.split("\n"), key=lambda line: line.startswith(NOTE)))


class Reader:
    """Somebody who follows a page, and meets other ids than those on it. Commands that match
    `repeated` only read, and are repeated until what is printed comes: work may go on still."""

    def __init__(self, shell, repeated, figure=r"(?!)"):
        self._shell = shell
        self._repeated = re.compile(repeated)
        self._figure = figure
        self.known = {}

    def _fits(self, printed, came):
        if ERROR.search(came) and not ERROR.search(printed):
            return None
        return fits(printed, came, self.known, self._figure)

    def follow(self, command, printed):
        """Runs one command: what came, or None if it is what the page prints."""
        command = re.sub(NAME, lambda match: self.known.get(match[0], match[0]), command)
        printed = remarks_last(printed)
        patience = READY_LIMIT_S if self._repeated.match(command) else 0
        deadline = time.monotonic() + patience
        while True:
            came = self._shell.run(command)
            if (known := self._fits(printed, came)) is not None:
                self.known = known
                return None
            if time.monotonic() >= deadline:
                return came
            time.sleep(PAUSE_S)


def environment(config):
    """Of a shell that finds the programs; what regularsctl remembers is in the folder `config`."""
    return {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "TZ": "UTC",
            "XDG_CONFIG_HOME": str(config)}


def sign_in(suite, folder, config):
    """As `./dev run` does for those who use regularsctl after it."""
    password = folder / "password"
    password.write_text(ADMIN_PASSWORD + "\n", encoding="utf-8")
    subprocess.run([BIN / "regularsctl", "sign-in", "--server", suite.gateway_url, "--email",
                    "admin@localhost", "--password-file", password], env=environment(config),
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)


def check(test, reader, todo, before=lambda: None):
    """Follows commands of a page, `before` ahead of each; the test fails for each that differs."""
    for command, printed in todo:
        with test.subTest(command):
            before()
            came = reader.follow(command, printed)
            test.assertIsNone(came, f"{command}\nthe page prints\n{printed}\nand this came")
