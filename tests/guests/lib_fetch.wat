;; SPDX-License-Identifier: Apache-2.0
;; get: fetch_get of an address; its errno, or 1000 and the status.
(module
  (import "openagentic_netfetch" "fetch_get"
    (func $get (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "https://93.184.215.14/v1/a")
  (func (export "get") (result i32)
    (local $errno i32)
    (local.set $errno
      (call $get (i32.const 0) (i32.const 26) (i32.const 1024) (i32.const 100)
        (i32.const 512) (i32.const 516) (i32.const 520)))
    (if (result i32) (local.get $errno)
      (then (local.get $errno))
      (else (i32.add (i32.const 1000) (i32.load (i32.const 516)))))))
