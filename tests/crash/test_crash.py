"""kill -9 under load: what was acknowledged is there afterwards."""

from __future__ import annotations

import random
import threading
import time

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import FallthroughRetryPolicy
from cassandra.query import tuple_factory

from harness.server import Server

KEYSPACE = "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"


def connect(server: Server, keyspace: str | None = None):
    profile = ExecutionProfile(row_factory=tuple_factory, request_timeout=30, retry_policy=FallthroughRetryPolicy())
    cluster = Cluster([server.host], port=server.port, protocol_version=5, connect_timeout=20, control_connection_timeout=20,
                      execution_profiles={EXEC_PROFILE_DEFAULT: profile})
    return cluster, cluster.connect(keyspace)


@pytest.mark.parametrize("round_", range(3))
def test_acknowledged_writes_survive(tmp_path, round_):
    """Writers count up until the server is killed at a random moment."""
    with Server(tmp_path, shards=2) as server:
        cluster, session = connect(server)
        session.execute(KEYSPACE)
        session.execute("CREATE TABLE ks.t (id int PRIMARY KEY, v text)")
        acknowledged: dict[int, int] = {}

        def write(writer: int) -> None:
            mine, own = connect(server, "ks")
            try:
                insert = own.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
                number = 0
                while True:
                    own.execute(insert, (writer * 1_000_000 + number, f"{writer}:{number}"))
                    acknowledged[writer] = number
                    number += 1
            except Exception:
                return  # the server is gone
            finally:
                mine.shutdown()

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for thread in writers:
            thread.start()
        deadline = time.monotonic() + 60
        while sum(list(acknowledged.values())) <= 50:
            assert time.monotonic() < deadline, "the writers hardly wrote anything"
            time.sleep(0.01)
        time.sleep(random.Random(round_).random())
        server.kill()
        for thread in writers:
            thread.join()
        cluster.shutdown()

        server.start()
        cluster, session = connect(server, "ks")
        rows = dict(session.execute("SELECT id, v FROM t"))
        cluster.shutdown()
        for writer, last in acknowledged.items():
            missing = [n for n in range(last + 1) if rows.get(writer * 1_000_000 + n) != f"{writer}:{n}"]
            assert not missing, f"writer {writer}: acknowledged and lost {missing[:10]}"


def test_schema_functions_and_aggregates_survive(tmp_path):
    with Server(tmp_path, shards=2) as server:
        cluster, session = connect(server)
        session.execute(KEYSPACE)
        session.set_keyspace("ks")
        session.execute("CREATE TABLE t (p int, c int, s text STATIC, v bigint, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)")
        session.execute("CREATE FUNCTION add_all(s bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return s + v'")
        session.execute("""CREATE FUNCTION twice(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE wasm AS $$
            (module (memory (export "memory") 1)
              (global (export "_scylla_abi") i32 (i32.const 16))
              (data (i32.const 16) "\\01")
              (func (export "twice") (param i64) (result i64) (i64.mul (i64.const 2) (local.get 0))))$$""")
        session.execute("CREATE AGGREGATE total(bigint) SFUNC add_all STYPE bigint INITCOND 0")
        insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
        execute_concurrent_with_args(session, insert, [(p, c, p * 100 + c) for p in range(10) for c in range(10)])
        session.execute("DELETE FROM t WHERE p = 3")
        question = "SELECT total(twice(v)), count(*) FROM t"
        before = session.execute(question).one()
        described = cluster.metadata.keyspaces["ks"].export_as_string()
        version = session.execute("SELECT schema_version, host_id FROM system.local").one()
        cluster.shutdown()
        for _ in range(3):
            server.restart_after_kill()
            cluster, session = connect(server, "ks")
            assert session.execute(question).one() == before
            assert cluster.metadata.keyspaces["ks"].export_as_string() == described
            assert session.execute("SELECT schema_version, host_id FROM system.local").one() == version
            assert [row[0] for row in session.execute("SELECT c FROM t WHERE p = 1")] == list(range(9, -1, -1))
            cluster.shutdown()


