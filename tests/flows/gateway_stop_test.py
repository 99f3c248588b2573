#!/usr/bin/env python3
"""What callers are told when the gateway is stopped while their calls are under way, and that
`regularsctl feed tail` goes on once it is there again."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ctl import CtlTest  # noqa: E402
from process import BIN  # noqa: E402
from raw_http import Connection, request  # noqa: E402
from regulars import Regulars  # noqa: E402

CUSTOMERS = "/api/customer/v1/customers"
LINE_LIMIT_S = 60
BEGIN_LIMIT_S = 10


class GatewayStopTest(CtlTest):
    @classmethod
    def make_suite(cls):
        return Regulars(services=["customer"])

    def assert_stopping(self, error):
        self.assertEqual((error["code"], error["status"]), (503, "UNAVAILABLE"))
        self.assertEqual([each["reason"] for each in error["details"] if "reason" in each],
                         ["STOPPING"])

    def test_a_write_without_an_answer_may_be_repeated(self):
        token = f"Authorization: Bearer {self.suite.admin_token}"
        with Connection(self.suite.http_port) as connection:
            # From here on the connection has been accepted.
            connection.send(request("GET", CUSTOMERS, headers=[token]))
            self.assertEqual(connection.answer().status, 200)
            with self.suite.customer.suspended():
                connection.send(request("POST", CUSTOMERS, b'{"givenName":"Ann"}', [token]))
                self.suite.gateway.end()
                answer = connection.answer()
        self.assertEqual(self.suite.gateway.wait(), 0)
        self.suite.gateway.start()
        self.assertEqual(answer.status, 503, answer.body)
        self.assertEqual(answer.headers["retry-after"], "1")
        self.assert_stopping(answer.json["error"])

    @contextlib.contextmanager
    def tail(self):
        """The events that `regularsctl feed tail` prints, as they come."""
        with subprocess.Popen([BIN / "regularsctl", "feed", "tail", "--from-start", "--json"],
                              env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tail:
            lines = queue.SimpleQueue()

            def read():
                for line in tail.stdout:
                    lines.put(line)
                lines.put(None)

            reader = threading.Thread(target=read)
            reader.start()
            try:
                yield lines
            finally:
                tail.kill()
                reader.join()

    def next_of(self, lines, customer):
        """Waits for an event of a customer."""
        while True:
            line = lines.get(timeout=LINE_LIMIT_S)
            self.assertIsNotNone(line, "the tail has ended")
            if json.loads(line)["subject"] == customer:
                return

    def test_a_tail_goes_on_after_a_restart(self):
        before = self.suite.ok("POST", CUSTOMERS, {"givenName": "Before"})["name"]
        with self.tail() as lines:
            self.next_of(lines, before)
            self.assertEqual(self.suite.gateway.stop(), 0)
            self.suite.gateway.start()
            after = self.suite.ok("POST", CUSTOMERS, {"givenName": "After"})["name"]
            self.next_of(lines, after)

    def test_a_stream_ends_with_what_is_the_matter(self):
        token = f"Authorization: Bearer {self.suite.admin_token}"
        self.suite.ok("POST", CUSTOMERS, {"givenName": "Ann"})
        with Connection(self.suite.http_port) as connection:
            connection.send(request("GET", "/api/customer/v1/feed:subscribe?after=0",
                                    headers=[token]))
            deadline = time.monotonic() + BEGIN_LIMIT_S
            while not connection.has_answer():
                self.assertLess(time.monotonic(), deadline, "the stream does not begin")
                time.sleep(0.01)
            self.assertEqual(self.suite.gateway.stop(), 0)
            answer = connection.answer()
        self.suite.gateway.start()
        self.assertEqual(answer.status, 200)
        self.assert_stopping(json.loads(answer.body.splitlines()[-1])["error"])


if __name__ == "__main__":
    unittest.main()
