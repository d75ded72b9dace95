;; SPDX-License-Identifier: Apache-2.0
(module
  (tag $t)
  (func (export "run") (try (do (throw $t)) (catch $t))))
