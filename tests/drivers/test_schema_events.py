"""What clients that registered for schema changes are told, in every protocol version, on every shard."""

from __future__ import annotations

import queue

import pytest
from cassandra.query import SimpleStatement

SECONDS_MAX = 10
LUA = "RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return a'"


class Listener:
    """Hears the events of one connection."""

    def __init__(self, target, version: int):
        # Its own metadata stays out of the way: it would follow each change with queries.
        self.version = version
        self._cluster = target.cluster(protocol_version=version, schema_metadata_enabled=False, token_metadata_enabled=False)
        self._cluster.connect()
        self._heard: queue.Queue = queue.Queue()
        self._connection = self._cluster.connection_factory(next(iter(self._cluster.metadata.all_hosts())).endpoint)
        self._connection.register_watcher("SCHEMA_CHANGE", self._heard.put)

    def next(self) -> dict:
        return dict(self._heard.get(timeout=SECONDS_MAX))

    def close(self) -> None:
        assert self._heard.empty(), f"heard too much: {self._heard.get()}"
        self._connection.close()
        self._cluster.shutdown()


@pytest.fixture(params=(3, 4, 5), ids=lambda version: f"v{version}")
def listeners(request, target):
    # Connections are dealt to the shards in turn, so some of these are on each.
    made = [Listener(target, request.param) for _ in range(3)]
    yield made
    for listener in made:
        listener.close()


def expect(listeners, change: str, on: str, keyspace: str, **more) -> None:
    for listener in listeners:
        heard = listener.next()
        if listener.version == 3 and on in ("FUNCTION", "AGGREGATE"):
            # Version 3 has no words for these.
            assert heard == {"change_type": "UPDATED", "target_type": "KEYSPACE", "keyspace": keyspace}
            continue
        assert heard.pop("change_type") == change and heard.pop("target_type") == on and heard.pop("keyspace") == keyspace, heard
        assert {name: getattr(value, "signature", value) for name, value in heard.items()} == more


@pytest.fixture
def name(request):
    return "events_" + "".join(c if c.isalnum() else "_" for c in request.node.name)[-30:].lower().strip("_")


def test_every_kind(listeners, shared_session, name):
    run = shared_session.execute
    replication = "replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
    run(f"CREATE KEYSPACE {name} WITH {replication}")
    expect(listeners, "CREATED", "KEYSPACE", name)
    run(f"ALTER KEYSPACE {name} WITH durable_writes = false")
    expect(listeners, "UPDATED", "KEYSPACE", name)
    run(f"CREATE TYPE {name}.kind (a int)")
    expect(listeners, "CREATED", "TYPE", name, type="kind")
    run(f"ALTER TYPE {name}.kind ADD b text")
    expect(listeners, "UPDATED", "TYPE", name, type="kind")
    run(f'CREATE TABLE {name}."Table" (id int PRIMARY KEY, v frozen<kind>)')
    expect(listeners, "CREATED", "TABLE", name, table="Table")
    for action in ("ADD w int", "RENAME id TO key", "WITH comment = 'x'", "DROP w"):
        run(f'ALTER TABLE {name}."Table" {action}')
        expect(listeners, "UPDATED", "TABLE", name, table="Table")
    run(f'TRUNCATE {name}."Table"')  # changes no schema
    run(f'DROP TABLE {name}."Table"')
    expect(listeners, "DROPPED", "TABLE", name, table="Table")
    run(f"DROP TYPE {name}.kind")
    expect(listeners, "DROPPED", "TYPE", name, type="kind")
    run(f"DROP KEYSPACE {name}")
    expect(listeners, "DROPPED", "KEYSPACE", name)


@pytest.mark.nacre_only
def test_functions_and_aggregates(keyspace, listeners, shared_session):
    run = shared_session.execute
    run(f"CREATE FUNCTION {keyspace}.same (a int) {LUA}")
    expect(listeners, "CREATED", "FUNCTION", keyspace, function="same(int)")
    run(f"CREATE OR REPLACE FUNCTION {keyspace}.same (a int) {LUA.replace('return a', 'return a + 1')}")
    expect(listeners, "UPDATED", "FUNCTION", keyspace, function="same(int)")
    run(f"CREATE FUNCTION {keyspace}.next (a int, b int) {LUA}")
    expect(listeners, "CREATED", "FUNCTION", keyspace, function="next(int,int)")
    run(f"CREATE AGGREGATE {keyspace}.last (int) SFUNC next STYPE int INITCOND 0")
    expect(listeners, "CREATED", "AGGREGATE", keyspace, aggregate="last(int)")
    run(f"CREATE OR REPLACE AGGREGATE {keyspace}.last (int) SFUNC next STYPE int INITCOND 1")
    expect(listeners, "UPDATED", "AGGREGATE", keyspace, aggregate="last(int)")
    run(f"DROP AGGREGATE {keyspace}.last")
    expect(listeners, "DROPPED", "AGGREGATE", keyspace, aggregate="last(int)")
    run(f"DROP FUNCTION {keyspace}.same")
    expect(listeners, "DROPPED", "FUNCTION", keyspace, function="same(int)")


def test_what_changes_nothing_is_not_told(keyspace, listeners, shared_session):
    run = shared_session.execute
    run(f"CREATE TABLE {keyspace}.t (id int PRIMARY KEY, v int)")
    expect(listeners, "CREATED", "TABLE", keyspace, table="t")
    before = run("SELECT schema_version FROM system.local").one()
    for text in (
        f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}",
        f"CREATE TABLE IF NOT EXISTS {keyspace}.t (other int PRIMARY KEY)",
        f"ALTER TABLE {keyspace}.t ADD IF NOT EXISTS v int",
        f"ALTER TABLE {keyspace}.t DROP IF EXISTS nothing",
        f"DROP TABLE IF EXISTS {keyspace}.nothing",
        f"DROP TYPE IF EXISTS {keyspace}.nothing",
        f"DROP FUNCTION IF EXISTS {keyspace}.nothing",
        f"DROP AGGREGATE IF EXISTS {keyspace}.nothing",
        "DROP KEYSPACE IF EXISTS nothing_at_all",
        f"INSERT INTO {keyspace}.t (id, v) VALUES (1, 2)",
    ):
        run(SimpleStatement(text))
    with pytest.raises(Exception):
        run(f"CREATE TABLE {keyspace}.t (id int PRIMARY KEY)")
    assert run("SELECT schema_version FROM system.local").one() == before
    # Events come in order, so this one would come after any of those.
    run(f"DROP TABLE {keyspace}.t")
    expect(listeners, "DROPPED", "TABLE", keyspace, table="t")


def test_every_connection_sees_one_version(target, shared_session, keyspace):
    """Connections are dealt to the shards in turn; what one has changed, all see at once."""
    clusters = [target.cluster(schema_metadata_enabled=False) for _ in range(4)]
    try:
        sessions = [cluster.connect() for cluster in clusters]
        seen = set()
        for number in range(5):
            sessions[number % 4].execute(f"CREATE TABLE {keyspace}.t{number} (id int PRIMARY KEY)")
            versions = {session.execute("SELECT schema_version FROM system.local").one()[0] for session in sessions}
            assert len(versions) == 1
            seen |= versions
            for session in sessions:
                assert session.execute(f"SELECT * FROM {keyspace}.t{number}").one() is None
        assert len(seen) == 5
    finally:
        for cluster in clusters:
            cluster.shutdown()
