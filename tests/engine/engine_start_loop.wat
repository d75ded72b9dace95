;; SPDX-License-Identifier: Apache-2.0
(module
  (memory (export "memory") 1)
  (func $main (loop (br 0)))
  (func (export "run"))
  (start $main))
