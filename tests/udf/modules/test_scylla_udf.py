"""Modules with ScyllaDB's public helper crate, scylla-udf 0.1.0: version 2 of the contract by a real client of it."""

from __future__ import annotations

import time

import pytest

import promises
from expectations import VALUES, comparable
from harness.toolchains import modules

# The crate has no vectors, and its decimals keep 64 bits of scale.
LACKS = {"dot"}
# CQL type: the name that the module gives to it in same_NAME and maybe_NAME.
NAMES = {
    "ascii": "text", "text": "text", "varchar": "text", "blob": "blob", "boolean": "boolean", "tinyint": "tinyint",
    "smallint": "smallint", "int": "int", "bigint": "bigint", "float": "float", "double": "double", "decimal": "decimal",
    "varint": "varint", "date": "date", "time": "time", "timestamp": "timestamp", "duration": "duration", "uuid": "uuid",
    "timeuuid": "uuid", "inet": "inet", "list<int>": "list", "set<text>": "set", "map<text, int>": "map",
    "map<int, frozen<list<text>>>": "nested", "tuple<int, text>": "tuple", "person": "person",
}
# The crate's chrono knows no year beyond 262,142, and its durations in nanoseconds end where 64 bits do.
BEYOND_THE_CRATE = {"date": VALUES["date"][2:4]}


@pytest.fixture
def module(session, server, keyspace):
    return promises.Module(session, server, keyspace, modules("scylla-udf")["wasip1"], LACKS)


@pytest.mark.parametrize("prefix, null", [("same", "RETURNS NULL"), ("maybe", "CALLED"), ("same", "CALLED")])
def test_every_type(module, prefix, null):
    numbers = {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double"}
    for cql, name in NAMES.items():
        if prefix == "same" and null == "CALLED" and cql in numbers:
            continue  # the crate makes these for RETURNS NULL only
        function = f"{prefix}_{name}"
        module.create(function, f"v {cql}", cql, null)
        for value in [*VALUES[cql], *([None] if prefix == "maybe" or null == "RETURNS NULL" else [])]:
            if value in BEYOND_THE_CRATE.get(cql, []):
                continue
            answer = module.call(function, (value,))
            assert comparable(answer) == comparable(value), (cql, value, answer)
        module.session.execute(f"DROP FUNCTION {function}")


def test_calls(module):
    promises.calls(module)


def test_newtypes(module):
    module.create("to_fahrenheit", "v double", "double")
    assert module.call("to_fahrenheit", (100.0,)) == 212.0


@pytest.mark.parametrize("name, null", [("same_counter", "RETURNS NULL"), ("same_counter", "CALLED"), ("maybe_counter", "CALLED")])
def test_counters(module, name, null):
    module.create(name, "v counter", "counter", null)
    assert module.call(name, (42,)) == 42


def test_everywhere(module):
    promises.everywhere(module)


def test_panic(module):
    promises.panic(module)


def test_large_results(module):
    promises.large_results(module)


def test_spellings(module):
    promises.spellings(module)


def test_million_rows(module):
    promises.million_rows(module)


def test_stdout_and_stderr_are_the_log(module, server, keyspace):
    module.create("says", "s text", "text")
    assert module.call("says", ("hello",)) == "hello"
    time.sleep(0.05)
    lines = [line.rsplit(": ", 1)[1] for line in server.log.read_text().splitlines() if f"{keyspace}.says" in line]
    assert sorted(lines) == ["complains of hello", "says hello"]
