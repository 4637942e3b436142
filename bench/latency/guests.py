"""What runs beside the measured load: functions that do their worst, as statements that a client sends again and again."""

from __future__ import annotations

from dataclasses import dataclass

from harness.wat import allocator, function, module

CALLED = "SELECT {keyspace}.{name}(v) FROM {keyspace}.few"
PAGE_COUNT = 512  # 32 MiB, the default limit of a function's memory


@dataclass(frozen=True)
class Guest:
    """A function `name`, called with each row's bigint; `call` may be another statement."""

    name: str
    what: str
    language: str
    body: str
    call: str = CALLED


def wasm(name: str, what: str, body: str, *parts: str, memory: str = "1", version: int = 1, locals: str = "") -> Guest:
    return Guest(name, what, "wasm", module(*parts, function(body, name=name, locals=locals), memory=memory, version=version))


def lua(name: str, what: str, body: str) -> Guest:
    return Guest(name, what, "lua", body)


ALL_OF_IT = PAGE_COUNT << 16

GUESTS = [
    wasm("endless_loop", "an endless loop", "(loop $l (br $l)) (local.get 0)"),
    wasm("busy_loop", "half a second of work in each call",
         "(loop $l (local.set 1 (i64.add (local.get 1) (i64.const 1))) (br_if $l (i64.lt_s (local.get 1) (i64.const 1000000000)))) (local.get 0)",
         locals="i64"),
    wasm("recursion", "recursion without end", "(call $deeper (local.get 0))",
         "(func $deeper (param i64) (result i64) (i64.add (i64.const 1) (call $deeper (local.get 0))))"),
    wasm("memory_fill", "memory.fill of all its memory, again and again",
         f"(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const {ALL_OF_IT})) (br $l)) (local.get 0)", memory=str(PAGE_COUNT)),
    wasm("memory_copy", "memory.copy of all its memory, again and again",
         f"(loop $l (memory.copy (i32.const 8) (i32.const 0) (i32.const {ALL_OF_IT - 8})) (br $l)) (local.get 0)", memory=str(PAGE_COUNT)),
    wasm("memory_touch", "all its memory touched once, in each call",
         f"(memory.fill (i32.const 0) (i32.const 1) (i32.const {ALL_OF_IT})) (local.get 0)", memory=str(PAGE_COUNT)),
    wasm("memory_grow", "memory.grow to its limit in each call",
         "(loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) (local.get 0)"),
    wasm("table_fill", "table.fill of a full table, again and again",
         "(loop $l (table.fill $t (i32.const 0) (ref.null func) (i32.const 20000)) (br $l)) (local.get 0)", "(table $t 20000 funcref)"),
    wasm("table_copy", "table.copy of a full table, again and again",
         "(loop $l (table.copy $t $t (i32.const 1) (i32.const 0) (i32.const 19999)) (br $l)) (local.get 0)", "(table $t 20000 funcref)"),
    wasm("traps", "a trap in each call", "(unreachable)"),
    Guest("malloc_loop", "an endless loop in the allocator", "wasm",
          module(allocator(malloc="(loop $l (br $l)) (i32.const 0)"), function("(local.get 0)", name="malloc_loop"), version=2),
          "SELECT {keyspace}.{name}(s) FROM {keyspace}.few"),
    lua("lua_endless", "an endless loop in Lua", "while true do end"),
    lua("lua_pcall", "pcall in an endless loop", "while true do pcall(error, 'again') end"),
    lua("lua_rep", "the longest string.rep", "local t = {} while true do t[1] = string.rep('x', 8000000) end"),
    lua("lua_pattern", "a pattern that backtracks", "return #string.match(string.rep('a', 4000) .. 'b', string.rep('a?', 40) .. '(.-)c$') or 0"),
    lua("lua_sort", "table.sort of a large table, again and again",
        "local t = {} for i = 1, 100000 do t[i] = (i * 7919) % 100003 end while true do table.sort(t, function(a, b) return a > b end) table.sort(t) end"),
    lua("lua_memory", "memory to its limit in each call", "local t = {} while true do t[#t + 1] = {#t} end"),
]
