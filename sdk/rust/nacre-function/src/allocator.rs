//! An allocator of a few hundred bytes: free lists of blocks by size class, four classes to each doubling, and memory that only grows.
//! A block that was freed is used again for its class, never divided or joined: functions ask for the same sizes again and again.

use crate::memory::Slot;
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;

const PAGE: usize = 65536;
const ALIGNMENT: usize = 16;

struct State {
    free: [*mut u8; 128],
    next: usize,
    end: usize,
}

static STATE: Slot<State> = Slot::new(State { free: [null_mut(); 128], next: 0, end: 0 });

/// The allocator that the feature `allocator` installs on WebAssembly.
pub struct Allocator;

/// The class of a size, and how large its blocks are.
fn class_of(size: usize) -> (usize, usize) {
    if size <= 4 * ALIGNMENT {
        let class = size.saturating_sub(1) / ALIGNMENT;
        return (class, (class + 1) * ALIGNMENT);
    }
    let doubling = (size - 1).ilog2() as usize;
    let step = 1 << (doubling - 2);
    let size = size.next_multiple_of(step);
    ((doubling - 6) * 4 + 4 + (size - 1 - (1 << doubling)) / step, size)
}

unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Larger alignments than any of Rust's own types has are refused.
        if layout.align() > ALIGNMENT || layout.size() > 1 << 30 {
            return null_mut();
        }
        let (class, size) = class_of(layout.size());
        // SAFETY: no allocation happens within another.
        let state = unsafe { STATE.get() };
        let block = state.free[class];
        if !block.is_null() {
            // SAFETY: a free block holds the address of the next one.
            state.free[class] = unsafe { block.cast::<*mut u8>().read() };
            return block;
        }
        if state.end - state.next < size {
            let pages = size.div_ceil(PAGE);
            let before = core::arch::wasm32::memory_grow::<0>(pages);
            if before == usize::MAX {
                return null_mut();
            }
            // What another allocator has grown in between is not ours.
            if before * PAGE != state.end {
                state.next = before * PAGE;
            }
            state.end = (before + pages) * PAGE;
        }
        let block = state.next as *mut u8;
        state.next += size;
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (class, _) = class_of(layout.size());
        // SAFETY: see above; a block has room for an address.
        let state = unsafe { STATE.get() };
        unsafe { block.cast::<*mut u8>().write(state.free[class]) };
        state.free[class] = block;
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size <= 1 << 30 && class_of(layout.size()).0 == class_of(size).0 {
            return block;
        }
        unsafe {
            let to = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !to.is_null() {
                to.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            to
        }
    }
}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;
