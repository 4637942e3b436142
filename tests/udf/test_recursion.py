"""A guest that needs more stack than it has traps; the host's stack is not its own."""

from __future__ import annotations

import pytest

from harness.wat import allocator, function, module

OVERFLOW = r"the stack overflowed|call stack exhausted"
RECURSIONS = {
    "direct": "(func $f (param i64) (result i64) (i64.add (i64.const 1) (call $f (local.get 0))))",
    "mutual": "(func $f (param i64) (result i64) (i64.add (i64.const 1) (call $g (local.get 0))))"
              "(func $g (param i64) (result i64) (i64.add (i64.const 1) (call $f (local.get 0))))",
    "through a table": "(type $t (func (param i64) (result i64))) (table 1 funcref) (elem (i32.const 0) $f)"
                       "(func $f (type $t) (i64.add (i64.const 1) (call_indirect (type $t) (local.get 0) (i32.const 0))))",
    "with large frames": "(func $f (param i64) (result i64) (local " + "i64 " * 2000 + ")"
                         + " ".join(f"(local.set {i} (i64.add (local.get 0) (i64.const {i})))" for i in range(1, 2000))
                         + " (call $f (local.get 1))" + " ".join(f"(i64.add (local.get {i}))" for i in range(1, 2000)) + ")",
    "while catching everything": "(func $f (param i64) (result i64) (block $caught (try_table (catch_all $caught)"
                                 " (return (i64.add (i64.const 1) (call $f (local.get 0)))))) (i64.const 5))",
}


@pytest.mark.parametrize("recursion", RECURSIONS)
def test_recursion_without_end_is_a_trap(guest, recursion):
    guest.create(module(RECURSIONS[recursion], function("(call $f (local.get 0))")))
    guest.fails(rf"({OVERFLOW}), called with \(10\)")


def test_recursion_in_a_host_call(guest):
    """The host's functions run on the guest's stack: at its very end they must not find it gone."""
    guest.create("(module (import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"
                 + module('(data (i32.const 32) "\\40\\00\\00\\00\\01\\00\\00\\00x\\n")'
                          "(func $f (param i64) (result i64) (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1)"
                          " (i32.const 48))) (i64.add (i64.const 1) (call $f (local.get 0))))",
                          function("(call $f (local.get 0))")).removeprefix("(module"))
    guest.fails(OVERFLOW)


def test_recursion_in_an_allocator(guest):
    guest.create(module(allocator(malloc="(call $malloc (local.get 0)) drop (call $malloc (local.get 0))"),
                        function("(local.get 0)"), version=2), signature="s text", returns="text")
    guest.fails(rf"({OVERFLOW}), called with \('row 1'\)", what="f(s)")


def test_recursion_that_ends_in_time_is_fine(guest):
    guest.create(module("(func $down (param i64) (result i64) (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 0))"
                        " (else (i64.add (i64.const 1) (call $down (i64.sub (local.get 0) (i64.const 1)))))))",
                        function("(call $down (i64.const 2000))")))
    assert guest.call() == 2000


def test_two_hundred_overflows_leave_nothing_behind(guest):
    guest.create(module(RECURSIONS["direct"], function("(call $f (local.get 0))")))
    guest.repeated(OVERFLOW)
