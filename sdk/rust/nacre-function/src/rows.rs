//! Calls of versions 1 and 2, a row each: `sdk/abi/rows.md`. A serialised value is its size in the high and its address in the low half
//! of an i64; the size -1 is null. Blocks are the module's own allocations, with their capacity in front.

use crate::memory::pointer;
use crate::{CqlType, Failed, Fault, FromCql, IntoCql};
use alloc::vec::Vec;
use core::mem::ManuallyDrop;
use core::slice;

const HEAD_BYTES: usize = 8;
const NULL: u64 = 0xffff_ffff << 32;

/// What passes between host and guest: numbers, and sizes with addresses.
pub trait Plain: Copy {
    fn sized(self) -> u64;
    fn from_sized(sized: u64) -> Self;
    fn null() -> Self;
    fn is_null(self) -> bool;
    /// The function is done with its argument.
    fn release(self);
}

impl Plain for u64 {
    #[inline]
    fn sized(self) -> u64 {
        self
    }
    #[inline]
    fn from_sized(sized: u64) -> Self {
        sized
    }
    #[inline]
    fn null() -> Self {
        NULL
    }
    #[inline]
    fn is_null(self) -> bool {
        (self >> 32) as i32 == -1
    }
    #[inline]
    fn release(self) {
        if (self >> 32) as i32 >= 0 {
            // SAFETY: the host allocated the argument with `_scylla_malloc` and never looks at it again.
            unsafe { free(self as u32) };
        }
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        impl Plain for $number {
            fn sized(self) -> u64 {
                unreachable!()
            }
            fn from_sized(_: u64) -> Self {
                unreachable!()
            }
            #[cold]
            fn null() -> Self {
                crate::panic::stop("null as the number of a function that is not called for nulls: versions 1 and 2 have no way to say it")
            }
            fn is_null(self) -> bool {
                false
            }
            #[inline]
            fn release(self) {}
        }
    )* };
}
numbers! { i32 i64 f32 f64 }

/// The bytes of an argument.
///
/// # Safety
/// `sized` is an argument, and is not released for `'a`.
#[inline]
pub unsafe fn bytes_of<'a>(sized: u64) -> Option<&'a [u8]> {
    let size = (sized >> 32) as i32;
    (size >= 0).then(|| unsafe { slice::from_raw_parts(pointer(sized as u32), size as usize) })
}

/// A result in a block of its own, which the host frees.
pub fn sized<T: IntoCql + ?Sized>(value: &T) -> u64 {
    if value.is_null() {
        return NULL;
    }
    let mut block = Vec::with_capacity(HEAD_BYTES + 24);
    block.extend_from_slice(&[0; HEAD_BYTES]);
    value.write(&mut block);
    let size = block.len() - HEAD_BYTES;
    (size as u64) << 32 | u64::from(into_block(block))
}

fn into_block(block: Vec<u8>) -> u32 {
    let mut block = ManuallyDrop::new(block);
    let capacity = block.capacity() as u32;
    block[..4].copy_from_slice(&capacity.to_le_bytes());
    crate::memory::address(&block) + HEAD_BYTES as u32
}

/// Room for an argument; 0 if there is none.
#[cfg(target_family = "wasm")]
pub fn malloc(size: u32) -> u32 {
    let mut block = Vec::new();
    let Some(capacity) = (size as usize).checked_add(HEAD_BYTES) else { return 0 };
    if block.try_reserve_exact(capacity).is_err() {
        return 0;
    }
    block.extend_from_slice(&[0; HEAD_BYTES]);
    into_block(block)
}

/// # Safety
/// `address` is 0 or a block's that is not in use any more.
pub unsafe fn free(address: u32) {
    if address != 0 {
        let block = pointer(address - HEAD_BYTES as u32);
        drop(unsafe { Vec::from_raw_parts(block, 0, block.cast::<u32>().read() as usize) });
    }
}

/// How arguments and results pass: all by address where the function is called for nulls.
pub struct Nulls<const CALLED: bool>;

pub trait Passing {
    type Of<T: CqlType>: Plain;
    /// # Safety
    /// `passed` is an argument of the running call and lasts for `'a`.
    unsafe fn take<'a, T: FromCql<'a>>(passed: Self::Of<T>) -> Result<T, Fault>;
    fn give<T: IntoCql>(result: T) -> Self::Of<T>;
}

impl Passing for Nulls<false> {
    type Of<T: CqlType> = T::Plain;
    #[inline]
    unsafe fn take<'a, T: FromCql<'a>>(passed: T::Plain) -> Result<T, Fault> {
        unsafe { T::from_plain(passed) }
    }
    #[inline]
    fn give<T: IntoCql>(result: T) -> T::Plain {
        result.to_plain()
    }
}

impl Passing for Nulls<true> {
    type Of<T: CqlType> = u64;
    #[inline]
    unsafe fn take<'a, T: FromCql<'a>>(passed: u64) -> Result<T, Fault> {
        T::from_nullable(unsafe { bytes_of(passed) })
    }
    #[inline]
    fn give<T: IntoCql>(result: T) -> u64 {
        sized(&result)
    }
}

/// The result of a call. Versions 1 and 2 have no other way to tell an error than to end the call.
#[inline]
pub fn finish<T>(result: Result<T, Failed>) -> T {
    match result {
        Ok(value) => value,
        Err(Failed) => crate::panic::stop(crate::fault::error_text()),
    }
}
