"""Functions and aggregates over a cluster: shared by the gateways, evaluated as in embedded mode."""

from __future__ import annotations

import threading
import time

import pytest
from cassandra import ConsistencyLevel, InvalidRequest, ReadFailure
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import BatchStatement, SimpleStatement

from cluster.nodes import GATEWAY_ADDRESSES, connect, eventually

TWICE = "CREATE OR REPLACE FUNCTION twice(x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return 2 * x'"
ADD = "CREATE FUNCTION plus(a bigint, b int) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'"
MERGE = "CREATE FUNCTION merge(a bigint, b bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return a + b'"
TOTAL = "CREATE AGGREGATE total(int) SFUNC plus STYPE bigint REDUCEFUNC merge INITCOND 0"
WASM = """CREATE FUNCTION negate(x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE wasm AS $$
(module (memory (export "memory") 1) (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\\01")
  (func (export "negate") (param i32) (result i32) (i32.sub (i32.const 0) (local.get 0))))
$$"""


@pytest.fixture
def other(backend):
    made = connect(GATEWAY_ADDRESSES[1])
    yield made
    made.cluster.shutdown()


@pytest.fixture
def table(keyspace, session):
    session.execute("CREATE TABLE t (p int, c int, v int, s int static, PRIMARY KEY (p, c)) WITH CLUSTERING ORDER BY (c DESC)")
    session.execute(TWICE)
    return "t"


def fill(session, partitions: int, rows: int) -> None:
    write = session.prepare("INSERT INTO ks.t (p, c, v) VALUES (?, ?, ?)")
    values = [(p, c, p * rows + c) for p in range(partitions) for c in range(rows)]
    for ok, result in execute_concurrent_with_args(session, write, values, concurrency=50):
        assert ok, result


def test_selectors_of_rows(table, session):
    fill(session, 3, 4)
    assert list(session.execute("SELECT c, twice(v) FROM t WHERE p = 1")) == [(3, 14), (2, 12), (1, 10), (0, 8)]
    assert list(session.execute("SELECT c, twice(v) FROM t WHERE p = 1 AND c > 0 AND c <= 2")) == [(2, 12), (1, 10)]
    assert list(session.execute("SELECT c, twice(v) FROM t WHERE p = 1 ORDER BY c ASC LIMIT 2")) == [(0, 8), (1, 10)]

    assert sorted(session.execute("SELECT twice(v) FROM t WHERE p IN (2, 0) AND c = twice(1)")) == [(4,), (20,)]


def test_rows_of_static_columns_alone(table, session):
    session.execute("INSERT INTO t (p, s) VALUES (1, 21)")
    assert list(session.execute("SELECT p, c, twice(s) FROM t")) == [(1, None, 42)]
    assert list(session.execute("SELECT c, twice(s) FROM t WHERE p = 1 AND c > 0")) == []


def test_wasm_and_pages(table, session):
    session.execute(WASM)
    fill(session, 20, 30)
    for size in (7, 100, 5000):
        statement = SimpleStatement("SELECT negate(v) FROM t", fetch_size=size)
        assert sorted(-v for (v,) in session.execute(statement)) == list(range(600))
    filtered = SimpleStatement("SELECT negate(v) FROM t WHERE v >= 300 ALLOW FILTERING", fetch_size=17)
    assert sorted(-v for (v,) in session.execute(filtered)) == list(range(300, 600))


def test_aggregates_over_everything(table, session):
    session.execute(ADD)
    session.execute(MERGE)
    session.execute(TOTAL)
    fill(session, 100, 120)
    assert list(session.execute("SELECT total(v), count(*), max(twice(v)) FROM t")) == [(sum(range(12000)), 12000, 23998)]
    sums = dict(session.execute("SELECT p, total(v) FROM t GROUP BY p"))
    assert sums == {p: sum(range(p * 120, p * 120 + 120)) for p in range(100)}
    assert list(session.execute("SELECT total(v) FROM t WHERE p = 3")) == [(sums[3],)]


