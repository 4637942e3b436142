from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from harness.certificates import PASSWORD, Authority
from cluster.nodes import ADDRESSES, GATEWAY_ADDRESSES, SECURE_ADDRESS, Backend, SecureNode, as_user, connect


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


@pytest.fixture(scope="session")
def place():
    """Where the node with passwords and its gateways keep what they keep."""
    directory = Path(tempfile.mkdtemp(prefix="nacre-logins-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def authority(place):
    return Authority(place / "certificates", "authority")


@pytest.fixture(scope="session")
def node(place, authority):
    """A node by itself whose clients log in; by TLS they also show a certificate."""
    made = SecureNode(place, SECURE_ADDRESS, "client_encryption_options: {enabled: true, optional: true, "
                      f"keystore: {authority.key_store('node', SECURE_ADDRESS)}, keystore_password: {PASSWORD}, require_client_auth: true, "
                      f"truststore: {authority.trust_store()}, truststore_password: {PASSWORD}}}\n")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def admin(node):
    """The superuser at the node, past gateways. There is a table ks.t with a row, and the gateways' account."""
    made = as_user("cassandra", address=SECURE_ADDRESS)
    for text in ("CREATE ROLE nacre WITH PASSWORD = 'nacre' AND LOGIN = true",
                 "GRANT CREATE ON ALL KEYSPACES TO nacre", "GRANT SELECT ON KEYSPACE system_auth TO nacre",
                 "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                 "CREATE TABLE ks.t (k int PRIMARY KEY, v int)", "INSERT INTO ks.t (k, v) VALUES (1, 21)"):
        made.execute(text)
    yield made
    made.cluster.shutdown()
