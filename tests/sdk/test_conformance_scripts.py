"""The functions of sdk/conformance in the languages that the server itself reads."""

from __future__ import annotations

import pytest

from harness import conformance, cql_script

SPECIFICATION = conformance.specification()
SUFFIXES = {"lua": ".lua", "javascript": ".js"}
BY_LANGUAGE = {"lua": SPECIFICATION, "javascript": conformance.with_differences("javascript")}


@pytest.fixture(params=SUFFIXES)
def language(request):
    return request.param


@pytest.fixture
def keyspace(client):
    for declared in SPECIFICATION.types:
        client.execute(f"CREATE TYPE {declared}")
    return client


@pytest.mark.parametrize("name", SPECIFICATION.functions)
def test_function(keyspace, language, name):
    function = BY_LANGUAGE[language].functions[name]
    script = (conformance.DIRECTORY / language / f"{name}{SUFFIXES[language]}").read_text()
    keyspace.execute(f"CREATE FUNCTION {name}({function.signature}) {function.null} ON NULL INPUT RETURNS {function.returns} DETERMINISTIC"
                     f" LANGUAGE {language} AS $$ {script} $$")
    conformance.check_function(keyspace, function)


@pytest.mark.parametrize("name", SPECIFICATION.aggregates)
def test_aggregate(keyspace, language, name):
    for statement in cql_script.split((conformance.DIRECTORY / language / f"{name}.cql").read_text()):
        keyspace.execute(statement.text)
    conformance.check_aggregate(keyspace, SPECIFICATION.aggregates[name])
