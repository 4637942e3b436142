"""WASI is an empty world: no files, no sockets, no arguments; the same time and the same random bytes for everybody, unless allowed."""

from __future__ import annotations

import time

import pytest

from conftest import connect
from harness.server import Server
from harness.wat import function, module

HEAD = """(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"""
REALTIME, MONOTONIC = 0, 1
CLOCK = "(drop (call $clock (i32.const {0}) (i64.const 1) (i32.const 64))) (i64.load (i32.const 64))"
RANDOM = "(drop (call $random (i32.const 64) (i32.const 8))) (i64.load (i32.const 64))"


def wasi(body: str) -> str:
    return HEAD + module(function(body)).removeprefix("(module")


def create(guest, body: str) -> None:
    guest.create(wasi(body))


@pytest.fixture(scope="module")
def generous(tmp_path_factory):
    """A session on a server whose functions may know the time and be surprised."""
    directory = tmp_path_factory.mktemp("generous")
    config = directory / "nacre.yaml"
    config.write_text("function_clock_allowed: 1\nfunction_random_allowed: 1\n")
    with Server(directory, shards=1, config=config) as server:
        cluster = connect(server)
        session = cluster.connect()
        session.execute("CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
        session.set_keyspace("ks")
        session.execute("CREATE TABLE t (id int PRIMARY KEY, v bigint)")
        session.execute("INSERT INTO t (id, v) VALUES (1, 10)")
        yield session
        cluster.shutdown()


def ask(session, body: str, times: int) -> list[int]:
    session.execute("CREATE OR REPLACE FUNCTION f(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE wasm AS"
                    f" $${wasi(body)}$$")
    return [session.execute("SELECT f(v) FROM t").one()[0] for _ in range(times)]


@pytest.mark.parametrize("clock", [REALTIME, MONOTONIC])
def test_the_clock_counts_its_readings(guest, clock):
    create(guest, CLOCK.format(clock))
    assert [guest.call() for _ in range(5)] == [1_000] * 5
    create(guest, f"{CLOCK.format(clock)} (drop) {CLOCK.format(clock)}")
    assert [guest.call() for _ in range(5)] == [2_000] * 5


def test_waiting_for_the_clock_ends(guest):
    create(guest, f"(loop $l (br_if $l (i64.lt_u (block (result i64) {CLOCK.format(MONOTONIC)}) (i64.const 100000)))) (i64.const 1)")
    assert guest.call() == 1


def test_a_clock_that_is_allowed(generous):
    [now] = ask(generous, CLOCK.format(REALTIME), 1)
    assert abs(now / 1e9 - time.time()) < 60
    first, second = ask(generous, CLOCK.format(MONOTONIC), 2)
    assert first < second


def test_random_bytes_are_the_same_every_time(guest):
    create(guest, RANDOM)
    answers = {guest.call() for _ in range(10)}
    assert len(answers) == 1
    create(guest, f"{RANDOM} (drop) {RANDOM}")
    assert answers.isdisjoint({guest.call()})


def test_random_bytes_that_are_allowed(generous):
    assert len(set(ask(generous, RANDOM, 10))) == 10


@pytest.mark.parametrize("call, errno", [
    ("(call $open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0)"
     " (i32.const 64))", 8),
    ("(call $accept (i32.const 3) (i32.const 0) (i32.const 64))", 8),
    ("(call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 64))", 52),
    ("(call $read (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 64))", 8),
    ("(call $clock (i32.const 9) (i64.const 1) (i32.const 64))", 28),
    ("(call $clock (i32.const 0) (i64.const 1) (i32.const -1))", 21),
    ("(call $random (i32.const 65530) (i32.const 100))", 21),
    ("(call $random (i32.const 0) (i32.const -1))", 28),
    ("(i32.add (call $args (i32.const 64) (i32.const 68)) (i32.add (i32.load (i32.const 64)) (i32.load (i32.const 68))))", 0),
    ("(i32.add (call $environ (i32.const 64) (i32.const 68)) (i32.add (i32.load (i32.const 64)) (i32.load (i32.const 68))))", 0),
])
def test_there_is_nothing(guest, call, errno):
    create(guest, f"(i64.extend_i32_u {call})")
    assert guest.call() == errno


@pytest.mark.parametrize("status", [0, 1, -1])
def test_leaving_is_an_error(guest, status):
    guest.create(wasi(f"(call $exit (i32.const {status})) (local.get 0)"))
    guest.fails(rf"it exited with status {status}, called with \(10\)")


def test_a_whole_statement_of_sleeping(guest):
    """What can't sleep can only burn its own time."""
    guest.create(wasi("(loop $l (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 64))) (br $l)) (i64.const 0)"))
    guest.fails("more than 20 ms of CPU time")
