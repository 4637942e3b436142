"""Modules as large as modules get: they compile within the limits, or are refused with a sentence."""

from __future__ import annotations

import re
import time

import pytest
from cassandra import InvalidRequest

from conftest import LIMITS, MESSAGE_CHARACTERS_MAX
from harness.wat import as_base64, binary, function, identity, leb, module, name, section, sized, vector

IDENTITY = function("(local.get 0)")


def taken_or_refused(guest, body: str, match: str = "Compilation failed|exceed|limit|too (large|many|deep)", **declaration) -> bool:
    """Whether CREATE FUNCTION took the module; if so it works, if not it says why."""
    try:
        guest.create(body, **declaration)
    except InvalidRequest as refusal:
        assert len(str(refusal)) < MESSAGE_CHARACTERS_MAX
        assert re.search(match, str(refusal)), str(refusal)
        guest.next_query_works()
        return False
    assert guest.call() == 10
    guest.next_query_works()
    return True


def test_sixty_thousand_functions(guest):
    taken_or_refused(guest, module(IDENTITY, *("(func (result i32) (i32.const 1))" for _ in range(60_000))), "functions")


def test_ten_thousand_functions_that_call_each_other(guest):
    body = module(IDENTITY, "(func $f0 (param i64) (result i64) (local.get 0))",
                  *(f"(func $f{i} (param i64) (result i64) (call $f{i - 1} (local.get 0)))" for i in range(1, 10_000)))
    taken_or_refused(guest, body)


def test_a_million_functions(guest):
    body = binary(section(1, vector([b"\x60\x00\x00"])), section(3, vector([b"\x00"] * 1_000_001)),
                  section(10, vector([sized(b"\x00\x0b")] * 1_000_001)))
    guest.refused(as_base64(body), "Compilation failed: the module has 1000001 functions, at most")


@pytest.mark.parametrize("depth", [50, 1000, 100_000])
def test_blocks_nested_deeply(guest, depth):
    """In binary form, where no parser of parentheses has a say."""
    code = b"\x02\x40" * depth + b"\x0b" * depth
    body = as_base64(identity(codes=[sized(b"\x00" + code + b"\x20\x00\x0b")]))
    taken = taken_or_refused(guest, body)
    assert taken or depth > 1000


@pytest.mark.parametrize("depth", [1000, 100_000])
def test_parentheses_nested_deeply(guest, depth):
    body = module(function("(block " * depth + ")" * depth + "(local.get 0)"))
    taken_or_refused(guest, body, "Compilation failed")
    guest.refused("(" * depth, "Compilation failed")


def test_comments_nested_deeply(guest):
    taken_or_refused(guest, "(;" * 200_000 + ";)" * 200_000 + module(IDENTITY), "Compilation failed")


@pytest.mark.parametrize("count", [49_999, 50_001, 0xFFFFFFFF])
def test_huge_locals(guest, count):
    body = as_base64(identity(codes=[sized(vector([leb(count) + b"\x7e"]) + b"\x20\x00\x0b")]))
    assert taken_or_refused(guest, body, "Compilation failed.*too many locals") == (count < 50_000)


def test_locals_whose_counts_overflow(guest):
    groups = vector([leb(0x80000000) + b"\x7f", leb(0x80000000) + b"\x7e", leb(7) + b"\x7f"])
    assert not taken_or_refused(guest, as_base64(identity(codes=[sized(groups + b"\x20\x00\x0b")])), "Compilation failed.*locals")


def test_a_thousand_parameters(guest):
    signature = ", ".join(f"a{i} bigint" for i in range(1000))
    try:
        guest.create(module(function("(local.get 999)", parameters="i64 " * 1000)), signature=signature)
    except InvalidRequest as refusal:
        assert "argument" in str(refusal) or "Compilation" in str(refusal)
    else:
        assert guest.call("f(" + ", ".join(["v"] * 1000) + ")") == 10


