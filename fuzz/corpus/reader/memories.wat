;; SPDX-License-Identifier: Apache-2.0
;; Several memories, wide and shared ones, atomics.
(module
  (memory $a 1 2 shared)
  (memory $b i64 1)
  (func (export "f")
    (drop (i32.atomic.rmw.add $a (i32.const 0) (i32.const 1)))
    (atomic.fence)
    (i64.store $b offset=8 (i64.const 0) (i64.const 1))))
