#!/usr/bin/env python3
"""Mails by TLS and with a sign-in: what campaign-svc hands to a mail server that it can trust, and
that it says nothing to one that it cannot. Certificates come from openssl, TLS and the sign-in of
the other side from Python.
"""

import base64
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from company import CAMPAIGN, Company, wait  # noqa: E402
from mail_server import MailServer  # noqa: E402
from regulars import Regulars, RegularsTest  # noqa: E402

USER, PASSWORD, WRONG = "crm", "Tr0ub4dor&3-horse", "wr0ng-staple"
PEOPLE = 12


class Authority:
    """A certificate authority, and what it has signed for names of servers."""

    def __init__(self, folder, name):
        self._path = folder / name
        self.file = self._make(self._path, name, [], "basicConstraints=critical,CA:TRUE")

    @staticmethod
    def _make(path, name, more, extension):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", extension, *more,
             "-keyout", f"{path}.key", "-out", f"{path}.pem"], check=True, capture_output=True)
        return f"{path}.pem"

    def context(self, name):
        """TLS of a server that has this name: "IP:127.0.0.1"."""
        path = self._path.with_name(f"{self._path.name}-{name.replace(':', '-')}")
        self._make(path, "mail server", ["-CA", self.file, "-CAkey", f"{self._path}.key"],
                   f"subjectAltName={name}")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{path}.pem", f"{path}.key")
        return context


