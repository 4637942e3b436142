"""What a server shows of its functions: system_views.functions and function_logs, metrics, quarantine."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from datetime import timezone

import pytest
from cassandra import FunctionFailure, InvalidRequest

from conftest import new_keyspace
from harness.server import Server
from test_functions import create
from test_system_views import rows

pytestmark = pytest.mark.nacre_only

DIVIDE = """(module
  (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\\01")
  (func (export "divide") (param i64) (result i64) (i64.div_s (i64.const 100) (local.get 0))))"""


@pytest.fixture
def table(session):
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    for i in range(10):
        session.execute("INSERT INTO t (id, v) VALUES (%s, %s)", (i, i))


def figures(session, keyspace: str, name: str, *columns: str):
    found = rows(session, f"SELECT {', '.join(columns)} FROM system_views.functions"
                 " WHERE keyspace_name = %s AND function_name = %s", keyspace, name)
    assert len(found) == 1, found
    return found[0]


def test_figures_of_a_function(session, keyspace, table):
    create(session, "divide", DIVIDE)
    interface, digest, size, limits, calls, seen, errors, p50, last = figures(
        session, keyspace, "divide", "interface", "body_digest", "body_bytes", "limits", "calls", "rows", "errors",
        "call_us_p50", "last_error")
    assert (interface, size, calls, seen, errors, p50, last) == ("ABI 1", len(DIVIDE), 0, 0, {}, None, None)
    assert re.fullmatch("sha256:[0-9a-f]{64}", digest)
    assert limits["memory_bytes_max"] == 32 << 20

    session.execute("SELECT divide(v) FROM t WHERE id = 5")
    with pytest.raises(FunctionFailure):
        session.execute("SELECT divide(v) FROM t")
    statements, calls, seen, errors, cpu, p50, p99, longest, memory, last, when = figures(
        session, keyspace, "divide", "statements", "calls", "rows", "errors", "cpu_us", "call_us_p50", "call_us_p99",
        "call_us_max", "memory_bytes_peak", "last_error", "last_error_time")
    assert statements >= 2 and calls >= 2 and seen >= 2 and cpu > 0
    assert errors == {"trap": 1}
    assert 0 < p50 <= p99 and longest > 0 and memory >= 65536
    assert "integer divide by zero, called with (0)" in last and when is not None


def test_figures_outlive_a_new_version_and_go_with_the_function(session, keyspace, table):
    create(session, "twice", "return 2 * v", "lua")
    session.execute("SELECT twice(v) FROM t WHERE id = 1")
    session.execute("CREATE OR REPLACE FUNCTION twice(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return v + v'")
    assert figures(session, keyspace, "twice", "calls", "interface") == (1, "Lua 5.4")
    session.execute("DROP FUNCTION twice")
    gone = "SELECT calls FROM system_views.functions WHERE keyspace_name = %s"
    assert rows(session, gone, keyspace) == []
    create(session, "twice", "return 2 * v", "lua")
    assert figures(session, keyspace, "twice", "calls") == (0,)


def test_a_function_that_was_refused_leaves_nothing(session, keyspace, target):
    with pytest.raises(InvalidRequest):
        create(session, "broken", "return (", "lua")
    assert rows(session, "SELECT function_name FROM system_views.functions WHERE keyspace_name = %s", keyspace) == []
    assert f'keyspace="{keyspace}"' not in target.server.metrics()


def test_overloads_have_rows_of_their_own(session, keyspace):
    create(session, "f", "return v", "lua", "v int", "int")
    create(session, "f", "return v", "lua", "v list<text>", "list<text>")
    found = rows(session, "SELECT argument_types FROM system_views.functions WHERE keyspace_name = %s AND function_name = 'f'", keyspace)
    theirs = rows(session, "SELECT argument_types FROM system_schema.functions WHERE keyspace_name = %s AND function_name = 'f'", keyspace)
    assert found == theirs and len(found) == 2


def test_errors_by_kind(session, keyspace, table):
    create(session, "spin", "while true do end", "lua")
    session.execute("CREATE OR REPLACE FUNCTION spin(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua"
                    " AS 'while true do end' WITH cpu_per_call_ms_max = 50")
    create(session, "refuse", "error('no ' .. v)", "lua")
    create(session, "wrong", "return {}", "lua")
    for name in ("spin", "refuse", "refuse", "wrong"):
        with pytest.raises(FunctionFailure):
            session.execute(f"SELECT {name}(v) FROM t WHERE id = 3")
    assert figures(session, keyspace, "spin", "errors") == ({"deadline": 1},)
    assert figures(session, keyspace, "refuse", "errors") == ({"reported": 2},)
    assert figures(session, keyspace, "wrong", "errors") == ({"reported": 1},)


def test_metrics(session, keyspace, table, target):
    create(session, "divide", DIVIDE)
    session.execute("SELECT divide(v) FROM t WHERE id = 5")
    with pytest.raises(FunctionFailure):
        session.execute("SELECT divide(v) FROM t WHERE id = 0")
    labels = f'keyspace="{keyspace}",function="divide(bigint)",language="wasm"'
    page = target.server.metrics()
    assert f"nacre_function_calls_total{{{labels}}} 2" in page
    assert f'nacre_function_errors_total{{{labels},kind="trap"}} 1' in page
    assert f"nacre_function_call_duration_seconds_count{{{labels}}} 2" in page
    buckets = [int(count) for count in re.findall(
        r"nacre_function_call_duration_seconds_bucket\{" + re.escape(labels) + r',le="[^"]+"\} (\d+)', page)]
    assert buckets == sorted(buckets) and buckets[-1] == 2 and len(buckets) < 15
    session.execute("DROP FUNCTION divide")
    assert labels not in target.server.metrics()


def test_names_are_escaped_in_metrics(session, keyspace, target):
    session.execute('CREATE TYPE "a ""b" (x int)')
    session.execute('CREATE FUNCTION f (v "a ""b") RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS \'return v.x\'')
    page = target.server.metrics()
    assert f'nacre_function_calls_total{{keyspace="{keyspace}",function="f(\\"a \\"\\"b\\")",language="lua"}} 0' in page


def test_functions_beyond_the_bound_share_a_row(target, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("function_metrics_max: 2\n")
    with Server(tmp_path / "server", shards=1, config=config) as server, cluster_of(target, server) as cluster:
        session = cluster.connect()
        new_keyspace(session)
        for i in range(5):
            create(session, f"f{i}", "return v", "lua")
            session.execute(f"SELECT ks.f{i}((bigint) 1) FROM system.local")
        named = re.findall(r'nacre_function_calls_total\{keyspace="(\w*)",function="([^"]+)",.*\} (\d+)', server.metrics())
        assert len(named) == 3 and ("", "(others)", "3") in named
        session.execute("DROP KEYSPACE ks")
        assert "nacre_function_calls_total{" not in server.metrics()


def test_output_is_kept_by_function(session, keyspace, table):
    create(session, "chatty", "print('seen ' .. v) return v", "lua")
    create(session, "chatty", "print('text\\tna\\xffive') return v", "lua", "v text", "text")
    session.execute("SELECT chatty(v) FROM t WHERE id = 1")
    session.execute("SELECT chatty(v) FROM t WHERE id = 2")
    session.execute("SELECT chatty('x') FROM t WHERE id = 2")
    lines = "SELECT argument_types, stream, line, time FROM system_views.function_logs WHERE keyspace_name = %s AND function_name = 'chatty'"
    found = rows(session, lines, keyspace)
    assert [row[:3] for row in found] == [
        (["bigint"], "stdout", "seen 1"), (["bigint"], "stdout", "seen 2"), (["text"], "stdout", "text\tna\\xffive")]
    assert abs(found[0][3].replace(tzinfo=timezone.utc).timestamp() - time.time()) < 60
    session.execute("DROP FUNCTION chatty(bigint)")
    assert [row[0] for row in rows(session, lines, keyspace)] == [["text"]]


def test_output_can_not_forge_the_servers_log(session, keyspace, table, target):
    create(session, "forge", "print('a\\r2026-01-01T00:00:00.000Z error forged\\27[31m') return v", "lua")
    session.execute("SELECT forge(v) FROM t WHERE id = 1")
    shown = f"{keyspace}.forge(bigint): a\\x0d2026-01-01T00:00:00.000Z error forged\\x1b[31m"
    deadline = time.monotonic() + 10
    while shown not in target.server.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_flood_of_output_is_bounded(session, keyspace, table, target):
    create(session, "flood", "for i = 1, 100000 do print('flood', i) end return v", "lua")
    for _ in range(20):
        session.execute("SELECT flood(v) FROM t WHERE id = 1")
    lines, dropped, hidden = figures(session, keyspace, "flood", "log_lines", "log_bytes_dropped", "log_lines_hidden")
    assert lines > 5000 and dropped > 10_000_000 and hidden > lines * 0.8
    time.sleep(0.5)
    assert target.server.log.read_text().count(f"{keyspace}.flood(bigint): ") <= lines - hidden
    kept = rows(session, "SELECT line FROM system_views.function_logs WHERE keyspace_name = %s AND function_name = 'flood'", keyspace)
    assert 10 < len(kept) < 1000


@contextmanager
def cluster_of(target, server: Server):
    """A driver's cluster for another server than the target."""
    cluster = type(target)(server.host, server.port, server).cluster()
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def strict(target, tmp_path_factory):
    """A server that puts a function under quarantine after three failures, for two seconds."""
    directory = tmp_path_factory.mktemp("strict")
    config = directory / "config.yaml"
    config.write_text("function_quarantine_failures: 3\nfunction_quarantine_window_s: 30\nfunction_quarantine_s: 2\n")
    with Server(directory / "server", shards=2, config=config) as server, cluster_of(target, server) as cluster:
        session = cluster.connect()
        new_keyspace(session)
        session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
        for i in range(10):
            session.execute("INSERT INTO t (id, v) VALUES (%s, %s)", (i, i))
        yield server, session


def fail(session, name: str) -> str:
    with pytest.raises(FunctionFailure) as failure:
        session.execute(f"SELECT {name}(v) FROM t WHERE id = 0")
    assert (failure.value.keyspace, failure.value.function) == ("ks", name)
    return str(failure.value)


def test_a_function_that_traps_again_and_again_is_refused_for_a_while(strict):
    server, session = strict
    create(session, "divide", DIVIDE)
    for _ in range(3):
        assert "integer divide by zero" in fail(session, "divide")
    began = time.monotonic()
    refused = fail(session, "divide")
    assert re.search(r"it is under quarantine for [12] s more: 3 of its calls failed within 30 s, the last one because"
                     r".*integer divide by zero", refused), refused
    # Whatever it is called with.
    with pytest.raises(FunctionFailure):
        session.execute("SELECT divide(v) FROM t WHERE id = 5")
    until, times, errors = figures(session, "ks", "divide", "quarantined_until", "quarantines", "errors")
    assert until is not None and times == 1 and errors == {"trap": 3, "quarantined": 2}
    labels = 'keyspace="ks",function="divide(bigint)",language="wasm"'
    assert f"nacre_function_quarantined{{{labels}}} 1" in server.metrics()
    assert "function ks.divide(bigint) is under quarantine for 2 s" in server.log.read_text()
    # Others are not concerned, and it ends by itself.
    create(session, "fine", "return v", "lua")
    assert session.execute("SELECT fine(v) FROM t WHERE id = 5").one() == (5,)
    time.sleep(max(0.0, 2.2 - (time.monotonic() - began)))
    assert session.execute("SELECT divide(v) FROM t WHERE id = 5").one() == (20,)
    assert figures(session, "ks", "divide", "quarantined_until") == (None,)
    assert f"nacre_function_quarantined{{{labels}}} 0" in server.metrics()
    session.execute("DROP FUNCTION divide")


def test_a_new_version_leaves_quarantine(strict):
    _, session = strict
    create(session, "divide", DIVIDE)
    for _ in range(3):
        fail(session, "divide")
    assert "under quarantine" in fail(session, "divide")
    session.execute("CREATE OR REPLACE FUNCTION divide(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS 'return v'")
    assert session.execute("SELECT divide(v) FROM t WHERE id = 5").one() == (5,)
    session.execute("DROP FUNCTION divide")


def test_what_a_function_says_itself_is_no_reason(strict):
    _, session = strict
    create(session, "refuse", "error('bad data')", "lua")
    for _ in range(10):
        assert "bad data" in fail(session, "refuse")
