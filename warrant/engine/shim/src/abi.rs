// SPDX-License-Identifier: Apache-2.0
//! Identity of this build, to be compared with the headers that C++ was compiled with.
use wasmtime_c_api::wasmtime::{component, Func, Instance, Memory, ValRaw};
use wasmtime_c_api::{wasmtime_component_val_t, wasmtime_extern_t, wasmtime_val_t};

const VERSION: u32 = 48_000_803;

#[repr(C)]
#[derive(Default, Debug, PartialEq)]
pub struct WarrantAbi {
    version: u32,
    features: u32,
    val: u16,
    val_raw: u16,
    ext: u16,
    func: u16,
    memory: u16,
    instance: u16,
    cval: u16,
    cfunc: u16,
}

const fn size<T>() -> u16 {
    assert!(size_of::<T>() <= u16::MAX as usize);
    size_of::<T>() as u16
}

#[no_mangle]
pub extern "C" fn warrant_wt_abi(out: &mut WarrantAbi) {
    // Compiler, pooling, components, async, gc, gc-drc: always built. Bit 6: text format.
    let features = 0x3f | (u32::from(cfg!(feature = "testing")) << 6);
    *out = WarrantAbi {
        version: VERSION,
        features,
        val: size::<wasmtime_val_t>(),
        val_raw: size::<ValRaw>(),
        ext: size::<wasmtime_extern_t>(),
        func: size::<Func>(),
        memory: size::<Memory>(),
        instance: size::<Instance>(),
        cval: size::<wasmtime_component_val_t>(),
        cfunc: size::<component::Func>(),
    };
}

const TARGET: &str = concat!("wasmtime 48.0.8 ", env!("WARRANT_WT_TARGET"));

#[no_mangle]
pub extern "C" fn warrant_wt_target(length: &mut usize) -> *const u8 {
    *length = TARGET.len();
    TARGET.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_a_build_with_gc() {
        let mut abi = WarrantAbi::default();
        warrant_wt_abi(&mut abi);
        assert_eq!((abi.val, abi.val_raw, abi.ext, abi.func), (32, 16, 32, 16));
        assert_eq!((abi.memory, abi.instance, abi.cval, abi.cfunc), (24, 16, 32, 24));
    }

    #[test]
    fn target_names_version_and_triple() {
        assert!(TARGET.starts_with("wasmtime 48.0.8 "));
        assert!(TARGET.contains("linux"));
    }
}
