"""Fixtures that several suites have; a conftest.py imports those that its suite wants."""

from __future__ import annotations

import pytest

from harness.golden import Client
from harness.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server with two shards, which must live to the end."""
    with Server(tmp_path_factory.mktemp("server"), shards=2) as server:
        yield server
        assert server.alive(), server.log_tail()


@pytest.fixture(scope="session")
def connection(server):
    """A client of the server."""
    client = Client(server.host, server.port, protocol_version=4)
    yield client
    client.close()
