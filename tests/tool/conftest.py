from __future__ import annotations

import pytest

from harness.golden import Client
from harness.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("server"), shards=2) as server:
        yield server
        assert server.alive(), server.log_tail()


@pytest.fixture(scope="session")
def client(server):
    client = Client(server.host, server.port, protocol_version=4)
    yield client
    client.close()


@pytest.fixture(scope="session")
def contact(server) -> list[str]:
    return ["--contact", f"{server.host}:{server.port}"]
