//! Calls of functions by batches, as a server makes them, in tests on the machine that builds.
//!
//! ```
//! use nacre_function::{function, testing};
//!
//! #[function]
//! fn half(v: f64) -> f64 {
//!     v / 2.0
//! }
//!
//! assert_eq!(half(3.0), 1.5); // a function as any other
//! let halves: Vec<Option<f64>> = testing::call::<half, _, _>(&[(Some(3.0),), (None,)]).unwrap();
//! assert_eq!(halves, [Some(1.5), None]);
//! ```

use crate::memory::{forget_all, pointer, reserve};
use crate::{CqlType, Fold, FromCql, Function, IntoCql, Signature, TypeName, fault, function};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::slice;
use std::sync::{Mutex, MutexGuard};

/// A value as the native protocol serialises it, or null.
pub type Bytes = Option<Vec<u8>>;

/// A row of arguments: a tuple of values.
pub trait Row {
    fn types() -> Vec<TypeName>;
    fn values(&self) -> Vec<Bytes>;
}

fn serialised<T: IntoCql>(value: &T) -> Bytes {
    (!value.is_null()).then(|| {
        let mut bytes = Vec::new();
        value.write(&mut bytes);
        bytes
    })
}

macro_rules! rows {
    ($(($($name:ident $index:tt)*))*) => { $(
        impl<$($name: IntoCql),*> Row for ($($name,)*) {
            fn types() -> Vec<TypeName> {
                Vec::from([$(<$name as CqlType>::TYPE),*])
            }
            fn values(&self) -> Vec<Bytes> {
                Vec::from([$(serialised(&self.$index)),*])
            }
        }
    )* };
}
rows! { () (A 0) (A 0 B 1) (A 0 B 1 C 2) (A 0 B 1 C 2 D 3) (A 0 B 1 C 2 D 3 E 4) (A 0 B 1 C 2 D 3 E 4 F 5) (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
(A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7) }

/// Calls the function with each row, as many in a batch as there are. Nulls are treated as CQL treats them; the error is the text that the
/// function reports.
pub fn call<F: Function, A: Row, R: for<'a> FromCql<'a>>(rows: &[A]) -> Result<Vec<Option<R>>, String> {
    check_types::<A>(&F::SIGNATURE, F::SIGNATURE.arguments);
    assert_eq!(R::TYPE.to_string(), F::SIGNATURE.returns.to_string(), "the type of the results is not the function's");
    let rows: Vec<Vec<Bytes>> = rows.iter().map(Row::values).collect();
    call_serialised::<F>(&rows)?.into_iter().map(decoded).collect()
}

/// As `call`, with values as the native protocol serialises them, of the types that the function has.
pub fn call_serialised<F: Function>(rows: &[Vec<Bytes>]) -> Result<Vec<Bytes>, String> {
    let _lock = alone();
    // An empty value of a type of fixed width is a null.
    let is_null = |value: &Bytes, declared: &TypeName| value.as_ref().is_none_or(|bytes| declared.column_element_bytes() != 0 && bytes.is_empty());
    let has_null = |row: &Vec<Bytes>| row.iter().zip(F::SIGNATURE.arguments).any(|(value, (_, declared))| is_null(value, declared));
    let is_called = |row: &Vec<Bytes>| F::SIGNATURE.called || !has_null(row);
    let called: Vec<&Vec<Bytes>> = rows.iter().filter(|row| is_called(row)).collect();
    let types: Vec<TypeName> = F::SIGNATURE.arguments.iter().map(|(_, each)| *each).collect();
    let mut results = Vec::new();
    while results.len() < called.len() {
        let batch = put_batch(&types, &called[results.len()..], Some(&F::SIGNATURE.returns));
        if unsafe { function::call::<F>(batch) } != 0 {
            return Err(fault::error_text().into());
        }
        results.extend(take_results(batch, F::SIGNATURE.returns.column_element_bytes()));
    }
    let mut results = results.into_iter();
    Ok(rows.iter().map(|row| if is_called(row) { results.next().flatten() } else { None }).collect())
}

/// Folds rows into a state, null at first, and returns the last state.
pub fn fold<F: Fold, A: Row>(rows: &[A]) -> Result<Option<F::State>, String> {
    check_types::<A>(&F::SIGNATURE, &F::SIGNATURE.arguments[1..]);
    let _lock = alone();
    unsafe { function::set_state::<F>(0, -1) };
    let rows: Vec<Vec<Bytes>> = rows.iter().map(Row::values).collect();
    if !rows.is_empty() && unsafe { function::fold::<F>(put_batch(&A::types(), &rows.iter().collect::<Vec<_>>(), None)) } != 0 {
        return Err(fault::error_text().into());
    }
    let pair = function::get_state::<F>();
    if (pair >> 32) as i32 == -1 {
        return Ok(None);
    }
    // SAFETY: the state was put there just now.
    let bytes = unsafe { slice::from_raw_parts(pointer(pair as u32), (pair >> 32) as usize) };
    decoded(Some(bytes.to_vec()))
}

/// A batch byte by byte as a server writes it at an address, for tests of this crate.
#[doc(hidden)]
pub fn batch_bytes(types: &[TypeName], rows: &[Vec<Bytes>], result: Option<&TypeName>, address: u32) -> Vec<u8> {
    let _lock = alone();
    let before = reserve(address - 8);
    assert_eq!(before, 8);
    let batch = put_batch(types, &rows.iter().collect::<Vec<_>>(), result);
    let end = reserve(0);
    // SAFETY: all of it was put there just now.
    unsafe { slice::from_raw_parts(pointer(batch), (end - batch) as usize) }.to_vec()
}

fn decoded<R: for<'a> FromCql<'a>>(bytes: Bytes) -> Result<Option<R>, String> {
    bytes.map(|bytes| R::from_cql(&bytes).map_err(|fault| fault.to_string())).transpose()
}

// Functions share their module's variables, as they do in WebAssembly.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let guard = ONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    forget_all();
    guard
}

