"""Aggregates of users: initial conditions of every type, restarts, parts that are replaced, bind markers, what drivers know."""

from __future__ import annotations

import pytest
from cassandra import InvalidRequest
from cassandra.query import BatchStatement, BatchType

from conftest import Target, new_keyspace
from harness.server import Server

pytestmark = pytest.mark.nacre_only

# More than are folded before the other shard is asked to help.
MANY_ROWS = 12_000

WASM_ADD = """(module
  (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\\01")
  (func (export "wasm_add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1))))"""

# Literals as they are shown.
INITIAL_CONDITIONS = {
    "ascii": ["'abc'", "''"],
    "text": ["'it''s'", "''", "'ünï'"],
    "bigint": ["-9223372036854775808", "9223372036854775807"],
    "int": ["0", "-7"],
    "smallint": ["-32768"],
    "tinyint": ["127"],
    "varint": ["123456789012345678901234567890"],
    "decimal": ["1.50", "-0.001"],
    "double": ["1.5", "NaN", "-Infinity", "0.1"],
    "float": ["0.1", "Infinity"],
    "boolean": ["true", "false"],
    "blob": ["0x", "0xcafe"],
    "uuid": ["50554d6e-29bb-41e5-b345-feff819cdc9f"],
    "timeuuid": ["50554d6e-29bb-11e5-b345-feff819cdc9f"],
    "inet": ["'127.0.0.1'", "'2001:db8:0:0:0:0:0:1'"],
    "date": ["'2024-02-29'"],
    "time": ["'12:34:56.789000000'"],
    "timestamp": ["'2024-02-29T12:34:56.000Z'"],
    "duration": ["1mo2d3h"],
    "list<int>": ["[]", "[1, 2]"],
    "set<text>": ["{}", "{'a', 'b'}"],
    "map<text, int>": ["{}", "{'a': 2, 'b': 1}"],
    "tuple<int, text>": ["(1, 'a')", "(null, 'a')"],
    "place": ["{x: 1, name: 'here'}", "{x: 1, name: null}"],
    "list<tuple<int, text>>": ["[(1, 'a'), (2, null)]"],
    "map<int, frozen<list<int>>>": ["{1: [2, 3], 4: []}"],
    "vector<float, 2>": ["[1.0, 2.5]"],
    "tuple<frozen<list<int>>, frozen<map<text, frozen<place>>>>": ["([1], {'k': {x: 1, name: null}})"],
}


def lua(session, name: str, arguments: str, returns: str, body: str, null: str = "RETURNS NULL", replace: bool = False) -> None:
    session.execute(f"CREATE {'OR REPLACE ' if replace else ''}FUNCTION {name}({arguments}) {null} ON NULL INPUT"
                    f" RETURNS {returns} LANGUAGE lua AS $${body}$$")


def connect(server: Server, keyspace: str | None = None):
    return Target(server.host, server.port, server).cluster().connect(keyspace)


def dump(session, keyspace: str) -> list[str]:
    return [row[3] for row in session.execute(f"DESCRIBE KEYSPACE {keyspace}")]


def fill(session, rows: int) -> None:
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint, w bigint, s text)")
    insert = session.prepare("INSERT INTO t (id, v, w, s) VALUES (?, ?, ?, ?)")
    for first in range(0, rows, 200):
        batch = BatchStatement(BatchType.UNLOGGED)
        for i in range(first, min(first + 200, rows)):
            batch.add(insert, (i, i, i % 7, f"row {i}"))
        session.execute(batch)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("aggregates"), shards=2) as server:
        yield server


