"""One server for the whole run, a keyspace for each test.

Runs under cassandra-driver (.venv) and under scylla-driver (.venv-scylla): both are the module
`cassandra`. NACRE_TEST_TARGET=HOST:PORT runs against a server that is already there, for example a
real Cassandra; deselect `nacre_only` then.
"""

from __future__ import annotations

import itertools
import os

import pytest
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import FallthroughRetryPolicy, HostFilterPolicy, RoundRobinPolicy
from cassandra.query import tuple_factory

from harness.server import Server, answers_cql

_names = itertools.count(1)


class Target:
    def __init__(self, host: str, port: int, server: Server | None):
        self.host = host
        self.port = port
        self.server = server

    def cluster(self, **options) -> Cluster:
        profile = ExecutionProfile(
            # By its port too: gateways to one cluster may share an address.
            load_balancing_policy=HostFilterPolicy(
                RoundRobinPolicy(), lambda host: (host.endpoint.address, host.endpoint.port) == (self.host, self.port)),
            retry_policy=FallthroughRetryPolicy(),
            row_factory=options.pop("row_factory", tuple_factory),
            request_timeout=60,
        )
        options.setdefault("protocol_version", 5)
        return Cluster([self.host], port=self.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                       connect_timeout=20, control_connection_timeout=20, **options)

    def answers(self) -> bool:
        return answers_cql(self.host, self.port)


def new_keyspace(session, name: str = "ks") -> None:
    """An empty keyspace, which is used from now on. A server may be new and its cluster not."""
    session.execute(f"DROP KEYSPACE IF EXISTS {name}")
    session.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    session.set_keyspace(name)


@pytest.fixture(scope="session")
def target(tmp_path_factory):
    address = os.environ.get("NACRE_TEST_TARGET")
    if address:
        host, port = address.rsplit(":", 1)
        yield Target(host, int(port), None)
        return
    with Server(tmp_path_factory.mktemp("server"), shards=2) as server:
        yield Target(server.host, server.port, server)
        assert server.alive(), "the server died during the tests:\n" + server.log_tail()


@pytest.fixture(scope="session")
def shared_cluster(target):
    cluster = target.cluster()
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="session")
def shared_session(shared_cluster):
    return shared_cluster.connect()


@pytest.fixture
def keyspace(shared_session):
    name = f"test_{next(_names)}"
    shared_session.execute(
        f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    yield name
    shared_session.execute(f"DROP KEYSPACE {name}")


@pytest.fixture
def cluster(target):
    cluster = target.cluster()
    yield cluster
    cluster.shutdown()


@pytest.fixture
def session(cluster, keyspace):
    return cluster.connect(keyspace)
