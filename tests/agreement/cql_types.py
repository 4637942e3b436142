"""CQL types as the generator sees them: random types, and random values of each, as the text of a
literal and as the bytes a driver would send for a bind marker.

Values come from small pools, so that keys meet again, cells are overwritten and comparisons have ties.
"""

from __future__ import annotations

import datetime
import decimal
import random
import uuid
from dataclasses import dataclass

from cassandra import cqltypes, util

PROTOCOL_VERSION = 5


class Pairs:
    """A mapping for the driver's serialiser whose keys need not be hashable."""

    def __init__(self, pairs):
        self._pairs = pairs

    def items(self):
        return self._pairs

    def __len__(self):
        return len(self._pairs)


@dataclass(frozen=True)
class Value:
    """A term: what stands in a statement's text, and the bytes behind a bind marker in its place
    (None is null). A value without bytes of its own, `bindable` False, is always written as text."""

    text: str
    data: bytes | None = None
    bindable: bool = True


NULL = Value("null", None)


class Type:
    """A CQL type. `text` as in CREATE TABLE inside a frozen context or outside of one."""

    frozen = True

    def text(self) -> str:
        raise NotImplementedError

    def driver(self):
        """The driver's class that serialises values."""
        raise NotImplementedError

    def sample(self, rng: random.Random) -> tuple[str, object]:
        """A literal and the same as the driver takes it."""
        raise NotImplementedError

    def multi_cell(self) -> bool:
        return False

    def contains(self, name: str) -> bool:
        return False

    def value(self, rng: random.Random) -> Value:
        text, native = self.sample(rng)
        return Value(text, self.driver().to_binary(native, PROTOCOL_VERSION))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


UTC = datetime.timezone.utc


def timestamp(milliseconds: int) -> datetime.datetime:
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=milliseconds)


# name -> (driver's class, [(literal, native), ...]). Several spellings of one value are wanted.
POOLS: dict[str, tuple[object, list[tuple[str, object]]]] = {
    "ascii": (cqltypes.AsciiType, [("'a'", "a"), ("'b'", "b"), ("''", ""), ("'a b'", "a b"), ("'it''s'", "it's"), ("$$x$$", "x")]),
    "bigint": (cqltypes.LongType, [
        ("0", 0), ("1", 1), ("-1", -1), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("42", 42), ("1000000007", 1000000007)]),
    "blob": (cqltypes.BytesType, [("0x", b""), ("0x00", b"\0"), ("0xcafe", b"\xca\xfe"), ("0xCAFEBABE", b"\xca\xfe\xba\xbe"), ("0xff", b"\xff")]),
    "boolean": (cqltypes.BooleanType, [("true", True), ("false", False), ("TRUE", True), ("False", False)]),
    "date": (cqltypes.SimpleDateType, [
        ("'1970-01-01'", util.Date(0)), ("'2024-02-29'", util.Date(19782)), ("'1969-12-31'", util.Date(-1)), ("2147483648", util.Date(0)), ("'2026-11-22'", util.Date(20779))]),
    "decimal": (cqltypes.DecimalType, [
        ("0", decimal.Decimal("0")), ("7", decimal.Decimal("7")), ("1.0", decimal.Decimal("1.0")), ("-3.14", decimal.Decimal("-3.14")),
        ("1e3", decimal.Decimal("1E+3")), ("123456789012345678901234567890.5", decimal.Decimal("123456789012345678901234567890.5")), ("2.50", decimal.Decimal("2.50"))]),
    "double": (cqltypes.DoubleType, [
        ("0", 0.0), ("-0.0", -0.0), ("1.5", 1.5), ("-1.5", -1.5), ("1e300", 1e300), ("NaN", float("nan")), ("Infinity", float("inf")), ("-Infinity", float("-inf")), ("7", 7.0)]),
    "duration": (cqltypes.DurationType, [
        ("1h", util.Duration(0, 0, 3600 * 10**9)), ("1mo2d", util.Duration(1, 2, 0)), ("-2d", util.Duration(0, -2, 0)), ("P1Y", util.Duration(12, 0, 0)),
        ("PT5M", util.Duration(0, 0, 300 * 10**9)), ("2w", util.Duration(0, 14, 0)), ("1ns", util.Duration(0, 0, 1)), ("0s", util.Duration(0, 0, 0))]),
    "float": (cqltypes.FloatType, [("0", 0.0), ("1.25", 1.25), ("-2.5", -2.5), ("NaN", float("nan")), ("Infinity", float("inf")), ("3", 3.0)]),
    "inet": (cqltypes.InetAddressType, [("'127.0.0.1'", "127.0.0.1"), ("'10.0.0.2'", "10.0.0.2"), ("'::1'", "::1"), ("'2001:db8::2'", "2001:db8::2"), ("'255.255.255.255'", "255.255.255.255")]),
    "int": (cqltypes.Int32Type, [("0", 0), ("1", 1), ("-1", -1), ("2", 2), ("2147483647", 2**31 - 1), ("-2147483648", -(2**31)), ("3", 3)]),
    "smallint": (cqltypes.ShortType, [("0", 0), ("1", 1), ("-1", -1), ("32767", 32767), ("-32768", -32768)]),
    "text": (cqltypes.UTF8Type, [("'a'", "a"), ("'b'", "b"), ("''", ""), ("'Zürich'", "Zürich"), ("'z'", "z"), ("'a''b'", "a'b"), ("$$d'ollar$$", "d'ollar"), ("'日本'", "日本")]),
    "time": (cqltypes.TimeType, [("'00:00:00'", util.Time(0)), ("'12:34:56.789'", util.Time(45296789000000)), ("'23:59:59.999999999'", util.Time(86399999999999)), ("1000000000", util.Time(10**9))]),
    "timestamp": (cqltypes.DateType, [
        ("0", timestamp(0)), ("'1970-01-01 00:00:00+0000'", timestamp(0)), ("'2024-02-29T12:00:00Z'", timestamp(1709208000000)),
        ("'2026-11-22 21:36:26.123+0100'", timestamp(1795379786123)), ("-1", timestamp(-1)), ("1709208000001", timestamp(1709208000001))]),
    "timeuuid": (cqltypes.TimeUUIDType, [(text, uuid.UUID(text)) for text in (
        "50554d6e-29bb-11e5-b345-feff819cdc9f", "50554d6e-29bb-11e5-8080-808080808080", "13814000-1dd2-11b2-7f7f-7f7f7f7f7f7f", "00000000-0000-1000-8000-000000000000")]),
    "tinyint": (cqltypes.ByteType, [("0", 0), ("1", 1), ("-1", -1), ("127", 127), ("-128", -128)]),
    "uuid": (cqltypes.UUIDType, [(text, uuid.UUID(text)) for text in (
        "123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff",
        "50554d6e-29bb-11e5-b345-feff819cdc9f", "6fa459ea-ee8a-3ca4-894e-db77e160355e")]),
    "varint": (cqltypes.IntegerType, [("0", 0), ("1", 1), ("-1", -1), ("128", 128), ("-129", -129), ("123456789012345678901234567890", 123456789012345678901234567890)]),
}
NUMBERS = ("tinyint", "smallint", "int", "bigint", "varint", "decimal", "float", "double")
# Types whose empty value (no bytes at all) is not null and not an ordinary value either.
EMPTY_ALLOWED = frozenset(POOLS) - {"text", "ascii", "blob", "tinyint", "smallint", "date", "time", "duration"}


