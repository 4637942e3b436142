"""The vectors of the batch interface are what their generator writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

VECTORS = Path(__file__).resolve().parents[2] / "sdk" / "abi" / "vectors"


@pytest.mark.parametrize("name", ["encode.txt", "decode.txt", "errors.txt"])
def test_vectors_are_generated(name: str, tmp_path: Path):
    subprocess.run([sys.executable, str(VECTORS / "generate.py"), str(tmp_path)], check=True)
    assert (VECTORS / name).read_text() == (tmp_path / name).read_text(), "run sdk/abi/vectors/generate.py"
