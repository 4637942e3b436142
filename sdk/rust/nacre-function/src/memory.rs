//! Addresses as the host sees them, and state that outlives a call.

use core::cell::UnsafeCell;

/// A variable of the module's. A module of WebAssembly has one thread; on the host, `testing` lets one test in at a time.
#[repr(transparent)]
pub struct Slot<T>(UnsafeCell<T>);

// SAFETY: see above.
unsafe impl<T> Sync for Slot<T> {}

impl<T> Slot<T> {
    pub const fn new(value: T) -> Slot<T> {
        Slot(UnsafeCell::new(value))
    }

    /// # Safety
    /// No other reference to what is inside lives.
    #[expect(clippy::mut_from_ref)]
    pub unsafe fn get(&self) -> &mut T {
        unsafe { &mut *self.0.get() }
    }
}

pub(crate) use place::*;

#[cfg(target_family = "wasm")]
mod place {
    /// What lies at an address that the host gave.
    pub fn pointer(address: u32) -> *mut u8 {
        address as usize as *mut u8
    }

    /// The address of bytes that stay where they are until the host has read them.
    pub fn address(bytes: &[u8]) -> u32 {
        bytes.as_ptr() as usize as u32
    }

    static BUFFER: super::Slot<alloc::vec::Vec<u64>> = super::Slot::new(alloc::vec::Vec::new());

    /// The host's buffer, 8-byte aligned, or 0.
    pub fn reserve(size: u32) -> u32 {
        // SAFETY: nothing of the guest's is at work while the host asks.
        let buffer = unsafe { BUFFER.get() };
        let words = (size as usize).div_ceil(8);
        if buffer.capacity() < words {
            // What was in it may go.
            *buffer = alloc::vec::Vec::new();
            if buffer.try_reserve_exact(words).is_err() {
                return 0;
            }
        }
        buffer.as_mut_ptr() as usize as u32
    }
}

/// On the host, addresses count from the start of an arena that stands for a module's memory.
#[cfg(not(target_family = "wasm"))]
mod place {
    use core::cell::RefCell;
    use std::thread_local;
    use std::vec::Vec;

    const ARENA_BYTES: usize = 256 << 20;

    thread_local! {
        // Never written but where a batch is, so the system never has to find that much.
        static ARENA: RefCell<(Vec<u64>, usize)> = const { RefCell::new((Vec::new(), 8)) };
    }

    fn with_arena<R>(what: impl FnOnce(*mut u8, &mut usize) -> R) -> R {
        ARENA.with_borrow_mut(|(arena, used)| {
            if arena.capacity() == 0 {
                arena.reserve_exact(ARENA_BYTES / 8);
            }
            what(arena.as_mut_ptr().cast(), used)
        })
    }

    pub fn pointer(address: u32) -> *mut u8 {
        // SAFETY: addresses come from `reserve` and `address`.
        with_arena(|arena, _| unsafe { arena.add(address as usize) })
    }

    pub fn address(bytes: &[u8]) -> u32 {
        let address = reserve(bytes.len() as u32);
        // SAFETY: there is room for as many bytes.
        unsafe { pointer(address).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        address
    }

    pub fn reserve(size: u32) -> u32 {
        with_arena(|_, used| {
            let at = *used;
            *used += (size as usize).next_multiple_of(8);
            assert!(*used <= ARENA_BYTES, "a test that takes more than {ARENA_BYTES} bytes for its batches");
            at as u32
        })
    }

    /// All addresses given so far are void.
    pub fn forget_all() {
        with_arena(|_, used| *used = 8);
    }
}
