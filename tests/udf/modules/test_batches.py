"""A module of version 3 by clang 19: whole batches, a signature in the module, states that stay in the guest."""

from __future__ import annotations

import pytest
from cassandra import FunctionFailure, InvalidRequest

import promises
from expectations import CALLS
from harness.toolchains import modules

HAS = {"fib", "half", "negation", "added", "reversed", "repeated", "or_else", "sum_of"}


@pytest.fixture
def module(session, server, keyspace):
    lacks = {call.name for call in CALLS} - HAS
    return promises.Module(session, server, keyspace, modules("clang")["version_3"], lacks)


def test_calls(module):
    promises.calls(module)


def test_panic(module):
    promises.panic(module)


def test_large_results(module):
    promises.large_results(module)


def test_spellings_in_base64(module):
    """Text made by wasm2wat has no custom sections, and so no signature."""
    for body in (f"'{module.body}'", f"$${module.body}$$"):
        module.session.execute("CREATE OR REPLACE FUNCTION fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint LANGUAGE wasm AS " + body)
        assert module.call("fib", (15,)) == 610


def test_states_stay_in_the_guest(module):
    session = module.session
    session.execute("CREATE TABLE numbers (p int, c int, v bigint, PRIMARY KEY (p, c))")
    for p in range(3):
        for c in range(50):
            session.execute("INSERT INTO numbers (p, c, v) VALUES (%s, %s, %s)", (p, c, p * 1000 + c))
    module.create("added", "a bigint, b bigint", "bigint")
    session.execute("CREATE AGGREGATE total(bigint) SFUNC added STYPE bigint INITCOND 5")
    expected = [5 + sum(p * 1000 + c for c in range(50)) for p in range(3)]
    assert session.execute("SELECT total(v) FROM numbers").one()[0] == sum(expected) - 10
    assert sorted(session.execute("SELECT p, total(v) FROM numbers GROUP BY p")) == list(enumerate(expected))


def test_an_error_of_the_guest_names_the_row(module):
    module.create("refuses", "v bigint", "bigint")
    module.session.execute("INSERT INTO one (id, v) VALUES (2, 13)")
    with pytest.raises(FunctionFailure, match=r"thirteen is not for me, called with \(13\)"):
        module.session.execute("SELECT refuses(v) FROM one")
    assert module.call("refuses", (12,)) == 12


@pytest.mark.parametrize("signature, returns, null", [
    ("n int", "bigint", "RETURNS NULL"), ("n bigint", "int", "RETURNS NULL"), ("n bigint", "bigint", "CALLED"),
    ("n bigint, m bigint", "bigint", "RETURNS NULL"), ("", "bigint", "RETURNS NULL"),
])
def test_a_declaration_that_does_not_fit_the_signature(module, signature, returns, null):
    with pytest.raises(InvalidRequest, match="fib"):
        module.create("fib", signature, returns, null)


def test_million_rows(module):
    promises.fill_a_million(module.session)
    module.create("reversed", "s text", "text")
    module.create("length_of", "s text", "int")
    module.create("added", "a bigint, b bigint", "bigint")
    session, ks = module.session, module.keyspace
    session.execute("CREATE AGGREGATE total(bigint) SFUNC added STYPE bigint INITCOND 0")
    assert session.execute(f"SELECT min({ks}.reversed(s)), max({ks}.reversed(s)) FROM million.rows", timeout=300).one() == (
        "00000 wor", "99999 wor")
    assert session.execute(f"SELECT {ks}.total(CAST({ks}.length_of(s) AS bigint)) FROM million.rows", timeout=300).one()[0] == 9_000_000
    for function in ("reversed", "length_of", "added"):
        assert module.metric("rows_total", function) >= 1_000_000
        assert 0 < module.metric("memory_peak_bytes", function) <= 6 << 20
