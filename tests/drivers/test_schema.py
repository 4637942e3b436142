"""What drivers know of the schema: metadata, events, agreement."""

from __future__ import annotations

import time

import pytest
from cassandra import AlreadyExists, InvalidRequest
from cassandra.metadata import SimpleStrategy

SECONDS_MAX = 10


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, f"not within {SECONDS_MAX} s: {what}"
        time.sleep(0.05)


def test_tables_in_the_metadata(session, cluster, keyspace):
    session.execute(
        "CREATE TABLE t (a int, b text, c bigint, d uuid, s int STATIC, l list<int>, m map<text, frozen<set<int>>>,"
        " PRIMARY KEY ((a, b), c, d)) WITH CLUSTERING ORDER BY (c DESC, d ASC) AND comment = 'described'"
    )
    known = cluster.metadata.keyspaces[keyspace]
    assert isinstance(known.replication_strategy, SimpleStrategy)
    assert known.durable_writes is True
    table = known.tables["t"]
    assert [column.name for column in table.partition_key] == ["a", "b"]
    assert [(column.name, column.is_reversed) for column in table.clustering_key] == [("c", True), ("d", False)]
    assert {name: column.cql_type for name, column in table.columns.items()} == {
        "a": "int", "b": "text", "c": "bigint", "d": "uuid", "s": "int", "l": "list<int>",
        "m": "map<text, frozen<set<int>>>",
    }
    assert table.columns["s"].is_static
    assert table.options["comment"] == "described"
    assert "PRIMARY KEY ((a, b), c, d)" in table.export_as_string()
    session.execute("DROP TABLE t")
    assert "t" not in cluster.metadata.keyspaces[keyspace].tables


def test_replay_of_the_exported_schema(session, cluster, keyspace):
    session.execute("CREATE TABLE t (p int, c text, v double, PRIMARY KEY (p, c)) WITH comment = 'it''s'")
    exported = cluster.metadata.keyspaces[keyspace].tables["t"].as_cql_query()
    session.execute("DROP TABLE t")
    session.execute(exported)
    assert cluster.metadata.keyspaces[keyspace].tables["t"].as_cql_query() == exported


def test_other_clients_hear_of_changes(target, session, cluster, keyspace):
    listener = target.cluster()
    try:
        listener.connect()
        wait_for(lambda: keyspace in listener.metadata.keyspaces, "keyspace in the listener's metadata")
        session.execute("CREATE TABLE heard (id int PRIMARY KEY)")
        wait_for(lambda: "heard" in listener.metadata.keyspaces[keyspace].tables, "CREATE TABLE heard")
        session.execute("DROP TABLE heard")
        wait_for(lambda: "heard" not in listener.metadata.keyspaces[keyspace].tables, "DROP TABLE heard")
        session.execute("CREATE KEYSPACE heard_of WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        wait_for(lambda: "heard_of" in listener.metadata.keyspaces, "CREATE KEYSPACE heard")
        session.execute("DROP KEYSPACE heard_of")
        wait_for(lambda: "heard_of" not in listener.metadata.keyspaces, "DROP KEYSPACE heard")
    finally:
        listener.shutdown()


def test_agreement(session):
    future = session.execute_async("CREATE TABLE t (id int PRIMARY KEY)")
    future.result()
    assert future.is_schema_agreed
    assert session.execute("SELECT schema_version FROM system.local").one()[0] is not None


def test_schema_version_follows_changes(session):
    version = "SELECT schema_version FROM system.local"
    before = session.execute(version).one()[0]
    assert session.execute(version).one()[0] == before
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    assert session.execute(version).one()[0] != before


def test_already_exists(session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    with pytest.raises(AlreadyExists) as caught:
        session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    assert (caught.value.keyspace, caught.value.table) == (keyspace, "t")
    with pytest.raises(AlreadyExists) as caught:
        session.execute(f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    assert (caught.value.keyspace, caught.value.table) == (keyspace, "")


def test_token_map_has_the_node(cluster, session, target):
    hosts = cluster.metadata.all_hosts()
    assert len(hosts) == 1
    host = hosts[0]
    assert host.is_up and host.datacenter == "datacenter1" and host.rack == "rack1"
    assert host.release_version.startswith("5.")
    assert cluster.metadata.partitioner.endswith("Murmur3Partitioner")
    replicas = cluster.metadata.get_replicas(session.keyspace, b"\x00\x00\x00\x01")
    assert [replica.address for replica in replicas] == [target.host]


def test_columns_change_under_a_prepared_statement(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    session.execute("INSERT INTO t (id, v) VALUES (1, 'x')")
    select = session.prepare("SELECT * FROM t")
    assert session.execute(select).one() == (1, "x")
    session.execute("DROP TABLE t")
    session.execute("CREATE TABLE t (id int PRIMARY KEY, w bigint)")
    session.execute("INSERT INTO t (id, w) VALUES (1, 2)")
    assert session.execute(select).one() == (1, 2)


def test_system_tables_are_read_only(session):
    with pytest.raises(Exception, match="(?i)not user-modifiable|system"):
        session.execute("DROP TABLE system.local")
    with pytest.raises(InvalidRequest):
        session.execute("SELECT * FROM system.nothing")
