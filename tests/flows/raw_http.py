"""HTTP/1.1 by hand, so that what is sent can be wrong in every way.

    with Connection(port) as connection:
        connection.send(b"GET /healthz HTTP/1.1\\r\\n\\r\\n")
        answer = connection.answer()       # None once the server has closed

Nothing of it is shared with the server or with Python's own HTTP library.
"""

import json
import select
import socket
from dataclasses import dataclass

ANSWER_LIMIT_S = 10


@dataclass
class Answer:
    status: int
    headers: dict  # Names in lower case.
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def reason(self):
        """The reason of an error in Google's form."""
        infos = [each for each in self.json["error"].get("details", [])
                 if each["@type"].endswith("google.rpc.ErrorInfo")]
        assert len(infos) == 1 and infos[0]["domain"] == "regulars", self.body
        return infos[0]["reason"]

    @property
    def fields(self):
        """The fields at fault."""
        return [violation["field"] for each in self.json["error"].get("details", [])
                if each["@type"].endswith("google.rpc.BadRequest")
                for violation in each["fieldViolations"]]


class Connection:
    def __init__(self, port, limit_s=ANSWER_LIMIT_S):
        self._socket = socket.create_connection(("127.0.0.1", port), limit_s)
        self._buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data):
        """Sends what the server takes; whether it took all."""
        try:
            self._socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def end_sending(self):
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The server was quicker.

    def _fill(self):
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        self._buffer += data
        return bool(data)

    def _take(self, size):
        while len(self._buffer) < size and self._fill():
            pass
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _take_line(self):
        while b"\r\n" not in self._buffer and self._fill():
            pass
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def has_answer(self):
        """Whether something came, or the server has closed; without waiting."""
        poll = select.poll()  # Which takes any number of descriptors, unlike select.
        poll.register(self._socket, select.POLLIN)
        return bool(self._buffer or poll.poll(0))

    def closed(self):
        """Waits until the server closes; whether nothing came before."""
        while self._fill():
            pass
        return not self._buffer

    def answer(self, to="GET"):
        """The next answer, or None when the server has closed."""
        line = self._take_line()
        if not line:
            return None
        status = int(line.split(b" ")[1])
        headers = {}
        while line := self._take_line():
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode()
        if to == "HEAD" or status in (204, 304) or status < 200:
            body = b""
        elif headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._take_line(), 16):
                body += self._take(size)
                self._take_line()
            self._take_line()
        else:
            body = self._take(int(headers.get("content-length", 0)))
        return Answer(status, headers, body)

    def answers(self):
        """All answers until the server closes."""
        found = []
        while (answer := self.answer()) is not None:
            found.append(answer)
        return found


def request(method, target, body=None, headers=(), version="HTTP/1.1"):
    """A well-formed request's bytes, unless what it is given is not."""
    lines = [f"{method} {target} {version}", "Host: shop", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")
