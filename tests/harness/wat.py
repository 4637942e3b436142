"""WebAssembly modules as text: what every user's module has, around the few lines that a test is about."""

from __future__ import annotations

import base64

PAGE = 65536


def abi(version: int, at: int = 16) -> str:
    return f'(global (export "_scylla_abi") i32 (i32.const {at})) (data (i32.const {at}) "\\{version:02x}")'


def module(*parts: str, version: int = 1, memory: str = "1") -> str:
    """A module with its memory and version; `parts` are its other fields."""
    return f'(module (memory (export "memory") {memory}) {abi(version)} {" ".join(parts)})'


def function(body: str, parameters: str = "i64", returns: str = "i64", name: str = "f", locals: str = "") -> str:
    """The exported function; its arguments are locals 0, 1 …"""
    takes = f"(param {parameters})" if parameters else ""
    has = f"(local {locals})" if locals else ""
    return f'(func (export "{name}") {takes} (result {returns}) {has} {body})'


def allocator(malloc: str | None = None, free: str = "") -> str:
    """Version 2's exports. Unless told otherwise it hands out ever higher addresses from 1024 on."""
    bump = ("(global.get $top) (global.set $top (i32.and (i32.const -8)"
            " (i32.add (i32.const 7) (i32.add (global.get $top) (local.get 0)))))")
    return ("(global $top (mut i32) (i32.const 1024))"
            f'(func $malloc (export "_scylla_malloc") (param i32) (result i32) {malloc or bump})'
            f'(func $free (export "_scylla_free") (param i32) {free})')


def pair(size: int, address: int) -> str:
    """A value's size and address as versions 1 and 2 pass them."""
    return f"(i64.const {(size & 0xFFFFFFFF) << 32 | address & 0xFFFFFFFF:#x})"


def bytes_literal(of: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in of)


def constant(value: bytes | None, at: int = 64) -> str:
    """A module whose function `f` answers with these bytes whatever it is called with."""
    if value is None:
        return module(function(pair(-1, 0)))
    return module(f'(data (i32.const {at}) "{bytes_literal(value)}")', function(pair(len(value), at)))


# ---- Binary modules, for what the text can't say -------------------------------------------------


def leb(number: int) -> bytes:
    """An unsigned number."""
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def vector(items: list[bytes]) -> bytes:
    return leb(len(items)) + b"".join(items)


def name(text: bytes | str) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return leb(len(raw)) + raw


def section(number: int, content: bytes) -> bytes:
    return bytes([number]) + leb(len(content)) + content


def binary(*sections: bytes) -> bytes:
    return b"\0asm\1\0\0\0" + b"".join(sections)


I32, I64 = 0x7F, 0x7E
END = b"\x0b"


def identity(*, types: list[bytes] = (), exports: list[bytes] = (), codes: list[bytes] = (),
             before: bytes = b"", after: bytes = b"") -> bytes:
    """A whole binary module of version 1 with bigint `f`, which returns its argument. The lists are
    added to its sections, `before` and `after` stand around them."""
    return binary(
        before,
        section(1, vector([b"\x60" + vector([bytes([I64])]) + vector([bytes([I64])]), *types])),
        section(3, vector([leb(0)])),
        section(5, vector([b"\x00" + leb(1)])),
        section(6, vector([bytes([I32, 0]) + b"\x41\x10" + END])),
        section(7, vector([name("memory") + b"\x02\x00", name("_scylla_abi") + b"\x03\x00", name("f") + b"\x00\x00", *exports])),
        section(10, vector(list(codes) or [sized(b"\x00\x20\x00" + END)])),
        section(11, vector([b"\x00\x41\x10" + END + name(b"\x01")])),
        after)


def sized(content: bytes) -> bytes:
    return leb(len(content)) + content


def as_base64(of: bytes) -> str:
    return base64.b64encode(of).decode()
