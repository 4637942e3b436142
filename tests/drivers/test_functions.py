"""Functions and aggregates through a driver: metadata, events, results, errors with their fields."""

from __future__ import annotations

import pytest
from cassandra import FunctionFailure, InvalidRequest
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.protocol import SyntaxException

from test_schema import wait_for

pytestmark = pytest.mark.nacre_only

ADD_ONE = """(module
  (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\\01")
  (func (export "add_one") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1))))"""
FOREVER = """(module
  (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\\01")
  (func (export "forever") (param i64) (result i64) (loop $again (br $again)) (i64.const 0)))"""


@pytest.fixture
def table(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
    execute_concurrent_with_args(session, insert, [(i, i * 10) for i in range(1000)])


def create(session, name: str, body: str, language: str = "wasm", signature: str = "v bigint",
           returns: str = "bigint", null: str = "RETURNS NULL") -> None:
    session.execute(f"CREATE FUNCTION {name}({signature}) {null} ON NULL INPUT RETURNS {returns}"
                    f" LANGUAGE {language} AS $${body}$$")


def test_functions_in_the_metadata(session, cluster, keyspace):
    create(session, "add_one", ADD_ONE)
    create(session, "pick", "return a or b", "lua", "a text, b text", "text", "CALLED")
    functions = cluster.metadata.keyspaces[keyspace].functions
    assert set(functions) == {"add_one(bigint)", "pick(text,text)"}
    wasm, lua = functions["add_one(bigint)"], functions["pick(text,text)"]
    assert (wasm.language, wasm.return_type, wasm.called_on_null_input) == ("wasm", "bigint", False)
    assert (wasm.argument_names, wasm.argument_types) == (["v"], ["bigint"])
    assert (lua.language, lua.return_type, lua.called_on_null_input) == ("lua", "text", True)
    assert (lua.argument_names, lua.body) == (["a", "b"], "return a or b")
    session.execute("DROP FUNCTION pick")
    assert set(cluster.metadata.keyspaces[keyspace].functions) == {"add_one(bigint)"}


def test_exported_function_can_be_replayed(session, cluster, keyspace):
    create(session, "pick", "return a or b", "lua", "a text, b text", "text", "CALLED")
    exported = cluster.metadata.keyspaces[keyspace].functions["pick(text,text)"].as_cql_query()
    session.execute("DROP FUNCTION pick")
    session.execute(exported)
    assert cluster.metadata.keyspaces[keyspace].functions["pick(text,text)"].as_cql_query() == exported


def test_aggregates_in_the_metadata(session, cluster, keyspace):
    create(session, "count_up", "return {s[1] + 1, s[2] + v}", "lua", "s tuple<bigint, bigint>, v bigint",
           "tuple<bigint, bigint>")
    create(session, "ratio", "return s[2] / s[1]", "lua", "s tuple<bigint, bigint>", "double")
    session.execute("CREATE AGGREGATE mean(bigint) SFUNC count_up STYPE tuple<bigint, bigint> FINALFUNC ratio INITCOND (0, 0)")
    aggregate = cluster.metadata.keyspaces[keyspace].aggregates["mean(bigint)"]
    assert aggregate.argument_types == ["bigint"]
    assert aggregate.return_type == "double"
    assert (aggregate.state_func, aggregate.final_func) == ("count_up", "ratio")
    assert aggregate.state_type.replace(" ", "") in ("frozen<tuple<bigint,bigint>>", "tuple<bigint,bigint>")
    assert aggregate.initial_condition == "(0, 0)"
    exported = aggregate.as_cql_query()
    session.execute("DROP AGGREGATE mean")
    session.execute(exported)
    assert "mean(bigint)" in cluster.metadata.keyspaces[keyspace].aggregates


def test_other_clients_hear_of_functions(target, session, keyspace):
    listener = target.cluster()
    try:
        listener.connect()
        create(session, "add_one", ADD_ONE)
        wait_for(lambda: "add_one(bigint)" in listener.metadata.keyspaces[keyspace].functions, "CREATE FUNCTION")
        session.execute("DROP FUNCTION add_one(bigint)")
        wait_for(lambda: "add_one(bigint)" not in listener.metadata.keyspaces[keyspace].functions, "DROP FUNCTION")
    finally:
        listener.shutdown()


def test_calls_over_pages_and_bind_markers(session, keyspace, table):
    create(session, "add_one", ADD_ONE)
    select = session.prepare("SELECT id, add_one(v), add_one(add_one(v)) FROM t")
    select.fetch_size = 100
    result = session.execute(select)
    assert result.column_names == ["id", f"{keyspace}.add_one(v)", f"{keyspace}.add_one({keyspace}.add_one(v))"]
    assert sorted(result) == [(i, i * 10 + 1, i * 10 + 2) for i in range(1000)]
    bound = session.prepare("SELECT add_one(?) FROM t WHERE id = 1")
    assert session.execute(bound, (41,)).one()[0] == 42
    assert session.execute(bound, (None,)).one()[0] is None
    insert = session.prepare("INSERT INTO t (id, v) VALUES (?, add_one(?))")
    session.execute(insert, (5000, 9))
    assert session.execute("SELECT v FROM t WHERE id = 5000").one()[0] == 10


def test_concurrent_calls(session, table):
    create(session, "add_one", ADD_ONE)
    create(session, "twice", "return 2 * v", "lua")
    select = session.prepare("SELECT add_one(v), twice(v) FROM t WHERE id = ?")
    results = execute_concurrent_with_args(session, select, [(i,) for i in range(1000)], concurrency=500)
    assert [result.one() for _, result in results] == [(i * 10 + 1, i * 20) for i in range(1000)]


def test_failure_carries_its_fields(session, keyspace, table):
    create(session, "broken", "error('no luck')", "lua")
    with pytest.raises(FunctionFailure) as caught:
        session.execute("SELECT broken(v) FROM t WHERE id = 1")
    failure = caught.value
    assert (failure.keyspace, failure.function, list(failure.arg_types)) == (keyspace, "broken", ["bigint"])
    assert "no luck" in str(failure) and f"{keyspace}.broken" in str(failure)


def test_failure_for_a_version_3_client(target, session, keyspace, table):
    """Version 3 has no Function_failure; the client must still get an error it can read."""
    create(session, "broken", "error('no luck')", "lua")
    cluster = target.cluster(protocol_version=3)
    try:
        old = cluster.connect(keyspace)
        with pytest.raises(Exception, match="no luck"):
            old.execute("SELECT broken(v) FROM t WHERE id = 1")
        assert old.execute("SELECT v FROM t WHERE id = 1").one()[0] == 10
    finally:
        cluster.shutdown()


def test_endless_loop_ends_and_others_go_on(session, table):
    create(session, "forever", FOREVER)
    stuck = session.execute_async("SELECT forever(v) FROM t WHERE id = 1")
    select = session.prepare("SELECT v FROM t WHERE id = ?")
    results = execute_concurrent_with_args(session, select, [(i,) for i in range(1000)], concurrency=100)
    assert [result.one()[0] for _, result in results] == [i * 10 for i in range(1000)]
    with pytest.raises(FunctionFailure):
        stuck.result()


def test_refused_modules(session, table):
    with pytest.raises(InvalidRequest):
        create(session, "bad", "(module (func this is not WAT))")
    with pytest.raises(InvalidRequest, match="other_name"):
        create(session, "other_name", ADD_ONE)
    with pytest.raises(InvalidRequest, match="(?i)cobol"):
        create(session, "bad", "return v", "cobol")
    with pytest.raises(SyntaxException):
        session.execute("CREATE FUNCTION bad(v bigint) RETURNS bigint LANGUAGE lua AS 'return v'")


def test_aggregate_over_many_rows(session, table):
    create(session, "largest", "if v > s then return v else return s end", "lua", "s bigint, v bigint")
    session.execute("CREATE AGGREGATE biggest(bigint) SFUNC largest STYPE bigint INITCOND 0")
    assert session.execute("SELECT biggest(v), max(v), count(*) FROM t").one() == (9990, 9990, 1000)
