"""A mail server for tests (aiosmtpd): it keeps what it is given, parsed, and misbehaves by
recipient.

    with MailServer() as server:
        … campaign-svc with --smtp-server=server.address …
        server.wait_for(3)
        server.mails[0].message["Subject"]

A recipient "r450@…" or "r550-5.1.1@…" is refused with that reply; "d451@…" after the mail. Besides,
`faults`, a function of the recipient, is asked each time: "" is none, a reply ("421 busy") is what
the server says, DROP is a connection that breaks amid the mail, and HANG one that breaks some time
after the mail was taken, without an answer.

With `starttls` or `implicit_tls`, a context of the ssl module, mails are taken by TLS alone; with
`users`, passwords by their names, from those who have signed in.

    with server.away(): …  nobody can connect
"""

import asyncio
import contextlib
import dataclasses
import email
import email.message
import email.policy
import html.parser
import itertools
import logging
import re
import socket
import threading
import time
import unittest

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError as missing:
    raise unittest.SkipTest(f"{missing}: install python3-aiosmtpd") from missing

WAIT_LIMIT_S = 30
DROP, HANG = "drop", "hang"
HANG_S = 1
# What clients do wrong is seen by what comes of it.
logging.getLogger("mail.log").addHandler(logging.NullHandler())
REFUSED = re.compile(r"[rd](\d{3})(?:-([\d.]+))?@")


@dataclasses.dataclass
class Mail:
    sender: str
    recipient: str
    message: email.message.EmailMessage
    received: float  # Seconds since 1970.
    connection: int  # Its number.
    encrypted: bool
    user: str  # Who has signed in; "" for nobody.
    answered: bool = False  # Whether the server said that it took it.

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
    def __init__(self, faults, users):
        self.lock = threading.Lock()
        self.mails = []
        self.sign_ins = []
        self.delay_s = self.answer_delay_s = 0
        self.left_in_doubt = []
        self.connections = set()
        self._faults = faults
        self._users = users or {}

    def authenticate(self, _server, _session, _envelope, _mechanism, said):
        name, password = said.login.decode(), said.password.decode()
        with self.lock:
            self.sign_ins.append((name, password))
        return AuthResult(success=self._users.get(name) == password, handled=False, auth_data=name)

    @staticmethod
    def _reply(address):
        match = REFUSED.match(address)
        return " ".join(filter(None, (match[1], match[2], "no"))) if match else None

    async def handle_MAIL(self, _server, session, envelope, address, options):
        if self._users and not session.authenticated:
            return "530 5.7.0 sign in first"
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 OK"

    async def handle_RCPT(self, _server, session, envelope, address, _options):
        fault = self._faults(address)
        session.breaks, session.hangs = fault == DROP, fault == HANG
        if fault not in ("", DROP, HANG):
            return fault
        if address.startswith("r") and (reply := self._reply(address)):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.delay_s)
        [recipient] = envelope.rcpt_tos
        if recipient.startswith("d") and (reply := self._reply(recipient)):
            return reply
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        mail = Mail(envelope.mail_from, recipient, message, time.time(), server.number,
                    server.encrypted, session.auth_data or "")
        with self.lock:
            self.mails.append(mail)
        if session.hangs:
            self.left_in_doubt.append(recipient)
            await asyncio.sleep(HANG_S)
            server.transport.abort()
            await asyncio.sleep(HANG_S)  # The connection's end ends this task.
        await asyncio.sleep(self.answer_delay_s)
        mail.answered = True
        return "250 2.0.0 OK"

    def leave_idle(self):
        """Ends the connections that are amid no mail, so that no mail is in doubt for it."""
        for connection in self.connections:
            if not connection.amid_mail:
                connection.transport.close()


class _Smtp(SMTP):
    amid_mail = False

    def __init__(self, number, *arguments, **options):
        super().__init__(*arguments, **options)
        self.number = number

    @property
    def encrypted(self):
        return self.transport.get_extra_info("ssl_object") is not None

    def connection_made(self, transport):
        super().connection_made(transport)
        self.event_handler.connections.add(self)

    def connection_lost(self, error):
        self.event_handler.connections.discard(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg):
        self.amid_mail = True
        try:
            if not self.session.breaks:
                return await super().smtp_DATA(arg)
            await self.push("354 go on")
            self.event_handler.left_in_doubt.extend(self.envelope.rcpt_tos)
            self.transport.abort()
            return None
        finally:
            self.amid_mail = False


class _Controller(Controller):
    numbers = itertools.count()

    def factory(self):
        return _Smtp(next(self.numbers), self.handler, **self.SMTP_kwargs)

    async def close(self):
        self.server.close()
        await self.server.wait_closed()
        self.handler.leave_idle()

    async def reopen(self):
        self.server = await self._create_server()

    def within(self, step):
        """Runs it in the server's thread."""
        asyncio.run_coroutine_threadsafe(step, self.loop).result(WAIT_LIMIT_S)


class MailServer(contextlib.AbstractContextManager):
    def __init__(self, faults=lambda _address: "", starttls=None, implicit_tls=None, users=None):
        self._handler = _Handler(faults, users)
        # The controller connects to its own port, so it cannot choose one by itself.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._controller = _Controller(
            self._handler, hostname="127.0.0.1", port=port, server_hostname="mail.test",
            enable_SMTPUTF8=True, ssl_context=implicit_tls, tls_context=starttls,
            require_starttls=starttls is not None, authenticator=self._handler.authenticate,
            auth_require_tls=not users or starttls is not None)
        self.address = f"127.0.0.1:{port}"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()

    @contextlib.contextmanager
    def away(self):
        """Meanwhile connections are refused, and none is open that waits for a mail."""
        self._controller.within(self._controller.close())
        try:
            yield
        finally:
            self._controller.within(self._controller.reopen())

    def set_delay(self, delay_s, answer_delay_s=0):
        """Each mail is thought about for so long before it is taken, and before that is said."""
        self._handler.delay_s, self._handler.answer_delay_s = delay_s, answer_delay_s

    @property
    def sign_ins(self):
        """(name, password) of every attempt to sign in."""
        with self._handler.lock:
            return list(self._handler.sign_ins)

    @property
    def mails(self):
        with self._handler.lock:
            return list(self._handler.mails)

    @property
    def connection_count(self):
        """How many are open."""
        return len(self._handler.connections)

    @property
    def left_in_doubt(self):
        """Recipients, once for each mail that it may have taken as far as the sender knows."""
        return list(self._handler.left_in_doubt)

    def wait_for(self, count):
        """Waits until there are so many mails; all of them."""
        deadline = time.monotonic() + WAIT_LIMIT_S
        while len(self.mails) < count:
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(self.mails)} mails of {count} after {WAIT_LIMIT_S} s")
            time.sleep(0.02)
        return self.mails
