"""The golden vectors of sdk/abi in modules by the helper libraries, which node runs as a host would."""

from __future__ import annotations

import re

import pytest

from harness import sdk
from harness.server import ROOT

VECTORS = ROOT / "tests" / "sdk" / "vectors"
MODULES = {
    "rust-unknown": lambda: sdk.rust_module(VECTORS / "rust", "vectors", "wasm32-unknown-unknown"),
    "rust-wasip1": lambda: sdk.rust_module(VECTORS / "rust", "vectors", "wasm32-wasip1"),
    "assemblyscript-minimal": lambda: sdk.assemblyscript_module(VECTORS / "assemblyscript", "same"),
    "assemblyscript-incremental": lambda: sdk.assemblyscript_module(VECTORS / "assemblyscript", "same", "incremental"),
}


@pytest.mark.parametrize("name", MODULES)
def test_vectors(name):
    sdk.need("node", "Node.js 20.14 or later (https://nodejs.org)")
    printed = sdk.run(["node", str(VECTORS / "check.mjs"), str(MODULES[name]()), str(ROOT / "sdk" / "abi" / "vectors")], VECTORS)
    assert int(re.match(r"(\d+) passed", printed)[1]) > 250
