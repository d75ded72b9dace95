// SPDX-License-Identifier: Apache-2.0
//! HTTPS for WebAssembly guests of Warrant, over both imports of the host: [`get`] is the one call of
//! `openagentic_netfetch`, [`Request`] and [`Response`] are `warrant_fetch` with methods, headers,
//! bodies and streaming.
//!
//! Linking this crate grants nothing. What a request may reach is the operator's to say
//! (`warrant run --fetch ORIGIN`); a refusal is an [`Error`] that names what was wrong, and never ends
//! the guest. A secret is named by [`Request::secret`] and attached by the host; a guest cannot read it.
//!
//! ```no_run
//! use std::io::Read;
//! let mut answer = warrant_fetch::Request::get("https://api.example.com/v1/items")
//!     .header("accept", "application/json")
//!     .send()?;
//! let mut body = String::new();
//! answer.read_to_string(&mut body)?;
//! # Ok::<(), std::io::Error>(())
//! ```

mod error;
mod raw;
mod request;
mod response;

pub use error::{Errno, Error, Sent};
pub use request::{Method, Redirects, Request};
pub use response::{Header, Response};

use std::time::Duration;

/// What [`get`] brought: `length` bytes at the start of the buffer, all of the body unless `cut`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Got {
    pub length: usize,
    pub status: u32,
    pub cut: bool,
}

/// One GET of `url` into `buffer`; any HTTP status is a success, an empty buffer asks for the status
/// alone. Failures are `INVAL` (28), `NOTCAPABLE` (76) where nothing grants it, `BADF` (8).
pub fn get(url: &str, buffer: &mut [u8]) -> Result<Got, Errno> {
    let room = i32::try_from(buffer.len()).unwrap_or(i32::MAX);
    let (mut length, mut status, mut cut) = (0, 0, 0);
    // SAFETY: the buffer and the three cells are ours for the length of the call.
    let result = unsafe {
        raw::fetch_get(url.as_ptr(), url.len(), buffer.as_mut_ptr(), room, &mut length, &mut status, &mut cut)
    };
    match result {
        0 => Ok(Got { length: length as usize, status, cut: cut != 0 }),
        errno => Err(Errno(errno)),
    }
}

/// The version of `warrant_fetch`; it grows with each function that is added to it.
pub fn version() -> i32 {
    // SAFETY: it takes nothing.
    unsafe { raw::version() }
}

/// What is left to this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub requests: u64,
    pub bytes: u64,
    /// Of one response's body, and of one request's.
    pub response: u64,
    pub request_body: u64,
    /// Of one request, as whole milliseconds.
    pub timeout: Duration,
}

pub fn bounds() -> Result<Bounds, Error> {
    let mut record = [0u8; 40];
    // SAFETY: the record is ours.
    check(unsafe { raw::bounds(record.as_mut_ptr(), record.len()) })?;
    let number = |at: usize| u64::from_le_bytes(record[at..at + 8].try_into().unwrap_or_default());
    Ok(Bounds {
        requests: number(0),
        bytes: number(8),
        response: number(16),
        request_body: number(24),
        timeout: Duration::from_millis(number(32)),
    })
}

/// 0, or the host's words for what went wrong.
pub(crate) fn check(errno: i32) -> Result<(), Error> {
    if errno == 0 {
        return Ok(());
    }
    let mut block = [0u8; 256];
    let mut length = 0;
    // SAFETY: the block is ours.
    let told = unsafe { raw::error_read(block.as_mut_ptr(), block.len(), &mut length) };
    let length = if told == 0 { (length as usize).min(block.len()) } else { 0 };
    Err(Error::from_block(Errno(errno), &block[..length]))
}
