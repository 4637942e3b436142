"""The functions of sdk/conformance in C++, by clang and zig, as batches and as ScyllaDB would call them."""

from __future__ import annotations

import pytest

from harness import conformance, sdk_cpp
from harness.wasm_module import WasmModule

SPECIFICATION = conformance.specification()
SOURCES = sorted((conformance.DIRECTORY / "cpp").glob("*.cc"))


@pytest.fixture(scope="module", params=[(compiler, version) for compiler in sdk_cpp.COMPILERS for version in (3, 2)],
                ids=lambda param: f"{param[0]}-version-{param[1]}")
def module(request):
    compiler, version = request.param
    return WasmModule(sdk_cpp.module("conformance", SOURCES, compiler), version)


@pytest.fixture(scope="module")
def installed(module, connection, new_keyspace):
    name = new_keyspace()
    module.install(connection)
    yield connection
    connection.execute(f"DROP KEYSPACE {name}")


def test_signatures(module):
    conformance.check_signatures(module.functions)


@pytest.mark.parametrize("name", SPECIFICATION.functions)
def test_function(installed, name):
    conformance.check_function(installed, SPECIFICATION.functions[name])


@pytest.mark.parametrize("name", SPECIFICATION.aggregates)
def test_aggregate(installed, name):
    conformance.check_aggregate(installed, SPECIFICATION.aggregates[name])
