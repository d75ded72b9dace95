// SPDX-License-Identifier: Apache-2.0
//! Host functions that are called without anything of C++ in between.
use std::ffi::{c_char, c_void};
use std::slice;
use std::str;
use std::sync::atomic::{AtomicU8, Ordering};
use wasmtime_c_api::wasmtime::{AsContext, Caller, Error, FuncType, Linker, Trap, ValRaw, ValType};
use wasmtime_c_api::{
    wasmtime_caller_t, wasmtime_context_get_data, wasmtime_linker_t, WasmtimeStoreData,
};

use crate::{answer, same_layout, Failure};

same_layout!(wasmtime_linker_t, Linker<WasmtimeStoreData>);
same_layout!(wasmtime_caller_t<'static>, Caller<'static, WasmtimeStoreData>);

/// What a store's data pointer leads to; more of the caller's lies behind it.
#[repr(C)]
pub struct CallHead {
    interrupt: *const AtomicU8,
    bind: Option<Bind>,
}

type Bind = extern "C" fn(*mut CallHead, *mut wasmtime_caller_t<'_>);
type Callback = extern "C" fn(*const c_void, *mut c_void, *mut ValRaw) -> u8;

/// A C callback, its descriptor (a constant of the caller's) and where behind the store's head the
/// object of its calls lies.
struct Target {
    callback: Callback,
    descriptor: *const c_void,
    call_at: usize,
}

// SAFETY: the descriptor is constant data that threads may share.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

#[cold]
#[inline(never)]
fn bind_first(bind: Bind, head: *mut CallHead, caller: &mut Caller<'_, WasmtimeStoreData>) {
    // wasmtime_caller_t is repr(C) around one field, a Caller; same_layout guards the version.
    bind(head, (&raw mut *caller).cast::<wasmtime_caller_t<'_>>());
}

impl Target {
    fn call(&self, mut caller: Caller<'_, WasmtimeStoreData>, slots: *mut ValRaw) -> Result<(), Error> {
        let head = wasmtime_context_get_data(caller.as_context()).cast::<CallHead>();
        // SAFETY: whoever defines functions makes stores with a CallHead and its objects behind it,
        // which live as long as the store; nothing refers to them while the callback changes them.
        let goes_on = unsafe {
            if let Some(bind) = (*head).bind {
                bind_first(bind, head, &mut caller);
            }
            let call = head.byte_add(self.call_at).cast::<c_void>();
            (self.callback)(self.descriptor, call, slots) == 0
                && (*(*head).interrupt).load(Ordering::Relaxed) == 0
        };
        if goes_on {
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
/// Every pointer has as many readable elements as the length beside it says; `descriptor` lives as
/// long as anything made from the linker, and threads may share it; every store that runs the
/// function was made with a CallHead that has the object of its calls `call_at` bytes behind it.
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
    descriptor: *const c_void,
    call_at: usize,
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
    let target = Target { callback, descriptor, call_at };
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
