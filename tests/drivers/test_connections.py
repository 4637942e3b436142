"""The beginning of connections as Cassandra has it: OPTIONS, STARTUP, REGISTER, versions; and many connections at once."""

from __future__ import annotations

import struct

import pytest
from cassandra.cluster import Cluster
from cassandra.policies import WhiteListRoundRobinPolicy

from test_hostile_bytes import ERROR, OPTIONS, READY, REGISTER, STARTUP, SUPPORTED, Connection, error_code, frame, query, startup

RESULT = 0x08


@pytest.fixture
def connection(target):
    connection = Connection(target)
    yield connection
    connection.close()
    assert target.answers(), "the server no longer answers others"


def strings(*texts: str) -> bytes:
    return b"".join(struct.pack(">H", len(text.encode())) + text.encode() for text in texts)


def started(options: dict[str, str], version: int = 4) -> bytes:
    return frame(version, STARTUP, struct.pack(">H", len(options)) + b"".join(strings(*pair) for pair in options.items()))


def registered(*events: str) -> bytes:
    return frame(4, REGISTER, struct.pack(">H", len(events)) + strings(*events))


def multimap(body: bytes) -> dict[str, list[str]]:
    position = 2

    def text() -> str:
        nonlocal position
        size = struct.unpack_from(">H", body, position)[0]
        position += 2 + size
        return body[position - size : position].decode()

    found = {}
    for _ in range(struct.unpack_from(">H", body)[0]):
        key = text()
        count = struct.unpack_from(">H", body, position)[0]
        position += 2
        found[key] = [text() for _ in range(count)]
    assert position == len(body)
    return found


@pytest.mark.parametrize("version", [3, 4, 5])
def test_supported(connection, version):
    connection.send(frame(version, OPTIONS))
    opcode, _, body = connection.answer()
    assert opcode == SUPPORTED
    supported = multimap(body)
    assert set(supported) == {"CQL_VERSION", "COMPRESSION", "PROTOCOL_VERSIONS"}
    assert supported["CQL_VERSION"] == ["3.4.7"]
    assert sorted(supported["COMPRESSION"]) == ["lz4", "snappy"]
    assert {"3/v3", "4/v4", "5/v5"} <= set(supported["PROTOCOL_VERSIONS"])


@pytest.mark.parametrize("version, options, message", [
    (4, {}, "Missing value CQL_VERSION in STARTUP message"),
    (4, {"CQL_VERSION": "2.0.0"}, "CQL version 2.0.0 is not supported by the binary protocol (supported version are >= 3.0.0)"),
    (4, {"CQL_VERSION": "x"}, "Invalid version value: x"),
    (4, {"CQL_VERSION": "3.0.0", "COMPRESSION": "zstd"}, "Unknown compression algorithm: zstd"),
    (5, {"CQL_VERSION": "3.0.0", "COMPRESSION": "snappy"}, "Snappy compression is not supported in protocol V5"),
])
def test_refused_options(connection, version, options, message):
    connection.send(started(options, version))
    answer = connection.answer()
    assert error_code(answer) == 0x000A and answer[2][6:].decode() == message


def test_options_that_mean_nothing_here(connection):
    connection.send(started({"CQL_VERSION": "3.4.5", "DRIVER_NAME": "a driver", "DRIVER_VERSION": "1", "THROW_ON_OVERLOAD": "1",
                             "NO_COMPACT": "true", "APPLICATION_NAME": "tests", "SOMETHING_ELSE": "y"}))
    assert connection.answer()[0] == READY


def test_events_may_be_registered_for(connection):
    connection.send(startup())
    assert connection.answer()[0] == READY
    connection.send(registered("SCHEMA_CHANGE", "STATUS_CHANGE", "TOPOLOGY_CHANGE"))
    assert connection.answer()[0] == READY
    connection.send(registered("schema_change"))
    assert connection.answer()[0] == READY
    connection.send(registered("NOTHING"))
    answer = connection.answer()
    assert answer[0] == ERROR and answer[2].endswith(b"Invalid value 'NOTHING' for Type")
    connection.send(query(b"SELECT key FROM system.local"))
    assert connection.answer()[0] == RESULT


@pytest.mark.parametrize("version", [0x41, 0x42, 7], ids=["DSE v1", "DSE v2", "v7"])
def test_later_versions_are_told_what_there_is(connection, version):
    """Drivers look for this text and go down to a version that it lists."""
    connection.send(frame(version, OPTIONS))
    answer = connection.answer()
    assert error_code(answer) == 0x000A
    assert answer[2][6:].startswith(f"Invalid or unsupported protocol version ({version}); supported versions are (3/v3, 4/v4, 5/v5".encode())


def test_a_driver_goes_down_to_a_common_version(target):
    cluster = Cluster([target.host], port=target.port, connect_timeout=20, load_balancing_policy=WhiteListRoundRobinPolicy([target.host]))
    try:
        assert cluster.connect().execute("SELECT key FROM system.local").one()[0] == "local"
        assert cluster.protocol_version == 5
    finally:
        cluster.shutdown()


def test_five_hundred_connections(target):
    connections = [Connection(target) for _ in range(500)]
    try:
        for each in connections:
            each.send(startup())
        for each in connections:
            assert each.answer()[0] == READY
            each.send(query(b"SELECT key FROM system.local", 7))
        for each in connections:
            opcode, stream, body = each.answer()
            assert (opcode, stream) == (RESULT, 7) and body.endswith(b"local")
    finally:
        for each in connections:
            each.close()
    assert target.answers()
