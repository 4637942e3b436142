"""Raw sockets: garbage, wrong lengths, requests out of order. Each is answered or the connection is
closed, and the server goes on serving others."""

from __future__ import annotations

import os
import random
import socket
import struct

import pytest

ERROR, STARTUP, READY, OPTIONS, SUPPORTED, QUERY, REGISTER = 0x00, 0x01, 0x02, 0x05, 0x06, 0x07, 0x0B
PROTOCOL_ERROR = 0x000A


def frame(version: int, opcode: int, body: bytes = b"", stream: int = 0, flags: int = 0, length: int | None = None) -> bytes:
    return struct.pack(">BBhBi", version, flags, stream, opcode, len(body) if length is None else length) + body


def startup(version: int = 4) -> bytes:
    body = struct.pack(">H", 1) + b"".join(struct.pack(">H", len(s)) + s for s in (b"CQL_VERSION", b"3.0.0"))
    return frame(version, STARTUP, body)


def query(text: bytes, stream: int = 0, version: int = 4) -> bytes:
    return frame(version, QUERY, struct.pack(">i", len(text)) + text + struct.pack(">HB", 1, 0), stream)


class Connection:
    def __init__(self, target):
        self.socket = socket.create_connection((target.host, target.port), timeout=10)
        self.socket.settimeout(10)

    def send(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the server may close before everything is written

    def read(self, size: int) -> bytes | None:
        """Exactly `size` bytes, or None if the server closed the connection."""
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except ConnectionError:
                return None
            if not part:
                return None
            data += part
        return data

    def answer(self) -> tuple[int, int, bytes] | None:
        header = self.read(9)
        if header is None:
            return None
        _, _, stream, opcode, length = struct.unpack(">BBhBi", header)
        body = self.read(length)
        return None if body is None else (opcode, stream, body)

    def drained(self) -> bool:
        """Whether the server closes the connection (or has answered and waits)."""
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def connection(target):
    connection = Connection(target)
    yield connection
    connection.close()
    assert target.answers(), "the server no longer answers others"


def error_code(answer) -> int:
    assert answer is not None, "closed without an answer"
    opcode, _, body = answer
    assert opcode == ERROR, f"opcode {opcode}"
    return struct.unpack(">i", body[:4])[0]


def test_options(connection):
    connection.send(frame(4, OPTIONS, stream=77))
    opcode, stream, body = connection.answer()
    assert (opcode, stream) == (SUPPORTED, 77)
    assert b"CQL_VERSION" in body and b"lz4" in body and b"PROTOCOL_VERSIONS" in body


def test_query_before_startup(connection):
    connection.send(query(b"SELECT * FROM system.local"))
    assert error_code(connection.answer()) == PROTOCOL_ERROR


def test_unsupported_version(connection):
    connection.send(frame(66, OPTIONS))
    assert error_code(connection.answer()) == PROTOCOL_ERROR


def test_unknown_opcode(connection):
    connection.send(startup())
    assert connection.answer()[0] == READY
    connection.send(frame(4, 0x55))
    assert error_code(connection.answer()) == PROTOCOL_ERROR


def test_response_sent_as_request(connection):
    connection.send(frame(0x84, SUPPORTED))
    assert error_code(connection.answer()) == PROTOCOL_ERROR


@pytest.mark.nacre_only  # Cassandra goes on waiting for the bytes
@pytest.mark.parametrize("length", [-1, 0x7FFFFFFF, 300 * 1024 * 1024])
def test_impossible_length(connection, length):
    connection.send(startup())
    assert connection.answer()[0] == READY
    connection.send(frame(4, QUERY, b"xx", length=length))
    answer = connection.answer()
    assert answer is None or answer[0] == ERROR


def test_body_shorter_than_what_it_announces(connection):
    connection.send(startup())
    assert connection.answer()[0] == READY
    text = b"SELECT * FROM system.local"
    connection.send(frame(4, QUERY, struct.pack(">i", 1_000_000) + text))
    assert error_code(connection.answer()) == PROTOCOL_ERROR
    connection.send(frame(4, QUERY, struct.pack(">i", -5) + text, stream=3))
    answer = connection.answer()
    assert answer is None or answer[0] == ERROR


def test_empty_bodies(connection):
    connection.send(startup())
    assert connection.answer()[0] == READY
    for opcode in (QUERY, 0x09, 0x0A, 0x0D, REGISTER):
        connection.send(frame(4, opcode, b"", stream=opcode))
        answer = connection.answer()
        if answer is None:
            return
        assert answer[0] == ERROR


def test_pipelined_requests_are_all_answered(connection):
    connection.send(startup())
    assert connection.answer()[0] == READY
    streams = list(range(1, 501))
    connection.send(b"".join(query(b"SELECT key FROM system.local", stream) for stream in streams))
    answers = [connection.answer() for _ in streams]
    assert sorted(answer[1] for answer in answers) == streams
    assert all(answer[0] == 0x08 for answer in answers)


def test_a_request_cut_into_single_bytes(connection):
    for byte in startup():
        connection.send(bytes([byte]))
    assert connection.answer()[0] == READY


def test_connection_dropped_in_the_middle(target):
    for cut in (1, 5, 9, 12, 20):
        connection = Connection(target)
        connection.send((startup() + query(b"SELECT * FROM system.local"))[:cut])
        connection.close()
    assert target.answers()


def test_version_5_segment_with_a_wrong_checksum(connection):
    connection.send(startup(5))
    assert connection.answer()[0] == READY
    payload = query(b"SELECT key FROM system.local", version=5)
    connection.send(len(payload).to_bytes(3, "little") + b"\xde\xad\xbe" + payload + b"\xba\xad\xf0\x0d")
    connection.drained()


def test_random_bytes(target):
    seed = int(os.environ.get("NACRE_SEED", "1"))
    generator = random.Random(seed)
    for _ in range(100):
        connection = Connection(target)
        connection.socket.settimeout(0.05)
        prefix = generator.choice([b"", startup(3), startup(4), startup(5), b"\x04", b"\x05\x00\x00\x00\x07"])
        connection.send(prefix + generator.randbytes(generator.randrange(1, 400)))
        connection.drained()
        connection.close()
    assert target.answers(), f"seed {seed}"
