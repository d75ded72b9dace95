;; SPDX-License-Identifier: Apache-2.0
;; Calls itself until the stack is used up, and the host at each step, so the host meets the end of it.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $deeper (result i32)
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 8)))
    (i32.add (call $deeper) (i32.const 1)))
  (func (export "_start") (drop (call $deeper))))
