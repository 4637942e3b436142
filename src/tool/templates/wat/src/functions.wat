;; Version 1 of the module interface: numbers are passed as they are.
(module
  (@custom "nacre.functions" "fib(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint DETERMINISTIC\n")
  (memory (export "memory") 1)
  (data (i32.const 16) "\01\00\00\00")
  (global (export "_scylla_abi") i32 (i32.const 16))
  (func $fib (export "fib") (param $n i64) (result i64)
    (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
      (then (local.get $n))
      (else
        (i64.add
          (call $fib (i64.sub (local.get $n) (i64.const 1)))
          (call $fib (i64.sub (local.get $n) (i64.const 2))))))))
