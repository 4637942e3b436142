//! varint and decimal: exact numbers without limits, as far as reading, writing, comparing and showing them goes. For arithmetic beyond
//! 128 bits there are the features `num-bigint` and `bigdecimal`.

use crate::{CqlType, Fault, FromCql, IntoCql, TypeName};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

/// A `varint`: an integer of any size, as two's complement in as few bytes as possible, the highest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Varint(Vec<u8>);

/// A `decimal`: `unscaled` · 10^-`scale`. Numbers that are equal may differ in their scales, as 1.5 and 1.50 do; such values are not `==`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    pub unscaled: Varint,
    pub scale: i32,
}

impl Default for Varint {
    fn default() -> Varint {
        Varint(Vec::from([0]))
    }
}

impl Varint {
    /// From two's complement in any number of bytes, the highest first. No bytes are zero.
    pub fn from_be_bytes(bytes: &[u8]) -> Varint {
        let mut bytes = bytes;
        while let [first, rest @ ..] = bytes {
            let sign_of_rest = rest.first().map(|byte| byte >> 7);
            if !(*first == 0 && sign_of_rest == Some(0) || *first == 0xff && sign_of_rest == Some(1)) {
                break;
            }
            bytes = rest;
        }
        if bytes.is_empty() { Varint::default() } else { Varint(bytes.to_vec()) }
    }

    /// Two's complement in as few bytes as possible, the highest first.
    pub fn as_be_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn is_negative(&self) -> bool {
        self.0[0] >> 7 == 1
    }

    pub fn is_zero(&self) -> bool {
        self.0 == [0]
    }

    // The magnitude, the lowest 32 bits first.
    fn magnitude(&self) -> Vec<u32> {
        let negative = self.is_negative();
        let fill = if negative { 0xff } else { 0 };
        let mut words: Vec<u32> = self
            .0
            .rchunks(4)
            .map(|chunk| {
                let mut word = [fill; 4];
                word[4 - chunk.len()..].copy_from_slice(chunk);
                u32::from_be_bytes(word)
            })
            .collect();
        if negative {
            let mut carry = true;
            for word in &mut words {
                (*word, carry) = (!*word).overflowing_add(carry.into());
            }
            if carry {
                words.push(1);
            }
        }
        words
    }

    fn from_magnitude(negative: bool, mut words: Vec<u32>) -> Varint {
        words.push(0);
        if negative {
            let mut carry = true;
            for word in &mut words {
                (*word, carry) = (!*word).overflowing_add(carry.into());
            }
        }
        let bytes: Vec<u8> = words.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
        Varint::from_be_bytes(&bytes)
    }

    // Decimal digits of the magnitude, the highest first.
    fn digits(&self) -> String {
        let mut words = self.magnitude();
        let mut groups = Vec::new();
        while words.last().is_some() {
            let mut rest = 0_u64;
            for word in words.iter_mut().rev() {
                let value = rest << 32 | u64::from(*word);
                *word = (value / 1_000_000_000) as u32;
                rest = value % 1_000_000_000;
            }
            groups.push(rest as u32);
            while words.last() == Some(&0) {
                words.pop();
            }
        }
        let mut digits = String::new();
        for group in groups.iter().rev() {
            let mut power = 100_000_000;
            while power > 0 {
                let digit = group / power % 10;
                if digit != 0 || !digits.is_empty() {
                    digits.push((b'0' + digit as u8) as char);
                }
                power /= 10;
            }
        }
        if digits.is_empty() {
            digits.push('0');
        }
        digits
    }

    // From a sign and decimal digits.
    fn parse(text: &str) -> Option<Varint> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            all => (false, all),
        };
        if digits.is_empty() {
            return None;
        }
        let mut words: Vec<u32> = Vec::new();
        for &byte in digits {
            if !byte.is_ascii_digit() {
                return None;
            }
            let mut carry = u64::from(byte - b'0');
            for word in &mut words {
                let value = u64::from(*word) * 10 + carry;
                *word = value as u32;
                carry = value >> 32;
            }
            if carry != 0 {
                words.push(carry as u32);
            }
        }
        Some(Varint::from_magnitude(negative, words))
    }
}

impl From<i128> for Varint {
    fn from(number: i128) -> Varint {
        Varint::from_be_bytes(&number.to_be_bytes())
    }
}

impl From<i64> for Varint {
    fn from(number: i64) -> Varint {
        Varint::from_be_bytes(&number.to_be_bytes())
    }
}

impl From<i32> for Varint {
    fn from(number: i32) -> Varint {
        Varint::from_be_bytes(&number.to_be_bytes())
    }
}

/// A number has more bits than the type it should become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl fmt::Display for OutOfRange {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("the number is out of range")
    }
}

macro_rules! into_integer {
    ($($integer:ty)*) => { $(
        impl TryFrom<&Varint> for $integer {
            type Error = OutOfRange;
            fn try_from(from: &Varint) -> Result<$integer, OutOfRange> {
                let mut bytes = [if from.is_negative() { 0xff } else { 0 }; size_of::<$integer>()];
                let start = bytes.len().checked_sub(from.0.len()).ok_or(OutOfRange)?;
                bytes[start..].copy_from_slice(&from.0);
                Ok(<$integer>::from_be_bytes(bytes))
            }
        }
    )* };
}
into_integer! { i32 i64 i128 }

