"""The golden vectors of sdk/abi in modules by the helper libraries, which node runs as a host would."""

from __future__ import annotations

import re

import pytest

from harness import sdk
from harness.server import ROOT

SDK = ROOT / "tests" / "sdk"
MODULES = {
    "rust-unknown": lambda: sdk.rust_module(SDK / "rust" / "vectors", "vectors", "wasm32-unknown-unknown"),
    "rust-wasip1": lambda: sdk.rust_module(SDK / "rust" / "vectors", "vectors", "wasm32-wasip1"),
    "assemblyscript-minimal": lambda: sdk.assemblyscript_module(SDK / "assemblyscript", "same"),
    "assemblyscript-incremental": lambda: sdk.assemblyscript_module(SDK / "assemblyscript", "same", "incremental"),
}


@pytest.mark.parametrize("name", MODULES)
def test_vectors(name):
    sdk.need("node", "Node.js 20.14 or later (https://nodejs.org)")
    printed = sdk.run(["node", str(SDK / "check_vectors.mjs"), str(MODULES[name]()), str(ROOT / "sdk" / "abi" / "vectors")], SDK)
    assert int(re.match(r"(\d+) passed", printed)[1]) > 250
