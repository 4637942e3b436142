"""docs/internals/layers.txt is what the code does: every #include and every CMake link is checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
LAYERS = ROOT / "docs" / "internals" / "layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.MULTILINE)
LINK = re.compile(r"nacre_module\((?P<body>[^)]*)\)")
KEYWORDS = {"DIRS", "DEPS", "LIBS", "GENERATED"}
SOURCE_SUFFIXES = {".h", ".cc", ".re", ".yy", ".y", ".l", ".ipp", ".inc"}

# Headers of a library that only one place, or a few, may see.
CONFINED = {
    "wasmtime": "udf/wasm",
    "wasm.h": "udf/wasm",
    "rocksdb/": "storage/rocks",
    "nacre-parts/": "cluster",
    "rust/": "cluster",
    "CLI/": "main",
    "yaml-cpp/": ("main", "tool"),
}


def read_layers(text: str) -> dict[str, set[str]]:
    layers = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            module, _, allowed = line.partition(":")
            layers[module.strip()] = set(allowed.split())
    return layers


def read_links(text: str) -> list[tuple[str, set[str]]]:
    found = []
    for match in LINK.finditer(re.sub(r"#.*", "", text)):
        words = match["body"].split()
        section, deps = None, set()
        for word in words[1:]:
            if word in KEYWORDS:
                section = word
            elif section == "DEPS":
                deps.add(word)
        found.append((words[0], deps))
    return found


def include_faults(path: Path, text: str, layers: dict[str, set[str]]) -> list[str]:
    """`path` is relative to src/."""
    module = path.parts[0]
    allowed = layers.get(module, set()) | {module}
    faults = []
    for bracket, name in INCLUDE.findall(text):
        if bracket == "<":
            for prefix, home in CONFINED.items():
                homes = (home,) if isinstance(home, str) else home
                if name.startswith(prefix) and not any(str(path).startswith(f"{place}/") for place in homes):
                    faults.append(f"{path}: <{name}> belongs to src/{' and src/'.join(homes)} alone")
            continue
        target = name.split("/")[0]
        if "/" not in name:
            faults.append(f'{path}: "{name}" must be included by its path from src/')
        elif target in layers and target not in allowed:
            faults.append(f"{path}: {module} may not include {name}")
        elif any(name.startswith(prefix) for prefix in CONFINED):
            faults.append(f'{path}: "{name}" must be included in angle brackets')
    return faults


def test_layers_are_ordered():
    """A module uses only modules that stand above it in the file, so there are no cycles."""
    seen: set[str] = set()
    for module, allowed in read_layers(LAYERS.read_text()).items():
        assert allowed <= seen, f"{module} uses {allowed - seen}, which come later"
        seen.add(module)


def test_every_module_is_listed():
    layers = read_layers(LAYERS.read_text())
    present = {path.name for path in SRC.iterdir() if path.is_dir()}
    assert present <= set(layers), present - set(layers)


def test_includes():
    layers = read_layers(LAYERS.read_text())
    faults = []
    for path in sorted(SRC.rglob("*")):
        if path.suffix in SOURCE_SUFFIXES:
            faults += include_faults(path.relative_to(SRC), path.read_text(), layers)
    assert not faults, "\n".join(faults)


def test_links():
    layers = read_layers(LAYERS.read_text())
    links = [link for path in sorted(SRC.rglob("CMakeLists.txt")) for link in read_links(path.read_text())]
    assert {module for module, _ in links} >= {path.name for path in SRC.iterdir() if path.is_dir()} - {"main"}
    for module, deps in links:
        assert deps <= layers[module], f"{module} links {deps - layers[module]}"


@pytest.mark.parametrize(
    "path, text",
    [
        ("query/x.cc", '#include "udf/wasm/engine.h"'),
        ("query/x.cc", "#include <wasmtime.h>"),
        ("catalog/x.cc", "#include <rocksdb/db.h>"),
        ("base/x.cc", '#include "runtime/shard.h"'),
        ("storage/memory/x.cc", "#  include <rocksdb/db.h>"),
        ("cql/x.cc", '#include "ast.h"'),
    ],
)
def test_the_check_finds_faults(path, text):
    assert include_faults(Path(path), text, read_layers(LAYERS.read_text()))


def test_the_check_reads_links():
    assert read_links("nacre_module(cql DIRS a b DEPS base types LIBS fmt) # DEPS no") == [("cql", {"base", "types"})]
