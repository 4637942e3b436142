"""What the modules of every toolchain must answer: each function with its declaration, arguments, and the answer as Python computes it.

A module exports `same`, `nothing`, `was_null`, `length_of` for every type, and others of the names in CALLS.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cassandra.util import Date, Duration, OrderedMapSerializedKey, SortedSet, Time

PERSON = "CREATE TYPE person (name text, age int, tags frozen<list<text>>)"
TIMEUUID = uuid.UUID("50554d6e-29bb-11e5-b345-feff819cdc9f")
D, DAY = decimal.Decimal, datetime.date

# Every CQL type with values of it; the driver takes and gives the same.
VALUES: dict[str, list[Any]] = {
    "ascii": ["", "plain", "~" * 300],
    "text": ["", "für", "日本語 \U0001f600", "x" * 100_000],
    "varchar": ["a", "b\0c"],
    "blob": [b"", b"\0\xff", bytes(range(256)) * 300],
    "boolean": [True, False],
    "tinyint": [0, -1, 127, -128],
    "smallint": [0, -1, 32767, -32768],
    "int": [0, -1, 2**31 - 1, -(2**31)],
    "bigint": [0, -1, 2**63 - 1, -(2**63)],
    "float": [0.0, -1.5, float("inf"), 2.0**-149],
    "double": [0.0, -1.5, float("-inf"), 5e-324, 1.7976931348623157e308],
    "decimal": [D("0"), D("-1.50"), D("1E+20"), D("123456789012345678901234567890.123456789")],
    "varint": [0, -1, 127, 128, -129, 10**60, -(10**60)],
    "date": [Date(0), Date(-1), Date(2**31 - 1), Date(-(2**31)), Date(DAY(2024, 2, 29))],
    "time": [Time(0), Time(86_399_999_999_999), Time(1)],
    "timestamp": [datetime.datetime(1970, 1, 1), datetime.datetime(2024, 2, 29, 23, 59, 59, 999000), datetime.datetime(1900, 1, 1)],
    "duration": [Duration(0, 0, 0), Duration(1, 2, 3), Duration(-1, -2, -3), Duration(2**31 - 1, 2**31 - 1, 2**63 - 1)],
    "uuid": [uuid.UUID(int=0), uuid.UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479"), uuid.UUID(int=2**128 - 1)],
    "timeuuid": [TIMEUUID],
    "inet": ["127.0.0.1", "255.255.255.255", "::1", "2001:db8::ff00:42:8329"],
    "list<int>": [[1, -2, 3], [0] * 5000],
    "list<text>": [["a", "", "für"]],
    "set<text>": [SortedSet(["a", "b"])],
    "map<text, int>": [{"a": 1, "b": -2}],
    "map<int, frozen<list<text>>>": [{1: ["x", "y"], 2: []}],
    "tuple<int, text>": [(1, "a"), (None, "b"), (3, None)],
    "tuple<int, frozen<tuple<text, boolean>>>": [(1, ("a", True))],
    "vector<float, 3>": [[1.0, -2.5, 0.0]],
    "vector<text, 2>": [["a", "long " * 100]],
    "list<frozen<map<text, frozen<set<int>>>>>": [[{"a": SortedSet([1, 2])}, {"b": SortedSet([3])}]],
    "person": [("Ada", 36, ["first", "second"]), ("Nobody", None, None)],
    "list<frozen<person>>": [[("Ada", 36, ["x"])]],
}
# In functions that are not called for nulls, these are passed as numbers of WebAssembly's own.
NUMBERS = {"boolean": "i32", "tinyint": "i32", "smallint": "i32", "int": "i32", "bigint": "i64", "float": "f32", "double": "f64"}


def comparable(value: Any) -> Any:
    """A value as every form that the driver has for it is equal: sets and maps of its own classes, UDTs as tuples."""
    if isinstance(value, (OrderedMapSerializedKey, dict)):
        return {"map": sorted((repr(comparable(key)), comparable(item)) for key, item in value.items())}
    if isinstance(value, (SortedSet, set, frozenset)):
        return {"set": sorted(repr(comparable(item)) for item in value)}
    if isinstance(value, (list, tuple)):
        return [comparable(item) for item in value]
    return value


@dataclass
class Call:
    name: str
    signature: str
    returns: str
    arguments: list[tuple]
    expected: Callable[..., Any]
    null: str = "RETURNS NULL"


def fib(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


CALLS = [
    Call("fib", "n bigint", "bigint", [(0,), (1,), (20,), (None,)], fib),
    Call("half", "v double", "double", [(5.0,), (-0.5,), (float("inf"),)], lambda v: v / 2),
    Call("negation", "v boolean", "boolean", [(True,), (False,), (None,)], lambda v: not v),
    Call("added", "a bigint, b bigint", "bigint", [(1, 2), (2**62, -(2**62)), (None, 1), (1, None)], lambda a, b: a + b),
    Call("reversed", "s text", "text", [("",), ("abc",), ("für \U0001f600",), (None,)], lambda s: s[::-1]),
    Call("repeated", "s text, n int", "text", [("ab", 3), ("x", 0), ("für", 50_000), ("ä", None)], lambda s, n: s * n),
    Call("or_else", "a text, b text", "text", [("a", "b"), (None, "b"), ("a", None), (None, None), ("", "b")],
         lambda a, b: b if a is None else a, null="CALLED"),
    Call("sum_of", "l list<int>", "bigint", [([1, -2, 3],), ([2**31 - 1] * 10,), (None,)], sum),
    Call("joined", "l list<text>", "text", [(["a", "b"],), (["für"],), (["", ""],), (None,)], ",".join),
    Call("keys_of", "m map<text, int>", "list<text>", [({"b": 1, "a": 2},), ({"x": 1},), (None,)], lambda m: sorted(m)),
    Call("swapped", "t tuple<int, text>", "tuple<text, int>", [((1, "a"),), ((None, "b"),), ((3, None),)], lambda t: (t[1], t[0])),
    Call("older", "p person", "person", [(("Ada", 36, ["x"]),), (("Nobody", None, None),)],
         lambda p: (p[0], None if p[1] is None else p[1] + 1, p[2])),
    Call("dot", "a vector<float, 3>, b vector<float, 3>", "float", [([1.0, 2.0, 3.0], [0.5, -1.0, 2.0])],
         lambda a, b: sum(x * y for x, y in zip(a, b))),
    Call("tomorrow", "d date", "date", [(Date(0),), (Date(-1),), (Date(DAY(2024, 2, 28)),)], lambda d: Date(d.days_from_epoch + 1)),
    Call("hour_later", "t timestamp", "timestamp", [(datetime.datetime(1969, 12, 31, 23, 30),), (datetime.datetime(2024, 1, 1),)],
         lambda t: t + datetime.timedelta(hours=1)),
    Call("is_v6", "a inet", "boolean", [("127.0.0.1",), ("::1",), (None,)], lambda a: ":" in a),
    Call("version_of", "u uuid", "tinyint", [(uuid.UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479"),), (TIMEUUID,)], lambda u: u.version),
    Call("scale_of", "d decimal", "int", [(D("1.50"),), (D("7"),), (D("1E+3"),)], lambda d: -d.as_tuple().exponent),
    Call("is_negative", "v varint", "boolean", [(0,), (-1,), (10**40,), (-(10**40),)], lambda v: v < 0),
]
