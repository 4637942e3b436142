//! Copies Wasmtime's public C headers, as configured for the features chosen in Cargo.toml, to
//! `include/` of the target directory, where CMake looks for them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if fs::read(&target).ok() != Some(fs::read(entry.path())?) {
            // Only what differs: a new time stamp would rebuild everything that includes it.
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

fn main() {
    // The crate publishes the directory through its `links` key.
    let headers = env::var("DEP_WASMTIME_C_API_INCLUDE").expect("wasmtime-c-api-impl names its headers");
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    // <target>/<profile>/build/<package>/out
    let target = out.ancestors().nth(4).expect("the layout of a cargo target directory");
    let include = target.join("include");
    copy_tree(Path::new(&headers), &include).expect("copy the headers");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", include.join("wasmtime.h").display());
}
