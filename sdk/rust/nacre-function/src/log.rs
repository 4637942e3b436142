//! Lines of the function's log: Nacre takes what is written to stdout.

/// Writes a line to the function's log, as `println!` would; without std and for every target.
#[macro_export]
macro_rules! log {
    ($($format:tt)*) => { $crate::log::line(&$crate::__private::format!($($format)*)) };
}

#[cfg(not(target_family = "wasm"))]
pub fn line(text: &str) {
    std::println!("{text}");
}

/// One line.
#[cfg(target_family = "wasm")]
pub fn line(text: &str) {
    #[repr(C)]
    struct Piece {
        at: *const u8,
        size: usize,
    }
    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        fn fd_write(descriptor: i32, pieces: *const Piece, count: usize, written: *mut usize) -> i32;
    }
    let pieces = [Piece { at: text.as_ptr(), size: text.len() }, Piece { at: b"\n".as_ptr(), size: 1 }];
    let mut written = 0;
    // A log that can't be written is no reason to fail.
    // SAFETY: as WASI has it; the pieces are alive.
    unsafe { fd_write(1, pieces.as_ptr(), pieces.len(), &mut written) };
}
