// SPDX-License-Identifier: Apache-2.0
//! wasi-fetch get URL [SIZE]: one GET into a buffer of SIZE bytes, by `openagentic_netfetch`.
//! wasi-fetch METHOD URL [WORD…]: one request by `warrant_fetch`, its body as it comes. Words:
//!   Name:value  a header    $Name:ref  a secret by reference    @TEXT  the body
//!   ?name       show that header of the answer                  ^      redirects are shown, not followed
//! Exit code 0 with an answer, whatever its status; 2 with why there is none.

use std::io::{self, Write};
use std::process::exit;

use warrant_fetch::{Error, Method, Redirects, Request, Response};

const PIECE: usize = 1000;
const USAGE: &str = "[wasi-fetch] usage: get URL [SIZE] | METHOD URL [Name:value|$Name:ref|@BODY|?name|^]...";

fn method_of(word: &str) -> Option<Method> {
    Some(match word {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        _ => return None,
    })
}

fn get(url: &str, size: usize) -> io::Result<i32> {
    let mut buffer = vec![0u8; size];
    match warrant_fetch::get(url, &mut buffer) {
        Ok(got) => {
            println!("[wasi-fetch] get {}, {} bytes{}", got.status, got.length, if got.cut { ", cut" } else { "" });
            io::stdout().write_all(&buffer[..got.length])?;
            println!();
            Ok(0)
        }
        Err(errno) => {
            println!("[wasi-fetch] get refused: {errno}");
            Ok(2)
        }
    }
}

fn put_together<'a>(method: Method, url: &'a str, words: &'a [String]) -> (Request<'a>, Vec<&'a str>) {
    let mut request = Request::new(method, url);
    let mut shown = Vec::new();
    for word in words {
        let pair = |text: &'a str| text.split_once(':').unwrap_or((text, ""));
        request = match word.as_bytes().first() {
            Some(b'@') => request.body(word[1..].as_bytes()),
            Some(b'^') => request.redirects(Redirects::Returned),
            Some(b'?') => {
                shown.push(&word[1..]);
                request
            }
            Some(b'$') => {
                let (name, reference) = pair(&word[1..]);
                request.secret(name, reference)
            }
            _ => {
                let (name, value) = pair(word);
                request.header(name, value)
            }
        };
    }
    (request, shown)
}

fn show_body(answer: &mut Response, out: &mut impl Write) -> io::Result<(usize, Option<Error>)> {
    let mut piece = [0u8; PIECE];
    let mut total = 0;
    loop {
        match answer.read_some(&mut piece) {
            Ok(0) => return Ok((total, None)),
            Ok(length) => {
                out.write_all(&piece[..length])?;
                total += length;
            }
            Err(error) => return Ok((total, Some(error))),
        }
    }
}

fn ask(word: &str, method: Method, url: &str, words: &[String]) -> io::Result<i32> {
    let (request, shown) = put_together(method, url, words);
    let mut answer = match request.send() {
        Ok(answer) => answer,
        Err(error) => {
            println!("[wasi-fetch] {word} refused: {error}");
            return Ok(2);
        }
    };
    println!("[wasi-fetch] {word} {}{}", answer.status(), if answer.was_redirected() { ", redirected" } else { "" });
    for name in shown {
        let value = answer.header(name)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        println!("{name}: {}", value.as_deref().unwrap_or("-"));
    }
    let (total, error) = show_body(&mut answer, &mut io::stdout())?;
    match error {
        None => println!("\n[wasi-fetch] {total} bytes"),
        Some(ref error) => println!("\n[wasi-fetch] ended after {total} bytes: {error}"),
    }
    Ok(if error.is_some() { 2 } else { 0 })
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let done = match words.get(1).map(String::as_str) {
        Some("get") if words.len() == 3 => get(&words[2], 1 << 20),
        Some("get") if words.len() == 4 => get(&words[2], words[3].parse().unwrap_or(0)),
        Some(word) if words.len() > 2 && method_of(word).is_some() => {
            ask(word, method_of(word).unwrap_or(Method::Get), &words[2], &words[3..])
        }
        _ => {
            println!("{USAGE}");
            Ok(64)
        }
    };
    exit(done.unwrap_or(74));
}