def test_values_of_writes(table, session):
    session.execute("INSERT INTO t (p, c, v) VALUES (1, twice(2), twice(twice(3)))")
    write = session.prepare("UPDATE t SET v = twice(?) WHERE p = ? AND c = twice(?)")
    assert [column.name for column in write.column_metadata][1] == "p"
    session.execute(write, (50, 2, 5))
    batch = BatchStatement()
    batch.add(write, (7, 3, 7))
    batch.add(SimpleStatement("INSERT INTO ks.t (p, c, v) VALUES (3, 0, ks.twice(9))"))
    session.execute(batch)
    assert sorted(session.execute("SELECT p, c, v FROM t")) == [(1, 4, 12), (2, 10, 100), (3, 0, 18), (3, 14, 14)]
    assert list(session.execute("UPDATE t SET v = twice(1) WHERE p = 1 AND c = 4 IF v = twice(6)")) == [(True,)]
    session.execute("DELETE FROM t WHERE p = twice(1)")
    assert sorted(session.execute("SELECT p, v FROM t")) == [(1, 2), (3, 14), (3, 18)]


def test_a_failing_function_fails_the_statement(table, session):
    session.execute("CREATE FUNCTION fails(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'error(\"no\")'")
    from cassandra import FunctionFailure
    with pytest.raises(FunctionFailure) as failure:
        session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, fails(1))")
    assert failure.value.function == "fails"
    assert list(session.execute("SELECT * FROM t")) == []


def test_other_gateways_see_changes_within_a_second(table, session, other):
    session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 10)")
    for factor in range(3, 6):
        session.execute(TWICE.replace("2 * x", f"{factor} * x"))
        began = time.monotonic()
        assert list(session.execute("SELECT twice(v) FROM ks.t")) == [(10 * factor,)]
        while list(other.execute("SELECT ks.twice(v) FROM ks.t")) != [(10 * factor,)]:
            assert time.monotonic() - began < 1
            time.sleep(0.02)


