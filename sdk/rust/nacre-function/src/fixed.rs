//! Types of a fixed width: in a batch their column is an array, and the others of them in versions 1 and 2 are numbers of
//! WebAssembly's own.

use crate::batch::{ColumnData, RowResults};
use crate::{Counter, CqlType, Date, Fault, FromCql, IntoCql, Time, Timestamp, TypeName};
use alloc::vec::Vec;

/// A type whose columns are slices of it.
#[diagnostic::on_unimplemented(
    message = "columns of `{Self}` are no slices",
    note = "the elements of such slices: i8, i16, i32, i64, f32, f64, Counter, Time, Timestamp; for other types take Column<'_, {Self}>"
)]
pub trait Native: CqlType + Copy + 'static {}

macro_rules! fixed {
    ($($type:ty, $name:literal, $array:ty, $from_array:expr, $to_array:expr, plain $plain:ty, $from_plain:expr, $to_plain:expr;)*) => { $(
        impl CqlType for $type {
            const TYPE: TypeName = TypeName::Native($name);
            const WIDTH: usize = size_of::<$array>();
            type Plain = $plain;
        }
        impl<'a> FromCql<'a> for $type {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                match bytes.try_into() {
                    Ok(bytes) => Ok($from_array(<$array>::from_be_bytes(bytes))),
                    Err(_) => Err(if bytes.is_empty() { Fault::NULL } else { Fault::MALFORMED }),
                }
            }
            #[inline]
            fn from_row(column: &ColumnData<'a>, row: usize) -> Result<Self, Fault> {
                if column.is_null(row) {
                    return Err(Fault::NULL);
                }
                // SAFETY: the column is an array of this type, and the row one of its.
                Ok($from_array(unsafe { column.values.cast::<$array>().add(row).read() }))
            }
            #[inline]
            unsafe fn from_plain(plain: $plain) -> Result<Self, Fault> {
                Ok($from_plain(plain))
            }
        }
        impl IntoCql for $type {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&<$array>::to_be_bytes($to_array(*self)));
            }
            #[inline]
            fn to_row(&self, results: &mut RowResults, row: usize) {
                // SAFETY: the results are an array of this type, and the row one of its.
                unsafe { results.values.cast::<$array>().add(row).write($to_array(*self)) };
                results.valid_number(row);
            }
            #[inline]
            fn to_plain(&self) -> $plain {
                $to_plain(*self)
            }
        }
    )* };
    // Of these, versions 1 and 2 take the serialisation.
    (serialised $($type:ident, $name:literal, $array:ty, $from_array:expr, $to_array:expr;)*) => { $(
        impl CqlType for $type {
            const TYPE: TypeName = TypeName::Native($name);
            const WIDTH: usize = size_of::<$array>();
            type Plain = u64;
        }
        impl<'a> FromCql<'a> for $type {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                <$array>::from_cql(bytes).map($from_array)
            }
            #[inline]
            fn from_row(column: &ColumnData<'a>, row: usize) -> Result<Self, Fault> {
                <$array>::from_row(column, row).map($from_array)
            }
        }
        impl IntoCql for $type {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                <$array>::write(&$to_array(*self), to);
            }
            #[inline]
            fn to_row(&self, results: &mut RowResults, row: usize) {
                <$array>::to_row(&$to_array(*self), results, row);
            }
        }
    )* };
}

fn itself<T>(value: T) -> T {
    value
}

fixed! {
    bool, "boolean", u8, |b| b != 0, |b| b as u8, plain i32, |b| b != 0, |b| b as i32;
    i8, "tinyint", i8, itself, itself, plain i32, |n| n as i8, |n| n as i32;
    i16, "smallint", i16, itself, itself, plain i32, |n| n as i16, |n| n as i32;
    i32, "int", i32, itself, itself, plain i32, itself, itself;
    i64, "bigint", i64, itself, itself, plain i64, itself, itself;
    f32, "float", f32, itself, itself, plain f32, itself, itself;
    f64, "double", f64, itself, itself, plain f64, itself, itself;
}

fixed! { serialised
    Counter, "counter", i64, Counter, |c: Counter| c.0;
    Timestamp, "timestamp", i64, Timestamp, |t: Timestamp| t.0;
    Time, "time", i64, Time, |t: Time| t.0;
    // In bytes, 2³¹ is the day 1970-01-01.
    Date, "date", i32, |days| Date(days ^ i32::MIN), |d: Date| d.0 ^ i32::MIN;
}

impl Native for i8 {}
impl Native for i16 {}
impl Native for i32 {}
impl Native for i64 {}
impl Native for f32 {}
impl Native for f64 {}
impl Native for Counter {}
impl Native for Timestamp {}
impl Native for Time {}
