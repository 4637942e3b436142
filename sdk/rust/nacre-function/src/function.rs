//! What `#[function]` and `#[aggregate]` make of a function: something that batches can be handed to.

use crate::batch::Batch;
use crate::memory::{Slot, address, pointer};
use crate::{Failed, FromCql, IntoCql, Signature};
use alloc::vec::Vec;
use core::slice;

/// A function of the module's. `#[function]` makes a type of its name that implements this.
pub trait Function {
    const SIGNATURE: Signature;
    #[doc(hidden)]
    fn call(batch: &mut Batch) -> Result<(), Failed>;
}

/// A function whose state can stay in the module from row to row.
pub trait Fold: Function {
    type State: IntoCql + for<'a> FromCql<'a> + Default + 'static;
    #[doc(hidden)]
    fn state() -> &'static StateSlot<Self::State>;
    #[doc(hidden)]
    fn fold(batch: &mut Batch, state: &mut Self::State) -> Result<(), Failed>;
}

/// Where a state stays.
#[doc(hidden)]
pub type StateSlot<T> = Slot<Option<T>>;

/// What `nacre_get_state_…` returns last stays here until it is asked again.
static STATE: Slot<Vec<u8>> = Slot::new(Vec::new());

const NULL: u64 = 0xffff_ffff << 32;
const ERROR: u64 = 0xffff_fffe << 32;

fn status(result: Result<(), Failed>) -> i32 {
    result.is_err().into()
}

/// # Safety
/// A batch of this function is at the address.
#[inline]
pub unsafe fn call<F: Function>(batch: u32) -> i32 {
    status(F::call(&mut unsafe { Batch::at(batch) }))
}

/// # Safety
/// A batch of arguments without the state is at the address.
#[inline]
pub unsafe fn fold<F: Fold>(batch: u32) -> i32 {
    // SAFETY: nothing else refers to the state while the host calls.
    let state = unsafe { F::state().get() };
    status(F::fold(&mut unsafe { Batch::at(batch) }, state.get_or_insert_default()))
}

/// # Safety
/// A serialised state is at the address, unless the size is negative.
pub unsafe fn set_state<F: Fold>(at: u32, size: i32) -> i32 {
    // SAFETY: as `fold`.
    let state = unsafe { F::state().get() };
    *state = None;
    if size < 0 {
        return 0;
    }
    let bytes = unsafe { slice::from_raw_parts(pointer(at), size as usize) };
    status(F::State::from_cql(bytes).map(|value| *state = Some(value)).map_err(|fault| Failed::argument("state", fault)))
}

/// Size and address.
pub fn get_state<F: Fold>() -> u64 {
    // SAFETY: as `fold`.
    let Some(state) = (unsafe { F::state().get() }) else { return NULL };
    if state.is_null() {
        return NULL;
    }
    // SAFETY: the host has copied what was there.
    let bytes = unsafe { STATE.get() };
    bytes.clear();
    state.write(bytes);
    if bytes.len() > i32::MAX as usize {
        Failed::because("the state is too large".into());
        return ERROR;
    }
    (bytes.len() as u64) << 32 | u64::from(address(bytes))
}
