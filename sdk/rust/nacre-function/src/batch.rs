//! Batches of version 3: columns in, a column out. `sdk/abi/batch.md` specifies the bytes.

use crate::memory::{Slot, address, pointer};
use crate::{CqlType, Failed, Fault, FromCql, IntoCql};
use alloc::vec::Vec;
use core::marker::PhantomData;
use core::slice;

/// A batch ends early where its results have this many bytes, so that memory stays bounded.
const RESULT_BYTES_MAX: usize = 1 << 20;
const DESCRIPTOR_BYTES: usize = 16;
const HEAD_BYTES: usize = 8;

/// The row that is being worked on: errors of the host name its arguments.
#[cfg_attr(target_family = "wasm", unsafe(export_name = "nacre_row"))]
#[doc(hidden)]
pub static ROW: Slot<u32> = Slot::new(0);

/// The bytes of results whose columns are serialised. The host copies them before the next call.
static DATA: Slot<Vec<u8>> = Slot::new(Vec::new());

/// A column of arguments as it lies in memory.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct ColumnData<'a> {
    validity: *const u8,
    pub(crate) values: *const u8,
    data: *const u8,
    rows: usize,
    lasts: PhantomData<&'a u8>,
}

impl<'a> ColumnData<'a> {
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        // SAFETY: the bitmap has a bit for each row.
        !self.validity.is_null() && unsafe { *self.validity.add(row >> 3) } >> (row & 7) & 1 == 0
    }

    /// The serialised value of a row, of a column that is no array.
    #[inline]
    pub fn bytes(&self, row: usize) -> Option<&'a [u8]> {
        if self.is_null(row) {
            return None;
        }
        let offsets = self.values.cast::<u32>();
        // SAFETY: there is an offset more than rows, they ascend, and the host made the bytes between them.
        unsafe {
            let (from, to) = (*offsets.add(row), *offsets.add(row + 1));
            Some(slice::from_raw_parts(self.data.add(from as usize), (to - from) as usize))
        }
    }
}

/// Results of rows, one after the other.
#[doc(hidden)]
pub struct RowResults {
    validity: *mut u8,
    pub(crate) values: *mut u8,
    pub(crate) data: Vec<u8>,
    has_nulls: bool,
    is_serialised: bool,
}

impl RowResults {
    /// The row's number was written.
    #[inline]
    pub(crate) fn valid_number(&mut self, row: usize) {
        if self.has_nulls {
            self.set_bit(row);
        }
    }

    /// The row's bytes were appended.
    #[inline]
    pub(crate) fn valid(&mut self, row: usize) {
        self.valid_number(row);
        self.end_value(row);
    }

    #[inline]
    pub fn null(&mut self, row: usize) {
        if !self.has_nulls {
            self.has_nulls = true;
            for before in 0..row {
                self.set_bit(before);
            }
        }
        if self.is_serialised {
            self.end_value(row);
        }
    }

    fn set_bit(&mut self, row: usize) {
        // SAFETY: the host made room for a bit for each row, all zero.
        unsafe { *self.validity.add(row >> 3) |= 1 << (row & 7) };
    }

    fn end_value(&mut self, row: usize) {
        // SAFETY: there is room for an offset more than rows.
        unsafe { self.values.cast::<u32>().add(row + 1).write(self.data.len() as u32) };
    }
}

/// A call's rows.
pub struct Batch {
    at: *mut u8,
    rows: usize,
    arguments: usize,
}

impl Batch {
    /// # Safety
    /// A batch of version 3 is at the address.
    pub(crate) unsafe fn at(address: u32) -> Batch {
        let at = pointer(address);
        let [rows, arguments] = unsafe { at.cast::<[u32; 2]>().read() };
        Batch { at, rows: rows as usize, arguments: arguments as usize }
    }

