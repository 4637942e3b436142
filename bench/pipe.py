"""The least of a native-protocol client that can load a table."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

PREPARE, BATCH, STARTUP = 0x09, 0x0D, 0x01
ERROR = 0x00
BATCH_ROWS = 100
IN_FLIGHT_MAX = 64


class Pipe:
    """Batches of a prepared insert, many in flight. A driver in Python would take minutes for the rows and be the
    thing measured."""

    def __init__(self, host: str, port: int):
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = self.socket.makefile("rb", buffering=1 << 16)
        options = struct.pack(">H", 1) + self.string(b"CQL_VERSION") + self.string(b"3.0.0")
        self.send(STARTUP, options)
        self.receive()

    @staticmethod
    def string(text: bytes) -> bytes:
        return struct.pack(">H", len(text)) + text

    def send(self, opcode: int, body: bytes, stream: int = 0) -> None:
        self.socket.sendall(struct.pack(">BBhBi", 4, 0, stream, opcode, len(body)) + body)

    def receive(self) -> tuple[int, bytes]:
        _, _, stream, opcode, length = struct.unpack(">BBhBi", self.input.read(9))
        body = self.input.read(length)
        if opcode == ERROR:
            raise RuntimeError(f"the server refused: {body[6:].decode(errors='replace')}")
        return stream, body

    def prepare(self, text: str) -> bytes:
        self.send(PREPARE, struct.pack(">i", len(text)) + text.encode())
        _, body = self.receive()
        (length,) = struct.unpack(">H", body[4:6])
        return body[6 : 6 + length]

    def load(self, insert: str, rows: Iterable[tuple[bytes, ...]]) -> None:
        """`rows` are serialised values, one for each marker of `insert`."""
        head = b"\x01" + self.string(self.prepare(insert))
        free = list(range(IN_FLIGHT_MAX))
        entries: list[bytes] = []

        def send_batch() -> None:
            if not free:
                free.append(self.receive()[0])
            body = struct.pack(">BH", 1, len(entries)) + b"".join(entries) + struct.pack(">HB", 1, 0)
            self.send(BATCH, body, free.pop())
            entries.clear()

        for row in rows:
            values = b"".join(struct.pack(">i", len(value)) + value for value in row)
            entries.append(head + struct.pack(">H", len(row)) + values)
            if len(entries) == BATCH_ROWS:
                send_batch()
        if entries:
            send_batch()
        for _ in range(IN_FLIGHT_MAX - len(free)):
            self.receive()
