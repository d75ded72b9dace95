;; SPDX-License-Identifier: Apache-2.0
;; Reads well and is not valid: no compiler takes it.
(module
  (memory (export "memory") 1)
  (func (export "_start") (i32.add)))
