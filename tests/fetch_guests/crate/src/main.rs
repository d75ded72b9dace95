// SPDX-License-Identifier: Apache-2.0
//! Every function of the crate once, over a real server; one line each.

use std::io::Read;
use std::time::Duration;

use warrant_fetch::{Error, Method, Request, Response};

fn url(path: &str) -> String {
    format!("https://api.example.com/v1/{path}")
}

fn ask(path: &str) -> Result<Response, Error> {
    Request::get(&url(path)).send()
}

fn bounds() -> Result<(), Error> {
    let before = warrant_fetch::bounds()?;
    ask("bytes/10")?.read_all(10)?;
    let after = warrant_fetch::bounds()?;
    println!("bounds {} {} {:?}", before.response, before.request_body, before.timeout);
    println!("spent {} {}", before.requests - after.requests, before.bytes > after.bytes);
    Ok(())
}

fn body() -> Result<(), Error> {
    let mut answer = ask("bytes/26")?;
    println!("length {:?} hops {} redirected {}", answer.length(), answer.hops(), answer.was_redirected());
    let mut whole = String::new();
    let read = answer.read_to_string(&mut whole).map_err(|error| error.to_string());
    println!("io {read:?} {whole}");
    println!("end {:?}", answer.read_some(&mut [0; 8]));
    println!("ready {:?}", answer.ready());
    println!("more {}", ask("bytes/26")?.read_all(25).unwrap_err());
    println!("unknown {:?}", ask("chunked/5")?.length());
    let mut cut = String::new();
    println!("cut {}", ask("cut")?.read_to_string(&mut cut).unwrap_err());
    Ok(())
}

fn heads() -> Result<(), Error> {
    let answer = ask("kept")?;
    let kept = answer.header("x-kept")?.map(|value| String::from_utf8_lossy(&value).into_owned());
    println!("kept {kept:?} cookie {:?}", answer.header("set-cookie")?);
    for header in answer.headers()? {
        println!("header {} {}", header.name, header.value.len());
    }
    let nul = Request::get(&url("ok")).header("x-own", "a\0=b").send();
    println!("nul {}", nul.unwrap_err());
    println!("head {}", Request::new(Method::Head, &url("bytes/5")).send()?.status());
    Ok(())
}

fn ends() -> Result<(), Error> {
    let mut answer = ask("bytes/1000000")?;
    answer.read_some(&mut [0; 10])?;
    answer.cancel()?;
    println!("cancelled {}", answer.read_some(&mut [0; 10]).unwrap_err());
    let mut whole = ask("bytes/10")?;
    whole.read_all(10)?;
    whole.cancel()?;
    println!("ended {} {}", whole.read_some(&mut [0; 10]).unwrap_err(), whole.ready().is_err());
    drop((answer, whole));
    let late = Request::get(&url("silent")).timeout(Duration::from_millis(300)).send();
    println!("late {}", late.unwrap_err());
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(ask("ok")?);
        open.last_mut().map(|answer| answer.read_all(2));
    }
    println!("handles {}", ask("ok").unwrap_err());
    open.pop();
    println!("again {}", ask("ok")?.status());
    Ok(())
}

fn main() {
    println!("version {}", warrant_fetch::version());
    for (name, part) in [("bounds", bounds as fn() -> _), ("body", body), ("heads", heads), ("ends", ends)] {
        if let Err(error) = part() {
            println!("{name} stopped: {error}");
        }
    }
}
