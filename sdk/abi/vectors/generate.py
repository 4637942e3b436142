#!/usr/bin/env python3
"""Writes the vectors of the batch interface: generate.py [DIRECTORY]. From the specification alone."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

MEMORY_BYTES = 65536
ADDRESS = 64

# CQL type -> the letter of struct for its array; other types are serialised.
FIXED = {
    "boolean": "b", "tinyint": "b", "smallint": "h", "int": "i", "date": "I",
    "bigint": "q", "counter": "q", "timestamp": "q", "time": "q", "float": "f", "double": "d",
}


def hexed(value: bytes | None) -> str:
    return "null" if value is None else value.hex() or "empty"


def sized(value: bytes | None) -> bytes:
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def collection(*elements: bytes, count: int | None = None) -> bytes:
    return struct.pack(">i", len(elements) if count is None else count) + b"".join(map(sized, elements))


def number(letter: str, value) -> bytes:
    return struct.pack(">" + letter, value)


INT = [number("i", v) for v in (0, 1, -1, 2**31 - 1, -(2**31))]
UUID = bytes(range(16))
TIMEUUID = bytes.fromhex("8e14e760b25c11eeb9620242ac120002")

# Two or more values of each type.
VALUES: dict[str, list[bytes]] = {
    "boolean": [b"\x01", b"\x00"],
    "tinyint": [number("b", v) for v in (1, -1, 127, -128)],
    "smallint": [number("h", v) for v in (1, -2, 32767, -32768)],
    "int": INT,
    "date": [number("I", v) for v in (2**31, 0, 2**32 - 1)],
    "bigint": [number("q", v) for v in (1, -1, 2**63 - 1, -(2**63), 0x0102030405060708)],
    "counter": [number("q", v) for v in (5, -5)],
    "timestamp": [number("q", v) for v in (1_700_000_000_123, -1)],
    "time": [number("q", v) for v in (0, 86_399_999_999_999)],
    "float": [number("f", v) for v in (1.5, -0.0, float("inf"))],
    "double": [number("d", v) for v in (1.5, -0.1, float("-inf"))],
    "ascii": [b"plain", b"", b"\x7f"],
    "text": [b"word", b"", "Grüße, 世界 🙂".encode(), b"x" * 100],
    "blob": [b"\x00\xff", b"", bytes(range(33))],
    "varint": [b"\x00", b"\x80", b"\x01" + bytes(20)],
    "decimal": [number("i", 2) + b"\x30\x39", number("i", -3) + b"\xff"],
    "inet": [bytes([127, 0, 0, 1]), bytes(15) + b"\x01"],
    "uuid": [UUID, bytes(16)],
    "timeuuid": [TIMEUUID],
    "duration": [b"\x02\x04\x06", b"\x01\x01\x01"],
    "list<int>": [collection(*INT), collection()],
    "set<text>": [collection(b"a", b"b"), collection()],
    "map<text, int>": [collection(b"k", INT[1], b"l", INT[2], count=2), collection()],
    "tuple<int, text>": [sized(INT[1]) + sized(b"t"), sized(None) + sized(b""), sized(None) + sized(None)],
    "vector<float, 2>": [number("f", 1.5) + number("f", -2.0)],
    "list<frozen<list<int>>>": [collection(collection(INT[3]), collection())],
}


# ---- The layout -------------------------------------------------------------------------------------------


@dataclass
class Buffer:
    """Pieces one after the other, each at a multiple of 8."""

    base: int
    content: bytearray = field(default_factory=bytearray)

    def put(self, piece: bytes) -> int:
        where = self.base + len(self.content)
        self.content += piece + bytes(-len(piece) % 8)
        return where


def bitmap(present: list[bool]) -> bytes:
    made = bytearray((len(present) + 7) // 8)
    for i, is_present in enumerate(present):
        made[i >> 3] |= is_present << (i & 7)
    return bytes(made)


def array(cql: str, values: list[bytes | None]) -> bytes:
    """The native array of a fixed-width column: the same numbers, little-endian."""
    return b"".join(bytes(struct.calcsize(FIXED[cql])) if v is None else v[::-1] for v in values)


def offsets_and_data(values: list[bytes | None], start: int = 0) -> tuple[bytes, bytes]:
    offsets, data = [start], b""
    for value in values:
        data += value or b""
        offsets.append(start + len(data))
    return struct.pack(f"<{len(offsets)}I", *offsets), data


def put_column(buffer: Buffer, cql: str, values: list[bytes | None]) -> bytes:
    # An empty value of a type of fixed width is a null.
    if cql in FIXED:
        values = [v or None for v in values]
    validity = buffer.put(bitmap([v is not None for v in values])) if None in values else 0
    if cql in FIXED:
        return struct.pack("<4I", validity, buffer.put(array(cql, values)), 0, 0)
    offsets, data = offsets_and_data(values)
    return struct.pack("<4I", validity, buffer.put(offsets), buffer.put(data), len(data))


def put_room(buffer: Buffer, cql: str, rows: int) -> bytes:
    width = struct.calcsize(FIXED[cql]) if cql in FIXED else 0
    validity = buffer.put(bytes((rows + 7) // 8))
    return struct.pack("<4I", validity, buffer.put(bytes(width * rows or 4 * (rows + 1))), 0, 0)


def batch(types: list[str], rows: list[tuple], result: str | None, address: int = ADDRESS) -> bytes:
    head = 8 + 16 * (len(types) + 1)
    buffer = Buffer(address)
    buffer.put(bytes(head))
    descriptors = [put_column(buffer, cql, [row[k] for row in rows]) for k, cql in enumerate(types)]
    descriptors.append(put_room(buffer, result, len(rows)) if result else bytes(16))
    buffer.content[:head] = struct.pack("<II", len(rows), len(types)) + b"".join(descriptors)
    return bytes(buffer.content)


# ---- encode.txt -------------------------------------------------------------------------------------------


def encode_lines(name: str, types: list[str], rows: list[tuple], result: str | None, address: int = ADDRESS):
    yield f"encode {name}"
    for cql in types:
        yield f"argument {cql}"
    if result:
        yield f"result {result}"
    for row in rows:
        yield " ".join(["row", *map(hexed, row)])
    yield f"address {address}"
    yield f"batch {batch(types, rows, result, address).hex()}"
    yield "end\n"


def plain(cql: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in cql).strip("_")


PATTERNS = {
    "no_nulls": lambda i, n: True,
    "first_null": lambda i, n: i != 0,
    "last_null": lambda i, n: i != n - 1,
    "every_other_null": lambda i, n: i % 2 == 1,
    "all_null": lambda i, n: False,
}


def encodings():
    for cql, values in VALUES.items():
        yield from encode_lines(f"{plain(cql)}", [cql], [(v,) for v in values], cql)
        yield from encode_lines(f"{plain(cql)}_and_null", [cql], [(values[0],), (None,), (values[-1],)], cql)
    for cql in ("boolean", "bigint", "text"):
        for rows in (1, 7, 8, 9, 64, 65):
            for pattern, is_present in PATTERNS.items():
                column = [(VALUES[cql][i % len(VALUES[cql])] if is_present(i, rows) else None,) for i in range(rows)]
                yield from encode_lines(f"{cql}_{rows}_rows_{pattern}", [cql], column, "int")
    yield from encode_lines("no_arguments", [], [(), (), ()], "bigint")
    yield from encode_lines("a_fold_has_no_result", ["int", "text"], [(INT[1], b"a"), (INT[2], b"")], None)
    yield from encode_lines("empty_values_of_fixed_width_are_null", ["bigint", "text"], [(b"", b""), (VALUES["bigint"][0], b"")], "int")
    yield from encode_lines("all_types_together", list(VALUES), [tuple(v[0] for v in VALUES.values()), tuple(v[-1] for v in VALUES.values())], "text")
    yield from encode_lines("another_address", ["text"], [(b"abc",), (None,)], "text", address=4096)


# ---- decode.txt -------------------------------------------------------------------------------------------


def decode_lines(name, cql, sent, pieces: list[tuple[int, bytes]], values):
    yield f"decode {name}"
    yield f"result {cql}"
    yield f"sent {sent}"
    yield f"address {ADDRESS}"
    for where, content in pieces:
        if content:
            yield f"memory {where} {content.hex()}"
    yield from ["refused"] if values is None else (f"value {hexed(v)}" for v in values)
    yield "end\n"


def head(rows: int, validity: int, values: int, data: int = 0, data_size: int = 0, arguments: int = 0) -> tuple[int, bytes]:
    return ADDRESS, struct.pack("<6I", rows, arguments, validity, values, data, data_size)


BITS, ARRAY, DATA = 1024, 2048, 4096


def answer(name, cql, values, sent=None, start=0, given=None):
    """A result in memory of the guest's own."""
    pieces = [(BITS, bitmap([v is not None for v in values]))] if None in values else []
    validity = BITS if pieces else 0
    if cql in FIXED:
        pieces += [head(len(values), validity, ARRAY), (ARRAY, array(cql, values))]
    else:
        offsets, data = offsets_and_data(values, start)
        pieces += [head(len(values), validity, ARRAY, DATA, start + len(data)), (ARRAY, offsets), (DATA + start, data)]
    return decode_lines(name, cql, sent or len(values), pieces, values if given is None else given)


