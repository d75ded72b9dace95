// SPDX-License-Identifier: Apache-2.0
//! The crates sha2 and hmac behind a C interface (include/warrant_sha2.h).
//!
//! Compiled with the processor's SHA instructions switched on for every crate: the crate sha2 then
//! asks no `cpuid`, each of which leaves a virtual machine. Whether the processor has them is what the
//! C library found out when the program was loaded.
#![no_std]

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::slice;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

type HmacSha256 = Hmac<Sha256>;

const _: () = assert!(size_of::<Sha256>() <= 112 && align_of::<Sha256>() <= 16);
const _: () = assert!(size_of::<HmacSha256>() <= 176 && align_of::<HmacSha256>() <= 16);
const _: () = assert!(!core::mem::needs_drop::<Sha256>() && !core::mem::needs_drop::<HmacSha256>());

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    extern "C" {
        fn abort() -> !;
    }
    unsafe { abort() }
}

#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
fn usable() -> bool {
    // <sys/platform/x86.h> of glibc from 2.33 on.
    #[repr(C)]
    struct Leaf {
        there: [u32; 4],
        active: [u32; 4],
    }
    extern "C" {
        fn __x86_get_cpuid_feature_leaf(leaf: u32) -> *const Leaf;
    }
    const LEAF_1: u32 = 0;
    const LEAF_7: u32 = 1;
    const SSSE3_AND_SSE4_1: u32 = 1 << 9 | 1 << 19; // ecx of leaf 1
    const SHA: u32 = 1 << 29; // ebx of leaf 7
    unsafe {
        (*__x86_get_cpuid_feature_leaf(LEAF_1)).active[2] & SSSE3_AND_SSE4_1 == SSSE3_AND_SSE4_1
            && (*__x86_get_cpuid_feature_leaf(LEAF_7)).active[1] & SHA != 0
    }
}

#[cfg(not(all(target_arch = "x86_64", target_env = "gnu")))]
fn usable() -> bool {
    false
}

unsafe fn bytes<'a>(start: *const c_void, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    slice::from_raw_parts(start.cast(), size)
}

#[no_mangle]
pub extern "C" fn warrant_sha2_usable() -> c_int {
    usable().into()
}

/// # Safety
/// As the header says; so for all that follow.
#[no_mangle]
pub unsafe extern "C" fn warrant_sha256_init(state: &mut MaybeUninit<Sha256>) {
    state.write(Sha256::new());
}

/// # Safety
#[no_mangle]
pub unsafe extern "C" fn warrant_sha256_update(state: &mut Sha256, start: *const c_void, size: usize) {
    state.update(bytes(start, size));
}

/// # Safety
#[no_mangle]
pub unsafe extern "C" fn warrant_sha256_finish(state: &mut Sha256, digest: &mut [u8; 32]) {
    *digest = state.clone().finalize().into();
}

/// # Safety
#[no_mangle]
pub unsafe extern "C" fn warrant_hmac_sha256_init(
    state: &mut MaybeUninit<HmacSha256>,
    key: *const c_void,
    size: usize,
) {
    begin_mac(state, bytes(key, size));
    wipe_stack();
}

#[inline(never)]
fn begin_mac(state: &mut MaybeUninit<HmacSha256>, key: &[u8]) {
    // Keys of any length are taken, so there is no error to tell.
    if let Ok(made) = HmacSha256::new_from_slice(key) {
        state.write(made);
    }
}

#[inline(never)]
fn end_mac(state: &HmacSha256, digest: &mut [u8; 32]) {
    *digest = state.clone().finalize().into_bytes().into();
}

/// The crate keeps the key, and what is as good as the key, in locals and wipes none of them. Called
/// from the frame that called what had them: this one's room lies where theirs lay.
#[inline(never)]
fn wipe_stack() {
    const ROOM: usize = 128;
    let mut room = MaybeUninit::<[u64; ROOM]>::uninit();
    let first = room.as_mut_ptr().cast::<u64>();
    for at in 0..ROOM {
        unsafe { first.add(at).write_volatile(0) };
    }
}

/// # Safety
#[no_mangle]
pub unsafe extern "C" fn warrant_hmac_sha256_update(state: &mut HmacSha256, start: *const c_void, size: usize) {
    state.update(bytes(start, size));
}

/// # Safety
#[no_mangle]
pub unsafe extern "C" fn warrant_hmac_sha256_finish(state: &mut HmacSha256, digest: &mut [u8; 32]) {
    end_mac(state, digest);
    wipe_stack();
}
