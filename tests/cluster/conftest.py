from __future__ import annotations

import pytest

from cluster.nodes import ADDRESSES, GATEWAY_ADDRESSES, Backend, connect


@pytest.fixture(scope="session")
def backend():
    made = Backend()
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="session")
def session(backend):
    """A client of the first gateway, which may find the second."""
    made = connect(GATEWAY_ADDRESSES[0])
    yield made
    made.cluster.shutdown()


@pytest.fixture(scope="session")
def direct(backend):
    """A client of the nodes, past the gateways."""
    made = connect(*ADDRESSES)
    yield made
    made.cluster.shutdown()


@pytest.fixture
def keyspace(session):
    session.execute("DROP KEYSPACE IF EXISTS ks")
    session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 3}")
    session.set_keyspace("ks")
    yield "ks"
