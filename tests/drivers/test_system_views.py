"""Tables whose rows tell what the server does at the moment."""

from __future__ import annotations

import threading
import time

import pytest
from cassandra import InvalidRequest
from cassandra.query import SimpleStatement

RING_END = -(2**63)


def rows(session, text: str, *values) -> list:
    return list(session.execute(SimpleStatement(text, fetch_size=2), values or None))


def test_clients(target, session, keyspace):
    other = target.cluster(protocol_version=4)
    try:
        connected = other.connect(keyspace)
        found = rows(session, "SELECT address, port, client_options, connection_stage, driver_name, driver_version, keyspace_name,"
                     " protocol_version, request_count, ssl_enabled, username FROM system_views.clients")
        assert len({row[:2] for row in found}) == len(found)
        assert {row[3] for row in found} == {"ready"}
        assert {(row[9], row[10]) for row in found} == {(False, "anonymous")}
        theirs = [row for row in found if row[6] == keyspace and row[7] == 4]
        assert len(theirs) == 1
        assert theirs[0][4:6] == (theirs[0][2]["DRIVER_NAME"], theirs[0][2]["DRIVER_VERSION"])
        assert theirs[0][2]["CQL_VERSION"].startswith("3.")
        assert theirs[0][8] > 0 and connected.keyspace == keyspace
        port = theirs[0][1]
        one = rows(session, "SELECT port FROM system_views.clients WHERE address = %s AND port = %s", theirs[0][0], port)
        assert one == [(port,)]
        assert rows(session, "SELECT count(*), max(protocol_version) FROM system_views.clients WHERE port = %s ALLOW FILTERING", port) == [(1, 4)]
        assert rows(session, "SELECT port FROM system_views.clients WHERE address = '1.2.3.4'") == []
    finally:
        other.shutdown()
    deadline = time.monotonic() + 10
    while rows(session, "SELECT port FROM system_views.clients WHERE port = %s ALLOW FILTERING", port):
        assert time.monotonic() < deadline, "the client has left and is still listed"
        time.sleep(0.05)


def test_prepared_statements(session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    text = "SELECT id FROM t WHERE id = ?"
    prepared = session.prepare(text)
    found = rows(session, "SELECT logged_keyspace, query_string FROM system.prepared_statements WHERE prepared_id = %s", prepared.query_id)
    assert [row[0] for row in found] == [keyspace]
    before = dict(rows(session, "SELECT name, value FROM system_views.cql_metrics"))
    session.execute(prepared, (1,))
    after = dict(rows(session, "SELECT name, value FROM system_views.cql_metrics"))
    assert after["prepared_statements_executed"] > before["prepared_statements_executed"]
    assert after["regular_statements_executed"] > before["regular_statements_executed"]
    assert after["prepared_statements_count"] >= 1


def test_running_queries(session):
    text = "SELECT task, running_micros FROM system_views.queries"
    found = session.execute(text).all()
    assert [row for row in found if row[0].startswith("QUERY " + text) and row[1] >= 0]


@pytest.mark.nacre_only
def test_a_long_query_is_seen_by_others(session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    session.execute("INSERT INTO t (id) VALUES (1)")
    session.execute("CREATE FUNCTION slow (a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS"
                    " 'local n = 0 for i = 1, 40000000 do n = n + 1 end return a'")
    running = threading.Thread(target=lambda: session.execute("SELECT slow(id) FROM t"))
    running.start()
    longest = 0
    while running.is_alive():
        for task, micros in session.execute("SELECT task, running_micros FROM system_views.queries").all():
            if "slow(id)" in task:
                longest = max(longest, micros)
    running.join()
    assert longest > 10_000
    assert not [row for row in session.execute("SELECT task FROM system_views.queries").all() if "slow(id)" in row[0]]


@pytest.mark.nacre_only  # Cassandra names other pools
def test_shards(session):
    session.execute("SELECT key FROM system.local")
    found = rows(session, "SELECT name, active_tasks, completed_tasks FROM system_views.thread_pools")
    assert {row[0] for row in found} == {"Shard-0", "Shard-1"}
    assert sum(row[1] for row in found) >= 1
    assert sum(row[2] for row in found) >= 1


def test_settings(session, target):
    assert rows(session, "SELECT value FROM system_views.settings WHERE name = 'native_transport_port'") == [(str(target.port),)]
    every = dict(rows(session, "SELECT name, value FROM system_views.settings"))
    assert every["cluster_name"] == session.execute("SELECT cluster_name FROM system.local").one()[0]


@pytest.mark.nacre_only
def test_own_settings(session):
    every = dict(rows(session, "SELECT name, value FROM system_views.settings"))
    assert every["shards"] == "2"
    assert every["sync_every_write"] == "false"
    assert int(every["function_slice_us"]) > 0


def test_they_are_read_only_and_described(session):
    for text in ("INSERT INTO system_views.clients (address, port) VALUES ('1.1.1.1', 1)", "TRUNCATE system_views.queries"):
        with pytest.raises(InvalidRequest):
            session.execute(text)
    for table in ("clients", "queries", "settings", "thread_pools", "cql_metrics", "disk_usage"):
        assert rows(session, "SELECT table_name FROM system_virtual_schema.tables WHERE keyspace_name = 'system_views' AND table_name = %s", table)


@pytest.mark.nacre_only  # Cassandra estimates from its files alone, every five minutes
def test_estimates(session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    estimates = "SELECT range_start, range_end, mean_partition_size, partitions_count FROM system.size_estimates WHERE keyspace_name = %s AND table_name = 't'"
    assert {row[2:] for row in rows(session, estimates, keyspace)} == {(0, 0)}
    insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
    for number in range(500):
        session.execute(insert, (number, "x" * 1000))
    found = rows(session, estimates, keyspace)
    assert sum(row[3] for row in found) == 500
    assert all(1000 < row[2] < 1200 for row in found)
    # The ranges are the ring, cut at the node's tokens.
    ring = sorted((int(row[0]), int(row[1])) for row in found)
    assert ring[0][0] == RING_END and ring[-1][1] == RING_END
    assert [end for _, end in ring[:-1]] == [start for start, _ in ring[1:]]
    session.execute("INSERT INTO t (id, v) VALUES (-1, '')")
    assert sum(row[3] for row in rows(session, estimates, keyspace)) == 501
    other = rows(session, "SELECT range_type, sum(partitions_count) FROM system.table_estimates WHERE keyspace_name = %s AND table_name = 't'"
                 " GROUP BY keyspace_name, table_name, range_type", keyspace)
    assert other == [("local_primary", 501), ("primary", 501)]
    assert rows(session, "SELECT mebibytes FROM system_views.disk_usage WHERE keyspace_name = %s AND table_name = 't'", keyspace) == [(1,)]
    assert rows(session, "SELECT partitions_count FROM system.size_estimates WHERE keyspace_name = 'nothing'") == []
