//! What every module exports, and the line of the section that says which version it is of.

use crate::{fault, memory, rows};

#[unsafe(no_mangle)]
static _scylla_abi: u32 = 2;

#[unsafe(link_section = "nacre.functions")]
#[used]
static ABI: [u8; 6] = *b"abi 3\n";

#[unsafe(no_mangle)]
extern "C" fn nacre_reserve(size: u32) -> u32 {
    #[cfg(feature = "panic-text")]
    crate::panic::keep_texts();
    memory::reserve(size)
}

#[unsafe(no_mangle)]
extern "C" fn nacre_error() -> u64 {
    let text = fault::error_text();
    (text.len() as u64) << 32 | u64::from(memory::address(text.as_bytes()))
}

#[unsafe(no_mangle)]
extern "C" fn _scylla_malloc(size: u32) -> u32 {
    #[cfg(feature = "panic-text")]
    crate::panic::keep_texts();
    rows::malloc(size)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn _scylla_free(address: u32) {
    unsafe { rows::free(address) };
}
