// SPDX-License-Identifier: Apache-2.0
//! ask METHOD URL [OPTION]…: as ask.c beside this, by the bare imports.
use std::io::Write;

#[link(wasm_import_module = "warrant_fetch")]
extern "C" {
    fn request(method: u32, url: *const u8, url_len: usize, head: *const u8, head_len: usize, body: *const u8,
               body_len: usize, timeout: u32, flags: u32, handle: *mut u32) -> i32;
    fn response(handle: u32, out: *mut u8, size: u32) -> i32;
    fn head_read(handle: u32, offset: u32, to: *mut u8, size: usize, n: *mut u32) -> i32;
    fn body_read(handle: u32, to: *mut u8, size: usize, n: *mut u32) -> i32;
    fn error_read(to: *mut u8, size: usize, n: *mut u32) -> i32;
    fn cancel(handle: u32) -> i32;
    fn close(handle: u32) -> i32;
}

/// Bytes of a body.
const SHOWN: u64 = 4096;

struct Asked {
    head: Vec<u8>,
    body: Vec<u8>,
    timeout: u32,
    flags: u32,
    piece: usize,
    times: u32,
    record: u32,
    cancels: bool,
    keeps: bool,
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

impl Asked {
    fn header(&mut self, kind: u8, text: &str) {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        self.head.push(kind);
        for part in [name, value] {
            self.head.extend_from_slice(part.as_bytes());
            self.head.push(0);
        }
    }

    fn take(&mut self, word: &str) {
        if let Some(digits) = word.strip_prefix("hex=") {
            let byte = |at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap_or(0);
            self.head.extend((0..digits.len() / 2).map(byte));
        } else if let Some(text) = word.strip_prefix("piece=") {
            self.piece = number(text) as usize;
        } else if let Some(text) = word.strip_prefix("times=") {
            self.times = number(text);
        } else if let Some(text) = word.strip_prefix("flags=") {
            self.flags = number(text);
        } else if let Some(text) = word.strip_prefix("record=") {
            self.record = number(text);
        } else if word == "cancel" {
            self.cancels = true;
        } else if word == "keep" {
            self.keeps = true;
        } else if word == "^" {
            self.flags = 1;
        } else if let Some(text) = word.strip_prefix('=') {
            self.header(b'=', text);
        } else if let Some(text) = word.strip_prefix('$') {
            self.header(b'$', text);
        } else if let Some(text) = word.strip_prefix('@') {
            self.body = text.as_bytes().to_vec();
        } else if let Some(text) = word.strip_prefix('#') {
            self.body = vec![b'b'; number(text) as usize];
        } else if let Some(text) = word.strip_prefix('~') {
            self.timeout = number(text);
        }
    }
}

fn error_text() -> String {
    let (mut text, mut n) = ([0u8; 256], 0u32);
    // SAFETY: both live across the call.
    unsafe { error_read(text.as_mut_ptr(), text.len(), &mut n) };
    let text = String::from_utf8_lossy(&text[..n as usize]).replace('\0', "|");
    text.strip_suffix('|').unwrap_or(&text).to_string()
}

fn tell_head(handle: u32, asked: &Asked, out: &mut Vec<u8>) {
    let mut record = [0x77u8; 32];
    // SAFETY: the host writes at most 32 bytes.
    unsafe { response(handle, record.as_mut_ptr(), asked.record) };
    let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().expect("four bytes"));
    let length = i64::from_le_bytes(record[16..24].try_into().expect("eight bytes"));
    out.extend(format!("status {} flags {} hops {} length {length}\n", word(4), word(8), word(24)).bytes());
    let mut at = 0;
    loop {
        let (mut part, mut n) = ([0u8; 5], 0u32);
        // SAFETY: as above.
        if unsafe { head_read(handle, at, part.as_mut_ptr(), part.len(), &mut n) } != 0 || n == 0 {
            return;
        }
        out.extend(part[..n as usize].iter().map(|byte| if *byte == 0 { b'\n' } else { *byte }));
        at += n;
    }
}

fn read_body(handle: u32, asked: &Asked, out: &mut Vec<u8>) {
    let (mut piece, mut total) = (vec![0u8; asked.piece], 0u64);
    loop {
        let mut n = 0u32;
        // SAFETY: as above.
        let result = unsafe { body_read(handle, piece.as_mut_ptr(), piece.len(), &mut n) };
        if result != 0 {
            out.extend(format!("\nread {total} then body errno {result} {}\n", error_text()).bytes());
            return;
        }
        if n == 0 {
            break;
        }
        // However long the reads are, the same is printed.
        let left = SHOWN.saturating_sub(total).min(u64::from(n));
        out.extend_from_slice(&piece[..left as usize]);
        total += u64::from(n);
        if asked.cancels {
            // SAFETY: a number.
            unsafe { cancel(handle) };
        }
    }
    out.extend(format!("\nread {total}\n").bytes());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut asked = Asked {
        head: vec![], body: vec![], timeout: 0, flags: 0, piece: 65536, times: 1, record: 32, cancels: false, keeps: false,
    };
    for word in &words[2..] {
        asked.take(word);
    }
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let method = known.iter().position(|name| *name == words[0]).map_or(number(&words[0]), |at| at as u32);
    let url = words[1].as_bytes();
    for _ in 0..asked.times {
        let (mut handle, mut out) = (0u32, Vec::new());
        // SAFETY: what is pointed to lives across the call.
        let result = unsafe {
            request(method, url.as_ptr(), url.len(), asked.head.as_ptr(), asked.head.len(), asked.body.as_ptr(),
                    asked.body.len(), asked.timeout, asked.flags, &mut handle)
        };
        if result != 0 {
            out.extend(format!("request errno {result} {}\n", error_text()).bytes());
        } else {
            out.extend(format!("handle {handle}\n").bytes());
            tell_head(handle, &asked, &mut out);
            if !asked.keeps {
                read_body(handle, &asked, &mut out);
                // SAFETY: a number.
                out.extend(format!("close {}\n", unsafe { close(handle) }).bytes());
            }
        }
        std::io::stdout().write_all(&out).expect("standard output");
    }
}
