// SPDX-License-Identifier: Apache-2.0
//! Compiled code: what kind it is, and loading it from an open file.
use std::fs::File;
use std::os::fd::BorrowedFd;
use wasmtime_c_api::wasmtime::{Engine, Error, Module, Precompiled};
use wasmtime_c_api::{wasm_engine_t, wasmtime_module_t};

use crate::config::engine;
use crate::{answer, same_layout, Failure};

same_layout!(wasmtime_module_t, Module);

/// # Safety
/// `bytes` has `size` readable bytes, or `size` is 0.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_detect(bytes: *const u8, size: usize) -> u8 {
    if size == 0 {
        return 0;
    }
    // SAFETY: the caller vouches for `size` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, size) };
    match Engine::detect_precompiled(bytes) {
        Some(Precompiled::Module) => 1,
        Some(Precompiled::Component) => 2,
        None => 0,
    }
}

/// # Safety
/// `fd` is open, and its file holds code that this installation compiled and nobody changes.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_module_deserialize_fd(
    outer: &wasm_engine_t,
    fd: i32,
    out: &mut *mut wasmtime_module_t,
) -> Failure {
    if fd < 0 {
        return answer(Err(Error::msg("no open file")), |()| {});
    }
    // SAFETY: the caller vouches that `fd` is open; it is duplicated, not taken.
    let file = match unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned() {
        Ok(owned) => File::from(owned),
        Err(error) => return answer(Err(error.into()), |()| {}),
    };
    // SAFETY: the caller vouches for the content.
    answer(unsafe { Module::deserialize_open_file(engine(outer), file) }, |module| {
        *out = Box::into_raw(Box::new(module)).cast::<wasmtime_module_t>();
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_compiled_code() {
        // SAFETY: the slice is as long as said.
        assert_eq!(unsafe { warrant_wt_detect(b"\0asm\x01\0\0\0".as_ptr(), 8) }, 0);
    }

    #[test]
    fn compiled_module_is_detected() {
        let engine = Engine::default();
        let code = Module::new(&engine, b"\0asm\x01\0\0\0").and_then(|m| m.serialize()).unwrap();
        // SAFETY: the slice is as long as said.
        assert_eq!(unsafe { warrant_wt_detect(code.as_ptr(), code.len()) }, 1);
    }
}
