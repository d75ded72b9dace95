// SPDX-License-Identifier: Apache-2.0
//! Copies the C headers, conf.h included, that belong to this very build of the C API, and ours,
//! to the folder that WARRANT_WT_INCLUDE names; without that variable it copies nothing.
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let Some(name) = path.file_name() else { continue };
        if path.is_dir() {
            copy_tree(&path, &to.join(name))?;
        } else if path.extension().is_some_and(|extension| extension == "h") {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    let target = env::var("TARGET").map_err(io::Error::other)?;
    println!("cargo:rustc-env=WARRANT_WT_TARGET={target}");
    println!("cargo:rerun-if-env-changed=WARRANT_WT_INCLUDE");
    println!("cargo:rerun-if-changed=include/warrant_wt.h");
    let Some(to) = env::var_os("WARRANT_WT_INCLUDE").map(PathBuf::from) else { return Ok(()) };
    let Some(from) = env::var_os("DEP_WASMTIME_C_API_INCLUDE") else {
        return Err(io::Error::other("the C API crate named no include folder"));
    };
    copy_tree(Path::new(&from), &to)?;
    copy_tree(Path::new("include"), &to)
}
