;; SPDX-License-Identifier: Apache-2.0
(module
  (memory (export "memory") i64 1)
  (func (export "run")))
