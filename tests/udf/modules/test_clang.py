"""Modules by clang 19: freestanding of versions 1 and 2, and wasm32-wasip1 with a C library."""

from __future__ import annotations

import time

import pytest

import promises
from every_toolchain import EveryToolchain
from harness.toolchains import modules


class TestClang(EveryToolchain):
    @pytest.fixture(params=["version_1", "version_2", "wasip1"])
    def module(self, request, session, server, keyspace):
        return promises.Module(session, server, keyspace, modules("clang")[request.param])


@pytest.fixture
def wasi(session, server, keyspace):
    return promises.Module(session, server, keyspace, modules("clang")["wasip1"])


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
