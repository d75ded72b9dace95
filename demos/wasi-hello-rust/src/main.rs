// SPDX-License-Identifier: Apache-2.0
//! wasi-hello-rust: one line by Rust's standard library.

fn main() {
    println!("Hello from WASI on Warrant");
}
