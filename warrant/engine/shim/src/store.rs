// SPDX-License-Identifier: Apache-2.0
//! Stores: their state, their limits, their end from outside.
use std::ffi::c_void;
use wasmtime_c_api::wasmtime::{
    AsContext, Error, Func, ResourceLimiter, Result, Trap, UpdateDeadline, ValType,
};
use wasmtime_c_api::{
    wasmtime_caller_t, wasmtime_context_get_data, wasmtime_store_t, WasmtimeStore,
    WasmtimeStoreContext,
};

use crate::same_layout;

same_layout!(wasmtime_store_t, WasmtimeStore);

fn store(outer: &mut wasmtime_store_t) -> &mut WasmtimeStore {
    // SAFETY: wasmtime_store_t is repr(C) around one field, a Store; same_layout guards the version.
    unsafe { &mut *(outer as *mut wasmtime_store_t).cast::<WasmtimeStore>() }
}

#[no_mangle]
pub extern "C" fn warrant_wt_caller_state(caller: &wasmtime_caller_t<'_>) -> *mut c_void {
    wasmtime_context_get_data(caller.as_context())
}

#[no_mangle]
pub extern "C" fn warrant_wt_func_shape(
    context: WasmtimeStoreContext<'_>,
    func: &Func,
    params: &mut usize,
    results: &mut usize,
) -> bool {
    let shape = func.ty(context);
    *params = shape.params().len();
    *results = shape.results().len();
    let numeric = shape.params().chain(shape.results()).all(|one| !matches!(one, ValType::Ref(_)));
    numeric
}

/// Limits and use of one store; C++ owns it and keeps it longer than the store.
#[repr(C)]
pub struct WarrantLimits {
    memory_bytes: u64,
    table_elements: u64,
    instances: u32,
    tables: u32,
    memories: u32,
    refusals: u32,
    memory_used: u64,
    memory_peak: u64,
    table_used: u64,
    refused: Option<extern "C" fn(*mut c_void, u8, u64, u64)>,
    env: *mut c_void,
}

// SAFETY: used by one thread at a time, the one that runs the store; `env` obeys the same rule.
unsafe impl Send for WarrantLimits {}

const MEMORY: u8 = 0;
const TABLE: u8 = 1;

impl WarrantLimits {
    /// The new sum, or None (and the caller told) when it would pass the limit.
    fn admit(&mut self, what: u8, used: u64, limit: u64, current: usize, desired: usize) -> Option<u64> {
        let added = desired.saturating_sub(current) as u64;
        match used.checked_add(added) {
            Some(sum) if sum <= limit => Some(sum),
            _ => {
                self.refusals = self.refusals.saturating_add(1);
                if let Some(refused) = self.refused {
                    refused(self.env, what, used, used.saturating_add(added));
                }
                None
            }
        }
    }
}

/// The store's view of its limits; a growth that was admitted and then failed is given back.
struct Limiter {
    limits: *mut WarrantLimits,
    pending: u64,
}

// SAFETY: moves with the store; see WarrantLimits.
unsafe impl Send for Limiter {}
// SAFETY: never reached through a shared reference.
unsafe impl Sync for Limiter {}

impl Limiter {
    fn limits(&mut self) -> &mut WarrantLimits {
        // SAFETY: the caller of warrant_wt_store_limits keeps it alive and unaliased while the
        // store runs.
        unsafe { &mut *self.limits }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false); // the module's own bound, nobody's decision
        }
        let limits = self.limits();
        let (used, limit) = (limits.memory_used, limits.memory_bytes);
        let Some(sum) = limits.admit(MEMORY, used, limit, current, desired) else { return Ok(false) };
        limits.memory_used = sum;
        limits.memory_peak = limits.memory_peak.max(sum);
        self.pending = sum - used;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: Error) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let limits = self.limits();
        limits.memory_used = limits.memory_used.saturating_sub(pending);
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let limits = self.limits();
        let (used, limit) = (limits.table_used, limits.table_elements);
        let Some(sum) = limits.admit(TABLE, used, limit, current, desired) else { return Ok(false) };
        limits.table_used = sum;
        self.pending = sum - used;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _: Error) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let limits = self.limits();
        limits.table_used = limits.table_used.saturating_sub(pending);
        Ok(())
    }

    fn instances(&self) -> usize {
        // SAFETY: as in limits().
        unsafe { (*self.limits).instances as usize }
    }
    fn tables(&self) -> usize {
        // SAFETY: as in limits().
        unsafe { (*self.limits).tables as usize }
    }
    fn memories(&self) -> usize {
        // SAFETY: as in limits().
        unsafe { (*self.limits).memories as usize }
    }
}

