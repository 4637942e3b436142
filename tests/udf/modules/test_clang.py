"""Modules by clang 19: freestanding of versions 1 and 2, and wasm32-wasip1 with a C library."""

from __future__ import annotations

import time

import pytest

import promises
from harness.toolchains import modules


@pytest.fixture(params=["version_1", "version_2", "wasip1"])
def module(request, session, server, keyspace):
    return promises.Module(session, server, keyspace, modules("clang")[request.param])


@pytest.fixture
def wasi(session, server, keyspace):
    return promises.Module(session, server, keyspace, modules("clang")["wasip1"])


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


def test_stdout_and_stderr_are_the_log(wasi):
    wasi.create("says", "s text", "text")
    assert wasi.call("says", ("hello\nworld",)) == "hello\nworld"
    time.sleep(0.05)
    lines = [line for line in wasi.server.log.read_text().splitlines() if f"{wasi.keyspace}.says" in line]
    assert sorted(line.rsplit(": ", 1)[1] for line in lines) == ["complains of hello", "says hello", "world", "world"]


def test_the_world_is_empty(wasi):
    wasi.create("opens", "path text", "boolean")
    for path in ("/etc/passwd", "x", "/tmp/x", "../x", "/dev/null", ""):
        assert wasi.call("opens", (path,)) is False
