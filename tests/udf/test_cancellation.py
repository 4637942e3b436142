"""Nobody waits for an answer any more: the function stops, long before its own limits would stop it."""

from __future__ import annotations

import re
import socket
import struct
import time

import pytest
from cassandra import ReadTimeout, WriteTimeout

from conftest import connect
from harness.process import descriptors, resident_bytes
from harness.raw_request import long_string, string
from harness.server import Server
from harness.wat import allocator, function, module

FOREVER = "(loop $again (br $again)) (i64.const 0)"
LOOPS = {
    "wasm": module(function(FOREVER)),
    "wasm, version 2": module(allocator(malloc="(loop $again (br $again)) (i32.const 0)"), function(FOREVER), version=2),
    "lua": "while true do end",
    "lua that catches": "while true do pcall(function() while true do end end) end",
}
STATEMENTS = {
    "a row": ("SELECT f(v) FROM {ks}.t WHERE id = 1", ReadTimeout),
    "a scan": ("SELECT f(v) FROM {ks}.t", ReadTimeout),
    "an aggregate": ("SELECT a(v) FROM {ks}.t", ReadTimeout),
    "a filter": ("SELECT id FROM {ks}.t WHERE v = f(1) ALLOW FILTERING", ReadTimeout),
    "an insert": ("INSERT INTO {ks}.t (id, v) VALUES (99, f(1))", WriteTimeout),
    "an update": ("UPDATE {ks}.t SET v = f(1) WHERE id = 99", WriteTimeout),
    "a batch": ("BEGIN BATCH INSERT INTO {ks}.t (id, v) VALUES (98, 1) INSERT INTO {ks}.t (id, v) VALUES (99, f(1)) APPLY BATCH", WriteTimeout),
}
REQUEST_SECONDS = 0.4


def server_with(tmp_path_factory, name: str, settings: dict[str, int]):
    directory = tmp_path_factory.mktemp(name)
    config = directory / "nacre.yaml"
    config.write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
    return Server(directory, shards=2, config=config)


# An hour of CPU time: whatever ends a function here is not its own limit.
PATIENT = {"function_cpu_per_call_ms_max": 3_600_000, "function_cpu_per_call_ms_max_ceiling": 3_600_000,
           "function_cpu_per_statement_ms_max": 3_600_000, "function_cpu_per_statement_ms_max_ceiling": 3_600_000}


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    with server_with(tmp_path_factory, "patient", PATIENT) as server:
        yield server
        assert server.alive()


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    with server_with(tmp_path_factory, "hasty", PATIENT | {"request_timeout_ms": int(REQUEST_SECONDS * 1000)}) as server:
        yield server
        assert server.alive()


def prepare(server: Server, loop: str) -> None:
    """Keyspace ks with the table t, the function f and the aggregate a, all anew."""
    cluster = connect(server)
    session = cluster.connect()
    session.execute("DROP KEYSPACE IF EXISTS ks")
    session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    session.set_keyspace("ks")
    session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
    for i in range(4):
        session.execute("INSERT INTO t (id, v) VALUES (%s, 10)", (i,))
    language = "lua" if loop.startswith("lua") else "wasm"
    null = "CALLED" if "version 2" in loop else "RETURNS NULL"
    session.execute(f"CREATE FUNCTION f(v bigint) {null} ON NULL INPUT RETURNS bigint LANGUAGE {language} AS $${LOOPS[loop]}$$")
    body = LOOPS[loop] if language == "lua" else LOOPS[loop].replace(
        '(func (export "f") (param i64)', '(func (export "g") (param i64 i64)')
    session.execute(f"CREATE FUNCTION g(s bigint, v bigint) {null} ON NULL INPUT RETURNS bigint LANGUAGE {language} AS $${body}$$")
    session.execute("CREATE AGGREGATE a(bigint) SFUNC g STYPE bigint INITCOND 0")
    cluster.shutdown()


def cpu_seconds(server: Server) -> float:
    figures = re.findall(r'^nacre_function_cpu_seconds_total\{[^}]*keyspace="ks"[^}]*\} (\S+)$', server.metrics(), re.MULTILINE)
    return sum(map(float, figures))


