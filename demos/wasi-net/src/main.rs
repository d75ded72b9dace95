// SPDX-License-Identifier: Apache-2.0
//! wasi-net serve [N]: answers N requests (one, unless it is said) on the listener that was granted as
//! descriptor 3, and ends. wasi-net fetch URL: one GET by the import openagentic_netfetch. Rust's own
//! network is not there for WASI preview1: the imports are called as they are.

#[repr(C)]
struct Vector {
    at: *const u8,
    size: usize,
}

mod wasi {
    use super::Vector;
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    extern "C" {
        pub fn sock_accept(fd: i32, flags: i32, to: *mut i32) -> i32;
        pub fn sock_recv(fd: i32, to: *const Vector, count: usize, flags: i32, size: *mut usize, out: *mut u16) -> i32;
        pub fn sock_send(fd: i32, from: *const Vector, count: usize, flags: i32, size: *mut usize) -> i32;
        pub fn sock_shutdown(fd: i32, how: i32) -> i32;
        pub fn fd_close(fd: i32) -> i32;
    }
}

mod netfetch {
    #[link(wasm_import_module = "openagentic_netfetch")]
    extern "C" {
        pub fn fetch_get(
            url: *const u8,
            url_size: usize,
            to: *mut u8,
            room: i32,
            size: *mut u32,
            status: *mut u32,
            cut: *mut u8,
        ) -> i32;
    }
}

const LISTENER: i32 = 3;
const ROOM: i32 = 4096;
const BODY: &str = "hello from a guest";

fn word(errno: i32) -> &'static str {
    match errno {
        8 => "EBADF",
        28 => "EINVAL",
        52 => "ENOSYS",
        76 => "ENOTCAPABLE",
        _ => "errno",
    }
}

/// The head of a request, up to its empty line; what is longer than 8 KiB is not answered.
fn read_head(connection: i32) -> Result<Vec<u8>, i32> {
    let mut head = Vec::new();
    let mut block = [0u8; 1024];
    while head.len() < 8192 && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let to = Vector { at: block.as_mut_ptr(), size: block.len() };
        let (mut size, mut flags) = (0, 0);
        match unsafe { wasi::sock_recv(connection, &to, 1, 0, &mut size, &mut flags) } {
            0 if size == 0 => break,
            0 => head.extend_from_slice(&block[..size]),
            errno => return Err(errno),
        }
    }
    Ok(head)
}

fn send(connection: i32, mut bytes: &[u8]) -> Result<(), i32> {
    while !bytes.is_empty() {
        let from = Vector { at: bytes.as_ptr(), size: bytes.len() };
        let mut size = 0;
        match unsafe { wasi::sock_send(connection, &from, 1, 0, &mut size) } {
            0 => bytes = &bytes[size..],
            errno => return Err(errno),
        }
    }
    Ok(())
}

fn answer(connection: i32) -> Result<(), i32> {
    let head = read_head(connection)?;
    let status = if head.starts_with(b"GET ") { "200 OK" } else { "405 Method Not Allowed" };
    let length = BODY.len();
    let text = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{BODY}");
    send(connection, text.as_bytes())?;
    unsafe { wasi::sock_shutdown(connection, 2) };
    Ok(())
}

fn serve(wanted: u32) -> i32 {
    let mut served = 0;
    while served < wanted {
        let mut connection = 0;
        let errno = unsafe { wasi::sock_accept(LISTENER, 0, &mut connection) };
        if errno != 0 {
            println!("[wasi-net] accept refused: {} ({errno})", word(errno));
            return 2;
        }
        // One who goes away is no reason to stop.
        if answer(connection).is_ok() {
            served += 1;
        }
        unsafe { wasi::fd_close(connection) };
    }
    println!("[wasi-net] served {served} request{}", if served == 1 { "" } else { "s" });
    0
}

fn fetch(url: &str) -> i32 {
    let mut body = [0u8; ROOM as usize];
    let (mut size, mut status, mut cut) = (0, 0, 0);
    let errno = unsafe {
        netfetch::fetch_get(url.as_ptr(), url.len(), body.as_mut_ptr(), ROOM, &mut size, &mut status, &mut cut)
    };
    if errno != 0 {
        println!("[wasi-net] fetch refused: {} ({errno})", word(errno));
        return 2;
    }
    println!("[wasi-net] fetch {status}, {size} bytes{}", if cut != 0 { ", cut" } else { "" });
    0
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let wanted = words.get(2).map_or(Some(1), |word| word.parse().ok());
    let code = match (words.get(1).map(String::as_str), wanted, words.get(2)) {
        (Some("serve"), Some(wanted), _) => serve(wanted),
        (Some("fetch"), _, Some(url)) => fetch(url),
        _ => {
            println!("[wasi-net] usage: serve [N] | fetch URL");
            64
        }
    };
    std::process::exit(code);
}
