"""Modules by Zig 0.15: its own language, freestanding, and its C compiler with its C library for wasm32-wasi."""

from __future__ import annotations

import pytest

import promises
from harness.toolchains import modules


@pytest.fixture(params=[("zig", "version_2"), ("zig cc", "wasip1")], ids=lambda each: each[0])
def module(request, session, server, keyspace):
    toolchain, name = request.param
    made = promises.Module(session, server, keyspace, modules(toolchain)[name])
    # Zig's linker puts a stack of 16 MiB in front of a C program's heap.
    made.memory_bytes_max = 22 << 20 if toolchain == "zig cc" else 6 << 20
    return made


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
    promises.million_rows(module, memory_bytes_max=module.memory_bytes_max)
