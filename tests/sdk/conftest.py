"""A server, and a keyspace for each module of functions."""

from __future__ import annotations

import itertools

import pytest

from harness.fixtures import connection, server  # noqa: F401

_names = itertools.count(1)


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
