//! Copies Wasmtime's public C headers, as configured for the features chosen in Cargo.toml, and those of the bridge to
//! C++, to `include/` of the target directory, where CMake looks for them.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            copy_file(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Only what differs: a new time stamp would rebuild everything that includes it.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to.parent().expect("a file's path"))?;
    if fs::read(to).ok() != Some(fs::read(from)?) {
        fs::copy(from, to)?;
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
    cxx_build::bridge("src/cluster.rs").include("../src").std("c++20").compile("nacre-bridge");
    let bridge = out.join("cxxbridge/include");
    copy_tree(&bridge.join("rust"), &include.join("rust")).expect("copy cxx's header");
    copy_file(&bridge.join("nacre-parts/src/cluster.rs.h"), &include.join("nacre-parts/cluster.h")).expect("copy the bridge's header");
    println!("cargo:rerun-if-changed=src/cluster.rs");
    println!("cargo:rerun-if-changed=../src/cluster/completion.h");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", include.join("wasmtime.h").display());
}
