//! Lists, sets, maps, tuples and vectors of other types.

use crate::{CqlType, Fault, FromCql, IntoCql, TypeName};
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::hash::{BuildHasher, Hash};
#[cfg(feature = "std")]
use std::collections::{HashMap, HashSet};

/// Elements, each behind its size, as they lie in collections, tuples and user types.
pub struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// Of a tuple or a user type.
    pub fn of_tuple(bytes: &'a [u8]) -> Elements<'a> {
        Elements(bytes)
    }

    // Of a collection, behind their count.
    fn counted(bytes: &'a [u8]) -> Result<(Elements<'a>, usize), Fault> {
        let (count, rest) = bytes.split_first_chunk().ok_or(Fault::MALFORMED)?;
        let count = i32::from_be_bytes(*count);
        // Each element has at least its size, so a count beyond that is none.
        if count < 0 || count as usize > rest.len() / 4 {
            return Err(Fault::MALFORMED);
        }
        Ok((Elements(rest), count as usize))
    }

    fn bytes(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        let (size, rest) = self.0.split_first_chunk().ok_or(Fault::MALFORMED)?;
        let size = i32::from_be_bytes(*size);
        if size < 0 {
            self.0 = rest;
            return Ok(None);
        }
        let (bytes, rest) = rest.split_at_checked(size as usize).ok_or(Fault::MALFORMED)?;
        self.0 = rest;
        Ok(Some(bytes))
    }

    #[inline]
    fn next<T: FromCql<'a>>(&mut self) -> Result<T, Fault> {
        T::from_nullable(self.bytes()?)
    }

    /// The next field of a tuple or a user type. Those that a value lacks at its end are null.
    #[inline]
    pub fn field<T: FromCql<'a>>(&mut self, name: &'static str) -> Result<T, Fault> {
        let bytes = if self.0.is_empty() { None } else { self.bytes()? };
        T::from_nullable(bytes).map_err(|fault| fault.at(name))
    }

    pub fn end(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::MALFORMED) }
    }
}

/// Appends an element behind its size.
#[inline]
pub fn write_element<T: IntoCql>(element: &T, to: &mut Vec<u8>) {
    let at = to.len();
    to.extend_from_slice(&(-1_i32).to_be_bytes());
    if !element.is_null() {
        element.write(to);
        let size = (to.len() - at - 4) as u32;
        to[at..at + 4].copy_from_slice(&size.to_be_bytes());
    }
}

macro_rules! collections {
    ($($type:ident < $element:ident > $kind:ident [$($bound:tt)*] [$($more:tt)*], $with:expr, $add:ident;)*) => { $(
        impl<$element: CqlType, $($more)*> CqlType for collections!(@type $type $element $($more)*) {
            const TYPE: TypeName = TypeName::$kind(&$element::TYPE);
            type Plain = u64;
        }
        impl<'a, $element: FromCql<'a> $($bound)*, $($more)*> FromCql<'a> for collections!(@type $type $element $($more)*) {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                let (mut elements, count) = Elements::counted(bytes)?;
                let mut made: Self = $with(count);
                for _ in 0..count {
                    made.$add(elements.next()?);
                }
                elements.end()?;
                Ok(made)
            }
        }
        impl<$element: IntoCql, $($more)*> IntoCql for collections!(@type $type $element $($more)*) {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&(self.len() as u32).to_be_bytes());
                for element in self {
                    write_element(element, to);
                }
            }
        }
    )* };
    (@type $type:ident $element:ident) => { $type<$element> };
    (@type $type:ident $element:ident $hasher:ident : $($bound:tt)*) => { $type<$element, $hasher> };
}

collections! {
    Vec<T> List [] [], Vec::with_capacity, push;
    VecDeque<T> List [] [], VecDeque::with_capacity, push_back;
    BTreeSet<T> Set [+ Ord] [], |_| BTreeSet::new(), insert;
}
#[cfg(feature = "std")]
collections! {
    HashSet<T> Set [+ Eq + Hash] [S: BuildHasher + Default], |count| HashSet::with_capacity_and_hasher(count, S::default()), insert;
}

