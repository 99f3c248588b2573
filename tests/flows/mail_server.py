"""A mail server for tests (aiosmtpd): it keeps what it is given, parsed, and misbehaves by
recipient.

    with MailServer() as server:
        … campaign-svc with --smtp-server=server.address …
        server.wait_for(3)
        server.mails[0].message["Subject"]

A recipient "r450@…" or "r550-5.1.1@…" is refused with that reply; "d451@…" after the mail. Besides,
`faults`, a function of the recipient, is asked each time: "" is none, a reply ("421 busy") is what
the server says, and DROP is a connection that breaks amid the mail.
"""

import contextlib
import dataclasses
import email
import email.message
import email.policy
import html.parser
import re
import socket
import threading
import time
import unittest

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP
except ImportError as missing:
    raise unittest.SkipTest(f"{missing}: install python3-aiosmtpd") from missing

WAIT_LIMIT_S = 30
DROP = "drop"
REFUSED = re.compile(r"[rd](\d{3})(?:-([\d.]+))?@")


@dataclasses.dataclass
class Mail:
    sender: str
    recipient: str
    message: email.message.EmailMessage
    received: float  # Seconds since 1970.

    def part(self, kind):
        """The text of the part of this kind: "plain", "html"."""
        body = self.message.get_body((kind,))
        return body.get_content() if body else None

    def links(self, kind):
        """Tokens of the links of one kind: "o", "c", "u"."""
        text = (self.part("html") or "") + (self.part("plain") or "")
        return re.findall(rf"/api/campaign/v1/{kind}/([\w-]+)", text)


class Links(html.parser.HTMLParser):
    """What a mail loads and leads to."""

    def __init__(self, mail):
        super().__init__()
        self.pictures, self.targets, self.text = [], [], ""
        self.feed(mail.part("html"))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "img":
            self.pictures.append(attributes["src"])
        if tag == "a":
            self.targets.append(attributes["href"])

    def handle_data(self, data):
        self.text += data


class _Handler:
    def __init__(self, faults):
        self.lock = threading.Lock()
        self.mails = []
        self._faults = faults

    @staticmethod
    def _reply(address):
        match = REFUSED.match(address)
        return " ".join(filter(None, (match[1], match[2], "no"))) if match else None

    async def handle_RCPT(self, _server, session, envelope, address, _options):
        fault = self._faults(address)
        session.breaks = fault == DROP
        if fault not in ("", DROP):
            return fault
        if address.startswith("r") and (reply := self._reply(address)):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server, _session, envelope):
        [recipient] = envelope.rcpt_tos
        if recipient.startswith("d") and (reply := self._reply(recipient)):
            return reply
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self.lock:
            self.mails.append(Mail(envelope.mail_from, recipient, message, time.time()))
        return "250 2.0.0 OK"


class _Smtp(SMTP):
    async def smtp_DATA(self, arg):
        if not self.session.breaks:
            return await super().smtp_DATA(arg)
        await self.push("354 go on")
        self.transport.abort()
        return None


class _Controller(Controller):
    def factory(self):
        return _Smtp(self.handler, enable_SMTPUTF8=True, hostname="mail.test")


class MailServer(contextlib.AbstractContextManager):
    def __init__(self, faults=lambda _address: ""):
        self._handler = _Handler(faults)
        # The controller connects to its own port, so it cannot choose one by itself.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._controller = _Controller(self._handler, hostname="127.0.0.1", port=port)
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    @property
    def mails(self):
        with self._handler.lock:
            return list(self._handler.mails)

    def wait_for(self, count):
        """Waits until there are so many mails; all of them."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        while len(self.mails) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.mails)} mails of {count} after {WAIT_LIMIT_S} s")
            time.sleep(0.02)
        return self.mails
