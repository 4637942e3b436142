"""The functions of sdk/conformance by hand, in WebAssembly's text, by both of ScyllaDB's interfaces."""

from __future__ import annotations

import hashlib

import pytest

from harness import conformance

SPECIFICATION = conformance.with_differences("wat")


@pytest.fixture(scope="module", params=[1, 2], ids=["version-1", "version-2"])
def installed(request, connection, new_keyspace):
    keyspace = new_keyspace()
    text = (conformance.DIRECTORY / "wat" / "functions.wat").read_text().replace("VERSION", f"{request.param:02x}")
    for declared in SPECIFICATION.types:
        connection.execute(f"CREATE TYPE {declared}")
    source = f"$$ {text} $$"
    for name, function in SPECIFICATION.functions.items():
        connection.execute(f"CREATE FUNCTION {name}({function.signature}) {function.null} ON NULL INPUT RETURNS {function.returns} DETERMINISTIC"
                           f" LANGUAGE wasm AS {source}")
        source = f"'sha256:{hashlib.sha256(f' {text} '.encode()).hexdigest()}'"
    yield connection
    connection.execute(f"DROP KEYSPACE {keyspace}")


@pytest.mark.parametrize("name", SPECIFICATION.functions)
def test_function(installed, name):
    conformance.check_function(installed, SPECIFICATION.functions[name])