macro_rules! maps {
    ($($type:ident [$($bound:tt)*] [$($hasher:ident : $($more:tt)*)?], $with:expr;)*) => { $(
        impl<K: CqlType, V: CqlType, $($hasher: $($more)*)?> CqlType for $type<K, V, $($hasher)?> {
            const TYPE: TypeName = TypeName::Map(&K::TYPE, &V::TYPE);
            type Plain = u64;
        }
        impl<'a, K: FromCql<'a> $($bound)*, V: FromCql<'a>, $($hasher: $($more)*)?> FromCql<'a> for $type<K, V, $($hasher)?> {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                let (mut elements, count) = Elements::counted(bytes)?;
                let mut made: Self = $with(count);
                for _ in 0..count {
                    made.insert(elements.next()?, elements.next()?);
                }
                elements.end()?;
                Ok(made)
            }
        }
        impl<K: IntoCql, V: IntoCql, $($hasher: $($more)*)?> IntoCql for $type<K, V, $($hasher)?> {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                to.extend_from_slice(&(self.len() as u32).to_be_bytes());
                for (key, value) in self {
                    write_element(key, to);
                    write_element(value, to);
                }
            }
        }
    )* };
}

maps! { BTreeMap [+ Ord] [], |_| BTreeMap::new(); }
#[cfg(feature = "std")]
maps! { HashMap [+ Eq + Hash] [S: BuildHasher + Default], |count| HashMap::with_capacity_and_hasher(count, S::default()); }

macro_rules! tuples {
    ($($($name:ident $index:tt)+;)*) => { $(
        impl<$($name: CqlType),+> CqlType for ($($name,)+) {
            const TYPE: TypeName = TypeName::Tuple(&[$($name::TYPE),+]);
            type Plain = u64;
        }
        impl<'a, $($name: FromCql<'a>),+> FromCql<'a> for ($($name,)+) {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
                let mut elements = Elements::of_tuple(bytes);
                let made = ($(elements.field::<$name>(concat!("element ", $index, " of the tuple"))?,)+);
                elements.end()?;
                Ok(made)
            }
        }
        impl<$($name: IntoCql),+> IntoCql for ($($name,)+) {
            #[inline]
            fn write(&self, to: &mut Vec<u8>) {
                $(write_element(&self.$index, to);)+
            }
        }
    )* };
}

tuples! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15;
}

/// An array is a vector: elements of a fixed width without sizes, others behind an unsigned vint of theirs.
impl<T: CqlType, const N: usize> CqlType for [T; N] {
    const TYPE: TypeName = TypeName::Vector(&T::TYPE, N);
    type Plain = u64;
}

impl<'a, T: FromCql<'a>, const N: usize> FromCql<'a> for [T; N] {
    #[inline]
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut elements = bytes;
        let mut fault = None;
        let width = T::TYPE.vector_element_bytes();
        let made: [Option<T>; N] = core::array::from_fn(|_| {
            if fault.is_some() {
                return None;
            }
            let size = if width != 0 { Ok(width as u64) } else { crate::vint::read_unsigned_vint(&mut elements) };
            size.and_then(|size| {
                let (element, rest) = elements.split_at_checked(size as usize).ok_or(Fault::MALFORMED)?;
                elements = rest;
                T::from_cql(element)
            })
            .map_err(|why| fault = Some(why))
            .ok()
        });
        match fault {
            Some(fault) => Err(fault),
            None if !elements.is_empty() => Err(Fault::MALFORMED),
            // SAFETY: an element is absent only where there is a fault.
            None => Ok(made.map(|element| unsafe { element.unwrap_unchecked() })),
        }
    }
}

impl<T: IntoCql, const N: usize> IntoCql for [T; N] {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        let width = T::TYPE.vector_element_bytes();
        for element in self {
            if width != 0 {
                element.write(to);
            } else {
                let mut bytes = Vec::new();
                element.write(&mut bytes);
                crate::vint::write_unsigned_vint(bytes.len() as u64, to);
                to.extend_from_slice(&bytes);
            }
        }
    }
}
