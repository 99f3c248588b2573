#!/usr/bin/env python3
"""SIGKILL of customer-svc at random moments of an import. Started again, the service finishes what
it had accepted, and the store says exactly what an undisturbed one says.

Only kills before the import's end count; another moment is drawn for one that came too late. By
default a few runs over a small part of the real shop; with REGULARS_FULL=1 99 runs over its first
50,000 lines and one over the whole of it. Among them are some lines that are refused.
REGULARS_SEED repeats a run that failed.
"""

import collections
import datetime
import os
import pathlib
import random
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flows"))

import real_shop  # noqa: E402
from regulars import FULL, RegularsTest  # noqa: E402

# (lines of the file, runs)
PARTS = [(50_000, 99), (None, 1)] if FULL else [(5_000, 3)]
# Moments that are drawn for one run before it is given up.
MOST_DRAWS = 20
REFUSED_EVERY = 500
REFUSED_LINE = b"R%d,22423,REGENCY CAKESTAND,many,2011-01-04 10:00:00,12.75,12431.0,France\n"


def with_refused_lines(data):
    """The file with some more lines, of receipts of their own: (file, how many)."""
    header, *lines = data.splitlines(keepends=True)
    for place in range(0, len(lines), REFUSED_EVERY):
        lines[place] += REFUSED_LINE % place
    return b"".join([header, *lines]), len(range(0, len(lines), REFUSED_EVERY))


def seconds(timestamp):
    """Since 1970."""
    return datetime.datetime.fromisoformat(timestamp).timestamp()


class ImportKillTest(RegularsTest):
    slow = FULL

    @classmethod
    def setUpClass(cls):
        real_shop.data_file()
        super().setUpClass()
        cls.seed = int(os.environ.get("REGULARS_SEED", random.SystemRandom().getrandbits(32)))
        cls.random = random.Random(cls.seed)
        print(f"REGULARS_SEED={cls.seed}")

    def begin_anew(self):
        """An empty store behind the same gateway."""
        self.suite.customer.stop()
        for path in self.suite.folder.glob("customer.db*"):
            if path.is_file():
                path.unlink()
        self.suite.customer.start()
        shop = real_shop.Shop(self.suite, patient=True)
        shop.wait(lambda: self.suite.request("GET", "/healthz")[0] == 200)
        shop.set_up()
        return shop

    def import_once(self, shop, data, refused):
        report = shop.import_lines(data)["report"]
        self.assertEqual((int(report["linesRead"]), int(report["linesRefused"])),
                         (data.count(b"\n") - 1, refused))

    def finish(self, shop):
        shop.score()
        spool = list((self.suite.folder / "customer.db.spool").iterdir())
        self.assertEqual(spool, [], "files that nobody needs any more")
        return real_shop.dump(shop)

    def kill_after(self, delay_s):
        time.sleep(delay_s)
        self.suite.customer.kill()
        self.killed = time.time()
        self.suite.customer.start()

    def what_was_killed(self, imports):
        """By the import that came first: nobody has the reply to it if another one was sent."""
        first = imports[-1]
        if seconds(first["createTime"]) > self.killed:
            return "upload"
        return "import" if seconds(first["finishTime"]) > self.killed else ""

    def assert_same(self, seen, expected):
        for part, entries in expected.items():
            differing = [key for key in entries.keys() | seen[part].keys()
                         if entries.get(key) != seen[part].get(key)]
            key = next(iter(differing), None)
            self.assertEqual(seen[part].get(key), entries.get(key),
                             f"{len(differing)} of {part} differ; the first is {key}")

    def check_imports(self, seen, expected):
        """What they say of the file. If it was sent again, as the reply to the first was lost, they
        share what the undisturbed one did."""
        self.assertEqual({each["state"] for each in seen}, {"STATE_DONE"})
        for each in seen:
            self.assertEqual(each["refusals"], expected["refusals"])
            self.assertEqual(each["sha256"], expected["sha256"])
        reports = [each["report"] for each in seen]
        if len(seen) == 1:
            self.assertEqual(reports, [expected["report"]])
        for count in ("linesStored", "ordersCreated", "ordersUpdated", "customersCreated"):
            self.assertEqual(sum(int(each[count]) for each in reports),
                             int(expected["report"][count]), count)

    def undisturbed(self, data, refused):
        """(what the store says, what the import says, how long it took)"""
        shop = self.begin_anew()
        begin = time.time()
        self.import_once(shop, data, refused)
        [imported] = shop.imports()
        self.assertEqual(len(imported["refusals"]), refused)
        expected = self.finish(shop)
        self.assertGreater(len(expected["orders"]), 100)
        return expected, imported, seconds(imported["finishTime"]) - begin

    def killed_once(self, data, refused, took_s):
        """The shop after a kill amid the import, and what was killed."""
        for _ in range(MOST_DRAWS):
            shop = self.begin_anew()
            delay_s = self.random.uniform(0, took_s)
            killer = threading.Thread(target=self.kill_after, args=(delay_s,))
            killer.start()
            try:
                self.import_once(shop, data, refused)
            finally:
                killer.join()
            if killed := self.what_was_killed(shop.imports()):
                return shop, killed
        return self.fail(f"{MOST_DRAWS} kills came after the import's end")

    def test_kills(self):
        for lines, runs in PARTS:
            data, refused = with_refused_lines(real_shop.read_lines(lines))
            expected, imported, took_s = self.undisturbed(data, refused)
            kills = collections.Counter()
            for run in range(runs):
                with self.subTest(lines=lines, run=run, seed=self.seed):
                    shop, killed = self.killed_once(data, refused, took_s)
                    kills[killed] += 1
                    self.check_imports(shop.imports(), imported)
                    self.assert_same(self.finish(shop), expected)
            print(f"{lines or 'all'} lines: killed {dict(kills)}")
            self.assertEqual(kills.total(), runs)


if __name__ == "__main__":
    unittest.main()
