"""The examples in docs/reference/cql.md give what is written there."""

from __future__ import annotations

import re
from pathlib import Path

from harness import golden
from harness.server import ROOT, Server

PAGE = ROOT / "docs" / "reference" / "cql.md"
EXAMPLE = re.compile(r"^\|[^|]*\| `(?P<expression>.+)` \| `(?P<value>.+)` \|$", re.MULTILINE)


def test_functions(tmp_path: Path) -> None:
    examples = EXAMPLE.findall(PAGE.read_text())
    assert len(examples) > 25
    with Server(tmp_path, shards=1) as server:
        client = golden.Client(server.host, server.port)
        answers = {expression: client.answer(f"SELECT {expression} FROM system.local") for expression, _ in examples}
        client.close()
    wrong = [f"{expression}: {answers[expression]}, not {value}" for expression, value in examples
             if answers[expression].splitlines()[1:] != [value, "(1 row)"]]
    assert not wrong, "\n".join(wrong)
