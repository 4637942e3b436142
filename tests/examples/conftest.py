"""A server with two shards, and keyspaces that have the example aggregates and rows for them."""

from __future__ import annotations

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy
from cassandra.query import named_tuple_factory

from harness.fixtures import server  # noqa: F401


@pytest.fixture(scope="session")
def session(server):
    profile = ExecutionProfile(load_balancing_policy=WhiteListRoundRobinPolicy([server.host]), retry_policy=FallthroughRetryPolicy(),
                               row_factory=named_tuple_factory, request_timeout=60)
    cluster = Cluster([server.host], port=server.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile}, connect_timeout=20,
                      schema_event_refresh_window=-1, protocol_version=4)
    session = cluster.connect()
    session.execute("CREATE KEYSPACE shop WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.set_keyspace("shop")
    yield session
    cluster.shutdown()
