#!/usr/bin/env python3
"""What broken and hostile HTTP gets at the gateway: an answer in Google's form where there is
somebody to answer, an end of the connection where nothing sensible can follow, and no more memory
or time than is fair. Never a crash, and never two readings of one request.
"""

import os
import resource
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from raw_http import Connection, request  # noqa: E402
from regulars import RegularsTest  # noqa: E402

MIB = 1 << 20
CUSTOMERS = "/api/customer/v1/customers"
IDLE_CONNECTIONS = 10_000
IDLE_MEMORY_KB = 16  # For each.
# What the gateway gives a connection without a request, and one that has begun its head.
IDLE_S, HEAD_S = 75, 15
HALF, OTHER_HALF = b"GET /healthz HTTP/1.1\r\nHost:", b" shop\r\n\r\n"
CALL_LIMIT_S = 1  # For others, meanwhile.
POSITION_LIMIT_S = 5
STREAMS = 300  # More than a service has places for.
STREAM_LIMIT_S = 5
# A head has HEAD_S; a body must not take longer than an ordinary call may, twice.
SLOW_HEAD_LIMIT_S = 20
SLOW_BODY_LIMIT_S = 65
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: shop\r\n\r\n"
HOST = b"Host: shop\r\n"

# Requests whose end could be read in two ways, or whose head is malformed. Each is refused, and what
# follows it is not answered.
FRAMINGS = {
    "two lengths": b"Content-Length: 0\r\nContent-Length: 38\r\n\r\n",
    "two lengths in one": b"Content-Length: 0, 38\r\n\r\n",
    "length and chunks": b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "signed length": b"Content-Length: +3\r\n\r\n{} ",
    "negative length": b"Content-Length: -1\r\n\r\n",
    "hexadecimal length": b"Content-Length: 0x3\r\n\r\n{} ",
    "length with a space": b"Content-Length: 1 0\r\n\r\n",
    "length over 64 bits": b"Content-Length: 18446744073709551617\r\n\r\n",
    "no length": b"Content-Length:\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Content-Length : 0\r\n\r\n",
    "space before chunked's colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "NUL in a header": b"X-A: b\x00c\r\n\r\n",
    "line end in a name": b"X\r-A: b\r\n\r\n",
    "no colon": b"what is this\r\n\r\n",
    "no name": b": x\r\n\r\n",
    "chunk size in words": b"Transfer-Encoding: chunked\r\n\r\nsome\r\n{}\r\n0\r\n\r\n",
    "negative chunk": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "chunk over 64 bits": b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    "chunk 0x": b"Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "chunk without its end": b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}X\r\n0\r\n\r\n",
    "chunk longer than said": b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
}

# Whole heads. name: (bytes, statuses; None: closed without an answer)
HEADS = {
    "no such method": (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405, 501)),
    "method in lower case": (b"get /healthz HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405, 501)),
    "a long method": (b"G" * 5000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405, 431, 501)),
    "CONNECT": (b"CONNECT shop:443 HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405)),
    "TRACE": (b"TRACE /healthz HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404, 405)),
    "no version": (b"GET /healthz\r\n\r\n", (400, None)),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400,)),
    "HTTP/3": (b"GET /healthz HTTP/3.0\r\n" + HOST + b"\r\n", (400,)),
    "HTTP/1.10": (b"GET /healthz HTTP/1.10\r\n" + HOST + b"\r\n", (400,)),
    "no target": (b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    "space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    "tab for a space": (b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + b"\r\n", (400,)),
    "raw bytes in the target": (b"GET /\xff\x80 HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404)),
    "target without a slash": (b"GET healthz HTTP/1.1\r\n" + HOST + b"\r\n", (400, 404)),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500, (400, None)),
    "rubbish": (bytes(range(256)) * 20, (400, 431, None)),
    "header of 1 MB": (request("GET", "/healthz", headers=["X-A: " + "b" * MIB]), (431,)),
    "50,000 headers": (request("GET", "/healthz", headers=["X-A: b"] * 50_000), (431,)),
    "target of 1 MB": (request("GET", "/" + "a" * MIB), (400, 414, 431)),
    "expectation that nobody meets": (request("POST", CUSTOMERS, b"{}", ["Expect: a miracle"]),
                                      (401, 417)),
}

