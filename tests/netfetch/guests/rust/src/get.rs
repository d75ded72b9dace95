// SPDX-License-Identifier: Apache-2.0
//! get URL [OUT_MAX]…: as get.c beside this, by the bare import.
use std::io::Write;

#[link(wasm_import_module = "openagentic_netfetch")]
extern "C" {
    fn fetch_get(url: *const u8, url_len: usize, out: *mut u8, max: i32, n: *mut u32, status: *mut u32, cut: *mut u8) -> i32;
}

fn bytes_of(word: &str) -> Vec<u8> {
    match word.strip_prefix("hex=") {
        None => word.as_bytes().to_vec(),
        Some(digits) => (0..digits.len() / 2)
            .map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap_or(0))
            .collect(),
    }
}

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    let mut body = vec![0u8; 2_000_000];
    let mut out = std::io::stdout();
    while let Some(word) = words.next() {
        let url = bytes_of(&word);
        let most = words.next_if(|next| next.parse::<i32>().is_ok()).and_then(|next| next.parse().ok());
        let (mut n, mut status, mut cut) = (4242u32, 4242u32, 42u8);
        let most = most.unwrap_or(body.len() as i32);
        // SAFETY: the pointers are those of values that live across the call, `most` is at most the buffer's size.
        let result = unsafe { fetch_get(url.as_ptr(), url.len(), body.as_mut_ptr(), most, &mut n, &mut status, &mut cut) };
        let mut text = format!("errno {result} n {n} status {status} trunc {cut}\n").into_bytes();
        if result == 0 && n > 0 && n < 4096 {
            text.extend_from_slice(&body[..n as usize]);
            text.push(b'\n');
        }
        out.write_all(&text).expect("standard output");
    }
}
