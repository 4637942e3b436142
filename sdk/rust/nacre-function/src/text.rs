//! text, ascii and blob.

use crate::{CqlType, Fault, FromCql, IntoCql, TypeName};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

// SAFETY of every `from_utf8_unchecked`: a server hands over no text that is not UTF-8.
macro_rules! bytes {
    ($($type:ty, $name:literal, $from:expr;)*) => { $(
        impl CqlType for $type {
            const TYPE: TypeName = TypeName::Native($name);
            type Plain = u64;
        }
        impl<'a> FromCql<'a> for $type {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                Ok($from(bytes))
            }
        }
        impl IntoCql for $type {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(AsRef::<[u8]>::as_ref(self));
            }
        }
    )* };
    (borrowed $($type:ty, $name:literal, $from:expr;)*) => { $(
        impl CqlType for &$type {
            const TYPE: TypeName = TypeName::Native($name);
            type Plain = u64;
        }
        impl<'a> FromCql<'a> for &'a $type {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                Ok($from(bytes))
            }
        }
        impl IntoCql for &$type {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(AsRef::<[u8]>::as_ref(self));
            }
        }
        impl CqlType for Cow<'_, $type> {
            const TYPE: TypeName = TypeName::Native($name);
            type Plain = u64;
        }
        impl<'a> FromCql<'a> for Cow<'a, $type> {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                Ok(Cow::Borrowed($from(bytes)))
            }
        }
        impl IntoCql for Cow<'_, $type> {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                let value: &$type = self;
                to.extend_from_slice(AsRef::<[u8]>::as_ref(value));
            }
        }
    )* };
}

fn text(bytes: &[u8]) -> &str {
    unsafe { str::from_utf8_unchecked(bytes) }
}

bytes! {
    String, "text", |bytes| String::from(text(bytes));
    Vec<u8>, "blob", |bytes: &[u8]| bytes.to_vec();
    Ascii, "ascii", |bytes| Ascii(String::from(text(bytes)));
}

bytes! { borrowed
    str, "text", text;
    [u8], "blob", |bytes| bytes;
}

/// An `ascii` value. Results must be ASCII; the server refuses others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ascii(pub String);

impl Deref for Ascii {
    type Target = String;
    fn deref(&self) -> &String {
        &self.0
    }
}

impl AsRef<[u8]> for Ascii {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl From<&str> for Ascii {
    fn from(text: &str) -> Ascii {
        Ascii(text.into())
    }
}

impl core::fmt::Display for Ascii {
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(to)
    }
}
