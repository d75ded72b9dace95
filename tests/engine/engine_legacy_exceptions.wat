(module
  (tag $t)
  (func (export "run") (try (do (throw $t)) (catch $t))))
