#!/usr/bin/env python3
"""HTTPS at the gateway: what it serves, to whom and in which versions, what becomes of clients that
break off, and what is said about certificates that cannot be used.
"""

import contextlib
import http.client
import os
import pathlib
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from certificates import RSA, make_certificate  # noqa: E402
from process import BIN, CALL_LIMIT_S, ROOT, free_port  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

SETTINGS = "/api/customer/v1/companySettings"
SCRIPT = "/docs/swagger-ui-bundle.js"
UPLOAD = "/api/customer/v1/orders:import?options.source=tls"
FEED = "/api/customer/v1/feed:subscribe?stopAtHead=true"
UPLOAD_LINES = 40_000
START_LIMIT_S = 20
CLOSE_LIMIT_S = 60  # A handshake has 15 s.
BROKEN_OFF = 20  # In each way.
HSTS = "Strict-Transport-Security"
V1_0, V1_1, V1_2, V1_3 = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2,
                          ssl.TLSVersion.TLSv1_3)
# A system that refuses nothing by itself, so that it is the gateway that refuses.
PERMISSIVE = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = permissive
[permissive]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
"""


def client_of(authority, version=None):
    """A client that trusts one authority, and speaks one version of TLS or any."""
    context = ssl.create_default_context(cafile=authority)
    if version:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Of old versions, as is right.
            context.minimum_version = context.maximum_version = version
    return context


def connect(port, client):
    """A TLS connection, after its handshake."""
    plain = socket.create_connection(("127.0.0.1", port), CALL_LIMIT_S)
    try:
        return client.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
    except BaseException:
        plain.close()
        raise


def version_of(port, client):
    """What client and server have agreed on."""
    with connect(port, client) as connection:
        return connection.version()


def first_words(client):
    """What a client's handshake begins with."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = client.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with contextlib.suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    return outgoing.read()


