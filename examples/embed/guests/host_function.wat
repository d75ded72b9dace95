;; SPDX-License-Identifier: Apache-2.0
;; A reactor that uses the embedder's functions.
(module
  (import "acme" "add" (func $add (param i32 i32) (result i32)))
  (import "acme" "lookup" (func $lookup (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "two")
  (func (export "add_by_host") (param i32 i32) (result i32)
    (call $add (local.get 0) (local.get 1)))
  (func (export "length_of_two") (result i32)
    (call $lookup (i32.const 0) (i32.const 3) (i32.const 64) (i32.const 64))))
