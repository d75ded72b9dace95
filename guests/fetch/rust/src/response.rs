// SPDX-License-Identifier: Apache-2.0
use std::io;

use crate::{check, raw, Error};

const LENGTH_KNOWN: u32 = 1;
const REDIRECTED: u32 = 2;

/// A header of an answer; the name is in lower case, the value is bytes that the server chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub name: String,
    pub value: Vec<u8>,
}

/// An answer whose head is there; its body is read as it comes, by [`io::Read`]. The end of the body
/// is 0 bytes read, and only where the body is whole. Dropped, it is closed.
#[derive(Debug)]
pub struct Response {
    handle: u32,
    status: u32,
    flags: u32,
    head_length: u32,
    body_length: u64,
    hops: u32,
}

impl Response {
    pub(crate) fn of(handle: u32) -> Result<Response, Error> {
        let mut response = Response { handle, status: 0, flags: 0, head_length: 0, body_length: 0, hops: 0 };
        let mut record = [0u8; 32];
        // SAFETY: the record is ours.
        check(unsafe { raw::response(handle, record.as_mut_ptr(), record.len()) })?;
        let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap_or_default());
        response.status = word(4);
        response.flags = word(8);
        response.head_length = word(12);
        response.body_length = u64::from(word(16)) | u64::from(word(20)) << 32;
        response.hops = word(24);
        Ok(response)
    }

    pub fn status(&self) -> u32 {
        self.status
    }

    /// What the server declared.
    pub fn length(&self) -> Option<u64> {
        (self.flags & LENGTH_KNOWN != 0).then_some(self.body_length)
    }

    pub fn was_redirected(&self) -> bool {
        self.flags & REDIRECTED != 0
    }

    pub fn hops(&self) -> u32 {
        self.hops
    }

    /// The headers in the order in which they came.
    pub fn headers(&self) -> Result<Vec<Header>, Error> {
        let block = self.head()?;
        let mut headers = Vec::new();
        let mut words = block.split(|byte| *byte == 0);
        while let (Some([_kind, name @ ..]), Some(value)) = (words.next(), words.next()) {
            headers.push(Header { name: String::from_utf8_lossy(name).into_owned(), value: value.to_vec() });
        }
        Ok(headers)
    }

    /// The first header of that name, written in lower case.
    pub fn header(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.headers()?.into_iter().find(|each| each.name == name).map(|each| each.value))
    }

    /// Bytes of the body that can be read without a wait.
    pub fn ready(&self) -> Result<usize, Error> {
        let mut length = 0;
        // SAFETY: the cell is ours.
        check(unsafe { raw::body_ready(self.handle, &mut length) })?;
        Ok(length as usize)
    }

    /// The next bytes of the body, at least one; 0 is its complete end.
    pub fn read_some(&mut self, to: &mut [u8]) -> Result<usize, Error> {
        let mut length = 0;
        // SAFETY: the buffer and the cell are ours.
        check(unsafe { raw::body_read(self.handle, to.as_mut_ptr(), to.len(), &mut length) })?;
        Ok(length as usize)
    }

    /// All that is left of the body; `most` bytes at most, more is `MSGSIZE`.
    pub fn read_all(&mut self, most: usize) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        let mut piece = vec![0u8; 64 << 10];
        loop {
            let length = self.read_some(&mut piece)?;
            if length == 0 {
                return Ok(body);
            }
            if length > most - body.len() {
                return Err(Error {
                    errno: crate::Errno::MSGSIZE,
                    code: "response_too_large".into(),
                    reason: "body_limit".into(),
                    sent: crate::Sent::Full,
                });
            }
            body.extend_from_slice(&piece[..length]);
        }
    }

    /// Closes the connection; reads after it fail with `CANCELED`.
    pub fn cancel(&mut self) -> Result<(), Error> {
        // SAFETY: it takes a number.
        check(unsafe { raw::cancel(self.handle) })
    }

    fn head(&self) -> Result<Vec<u8>, Error> {
        let mut block = vec![0u8; self.head_length as usize];
        let mut at = 0;
        while at < block.len() {
            let mut length = 0;
            let rest = &mut block[at..];
            // SAFETY: the rest of the block and the cell are ours.
            check(unsafe { raw::head_read(self.handle, at as u32, rest.as_mut_ptr(), rest.len(), &mut length) })?;
            if length == 0 {
                break;
            }
            at += length as usize;
        }
        block.truncate(at);
        Ok(block)
    }
}

impl io::Read for Response {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        Ok(self.read_some(to)?)
    }
}

impl Drop for Response {
    fn drop(&mut self) {
        // SAFETY: it takes a number; nobody else closes it.
        unsafe { raw::close(self.handle) };
    }
}
