// SPDX-License-Identifier: Apache-2.0
//! What an error is, beyond its text.
use wasmtime_c_api::wasmtime::{
    Error, GcHeapOutOfMemory, PoolConcurrencyLimitError, ThrownException, Trap,
};
use wasmtime_c_api::wasmtime_error_t;

use crate::same_layout;

same_layout!(wasmtime_error_t, Error);

fn inner(outer: &wasmtime_error_t) -> &Error {
    // SAFETY: wasmtime_error_t is repr(C) around one field, an Error; same_layout guards the version.
    unsafe { &*(outer as *const wasmtime_error_t).cast::<Error>() }
}

#[no_mangle]
pub extern "C" fn warrant_wt_error_trap_code(outer: &wasmtime_error_t, code: &mut u8) -> bool {
    match inner(outer).downcast_ref::<Trap>() {
        Some(trap) => {
            *code = *trap as u8;
            true
        }
        None => false,
    }
}

#[no_mangle]
pub extern "C" fn warrant_wt_error_kind(outer: &wasmtime_error_t) -> u8 {
    let error = inner(outer);
    if error.is::<Trap>() || error.is::<ThrownException>() {
        1
    } else if error.is::<PoolConcurrencyLimitError>() {
        2
    } else if error.is::<GcHeapOutOfMemory<()>>() {
        3
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_code_is_read_from_an_error() {
        let mut code = 0;
        let outer = wasmtime_error_t::from(Error::from(Trap::UnreachableCodeReached));
        assert!(warrant_wt_error_trap_code(&outer, &mut code));
        assert_eq!((code, warrant_wt_error_kind(&outer)), (9, 1));
    }

    #[test]
    fn plain_text_is_no_trap() {
        let mut code = 77;
        let outer = wasmtime_error_t::from(Error::msg("no"));
        assert!(!warrant_wt_error_trap_code(&outer, &mut code));
        assert_eq!((code, warrant_wt_error_kind(&outer)), (77, 0));
    }
}
