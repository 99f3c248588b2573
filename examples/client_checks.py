"""What the tests of the clients in Go, Java and Node share. They all do the same, so they are asked
the same: a run against real processes, repeats, a lost place in the feed, answers that get lost on
the way, and refusals.
"""

import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "flows"))

from process import request  # noqa: E402
from regulars import Regulars  # noqa: E402

RUN_LIMIT_S = 180  # Go and Java compile first.
SCOPES = ("customer.write", "loyalty.read")


TOKEN_EXPIRED = json.dumps({"error": {"code": 401, "message": "over", "details": [
    {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "TOKEN_EXPIRED"}]}}) + "\n"


class Stumbling(contextlib.AbstractContextManager):
    """Stands before the gateway and behaves as networks do. Every call is carried out, but the
    first answer to each write, and to each subscription, is replaced: by 503 ("busy"), or by a
    connection that ends ("hang up"). Or the first subscription's stream ends with its token
    ("expire"). Tokens are said to live for no time at all. `seen` are the paths, in their order."""

    def __init__(self, gateway_port, trouble):
        self.seen = []
        self.failed = set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                del self.headers["Accept-Encoding"]  # Answers are read here.
                status, headers, reply = request(gateway_port, self.command, self.path, body,
                                                 dict(self.headers))
                path = self.path.split("?")[0]
                outer.seen.append((path, body))
                if path == "/oauth/token":
                    reply = json.dumps({**json.loads(reply), "expires_in": 0}).encode()
                elif path.endswith(":subscribe") and trouble == "expire":
                    if path not in outer.failed:
                        outer.failed.add(path)
                        reply += TOKEN_EXPIRED.encode()
                elif path.endswith((":upsert", ":subscribe")) and path not in outer.failed:
                    outer.failed.add(path)
                    self.close_connection = True
                    if trouble == "hang up":
                        return
                    status, headers, reply = 503, {"Retry-After": "0"}, b"away"
                self.answer(status, headers, reply)

            def answer(self, status, headers, reply):
                self.send_response(status)
                for name in ("Retry-After", "Regulars-Position", "Content-Type"):
                    if name in headers:
                        self.send_header(name, headers[name])
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            do_GET = do_POST = forward

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class ClientChecks(unittest.TestCase):
    """The test of a client names its `command`. Each test has a new shop, with nothing in it."""

    command = None

    def setUp(self):
        self.suite = self.enterContext(Regulars(services=("customer", "loyalty")))
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.state_file = folder / "balances.json"
        self.key = self.suite.make_key(SCOPES)

    def how(self, key=None, url=None):
        client_id, secret = key or self.key
        return {"args": [*self.command, "--url", url or self.suite.gateway_url, "--client-id",
                         client_id, "--state", self.state_file],
                "env": os.environ | {"REGULARS_CLIENT_SECRET": secret}, "text": True}

    def run_client(self, key=None, url=None):
        done = subprocess.run(**self.how(key, url), capture_output=True, timeout=RUN_LIMIT_S,
                              check=False)
        return done.returncode, done.stdout.splitlines(), done.stderr

    def run_well(self, url=None):
        status, lines, errors = self.run_client(url=url)
        self.assertEqual((status, errors), (0, ""), lines)
        return [re.sub(r"/[0-9a-z]{26}", "/…", line) for line in lines]

    def state(self):
        return json.loads(self.state_file.read_text(encoding="utf-8"))

    def balances(self):
        return {each["customer"]: each["balance"]
                for each in self.suite.pages("/api/loyalty/v1/members", "members")}

    def check_first_run(self, lines):
        # By hand: 2 x 12.50 + 4.95; a point for each whole 1.00 of goods, not of postage; a point
        # is worth 0.01.
        self.assertEqual(lines[:3], [
            "customer created: customers/…", "order created: orders/…, 29.95 EUR",
            "a basket of 49.90 EUR earns 49 points; 25 of 25 could pay 0.25 EUR of it"])
        self.assertEqual(len(lines), 5, lines)
        self.assertRegex(lines[3], "^event [0-9]+: customers/… has 25 points$")
        self.assertRegex(lines[4], "^balances as of event [0-9]+: 1$")
        self.assertEqual(list(self.balances().values()), ["25"])
        self.assertEqual(self.state()["balances"], self.balances())

    def test_again_and_on_from_there(self):
        self.check_first_run(self.run_well())
        again = self.run_well()
        self.assertEqual(again[:2], ["customer unchanged: customers/…",
                                     "order unchanged: orders/…, 29.95 EUR"])
        self.assertEqual([line for line in again if line.startswith("event")], [])
        # Meanwhile Ada gets points, and leaves.
        path = self.give(7)
        third = self.run_well()
        self.assertRegex(third[3], "^event [0-9]+: customers/… has 32 points$")
        self.suite.ok("POST", f"{path}:close", {})
        fourth = self.run_well()
        self.assertRegex(fourth[4], "^event [0-9]+: customers/… is no member any more$")
        self.assertRegex(fourth[-1], "^balances as of event [0-9]+: 0$")
        self.assertEqual(self.state()["balances"], {})

    def test_following_outlives_a_restart(self):
        how = self.how()
        how["args"].append("--follow")
        with subprocess.Popen(**how, stdout=subprocess.PIPE) as client:
            watchdog = threading.Timer(RUN_LIMIT_S, client.kill)
            watchdog.start()
            try:
                self.assertTrue(any("has 25 points" in line for line in client.stdout))
                self.suite.loyalty.kill()
                self.suite.loyalty.start()
                self.give(7)
                self.assertTrue(any("has 32 points" in line for line in client.stdout))
            finally:
                watchdog.cancel()
                client.kill()

    def give(self, points):
        """Ada gets points by hand; the path of her membership."""
        [member] = self.suite.ok("GET", "/api/loyalty/v1/members")["members"]
        path = f"/api/loyalty/v1/{member['name']}"
        self.suite.ok("POST", f"{path}:adjustPoints",
                      {"points": str(points), "reasonCode": "GIFT"})
        return path

    def test_a_place_that_is_lost(self):
        self.run_well()
        for change, reason in (({"epoch": "01aaaaaaaaaaaaaaaaaaaaaaaa"}, "EPOCH_UNKNOWN"),
                               ({"position": "999999"}, "POSITION_AHEAD")):
            with self.subTest(reason):
                good = self.state()
                lost = {**good, **change, "balances": {"customers/gone": "1"}}
                self.state_file.write_text(json.dumps(lost), encoding="utf-8")
                self.assertIn(f"lost our place in the feed ({reason}): all balances are read anew",
                              self.run_well())
                self.assertEqual(self.state(), good)

    def test_busy(self):
        self.check_stumbling("busy")

    def test_broken_connections(self):
        self.check_stumbling("hang up")

    def test_a_stream_that_ends_with_its_token(self):
        with Stumbling(self.suite.http_port, "expire") as network:
            self.check_first_run(self.run_well(network.url))
        subscriptions = [path for path, _ in network.seen if path.endswith(":subscribe")]
        self.assertEqual(len(subscriptions), 2)

    def check_stumbling(self, trouble):
        with Stumbling(self.suite.http_port, trouble) as network:
            # Sent twice, done once: the second answer is the first one, "created".
            self.check_first_run(self.run_well(network.url))
        calls = {}
        for path, body in network.seen:
            calls.setdefault(path, []).append(body)
        for what in ("customers", "orders"):
            first, second = calls[f"/api/customer/v1/{what}:upsert"]
            self.assertEqual(first, second)
        self.assertEqual(len(calls["/api/loyalty/v1/feed:subscribe"]), 2)
        # A token that is about to end is renewed before it is used.
        self.assertGreaterEqual(len(calls["/oauth/token"]), 6)

    def test_refusals(self):
        narrow = self.suite.make_key(["loyalty.read"])
        for key, reason in ((narrow, "SCOPE_MISSING"), ((self.key[0], "wrong"), "invalid_client")):
            with self.subTest(reason):
                status, lines, errors = self.run_client(key)
                self.assertEqual((status, lines), (1, []))
                self.assertRegex(errors, rf"^refused: .+ \({reason}\)\n$")
        status, lines, errors = self.run_client(url="http://127.0.0.1:1")
        self.assertEqual((status, lines), (1, []))
        self.assertRegex(errors, "^failed: .+\n$")
