"""CREATE FUNCTION and what becomes of it: options, shared sources, replacement, restarts, and what it costs others."""

from __future__ import annotations

import hashlib
import time

import pytest
from cassandra import FunctionFailure, InvalidRequest
from cassandra.concurrent import execute_concurrent_with_args

from conftest import Target, new_keyspace
from harness.server import CLUSTER, Server

pytestmark = pytest.mark.nacre_only

TWO_FUNCTIONS = """(module
  (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\\01")
  (func (export "add_one") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func (export "twice") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 2))))"""
# More than is kept in the function's own row.
LARGE = TWO_FUNCTIONS + "\n;; " + "x" * (100 << 10)


def digest(source: str) -> str:
    return "sha256:" + hashlib.sha256(source.encode()).hexdigest()


def create(session, name: str, body: str, *, replace: bool = False, arguments: str = "v bigint", returns: str = "bigint",
           declared: str = "", language: str = "wasm", options: str = "") -> None:
    session.execute(f"CREATE {'OR REPLACE ' if replace else ''}FUNCTION {name}({arguments}) RETURNS NULL ON NULL INPUT RETURNS {returns}"
                    f" {declared} LANGUAGE {language} AS $${body}$$ {options}")


def call(session, expression: str):
    """The value of one call. Its name is sought in the table's keyspace, which is not the session's."""
    return session.execute(f"SELECT {session.keyspace}.{expression} FROM system.local").one()[0]


def bodies(session, keyspace: str) -> dict[str, str]:
    rows = session.execute("SELECT function_name, body FROM system_schema.functions WHERE keyspace_name = %s", (keyspace,))
    return dict(list(rows))


def modules(session, keyspace: str) -> set[str]:
    """The digests of the sources that are kept for it. Gateways keep them in the cluster."""
    if CLUSTER:
        keys = session.execute("SELECT row_key FROM nacre.definitions WHERE part = 'functions' AND table_name = 'system_nacre.modules'")
        return {digest.decode() for ((owner, digest),) in keys if owner.decode() == keyspace}
    rows = session.execute("SELECT digest FROM system_nacre.modules WHERE keyspace_name = %s", (keyspace,))
    return {name for (name,) in rows}


def dump(session, keyspace: str) -> list[str]:
    return [row[3] for row in session.execute(f"DESCRIBE KEYSPACE {keyspace}")]


@pytest.fixture
def own_server(tmp_path):
    with Server(tmp_path, shards=2) as server:
        yield server


def connect(server: Server, keyspace: str | None = None):
    return Target(server.host, server.port, server).cluster().connect(keyspace)


# ---------------------------------------------------------------- what is declared

def test_declarations_in_the_metadata_and_back(session, cluster, keyspace):
    create(session, "plain", "return v", language="lua")
    create(session, "same", "return v", language="lua", declared="DETERMINISTIC")
    create(session, "grows", "return v", language="lua", declared="DETERMINISTIC MONOTONIC")
    create(session, "grows_in_b", "return b", language="lua", arguments="a int, b bigint", declared="MONOTONIC ON b")
    functions = cluster.metadata.keyspaces[keyspace].functions
    told = {f.name: (f.deterministic, f.monotonic, list(f.monotonic_on)) for f in functions.values()}
    assert told == {"plain": (False, False, []), "same": (True, False, []), "grows": (True, True, []),
                    "grows_in_b": (False, False, ["b"])}
    exported = {signature: function.as_cql_query() for signature, function in functions.items()}
    before = dump(session, keyspace)
    for signature in exported:
        session.execute(f"DROP FUNCTION {signature}")
    for statement in exported.values():
        session.execute(statement)
    functions = cluster.metadata.keyspaces[keyspace].functions
    assert {signature: function.as_cql_query() for signature, function in functions.items()} == exported
    assert dump(session, keyspace) == before


