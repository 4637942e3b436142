//! The functions written for scylla-udf, but for their `use` lines.

use std::{env, fs, path::Path};

fn main() {
    let from = "../../../udf/modules/scylla_udf/src/lib.rs";
    println!("cargo::rerun-if-changed={from}");
    let source = fs::read_to_string(from).unwrap();
    let moved = source.replace("use scylla_udf::", "use nacre_function::scylla::");
    assert_ne!(source, moved);
    // An included file has no documentation of its own.
    let moved: Vec<&str> = moved.lines().filter(|line| !line.starts_with("//!")).collect();
    fs::write(Path::new(&env::var("OUT_DIR").unwrap()).join("functions.rs"), moved.join("\n")).unwrap();
}
