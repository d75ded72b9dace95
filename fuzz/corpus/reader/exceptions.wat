;; SPDX-License-Identifier: Apache-2.0
;; The older form of exceptions, nested and delegated.
(module
  (tag $e (param i32))
  (func (export "f") (result i32)
    (try $t (result i32)
      (do (try (result i32) (do (throw $e (i32.const 1))) (delegate $t)))
      (catch $e)
      (catch_all (rethrow $t)))))
