"""Memory ends at the limit: growing fails as the standard says, and what a guest took is given back."""

from __future__ import annotations

import pytest

from conftest import LIMITS
from harness.wat import PAGE, allocator, function, module

PAGES_MAX = LIMITS["function_memory_bytes_max"] // PAGE
GROW_TO_THE_END = ("(block $full (loop $more (br_if $full (i32.eq (i32.const -1) (memory.grow (i32.const 1)))) (br $more)))"
                   " (i64.extend_i32_u (memory.size))")
TOUCH_EVERYTHING = (GROW_TO_THE_END.replace("(i64.extend_i32_u (memory.size))", "")
                    + " (memory.fill (i32.const 0) (i32.const 255) (i32.shl (memory.size) (i32.const 16)))"
                      " (i64.extend_i32_u (memory.size))")


@pytest.mark.parametrize("version", [1, 2])
def test_growing_page_by_page_stops_at_the_limit(guest, version):
    guest.create(module(allocator(), function(GROW_TO_THE_END), version=version))
    assert guest.call() == PAGES_MAX


@pytest.mark.parametrize("pages", [PAGES_MAX, 0x7FFFFFFF, 0xFFFFFFFF, 65536])
def test_growing_by_too_much_fails_and_changes_nothing(guest, pages):
    guest.create(module(function(f"(i64.add (i64.extend_i32_s (memory.grow (i32.const {pages})))"
                                 " (i64.extend_i32_u (memory.size)))")))
    assert guest.call() == -1 + 1


def test_every_row_may_find_memory_full(guest):
    guest.create(module(function(GROW_TO_THE_END)))
    assert [row[0] for row in guest.session.execute("SELECT f(v) FROM t")] == [PAGES_MAX] * 4


@pytest.mark.parametrize("pages", [PAGES_MAX + 1, 65536])
def test_a_memory_that_begins_too_large_is_refused(guest, pages):
    guest.refused(module(function("(local.get 0)"), memory=str(pages)),
                  f"memory (begins with|has a minimum byte size of) {pages * PAGE}")


def test_a_memory_as_large_as_the_limit_is_fine(guest):
    guest.create(module(function("(local.get 0)"), memory=str(PAGES_MAX)))
    assert guest.call() == 10


def test_no_room_for_arguments_in_a_full_memory(guest):
    """Version 1 leaves it to the host to make room; a guest whose memory can't grow leaves none."""
    guest.create(module(function("(local.get 0)"), memory="1 1"), signature="s text", returns="text")
    guest.fails(r"no memory left for the arguments, called with \('row 1'\)", what="f(s)")


def test_a_table_stops_growing_at_its_limit(guest):
    guest.create(module("(table $t 1 funcref)", function(
        "(block $full (loop $more (br_if $full (i32.eq (i32.const -1) (table.grow $t (ref.null func) (i32.const 100))))"
        " (br $more))) (i64.extend_i32_u (table.size $t))")))
    assert 1 <= guest.call() <= 20_000


def test_a_storm_of_guest_allocations(guest):
    """An allocator that grows for each call and never reuses: the row that finds no room is named."""
    guest.create(module(
        '(func (export "_scylla_malloc") (param i32) (result i32) (local i32)'
        " (if (i32.eq (i32.const -1) (local.tee 1 (memory.grow (i32.const 128)))) (then (return (i32.const 0))))"
        " (i32.shl (local.get 1) (i32.const 16)))",
        '(func (export "_scylla_free") (param i32))', function("(local.get 0)"), version=2), signature="s text", returns="text")
    guest.fails(r"no memory left for the arguments, called with \('row \d'\)", what="f(s)", where="")


def test_two_hundred_full_memories_are_given_back(guest):
    # A virtual machine's host may take 10 us for each page of 4 KiB that has not been used for long: more than the server's limit.
    guest.create(module(function(TOUCH_EVERYTHING)), options="WITH cpu_per_call_ms_max = 2000 AND cpu_per_statement_ms_max = 2000")
    call = "f(v)"
    for _ in range(20):
        assert guest.call(call) == PAGES_MAX
    guest.holds_no_more(lambda: [guest.call(call) for _ in range(200)])
