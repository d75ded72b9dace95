;; SPDX-License-Identifier: Apache-2.0
;; Calls an embedder's functions with good and with bad pointers.
(module
  (import "acme" "echo" (func $echo (param i32 i32 i32 i32) (result i32)))
  (import "acme" "refuse" (func $refuse (result i32)))
  (import "acme" "throw" (func $throw))
  (import "acme" "half" (func $half (param f64) (result f64)))
  (memory (export "memory") 1)
  (data (i32.const 0) "hello")
  (func (export "echo") (param i32 i32 i32 i32) (result i32)
    (call $echo (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "byte") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "echoed") (result i32)
    (drop (call $echo (i32.const 0) (i32.const 5) (i32.const 100) (i32.const 3)))
    (i32.load (i32.const 100)))
  (func (export "refuse") (result i32) (call $refuse))
  (func (export "throw") (call $throw))
  (func (export "half") (param f64) (result f64) (call $half (local.get 0))))
