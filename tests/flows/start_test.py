#!/usr/bin/env python3
"""How a process starts, and what it says when it cannot, or not yet."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from process import BIN, Process  # noqa: E402

START_LIMIT_S = 20
KEYS_LIMIT_S = 10
# RFC 8037, appendix A: a public key that anybody may use in a test.
# Its id is its thumbprint (RFC 7638), as there.
KEY = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
       "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
       "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


class StartTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def run_to_the_end(self, name, *arguments):
        """(exit code, what it said on its standard error)."""
        done = subprocess.run([BIN / name, *arguments], capture_output=True, text=True,
                              timeout=START_LIMIT_S, check=False)
        return done.returncode, done.stderr

    def flags(self, name="a"):
        return [f"--store=sqlite:{self.folder}/{name}.db", f"--token-keys={self.folder}/keys.json"]

    def test_mistakes_in_the_command_line(self):
        for name in ("customer-svc", "gateway"):
            for arguments in ([], ["--store=sqlite:x.db"], ["--nonsense"],
                              [*self.flags(), "--spool-quota-mb=-1"]):
                with self.subTest(name=name, arguments=arguments):
                    code, said = self.run_to_the_end(name, *arguments)
                    self.assertEqual(code, 2)
                    self.assertIn(f"usage: {name} --store sqlite:<file> --token-keys", said)

    def test_origins_that_are_none(self):
        for origins in ("shop.example", "https://shop.example/", "https://a.example, https://b",
                        "*,https://Shop.example"):
            with self.subTest(origins):
                code, said = self.run_to_the_end("gateway", *self.flags(),
                                                 f"--cors-origin={origins}")
                self.assertEqual(code, 2)
                self.assertIn("is no origin: it must be scheme://host", said)

    def test_addresses_that_are_none(self):
        rows = [("customer-svc", "--listen"), ("customer-svc", "--admin-listen"),
                ("gateway", "--listen"), ("gateway", "--http-listen")]
        for name, flag in rows:
            for address in ("127.0.0.1:99999", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1",
                            "127.0.0.1:http"):
                with self.subTest(name=name, flag=flag, address=address):
                    code, said = self.run_to_the_end(name, *self.flags(), f"{flag}={address}")
                    self.assertEqual(code, 1)
                    self.assertIn(flag, said)
                    self.assertIn(address, said)

    def test_an_address_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            for name in ("customer-svc", "gateway"):
                with self.subTest(name):
                    code, said = self.run_to_the_end(name, *self.flags(name),
                                                     f"--listen={address}")
                    self.assertEqual(code, 1)
                    # Besides the log, whose lines are JSON.
                    plain = [line for line in said.splitlines() if not line.startswith("{")]
                    self.assertEqual(plain, [f"cannot start: cannot listen on '{address}': the "
                                             "address is taken or not this machine's"])

    def test_a_store_that_is_none(self):
        (self.folder / "a.db").write_text("This is a letter to somebody. " * 200)
        for name in ("customer-svc", "gateway"):
            code, said = self.run_to_the_end(name, *self.flags())
            self.assertEqual(code, 1)
            self.assertIn(f"'{self.folder}/a.db' is damaged or no store at all", said)
            self.assertNotIn("script", said)

    def test_a_list_of_erasures_that_cannot_be_read(self):
        # Whom it names may be back in a store that was made of a backup.
        (self.folder / "a.db.erasures").mkdir()
        code, said = self.run_to_the_end("customer-svc", *self.flags())
        self.assertEqual(code, 1)
        self.assertIn(f"cannot read the list of erasures '{self.folder}/a.db.erasures'", said)

    def test_every_program_gives_memory_back(self):
        """They are linked with jemalloc; those with a sanitizer have its allocator."""
        for name in ("customer-svc", "loyalty-svc", "recommend-svc", "campaign-svc", "gateway"):
            with self.subTest(name):
                linked = subprocess.run(["ldd", BIN / name], capture_output=True, text=True,
                                        check=True).stdout
                self.assertRegex(linked, "libjemalloc|libasan|libtsan")

    def test_a_service_without_keys_starts_says_so_and_waits_for_them(self):
        keys = self.folder / "keys.json"
        for name, text in (("none", None), ("garbage", "not JSON"), ("empty", '{"keys":[]}')):
            with self.subTest(name):
                keys.unlink(missing_ok=True)
                if text:
                    keys.write_text(text)
                service = Process("customer-svc", self.folder, self.flags(name)).start()
                self.addCleanup(service.stop)
                status, said = service.admin("/readyz")
                self.assertEqual(status, 503)
                self.assertIn("there are no token keys", said)
                warnings = list(service.log_records("token keys cannot be read"))
                self.assertEqual(warnings[-1]["source"], str(keys))
                self.assertLessEqual(len(warnings), 2, "once for each thing that is wrong")
                keys.write_text(json.dumps({"keys": [KEY]}))
                deadline = time.monotonic() + KEYS_LIMIT_S
                while service.admin("/readyz")[0] != 200:
                    self.assertLess(time.monotonic(), deadline, service.admin("/readyz"))
                    time.sleep(0.05)
                self.assertEqual(service.stop(), 0)
                service.log_path.unlink()


if __name__ == "__main__":
    unittest.main()
