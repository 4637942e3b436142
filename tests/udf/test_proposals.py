"""Every proposal to WebAssembly: guests have it, and it works, or CREATE FUNCTION says that they don't."""

from __future__ import annotations

import pytest

from harness.wat import as_base64, binary, function, identity, module, name, section

# Proposal: the module's fields, and what f(10) is.
ACCEPTED = {
    "mutable globals": ('(global (export "g") (mut i64) (i64.const 4))', function("(global.get 0)").replace("global.get 0", "global.get 1"), 4),
    "sign extension": ("", function("(i64.extend8_s (i64.const 0xff))"), -1),
    "non-trapping conversions": ("", function("(i64.trunc_sat_f64_s (f64.const 1e300))"), (1 << 63) - 1),
    "multi-value": ("(func $two (result i64 i64) (i64.const 1) (i64.const 2))", function("(call $two) i64.add"), 3),
    "multi-value blocks": ("", function("(local.get 0) (block (param i64) (result i64 i64) (i64.const 5)) i64.add"), 15),
    "bulk memory": ("", function("(memory.fill (i32.const 100) (i32.const 1) (i32.const 8)) (i64.load (i32.const 100))"), 0x0101010101010101),
    "reference types": ("(table 3 externref)", function("(i64.extend_i32_u (table.size 0))"), 3),
    "SIMD": ("", function("(i64x2.extract_lane 1 (i64x2.add (i64x2.splat (local.get 0)) (v128.const i64x2 1 2)))"), 12),
    "relaxed SIMD": ("", function("(i64.extend_i32_s (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (v128.const f32x4 7 7 7 7))))"), 7),
    "tail calls": ("(func $g (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))", function("(return_call $g (local.get 0))"), 11),
    "extended constants": ("(global $c i64 (i64.add (i64.const 40) (i64.mul (i64.const 2) (i64.const 1))))", function("(global.get $c)"), 42),
    "exceptions": ("(tag $t (param i64))", function("(block $h (result i64) (try_table (result i64) (catch $t $h) (throw $t (i64.const 8))))"), 8),
    "annotations in the text": ("(@custom \"note\" \"anything\")", function("(local.get 0)"), 10),
    "names": ("(func $\"a name with spaces\" (result i64) (i64.const 6))", function("(call $\"a name with spaces\")"), 6),
}
# Proposal: the module's fields, and what the refusal must speak of.
REFUSED = {
    "64-bit tables": ("(table $t i64 1 funcref)", "(?i)memory64|64-bit"),
    "GC: structs": ("(type $s (struct (field i32)))", "(?i)gc"),
    "GC: arrays": ("(type $a (array (mut i8)))", "(?i)gc"),
    "GC: recursive types": ("(rec (type $a (func)) (type $b (struct)))", "(?i)gc"),
    "GC: i31": ("(global i31ref (ref.i31 (i32.const 1)))", "(?i)gc"),
    "GC: subtypes": ("(type $a (sub (func))) (type $b (sub $a (func)))", "(?i)gc"),
    "wide arithmetic": ("(func (result i64 i64) (i64.add128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)))", "(?i)wide.arithmetic"),
    "stack switching": ("(type $f (func)) (type $k (cont $f))", "(?i)stack switching|continuation"),
    "shared-everything threads": ("(global (shared mut i32) (i32.const 0))", "(?i)shared"),
    "exceptions in their older form": ("(tag $t) (func (try (do (throw $t)) (catch $t)))", "unknown operator"),
    "function references": ("(type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0)))", "function references"),
    "more memories": ("(memory $m 1)", "2 memories"),
}


@pytest.mark.parametrize("proposal", ACCEPTED)
def test_what_guests_have(guest, proposal):
    fields, call, answer = ACCEPTED[proposal]
    guest.create(module(fields, call))
    assert guest.call() == answer


def test_branch_hints_are_taken_and_ignored(guest):
    hints = section(0, name("metadata.code.branch_hint") + b"\x01\x00\x01\x03\x01\x00")
    guest.create(as_base64(identity(before=hints)))
    assert guest.call() == 10


@pytest.mark.parametrize("proposal", REFUSED)
def test_what_guests_do_not_have(guest, proposal):
    fields, match = REFUSED[proposal]
    guest.refused(module(fields, function("(local.get 0)")), match)


def test_atomic_instructions_on_an_ordinary_memory(guest):
    """Part of the threads proposal; without shared memory they are ordinary instructions, or not there."""
    body = module(function("(i64.atomic.rmw.add (i32.const 128) (local.get 0))"))
    guest.refused(body, "(?i)threads|atomic")


def test_waiting_is_not_possible(guest):
    """memory.atomic.wait would hold the shard's thread."""
    guest.refused(module(function("(i64.extend_i32_s (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))")),
                  "(?i)threads|atomic|shared")


@pytest.mark.parametrize("kind", ["i64 1", "1 1 shared", "65536 (pagesize 1)"])
def test_the_exported_memory_is_an_ordinary_one(guest, kind):
    guest.refused(f'(module (memory (export "memory") {kind}) (global (export "_scylla_abi") i32 (i32.const 16))'
                  + function("(local.get 0)") + ")", "(?i)memory64|64-bit|32-bit memory|threads|shared|page.size")


@pytest.mark.parametrize("body", [
    "(component)", '(component (core module (func (export "f"))))', as_base64(b"\0asm\x0d\0\1\0"), as_base64(b"\0asm\x0a\0\1\0"),
])
def test_components_are_no_modules(guest, body):
    guest.refused(body, "Compilation failed|was not found")


def test_a_module_of_another_version(guest):
    guest.refused(as_base64(b"\0asm\2\0\0\0" + binary()[8:]), "Compilation failed: .*version")
