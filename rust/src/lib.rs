//! The static library that the C++ server links. It adds nothing of its own: re-exporting the crates
//! keeps their C symbols in the archive.

pub use wasmtime_c_api::*;
