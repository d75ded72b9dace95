// SPDX-License-Identifier: Apache-2.0
//! A guest in the way of those of the earlier host, in Rust: its own declaration, its own errors, a
//! buffer that grows. earlier URL...: one line for each.

#[link(wasm_import_module = "openagentic_netfetch")]
extern "C" {
    #[link_name = "fetch_get"]
    fn fetch_get_raw(
        url_ptr: u32,
        url_len: u32,
        out_ptr: u32,
        out_max: u32,
        out_n_ptr: u32,
        out_status_ptr: u32,
        out_trunc_ptr: u32,
    ) -> u32;
}

#[derive(Debug)]
enum FetchError {
    Invalid,
    NotCapable,
    NoMemory,
    Unknown(u32),
}

struct Answer {
    status: u32,
    body: Vec<u8>,
    truncated: bool,
}

fn fetch_get(url: &str, room: usize) -> Result<Answer, FetchError> {
    let mut body: Vec<u8> = Vec::with_capacity(room);
    let (mut n, mut status, mut truncated) = (0u32, 0u32, 0u8);
    let result = unsafe {
        fetch_get_raw(
            url.as_ptr() as u32,
            url.len() as u32,
            body.as_mut_ptr() as u32,
            room as u32,
            &mut n as *mut u32 as u32,
            &mut status as *mut u32 as u32,
            &mut truncated as *mut u8 as u32,
        )
    };
    match result {
        0 => {
            unsafe { body.set_len(n as usize) };
            Ok(Answer { status, body, truncated: truncated == 1 })
        }
        8 => Err(FetchError::NoMemory),
        28 => Err(FetchError::Invalid),
        76 => Err(FetchError::NotCapable),
        other => Err(FetchError::Unknown(other)),
    }
}

fn fetch_all(url: &str) -> Result<(Answer, u32), FetchError> {
    let mut room = 8;
    let mut tries = 0;
    loop {
        let answer = fetch_get(url, room)?;
        tries += 1;
        if !answer.truncated {
            return Ok((answer, tries));
        }
        room *= 8;
    }
}

fn main() {
    for url in std::env::args().skip(1) {
        match fetch_all(&url) {
            Ok((answer, tries)) => {
                let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(20)]).into_owned();
                println!("{} {} tries {tries} {text}", answer.status, answer.body.len());
            }
            Err(FetchError::Unknown(number)) => println!("unknown {number}"),
            Err(error) => println!("{error:?}"),
        }
    }
}