def test_a_long_function(guest):
    """Straight code of a hundred thousand instructions: compiled in time, or refused; the neighbour is served meanwhile."""
    code = b"\x20\x00" + b"\x42\x01\x7c" * 50_000 + b"\x42\xd0\x86\x03\x7d\x0b"
    taken_or_refused(guest, as_base64(identity(codes=[sized(b"\x00" + code)])), "Compil|compil")


def test_huge_data_segments(guest):
    guest.create(module(f'(data (i32.const 1024) "{"x" * (4 << 20)}")', function("(i64.load8_u (i32.const 4000000))"), memory="80"))
    assert guest.call() == ord("x")


def test_a_hundred_thousand_data_segments(guest):
    body = module(*(f'(data (i32.const {1024 + i}) "x")' for i in range(100_000)), function("(i64.load8_u (i32.const 5000))"), memory="2")
    try:
        guest.create(body)
    except InvalidRequest as refusal:
        assert "data segments" in str(refusal)
    else:
        assert guest.call() == ord("x")


def test_huge_element_segments(guest):
    body = module(f"(table 20000 funcref) (elem (i32.const 0) {'$g ' * 20_000}) (func $g)", IDENTITY)
    assert taken_or_refused(guest, body)
    guest.refused(module(f"(table 20001 funcref) (elem (i32.const 0) {'$g ' * 20_001}) (func $g)", IDENTITY),
                  "table")


def test_a_br_table_of_sixty_thousand(guest):
    code = b"\x02\x40" + b"\x41\x05\x0e" + vector([b"\x00"] * 60_000) + b"\x00" + b"\x0b\x20\x00\x0b"
    taken_or_refused(guest, as_base64(identity(codes=[sized(b"\x00" + code)])))


def test_a_body_of_16_mib(guest):
    """A literal of 16 MiB is read, parsed and compiled (its bulk is data) in seconds, in both forms."""
    # Two bytes short of what the memory holds, as the version lies before it.
    bulk = 12 << 20
    data = section(11, vector([b"\x00\x41\x10\x0b" + name(b"\x01"), b"\x00\x41" + b"\x80\x80\x04" + b"\x0b" + leb(bulk) + b"x" * bulk]))
    whole = identity()
    body = as_base64(whole[:whole.index(section(11, vector([b"\x00\x41\x10\x0b" + name(b"\x01")])))]
                     .replace(section(5, vector([b"\x00" + leb(1)])), section(5, vector([b"\x00" + leb(200)]))) + data)
    assert len(body) > 16 << 20
    began = time.monotonic()
    guest.create(body)
    assert time.monotonic() - began < 30
    assert guest.call() == 10
    text = module(IDENTITY, f'(data (i32.const 65536) "{"x" * bulk}")', memory="200") + " " * ((16 << 20) - bulk)
    guest.create(text)
    assert guest.call() == 10


def test_a_body_beyond_the_limit(guest):
    limit = LIMITS["function_body_bytes_max"]
    body = module(IDENTITY) + " " * limit
    guest.refused(body, f"The body of a function is limited to {limit} bytes, this one has {len(body)}")


def test_custom_sections_of_megabytes(guest):
    """Debug information and the like is skipped."""
    guest.create(as_base64(identity(after=section(0, name(".debug_info") + b"\xff" * (4 << 20)))))
    assert guest.call() == 10


@pytest.mark.parametrize("count", [1000, 100_000])
def test_many_types_globals_and_exports(guest, count):
    body = module(IDENTITY, *(f'(global (export "g{i}") (mut i64) (i64.const {i}))' for i in range(count)))
    taken_or_refused(guest, body, "Compilation failed|size|limit|globals")


def test_two_hundred_large_modules_leave_nothing_behind(guest):
    """Each is another module, so that none comes out of the cache."""
    def run(first: int, times: int) -> None:
        for i in range(first, first + times):
            guest.create(module(f'(data (i32.const 1024) "{i:010d}{"x" * (256 << 10)}")', IDENTITY, memory="8"))
            assert guest.call() == 10
    run(0, 20)
    guest.holds_no_more(lambda: run(20, 200))
