"""The functions of sdk/conformance in Lua, and the runner itself."""

from __future__ import annotations

import pytest

from harness import conformance, cql_script

LUA = conformance.DIRECTORY / "lua"
SPECIFICATION = conformance.specification()


@pytest.fixture
def keyspace(client):
    for declared in SPECIFICATION.types:
        client.execute(f"CREATE TYPE {declared}")
    return client


@pytest.mark.parametrize("name", SPECIFICATION.functions)
def test_function(keyspace, name):
    function = SPECIFICATION.functions[name]
    keyspace.execute(f"CREATE FUNCTION {name}({function.signature}) {function.null} ON NULL INPUT RETURNS {function.returns} DETERMINISTIC"
                     f" LANGUAGE lua AS $$ {(LUA / f'{name}.lua').read_text()} $$")
    conformance.check_function(keyspace, function)


@pytest.mark.parametrize("name", SPECIFICATION.aggregates)
def test_aggregate(keyspace, name):
    for statement in cql_script.split((LUA / f"{name}.cql").read_text()):
        keyspace.execute(statement.text)
    conformance.check_aggregate(keyspace, SPECIFICATION.aggregates[name])
