;; The thirty functions by hand. VERSION is 1 or 2: all that is different is who has memory for the arguments.
(module
  (memory (export "memory") 16)
  (global (export "_scylla_abi") i32 (i32.const 16))
  (data (i32.const 16) "\VERSION\00\00\00")
  (data (i32.const 32) "\0a\01\00\ff\ff\ff\ff")

  ;; Version 2 wants an allocator. When a function begins, its arguments are in place; when it has returned, its result
  ;; is read before anything is allocated: so the room of one call is the next one's, and nothing has to be freed.
  (global $scratch_begin i32 (i32.const 64))
  (global $scratch_end i32 (i32.const 524288))
  (global $scratch (mut i32) (i32.const 64))
  (global $arguments (mut i32) (i32.const 524288))
  (func (export "_scylla_malloc") (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $arguments))
    (global.set $arguments (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $arguments) (i32.mul (memory.size) (i32.const 65536)))
      (then (drop (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16)))))))
    (local.get $at))
  (func (export "_scylla_free") (param i32))
  (func $begin
    (global.set $scratch (global.get $scratch_begin))
    (global.set $arguments (global.get $scratch_end)))
  ;; Memory until the next call.
  (func $room (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $scratch))
    (if (i32.gt_u (local.get $size) (i32.sub (global.get $scratch_end) (local.get $at))) (then unreachable))
    (global.set $scratch (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; ---- Values by address: the size in the upper half of an i64

  (func $at (param $v i64) (result i32) (i32.wrap_i64 (local.get $v)))
  (func $size (param $v i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))))
  (func $end (param $v i64) (result i32) (i32.add (call $at (local.get $v)) (call $size (local.get $v))))
  (func $is_null (param $v i64) (result i32) (i32.lt_s (call $size (local.get $v)) (i32.const 0)))
  (func $value (param $at i32) (param $size i32) (result i64)
    (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32)) (i64.extend_i32_u (local.get $at))))
  (func $between (param $at i32) (param $end i32) (result i64)
    (call $value (local.get $at) (i32.sub (local.get $end) (local.get $at))))

  (func $swap32 (param $v i32) (result i32)
    (i32.or
      (i32.and (i32.rotl (local.get $v) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $v) (i32.const 8)) (i32.const 0xff00ff00))))
  (func $get32 (param $at i32) (result i32) (call $swap32 (i32.load align=1 (local.get $at))))
  (func $put32 (param $at i32) (param $v i32) (i32.store align=1 (local.get $at) (call $swap32 (local.get $v))))
  (func $get64 (param $at i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (call $get32 (local.get $at))) (i64.const 32))
      (i64.extend_i32_u (call $get32 (i32.add (local.get $at) (i32.const 4))))))
  (func $put64 (param $at i32) (param $v i64)
    (call $put32 (local.get $at) (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))))
    (call $put32 (i32.add (local.get $at) (i32.const 4)) (i32.wrap_i64 (local.get $v))))
  (func $int32 (param $v i32) (result i64) (local $at i32)
    (local.set $at (call $room (i32.const 4)))
    (call $put32 (local.get $at) (local.get $v))
    (call $value (local.get $at) (i32.const 4)))
  (func $int64 (param $v i64) (result i64) (local $at i32)
    (local.set $at (call $room (i32.const 8)))
    (call $put64 (local.get $at) (local.get $v))
    (call $value (local.get $at) (i32.const 8)))

  ;; Past an element: a size, −1 for null, and so many bytes.
  (func $after (param $at i32) (result i32) (local $size i32)
    (local.set $size (call $get32 (local.get $at)))
    (i32.add (i32.add (local.get $at) (i32.const 4))
      (select (local.get $size) (i32.const 0) (i32.gt_s (local.get $size) (i32.const 0)))))
  ;; Copies an element; returns where the copy ends.
  (func $copy (param $to i32) (param $at i32) (result i32) (local $size i32)
    (local.set $size (i32.sub (call $after (local.get $at)) (local.get $at)))
    (memory.copy (local.get $to) (local.get $at) (local.get $size))
    (i32.add (local.get $to) (local.get $size)))

  ;; ---- Numbers

  (func $fib (export "fib") (param $n i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
      (then (local.get $n))
      (else (i64.add
        (call $fib (i64.sub (local.get $n) (i64.const 1)))
        (call $fib (i64.sub (local.get $n) (i64.const 2)))))))

  (func (export "sum_of_widths") (param $a i32) (param $b i32) (param $c i32) (param $d i64) (result i64)
    (i64.add (local.get $d)
      (i64.add (i64.extend_i32_s (local.get $c)) (i64.extend_i32_s (i32.add (local.get $a) (local.get $b))))))

  (func (export "clamped") (param $v i64) (result i32)
    (local.set $v (select (local.get $v) (i64.const 127) (i64.lt_s (local.get $v) (i64.const 127))))
    (i32.wrap_i64 (select (local.get $v) (i64.const -128) (i64.gt_s (local.get $v) (i64.const -128)))))

  (func (export "high_half") (param $v i32) (result i32) (i32.shr_s (local.get $v) (i32.const 16)))

  (func (export "hypotenuse") (param $a f64) (param $b f64) (result f64)
    (f64.sqrt (f64.add (f64.mul (local.get $a) (local.get $a)) (f64.mul (local.get $b) (local.get $b)))))

  (func (export "or_zero") (param $v i64) (result i64)
    (call $begin)
    (if (result i64) (call $is_null (local.get $v)) (then (call $int32 (i32.const 0))) (else (local.get $v))))

  (func $is_false (param $v i64) (result i32)
    (if (result i32) (call $is_null (local.get $v))
      (then (i32.const 0))
      (else (i32.eqz (i32.load8_u (call $at (local.get $v)))))))
  (func (export "both") (param $a i64) (param $b i64) (result i64)
    (call $begin)
    (if (call $is_false (local.get $a)) (then (return (local.get $a))))
    (if (call $is_false (local.get $b)) (then (return (local.get $b))))
    (select (local.get $a) (local.get $b) (call $is_null (local.get $a))))

  (func (export "divided") (param $a i64) (param $b i64) (result i64) (i64.div_s (local.get $a) (local.get $b)))

  (func (export "doubled") (param $hits i64) (result i64)
    (call $begin)
    (call $int64 (i64.shl (call $get64 (call $at (local.get $hits))) (i64.const 1))))

  ;; ---- Numbers of any size: two's complement, the first byte the highest

  (func $digit (param $v i64) (param $i i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $i) (call $size (local.get $v)))
      (then (i32.load8_u (i32.sub (i32.sub (call $end (local.get $v)) (i32.const 1)) (local.get $i))))
      (else (i32.and (i32.const 255) (i32.shr_s (i32.load8_s (call $at (local.get $v))) (i32.const 31))))))

  ;; Without bytes that only repeat the sign.
  (func $trimmed (param $at i32) (param $end i32) (result i64) (local $sign i32)
    (block $done
      (loop $next
        (br_if $done (i32.le_u (i32.sub (local.get $end) (local.get $at)) (i32.const 1)))
        (local.set $sign (i32.shr_s (i32.load8_s offset=1 (local.get $at)) (i32.const 31)))
        (br_if $done (i32.ne (i32.load8_s (local.get $at)) (local.get $sign)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (call $between (local.get $at) (local.get $end)))

  ;; a + b, or a − b where flip is 255: then b's bits are inverted, and one is added.
  (func $sum (param $a i64) (param $b i64) (param $flip i32) (result i64)
    (local $size i32) (local $at i32) (local $i i32) (local $carry i32)
    (local.set $size (i32.add (i32.const 1) (select (call $size (local.get $a)) (call $size (local.get $b))
      (i32.gt_u (call $size (local.get $a)) (call $size (local.get $b))))))
    (local.set $at (call $room (local.get $size)))
    (local.set $carry (i32.and (local.get $flip) (i32.const 1)))
    (loop $next
      (local.set $carry (i32.add (local.get $carry) (i32.add
        (call $digit (local.get $a) (local.get $i))
        (i32.xor (local.get $flip) (call $digit (local.get $b) (local.get $i))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (i32.store8 (i32.sub (i32.add (local.get $at) (local.get $size)) (local.get $i)) (local.get $carry))
      (local.set $carry (i32.shr_u (local.get $carry) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $size))))
    (call $trimmed (local.get $at) (i32.add (local.get $at) (local.get $size))))

  ;; Digit by digit of the product, modulo 256 to the power of its size.
  (func $product (param $a i64) (param $b i64) (result i64)
    (local $size i32) (local $at i32) (local $k i32) (local $i i32) (local $carry i64)
    (local.set $size (i32.add (call $size (local.get $a)) (call $size (local.get $b))))
    (local.set $at (call $room (local.get $size)))
    (loop $digits
      (local.set $i (i32.const 0))
      (loop $pairs
        (local.set $carry (i64.add (local.get $carry) (i64.extend_i32_u (i32.mul
          (call $digit (local.get $a) (local.get $i))
          (call $digit (local.get $b) (i32.sub (local.get $k) (local.get $i)))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $pairs (i32.le_u (local.get $i) (local.get $k))))
      (local.set $k (i32.add (local.get $k) (i32.const 1)))
      (i64.store8 (i32.sub (i32.add (local.get $at) (local.get $size)) (local.get $k)) (local.get $carry))
      (local.set $carry (i64.shr_u (local.get $carry) (i64.const 8)))
      (br_if $digits (i32.lt_u (local.get $k) (local.get $size))))
    (call $trimmed (local.get $at) (i32.add (local.get $at) (local.get $size))))

  (func $times_power_of_ten (param $v i64) (param $exponent i32) (result i64)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $exponent)))
        (local.set $v (call $product (local.get $v) (call $value (i32.const 32) (i32.const 1))))
        (local.set $exponent (i32.sub (local.get $exponent) (i32.const 1)))
        (br $next)))
    (local.get $v))

  (func (export "difference") (param $a i64) (param $b i64) (result i64)
    (call $begin)
    (call $sum (local.get $a) (local.get $b) (i32.const 255)))

  ;; A decimal is its scale in four bytes and a whole number n. net + net · rate = net · (1 + rate).
  (func (export "gross") (param $net i64) (param $rate i64) (result i64)
    (local $scale i32) (local $rate_scale i32) (local $factor i64) (local $made i64) (local $at i32)
    (call $begin)
    (local.set $scale (call $get32 (call $at (local.get $net))))
    (local.set $rate_scale (call $get32 (call $at (local.get $rate))))
    (local.set $net (call $between (i32.add (call $at (local.get $net)) (i32.const 4)) (call $end (local.get $net))))
    (local.set $factor (call $between (i32.add (call $at (local.get $rate)) (i32.const 4)) (call $end (local.get $rate))))
    (local.set $made (call $value (i32.const 33) (i32.const 1)))
    (if (i32.lt_s (local.get $rate_scale) (i32.const 0))
      (then (local.set $factor (call $times_power_of_ten (local.get $factor) (i32.sub (i32.const 0) (local.get $rate_scale)))))
      (else
        (local.set $made (call $times_power_of_ten (local.get $made) (local.get $rate_scale)))
        (local.set $scale (i32.add (local.get $scale) (local.get $rate_scale)))))
    (local.set $made (call $product (local.get $net) (call $sum (local.get $made) (local.get $factor) (i32.const 0))))
    (local.set $at (call $room (i32.add (i32.const 4) (call $size (local.get $made)))))
    (call $put32 (local.get $at) (local.get $scale))
    (memory.copy (i32.add (local.get $at) (i32.const 4)) (call $at (local.get $made)) (call $size (local.get $made)))
    (call $value (local.get $at) (i32.add (i32.const 4) (call $size (local.get $made)))))

  ;; ---- Text and bytes

  (func (export "capitalised") (param $s i64) (result i64) (local $at i32)
    (call $begin)
    (local.set $at (call $at (local.get $s)))
    (if (call $size (local.get $s))
      (then (if (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 97)) (i32.const 26))
        (then (i32.store8 (local.get $at) (i32.sub (i32.load8_u (local.get $at)) (i32.const 32)))))))
    (local.get $s))

  (func (export "repeated") (param $s i64) (param $times i32) (result i64) (local $at i32) (local $to i32)
    (call $begin)
    (local.set $times (select (local.get $times) (i32.const 0) (i32.gt_s (local.get $times) (i32.const 0))))
    (local.set $at (call $room (i32.mul (call $size (local.get $s)) (local.get $times))))
    (local.set $to (local.get $at))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $times)))
        (memory.copy (local.get $to) (call $at (local.get $s)) (call $size (local.get $s)))
        (local.set $to (i32.add (local.get $to) (call $size (local.get $s))))
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (br $next)))
    (call $between (local.get $at) (local.get $to)))

  ;; Written over the list itself: a separator is shorter than the size of a word.
  (func (export "commas") (param $words i64) (result i64) (local $from i32) (local $to i32) (local $count i32) (local $size i32)
    (call $begin)
    (if (call $is_null (local.get $words)) (then (return (local.get $words))))
    (local.set $to (call $at (local.get $words)))
    (local.set $count (call $get32 (local.get $to)))
    (local.set $from (i32.add (local.get $to) (i32.const 4)))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (local.set $size (call $get32 (local.get $from)))
        (memory.copy (local.get $to) (i32.add (local.get $from) (i32.const 4)) (local.get $size))
        (local.set $to (i32.add (local.get $to) (local.get $size)))
        (local.set $from (i32.add (i32.add (local.get $from) (i32.const 4)) (local.get $size)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br_if $done (i32.eqz (local.get $count)))
        (i32.store16 align=1 (local.get $to) (i32.const 0x202c))
        (local.set $to (i32.add (local.get $to) (i32.const 2)))
        (br $next)))
    (call $between (call $at (local.get $words)) (local.get $to)))

  (func (export "initials") (param $s i64) (result i64) (local $from i32) (local $to i32) (local $byte i32) (local $before i32)
    (call $begin)
    (local.set $from (call $at (local.get $s)))
    (local.set $to (local.get $from))
    (local.set $before (i32.const 32))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (call $end (local.get $s))))
        (local.set $byte (i32.load8_u (local.get $from)))
        (if (i32.and (i32.eq (local.get $before) (i32.const 32)) (i32.ne (local.get $byte) (i32.const 32)))
          (then
            (i32.store8 (local.get $to) (local.get $byte))
            (local.set $to (i32.add (local.get $to) (i32.const 1)))))
        (local.set $before (local.get $byte))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next)))
    (call $between (call $at (local.get $s)) (local.get $to)))

  (func (export "xored") (param $data i64) (param $key i64) (result i64) (local $i i32) (local $at i32)
    (call $begin)
    (if (i32.eqz (call $size (local.get $key))) (then (return (local.get $data))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (call $size (local.get $data))))
        (local.set $at (i32.add (call $at (local.get $data)) (local.get $i)))
        (i32.store8 (local.get $at) (i32.xor (i32.load8_u (local.get $at)) (i32.load8_u
          (i32.add (call $at (local.get $key)) (i32.rem_u (local.get $i) (call $size (local.get $key)))))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $data))

  ;; ---- Dates, times, identifiers

  (func (export "next_day") (param $d i64) (result i64)
    (call $begin)
    (call $int32 (i32.add (call $get32 (call $at (local.get $d))) (i32.const 1))))

  ;; Rounded down, from milliseconds.
  (func (export "date_of") (param $t i64) (result i64)
    (call $begin)
    (local.set $t (call $get64 (call $at (local.get $t))))
    (call $int32 (i32.wrap_i64 (i64.add (i64.const 0x80000000) (i64.sub
      (i64.div_s (local.get $t) (i64.const 86400000))
      (i64.extend_i32_u (i64.lt_s (i64.rem_s (local.get $t) (i64.const 86400000)) (i64.const 0))))))))

  (func (export "at_time") (param $d i64) (param $t i64) (result i64)
    (call $begin)
    (call $int64 (i64.add
      (i64.mul (i64.const 86400000)
        (i64.sub (i64.extend_i32_u (call $get32 (call $at (local.get $d)))) (i64.const 0x80000000)))
      (i64.div_s (call $get64 (call $at (local.get $t))) (i64.const 1000000)))))

  (func (export "apart") (param $a i64) (param $b i64) (result i64) (local $between i64)
    (call $begin)
    (local.set $between (i64.sub (call $get64 (call $at (local.get $a))) (call $get64 (call $at (local.get $b)))))
    (call $int64 (select (local.get $between) (i64.sub (i64.const 0) (local.get $between))
      (i64.ge_s (local.get $between) (i64.const 0)))))

  ;; A part of a duration: as many ones as further bytes come, a zero, and the number with its sign in the lowest bit.
  (global $part_end (mut i32) (i32.const 0))
  (func $part (param $at i32) (result i64) (local $more i32) (local $v i64)
    (local.set $more (i32.clz (i32.xor (i32.const -1) (i32.shl (i32.load8_u (local.get $at)) (i32.const 24)))))
    (local.set $more (select (local.get $more) (i32.const 8) (i32.lt_u (local.get $more) (i32.const 8))))
    (local.set $v (i64.extend_i32_u (i32.and (i32.load8_u (local.get $at)) (i32.shr_u (i32.const 255) (local.get $more)))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (global.set $part_end (i32.add (local.get $at) (local.get $more)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (global.get $part_end)))
        (local.set $v (i64.or (i64.shl (local.get $v) (i64.const 8)) (i64.load8_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (i64.xor (i64.shr_u (local.get $v) (i64.const 1)) (i64.sub (i64.const 0) (i64.and (local.get $v) (i64.const 1)))))
  (func $put_part (param $v i64) (local $more i32) (local $at i32)
    (local.set $v (i64.xor (i64.shl (local.get $v) (i64.const 1)) (i64.shr_s (local.get $v) (i64.const 63))))
    ;; Seven bits a byte, but 64 in nine.
    (local.set $more (i32.sub (i32.const 8) (i32.div_u
      (i32.sub (i32.wrap_i64 (i64.clz (i64.or (local.get $v) (i64.const 1)))) (i32.const 1)) (i32.const 7))))
    (if (i64.lt_s (local.get $v) (i64.const 0)) (then (local.set $more (i32.const 8))))
    (local.set $at (call $room (i32.const 1)))
    (i32.store8 (local.get $at) (i32.or
      (i32.xor (i32.const 255) (i32.shr_u (i32.const 255) (local.get $more)))
      (if (result i32) (i32.eq (local.get $more) (i32.const 8))
        (then (i32.const 0))
        (else (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.extend_i32_u (i32.shl (local.get $more) (i32.const 3)))))))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $more)))
        (local.set $more (i32.sub (local.get $more) (i32.const 1)))
        (i64.store8 (call $room (i32.const 1))
          (i64.shr_u (local.get $v) (i64.extend_i32_u (i32.shl (local.get $more) (i32.const 3)))))
        (br $next))))
  (func (export "twice") (param $d i64) (result i64) (local $at i32) (local $i i32)
    (call $begin)
    (local.set $at (global.get $scratch))
    (global.set $part_end (call $at (local.get $d)))
    (loop $next
      (call $put_part (i64.shl (call $part (global.get $part_end)) (i64.const 1)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 3))))
    (call $between (local.get $at) (global.get $scratch)))

  (func (export "next_uuid") (param $u i64) (result i64) (local $at i32) (local $low i64)
    (call $begin)
    (local.set $at (call $at (local.get $u)))
    (local.set $low (i64.add (call $get64 (i32.add (local.get $at) (i32.const 8))) (i64.const 1)))
    (call $put64 (i32.add (local.get $at) (i32.const 8)) (local.get $low))
    (if (i64.eqz (local.get $low))
      (then (call $put64 (local.get $at) (i64.add (call $get64 (local.get $at)) (i64.const 1)))))
    (local.get $u))

  ;; Its lowest 32 bits are first, then 16, then the highest 12 behind the version.
  (func $timestamp (param $u i64) (result i64) (local $v i64)
    (local.set $v (call $get64 (call $at (local.get $u))))
    (i64.or (i64.shl (i64.and (local.get $v) (i64.const 0x0fff)) (i64.const 48))
      (i64.or (i64.shl (i64.and (local.get $v) (i64.const 0xffff0000)) (i64.const 16))
        (i64.shr_u (local.get $v) (i64.const 32)))))
  (func (export "later") (param $a i64) (param $b i64) (result i64)
    (call $begin)
    (select (local.get $b) (local.get $a) (i64.gt_u (call $timestamp (local.get $b)) (call $timestamp (local.get $a)))))

  (func (export "network") (param $address i64) (param $bits i32) (result i64) (local $at i32) (local $kept i32)
    (call $begin)
    (local.set $at (call $at (local.get $address)))
    (loop $next
      (local.set $kept (select (local.get $bits) (i32.const 8) (i32.lt_s (local.get $bits) (i32.const 8))))
      (local.set $kept (select (local.get $kept) (i32.const 0) (i32.gt_s (local.get $kept) (i32.const 0))))
      (i32.store8 (local.get $at) (i32.and (i32.load8_u (local.get $at)) (i32.shr_u (i32.const 0xff00) (local.get $kept))))
      (local.set $bits (i32.sub (local.get $bits) (local.get $kept)))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (call $end (local.get $address)))))
    (local.get $address))

  ;; ---- Collections, tuples, vectors, user types

  (func (export "sum_of") (param $numbers i64) (result i64) (local $at i32) (local $sum i64)
    (call $begin)
    (local.set $at (i32.add (call $at (local.get $numbers)) (i32.const 4)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (call $end (local.get $numbers))))
        (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_s (call $get32 (i32.add (local.get $at) (i32.const 4))))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br $next)))
    (local.get $sum))

  ;; Both are in order.
  (func (export "union_of") (param $a i64) (param $b i64) (result i64)
    (local $x i32) (local $y i32) (local $begin i32) (local $to i32) (local $has_x i32) (local $has_y i32) (local $order i32)
    (call $begin)
    (if (call $is_null (local.get $a)) (then (return (local.get $b))))
    (if (call $is_null (local.get $b)) (then (return (local.get $a))))
    (local.set $begin (call $room (i32.add (call $size (local.get $a)) (call $size (local.get $b)))))
    (local.set $to (i32.add (local.get $begin) (i32.const 4)))
    (local.set $x (i32.add (call $at (local.get $a)) (i32.const 4)))
    (local.set $y (i32.add (call $at (local.get $b)) (i32.const 4)))
    (block $done
      (loop $next
        (local.set $has_x (i32.lt_u (local.get $x) (call $end (local.get $a))))
        (local.set $has_y (i32.lt_u (local.get $y) (call $end (local.get $b))))
        (br_if $done (i32.eqz (i32.or (local.get $has_x) (local.get $has_y))))
        ;; Negative where x's is first, 0 where they are the same.
        (local.set $order (i32.sub (local.get $has_y) (local.get $has_x)))
        (if (i32.and (local.get $has_x) (local.get $has_y))
          (then (local.set $order (i32.sub
            (i32.gt_s (call $get32 (i32.add (local.get $x) (i32.const 4))) (call $get32 (i32.add (local.get $y) (i32.const 4))))
            (i32.lt_s (call $get32 (i32.add (local.get $x) (i32.const 4))) (call $get32 (i32.add (local.get $y) (i32.const 4))))))))
        (local.set $to (call $copy (local.get $to)
          (select (local.get $x) (local.get $y) (i32.le_s (local.get $order) (i32.const 0)))))
        (if (i32.le_s (local.get $order) (i32.const 0)) (then (local.set $x (i32.add (local.get $x) (i32.const 8)))))
        (if (i32.ge_s (local.get $order) (i32.const 0)) (then (local.set $y (i32.add (local.get $y) (i32.const 8)))))
        (br $next)))
    (call $put32 (local.get $begin) (i32.div_u (i32.sub (local.get $to) (local.get $begin)) (i32.const 8)))
    (call $between (local.get $begin) (local.get $to)))

  ;; The value behind a key of a map<text, int>.
  (func $value_of (param $key i32) (result i32) (call $get32 (i32.add (call $after (local.get $key)) (i32.const 4))))
  (func $next_key (param $key i32) (result i32) (i32.add (call $after (local.get $key)) (i32.const 8)))
  ;; Each value at its first key, and there with all keys that have it.
  (func (export "inverted") (param $m i64) (result i64)
    (local $first i32) (local $key i32) (local $other i32) (local $begin i32) (local $to i32) (local $list i32) (local $count i32)
    (local $keys i32)
    (call $begin)
    (local.set $begin (call $room (i32.mul (i32.const 2) (call $size (local.get $m)))))
    (local.set $to (i32.add (local.get $begin) (i32.const 4)))
    (local.set $first (i32.add (call $at (local.get $m)) (i32.const 4)))
    (local.set $key (local.get $first))
    (block $done
      (loop $each
        (br_if $done (i32.ge_u (local.get $key) (call $end (local.get $m))))
        (block $known
          (local.set $other (local.get $first))
          (block $new
            (loop $before
              (br_if $new (i32.ge_u (local.get $other) (local.get $key)))
              (br_if $known (i32.eq (call $value_of (local.get $other)) (call $value_of (local.get $key))))
              (local.set $other (call $next_key (local.get $other)))
              (br $before)))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (local.set $list (call $copy (local.get $to) (call $after (local.get $key))))
          (local.set $to (i32.add (local.get $list) (i32.const 8)))
          (local.set $keys (i32.const 0))
          (block $all
            (loop $behind
              (br_if $all (i32.ge_u (local.get $other) (call $end (local.get $m))))
              (if (i32.eq (call $value_of (local.get $other)) (call $value_of (local.get $key)))
                (then
                  (local.set $to (call $copy (local.get $to) (local.get $other)))
                  (local.set $keys (i32.add (local.get $keys) (i32.const 1)))))
              (local.set $other (call $next_key (local.get $other)))
              (br $behind)))
          (call $put32 (local.get $list) (i32.sub (i32.sub (local.get $to) (local.get $list)) (i32.const 4)))
          (call $put32 (i32.add (local.get $list) (i32.const 4)) (local.get $keys)))
        (local.set $key (call $next_key (local.get $key)))
        (br $each)))
    (call $put32 (local.get $begin) (local.get $count))
    (call $between (local.get $begin) (local.get $to)))

  (func (export "swapped") (param $t i64) (result i64) (local $begin i32) (local $to i32) (local $second i32)
    (call $begin)
    (local.set $begin (call $room (i32.add (call $size (local.get $t)) (i32.const 4))))
    (local.set $second (call $after (call $at (local.get $t))))
    ;; A tuple may end before its last elements: they are null.
    (if (i32.ge_u (local.get $second) (call $end (local.get $t))) (then (local.set $second (i32.const 35))))
    (local.set $to (call $copy (local.get $begin) (local.get $second)))
    (local.set $to (call $copy (local.get $to) (call $at (local.get $t))))
    (call $between (local.get $begin) (local.get $to)))

  (func $component (param $v i64) (param $i i32) (result f64)
    (f64.promote_f32 (f32.reinterpret_i32 (call $get32 (i32.add (call $at (local.get $v)) (i32.shl (local.get $i) (i32.const 2)))))))
  (func (export "dot") (param $a i64) (param $b i64) (result f32) (local $i i32) (local $sum f64)
    (call $begin)
    (loop $next
      (local.set $sum (f64.add (local.get $sum)
        (f64.mul (call $component (local.get $a) (local.get $i)) (call $component (local.get $b) (local.get $i)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (i32.const 3))))
    (f32.demote_f64 (local.get $sum)))

  ;; The age is the second field; a person may end before it.
  (func (export "oldest") (param $people i64) (result i64) (local $person i32) (local $age i32) (local $found i64) (local $greatest i64)
    (call $begin)
    (if (call $is_null (local.get $people)) (then (return (local.get $people))))
    (local.set $found (i64.const -4294967296))
    (local.set $greatest (i64.const -2147483649))
    (local.set $person (i32.add (call $at (local.get $people)) (i32.const 4)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $person) (call $end (local.get $people))))
        (local.set $age (call $after (i32.add (local.get $person) (i32.const 4))))
        (if (i32.lt_u (local.get $age) (call $after (local.get $person)))
          (then (if (i32.eq (call $get32 (local.get $age)) (i32.const 4))
            (then (if (i64.gt_s (i64.extend_i32_s (call $get32 (i32.add (local.get $age) (i32.const 4)))) (local.get $greatest))
              (then
                (local.set $greatest (i64.extend_i32_s (call $get32 (i32.add (local.get $age) (i32.const 4)))))
                (local.set $found (call $between (i32.add (local.get $person) (i32.const 4)) (call $after (local.get $person))))))))))
        (local.set $person (call $after (local.get $person)))
        (br $next)))
    (local.get $found)))
