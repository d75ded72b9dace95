// SPDX-License-Identifier: Apache-2.0
//! Host functions that get their store's state at once.
use std::ffi::{c_char, c_void};
use std::slice;
use std::str;
use wasmtime_c_api::wasmtime::{AsContext, Caller, Error, FuncType, Linker, Trap, ValRaw, ValType};
use wasmtime_c_api::{
    wasmtime_caller_t, wasmtime_context_get_data, wasmtime_linker_t, WasmtimeStoreData,
};

use crate::{answer, same_layout, Failure};

same_layout!(wasmtime_linker_t, Linker<WasmtimeStoreData>);
same_layout!(wasmtime_caller_t<'static>, Caller<'static, WasmtimeStoreData>);

type Callback =
    extern "C" fn(*mut c_void, *mut c_void, *mut wasmtime_caller_t<'_>, *mut ValRaw) -> bool;

/// A C callback and its argument, a constant of the caller's.
struct Target {
    callback: Callback,
    env: *mut c_void,
}

// SAFETY: `env` is constant data that threads may share.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

impl Target {
    fn call(&self, mut caller: Caller<'_, WasmtimeStoreData>, slots: *mut ValRaw) -> Result<(), Error> {
        let state = wasmtime_context_get_data(caller.as_context());
        // wasmtime_caller_t is repr(C) around one field, a Caller; same_layout guards the version.
        let caller = (&raw mut caller).cast::<wasmtime_caller_t<'_>>();
        if (self.callback)(self.env, state, caller, slots) {
            Ok(())
        } else {
            Err(Trap::Interrupt.into())
        }
    }
}

/// # Safety
/// `bytes` has `size` readable bytes, or `size` is 0.
unsafe fn view<'a, T>(bytes: *const T, size: usize) -> &'a [T] {
    if size == 0 {
        return &[];
    }
    // SAFETY: the caller's word.
    unsafe { slice::from_raw_parts(bytes, size) }
}

fn types(kinds: &[u8]) -> Result<Vec<ValType>, Error> {
    kinds
        .iter()
        .map(|kind| match kind {
            0 => Ok(ValType::I32),
            1 => Ok(ValType::I64),
            2 => Ok(ValType::F32),
            3 => Ok(ValType::F64),
            _ => Err(Error::msg("host functions take and give numbers only")),
        })
        .collect()
}

/// # Safety
/// Every pointer has as many readable elements as the length beside it says; `env` lives as long as
/// anything made from the linker, and threads may share it.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_linker_define(
    outer: &mut wasmtime_linker_t,
    module: *const c_char,
    module_length: usize,
    name: *const c_char,
    name_length: usize,
    params: *const u8,
    param_count: usize,
    results: *const u8,
    result_count: usize,
    callback: Callback,
    env: *mut c_void,
) -> Failure {
    // SAFETY: the caller vouches for all four.
    let (module, name, params, results) = unsafe {
        (
            view(module.cast::<u8>(), module_length),
            view(name.cast::<u8>(), name_length),
            view(params, param_count),
            view(results, result_count),
        )
    };
    // SAFETY: wasmtime_linker_t is repr(C) around one field, a Linker; same_layout guards the version.
    let linker =
        unsafe { &mut *(outer as *mut wasmtime_linker_t).cast::<Linker<WasmtimeStoreData>>() };
    let target = Target { callback, env };
    let define = || -> Result<(), Error> {
        let shape = FuncType::new(linker.engine(), types(params)?, types(results)?);
        let (module, name) = (str::from_utf8(module)?, str::from_utf8(name)?);
        // SAFETY: the callback reads and writes the slots of this very type.
        unsafe {
            linker.func_new_unchecked(module, name, shape, move |caller, slots| {
                target.call(caller, slots.as_mut_ptr().cast::<ValRaw>())
            })?;
        }
        Ok(())
    };
    answer(define(), |()| {})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_refused() {
        assert!(types(&[0, 1, 2, 3]).is_ok());
        assert!(types(&[4]).is_err());
        assert!(types(&[128]).is_err());
    }
}
