"""A function that never ends is ended: its CPU budget can't be caught, slept through or reset."""

from __future__ import annotations

import pytest
from cassandra.concurrent import execute_concurrent_with_args

from harness.wat import function, module

FOREVER = "(loop $again (br $again)) (i64.const 0)"
LOOPS = {
    "empty": function(FOREVER),
    "with work": function("(loop $again (i64.store (i32.const 0) (i64.add (i64.load (i32.const 0)) (i64.const 1)))"
                          " (br $again)) (i64.const 0)"),
    "br_if that always jumps": function("(loop $again (br_if $again (i32.const 1))) (i64.const 0)"),
    "br_table": function("(loop $again (br_table $again $again (i32.const 7))) (i64.const 0)"),
    "two functions that tail-call each other":
        "(func $a (param i64) (result i64) (return_call $b (local.get 0)))"
        "(func $b (param i64) (result i64) (return_call $a (local.get 0)))"
        + function("(call $a (local.get 0))"),
    "indirect tail calls":
        "(type $t (func (param i64) (result i64))) (table 1 funcref) (elem (i32.const 0) $g)"
        "(func $g (type $t) (return_call_indirect (type $t) (local.get 0) (i32.const 0)))"
        + function("(call $g (local.get 0))"),
    "throws and catches": "(tag $t)" + function(
        "(loop $again (block $caught (try_table (catch_all $caught) (throw $t))) (br $again)) (i64.const 0)"),
    "millions of branches in a million iterations each": function(
        "(loop $outer (local.set 1 (i32.const 0)) (loop $inner (local.set 1 (i32.add (local.get 1) (i32.const 1)))"
        " (br_if $inner (i32.lt_u (local.get 1) (i32.const 1000000)))) (br $outer)) (i64.const 0)", locals="i32"),
}


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_ends_by_its_budget(guest, loop):
    guest.create(module(LOOPS[loop]))
    failure = guest.fails(r"it ran for more than 20 ms of CPU time in one call, called with \(10\)")
    assert failure.function == "f"


@pytest.mark.parametrize("where", ["", "WHERE id IN (1, 2, 3)"])
def test_a_loop_in_one_row_of_many_names_that_row(guest, where):
    guest.create(module(function("(if (i64.eq (local.get 0) (i64.const 20)) (then (loop $l (br $l)))) (local.get 0)")))
    guest.fails(r"more than 20 ms of CPU time in one call, called with \(20\)", where=where)


def test_many_short_rows_are_charged_to_the_statement(guest):
    insert = guest.session.prepare("INSERT INTO t (id, v) VALUES (?, ?)")
    for i in range(100, 300):
        guest.session.execute(insert, (i, i))
    # Some milliseconds a row: none is over the limit of a call, all of them are.
    guest.create(module(function(
        "(loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1))) (i32.store (i32.const 0) (local.get 1))"
        " (br_if $l (i32.lt_u (local.get 1) (i32.const 4000000)))) (local.get 0)", locals="i32")))
    guest.fails("more than 60 ms of CPU time in one statement", where="")


def test_a_loop_as_a_value_that_is_written(guest):
    guest.create(module(function(FOREVER)))
    with pytest.raises(Exception, match="more than 20 ms") as caught:
        guest.session.execute("INSERT INTO t (id, v) VALUES (77, f(1))")
    guest.names_itself(caught.value)
    assert guest.session.execute("SELECT id FROM t WHERE id = 77").one() is None
    guest.next_query_works()


def test_a_loop_in_an_allocator(guest):
    guest.create(module('(func (export "_scylla_malloc") (param i32) (result i32) (loop $l (br $l)) (i32.const 0))'
                        '(func (export "_scylla_free") (param i32))', function("(local.get 0)"), version=2),
                 signature="s text", returns="text")
    guest.fails(r"more than 20 ms of CPU time in one call, called with \('row 1'\)", what="f(s)")


def test_two_hundred_loops_leave_nothing_behind(guest):
    guest.create(module(function(FOREVER)))
    guest.repeated("more than 20 ms of CPU time")
