"""The tables of the load, and connections to them."""

from __future__ import annotations

from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy

from beside import KEYSPACE, PAYLOAD

FEW_ROWS = 4


def connect(target) -> Cluster:
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([target.host]), retry_policy=FallthroughRetryPolicy(),
                               request_timeout=120)
    return Cluster([target.host], port=target.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile}, protocol_version=4,
                   schema_metadata_enabled=False, token_metadata_enabled=False, connect_timeout=20)


def prepare(session, rows: int) -> None:
    for name in (KEYSPACE, f"{KEYSPACE}_made"):
        session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    session.execute(f"CREATE TABLE {KEYSPACE}.t (id int PRIMARY KEY, v bigint, s text)")
    session.execute(f"CREATE TABLE {KEYSPACE}.few (id int PRIMARY KEY, v bigint, s text)")
    session.execute(f"CREATE TABLE {KEYSPACE}.bulk (id int, n bigint, s text, PRIMARY KEY (id, n))")
    insert = session.prepare(f"INSERT INTO {KEYSPACE}.t (id, v, s) VALUES (?, ?, ?)")
    execute_concurrent_with_args(session, insert, ((i, i, PAYLOAD) for i in range(rows)), concurrency=200)
    for i in range(FEW_ROWS):
        session.execute(f"INSERT INTO {KEYSPACE}.few (id, v, s) VALUES ({i}, {i}, 'row {i}')")
