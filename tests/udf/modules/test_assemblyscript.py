"""Modules by AssemblyScript 0.28, whose strings pass through UTF-16 and its garbage collector."""

from __future__ import annotations

import pytest

import promises
from harness.toolchains import modules


@pytest.fixture
def module(session, server, keyspace):
    return promises.Module(session, server, keyspace, modules("assemblyscript")["version_2"])


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
