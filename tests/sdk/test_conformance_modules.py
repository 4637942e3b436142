"""The functions of sdk/conformance in C++, Rust and AssemblyScript, by each compiler and runtime, as batches and as
ScyllaDB would call them."""

from __future__ import annotations

import pytest

from harness import conformance, sdk, sdk_cpp
from harness.wasm_module import WasmModule

SPECIFICATION = conformance.specification()
CPP = conformance.DIRECTORY / "cpp"
BUILDS = {
    **{f"cpp-{compiler}": lambda compiler=compiler: sdk_cpp.module("conformance", sorted(CPP.glob("*.cc")), compiler)
       for compiler in sdk_cpp.COMPILERS},
    **{f"rust-{target}": lambda target=target: sdk.rust_module(conformance.DIRECTORY / "rust", "conformance", target)
       for target in sdk.RUST_TARGETS},
    **{f"assemblyscript-{runtime}": lambda runtime=runtime: sdk.assemblyscript_module(
        conformance.DIRECTORY / "assemblyscript", "functions", runtime) for runtime in ("minimal", "incremental")},
}


@pytest.fixture(scope="module", params=[(build, version) for build in BUILDS for version in (3, 2)],
                ids=lambda param: f"{param[0]}-version-{param[1]}")
def module(request):
    build, version = request.param
    return WasmModule(BUILDS[build](), version)


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
