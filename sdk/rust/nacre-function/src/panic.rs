//! Panics of a program without std: the message to the log, then a trap.

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    crate::log!("{info}");
    core::arch::wasm32::unreachable()
}
