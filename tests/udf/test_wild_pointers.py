"""Sizes and addresses that a guest hands out are checked before anything is read there."""

from __future__ import annotations

import pytest

from harness.wat import PAGE, allocator, function, module, pair

OUTSIDE = "its result lies outside of its memory"
NEGATIVE = "its result has a negative size"
WILD = {
    "one byte too long": (PAGE - 10 + 1, 10, OUTSIDE),
    "right behind the end": (1, PAGE, OUTSIDE),
    "far behind the end": (4, 0x7FFFFFF0, OUTSIDE),
    "at the end of the address space": (1, 0xFFFFFFFF, OUTSIDE),
    "wraps around": (32, 0xFFFFFFF0, OUTSIDE),
    "empty but outside": (0, PAGE + 1, OUTSIDE),
    "2 GiB": (0x7FFFFFFF, 0, OUTSIDE),
    "2 GiB at 4 GiB": (0x7FFFFFFF, 0xFFFFFFFF, OUTSIDE),
    "size -2": (-2, 0, NEGATIVE),
    "the most negative size": (-(1 << 31), 0, NEGATIVE),
    "negative at a wild address": (-7, 0xFFFFFFFF, NEGATIVE),
}
TYPES = ["text", "blob", "timestamp", "list<int>"]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("returns", TYPES)
@pytest.mark.parametrize("wild", WILD)
def test_wild_results_are_refused(guest, wild, returns, version):
    size, address, match = WILD[wild]
    guest.create(module(allocator(), function(pair(size, address)), version=version), returns=returns)
    guest.fails(rf"{match}, called with \(10\)")


@pytest.mark.parametrize("wild", WILD)
def test_wild_states_of_aggregates_are_refused(guest, wild):
    size, address, match = WILD[wild]
    guest.create(module(function(pair(size, address), parameters="i64 i64")), signature="state text, v bigint", returns="text")
    guest.session.execute("CREATE AGGREGATE a(bigint) SFUNC f STYPE text INITCOND ''")
    failure = guest.fails(f"{match}|its state lies outside of its memory", what="a(v)", where="")
    assert failure.function == "f"


def test_a_null_may_point_anywhere(guest):
    guest.create(module(function(pair(-1, 0xFFFFFFFF))), returns="text")
    assert guest.call() is None


def test_results_that_overlap_each_other_and_the_arguments(guest):
    """Each row answers with its own argument's bytes, moved by one onto themselves."""
    guest.create(module(function(
        "(memory.copy (i32.add (i32.const 1) (i32.wrap_i64 (local.get 0))) (i32.wrap_i64 (local.get 0))"
        " (i32.sub (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))) (i32.const 1)))"
        " (local.get 0)")), signature="s text", returns="text")
    assert sorted(guest.session.execute("SELECT s, f(s) FROM t")) == [(f"row {i}", "rrow ") for i in range(4)]


def test_the_whole_memory_as_a_result(guest):
    guest.create(module(function(pair(PAGE, 0))), returns="blob")
    for row in guest.session.execute("SELECT f(v) FROM t"):
        assert len(row[0]) == PAGE and row[0][16:17] == b"\1"


def test_a_result_as_large_as_a_memory_may_be(guest):
    """It fits the guest's memory and not the one its results are gathered in, or does: never anything between."""
    from conftest import LIMITS
    pages = LIMITS["function_memory_bytes_max"] // PAGE
    guest.create(module(function(pair(pages * PAGE, 0)), memory=str(pages)), returns="blob")
    guest.fails(r"its result is too large for one batch, called with \(10\)")
    guest.create(module(function(pair((pages - 2) * PAGE, 0)), memory=str(pages)), returns="blob")
    assert len(guest.call()) == (pages - 2) * PAGE


def test_an_address_of_the_version_outside_of_the_memory(guest):
    guest.refused('(module (memory (export "memory") 1) (global (export "_scylla_abi") i32 (i32.const -1))'
                  + function("(local.get 0)") + ")", "`_scylla_abi` is not an address in the module's memory")
    guest.refused('(module (memory (export "memory") 1) (global (export "_scylla_abi") i32 (i32.const 65533))'
                  + function("(local.get 0)") + ")", "`_scylla_abi` is not an address in the module's memory")


@pytest.mark.parametrize("version", [0, 4, 0x01000000, 0xFFFFFFFF])
def test_unknown_versions(guest, version):
    guest.refused('(module (memory (export "memory") 1) (global (export "_scylla_abi") i32 (i32.const 16))'
                  + f'(data (i32.const 16) "\\{version & 255:02x}\\{version >> 8 & 255:02x}\\{version >> 16 & 255:02x}\\{version >> 24:02x}")'
                  + function("(local.get 0)") + ")", f"ABI version {version} is not supported")


def test_two_hundred_wild_results_leave_nothing_behind(guest):
    guest.create(module(function(pair(4, 0x7FFFFFF0))), returns="text")
    guest.repeated(OUTSIDE)
