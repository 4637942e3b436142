"""The real cqlsh as a child process, and its tables read back."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from harness.server import ROOT

# Of the environment that has one: suites of other drivers run in environments of their own.
CQLSH = ROOT / ".venv" / "bin" / "cqlsh"
VERSION_NOTE = "WARNING: cqlsh was built against"
SECONDS_MAX = 300


def run(host: str, port: int | str, *arguments: str, text: str | None = None,
        home: Path | None = None) -> subprocess.CompletedProcess:
    """`text` is what is typed on standard input. Without `home` an empty one is made, so that nobody's
    cqlshrc or history is touched."""
    with tempfile.TemporaryDirectory(prefix="cqlsh-") as empty:
        environment = dict(os.environ, HOME=str(home or empty), TERM="dumb", COLUMNS="200")
        done = subprocess.run(
            [str(CQLSH), "--no-color", "--request-timeout=60", "--connect-timeout=20", host, str(port), *arguments], input=text, text=True,
            stdin=subprocess.DEVNULL if text is None else None,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS_MAX, env=environment,
        )
    # cqlsh tells of every server that is not of exactly its own release.
    kept = [line for line in done.stdout.splitlines(keepends=True) if not line.startswith(VERSION_NOTE)]
    done.stdout = "".join(kept)
    return done


def cells(output: str) -> list[list[str]]:
    """The lines of the printed tables, cut at the bars."""
    return [[cell.strip() for cell in line.split("|")] for line in output.splitlines() if line.strip()]


def tables(output: str) -> list[str]:
    """What was printed, one text for each result, without the warnings that follow some."""
    found, lines, in_warnings = [], [], False
    for line in output.splitlines():
        in_warnings = line.startswith("Warnings :") or (in_warnings and bool(line.strip()))
        if in_warnings or not (line.strip() or lines):
            continue
        lines.append(line)
        if line.startswith("(") and line.endswith("rows)"):
            found.append("\n".join(lines))
            lines = []
    return found
