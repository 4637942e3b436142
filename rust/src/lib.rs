//! The static library that the C++ server links: Wasmtime's C API, whose symbols re-exporting keeps in the archive, what
//! that API lacks, what is done to modules before they are compiled, and the connection to a cluster.

mod bulk_memory;
mod cluster;

use std::slice;

use wasmtime::{Enabled, PoolingAllocationConfig};
pub use wasmtime_c_api::*;

// wasmtime_pooling_allocation_config_t is a struct of one private field, of this type: being of the
// same size, they are the same.
const _: () = assert!(
    size_of::<wasmtime_pooling_allocation_config_t>() == size_of::<PoolingAllocationConfig>()
        && align_of::<wasmtime_pooling_allocation_config_t>() == align_of::<PoolingAllocationConfig>()
);

/// Lets the pool ask the kernel which pages of a memory a guest has written, where the kernel can
/// tell (Linux 6.7): linear_memory_keep_resident then counts those, wherever they are, instead of
/// the first bytes of the memory.
#[no_mangle]
pub extern "C" fn nacre_pooling_allocation_config_pagemap_scan_set(
    config: &mut wasmtime_pooling_allocation_config_t,
) {
    // SAFETY: see the assertion above.
    let config = unsafe { &mut *(&raw mut *config).cast::<PoolingAllocationConfig>() };
    config.pagemap_scan(Enabled::Auto);
}

/// What became of a module.
#[repr(C)]
pub enum Rewriting {
    Unchanged = 0,
    Rewritten = 1,
    /// It can't be read: no engine will take it.
    Unreadable = 2,
}

/// Writes the module to `rewritten`, if there is anything to change, with its bulk operations in pieces, so that each
/// of them can be interrupted in time.
///
/// # Safety
/// `module` points at `size` bytes. `rewritten` is uninitialised, and initialised only if the answer is `Rewritten`.
#[no_mangle]
pub unsafe extern "C" fn nacre_bulk_memory_in_pieces(
    module: *const u8,
    size: usize,
    rewritten: *mut wasm_byte_vec_t,
) -> Rewriting {
    match bulk_memory::rewrite(unsafe { slice::from_raw_parts(module, size) }) {
        Ok(None) => Rewriting::Unchanged,
        Ok(Some(made)) => {
            unsafe { rewritten.write(made.into()) };
            Rewriting::Rewritten
        }
        Err(_) => Rewriting::Unreadable,
    }
}
