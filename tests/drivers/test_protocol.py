"""Protocol versions, compression, options: the same statements over every way to speak."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import Cluster, NoHostAvailable

VERSIONS = [3, 4, 5]
BIG_TEXT = "0123456789abcdef" * 20_000


@pytest.mark.parametrize("compression", [False, "lz4", "snappy"])
@pytest.mark.parametrize("version", VERSIONS)
def test_round_trip(target, keyspace, version, compression):
    if version == 5 and compression == "snappy":
        compression = True  # v5 has LZ4 only; the driver picks it
    cluster = target.cluster(protocol_version=version, compression=compression)
    try:
        session = cluster.connect(keyspace)
        assert session._protocol_version == version
        session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
        insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
        texts = {0: "", 1: "short", 2: BIG_TEXT, 3: "żółw 🐢"}
        for key, text in texts.items():
            session.execute(insert, (key, text))
        assert {row[0]: row[1] for row in session.execute("SELECT id, v FROM t")} == texts
    finally:
        cluster.shutdown()


def test_frames_larger_than_a_segment(target, keyspace):
    """v5 splits an envelope over several segments of 128 KiB."""
    cluster = target.cluster(protocol_version=5, compression=False)
    try:
        session = cluster.connect(keyspace)
        session.execute("CREATE TABLE t (id int PRIMARY KEY, v blob)")
        insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
        for key, size in enumerate((131_000, 131_072, 262_143, 1_000_000, 4_000_000)):
            value = bytes(i * 7 % 256 for i in range(256)) * (size // 256 + 1)
            session.execute(insert, (key, value[:size]))
            assert session.execute(f"SELECT v FROM t WHERE id = {key}").one()[0] == value[:size]
    finally:
        cluster.shutdown()


def test_negotiation_downwards(target):
    """A client that starts above v5 is told which version to use."""
    cluster = Cluster([target.host], port=target.port)
    try:
        session = cluster.connect()
        assert session._protocol_version in (4, 5)
        assert session.execute("SELECT release_version FROM system.local").one()[0].startswith("5.")
    finally:
        cluster.shutdown()


def test_unknown_keyspace_at_connect(target):
    cluster = target.cluster()
    try:
        with pytest.raises((NoHostAvailable, InvalidRequest), match="nowhere"):
            cluster.connect("nowhere")
    finally:
        cluster.shutdown()


def test_use_changes_the_session(session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    session.execute("USE system")
    assert session.execute("SELECT key FROM local").one()[0] == "local"
    session.execute(f"USE {keyspace}")
    assert list(session.execute("SELECT * FROM t")) == []


def test_keyspace_per_statement(target, keyspace):
    """v5 carries the keyspace with the statement."""
    cluster = target.cluster(protocol_version=5)
    try:
        session = cluster.connect()
        session.execute(f"CREATE TABLE {keyspace}.t (id int PRIMARY KEY)")
        prepared = session.prepare("INSERT INTO t (id) VALUES (?)", keyspace=keyspace)
        session.execute(prepared, (7,))
        assert session.execute(f"SELECT id FROM {keyspace}.t").one()[0] == 7
    finally:
        cluster.shutdown()
