"""Varints and decimals as long as they may be: they are refused when longer, and never hold up a shard for long."""

from __future__ import annotations

import struct

import pytest
from cassandra import InvalidRequest

pytestmark = pytest.mark.nacre_only

BYTES_MAX = 16 << 10
LONGEST = bytes([0x7F]) + bytes([0xFF]) * (BYTES_MAX - 1)
TOO_LONG = f"number out of range: it has {BYTES_MAX + 1} bytes, at most {BYTES_MAX} bytes \\(39457 digits\\) are possible"


def run(session, statement: str, *values: bytes | None):
    prepared = session.prepare(statement)
    prepared.routing_key_indexes = None
    bound = prepared.bind([])
    bound.values = list(values)
    return session.execute(bound)


def integer(value: int) -> bytes:
    return struct.pack(">i", value)


@pytest.fixture
def numbers(session):
    session.execute("CREATE TABLE numbers (k int PRIMARY KEY, v varint, d decimal, s frozen<set<decimal>>)")
    return session


def test_the_longest_and_one_byte_more(numbers):
    run(numbers, "INSERT INTO numbers (k, v, d) VALUES (?, ?, ?)", integer(1), LONGEST, integer(7) + LONGEST)
    row = numbers.execute("SELECT varint_as_blob(v), decimal_as_blob(d), CAST(v AS text) FROM numbers").one()
    assert row[0] == LONGEST and row[1] == integer(7) + LONGEST
    assert len(row[2]) == 39457
    numbers.execute(f"INSERT INTO numbers (k, v) VALUES (2, {row[2]})")
    assert numbers.execute("SELECT varint_as_blob(v) FROM numbers WHERE k = 2").one()[0] == LONGEST
    numbers.execute("INSERT INTO numbers JSON %s", ('{"k": 3, "v": "-%s"}' % row[2],))

    too_long = b"\0" + LONGEST
    elements = struct.pack(">ii", 1, len(too_long) + 4) + integer(0) + too_long
    for column, value in {"v": too_long, "d": integer(7) + too_long, "s": elements}.items():
        with pytest.raises(InvalidRequest, match=TOO_LONG):
            run(numbers, f"INSERT INTO numbers (k, {column}) VALUES (?, ?)", integer(4), value)
    with pytest.raises(InvalidRequest, match="number out of range: it has 39458 digits"):
        numbers.execute(f"INSERT INTO numbers (k, v) VALUES (4, {row[2]}0)")
    with pytest.raises(InvalidRequest, match="number out of range: it has 39458 digits"):
        numbers.execute("INSERT INTO numbers JSON %s", ('{"k": 4, "v": "-%s0"}' % row[2],))
    with pytest.raises(InvalidRequest, match="number out of range: it has 200000 digits"):
        numbers.execute("SELECT v + " + "9" * 200_000 + " FROM numbers")
    assert not list(numbers.execute("SELECT k FROM numbers WHERE k = 4"))


# Without turns of their own these take from some hundred milliseconds to many seconds.
@pytest.mark.parametrize("selectors", ["CAST(v AS text)", "JSON v", "to_json(d)", "CAST(d AS double)", "v / 1000007",
                                       "d % 7", "log(d)", "collection_count({d, d - d})",
                                       "count(CAST(v AS text))", "decimal_as_blob(max(d))"])
def test_rows_of_them_leave_others_their_turns(numbers, selectors):
    statement = numbers.prepare("INSERT INTO numbers (k, v, d) VALUES (?, ?, ?)")
    statement.routing_key_indexes = None
    for k in range(150):
        bound = statement.bind([])
        bound.values = [integer(k), LONGEST, integer(k * 7) + LONGEST]
        numbers.execute(bound)
    query = f"SELECT {selectors} FROM numbers"
    numbers.execute(query)
    stalls = [(cpu, work) for cpu, work in numbers.execute("SELECT cpu_us, work FROM system_views.stalls")
              if work and query in work]
    assert all(cpu < 100_000 for cpu, _ in stalls), stalls
