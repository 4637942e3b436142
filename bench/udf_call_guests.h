#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

/// The functions that udf_call measures, as one module for each ABI: next(bigint) adds one,
/// capital(text) turns a first letter into a capital, total(list<int>) adds the elements up.
namespace nacre::bench {

// What is done for a row, the same in every module.
inline constexpr std::string_view rows_work = R"(
  ;; Eight bytes at a time: there is room behind every value.
  (func $capital_row (param $from i32) (param $size i32) (param $to i32)
    (local $i i32) (local $c i32)
    (loop $more
      (i64.store (i32.add (local.get $to) (local.get $i))
        (i64.load (i32.add (local.get $from) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $more (i32.lt_u (local.get $i) (local.get $size))))
    (local.set $c (i32.load8_u (local.get $to)))
    (if (i32.lt_u (i32.sub (local.get $c) (i32.const 97)) (i32.const 26))
      (then (i32.store8 (local.get $to) (i32.sub (local.get $c) (i32.const 32))))))
  (func $total_row (param $at i32) (result i32) (local $end i32) (local $v i32) (local $sum i32)
    (local.set $v (i32.load (local.get $at)))
    (local.set $end (i32.add (local.get $at) (i32.shl (i32.or
      (i32.rotl (i32.and (local.get $v) (i32.const 0x00ff00ff)) (i32.const 24))
      (i32.rotl (i32.and (local.get $v) (i32.const 0xff00ff00)) (i32.const 8)))
      (i32.const 3))))
    (block $done (loop $more
      (br_if $done (i32.eq (local.get $at) (local.get $end)))
      (local.set $v (i32.load offset=8 (local.get $at)))
      (local.set $sum (i32.add (local.get $sum) (i32.or
        (i32.rotl (i32.and (local.get $v) (i32.const 0x00ff00ff)) (i32.const 24))
        (i32.rotl (i32.and (local.get $v) (i32.const 0xff00ff00)) (i32.const 8)))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $more)))
    (local.get $sum)))";

inline constexpr std::string_view abi_one_work = R"((module (memory (export "memory") 1)
  (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\01")
  (func (export "next") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func (export "capital") (param i64) (result i64)
    (call $capital_row (i32.wrap_i64 (local.get 0))
      (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))) (i32.const 4096))
    (i64.or (i64.and (local.get 0) (i64.const 0xffffffff00000000)) (i64.const 4096)))
  (func (export "total") (param i64) (result i32)
    (call $total_row (i32.wrap_i64 (local.get 0)))))";

// The allocator has one free list, of blocks of 256 bytes.
inline constexpr std::string_view abi_two_work = R"((module (memory (export "memory") 4)
  (global (export "_scylla_abi") i32 (i32.const 16)) (data (i32.const 16) "\02")
  (global $top (mut i32) (i32.const 65536)) (global $list (mut i32) (i32.const 0))
  (func $malloc (export "_scylla_malloc") (param i32) (result i32) (local $at i32)
    (if (global.get $list) (then (local.set $at (global.get $list))
      (global.set $list (i32.load (local.get $at))) (return (local.get $at))))
    (local.set $at (global.get $top))
    (global.set $top (i32.add (local.get $at) (i32.const 256))) (local.get $at))
  (func $free (export "_scylla_free") (param $at i32)
    (i32.store (local.get $at) (global.get $list)) (global.set $list (local.get $at)))
  (func (export "next") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func (export "capital") (param i64) (result i64) (local $to i32) (local $size i32)
    (local.set $size (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
    (local.set $to (call $malloc (local.get $size)))
    (call $capital_row (i32.wrap_i64 (local.get 0)) (local.get $size) (local.get $to))
    (call $free (i32.wrap_i64 (local.get 0)))
    (i64.or (i64.and (local.get 0) (i64.const 0xffffffff00000000))
      (i64.extend_i32_u (local.get $to))))
  (func (export "total") (param i64) (result i32) (local $sum i32)
    (local.set $sum (call $total_row (i32.wrap_i64 (local.get 0))))
    (call $free (i32.wrap_i64 (local.get 0)))
    (local.get $sum)))";

// Every batch of the benchmark fits the fixed buffer, every result the room behind it.
inline constexpr std::string_view abi_three_work = R"((module (memory (export "memory") 16)
  (func (export "nacre_reserve") (param i32) (result i32) (i32.const 65536))
  (func (export "nacre_error") (result i64) (i64.const 0))
  (@custom "nacre.functions" "next(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\n")
  (@custom "nacre.functions" "capital(v text) RETURNS NULL ON NULL INPUT RETURNS text\n")
  (@custom "nacre.functions" "total(v list<int>) RETURNS NULL ON NULL INPUT RETURNS int\n")
  (func (export "nacre_call_next") (param $b i32) (result i32)
    (local $in i32) (local $out i32) (local $end i32)
    (local.set $in (i32.load offset=12 (local.get $b)))
    (local.set $out (i32.load offset=28 (local.get $b)))
    (local.set $end (i32.add (local.get $in) (i32.shl (i32.load (local.get $b)) (i32.const 3))))
    (i32.store offset=24 (local.get $b) (i32.const 0))
    (block $done (loop $rows
      (br_if $done (i32.ge_u (local.get $in) (local.get $end)))
      (i64.store (local.get $out) (i64.add (i64.const 1) (i64.load (local.get $in))))
      (local.set $in (i32.add (local.get $in) (i32.const 8)))
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (br $rows)))
    (i32.const 0))
  (func (export "nacre_call_capital") (param $b i32) (result i32)
    (local $i i32) (local $in i32) (local $out i32) (local $data i32) (local $begin i32)
    (local $size i32) (local $to i32)
    (local.set $in (i32.load offset=12 (local.get $b)))
    (local.set $data (i32.load offset=16 (local.get $b)))
    (local.set $out (i32.load offset=28 (local.get $b)))
    (i32.store offset=24 (local.get $b) (i32.const 0))
    (i32.store offset=32 (local.get $b) (i32.const 655360))
    (block $done (loop $rows
      (i32.store (local.get $out) (local.get $to))
      (br_if $done (i32.eq (local.get $i) (i32.load (local.get $b))))
      (local.set $begin (i32.load (local.get $in)))
      (local.set $size (i32.sub (i32.load offset=4 (local.get $in)) (local.get $begin)))
      (call $capital_row (i32.add (local.get $data) (local.get $begin)) (local.get $size)
        (i32.add (local.get $to) (i32.const 655360)))
      (local.set $to (i32.add (local.get $to) (local.get $size)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (local.set $in (i32.add (local.get $in) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br $rows)))
    (i32.store offset=36 (local.get $b) (local.get $to))
    (i32.const 0))
  (func (export "nacre_call_total") (param $b i32) (result i32)
    (local $in i32) (local $out i32) (local $data i32) (local $end i32)
    (local.set $in (i32.load offset=12 (local.get $b)))
    (local.set $data (i32.load offset=16 (local.get $b)))
    (local.set $out (i32.load offset=28 (local.get $b)))
    (local.set $end (i32.add (local.get $in) (i32.shl (i32.load (local.get $b)) (i32.const 2))))
    (i32.store offset=24 (local.get $b) (i32.const 0))
    (block $done (loop $rows
      (br_if $done (i32.ge_u (local.get $in) (local.get $end)))
      (i32.store (local.get $out)
        (call $total_row (i32.add (local.get $data) (i32.load (local.get $in)))))
      (local.set $in (i32.add (local.get $in) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br $rows)))
    (i32.const 0)))";

inline std::string module_with(std::string_view exports) {
    return fmt::format("{}{})", exports, rows_work);
}

}  // namespace nacre::bench
