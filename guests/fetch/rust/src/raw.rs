// SPDX-License-Identifier: Apache-2.0
//! The imports as they are; `docs/formats/warrant-fetch.md` says what each does.

#[link(wasm_import_module = "openagentic_netfetch")]
extern "C" {
    pub fn fetch_get(
        url: *const u8,
        url_len: usize,
        out: *mut u8,
        out_max: i32,
        out_n: *mut u32,
        out_status: *mut u32,
        out_trunc: *mut u8,
    ) -> i32;
}

#[link(wasm_import_module = "warrant_fetch")]
extern "C" {
    pub fn version() -> i32;
    pub fn request(
        method: u32,
        url: *const u8,
        url_len: usize,
        head: *const u8,
        head_len: usize,
        body: *const u8,
        body_len: usize,
        timeout_ms: u32,
        flags: u32,
        handle: *mut u32,
    ) -> i32;
    pub fn response(handle: u32, out: *mut u8, out_len: usize) -> i32;
    pub fn head_read(handle: u32, offset: u32, to: *mut u8, len: usize, n: *mut u32) -> i32;
    pub fn body_read(handle: u32, to: *mut u8, len: usize, n: *mut u32) -> i32;
    pub fn body_ready(handle: u32, n: *mut u32) -> i32;
    pub fn error_read(to: *mut u8, len: usize, n: *mut u32) -> i32;
    pub fn cancel(handle: u32) -> i32;
    pub fn close(handle: u32) -> i32;
    pub fn bounds(out: *mut u8, out_len: usize) -> i32;
}