fn check_types<A: Row>(signature: &Signature, declared: &[(&'static str, TypeName)]) {
    let given: Vec<String> = A::types().iter().map(TypeName::to_string).collect();
    let declared: Vec<String> = declared.iter().map(|(_, each)| each.to_string()).collect();
    assert_eq!(given, declared, "the types of the rows are not those of {}", signature.name);
}

fn put(bytes: &[u8]) -> u32 {
    let at = reserve(bytes.len() as u32);
    // SAFETY: there is room for as many bytes, and up to the next multiple of 8.
    unsafe {
        pointer(at).write_bytes(0, bytes.len().next_multiple_of(8));
        pointer(at).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
    }
    at
}

fn put_words(words: &[u32]) -> u32 {
    put(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
}

fn put_column(width: usize, values: &[&Bytes]) -> [u32; 4] {
    let is_null = |value: &&Bytes| value.as_ref().is_none_or(|bytes| width != 0 && bytes.is_empty());
    let mut validity = alloc::vec![0; values.len().div_ceil(8)];
    for (row, value) in values.iter().enumerate() {
        validity[row >> 3] |= u8::from(!is_null(value)) << (row & 7);
    }
    let validity = if values.iter().any(is_null) { put(&validity) } else { 0 };
    if width != 0 {
        // Native numbers: the bytes of the serialisation the other way round.
        let array = values.iter().flat_map(|value| {
            let mut bytes = value.as_ref().filter(|bytes| !bytes.is_empty()).cloned().unwrap_or(alloc::vec![0; width]);
            bytes.reverse();
            bytes
        });
        return [validity, put(&array.collect::<Vec<u8>>()), 0, 0];
    }
    let mut offsets = alloc::vec![0];
    let mut data = Vec::new();
    for value in values {
        data.extend_from_slice(value.as_deref().unwrap_or_default());
        offsets.push(data.len() as u32);
    }
    [validity, put_words(&offsets), put(&data), data.len() as u32]
}

/// Writes a batch as the host does. Returns its address.
fn put_batch(types: &[TypeName], rows: &[&Vec<Bytes>], result: Option<&TypeName>) -> u32 {
    let batch = reserve(8 + 16 * (types.len() as u32 + 1));
    let mut words = Vec::from([rows.len() as u32, types.len() as u32]);
    for (position, each) in types.iter().enumerate() {
        words.extend(put_column(each.column_element_bytes(), &rows.iter().map(|row| &row[position]).collect::<Vec<_>>()));
    }
    words.extend(match result.map(TypeName::column_element_bytes) {
        None => [0; 4],
        Some(width) => {
            let room = if width == 0 { 4 * (rows.len() + 1) } else { width * rows.len() };
            [put(&alloc::vec![0; rows.len().div_ceil(8)]), put(&alloc::vec![0; room]), 0, 0]
        }
    });
    // SAFETY: as many words were reserved.
    unsafe { pointer(batch).cast::<u32>().copy_from_nonoverlapping(words.as_ptr(), words.len()) };
    batch
}

/// Reads the results of as many rows as the batch now has.
fn take_results(batch: u32, width: usize) -> Vec<Bytes> {
    // SAFETY: addresses of the function's own.
    unsafe {
        let [rows, arguments] = pointer(batch).cast::<[u32; 2]>().read();
        let [validity, values, data, data_size] = pointer(batch + 8 + 16 * arguments).cast::<[u32; 4]>().read();
        let data = slice::from_raw_parts(pointer(data), data_size as usize);
        let value = |row: usize| {
            if validity != 0 && *pointer(validity).add(row >> 3) >> (row & 7) & 1 == 0 {
                return None;
            }
            Some(if width != 0 {
                let mut bytes = slice::from_raw_parts(pointer(values).add(row * width), width).to_vec();
                bytes.reverse();
                bytes
            } else {
                let offsets = pointer(values).cast::<u32>();
                data[*offsets.add(row) as usize..*offsets.add(row + 1) as usize].to_vec()
            })
        };
        (0..rows as usize).map(value).collect()
    }
}
