"""A server on which everybody has to log in, and clients who do."""

from __future__ import annotations

import itertools

import pytest
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import FallthroughRetryPolicy, WhiteListRoundRobinPolicy
from cassandra.query import tuple_factory

from harness.server import Server

# Passwords that are quick to check, as there are many here.
LOGINS = {"authenticator": "password", "authorizer": "roles", "password_hash_rounds_log2": 4}
SUPERUSER = ("cassandra", "cassandra")

_names = itertools.count(1)


def server_with(directory, shards: int = 2, **settings) -> Server:
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "nacre.yaml"
    config.write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
    return Server(directory, shards=shards, config=config, is_encrypted=settings.get("tls") == "required")


def cluster_of(server: Server, login: tuple[str, str] | None = SUPERUSER, **options) -> Cluster:
    profile = ExecutionProfile(
        load_balancing_policy=WhiteListRoundRobinPolicy([server.host]), retry_policy=FallthroughRetryPolicy(),
        row_factory=tuple_factory, request_timeout=60)
    options.setdefault("protocol_version", 5)
    options.setdefault("auth_provider", PlainTextAuthProvider(*login) if login else None)
    return Cluster([server.host], port=server.port, execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                   connect_timeout=20, schema_metadata_enabled=False, token_metadata_enabled=False, **options)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with server_with(tmp_path_factory.mktemp("server"), **LOGINS) as server:
        yield server
        assert server.alive(), "the server died during the tests:\n" + server.log_tail()


@pytest.fixture
def connect(server):
    """Sessions of roles; their clusters are shut down afterwards."""
    clusters = []

    def session(role: str = SUPERUSER[0], password: str | None = None, **options):
        clusters.append(cluster_of(server, (role, role if password is None else password), **options))
        return clusters[-1].connect()

    yield session
    for cluster in clusters:
        cluster.shutdown()


@pytest.fixture(scope="session")
def shared_superuser(server):
    cluster = cluster_of(server)
    yield cluster.connect()
    cluster.shutdown()


@pytest.fixture
def superuser(shared_superuser):
    return shared_superuser


@pytest.fixture
def role(superuser):
    """A role that may log in, with its name as the password."""
    name = f"role_{next(_names)}"
    superuser.execute(f"CREATE ROLE {name} WITH PASSWORD = '{name}' AND LOGIN = true")
    yield name
    superuser.execute(f"DROP ROLE IF EXISTS {name}")


@pytest.fixture
def keyspace(superuser):
    name = f"test_{next(_names)}"
    superuser.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    superuser.execute(f"CREATE TABLE {name}.t (k int PRIMARY KEY, v int)")
    for k in range(10):
        superuser.execute(f"INSERT INTO {name}.t (k, v) VALUES ({k}, {k})")
    yield name
    superuser.execute(f"DROP KEYSPACE IF EXISTS {name}")
