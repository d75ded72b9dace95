;; SPDX-License-Identifier: Apache-2.0
(module
  (memory (export "memory") 1)
  (memory $other 2)
  (table $t 10 1000 funcref)
  (func (export "grow_other") (param i32) (result i32)
    (memory.grow $other (local.get 0)))
  (func (export "grow_table") (param i32) (result i32)
    (table.grow $t (ref.null func) (local.get 0))))
