"""A server, and a keyspace for each module of functions."""

from __future__ import annotations

import itertools

import pytest

from harness.golden import Client
from harness.server import Server

_names = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), shards=2) as server:
        yield server
        assert server.alive(), server.log_tail()


@pytest.fixture(scope="session")
def connection(server):
    client = Client(server.host, server.port, protocol_version=4)
    yield client
    client.close()


@pytest.fixture(scope="session")
def new_keyspace(connection):
    """Makes a keyspace and enters it."""
    def make() -> str:
        name = f"sdk_{next(_names)}"
        connection.execute(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
        connection.execute(f"USE {name}")
        return name
    return make


@pytest.fixture
def client(connection, new_keyspace):
    """In a keyspace of its own."""
    name = new_keyspace()
    yield connection
    connection.execute(f"DROP KEYSPACE {name}")
