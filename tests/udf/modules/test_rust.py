"""Modules by Rust with hand-written glue, for wasm32-unknown-unknown and wasm32-wasip1."""

from __future__ import annotations

import time

import pytest

import promises
from harness.toolchains import modules


@pytest.fixture(params=["unknown", "wasip1"])
def module(request, session, server, keyspace):
    return promises.Module(session, server, keyspace, modules("rust")[request.param])


@pytest.mark.parametrize("null", ["CALLED", "RETURNS NULL"])
def test_every_type(module, null):
    promises.every_type(module, null)


def test_nulls(module):
    promises.nulls(module)


def test_calls(module):
    promises.calls(module)


def test_everywhere(module):
    promises.everywhere(module)


def test_panic(module):
    promises.panic(module)


def test_large_results(module):
    promises.large_results(module)


def test_spellings(module):
    promises.spellings(module)


def test_million_rows(module):
    promises.million_rows(module, memory_bytes_max=6 << 20)


def test_a_panic_tells_why_in_the_log(session, server, keyspace):
    wasi = promises.Module(session, server, keyspace, modules("rust")["wasip1"])
    promises.panic(wasi)
    time.sleep(0.05)
    assert any("this is the one" in line and f"{keyspace}.panics_at" in line for line in server.log.read_text().splitlines())


def test_stdout_and_stderr_are_the_log(session, server, keyspace):
    wasi = promises.Module(session, server, keyspace, modules("rust")["wasip1"])
    wasi.create("says", "s text", "text")
    assert wasi.call("says", ("hello",)) == "hello"
    time.sleep(0.05)
    lines = [line.rsplit(": ", 1)[1] for line in server.log.read_text().splitlines() if f"{keyspace}.says" in line]
    assert sorted(lines) == ["complains of hello", "says hello"]
