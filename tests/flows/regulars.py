"""Starts the real processes for tests: the services and the gateway before them, with stores of
their own in a temporary folder, on free ports of this machine.

    with Regulars() as suite:
        status, reply = suite.call("GET", "/api/customer/v1/customers", token=suite.admin_token)
        suite.customer.kill()
        suite.customer.start()

Tests mostly take RegularsTest, which starts them once for a class and shows their logs when a test
fails. Binaries are those of build/release/bin, or of the folder that REGULARS_BIN names.
"""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest
import urllib.parse

import grpc

from process import HTTP_PORTS, Process, free_port, request

FULL = bool(os.environ.get("REGULARS_FULL"))
TOKEN_RENEWAL_S = 300  # Tokens live for 15 minutes.
FOLLOW_LIMIT_S = 120
CRASH_S = 1  # What a process that crashes takes to be gone.
ADMIN_PASSWORD = "correct horse battery"
# The services behind the gateway, in the order of their start, and whom each one follows or calls.
SERVICES = {"customer": ("loyalty", "recommend", "campaign"), "loyalty": ("customer",),
            "recommend": ("customer",), "campaign": ("customer", "loyalty", "recommend")}


def all_pages(get, field, query=None):
    """The items of a list, through all its pages; `get` gets one by its query."""
    query = {"pageSize": 1000, **(query or {})}
    while True:
        page = get(query)
        yield from page.get(field, [])
        query["pageToken"] = page.get("nextPageToken", "")
        if not query["pageToken"]:
            return


