"""Builds modules with sdk/cpp and its compilers, under build/sdk/cpp, each again when a source has changed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from harness.sdk import alone, run
from harness.server import ROOT

SDK = ROOT / "sdk" / "cpp"
DRIVER = [sys.executable, str(SDK / "bin" / "nacre-c++")]
COMPILERS = ("clang++-19", "zig")


def digest_of(paths: list[Path], *more: str) -> str:
    made = hashlib.sha256(repr(more).encode())
    for path in sorted(paths):
        made.update(f"{path}\0".encode() + path.read_bytes())
    return made.hexdigest()


def module(name: str, sources: list[Path], compiler: str, *options: str) -> Path:
    """What `nacre-c++` makes of the sources."""
    with alone("cpp") as directory:
        out = directory / f"{name}-{compiler}.wasm"
        stamp = out.with_suffix(".stamp")
        library = [path for path in SDK.rglob("*") if path.is_file()]
        headers = {header for source in sources for header in source.parent.glob("*.h")}
        digest = digest_of([*library, *sources, *headers], compiler, *options)
        if not out.exists() or not stamp.exists() or stamp.read_text() != digest:
            run([*DRIVER, "--compiler", compiler, "-Wall", "-Wextra", "-Werror", *options, *map(str, sources), "-o", str(out)], ROOT)
            stamp.write_text(digest)
        return out


def compiled(command: list[str], directory: Path) -> subprocess.CompletedProcess:
    """The compiler's verdict, whichever it is."""
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300)
