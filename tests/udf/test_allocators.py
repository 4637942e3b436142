"""Version 2's allocator is the guest's own: whatever it does, it does to itself alone."""

from __future__ import annotations

import pytest

from harness.wat import allocator, function, module, pair

IDENTITY = function("(local.get 0)")


def create(guest, malloc: str | None = None, free: str = "", f: str = IDENTITY, memory: str = "1") -> None:
    guest.create(module(allocator(malloc, free), f, version=2, memory=memory), signature="s text", returns="text")


def test_an_honest_one(guest):
    create(guest)
    assert sorted(guest.session.execute("SELECT s, f(s) FROM t")) == [(f"row {i}", f"row {i}") for i in range(4)]


@pytest.mark.parametrize("malloc, match", [
    ("unreachable", "wasm trap: `unreachable` instruction executed"),
    ("(i32.div_u (i32.const 1) (i32.const 0))", "integer divide by zero"),
    ("(loop $l (br $l)) unreachable", "more than 20 ms of CPU time"),
    ("(i32.const 0)", "no memory left for the arguments"),
    ("(i32.const -1)", "out of bounds memory access"),
    ("(i32.const 65535)", "out of bounds memory access"),
    ("(i32.const 0x7ffffff0)", "out of bounds memory access"),
])
def test_failing_and_lying(guest, malloc, match):
    create(guest, malloc=malloc)
    guest.fails(rf"{match}.*, called with \('row 1'\)", what="f(s)")


@pytest.mark.parametrize("free, match", [
    ("unreachable", "wasm trap: `unreachable` instruction executed"),
    ("(loop $l (br $l))", "more than 20 ms of CPU time"),
])
def test_a_free_that_fails(guest, free, match):
    create(guest, free=free)
    guest.fails(rf"{match}.*, called with \('row 1'\)", what="f(s)")


def test_freeing_twice_is_seen_by_the_guest_only(guest):
    """This guest frees its argument and returns it as well: the host frees it once more, and the allocator traps."""
    checked = ("(if (i32.load8_u (i32.sub (local.get 0) (i32.const 8))) (then (i32.store8 (i32.sub (local.get 0) (i32.const 8))"
               " (i32.const 0))) (else unreachable))")
    bump = ("(i32.store8 (global.get $top) (i32.const 1)) (global.set $top (i32.add (global.get $top) (i32.const 64)))"
            " (i32.sub (global.get $top) (i32.const 56))")
    once = function("(local.get 0)")
    create(guest, malloc=bump, free=checked, f=once)
    assert guest.call("f(s)") == "row 1"
    twice = function("(call $free (i32.wrap_i64 (local.get 0))) (local.get 0)")
    create(guest, malloc=bump, free=checked, f=twice)
    guest.fails(r"unreachable.*called with \('row 1'\)", what="f(s)")


def test_every_allocation_at_the_same_address(guest):
    """Arguments lie on top of each other; the guest sees its last one twice, and nobody else sees anything."""
    guest.create(module(allocator("(i32.const 2048)"), function("(local.get 0)", parameters="i64 i64"), version=2),
                 signature="s text, b text", returns="text")
    assert guest.call("f(s, 'other')") in ("other", "othe", "other1")


def test_allocations_inside_of_the_version_and_the_data(guest):
    create(guest, malloc="(i32.const 16)")
    assert guest.call("f(s)") == "row 1"
    guest.next_query_works()


def test_a_slow_allocator_is_charged_to_its_function(guest):
    slow = ("(local.set 1 (i32.const 0)) (loop $l (local.set 1 (i32.add (local.get 1) (i32.const 1)))"
            " (i32.store (i32.const 0) (local.get 1)) (br_if $l (i32.lt_u (local.get 1) (i32.const 100000000))))"
            " (i32.const 2048)")
    guest.create(module("(global $top (mut i32) (i32.const 0))"
                        f'(func (export "_scylla_malloc") (param i32) (result i32) (local i32) {slow})'
                        '(func (export "_scylla_free") (param i32))', IDENTITY, version=2),
                 signature="s text", returns="text")
    guest.fails(r"more than 20 ms of CPU time in one call, called with \('row 1'\)", what="f(s)")


def test_an_allocator_that_calls_the_function(guest):
    create(guest, malloc='(drop (call $g (i64.const 0))) (i32.const 2048)',
           f='(func $g (export "f") (param i64) (result i64) (local.get 0))')
    assert guest.call("f(s)") == "row 1"


def test_results_that_were_never_allocated(guest):
    """Freeing an address it never handed out is the guest's affair."""
    create(guest, f='(data (i32.const 512) "stolen")' + function(pair(6, 512)), free="")
    assert guest.call("f(s)") == "stolen"


@pytest.mark.parametrize("exports, match", [
    ("", "Malloc export not found - please export `_scylla_malloc`"),
    ('(func (export "_scylla_malloc") (param i32) (result i32) (i32.const 0))', "Free export not found - please export `_scylla_free`"),
    ('(func (export "_scylla_malloc") (param i64) (result i32) (i32.const 0)) (func (export "_scylla_free") (param i32))',
     r"Exported function _scylla_malloc must have the type \(i32\) -> \(i32\), it has \(i64\) -> \(i32\)"),
    ('(func (export "_scylla_malloc") (param i32) (result i32) (i32.const 0)) (func (export "_scylla_free"))',
     r"Exported function _scylla_free must have the type \(i32\) -> \(\), it has \(\) -> \(\)"),
    ('(global (export "_scylla_malloc") i32 (i32.const 0)) (func (export "_scylla_free") (param i32))',
     "Exported object _scylla_malloc is not a function"),
])
def test_modules_without_a_proper_allocator_are_refused(guest, exports, match):
    guest.refused(module(exports, IDENTITY, version=2), match, signature="s text", returns="text")


def test_two_hundred_failing_allocators_leave_nothing_behind(guest):
    create(guest, malloc="(i32.const 0)")
    guest.repeated("no memory left for the arguments", what="f(s)")
