;; SPDX-License-Identifier: Apache-2.0
;; An empty command, a loop of empty host calls, and a loop of clock readings.
(module
  (import "bench" "empty" (func $empty (param i32) (result i32)))
  (import "bench" "clock" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 1024) "some initial bytes")
  (func (export "_start")
    (i32.store8 (i32.const 8) (i32.const 1))
    (i32.store8 (i32.const 70000) (i32.const 1)))
  (func (export "empty") (param $n i32)
    (loop $next
      (drop (call $empty (local.get $n)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "clock") (param $n i32)
    (loop $next
      (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 64)))
      (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
