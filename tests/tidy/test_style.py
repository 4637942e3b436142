"""Rules of style that a program can check, each as strict as CONTRIBUTING.md states it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
FILE_LINES_MAX = 800
COLUMNS_MAX = 100
FORBIDDEN = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "misc"}
CODE = {".h", ".cc", ".re", ".yy", ".c", ".py", ".sh", ".rs", ".cmake"}


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in names.decode().split("\0") if name and (ROOT / name).is_file()]


def code_files() -> list[Path]:
    return [path for path in tracked() if path.suffix in CODE]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_code():
    assert len(code_files()) > 50


def test_file_size():
    long = {name_of(path): lines for path in code_files()
            if (lines := len(path.read_text().splitlines())) > FILE_LINES_MAX}
    assert not long


def test_line_length():
    wide = [f"{name_of(path)}:{number}" for path in code_files() if path.suffix in (".h", ".cc") and not path.stem.endswith("_test")
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if len(line.split("  // NOLINT")[0]) > COLUMNS_MAX and "://" not in line and 'R"' not in line]
    assert not wide


def test_headers_are_guarded():
    bare = [name_of(path) for path in SRC.rglob("*.h") if "#pragma once" not in path.read_text()]
    assert not bare


def test_nothing_is_left_for_later():
    found = [f"{name_of(path)}:{number}" for path in code_files() if path != Path(__file__).resolve()
             for number, line in enumerate(path.read_text().splitlines(), 1) if FORBIDDEN.search(line)]
    assert not found


def test_names_say_something():
    assert not [name_of(path) for path in tracked() if path.stem in VAGUE_NAMES]


def test_every_module_has_a_readme_of_one_screen():
    modules = [path for path in SRC.iterdir() if path.is_dir()]
    missing = [path.name for path in modules if not (path / "README.md").is_file()]
    assert not missing
    long = [path.name for path in modules if len((path / "README.md").read_text().splitlines()) > 70]
    assert not long


def test_text_files_end_with_a_newline():
    files = [path for path in tracked() if path.suffix in CODE | {".md", ".txt", ".cql", ".golden"}]
    assert not [name_of(path) for path in files if (text := path.read_bytes()) and not text.endswith(b"\n")]


def test_no_test_is_skipped():
    found = [name_of(path) for path in code_files() if path != Path(__file__).resolve()
             and re.search(r"GTEST_SKIP|DISABLED_\w|pytest\.mark\.(skip|xfail)|pytest\.skip\(", path.read_text())]
    assert not found


def test_links_between_documents_lead_somewhere():
    broken = []
    for path in tracked():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text()):
            if "://" not in target and not (path.parent / target).exists():
                broken.append(f"{name_of(path)} -> {target}")
    assert not broken


def test_every_setting_is_documented():
    settings = set(re.findall(r'^ +\{"(\w+)",', (SRC / "main" / "config.cc").read_text(), re.MULTILINE))
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "operating" / "running.md").read_text()))
    assert len(settings) >= 9 and settings <= documented, settings - documented


def test_every_limit_is_documented_with_its_numbers():
    source = (SRC / "base" / "limits.h").read_text()
    entry = re.compile(r'\{"(\w+)", &(\w+)_limits::\1,\s*(?:limit_scope::(\w+),\s+)?([^{}]*)\}')
    default = re.compile(r"std::uint\d\d_t (\w+) = ([^;]+);")
    number = lambda text: eval(re.sub(r"ull|'", "", text.strip()))
    defaults = {name: number(value) for name, value in default.findall(source)}
    rows = {}
    for line in (ROOT / "docs" / "operating" / "limits.md").read_text().splitlines():
        if line.startswith("| `"):
            key, *numbers = [cell.strip() for cell in line.strip("| ").split("|")]
            rows[key.strip("`")] = [number(cell.replace("^", "**")) for cell in numbers[:-1] if cell]
    text = (ROOT / "docs" / "operating" / "limits.md").read_text()
    expected = {}
    for name, kind, scope, numbers in entry.findall(source):
        floor, *rest = [number(each) for each in numbers.split(",")]
        if scope == "server":
            rest = rest[1:]
        if scope == "function":
            assert f"`function_{name}_ceiling`" in text
        expected[f"{kind}_{name}"] = [defaults[name], floor, *rest]
    assert len(expected) > 20 and rows == expected


def test_every_metric_is_documented():
    metric = re.compile(r"nacre_\w+")
    sources = [SRC / "server" / "collector.cc", SRC / "main" / "function_metrics.cc", SRC / "main" / "sandbox_metrics.cc"]
    exported = {name for path in sources for name in re.findall(r'"(nacre_\w+)"', path.read_text())}
    documented = set(metric.findall((ROOT / "docs" / "operating" / "running.md").read_text()))
    assert len(exported) > 10 and exported <= documented, exported - documented