def all_of(connection):
    """What comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            received += piece
    return received


class HttpsRegulars(Regulars):
    """Is called by HTTPS."""

    def __init__(self, certificate, key, **more):
        super().__init__(gateway_flags=[
            f"--http-tls-certificate={certificate}", f"--http-tls-key={key}",
            "--http-threads=1"], **more)
        self._client = client_of(certificate)

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.http_port, timeout=CALL_LIMIT_S,
                                           context=self._client)

    def request(self, method, path, body=None, headers=None):
        with contextlib.closing(self.connection()) as connection:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()


class GatewayTlsTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.certificate, cls.key = make_certificate(cls.folder, "ours")
        cls.strangers, _ = make_certificate(cls.folder, "theirs")
        cls.permissive = cls.folder / "openssl.cnf"
        cls.permissive.write_text(PERMISSIVE)
        with mock.patch.dict(os.environ, OPENSSL_CONF=str(cls.permissive)):
            cls.suite = cls.enterClassContext(
                HttpsRegulars(cls.certificate, cls.key, services=["customer"]))

    def assert_serves(self):
        self.assertEqual(self.suite.ok("GET", SETTINGS)["baseCurrency"], "EUR")

    # --- What is served ---------------------------------------------------------------------------

    def test_serves_pages_and_calls_and_tells_browsers_to_stay_with_tls(self):
        token = {"Authorization": f"Bearer {self.suite.admin_token}"}
        for path, headers, status in (("/docs", {}, 200), (SCRIPT, {}, 200), (SETTINGS, token, 200),
                                      (SETTINGS, {}, 401), ("/nothing", {}, 404)):
            with self.subTest(path=path, status=status):
                answered, said, _ = self.suite.request("GET", path, headers=headers)
                self.assertEqual((answered, said[HSTS]), (status, "max-age=31536000"))

    def test_long_answers_and_long_bodies_come_whole(self):
        _, _, text = self.suite.request("GET", SCRIPT)
        self.assertEqual(text, (ROOT / "build/npm/swagger-ui-dist/swagger-ui-bundle.js")
                         .read_bytes())
        lines = "".join(f"{i},2026-01-02 03:04:05,item-{i % 100},1,1.50\n"
                        for i in range(UPLOAD_LINES))
        operation = self.suite.ok(
            "POST", UPLOAD, f"receipt_number,time,item,quantity,unit_price\n{lines}".encode())
        deadline = time.monotonic() + CALL_LIMIT_S
        while not operation.get("done") and time.monotonic() < deadline:
            time.sleep(0.05)
            operation = self.suite.ok("GET", f"/api/customer/v1/{operation['name']}")
        self.assertEqual(operation["response"]["report"]["linesStored"], str(UPLOAD_LINES))

    def test_streams_come_whole(self):
        made = {self.suite.ok("POST", "/api/customer/v1/customers", {"givenName": "x"})["name"]
                for _ in range(20)}
        status, _, text = self.suite.request(
            "GET", FEED, headers={"Authorization": f"Bearer {self.suite.admin_token}"})
        self.assertEqual(status, 200)
        self.assertEqual([name for name in made if name.encode() not in text], [])

    def test_a_connection_is_kept(self):
        with contextlib.closing(self.suite.connection()) as connection:
            connection.connect()
            first = connection.sock
            for path, status in (("/docs", 200), ("/nothing", 404), (SETTINGS, 401), (SCRIPT, 200),
                                 ("/docs", 200)):
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                self.assertEqual(response.status, status)
                self.assertIs(connection.sock, first)

    def test_a_connection_ends_with_a_word(self):
        """Without it, a client could not tell an end from a cut (RFC 8446, section 6.1)."""
        client = client_of(self.certificate)
        client.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # Python sets it.
        with connect(self.suite.http_port, client) as connection:
            connection.sendall(b"GET /docs HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
            self.assertIn(b"/docs/start.js", all_of(connection))  # Raises if it was cut.

    # --- To whom ----------------------------------------------------------------------------------

    def test_a_client_that_trusts_somebody_else_goes_away(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            connect(self.suite.http_port, client_of(self.strangers))
        self.assert_serves()

    def test_plain_http_gets_no_answer(self):
        for path in ("/docs", "/healthz", SETTINGS):
            with self.subTest(path), socket.create_connection(
                    ("127.0.0.1", self.suite.http_port), CALL_LIMIT_S) as connection:
                connection.sendall(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
                self.assertNotIn(b"HTTP/", all_of(connection))
        self.assert_serves()

    def test_speaks_tls_1_2_and_1_3_and_nothing_older(self):
        port = self.suite.http_port
        for version, name in ((V1_2, "TLSv1.2"), (V1_3, "TLSv1.3")):
            self.assertEqual(version_of(port, client_of(self.certificate, version)), name)
        for version in (V1_0, V1_1):
            with self.subTest(version):
                with self.assertRaises(ssl.SSLError) as refusal:
                    version_of(port, client_of(self.certificate, version))
                self.assertEqual(refusal.exception.reason, "TLSV1_ALERT_PROTOCOL_VERSION")
        self.assert_serves()

    def test_such_clients_and_such_a_system_could_speak_older_ones(self):
        """Or the refusals above would prove nothing."""
        port = free_port()
        server = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", self.certificate,
             "-key", self.key, "-quiet"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=os.environ | {"OPENSSL_CONF": str(self.permissive)})
        self.addCleanup(server.stdin.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        deadline = time.monotonic() + START_LIMIT_S
        for version, name in ((V1_0, "TLSv1"), (V1_1, "TLSv1.1")):
            while True:
                try:
                    agreed = version_of(port, client_of(self.certificate, version))
                    break
                except ConnectionRefusedError:
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.05)
            self.assertEqual(agreed, name)

    # --- Clients that break off -------------------------------------------------------------------

    def test_handshakes_that_are_broken_off_stop_nobody_and_end(self):
        hello = first_words(client_of(self.certificate))
        waiting = []
        for begun in (b"", hello[:1], hello[:20], hello[:-1], hello, b"\x16\x03\x01\xff\xff" * 9):
            for _ in range(BROKEN_OFF):
                for end in ("stay", "close", "reset"):
                    connection = socket.create_connection(
                        ("127.0.0.1", self.suite.http_port), CLOSE_LIMIT_S)
                    connection.sendall(begun)
                    if end == "reset":
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                              struct.pack("ii", 1, 0))
                    if end == "stay":
                        self.addCleanup(connection.close)
                        waiting.append(connection)
                    else:
                        connection.close()
            self.assert_serves()
        for connection in waiting:
            all_of(connection)  # Raises if it is not closed.
        self.assert_serves()

    def test_answers_that_are_broken_off_stop_nobody(self):
        for _ in range(BROKEN_OFF):
            connection = connect(self.suite.http_port, client_of(self.certificate))
            connection.sendall(f"GET {SCRIPT} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        self.assert_serves()


class UnusableCertificatesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.ours, cls.our_key = make_certificate(cls.folder, "ours")
        _, cls.their_key = make_certificate(cls.folder, "theirs")
        _, cls.rsa_key = make_certificate(cls.folder, "rsa", RSA)
        cls.letter = cls.folder / "letter"
        cls.letter.write_text("This is a letter to somebody.\n")
        cls.nothing = cls.folder / "nothing"

    def start(self, **files):
        """(exit code, what it said on its standard error besides the log) of a gateway."""
        flags = [f"--{flag.replace('_', '-')}={path}" for flag, path in files.items()]
        done = subprocess.run(
            [BIN / "gateway", f"--store=sqlite:{self.folder}/a.db",
             f"--token-keys={self.folder}/keys.json", "--http-listen=127.0.0.1:0", *flags],
            capture_output=True, text=True, timeout=START_LIMIT_S, check=False)
        return done.returncode, [line for line in done.stderr.splitlines()
                                 if not line.startswith("{")]

    def test_files_that_cannot_be_used_are_named(self):
        rows = {
            "no certificate": (self.nothing, self.our_key, f"cannot read '{self.nothing}'"),
            "no key": (self.ours, self.nothing, f"cannot read '{self.nothing}'"),
            "a letter": (self.letter, self.our_key,
                         f"'{self.letter}' holds no certificate that can be used"),
            "a letter for a key": (self.ours, self.letter,
                                   f"'{self.letter}' holds no private key that can be used"),
            "another's key": (self.ours, self.their_key,
                              f"the private key in '{self.their_key}' is not that of the "
                              f"certificate in '{self.ours}'"),
            # A server has one certificate of each kind: this would leave it with half of either.
            "another's key of another kind": (
                self.ours, self.rsa_key, f"the private key in '{self.rsa_key}' is not that of the "
                f"certificate in '{self.ours}'")}
        for flags in ("http_tls", "tls"):  # For callers by HTTP, and by gRPC.
            for name, (certificate, key, message) in rows.items():
                with self.subTest(flags=flags, name=name):
                    code, said = self.start(**{f"{flags}_certificate": certificate,
                                               f"{flags}_key": key})
                    self.assertEqual((code, said), (1, [f"cannot start: {message}"]))

    def test_one_of_the_two_flags_asks_for_the_other(self):
        for flags in ("http_tls", "tls"):
            certificate, key = f"{flags}_certificate", f"{flags}_key"
            for given, missing, path in ((certificate, key, self.ours),
                                         (key, certificate, self.our_key)):
                with self.subTest(given):
                    code, said = self.start(**{given: path})
                    self.assertEqual(code, 2)
                    self.assertEqual(said[0], f"--{given} requires --{missing}".replace("_", "-"))


if __name__ == "__main__":
    unittest.main()
