"""A Nacre server as a child process, on free ports and a directory of its own."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("NACRE_BINARY", ROOT / "build" / "release" / "nacre")).resolve()
# Nodes of a cluster, HOST,…: then every server is a gateway to it.
CLUSTER = os.environ.get("NACRE_TEST_CLUSTER")
START_SECONDS_MAX = float(os.environ.get("NACRE_START_SECONDS_MAX", "60"))

OPTIONS_FRAME = b"\x04\x00\x00\x00\x05\x00\x00\x00\x00"
OPCODE_SUPPORTED = 0x06


class ServerError(Exception):
    """The server did not start, or died; the text ends with the tail of its log."""


def free_port() -> int:
    """A port that stays free while a server is killed and started: below those that the kernel gives to connections."""
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(10000, max(ephemeral, 20000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers_cql(host: str, port: int) -> bool:
    """Whether an OPTIONS request is answered with SUPPORTED."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(OPTIONS_FRAME)
            header = b""
            while len(header) < 5:
                part = connection.recv(5 - len(header))
                if not part:
                    return False
                header += part
            return header[4] == OPCODE_SUPPORTED
    except OSError:
        return False


class Server:
    """Starts on demand, may be killed and started again on the same data and ports."""

    def __init__(self, data: Path | None = None, shards: int | None = None, config: Path | None = None, is_encrypted: bool = False):
        """`is_encrypted`: what is not encrypted gets no answer from it."""
        self._is_encrypted = is_encrypted
        self._own_directory = data is None
        self.directory = Path(tempfile.mkdtemp(prefix="nacre-")) if data is None else Path(data)
        self.data = self.directory / "data"
        self.log = self.directory / "nacre.log"
        self.host = "127.0.0.1"
        self.port = free_port()
        self.metrics_port = free_port()
        self.shards = shards
        self.config = config
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        words = [
            str(BINARY), "serve", "--data", str(self.data),
            "--listen", f"{self.host}:{self.port}",
            "--metrics", f"{self.host}:{self.metrics_port}",
        ]
        if CLUSTER:
            words += ["--cluster", CLUSTER]
        if self.shards is not None:
            words += ["--shards", str(self.shards)]
        if self.config is not None:
            words += ["--config", str(self.config)]
        return words

    def _answers(self) -> bool:
        if not self._is_encrypted:
            return answers_cql(self.host, self.port)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with socket.create_connection((self.host, self.port), timeout=2) as plain, context.wrap_socket(plain):
                return True
        except ssl.SSLError:
            return True  # it wants a certificate
        except OSError:
            return False

    def start(self) -> "Server":
        if not BINARY.exists():
            raise ServerError(f"{BINARY} does not exist; `make build` makes it")
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if self.process.poll() is not None:
                raise ServerError(
                    f"the server ended with status {self.process.returncode} at start:\n{self.log_tail()}"
                )
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(
                    f"no answer on {self.host}:{self.port} after {START_SECONDS_MAX:.0f} s:\n{self.log_tail()}"
                )
            time.sleep(0.005)
        return self

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, as a crash or the kernel would end it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def terminate(self, seconds: float = 30) -> int:
        """SIGTERM and the exit status of the orderly stop."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        self.process = None
        return status

    def restart_after_kill(self) -> "Server":
        self.kill()
        return self.start()

    def metrics(self) -> str:
        with urllib.request.urlopen(f"http://{self.host}:{self.metrics_port}/metrics", timeout=10) as page:
            return page.read().decode()

    def log_tail(self, lines: int = 15) -> str:
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> "Server":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
