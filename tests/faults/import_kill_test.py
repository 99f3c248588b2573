#!/usr/bin/env python3
"""SIGKILL of customer-svc at random moments of an import. Started again, the service finishes what
it had accepted, and the store says exactly what an undisturbed one says.

By default a few runs over a small part of the real shop; with REGULARS_FULL=1 99 runs over its
first 50,000 lines and one over the whole of it. REGULARS_SEED repeats a run that failed.
"""

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
# Moments are drawn up to this many times of what an undisturbed import takes.
LATEST_MOMENT = 1.1


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

    def import_once(self, shop, data):
        report = shop.import_lines(data)["report"]
        self.assertEqual((int(report["linesRead"]), report["linesRefused"]),
                         (data.count(b"\n") - 1, "0"))

    def finish(self, shop):
        shop.score()
        spool = list((self.suite.folder / "customer.db.spool").iterdir())
        self.assertEqual(spool, [], "files that nobody needs any more")
        return real_shop.dump(shop)

    def kill_after(self, delay_s):
        time.sleep(delay_s)
        self.suite.customer.kill()
        self.suite.customer.start()

    def assert_same(self, seen, expected):
        for part, entries in expected.items():
            differing = [key for key in entries.keys() | seen[part].keys()
                         if entries.get(key) != seen[part].get(key)]
            key = next(iter(differing), None)
            self.assertEqual(seen[part].get(key), entries.get(key),
                             f"{len(differing)} of {part} differ; the first is {key}")

    def test_kills(self):
        for lines, runs in PARTS:
            data = real_shop.read_lines(lines)
            shop = self.begin_anew()
            begin = time.monotonic()
            self.import_once(shop, data)
            took_s = time.monotonic() - begin
            expected = self.finish(shop)
            self.assertGreater(len(expected["orders"]), 100)
            for run in range(runs):
                delay_s = self.random.uniform(0, LATEST_MOMENT * took_s)
                with self.subTest(lines=lines, run=run, delay_s=delay_s, seed=self.seed):
                    shop = self.begin_anew()
                    killer = threading.Thread(target=self.kill_after, args=(delay_s,))
                    killer.start()
                    try:
                        self.import_once(shop, data)
                    finally:
                        killer.join()
                    self.assert_same(self.finish(shop), expected)


if __name__ == "__main__":
    unittest.main()
