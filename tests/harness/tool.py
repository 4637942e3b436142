"""`nacre function …` as a program that is run."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.server import BINARY

SECONDS_MAX = 300


@dataclass
class Done:
    status: int
    out: str
    err: str

    def json(self):
        return json.loads(self.out)


def nacre(*words: str | Path, cwd: Path | None = None, **environment: str) -> Done:
    """What the program answered; without a terminal."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NACRE_")}
    done = subprocess.run([str(BINARY), *map(str, words)], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=SECONDS_MAX, env=inherited | environment)
    return Done(done.returncode, done.stdout, done.stderr)


def function(*words: str | Path, cwd: Path | None = None, **environment: str) -> Done:
    return nacre("function", *words, cwd=cwd, **environment)


def succeed(*words: str | Path, cwd: Path | None = None, **environment: str) -> Done:
    done = function(*words, cwd=cwd, **environment)
    assert done.status == 0, f"nacre function {' '.join(map(str, words))} ended with {done.status}:\n{done.out}\n{done.err}"
    return done
