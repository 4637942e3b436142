"""Scans of the ring: how they are shared out among the nodes, and that all rows are read once and in order however they lie."""

from __future__ import annotations

import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import SimpleStatement

from cluster.nodes import ADDRESSES, GATEWAY_ADDRESSES, Gateway, connect

MODULUS = 1_000_003
FUNCTIONS = (
    "CREATE FUNCTION same(x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return x'",
    "CREATE FUNCTION length(x text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return #x'",
    "CREATE FUNCTION plus(a bigint, b int) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'",
    "CREATE FUNCTION merge(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'",
    "CREATE AGGREGATE total(int) SFUNC plus STYPE bigint REDUCEFUNC merge INITCOND 0",
    f"CREATE FUNCTION chain(a bigint, b int) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return (a * 31 + b) % {MODULUS}'",
    "CREATE AGGREGATE in_order(int) SFUNC chain STYPE bigint INITCOND 7",
)
# The first is larger than several pages.
SIZES = [15_000, 1, 1, 700, 5_000, 1, 2_500, *[3] * 4_000, 4_200, 1]


def chained(values) -> int:
    state = 7
    for value in values:
        state = (state * 31 + value) % MODULUS
    return state


def write_all(session: Session, text: str, values) -> None:
    for ok, result in execute_concurrent_with_args(session, session.prepare(text), values, concurrency=100):
        assert ok, result


@pytest.fixture(scope="module")
def one_copy(backend):
    made = connect(*GATEWAY_ADDRESSES)
    made.execute("DROP KEYSPACE IF EXISTS one_copy")
    made.execute("CREATE KEYSPACE one_copy WITH replication = {'class': 'NetworkTopologyStrategy', 'replication_factor': 1}")
    made.set_keyspace("one_copy")
    for text in FUNCTIONS:
        made.execute(text)
    yield made
    made.execute("DROP KEYSPACE one_copy")
    made.cluster.shutdown()


@pytest.fixture(scope="module")
def lopsided(one_copy, direct):
    """Rows as they lie in the ring."""
    one_copy.execute("CREATE TABLE lopsided (p int, c int, v int, PRIMARY KEY (p, c))")
    write_all(one_copy, "INSERT INTO lopsided (p, c, v) VALUES (?, ?, ?)",
              [(p, c, (p * 7919 + c) % 1000) for p, size in enumerate(SIZES) for c in range(size)])
    # What is deleted is looked for by nodes, and not found.
    write_all(one_copy, "DELETE FROM lopsided WHERE p = ?", [(p,) for p in range(10, 2_000)])
    rows = list(direct.execute("SELECT p, c, v FROM one_copy.lopsided"))
    assert len(rows) == sum(SIZES) - 3 * 1_990
    return rows


def test_rows_of_uneven_partitions_come_once_and_in_order(one_copy, lopsided):
    for size in (None, 5_000, 10_000):
        given = one_copy.execute(SimpleStatement("SELECT p, c, same(v) FROM lopsided", fetch_size=size))
        assert list(given) == lopsided
    few = one_copy.execute(SimpleStatement("SELECT p, c, same(v) FROM lopsided LIMIT 7000", fetch_size=None))
    assert list(few) == lopsided[:7_000]


@pytest.mark.parametrize("turn", range(2))
def test_aggregates_of_uneven_partitions(one_copy, lopsided, turn):
    """The second time the gateways know how dense the rows lie."""
    values = [v for _, _, v in lopsided]
    given = one_copy.execute("SELECT total(v), count(*), in_order(v) FROM lopsided").one()
    assert given == (sum(values), len(values), chained(values))
    by_partition: dict[int, int] = {}
    for p, _, v in lopsided:
        by_partition[p] = by_partition.get(p, 0) + v
    assert dict(one_copy.execute("SELECT p, total(v) FROM lopsided GROUP BY p")) == by_partition


