"""One server process of a test: started on free ports, watched by its log, killed or ended."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("REGULARS_BIN", ROOT / "build" / "release" / "bin"))
READY_LIMIT_S = 30
END_LIMIT_S = 20  # A process may take 10 s to drain.
CALL_LIMIT_S = 120


def free_port():
    """A port that nobody listens on now. For those who must know it before it is taken."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def request(port, method, path, body=None, headers=None):
    """One HTTP request: (status, headers, bytes)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_LIMIT_S)
    with contextlib.closing(connection):
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


# Flags of ports, and where the log says which ports were taken: (message, key).
PORTS = {"--listen": ("listening", "port"), "--admin-listen": ("listening", "admin_port")}
HTTP_PORTS = PORTS | {"--http-listen": ("HTTP is open", "port")}


class Process:
    """One server. Its ports are free ones, and stay the same when it is started again."""

    def __init__(self, name, folder, arguments, ports=PORTS, listen_port=0):
        self.name = name
        self.log_path = folder / f"{name}.log"
        self._arguments = arguments
        self._ports_said = ports
        self._ports = dict.fromkeys(ports, 0) | {"--listen": listen_port}
        self._process = None

    def start(self, *more):
        """Starts it, this time with more arguments, and waits until it is ready."""
        begin = self.log_path.stat().st_size if self.log_path.exists() else 0
        ports = [f"{flag}=127.0.0.1:{port}" for flag, port in self._ports.items()]
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [BIN / self.name, *self._arguments, *more, *ports], stdout=log, stderr=log)
        deadline = time.monotonic() + READY_LIMIT_S
        while not self._is_ready(begin):
            if not self.running or time.monotonic() > deadline:
                raise AssertionError(
                    f"{self.name} did not start ({self._process.poll()}):\n{self.log_tail()}")
            time.sleep(0.01)
        return self

    def _is_ready(self, begin):
        if next(self.log_records("listening", begin), None) is None:
            return False
        for flag, (message, key) in self._ports_said.items():
            self._ports[flag] = int(next(self.log_records(message, begin))[key])
        with contextlib.suppress(OSError):
            status, text = self.admin("/readyz")
            # The gateway writes the keys, and starts after the services that it is to reach.
            return status == 200 or "token keys" in text
        return False

    def log_records(self, message, begin=0):
        """The records of its log from a byte on that have this message."""
        for line in self.log_path.read_bytes()[begin:].splitlines():
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if record.get("message") == message:
                    yield record

    def log_tail(self, lines=40):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def port(self, flag="--listen"):
        return self._ports[flag]

    @property
    def running(self):
        return self._process is not None and self._process.poll() is None

    def admin(self, path):
        """GET from the admin port: (status, text)."""
        status, _, text = request(self._ports["--admin-listen"], "GET", path)
        return status, text.decode()

    def kill(self):
        """Ends it at once, as a crash would."""
        self._process.kill()
        self._process.wait()

    def suspend(self):
        """From now on it does nothing, and its connections stay."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def suspended(self):
        self.suspend()
        try:
            yield
        finally:
            self.resume()

    def metric(self, name, **labels):
        """The sum of a metric over all that have these labels."""
        lines = [line for line in self.admin("/metrics")[1].splitlines()
                 if re.match(rf"{name}[{{ ]", line)
                 and all(f'{key}="{value}"' in line for key, value in labels.items())]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def end(self):
        """Asks it to end in order, and does not wait."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self):
        """Waits until it has ended; its exit code."""
        try:
            return self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end:\n{self.log_tail()}") from None

    def stop(self):
        """Ends it in order; its exit code."""
        if self.running:
            self.end()
            return self.wait()
        return self._process.returncode if self._process else 0

    def limit_files(self, count):
        """From now on it may have so many files open, connections among them."""
        _, hard = resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (count, hard))

    def file_limits(self):
        """How many files it may have open, and how many it may ask for."""
        return resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE)

    def open_files(self):
        """How many files and connections it has open."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))

    def memory_mb(self):
        """Its proportional share of memory (PSS)."""
        text = pathlib.Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if "Pss:" in line) / 1024

    def peak_mb(self):
        """The most memory that it had at once."""
        text = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if "VmHWM:" in line) / 1024
