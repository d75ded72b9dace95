;; SPDX-License-Identifier: Apache-2.0
;; Instructions of every proposal that the text assembler knows, with every kind of operand.
(module
  (memory 1)
  (table $t 4 funcref)
  (type $v (func))
  (func $control (param i32) (result i32)
    (block $a (result i32)
      (loop $b
        (br_if $b (i32.const 0))
        (block $c (block $d (br_table $c $d $b (local.get 0)))))
      (if (result i32) (local.get 0) (then (i32.const -1)) (else (i32.const 300)))))
  (func $calls
    (call_indirect (type $v) (i32.const 0))
    (return_call $calls))
  (func $numbers (param f32 f64) (result i64)
    (drop (i32.extend8_s (i32.trunc_sat_f32_s (local.get 0))))
    (drop (f64.const 1.5))
    (i64.const -9223372036854775808))
  (func $bulk
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))
    (memory.copy (i32.const 0) (i32.const 0) (i32.const 0))
    (memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))
    (data.drop $d)
    (table.copy (i32.const 0) (i32.const 0) (i32.const 0))
    (drop (table.grow $t (ref.null func) (i32.const 1)))
    (drop (ref.is_null (table.get $t (i32.const 0)))))
  (func $vectors (param v128) (result i32)
    (v128.store8_lane offset=3 1 (i32.const 0) (local.get 0))
    (i32x4.extract_lane 2
      (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
        (v128.const i64x2 1 2) (i32x4.add (local.get 0) (v128.load (i32.const 0))))))
  (func $multi (param i32 i32) (result i32)
    (local.get 0) (local.get 1)
    (block (param i32 i32) (result i32) (i32.add)))
  (export "control" (func $control))
  (data $d "abc"))
