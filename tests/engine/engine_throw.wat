;; SPDX-License-Identifier: Apache-2.0
;; An exception that nobody catches. Needs no try_table, which older assemblers cannot read.
(module
  (tag $t)
  (memory (export "memory") 1)
  (func (export "run") (throw $t)))