def test_initial_conditions_of_every_type(own_server):
    session = connect(own_server)
    new_keyspace(session)
    session.execute("CREATE TYPE place (x int, name text)")
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v int)")
    expected, states = {}, {}
    for i, (state, literals) in enumerate(INITIAL_CONDITIONS.items()):
        lua(session, f"same{i}", f"s {state}, v int", state, "return s", "CALLED")
        for literal in literals:
            name = f"a{len(expected)}"
            session.execute(f"CREATE AGGREGATE {name}(int) SFUNC same{i} STYPE {state} INITCOND {literal}")
            expected[name], states[name] = literal, state

    def results(session) -> dict:
        # As JSON: NaN is the same as itself there.
        return {name: session.execute(f"SELECT JSON {name}(v) FROM t WHERE id = 0").one()[0] for name in expected}

    before = dump(session, "ks")
    values = results(session)
    stored = dict(list(session.execute("SELECT aggregate_name, initcond FROM system_schema.aggregates WHERE keyspace_name = 'ks'")))
    assert stored == expected
    for name, literal in expected.items():
        assert session.execute(f"DESCRIBE AGGREGATE {name}").one()[3].endswith(f"\n    INITCOND {literal};")
    # What the driver prints makes the same aggregates; it leaves every frozen out, though.
    aggregates = session.cluster.metadata.keyspaces["ks"].aggregates
    exported = [aggregate.as_cql_query() if "frozen" not in states[aggregate.name]
                else session.execute(f"DESCRIBE AGGREGATE {aggregate.name}").one()[3] for aggregate in aggregates.values()]
    assert len(exported) == len(expected)
    for name in expected:
        session.execute(f"DROP AGGREGATE {name}")
    for statement in exported:
        session.execute(statement)
    assert (dump(session, "ks"), results(session)) == (before, values)
    session.cluster.shutdown()

    own_server.restart_after_kill()
    session = connect(own_server, "ks")
    assert (dump(session, "ks"), results(session)) == (before, values)
    session.execute("DROP KEYSPACE ks")
    for statement in before:
        session.execute(statement)
    assert (dump(session, "ks"), results(session)) == (before, values)
    session.execute("DROP KEYSPACE ks")
    session.cluster.shutdown()


def test_what_an_aggregate_is_made_of_survives_a_crash(own_server):
    session = connect(own_server)
    new_keyspace(session, "crash")
    fill(session, 200)
    session.execute(f"CREATE FUNCTION wasm_add(s bigint, v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE wasm AS $${WASM_ADD}$$")
    lua(session, "both", "a bigint, b bigint", "bigint", "return a + b")
    lua(session, "shown", "s bigint", "text", "return 'sum ' .. s")
    lua(session, "join", "s text, v text", "text", "return s .. #v")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC wasm_add STYPE bigint REDUCEFUNC both FINALFUNC shown INITCOND 0")
    session.execute("CREATE AGGREGATE total(text) SFUNC join STYPE text INITCOND ''")
    session.execute('CREATE AGGREGATE "Total"(bigint) SFUNC both STYPE bigint REDUCEFUNC wasm_add INITCOND 0')
    question = 'SELECT total(v), "Total"(w), total(s) FROM t'
    reduces = "SELECT * FROM system_schema.scylla_aggregates WHERE keyspace_name = 'crash'"
    before = dump(session, "crash"), list(session.execute(question)), list(session.execute(reduces))
    assert before[1][0][0] == f"sum {sum(range(200))}"
    assert [(name, reduce) for _, name, _, reduce, _ in before[2]] == [("Total", "wasm_add"), ("total", "both")]
    session.cluster.shutdown()
    own_server.restart_after_kill()
    session = connect(own_server, "crash")
    assert (dump(session, "crash"), list(session.execute(question)), list(session.execute(reduces))) == before
    with pytest.raises(InvalidRequest, match="'crash.both' is still referenced by aggregates crash.Total, crash.total"):
        session.execute("DROP FUNCTION both")
    session.execute("DROP AGGREGATE total(bigint)")
    session.execute('DROP AGGREGATE "Total"')
    session.execute("DROP FUNCTION both")
    session.cluster.shutdown()
    own_server.restart_after_kill()
    session = connect(own_server, "crash")
    assert list(session.execute(reduces)) == []
    with pytest.raises(InvalidRequest, match="cannot be passed as argument 0 of function crash.total of type text"):
        session.execute("SELECT total(v) FROM t")
    session.execute("DROP KEYSPACE crash")
    session.cluster.shutdown()


def test_every_replaced_part_reaches_prepared_statements(session):
    fill(session, MANY_ROWS)
    total = sum(range(MANY_ROWS))
    lua(session, "add_up", "s bigint, v bigint", "bigint", "return s + v")
    lua(session, "both", "a bigint, b bigint", "bigint", "return a + b")
    lua(session, "shown", "s bigint", "text", "return 'sum ' .. s")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC add_up STYPE bigint REDUCEFUNC both FINALFUNC shown INITCOND 0")
    prepared = session.prepare("SELECT total(v) FROM t")
    assert session.execute(prepared).one()[0] == f"sum {total}"
    lua(session, "shown", "s bigint", "text", "return s .. ' in all'", replace=True)
    assert session.execute(prepared).one()[0] == f"{total} in all"
    lua(session, "add_up", "s bigint, v bigint", "bigint", "return s + 3 * v", replace=True)
    assert session.execute(prepared).one()[0] == f"{3 * total} in all"
    # The other shard's part is lost now, which shows that it is asked.
    lua(session, "both", "a bigint, b bigint", "bigint", "return a", replace=True)
    seen = int(session.execute(prepared).one()[0].split()[0])
    assert 0 < seen < 3 * total
    session.execute("CREATE OR REPLACE AGGREGATE total(bigint) SFUNC add_up STYPE bigint FINALFUNC shown INITCOND 1")
    assert session.execute(prepared).one()[0] == f"{3 * total + 1} in all"
    session.execute("DROP AGGREGATE total")
    with pytest.raises(InvalidRequest, match="Unknown function 'total'"):
        session.execute(prepared)


