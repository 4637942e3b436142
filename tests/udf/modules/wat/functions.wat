;; By hand, as modules were published in text: VERSION is 1 or 2.
(module
  (type (;0;) (func (param i64) (result i64)))
  (memory (;0;) 2)
  (export "memory" (memory 0))
  (global (;0;) (mut i32) (i32.const 65536))
  (global $version i32 (i32.const 1032))
  (export "_scylla_abi" (global $version))
  (data (;0;) (i32.const 1032) "\VERSION")
  (data (;1;) (i32.const 2048) "\00\01")

  ;; One free block is kept: enough for functions of one argument.
  (global $kept (mut i32) (i32.const 0))
  (global $kept_size (mut i32) (i32.const 0))
  (func (export "_scylla_malloc") (param $size i32) (result i32) (local $at i32)
    global.get $kept
    i32.eqz
    global.get $kept_size
    local.get $size
    i32.lt_u
    i32.or
    if
      global.get 0
      i32.const 8
      i32.add
      local.set $at
      local.get $at
      local.get $size
      i32.add
      i32.const 7
      i32.add
      i32.const -8
      i32.and
      global.set 0
      block $enough
        loop $grow
          global.get 0
          memory.size
          i32.const 16
          i32.shl
          i32.le_u
          br_if $enough
          i32.const 16
          memory.grow
          i32.const -1
          i32.ne
          br_if $grow
          unreachable
        end
      end
      local.get $at
      i32.const 8
      i32.sub
      local.get $size
      i32.store
    else
      global.get $kept
      local.set $at
      i32.const 0
      global.set $kept
    end
    local.get $at)
  (func $free (export "_scylla_free") (param $at i32)
    local.get $at
    i32.const 65536
    i32.lt_u
    if
      return
    end
    local.get $at
    global.set $kept
    local.get $at
    i32.const 8
    i32.sub
    i32.load
    global.set $kept_size)
  (func $drop (param $value i64)
    (if (i64.ge_s (local.get $value) (i64.const 0)) (then (call $free (i32.wrap_i64 (local.get $value))))))

  (func (export "same") (type 0) (local.get 0))
  (func (export "same_i32") (param i32) (result i32) (local.get 0))
  (func (export "same_i64") (param i64) (result i64) (local.get 0))
  (func (export "same_f32") (param f32) (result f32) (local.get 0))
  (func (export "same_f64") (param f64) (result f64) (local.get 0))
  (func (export "nothing") (type 0) (call $drop (local.get 0)) (i64.const 0xffffffff00000000))
  (func (export "length_of") (param i64) (result i32)
    (call $drop (local.get 0)) (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
  (func (export "was_null") (type 0)
    (call $drop (local.get 0))
    (i64.add (i64.const 0x100000800) (i64.extend_i32_u (i64.lt_s (local.get 0) (i64.const 0)))))

  (func $fib (export "fib") (type 0)
    local.get 0
    i64.const 2
    i64.lt_s
    if (result i64)  ;; label = @1
      local.get 0
    else
      local.get 0
      i64.const 1
      i64.sub
      call $fib
      local.get 0
      i64.const 2
      i64.sub
      call $fib
      i64.add
    end)
  (func (export "half") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
  (func (export "negation") (param i32) (result i32) (i32.eqz (local.get 0)))
  (func (export "added") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "panics_at") (param i64 i64) (result i64)
    (if (i64.eq (local.get 0) (local.get 1)) (then unreachable)) (local.get 0)))
