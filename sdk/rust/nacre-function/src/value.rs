//! What a Rust type must do to stand for a CQL type.

use crate::batch::{ColumnData, RowResults};
use crate::{Fault, TypeName, rows};
use alloc::vec::Vec;

/// A Rust type that stands for a CQL type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` stands for no CQL type",
    label = "no CQL type",
    note = "CQL types in Rust: bool, i8 tinyint, i16 smallint, i32 int, i64 bigint, f32 float, f64 double, String and &str text, \
            Ascii, Vec<u8> and &[u8] blob, Date, Time, Timestamp, CqlDuration, Uuid, TimeUuid, IpAddr inet, Varint, Decimal, Counter",
    note = "and of these: Vec list, BTreeSet and HashSet set, BTreeMap and HashMap map, tuples, arrays [T; N] vector, \
            Option for what may be null, structs with #[derive(UserType)], #[derive(Tuple)] or #[derive(Newtype)]",
    note = "CQL has no unsigned integers, no usize and no char; types of chrono, uuid, num-bigint and bigdecimal come with the \
            features of nacre-function of those names"
)]
pub trait CqlType {
    const TYPE: TypeName;
    /// Whether a value may be null: of all types, in `Option` alone.
    const NULLABLE: bool = false;
    /// Bytes of an element in a column that is an array; 0 for columns of serialised values.
    const WIDTH: usize = 0;
    /// How a function that isn't called for nulls gets and gives it in versions 1 and 2.
    type Plain: rows::Plain;
}

/// A type of arguments. `'a` is how long what they borrow lasts: until the function returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be an argument of a function",
    label = "no type of an argument",
    note = "arguments are of CQL types: bool, i8, i16, i32, i64, f32, f64, String or &str, Ascii, Vec<u8> or &[u8] (blob), Date, Time, Timestamp, \
            CqlDuration, Uuid, TimeUuid, IpAddr, Varint, Decimal, Counter, Vec, BTreeSet, HashSet, BTreeMap, HashMap, tuples, [T; N], Option, and \
            structs with #[derive(UserType)], #[derive(Tuple)] or #[derive(Newtype)]"
)]
pub trait FromCql<'a>: CqlType + Sized {
    /// From the serialisation of the native protocol.
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault>;

    fn from_null() -> Result<Self, Fault> {
        Err(Fault::NULL)
    }

    #[inline]
    fn from_nullable(bytes: Option<&'a [u8]>) -> Result<Self, Fault> {
        match bytes {
            Some(bytes) => Self::from_cql(bytes),
            None => Self::from_null(),
        }
    }

    /// From a row of a column of this type.
    #[doc(hidden)]
    #[inline]
    fn from_row(column: &ColumnData<'a>, row: usize) -> Result<Self, Fault> {
        Self::from_nullable(column.bytes(row))
    }

    /// # Safety
    /// `plain` is an argument of a call by version 1 or 2, and lasts for `'a`.
    #[doc(hidden)]
    #[inline]
    unsafe fn from_plain(plain: Self::Plain) -> Result<Self, Fault> {
        Self::from_nullable(unsafe { rows::bytes_of(rows::Plain::sized(plain)) })
    }
}

/// A type of results.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the result of a function",
    label = "no type of a result",
    note = "results are of CQL types: bool, i8, i16, i32, i64, f32, f64, String or &str, Ascii, Vec<u8> or &[u8] (blob), Date, Time, Timestamp, \
            CqlDuration, Uuid, TimeUuid, IpAddr, Varint, Decimal, Counter, Vec, BTreeSet, HashSet, BTreeMap, HashMap, tuples, [T; N], Option, and \
            structs with #[derive(UserType)], #[derive(Tuple)] or #[derive(Newtype)]",
    note = "a function that may fail returns Result<T, E> where E can be displayed"
)]
pub trait IntoCql: CqlType {
    /// Appends the serialisation of the native protocol. Not called for nulls.
    fn write(&self, to: &mut Vec<u8>);

    #[inline]
    fn is_null(&self) -> bool {
        false
    }

    /// As the result of a row.
    #[doc(hidden)]
    #[inline]
    fn to_row(&self, results: &mut RowResults, row: usize) {
        if self.is_null() {
            results.null(row);
        } else {
            self.write(&mut results.data);
            results.valid(row);
        }
    }

    #[doc(hidden)]
    #[inline]
    fn to_plain(&self) -> Self::Plain {
        rows::Plain::from_sized(rows::sized(self))
    }
}

impl<T: CqlType> CqlType for Option<T> {
    const TYPE: TypeName = T::TYPE;
    const NULLABLE: bool = true;
    const WIDTH: usize = T::WIDTH;
    type Plain = T::Plain;
}

impl<'a, T: FromCql<'a>> FromCql<'a> for Option<T> {
    #[inline]
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        // An empty value of a type of fixed width is a null.
        if T::WIDTH != 0 && bytes.is_empty() { Ok(None) } else { T::from_cql(bytes).map(Some) }
    }
    #[inline]
    fn from_null() -> Result<Self, Fault> {
        Ok(None)
    }
    #[inline]
    fn from_row(column: &ColumnData<'a>, row: usize) -> Result<Self, Fault> {
        if column.is_null(row) { Ok(None) } else { T::from_row(column, row).map(Some) }
    }
    #[inline]
    unsafe fn from_plain(plain: Self::Plain) -> Result<Self, Fault> {
        unsafe { T::from_plain(plain) }.map(Some)
    }
}

impl<T: IntoCql> IntoCql for Option<T> {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        if let Some(value) = self {
            value.write(to);
        }
    }
    #[inline]
    fn is_null(&self) -> bool {
        self.as_ref().is_none_or(T::is_null)
    }
    #[inline]
    fn to_row(&self, results: &mut RowResults, row: usize) {
        match self {
            Some(value) => value.to_row(results, row),
            None => results.null(row),
        }
    }
    #[inline]
    fn to_plain(&self) -> Self::Plain {
        match self {
            Some(value) => value.to_plain(),
            None => rows::Plain::null(),
        }
    }
}

impl<T: CqlType> CqlType for &T {
    const TYPE: TypeName = T::TYPE;
    const NULLABLE: bool = T::NULLABLE;
    const WIDTH: usize = T::WIDTH;
    type Plain = T::Plain;
}

impl<T: IntoCql> IntoCql for &T {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        (**self).write(to);
    }
    #[inline]
    fn is_null(&self) -> bool {
        (**self).is_null()
    }
    #[inline]
    fn to_row(&self, results: &mut RowResults, row: usize) {
        (**self).to_row(results, row);
    }
    #[inline]
    fn to_plain(&self) -> Self::Plain {
        (**self).to_plain()
    }
}
