"""Bound values wherever a write takes one: null against unset, elements, timestamps and TTLs, batches."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.query import UNSET_VALUE, BatchStatement, BatchType, SimpleStatement

TABLE = "CREATE TABLE t (p int, c int, v int, l list<int>, m map<text, int>, s set<text>, st int static, PRIMARY KEY (p, c))"


@pytest.fixture
def table(session):
    session.execute(TABLE)
    session.execute("INSERT INTO t (p, c, v, l, m, s) VALUES (1, 1, 5, [1, 2, 3], {'a': 1}, {'x'})")
    return session


def value(session, column: str):
    return session.execute(f"SELECT {column} FROM t WHERE p = 1 AND c = 1").one()[0]


def refusal(session, text: str, values) -> str:
    with pytest.raises(InvalidRequest) as refused:
        session.execute(session.prepare(text), values)
    return refused.value.args[0].split('message="')[1].rstrip('"')


def test_list_elements(table):
    put = table.prepare("UPDATE t SET l[?] = ? WHERE p = 1 AND c = 1")
    drop = table.prepare("DELETE l[?] FROM t WHERE p = 1 AND c = 1")
    table.execute(put, (0, 9))
    table.execute(put, (1, UNSET_VALUE))
    table.execute(drop, (UNSET_VALUE,))
    assert value(table, "l") == [9, 2, 3]
    table.execute(put, (0, None))
    assert value(table, "l") == [2, 3]
    table.execute(drop, (1,))
    assert value(table, "l") == [2]
    assert refusal(table, put.query_string, (UNSET_VALUE, 1)) == "Invalid unset value for list index"
    assert refusal(table, put.query_string, (None, 1)) == "Invalid null value for list index"
    assert refusal(table, put.query_string, (1, UNSET_VALUE)) == "List index 1 out of bound, list has size 1"
    assert refusal(table, drop.query_string, (None,)) == "Invalid null value for list index"


def test_list_values(table):
    table.execute(table.prepare("UPDATE t SET l = l - ? WHERE p = 1 AND c = 1"), ([2, 7],))
    table.execute(table.prepare("UPDATE t SET l = ? + l WHERE p = 1 AND c = 1"), ([7, 8],))
    table.execute(table.prepare("UPDATE t SET l += ? WHERE p = 1 AND c = 1"), (None,))
    table.execute(table.prepare("UPDATE t SET l -= ? WHERE p = 1 AND c = 1"), (UNSET_VALUE,))
    assert value(table, "l") == [7, 8, 1, 3]


def test_map_and_set_elements(table):
    put = table.prepare("UPDATE t SET m[?] = ? WHERE p = 1 AND c = 1")
    table.execute(put, ("b", 2))
    table.execute(put, ("a", None))
    table.execute(put, ("c", UNSET_VALUE))
    assert dict(value(table, "m")) == {"b": 2}
    assert refusal(table, put.query_string, (UNSET_VALUE, 1)) == "Invalid unset map key"
    assert refusal(table, put.query_string, (None, 1)) == "Invalid null map key"
    drop = table.prepare("DELETE s[?] FROM t WHERE p = 1 AND c = 1")
    table.execute(drop, (UNSET_VALUE,))
    assert set(value(table, "s")) == {"x"}
    assert refusal(table, drop.query_string, (None,)) == "Invalid null set element"
    table.execute(drop, ("x",))
    assert value(table, "s") is None
    table.execute(table.prepare("UPDATE t SET m = m - ? WHERE p = 1 AND c = 1"), ({"b"},))
    assert value(table, "m") is None


def test_timestamps_and_ttls(table):
    put = table.prepare("UPDATE t USING TTL ? AND TIMESTAMP ? SET v = ? WHERE p = 2 AND c = 1")
    table.execute(put, (1000, 77, 1))
    assert table.execute("SELECT writetime(v), ttl(v) FROM t WHERE p = 2").one()[0] == 77
    table.execute(put, (None, 78, 2))
    assert table.execute("SELECT writetime(v), ttl(v) FROM t WHERE p = 2").one() == (78, None)
    table.execute(put, (UNSET_VALUE, UNSET_VALUE, 3))
    assert table.execute("SELECT writetime(v) FROM t WHERE p = 2").one()[0] > 78
    assert refusal(table, put.query_string, (-1, 1, 1)) == "A TTL must be greater or equal to 0, but was -1"
    assert refusal(table, put.query_string, (630720001, 1, 1)) == (
        "ttl is too large. requested (630720001) maximum (630720000)"
    )
    assert refusal(table, put.query_string, (630720000, 1, 1)).startswith("Request on table ")
    assert refusal(table, put.query_string, (1, None, 1)) == "Invalid null value of timestamp"
    assert refusal(table, put.query_string, (1, -(2**63), 1)) == (
        "Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]"
    )


def test_default_ttl(session):
    session.execute("CREATE TABLE d (p int PRIMARY KEY, v int) WITH default_time_to_live = 1000")
    insert = session.prepare("INSERT INTO d (p, v) VALUES (?, 1) USING TTL ?")
    for p, ttl in ((1, UNSET_VALUE), (2, None), (3, 0), (4, 2000)):
        session.execute(insert, (p, ttl))
    left = {p: session.execute(f"SELECT ttl(v) FROM d WHERE p = {p}").one()[0] for p in (1, 2, 3, 4)}
    assert left[2] is None and left[3] is None
    assert 900 < left[1] <= 1000 and 1900 < left[4] <= 2000


def rows(session) -> list:
    return list(session.execute("SELECT c, v FROM t WHERE p = 20"))


def run(session, kind: BatchType, *entries):
    batch = BatchStatement(kind)
    for statement, values in entries:
        batch.add(SimpleStatement(statement) if isinstance(statement, str) else statement, values)
    return session.execute(batch)


def test_writes_of_one_batch_are_of_one_time(table):
    insert = table.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    remove = table.prepare("DELETE FROM t WHERE p = ? AND c = ?")
    clear = table.prepare("DELETE v FROM t WHERE p = ? AND c = ?")
    run(table, BatchType.LOGGED, (remove, (20, 1)), (insert, (20, 1, 5)))
    assert rows(table) == []
    run(table, BatchType.LOGGED, (insert, (20, 2, 4)), (insert, (20, 2, 9)), (insert, (20, 2, 5)))
    run(table, BatchType.UNLOGGED, (insert, (20, 3, 9)), (clear, (20, 3)))
    run(table, BatchType.UNLOGGED, (insert, (20, 4, UNSET_VALUE)), ("INSERT INTO t (p, c, v) VALUES (20, 5, 6)", None))
    assert rows(table) == [(2, 9), (3, None), (4, None), (5, 6)]


def test_lists_are_read_before_a_batch(table):
    put = table.prepare("UPDATE t SET l[?] = ? WHERE p = 1 AND c = 1")
    run(table, BatchType.LOGGED, (put, (0, 7)), (put, (2, 8)), ("UPDATE t SET l = l - [2] WHERE p = 1 AND c = 1", None))
    assert value(table, "l") == [7, 8]
    with pytest.raises(InvalidRequest, match="List index 2 out of bound, list has size 2"):
        run(table, BatchType.LOGGED, ("UPDATE t SET l = l + [9] WHERE p = 1 AND c = 1", None), (put, (2, 1)))
    assert value(table, "l") == [7, 8]


def test_what_no_batch_takes(table):
    insert = table.prepare("INSERT INTO t (p, c, v) VALUES (?, ?, ?)")
    with pytest.raises(InvalidRequest, match="only UPDATE, INSERT and DELETE statements are allowed"):
        run(table, BatchType.LOGGED, ("SELECT * FROM t", None))
    with pytest.raises(InvalidRequest, match="Cannot include non-counter statement in a counter batch"):
        run(table, BatchType.COUNTER, (insert, (20, 1, 1)))
    with pytest.raises(InvalidRequest, match=r"There were 1 markers\(\?\) in CQL but 0 bound variables"):
        run(table, BatchType.LOGGED, ("INSERT INTO t (p, c, v) VALUES (20, 2, ?)", None))


def test_warnings(table, keyspace):
    insert = table.prepare("INSERT INTO t (p, c, s) VALUES (?, 1, ?)")
    small = run(table, BatchType.UNLOGGED, *((insert, (p, {"x"})) for p in range(10)))
    assert not small.response_future.warnings
    many = run(table, BatchType.UNLOGGED, *((insert, (p, {"x"})) for p in range(11)))
    assert many.response_future.warnings == [
        f"Unlogged batch covering 11 partitions detected against table [{keyspace}.t]. You should use a logged batch "
        "for atomicity, or asynchronous writes for performance."
    ]
    large = run(table, BatchType.LOGGED, (insert, (1, {"x" * 3000})), (insert, (2, {"x" * 3000})))
    (warning,) = large.response_future.warnings
    assert warning.startswith(f"Batch for [{keyspace}.t] is of size ")
    assert " exceeding specified threshold of 5120 by " in warning
    alone = run(table, BatchType.LOGGED, (insert, (1, {"x" * 3000})), (insert, (1, {"y" * 3000})))
    assert not alone.response_future.warnings


def test_static_columns(table):
    insert = table.prepare("INSERT INTO t (p, st) VALUES (?, ?)")
    table.execute(insert, (8, UNSET_VALUE))
    assert list(table.execute("SELECT c, st FROM t WHERE p = 8")) == []
    table.execute(insert, (8, 4))
    assert list(table.execute("SELECT c, st FROM t WHERE p = 8")) == [(None, 4)]
    table.execute(insert, (8, None))
    assert list(table.execute("SELECT c, st FROM t WHERE p = 8")) == []
