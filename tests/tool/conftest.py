from __future__ import annotations

import pytest

from harness.fixtures import connection, server  # noqa: F401


@pytest.fixture(scope="session")
def client(connection):
    return connection


@pytest.fixture(scope="session")
def contact(server) -> list[str]:
    return ["--contact", f"{server.host}:{server.port}"]