def test_conditions_on_uneven_partitions(one_copy, lopsided):
    for where, holds in (("v < 3", lambda p, c, v: v < 3), ("v >= 3", lambda p, c, v: v >= 3), ("c = 2", lambda p, c, v: c == 2),
                         ("token(p) > 0", None), ("v = -1", lambda p, c, v: False)):
        if holds is None:
            expected = list(one_copy.execute(f"SELECT p, c, v FROM lopsided WHERE {where}"))
        else:
            expected = [row for row in lopsided if holds(*row)]
        given = SimpleStatement(f"SELECT p, c, same(v) FROM lopsided WHERE {where} ALLOW FILTERING", fetch_size=None)
        assert list(one_copy.execute(given)) == expected, where
        total = one_copy.execute(f"SELECT total(v), count(*) FROM lopsided WHERE {where} ALLOW FILTERING").one()
        assert total == (sum(v for _, _, v in expected), len(expected)), where


def test_pages_of_a_large_partition_grow(one_copy, lopsided, backend):
    session = connect(GATEWAY_ADDRESSES[0], only=True)
    pages = "nacre_cluster_pages_read_total"
    before = backend.gateways[0].figures()[pages]
    expected = sum(v for p, _, v in lopsided if p == 0)
    assert session.execute("SELECT one_copy.total(v), count(*) FROM one_copy.lopsided WHERE p = 0").one() == (expected, SIZES[0])
    assert 2 <= backend.gateways[0].figures()[pages] - before <= 8
    session.cluster.shutdown()


def scans_by_node(table: str) -> dict[str, tuple[int, int]]:
    """How many reads of ranges each node was sent by clients, and how many it did for itself and others."""
    counted = {}
    for address in ADDRESSES:
        node = connect(address, only=True)
        counts = []
        for kind in ("coordinator", "local"):
            row = node.execute(f"SELECT count FROM system_views.{kind}_scan_latency WHERE keyspace_name = 'one_copy' AND table_name = %s",
                               (table,)).one()
            counts.append(row[0] if row else 0)
        node.cluster.shutdown()
        counted[address] = (counts[0], counts[1])
    return counted


@pytest.fixture(scope="module")
def texts(one_copy):
    """Rows of 2 KB, of which a page has some hundreds."""
    one_copy.execute("CREATE TABLE texts (k int PRIMARY KEY, v text)")
    write_all(one_copy, "INSERT INTO texts (k, v) VALUES (?, ?)", [(k, "x" * (2_000 + k % 7)) for k in range(20_000)])
    return sum(2_000 + k % 7 for k in range(20_000))


def test_each_part_is_read_from_a_node_that_has_it(one_copy, texts):
    before = scans_by_node("texts")
    assert one_copy.execute("SELECT total(length(v)) FROM texts").one() == (texts,)
    after = scans_by_node("texts")
    sent, done = ({node: after[node][kind] - before[node][kind] for node in ADDRESSES} for kind in (0, 1))
    assert sum(sent.values()) > 30, "it was cut into pages"
    for node in ADDRESSES:
        assert sent[node] > 5, f"{node} has its part"
        # But for the first pages, which are asked for before the gateway knows where the owners' parts end.
        assert abs(done[node] - sent[node]) <= 6, f"{node} was sent {sent[node]} reads and did {done[node]}"


def test_scans_wait_for_places_at_the_nodes(one_copy, texts, backend, tmp_path):
    config = tmp_path / "gateway.yaml"
    config.write_text("cluster_range_reads_per_node: 1\n")
    gateway = Gateway("127.0.0.77", tmp_path, config)
    gateway.start()
    try:
        session = connect(gateway.host, only=True)
        scans = [session.execute_async("SELECT total(length(v)) FROM one_copy.texts") for _ in range(6)]
        assert [scan.result().one() for scan in scans] == [(texts,)] * 6
        session.cluster.shutdown()
    finally:
        gateway.terminate()
