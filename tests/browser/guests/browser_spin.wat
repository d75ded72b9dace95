;; SPDX-License-Identifier: Apache-2.0
;; Never calls the host: nothing but its worker's end ends it.
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $again (br $again))))
