"""Modules by Zig 0.15: its own language, freestanding, and its C compiler with its C library for wasm32-wasi."""

from __future__ import annotations

import pytest

import promises
from every_toolchain import EveryToolchain
from harness.toolchains import modules


class TestZig(EveryToolchain):
    @pytest.fixture(params=[("zig", "version_2"), ("zig cc", "wasip1")], ids=lambda each: each[0])
    def module(self, request, session, server, keyspace):
        toolchain, name = request.param
        made = promises.Module(session, server, keyspace, modules(toolchain)[name])
        # Zig's linker puts a stack of 16 MiB in front of a C program's heap.
        if toolchain == "zig cc":
            made.memory_bytes_max = 22 << 20
        return made
