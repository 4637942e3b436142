"""Prepared statements, paging, batches, many requests in flight."""

from __future__ import annotations

import datetime
import decimal
import ipaddress
import threading
import uuid

import pytest
from cassandra import ConsistencyLevel, InvalidRequest
from cassandra.concurrent import execute_concurrent, execute_concurrent_with_args
from cassandra.query import UNSET_VALUE, BatchStatement, BatchType, SimpleStatement, dict_factory, named_tuple_factory
from cassandra.util import Date, SortedSet, Time


def test_prepared_positional_and_named(session):
    session.execute("CREATE TABLE t (p int, c text, v bigint, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    named = session.prepare("INSERT INTO t (p, c, v) VALUES (:p, :c, :v)")
    session.execute(insert, (1, "a", 10))
    session.execute(named, {"v": 20, "c": "b", "p": 1})
    select = session.prepare("SELECT c, v FROM t WHERE p = ? AND c >= ?")
    assert list(session.execute(select, (1, "a"))) == [("a", 10), ("b", 20)]
    assert list(session.execute(select, (1, "b"))) == [("b", 20)]
    assert list(session.execute(select, (2, "a"))) == []


def test_prepared_metadata(session, keyspace):
    session.execute("CREATE TABLE t (a int, b text, c bigint, v double, PRIMARY KEY ((a, b), c))")
    insert = session.prepare("INSERT INTO t (v, c, b, a) VALUES (?, ?, ?, ?)")
    assert [column.name for column in insert.column_metadata] == ["v", "c", "b", "a"]
    assert [column.type.typename for column in insert.column_metadata] == ["double", "bigint", "varchar", "int"]
    assert {(column.keyspace_name, column.table_name) for column in insert.column_metadata} == {(keyspace, "t")}
    assert list(insert.routing_key_indexes) == [3, 2]
    select = session.prepare("SELECT * FROM t")
    assert [column[2] for column in select.result_metadata] == ["a", "b", "c", "v"]


def test_the_same_text_is_prepared_once(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    first = session.prepare("SELECT * FROM t WHERE id = ?")
    second = session.prepare("SELECT * FROM t WHERE id = ?")
    assert first.query_id == second.query_id


def test_values_of_every_type(session):
    session.execute(
        "CREATE TABLE t (id int PRIMARY KEY, a ascii, bi bigint, bl blob, bo boolean, da date, de decimal,"
        " dou double, fl float, i inet, si smallint, te text, ti time, ts timestamp, tu timeuuid, tin tinyint,"
        " uu uuid, vi varint, l list<text>, s set<int>, m map<text, bigint>, tup tuple<int, text>,"
        " fl_l frozen<list<frozen<map<int, text>>>>)"
    )
    values = {
        "id": 1, "a": "ascii", "bi": -(2**63), "bl": b"\x00\xff", "bo": True, "da": Date(19_782),
        "de": decimal.Decimal("-12.3400"), "dou": 0.1, "fl": 0.5, "i": "10.1.2.3", "si": -32768, "te": "ż",
        "ti": Time(12_345_678_901_234), "ts": datetime.datetime(2024, 2, 29, 12, 0, 0, 123000),
        "tu": uuid.UUID("50554d6e-29bb-11e5-b345-feff819cdc9f"), "tin": -128, "uu": uuid.uuid4(),
        "vi": 10**40, "l": ["b", "a", "b"], "s": SortedSet([3, 1]), "m": {"k": 1}, "tup": (1, None),
        "fl_l": [{1: "x"}, {}],
    }
    names = list(values)
    insert = session.prepare(f"INSERT INTO t ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})")
    session.execute(insert, [values[name] for name in names])
    row = session.execute(f"SELECT {', '.join(names)} FROM t").one()
    for name, value in zip(names, row):
        assert value == values[name], name
    assert ipaddress.ip_address(row[names.index("i")]) == ipaddress.ip_address("10.1.2.3")


def test_null_and_unset_differ(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, a text, b text)")
    insert = session.prepare("INSERT INTO t (id, a, b) VALUES (?, ?, ?)")
    session.execute(insert, (1, "a", "b"))
    session.execute(insert, (1, UNSET_VALUE, None))
    assert session.execute("SELECT a, b FROM t WHERE id = 1").one() == ("a", None)


def test_bound_values_of_simple_statements(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    session.execute("INSERT INTO t (id, v) VALUES (%s, %s)", (1, "it's"))
    assert session.execute("SELECT v FROM t WHERE id = %(id)s", {"id": 1}).one()[0] == "it's"


def test_wrong_values_are_refused(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    select = session.prepare("SELECT v FROM t WHERE id = ?")
    with pytest.raises(InvalidRequest):
        session.execute(select, (None,))
    bound = select.bind((1,))
    bound.values = [b"\x00\x00"]
    with pytest.raises(InvalidRequest, match="(?i)expected 4|4 or 0 byte"):
        session.execute(bound)


def test_dropped_table_of_a_prepared_statement(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    select = session.prepare("SELECT * FROM t WHERE id = ?")
    session.execute(select, (1,))
    session.execute("DROP TABLE t")
    with pytest.raises(InvalidRequest):
        session.execute(select, (1,))


def test_result_shapes(target, keyspace):
    for factory, read in ((dict_factory, lambda row: row["v"]), (named_tuple_factory, lambda row: row.v)):
        cluster = target.cluster(row_factory=factory)
        try:
            session = cluster.connect(keyspace)
            session.execute("CREATE TABLE IF NOT EXISTS t (id int PRIMARY KEY, v text)")
            session.execute("INSERT INTO t (id, v) VALUES (1, 'x')")
            assert read(session.execute("SELECT v FROM t").one()) == "x"
        finally:
            cluster.shutdown()


@pytest.mark.parametrize("page_size", [1, 7, 100, 999, 1000, 1001])
def test_paging(session, page_size):
    session.execute("CREATE TABLE t (p int, c int, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO t (p, c) VALUES (?, ?)")
    rows = [(p, c) for p in range(10) for c in range(100)]
    execute_concurrent_with_args(session, insert, rows, concurrency=200)
    result = session.execute(SimpleStatement("SELECT p, c FROM t", fetch_size=page_size))
    assert len(result.current_rows) == min(page_size, len(rows))
    everything = list(result)
    assert sorted(everything) == rows
    by_partition = [p for p, _ in everything]
    assert [c for p, c in everything if p == 3] == list(range(100))
    assert len([1 for left, right in zip(by_partition, by_partition[1:]) if left != right]) == 9


def test_paging_state_is_good_on_another_connection(target, session, keyspace):
    session.execute("CREATE TABLE t (p int, c int, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO t (p, c) VALUES (?, ?)")
    execute_concurrent_with_args(session, insert, [(0, c) for c in range(30)])
    statement = SimpleStatement("SELECT c FROM t WHERE p = 0", fetch_size=10)
    first = session.execute(statement)
    seen = [row[0] for row in first.current_rows]
    state = first.paging_state
    cluster = target.cluster()
    try:
        other = cluster.connect(keyspace)
        while state:
            page = other.execute(statement, paging_state=state)
            seen += [row[0] for row in page.current_rows]
            state = page.paging_state
    finally:
        cluster.shutdown()
    assert seen == list(range(30))


@pytest.mark.parametrize("state", [b"", b"\x00", b"garbage" * 10, b"\xff" * 100], ids=["empty", "zero", "text", "ones"])
def test_garbage_as_paging_state(target, session, keyspace, state):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    session.execute("INSERT INTO t (id) VALUES (1)")
    cluster = target.cluster()  # its own: the answer is a protocol error, after which a driver hangs up
    try:
        statement = SimpleStatement("SELECT * FROM t", fetch_size=1)
        if state:
            with pytest.raises(Exception):
                cluster.connect(keyspace).execute(statement, paging_state=state)
        else:
            cluster.connect(keyspace).execute(statement, paging_state=state)
    finally:
        cluster.shutdown()
    assert session.execute("SELECT id FROM t").one()[0] == 1


def test_thousands_in_flight(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
    results = execute_concurrent_with_args(session, insert, [(i, str(i)) for i in range(5000)], concurrency=3000)
    assert all(success for success, _ in results)
    select = session.prepare("SELECT v FROM t WHERE id = ?")
    results = execute_concurrent_with_args(session, select, [(i,) for i in range(5000)], concurrency=3000)
    assert [result.one()[0] for _, result in results] == [str(i) for i in range(5000)]
    assert session.execute("SELECT count(*) FROM t").one()[0] == 5000


def test_answers_match_their_streams(session):
    """Slow and fast statements mixed on one connection, each gets its own answer."""
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
    insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
    execute_concurrent_with_args(session, insert, [(i, i * 3) for i in range(2000)], concurrency=500)
    one = session.prepare("SELECT v FROM t WHERE id = ?")
    scan = session.prepare("SELECT count(*) FROM t")
    statements = [(scan, ()) if i % 50 == 0 else (one, (i,)) for i in range(2000)]
    results = execute_concurrent(session, statements, concurrency=1000, raise_on_first_error=True)
    for i, (_, result) in enumerate(results):
        assert result.one()[0] == (2000 if i % 50 == 0 else i * 3)


def test_many_connections(target, session, keyspace):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
    failures = []

    def work(base: int) -> None:
        cluster = target.cluster()
        try:
            mine = cluster.connect(keyspace)
            insert = mine.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
            execute_concurrent_with_args(mine, insert, [(base + i, base) for i in range(200)])
        except Exception as error:
            failures.append(error)
        finally:
            cluster.shutdown()

    threads = [threading.Thread(target=work, args=(base,)) for base in range(0, 2000, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert session.execute("SELECT count(*) FROM t").one()[0] == 2000


@pytest.mark.parametrize("kind", [BatchType.LOGGED, BatchType.UNLOGGED])
def test_batches(session, kind):
    session.execute("CREATE TABLE t (p int, c int, v text, PRIMARY KEY (p, c))")
    insert = session.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    batch = BatchStatement(batch_type=kind, consistency_level=ConsistencyLevel.ONE)
    for c in range(50):
        batch.add(insert, (1, c, f"row {c}"))
    batch.add("INSERT INTO t (p, c, v) VALUES (2, 0, 'simple')")
    batch.add("DELETE FROM t WHERE p = 1 AND c = 0")
    session.execute(batch)
    # All writes of a batch have one timestamp, so the deletion wins wherever it stands.
    assert list(session.execute("SELECT c, v FROM t WHERE p = 1")) == [(c, f"row {c}") for c in range(1, 50)]
    assert session.execute("SELECT v FROM t WHERE p = 2").one()[0] == "simple"


def test_a_batch_takes_no_select(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY)")
    batch = BatchStatement()
    batch.add("SELECT * FROM t")
    with pytest.raises(Exception, match="(?i)batch|select"):
        session.execute(batch)


def test_timestamps_from_the_client(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    session.execute("INSERT INTO t (id, v) VALUES (1, 'late') USING TIMESTAMP 2000")
    session.execute("INSERT INTO t (id, v) VALUES (1, 'early') USING TIMESTAMP 1000")
    assert session.execute("SELECT v, writetime(v) FROM t").one() == ("late", 2000)
