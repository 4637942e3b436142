"""QUERY and EXECUTE with parts that drivers do not send: names of values, unset values, any consistency, any paging state."""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass, field

from cassandra.protocol import ErrorMessage, ProtocolHandler

QUERY, PREPARE, EXECUTE = 0x07, 0x09, 0x0A
NULL, UNSET = object(), object()
SECONDS_MAX = 30


def string(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()


def long_string(text: str) -> bytes:
    return struct.pack(">i", len(text.encode())) + text.encode()


def value(of: object) -> bytes:
    if of is NULL:
        return struct.pack(">i", -1)
    if of is UNSET:
        return struct.pack(">i", -2)
    if isinstance(of, int):
        of = struct.pack(">i", of)
    return struct.pack(">i", len(of)) + of


@dataclass
class Options:
    """What stands behind the statement; an int among the values is a CQL int."""

    values: list | None = None
    names: list[str] | None = None
    consistency: int = 1
    skip_metadata: bool = False
    page_size: int | None = None
    paging_state: bytes | None = None
    keyspace: str | None = None
    now_seconds: int | None = None

    def encode(self, version: int) -> bytes:
        flags, body = 0, b""
        if self.values is not None:
            flags |= 0x01
            body += struct.pack(">H", len(self.values))
            for i, each in enumerate(self.values):
                body += (string(self.names[i]) if self.names else b"") + value(each)
        if self.skip_metadata:
            flags |= 0x02
        if self.page_size is not None:
            flags, body = flags | 0x04, body + struct.pack(">i", self.page_size)
        if self.paging_state is not None:
            flags, body = flags | 0x08, body + value(self.paging_state)
        if self.names:
            flags |= 0x40
        if self.keyspace is not None:
            flags, body = flags | 0x80, body + string(self.keyspace)
        if self.now_seconds is not None:
            flags, body = flags | 0x100, body + struct.pack(">i", self.now_seconds)
        return struct.pack(">HI" if version >= 5 else ">HB", self.consistency, flags) + body


@dataclass
class Request:
    opcode: int
    head: bytes
    options: Options | None = None
    tracing: bool = False
    allow_beta_protocol_version: bool = False
    custom_payload: dict | None = None
    name: str = field(default="raw")

    def send_body(self, out, version: int, *_features: object) -> None:
        out.write(self.head)
        if self.options is not None:
            out.write(self.options.encode(version))


class Connection:
    """One connection; an error is given, not raised."""

    def __init__(self, cluster):
        host = cluster.metadata.all_hosts()[0]
        self._connection = cluster.connection_factory(host.endpoint)
        self.version = self._connection.protocol_version

    def query(self, text: str, custom_payload: dict | None = None, **options):
        return self.ask(Request(QUERY, long_string(text), Options(**options), custom_payload=custom_payload))

    def prepare(self, text: str):
        return self.ask(Request(PREPARE, long_string(text) + (struct.pack(">I", 0) if self.version >= 5 else b"")))

    def execute(self, prepared, metadata=None, **options):
        """`metadata`: what the client believes the rows to be when it asks not to be told."""
        head = struct.pack(">H", len(prepared.query_id)) + prepared.query_id
        if self.version >= 5:
            head += struct.pack(">H", len(prepared.result_metadata_id)) + prepared.result_metadata_id
        return self.ask(Request(EXECUTE, head, Options(**options)), metadata)

    def ask(self, request: Request, metadata=None):
        answers, answered = [], threading.Event()

        def take(answer) -> None:
            answers.append(answer)
            answered.set()

        connection = self._connection
        with connection.lock:
            number = connection.get_request_id()
            connection.in_flight += 1
        connection.send_msg(request, number, cb=take, encoder=ProtocolHandler.encode_message,
                            decoder=ProtocolHandler.decode_message, result_metadata=metadata)
        assert answered.wait(SECONDS_MAX), "no answer"
        return answers[0]

    def close(self) -> None:
        self._connection.close()


def error_of(answer) -> tuple[int, str]:
    assert isinstance(answer, ErrorMessage), answer
    return answer.code, answer.message
