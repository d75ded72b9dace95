// SPDX-License-Identifier: Apache-2.0
//! Wasmtime's C API as one static library, and the functions that it lacks (include/warrant_wt.h).
//!
//! Private fields of C API types are reached by casting pointers; each cast is guarded by an
//! assertion about size and alignment and holds for the pinned version only. Nothing here panics
//! on anything that comes from outside; with panic = "abort" a panic would end the process.

pub use wasmtime_c_api::*;

mod abi;
mod config;
mod error;
mod function;
mod module;
mod processor;
mod store;

pub use abi::*;
pub use config::*;
pub use error::*;
pub use function::*;
pub use module::*;
pub use processor::*;
pub use store::*;

/// Two types of which one is the other's only field.
macro_rules! same_layout {
    ($outer:ty, $inner:ty) => {
        const _: () = assert!(
            size_of::<$outer>() == size_of::<$inner>() && align_of::<$outer>() == align_of::<$inner>()
        );
    };
}
pub(crate) use same_layout;

pub(crate) type Failure = Option<Box<wasmtime_error_t>>;

/// Hands a value to C or makes the error that C gets.
pub(crate) fn answer<T>(result: wasmtime::Result<T>, good: impl FnOnce(T)) -> Failure {
    match result {
        Ok(value) => {
            good(value);
            None
        }
        Err(error) => Some(Box::new(error.into())),
    }
}
