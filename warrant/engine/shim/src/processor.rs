// SPDX-License-Identifier: Apache-2.0
//! What the processor can do, as the C library found out when the program was loaded.
//!
//! Wasmtime would ask the processor again before it takes compiled code: some `cpuid`, each of
//! which leaves a virtual machine. Names and meaning are those of `std::is_x86_feature_detected`.
use wasmtime_c_api::wasm_config_t;

#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
mod known {
    use std::ffi::c_uint;

    /// <sys/platform/x86.h> of glibc from 2.33 on.
    #[repr(C)]
    struct Leaf {
        there: [u32; 4],
        active: [u32; 4],
    }

    extern "C" {
        fn __x86_get_cpuid_feature_leaf(leaf: c_uint) -> *const Leaf;
    }

    // glibc's numbers of leaves, and places of registers in one.
    const LEAF_1: c_uint = 0;
    const LEAF_7: c_uint = 1;
    const LEAF_80000001: c_uint = 2;
    const LEAF_7_1: c_uint = 6;
    const EAX: usize = 0;
    const EBX: usize = 1;
    const ECX: usize = 2;

    pub fn has(feature: &str) -> Option<bool> {
        let (leaf, register, bit) = match feature {
            "sse3" => (LEAF_1, ECX, 0),
            "ssse3" => (LEAF_1, ECX, 9),
            "fma" => (LEAF_1, ECX, 12),
            "cmpxchg16b" => (LEAF_1, ECX, 13),
            "sse4.1" => (LEAF_1, ECX, 19),
            "sse4.2" => (LEAF_1, ECX, 20),
            "popcnt" => (LEAF_1, ECX, 23),
            "avx" => (LEAF_1, ECX, 28),
            "bmi1" => (LEAF_7, EBX, 3),
            "avx2" => (LEAF_7, EBX, 5),
            "bmi2" => (LEAF_7, EBX, 8),
            "avx512f" => (LEAF_7, EBX, 16),
            "avx512dq" => (LEAF_7, EBX, 17),
            "avx512vl" => (LEAF_7, EBX, 31),
            "avx512vbmi" => (LEAF_7, ECX, 1),
            "avx512vnni" => (LEAF_7, ECX, 11),
            "avx512bitalg" => (LEAF_7, ECX, 12),
            "avxvnni" => (LEAF_7_1, EAX, 4),
            "lzcnt" => (LEAF_80000001, ECX, 5),
            _ => return None,
        };
        // SAFETY: every number gives a leaf; one that this glibc has not is all zero.
        let leaf = unsafe { &*__x86_get_cpuid_feature_leaf(leaf) };
        Some(leaf.active[register] & 1 << bit != 0)
    }
}

#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
#[no_mangle]
pub extern "C" fn warrant_wt_config_processor(outer: &mut wasm_config_t) {
    // SAFETY: no feature is said to be there that is not.
    unsafe { crate::config::config(outer).detect_host_feature(known::has) };
}

#[cfg(not(all(target_arch = "x86_64", target_env = "gnu")))]
#[no_mangle]
pub extern "C" fn warrant_wt_config_processor(_: &mut wasm_config_t) {}

/// # Safety
/// `name` has `length` bytes.
#[no_mangle]
pub unsafe extern "C" fn warrant_wt_processor_has(name: *const u8, length: usize) -> i8 {
    #[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
    {
        // SAFETY: the caller vouches for `length` bytes.
        let name = unsafe { std::slice::from_raw_parts(name, length) };
        let known = std::str::from_utf8(name).ok().and_then(known::has);
        return known.map_or(-1, i8::from);
    }
    #[allow(unreachable_code)]
    {
        let _ = (name, length);
        -1
    }
}