    fn descriptor(&self, column: usize) -> *mut [u32; 4] {
        // SAFETY: there are as many descriptors, and one for the result.
        unsafe { self.at.add(HEAD_BYTES + DESCRIPTOR_BYTES * column) }.cast()
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// # Safety
    /// Nothing that is made from it outlives the call.
    #[doc(hidden)]
    #[inline]
    pub unsafe fn column<'a>(&self, argument: usize) -> ColumnData<'a> {
        debug_assert!(argument < self.arguments);
        // SAFETY: see `descriptor`.
        let [validity, values, data, _] = unsafe { self.descriptor(argument).read() };
        let validity = if validity == 0 { core::ptr::null() } else { pointer(validity).cast_const() };
        ColumnData { validity, values: pointer(values), data: pointer(data), rows: self.rows, lasts: PhantomData }
    }

    fn begin_results<T: IntoCql>(&self) -> RowResults {
        // SAFETY: see `descriptor`.
        let [validity, values, ..] = unsafe { self.descriptor(self.arguments).read() };
        // SAFETY: the last batch's results are no longer read.
        let mut data = core::mem::take(unsafe { DATA.get() });
        data.clear();
        let is_serialised = T::WIDTH == 0;
        let values = pointer(values);
        if is_serialised {
            // SAFETY: there is room for an offset more than rows.
            unsafe { values.cast::<u32>().write(0) };
        }
        RowResults { validity: pointer(validity), values, data, has_nulls: false, is_serialised }
    }

    fn end_results(&mut self, results: RowResults, rows: usize) {
        // SAFETY: nothing refers to it while a function runs.
        let data = unsafe { DATA.get() };
        *data = results.data;
        // SAFETY: see `descriptor`; the head is before them.
        unsafe {
            let descriptor = self.descriptor(self.arguments).cast::<u32>();
            if !results.has_nulls {
                descriptor.write(0);
            }
            if results.is_serialised {
                descriptor.add(2).write(address(data));
                descriptor.add(3).write(data.len() as u32);
            }
            if rows != self.rows {
                self.at.cast::<u32>().write(rows as u32);
            }
        }
    }

    /// The result of each row is what `function` makes of it, until there are enough of them. `None`: the function isn't called for the row.
    #[doc(hidden)]
    #[inline]
    pub fn each_row<T: IntoCql>(&mut self, mut function: impl FnMut(usize) -> Result<Option<T>, Failed>) -> Result<(), Failed> {
        let mut results = self.begin_results::<T>();
        let mut row = 0;
        while row < self.rows {
            // SAFETY: the variable has no other user while a function runs.
            *unsafe { ROW.get() } = row as u32;
            function(row)?.to_row(&mut results, row);
            row += 1;
            if T::WIDTH == 0 && results.data.len() >= RESULT_BYTES_MAX {
                break;
            }
        }
        self.end_results(results, row);
        Ok(())
    }

    /// Each row of arguments is folded into a state; there are no results.
    #[doc(hidden)]
    #[inline]
    pub fn fold_rows(&mut self, mut function: impl FnMut(usize) -> Result<(), Failed>) -> Result<(), Failed> {
        for row in 0..self.rows {
            // SAFETY: the variable has no other user while a function runs.
            *unsafe { ROW.get() } = row as u32;
            function(row)?;
        }
        Ok(())
    }
}

/// A whole column of arguments, for functions of `#[function(columns)]`. Where `T` is an `Option`, the function is called for nulls.
#[derive(Clone, Copy)]
pub struct Column<'a, T> {
    data: ColumnData<'a>,
    of: PhantomData<T>,
}

impl<'a, T: FromCql<'a>> Column<'a, T> {
    /// How many rows the batch has.
    #[expect(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.data.rows
    }

    /// The value of a row below `len`.
    #[inline]
    pub fn get(&self, row: usize) -> Result<T, Fault> {
        assert!(row < self.data.rows, "a row past the batch");
        T::from_row(&self.data, row)
    }

    /// The values of all rows in order.
    #[inline]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Result<T, Fault>> {
        let data = self.data;
        (0..data.rows).map(move |row| T::from_row(&data, row))
    }
}

