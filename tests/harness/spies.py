"""WebAssembly modules that write where they can, and others that look for what was written: of `(bigint) -> bigint`, version 1."""

from __future__ import annotations

from harness.wat import function, module

# What the spies fill; each page of it costs them CPU time.
PAGES = 64
GROW = "(block $full (loop $more (br_if $full (i32.eq (i32.const -1) (memory.grow (i32.const 1)))) (br $more)))"
# Writes a pattern over everything that it can reach, behind the first page's beginning.
SPY_WRITES = module(
    "(table $t 1000 funcref) (global $g (mut i64) (i64.const 0)) (elem declare func $me) (func $me)",
    function(GROW + " (memory.fill (i32.const 4096) (i32.const 0xA5) (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4096)))"
             " (table.fill $t (i32.const 0) (ref.func $me) (i32.const 1000)) (global.set $g (i64.const 0x5ec4e7))"
             " (i64.extend_i32_u (memory.size))"))
# Counts what is not as a fresh module has it: bytes behind the first 4 KiB, elements, the global.
SPY_READS = module(
    "(table $t 1000 funcref) (global $g (mut i64) (i64.const 0))",
    function(GROW + """
  (local.set $end (i32.shl (memory.size) (i32.const 16)))
  (local.set $at (i32.const 4096))
  (loop $bytes
    (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (br_if $bytes (i32.lt_u (local.get $at) (local.get $end))))
  (local.set $at (i32.const 0))
  (loop $elements
    (if (i32.eqz (ref.is_null (table.get $t (local.get $at)))) (then (local.set $found (i64.add (local.get $found) (i64.const 1)))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $elements (i32.lt_u (local.get $at) (i32.const 1000))))
  (i64.add (local.get $found) (global.get $g))""").replace("(result i64)", "(result i64) (local $end i32) (local $at i32) (local $found i64)"))
# Counts its own calls in each place that a module can keep something.
COUNTER = module("(global $g (mut i64) (i64.const 0)) (table $t 1 funcref) (elem declare func $me) (func $me)",
                 function("(global.set $g (i64.add (global.get $g) (i64.const 1)))"
                          " (i64.store (i32.const 128) (i64.add (i64.load (i32.const 128)) (i64.const 1)))"
                          " (i64.add (i64.add (global.get $g) (i64.mul (i64.const 1000) (i64.load (i32.const 128))))"
                          " (i64.mul (i64.const 1000000) (i64.extend_i32_u (ref.is_null (table.get $t (i32.const 0))))))"
                          " (table.set $t (i32.const 0) (ref.func $me))"))

