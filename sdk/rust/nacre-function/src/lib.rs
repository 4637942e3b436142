//! Functions and aggregates for Nacre, compiled to WebAssembly.
//!
//! ```
//! use nacre_function::function;
//!
//! #[function(deterministic)]
//! fn fib(n: i64) -> i64 {
//!     if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
//! }
//!
//! #[function]
//! fn commas(words: Option<Vec<String>>) -> Option<String> {
//!     words.map(|words| words.join(", "))
//! }
//! ```
//!
//! Each function is exported for batches of rows (version 3 of Nacre's interface) and for single rows (version 2, ScyllaDB's), and the module
//! tells the types. `sdk/abi` specifies all of it; `docs/using/rust.md` is the way in.

#![no_std]

extern crate alloc;
#[cfg(any(feature = "std", not(target_family = "wasm")))]
extern crate std;

#[cfg(all(target_family = "wasm", feature = "allocator"))]
mod allocator;
mod batch;
mod collection;
#[cfg(target_family = "wasm")]
mod exports;
mod fault;
mod fixed;
mod foreign;
mod function;
#[doc(hidden)]
pub mod log;
mod memory;
mod number;
mod panic;
mod rows;
#[cfg(feature = "scylla")]
pub mod scylla;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
mod text;
mod time;
mod type_name;
mod uuid;
mod value;
mod vint;

pub use batch::{Column, Results};
pub use fault::{Failed, Fault, Outcome};
pub use fixed::Native;
pub use function::{Fold, Function};
pub use nacre_function_macros::{Newtype, Tuple, UserType, aggregate, function};
pub use number::{Decimal, NoNumber, OutOfRange, Varint};
pub use text::Ascii;
pub use time::{Counter, CqlDuration, Date, Time, Timestamp};
pub use type_name::{AggregateDeclaration, Signature, TypeName, UserTypeName};
pub use uuid::{TimeUuid, Uuid};
pub use value::{CqlType, FromCql, IntoCql};

/// What the macros' code refers to.
#[doc(hidden)]
pub mod __private {
    pub use crate::batch::{Batch, ColumnArgument, ColumnData, ColumnOutcome, ColumnResults, RowResults};
    pub use crate::collection::{Elements, write_element};
    pub use crate::function::{StateSlot, call, fold, get_state, set_state};
    pub use crate::rows::{Nulls, Passing, Plain, finish};
    pub use alloc::{format, vec::Vec};
}
