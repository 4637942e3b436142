//! The static library that the C++ server links. Re-exporting the crates keeps their C symbols in the
//! archive; what their C interface lacks is added here.

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