class SmtpSecurityTest(RegularsTest):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("needs openssl")
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        ours, other = Authority(folder, "ours"), Authority(folder, "other")
        cls.ca = f"--smtp-ca={ours.file}"
        cls.good = ours.context("IP:127.0.0.1")
        cls.of_another_authority = other.context("IP:127.0.0.1")
        cls.of_another_host = ours.context("DNS:mail.other.example")
        cls.passwords = {}
        for password in (PASSWORD, WRONG):
            cls.passwords[password] = folder / password[:5]
            cls.passwords[password].write_text(f"{password}\n")
        cls.suite = cls.enterClassContext(Regulars(services=("customer", "campaign")))
        cls.company = Company(cls.suite)
        cls.company.write_as()
        cls.company.template("order", purpose="PURPOSE_TRANSACTIONAL",
                             content={"subject": "Order", "text": "Thanks"})
        cls.names = cls.company.add_people([
            {"emails": [{"address": f"p{i}@mail.example"}], "tags": ["reader"]}
            for i in range(PEOPLE)])
        cls.company.say(cls.names, "STATE_GRANTED")
        cls.company.segment("readers", 'tags:"reader"')
        cls.company.template("news", content={"subject": "News", "text": "x"})

    def serve(self, **options):
        return self.enterContext(MailServer(**options))

    def send_by(self, server, tls, *flags):
        """From now on mails go there."""
        self.suite.campaign.stop()
        self.suite.campaign.start(
            f"--smtp-server={server.address}", f"--smtp-tls={tls}", "--smtp-connections=1", *flags)

    def sign_in_as(self, password):
        return f"--smtp-user={USER}", f"--smtp-password-file={self.passwords[password]}"

    def write_to(self, place):
        """The name of a new message to one of the people."""
        return self.company.call("POST", f"{CAMPAIGN}/messages:send", {
            "template": "templates/order", "customer": self.names[place]})["name"]

    def message(self, name):
        return self.company.call("GET", f"{CAMPAIGN}/{name}")

    def await_sent(self, name):
        wait(lambda: self.message(name)["state"] == "STATE_SENT")

    def logs(self):
        return "".join(path.read_text() for path in self.suite.folder.glob("*.log"))

    def test_mails_go_out_by_tls_over_one_connection(self):
        for tls, options in (("starttls", {"starttls": self.good}),
                             ("implicit", {"implicit_tls": self.good})):
            with self.subTest(tls):
                server = self.serve(**options)
                self.send_by(server, tls, self.ca)
                self.company.start_campaign(tls, "news", audience={"segment": "segments/readers"})
                self.assertEqual(self.company.await_finished(tls)["sent"], PEOPLE)
                self.assertEqual(sorted(mail.recipient for mail in server.mails),
                                 sorted(f"p{i}@mail.example" for i in range(PEOPLE)))
                self.assertEqual({mail.encrypted for mail in server.mails}, {True})
                self.assertEqual(len({mail.connection for mail in server.mails}), 1)

    def test_a_server_that_cannot_be_trusted_gets_nothing(self):
        users = {USER: PASSWORD}
        # What is the matter, the server, --smtp-ca, --smtp-tls, what the warning says.
        rows = (
            ("another authority", {"starttls": self.of_another_authority}, [self.ca], "starttls",
             "certificate problem"),
            ("another authority", {"implicit_tls": self.of_another_authority}, [self.ca],
             "implicit", "certificate problem"),
            ("not of the machine's", {"starttls": self.good}, [], "starttls",
             "certificate problem"),
            ("another host", {"starttls": self.of_another_host}, [self.ca], "starttls",
             "host name '127.0.0.1'"),
            ("another host", {"implicit_tls": self.of_another_host}, [self.ca], "implicit",
             "host name '127.0.0.1'"),
            ("no TLS", {}, [self.ca], "starttls", "STARTTLS"),
            ("no TLS", {}, [self.ca], "implicit", "wrong version number"),
        )
        messages = []
        for place, (what, options, roots, tls, why) in enumerate(rows):
            with self.subTest(what, tls=tls):
                server = self.serve(users=users, **options)
                self.send_by(server, tls, *roots, *self.sign_in_as(PASSWORD))
                messages.append(self.write_to(place))
                self.check_held(messages[-1], 0, why)
                self.assertEqual((server.mails, server.sign_ins), ([], []))
        self.check_nothing_was_lost(messages)

    def check_held(self, name, code, why):
        """A message waits, nobody's attempt counts, and those who run the service are told."""
        process = self.suite.campaign
        wait(lambda: process.metric("regulars_mail_server_held") == 1)
        wait(lambda: self.message(name).get("reason") == "SMTP_UNREACHABLE")
        message = self.message(name)
        self.assertEqual((message["state"], message["attempts"], message["smtpCode"]),
                         ("STATE_PENDING", 0, code))
        status, text = process.admin("/readyz")
        self.assertEqual(status, 200)
        self.assertRegex(text, rf"warning: mail server: connection{f' {code}' if code else ''}: "
                               rf".*{why}.*; messages wait")
        [*_, logged] = process.log_records("messages wait: the mail server cannot be used")
        self.assertEqual((logged["stage"], logged["code"]), ("connection", str(code)))
        self.assertIn(logged["why"], text)

    def check_nothing_was_lost(self, messages):
        """All who waited get their mail, once, when the server can be used."""
        server = self.serve(starttls=self.good, users={USER: PASSWORD})
        self.send_by(server, "starttls", self.ca, *self.sign_in_as(PASSWORD))
        for name in messages:
            self.await_sent(name)
        self.assertEqual(sorted(mail.recipient for mail in server.mails),
                         [f"p{place}@mail.example" for place in range(len(messages))])
        self.assertEqual(self.suite.campaign.metric("regulars_mail_server_held"), 0)
        self.assertEqual(self.suite.campaign.admin("/readyz"), (200, "ready\n"))

    def test_the_sign_in(self):
        for tls, option in (("starttls", "starttls"), ("implicit", "implicit_tls")):
            with self.subTest(tls):
                server = self.serve(users={USER: PASSWORD}, **{option: self.good})
                self.send_by(server, tls, self.ca, *self.sign_in_as(WRONG))
                name = self.write_to(0)
                self.check_held(name, 535, "denied")
                self.check_no_password()
                self.assertEqual((server.mails, set(server.sign_ins)), ([], {(USER, WRONG)}))
                self.send_by(server, tls, self.ca, *self.sign_in_as(PASSWORD))
                self.await_sent(name)
                [mail] = server.mails
                self.assertEqual((mail.user, mail.encrypted), (USER, True))
                self.assertEqual(set(server.sign_ins), {(USER, WRONG), (USER, PASSWORD)})
                self.check_no_password()

    def check_no_password(self):
        process = self.suite.campaign
        told = self.logs() + process.admin("/readyz")[1] + process.admin("/metrics")[1]
        for password in (PASSWORD, WRONG):
            said = base64.b64encode(f"\0{USER}\0{password}".encode()).decode()
            self.assertFalse(password in told or said in told, "a password is told")


if __name__ == "__main__":
    unittest.main()
