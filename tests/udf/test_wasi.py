"""WASI is an empty world: no files, no sockets, no arguments; clocks stand still and chance follows from a seed, unless allowed."""

from __future__ import annotations

import time

import pytest

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


def create(guest, body: str, promise: str = "", options: str = "") -> None:
    guest.session.execute("CREATE OR REPLACE FUNCTION f(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint"
                          f" {promise} LANGUAGE wasm AS $${wasi(body)}$$ {options}")


def since(body: str) -> str:
    """How much later the second of two readings is."""
    return f"(i64.sub (i64.const 0) (block (result i64) {body})) (i64.add (block (result i64) {body}))"


@pytest.mark.parametrize("clock", [REALTIME, MONOTONIC])
def test_the_clock_stands_still(guest, clock):
    create(guest, since(CLOCK.format(clock)))
    assert [guest.call() for _ in range(5)] == [0] * 5


def test_it_tells_when_the_statement_began(guest):
    create(guest, CLOCK.format(REALTIME))
    assert abs(guest.call() / 1e9 - time.time()) < 60


@pytest.mark.parametrize("body", [CLOCK.format(REALTIME), CLOCK.format(MONOTONIC), RANDOM])
def test_for_a_deterministic_function_all_is_the_same_for_ever(guest, body):
    create(guest, body, "DETERMINISTIC")
    assert len({guest.call("f(v)", f"WHERE id = {i % 4}") for i in range(10)}) == 1


def test_random_bytes_go_on(guest):
    create(guest, since(RANDOM))
    assert guest.call() != 0


def test_clocks_and_random_bytes_that_are_allowed(guest):
    create(guest, f"(loop $l (br_if $l (i64.eqz (block (result i64) {since(CLOCK.format(MONOTONIC))})))) (i64.const 1)",
           options="WITH real_time = true")
    assert guest.call() == 1
    create(guest, RANDOM, options="WITH real_random = true")
    assert len({guest.call() for _ in range(10)}) == 10


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