# Targets that must neither leave their place nor mean something else.
PATHS = ["/..", "/../../etc/passwd", "/docs/../../etc/passwd", "/docs/%2e%2e/%2e%2e/etc/passwd",
         "/docs/..%2f..%2fetc%2fpasswd", "/docs/....//", "//", "//etc/passwd", "/%", "/%zz", "/%00",
         "/%c0%ae%c0%ae/", "/\\..\\", "/api/customer/v1/customers/..", "/api/customer/v1/../v1",
         "/api//customer/v1/customers", "/api/customer/v1/customers/", "/API/customer/v1/customers",
         "/api/customer/v1/customers;x=1", "/api/customer/v1/customers/x:", "/" + "a/" * 4000,
         "/api/customer/v1/customers:nothing", "/regulars.feed.v1.FeedService/Subscribe"]

# Headers that the gateway passes on, with values that gRPC's metadata cannot hold.
FORWARDED = ["Authorization: Bearer {}", "Traceparent: {}", "Regulars-After: {}", "Accept: {}",
             "Accept-Language: {}", "X-Request-Id: {}", "X-Forwarded-For: {}", "Origin: {}"]
HOSTILE_VALUES = ["\xff\xfe", "\u00e9", "a\x7fb", "a\x01b", "x" * 12_000, "customer:-1",
                  "00-" + "z" * 32 + "-" + "0" * 16 + "-01"]


class GatewayAbuseTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls.suite.http_port
        cls.token = f"Authorization: Bearer {cls.suite.admin_token}"

    def tearDown(self):
        """Whatever came: everybody else is served."""
        self.assert_healthy()
        self.assert_quick()

    def assert_quick(self):
        begin = time.monotonic()
        self.assertEqual(self.suite.request("GET", "/healthz")[0], 200)
        self.assertEqual(self.suite.call("GET", CUSTOMERS)[0], 200)
        self.assertLess(time.monotonic() - begin, CALL_LIMIT_S)

    def assert_error(self, answer, statuses):
        self.assertIn(answer.status, statuses, answer.body[:300])
        self.assertEqual(answer.json["error"]["code"], answer.status)
        self.assertTrue(answer.reason)

    # --- Framing ----------------------------------------------------------------------------------

    def test_ambiguous_framing(self):
        head = f"POST {CUSTOMERS} HTTP/1.1\r\nHost: shop\r\n{self.token}\r\n".encode()
        for name, rest in FRAMINGS.items():
            with self.subTest(name), Connection(self.port) as connection:
                connection.send(head + rest + SMUGGLED)
                connection.end_sending()
                answers = connection.answers()
                self.assertEqual([each.status for each in answers], [400])
                self.assert_error(answers[0], (400,))

    def test_folded_headers(self):
        """RFC 9112 section 5.2: refused, or read as if the fold were a space."""
        for fold in ("X-A: b\r\n Content-Length: 38", "Transfer-Encoding:\r\n chunked"):
            end = b"0\r\n\r\n" if "chunked" in fold else b""
            with self.subTest(fold), Connection(self.port) as connection:
                connection.send(request("POST", CUSTOMERS + ":search", headers=[self.token, fold]) +
                                end + SMUGGLED)
                connection.end_sending()
                statuses = [each.status for each in connection.answers()]
                self.assertIn(statuses, ([400], [400, 404]))

    def test_malformed_heads(self):
        for name, (data, statuses) in HEADS.items():
            with self.subTest(name), Connection(self.port) as connection:
                connection.send(data)
                connection.end_sending()
                answer = connection.answer()
                if answer is None:
                    self.assertIn(None, statuses)
                else:
                    self.assert_error(answer, statuses)

    def test_hosts(self):
        """RFC 9112 section 3.2: exactly one Host, or 400."""
        for hosts in (b"", b"Host: a\r\nHost: b\r\n"):
            with self.subTest(hosts), Connection(self.port) as connection:
                connection.send(b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n")
                connection.end_sending()
                self.assert_error(connection.answer(), (400,))

    def test_targets_that_are_right(self):
        """RFC 9112 section 3.2.2: a server must take a whole URL; a HEAD has no body."""
        for target in ("http://shop/healthz", "http://127.0.0.1:1/healthz", "/healthz?x=%2F"):
            with self.subTest(target), Connection(self.port) as connection:
                connection.send(request("GET", target))
                self.assertEqual(connection.answer().status, 200)
        with Connection(self.port) as connection:
            connection.send(request("HEAD", "/docs") + request("GET", "/healthz"))
            self.assertEqual(connection.answer("HEAD").status, 200)
            self.assertEqual(connection.answer().status, 200)

    def test_paths(self):
        for path in PATHS:
            with self.subTest(path), Connection(self.port) as connection:
                connection.send(request("GET", path, headers=[self.token]))
                self.assert_error(connection.answer(), (400, 404, 405))

    def test_pipelining(self):
        """Answers come in the order of the requests, one for each."""
        with Connection(self.port) as connection:
            connection.send(b"".join(
                request("GET", CUSTOMERS + f"/x{i}", headers=[self.token]) if i % 2 else
                request("GET", "/healthz") for i in range(100)))
            for i in range(100):
                answer = connection.answer()
                self.assertEqual(answer.status, 404 if i % 2 else 200, i)
                self.assertEqual(f"x{i}".encode() in answer.body, i % 2 == 1, answer.body)

    def test_pipelining_behind_bodies(self):
        body = b'{"query":"nobody at all"}'
        with Connection(self.port) as connection:
            connection.send(request("POST", CUSTOMERS + ":search", body, [self.token]) * 20)
            for _ in range(20):
                self.assertEqual(connection.answer().status, 200)

    def test_one_byte_at_a_time(self):
        data = request("POST", CUSTOMERS + ":search", b'{"query":"nobody"}', [self.token])
        with Connection(self.port) as connection:
            for i in range(len(data)):
                connection.send(data[i:i + 1])
            self.assertEqual(connection.answer().status, 200)

    def test_hostile_values_of_forwarded_headers(self):
        for header in FORWARDED:
            for value in HOSTILE_VALUES:
                with self.subTest(header=header, value=value[:20]):
                    headers = [] if header.startswith("Auth") else [self.token]
                    with Connection(self.port) as connection:
                        connection.send(request("GET", CUSTOMERS, headers=[
                            *headers, header.format(value)]))
                        answer = connection.answer()
                    self.assert_healthy()
                    self.assertIsNotNone(answer, "closed without an answer")
                    self.assertLess(answer.status, 500, answer.body[:300])

    def test_reading_after_what_never_comes(self):
        """Whoever asks to read after a change that nobody made is told so, and soon."""
        with Connection(self.port, POSITION_LIMIT_S) as connection:
            connection.send(request("GET", CUSTOMERS, headers=[
                self.token, "Regulars-After: customer:99999999999999"]))
            self.assert_error(connection.answer(), (400,))

    # --- Sizes ------------------------------------------------------------------------------------

    def head(self, *headers):
        return request("POST", CUSTOMERS, headers=[self.token, *headers])

    def test_a_length_of_5_gb_is_refused_at_once(self):
        with Connection(self.port) as connection:
            connection.send(self.head(f"Content-Length: {5 << 30}"))
            self.assert_error(connection.answer(), (413,))

    def test_nobody_is_invited_to_send_too_much(self):
        with Connection(self.port) as connection:
            connection.send(self.head(f"Content-Length: {5 << 30}", "Expect: 100-continue"))
            self.assert_error(connection.answer(), (413,))

    def test_chunks_without_end(self):
        before = self.suite.gateway.memory_mb()
        with Connection(self.port) as connection:
            connection.send(self.head("Transfer-Encoding: chunked"))
            chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
            sent = 0
            while sent < 64 * MIB and connection.send(chunk):
                sent += 0x10000
            # What the kernels hold comes on top of the limit of 4 MiB.
            self.assertLess(sent, 32 * MIB)
        self.assertLess(self.suite.gateway.memory_mb() - before, 30)
        with Connection(self.port) as connection:
            connection.send(self.head("Transfer-Encoding: chunked") + chunk * 65)
            self.assert_error(connection.answer(), (413,))

    def test_tiny_chunks(self):
        with Connection(self.port) as connection:
            connection.send(self.head("Transfer-Encoding: chunked") +
                            b"1;name=value\r\n \r\n" * 100_000 + b"1\r\n[\r\n0\r\n\r\n")
            self.assert_error(connection.answer(), (400,))

    def test_chunk_extension_without_end(self):
        with Connection(self.port) as connection:
            connection.send(self.head("Transfer-Encoding: chunked") + b"1;" + b"a" * 4 * MIB)
            connection.end_sending()
            for answer in connection.answers():
                self.assert_error(answer, (400, 413, 431))

    def test_more_than_the_length_says(self):
        """The rest is another request, and a malformed one."""
        with Connection(self.port) as connection:
            connection.send(request("POST", CUSTOMERS + ":search", b'{"query":"nobody"}',
                                    [self.token]) + b"and more")
            connection.end_sending()
            answers = connection.answers()
            self.assertEqual([each.status for each in answers][:1], [200])
            self.assertTrue(all(each.status == 400 for each in answers[1:]))

    # --- Connections ------------------------------------------------------------------------------

    def test_half_sent_requests(self):
        whole = request("POST", CUSTOMERS, b'{"givenName":"half"}', [self.token])
        for size in range(1, len(whole)):
            with Connection(self.port) as connection:
                connection.send(whole[:size])
                if size % 2:
                    connection.end_sending()
                    for answer in connection.answers():
                        self.assertLess(answer.status, 500)
        found = self.suite.ok("POST", CUSTOMERS + ":search", {"query": "half"})
        self.assertEqual(found.get("customers", []), [])

    def test_answers_that_nobody_reads(self):
        connections = []
        for _ in range(50):
            connection = Connection(self.port)
            connection.send(request("GET", "/openapi.json") * 200)
            connections.append(connection)
        self.assert_quick()
        for connection in connections:
            connection.__exit__()

    def test_abandoned_streams(self):
        """Streams whose readers have gone soon leave their places to others."""
        subscribe = request("GET", "/api/customer/v1/feed:subscribe?fromHead=true",
                            headers=[self.token])
        connections = [Connection(self.port) for _ in range(STREAMS)]
        for connection in connections:
            connection.send(subscribe)
        self.wait_for_subscription(429)
        for connection in connections:
            connection.__exit__()
        self.wait_for_subscription(200)

    def wait_for_subscription(self, status):
        deadline = time.monotonic() + STREAM_LIMIT_S
        while self.suite.call(
                "GET", "/api/customer/v1/feed:subscribe?stopAtHead=true")[0] != status:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_idle_connections(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < IDLE_CONNECTIONS + 1000:
            self.skipTest(f"only {hard} files may be open")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        before = self.suite.gateway.memory_mb()
        connections = []
        try:
            opened = time.monotonic()
            connections += (Connection(self.port) for _ in range(IDLE_CONNECTIONS))
            idle, half_sent = connections[::2], connections[1::2]
            begun = time.monotonic()
            for connection in half_sent:
                connection.send(HALF)
            for _ in range(5):
                self.assert_quick()
            grown_kb = (self.suite.gateway.memory_mb() - before) * 1024
            self.assertLess(grown_kb / IDLE_CONNECTIONS, IDLE_MEMORY_KB)
            self.check_served(idle, HALF + OTHER_HALF, opened + IDLE_S)
            self.check_served(half_sent, OTHER_HALF, begun + HEAD_S)
        finally:
            for connection in connections:
                connection.__exit__()

    def check_served(self, connections, rest, deadline):
        """All are open, and some, when their requests have come whole, are answered. After the
        deadline the gateway may have closed them."""
        heard = [connection.has_answer() for connection in connections]
        if time.monotonic() < deadline:
            self.assertEqual(sum(heard), 0, "closed, or answered before their time")
        some = connections[::250]
        sent = [connection.send(rest) for connection in some]
        if time.monotonic() < deadline:
            self.assertTrue(all(sent))
            self.assertEqual([each and each.status for each in map(Connection.answer, some)],
                             [200] * len(some))


class GatewaySlowClientsTest(RegularsTest):
    slow = True

    def drip(self, head, limit_s):
        """Sends a head, then a byte a second; what the server answers, and how long that takes."""
        begin = time.monotonic()
        with Connection(self.suite.http_port, limit_s) as connection:
            connection.send(head)
            while (not connection.has_answer() and connection.send(b" ") and
                   time.monotonic() - begin < limit_s):
                time.sleep(1)
            answer = connection.answer()
        return answer and answer.status, time.monotonic() - begin

    def test_a_byte_a_second(self):
        token = f"Authorization: Bearer {self.suite.admin_token}"
        body = ["Content-Type: application/json", "Content-Length: 100000"]
        rows = {
            "head": (b"GET /healthz HTTP/1.1\r\nX-A:", SLOW_HEAD_LIMIT_S, 408),
            "body": (request("POST", CUSTOMERS, headers=[token, *body]), SLOW_BODY_LIMIT_S, 408),
            "body of nobody": (request("POST", CUSTOMERS, headers=body), SLOW_BODY_LIMIT_S, 401),
            "form": (request("POST", "/oauth/token", headers=["Content-Length: 10000"]),
                     SLOW_BODY_LIMIT_S, 408),
        }
        came = {}
        threads = [threading.Thread(target=lambda name=name, head=head, limit_s=limit_s:
                                    came.update({name: self.drip(head, limit_s + 5)}))
                   for name, (head, limit_s, _) in rows.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name, (_, limit_s, status) in rows.items():
            with self.subTest(name):
                self.assertEqual(came[name][0], status)
                self.assertLess(came[name][1], limit_s)


if __name__ == "__main__":
    unittest.main()
