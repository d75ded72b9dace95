;; SPDX-License-Identifier: Apache-2.0
;; Fills what a slot of a pool holds, and tells what the next one finds there.
(module
  (memory (export "memory") 2 8)
  (table $t 64 64 funcref)
  (data (i32.const 4096) "image")
  (func $f)
  (elem declare func $f)
  (func (export "soil") (result i32)
    (drop (memory.grow (i32.const 3)))
    (memory.fill (i32.const 0) (i32.const 0xaa) (i32.mul (memory.size) (i32.const 65536)))
    (table.fill $t (i32.const 0) (ref.func $f) (i32.const 64))
    (memory.size))
  ;; Counts bytes that are neither zero nor of the image.
  (func (export "dirt") (result i32)
    (local $at i32) (local $sum i32)
    (drop (memory.grow (i32.const 3)))
    (loop $next
      (if (i32.load8_u (local.get $at))
        (then
          (if (i32.or (i32.lt_u (local.get $at) (i32.const 4096))
                      (i32.ge_u (local.get $at) (i32.const 4101)))
            (then (local.set $sum (i32.add (local.get $sum) (i32.const 1)))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
    (local.set $at (i32.const 0))
    (loop $next
      (if (i32.eqz (ref.is_null (table.get $t (local.get $at))))
        (then (local.set $sum (i32.add (local.get $sum) (i32.const 1)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (i32.const 64))))
    (local.get $sum))
  (func (export "image") (result i32)
    (i32.load8_u (i32.const 4096))))