/// The column of results of a function of `#[function(columns)]`: one is pushed for each row of the batch.
pub struct Results<T> {
    results: RowResults,
    rows: usize,
    done: usize,
    of: PhantomData<T>,
}

impl<T: IntoCql> Results<T> {
    /// The result of the next row.
    #[inline]
    pub fn push(&mut self, value: T) {
        assert!(self.done < self.rows, "more results than rows");
        value.to_row(&mut self.results, self.done);
        self.done += 1;
    }

    /// Whether memory asks for an end here: the host calls again with the rows that are left.
    pub fn is_full(&self) -> bool {
        self.done != 0 && self.results.data.len() >= RESULT_BYTES_MAX
    }
}

/// What a function of `#[function(columns)]` takes: columns, or slices of numbers.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column of arguments",
    note = "a function of #[function(columns)] takes Column<'_, T> of any type T of arguments, or slices like &[i64] and &[f64]"
)]
pub trait ColumnArgument<'a> {
    type Item: CqlType;
    fn column(data: ColumnData<'a>) -> Self;
}

impl<'a, T: CqlType> ColumnArgument<'a> for Column<'a, T> {
    type Item = T;
    fn column(data: ColumnData<'a>) -> Self {
        Column { data, of: PhantomData }
    }
}

impl<'a, T: crate::Native> ColumnArgument<'a> for &'a [T] {
    type Item = T;
    fn column(data: ColumnData<'a>) -> Self {
        // SAFETY: the column is an array of as many rows; a function that takes slices isn't called for nulls.
        unsafe { slice::from_raw_parts(data.values.cast(), data.rows) }
    }
}

/// Where a function of `#[function(columns)]` puts its results.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`&mut {Self}` is no column of results",
    note = "the last parameter of a function of #[function(columns)] is &mut Results<T> of any type T of results, or a slice like &mut [i64]"
)]
pub trait ColumnResults {
    type Item: IntoCql;
    fn with<R>(batch: &mut Batch, function: impl FnOnce(&Batch, &mut Self) -> Result<R, Failed>) -> Result<(), Failed>;
}

impl<T: IntoCql> ColumnResults for Results<T> {
    type Item = T;
    fn with<R>(batch: &mut Batch, function: impl FnOnce(&Batch, &mut Self) -> Result<R, Failed>) -> Result<(), Failed> {
        let mut results = Results { results: batch.begin_results::<T>(), rows: batch.rows, done: 0, of: PhantomData };
        function(batch, &mut results)?;
        if results.done == 0 {
            return Err(Failed::because("the function has no results for the batch".into()));
        }
        if results.done != batch.rows && !results.is_full() {
            return Err(Failed::because("the function has fewer results than the batch has rows".into()));
        }
        batch.end_results(results.results, results.done);
        Ok(())
    }
}

impl<T: crate::Native + IntoCql> ColumnResults for [T] {
    type Item = T;
    fn with<R>(batch: &mut Batch, function: impl FnOnce(&Batch, &mut Self) -> Result<R, Failed>) -> Result<(), Failed> {
        let results = batch.begin_results::<T>();
        // SAFETY: the room is an array of as many rows, and zero or of an earlier batch.
        let slice = unsafe { slice::from_raw_parts_mut(results.values.cast(), batch.rows) };
        function(batch, slice)?;
        batch.end_results(results, batch.rows);
        Ok(())
    }
}

/// What a function of `#[function(columns)]` returns: nothing, or a `Result` of it.
#[doc(hidden)]
pub trait ColumnOutcome {
    fn outcome(self) -> Result<(), Failed>;
}

impl ColumnOutcome for () {
    fn outcome(self) -> Result<(), Failed> {
        Ok(())
    }
}

impl<E: core::fmt::Display> ColumnOutcome for Result<(), E> {
    fn outcome(self) -> Result<(), Failed> {
        self.map_err(|error| Failed::because(alloc::string::ToString::to_string(&error)))
    }
}