def answers():
    for cql, values in VALUES.items():
        yield from answer(plain(cql), cql, values)
        yield from answer(f"{plain(cql)}_and_null", cql, [values[0], None, values[-1]])
    for cql in ("boolean", "bigint", "text"):
        for rows in (1, 7, 8, 9, 64, 65):
            for pattern, is_present in PATTERNS.items():
                column = [VALUES[cql][i % len(VALUES[cql])] if is_present(i, rows) else None for i in range(rows)]
                yield from answer(f"{cql}_{rows}_rows_{pattern}", cql, column)
    yield from answer("early_finish_of_numbers", "bigint", VALUES["bigint"][:2], sent=5)
    yield from answer("early_finish_of_text", "text", [b"one", None, b""], sent=100)
    yield from answer("offsets_need_not_begin_at_zero", "text", [b"ab", b"c"], start=7)

    def raw(name, cql, sent, pieces, values=None):
        return decode_lines(name, cql, sent, pieces, values)

    word = [(ARRAY, struct.pack("<3I", 0, 2, 4)), (DATA, b"abcd")]
    yield from raw("any_byte_but_zero_is_true", "boolean", 3, [head(3, 0, ARRAY), (ARRAY, b"\x00\x02\xff")], [b"\x00", b"\x01", b"\x01"])
    for name, cql, given, kept in (
        ("a_set_in_another_order", "set<text>", collection(b"b", b"a", b"b"), collection(b"a", b"b")),
        ("a_map_in_another_order", "map<text, int>", collection(b"l", INT[1], b"k", INT[2], count=2), collection(b"k", INT[2], b"l", INT[1], count=2)),
    ):
        yield from raw(name, cql, 1, [head(1, 0, ARRAY, DATA, len(given)), (ARRAY, struct.pack("<2I", 0, len(given))), (DATA, given)], [kept])
    yield from raw("no_rows", "bigint", 2, [head(0, 0, ARRAY)])
    yield from raw("more_rows_than_sent", "bigint", 2, [head(3, 0, ARRAY)])
    yield from raw("values_outside", "bigint", 2, [head(2, 0, MEMORY_BYTES - 15)])
    yield from raw("values_at_the_very_end", "bigint", 2, [head(2, 0, MEMORY_BYTES - 16)], [bytes(8), bytes(8)])
    yield from raw("values_at_the_highest_address", "bigint", 2, [head(2, 0, 0xFFFFFFFF)])
    yield from raw("validity_outside", "bigint", 9, [head(9, MEMORY_BYTES - 1, ARRAY)])
    yield from raw("offsets_outside", "text", 2, [head(2, 0, MEMORY_BYTES - 11, DATA, 4), *word])
    yield from raw("data_outside", "text", 2, [head(2, 0, ARRAY, MEMORY_BYTES - 3, 4), *word])
    yield from raw("data_of_the_highest_size", "text", 2, [head(2, 0, ARRAY, DATA, 0xFFFFFFFF), *word])
    yield from raw("offsets_past_the_data", "text", 2, [head(2, 0, ARRAY, DATA, 3), *word])
    yield from raw("descending_offsets", "text", 2, [head(2, 0, ARRAY, DATA, 4), (ARRAY, struct.pack("<3I", 0, 3, 2)), word[1]])
    yield from raw("offsets_descend_over_a_null", "text", 3,
                   [head(3, BITS, ARRAY, DATA, 4), (BITS, b"\x05"), (ARRAY, struct.pack("<4I", 0, 4, 0, 4)), word[1]])
    yield from raw("values_at_null_positions_do_not_matter", "text", 2,
                   [head(2, BITS, ARRAY, DATA, 4), (BITS, b"\x02"), (ARRAY, struct.pack("<3I", 0, 2, 4)), (DATA, b"\xff\xffcd")], [None, b"cd"])
    for name, cql, value in (
        ("broken_utf8", "text", b"\xc3"), ("overlong_utf8", "text", b"\xc0\xaf"), ("a_surrogate", "text", b"\xed\xa0\x80"),
        ("not_ascii", "ascii", b"\x80"), ("a_list_cut_short", "list<int>", collection(*INT)[:-1]),
        ("a_list_with_more_behind_it", "list<int>", collection(*INT) + b"\x00"), ("an_element_of_a_wrong_size", "list<int>", collection(b"\x00")),
        ("a_uuid_of_15_bytes", "uuid", bytes(15)), ("a_random_uuid_for_a_timeuuid", "timeuuid", UUID),
        ("an_address_of_5_bytes", "inet", bytes(5)), ("a_vector_too_short", "vector<float, 2>", number("f", 1.0)),
    ):
        yield from raw(name, cql, 1, [head(1, 0, ARRAY, DATA, len(value)), (ARRAY, struct.pack("<2I", 0, len(value))), (DATA, value)])
    for name, nanoseconds in (("a_time_of_24_hours", 86_400_000_000_000), ("a_negative_time", -1)):
        yield from raw(name, "time", 1, [head(1, 0, ARRAY), (ARRAY, struct.pack("<q", nanoseconds))])


# ---- errors.txt -------------------------------------------------------------------------------------------


def errors():
    def lines(name, address, text, refused=False, size=None):
        yield f"error {name}"
        yield f"pair {(len(text) if size is None else size) << 32 | address:016x}"
        if text:
            yield f"memory {address} {text.hex()}"
        yield "refused" if refused else f"text {hexed(text)}"
        yield "end\n"

    yield from lines("plain", 1000, b"it went wrong")
    yield from lines("of_any_script", 1001, "es ging schief – 失敗".encode())
    yield from lines("without_a_text", 0, b"")
    yield from lines("at_the_very_end", MEMORY_BYTES - 3, b"end")
    yield from lines("outside", MEMORY_BYTES - 3, b"end", refused=True, size=4)
    yield from lines("of_negative_size", 1000, b"x", refused=True, size=0xFFFFFFFF)


def main() -> int:
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, lines in (("encode", encodings()), ("decode", answers()), ("errors", errors())):
        text = "# Written by generate.py; see README.md.\n\n" + "\n".join(lines) + "\n"
        (directory / f"{name}.txt").write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
