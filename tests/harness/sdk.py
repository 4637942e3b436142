"""Builds functions with the helper libraries of sdk/ and their real toolchains, under build/sdk."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

from harness.server import ROOT

BUILT = ROOT / "build" / "sdk"
SECONDS_MAX = 900
RUST_TARGETS = ("wasm32-unknown-unknown", "wasm32-wasip1")


@contextmanager
def alone(name: str):
    """One test process at a time; yields the directory for what is built."""
    directory = BUILT / name
    directory.mkdir(parents=True, exist_ok=True)
    with open(BUILT / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory


def need(program: str, advice: str) -> None:
    assert shutil.which(program), f"{program} is missing: {advice} brings it"


def run(command: list[str], directory: Path, **environment: str) -> str:
    """What the command printed; it has to succeed."""
    done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=SECONDS_MAX, env=os.environ | environment)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout[-8000:]}"
    return done.stdout


def cargo(command: list[str], crate: Path) -> str:
    """`cargo …` in a crate, with a target directory that all crates share."""
    need("cargo", "Rust 1.95 or later (https://rustup.rs)")
    with alone("rust") as target:
        return run(["cargo", *command], crate, CARGO_TARGET_DIR=str(target), RUSTFLAGS="")


def rust_module(crate: Path, name: str, target: str, *options: str) -> Path:
    """The module of a crate for one of RUST_TARGETS."""
    need("rustup", "https://rustup.rs")
    with alone("rustup"):
        run(["rustup", "target", "add", *RUST_TARGETS], crate)
    cargo(["build", "--quiet", "--locked", "--release", "--target", target, *options], crate)
    return BUILT / "rust" / target / "release" / f"{name}.wasm"


def npm_install(package: Path) -> None:
    """`npm ci` in a package, unless what it would install is there."""
    need("npm", "Node.js 20.14 or later (https://nodejs.org)")
    with alone(f"npm-{package.relative_to(ROOT).as_posix().replace('/', '-')}") as directory:
        wanted = (package / "package.json").read_text() + (package / "package-lock.json").read_text()
        stamp = directory / "installed"
        if not (package / "node_modules").exists() or not stamp.exists() or stamp.read_text() != wanted:
            run(["npm", "ci", "--silent"], package)
            stamp.write_text(wanted)


def assemblyscript_module(package: Path, name: str, runtime: str = "minimal", *options: str) -> Path:
    """The module of NAME.ts in a package that depends on nacre-function."""
    npm_install(package)
    # Where the linked library looks for the compiler.
    npm_install(ROOT / "sdk" / "assemblyscript")
    with alone("assemblyscript") as directory:
        out = directory / f"{name}-{runtime}.wasm"
        run(["npx", "asc", f"{name}.ts", "--config", "node_modules/nacre-function/asconfig.json", "--runtime", runtime, "--outFile", str(out), *options],
            package)
        return out
