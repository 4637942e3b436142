"""Modules by Rust with hand-written glue, for wasm32-unknown-unknown and wasm32-wasip1."""

from __future__ import annotations

import time

import pytest

import promises
from every_toolchain import EveryToolchain
from harness.toolchains import modules


class TestRust(EveryToolchain):
    @pytest.fixture(params=["unknown", "wasip1"])
    def module(self, request, session, server, keyspace):
        return promises.Module(session, server, keyspace, modules("rust")[request.param])


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
