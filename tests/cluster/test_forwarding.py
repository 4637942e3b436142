"""What the cluster executes comes back through a gateway as it does without one."""

from __future__ import annotations

import time

import pytest
from cassandra import AlreadyExists, ConsistencyLevel, InvalidRequest, Unavailable
from cassandra.protocol import SyntaxException
from cassandra.query import UNSET_VALUE, BatchStatement, BatchType, SimpleStatement

from cluster.nodes import ADDRESSES, GATEWAY_ADDRESSES, connect


@pytest.fixture
def table(keyspace, session):
    session.execute("CREATE TABLE t (p int, c int, v int, s text, l list<int>, PRIMARY KEY (p, c))")
    return "t"


def test_rows_and_nulls(table, session, direct):
    session.execute("INSERT INTO t (p, c, v, s) VALUES (1, 2, 3, 'x')")
    session.execute("INSERT INTO t (p, c) VALUES (1, 3)")
    expected = [(1, 2, None, "x", 3), (1, 3, None, None, None)]
    assert list(session.execute("SELECT * FROM t")) == expected
    assert list(direct.execute("SELECT * FROM ks.t")) == expected
    assert list(session.execute("SELECT v, s FROM t WHERE p = 1 AND c = 3")) == [(None, None)]


def test_prepared_values_null_and_unset(table, session):
    write = session.prepare("INSERT INTO t (p, c, v, s) VALUES (?, ?, ?, ?)")
    session.execute(write, (1, 1, 5, "a"))
    session.execute(write, (1, 1, UNSET_VALUE, None))
    assert list(session.execute("SELECT v, s FROM t")) == [(5, None)]
    assert [column.name for column in write.column_metadata] == ["p", "c", "v", "s"]
    assert list(write.routing_key_indexes) == [0]


def test_prepared_ids_outlive_a_gateway(table, session, backend):
    alone = connect(GATEWAY_ADDRESSES[1])
    alone.set_keyspace("ks")
    read = alone.prepare("SELECT v FROM t WHERE p = ?")
    session.execute("INSERT INTO t (p, c, v) VALUES (4, 4, 4)")
    gateway = backend.gateways[1]
    gateway.kill()
    gateway.start()
    assert list(session.execute(session.prepare("SELECT v FROM t WHERE p = ?"), (4,))) == [(4,)]
    deadline = time.monotonic() + 60
    while True:
        try:
            assert list(alone.execute(read, (4,))) == [(4,)]
            break
        except Exception:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    alone.cluster.shutdown()


def test_pages(table, session):
    write = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    for i in range(300):
        session.execute(write, (i % 7, i, i))
    statement = SimpleStatement("SELECT v FROM t", fetch_size=11)
    assert sorted(v for (v,) in session.execute(statement)) == list(range(300))


def test_a_page_goes_on_at_another_gateway(table, session):
    for i in range(30):
        session.execute(f"INSERT INTO t (p, c, v) VALUES (0, {i}, {i})")
    other = connect(GATEWAY_ADDRESSES[1])
    other.set_keyspace("ks")
    statement = SimpleStatement("SELECT v FROM t WHERE p = 0", fetch_size=10)
    first = session.execute(statement)
    rest = other.execute(statement, paging_state=first.paging_state)
    assert [v for (v,) in rest] == list(range(10, 30))
    other.cluster.shutdown()


def test_timestamps_and_ttl(table, session):
    session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 1) USING TIMESTAMP 1000 AND TTL 1000")
    ((written, left),) = session.execute("SELECT writetime(v), ttl(v) FROM t")
    assert written == 1000 and 990 < left <= 1000


def test_conditions(table, session):
    assert list(session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 1) IF NOT EXISTS"))[0][0] is True
    assert list(session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 2) IF NOT EXISTS"))[0][0] is False
    assert list(session.execute("UPDATE t SET v = 9 WHERE p = 1 AND c = 1 IF v = 1")) == [(True,)]
    serial = SimpleStatement("SELECT v FROM t WHERE p = 1", consistency_level=ConsistencyLevel.SERIAL)
    assert list(session.execute(serial)) == [(9,)]