impl Ord for Varint {
    fn cmp(&self, other: &Varint) -> Ordering {
        let negative = self.is_negative();
        if negative != other.is_negative() {
            return if negative { Ordering::Less } else { Ordering::Greater };
        }
        let by_size = self.0.len().cmp(&other.0.len());
        let by_size = if negative { by_size.reverse() } else { by_size };
        // Two's complement of one size and sign is in the order of its bytes.
        by_size.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Varint {
    fn partial_cmp(&self, other: &Varint) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Varint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.pad_integral(!self.is_negative(), "", &self.digits())
    }
}

/// A text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoNumber;

impl fmt::Display for NoNumber {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("the text is no number")
    }
}

impl core::str::FromStr for Varint {
    type Err = NoNumber;
    fn from_str(text: &str) -> Result<Varint, NoNumber> {
        Varint::parse(text).ok_or(NoNumber)
    }
}

impl Decimal {
    pub fn new(unscaled: impl Into<Varint>, scale: i32) -> Decimal {
        Decimal { unscaled: unscaled.into(), scale }
    }
}

impl core::str::FromStr for Decimal {
    type Err = NoNumber;
    /// As CQL writes them: `-12.50`, `1E+6`.
    fn from_str(text: &str) -> Result<Decimal, NoNumber> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().map_err(|_| NoNumber)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if fraction.starts_with(['+', '-']) {
            return Err(NoNumber);
        }
        let mut digits = String::from(whole);
        digits.push_str(fraction);
        let scale = i32::try_from(fraction.len() as i64 - exponent).map_err(|_| NoNumber)?;
        Ok(Decimal { unscaled: digits.parse()?, scale })
    }
}

impl fmt::Display for Decimal {
    /// As CQL shows them: plain where the exponent is neither positive nor very small, `1.2E+30` otherwise.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.unscaled.digits();
        let count = digits.len() as i64;
        let scale = i64::from(self.scale);
        let exponent = count - 1 - scale;
        let mut text = String::new();
        if scale == 0 {
            text.push_str(&digits);
        } else if scale > 0 && exponent >= -6 {
            if count > scale {
                text.push_str(&digits[..(count - scale) as usize]);
                text.push('.');
                text.push_str(&digits[(count - scale) as usize..]);
            } else {
                text.push_str("0.");
                (count..scale).for_each(|_| text.push('0'));
                text.push_str(&digits);
            }
        } else {
            text.push_str(&digits[..1]);
            if count > 1 {
                text.push('.');
                text.push_str(&digits[1..]);
            }
            text.push('E');
            text.push(if exponent < 0 { '-' } else { '+' });
            text.push_str(&Varint::from(exponent.abs()).digits());
        }
        to.pad_integral(!self.unscaled.is_negative(), "", &text)
    }
}

impl CqlType for Varint {
    const TYPE: TypeName = TypeName::Native("varint");
    type Plain = u64;
}
impl<'a> FromCql<'a> for Varint {
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        Ok(Varint::from_be_bytes(bytes))
    }
}
impl IntoCql for Varint {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.0);
    }
}

impl CqlType for Decimal {
    const TYPE: TypeName = TypeName::Native("decimal");
    type Plain = u64;
}
impl<'a> FromCql<'a> for Decimal {
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (scale, unscaled) = bytes.split_first_chunk().ok_or(Fault::MALFORMED)?;
        Ok(Decimal { unscaled: Varint::from_be_bytes(unscaled), scale: i32::from_be_bytes(*scale) })
    }
}
impl IntoCql for Decimal {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.scale.to_be_bytes());
        self.unscaled.write(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn varints_in_text_and_bytes() {
        for text in [
            "0",
            "1",
            "-1",
            "127",
            "128",
            "-128",
            "-129",
            "4294967296",
            "-4294967296",
            "340282366920938463463374607431768211456",
            "-999999999999999999999999999999999999999999999999999999",
            "1000000000",
            "-18446744073709551616",
        ] {
            let number: Varint = text.parse().unwrap();
            assert_eq!(number.to_string(), text);
            assert_eq!(Varint::from_be_bytes(number.as_be_bytes()), number);
        }
        assert_eq!(Varint::from(-129).as_be_bytes(), [0xff, 0x7f]);
        assert_eq!(Varint::from(128).as_be_bytes(), [0, 0x80]);
        assert_eq!(Varint::from_be_bytes(&[0, 0, 0]), Varint::from(0));
        assert_eq!(Varint::from_be_bytes(&[]), Varint::from(0));
        for text in ["", "-", "1x", "1.5"] {
            assert_eq!(text.parse::<Varint>(), Err(NoNumber));
        }
    }

    #[test]
    fn varints_in_order() {
        let ordered: Vec<Varint> = ["-99999999999999999999", "-65536", "-129", "-128", "-1", "0", "1", "127", "128", "99999999999999999999"]
            .map(|text| text.parse().unwrap())
            .into();
        assert!(ordered.is_sorted());
    }

    #[test]
    fn varints_and_integers() {
        for number in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(i64::try_from(&Varint::from(number)), Ok(number));
        }
        assert_eq!(i32::try_from(&Varint::from(i64::MAX)), Err(OutOfRange));
        assert_eq!(i128::try_from(&Varint::from(i128::MIN)), Ok(i128::MIN));
    }

    #[test]
    fn decimals_in_text() {
        for (text, shown) in [
            ("1.50", "1.50"),
            ("-0.001", "-0.001"),
            ("1E+3", "1E+3"),
            ("123e2", "1.23E+4"),
            ("0.0000001", "1E-7"),
            ("0", "0"),
            ("-12345678901234567890.5", "-12345678901234567890.5"),
            ("5e-8", "5E-8"),
        ] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), shown);
        }
        assert_eq!("1.50".parse::<Decimal>().unwrap(), Decimal::new(150, 2));
        for text in ["", ".", "1.-5", "1e", "1.2.3"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }
}
