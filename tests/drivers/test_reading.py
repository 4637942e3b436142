"""Pages and orders of rows: the same rows whatever the pages, and whatever happens between them."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import SimpleStatement

from harness.server import CLUSTER

SELECTS = [
    "SELECT * FROM t",
    "SELECT * FROM t LIMIT 11",
    "SELECT * FROM t PER PARTITION LIMIT 3",
    "SELECT * FROM t PER PARTITION LIMIT 3 LIMIT 7",
    "SELECT * FROM t WHERE k IN (3, 1, 9, 2)",
    "SELECT * FROM t WHERE k IN (3, 1, 2) AND a IN (1, 0) LIMIT 9",
    "SELECT * FROM t WHERE k = 1 AND (a, b) > (0, 1)",
    "SELECT * FROM t WHERE k = 1 AND (a, b) >= (0, 1) AND (a, b) < (2, 2) ORDER BY a DESC",
    "SELECT * FROM t WHERE k = 1 ORDER BY a DESC LIMIT 5",
    "SELECT * FROM t WHERE v > 3 ALLOW FILTERING",
    "SELECT * FROM t WHERE b = 2 PER PARTITION LIMIT 1 ALLOW FILTERING",
    "SELECT * FROM t WHERE s = 20 ALLOW FILTERING",
    "SELECT DISTINCT k, s FROM t",
    "SELECT DISTINCT k FROM t LIMIT 2",
    "SELECT k, a, count(*), max(v) FROM t GROUP BY k, a",
    "SELECT k, a, count(*), max(v) FROM t GROUP BY k, a PER PARTITION LIMIT 2",
    "SELECT k, a, count(*), max(v) FROM t GROUP BY k, a PER PARTITION LIMIT 2 LIMIT 5",
    "SELECT k, a, b FROM t GROUP BY k, a LIMIT 4",
    "SELECT k, count(*) FROM t WHERE v > 3 GROUP BY k ALLOW FILTERING",
    "SELECT count(*), sum(v) FROM t WHERE k IN (1, 2)",
    "SELECT * FROM t WHERE token(k) > token(2) LIMIT 12",
]


@pytest.fixture
def rows(session):
    session.execute("CREATE TABLE t (k int, a int, b int, v int, s int static, PRIMARY KEY (k, a, b))"
                    " WITH CLUSTERING ORDER BY (a ASC, b DESC)")
    insert = session.prepare("INSERT INTO t (k, a, b, v) VALUES (?, ?, ?, ?)")
    values = [(k, a, b, a * 3 + b) for k in range(4) for a in range(3) for b in range(3)]
    execute_concurrent_with_args(session, insert, values)
    session.execute("INSERT INTO t (k, s) VALUES (2, 20)")
    session.execute("INSERT INTO t (k, s) VALUES (9, 90)")


def pages_of(session, text: str, page_size: int | None, between=lambda session: session) -> list[list[tuple]]:
    pages, state = [], None
    while True:
        result = session.execute(SimpleStatement(text, fetch_size=page_size), paging_state=state)
        pages.append(list(result.current_rows))
        state = result.paging_state
        if state is None:
            return pages
        assert len(pages) < 1000
        session = between(session)


def flat(pages: list[list[tuple]]) -> list[tuple]:
    return [row for page in pages for row in page]


@pytest.mark.parametrize("text", SELECTS)
def test_rows_do_not_depend_on_pages(session, rows, text):
    everything = flat(pages_of(session, text, None))
    assert everything
    for size in (1, 2, 3, 5, 100):
        pages = pages_of(session, text, size)
        assert flat(pages) == everything, size
        assert all(len(page) == size for page in pages[:-1]), size


@pytest.mark.parametrize("text", SELECTS)
def test_pages_over_connections_of_every_version(target, keyspace, session, rows, text):
    clusters = [target.cluster(protocol_version=version) for version in (4, 3, 5)]
    try:
        sessions = [cluster.connect(keyspace) for cluster in clusters]
        turns = [0]

        def next_session(_):
            turns[0] += 1
            return sessions[turns[0] % len(sessions)]

        try:
            paged = flat(pages_of(sessions[0], text, 2, next_session))
        except Exception as refused:  # Cassandra's states of v3 and v4 differ, and it says so
            assert target.server is None, refused
            return
        assert paged == flat(pages_of(session, text, None))
    finally:
        for cluster in clusters:
            cluster.shutdown()


def test_writes_between_pages(session, rows):
    """What lies behind the page is not seen again, what lies before it is seen as it then is."""
    first = session.execute(SimpleStatement("SELECT a, b FROM t WHERE k = 1", fetch_size=4))
    assert list(first.current_rows) == [(0, 2), (0, 1), (0, 0), (1, 2)]
    session.execute("DELETE FROM t WHERE k = 1 AND a = 1 AND b = 2")
    session.execute("INSERT INTO t (k, a, b, v) VALUES (1, 0, 5, 0)")
    session.execute("INSERT INTO t (k, a, b, v) VALUES (1, 2, 5, 0)")
    session.execute("DELETE FROM t WHERE k = 1 AND a = 1 AND b = 0")
    rest = session.execute(SimpleStatement("SELECT a, b FROM t WHERE k = 1", fetch_size=100), paging_state=first.paging_state)
    assert list(rest) == [(1, 1), (2, 5), (2, 2), (2, 1), (2, 0)]


def test_the_partition_of_a_page_is_deleted(session, rows):
    order = [k for k, in session.execute("SELECT DISTINCT k FROM t")]
    first = session.execute(SimpleStatement("SELECT k FROM t", fetch_size=12))
    gone = list(first.current_rows)[-1][0]
    session.execute(f"DELETE FROM t WHERE k = {gone}")
    rest = session.execute(SimpleStatement("SELECT k FROM t", fetch_size=100), paging_state=first.paging_state)
    assert list(dict.fromkeys(k for k, in rest)) == order[order.index(gone) + 1:]


def test_columns_change_between_pages(session, rows):
    everything = flat(pages_of(session, "SELECT * FROM t", None))
    steps = iter(["ALTER TABLE t ADD x text", "ALTER TABLE t DROP x", "ALTER TABLE t ADD y int"])

    def alter(session):
        if (step := next(steps, None)) is not None:
            session.execute(step)
        return session

    pages = pages_of(session, "SELECT * FROM t", 10, alter)
    assert [row[:3] for row in flat(pages)] == [row[:3] for row in everything]
    assert [len(page[0]) for page in pages] == [5, 6, 5, 6]


def test_order_by_with_several_partitions(session, rows):
    text = "SELECT a, b, k FROM t WHERE k IN (2, 1, 0) AND a IN (0, 1) ORDER BY a DESC, b ASC LIMIT 7"
    unpaged = SimpleStatement(text, fetch_size=None)
    assert list(session.execute(unpaged)) == [(1, 0, 0), (1, 0, 1), (1, 0, 2), (1, 1, 0), (1, 1, 1), (1, 1, 2), (1, 2, 0)]
    with pytest.raises(InvalidRequest, match="Cannot page queries with both ORDER BY and a IN restriction on the partition key"):
        session.execute(SimpleStatement(text, fetch_size=100))


def test_several_partitions_come_in_the_order_of_their_keys(session, rows):
    assert [k for k, in session.execute("SELECT DISTINCT k FROM t WHERE k IN (3, 9, 0, 2, 2, 1, 17)")] == [0, 1, 2, 3, 9]


def test_limits_of_long_partitions_that_are_filtered(session):
    """A partition's first rows are dropped in one batch of the scan, the wanted ones come in a later one."""
    session.execute("CREATE TABLE long (k int, c int, v int, PRIMARY KEY (k, c))")
    insert = session.prepare("INSERT INTO long (k, c, v) VALUES (?, ?, ?)")
    execute_concurrent_with_args(session, insert, [(k, c, c) for k in range(3) for c in range(2500)], concurrency=200)
    text = "SELECT k, c FROM long WHERE v >= 2400 PER PARTITION LIMIT 2 ALLOW FILTERING"
    for size in (None, 1, 3):
        assert sorted(flat(pages_of(session, text, size))) == [(k, c) for k in range(3) for c in (2400, 2401)]
    grouped = "SELECT k, count(*) FROM long WHERE v >= 2400 GROUP BY k ALLOW FILTERING"
    assert sorted(flat(pages_of(session, grouped, 1))) == [(k, 100) for k in range(3)]


def test_damaged_paging_states(target, session, keyspace, rows):
    """Each is refused or read as a position; none does harm."""
    text = "SELECT * FROM t WHERE k IN (1, 2)"
    state = session.execute(SimpleStatement(text, fetch_size=5)).paging_state
    damaged = [state[:i] + bytes([state[i] ^ flip]) + state[i + 1:] for i in range(len(state)) for flip in (1, 0x80)]
    damaged += [state[:size] for size in range(1, len(state))] + [state * 2]
    for each in damaged:
        cluster = target.cluster(schema_metadata_enabled=False, token_metadata_enabled=False)
        try:
            mine = cluster.connect(keyspace)
            try:
                assert len(list(mine.execute(SimpleStatement(text, fetch_size=5), paging_state=each).current_rows)) <= 5
            except Exception as refused:
                # The cluster has words of its own, for the states that are its own.
                assert "paging state" in str(refused) or target.server is None or CLUSTER
        finally:
            cluster.shutdown()
    assert len(list(session.execute(text))) == 18
