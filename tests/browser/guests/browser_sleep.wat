;; SPDX-License-Identifier: Apache-2.0
;; Sleeps by poll_oneoff on the monotonic clock for as many seconds as its only argument has bytes, name
;; and NULs included.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (func (export "_start")
    (drop (call $sizes (i32.const 0) (i32.const 4)))
    (i32.store (i32.const 80) (i32.const 1))
    (i64.store (i32.const 88) (i64.mul (i64.load32_u (i32.const 4)) (i64.const 1000000000)))
    (call $exit (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 192)))))
