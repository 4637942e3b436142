"""Builds the modules of tests/udf/modules with their real toolchains, each once, under build/guest-modules."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from harness.server import ROOT

SOURCES = ROOT / "tests" / "udf" / "modules"
BUILT = ROOT / "build" / "guest-modules"
SECONDS_MAX = 900
CLANG = ["clang-19", "-O2", "-Wall", "-Wextra", "-Werror", "-std=c17"]
LINK = ["-Wl,--export=_scylla_abi", "-Wl,--strip-all"]
FREESTANDING = [*CLANG, "--target=wasm32", "-ffreestanding", "-nostdlib", "-mbulk-memory", "-Wl,--no-entry", *LINK]
# Debian's wasi-libc knows the target by its older name, without a version.
WASI = [*CLANG, "--target=wasm32-wasi", "-mexec-model=reactor", *LINK]
RUST_TARGETS = ["rustup", "target", "add", "wasm32-unknown-unknown", "wasm32-wasip1"]
ZIG = [sys.executable, "-m", "ziglang"]


@dataclass
class Toolchain:
    """`commands` run in a copy of the sources; `{out}` is where the modules go. `needs` are programs and who
    brings them."""

    sources: str
    commands: list[list[str]]
    needs: dict[str, str]
    files: list[str] = field(default_factory=list)


TOOLCHAINS = {
    "clang": Toolchain("c", [
        [*FREESTANDING, "functions.c", "memory_1.c", "-o", "{out}/version_1.wasm"],
        [*FREESTANDING, "functions.c", "memory_2.c", "-o", "{out}/version_2.wasm"],
        [*FREESTANDING[:-2], "-Wl,--export=nacre_row", "-Wl,--strip-debug", "batch.c", "-o", "{out}/version_3.wasm"],
        [*WASI, "functions.c", "memory_wasi.c", "-o", "{out}/wasip1.wasm"],
    ], {"clang-19": "`make setup`"}),
    "zig cc": Toolchain("c", [
        [*ZIG, "cc", "--target=wasm32-wasi", "-mexec-model=reactor", "-O2", "-std=c17", *LINK,
         "functions.c", "memory_wasi.c", "-o", "{out}/wasip1.wasm"],
    ], {}),
    "zig": Toolchain("zig", [
        [*ZIG, "build-exe", "functions.zig", "-target", "wasm32-freestanding", "-O", "ReleaseSmall", "-fno-entry", "-rdynamic",
         "--export=_scylla_abi", "-femit-bin={out}/version_2.wasm"],
    ], {}),
    "rust": Toolchain("rust", [
        RUST_TARGETS,
        ["cargo", "build", "--quiet", "--locked", "--release", "--target", "wasm32-unknown-unknown", "--target", "wasm32-wasip1",
         "--target-dir", "{target}"],
        ["cp", "{target}/wasm32-unknown-unknown/release/functions.wasm", "{out}/unknown.wasm"],
        ["cp", "{target}/wasm32-wasip1/release/functions.wasm", "{out}/wasip1.wasm"],
    ], {"cargo": "Rust 1.95 or later (https://rustup.rs)", "rustup": "https://rustup.rs"}),
    "scylla-udf": Toolchain("scylla_udf", [
        RUST_TARGETS,
        ["cargo", "build", "--quiet", "--locked", "--release", "--target", "wasm32-wasip1", "--target-dir", "{target}"],
        ["cp", "{target}/wasm32-wasip1/release/functions.wasm", "{out}/wasip1.wasm"],
    ], {"cargo": "Rust 1.95 or later (https://rustup.rs)", "rustup": "https://rustup.rs"}),
    "assemblyscript": Toolchain("assemblyscript", [
        ["npm", "ci", "--silent"],
        ["npx", "asc", "functions.ts", "-O3", "--runtime", "incremental", "--use", "abort=", "-o", "{out}/version_2.wasm"],
    ], {"npm": "Node.js 20.14 or later (https://nodejs.org)"}),
}


def sources_of(toolchain: Toolchain) -> list[Path]:
    directory = SOURCES / toolchain.sources
    return sorted(path for path in directory.rglob("*") if path.is_file()
                  and not {"node_modules", "target"} & set(path.relative_to(directory).parts))


def modules(name: str) -> dict[str, Path]:
    """The modules of this toolchain by name, built now if their sources or commands have changed."""
    toolchain = TOOLCHAINS[name]
    directory = BUILT / name.replace(" ", "-")
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = hashlib.sha256(repr(toolchain).encode())
        for path in sources_of(toolchain):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        stamp = directory / "stamp"
        if not stamp.exists() or stamp.read_text() != digest.hexdigest():
            build(toolchain, directory)
            stamp.write_text(digest.hexdigest())
    return {path.stem: path for path in sorted((directory / "out").glob("*.wasm"))}


def build(toolchain: Toolchain, directory: Path) -> None:
    for program, advice in toolchain.needs.items():
        assert shutil.which(program), f"{program} is missing: {advice} brings it"
    work, out, target = directory / "sources", directory / "out", directory / "target"
    out.mkdir(exist_ok=True)
    for path in sources_of(toolchain):
        to = work / path.relative_to(SOURCES / toolchain.sources)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)
    for command in toolchain.commands:
        words = [word.replace("{out}", str(out)).replace("{target}", str(target)) for word in command]
        done = subprocess.run(words, cwd=work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=SECONDS_MAX, env=os.environ | {"RUSTFLAGS": ""})
        assert done.returncode == 0, f"{' '.join(words)} failed:\n{done.stdout[-4000:]}"