def test_deterministic_aggregate_in_the_metadata_and_back(session, cluster, keyspace):
    create(session, "add_up", "return s + v", language="lua", arguments="s bigint, v bigint")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC add_up STYPE bigint INITCOND 0 DETERMINISTIC")
    aggregate = cluster.metadata.keyspaces[keyspace].aggregates["total(bigint)"]
    assert aggregate.deterministic
    exported = aggregate.as_cql_query()
    session.execute("DROP AGGREGATE total")
    session.execute(exported)
    assert cluster.metadata.keyspaces[keyspace].aggregates["total(bigint)"].deterministic


def test_several_functions_of_one_module(session, keyspace):
    create(session, "succ", TWO_FUNCTIONS, options="WITH export = 'add_one'")
    create(session, "double", digest(TWO_FUNCTIONS), options="WITH export = 'twice' AND memory_bytes_max = 1048576")
    create(session, "twice", digest(TWO_FUNCTIONS).upper().replace("SHA256", "sha256"))
    assert [call(session, f"{f}((bigint) 20)") for f in ("succ", "double", "twice")] == [21, 40, 40]
    assert bodies(session, keyspace) == {"succ": TWO_FUNCTIONS, "double": digest(TWO_FUNCTIONS), "twice": digest(TWO_FUNCTIONS)}
    described = session.execute("DESCRIBE FUNCTION double").one()[3]
    assert f"AS $${TWO_FUNCTIONS}$$\n    WITH export = 'twice'\n    AND memory_bytes_max = 1048576;" in described
    with pytest.raises(InvalidRequest, match="nowhere"):
        create(session, "f", TWO_FUNCTIONS, options="WITH export = 'nowhere'")
    with pytest.raises(InvalidRequest, match="no_option.*export, .*memory_bytes_max"):
        create(session, "f", TWO_FUNCTIONS, options="WITH no_option = 1")
    with pytest.raises(InvalidRequest, match="memory_bytes_max.*number"):
        create(session, "f", TWO_FUNCTIONS, options="WITH export = 'twice' AND memory_bytes_max = 'much'")
    with pytest.raises(InvalidRequest, match="Multiple definition"):
        create(session, "f", TWO_FUNCTIONS, options="WITH export = 'twice' AND export = 'add_one'")
    with pytest.raises(InvalidRequest, match="MONOTONIC ON names .nothing."):
        create(session, "twice", TWO_FUNCTIONS, declared="MONOTONIC ON nothing", replace=True)


