// SPDX-License-Identifier: Apache-2.0
//! wasi-random: reads 4096 bytes of entropy in calls of many sizes and judges them; then asks for the
//! wall clock. The imports are called as they are, so that each errno can be named.

mod wasi {
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    extern "C" {
        pub fn random_get(to: *mut u8, size: usize) -> i32;
        pub fn clock_time_get(id: i32, precision: i64, to: *mut u64) -> i32;
    }
}

const BYTES: usize = 4096;
const UNTOUCHED: u8 = 0xa5;

/// Reads in calls of 1, 255, 256, 257, … bytes. The errno, when a call is refused.
fn read(to: &mut [u8]) -> Result<(), i32> {
    let sizes = [1, 255, 256, 257, 511, 512, 513, 1024];
    let (mut at, mut next) = (0, 0);
    while at < to.len() {
        let size = sizes[next % sizes.len()].min(to.len() - at);
        let errno = unsafe { wasi::random_get(to[at..].as_mut_ptr(), size) };
        if errno != 0 {
            return Err(errno);
        }
        at += size;
        next += 1;
    }
    Ok(())
}

/// Ones within 600 of half, and the chi-square of the bytes (255 degrees) between 150 and 400.
fn is_within_bounds(bytes: &[u8]) -> bool {
    let ones: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
    let mut counts = [0u32; 256];
    for byte in bytes {
        counts[*byte as usize] += 1;
    }
    let expected = bytes.len() as f64 / 256.0;
    let chi: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    ones.abs_diff(BYTES as u32 * 4) <= 600 && (150.0..=400.0).contains(&chi)
}

fn word(errno: i32) -> &'static str {
    match errno {
        8 => "EBADF",
        52 => "ENOSYS",
        76 => "ENOTCAPABLE",
        _ => "errno",
    }
}

fn random() -> bool {
    let (mut first, mut second) = ([UNTOUCHED; BYTES], [UNTOUCHED; BYTES]);
    if let Err(errno) = read(&mut first) {
        if first.iter().any(|byte| *byte != UNTOUCHED) {
            println!("[wasi-random] a refused call wrote into the buffer");
            std::process::exit(1);
        }
        println!("[wasi-random] refused: {} ({errno})", word(errno));
        return false;
    }
    if read(&mut second).is_err() || !is_within_bounds(&first) || first == second {
        println!("[wasi-random] these bytes are no entropy");
        std::process::exit(1);
    }
    println!("[wasi-random] {BYTES} bytes within entropy bounds");
    true
}

fn wall_clock() -> bool {
    let mut now = 0;
    let errno = unsafe { wasi::clock_time_get(0, 1, &mut now) };
    if errno == 0 {
        println!("[wasi-random] wall clock granted");
    } else {
        println!("[wasi-random] wall clock refused: {} ({errno})", word(errno));
    }
    errno == 0
}

fn main() {
    let granted = [random(), wall_clock()];
    std::process::exit(if granted == [true, true] { 0 } else { 2 });
}
