"""One server for all, the keyspace `shell` anew for each test. NACRE_TEST_TARGET=HOST:PORT runs cqlsh against another server."""

from __future__ import annotations

import os
import subprocess

import pytest

from harness import cqlsh as harness_cqlsh
from harness.server import Server


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    outside = os.environ.get("NACRE_TEST_TARGET")
    if outside:
        yield outside.split(":")
        return
    with Server(tmp_path_factory.mktemp("server"), shards=2) as server:
        yield server.host, str(server.port)


@pytest.fixture
def cqlsh(address, tmp_path):
    def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess:
        return harness_cqlsh.run(*address, *arguments, text=text, home=tmp_path)

    def checked(*arguments: str, text: str | None = None) -> str:
        done = run(*arguments, text=text)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    checked.unchecked = run
    checked("-e", "DROP KEYSPACE IF EXISTS shell; CREATE KEYSPACE shell WITH replication ="
                  " {'class': 'SimpleStrategy', 'replication_factor': 1}")
    yield checked
    checked("-e", "DROP KEYSPACE IF EXISTS shell")


@pytest.fixture(scope="session")
def language() -> str:
    """The LANGUAGE of user functions that the server has."""
    return "java" if os.environ.get("NACRE_TEST_TARGET") else "lua"
