"""Exceptions of WebAssembly are the guest's own affair until nobody catches them."""

from __future__ import annotations

import pytest

from harness.wat import allocator, function, module

TAG = "(tag $t (param i64))"


def test_thrown_and_caught(guest):
    guest.create(module(TAG, function("(block $caught (result i64) (try_table (result i64) (catch $t $caught)"
                                      " (throw $t (i64.add (local.get 0) (i64.const 5)))))")))
    assert guest.call() == 15


def test_across_functions(guest):
    guest.create(module(TAG, "(func $deep (param i64) (if (i64.eqz (local.get 0)) (then (throw $t (i64.const 99))))"
                             " (call $deep (i64.sub (local.get 0) (i64.const 1))))",
                        function("(block $caught (result i64) (try_table (catch $t $caught) (call $deep (i64.const 500)))"
                                 " (i64.const 0))")))
    assert guest.call() == 99


@pytest.mark.parametrize("body", [
    "(throw $t (i64.const 1))",
    "(block $other (try_table (catch $u $other) (throw $t (i64.const 1)))) (i64.const 0)",
    "(block $caught (result exnref) (try_table (catch_all_ref $caught) (throw $t (i64.const 1))) unreachable) throw_ref",
])
def test_uncaught_is_one_error_with_the_row(guest, body):
    guest.create(module(TAG, "(tag $u)", function(body)))
    guest.fails(r"exception.*, called with \(10\)")


def test_uncaught_in_an_allocator(guest):
    guest.create(module(TAG, allocator(malloc="(throw $t (i64.const 1))"), function("(local.get 0)"), version=2),
                 signature="s text", returns="text")
    guest.fails(r"exception.*, called with \('row 1'\)", what="f(s)")


def test_uncaught_at_the_start(guest):
    guest.refused(module(TAG, "(func $go (throw $t (i64.const 1))) (start $go)", function("(local.get 0)")),
                  "The module can't be instantiated: .*exception")


def test_traps_are_no_exceptions(guest):
    """catch_all doesn't see them: neither a division by zero nor the end of the CPU budget."""
    catching = "(block $caught (try_table (catch_all $caught) {0})) (i64.const 7)"
    guest.create(module(function(catching.format("(drop (i64.div_s (i64.const 1) (i64.const 0)))"))))
    guest.fails("integer divide by zero")
    guest.create(module(function(catching.format("(loop $l (br $l))"))))
    guest.fails("more than 20 ms of CPU time")


def test_throwing_for_ever(guest):
    """Each exception is an object of the engine's: they are collected, or the guest runs into a limit of its own."""
    guest.create(module(TAG, function(
        "(loop $l (drop (block $caught (result i64) (try_table (result i64) (catch $t $caught) (throw $t (i64.const 1)))))"
        " (br $l)) (i64.const 0)")))
    guest.fails(r"(more than 20 ms of CPU time|GC heap out of memory|memory).*, called with \(10\)")
    guest.repeated("more than 20 ms of CPU time|memory", times=100)


def test_holding_every_exception(guest):
    guest.create(module(TAG, "(table $held 20000 exnref) (global $n (mut i32) (i32.const 0))", function(
        "(loop $l (table.set $held (global.get $n) (block $caught (result exnref) (try_table (catch_all_ref $caught)"
        " (throw $t (i64.const 1))) unreachable)) (global.set $n (i32.rem_u (i32.add (global.get $n) (i32.const 1))"
        " (i32.const 20000))) (br $l)) (i64.const 0)")))
    guest.fails(r"more than 20 ms of CPU time|memory")


def test_two_hundred_uncaught_ones_leave_nothing_behind(guest):
    guest.create(module(TAG, function("(throw $t (i64.const 1))")))
    guest.repeated("exception")