def frame(opcode: int, body: bytes, stream: int = 1) -> bytes:
    return struct.pack(">BBhBi", 0x04, 0, stream, opcode, len(body)) + body


def abandon(server: Server, statement: str, running_seconds: float) -> float:
    """A client that asks and leaves; the CPU seconds that its function had used by then."""
    with socket.create_connection((server.host, server.port), timeout=10) as client:
        client.sendall(frame(0x01, struct.pack(">H", 1) + string("CQL_VERSION") + string("3.0.0")))
        assert client.recv(4096)[4] == 0x02  # READY
        before = cpu_seconds(server)
        client.sendall(frame(0x07, long_string(statement) + struct.pack(">HB", 1, 0)))
        deadline = time.monotonic() + 20
        while cpu_seconds(server) - before < running_seconds:
            assert time.monotonic() < deadline, "the function never ran"
            time.sleep(0.02)
    return cpu_seconds(server)


def settles(server: Server, at_most: float) -> None:
    """The function's CPU time stops growing within `at_most` seconds."""
    deadline = time.monotonic() + at_most
    last = cpu_seconds(server)
    while time.monotonic() < deadline:
        time.sleep(0.15)
        now = cpu_seconds(server)
        if now == last:
            return
        last = now
    raise AssertionError(f"the function still runs {at_most} s after its client had gone")


@pytest.mark.parametrize("what", STATEMENTS)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_client_that_goes_takes_its_function_with_it(patient, loop, what):
    prepare(patient, loop)
    abandon(patient, STATEMENTS[what][0].format(ks="ks"), 0.05)
    settles(patient, 3)
    cluster = connect(patient)
    session = cluster.connect("ks")
    assert session.execute("SELECT v FROM t WHERE id = 1").one()[0] == 10
    assert session.execute("SELECT v FROM t WHERE id IN (98, 99)").one() is None
    cluster.shutdown()


def test_one_of_two_requests_goes_on(patient):
    """Only the client that left loses its request."""
    prepare(patient, "wasm")
    cluster = connect(patient)
    session = cluster.connect("ks")
    session.execute("CREATE FUNCTION slow(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS "
                    "$$local n = 0 for i = 1, 30000000 do n = n + 1 end return n$$")
    pending = session.execute_async("SELECT slow(v) FROM t WHERE id = 1")
    abandon(patient, "SELECT f(v) FROM ks.t WHERE id = 1", 0.05)
    assert pending.result().one()[0] == 30_000_000
    cluster.shutdown()


def test_fifty_clients_that_go(patient):
    prepare(patient, "wasm")
    abandon(patient, "SELECT f(v) FROM ks.t", 0.02)
    settles(patient, 3)
    before = resident_bytes(patient.process.pid), descriptors(patient.process.pid)
    for _ in range(50):
        abandon(patient, "SELECT f(v) FROM ks.t", 0.01)
    settles(patient, 5)
    after = resident_bytes(patient.process.pid), descriptors(patient.process.pid)
    assert after[0] - before[0] < 64 << 20 and after[1] - before[1] <= 8, (before, after)


@pytest.mark.parametrize("what", STATEMENTS)
@pytest.mark.parametrize("loop", LOOPS)
def test_a_request_that_takes_too_long_is_a_timeout(hasty, loop, what):
    statement, error = STATEMENTS[what]
    prepare(hasty, loop)
    cluster = connect(hasty)
    session = cluster.connect("ks")
    began = time.monotonic()
    with pytest.raises(error):
        session.execute(statement.format(ks="ks"))
    assert REQUEST_SECONDS * 0.9 < time.monotonic() - began < REQUEST_SECONDS + 5
    settles(hasty, 3)
    assert session.execute("SELECT v FROM t WHERE id = 1").one()[0] == 10
    assert session.execute("SELECT v FROM t WHERE id IN (98, 99)").one() is None
    cluster.shutdown()


def test_a_function_that_is_quick_enough_is_no_timeout(hasty):
    prepare(hasty, "wasm")
    cluster = connect(hasty)
    session = cluster.connect("ks")
    session.execute("CREATE FUNCTION quick(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE lua AS $$return v + 1$$")
    assert [row[0] for row in session.execute("SELECT quick(v) FROM t")] == [11] * 4
    cluster.shutdown()