@dataclass(frozen=True)
class Native(Type):
    name: str

    def text(self) -> str:
        return self.name

    def driver(self):
        return POOLS[self.name][0]

    def sample(self, rng):
        return rng.choice(POOLS[self.name][1])

    def value(self, rng):
        if self.name in EMPTY_ALLOWED and rng.random() < 0.02:
            return Value(f"blob_as_{self.name}(0x)", b"")
        return super().value(rng)


class _Compound(Type):
    frozen = False

    def multi_cell(self) -> bool:
        return not self.frozen

    def _wrap(self, text: str) -> str:
        return f"frozen<{text}>" if self.frozen else text


@dataclass(frozen=True)
class List(_Compound):
    element: Type
    frozen: bool

    def text(self):
        return self._wrap(f"list<{self.element.text()}>")

    def driver(self):
        return cqltypes.ListType.apply_parameters([self.element.driver()])

    def sample(self, rng):
        parts = [self.element.sample(rng) for _ in range(rng.choice((0, 1, 2, 3)))]
        return "[" + ", ".join(text for text, _ in parts) + "]", [native for _, native in parts]

    def contains(self, name):
        return names_type(self.element, name)


@dataclass(frozen=True)
class Set(_Compound):
    element: Type
    frozen: bool

    def text(self):
        return self._wrap(f"set<{self.element.text()}>")

    def driver(self):
        return cqltypes.SetType.apply_parameters([self.element.driver()])

    def sample(self, rng):
        parts = [self.element.sample(rng) for _ in range(rng.choice((0, 1, 2, 3)))]
        return "{" + ", ".join(text for text, _ in parts) + "}", [native for _, native in parts]

    def contains(self, name):
        return names_type(self.element, name)


