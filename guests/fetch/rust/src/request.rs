// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::{check, raw, Error, Response};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Method {
    Get = 0,
    Head = 1,
    Post = 2,
    Put = 3,
    Patch = 4,
    Delete = 5,
    Options = 6,
}

/// Who goes where a 3xx answer points: the host, judging each hop, or the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    Followed,
    Returned,
}

/// A request as it is put together; [`Request::send`] sends it. It may be sent again.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    method: Method,
    url: &'a str,
    head: Vec<u8>,
    body: &'a [u8],
    timeout: Duration,
    redirects: Redirects,
    holds_nul: bool,
}

impl<'a> Request<'a> {
    pub fn new(method: Method, url: &'a str) -> Self {
        Request {
            method,
            url,
            head: Vec::new(),
            body: &[],
            timeout: Duration::ZERO,
            redirects: Redirects::Followed,
            holds_nul: false,
        }
    }

    pub fn get(url: &'a str) -> Self {
        Request::new(Method::Get, url)
    }

    pub fn post(url: &'a str, body: &'a [u8]) -> Self {
        Request::new(Method::Post, url).body(body)
    }

    /// One more header. Those that are the host's (`host`, `content-length`, `cookie`, …) are refused.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.entry(b'=', name, value)
    }

    /// The header `name` made of the secret that the operator calls `reference`.
    pub fn secret(self, name: &str, reference: &str) -> Self {
        self.entry(b'$', name, reference)
    }

    pub fn body(mut self, body: &'a [u8]) -> Self {
        self.body = body;
        self
    }

    /// Shorter than the grant's own; zero is the grant's. Less than a millisecond counts as one.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.redirects = redirects;
        self
    }

    /// Sends; comes back when the head of the answer is there. Any HTTP status is an answer.
    pub fn send(&self) -> Result<Response, Error> {
        if self.holds_nul {
            return Err(Error::of_guest("header_rejected", "header_value"));
        }
        let mut handle = 0;
        let milliseconds = u32::try_from(self.timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX);
        // SAFETY: the four slices and the cell are ours for the length of the call.
        check(unsafe {
            raw::request(
                self.method as u32,
                self.url.as_ptr(),
                self.url.len(),
                self.head.as_ptr(),
                self.head.len(),
                self.body.as_ptr(),
                self.body.len(),
                milliseconds,
                u32::from(self.redirects == Redirects::Returned),
                &mut handle,
            )
        })?;
        Response::of(handle)
    }

    // `kind name NUL value NUL`. NUL ends a word there, so a word with one would be two.
    fn entry(mut self, kind: u8, name: &str, value: &str) -> Self {
        self.holds_nul |= name.contains('\0') || value.contains('\0');
        self.head.push(kind);
        for word in [name, value] {
            self.head.extend_from_slice(word.as_bytes());
            self.head.push(0);
        }
        self
    }
}