class Regulars:
    """The services and the gateway: `suite.customer`, `suite.loyalty` …, `suite.gateway`."""

    def __init__(self, customer_flags=(), gateway_flags=(), services=tuple(SERVICES),
                 campaign_flags=(), every_flags=()):
        """`every_flags` are for all processes, the gateway too."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="regulars-test-"))
        self._addresses = {service: f"127.0.0.1:{free_port()}" for service in services}
        self._every_flags = every_flags
        more = {"customer": customer_flags, "campaign": campaign_flags}
        self.services = [self._make(service, more.get(service, ())) for service in services]
        for service, process in zip(services, self.services):
            setattr(self, service, process)
        # Requests come from one caller here; what limits callers has tests of its own.
        self.gateway = Process("gateway", self.folder, [
            *self._flags_for("access", services), "--rate=1000000", "--burst=1000000",
            *gateway_flags], HTTP_PORTS)
        self._channels = {}
        self._admin_key = None
        self._admin_token = (0, None)

    def _make(self, service, more):
        port = int(self._addresses[service].rsplit(":", 1)[1])
        return Process(f"{service}-svc", self.folder, [
            *self._flags_for(service, SERVICES[service]), *more], listen_port=port)

    def _flags_for(self, service, peers):
        return [f"--store=sqlite:{self.folder}/{service}.db",
                f"--token-keys={self.folder}/token-keys.json",
                f"--service-keys={self.folder}/service-keys",
                f"--backup-folder={self.folder}/{service}-backups",
                *(f"--{peer}-svc={self._addresses[peer]}" for peer in peers
                  if peer in self._addresses),
                *self._every_flags]

    @property
    def processes(self):
        """All of them by name: "customer-svc"."""
        return {process.name: process for process in (*self.services, self.gateway)}

    def __enter__(self):
        try:
            for process in (*self.services, self.gateway):
                process.start()
            self.http_port = self.gateway.port("--http-listen")
            self.gateway_url = f"http://127.0.0.1:{self.http_port}"
            self._sign_in()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, error, trace):
        codes = self.close()
        if kind is None and any(codes.values()):
            raise AssertionError(f"processes ended with {codes}")

    def close(self):
        """Ends what runs and removes the stores; the exit codes."""
        for channel in self._channels.values():
            channel.close()
        codes = {process.name: process.stop() for process in (self.gateway, *self.services)}
        shutil.rmtree(self.folder)
        return codes

    def wait_until_followed(self, service, upstream="customer"):
        """Waits until a service has followed all that another has published so far."""
        head = self.ok("GET", f"/api/{upstream}/v1/feed").get("headPosition", "0")
        # A read that asks for it waits itself; it gives up after some time, so it is asked again.
        deadline = time.monotonic() + FOLLOW_LIMIT_S
        while True:
            status, _, text = self.request(
                "GET", f"/api/{service}/v1/feed", headers={
                    "Authorization": f"Bearer {self.admin_token}",
                    "Regulars-After": f"{upstream}:{head}"})
            if status == 200:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{service} has not followed {upstream}: {status} {text}")
            time.sleep(0.05)

    def channel(self, process):
        """A gRPC channel straight to a process; the same one each time."""
        if process.name not in self._channels:
            self._channels[process.name] = grpc.insecure_channel(f"127.0.0.1:{process.port()}")
        return self._channels[process.name]

    def request(self, method, path, body=None, headers=None):
        """One HTTP request to the gateway: (status, headers, bytes)."""
        return request(self.http_port, method, path, body, headers)

    def call(self, method, path, body=None, token=None, query=None):
        """A call as web clients make it, by default as administrator: (status, JSON). `body` is
        sent as JSON; text and bytes are sent as they are. token="" sends none."""
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        token = self.admin_token if token is None else token
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        status, _, text = self.request(method, path, body, headers)
        return status, json.loads(text) if text else None

    def ok(self, method, path, body=None, token=None, query=None):
        """The reply of a call that must succeed."""
        status, reply = self.call(method, path, body, token, query)
        if status != 200:
            raise AssertionError(f"{method} {path}: {status} {reply}")
        return reply

    def pages(self, path, field, query=None, token=None):
        """The items of a list, through all its pages."""
        return all_pages(lambda page: self.ok("GET", path, token=token, query=page), field, query)

    def _sign_in(self):
        """Makes the administrator's key with the one-time password, which is thereby used up."""
        text = (self.folder / "access.db.admin-password").read_text()
        said = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith("#"))
        first = self.ok("POST", "/api/access/v1/session:signIn",
                        {"email": said["email"], "password": said["password"]}, token="")
        pair = self.ok("POST", "/api/access/v1/session:changePassword",
                       {"currentPassword": said["password"], "newPassword": ADMIN_PASSWORD},
                       token=first["accessToken"])
        self._admin_key = self.make_key(["*.*"], token=pair["accessToken"])

    def make_key(self, scopes, stores=(), token=None):
        """Makes an API key: (client id, client secret)."""
        key = self.ok("POST", "/api/access/v1/apiKeys", {
            "displayName": "test", "scopes": list(scopes), "stores": list(stores)}, token)
        secret = self.ok("POST", f"/api/access/v1/{key['name']}:addSecret", {}, token)["secret"]
        return key["name"].removeprefix("apiKeys/"), secret

    def token_of(self, key):
        """A token by client credentials (RFC 6749 section 4.4)."""
        basic = base64.b64encode(":".join(key).encode()).decode()
        status, _, text = self.request(
            "POST", "/oauth/token", "grant_type=client_credentials",
            {"Authorization": f"Basic {basic}"})
        if status != 200:
            raise AssertionError(f"/oauth/token: {status} {text}")
        return json.loads(text)["access_token"]

    def make_token(self, scopes, stores=()):
        return self.token_of(self.make_key(scopes, stores))

    @property
    def admin_token(self):
        made, token = self._admin_token
        if time.monotonic() - made > TOKEN_RENEWAL_S or token is None:
            token = self.token_of(self._admin_key)
            self._admin_token = (time.monotonic(), token)
        return token

    def renew_admin_token(self):
        """For tests that move the clock: no token outlives 15 minutes of it."""
        self._admin_token = (0, None)


class RegularsTest(unittest.TestCase):
    """Tests against processes that are started once for the class, as `self.suite`."""

    @classmethod
    def setUpClass(cls):
        cls.suite = cls.enterClassContext(Regulars())

    def assert_healthy(self):
        """All processes serve. One that has crashed is started again, for the tests that follow."""
        with contextlib.suppress(OSError):
            if self.suite.request("GET", "/healthz")[0] == 200:
                return
        time.sleep(CRASH_S)
        crashed = [each for each in self.suite.processes.values() if not each.running]
        for process in crashed:
            process.start()
        self.fail(f"unhealthy; crashed: {[each.name for each in crashed]}")

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for process in self.suite.processes.values():
                print(f"--- the end of {process.log_path}\n{process.log_tail()}", file=sys.stderr)
        return result
