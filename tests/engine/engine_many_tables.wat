;; SPDX-License-Identifier: Apache-2.0
;; More tables than a pooled slot holds.
(module
  (table 1 funcref) (table 1 funcref) (table 1 funcref)
  (table 1 funcref) (table 1 funcref)
  (memory (export "memory") 1)
  (func (export "run") (result i32) (i32.const 5)))
