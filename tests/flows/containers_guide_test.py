#!/usr/bin/env python3
"""The ways back to a backup that docs/guides/containers.md prints, and the containers' health
check, without Docker: a stand-in for docker-compose runs what is said to a container on this
machine, with folders of its own in place of /var/lib/regulars. tests/container/compose.sh does it
with Docker.
"""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from process import BIN, ROOT, free_port  # noqa: E402
from regulars import Regulars  # noqa: E402

GUIDE = ROOT / "docs" / "guides" / "containers.md"
READY = ROOT / "container" / "ready.sh"
UPDATE = "update-20260102-0304"
BACKUP_LIMIT_S = 30
# Compose's name of each service, its store's name, and its program.
STORES = {"gateway": "access", "customer": "customer", "loyalty": "loyalty",
          "recommend": "recommend", "campaign": "campaign"}
STAND_IN = """\
#!/bin/bash
set -eu
[[ $1 == run ]] || exit 0
shift
while [[ $1 == -* ]]; do
  if [[ $1 == -e ]]; then export "$2"; shift; fi
  shift
done
name=${1/gateway/access}
export REGULARS_STORE=sqlite:$VOLUMES/$name/$name.db
exec sh -c "${4//\\/var\\/lib\\/regulars/$VOLUMES}"
"""


def block(first_words):
    """The block of commands of the guide that has a line which begins so."""
    blocks = re.findall(r"(?:^    .*\n)+", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    [found] = [each for each in blocks
               if re.search("^ *" + re.escape(first_words), each, re.MULTILINE)]
    return textwrap.dedent(found)


class ContainersGuideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Backups of all five, each in a folder of its own, and the list of who was erased."""
        cls.kept = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.kept)
        with Regulars() as suite:
            suite.ok("POST", "/api/customer/v1/customers", {"displayName": "In the backup"})
            for store in STORES.values():
                (cls.kept / f"{store}.db").write_bytes(cls.back_up(suite, store).read_bytes())
            cls.erasures = (suite.folder / "customer.db.erasures").read_bytes()

    @staticmethod
    def back_up(suite, service):
        base = f"/api/{service}/v1/admin/backups"
        suite.ok("POST", base, {}, query={"backupId": "kept"})
        deadline = time.monotonic() + BACKUP_LIMIT_S
        while suite.ok("GET", f"{base}/kept")["state"] != "STATE_READY":
            if time.monotonic() > deadline:
                raise AssertionError(f"no backup of {service}")
            time.sleep(0.05)
        return next((suite.folder / f"{service}-backups").glob("**/kept.db"))

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        self.addCleanup(shutil.rmtree, self.home)
        self.volumes = self.home / "volumes"
        (self.home / "bin").mkdir()
        for name, text in {"docker-compose": STAND_IN, "docker": "#!/bin/sh\n",
                           "git": "#!/bin/sh\n"}.items():
            (self.home / "bin" / name).write_text(text)
            (self.home / "bin" / name).chmod(0o755)

    def run_commands(self, commands):
        """Runs them as an operator's shell does: what they print, errors too."""
        return subprocess.run(
            ["bash", "-c", commands], text=True, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={"HOME": str(self.home), "VOLUMES": str(self.volumes),
                 "PATH": f"{self.home}/bin:{BIN}:{os.environ['PATH']}"}).stdout

    def fill_volume(self, store, backup):
        """A volume with a store that works no more, and a backup."""
        volume = self.volumes / store
        (volume / "backups" / store).mkdir(parents=True)
        (volume / f"{store}.db").write_text("broken")
        (volume / f"{store}.db-wal").write_text("broken too")
        shutil.copy(self.kept / f"{store}.db", volume / "backups" / store / backup)
        if store == "customer":
            (volume / "customer.db.erasures").write_bytes(self.erasures)

    def see_restored(self, store, said):
        with sqlite3.connect(self.volumes / store / f"{store}.db") as db:
            tables = {name for name, in db.execute("SELECT name FROM sqlite_schema")}
        self.assertIn("store_meta", tables, said)
        self.assertIn(f"restored '{self.volumes}/{store}/{store}.db'", said)

    def see_set_aside(self, store):
        before = self.volumes / store / "before"
        self.assertEqual({each.name: each.read_text() for each in before.iterdir()},
                         {f"{store}.db": "broken", f"{store}.db-wal": "broken too"})

    def test_back_to_a_backup_where_the_store_is(self):
        self.fill_volume("customer", "monday.db")
        said = self.run_commands(block("docker-compose run --rm customer"))
        self.see_restored("customer", said)
        self.see_set_aside("customer")

    def test_back_to_a_backup_in_a_new_volume_also_when_it_was_tried_without_the_list(self):
        (self.volumes / "customer").mkdir(parents=True)
        way_back = block("docker-compose run --rm customer")
        said = self.run_commands(way_back)
        self.assertIn("cannot restore", said)
        (self.home / "regulars").mkdir()
        (self.home / "regulars" / "erasures").write_bytes(self.erasures)
        shutil.copy(self.kept / "customer.db", self.home / "regulars" / "monday.db")
        said = self.run_commands(block("docker-compose run --rm -T customer"))
        self.assertEqual(said, "")
        self.see_restored("customer", self.run_commands(way_back))

    def test_all_five_go_back_behind_an_update(self):
        for store in STORES.values():
            self.fill_volume(store, f"{UPDATE}.db")
        (self.home / "regulars").mkdir()
        (self.home / "regulars" / "update").write_text(UPDATE + "\n")
        said = self.run_commands(block("docker tag regulars:$id regulars"))
        for store in STORES.values():
            with self.subTest(store):
                self.see_restored(store, said)
                self.see_set_aside(store)

    def test_an_update_names_all_five_stores(self):
        services = re.search(r"^for service in (.*); do$", block("id=update-"), re.MULTILINE)[1]
        self.assertEqual(set(services.split()), set(STORES.values()))


class ReadyTest(unittest.TestCase):
    """container/ready.sh, whose output `docker inspect` shows."""

    def ask(self, port):
        done = subprocess.run(["bash", READY], text=True, capture_output=True, check=False,
                              env={"REGULARS_ADMIN_LISTEN": f"0.0.0.0:{port}"})
        return done.returncode, done.stdout, done.stderr

    def test_it_prints_what_the_process_says(self):
        with Regulars(services=("customer",)) as suite:
            port = suite.customer.port("--admin-listen")
            deadline = time.monotonic() + BACKUP_LIMIT_S
            while suite.customer.admin("/readyz")[0] != 200 and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(self.ask(port), (0, suite.customer.admin("/readyz")[1], ""))

    def test_it_prints_why_a_process_is_not_ready(self):
        with tempfile.TemporaryDirectory(prefix="regulars-test-") as folder:
            port = free_port()
            process = subprocess.Popen(
                [BIN / "customer-svc", f"--store=sqlite:{folder}/customer.db",
                 f"--token-keys={folder}/none.json", "--listen=127.0.0.1:0",
                 f"--admin-listen=127.0.0.1:{port}"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                deadline = time.monotonic() + BACKUP_LIMIT_S
                while "no token keys" not in (answer := self.ask(port))[1]:
                    self.assertLess(time.monotonic(), deadline, answer)
                    time.sleep(0.05)
            finally:
                process.terminate()
                process.wait()
        self.assertEqual((answer[0], answer[2]), (1, ""))


if __name__ == "__main__":
    unittest.main()
