"""One instruction may move megabytes: it is bounded by the memory's end, and many of them by the CPU budget."""

from __future__ import annotations

import pytest

from conftest import LIMITS
from harness.wat import PAGE, function, module

PAGES = LIMITS["function_memory_bytes_max"] // PAGE
BYTES = PAGES * PAGE
OUT_OF_BOUNDS = "out of bounds memory access"
TABLE_OUT_OF_BOUNDS = "out of bounds table access"

FAULTS = {
    "copy from behind the end": ("(memory.copy (i32.const 0) (i32.const 65530) (i32.const 100))", OUT_OF_BOUNDS),
    "copy to behind the end": ("(memory.copy (i32.const 65530) (i32.const 0) (i32.const 100))", OUT_OF_BOUNDS),
    "copy of 4 GiB": ("(memory.copy (i32.const 0) (i32.const 1) (i32.const -1))", OUT_OF_BOUNDS),
    "copy that wraps around": ("(memory.copy (i32.const -8) (i32.const -8) (i32.const 16))", OUT_OF_BOUNDS),
    "fill of 4 GiB": ("(memory.fill (i32.const 0) (i32.const 7) (i32.const -1))", OUT_OF_BOUNDS),
    "fill that wraps around": ("(memory.fill (i32.const -1) (i32.const 7) (i32.const 2))", OUT_OF_BOUNDS),
    "fill of nothing behind the end": ("(memory.fill (i32.const 65537) (i32.const 7) (i32.const 0))", OUT_OF_BOUNDS),
    "init behind a segment's end": ("(memory.init $data (i32.const 0) (i32.const 3) (i32.const 9))", OUT_OF_BOUNDS),
    "init from a dropped segment": ("(data.drop $data) (memory.init $data (i32.const 0) (i32.const 0) (i32.const 1))",
                                    OUT_OF_BOUNDS),
    "table.fill behind the end": ("(table.fill $t (i32.const 5) (ref.null func) (i32.const -1))", TABLE_OUT_OF_BOUNDS),
    "table.copy behind the end": ("(table.copy $t $t (i32.const 0) (i32.const 9) (i32.const 9))", TABLE_OUT_OF_BOUNDS),
    "table.init behind the end": ("(table.init $t $e (i32.const 9) (i32.const 0) (i32.const 2))", TABLE_OUT_OF_BOUNDS),
    "table.get behind the end": ("(drop (table.get $t (i32.const 10)))", TABLE_OUT_OF_BOUNDS),
    "call of an empty element": ("(call_indirect $t (type $none) (i32.const 3))", "indirect call to null"),
    "call of an element of another type": ("(call_indirect $t (type $other) (i32.const 0))", "indirect call type mismatch"),
    "call behind the table's end": ("(call_indirect $t (type $none) (i32.const -1))", TABLE_OUT_OF_BOUNDS),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_out_of_bounds_is_a_trap(guest, fault):
    body, match = FAULTS[fault]
    guest.create(module("(type $none (func)) (type $other (func (param i32))) (table $t 10 funcref)",
                        '(data $data "data") (elem $e func $nothing) (elem (table $t) (i32.const 0) func $nothing)',
                        "(func $nothing)", function(f"{body} (local.get 0)"
                                                    if "$other" not in body else f"(i32.const 1) {body} (local.get 0)")))
    guest.fails(rf"{match}, called with \(10\)")


@pytest.mark.parametrize("body", ["(memory.fill (i32.const 0) (i32.const 1) (i32.const {0}))",
                                  "(memory.copy (i32.const 1) (i32.const 0) (i32.const {0}))",
                                  "(memory.copy (i32.const 0) (i32.const 1) (i32.const {0}))"])
def test_the_whole_memory_at_once_is_fine_and_for_ever_is_not(guest, body):
    once = body.format(BYTES - 1)
    guest.create(module(function(f"{once} (local.get 0)"), memory=str(PAGES)))
    assert guest.call() == 10
    guest.create(module(function(f"(loop $again {once} (br $again)) (i64.const 0)"), memory=str(PAGES)))
    guest.fails(r"more than 20 ms of CPU time in one call, called with \(10\)")


def test_two_hundred_runs_of_huge_copies_leave_nothing_behind(guest):
    guest.create(module(function(f"(loop $again (memory.copy (i32.const 0) (i32.const 1) (i32.const {BYTES - 1})) (br $again))"
                                 " (i64.const 0)"), memory=str(PAGES)))
    guest.repeated("more than 20 ms of CPU time")