def test_a_part_is_replaced_while_its_aggregate_runs(session):
    fill(session, MANY_ROWS)
    lua(session, "add_up", "s bigint, v bigint", "bigint", "return s + v")
    lua(session, "both", "a bigint, b bigint", "bigint", "return a + b")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC add_up STYPE bigint REDUCEFUNC both INITCOND 0")
    prepared = session.prepare("SELECT total(v) FROM t")
    total = sum(range(MANY_ROWS))
    factor = 1
    for factor in range(2, 12):
        running = [session.execute_async(prepared) for _ in range(4)]
        # Both parts change; no query may see rows of one version and rows of another.
        lua(session, "add_up", "s bigint, v bigint", "bigint", f"return s + {factor} * v", replace=True)
        lua(session, "both", "a bigint, b bigint", "bigint", f"return a + b -- {factor}", replace=True)
        for future in running:
            assert future.result().one()[0] in (total * (factor - 1), total * factor)
    assert session.execute(prepared).one()[0] == total * factor


def test_bind_markers_as_arguments(session):
    fill(session, 100)
    lua(session, "add_up", "s bigint, v bigint", "bigint", "return s + v")
    lua(session, "weigh", "s bigint, v bigint, w bigint", "bigint", "return s + v * w")
    lua(session, "scale", "v bigint, factor bigint", "bigint", "return v * factor")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC add_up STYPE bigint REDUCEFUNC add_up INITCOND 0")
    session.execute("CREATE AGGREGATE weighed(bigint, bigint) SFUNC weigh STYPE bigint INITCOND 0")
    prepared = session.prepare("SELECT total(?) AS a, weighed(v, ?) AS b, total(scale(v, ?)) AS c, scale(total(w), ?) AS d,"
                               " total(v + (bigint) ?) AS e FROM t WHERE v >= ? ALLOW FILTERING")
    assert [column.type.typename for column in prepared.column_metadata] == ["bigint"] * 6
    row = session.execute(prepared, (5, 2, 3, 10, 1, 50)).one()
    values = range(50, 100)
    assert row == (5 * 50, 2 * sum(values), 3 * sum(values), 10 * sum(v % 7 for v in values), sum(values) + 50)
    assert session.execute(prepared, (None, None, 3, None, 1, 50)).one() == (0, 0, 3 * sum(values), None, sum(values) + 50)
    grouped = session.prepare("SELECT id, total(scale(v, ?)) FROM t GROUP BY id PER PARTITION LIMIT ? LIMIT ?")
    rows = list(session.execute(grouped, (2, 1, 30)))
    assert len(rows) == 30 and all(value == 2 * i for i, value in rows)


def test_the_driver_knows_them(session, cluster, keyspace):
    session.execute("CREATE TYPE place (x int, y int)")
    lua(session, "far", "s place, p place", "place", "if not s or p.x > s.x then return p end return s", "CALLED")
    lua(session, "x_of", "s place", "int", "return s.x")
    lua(session, "count_up", "s bigint", "bigint", "return (s or 0) + 1", "CALLED")
    session.execute("CREATE AGGREGATE farthest(place) SFUNC far STYPE place REDUCEFUNC far FINALFUNC x_of WITH check_merge_laws = false")
    session.execute("CREATE AGGREGATE counted() SFUNC count_up STYPE bigint")
    aggregates = cluster.metadata.keyspaces[keyspace].aggregates
    assert len(aggregates) == 2 and "counted()" in aggregates
    farthest = next(each for signature, each in aggregates.items() if signature.startswith("farthest("))
    assert (farthest.state_func, farthest.final_func, farthest.initial_condition, farthest.return_type) == (
        "far", "x_of", None, "int")
    session.execute("DROP AGGREGATE counted")
    assert not any(signature.startswith("counted") for signature in cluster.metadata.keyspaces[keyspace].aggregates)