def test_definitions_from_both_gateways_at_once(table, session, other):
    per_gateway = 12
    failures = []

    def define(client, name: str) -> None:
        for i in range(per_gateway):
            try:
                client.execute(f"CREATE FUNCTION ks.{name}_{i}(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return {i}'")
            except Exception as failure:  # any is one too many
                failures.append(failure)

    threads = [threading.Thread(target=define, args=(client, name)) for client, name in ((session, "a"), (other, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    names = {name for (name,) in session.execute("SELECT function_name FROM system_schema.functions WHERE keyspace_name = 'ks'")}
    assert names == {"twice"} | {f"{name}_{i}" for name in "ab" for i in range(per_gateway)}


def test_one_of_two_wins(table, session, other):
    create = "CREATE FUNCTION ks.once(x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return {}'"
    outcomes = [client.execute_async(create.format(i)) for i, client in enumerate((session, other, session, other))]
    won = 0
    for each in outcomes:
        try:
            each.result()
            won += 1
        except InvalidRequest as failure:
            assert "already exists" in str(failure)
    assert won == 1


def test_a_large_module_is_shared(table, session, other):
    padding = "-" * 300_000
    session.execute(f"CREATE FUNCTION big(x int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS $$--{padding}\nreturn x + 1 $$")
    chunks = list(session.execute("SELECT digest, chunk FROM nacre.modules"))
    assert chunks
    session.execute("INSERT INTO t (p, c, v) VALUES (1, 1, 1)")
    time.sleep(1)
    assert list(other.execute("SELECT ks.big(v) FROM ks.t")) == [(2,)]


def test_drivers_see_functions_beside_the_schema(table, session):
    session.execute(ADD)
    session.execute(MERGE)
    session.execute(TOTAL)
    session.cluster.refresh_schema_metadata()
    found = session.cluster.metadata.keyspaces["ks"]
    assert set(found.functions) == {"twice(int)", "plus(bigint,int)", "merge(bigint,bigint)"}
    assert set(found.aggregates) == {"total(int)"}
    assert set(found.tables) == {"t"}


def test_consistency_of_base_reads(table, session):
    fill(session, 2, 2)
    for level in (ConsistencyLevel.ONE, ConsistencyLevel.QUORUM, ConsistencyLevel.ALL, ConsistencyLevel.LOCAL_QUORUM):
        statement = SimpleStatement("SELECT twice(v) FROM t WHERE p = 1", consistency_level=level)
        assert sorted(session.execute(statement)) == [(4,), (6,)]


def test_values_have_the_types_of_their_places(table, session):
    session.execute("CREATE TABLE u (p int PRIMARY KEY, s text, l list<int>, m map<text, int>)")
    session.execute("CREATE FUNCTION word(x int) RETURNS NULL ON NULL INPUT RETURNS text LANGUAGE lua AS 'return \"w\" .. x'")
    session.execute("INSERT INTO u (p, s, l, m) VALUES (1, word(1), [twice(2), 5], {word(3): twice(3)})")
    session.execute("UPDATE u SET l = l + [twice(9)], m[word(4)] = 4 WHERE p = 1")
    assert list(session.execute("SELECT s, l, m FROM u")) == [("w1", [4, 5, 18], {"w3": 6, "w4": 4})]
    for text in ("INSERT INTO u (p, s) VALUES (1, twice(1))", "INSERT INTO u (p, l) VALUES (1, [word(1)])",
                 "UPDATE u SET s = 'x' WHERE p = 1 IF s = twice(1)"):
        with pytest.raises(InvalidRequest):
            session.execute(text)


def test_types_of_functions_stay(table, session):
    session.execute("CREATE TYPE pair (a int, b int)")
    session.execute("CREATE FUNCTION first(x pair) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'return x.a'")
    with pytest.raises(InvalidRequest, match="still used by functions ks.first"):
        session.execute("DROP TYPE pair")
    session.execute("DROP FUNCTION first")
    session.execute("DROP TYPE pair")


def test_a_described_keyspace_can_be_made_again(table, session):
    for text in (ADD, MERGE, TOTAL, "CREATE TYPE pair (a int, b int)"):
        session.execute(text)
    described = list(session.execute("DESCRIBE KEYSPACE ks"))
    assert [(kind, name) for _, kind, name, _ in described] == [
        ("keyspace", "ks"), ("type", "pair"), ("function", "merge(bigint, bigint)"), ("function", "plus(bigint, int)"),
        ("function", "twice(int)"), ("aggregate", "total(int)"), ("table", "t")]
    assert [row for row in session.execute("DESCRIBE SCHEMA") if row[0] == "ks"] == described
    functions = list(session.execute("DESCRIBE FUNCTIONS"))
    assert [row[2] for row in functions if row[0] == "ks"] == ["merge(bigint, bigint)", "plus(bigint, int)", "twice(int)"]

    session.execute("DROP KEYSPACE ks")
    for *_, statement in described:
        session.execute(statement)
    pages = session.execute(SimpleStatement("DESCRIBE KEYSPACE ks", fetch_size=2))
    assert list(pages) == described


@pytest.fixture
def wide(keyspace, session):
    session.execute("CREATE TABLE w (p int, c int, d int, v int, s int static, l list<int>, m map<text, int>, PRIMARY KEY (p, c, d))"
                    " WITH CLUSTERING ORDER BY (c DESC, d ASC)")
    session.execute(TWICE)
    write = session.prepare("INSERT INTO w (p, c, d, v, s, l, m) VALUES (?, ?, ?, ?, ?, ?, ?)")
    rows = [(p, c, d, p * c + d, p % 3, [c, d], {"c": c}) for p in range(20) for c in range(4) for d in range(3)]
    for ok, result in execute_concurrent_with_args(session, write, rows, concurrency=20):
        assert ok, result
    return [row[:4] for row in rows]


# Each beside what it says of p, c, d and v.
RESTRICTIONS = {
    "v = 7": lambda p, c, d, v: v == 7,
    "v > 5 AND v <= 20": lambda p, c, d, v: 5 < v <= 20,
    "v IN (4, 7)": lambda p, c, d, v: v in (4, 7),
    "s = 2 AND v < 10": lambda p, c, d, v: p % 3 == 2 and v < 10,
    "l CONTAINS 3": lambda p, c, d, v: c == 3,
    "m CONTAINS KEY 'c' AND m['c'] = 2": lambda p, c, d, v: c == 2,
    "d = 1": lambda p, c, d, v: d == 1,
    "p = 4 AND d >= 1 AND v > 3": lambda p, c, d, v: p == 4 and d >= 1 and v > 3,
    "c IN (0, 3)": lambda p, c, d, v: c in (0, 3),
    "c IN (0, 3) AND d IN (0, 2) AND v > 1": lambda p, c, d, v: c in (0, 3) and d in (0, 2) and v > 1,
    "(c, d) IN ((1, 2), (3, 0))": lambda p, c, d, v: (c, d) in ((1, 2), (3, 0)),
    "c > 1 AND d = 2": lambda p, c, d, v: c > 1 and d == 2,
    "token(p) > 0 AND c IN (1, 2) AND v = 5": None,
}


@pytest.mark.parametrize("restriction", RESTRICTIONS)
def test_restrictions_are_those_of_the_cluster(wide, session, restriction):
    where = f"FROM w WHERE {restriction} ALLOW FILTERING"
    expected = list(session.execute(f"SELECT p, c, d, v {where}"))
    holds = RESTRICTIONS[restriction]
    assert holds is None or sorted(expected) == sorted(row for row in wide if holds(*row))
    for size in (5000, 7):
        given = list(session.execute(SimpleStatement(f"SELECT p, c, d, twice(v) {where}", fetch_size=size)))
        assert given == [(p, c, d, 2 * v) for p, c, d, v in expected]
    total = list(session.execute(f"SELECT count(*), max(twice(v)) {where}"))
    assert total == [(len(expected), max((2 * row[3] for row in expected), default=None))]


def test_limits_of_restricted_reads(wide, session):
    for rest in ("PER PARTITION LIMIT 2", "LIMIT 9", "PER PARTITION LIMIT 2 LIMIT 9", "WHERE v > 5 PER PARTITION LIMIT 2 LIMIT 11 ALLOW FILTERING",
                 "WHERE c IN (0, 2) PER PARTITION LIMIT 1 ALLOW FILTERING", "WHERE p IN (3, 4) PER PARTITION LIMIT 4"):
        expected = [(p, c, d, 2 * v) for p, c, d, v in session.execute(f"SELECT p, c, d, v FROM w {rest}")]
        for size in (5000, 3):
            assert list(session.execute(SimpleStatement(f"SELECT p, c, d, twice(v) FROM w {rest}", fetch_size=size))) == expected


# By whether an index of the kind serves, and nothing else is to be filtered.
INDEXED = {
    "v = 7": {"2i", "sai"}, "p = 4 AND v = 8": {"2i", "sai"}, "v > 30": {"sai"}, "v > 30 AND v <= 33": {"sai"},
    "v = 7 AND d = 1": set(), "c IN (1, 3) AND v = 7": set(), "v IN (7, 8)": set(),
}


def wait_until_built(session) -> None:
    """A storage-attached index is built after its statement, on each node by itself."""
    read = SimpleStatement("SELECT p FROM w WHERE v = 7", consistency_level=ConsistencyLevel.ALL)
    eventually(lambda: session.execute(read), ReadFailure, seconds=30)


@pytest.mark.parametrize("kind", ["2i", "sai"])
def test_an_index_of_the_cluster_serves(wide, session, kind):
    session.execute("CREATE INDEX w_v ON w (v)" + (" USING 'sai'" if kind == "sai" else ""))
    wait_until_built(session)
    for where, served in INDEXED.items():
        filtering = "" if kind in served else " ALLOW FILTERING"
        expected = [(p, 2 * v) for p, v in session.execute(f"SELECT p, v FROM w WHERE {where} ALLOW FILTERING")]
        called = f"SELECT p, twice(v) FROM w WHERE {where}"
        given = list(session.execute(SimpleStatement(called + filtering, fetch_size=3)))
        assert expected and sorted(given) == sorted(expected), where
        if filtering:
            with pytest.raises(InvalidRequest, match="ALLOW FILTERING|cannot be restricted"):
                session.execute(called)


def test_indexes_of_collections_and_keys_serve(session, keyspace):
    session.execute("CREATE TABLE i (p int, c int, \"S\" set<text>, m map<text, int>, v int, PRIMARY KEY (p, c))")
    session.execute(TWICE)
    for target in ("c", "\"S\"", "KEYS(m)"):
        session.execute(f"CREATE INDEX ON i ({target})")
    for number in range(20):
        session.execute("INSERT INTO i (p, c, \"S\", m, v) VALUES (%s, %s, {%s}, {%s: 1}, %s)",
                        (number, number % 4, f"s{number % 3}", f"k{number % 5}", number))
    for where, expected in (("c = 3", range(3, 20, 4)), ("\"S\" CONTAINS 's1'", range(1, 20, 3)), ("m CONTAINS KEY 'k2'", range(2, 20, 5))):
        given = session.execute(f"SELECT v, twice(v) FROM i WHERE {where}")
        assert sorted(given) == [(v, 2 * v) for v in expected], where
