"""A module written by hand in WebAssembly's text, in both versions; given as quoted text, between dollars and as base64."""

from __future__ import annotations

import subprocess

import pytest

import promises
from expectations import CALLS
from harness.toolchains import SOURCES

HAS = {"fib", "half", "negation", "added"}
LACKS = {call.name for call in CALLS} - HAS


@pytest.fixture(params=[1, 2])
def module(request, session, server, keyspace, tmp_path):
    text = (SOURCES / "wat" / "functions.wat").read_text().replace("VERSION", f"{request.param:02x}")
    (tmp_path / "functions.wat").write_text(text)
    subprocess.run(["wat2wasm", "functions.wat", "-o", "functions.wasm"], cwd=tmp_path, check=True)
    made = promises.Module(session, server, keyspace, tmp_path / "functions.wasm", LACKS)
    made.text = text
    return made


@pytest.mark.parametrize("null", ["CALLED", "RETURNS NULL"])
def test_every_type(module, null):
    promises.every_type(module, null)


def test_nulls(module):
    promises.nulls(module)


def test_calls(module):
    promises.calls(module)


def test_panic(module):
    promises.panic(module)


def test_spellings(module):
    promises.spellings(module)


def test_the_text_as_it_was_written(module):
    module.create("fib", "n bigint", "bigint", body=module.text)
    assert module.call("fib", (20,)) == 6765
