"""How processes come to trust each other: public keys by URL, and mutual TLS behind the gateway."""

import json
import pathlib
import shutil
import tempfile
import time
import unittest

import grpc

from certificates import make_certificate
from interface import Interface
from process import Process
from regulars import Regulars, RegularsTest

KEYS_LIMIT_S = 20
GET_INFO = "regulars.customer.v1.SettingsService.GetCompanySettings"


def ask(interface, channel, token):
    """Asks until the service knows the keys; what it answers."""
    deadline = time.monotonic() + KEYS_LIMIT_S
    while True:
        try:
            return interface.call(channel, GET_INFO, {"name": "companySettings"}, token)
        except grpc.RpcError as error:
            if (error.code() != grpc.StatusCode.UNAUTHENTICATED or time.monotonic() > deadline):
                raise
        time.sleep(0.05)


class KeysByUrlTest(RegularsTest):
    def test_a_service_needs_nothing_but_the_gateways_url(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        self.addCleanup(shutil.rmtree, folder)
        service = Process("customer-svc", folder, [
            f"--store=sqlite:{folder}/elsewhere.db",
            f"--token-keys={self.suite.gateway_url}/.well-known/jwks.json"]).start()
        self.addCleanup(service.stop)
        with grpc.insecure_channel(f"127.0.0.1:{service.port()}") as channel:
            settings = ask(Interface(), channel, self.suite.admin_token)
        self.assertEqual(settings["baseCurrency"], "EUR")

    def test_the_keys_are_public_and_hold_nothing_private(self):
        status, headers, text = self.suite.request("GET", "/.well-known/jwks.json")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/jwk-set+json"))
        for key in json.loads(text)["keys"]:
            self.assertEqual((key["kty"], key["crv"]), ("OKP", "Ed25519"))
            self.assertNotIn("d", key)  # RFC 8037: the private part.


class MutualTlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.certificate, cls.key = make_certificate(cls.folder, "ours")

    def customer_flags(self):
        return [f"--tls-certificate={self.certificate}", f"--tls-key={self.key}",
                f"--tls-client-ca={self.certificate}"]

    def test_the_gateway_reaches_a_service_that_asks_for_its_certificate(self):
        with Regulars(self.customer_flags(), [
                f"--services-ca={self.certificate}", f"--services-certificate={self.certificate}",
                f"--services-key={self.key}"], services=["customer"]) as suite:
            settings = suite.ok("GET", "/api/customer/v1/companySettings")
            self.assertEqual(settings["baseCurrency"], "EUR")

    def test_without_a_certificate_it_says_that_the_service_is_out_of_reach(self):
        with Regulars(self.customer_flags(), [f"--services-ca={self.certificate}"],
                      services=["customer"]) as suite:
            status, reply = suite.call("GET", "/api/customer/v1/companySettings")
            self.assertEqual((status, reply["error"]["status"]), (503, "UNAVAILABLE"))


if __name__ == "__main__":
    unittest.main()
