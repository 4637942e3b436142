"""Guest memory is reached through guest_memory alone, which checks every address."""

from __future__ import annotations

from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"
DOOR = Path("udf/wasm/memory_access.cc")


def test_one_file_asks_for_the_bytes_of_a_guest():
    found = {
        path.relative_to(SRC)
        for path in SRC.rglob("*")
        if path.suffix in {".h", ".cc"} and "wasmtime_memory_data" in path.read_text()
    }
    assert found == {DOOR}