def test_counters_and_batches(table, session):
    session.execute("CREATE TABLE counts (k int PRIMARY KEY, n counter)")
    add = session.prepare("UPDATE counts SET n = n + ? WHERE k = ?")
    batch = BatchStatement(BatchType.COUNTER)
    for k in range(5):
        batch.add(add, (k + 1, k % 2))
    session.execute(batch)
    assert sorted(session.execute("SELECT k, n FROM counts")) == [(0, 9), (1, 6)]
    write = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    mixed = BatchStatement()
    mixed.add(write, (1, 1, 1))
    mixed.add(SimpleStatement("INSERT INTO t (p, c, v) VALUES (1, 2, 2)"))
    mixed.add("INSERT INTO t (p, c, v) VALUES (%s, %s, %s)", (1, 3, 3))
    session.execute(mixed)
    assert list(session.execute("SELECT v FROM t")) == [(1,), (2,), (3,)]


def test_errors_keep_their_codes_and_fields(table, session):
    with pytest.raises(InvalidRequest, match="Undefined column name nope in table ks.t"):
        session.execute("SELECT nope FROM t")
    with pytest.raises(SyntaxException):
        session.execute("SELECT FROM WHERE")
    with pytest.raises(AlreadyExists) as failure:
        session.execute("CREATE TABLE t (k int PRIMARY KEY)")
    assert (failure.value.keyspace, failure.value.table) == ("ks", "t")


def test_unavailable_tells_how_many(keyspace, session):
    session.execute("CREATE KEYSPACE IF NOT EXISTS wide WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 5}")
    session.execute("CREATE TABLE IF NOT EXISTS wide.t (k int PRIMARY KEY)")
    from cassandra.policies import FallthroughRetryPolicy
    statement = SimpleStatement("SELECT * FROM wide.t WHERE k = 1", consistency_level=ConsistencyLevel.ALL,
                                retry_policy=FallthroughRetryPolicy())
    with pytest.raises(Unavailable) as failure:
        session.execute(statement)
    assert (failure.value.required_replicas, failure.value.alive_replicas) == (5, 3)
    session.execute("DROP KEYSPACE wide")


def test_traces_are_the_clusters(table, session):
    answer = session.execute("SELECT * FROM t", trace=True)
    trace = answer.get_query_trace(max_wait_sec=20)
    assert trace.coordinator in ADDRESSES and trace.events


def test_warnings(table, session):
    answer = session.execute("SELECT max(v) FROM t")
    assert any("Aggregation query used without partition key" in each for each in answer.response_future.warnings)


def test_gateways_are_the_topology(backend, session):
    deadline = time.monotonic() + 15
    while True:
        found = {(address, port) for address, port in session.execute("SELECT native_address, native_port FROM system.peers_v2")}
        if found == {(GATEWAY_ADDRESSES[1], 9042)}:
            break
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    versions = {connect_version(address) for address in GATEWAY_ADDRESSES}
    assert len(versions) == 1


def connect_version(address: str):
    session = connect(address)
    (row,) = session.execute("SELECT schema_version FROM system.local")
    session.cluster.shutdown()
    return row[0]


def test_the_schema_is_the_clusters(table, session, direct):
    session.cluster.refresh_schema_metadata()
    assert set(session.cluster.metadata.keyspaces["ks"].tables) == {"t"}
    direct.execute("CREATE TYPE ks.point (x int, y int)")
    direct.execute("CREATE TABLE ks.made_elsewhere (k int PRIMARY KEY, at point)")
    session.execute("INSERT INTO ks.made_elsewhere (k, at) VALUES (1, {x: 1, y: 2})")
    assert list(session.execute("SELECT at.y FROM ks.made_elsewhere")) == [(2,)]
    session.execute("CREATE INDEX ON t (v)")
    session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 77)")
    assert list(session.execute("SELECT c FROM t WHERE v = 77")) == [(1,)]


def test_the_keyspace_of_the_gateways_is_only_read(session):
    from cassandra import Unauthorized
    with pytest.raises(Unauthorized, match="nacre keyspace is not user-modifiable"):
        session.execute("DROP KEYSPACE nacre")
    assert list(session.execute("SELECT part FROM nacre.definitions LIMIT 1")) == [("functions",)]
