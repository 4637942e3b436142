//! Why a value can't be taken, and what a function's error is turned into.

use crate::IntoCql;
use crate::memory::Slot;
use alloc::string::{String, ToString};
use core::fmt::{self, Display};

/// Why bytes could not become a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    what: &'static str,
    place: &'static str,
}

impl Fault {
    /// A null where the type has no room for one.
    pub const NULL: Fault = Fault::new("is null, and only an Option can be");
    /// Bytes that are no value of the type.
    pub const MALFORMED: Fault = Fault::new("is no value of its type");

    /// `what` continues a sentence that begins with an argument's name.
    pub const fn new(what: &'static str) -> Fault {
        Fault { what, place: "" }
    }

    /// The same, said of `place` unless it is known more exactly.
    #[must_use]
    pub fn at(self, place: &'static str) -> Fault {
        if self.place.is_empty() { Fault { place, ..self } } else { self }
    }
}

impl Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(if self.place.is_empty() { "a value" } else { self.place })?;
        to.write_str(" ")?;
        to.write_str(self.what)
    }
}

static ERROR: Slot<String> = Slot::new(String::new());

/// The text of the last error, as `nacre_error` tells it.
pub(crate) fn error_text() -> &'static str {
    // SAFETY: nothing else is at work while the host asks.
    unsafe { ERROR.get() }
}

/// The rest of a batch is given up; `nacre_error` says why.
#[derive(Debug)]
pub struct Failed;

impl Failed {
    #[cold]
    pub fn because(text: String) -> Failed {
        // SAFETY: no reference to it outlives a call of `error_text`'s caller.
        *unsafe { ERROR.get() } = text;
        Failed
    }

    /// The argument `name` could not be taken.
    #[cold]
    pub fn argument(name: &'static str, fault: Fault) -> Failed {
        let mut text = String::from("argument ");
        text.push_str(name);
        if !fault.place.is_empty() {
            text.push_str(": ");
            text.push_str(fault.place);
        }
        text.push(' ');
        text.push_str(fault.what);
        Failed::because(text)
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Failed {
        Failed::because(fault.to_string())
    }
}

/// What a function may return: a result, or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the result of a function",
    label = "no type of a result",
    note = "results are of CQL types: bool, i8, i16, i32, i64, f32, f64, String or &str, Ascii, Vec<u8> or &[u8] (blob), Date, Time, Timestamp, \
            CqlDuration, Uuid, TimeUuid, IpAddr, Varint, Decimal, Counter, Vec, BTreeSet, HashSet, BTreeMap, HashMap, tuples, [T; N], Option, and \
            structs with #[derive(UserType)], #[derive(Tuple)] or #[derive(Newtype)]",
    note = "a function that may fail returns Result<T, E> where E can be displayed"
)]
pub trait Outcome {
    type Value: IntoCql;
    fn outcome(self) -> Result<Self::Value, Failed>;
}

impl<T: IntoCql> Outcome for T {
    type Value = T;
    #[inline]
    fn outcome(self) -> Result<T, Failed> {
        Ok(self)
    }
}

impl<T: IntoCql, E: Display> Outcome for Result<T, E> {
    type Value = T;
    #[inline]
    fn outcome(self) -> Result<T, Failed> {
        self.map_err(|error| Failed::because(error.to_string()))
    }
}
