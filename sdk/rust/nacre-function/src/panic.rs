//! What the host can say of a call that ends by `unreachable`: it reads the text whose address and size are exported as `nacre_panic`.

#[cfg(target_family = "wasm")]
#[unsafe(export_name = "nacre_panic")]
static TEXT: crate::memory::Slot<[u32; 2]> = crate::memory::Slot::new([0; 2]);

#[cold]
pub fn stop(why: &str) -> ! {
    #[cfg(target_family = "wasm")]
    {
        // SAFETY: nothing else refers to it.
        *unsafe { TEXT.get() } = [crate::memory::address(why.as_bytes()), why.len() as u32];
        core::arch::wasm32::unreachable()
    }
    #[cfg(not(target_family = "wasm"))]
    panic!("{why}");
}

/// Panics of std are told from now on.
#[cfg(all(target_family = "wasm", feature = "panic-text"))]
pub fn keep_texts() {
    static BEGUN: crate::memory::Slot<bool> = crate::memory::Slot::new(false);
    // SAFETY: nothing else refers to it.
    let begun = unsafe { BEGUN.get() };
    if !*begun {
        *begun = true;
        std::panic::set_hook(alloc::boxed::Box::new(|info| stop(&alloc::string::ToString::to_string(info))));
    }
}

#[cfg(all(target_family = "wasm", feature = "panic-handler", not(feature = "std")))]
#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    stop(&alloc::string::ToString::to_string(info))
}
