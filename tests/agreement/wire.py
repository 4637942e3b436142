"""A blocking connection of native protocol 4 that hands out results undecoded: values stay bytes, so that
a comparison sees what the server sent and not what a driver made of it."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

from cassandra import ConsistencyLevel
from cassandra.protocol import (
    ErrorMessage, ExecuteMessage, PrepareMessage, ProtocolHandler, QueryMessage, ReadyMessage, ResultMessage,
    StartupMessage, read_int,
)

VERSION = 4
HEADER = struct.Struct(">BBhBi")
KINDS = {1: "void", 2: "rows", 3: "keyspace", 4: "prepared", 5: "schema change"}


class _RawResult(ResultMessage):
    def recv_results_rows(self, f, protocol_version, user_type_map, result_metadata, column_encryption_policy):
        self.recv_results_metadata(f, user_type_map)
        width = len(self.column_metadata)
        self.parsed_rows = [tuple(self.recv_row(f, width)) for _ in range(read_int(f))]


class _Handler(ProtocolHandler):
    message_types_by_opcode = {**ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: _RawResult}


@dataclass(frozen=True)
class Column:
    keyspace: str
    table: str
    name: str
    type: str


@dataclass
class Outcome:
    """What a server answered."""

    kind: str
    columns: list[Column] = field(default_factory=list)
    rows: list[tuple[bytes | None, ...]] = field(default_factory=list)
    types: list[object] = field(default_factory=list)
    code: int = 0
    text: str = ""
    warnings: list[str] = field(default_factory=list)
    change: dict | None = None
    paging_state: bytes | None = None
    pages: int = 1


@dataclass
class Prepared:
    id: bytes
    markers: list[Column]
    partition_key: list[int]
    columns: list[Column]


def _columns(metadata) -> list[Column]:
    return [Column(keyspace, table, name, kind.cql_parameterized_type()) for keyspace, table, name, kind in metadata or ()]


class Connection:
    def __init__(self, host: str, port: int, seconds_max: float = 120):
        self._address = (host, port)
        self._socket = socket.create_connection(self._address, timeout=seconds_max)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._send(StartupMessage(cqlversion="3.4.5", options={}))
        answer = self._receive()
        if not isinstance(answer, ReadyMessage):
            raise ConnectionError(f"no READY from {host}:{port}: {answer}")

    def close(self) -> None:
        self._socket.close()

    def _send(self, message) -> None:
        self._socket.sendall(_Handler.encode_message(message, 1, VERSION, None, False))

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            part = self._socket.recv(1 << 16)
            if not part:
                raise ConnectionError(f"{self._address} closed the connection")
            self._buffer += part
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def _receive(self):
        _, flags, stream, opcode, length = HEADER.unpack(self._exactly(HEADER.size))
        return _Handler.decode_message(VERSION, {}, stream, flags, opcode, self._exactly(length), None, None)

    def receive(self) -> Outcome | Prepared:
        answer = self._receive()
        warnings = list(answer.warnings or ())
        if isinstance(answer, ErrorMessage):
            return Outcome("error", code=answer.code, text=answer.message, warnings=warnings)
        kind = KINDS[answer.kind]
        if kind == "prepared":
            return Prepared(answer.query_id, [Column(m.keyspace_name, m.table_name, m.name, m.type.cql_parameterized_type())
                                              for m in answer.bind_metadata],
                            list(answer.pk_indexes or ()), _columns(answer.column_metadata))
        change = answer.schema_change_event
        if change is not None:
            change = {name: str(value) for name, value in change.items()}
        return Outcome(kind, _columns(answer.column_metadata), list(answer.parsed_rows or ()),
                       [column[3] for column in answer.column_metadata or ()], warnings=warnings,
                       change=change, paging_state=answer.paging_state)

    def send_query(self, text: str, page_size: int | None, paging_state: bytes | None, timestamp_us: int | None) -> None:
        self._send(QueryMessage(text, ConsistencyLevel.ONE, fetch_size=page_size, paging_state=paging_state, timestamp=timestamp_us))

    def send_prepare(self, text: str) -> None:
        self._send(PrepareMessage(text))

    def send_execute(self, prepared: Prepared, values: list, page_size: int | None, paging_state: bytes | None,
                     timestamp_us: int | None) -> None:
        self._send(ExecuteMessage(prepared.id, values, ConsistencyLevel.ONE, fetch_size=page_size, paging_state=paging_state,
                                  timestamp=timestamp_us))
