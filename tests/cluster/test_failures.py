"""Nodes and gateways that die, in the middle of something."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import pytest
from cassandra import ConsistencyLevel, ReadTimeout
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import SimpleStatement

from cluster.nodes import ADDRESSES, GATEWAY_ADDRESSES, connect, eventually

ROWS = 60_000
PARTITIONS = 600


@pytest.fixture(scope="module")
def filled(backend, session):
    session.execute("DROP KEYSPACE IF EXISTS ks")
    session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 3}")
    session.execute("CREATE TABLE ks.t (p int, c int, v int, PRIMARY KEY (p, c))")
    session.execute("CREATE FUNCTION ks.plus(a bigint, b int) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'")
    session.execute("CREATE FUNCTION ks.merge(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'")
    session.execute("CREATE AGGREGATE ks.total(int) SFUNC plus STYPE bigint REDUCEFUNC merge INITCOND 0")
    write = session.prepare("INSERT INTO ks.t (p, c, v) VALUES (?, ?, ?)")
    write.consistency_level = ConsistencyLevel.QUORUM
    values = [(i % PARTITIONS, i, i) for i in range(ROWS)]
    for ok, result in execute_concurrent_with_args(session, write, values, concurrency=60):
        assert ok, result
    return sum(range(ROWS))


def wait_for_nodes() -> None:
    """Until every node sees all of them."""
    statement = SimpleStatement("SELECT count(*) FROM ks.t WHERE p = 0", consistency_level=ConsistencyLevel.ALL)

    def all_are_seen() -> None:
        for address in ADDRESSES:
            client = connect(address)
            client.execute(statement)
            client.cluster.shutdown()

    eventually(all_are_seen, Exception, seconds=120, pause=1)


@contextmanager
def without(node):
    """Killed at the beginning, back with the others at the end."""
    node.kill()
    try:
        yield
    finally:
        node.start()
        wait_for_nodes()


def test_a_node_dies_under_a_scan(filled, backend, session):
    total = SimpleStatement("SELECT ks.total(v), count(*) FROM ks.t", consistency_level=ConsistencyLevel.QUORUM)
    assert list(session.execute(total)) == [(filled, ROWS)]
    running = [session.execute_async(total) for _ in range(3)]
    time.sleep(0.05)
    with without(backend.nodes[2]):
        running += [session.execute_async(total) for _ in range(2)]
        assert [list(each.result()) for each in running] == [[(filled, ROWS)]] * 5


def test_a_node_dies_under_writes(filled, backend, session):
    session.execute("CREATE TABLE IF NOT EXISTS ks.w (k int PRIMARY KEY, v int)")
    session.execute("CREATE FUNCTION IF NOT EXISTS ks.same(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return x'")
    write = session.prepare("INSERT INTO ks.w (k, v) VALUES (?, ks.same(?))")
    write.consistency_level = ConsistencyLevel.QUORUM
    acknowledged = []

    def write_some(keys) -> None:
        for k in keys:
            try:
                session.execute(write, (k, k))
                acknowledged.append(k)
            except Exception:  # it may or may not have been written
                pass

    write_some(range(500))
    with without(backend.nodes[1]):
        write_some(range(500, 1500))
        assert len(acknowledged) > 1400
        read = SimpleStatement("SELECT k, v FROM ks.w", consistency_level=ConsistencyLevel.QUORUM)
        # A node may go on asking the dead one until it holds it for dead; what it executes alone is its client's to send again.
        found = dict(eventually(lambda: list(session.execute(read)), ReadTimeout, seconds=60))
        assert [k for k in acknowledged if found.get(k) != k] == []


def test_a_gateway_dies_under_queries(filled, backend):
    both = connect(*GATEWAY_ADDRESSES)
    read = both.prepare("SELECT ks.total(v) FROM ks.t WHERE p = ?")
    sums = {p: sum(range(p, ROWS, PARTITIONS)) for p in range(PARTITIONS)}
    failed = 0
    for i in range(400):
        if i == 100:
            backend.gateways[1].kill()
        p = i % PARTITIONS
        try:
            answer = list(both.execute(read, (p,)))
        except Exception:
            failed += 1
            answer = list(both.execute(read, (p,)))
        assert answer == [(sums[p],)]
    # What was under way when it died, and no more.
    assert failed <= 2
    backend.gateways[1].start()
    both.cluster.shutdown()


def test_nodes_restart_one_after_the_other_under_load(filled, backend, session):
    session.execute("CREATE TABLE IF NOT EXISTS ks.r (k int PRIMARY KEY, v int)")
    write = session.prepare("INSERT INTO ks.r (k, v) VALUES (?, ?)")
    write.consistency_level = ConsistencyLevel.QUORUM
    total = SimpleStatement("SELECT ks.total(v), count(*) FROM ks.t", consistency_level=ConsistencyLevel.QUORUM)
    acknowledged, wrong, refused, stop = [], [], [], threading.Event()

    def load() -> None:
        k = 0
        while not stop.is_set():
            try:
                session.execute(write, (k, k))
                acknowledged.append(k)
            except Exception as failure:
                refused.append(failure)
            if k % 200 == 0:
                try:
                    answer = list(session.execute(total))
                    if answer != [(filled, ROWS)]:
                        wrong.append(answer)
                except Exception as failure:
                    refused.append(failure)
            k += 1

    worker = threading.Thread(target=load)
    worker.start()
    try:
        for node in backend.nodes:
            node.stop()
            node.start()
            wait_for_nodes()
    finally:
        stop.set()
        worker.join()
    found = dict(session.execute(SimpleStatement("SELECT k, v FROM ks.r", consistency_level=ConsistencyLevel.QUORUM)))
    assert not wrong
    assert [k for k in acknowledged if found.get(k) != k] == []
    assert len(acknowledged) > 100
    assert len(refused) <= len(acknowledged) / 100, refused[:5]
