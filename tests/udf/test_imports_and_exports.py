"""CREATE FUNCTION takes a module only if everything that a call will need is there and of the right type."""

from __future__ import annotations

import pytest

from harness.wat import abi, as_base64, function, identity, module, name, section, vector

IDENTITY = function("(local.get 0)")
MEMORY = '(memory (export "memory") 1)'


@pytest.mark.parametrize("what, match", [
    ('(import "env" "abort" (func (param i32)))', "Import env.abort is not available"),
    ('(import "env" "memory" (memory 1))', "Import env.memory is not available"),
    ('(import "env" "table" (table 1 funcref))', "Import env.table is not available"),
    ('(import "env" "g" (global i32))', "Import env.g is not available"),
    ('(import "env" "tag" (tag (param i32)))', "Import env.tag is not available"),
    ('(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))', "Import wasi_unstable.fd_write is not available"),
    ('(import "wasi_snapshot_preview1" "fork" (func))', "Import wasi_snapshot_preview1.fork is not available"),
    ('(import "wasi_snapshot_preview1" "fd_write" (func (param i32)))', "incompatible import type for `wasi_snapshot_preview1::fd_write`"),
    ('(import "wasi_snapshot_preview1" "fd_write" (global i32))', "incompatible import type for `wasi_snapshot_preview1::fd_write`"),
    ('(import "user" "memory" (memory 1))', "Import user.memory is not available"),
    ('(import "" "" (func))', r"Import \. is not available"),
])
def test_imports_that_do_not_exist(guest, what, match):
    body = (f'(module {what} (memory $own 1) (export "memory" (memory $own)) {abi(1)} {IDENTITY})'
            if "(memory 1)" in what else f"(module {what} {MEMORY} {abi(1)} {IDENTITY})")
    if "(memory 1)" in what:
        body = body.replace("(data (i32", "(data (memory $own) (i32")
    guest.refused(body, match)


@pytest.mark.parametrize("body, match", [
    (f"(module {MEMORY} {abi(1)})", "Function f was not found in given wasm source code"),
    (f'(module {MEMORY} {abi(1)} {function("(local.get 0)", name="F")})', "Function f was not found"),
    (f'(module {MEMORY} {abi(1)} (global (export "f") i64 (i64.const 0)))', "Exported object f is not a function"),
    (f'(module (memory (export "f") (export "memory") 1) {abi(1)})', "Exported object f is not a function"),
    (f'(module {MEMORY} {abi(1)} (table (export "f") 1 funcref))', "Exported object f is not a function"),
    (f'(module {MEMORY} {abi(1)} (tag (export "f")))', "Exported object f is not a function"),
    (f"(module (memory 1) {abi(1)} {IDENTITY})", "Memory export not found - please export `memory` in the wasm module"),
    ('(module (global (export "_scylla_abi") i32 (i32.const 16)) ' + IDENTITY + ")", "Memory export not found"),
    (f'(module (memory 1) (func (export "memory")) {abi(1)} {IDENTITY})', "Exported object memory is not a memory"),
    (f"(module {MEMORY} {IDENTITY})", "ABI export not found - please export `_scylla_abi` in the wasm module"),
    (f'(module {MEMORY} (global (export "_scylla_abi") i64 (i64.const 16)) {IDENTITY})', "Exported object _scylla_abi is not an i32 global"),
    (f'(module {MEMORY} (func (export "_scylla_abi") (result i32) (i32.const 16)) {IDENTITY})',
     "Exported object _scylla_abi is not an i32 global"),
    (module(function("(local.get 0)", parameters="i64 i64")), "Incorrect wasm function argument count. Expected 1, got 2"),
    (module(function("(i64.const 0)", parameters="")), "Incorrect wasm function argument count. Expected 1, got 0"),
    (module(function("(i64.const 0)", parameters="i32")),
     "Incorrect wasm value kind for argument 1 of type bigint. Expected i64, got i32"),
    (module(function("(i64.const 0)", parameters="externref")),
     "Incorrect wasm value kind for argument 1 of type bigint. Expected i64, got a reference"),
    (module(function("(i32.const 0)", returns="i32")), "Incorrect wasm value kind returned. Expected i64, got i32"),
    (module('(func (export "f") (param i64))'), "Incorrect wasm value count returned. Expected 1, got 0"),
    (module(function("(i64.const 0) (i64.const 0)", returns="i64 i64")), "Incorrect wasm value count returned. Expected 1, got 2"),
])
def test_exports_of_the_wrong_kind(guest, body, match):
    guest.refused(body, match)


@pytest.mark.parametrize("count", [2, 20])
def test_more_memories_than_one_are_refused(guest, count):
    guest.refused(module("(memory 1)" * (count - 1), IDENTITY), f"the module has {count} memories, a function may have one")


def test_many_tables_are_refused(guest):
    guest.refused(module("(table 1 funcref)" * 100, IDENTITY), "table")


def test_the_same_name_exported_twice(guest):
    guest.refused(module(IDENTITY, IDENTITY), "(?i)duplicate export")


def test_the_same_function_under_many_names(guest):
    guest.create(as_base64(identity(exports=[name(f"f{i}") + b"\x00\x00" for i in range(1000)])))
    assert guest.call() == 10


@pytest.mark.parametrize("exported", ["", "f ", "\u0000f", "f\u0000", "ｆ", "F"])
def test_names_that_only_look_like_it(guest, exported):
    guest.refused(as_base64(binary_named(exported)), "Function f was not found in given wasm source code")


def binary_named(exported: str) -> bytes:
    """The identity module with its function under another name."""
    whole = identity()
    exports = vector([name("memory") + b"\x02\x00", name("_scylla_abi") + b"\x03\x00", name("f") + b"\x00\x00"])
    other = vector([name("memory") + b"\x02\x00", name("_scylla_abi") + b"\x03\x00", name(exported) + b"\x00\x00"])
    return whole.replace(section(7, exports), section(7, other))


@pytest.mark.parametrize("cut", range(8, 60, 3))
def test_binaries_that_end_too_early(guest, cut):
    guest.refused(as_base64(identity()[:cut]), "Compilation failed|not found|was not found")


@pytest.mark.parametrize("body", ["", "   ", "(", ")", "(module", "(modul)", "((((((", ";; only a comment", "\\0asm", "AGFzbQ",
                                  "AGFzbQEAAAA", "AGFzbQIAAAA=", "AGFzbQ0AAQA=", "AGFzb?==", "'hello'", "return v", "(component)"])
def test_bodies_that_are_no_modules(guest, body):
    guest.refused(body, "Compilation failed|Function f was not found")


def test_functions_that_look_like_the_batch_interface(guest):
    """The names of Nacre's own interface in a module of version 1 are the user's business."""
    guest.create(module('(func (export "nacre_reserve") (param i32) (result i32) unreachable)'
                        '(func (export "nacre_error") (result i64) unreachable)', IDENTITY))
    assert guest.call() == 10


def test_two_hundred_refusals_leave_nothing_behind(guest):
    body = f'(module (import "env" "abort" (func (param i32))) {MEMORY} {abi(1)} {IDENTITY})'

    def run(times: int) -> None:
        for _ in range(times):
            guest.refused(body, "Import env.abort is not available")
    run(5)
    guest.holds_no_more(lambda: run(200))