def test_each_acknowledged_schema_change_survives(tmp_path):
    with Server(tmp_path, shards=1) as server:
        cluster, session = connect(server)
        session.execute(KEYSPACE)
        cluster.shutdown()
        for number in range(5):
            cluster, session = connect(server, "ks")
            session.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY)")
            if number:
                session.execute(f"DROP TABLE t{number - 1}")
            cluster.shutdown()
            server.restart_after_kill()
            cluster, session = connect(server)
            rows = session.execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'ks'")
            assert [row[0] for row in rows] == [f"t{number}"]
            cluster.shutdown()


def test_graceful_stop_under_load(tmp_path):
    with Server(tmp_path, shards=2) as server:
        cluster, session = connect(server)
        session.execute(KEYSPACE)
        session.execute("CREATE TABLE ks.t (id int PRIMARY KEY)")
        insert = session.prepare("INSERT INTO ks.t (id) VALUES (?)")
        futures = [session.execute_async(insert, (number,)) for number in range(2000)]
        assert server.terminate() == 0, server.log_tail()
        acknowledged = set()
        for number, future in enumerate(futures):
            try:
                future.result()
                acknowledged.add(number)
            except Exception:
                continue  # not acknowledged, so nothing was promised
        cluster.shutdown()
        server.start()
        cluster, session = connect(server, "ks")
        assert acknowledged <= {row[0] for row in session.execute("SELECT id FROM t")}
        cluster.shutdown()


def test_prepared_statements_after_a_restart(tmp_path):
    """The driver prepares again when the server answers Unprepared."""
    with Server(tmp_path, shards=2) as server:
        cluster, session = connect(server)
        session.execute(KEYSPACE)
        session.execute("CREATE TABLE ks.t (id int PRIMARY KEY, v text)")
        insert = session.prepare("INSERT INTO ks.t (id, v) VALUES (?, ?)")
        session.execute(insert, (1, "before"))
        server.restart_after_kill()
        deadline = time.monotonic() + 30
        while True:
            try:
                session.execute(insert, (2, "after"))
                break
            except Exception:
                assert time.monotonic() < deadline
                time.sleep(0.2)
        assert dict(session.execute("SELECT id, v FROM ks.t")) == {1: "before", 2: "after"}
        cluster.shutdown()


def test_pages_and_statements_go_on_after_a_restart(tmp_path):
    """A paging state is good for another process; a statement that it does not know is prepared again by the driver."""
    with Server(tmp_path, shards=2) as server:
        cluster, session = connect(server)
        session.execute(KEYSPACE)
        session.execute("CREATE TABLE ks.t (p int, c int, PRIMARY KEY (p, c))")
        insert = session.prepare("INSERT INTO ks.t (p, c) VALUES (?, ?)")
        execute_concurrent_with_args(session, insert, [(p, c) for p in range(5) for c in range(20)])
        everything = list(session.execute("SELECT p, c FROM ks.t"))
        grouped = list(session.execute("SELECT p, count(*) FROM ks.t GROUP BY p"))
        seen = {"SELECT p, c FROM ks.t": [], "SELECT p, count(*) FROM ks.t GROUP BY p": []}
        states = dict.fromkeys(seen)
        prepared = {text: session.prepare(text) for text in seen}
        for _ in range(3):
            for text, rows in seen.items():
                bound = prepared[text].bind(())
                bound.fetch_size = 30 if text.endswith("t") else 1
                page = session.execute(bound, paging_state=states[text])
                rows += page.current_rows
                states[text] = page.paging_state
            server.restart_after_kill()
            cluster.shutdown()
            cluster, session = connect(server)
        for text, rows in seen.items():
            rows += session.execute(prepared[text], paging_state=states[text])
        cluster.shutdown()
        assert list(seen.values()) == [everything, grouped]