@dataclass(frozen=True)
class Map(_Compound):
    key: Type
    element: Type
    frozen: bool

    def text(self):
        return self._wrap(f"map<{self.key.text()}, {self.element.text()}>")

    def driver(self):
        return cqltypes.MapType.apply_parameters([self.key.driver(), self.element.driver()])

    def sample(self, rng):
        # A key given twice in one literal means different things in INSERT and in UPDATE there.
        sampled = [(self.key.sample(rng), self.element.sample(rng)) for _ in range(rng.choice((0, 1, 2, 3)))]
        parts = list({self.key.driver().to_binary(k[1], PROTOCOL_VERSION): (k, v) for k, v in sampled}.values())
        return ("{" + ", ".join(f"{k[0]}: {v[0]}" for k, v in parts) + "}", Pairs([(k[1], v[1]) for k, v in parts]))

    def contains(self, name):
        return names_type(self.key, name) or names_type(self.element, name)


@dataclass(frozen=True)
class Tuple(Type):
    parts: tuple[Type, ...]

    def text(self):
        return f"tuple<{', '.join(part.text() for part in self.parts)}>"

    def driver(self):
        return cqltypes.TupleType.apply_parameters([part.driver() for part in self.parts])

    def sample(self, rng):
        parts = [part.sample(rng) if rng.random() < 0.9 else ("null", None) for part in self.parts]
        return "(" + ", ".join(text for text, _ in parts) + ")", tuple(native for _, native in parts)

    def contains(self, name):
        return any(names_type(part, name) for part in self.parts)


@dataclass(frozen=True)
class Vector(Type):
    element: Type
    dimension: int

    def text(self):
        return f"vector<{self.element.text()}, {self.dimension}>"

    def driver(self):
        return cqltypes.VectorType.apply_parameters([self.element.driver(), self.dimension], None)

    def sample(self, rng):
        parts = [self.element.sample(rng) for _ in range(self.dimension)]
        return "[" + ", ".join(text for text, _ in parts) + "]", [native for _, native in parts]

    def contains(self, name):
        return names_type(self.element, name)


@dataclass(frozen=True)
class UserType(_Compound):
    keyspace: str
    name: str
    fields: tuple[tuple[str, Type], ...]
    frozen: bool

    def text(self):
        return self._wrap(self.name)

    def driver(self):
        return cqltypes.UserType.make_udt_class(
            self.keyspace, self.name.strip('"'), [name.strip('"') for name, _ in self.fields], [part.driver() for _, part in self.fields])

    def sample(self, rng):
        # Trailing and other fields may be left out.
        chosen = [(name, part.sample(rng)) if rng.random() < 0.8 else (name, ("null", None)) for name, part in self.fields]
        texts = [f"{name}: {sample[0]}" for name, sample in chosen if sample[1] is not None or rng.random() < 0.5]
        if not texts:
            texts = [f"{self.fields[0][0]}: null"]
        return "{" + ", ".join(texts) + "}", tuple(sample[1] for _, sample in chosen)

    def contains(self, name):
        return any(names_type(part, name) for _, part in self.fields)


def names_type(kind: Type, name: str) -> bool:
    return (isinstance(kind, Native) and kind.name == name) or kind.contains(name)


def random_native(rng: random.Random, exclude: tuple[str, ...] = ()) -> Native:
    return Native(rng.choice([name for name in POOLS if name not in exclude]))


def random_type(rng: random.Random, user_types: list[UserType], depth: int = 0, frozen: bool = False,
                exclude: tuple[str, ...] = ()) -> Type:
    """`frozen`: the place asks for a frozen type (keys, elements)."""
    if depth >= 3 or rng.random() < (0.45 if depth == 0 else 0.7):
        return random_native(rng, exclude)
    inner = lambda excluded=exclude: random_type(rng, user_types, depth + 1, True, excluded)  # noqa: E731
    no_duration = exclude + ("duration",)
    is_frozen = frozen or rng.random() < 0.35
    kind = rng.choice(("list", "set", "map", "list", "set", "map", "tuple", "vector", "udt"))
    if kind == "list":
        return List(inner(), is_frozen)
    if kind == "set":
        return Set(inner(no_duration), is_frozen)
    if kind == "map":
        return Map(inner(no_duration), inner(), is_frozen)
    if kind == "tuple":
        return Tuple(tuple(inner() for _ in range(rng.choice((1, 2, 3)))))
    if kind == "vector":
        return Vector(Native(rng.choice(("float", "int", "text", "double"))), rng.choice((1, 2, 3)))
    usable = [one for one in user_types if not any(one.contains(name) for name in exclude)]
    if not usable:
        return random_native(rng, exclude)
    chosen = rng.choice(usable)
    return UserType(chosen.keyspace, chosen.name, chosen.fields, is_frozen)
