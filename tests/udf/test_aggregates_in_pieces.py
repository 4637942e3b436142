"""Aggregates of users over a ring that both shards fold: what every piece, page and limit must agree with is a fold in
Python over the rows in the order in which a plain SELECT gives them."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice

import pytest
from cassandra import FunctionFailure
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement, BatchType, SimpleStatement

PARTITIONS = 3000
MODULUS = 1_000_000_007
POWER = 31

# A polynomial hash of the values in their order: associative, not commutative. A row that is lost, folded twice or in a
# wrong place changes it.
STATE = "tuple<bigint, bigint>"
HASH = f"return {{(s[1] * {POWER} + v) % {MODULUS}, s[2] * {POWER} % {MODULUS}}}"
MERGE = f"return {{(a[1] * b[2] + b[1]) % {MODULUS}, a[2] * b[2] % {MODULUS}}}"


def hash_of(values) -> int:
    total = 0
    for value in values:
        total = (total * POWER + value) % MODULUS
    return total


def rows_of(p: int) -> list[tuple[int, int]]:
    return [(c, (p * 7919 + c * 104729) % 1000) for c in range(1 + p % 13)]


@pytest.fixture(scope="module")
def large(shared_session):
    session = shared_session
    session.execute("CREATE KEYSPACE pieces WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.set_keyspace("pieces")
    session.execute("CREATE TABLE t (p int, c int, v int, s int static, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    batches = []
    for p in range(PARTITIONS):
        if p % 20 == 0:
            batches.append(BatchStatement(BatchType.UNLOGGED))
        for c, v in rows_of(p):
            batches[-1].add(insert, (p, c, v))
    for batch in batches:
        session.execute(batch)
    execute_concurrent_with_args(session, session.prepare("INSERT INTO t (p, s) VALUES (?, 1)"),
                                 [(PARTITIONS + i,) for i in range(20)])
    for statement in (
        f"CREATE FUNCTION hash(s {STATE}, v int) RETURNS NULL ON NULL INPUT RETURNS {STATE} LANGUAGE lua AS '{HASH}'",
        f"CREATE FUNCTION merge(a {STATE}, b {STATE}) RETURNS NULL ON NULL INPUT RETURNS {STATE} LANGUAGE lua AS '{MERGE}'",
        f"CREATE FUNCTION first(s {STATE}) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return s[1]'",
        f"CREATE AGGREGATE merged(int) SFUNC hash STYPE {STATE} REDUCEFUNC merge FINALFUNC first INITCOND (0, 1)",
        f"CREATE AGGREGATE serial(int) SFUNC hash STYPE {STATE} FINALFUNC first INITCOND (0, 1)",
        "CREATE FUNCTION both(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'",
        "CREATE FUNCTION no_999(s bigint, v int) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS"
        " 'if v == 999 then error(\"999\") end return s + v'",
        "CREATE AGGREGATE careful(int) SFUNC no_999 STYPE bigint REDUCEFUNC both INITCOND 0",
    ):
        session.execute(statement)
    yield session
    session.execute("DROP KEYSPACE pieces")


@pytest.fixture(scope="module")
def rows(large) -> list[tuple]:
    return list(large.execute("SELECT p, c, v FROM t"))


@pytest.fixture
def session(large):
    large.set_keyspace("pieces")
    return large


def groups_of(rows, key) -> dict:
    groups = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row[2])
    return groups


def selected(session, text: str, page_size: int | None = None) -> list[tuple]:
    return [tuple(row) for row in session.execute(SimpleStatement(text, fetch_size=page_size or 1_000_000))]


def test_all_rows(session, rows):
    expected = hash_of(v for _, _, v in rows if v is not None)
    assert selected(session, "SELECT merged(v), serial(v), count(v), max(v) FROM t") == [
        (expected, expected, len(rows) - 20, 999)]
    assert selected(session, "SELECT merged(v) FROM t", 1) == [(expected,)]


@pytest.mark.parametrize("aggregate", ["merged", "serial"])
def test_filtered_rows(session, rows, aggregate):
    expected = hash_of(v for _, _, v in rows if v is not None and v > 500)
    assert selected(session, f"SELECT {aggregate}(v) FROM t WHERE v > 500 ALLOW FILTERING") == [(expected,)]
    middle = 1 << 61
    inside = [v for p, _, v in selected(session, f"SELECT p, c, v FROM t WHERE token(p) > -{middle} AND token(p) <= {middle}")
              if v is not None]
    assert selected(session, f"SELECT {aggregate}(v) FROM t WHERE token(p) > -{middle} AND token(p) <= {middle}") == [
        (hash_of(inside),)]


@pytest.mark.parametrize("page_size", [None, 7, 500, 5000])
@pytest.mark.parametrize("aggregate", ["merged", "serial"])
def test_groups_are_partitions(session, rows, aggregate, page_size):
    if page_size == 7:
        limit, text = 60, " LIMIT 60"
    else:
        limit, text = None, ""
    expected = [(p, hash_of(v for v in values if v is not None))
                for p, values in islice(groups_of(rows, lambda row: row[0]).items(), limit)]
    assert selected(session, f"SELECT p, {aggregate}(v) FROM t GROUP BY p{text}", page_size) == expected


@pytest.mark.parametrize("page_size", [None, 1000])
def test_groups_are_rows(session, rows, page_size):
    expected = [(p, c, v % MODULUS if v is not None else 0, v) for p, c, v in rows]
    assert selected(session, "SELECT p, c, serial(v), max(v) FROM t GROUP BY p, c", page_size) == expected


@pytest.mark.parametrize("page_size", [None, 100, 4999])
@pytest.mark.parametrize("limit", [1, 3, 5])
def test_limits_of_partitions(session, rows, limit, page_size):
    expected, seen = [], defaultdict(int)
    for p, c, v in rows:
        seen[p] += 1
        if seen[p] <= limit:
            expected.append((p, c, 0 if v is None else v))
    text = f"SELECT p, c, merged(v) FROM t GROUP BY p, c PER PARTITION LIMIT {limit}"
    if page_size == 100:
        expected, text = expected[:900], text + " LIMIT 900"
    assert selected(session, text, page_size) == expected


@pytest.mark.parametrize("limit", [1, 4000, 6000, 15000, 1_000_000])
def test_limits(session, rows, limit):
    expected = [(p, c, 0 if v is None else v) for p, c, v in rows][:limit]
    assert selected(session, f"SELECT p, c, merged(v) FROM t GROUP BY p, c LIMIT {limit}") == expected


def test_filters_within_groups(session, rows):
    kept = [row for row in rows if row[2] is not None and row[2] > 900]
    expected = [(p, hash_of(values)) for p, values in groups_of(kept, lambda row: row[0]).items()]
    for page_size in (None, 333):
        assert selected(session, "SELECT p, merged(v) FROM t WHERE v > 900 GROUP BY p ALLOW FILTERING", page_size) == expected


def test_a_group_that_nobody_wants_does_not_fail(session, rows):
    """The first group that fails ends the statement, unless the limit ends it before."""
    partitions = list(groups_of(rows, lambda row: row[0]).items())
    failing = [i for i, (_, values) in enumerate(partitions) if 999 in values]
    late = next(i for i in failing if i > 1000)
    assert failing[0] < late
    after = partitions[failing[-1]][0]
    text = "SELECT p, careful(v) FROM t WHERE token(p) > token(%d) GROUP BY p"
    # From behind a failing partition on up to the next one.
    for before, following in zip(failing, failing[1:]):
        if following - before > 3:
            between = [(p, sum(v for v in values if v is not None)) for p, values in partitions[before + 1 : following]]
            start = text % partitions[before][0]
            assert selected(session, f"{start} LIMIT {len(between)}") == between
            with pytest.raises(FunctionFailure, match="999"):
                selected(session, f"{start} LIMIT {len(between) + 1}")
            with pytest.raises(FunctionFailure, match="999"):
                selected(session, start, 500)
            break
    assert len(selected(session, text % after)) == len(partitions) - failing[-1] - 1
    with pytest.raises(FunctionFailure, match="no_999"):
        selected(session, "SELECT careful(v) FROM t")