def test_a_digest_stands_for_a_source_of_its_own_keyspace(session, keyspace):
    with pytest.raises(InvalidRequest, match=f"No function of keyspace '{keyspace}' has the source {digest('nothing')}"):
        create(session, "f", digest("nothing"))
    with pytest.raises(InvalidRequest, match="64 hexadecimal digits"):
        create(session, "f", "sha256:abc")
    session.execute(f"CREATE KEYSPACE {keyspace}_b WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    try:
        create(session, f"{keyspace}_b.twice", TWO_FUNCTIONS)
        with pytest.raises(InvalidRequest, match="has the source"):
            create(session, "twice", digest(TWO_FUNCTIONS))
    finally:
        session.execute(f"DROP KEYSPACE {keyspace}_b")


def test_a_shared_source_goes_with_its_last_function(session, keyspace):
    create(session, "twice", LARGE)
    assert bodies(session, keyspace) == {"twice": digest(LARGE)}
    assert modules(session, keyspace) == {digest(LARGE)}
    create(session, "add_one", LARGE)
    create(session, "succ", digest(LARGE), options="WITH export = 'add_one'")
    assert modules(session, keyspace) == {digest(LARGE)}
    session.execute("DROP FUNCTION twice")
    create(session, "succ", "return v + 1", language="lua", replace=True)
    assert modules(session, keyspace) == {digest(LARGE)}
    assert call(session, "add_one((bigint) 1)") == 2
    session.execute("DROP FUNCTION add_one")
    assert modules(session, keyspace) == set()
    with pytest.raises(InvalidRequest):
        create(session, "twice", digest(LARGE))


def test_a_keyspace_takes_its_sources_along(session, keyspace):
    session.execute(f"CREATE KEYSPACE {keyspace}_b WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    create(session, f"{keyspace}_b.twice", LARGE)
    assert modules(session, f"{keyspace}_b") == {digest(LARGE)}
    session.execute(f"DROP KEYSPACE {keyspace}_b")
    assert modules(session, f"{keyspace}_b") == set()


def test_a_dump_can_be_replayed(session, keyspace):
    session.execute("CREATE TYPE place (x int, y int)")
    create(session, "twice", LARGE, declared="DETERMINISTIC")
    create(session, "succ", digest(LARGE), options="WITH export = 'add_one' AND cpu_per_call_ms_max = 10")
    create(session, "double", TWO_FUNCTIONS, options="WITH export = 'twice'")
    create(session, "west", "return p.x", language="lua", arguments="p place", returns="int", declared="MONOTONIC ON p")
    create(session, "add_up", "return s + v", language="lua", arguments="s bigint, v bigint")
    create(session, "add_up", "return s .. v", language="lua", arguments="s text, v text", returns="text")
    create(session, "reduce", "return a + b", language="lua", arguments="a bigint, b bigint")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC add_up STYPE bigint REDUCEFUNC reduce FINALFUNC twice INITCOND 0 DETERMINISTIC")
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    whole = dump(session, keyspace)
    session.execute(f"DROP KEYSPACE {keyspace}")
    for statement in whole:
        session.execute(statement)
    assert dump(session, keyspace) == whole
    assert (call(session, "succ((bigint) 1)"), call(session, "double((bigint) 4)")) == (2, 8)


def test_everything_survives_a_restart(own_server):
    session = connect(own_server)
    new_keyspace(session)
    create(session, "twice", LARGE, declared="DETERMINISTIC")
    create(session, "succ", digest(LARGE), options="WITH export = 'add_one' AND memory_bytes_max = 1048576")
    create(session, "grows", "return v", language="lua", declared="MONOTONIC ON v")
    before = dump(session, "ks")
    session.cluster.shutdown()
    own_server.restart_after_kill()
    session = connect(own_server, "ks")
    assert dump(session, "ks") == before
    assert modules(session, "ks") == {digest(LARGE)}
    assert (call(session, "twice((bigint) 4)"), call(session, "succ((bigint) 4)")) == (8, 5)
    create(session, "once_more", digest(LARGE), options="WITH export = 'twice'")
    for name in ("twice", "succ", "once_more"):
        session.execute(f"DROP FUNCTION {name}")
    assert modules(session, "ks") == set()
    session.cluster.shutdown()


# ---------------------------------------------------------------- replacement

# Some hundredths of a second a row.
SLOW = "local x = 0 for i = 1, 6000000 do x = x + i end "
SLOW_ROWS = 16


def wait_until_it_runs(session, call: str) -> None:
    deadline = time.monotonic() + 30
    while not any(call in task for (task,) in session.execute("SELECT task FROM system_views.queries")):
        assert time.monotonic() < deadline, f"{call} never ran"


def still_runs(future) -> bool:
    return not future._event.is_set()  # noqa: SLF001, there is no other way to ask


def test_a_running_query_ends_on_the_version_with_which_it_began(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    for i in range(SLOW_ROWS):
        session.execute("INSERT INTO t (id, v) VALUES (%s, 1)", (i,))
    create(session, "version", SLOW + "return 1", language="lua")
    prepared = session.prepare("SELECT version(v) FROM t")
    running = session.execute_async(prepared)
    wait_until_it_runs(session, "version(v)")
    create(session, "version", "return 2", language="lua", replace=True)
    assert [row[0] for row in session.execute("SELECT version(v) FROM t")] == [2] * SLOW_ROWS
    assert [row[0] for row in session.execute(prepared)] == [2] * SLOW_ROWS
    assert still_runs(running), "the function is too fast for this test"
    assert [row[0] for row in running.result()] == [1] * SLOW_ROWS
    running = session.execute_async("SELECT version(v) FROM t")
    session.execute("DROP FUNCTION version")
    assert [row[0] for row in running.result()] == [2] * SLOW_ROWS
    with pytest.raises(InvalidRequest, match="Unknown function"):
        session.execute("SELECT version(v) FROM t")
    with pytest.raises(InvalidRequest, match="Unknown function"):
        session.execute(prepared)


def test_a_replaced_part_reaches_aggregates_and_prepared_statements(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    for i in range(SLOW_ROWS):
        session.execute("INSERT INTO t (id, v) VALUES (%s, 1)", (i,))
    create(session, "fold", SLOW + "return s + v", language="lua", arguments="s bigint, v bigint")
    create(session, "shown", "return 'sum ' .. s", language="lua", arguments="s bigint", returns="text")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC fold STYPE bigint FINALFUNC shown INITCOND 0")
    prepared = session.prepare("SELECT total(v) FROM t")
    running = session.execute_async(prepared)
    wait_until_it_runs(session, "total(v)")
    create(session, "fold", "return s + 10 * v", language="lua", arguments="s bigint, v bigint", replace=True)
    create(session, "shown", "return 'new sum ' .. s", language="lua", arguments="s bigint", returns="text", replace=True)
    assert session.execute(prepared).one()[0] == f"new sum {10 * SLOW_ROWS}"
    assert session.execute("SELECT total(v) FROM t").one()[0] == f"new sum {10 * SLOW_ROWS}"
    assert still_runs(running), "the function is too fast for this test"
    assert running.result().one()[0] == f"sum {SLOW_ROWS}"


# ---------------------------------------------------------------- constant calls

def rows_of(server: Server, keyspace: str, function: str) -> int:
    for line in server.metrics().splitlines():
        name, _, value = line.rpartition(" ")
        if name.startswith("nacre_function_rows_total{") and f'keyspace="{keyspace}"' in name and f'function="{function}(' in name:
            return int(float(value))
    return 0


def test_a_deterministic_call_with_constants_is_made_once(target, session, keyspace):
    rows = 10_000
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    insert = session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
    execute_concurrent_with_args(session, insert, [(i, i) for i in range(rows)], concurrency=200)
    create(session, "plain", "return v + 1", language="lua")
    create(session, "same", "return v + 1", language="lua", declared="DETERMINISTIC")
    session.default_fetch_size = None
    assert [value for (value,) in session.execute("SELECT same((bigint) 1) FROM t")] == [2] * rows
    assert rows_of(target.server, keyspace, "same") == 1
    assert [value for (value,) in session.execute("SELECT plain((bigint) 1) FROM t")] == [2] * rows
    assert rows_of(target.server, keyspace, "plain") == rows
    # Of markers and nested calls as well, and as an argument of an aggregate; of columns never.
    prepared = session.prepare("SELECT same(same(?)) FROM t")
    assert {value for (value,) in session.execute(prepared, (5,))} == {7}
    assert rows_of(target.server, keyspace, "same") == 3
    assert session.execute("SELECT sum(same((bigint) 2)) FROM t").one()[0] == 3 * rows
    # A sum is made by all shards; the one that was asked tells the others the value.
    assert rows_of(target.server, keyspace, "same") == 4
    assert sum(value for (value,) in session.execute("SELECT same(v) FROM t")) == rows * (rows + 1) // 2
    assert rows_of(target.server, keyspace, "same") == 4 + rows
    assert {value for (value,) in session.execute("SELECT same(plain((bigint) 1)) FROM t")} == {3}
    assert rows_of(target.server, keyspace, "plain") == 2 * rows


def test_a_constant_call_fails_where_it_would_have_failed(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    for name, declared in (("plain", ""), ("same", "DETERMINISTIC")):
        create(session, name, "error('no luck')", language="lua", declared=declared)
    for name in ("plain", "same"):
        assert list(session.execute(f"SELECT {name}((bigint) 1) FROM t")) == []
    session.execute("INSERT INTO t (id, v) VALUES (1, 1)")
    texts = []
    for name in ("plain", "same"):
        with pytest.raises(FunctionFailure) as caught:
            session.execute(f"SELECT {name}((bigint) 1) FROM t")
        texts.append(str(caught.value).replace(name, "f"))
    assert texts[0] == texts[1]
