"""The aggregates of examples/aggregates, built by the toolchains of their languages.

    python -m harness.examples      writes build/examples/NAME.cql for each: all that creates it, for `cqlsh -k KEYSPACE -f`
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from harness import cql_script, sdk, sdk_cpp
from harness.server import ROOT
from harness.wasm_module import WasmModule

DIRECTORY = ROOT / "examples" / "aggregates"
BUILT = ROOT / "build" / "examples"
ALL = sorted(path.name for path in DIRECTORY.iterdir() if path.is_dir())
# Node.js is not among what `make setup` asks for.
BY_NODE = [name for name in ALL if (DIRECTORY / name / "package.json").exists()]
NAMES = [name for name in ALL if name not in BY_NODE]


def module_of(directory: Path) -> Path:
    if (directory / "Cargo.toml").exists():
        return sdk.rust_module(directory, directory.name, sdk.RUST_TARGETS[0])
    if (directory / "package.json").exists():
        return sdk.assemblyscript_module(directory, directory.name)
    return sdk_cpp.module(directory.name, sorted(directory.glob("*.cc")), sdk_cpp.COMPILERS[0])


def statements(name: str) -> list[str]:
    """What creates an example's types, functions and aggregates, or makes them anew."""
    script = DIRECTORY / name / f"{name}.cql"
    if script.exists():
        return [each.text for each in cql_script.split(script.read_text())]
    made = WasmModule(module_of(DIRECTORY / name)).statements()
    return [re.sub(r"^CREATE (?=FUNCTION|AGGREGATE)", "CREATE OR REPLACE ", statement).rstrip(";") for statement in made]


def main() -> None:
    BUILT.mkdir(parents=True, exist_ok=True)
    for name in ALL:
        if name in BY_NODE and not shutil.which("npm"):
            print(f"{name} needs Node.js 20.14 or later, which is not here")
            continue
        path = BUILT / f"{name}.cql"
        path.write_text("".join(f"{statement};\n" for statement in statements(name)))
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
