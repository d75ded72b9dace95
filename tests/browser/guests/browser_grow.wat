;; SPDX-License-Identifier: Apache-2.0
;; Asks for memory and elements until it gets no more; exits with how many pages it has, and 100 more
;; where its table has 10 elements.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (table $elements 2 funcref)
  (func (export "_start")
    (loop $pages (br_if $pages (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (loop $more (br_if $more (i32.ne (table.grow $elements (ref.null func) (i32.const 1)) (i32.const -1))))
    (call $exit (i32.add (memory.size)
      (select (i32.const 100) (i32.const 0) (i32.eq (table.size $elements) (i32.const 10)))))))
