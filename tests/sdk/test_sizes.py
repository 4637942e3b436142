"""How many bytes a module of one function has, by each library: within bounds, and as the documentation says."""

from __future__ import annotations

import re

import pytest

from harness import sdk, sdk_cpp
from harness.server import ROOT

SDK = ROOT / "tests" / "sdk"
PAGE = ROOT / "docs" / "using" / "functions.md"
# Compilers of other versions differ by a few per cent.
TOLERANCE = 0.10
BYTES_MAX = {"fib": 12_000, "commas": 15_000}


def cpp(name: str, *options: str):
    return sdk_cpp.module(name + "".join(options), [SDK / "sizes" / f"{name}.cc"], "clang++-19", *options)


def rust(name: str, *features: str):
    return sdk.rust_module(SDK / "sizes" / "rust", "sizes", "wasm32-unknown-unknown", "--features", ",".join([name, *features]))


LANGUAGES = {
    "C++": cpp,
    "Rust": rust,
    "Rust, feature `panic-text`": lambda name: rust(name, "nacre-function/panic-text"),
    "AssemblyScript": lambda name: sdk.assemblyscript_module(SDK / "assemblyscript", name),
}


def on_the_page() -> dict[str, dict[str, int]]:
    rows = re.findall(r"^\| (.+?) \| ([\d,]+) \| ([\d,]+) \|", PAGE.read_text(), re.MULTILINE)
    return {language: {"fib": int(fib.replace(",", "")), "commas": int(commas.replace(",", ""))} for language, fib, commas in rows}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", BYTES_MAX)
def test_size(language, name):
    size = LANGUAGES[language](name).stat().st_size
    assert size <= BYTES_MAX[name]
    told = on_the_page()[language][name]
    assert abs(size - told) <= TOLERANCE * told, f"{size} bytes, the page says {told}"


def test_the_page_has_no_others():
    assert set(on_the_page()) == set(LANGUAGES)
