// SPDX-License-Identifier: Apache-2.0
//! Settings that the C API has no setter for, and an engine constructor that does not abort.
use std::hash::{Hash, Hasher};
use std::num::NonZeroUsize;
use wasmtime_c_api::wasmtime::{Config, Engine, Inlining, WasmBacktraceDetails};
use wasmtime_c_api::{wasm_config_t, wasm_engine_t};

use crate::{answer, same_layout, Failure};

same_layout!(wasm_config_t, Config);
same_layout!(wasm_engine_t, Engine);

pub(crate) fn config(outer: &mut wasm_config_t) -> &mut Config {
    // SAFETY: wasm_config_t is repr(C) around one field, a Config; same_layout guards the version.
    unsafe { &mut *(outer as *mut wasm_config_t).cast::<Config>() }
}

pub(crate) fn engine(outer: &wasm_engine_t) -> &Engine {
    // SAFETY: wasm_engine_t is repr(C) around one field, an Engine; same_layout guards the version.
    unsafe { &*(outer as *const wasm_engine_t).cast::<Engine>() }
}

#[no_mangle]
pub extern "C" fn warrant_wt_config_compiler_disable(outer: &mut wasm_config_t) {
    config(outer).enable_compiler(false);
}

#[no_mangle]
pub extern "C" fn warrant_wt_config_backtrace(outer: &mut wasm_config_t, max_frames: u32) {
    let config = config(outer);
    // The default would read an environment variable.
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.wasm_backtrace_max_frames(NonZeroUsize::new(max_frames as usize));
}

#[no_mangle]
pub extern "C" fn warrant_wt_config_address_map(outer: &mut wasm_config_t, on: bool) {
    config(outer).generate_address_map(on);
}

#[no_mangle]
pub extern "C" fn warrant_wt_config_dense_image_max(outer: &mut wasm_config_t, bytes: u64) {
    config(outer).memory_guaranteed_dense_image_size(bytes);
}

#[no_mangle]
pub extern "C" fn warrant_wt_config_table_lazy_init(outer: &mut wasm_config_t, on: bool) {
    config(outer).table_lazy_init(on);
}

#[no_mangle]
pub extern "C" fn warrant_wt_config_inlining(outer: &mut wasm_config_t, on: bool) {
    config(outer).compiler_inlining(if on { Inlining::Yes } else { Inlining::No });
}

#[no_mangle]
pub extern "C" fn warrant_wt_engine_new(
    mut outer: Box<wasm_config_t>,
    out: &mut *mut wasm_engine_t,
) -> Failure {
    answer(Engine::new(config(&mut outer)), |made| {
        *out = Box::into_raw(Box::new(made)).cast::<wasm_engine_t>();
    })
}

/// Keeps what is written to it instead of a digest.
struct Recorder(Vec<u8>);

impl Hasher for Recorder {
    fn finish(&self) -> u64 {
        0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
}

/// # Safety
/// `buffer` has `capacity` writable bytes, or is null and `capacity` 0.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_engine_compat(
    outer: &wasm_engine_t,
    buffer: *mut u8,
    capacity: usize,
) -> usize {
    let mut recorder = Recorder(Vec::new());
    engine(outer).precompile_compatibility_hash().hash(&mut recorder);
    let bytes = recorder.0;
    let count = bytes.len().min(capacity);
    if count != 0 {
        // SAFETY: the caller vouches for `capacity` bytes; `bytes` is ours and does not overlap.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, count) };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime_c_api::{wasm_config_new, wasmtime_config_max_wasm_stack_set};

    #[test]
    fn inconsistent_configuration_is_an_error() {
        let mut outer = wasm_config_new();
        wasmtime_config_max_wasm_stack_set(&mut outer, 64 << 20);
        let mut made = std::ptr::null_mut();
        assert!(warrant_wt_engine_new(outer, &mut made).is_some());
        assert!(made.is_null());
    }

    #[test]
    fn compatibility_differs_with_the_settings() {
        let bytes = |inlining| {
            let mut outer = wasm_config_new();
            warrant_wt_config_inlining(&mut outer, inlining);
            let mut made = std::ptr::null_mut();
            assert!(warrant_wt_engine_new(outer, &mut made).is_none());
            // SAFETY: made by the call above, which answered no error.
            let made = unsafe { Box::from_raw(made) };
            let mut buffer = vec![0; 64 << 10];
            // SAFETY: the buffer is as long as said.
            let count = unsafe { warrant_wt_engine_compat(&made, buffer.as_mut_ptr(), buffer.len()) };
            buffer.truncate(count);
            buffer
        };
        assert_eq!(bytes(false), bytes(false));
        assert_ne!(bytes(false), bytes(true));
    }
}