/// Owns the limiter for the store's closure, which has to hand out a reference to it.
struct Owned(*mut Limiter);

// SAFETY: sole owner of a Limiter, which is Send and Sync.
unsafe impl Send for Owned {}
// SAFETY: as above.
unsafe impl Sync for Owned {}

impl Owned {
    fn get(&mut self) -> *mut Limiter {
        self.0
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: made by Box::into_raw, dropped once.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// # Safety
/// `limits` outlives the store, and only the thread that runs the store touches it meanwhile.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_store_limits(outer: &mut wasmtime_store_t, limits: *mut WarrantLimits) {
    let mut owned = Owned(Box::into_raw(Box::new(Limiter { limits, pending: 0 })));
    store(outer).limiter(move |_| {
        // SAFETY: the store asks for one limiter at a time, and this closure lives as long as it.
        unsafe { &mut *owned.get() }
    });
}

/// A C callback and its argument.
struct Poll {
    ended: extern "C" fn(*mut c_void) -> bool,
    env: *mut c_void,
}

// SAFETY: called by the thread that runs the store, with an `env` that the caller keeps for it.
unsafe impl Send for Poll {}
// SAFETY: as above.
unsafe impl Sync for Poll {}

impl Poll {
    fn ended(&self) -> bool {
        (self.ended)(self.env)
    }
}

/// # Safety
/// `env` outlives the store.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_store_interrupt(
    outer: &mut wasmtime_store_t,
    ended: extern "C" fn(*mut c_void) -> bool,
    env: *mut c_void,
) {
    let poll = Poll { ended, env };
    let store = store(outer);
    store.epoch_deadline_callback(move |_| {
        if poll.ended() {
            Err(Trap::Interrupt.into())
        } else {
            Ok(UpdateDeadline::Continue(1))
        }
    });
    store.set_epoch_deadline(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(memory: u64, table: u64) -> WarrantLimits {
        WarrantLimits {
            memory_bytes: memory,
            table_elements: table,
            instances: 1,
            tables: 1,
            memories: 2,
            refusals: 0,
            memory_used: 0,
            memory_peak: 0,
            table_used: 0,
            refused: None,
            env: std::ptr::null_mut(),
        }
    }

    #[test]
    fn memories_are_summed() {
        let mut limits = limits(100, 0);
        let mut limiter = Limiter { limits: &mut limits, pending: 0 };
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
        assert_eq!((limits.memory_used, limits.memory_peak, limits.refusals), (100, 100, 1));
    }

    #[test]
    fn growth_that_failed_is_given_back() {
        let mut limits = limits(100, 10);
        let mut limiter = Limiter { limits: &mut limits, pending: 0 };
        assert!(limiter.memory_growing(0, 100, None).unwrap());
        limiter.memory_grow_failed(Error::msg("no")).unwrap();
        assert!(limiter.table_growing(0, 10, None).unwrap());
        limiter.table_grow_failed(Error::msg("no")).unwrap();
        assert_eq!((limits.memory_used, limits.table_used, limits.refusals), (0, 0, 0));
    }

    #[test]
    fn the_modules_own_maximum_is_no_refusal_of_ours() {
        let mut limits = limits(100, 10);
        let mut limiter = Limiter { limits: &mut limits, pending: 0 };
        assert!(!limiter.memory_growing(0, 60, Some(50)).unwrap());
        assert!(!limiter.table_growing(0, 6, Some(5)).unwrap());
        assert_eq!((limits.memory_used, limits.table_used, limits.refusals), (0, 0, 0));
    }

    #[test]
    fn huge_sums_do_not_wrap() {
        let mut limits = limits(u64::MAX, 0);
        limits.memory_used = u64::MAX - 1;
        let mut limiter = Limiter { limits: &mut limits, pending: 0 };
        assert!(!limiter.memory_growing(0, 2, None).unwrap());
        assert_eq!(limits.memory_used, u64::MAX - 1);
    }
}
