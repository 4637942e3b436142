"""What a module does before it is called is charged and bounded as everything else, at CREATE FUNCTION and in each instance."""

from __future__ import annotations

import pytest

from harness.wat import function, module

IDENTITY = function("(local.get 0)")


def test_a_start_function_runs_in_every_instance(guest):
    guest.create(module("(global $ready (mut i64) (i64.const 0)) (func $go (global.set $ready (i64.add (global.get $ready)"
                        " (i64.const 7)))) (start $go)", function("(global.get $ready)")))
    assert [guest.call() for _ in range(5)] == [7] * 5


def test_so_does_initialize(guest):
    guest.create(module('(global $ready (mut i64) (i64.const 0)) (func (export "_initialize") (global.set $ready'
                        " (i64.const 9)))", function("(global.get $ready)")))
    assert guest.call() == 9


@pytest.mark.parametrize("body, match", [
    ("(loop $l (br $l))", "it ran for more than 20 ms of CPU time"),
    ("unreachable", "unreachable"),
    ("(call $go)", "stack"),
    ("(i32.store (i32.const -4) (i32.const 1))", "out of bounds memory access"),
    ("(loop $l (drop (memory.grow (i32.const 1))) (br $l))", "it ran for more than 20 ms of CPU time"),
])
def test_one_that_fails_is_refused(guest, body, match):
    guest.refused(module(f"(func $go {body}) (start $go)", IDENTITY), f"The module can't be instantiated: .*{match}")
    guest.refused(module(f'(func $go (export "_initialize") {body})', IDENTITY), f"The module can't be instantiated: .*{match}")


def test_initialize_of_the_wrong_type(guest):
    guest.refused(module('(func (export "_initialize") (param i32))', IDENTITY),
                  r"Exported function _initialize must have the type \(\) -> \(\), it has \(i32\) -> \(\)")
    guest.refused(module('(func (export "_initialize") (result i32) (i32.const 0))', IDENTITY),
                  r"Exported function _initialize must have the type \(\) -> \(\), it has \(\) -> \(i32\)")


@pytest.mark.parametrize("segment, match", [
    ('(data (i32.const 65535) "xy")', "out of bounds memory access"),
    ('(data (i32.const -1) "x")', "out of bounds memory access"),
    ("(table 2 funcref) (elem (i32.const 2) $g) (func $g)", "out of bounds table access"),
])
def test_segments_that_do_not_fit(guest, segment, match):
    guest.refused(module(segment, IDENTITY), f"The module can't be instantiated: .*{match}")


def test_two_hundred_refused_starts_leave_nothing_behind(guest):
    body = module("(func $go unreachable) (start $go)", IDENTITY)

    def run(times: int) -> None:
        for _ in range(times):
            guest.refused(body, "unreachable")
    run(5)
    guest.holds_no_more(lambda: run(200))
