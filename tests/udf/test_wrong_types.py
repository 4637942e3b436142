"""A result that is no value of the declared type is an error, for every CQL type; nothing else reaches a table."""

from __future__ import annotations

import math
import struct

import pytest

from harness.wat import allocator, bytes_literal, function, module, pair


def i32(number: int) -> bytes:
    return struct.pack(">i", number)


def item(value: bytes) -> bytes:
    return i32(len(value)) + value


ONE, TEXT = item(i32(1)), item(b"x")
WRONG = {
    "boolean": [b"\0\0", b"\1" * 8],
    "tinyint": [b"\0\0"], "smallint": [b"\0", b"\0\0\0"], "int": [b"\0\0\0", b"\0" * 5, b"\0" * 8],
    "bigint": [b"\0" * 4, b"\0" * 7, b"\0" * 9], "float": [b"\0" * 8, b"\0" * 3], "double": [b"\0" * 4, b"\0" * 9],
    "date": [b"\0" * 8, b"\0" * 3], "time": [b"\0" * 4, b"\xff" * 8, struct.pack(">q", 86_400_000_000_000)],
    "timestamp": [b"\0" * 4, b"\0" * 7], "counter": [b"\0" * 4],
    "uuid": [b"\0" * 15, b"\0" * 17], "timeuuid": [b"\0" * 8, bytes(6) + b"\x40" + bytes(9)],
    "inet": [b"\0" * 5, b"\0" * 15, b"\0" * 3], "ascii": [b"\xff"], "text": [b"\xff"],
    "decimal": [b"\0\0\0", b"\0"], "duration": [b"", b"\0", b"\0\0", b"\0\0\0\0", b"\xff" * 27, b"\x02\x01\x01"],
    "list<int>": [b"\0", b"\0\0\0", i32(1), i32(2) + ONE, i32(-1), i32(1) + item(b"xx"), i32(1) + ONE + b"\0", i32(0x7FFFFFFF)],
    "set<text>": [i32(1), i32(1) + item(b"\xff"), i32(0x7FFFFFFF) + TEXT],
    "map<int, text>": [i32(1) + ONE, i32(1) + TEXT + TEXT, i32(1) + ONE + TEXT + b"x", i32(-5)],
    "tuple<int, text>": [i32(4), item(b"xxx") + TEXT, ONE + TEXT + ONE, i32(100) + b"x"],
    "vector<float, 3>": [b"\0" * 8, b"\0" * 16, b"\0" * 11], "vector<text, 2>": [b"\5x", b"\1x\1y\1z"],
    "list<frozen<map<int, text>>>": [i32(1) + item(i32(1)), i32(1) + item(i32(1) + TEXT + ONE)],
    "address": [i32(4), item(b"\xff") + TEXT, TEXT + item(b"xx"), TEXT + ONE + TEXT],
}
CASES = [(returns, i) for returns, values in WRONG.items() for i in range(len(values))]


@pytest.fixture
def typed_guest(guest):
    guest.session.execute("CREATE TYPE address (street text, number int)")
    return guest


def constant(value: bytes, version: int) -> str:
    return module(f'(data (i32.const 64) "{bytes_literal(value)}")', allocator(),
                  '(func (export "f") (param i64) (result i64) ' + pair(len(value), 64) + ")", version=version)


@pytest.mark.parametrize("returns, number", CASES)
def test_a_wrong_value_is_an_error(typed_guest, returns, number):
    guest = typed_guest
    value = WRONG[returns][number]
    guest.create(constant(value, version=number % 2 + 1), returns=returns, null="CALLED")
    match = "its result (is not a valid|has the wrong size for its type)"
    guest.fails(rf"{match}.*", what="f(v)")
    column = {"counter": "bigint", "address": "frozen<address>"}.get(returns, returns)
    guest.session.execute(f"CREATE TABLE written (id int PRIMARY KEY, w {column})")
    with pytest.raises(Exception, match=match) as caught:
        guest.session.execute("INSERT INTO written (id, w) VALUES (1, f(10))")
    guest.names_itself(caught.value)
    assert guest.session.execute("SELECT id FROM written").one() is None


@pytest.mark.parametrize("wrong, right", [
    ("text", i32(1) + ONE), ("int", b"\0" * 8),
])
def test_the_declared_type_decides_not_the_module(guest, wrong, right):
    guest.create(constant(right, 1), returns=wrong, null="CALLED")
    if wrong == "text":
        assert guest.call() == right.decode()
    else:
        guest.fails("wrong size for its type")


def test_the_row_is_named(guest):
    guest.create(module(function(
        "(if (i64.eq (i64.load (i32.wrap_i64 (local.get 0))) (i64.const 0x1400000000000000)) (then (return " + pair(3, 0) + ")))"
        " (local.get 0)")), null="CALLED")
    guest.fails(r"its result has the wrong size for its type, called with \(20\)", where="")


@pytest.mark.parametrize("pattern", [0x7FC00000, 0x7F800001, 0xFFC12345])
def test_any_bit_pattern_of_a_float_is_one(guest, pattern):
    guest.create(module(function(f"(f32.reinterpret_i32 (i32.const {pattern}))", returns="f32")), returns="float")
    assert math.isnan(guest.call())


@pytest.mark.parametrize("returns, value, answer", [
    ("tinyint", 0x1FF, -1), ("smallint", 0x18000, -32768), ("boolean", 2, True), ("boolean", -1, True), ("int", -1, -1),
])
def test_bits_beyond_a_narrow_type_are_cut(guest, returns, value, answer):
    guest.create(module(function(f"(i32.const {value})", returns="i32")), returns=returns)
    assert guest.call() == answer


def test_two_hundred_wrong_values_leave_nothing_behind(guest):
    guest.create(constant(i32(0x7FFFFFFF), 1), returns="list<int>")
    guest.repeated("its result is not a valid list<int>")
