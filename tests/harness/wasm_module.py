"""A WebAssembly module that a helper library made: what its sections declare, and the module as a host sees it that knows only ScyllaDB's
interface."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from harness.conformance import Declaration, read_function
from harness.golden import Client

HEAD = b"\0asm\1\0\0\0"
CUSTOM, IMPORT, EXPORT = 0, 2, 7


def number(content: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 and where it ends."""
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def number_bytes(value: int) -> bytes:
    made = b""
    while value >= 0x80:
        made += bytes([value & 0x7F | 0x80])
        value >>= 7
    return made + bytes([value])


def sections(module: bytes) -> list[tuple[int, bytes]]:
    assert module.startswith(HEAD)
    at, found = len(HEAD), []
    while at < len(module):
        kind = module[at]
        size, at = number(module, at + 1)
        found.append((kind, module[at:at + size]))
        at += size
    return found


def joined(parts: list[tuple[int, bytes]]) -> bytes:
    return HEAD + b"".join(bytes([kind]) + number_bytes(len(content)) + content for kind, content in parts)


def custom_text(module: bytes, name: str) -> str:
    """The text of all sections of this name."""
    text = b""
    for kind, content in sections(module):
        if kind == CUSTOM:
            size, at = number(content, 0)
            if content[at:at + size] == name.encode():
                text += content[at + size:]
    return text.decode()


def imports(module: bytes) -> list[tuple[str, str]]:
    """The modules and names of what a module imports; functions alone, as helper libraries do."""
    found = []
    for kind, content in sections(module):
        if kind != IMPORT:
            continue
        count, at = number(content, 0)
        for _ in range(count):
            names = []
            for _ in range(2):
                size, at = number(content, at)
                names.append(content[at:at + size].decode())
                at += size
            assert content[at] == 0, f"{names} is no function"
            _, at = number(content, at + 1)
            found.append((names[0], names[1]))
    return found


def without_batches(module: bytes) -> bytes:
    """Without Nacre's sections and exports: what is left is a module of version 2. Where it says why it traps stays."""
    kept = []
    for kind, content in sections(module):
        if kind == CUSTOM:
            continue
        kept.append((kind, without_exports(content, b"nacre_", b"nacre_panic") if kind == EXPORT else content))
    return joined(kept)


def without_exports(content: bytes, prefix: bytes, stays: bytes) -> bytes:
    count, at = number(content, 0)
    kept = []
    for _ in range(count):
        start = at
        size, at = number(content, at)
        name = content[at:at + size]
        _, at = number(content, at + size + 1)
        if name == stays or not name.startswith(prefix):
            kept.append(content[start:at])
    return number_bytes(len(kept)) + b"".join(kept)


@dataclass
class WasmModule:
    """Version 3, or 2 where `version` says so."""

    path: Path
    version: int = 3

    @cached_property
    def functions(self) -> dict[str, Declaration]:
        lines = [line for line in custom_text(self.path.read_bytes(), "nacre.functions").splitlines() if line and not line.startswith("abi ")]
        declared = [read_function(line) for line in lines]
        return {each.name: each for each in declared}

    @cached_property
    def declarations(self) -> list[str]:
        """Statements, each once: types as they come, then aggregates."""
        text = custom_text(self.path.read_bytes(), "nacre.declarations")
        statements = dict.fromkeys(line for line in text.splitlines() if line)
        return sorted(statements, key=lambda statement: not statement.startswith("CREATE TYPE"))

    @cached_property
    def body(self) -> str:
        module = self.path.read_bytes()
        return base64.b64encode(without_batches(module) if self.version == 2 else module).decode()

    def statements(self, names: list[str] | None = None) -> list[str]:
        """What creates the types, functions and aggregates; of `names` if there are some, without aggregates."""
        types = [statement for statement in self.declarations if statement.startswith("CREATE TYPE")]
        aggregates = [statement for statement in self.declarations if statement not in types]
        made, body = types, self.body
        for function in self.functions.values():
            if names is not None and function.name not in names:
                continue
            deterministic = " DETERMINISTIC" if function.is_deterministic else ""
            made.append(f"CREATE FUNCTION {function.name}({function.signature}) {function.null} ON NULL INPUT RETURNS"
                        f" {function.returns}{deterministic} LANGUAGE wasm AS '{body}'")
            # The others share the source.
            body = f"sha256:{hashlib.sha256(self.body.encode()).hexdigest()}"
        return made + (aggregates if names is None else [])

    def install(self, client: Client, names: list[str] | None = None) -> None:
        """Creates them in the keyspace that the client is in."""
        for statement in self.statements(names):
            client.execute(statement)
